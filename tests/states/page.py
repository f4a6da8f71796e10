"""The page docs/reference/states.md, from trying: diagrams, and what each act gives where."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ledger.events import EVENTS
from tests.api.site import Site
from tests.states.changes import Changes, changes
from tests.states.machine import Found, Pair, explore
from tests.states.machines import MACHINES
from tests.states.place import AFTER, BEFORE, Late, entered_late
from tests.states.recommendation import RECOMMENDATION
from tests.states.trying import DAY, Outcome, Try

HEAD = """# States

What is allowed when: the states of every stream, and what each act gives in each of them, or the
sentence that refuses it. Nothing here is written by hand. `make docs` starts a ledger, brings it
to each state by real acts and tries every act there; a test does the same, and fails where this
page says something else.

A refused act records nothing. Refusals by a rule answer 409, `not-recorded` 404, `not-allowed`
403; the word in brackets is the problem's type. Whose account tries an act is said first.
"""
LATE = f"""
## Acts entered late

An act is judged at its own place among what happened, not where the recommendation stands when it
is entered, and one that is not allowed at its place is refused. Here each recommendation came to
its state by {BEFORE}, something more happened on {AFTER}, and only then an act of {DAY} is
entered. What happened later stands, so that an update of that day after a closure changes nothing
today, and an act that took the ground from under a later one leaves that in the trail without
effect.
"""
CHANGES = """
## What may be done about an entry

Each tried on an entry of every event, by an administrator, on an entry on which nothing rests.
What another account confirms is sought by the account that recorded the entry.
After the fields that may be corrected or opened stand those that may not, and why. `published_on`
is the same as `occurred_on`.
"""


def page(site: Site) -> str:
    """Return the whole page."""
    found = [explore(site, machine) for machine in MACHINES]
    late = entered_late(site, next(one for one in found if one.machine is RECOMMENDATION))
    parts = [HEAD, *map(_machine, found[:1]), _late(late), *map(_machine, found[1:])]
    return "".join(parts) + _changes(changes(site, found))


def _machine(found: Found) -> str:
    return "\n".join(
        [
            f"\n## {found.machine.name}\n",
            *_wrapped(found.machine.says),
            *_wrapped(_by_whom(found.machine.tries)),
            "```mermaid",
            "stateDiagram-v2",
            *_diagram(found),
            "```\n",
            *_pairs(found.pairs),
        ]
    )


def _by_whom(tries: Iterable[Try]) -> str:
    hands: dict[str, list[str]] = {}
    for one in tries:
        hands.setdefault(_WHO[one.who], []).append(f"`{one.label}`")
    said = "; ".join(f"{who}: {', '.join(dict.fromkeys(what))}" for who, what in hands.items())
    return f"Tried by {said}."


_WHO = {
    "clerk": "the commissioner’s clerk",
    "force": "the force",
    "hmicfrs": "the inspectorate",
    "panel": "the panel",
    "admin": "an administrator",
}


def _diagram(found: Found) -> list[str]:
    names = {state: _id(state) for state in found.paths} | {found.machine.nothing: "[*]"}
    lines = [
        f'    state "{state}" as {name}'
        for state, name in names.items()
        if name not in ("[*]", state)
    ]
    arrows: dict[tuple[str, str], list[str]] = {}
    for pair in found.pairs:
        if pair.outcome.recorded and pair.one.drawn and pair.gives != pair.state:
            arrows.setdefault((pair.state, pair.gives), []).append(pair.one.label)
    lines += [
        f"    {names[here]} --> {names[there]}: {', '.join(labels)}"
        for (here, there), labels in arrows.items()
    ]
    return lines


def _id(state: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", state).strip("_")


def _pairs(pairs: Sequence[Pair]) -> list[str]:
    return ["| in the state | the act | gives |", "|---|---|---|", *map(row, pairs), ""]


def row(pair: Pair) -> str:
    """Return the row of an act in a state, in its machine's table."""
    gives = f"**{pair.gives}**" if pair.gives != pair.state else "recorded; the state stays"
    given = gives if pair.outcome.recorded else _refused(pair.outcome)
    return f"| {pair.state} | `{pair.one.label}` | {given} |"


def _late(late: Sequence[Late]) -> str:
    rows = [
        LATE,
        "| at its place | since then | the act | there it gives | and now it is |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*rows, *map(late_row, late), ""])


def late_row(one: Late) -> str:
    """Return the row of an act that was entered late."""
    then = one.then if one.outcome.recorded else _refused(one.outcome)
    return f"| {one.state} | `{one.since.label}` | `{one.one.label}` | {then} | {one.now} |"


def _changes(tried: Sequence[Changes]) -> str:
    words = list(tried[0].acts)
    rows = [
        CHANGES,
        f"| an entry | may be corrected in | {' | '.join(words)} |",
        f"|---|---|{'---|' * len(words)}",
    ]
    rows += map(changes_row, tried)
    tried_topics = {one.event.TOPIC for one in tried}
    left = [f"`{event.TOPIC}`" for event in EVENTS if event.TOPIC not in tried_topics]
    if left:
        rows += ["", f"No try recorded an entry of {', '.join(left)}: not tried here."]
    return "\n".join([*rows, ""])


def changes_row(one: Changes) -> str:
    """Return the row that says how an entry of an event may change."""
    cells = [_fields(one.corrected), *map(_fields, one.acts.values())]
    return f"| `{one.event.TOPIC}` | {' | '.join(cells)} |"


def _fields(outcomes: Mapping[str, Outcome]) -> str:
    """Return the fields that may, then those that may not, under each reason."""
    may = [path for path, done in outcomes.items() if done.recorded]
    if may == [""]:
        return "yes"
    said = [", ".join(f"`{path}`" for path in may)] if may else []
    reasons: dict[str, list[str]] = {}
    for path, done in outcomes.items():
        if not done.recorded:
            reasons.setdefault(_refused(done).replace(f"“{path}”", "“…”"), []).append(path)
    for reason, paths in reasons.items():
        named = ", ".join(f"`{path}`" for path in paths if path)
        said.append(f"{named}: {reason}" if named else reason)
    return "<br>".join(said)


def _refused(outcome: Outcome) -> str:
    sentence = outcome.sentence.replace("|", "\\|").replace("<", "&lt;")
    return f"{sentence} (`{outcome.code.removeprefix('refused:')}`)"


def _wrapped(text: str) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        if len(line) + len(word) > 98:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line, ""]
