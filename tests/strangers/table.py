"""Measure pages and sheets, and write the tables of figures.md: python -m tests.strangers.table"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.migrate import migrate
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SETUP
from tests.servers import MIGRATED, new_database, temporary_server
from tests.strangers.from_duty import VERDICTS, FromDuty, measure_from_duty
from tests.strangers.measuring_sheets import MeasuredSheet, measure_sheets
from tests.strangers.suggesting import FACTS, Tally, is_kept, measure, strangers, told, total
from tests.strangers.truth import HERE, SHEETS

FIGURES = HERE / "figures.md"
FIRST: dict[str, Any] = json.loads((HERE / "first_read.json").read_text(encoding="utf-8"))
GROUPS = (("01.xlsx",), ("02.csv", "05.csv"), ("03.ods",), ("04.xlsx",), ("06.xlsx",))
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"

NewLog = Callable[[], AbstractContextManager[Ledger]]


def suggestions_measured() -> dict[str, list[Tally]]:
    """Return the strangers' pages, and those told here: two thirds, and the third that was kept
    apart."""
    pages = told()
    return {
        "the strangers' ten": [measure(page) for page in strangers()],
        "told, two thirds": [measure(page) for page in pages if not is_kept(page)],
        "told, kept apart": [measure(page) for page in pages if is_kept(page)],
    }


def from_duty_measured() -> dict[str, list[FromDuty]]:
    """Return the same pages, each begun from its duty."""
    pages = told()
    return {
        "the strangers' ten": [measure_from_duty(page) for page in strangers()],
        "told, two thirds": [measure_from_duty(page) for page in pages if not is_kept(page)],
        "told, kept apart": [measure_from_duty(page) for page in pages if is_kept(page)],
    }


@contextmanager
def empty_log(url: str) -> Iterator[Ledger]:
    """Yield a log that holds no more than the shipped register and rules."""
    with pool(url) as connections:
        log = Ledger(connections, url)
        log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        yield log


def sheets_measured(new_log: NewLog) -> list[MeasuredSheet]:
    """Return every group of sheets, each in a log of its own."""
    sheets = []
    by_name = {sheet["file"]: sheet for sheet in SHEETS}
    for group in GROUPS:
        with new_log() as log:
            sheets += measure_sheets(log, [by_name[f"sheets/{name}"] for name in group])
    return sorted(sheets, key=lambda sheet: sheet.file)


def rendered(
    pages: Mapping[str, list[Tally]],
    begun: Mapping[str, list[FromDuty]],
    sheets: list[MeasuredSheet],
) -> str:
    """Return the tables, as the document holds them."""
    lines = [_BEGIN, "", "### Suggestions, by kind of fact", ""]
    lines += [f"| Fact | {' | '.join(pages)} |", f"| --- |{' --- |' * len(pages)}"]
    counts = {group: total(tallies) for group, tallies in pages.items()}
    for fact in FACTS:
        cells = [_cell(counts[group][fact]) for group in pages]
        lines.append(f"| {fact} | {' | '.join(cells)} |")
    lines += ["", "### From the duty", "", f"| Fact | {' | '.join(begun)} |"]
    lines.append(f"| --- |{' --- |' * len(begun)}")
    for fact in ("passages", "day"):
        cells = [_from_duty(one.facts[fact] for one in found) for found in begun.values()]
        lines.append(f"| {fact} | {' | '.join(cells)} |")
    lines += ["", "### Sheets, row by row", "", "| Sheet | As first read | As read now |"]
    lines.append("| --- | --- | --- |")
    for sheet in sheets:
        name = sheet.file.removeprefix("sheets/")
        lines.append(f"| {name} | {_rows(FIRST['sheets'][sheet.file])} | {_rows(sheet.tally())} |")
    return "\n".join([*lines, "", _END])


def _cell(counts: Mapping[str, int]) -> str:
    """`right / unsure (of which good) / left / wrong`."""
    unsure = f"{counts.get('unsure', 0)} ({counts.get('good', 0)})"
    rest = f"{counts.get('left', 0)} / {counts.get('wrong', 0)}"
    return f"{counts.get('right', 0)} / {unsure} / {rest}"


def _from_duty(counts: Iterable[Counter[str]]) -> str:
    """`right / open / lost / wrong`."""
    together = sum(counts, Counter[str]())
    return " / ".join(str(together[verdict]) for verdict in VERDICTS)


def _rows(counts: Mapping[Any, int]) -> str:
    order = ("right", "rejected", "elsewhere", "missed", "wrong")
    return " / ".join(str(counts.get(verdict, 0)) for verdict in order)


def in_document() -> str:
    """Return the tables that the document holds."""
    text = FIGURES.read_text(encoding="utf-8")
    return text[text.index(_BEGIN) : text.index(_END) + len(_END)]


def main() -> None:
    with temporary_server() as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {MIGRATED}".encode())
        with connect_owner(server.url(MIGRATED)) as owner:
            migrate(owner)

        @contextmanager
        def new_log() -> Iterator[Ledger]:
            with new_database(server, MIGRATED) as url, empty_log(url) as log:
                yield log

        sheets = sheets_measured(new_log)
    text = FIGURES.read_text(encoding="utf-8")
    table = rendered(suggestions_measured(), from_duty_measured(), sheets)
    FIGURES.write_text(text.replace(in_document(), table), encoding="utf-8")


if __name__ == "__main__":
    main()
