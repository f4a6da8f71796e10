"""The page of what changed: a sentence for each change, and because of what."""

import re
from collections.abc import Callable
from typing import Any, get_args

import pytest
from msgspec import convert

from api.reading import change_sentences, changes
from projections.answers.changes import Changed, ChangeWord
from tests.api.site import PFCC
from tests.pages.recorded import PAGES, REPORT
from tests.pages.test_pages import said

WHOLE = "/changes?from=2025-06-13"


@pytest.fixture
def items(site) -> list[dict[str, Any]]:
    """Return the changes of the page, as data."""
    found: list[dict[str, Any]] = site.anybody.reads("/api/changes", **{"from": "2025-06-13"})[
        "items"
    ]
    return found


def test_the_site_has_every_change(items):
    assert {one["change"] for one in items} == set(get_args(ChangeWord))


@pytest.mark.parametrize(
    "words",
    [
        "Was “Not due yet: 27 days left”, is now “Late by 4 days”.",
        "time passed Its target of 1 September 2025 has passed by 84 days, and no closure and no",
        "No entry changed it.",
        "The last day moved from 10 July 2025 to 1 September 2025.",
        "The target moved from 31 December 2025 to 31 March 2026.",
        "entry 105 (Target date set, recorded 5 August 2025, 10:30 by Cumbria Constabulary)",
        "Was “open”, is now “claimed complete”. A claim is not closure.",
        "Claimed before: nothing that is recorded. Claimed now: “complete”.",
        "“Action plan” was owed, due 1 August 2025: it was said that the duty does not apply.",
        "Update received: happened on 21 July 2025, recorded 15 days later.",
        "It was here at the first moment, and is not at the second.",
        "The published page was seen to say something else: passage.",
        "An entry was corrected (assurance sought)",
        "Was 15 July 2025 Became 14 July 2025",
        "An entry was set aside (closure confirmed): it no longer counts.",
        "Cumbria Constabulary says that an entry is not right (update received). The entry stands.",
        "Ground: personal data. The entry stays.",
        "Recommendation 04 to Cumbria Constabulary",
    ],
)
def test_a_change_is_a_sentence_that_says_why(client, words):
    assert words in said(client, WHOLE)


def test_each_count_of_a_kind_leads_to_the_first_change_of_it(client):
    page = client.get(PAGES["changes"]).text
    counts = re.findall(r'<a href="#([a-z]+)">[^<]+: \d+</a>', page)

    assert counts == [*change_sentences.SECTIONS]
    for anchor in counts:
        assert page.count(f'id="{anchor}"') == 1


def test_both_moments_are_named_and_can_be_changed(client, site):
    ((last,),) = site.rows(
        "SELECT max(position) FROM ledger.entries WHERE recorded_at < '2025-06-15'"
    )
    text = said(client, PAGES["changes"])
    form = client.get(f"{PAGES['changes']}&to={site.position}").text

    assert (
        f"Compared: what was known at the end of 14 June 2025 (position {last} of the log)" in text
    )
    now = f"with what was known now (position {site.position:,} of the log), for 24 November 2025"
    assert now in text
    assert re.search(r'name="from"[^>]* value="2025-06-14"', form)
    assert re.search(rf'name="to"[^>]* value="{site.position}"', form)
    assert f'<option value="{PFCC}" selected>' in form
    at_ten = said(client, "/changes?from=2025-06-14T10:00:00Z")
    assert f"known at 14 June 2025, 11:00 (position {last} of the log)" in at_ten


def test_an_entry_that_changed_something_is_linked(client, items):
    page = client.get(WHOLE).text

    for one in items:
        for entry in one["entries"]:
            assert f'href="/entries/{entry["id"]}' in page


def test_a_page_without_changes_says_what_was_looked_for(client, site):
    text = said(client, f"/changes?from={site.position}")

    assert "Nothing changed between these two moments" in text
    assert "changes of verdicts, targets, statuses and claims" in text


def test_more_changes_follow_at_the_same_two_moments(client, site, monkeypatch):
    monkeypatch.setattr(changes, "ON_A_PAGE", 2)
    text = client.get(PAGES["changes"]).text

    following = re.search(r'rel="next" href="([^"]+)"', text)
    assert following is not None
    assert following[1].startswith(f"/changes?from=2025-06-14&amp;body={PFCC}")
    assert f"known_at={site.position}&amp;" in following[1]


