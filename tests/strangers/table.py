"""The table in docs/intake-measured.md: `python -m tests.strangers.table` measures and writes it.

The figures of the first reading, taken before the importer was changed, are in `first_read.json`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.migrate import migrate
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SETUP
from tests.conftest import TEMPLATE, new_database, temporary_server
from tests.strangers.measuring import CLASSES, Measured, measure
from tests.strangers.measuring_sheets import MeasuredSheet, measure_sheets
from tests.strangers.truth import HERE, PAGES, SHEETS

DOCS = HERE.parents[1] / "docs" / "intake-measured.md"
FIRST: dict[str, Any] = json.loads((HERE / "first_read.json").read_text(encoding="utf-8"))
GROUPS = (("01.xlsx",), ("02.csv", "05.csv"), ("03.ods",), ("04.xlsx",), ("06.xlsx",))
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"
_NAMES = {
    "recommendations": "Recommendations",
    "targets": "Targets",
    "passages": "Passages",
    "facts": "Report and days",
}

NewLog = Callable[[], AbstractContextManager[Ledger]]
Figures = dict[str, dict[str, dict[str, int]]]


@contextmanager
def empty_log(url: str) -> Iterator[Ledger]:
    """A log that holds no more than the shipped register and rules."""
    with pool(url) as connections:
        log = Ledger(connections, url)
        log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        yield log


def all_measured(new_log: NewLog) -> tuple[list[Measured], list[MeasuredSheet]]:
    """Every page and every group of sheets, each in a log of its own."""
    pages, sheets = [], []
    for page in PAGES:
        with new_log() as log:
            pages.append(measure(log, page))
    by_name = {sheet["file"]: sheet for sheet in SHEETS}
    for group in GROUPS:
        with new_log() as log:
            sheets += measure_sheets(log, [by_name[f"sheets/{name}"] for name in group])
    return pages, sorted(sheets, key=lambda sheet: sheet.file)


def figures(pages: list[Measured], sheets: list[MeasuredSheet]) -> dict[str, Any]:
    """What was measured, as counts."""
    return {
        "pages": {
            page.file: {
                "refused": bool(page.refused),
                **{about: dict(sorted(page.tally(about).items())) for about in CLASSES},
            }
            for page in pages
        },
        "sheets": {sheet.file: dict(sorted(sheet.tally().items())) for sheet in sheets},
    }


def rendered(first: dict[str, Any], now: dict[str, Any]) -> str:
    """The tables, as the document holds them."""
    lines = [_BEGIN, ""]
    for title, read in (("As first read", first), ("As read now", now)):
        lines += [f"### {title}", "", f"| Page | {' | '.join(_NAMES.values())} |"]
        lines.append(f"| --- |{' --- |' * len(_NAMES)}")
        for file, page in read["pages"].items():
            refused = " (refused)" if page["refused"] else ""
            cells = [_cell(page[about]) for about in CLASSES]
            lines.append(f"| {file.removeprefix('pages/')}{refused} | {' | '.join(cells)} |")
        cells = [_total(read["pages"].values(), about) for about in CLASSES]
        lines += [f"| **all** | {' | '.join(cells)} |", ""]
    lines += ["### Sheets, row by row", "", "| Sheet | As first read | As read now |"]
    lines.append("| --- | --- | --- |")
    for file, sheet in now["sheets"].items():
        name = file.removeprefix("sheets/")
        lines.append(f"| {name} | {_rows(first['sheets'][file])} | {_rows(sheet)} |")
    return "\n".join([*lines, "", _END])


def _cell(counts: Mapping[str, int]) -> str:
    """`right + others / listed / silent / wrong`."""
    others = f" + {counts['others']}" if counts.get("others") else ""
    missed = (str(counts.get(verdict, 0)) for verdict in ("listed", "silent", "wrong"))
    return f"{counts.get('right', 0)}{others} / {' / '.join(missed)}"


def total(pages: Any, about: str) -> dict[str, int]:
    """The counts of one class over all pages."""
    sums: dict[str, int] = {}
    for page in pages:
        for verdict, count in page[about].items():
            sums[verdict] = sums.get(verdict, 0) + count
    return sums


def share(counts: Mapping[str, int]) -> float:
    """The part that was read rightly, of all there is."""
    return (counts.get("right", 0) + counts.get("others", 0)) / sum(counts.values())


def _total(pages: Any, about: str) -> str:
    counts = total(pages, about)
    return f"**{_cell(counts)}** ({share(counts):.0%})"


def _rows(counts: Mapping[str, int]) -> str:
    order = ("right", "rejected", "elsewhere", "missed", "wrong")
    return " / ".join(str(counts.get(verdict, 0)) for verdict in order)


def in_document() -> str:
    """The tables that the document holds."""
    text = DOCS.read_text(encoding="utf-8")
    return text[text.index(_BEGIN) : text.index(_END) + len(_END)]


def main() -> None:
    with temporary_server() as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}".encode())
        with connect_owner(server.url(TEMPLATE)) as owner:
            migrate(owner)

        @contextmanager
        def new_log() -> Iterator[Ledger]:
            with new_database(server, TEMPLATE) as url, empty_log(url) as log:
                yield log

        pages, sheets = all_measured(new_log)
    text = DOCS.read_text(encoding="utf-8")
    table = rendered(FIRST, figures(pages, sheets))
    DOCS.write_text(text.replace(in_document(), table), encoding="utf-8")


if __name__ == "__main__":
    main()
