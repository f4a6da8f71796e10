"""Files to rows of cells: each where it stands, as far as it shows, and nothing computed."""

from datetime import date, datetime

import pytest

from ledger.intake.sheets.cells import Broken, Sheet, UnreadableSheet, Value
from ledger.intake.sheets.open_sheet import open_sheet
from tests.intake_sheets.making import (
    cells,
    ods,
    ods_table,
    ods_text,
    styles,
    xlsx,
    xlsx_parts,
    zipped,
)


def only_sheet(data: bytes, name: str) -> Sheet:
    (sheet,) = open_sheet(data, name).sheets
    return sheet


def cell(data: bytes, name: str) -> Value:
    return only_sheet(data, name).rows[0].cells[0]


def shown(number: str, code: str) -> Value:
    """Return the value that is read from a number in A1, under a format."""
    data = xlsx(cells((f'<c r="A1" s="1"><v>{number}</v></c>',)), styles=styles(code))
    return cell(data, "a.xlsx")


def test_each_cell_keeps_its_sheet_row_and_column():
    data = xlsx('<sheetData><row r="3"><c r="C3"><v>7</v></c></row></sheetData>', name="Old list")

    (row,) = only_sheet(data, "a.xlsx").rows

    assert row.cells == {2: 7}
    assert str(row.place) == "a.xlsx, Old list, row 3"


def test_shared_rich_and_inline_texts_are_read_without_phonetic_hints():
    strings = (
        "<si><t>one</t></si>"
        "<si><r><t xml:space='preserve'>two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si>"
    )
    row = '<c r="A1" t="s"><v>1</v></c>', '<c r="B1" t="inlineStr"><is><t>a_x000D_b</t></is></c>'

    (read,) = only_sheet(xlsx(cells(row), strings=strings), "a.xlsx").rows

    assert read.cells == {0: "two runs", 1: "a\nb"}


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("dd/mm/yyyy", date(2025, 5, 16)),
        ("[$-809]d mmmm yyyy;@", date(2025, 5, 16)),
        ("General", 45793),
        ("@", 45793),
        ("000000", "045793"),
        ('"due "0', 45793),
    ],
)
def test_a_number_reads_as_its_format_shows_it(code, read):
    assert shown("45793", code) == read


def test_a_month_that_became_its_first_day_stays_a_month():
    assert shown("45778", "mmm-yy") == "2025-05"


@pytest.mark.parametrize(
    ("number", "code", "why"),
    [
        ("45793", "mmm yyyy", "without its day"),
        ("45793", "d mmm", "without its year"),
        ("0.5", "hh:mm", "time of day"),
        ("1.25", "[h]:mm", "length of time"),
        ("0.8", "0%", "changes how it looks"),
        ("5", "£#,##0", "changes how it looks"),
        ("59", "dd/mm/yyyy", "no date"),
        ("9999999", "dd/mm/yyyy", "no date"),
        ("1e999", "General", "no number"),
        ("1_0", "General", "no number"),
    ],
)
def test_a_number_that_is_not_what_it_seems_is_not_taken(number, code, why):
    value = shown(number, code)
    assert isinstance(value, Broken)
    assert why in value.why


def test_a_workbook_that_counts_from_1904_is_read_so():
    parts = xlsx_parts(cells(('<c r="A1" s="1"><v>44331</v></c>',)), styles=styles("d/m/yyyy"))
    assert cell(zipped(parts), "a.xlsx") == date(2021, 5, 15)
    book = str(parts["xl/workbook.xml"])
    parts["xl/workbook.xml"] = book.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert cell(zipped(parts), "a.xlsx") == date(2025, 5, 16)


def test_a_moment_of_a_day_keeps_its_time():
    assert shown("45793.5", "d/m/yyyy h:mm") == datetime(2025, 5, 16, 12)  # noqa: DTZ001


def test_an_open_document_date_counts_as_far_as_it_shows():
    def dated(day: str, text: str) -> Value:
        inside = (
            f'<table:table-cell office:value-type="date" office:date-value="{day}">'
            f"<text:p>{text}</text:p></table:table-cell>"
        )
        return cell(ods(ods_table(inside)), "a.ods")

    assert dated("2025-05-16", "16/05/25") == date(2025, 5, 16)
    assert dated("2025-05-16T00:00:00", "16 May 2025") == date(2025, 5, 16)
    assert dated("2025-05-01", "May 2025") == "2025-05"
    assert isinstance(dated("2025-05-16", "16 May"), Broken)
    assert isinstance(dated("2025-05-25", "May 25"), Broken)


