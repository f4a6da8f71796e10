"""Writes sheets as .csv, .xlsx or .ods, so that nothing in them becomes a formula or a link."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from ledger.intake.sheets.csv_text import guarded
from ledger.intake.sheets.layout import Column
from ledger.intake.sheets.write_ods import ods_bytes

Format = Literal["csv", "xlsx", "ods"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "ods")
_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_IN_EXCEL = 32_767


@dataclass(frozen=True, slots=True)
class SheetOut:
    """A sheet to write: its header, its rows, and how many empty rows are ready to be filled in."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | int, ...], ...]
    blank: int = 0


def writable(text: str) -> str:
    """A text as all three kinds of file can hold it: what they cannot becomes U+FFFD."""
    return _NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def write_sheets(sheets: Sequence[SheetOut], path: Path, form: Format) -> None:
    """One file with these sheets; a .csv has the first alone. The same sheets give the same bytes.

    ValueError for a text that is too long for a cell of Excel.
    """
    match form:
        case "csv":
            path.write_bytes(_csv(sheets[0]))
        case "xlsx":
            path.write_bytes(_xlsx(sheets))
        case "ods":
            path.write_bytes(
                ods_bytes([(each.name, each.columns, each.rows, each.blank) for each in sheets])
            )


def _csv(sheet: SheetOut) -> bytes:
    """With the mark by which Excel knows UTF-8."""
    text = io.StringIO()
    out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    out.writerow(column.name for column in sheet.columns)
    for row in sheet.rows:
        out.writerow(guarded(value) if isinstance(value, str) else value for value in row)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(sheets: Sequence[SheetOut]) -> bytes:
    import xlsxwriter  # only where one is written

    data = io.BytesIO()
    book = xlsxwriter.Workbook(
        data,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001, so that bytes repeat
    given = book.add_format({"bold": True, "bg_color": "#D9D9D9", "text_wrap": True})
    asked = book.add_format({"bold": True, "bg_color": "#FFF2CC", "text_wrap": True})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        last = len(sheet.rows) + sheet.blank
        for number, column in enumerate(sheet.columns):
            page.set_column(number, number, column.width, text)
            page.write_string(0, number, column.name, given if column.given else asked)
            if column.says:
                page.write_comment(0, number, column.says)
            if column.words and not column.many and last:
                page.data_validation(
                    1,
                    number,
                    last,
                    number,
                    {
                        "validate": "list",
                        "source": list(column.words),
                        "error_type": "information",
                        "error_message": "One of the words of the list, please.",
                    },
                )
        for row, values in enumerate(sheet.rows, start=1):
            for number, value in enumerate(values):
                if isinstance(value, int):
                    page.write_number(row, number, value)
                elif len(value) > _MOST_IN_EXCEL:
                    raise ValueError(f"A cell of Excel holds {_MOST_IN_EXCEL:,} characters.")
                elif value:
                    page.write_string(row, number, value, text)
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    book.close()
    return data.getvalue()
