"""Write docs/reference/columns.md from the declarations of columns: python -m tests.columns"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from api.files.columns import ABOUT
from api.files.exports import LISTS
from ledger.intake.sheets.layout import LAYOUT, Column
from ledger.intake.sheets.updates import COLUMNS, NOT_TAKEN

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "columns.md"
HEAD = """# Columns of sheets and exports

Every column of the files that come in and go out, as its declaration says. This page is written by
`make docs`; a test fails where it is out of date. How sheets are filled in:
[Recording](../record.md#sheets). How lists are taken away: [Exports](../exports.md).
"""
BACKLOG = """
# The backlog

A workbook has a sheet for each of these, or there is a `.csv` of each. A column marked **!** must
be there and filled in.
"""
UPDATES = """
# The updates sheet

The service writes it, the force fills in what is not marked *given*, and it comes back. `why not
taken` is there only in a sheet that came back, and is not read again. The columns from `report` on
are grey, and do not print.
"""
EXPORTS = """
# Exports

What a file of the lists has in each row.
"""


def columns_page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *_sheets(), UPDATES, *_incoming((NOT_TAKEN, *COLUMNS)), *_exports()])


def _sheets() -> Iterator[str]:
    yield BACKLOG
    for kind, columns in LAYOUT.items():
        yield f"## The sheet {kind}\n"
        yield from _incoming(columns)


def _incoming(columns: Sequence[Column]) -> Iterator[str]:
    yield from ("| column | what it holds |", "|---|---|")
    for column in columns:
        needed = " **!**" if column.needed else ""
        given = " *Given.*" if column.given else ""
        listed = ", ".join(f"`{word}`" for word in column.words)
        words = f" One of: {listed}." if listed else ""
        yield f"| `{column.name}`{needed} | {column.says}{words}{given} |"
    yield ""


def _exports() -> Iterator[str]:
    yield EXPORTS
    lists = {"Every row": ABOUT} | {
        name.capitalize(): {column.name: column.says for column in listed.columns}
        for name, listed in LISTS.items()
    }
    for title, columns in lists.items():
        yield f"## {title}\n"
        yield from _outgoing(columns)


def _outgoing(columns: Mapping[str, str]) -> Iterator[str]:
    yield from ("| column | what it holds |", "|---|---|")
    yield from (f"| `{name}` | {says} |" for name, says in columns.items())
    yield ""


if __name__ == "__main__":
    PAGE.write_text(columns_page(), encoding="utf-8")
