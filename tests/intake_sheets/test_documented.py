"""docs/sheets.md tells a stranger all that a sheet may hold, and every limit."""

import re
from pathlib import Path

import pytest

from ledger.intake.sheets import cells
from ledger.intake.sheets.layout import LAYOUT
from ledger.intake.sheets.updates import COLUMNS, NOT_TAKEN

TEXT = (Path(__file__).parents[2] / "docs" / "sheets.md").read_text("utf-8")


def columns_of(heading: str) -> dict[str, str]:
    """The first column of the tables under a heading, by name: what the row says."""
    section = re.split(r"\n##+ ", TEXT[TEXT.index(heading) + len(heading) :])[0]
    found = {}
    for line in re.findall(r"\n\| (`.*)", section):
        names, says = line.split(" | ", 1)
        found.update(dict.fromkeys(re.findall("`([^`]+)`", names), f"{names} {says}"))
    return found


@pytest.mark.parametrize("kind", list(LAYOUT))
def test_every_column_of_the_table_layout_is_documented_and_no_other(kind):
    documented = columns_of(f"### `{kind}`")
    assert list(documented) == [column.name for column in LAYOUT[kind]]
    for column in LAYOUT[kind]:
        assert ("**!**" in documented[column.name]) == column.needed
        assert all(f"`{word}`" in documented[column.name] for word in column.words), column.name


def test_every_column_of_the_updates_sheet_is_documented_and_no_other():
    documented = columns_of("## The updates sheet")
    assert set(documented) == {column.name for column in (*COLUMNS, NOT_TAKEN)}
    means = next(column for column in COLUMNS if column.name == "means")
    assert all(f"`{word}`" in documented["means"] for word in means.words)


def test_every_limit_is_documented():
    for limit in (cells.MOST_ROWS, cells.MOST_PLACES, cells.MOST_PARTS, cells.MOST_IN_A_CELL):
        assert f"{limit:,}" in TEXT
    assert f"{cells.MOST_AREAS:,}" in TEXT
    assert f"{cells.MOST_SHEETS} sheets" in TEXT
    assert f"{cells.MOST_BYTES // 1024**2} MB" in TEXT
    assert f"{cells.MOST_UNPACKED // 1024**2} MB" in TEXT
    assert f"{cells.MOST_CHARACTERS // 10**6} million characters" in TEXT
    assert f"column {cells.letter(cells.MOST_COLUMNS - 1)}" in TEXT
