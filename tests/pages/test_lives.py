"""Each event as somebody reads it: whose act, what it comes to, and what it does not."""

import pytest

from api.reading import act_sentences
from api.reading.trail import partial_for
from ledger.events import BY_TOPIC
from tests.pages.answers import PAGES
from tests.pages.lives import LIFE, LIVES, REST
from tests.pages.test_pages import said

READS_WELL_AS_DECLARED = {
    "report-published",
    "report-revised",
    "statement-revised",
    "capture-kept",
    "account-opened",
    "account-closed",
    "scope-granted",
    "scope-revoked",
    "key-added",
    "key-retired",
    "key-compromised",
    "sealing-resumed",
    "clock-was-wrong",
    "list-compared",
    "body-registered",
    "rule-adopted",
}
"""Events that no trail of a page shows, or whose fields say it all."""


def test_an_event_of_a_trail_has_words_of_its_own():
    default = {topic for topic in BY_TOPIC if partial_for(topic) == "events/default.html"}

    assert default <= READS_WELL_AS_DECLARED, "read how it looks, then write its partial"


def test_every_act_has_words_that_say_who_did_what():
    lacking = sorted(set(BY_TOPIC) - set(act_sentences.ACTS))

    place = "api/reading/act_sentences.py"
    assert not lacking, f"write in {place} what somebody did: {', '.join(lacking)}"


def test_an_act_without_words_of_its_own_is_read_as_its_event_declares_it(monkeypatch):
    monkeypatch.delitem(act_sentences.ACTS, "withdrawn")
    withdrawn = next(one for one in LIVES[LIFE] if one["type"] == "withdrawn")

    assert act_sentences.act(withdrawn) == "HMICFRS: The inspectorate withdrew it"


def test_every_event_with_a_partial_is_read_here():
    lived = {one["type"] for trail in LIVES.values() for one in trail}
    own = {topic for topic in BY_TOPIC if partial_for(topic) != "events/default.html"}

    assert own - lived <= {"entry-corrected", "entry-retracted"}  # in the trail of trails.py


@pytest.mark.parametrize(
    "words",
    [
        "Asked of Cumbria Constabulary, with a reply by 30 September 2025. What is asked Are the",
        "Disputed by Cumbria Constabulary on 20 October 2025, 11:00: its reply is in this trail.",
        "Cumbria Constabulary says that an entry is not right. The entry stands; this is the reply",
        "A text of an entry is open to everybody from here on: what the force wrote.",
        "Asked that a text of an entry be deleted: what is asked. Ground: personal data. Nothing",
        "A text of an entry was deleted: what is asked, 61 characters. Ground: personal data.",
        "Closure was asked for by Cumbria Police, Fire and Crime Commissioner. That does not close",
        (
            "Closure was refused by HMICFRS, as reported by Cumbria Police, Fire and Crime "
            "Commissioner from “letter of 3 March”. Why No evidence was sent."
        ),
        (
            "Closed by HMICFRS, as reported by Cumbria Police, Fire and Crime Commissioner from "
            "“letter of 3 March”. Why The evidence was seen, and is enough. Recorded by Cumbria"
        ),
        "Opened again by HMICFRS. Why It came back in the next inspection. Recorded first hand",
        "Withdrawn by HMICFRS, as reported by Cumbria Police, Fire and Crime Commissioner. A duty",
        (
            "Superseded by HMICFRS. Its place was taken by recommendation 4 to Cumbria "
            "Constabulary, of the report Improving the response to organised immigration crime."
        ),
    ],
)
def test_a_recommendation_that_lived_through_everything(client, words):
    assert words in said(client, PAGES["life"])


def test_a_place_that_was_taken_leads_to_the_one_that_took_it(client):
    text = client.get(f"{PAGES['life']}?known_at=41&effective_on=2026-08-01").text

    assert (
        'href="/recommendations/hmicfrs-2025-05-16-oic/4/cumbria-constabulary?known_at=41' in text
    )


@pytest.mark.parametrize(
    "words",
    [
        "The chief officer was asked for comments by 20 June 2025.",
        "The chief officer’s comments reached the body. That does not say that they were",
        (
            "The response is now due by 1 September 2025. More time was asked for on 30 June 2025 "
            "and granted on 1 July 2025. Granted by The Home Office On what ground The election."
        ),
        "A copy of the response was sent to the Secretary of State.",
        "was looked for at https://cumbria-pfcc.example/responses and not found. Where The page",
        (
            "It was decided that the duty does not apply: the findings are the same as those of "
            "another report, hmicfrs-2024-oic. A decision that was recorded after the last day "
            "does not replace the verdict. Decided by The commissioner’s monitoring officer"
        ),
    ],
)
def test_a_response_that_lived_through_everything(client, words):
    assert words in said(client, PAGES["owed"])


@pytest.mark.parametrize(
    "words",
    [
        "took the report over from cumbria-pfcc/clerk-2: only its publisher’s accounts change it",
        (
            "From here on the register says something else of Cumbria Constabulary. What is not "
            "named stays as it was. Its new name Cumbria Police"
        ),
        "keeps its record here: its responses to reports published from 1 May 2025 on are all",
        "old-pcc ended on 1 September 2025. Cumbria Police, Fire and Crime Commissioner follows it",
    ],
)
def test_the_register_and_reports_changing_hands(client, shelf, words):
    shelf.trails[LIFE] = shelf.trails[REST]

    assert words in said(client, PAGES["life"])


def test_a_meeting_shows_its_papers_with_their_two_dates_and_what_it_reviewed(client):
    text = said(client, PAGES["meeting"])

    assert "Cumbria Police, Fire and Crime Panel 16 April 2026" in text
    assert "It is recorded as held: 1 paper, 2 reviews." in text
    assert "position 41 of the log, effective on 1 April 2026" in text
    assert "It asked It was promised GREEN at the last meeting. Why is it not?" in text
    html = client.get(PAGES["meeting"]).text
    assert 'href="/bodies/cumbria-panel?known_at=41&amp;effective_on=2026-04-01"' in html
    assert 'href="/recommendations/hmicfrs-2025-05-16-oic/09/cumbria-constabulary"' in html


def test_a_corrected_paper_says_so_where_it_is_listed(client, shelf):
    paper = shelf.trails["meeting/cumbria-panel/2026-04-16"][0]
    slip = {"target": paper["id"], "field": "effective_on", "was": "2026-04-01"}
    correction = paper | {"id": "slip", "type": "entry-corrected", "texts": {"reason": {}}}
    correction["data"] = slip | {"now": "2026-04-02"}
    shelf.trails["meeting/cumbria-panel/2026-04-16"].append(correction)
    paper["corrected_by"] = {"effective_on": "slip"}

    papers = said(client, PAGES["meeting"]).split("What it reviewed")[0]

    assert "The day that it was effective on: 1 April 2026 2 April 2026, corrected on" in papers


def test_a_meeting_without_papers_and_reviews_says_that_none_is_recorded(client):
    text = said(client, PAGES["meeting of nothing"])

    assert "No paper of this meeting is recorded here." in text
    assert "No review by this meeting is recorded here." in text


def test_a_meeting_of_which_nothing_is_recorded_is_not_there(client):
    assert "Nothing is recorded of the meeting" in said(
        client, "/meetings/cumbria-panel/2026-01-01", 404
    )
