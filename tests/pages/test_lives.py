"""Each event as somebody reads it: whose act it is, what it comes to, and what it does not."""

import pytest

from api.reading import act_sentences
from api.reading.trail import partial_for
from ledger.events import BY_TOPIC
from tests.pages.recorded import PAGES, recommendation
from tests.pages.test_pages import said
from tests.typed import trail_entry

READS_WELL_AS_DECLARED = {
    "report-published",
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
CONSTABULARY = "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services"
TOLD = "as reported by Cumbria Police, Fire and Crime Commissioner from “letter of 3 August”"
SAYS = {
    "assurance-sought": "Asked of Cumbria Constabulary, with a reply by 30 September 2025.",
    "body-changed": (
        "From here on the register says something else of The newest body. Fields that are not "
        "named stay as they were. Its new name The newest body"
    ),
    "body-succeeded": (
        "Cumbria Police Authority ended. Cumbria Police, Fire and Crime Commissioner follows it"
    ),
    "chief-officer-comments-invited": "The chief officer was asked for comments by 20 June 2025.",
    "chief-officer-comments-received": (
        "The chief officer’s comments reached the body. This does not mean that they were"
    ),
    "closure-confirmed": f"Closed by {CONSTABULARY}, {TOLD}. Why The plans were seen.",
    "closure-proposed": (
        "Closure was asked for by Cumbria Police, Fire and Crime Commissioner. This does not close"
    ),
    "closure-refused": (
        f"Closure was refused by {CONSTABULARY}, {TOLD}. Why No evidence was sent."
    ),
    "commissioner-statement-issued": (
        "The response names this recommendation: stance not stated. I'm assured that Cumbria"
    ),
    "copy-sent": "A copy of the response was sent to the Secretary of State.",
    "duty-confirmed": "It was confirmed that the duty “Action plan” stands, though the body that",
    "duty-disapplied": (
        "It was decided that the duty does not apply: the findings are the same as those of "
        "another report, first-look. A decision that was recorded after the last day does not "
        "replace the verdict. Decided by The authority’s monitoring officer"
    ),
    "entry-corrected": "The day on which it happened: Was 15 July 2025 Is 14 July 2025 Why Typed",
    "entry-disputed": (
        "Cumbria Constabulary says that an entry is not right. The entry stands; this is the reply"
    ),
    "entry-retracted": "An entry is set aside: it stays in the log, and does not count. Why It was",
    "extension-granted": (
        "The response is now due by 1 September 2025. More time was asked for on 30 June 2025 and "
        "granted on 1 July 2025. Granted by The Home Office On what ground The election."
    ),
    "meeting-held": "The meeting was held on 16 July 2025.",
    "paper-issued": "of the log, effective on 1 October 2025.",
    "recommendation-raised": "Recommendation 04. Chief constables should make sure",
    "recommendation-reviewed": "It asked Why is it not done? What came of it An answer by June.",
    "record-kept-here": (
        "keeps its record here: its responses to reports published from 1 January 2005 on are all"
    ),
    "redaction-sought": (
        "Asked that a text of an entry be deleted: what is asked. Ground: personal data. Nothing"
    ),
    "reopened": f"Opened again by {CONSTABULARY}. Why It came back.",
    "report-graded": (
        f"Cumbria Constabulary was graded by {CONSTABULARY}, as reported by Cumbria Police, Fire "
        "and Crime Commissioner: Preventing crime: Adequate. A grade is cited as published."
    ),
    "report-revised": "The title reads otherwise than before. The report keeps its day.",
    "report-taken-over": (
        "took the report over from Cumbria Police, Fire and Crime Commissioner (clerk): only its "
        "publisher’s accounts change it"
    ),
    "response-duty-arose": "A response is owed; no last day can be told.",
    "response-looked-for": "The response was looked for and not found. Where The page of",
    "response-published": "Published: the body’s comments. The whole text as recorded here I",
    "statement-revised": (
        "What the response says of recommendation 09 to Cumbria Constabulary reads otherwise than "
        "before. The publication keeps its day."
    ),
    "repeat-noted": (
        "It repeats recommendation 1 to Dorset Police, of the report first-look: the publisher "
        "says so."
    ),
    "superseded": (
        f"Superseded by {CONSTABULARY}. Its place was taken by recommendation 04 to Cumbria "
        "Constabulary, of the report"
    ),
    "target-date-set": "To be done by 31 March 2026 (the force). Why It waits for the region.",
    "text-redacted": (
        "A text of an entry was deleted: what is asked, 11 characters. Ground: personal data."
    ),
    "text-released": (
        "A text of an entry is open to everybody from here on: what the force wrote."
    ),
    "update-received": (
        f"Claim by Cumbria Constabulary, {TOLD}: complete. A claim is not closure. As stated GREEN"
    ),
    "withdrawn": f"Withdrawn by {CONSTABULARY}, {TOLD}. A duty to respond that arose from its",
}
"""By event, what the page of the first entry says of it."""


def test_every_event_with_words_of_its_own_is_read_here():
    own = {topic for topic in BY_TOPIC if partial_for(topic) != "events/default.html"}

    lacking = ", ".join(sorted(own - set(SAYS)))
    assert not lacking, f"record it in recorded.py, and write in SAYS what its page says: {lacking}"
    assert set(BY_TOPIC) - own <= READS_WELL_AS_DECLARED, "read how it looks, write its partial"


def test_every_act_has_words_that_say_who_did_what():
    lacking = sorted(set(BY_TOPIC) - set(act_sentences.ACTS))

    assert not lacking, f"write in act_sentences.py what somebody did: {', '.join(lacking)}"


def test_an_act_without_words_of_its_own_is_read_as_its_event_declares_it(site, monkeypatch):
    monkeypatch.delitem(act_sentences.ACTS, "withdrawn")
    history = site.anybody.reads(f"{recommendation('10')}/history")["items"]
    withdrawn = next(one for one in history if one["type"] == "withdrawn")

    assert act_sentences.act(trail_entry(withdrawn)) == "HMICFRS: The inspectorate withdrew it"


@pytest.mark.parametrize("topic", SAYS)
def test_the_page_of_an_entry_says_whose_act_it_is_and_what_it_comes_to(site, client, topic):
    entry = site.anybody.reads("/api/entries", type=topic, limit=1)["items"][0]["id"]

    assert SAYS[topic] in said(client, f"/entries/{entry}")


def test_a_trail_says_of_an_entry_what_became_of_it(client):
    text = said(client, PAGES["life"])

    assert "Disputed by Cumbria Constabulary on 6 August 2025, 10:30: its reply is in this" in text
    assert "of the report Organised immigration crime." in text


def test_a_superseded_recommendation_leads_to_the_one_that_took_its_place(client, site):
    dates = f"known_at={site.position}&effective_on=2025-11-23"
    text = client.get(f"{PAGES['life']}?{dates}").text

    assert f'href="{PAGES["recommendation"].replace("/4/", "/04/")}?known_at=' in text


def test_a_meeting_shows_its_papers_with_their_two_dates_and_what_it_reviewed(client):
    text = said(client, PAGES["meeting"])

    assert "Cumbria Police, Fire and Crime Panel 22 October 2025" in text
    assert "It is recorded as held: 1 paper, 2 reviews." in text
    assert "It asked Why is it not done? What came of it An answer by June." in text
    html = client.get(PAGES["meeting"]).text
    assert 'href="/recommendations/organised-crime/09/cumbria-constabulary"' in html


def test_a_corrected_paper_says_so_where_it_is_listed(new_site):
    (paper,) = new_site.anybody.reads("/api/entries", type="paper-issued")["items"]
    slip = {"field": "effective_on", "now": "2025-10-02", "reason": "A slip."}
    new_site.panel.act(f"/api/entries/{paper['id']}/corrections", slip)

    papers = said(new_site.app.test_client(), PAGES["meeting"]).split("What it reviewed")[0]

    assert "The day that it was effective on: 1 October 2025 2 October 2025, corrected on" in papers


def test_a_meeting_without_papers_and_reviews_says_that_none_is_recorded(client):
    text = said(client, PAGES["meeting of nothing"])

    assert "No paper of this meeting is recorded here." in text
    assert "No review by this meeting is recorded here." in text


def test_a_meeting_of_which_nothing_is_recorded_is_not_there(client):
    address = PAGES["meeting"].replace("2025-10-22", "2026-01-01")

    assert "Nothing is recorded of a meeting of Cumbria Police, Fire and Crime Panel" in said(
        client, address, 404
    )
