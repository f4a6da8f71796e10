"""A page is settled in the browser: given, looked at, recorded once; or refused at its field."""

import base64
import io
import zlib
from collections import Counter
from html import unescape

import pytest

from api.recording import uploads
from ledger.events import RecommendationRaised, ResponsePublished
from tests.api.founding import COUNTRY
from tests.api.signing_in import browser
from tests.api.site import NOTE, PFCC
from tests.api.test_forms import Form

FOUNDING = COUNTRY


CLERK, KEEPER = "cumbria-pfcc/clerk", "service/keeper"
PAGE = """<html><body><main><h1>Commissioner’s response to ‘Cold cells’</h1>
<p>HMICFRS published the report on 4 March 2024.</p>
<p>Report title: Cold cells</p>
<p>Report published: 4 March 2024</p>
<h2>Recommendations</h2>
<p>Recommendation 1: By 30 June 2024, chief constables should heat their cells.</p>
<h2>From the top of the house</h2>
<p>Nobody should be cold in custody. The force has ordered a boiler.</p>
</main></body></html>
"""
LIST = """Report title: Warm cells
Report published: 4 March 2024
Type of inspection: National thematic
Inspecting body: HMICFRS

Recommendations

Recommendation 1: By 30 June 2024, chief constables should heat their cells.

Recommendation 2: By 30 June 2024, police and crime commissioners should visit them.
"""


@pytest.fixture
def clerk(signed_in):
    return signed_in(CLERK)


def given(here, page=PAGE, name="page.html", **typed):
    """The draft of a page that was uploaded."""
    begun = Form(here, "/record/draft")
    data = {**begun.fields, **typed}
    if name is not None:
        data["file"] = (io.BytesIO(page.encode()), name)
    sent = here.client.post("/record/draft", data=data, content_type="multipart/form-data")
    return Form(here, "/record/draft", sent)


def block(form, words):
    """The number of the row of the block that begins so."""
    rows = form.page.css(".blocks .said")
    return next(n for n, row in enumerate(rows) if words in row.text())


def settled(form, commissioner="Nobody should"):
    """The fields of a draft in which a person said what isn't sure."""
    parts = {
        name: "not needed"
        for name, value in form.fields.items()
        if name.endswith(".part") and value == ""
    }
    n = block(form, commissioner)
    return {
        "report.kind": "national_thematic",
        **parts,
        f"block.{n}.part": "commissioner",
        f"block.{n}.of": "all",
    }


def test_a_page_is_settled_beside_its_blocks_looked_at_and_recorded_once(site, clerk):
    form = given(clerk, url="https://cumbria-pfcc.example/cold")
    assert form.status == 200, form.text
    assert "Not sure" in form.text
    assert form.fields["report.title"] == "Cold cells"
    n = block(form, "Nobody should")
    split = form.sent_back(do=f"part.{n}")
    whole = "Nobody should be cold in custody. The force has ordered a boiler."
    assert split.fields[f"block.{n}.text"] == split.fields[f"block.{n + 1}.text"] == whole
    told = settled(split) | {
        f"block.{n}.text": "Nobody should be cold in custody.",
        f"block.{n + 1}.text": "The force has ordered a boiler.",
        f"block.{n + 1}.part": "force",
        f"block.{n + 1}.of": "1",
    }

    looked = split.sent_back(do="look", **told)

    assert not looked.mistakes
    assert "New: report “Cold cells”, published on 4 March 2024" in looked.text.replace(
        "</strong>", ""
    )
    assert looked.page.css_first("button[value=record]")
    there = looked.records(do="record")
    after = site.position
    assert looked.records(do="record") == there
    assert site.position == after
    changed = looked.sent_back(do="record", **{"report.title": "Colder cells"})
    assert (changed.status, "was sent before" in changed.mistakes[0][0]) == (409, True)
    assert "What you changed was not done" in changed.text
    assert changed.fields["key"] != looked.fields["key"]
    assert there.startswith("/responses/")
    (response,) = [
        entry
        for entry in site.ledger.read_below("response/")
        if isinstance(entry.data, ResponsePublished)
        and entry.source
        and entry.source.url == "https://cumbria-pfcc.example/cold"
    ]
    assert response.recorded_by == CLERK
    said = site.ledger.openings([response.position])[response.position, "text"].body
    assert said == "Nobody should be cold in custody."
    capture = site.ledger.read_stream(f"capture/{response.source.capture}")[0]
    assert site.ledger.kept(capture).body == PAGE.encode()
    again = given(clerk)
    told = settled(again) | {"report.kind": "national_thematic"}
    assert "Recorded already" in again.sent_back(do="look", **told).text


