"""Sheets out and in, through the commands, read back through the API of a running service."""

import csv
from pathlib import Path

import pytest
import xlsxwriter

from ledger.intake.sheets.layout import LAYOUT
from tests.e2e.service import Service
from tests.intake_sheets.making import open_path

pytestmark = pytest.mark.long

BODY, FORCE = "cumbria-pfcc", "cumbria-constabulary"
ROWS = {
    "reports": {
        "reference": "lost-property-2024",
        "title": "Lost and found: how forces keep property",
        "kind": "national thematic",
        "publisher": "hmicfrs",
        "published on": "12 March 2024",
        "bodies": BODY,
    },
    "recommendations": {
        "report": "lost-property-2024",
        "number": "02",
        "text": "By 1 October 2024, chief constables should label every item in their stores.",
        "addressees": "force",
        "target": "by 1 October 2024",
    },
    "responses": {
        "report": "lost-property-2024",
        "body": BODY,
        "published on": "2024-05-02",
        "url": "https://pfcc.example/lost-property",
        "text": "I welcome this report. On recommendation 2, I have asked for a count.",
    },
    "explanations": {
        "report": "lost-property-2024",
        "body": BODY,
        "number": "02",
        "addressee": "force",
        "how": "named",
        "stance": "taken",
        "text": "On recommendation 2, I have asked for a count.",
    },
}


@pytest.fixture(scope="module")
def backlog(empty: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a filled template that was imported."""
    folder = tmp_path_factory.mktemp("backlog")
    template = folder / "template.xlsx"
    empty.command("export", "template", str(template))
    filled = folder / "backlog.xlsx"
    with xlsxwriter.Workbook(filled) as book:
        for sheet in open_path(template).sheets:
            if sheet.name in ROWS:
                page = book.add_worksheet(sheet.name)
                for column, name in sheet.rows[0].cells.items():
                    page.write_string(0, column, str(name))
                    page.write_string(1, column, ROWS[sheet.name].get(str(name), ""))
    answer = empty.command_json("import", str(filled), "--body", BODY, "--yes")
    assert answer["reports"] == ["lost-property-2024"]
    assert (answer["already"], answer["unread"]) == (0, [])
    assert answer["recorded"] == 6  # the capture of the sheet among them
    return filled


def test_a_filled_template_is_read_back_through_the_api(empty, backlog):
    at = empty.position()
    response = empty.get(f"/api/responses/lost-property-2024/{BODY}", min_position=at)
    recommendation = empty.get(f"/api/recommendations/lost-property-2024/02/{FORCE}")

    assert response["verdict"] == "in_time"
    assert response["due_on"] == "2024-05-06"
    assert recommendation["number"] == "02"
    assert recommendation["status"] == "open"
    assert recommendation["target"]["on"] == "2024-10-01"


def sent_back(empty: Service, sheet: Path, **said: str) -> None:
    """The sheet as the force sends it back, of whose rows one is about what these tests recorded:
    others who share the service may have asked more of it."""
    written = empty.command_json("export", "updates-sheet", str(sheet), "--body", BODY)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = [{name.lower(): said for name, said in row.items()} for row in csv.DictReader(file)]
    assert written["rows"] == len(rows)
    (row,) = (one for one in rows if one["report"] == "lost-property-2024")
    with sheet.open("w", encoding="utf-8", newline="") as file:
        filled = csv.DictWriter(file, row)
        filled.writeheader()
        filled.writerow(row | said)


def test_an_updates_sheet_goes_out_and_comes_back_once(empty, backlog, tmp_path):
    sheet = tmp_path / "updates.csv"
    done = {"what you did": "Every item is labelled.", "how it stands": "Complete"}
    sent_back(empty, sheet, **done)

    first = empty.command_json("import", str(sheet), "--body", BODY, "--yes")
    again = empty.command_json("import", str(sheet), "--body", BODY, "--yes")

    assert (first["recorded"], first["already"], first["unread"]) == (2, 0, [])
    assert (again["recorded"], again["already"], again["unread"]) == (0, 1, [])
    path = f"/api/recommendations/lost-property-2024/02/{FORCE}"
    assert empty.get(path, min_position=empty.position())["status"] == "claimed_complete"


def test_rows_that_are_not_taken_come_back_with_why_and_are_sent_again(empty, backlog, tmp_path):
    sheet, again = tmp_path / "updates.csv", tmp_path / "again.xlsx"
    sent_back(empty, sheet, **{"what you did": "Nearly.", "how it stands": "soon"})
    asked = ("import", str(sheet), "--body", BODY, "--yes", "--rejected", str(again))

    answer = empty.command_json(*asked)

    assert (answer["recorded"], answer["rejected"]) == (0, str(again))
    (_, back) = open_path(again).sheets[0].rows
    assert any("“soon” is none of" in str(cell) for cell in back.cells.values())
    read = empty.command_json("import", str(again), "--body", BODY, "--dry-run")
    assert [one["column"] for one in read["unread"]] == ["how it stands"]
    refused = empty.command(*asked, expect=1)
    assert "is there already" in refused.stderr


def test_a_sheet_that_cannot_be_read_is_refused_with_a_sentence(empty, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("reference,tittle\nx,y\n", encoding="utf-8")
    before = empty.position()

    done = empty.command("import", str(path), "--body", BODY, "--yes", expect=1)

    assert "there is no column “tittle”; the nearest is “title”." in done.stderr
    assert "Traceback" not in done.stderr
    old = tmp_path / "old.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0")
    done = empty.command("import", str(old), "--body", BODY, "--yes", expect=1)
    assert "save it as .xlsx" in done.stderr
    assert empty.position() == before


def test_a_sheet_is_never_written_over_another(empty, tmp_path):
    path = tmp_path / "there.xlsx"
    path.write_bytes(b"filled in")

    done = empty.command("export", "updates-sheet", str(path), "--body", BODY, expect=1)

    assert "is there already" in done.stderr
    assert path.read_bytes() == b"filled in"


@pytest.mark.parametrize("kind", LAYOUT)
def test_a_csv_template_has_one_kind(empty, tmp_path, kind):
    path = tmp_path / "t.csv"

    done = empty.command("export", "template", str(path), expect=1)
    assert "--kind" in done.stderr

    empty.command("export", "template", str(path), "--kind", kind)
    assert path.read_text(encoding="utf-8-sig").count("\n") == 1
