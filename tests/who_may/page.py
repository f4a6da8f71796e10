"""The page of who may record what: every cell as it was tried."""

from collections.abc import Iterator, Mapping

from tests.who_may.rules import ACCOUNTS, BY
from tests.who_may.scene import Cell, Outcome, Scene

Outcomes = Mapping[Cell, Outcome]

_OPENING = """# Who may record what, and whose word it is

*Made by `make docs`, by trying every act by every account on a log, where it is decided; a token, a
session and a command may what their account may. `first hand`: recorded as the
word of the body whose act it is. `with a source`: recorded as `reported`, and refused without the
source (`source-required`). `–`: refused, with the code of the refusal. The rules that each cell is
held against are in `tests/who_may/rules.py`.*

The office is a local policing body that owes the response and recorded the report; the
recommendations are to its force. *Another* office, force and panel are of another area. The
inspectorate is the publisher, and alone decides on closure.
"""


def tried(scene: Scene) -> dict[Cell, Outcome]:
    """Return the outcome of every cell."""
    return {cell: scene.tried(cell) for cell in scene.cells()}


def page(outcomes: Outcomes) -> str:
    """Return the page, as it is kept in docs/reference/who-may.md."""
    return "\n".join([_OPENING, *_sections(outcomes)]).rstrip() + "\n"


def _sections(outcomes: Outcomes) -> Iterator[str]:
    for by, words in BY.items():
        yield f"## {words[0].upper()}{words[1:]}\n"
        yield "| act | " + " | ".join(name for name, _ in ACCOUNTS.values()) + " |"
        yield "|---" * (len(ACCOUNTS) + 1) + "|"
        rows: dict[str, dict[str, str]] = {}
        for cell, outcome in outcomes.items():
            if cell.by == by:
                rows.setdefault(row_of(cell), {})[cell.who] = str(outcome)
        for row, found in rows.items():
            yield f"| {row} | " + " | ".join(found.get(who, "") for who in ACCOUNTS) + " |"
        yield ""


def row_of(cell: Cell) -> str:
    """Return the name of the row in which a cell stands."""
    act = cell.act.path.removeprefix("/api/")
    if cell.touched is None:
        return f"`{act}`"
    field = f" (`{cell.touched.field}`)" if cell.touched.field else ""
    return f"`{act}`: {cell.touched.name}{field}"
