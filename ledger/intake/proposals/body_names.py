"""Which body of the register a page means by a name, from the place of the body that responds."""

from collections.abc import Iterable

from ledger.events import BodyRegistered

# Chief officers with a title of their own (Police Act 1996, s.101), by the area of their force.
_CHIEF_OFFICERS = {
    "commissioner of police of the metropolis": "metropolitan-police-district",
    "commissioner of the metropolitan police": "metropolitan-police-district",
    "metropolitan police commissioner": "metropolitan-police-district",
    "commissioner of police for the city of london": "city-of-london",
    "commissioner of the city of london police": "city-of-london",
}


def body_meant(
    name: str, responding: BodyRegistered, bodies: Iterable[BodyRegistered]
) -> str | None:
    """The id of the body that is meant; None where the register knows none or several.

    `force` is the responding body's own (or itself), `office` the local policing body itself.
    """
    if name == "force":
        return responding.force or responding.id
    if name == "office":
        return responding.id if responding.kind == "local_policing_body" else None
    wanted = _plain(name)
    area = _CHIEF_OFFICERS.get(wanted)
    chief = wanted.removeprefix("chief constable of ").removeprefix("the ")
    found = {
        body.id
        for body in bodies
        if wanted in (body.id, _plain(body.name))
        or (body.kind == "force" and _plain(body.name) == chief)
        or (body.kind == "force" and area is not None and body.area == area)
    }
    return found.pop() if len(found) == 1 else None


def _plain(name: str) -> str:
    return name.replace("’", "'").casefold().removeprefix("the ")
