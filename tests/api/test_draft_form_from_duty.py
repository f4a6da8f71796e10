"""In the browser a draft begins from the duty: `/record` leads to it, a person says whose words the
blocks are, and nothing that isn't sure is recorded before they do."""

import re

import pytest

from api.recording.draft_fields import PARTS_IN_WORDS, BlockRow, folded
from ledger.events import AssuranceSought, ChiefOfficerCommentsReceived, ResponsePublished
from tests.api.founding import COUNTRY
from tests.api.site import FORCE, NOTE, PFCC
from tests.api.test_drafts_by_form import CLERK, given

FOUNDING = COUNTRY


TITLE = "Thin walls: how forces keep secrets"
ASKED = {
    "1": "By 30 June 2024, chief constables should thicken their walls.",
    "2": "By 30 June 2024, chief constables should lower their voices.",
}
PAGE = """<html><body><main><h1>Our response</h1>
<h2>Recommendation 1</h2>
<p>By 30 June 2024, chief constables should thicken their walls.</p>
<h2>Upstairs</h2>
<p>On recommendation 2, I will be looking for assurance that each voice is lowered.</p>
<p>Nobody should be overheard in custody.</p>
<h2>Chief Constable’s comments</h2>
<p>A builder was called.</p>
<p>He came in April.</p>
</main></body></html>
"""


@pytest.fixture
def clerk(signed_in):
    return signed_in(CLERK)


@pytest.fixture
def owed(site, request):
    """A report with the office's duty, for this test alone."""
    name = re.sub(r"[^a-z]+", "-", request.node.name).strip("-")
    report = {
        "reference": name[:70],
        "title": f"{TITLE} ({name})",
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": "2024-03-04",
        "bodies": [PFCC],
        "source": NOTE,
        "recommendations": [
            {"number": number, "text": text, "addressees": [FORCE]}
            for number, text in ASKED.items()
        ],
    }
    site.clerk.records("/api/reports", report)
    site.catch_up()
    return report["reference"]


def begun(clerk, report, page=PAGE):
    return given(clerk, page, url="https://cumbria-pfcc.example/walls", report=report)


def row(form, words):
    """The number of the row of the block that has these words."""
    rows = form.page.css(".blocks .said")
    fields = form.page.css("input[name$='.block']")
    n = next(n for n, each in enumerate(rows) if words in each.text())
    return int(fields[n].attributes["name"].split(".")[1])


def acts(site, report, kind):
    return [one for prefix in ("response", "recommendation")
            for one in site.ledger.read_below(f"{prefix}/{report}/")
            if isinstance(one.data, kind)]  # fmt: skip


def test_an_unsure_speaker_waits_for_one_click_or_another_choice(site, clerk, owed):
    form = begun(clerk, owed)
    waiting = [name for name, value in form.fields.items() if name.endswith(".was")]
    assert waiting
    said = {f"block.{row(form, 'Nobody should')}.part": "commissioner"}
    said |= {f"block.{row(form, 'On recommendation 2')}.part": "commissioner",
             f"block.{row(form, 'On recommendation 2')}.of": "2"}  # fmt: skip

    refused = form.sent_back(do="look", **said)
    ticks = {name.replace(".was", ".sure"): "yes" for name in waiting}
    looked = refused.sent_back(do="look", **ticks)

    assert refused.status == 422
    assert refused.mistakes
    assert all("Say that it is right, or choose" in each for each, _ in refused.mistakes)
    assert not looked.mistakes
    assert looked.records(do="record").startswith(f"/responses/{owed}/{PFCC}")
    (comments,) = acts(site, owed, ChiefOfficerCommentsReceived)
    assert comments.by == FORCE
    assert acts(site, owed, AssuranceSought) == []


def test_a_range_of_blocks_is_somebodys_at_once(site, clerk, owed):
    form = begun(clerk, owed)
    first, last = row(form, "A builder"), row(form, "He came")
    blocks = {n: form.fields[f"block.{n}.block"] for n in (first, last)}
    wrong = form.sent_back(do="range", **{"range.first": "9", "range.last": "2"})
    ranged = wrong.sent_back(
        do="range",
        **{
            "range.first": blocks[first],
            "range.last": blocks[last],
            "range.part": "force",
            "range.of": "1",
        },
    )

    assert wrong.status == 422
    assert "Give the first and the last block, from 1 to" in wrong.text
    assert [ranged.fields[f"block.{n}.{key}"] for n in (first, last) for key in ("part", "of")] == [
        "force", "1", "force", "1",
    ]  # fmt: skip
    assert ranged.fields["range.first"] == ""


