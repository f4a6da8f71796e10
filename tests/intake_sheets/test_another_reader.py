"""Values that another reader of sheets loses, and ours keeps: docs/decisions/0038."""

import datetime

import python_calamine
import xlsxwriter

from ledger.intake.sheets.cells import Broken
from tests.intake_sheets.making import ODF, ODS, ods_parts, ods_table, open_path, zipped

MANIFEST = (
    f'<m:manifest xmlns:m="{ODF}:manifest:1.0"><m:file-entry m:full-path="/" '
    f'm:media-type="{ODS}"/></m:manifest>'
)


def cell(inside: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{inside}</text:p></table:table-cell>"


def both(path):
    """Return the cells of the first row, as another reader has them and as ours does."""
    theirs = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()[0]
    ours = open_path(path).sheets[0].rows[0].cells
    return theirs, [ours[column] for column in sorted(ours)]


def test_open_document_cells_keep_their_white_space_and_read_as_they_are_shown(tmp_path):
    path = tmp_path / "sheet.ods"
    row = "".join(
        (
            cell("one<text:tab/>two"),
            cell("one<text:line-break/>two"),
            cell("007", 'office:value-type="float" office:value="7"'),
            cell("May 2025", 'office:value-type="date" office:date-value="2025-05-01"'),
        )
    )
    path.write_bytes(zipped({**ods_parts(ods_table(row)), "META-INF/manifest.xml": MANIFEST}))
    theirs, ours = both(path)
    assert theirs == ["onetwo", "onetwo", 7, datetime.date(2025, 5, 1)]
    assert ours == ["one\ttwo", "one\ntwo", "007", "2025-05"]


def test_the_cells_of_a_workbook_read_as_they_are_shown_or_say_why_not(tmp_path):
    path, day = tmp_path / "sheet.xlsx", datetime.datetime(2025, 5, 1)  # noqa: DTZ001
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("reports")
        sheet.write_number(0, 0, 7, book.add_format({"num_format": "000"}))
        sheet.write_datetime(0, 1, day, book.add_format({"num_format": "mmm yyyy"}))
        sheet.write_datetime(0, 2, day, book.add_format({"num_format": "d mmm"}))
        sheet.write_number(0, 3, 45778, book.add_format({"num_format": "0%"}))
        sheet.write_formula(0, 4, "=1+2", None, 3)
    theirs, ours = both(path)
    assert theirs == [7, day.date(), day.date(), 45778, 3]
    assert ours[:2] == ["007", "2025-05"]
    assert all(isinstance(value, Broken) for value in ours[2:])