def test_faults_stand_at_their_fields_all_together_and_nothing_is_lost(clerk):
    form = given(clerk, PAGE.replace("Cold", "Damp"))
    n = block(form, "Nobody should")
    back = form.sent_back(
        do="look", **{"report.published_on": "2024-03-35", **settled(form), f"block.{n}.of": "7"}
    )
    assert back.status == 422
    assert [at for _, at in back.mistakes] == [f"block-{n}-part"]
    assert "the draft has no recommendation 7" in back.text.replace("The draft", "the draft")
    assert back.fields[f"block.{n}.of"] == "7"
    back = back.sent_back(do="look", **{f"block.{n}.of": "", f"block.{n}.part": ""})
    assert "Choose whose words they are" in back.mistakes[0][0]
    back = back.sent_back(do="look", **{f"block.{n}.part": "commissioner"})
    assert back.mistakes[0][1] == "report-published_on"
    back = back.sent_back(do="look", **{"report.published_on": "4 March 2024"})
    assert not back.mistakes


def test_a_draft_that_cannot_be_recorded_is_refused_when_it_is_looked_at(clerk):
    form = given(clerk, PAGE.replace("Cold", "Odd"))
    told = settled(form)
    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(20_000_000))).decode()
    for more, at, says in (
        ({"packed": bomb}, "file", "did not come whole"),
        ({"recommendation.0.number": "1/2"}, "recommendation-0-number", "is no number"),
        ({"report.title": "a\x00b"}, None, "U+0000"),
        ({"report.kind": ""}, "report-kind", "Choose it"),
        ({"block.0.block": "999"}, "block-0-part", "not on the page"),
    ):
        back = form.sent_back(do="look", **(told | more))
        assert [where for _, where in back.mistakes][:1] == [at]
        assert says in back.mistakes[0][0]


def test_a_draft_changed_after_the_look_is_looked_at_again(clerk):
    form = given(clerk, PAGE.replace("Cold", "Dark"))
    looked = form.sent_back(do="look", **settled(form))
    back = looked.sent_back(do="record", **{"report.title": "Dim cells"})
    assert back.status == 412
    assert "Nothing was recorded: you changed the draft" in back.text
    assert "report “Dim cells”" in back.text
    assert back.records(do="record")


def test_two_reports_that_look_alike_stand_side_by_side_until_a_person_says_which(site, clerk):
    form = given(clerk, PAGE.replace("Cold cells", "Narrow corridors"))
    there = form.sent_back(do="look", **settled(form)).records(do="record")
    reference = there.split("/")[2]
    for said, new in (("new", True), (reference, False)):
        page = PAGE.replace("Cold cells", f"Narrow corridor{'' if new else 's,'}")
        form = given(clerk, page.replace("should be cold", f"should be {said}"))
        asked = form.sent_back(do="look", **settled(form))
        assert asked.status == 409
        table = [one.text(strip=True) for one in asked.page.css("#alike ~ table td")]
        assert "Narrow corridors" in table
        assert table.count("4 March 2024") == 2
        assert sum(one.startswith("His Majesty's Inspectorate") for one in table) == 2
        looked = asked.sent_back(attach=said)
        assert ("New: report" in looked.text.replace("</strong>", "")) == new
        assert looked.fields["report.attach" if new else "report"] == said


def test_a_report_is_entered_once_for_everybody_from_pasted_text(site, clerk):
    form = given(clerk, name=None, pasted=LIST, everybody="yes")
    assert form.fields["recommendation.0.addressees"] == "all chief constables"
    assert "response.published_on" not in form.fields
    looked = form.sent_back(do="look")
    assert "Record also the days that the words of targets give" not in looked.text
    assert "Who must respond (s.55): all 43 commissioners, by 28 April 2024" in looked.text
    off = {"taken_off": "kent-pcc: its force is not the subject\ndorset-pcc: nor its own"}
    looked = looked.sent_back(do="look", **off)
    assert "Who must respond (s.55): 41 bodies, by 28 April 2024" in looked.text

    there = looked.records(do="record")

    reference = there.removeprefix("/reports/").partition("?")[0]
    raised = [
        entry.stream.split("/")
        for entry in site.ledger.read_below(f"recommendation/{reference}/")
        if isinstance(entry.data, RecommendationRaised)
    ]
    assert len([one for one in raised if one[2] == "1"]) == 43
    assert len([one for one in raised if one[2] == "2"]) == 43
    site.catch_up()
    owed = site.anybody.reads("/api/responses", report=reference, limit=100)["items"]
    assert len(owed) == 43
    assert {one["body"] for one in owed if one["disapplied"]} == {"kent-pcc", "dorset-pcc"}
    # This accuses nobody: silence is no breach, and the body that was taken off does not owe it.
    verdicts = Counter(one["verdict"] for one in owed)
    assert verdicts == {"not_looked_for": 41, "disapplied": 2}
    looked_for = f"/api/responses/{reference}/avon-and-somerset-pcc/lookups"
    looked = {"looked_on": "2024-06-01", "where": "Its page of responses.", "source": NOTE}
    site.admin.records(looked_for, looked)
    assert site.anybody.reads(looked_for.removesuffix("/lookups"))["verdict"] == "overdue"


