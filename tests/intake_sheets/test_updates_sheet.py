"""The round-trip sheet: out with what is open, back with what the force says of it."""

import csv
import io
import zipfile
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
from ledger.intake.sheets.updates import COLUMNS, Updates, check_of, read_updates_sheet
from projections.questions.exports import OpenQuestion, OpenRecommendation
from tests.intake_sheets.making import open_path
from tests.sheets_out import write_sheets

OPEN = OpenRecommendation(
    report="stores-2024",
    title="Lost and found",
    number="02",
    addressee="cumbria-constabulary",
    text="By 1 October 2024, chief constables should label every item.",
    status="open",
    target="1 October 2024",
    last_update_on=None,
    version=3,
)
WHY = OpenQuestion("0190a1b2-0000-7000-8000-000000000001", "Why has the date moved?", "2024-06-01")
WHO = OpenQuestion("0190a1b2-0000-7000-8000-000000000002", "Who counts?", None)
OTHER = replace(OPEN, number="AFI 1", version=12, text="=HYPERLINK(“x”)\n- and this")
NAMES = [column.name for column in COLUMNS]


def sent(tmp_path: Path, *rows: OpenRecommendation) -> list[dict[str, str]]:
    """Return the rows of a written .csv, by the names of their columns."""
    path = tmp_path / "updates.csv"
    path.write_bytes(updates_sheet(rows, "csv"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {name.lower(): unguarded(text) for name, text in row.items()}
            for row in csv.DictReader(file)
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
        "what you did": "All stores\nare labelled.",
        "on what day": "16/05/2025",
        "in your words": "Green",
        "how it stands": "On track",
        "done by": "September 2025",
    }
    second |= {"what you did": "Nothing yet.", "how it stands": "At risk"}

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
    assert (two.key, two.occurred_on) == ("afi-1", None)
    assert two.claim == ClaimRead("At risk", "at_risk", None)


def test_a_person_reads_words_first_and_the_ids_print_on_no_page(tmp_path):
    (row,) = sent(tmp_path, replace(OPEN, questions=(WHY,), last_update_on="2024-05-03"))
    assert list(row.values())[:10] == [
        "By 1 October 2024, chief constables should label every item.",
        "02, Lost and found",
        "Open. Target: 1 October 2024. Last update: 3 May 2024.",
        *[""] * 5,
        "Why has the date moved? (Reply by 1 June 2024.)",
        "",
    ]
    for form in ("xlsx", "ods"):
        with zipfile.ZipFile(io.BytesIO(updates_sheet([OPEN, OTHER], form))) as package:
            parts = b"".join(package.read(name) for name in package.namelist()).decode()
        assert ("updates!$A$1:$J$3" in parts) or ("updates.A1:updates.J3" in parts)
        assert 'orientation="landscape"' in parts
        assert "On track" in parts
        assert "on_track" not in parts


def test_rows_may_be_sorted_and_deleted_and_what_is_only_shown_may_change(tmp_path):
    rows = sent(tmp_path, OPEN, OTHER, replace(OPEN, number="7"))
    rows = [
        rows[2] | {"what you did": "x", "from": "", "stands": "?"},
        rows[0] | {"what you did": "y", "number": "2"},
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
    updates = returned(tmp_path, [row | {"what you did": "Done.", column: value}])
    assert updates.rows == ()
    (rejected,) = updates.rejected
    assert rejected.column == "check"
    assert "is not as it was written" in rejected.reason


def test_a_column_sorted_without_the_others_is_noticed_in_each_row(tmp_path):
    first, second = sent(tmp_path, OPEN, OTHER)
    mixed = [
        first | {"number": second["number"], "what you did": "x"},
        second | {"number": first["number"], "what you did": "y"},
    ]
    assert [one.place.row for one in returned(tmp_path, mixed).rejected] == [2, 3]


@pytest.mark.parametrize(
    ("filled", "column", "words"),
    [
        ({"how it stands": "On track"}, "what you did", "is empty, and is needed"),
        ({"in your words": "Green"}, "how it stands", "a claim stands beside it"),
        ({"done by": "2025-09"}, "how it stands", "a claim stands beside it"),
        ({"how it stands": "green"}, "how it stands", "none of not started, on track"),
        ({"on what day": "05/13/2026"}, "on what day", "no month 13"),
        ({"answers the question": "Yes"}, "answers the question", "no question stands"),
        ({"version": ""}, "version", "is empty"),
        ({"version": "three"}, "version", "is no version"),
        ({"number": ""}, "number", "is empty"),
    ],
)
def test_a_row_filled_in_halves_is_rejected_with_its_column(tmp_path, filled, column, words):
    (row,) = sent(tmp_path, OPEN)
    did = {} if column == "what you did" else {"what you did": "x"}
    updates = returned(tmp_path, [row | did | filled])
    assert updates.rows == ()
    assert (updates.rejected[0].column, len(updates.rejected)) == (column, 1)
    assert words in updates.rejected[0].reason


def test_a_second_update_of_one_recommendation_is_rejected(tmp_path):
    (row,) = sent(tmp_path, OPEN)
    did = [row | {"what you did": "x"}, row | {"what you did": "y", "number": "2"}]
    updates = returned(tmp_path, did)
    assert [one.text for one in updates.rows] == ["x"]
    assert "row 2 is about the same recommendation" in updates.rejected[0].reason


def test_a_row_with_a_question_says_whether_it_answers_it(tmp_path):
    rows = sent(tmp_path, replace(OPEN, questions=(WHY, WHO)))
    assert [row["question"].partition(" (")[0] for row in rows] == [WHY.question, WHO.question]

    def read(*says: str):
        both = zip(rows, says, strict=True)
        did = [row | {"what you did": "x", "answers the question": said} for row, said in both]
        updates = returned(tmp_path, did)
        return [one.answers for one in updates.rows], [one.reason for one in updates.rejected]

    assert read("yes", "YES") == ([WHY.entry, WHO.entry], [])
    assert read("No", "Yes") == ([None, WHO.entry], [])
    assert read("Yes", "") == ([WHY.entry], ["it is empty: write Yes or No"])
    assert read(f"{WHO.entry}: Who counts?", "who counts?") == ([WHO.entry, "who counts?"], [])


def test_a_sheet_that_a_force_holds_from_before_is_still_read(tmp_path):
    words = "By 1 October 2024, label it."
    check = check_of("stores-2024", "02", "cumbria-constabulary", 3, words)
    before = (
        "report,title,number,addressee,recommendation,status,target,last update,open questions,"
        "version,check,update,occurred on,claim as stated,means,expected on,answers\n"
        f'stores-2024,Lost,02,cumbria-constabulary,"{words}",open,2024-10-01,,,3,{check},'
        f"Done.,16/05/2025,Green,on_track,2025-09,{WHY.entry}: Why?\n"
        f'stores-2024,Lost,02,cumbria-constabulary,"{words}",open,2024-10-01,,,3,{check},'
        "Told.,,,green,,\n"
    )
    updates = read_updates_sheet(open_sheet(before.encode(), "before.csv"))
    (row,) = updates.rows
    assert (row.text, row.occurred_on, row.answers) == ("Done.", "2025-05-16", WHY.entry)
    assert row.claim == ClaimRead("Green", "on_track", "2025-09")
    assert [one.column for one in updates.rejected] == ["means"]


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
    assert row["recommendation"] == " ".join(OTHER.text.split())
    written = (tmp_path / "updates.csv").read_text("utf-8-sig")
    assert "\"'=HYPERLINK" in written
    path = tmp_path / "updates.xlsx"
    path.write_bytes(updates_sheet([OTHER], "xlsx"))
    shown = open_path(path).sheets[0].rows[1].cells
    assert shown[NAMES.index("recommendation")] == row["recommendation"]


def test_a_csv_that_was_kept_as_a_workbook_reads_back(tmp_path):
    (row,) = sent(tmp_path, OTHER)
    marked = row | {"recommendation": f"'{row['recommendation']}", "what you did": "x"}
    assert len(returned(tmp_path, [marked], "xlsx").rows) == 1


def test_of_a_long_recommendation_the_first_column_has_the_beginning(tmp_path):
    (row,) = sent(tmp_path, replace(OPEN, text="word " * 20_000))
    assert len(row["recommendation"]) <= 200
    assert 3_990 < len(row["whole words"]) <= 4_000
    assert len(returned(tmp_path, [row | {"what you did": "x"}]).rows) == 1


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
    updates = returned(directory, [cells | {"what you did": update}], "csv")
    assert updates.rejected == ()
    assert [one.text for one in updates.rows] == [update.strip()]
