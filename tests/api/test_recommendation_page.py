"""The page of a recommendation, over a real log: what stands first, on whose word; its trail."""

import re
from html import unescape

import html5lib
import pytest

from tests.api.addresses import PANEL
from tests.api.site import FORCE, PFCC

WHY = {"reason": "Not seen at work."}
COMPLETE = {"as_stated": "GREEN", "means": "complete"}


def words(answer) -> str:
    """Return the words of a page, without its markup."""
    assert answer.status_code == 200, answer.text
    html5lib.HTMLParser(strict=True).parse(answer.text)
    quoted = answer.text.replace("<q>", "“").replace("</q>", "”")
    text = re.sub(r"<head>.*?</head>|<[^>]+>", " ", quoted, flags=re.DOTALL)
    return re.sub(r" ([,.:;)”])", r"\1", " ".join(unescape(text).split()))


@pytest.fixture
def page(site, report):
    """The page, at any dates: its words."""
    site.catch_up()
    address = report.recommendation.removeprefix("/api")
    return lambda **asked: words(site.anybody.get(address, **asked))


@pytest.fixture
def refused(site, report):
    """A claim, a proposal and its refusal."""
    at = report.recommendation
    claim = {"text": "It is done.", "claim": COMPLETE, "occurred_on": "2025-06-30"}
    site.force.act(f"{at}/updates", claim)
    site.clerk.act(f"{at}/closure-proposals", {"reason": "Done.", "occurred_on": "2025-07-20"})
    return site.hmicfrs.act(f"{at}/refusals", WHY | {"occurred_on": "2025-09-01"})


def test_a_refusal_stands_first_with_whose_word_it_is(page, refused):
    text = page()

    assert "Not closed: HMICFRS refused, 1 September 2025" in text
    assert "Closure was refused by His Majesty's Inspectorate" in text
    assert "“Not seen at work.”" in text
    assert text.index("Not closed") < text.index("complete")
    assert "HMICFRS refused closure after that: the claim no longer stands." in text
    assert "nobody else has confirmed it" not in text
    assert "Next Cumbria Constabulary sends more evidence" in text


def test_a_reopening_after_a_claim_says_that_the_claim_no_longer_stands(site, report, page):
    at = report.recommendation
    claim = {"text": "It is done.", "claim": COMPLETE, "occurred_on": "2025-06-30"}
    site.force.act(f"{at}/updates", claim)
    site.hmicfrs.act(f"{at}/closures", {"reason": "Seen.", "occurred_on": "2025-07-01"})
    site.hmicfrs.act(f"{at}/reopenings", {"reason": "It slid back.", "occurred_on": "2025-09-02"})

    text = page()

    assert "HMICFRS opened it again after that: the claim no longer stands." in text
    assert "nobody else has confirmed it" not in text


def test_a_reply_asked_for_by_a_day_that_is_past_says_by_how_many_days(site, report, page):
    question = {"of": FORCE, "question": "Is it done?", "reply_by": "2025-09-30"}
    site.clerk.act(f"{report.recommendation}/assurances", question | {"occurred_on": "2025-09-01"})

    asked = "replies to the question. A reply was asked for by 30 September 2025"
    assert f"{asked}: it is overdue by 55 days." in page()
    assert "overdue" not in page(effective_on="2025-09-30")


def test_a_refusal_and_a_claim_that_had_not_happened_on_the_day_asked_are_not_on_the_page(
    page, refused
):
    before = page(effective_on="2025-08-15")
    first = page(effective_on="2025-06-01")

    assert "refused" not in before
    assert "complete" in before
    assert "1 entry tells of what had not happened by 15 August 2025, and is left out." in before
    assert "complete" not in first.replace("completion", "")
    assert "3 entries tell of what had not happened by 1 June 2025, and are left out." in first