def test_open_document_numbers_show_their_zeros_and_percentages():
    def number(value: str, text: str, kind: str = "float") -> Value:
        inside = (
            f'<table:table-cell office:value-type="{kind}" office:value="{value}">'
            f"<text:p>{text}</text:p></table:table-cell>"
        )
        return cell(ods(ods_table(inside)), "a.ods")

    assert number("2", "02") == "02"
    assert number("0.8", "80%", "percentage") == "80%"
    assert number("0.5", "1") == 0.5, "what is rounded for the eye is not what was written"


def test_open_document_text_keeps_spaces_tabs_and_lines_and_leaves_comments_out():
    inside = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a comment'
        '</text:p></office:annotation><text:p>one<text:s text:c="3"/>two<text:tab/>three</text:p>'
        "<text:p>four <text:span>five</text:span></text:p></table:table-cell>"
    )
    assert cell(ods(ods_table(inside)), "a.ods") == "one   two\tthree\nfour five"


@pytest.mark.parametrize(
    "formula",
    [
        '<c r="A2"><f>1+1</f><v>2</v></c>',
        '<c r="A2" t="str"><f>A1</f><v>text</v></c>',
        '<c r="A2"><f t="shared" si="0"/><v>2</v></c>',
        '<c r="A2"><f>HYPERLINK("http://x")</f></c>',
    ],
)
def test_a_cell_with_a_formula_has_no_value(formula):
    value = only_sheet(xlsx(cells(("head",), (formula,))), "a.xlsx").rows[1].cells[0]
    assert isinstance(value, Broken)
    assert "formula" in value.why


def test_all_cells_that_one_formula_fills_are_known_with_their_range():
    spill = '<c r="A2"><f t="array" ref="A2:A3">X</f><v>2</v></c>'
    rows = only_sheet(xlsx(cells(("head",), (spill,), ("spilt",), ("own",))), "a.xlsx").rows

    assert [row.fault is not None for row in rows] == [False, True, True, False]
    assert rows[2].fault is not None
    assert "A2:A3" in rows[2].fault.why


def test_merged_cells_are_known_with_their_range():
    merged = '<mergeCells><mergeCell ref="A2:B3"/></mergeCells>'
    data = xlsx(cells(("a", "b"), ("c",), ("", "d"), ("e",), after=merged))
    spanned = ods_text("c").replace(
        "<table:table-cell",
        '<table:table-cell table:number-rows-spanned="2" table:number-columns-spanned="2"',
    )
    covered = "<table:covered-table-cell/>"
    other = ods(ods_table(ods_text("a"), spanned + covered, ods_text("d"), ods_text("e")))

    for rows in (only_sheet(data, "a.xlsx").rows, only_sheet(other, "a.ods").rows):
        assert [row.fault is not None for row in rows] == [False, True, True, False]
        assert rows[1].fault is not None
        assert "cells A2:B3 are merged" in rows[1].fault.why


def test_open_document_formulas_errors_and_truths_are_told_apart():
    def typed(attributes: str) -> Value:
        inside = f"<table:table-cell {attributes}><text:p>2</text:p></table:table-cell>"
        return cell(ods(ods_table(inside)), "a.ods")

    formula = typed('table:formula="of:=1+1" office:value-type="float" office:value="2"')
    error = typed('office:value-type="string" calcext:value-type="error"')
    assert isinstance(formula, Broken)
    assert isinstance(error, Broken)
    assert typed('office:value-type="boolean" office:boolean-value="true"') is True


def test_repeated_open_document_rows_and_cells_stand_where_they_belong():
    gap = '<table:table-cell table:number-columns-repeated="3"/>'
    table = (
        '<table:table table:name="a"><table:table-row table:number-rows-repeated="2"/>'
        f'<table:table-row table:number-rows-repeated="2">{gap}{ods_text("x")}</table:table-row>'
        "</table:table>"
    )
    rows = only_sheet(ods(table), "a.ods").rows
    assert [(row.place.row, row.cells) for row in rows] == [(3, {3: "x"}), (4, {3: "x"})]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_csv_is_read_with_or_without_its_mark_and_with_either_delimiter(mark, delimiter):
    text = f'report{delimiter}text\r\n\r\na{delimiter}"two\nlines, and; marks"\r\n'
    rows = only_sheet(mark + text.encode(), "a.csv").rows

    assert [row.place.row for row in rows] == [1, 3]
    assert rows[1].cells == {0: "a", 1: "two\nlines, and; marks"}


def test_a_header_with_both_delimiters_is_refused():
    data = b"a,b;c\n1,2;3\n"
    with pytest.raises(UnreadableSheet, match="both"):
        open_sheet(data, "a.csv")
