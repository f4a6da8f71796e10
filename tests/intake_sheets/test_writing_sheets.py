"""Written sheets read back the same, and no cell becomes a formula."""

import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from api.files.writers import SheetOut, writable
from ledger.intake.sheets.layout import Column
from ledger.intake.sheets.open_sheet import guarded, open_sheet, unguarded
from tests.sheets_out import write_sheets

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXTS)
def test_the_guard_against_formulas_gives_back_what_it_was_given(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).lstrip(" ").startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", "\u2060", "\u00ad", "\u202e", "\x00 "])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])  # noqa: RUF001
def test_invisible_characters_before_a_formula_hide_none(unseen, sign):
    text = f"{unseen}{sign}1+1"

    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_a_written_sheet_reads_back_the_same(tmp_path_factory, form, rows):
    path = tmp_path_factory.mktemp("written") / f"a.{form}"
    rows = [tuple(writable(text) for text in row) for row in rows]
    sheet = SheetOut("s", (Column("one", ""), Column("two", "")), tuple(rows))

    write_sheets([sheet], path, form)

    read = open_sheet(path.read_bytes(), path.name).sheets[0].rows[1:]
    found = {row.place.row: row.cells for row in read}
    for number, row in enumerate(rows, start=2):
        expected = {n: text.strip() for n, text in enumerate(row) if text.strip()}
        assert found.get(number, {}) == expected


@given(rows=st.lists(st.tuples(TEXTS, st.integers(0, 10**9)), min_size=1, max_size=5))
def test_a_second_reader_agrees_on_what_is_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("written") / "a.xlsx"
    rows = [(writable(text), number) for text, number in rows]
    sheet = SheetOut("s", (Column("one", ""), Column("two", "")), tuple(rows))

    write_sheets([sheet], path, "xlsx")

    ours = open_sheet(path.read_bytes(), path.name).sheets[0].rows
    theirs = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()
    assert [row.cells.get(1) for row in ours[1:]] == [row[1] for row in theirs[1:]]
    assert [row.cells.get(0, "") for row in ours] == [str(row[0]).strip() for row in theirs]


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_the_same_sheet_gives_the_same_bytes(tmp_path, form):
    sheet = SheetOut("s", (Column("one", "It says one."),), (("=1+1",),))
    for name in ("first", "second"):
        write_sheets([sheet], tmp_path / name, form)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