def test_a_draft_in_which_nobody_must_respond_records_no_duty(site, clerk):
    form = given(clerk, name=None, pasted=LIST.replace("Warm", "Tidy"), everybody="yes")
    assert form.fields["respond.by_rule"] == "rule"

    looked = form.sent_back(do="look", **{"respond.by_rule": "nobody"})
    assert "Who must respond (s.55)" not in looked.text
    there = looked.records(do="record")

    reference = there.removeprefix("/reports/").partition("?")[0]
    assert site.ledger.read_below(f"recommendation/{reference}/")
    assert site.ledger.read_below(f"response/{reference}/") == []


def test_a_body_is_taken_off_with_a_reason_only(site, clerk):
    form = given(clerk, name=None, pasted=LIST.replace("Cold", "Damp"), everybody="yes")

    refused = form.sent_back(do="look", taken_off="kent-pcc")

    assert refused.status == 422
    assert "and why (reason)" in refused.text


def test_a_page_of_two_reports_asks_which_and_a_list_says_that_it_is_one(clerk):
    two = LIST + "\nCommissioner's response\n\nGood.\n\n" + LIST.replace("Warm", "Wet")
    form = given(clerk, two, "two.txt")
    assert "The page answers 2 reports" in form.text
    second = form.sent_back(which="1")
    assert second.fields["report.title"] == "Wet cells"
    soup = given(clerk, "Leek soup\n\nTake two leeks, and wash them.\n", "soup.txt")
    assert "nothing on it says that it is a response" in soup.text


def test_bytes_that_are_no_page_are_refused_at_their_field(clerk):
    for typed, at, says in (
        ({"name": None}, "file", "Choose the file"),
        ({"pasted": "Text."}, "file", "not both"),
        ({"page": "%PDF-1.7"}, "file", "is a PDF"),
        ({"name": "page.docx"}, "file", "a .txt, .html or .htm file"),
        ({"url": "ftp://x"}, "url", ""),
        ({"body": "kent-pcc"}, "body", "yours"),
    ):
        form = given(clerk, **typed)
        assert form.status == 422
        assert says in form.mistakes[0][0]
        assert form.mistakes[0][1] == at or at == "body"
    large = clerk.client.post(
        "/record/draft",
        data=b"--b",
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": "50000000"},
    )
    assert large.status_code == 413
    assert "larger than" in unescape(large.text)


def test_it_is_for_who_may_record_for_a_body_and_outlives_the_session(site, signed_in, clerk):
    assert signed_in(KEEPER).get("/record/draft").status_code == 403
    assert browser(site).get("/record/draft").status_code == 401
    form = given(clerk, PAGE.replace("Cold", "Kept"))
    assert form.send(do="look", csrf_token="forged").status_code in (401, 403)
    clerk.sends("/sign-out")
    gone = form.send(do="look", **settled(form))
    assert gone.status_code == 401
    clerk.signs_in(CLERK)
    back = Form(clerk, "/record/draft", Form(clerk, "/record/draft", gone).send())
    assert back.status == 403
    assert back.fields["report.title"] == "Kept cells"
    assert back.fields["report.kind"] == "national_thematic"
    assert PFCC in back.text or "Cumbria" in back.text


def test_a_client_with_many_pages_at_once_leaves_threads_to_others(site, clerk, monkeypatch):
    monkeypatch.setattr(uploads, "PATIENCE", 0.01)
    with uploads.AT_ONCE, uploads.AT_ONCE:
        refused = [clerk.sends(f"/record/{what}", pasted=LIST) for what in ("draft", "sheet")]
        read = site.anybody.get("/api/reports")

    for one in refused:
        assert (one.status_code, one.headers["Retry-After"]) == (503, "1")
        assert "send it again in a few seconds" in one.text
    assert read.status_code == 200
    assert clerk.sends("/record/draft", pasted=LIST).status_code == 200


def test_a_page_that_would_take_long_is_refused_at_its_field(clerk):
    """Each way to be costly is tried by tests/intake/test_costly_pages.py."""
    refused = clerk.sends("/record/draft", pasted="<p>" + "<" * 1_000_001)

    assert refused.status_code == 422
    assert "save the response page alone" in refused.text.casefold()