def test_each_block_that_waits_leads_to_the_next(clerk, owed):
    form = begun(clerk, owed)
    links = [one.attributes["href"] for one in form.page.css("a[href^='#f-block-']")]
    waiting = [int(name.split(".")[1]) for name, value in form.fields.items()
               if name.endswith(".was")
               or (name.startswith("block.") and name.endswith(".part") and not value)]  # fmt: skip
    assert links == [f"#f-block-{n}-part" for n in sorted(waiting)]


@pytest.mark.parametrize("chosen", [False, True])
def test_an_assurance_is_a_tick_that_nobody_made(site, clerk, owed, chosen):
    form = begun(clerk, owed)
    n = row(form, "On recommendation 2")
    said = {f"block.{n}.part": "commissioner", f"block.{n}.of": "2"}
    said |= {f"block.{row(form, each)}.part": "commissioner" for each in ("Nobody should",)}
    said |= {name.replace(".was", ".sure"): "yes" for name in form.fields if name.endswith(".was")}
    if chosen:
        said[f"block.{n}.assurance"] = "yes"

    looked = form.sent_back(do="look", **said)
    looked.records(do="record")

    assert ("assurance sought of Cumbria Constabulary about" in looked.text) == chosen
    assert len(acts(site, owed, AssuranceSought)) == chosen
    assert len(acts(site, owed, ResponsePublished)) == 1


def test_a_page_without_a_duty_shows_the_report_that_it_looks_like(clerk, owed):
    page = PAGE.replace("Our response", f"Our response to {TITLE} ({owed})")
    form = given(clerk, page)
    assert "This looks like the response to" in form.text
    there = form.page.css_first(f"button[name=begin][value={owed}]")
    assert there is not None

    begun_there = form.sent_back(begin=owed)

    assert begun_there.fields["report"] == owed
    assert "report.title" not in begun_there.fields


def test_news_is_called_news_and_can_be_said_to_be_the_response(site, clerk, owed):
    news = """<html><body><main><h1>Police praised by inspectors</h1>
    <p>Inspectors have praised the police in a new report that was published today.</p>
    <p>“I am very pleased with recommendation 1”, the commissioner said.</p>
    </main></body></html>"""
    form = begun(clerk, owed, news)
    said = {name: "not needed" for name in form.fields if name.endswith(".part")}
    n = row(form, "very pleased")
    said |= {f"block.{n}.part": "commissioner", f"block.{n}.of": "1", f"block.{n}.sure": "yes"}

    assert "it is a news item" in form.text
    assert form.sent_back(do="look", **said).records(do="record")
    assert len(acts(site, owed, ResponsePublished)) == 1


def test_a_report_that_is_not_recorded_has_no_draft(clerk):
    assert clerk.get("/record/draft?report=no-such-report").status_code == 404


@pytest.mark.parametrize(
    ("text", "waits", "shown"),
    [
        ("AFI 1: home visits", False, False),
        ("AFI 1: home visits", True, True),
        ("I called her to a public meeting within a week.", False, True),
    ],
)
def test_only_a_short_block_that_seems_not_needed_is_folded_away(text, waits, shown):
    block = BlockRow(
        0, "1", text, "not needed", "", None, split=False, mark="", sure=False, waits=waits,
        was="", confirmed=False, assurance="", asks=False,
    )  # fmt: skip
    assert folded(block, PARTS_IN_WORDS) == ("" if shown else "Not needed")


def test_a_response_without_a_deadline_is_led_to_until_it_is_recorded(site, signed_in):
    fire = {
        "reference": "fire-service-told-of-a-ladder",
        "title": "A ladder too short",
        "kind": "fire_inspection",
        "publisher": "hmicfrs",
        "published_on": "2024-03-04",
        "bodies": ["kent-fire"],
        "source": NOTE,
        "recommendations": [
            {"number": "1", "text": "Buy a ladder.", "addressees": ["kent-fire"]},
        ],
    }
    site.admin.records("/api/reports", fire)
    site.account("kent-fire/clerk", "kent-fire", "record")
    clerk = signed_in("kent-fire/clerk")
    before = clerk.get("/record").text
    (address,) = {one for one in re.findall(r'href="([^"]+)"', before)
                  if "/record/draft" in one and fire["reference"] in one}  # fmt: skip
    form = given(clerk, "<p>We bought a ladder.</p>", report=fire["reference"])
    said = {name: "commissioner" for name in form.fields if name.endswith(".part")}
    form.sent_back(do="look", **said).records(do="record")

    assert "1 response without a deadline, not recorded" in before
    assert "duty=response" in address
    assert fire["reference"] not in clerk.get("/record").text
