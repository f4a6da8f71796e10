"""Writes rows as files, one after the other: .csv, .xlsx, .ods, in which nothing is a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

from ledger.errors import AnswerableError
from ledger.intake.sheets.csv_text import guarded
from ledger.intake.sheets.layout import Column
from ledger.intake.sheets.write import SheetOut, writable, write_ods
from projections.questions.exports import Value

Form = Literal["csv", "xlsx", "ods"]
MOST_ROWS = 1_048_575
"""Rows below the header that a sheet of Excel holds."""
MOST_IN_EXCEL = 32_767
_CUT = "… [cut here: a cell of Excel holds no more]"

Rows = Iterable[Sequence[Value]]
About = Iterable[tuple[str, str]]


class TooMuch(AnswerableError):
    """More than this kind of file holds."""


def write_table(
    path: Path, form: Form, name: str, columns: Sequence[str], rows: Rows, about: About
) -> int:
    """Write rows under a header: how many. `about`, pairs of words, is a sheet beside them."""
    match form:
        case "csv":
            return _csv(path, columns, rows)
        case "xlsx":
            return _xlsx(path, name, columns, rows, about)
        case "ods":
            return _ods(path, name, columns, rows, about)


def _csv(path: Path, columns: Sequence[str], rows: Rows) -> int:
    """With the mark by which Excel knows UTF-8."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(columns)
        for row in rows:
            count += 1
            out.writerow(guarded(value) if isinstance(value, str) else value for value in row)
    return count


def _xlsx(path: Path, name: str, columns: Sequence[str], rows: Rows, about: About) -> int:
    import xlsxwriter  # only where one is written

    book = xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    try:
        bold = book.add_format({"bold": True})
        page = book.add_worksheet(name)
        page.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            page.write_string(0, number, column, bold)
        count = 0
        for count, row in enumerate(_few(rows), start=1):
            for number, value in enumerate(row):
                if isinstance(value, int):
                    page.write_number(count, number, value)
                elif value:
                    page.write_string(count, number, _short(writable(value)))
        beside = book.add_worksheet("about")
        for line, (what, words) in enumerate(about):
            beside.write_string(line, 0, what, bold)
            beside.write_string(line, 1, writable(words))
    finally:
        book.close()
    return count


def _ods(path: Path, name: str, columns: Sequence[str], rows: Rows, about: About) -> int:
    count = 0

    def written() -> Iterator[tuple[str | int, ...]]:
        nonlocal count
        for row in _few(rows):
            count += 1
            yield tuple(
                "" if value is None else writable(value) if isinstance(value, str) else value
                for value in row
            )

    header = tuple(Column(column, "", given=True) for column in columns)
    both = (Column("what", "", given=True), Column("this file", "", given=True, width=80))
    with path.open("wb") as file:
        said = ((what, writable(words)) for what, words in about)
        write_ods(file, [SheetOut(name, header, written()), SheetOut("about", both, said)])
    return count


def _few(rows: Rows) -> Iterator[Sequence[Value]]:
    """The rows, as far as a sheet holds them. TooMuch where there are more."""
    them = iter(rows)
    yield from islice(them, MOST_ROWS)
    if next(them, None) is not None:
        raise TooMuch(f"A sheet holds {MOST_ROWS:,} rows, and there are more: write a .csv.")


def _short(text: str) -> str:
    if len(text) <= MOST_IN_EXCEL:
        return text
    return text[: MOST_IN_EXCEL - len(_CUT)] + _CUT