def test_a_meeting_leads_to_what_changed_since(client):
    meeting = client.get(PAGES["meeting"]).text

    since = "/changes?since_meeting=cumbria-police-fire-and-crime-panel/2025-10-22"
    assert since in meeting.replace("%2F", "/")


@pytest.fixture
def new_response(items) -> Callable[..., Changed]:
    """Returns the change that a response is new, with other words about it."""
    found = next(
        one for one in items if one["change"] == "new" and one["about"]["type"] == "response"
    )
    about = found["about"] | {"name": "response"}

    def changed(**to: Any) -> Changed:
        return convert(found | {"about": about, "to": found["to"] | to}, Changed)

    return changed


@pytest.mark.parametrize(
    ("to", "says"),
    [
        (
            {"verdict": "late", "days": 4, "published_on": "2025-07-14"},
            "A response was owed, due 10 July 2025, and was published on 14 July 2025: late by",
        ),
        (
            {"verdict": "late", "days": 4},
            "A response was owed, due 10 July 2025, and one is recorded: late by 4",
        ),
        ({"verdict": "not_shown"}, "due 10 July 2025. It can’t be shown to be in time."),
        (
            {"verdict": "in_time", "published_on": "2025-07"},
            "and was published in July 2025: in time.",
        ),
        (
            {"verdict": "overdue", "days": 4},
            "A response is owed, due 10 July 2025: overdue by 4 days.",
        ),
        ({"verdict": "disapplied"}, "it was said that the duty does not apply."),
        ({"verdict": "not_shown", "due_on": None}, "A response is owed. It can’t"),
    ],
)
def test_a_response_that_came_is_not_said_to_be_owed_still(new_response, to, says):
    base = {"days": None, "published_on": None, "due_on": "2025-07-10"}

    assert says in change_sentences.sentence(new_response(**base | to))


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        (
            "stated",
            "captured",
            "before, on the word of whoever recorded it: a date that was typed in; now, shown by",
        ),
        ("stated", "stated", "it was said since that the duty does not apply."),
    ],
)
def test_a_verdict_that_stays_says_what_it_rests_on_since(items, was, now, says):
    found = next(one for one in items if one["change"] == "verdict_changed")
    stays = {"verdict": "in_time", "days": None, "at_least": False}
    item = convert(found | {"from": stays | {"basis": was}, "to": stays | {"basis": now}}, Changed)

    sentence = change_sentences.sentence(item)

    assert sentence.startswith("Still “In time”")
    assert says in sentence


def test_a_new_recommendation_says_when_it_was_raised_and_its_target(site):
    everything = site.anybody.reads("/api/changes", **{"from": "2025-06-01"})["items"]
    first = next(
        one
        for one in everything
        if one["change"] == "new" and one["about"]["links"]["page"] == PAGES["recommendation"]
    )

    says = "Raised on 16 May 2025, with a target of 31 March 2026. It is claimed"
    assert change_sentences.sentence(convert(first, Changed)).startswith(says)
    dayless = convert(first | {"to": first["to"] | {"raised_on": None}}, Changed)
    assert change_sentences.sentence(dayless).startswith("Raised on a day not known, with")


def test_a_recommendation_and_a_day_have_one_item(client):
    html = client.get(PAGES["changes"]).text

    days = re.findall(
        r'class="change-about"><a href="([^"]+)">[^<]*</a> <span class="quiet">([^<]*)</span>', html
    )
    assert len(days) == len(set(days)) > 3


def test_many_new_things_of_one_report_are_folded_under_what_they_are(items):
    new = next(
        one for one in items if one["change"] == "new" and one["about"]["type"] == "response"
    )
    links = new["about"]["links"]
    many = [
        convert(
            new | {"about": new["about"] | {"links": links | {"page": f"/responses/{REPORT}/{n}"}}},
            Changed,
        )
        for n in range(5)
    ]

    (of_report,) = change_sentences.by_report(many)

    assert of_report.listed == []
    assert [(said, len(alike)) for said, alike in of_report.folded] == [("New: 5 responses", 5)]
    (few,) = change_sentences.by_report(many[:3])
    assert len(few.listed) == 3
