"""The page of what changed: a sentence for each change, and because of what."""

import re

import pytest

from api.reading import change_sentences
from projections.answers.changes import Changed
from tests.pages.answers import PAGES, PFCC, entry_id
from tests.pages.test_pages import said
from tests.pages.whole import whole


@pytest.mark.parametrize(
    "words",
    [
        "time passed Was “Due: 3 days left”, is now “Overdue by 12 days”.",
        "No entry changed it.",
        "Still “In time”: before, on somebody’s word: a date that was typed in; now, shown by",
        "now, shown by when a copy was received here.",
        "The last day moved from none that can be told to 24 December 2025.",
        "The target moved from 31 December 2025 to 31 March 2026.",
        "Because of 1 entry entry 60 (Report revised, recorded 23 November 2025, 09:30 by",
        "Its target of 1 November 2025 has passed by 24 days, and no closure and no claim",
        "Was “open”, is now “claimed complete”. A claim is not closure.",
        "Claimed before: nothing that is recorded. Claimed now: “off track”.",
        "A report that was not recorded before, published in November 2025.",
        "A response is owed, due 24 December 2025: not due yet: 30 days left.",
        "Raised on a day not known, with a target of 31 March 2026. It is open.",
        "Update received: happened in October 2025, recorded 22 days later.",
        "It was here at the first moment, and is not at the second.",
        "The published page was seen to say something else",
        "An entry was corrected (update received)",
        "Was Two of three cells. Became Held by Cumbria Constabulary",
        "An entry was set aside (update received): it no longer counts.",
        "Cumbria Constabulary says that an entry is not right (update received). The entry stands.",
        "Meeting of Cumbria Police, Fire and Crime Panel on 16 April 2026",
        "Ground: personal data. The entry stays.",
        "Recommendation 04 to Cumbria Constabulary",
        "1 entry entered long afterwards on purpose (backfill) is not listed.",
    ],
)
def test_a_change_is_a_sentence_that_says_why(client, words):
    assert words in said(client, PAGES["changes"])


def test_each_count_of_a_kind_leads_to_the_first_change_of_it(client):
    page = client.get(PAGES["changes"]).text
    counts = re.findall(r'<a href="#([a-z]+)">[^<]+: \d+</a>', page)

    assert counts == [anchor for anchor, _, _ in change_sentences.SECTIONS]
    for anchor in counts:
        assert page.count(f'id="{anchor}"') == 1


def test_both_moments_are_named_and_can_be_changed(client):
    text = said(client, PAGES["changes"])
    form = client.get(f"{PAGES['changes']}&to=41").text

    assert "Compared: what was known at the end of 24 October 2025" in text
    assert "with what was known now (position 57 of the log), for 25 November 2025" in text
    assert re.search(r'name="from"[^>]* value="2025-10-24"', form)
    assert re.search(r'name="to"[^>]* value="41"', form)
    assert f'<option value="{PFCC}" selected>' in form


def test_an_entry_that_changed_something_is_linked(client):
    assert f'href="/entries/{entry_id(60)}"' in client.get(PAGES["changes"]).text


def test_where_nothing_changed_it_says_what_was_looked_for(client, shelf):
    shelf.changed = []

    text = said(client, PAGES["changes"])

    assert "Nothing changed between these two moments in what you asked about" in text
    assert "verdicts, targets, standings and claims that became others" in text


def test_more_changes_follow_at_the_same_two_moments(client, shelf):
    shelf.next = "response/x/y~1"

    text = client.get(PAGES["changes"]).text

    assert f'rel="next" href="/changes?from=2025-10-24&amp;body={PFCC}&amp;known_at=57&amp;' in text


def test_a_meeting_leads_to_what_changed_since(client):
    meeting = client.get(PAGES["meeting"] + "?effective_on=2026-05-01").text

    assert "/changes?since_meeting=cumbria-panel/2026-04-16" in meeting.replace("%2F", "/")


@pytest.mark.parametrize(
    ("verdict", "days", "published_on", "says"),
    [
        (
            "late",
            4,
            "2025-07-14",
            "A response was owed, due 10 July 2025, and was published on 14 July 2025: late by",
        ),
        ("late", 4, None, "A response was owed, due 10 July 2025, and one is recorded: late by 4"),
        ("not_shown", None, None, "due 10 July 2025. It can’t be shown to be in time."),
        ("in_time", None, "2025-07", "and was published in July 2025: in time."),
        ("overdue", 4, None, "A response is owed, due 10 July 2025: overdue by 4 days."),
        ("disapplied", None, None, "it was said that the duty does not apply."),
    ],
)
def test_a_response_that_came_is_not_said_to_be_owed_still(verdict, days, published_on, says):
    shape = {"verdict": verdict, "days": days, "at_least": False, "basis": "stated"}
    now = shape | {"published_on": published_on, "due_on": "2025-07-10"}
    item = whole(
        Changed,
        {
            "change": "new",
            "from": None,
            "to": now,
            "about": {"type": "response", "name": "response"},
        },
    )

    assert says in change_sentences.sentence(item)


def test_what_is_not_shown_since_its_last_day_is_not_known_is_owed_still():
    shape = {"verdict": "not_shown", "days": None, "at_least": False, "basis": "stated"}
    now = shape | {"published_on": None, "due_on": None}
    item = whole(
        Changed,
        {
            "change": "new",
            "from": None,
            "to": now,
            "about": {"type": "response", "name": "response"},
        },
    )

    assert change_sentences.sentence(item).startswith("A response is owed. It can’t")


def test_of_a_recommendation_and_a_day_there_is_one_item(client):
    html = client.get(PAGES["changes"]).text

    days = re.findall(
        r'class="change-about"><a href="([^"]+)">[^<]*</a> <span class="quiet">([^<]*)</span>', html
    )
    assert len(days) == len(set(days)) > 3


def test_much_that_is_new_of_one_report_is_folded_under_what_it_is(shelf):
    new = next(
        one for one in shelf.changed if one["change"] == "new" and one["about"]["type"] != "report"
    )
    many = [
        whole(
            Changed,
            new | {"about": new["about"] | {"links": {"page": f"/recommendations/x/{n}/y"}}},
        )
        for n in range(5)
    ]

    (of_report,) = change_sentences.by_report(many)

    assert of_report.listed == []
    assert [(said, len(alike)) for said, alike in of_report.folded] == [("New: 5 responses", 5)]
    (few,) = change_sentences.by_report(many[:3])
    assert len(few.listed) == 3
