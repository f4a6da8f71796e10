"""Write docs/reference/events.md from the declarations of events: python -m tests.glossary"""

import dataclasses
import typing
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from ledger.acts.table import ACTS, BROUGHT
from ledger.events import EVENTS, Doc
from ledger.events.texts import Text

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "events.md"
HEAD = """# Events

Every event that the ledger records, as its declaration in `ledger/events/` says. This page is
written by `make docs`; a test fails where it is out of date.

Each entry also carries `id`, `stream`, `version`, `type`, `schema`, `occurred_on` (where the act
has a day), `by`, `recorded_by`, `provenance`, `source` and `batch`; `position` and `recorded_at`
come from the log. A *text* is held by commitment (docs/log.md) and has an audience.
The note of a `source` is a text, too. Unless it is sent with an audience, everybody may read it
where the act decides or dates something (a report, a response, a target, a closure, a meeting, a
correction), and the office where the act is for the office or about a text: each event says which.
"""


def glossary() -> str:
    """The whole page."""
    return HEAD + "".join(_entry(event) for event in EVENTS)


def _entry(event: type[Any]) -> str:
    how = [f"`POST {act.path}`" for act in ACTS if act.event is event]
    if event.TOPIC in BROUGHT:
        brought = BROUGHT[event.TOPIC]
        how.append(f"`{brought}`" if " " in brought else f"the act `{brought}`")
    stream = "any stream" if event.STREAM == "any" else f"stream `{event.STREAM}`"
    lines = [
        f"\n## {event.__name__}\n",
        f"`{event.TOPIC}` v{event.SCHEMA} · {stream} · by {', '.join(how)}\n",
        f"{' '.join((event.__doc__ or '').split())}\n",
        f"- the note of its `source` (text, {event.NOTE}, optional)",
    ]
    lines += [f"- `{name}`{note}: {says}" for name, note, says in _fields(event)]
    return "\n".join(lines) + "\n"


def _fields(event: type[Any], prefix: str = "") -> list[tuple[str, str, str]]:
    hints = typing.get_type_hints(event, include_extras=True)
    found = []
    for field in dataclasses.fields(event):
        hint = hints[field.name]
        assert get_origin(hint) is Annotated
        kind, doc = get_args(hint)[0], next(a for a in get_args(hint) if isinstance(a, Doc))
        optional = field.default is not dataclasses.MISSING
        note = ", optional" if optional else ""
        inner = [kind, *get_args(kind), *(a for k in get_args(kind) for a in get_args(k))]
        if Text in inner:
            note = f" (text, {doc.audience}{note})"
        elif note:
            note = " (optional)"
        found.append((prefix + field.name, note, doc.says))
        for part in inner:
            if dataclasses.is_dataclass(part) and isinstance(part, type) and part is not Text:
                with_parts = all(
                    get_origin(h) is Annotated
                    for h in typing.get_type_hints(part, include_extras=True).values()
                )
                if with_parts:
                    found += _fields(part, f"{prefix}{field.name}.")
    return found


if __name__ == "__main__":
    PAGE.write_text(glossary(), encoding="utf-8")
