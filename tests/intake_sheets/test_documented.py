"""The documents tell a stranger every column of a sheet, and every limit."""

from pathlib import Path

from ledger.intake.sheets import cells
from ledger.intake.sheets.layout import LAYOUT
from tests import columns

RECORDING = (Path(__file__).parents[2] / "docs" / "record.md").read_text("utf-8")


def test_the_page_of_columns_is_what_the_declarations_say():
    assert columns.PAGE.read_text("utf-8") == columns.columns_page(), "run `make docs`"


def test_every_column_has_a_row_and_a_needed_one_its_mark():
    page = columns.columns_page()
    for kind, declared in LAYOUT.items():
        section = page.split(f"## The sheet {kind}\n")[1].split("\n## ")[0].split("\n# ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == [column.name for column in declared]
        assert ["**!**" in row for row in rows] == [column.needed for column in declared]


def test_every_limit_is_documented():
    for limit in (cells.MOST_ROWS, cells.MOST_PLACES, cells.MOST_PARTS, cells.MOST_IN_A_CELL):
        assert f"{limit:,}" in RECORDING
    assert f"{cells.MOST_AREAS:,}" in RECORDING
    assert f"{cells.MOST_SHEETS} sheets" in RECORDING
    assert f"{cells.MOST_BYTES // 1024**2} MB" in RECORDING
    assert f"{cells.MOST_UNPACKED // 1024**2} MB" in RECORDING
    assert f"{cells.MOST_CHARACTERS // 10**6} million characters" in RECORDING
    assert f"column {cells.letter(cells.MOST_COLUMNS - 1)}" in RECORDING.replace("\n  ", " ")
