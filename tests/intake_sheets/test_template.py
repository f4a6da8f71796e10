"""Templates, sheets of other names, and the backlog to copy."""

import csv
from pathlib import Path

import pytest

from api.files.sheets import write_template
from api.files.writers import FORMATS, Format, SheetOut
from ledger.intake.sheets.backlog import read_backlog
from ledger.intake.sheets.cells import UnreadableSheet
from ledger.intake.sheets.layout import LAYOUT, SheetKind
from tests.intake_sheets.making import open_path
from tests.sheets_out import write_sheets

BACKLOG = Path(__file__).parents[2] / "examples" / "backlog"
REPORTS = "reference,title,kind,publisher,published on\n"
STORES = "stores-2024,Lost and found,peel,hmicfrs,12 March 2024\n"


def test_a_sheet_of_another_name_is_read_by_its_header_or_listed(tmp_path):
    path = tmp_path / "a.ods"
    reports = tuple(one for one in LAYOUT["reports"] if one.name in REPORTS)
    filled = (tuple(STORES.strip().split(",")),)
    notes = (LAYOUT["reports"][0],)
    sheets = [SheetOut("Old ones", reports, filled), SheetOut("Notes", notes, (("call them",),))]
    write_sheets(sheets, path, "ods")

    table = read_backlog([open_path(path)])

    assert len(table.rows["reports"]) == 1
    assert [str(one.place) for one in table.rejected] == ["a.ods, Notes, row 1"]


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_an_empty_template_has_no_rows(tmp_path, form: Format):
    path = tmp_path / f"t.{form}"
    write_template(path, form)
    with pytest.raises(UnreadableSheet, match="no row below a header"):
        read_backlog([open_path(path)])


@pytest.mark.parametrize("kind", list(LAYOUT))
def test_each_kind_has_a_csv_template_that_is_recognised(tmp_path, kind: SheetKind):
    path = tmp_path / "t.csv"
    write_template(path, "csv", kind)
    names = path.read_text("utf-8-sig").strip().replace('"', "").split(",")
    assert names == [column.name for column in LAYOUT[kind]]
    with pytest.raises(UnreadableSheet, match="no row below a header"):
        read_backlog([open_path(path)])


@pytest.mark.parametrize("form", FORMATS)
def test_the_backlog_to_copy_reads_whole_in_each_form(tmp_path, form: Format):
    sheets = []
    for name in ("reports", "recommendations", "responses", "explanations"):
        with (BACKLOG / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            heads, *rows = csv.reader(file)
        columns = tuple(next(c for c in LAYOUT[name] if c.name == one) for one in heads)
        sheets.append(SheetOut(name, columns, tuple(map(tuple, rows))))
    files = [sheets] if form != "csv" else [[sheet] for sheet in sheets]
    books = []
    for number, each in enumerate(files):
        path = tmp_path / f"{number}.{form}"
        write_sheets(each, path, form)
        books.append(open_path(path))

    table = read_backlog(books)

    assert table.rejected == ()
    assert [row.number for row in table.rows["recommendations"]] == ["4", "18"]
    assert [one.how for one in table.rows["explanations"]] == ["general", "general"]
