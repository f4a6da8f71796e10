"""The sheet of updates is fetched, sent back, looked at row by row and recorded once; what was not
taken comes back as a sheet that says why."""

import csv
import io
import zipfile
from html import unescape

import pytest

from api.files.writers import SheetOut, file_of
from ledger.events import UpdateReceived
from ledger.intake.sheets.open_sheet import open_sheet
from ledger.intake.sheets.updates import COLUMNS, NOT_TAKEN, read_updates_sheet
from tests.api.signing_in import browser
from tests.api.site import FORCE, NOTE, recommendation
from tests.api.test_forms import Form

CLERK, OF_THE_FORCE, KEEPER = "cumbria-pfcc/clerk", "cumbria-constabulary/audit", "service/keeper"
GREEN = {"in your words": "Green", "how it stands": "On track"}


@pytest.fixture
def clerk(signed_in):
    return signed_in(CLERK)


@pytest.fixture
def report(site):
    return site.publish(recommendations=[recommendation(number) for number in ("02", "03", "04")])


def fetched(here, report, force=FORCE):
    """The rows of the sheet, as text, about one report."""
    begun = here.get("/record/sheet").text
    assert f'href="/api/bodies/{force}/updates-sheet.csv"' in begun
    raw = here.get(f"/api/bodies/{force}/updates-sheet.csv").data.decode("utf-8-sig")
    return [row for row in rows_in(raw) if row["report"] == report.reference]


def rows_in(raw):
    """Return the rows of a .csv, by the names of their columns."""
    rows = csv.DictReader(io.StringIO(raw))
    return [{name.lower(): said for name, said in row.items()} for row in rows]


def text_of(rows):
    out = io.StringIO()
    written = csv.DictWriter(out, list(rows[0]))
    written.writeheader()
    written.writerows(rows)
    return out.getvalue().encode()


def sent(here, raw, name="back.csv", **more):
    begun = Form(here, "/record/sheet")
    data = {**begun.fields, **more, "file": (io.BytesIO(raw), name)}
    answer = here.client.post("/record/sheet", data=data, content_type="multipart/form-data")
    return Form(here, "/record/sheet", answer)


def rows_of(form):
    """Return what the page says of each row: its number, whether it is new, and why not."""
    return [
        " ".join(one.css_first(".number").text().split() + one.css_first(".part").text().split())
        for one in form.page.css(".blocks > li")
    ]


def test_it_goes_out_comes_back_is_looked_at_row_by_row_and_recorded_once(site, clerk, report):
    site.catch_up()
    first, second, *others = fetched(clerk, report)
    first |= {"what you did": "Every cell is warm.", **GREEN}
    second |= {"what you did": "Counted.", "in your words": "Green"}
    looked = sent(clerk, text_of([first, second, *others]))
    assert looked.status == 200, looked.text
    said = rows_of(looked)
    assert said[0] == "Row 2 New: an update, of a day not known, which claims on track"
    assert said[1].startswith("Row 3 Not taken: how it stands: it is empty")
    assert f"{len(others)} row{'s' * (len(others) != 1)} not filled in" in looked.text
    before = site.position

    done = looked.send(do="record")

    assert done.status_code == 200
    assert "1 update recorded" in done.text
    assert site.position == before + 2  # and the sheet, which is kept
    assert "1 update recorded" in looked.send(do="record").text
    assert site.position == before + 2
    filled = {"packed": sent(clerk, text_of([first, *others])).fields["packed"]}
    changed = looked.sent_back(do="record", **filled)
    assert (changed.status, "was sent before" in changed.mistakes[0][0]) == (409, True)
    assert "What you changed was not done" in changed.text
    stream = f"recommendation/{report.reference}/{int(first['number'])}/{FORCE}"
    update = site.ledger.read_stream(stream)[-1]
    assert isinstance(update.data, UpdateReceived)
    assert (update.recorded_by, update.by) == (CLERK, FORCE)
    kept = site.ledger.read_stream(f"capture/{update.source.capture}")[0]
    assert site.ledger.kept(kept).body == text_of([first, second, *others])
    again = sent(clerk, text_of([first, second, *others]))
    assert rows_of(again)[0].startswith("Row 2 Recorded already")
    assert again.page.css_first("button[value=record]") is None