def test_a_reopening_stands_first_with_whose_word_it_is(site, report, page):
    at = report.recommendation
    site.hmicfrs.act(f"{at}/closures", {"reason": "Seen.", "occurred_on": "2025-07-01"})
    site.hmicfrs.act(f"{at}/reopenings", {"reason": "It slid back.", "occurred_on": "2025-09-02"})

    text = page()

    assert "Opened again by HMICFRS, 2 September 2025" in text
    assert "“It slid back.”" in text
    assert "Closed by HMICFRS, 1 July 2025" in page(effective_on="2025-08-01")


def test_a_claim_after_its_target_says_by_how_many_days(site, report, page):
    at = report.recommendation
    target = {"on": "2025-07-31", "origin": "force", "reason": "A plan."}
    site.force.act(f"{at}/targets", target | {"occurred_on": "2025-06-01"})
    late = {"text": "Done.", "claim": COMPLETE, "occurred_on": "2025-08-20"}
    site.force.act(f"{at}/updates", late)
    site.force.act(f"{at}/updates", late | {"text": "Still.", "occurred_on": "2025-10-01"})

    assert "31 July 2025. Claimed complete 20 days after it." in page()
    claim = site.anybody.reads(at)["claim"]
    assert (claim["since"], claim["days_after_target"]) == ("2025-08-20", 20)


def test_a_claim_of_a_day_that_is_not_known_is_not_said_to_come_after_its_target(
    site, report, page
):
    at = report.recommendation
    target = {"on": "2025-07-31", "origin": "force", "reason": "A plan."}
    site.force.act(f"{at}/targets", target | {"occurred_on": "2025-06-01"})
    site.force.act(f"{at}/updates", {"text": "Done.", "claim": COMPLETE, "occurred_on": None})

    assert "after it" not in page()
    assert site.anybody.reads(at)["claim"]["days_after_target"] is None


def test_a_panels_review_stands_in_the_trail_and_in_the_box(site, report, page):
    ref = {"report": report.reference, "number": "2", "addressee": FORCE}
    said = {"recommendation": ref, "question": "Why is it late?", "outcome": "Report monthly."}
    path = f"/api/meetings/{PANEL}/2025-10-22/reviews"
    review = site.panel.act(path, said | {"occurred_on": "2025-10-22"})

    text = page()

    assert "22 October 2025: “Why is it late?” “Report monthly.”" in text
    assert "reviewed it: “Why is it late?”" in text
    assert "Report monthly" not in page(effective_on="2025-10-21")
    site.panel.act(f"/api/entries/{review}/retraction", {"reason": "Another was meant."})
    assert "22 October 2025: “Why" not in page()


def test_a_corrected_field_is_struck_out_where_it_stands_with_what_replaced_it(site, report, page):
    said = {"text": "So.", "claim": COMPLETE, "occurred_on": "2025-07-31"}
    update = site.force.act(f"{report.recommendation}/updates", said)
    for field, now in (("claim.means", "on_track"), ("occurred_on", "2025-08-01")):
        mended = {"field": field, "now": now, "reason": "A slip of the pen."}
        site.force.act(f"/api/entries/{update}/corrections", mended)

    site.catch_up()
    html = site.anybody.get(report.recommendation.removeprefix("/api")).text

    assert html.count("<del>complete</del> on track") == 3  # its line, what it claims, what of it
    assert "<del>31 July 2025</del>" in html
    assert "by Cumbria Constabulary: “A slip of the pen.”" in page()


def test_held_texts_are_one_line_of_an_entry(site, report, page):
    said = {"text": "So.", "claim": COMPLETE, "occurred_on": "2025-07-31"}
    site.clerk.act(f"{report.recommendation}/updates", said | {"source": {"note": "A letter."}})

    text = page()

    assert text.count("not open to the public") == 1
    assert "Text, rating, source: held by Cumbria Police" in text


def test_the_page_leads_back_to_the_body_and_the_report(site, report, page):
    page()
    html = site.anybody.get(report.recommendation.removeprefix("/api")).text
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', html, re.DOTALL)

    assert crumbs is not None
    assert re.findall(r'href="([^"]+)"', crumbs[0]) == [
        f"/bodies/{PFCC}",
        f"/reports/{report.reference}",
    ]
