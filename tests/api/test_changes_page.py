"""The page of what changed, over a real log: it shows what the JSON beside it says."""

import re
from html import unescape

from msgspec import convert

from api.reading.change_sentences import sentence
from projections.answers.changes import Changed
from tests.api.town import statement


def test_the_page_says_in_sentences_what_the_answer_holds(town, report):
    town.catch_up()
    since = town.position
    update = town.force.act(
        f"{report.recommendation}/updates",
        {
            "text": "It is done.",
            "occurred_on": "2025-11-01",
            "claim": {"as_stated": "GREEN", "means": "complete"},
        },
    )
    town.force.act(
        f"/api/entries/{update}/corrections",
        {"field": "text", "now": "It is all done.", "reason": "A word was missing."},
    )
    town.force.act(
        f"{report.recommendation}/targets",
        {
            "on": "2026-03-31",
            "origin": "force",
            "reason": "More time.",
            "occurred_on": "2025-11-23",
        },
    )
    town.clerk.records(f"{report.response}/statement", statement("2025-07-14"))
    town.clerk.act(f"/api/entries/{update}/disputes", {"text": "That is not so."})
    town.catch_up()

    page = town.anybody.get("/changes", **{"from": since}, report=report.reference)
    beside = re.search(r'type="application/json" href="([^"]+)"', page.text)
    assert beside is not None
    items = town.anybody.reads(unescape(beside[1]))["items"]

    words = unescape(" ".join(re.sub(r"<[^>]+>", " ", page.text).split()))
    assert page.status_code == 200
    assert len(items) >= 6
    for item in items:
        assert sentence(convert(item, Changed)) in words
    assert "It is all done." not in words, "an office text is the office's"
    assert "Was Held by Cumbria Constabulary" in words


def test_the_page_without_moments_shows_the_last_four_weeks_and_puts_both_in_its_address(town):
    answer = town.anybody.get("/changes", body="cumbria-pfcc")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/changes?body=cumbria-pfcc&from=2025-10-27"
    assert town.anybody.get(answer.headers["Location"]).status_code == 200


def test_two_moments_in_the_wrong_order_are_a_page_that_says_so(town):
    answer = town.anybody.get("/changes", **{"from": str(town.position), "to": "1"})

    assert answer.status_code == 422
    assert "Give the earlier moment as from" in answer.text