def test_rows_that_were_not_taken_come_back_with_the_reason(site, clerk, report):
    site.catch_up()
    first, second, *_ = fetched(clerk, report)
    old = {**first, "what you did": "Told."}
    path = f"/api/recommendations/{report.reference}/{first['number']}/{FORCE}/updates"
    site.clerk.records(path, {"text": "More.", "occurred_on": None, "source": NOTE})
    site.catch_up()
    form = sent(clerk, text_of([old, {**second, "what you did": "=1+1", "how it stands": "soon"}]))
    assert "moved on since the sheet was made" in rows_of(form)[0]

    back = form.send(do="rejected")

    assert "not-taken.csv" in back.headers["Content-Disposition"]
    rows = rows_in(back.data.decode("utf-8-sig"))
    assert [row["what you did"] for row in rows] == ["Told.", "'=1+1"]
    assert rows[0][NOT_TAKEN.name].startswith("version: moved on since")
    assert rows[0]["version"] == str(int(first["version"]) + 1)
    assert "“soon” is none of" in rows[1][NOT_TAKEN.name]
    mended = [
        rows[0],
        {**rows[1], "what you did": "Done.", "how it stands": "", NOT_TAKEN.name: ""},
    ]
    said = rows_of(sent(clerk, text_of(mended)))
    assert [one.split(":")[0] for one in said] == ["Row 2 New", "Row 3 New"]


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_workbook_comes_back_as_one(site, clerk, report, form):
    site.catch_up()
    raw = clerk.get(f"/api/bodies/{FORCE}/updates-sheet.{form}").data
    sheet = open_sheet(raw, f"a.{form}").sheets[0]
    names = [str(one).lower() for one in sheet.rows[0].cells.values()]
    row = [str(sheet.rows[1].cells.get(n, "")) for n in range(len(names))]
    row[names.index("what you did")], row[names.index("on what day")] = "Done.", "16/13/2025"
    columns = [one for one in COLUMNS if one.name in names]
    filled = file_of([SheetOut("updates", columns, [row])], form)
    back = sent(clerk, filled, f"back.{form}").send(do="rejected")
    again = read_updates_sheet(open_sheet(back.data, f"back.{form}"))
    assert [one.column for one in again.rejected] == ["on what day"]
    assert "no month 13" in next(iter(again.filled.values()))[NOT_TAKEN.name]


def bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(150_000_000))
    return packed.getvalue()


def test_a_file_that_is_no_sheet_of_ones_own_is_refused_in_a_sentence(
    site, clerk, signed_in, report
):
    site.catch_up()
    of_dorset = [{**one, "what you did": "Told."} for one in fetched(clerk, report)[:1]]
    formula = text_of([{**of_dorset[0], "report": ""}]).replace(b"what you did,", b'"=what",')
    for here, raw, name, says in (
        (signed_in("dorset-pcc/clerk"), text_of(of_dorset), "b.csv", "cannot record on a recomm"),
        (clerk, bomb(), "b.xlsx", "unpacks to"),
        (clerk, formula, "b.csv", "there is no column"),
        (clerk, b"%PDF-1.7", "b.csv", "is a PDF"),
        (clerk, b"a,b\n1,2\n", "b.csv", "there is no column"),
        (clerk, b"PK\x03\x04", "b.ods", "is damaged"),
        (clerk, b"report,number,addressee,update\na,1,b,c\n", "b.csv", "is a backlog"),
        (clerk, b"x", "b.docx", "is none of .csv, .xlsx, .ods"),
    ):
        before = site.position
        form = sent(here, raw, name)
        assert form.status in (409, 422)
        assert says in form.mistakes[0][0], name
        assert site.position == before
    assert Form(clerk, "/record/sheet").sent_back().mistakes[0][0].endswith("of the sheet.")
    large = clerk.client.post(
        "/record/sheet",
        data=b"--b",
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": "50000000"},
    )
    assert large.status_code == 413
    assert "no sheet of updates is" in unescape(large.text)


def test_an_entry_between_the_look_and_the_click_is_looked_at_again(site, clerk, report):
    site.catch_up()
    row, *_ = fetched(clerk, report)
    looked = sent(clerk, text_of([{**row, "what you did": "Told."}]))
    path = f"/api/recommendations/{report.reference}/{row['number']}/{FORCE}/updates"
    site.clerk.records(path, {"text": "More.", "occurred_on": None, "source": NOTE})
    back = looked.sent_back(do="record")
    assert back.status == 412
    assert "somebody recorded meanwhile" in back.text
    assert "moved on since" in rows_of(back)[0]


def test_a_force_sends_its_own_and_others_are_told_whose_it_is(site, signed_in, clerk, report):
    site.catch_up()
    force = signed_in(OF_THE_FORCE)
    row, *_ = fetched(force, report)
    sent(force, text_of([{**row, "what you did": "By ourselves."}])).send(do="record")
    stream = f"recommendation/{report.reference}/{int(row['number'])}/{FORCE}"
    assert site.ledger.read_stream(stream)[-1].provenance == "first_hand"
    assert signed_in(KEEPER).get("/record/sheet").status_code == 403
    assert browser(site).get("/record/sheet").status_code == 401
    site.catch_up()
    row, *_ = fetched(clerk, report)
    looked = sent(clerk, text_of([{**row, "what you did": "Kept."}]))
    clerk.sends("/sign-out")
    gone = looked.send(do="record")
    assert gone.status_code == 401
    clerk.signs_in(CLERK)
    back = Form(clerk, "/record/sheet", Form(clerk, "/record/sheet", gone).send(do="record"))
    assert back.status == 403
    assert rows_of(back)[0].startswith("Row 2 New")
