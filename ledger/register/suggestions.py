"""What somebody may have meant by a body that is not in the register, by a report that is not
recorded, by a type of event that there is not, or by a name that a question does not have. Pure."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from ledger.errors import Refused
from ledger.events import BodyRegistered

MOST = 4
"""How many names are told at most."""
_ALIKE = 0.75
"""How alike two names are at least, from 0 to 1."""


def unknown_body(given: str, bodies: Mapping[str, BodyRegistered]) -> Refused:
    """The refusal of a body that is not registered, which names the ids that are near it."""
    said = f"“{given}” is not in the register of bodies"
    if not bodies:
        return Refused("unknown-body", f"{said}; it is empty: `answerable migrate` fills it.")
    near = nearest(given, bodies)
    if not near:
        return Refused("unknown-body", f"{said}.")
    return Refused("unknown-body", f"{said}. Near it: {', '.join(near)}.")


def nearest(given: str, bodies: Mapping[str, BodyRegistered]) -> list[str]:
    """Ids of bodies that are spelt alike, or that have all the words given in their name or id."""
    asked = "-".join(given.lower().split())
    words = set(asked.replace("-", " ").split())
    named = {"-".join(body.name.lower().split()): name for name, body in bodies.items()}
    alike = get_close_matches(asked, bodies, MOST, _ALIKE)
    alike += [named[one] for one in get_close_matches(asked, named, MOST, _ALIKE)]
    having = [
        name
        for name, body in bodies.items()
        if words and words <= set(f"{name} {body.name}".lower().replace("-", " ").split())
    ]
    return list(dict.fromkeys([*alike, *having]))[:MOST]


def unknown_report(given: str, references: Sequence[str]) -> str:
    """What is said of a report that is not recorded: it names the references that are near it."""
    return _with_near(f"No report “{given}” is recorded", given, references)


def unknown_type(given: str, topic: str, types: Sequence[str]) -> str:
    """What is said of a type of event that there is not: it names those near it, as `topic`."""
    return _with_near(f"No event is of type “{given}”", topic, types)


def unknown_name(given: str, names: Sequence[str]) -> str:
    """What is said of a name in an address that takes others: the one that is near it, and all."""
    said = f"“{given}” is not asked here"
    if not names:
        return f"{said}: this address takes nothing after its question mark."
    alike = get_close_matches(re.sub(r"[\s-]+", "_", given.lower()), names, 1, _ALIKE)
    meant = f": did you mean {alike[0]}?" if alike else "."
    taken = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{said}{meant} This address takes {taken}."


def _with_near(said: str, given: str, names: Sequence[str]) -> str:
    asked = "-".join(given.lower().split())
    alike = get_close_matches(asked, names, MOST, _ALIKE)
    having = [one for one in names if asked and asked in one]
    near = list(dict.fromkeys([*alike, *having]))[:MOST]
    return f"{said}. Near it: {', '.join(near)}." if near else f"{said}."
