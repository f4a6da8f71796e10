"""The round-trip sheet: out with what is open, back with what the force says of it."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.files.sheets import updates_sheet
from api.files.writers import FORMATS, Format, SheetOut
from ledger.intake.sheets.cells import UnreadableSheet
from ledger.intake.sheets.layout import ClaimRead
from ledger.intake.sheets.open_sheet import open_sheet, unguarded
from ledger.intake.sheets.updates import COLUMNS, Updates, read_updates_sheet
from projections.questions.exports import OpenRecommendation
from tests.intake_sheets.making import open_path
from tests.sheets_out import write_sheets

OPEN = OpenRecommendation(
    report="stores-2024",
    title="Lost and found",
    number="02",
    addressee="cumbria-constabulary",
    text="By 1 October 2024, chief constables should label every item.",
    status="open",
    target="2024-10-01",
    last_update_on=None,
    version=3,
)
OTHER = replace(OPEN, number="AFI 1", version=12, text="=HYPERLINK(“x”)\n- and this")
NAMES = [column.name for column in COLUMNS]


def sent(tmp_path: Path, *rows: OpenRecommendation) -> list[dict[str, str]]:
    """Return the rows of a written .csv, by the names of their columns."""
    path = tmp_path / "updates.csv"
    path.write_bytes(updates_sheet(rows, "csv"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {name: unguarded(text) for name, text in row.items()} for row in csv.DictReader(file)
        ]


def returned(tmp_path: Path, rows: list[dict[str, str]], form: Format = "xlsx") -> Updates:
    """Return the updates that are read from a sheet with these rows."""
    path = tmp_path / f"back.{form}"
    cells = tuple(tuple(row[name] for name in NAMES) for row in rows)
    write_sheets([SheetOut("updates", COLUMNS, cells)], path, form)
    return read_updates_sheet(open_path(path))


@pytest.mark.parametrize("form", FORMATS)
def test_a_sheet_that_comes_back_untouched_has_no_updates(tmp_path, form: Format):
    path = tmp_path / f"updates.{form}"
    path.write_bytes(updates_sheet([OPEN, OTHER], form))
    assert read_updates_sheet(open_path(path)) == Updates((), 2, ())


@pytest.mark.parametrize("form", FORMATS)
def test_a_filled_row_is_an_update_in_the_requests_fields(tmp_path, form: Format):
    first, second = sent(tmp_path, OPEN, replace(OTHER, text="Do this."))
    first |= {
        "update": "All stores\nare labelled.",
        "occurred on": "16/05/2025",
        "claim as stated": "Green",
        "means": "On track",
        "expected on": "September 2025",
    }
    second |= {"update": "Nothing yet."}

    updates = returned(tmp_path, [first, second], form)

    assert updates.rejected == ()
    assert updates.unfilled == 0
    one, two = updates.rows
    assert (one.report, one.number, one.key, one.addressee, one.version) == (
        "stores-2024",
        "02",
        "2",
        "cumbria-constabulary",
        3,
    )
    assert (one.text, one.occurred_on) == ("All stores\nare labelled.", "2025-05-16")
    assert one.claim == ClaimRead("Green", "on_track", "2025-09")
    assert (two.key, two.occurred_on, two.claim) == ("afi-1", None, None)


def test_rows_may_be_sorted_and_deleted_and_what_is_only_shown_may_change(tmp_path):
    rows = sent(tmp_path, OPEN, OTHER, replace(OPEN, number="7"))
    rows = [
        rows[2] | {"update": "x", "title": "", "target": "01/10/24", "status": "?"},
        rows[0] | {"update": "y", "number": "2"},
    ]
    updates = returned(tmp_path, rows, "csv")
    assert [row.key for row in updates.rows] == ["7", "2"]
    assert updates.rejected == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("report", "stores-2025"),
        ("number", "03"),
        ("addressee", "durham-constabulary"),
        ("recommendation", "By 1 October 2029, chief constables should label every item."),
        ("version", "4"),
        ("check", "abcdefghij"),
    ],
)
def test_a_row_whose_key_was_changed_is_rejected(tmp_path, column, value):
    (row,) = sent(tmp_path, OPEN)
    updates = returned(tmp_path, [row | {"update": "Done.", column: value}])
    assert updates.rows == ()
    (rejected,) = updates.rejected
    assert rejected.column == "check"
    assert "is not as it was written" in rejected.reason


def test_a_column_sorted_without_the_others_is_noticed_in_each_row(tmp_path):
    first, second = sent(tmp_path, OPEN, OTHER)
    mixed = [
        first | {"number": second["number"], "update": "x"},
        second | {"number": first["number"], "update": "y"},
    ]
    assert [one.place.row for one in returned(tmp_path, mixed).rejected] == [2, 3]


@pytest.mark.parametrize(
    ("filled", "column", "words"),
    [
        ({"means": "on_track", "claim as stated": "Green"}, "update", "is empty, and is needed"),
        ({"update": "x", "claim as stated": "Green"}, "means", "is empty, and is needed"),
        ({"update": "x", "means": "on_track"}, "claim as stated", "is empty, and is needed"),
        ({"update": "x", "expected on": "2025-09"}, "means", "though there is expected on"),
        ({"update": "x", "means": "green", "claim as stated": "G"}, "means", "none of not_started"),
        ({"update": "x", "occurred on": "05/13/2026"}, "occurred on", "no month 13"),
        ({"update": "x", "version": ""}, "version", "is empty"),
        ({"update": "x", "version": "three"}, "version", "is no version"),
        ({"update": "x", "number": ""}, "number", "is empty"),
    ],
)
def test_a_row_filled_in_halves_is_rejected_with_its_column(tmp_path, filled, column, words):
    (row,) = sent(tmp_path, OPEN)
    updates = returned(tmp_path, [row | filled])
    assert updates.rows == ()
    assert (updates.rejected[0].column, len(updates.rejected)) == (column, 1)
    assert words in updates.rejected[0].reason


def test_a_second_update_of_one_recommendation_is_rejected(tmp_path):
    (row,) = sent(tmp_path, OPEN)
    updates = returned(tmp_path, [row | {"update": "x"}, row | {"update": "y", "number": "2"}])
    assert [one.text for one in updates.rows] == ["x"]
    assert "row 2 is about the same recommendation" in updates.rejected[0].reason


def test_a_header_of_another_layout_is_refused():
    with pytest.raises(UnreadableSheet, match=r"no column “titel”; the nearest is “title”"):
        read_updates_sheet(open_sheet(b"report,titel\na,b\n", "a.csv"))


def test_a_sheet_beside_the_updates_is_listed_as_not_read(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = tuple(sent(tmp_path, OPEN)[0].values())
    sheets = [SheetOut("updates", COLUMNS, (rows,)), SheetOut("mine", COLUMNS[:1], (("x",),))]
    write_sheets(sheets, path, "xlsx")
    updates = read_updates_sheet(open_path(path))
    assert [one.place.sheet for one in updates.rejected] == ["mine"]


def test_a_text_that_looks_like_a_formula_stays_text(tmp_path):
    (row,) = sent(tmp_path, OTHER)
    assert row["recommendation"] == OTHER.text
    written = (tmp_path / "updates.csv").read_text("utf-8-sig")
    assert "\"'=HYPERLINK" in written
    path = tmp_path / "updates.xlsx"
    path.write_bytes(updates_sheet([OTHER], "xlsx"))
    shown = open_path(path).sheets[0].rows[1].cells
    assert shown[NAMES.index("recommendation")] == OTHER.text


def test_a_csv_that_was_kept_as_a_workbook_reads_back(tmp_path):
    (row,) = sent(tmp_path, OTHER)
    marked = row | {"recommendation": f"'{row['recommendation']}", "update": "x"}
    assert len(returned(tmp_path, [marked], "xlsx").rows) == 1


def test_a_very_long_recommendation_is_shortened_and_still_reads_back(tmp_path):
    (row,) = sent(tmp_path, replace(OPEN, text="word " * 20_000))
    assert len(row["recommendation"]) == 4_000
    assert len(returned(tmp_path, [row | {"update": "x"}]).rows) == 1


@pytest.mark.parametrize("form", FORMATS)
@given(
    text=st.text(max_size=60).filter(str.strip),
    title=st.text(max_size=20),
    update=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).filter(str.strip),
)
def test_any_texts_go_out_and_come_back(tmp_path_factory, form, text, title, update):
    directory = tmp_path_factory.mktemp("updates")
    path = directory / f"updates.{form}"
    row = replace(OPEN, text=text, title=title)
    path.write_bytes(updates_sheet([row], form))
    assert read_updates_sheet(open_path(path)) == Updates((), 1, ())

    (cells,) = sent(directory, row)
    updates = returned(directory, [cells | {"update": update}], "csv")
    assert updates.rejected == ()
    assert [one.text for one in updates.rows] == [update.strip()]
