"""Every page: what it says, and that it is sound HTML."""

import gzip
import re
from html import unescape
from typing import Any

import html5lib
import pytest
from flask import url_for
from flask.testing import FlaskClient

from api.reading import addresses
from api.reading.subjects import BODY_BY_BODY
from tests.api.conftest import fresh_site
from tests.api.founding import FEW_BODIES, founded
from tests.api.site import PFCC, TODAY
from tests.api.test_sealed import sealing
from tests.pages.recorded import (
    DORSET,
    JULY,
    MONTH,
    PAGES,
    REPORT,
    TITLE,
    owed_by,
    recommendation,
)


def said(client: FlaskClient, address: str, status: int = 200) -> str:
    """Return the words of a page, after a strict parser has read it."""
    answer = client.get(address)
    assert answer.status_code == status
    html5lib.HTMLParser(strict=True).parse(answer.text)
    quoted = answer.text.replace("<q>", "“").replace("</q>", "”")
    words = re.sub(r"<head>.*?</head>|<[^>]+>", " ", quoted, flags=re.DOTALL)
    return re.sub(r" ([,.:;)”])", r"\1", " ".join(unescape(words).split()))


DATA = {
    "home": "/reports",
    "across": f"/recommendations/across?report={REPORT}&number=4",
}
"""The path of a page's JSON, if it differs from the page's own."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_html_with_its_json_beside_it(client, page):
    answer = client.get(PAGES[page])

    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    beside = re.search(r'rel="alternate" type="application/json" href="([^"]+)"', answer.text)
    assert beside is not None
    path = DATA.get(page, PAGES[page])
    assert unescape(beside[1]) == f"/api{path}"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_made_up_log_says_so_first_and_no_other_does(client, made_up, page):
    true = client.get(PAGES[page]).text
    text = made_up.app.test_client().get(PAGES[page]).text

    html5lib.HTMLParser(strict=True).parse(text)
    words = re.sub(r"<head>.*?</head>|<[^>]+>", " ", text, flags=re.DOTALL).split()
    assert " ".join(words[4:9]) == "Made up. Nothing here happened:"
    assert "<title>Made up: " in text
    assert "made up" not in true.lower()


def test_a_printed_sheet_and_an_error_of_a_made_up_log_say_so_too(client, made_up):
    other = made_up.app.test_client()

    assert "Made up" not in client.get("/print.css?of=/").text
    assert 'content: "Made up: nothing on this sheet happened"' in other.get("/print.css?of=/").text
    assert "Nothing here happened" in other.get("/no-such-page").text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_no_script_and_takes_nothing_from_elsewhere(client, page):
    answer = client.get(PAGES[page])

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", answer.text)
    assert not re.search(r"<(?:link|img)[^>]+(?:href|src)=\"https?:", answer.text)


def test_every_link_keeps_the_two_dates(client, site):
    for address in PAGES.values():
        mark = "&" if "?" in address else "?"
        text = client.get(f"{address}{mark}known_at={site.position}&effective_on=2025-11-23").text

        links = re.findall(r'href="(/(?:reports|responses|recommendations)[^"]*)"', text)
        inside = [unescape(one) for one in links if "position" not in one]
        assert inside
        now = address if "?" in address else address.split("?")[0]
        for one in inside:
            assert one == now or "effective_on=2025-11-23" in one, one
            assert one == now or "known_at=" in one, one


def test_a_page_about_the_past_says_so_and_leads_back(client):
    text = said(client, f"{PAGES['response']}?known_at=2025-07-20")

    assert "You are reading the past." in text
    assert "As known at the end of 20 July 2025 (position " in text
    assert "You are reading the past" not in said(client, PAGES["response"])


def test_a_page_gives_the_address_to_cite_with_its_position(client, site):
    text = client.get(PAGES["response"]).text

    pinned = f"known_at={site.position}&amp;effective_on={TODAY}"
    assert f'href="{PAGES["response"]}?{pinned}"' in text
    assert "This page, as it stands now" in text


def test_a_page_about_the_past_is_not_cited_as_it_stands_now(client, site):
    text = said(client, f"{PAGES['response']}?known_at={site.position}&effective_on=2025-11-23")

    assert "This page, at these dates" in text
    assert "as it stands now" not in text


def test_the_first_page_counts_duties_by_verdict_and_helps_to_find_a_body(client):
    text = said(client, PAGES["home"])

    assert "Can’t be shown to be in time The days that are known do not show whether" in text
    assert "6 responses owed" in text
    assert "Find your area" in text
    html = client.get(PAGES["home"]).text
    assert '<a href="/responses?verdict=not_shown">2</a>' in html
    assert '<a href="/recommendations?status=open">1</a>' in html


def test_the_empty_first_page_says_what_to_do(postgres):
    with fresh_site(postgres, founded(postgres, FEW_BODIES)) as site:
        text = said(site.app.test_client(), PAGES["home"])

    assert "Nothing is recorded yet" in text
    assert "answerable import" in text


def test_a_report_has_what_it_asks_first_and_counts_many_responses_by_verdict(new_site):
    for n in range(BODY_BY_BODY):
        body = {"id": f"body-{n}", "name": f"Body {n}", "kind": "national_body"}
        note = {"source": {"note": "a letter"}}
        new_site.admin.act("/api/bodies", body | note)
        duty = {"rule": "manual", "due_on": "2025-08-01"}
        new_site.admin.act(f"{owed_by(f'body-{n}')}/duties", duty | note)
    client = new_site.app.test_client()

    page = client.get(PAGES["report"]).text

    assert page.index("recommendations-heading") < page.index("owed-heading")
    text = said(client, PAGES["report"])
    assert (
        f"{BODY_BY_BODY + 4} responses: 1 overdue, 1 late, {BODY_BY_BODY} not looked for, " in text
    )
    assert f'href="/responses?report={REPORT}&verdict=not_looked_for"' in unescape(page)


def test_a_report_says_what_its_day_rests_on_and_lists_bodies_by_name(client):
    text = said(client, PAGES["report"])

    assert "16 May 2025 by the publisher’s own page, of which a copy is held here" in text
    assert "Section 33 of the Police Act 1996" in text
    assert "Overdue by 137 days. Due 10 July 2025. We hold no response." in text
    assert text.index("Cumbria Police, Fire") < text.index("Dorset")


def test_a_recommendation_never_reads_a_claim_as_done_and_says_who_told_it(client):
    text = said(client, PAGES["recommendation"])

    assert "Claimed complete" in text
    assert ": complete. A claim is not closure: nobody else has confirmed it here." in text
    assert "The force’s word Cumbria Constabulary, as reported by Cumbria Police, Fire" in text
    assert "Claim by Cumbria Constabulary, as reported by Cumbria Police, Fire" in text
    assert "stance not stated" in text
    assert "31 March 2026: 127 days ahead." in text
    assert "Moved once; at first 31 December 2025" in text
    assert "1 without a reply, 1 answered" in text


@pytest.mark.parametrize("undone", [True, False])
def test_a_page_says_if_the_entry_that_improved_a_verdict_was_set_aside(new_site, undone):
    clerk = new_site.clerk
    published = clerk.reads(f"{owed_by(PFCC)}/history")["items"]
    entry = next(one["id"] for one in published if one["type"] == "response-published")
    slip = {"field": "published_on", "now": "2025-07-10", "reason": "A slip."}
    mended = clerk.act(f"/api/entries/{entry}/corrections", slip)
    if undone:
        clerk.act(f"/api/entries/{mended}/retraction", {"reason": "It was none."})

    text = said(new_site.app.test_client(), PAGES["response"])

    told = "Corrected here on 24 November 2025; until then it read “Late by 4 days”."
    assert told in text
    assert (f"{told} That entry was set aside since." in text) == undone


def test_a_target_that_may_have_been_met_says_neither_passed_nor_ahead_nor_met(new_site):
    claim = {"as_stated": "GREEN", "means": "complete"}
    update = {"text": "Done.", "claim": claim, "occurred_on": None}
    new_site.force.act(f"{recommendation('05')}/updates", update)

    text = said(new_site.app.test_client(), recommendation("05").removeprefix("/api"))

    assert "It may have been done by then: the days are not exactly known." in text


def test_a_target_that_passed_says_that_no_closure_and_no_claim_is_recorded(client):
    text = said(client, recommendation("05").removeprefix("/api"))

    assert "1 September 2025, 84 days ago. No closure and no claim of completion stands." in text
    assert "The force’s word an update, and no claim in it" in text


def test_a_closure_told_by_another_says_who_told_it_and_from_what(client):
    assert (
        "Closed by HMICFRS on 1 September 2025, as reported by Cumbria Police, Fire and Crime "
        "Commissioner from “letter of 3 August”."
    ) in said(client, recommendation("12").removeprefix("/api"))


def test_the_trail_shows_both_dates_of_each_entry_and_what_became_of_it(client):
    text = said(client, PAGES["recommendation"])

    assert "15 July 2025 14 July 2025" in text
    assert "recorded 22 days after" in text
    assert (
        "The day on which it happened: 15 July 2025 14 July 2025, corrected on 5 August 2025, "
        "10:30 by Cumbria Police, Fire and Crime Commissioner"
    ) in text
    assert "HMICFRS closed it" in text
    assert "Set aside" in text
    assert "as reported by Cumbria Police, Fire and Crime Commissioner" in text
    assert "from “letter of 3 August”" in text


def test_a_held_text_says_by_whom_and_since_when(client):
    text = said(client, PAGES["recommendation"])

    assert (
        "Question: held by Cumbria Police, Fire and Crime Commissioner since 5 August 2025, and "
        "not open to the public."
    ) in text


def test_a_response_shows_the_publication_beside_the_verdict_and_its_working(client):
    text = said(client, PAGES["response"])

    assert "Late by 4 days" in text
    assert "16 May 2025 is day 1, 10 July 2025 is day 56." in text
    assert "Explains 2 of 4 recommendations, none for certain by the last day, 1 in general" in text
    assert "The chief officer’s comments were received, and are not among" in text
    assert "Rests on entry" in text


def test_a_page_of_a_response_that_nobody_recorded_says_that_none_is_held(client):
    text = said(client, f"/responses/{REPORT}/{DORSET}")

    assert "Response published we hold no response" in text
    assert "We hold no published response." in text


def test_a_case_or_a_slash_too_many_leads_on_and_a_near_name_is_offered(client):
    answer = client.get(f"/Bodies/{PFCC.upper()}/?known_at=41")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/bodies/{PFCC}?known_at=41")

    text = said(client, "/bodies/cumbria-pfc", 404)
    assert "Perhaps you meant: Cumbria Police, Fire and Crime Commissioner" in text
    assert f"Perhaps you meant: {TITLE}" in said(client, "/reports/organised-crimes", 404)
    assert "Perhaps" not in said(client, "/nowhere", 404)


def test_a_response_is_drawn_by_its_days_and_not_if_one_of_them_is_a_month(client):
    text = client.get(PAGES["response"]).text

    assert "the last day is 10 July 2025, day 56. It was published on 14 July 2025.</title>" in text
    assert "What would settle it" not in text
    assert "deadline-title" not in client.get(f"/responses/{MONTH}/{PFCC}").text


def test_a_response_of_an_uncertain_day_is_drawn_and_says_what_would_settle_it(client):
    page = f"/responses/{JULY}/{PFCC}"
    text = said(client, page)

    assert "It was published between 1 July 2025 and 31 July 2025." in text
    assert "published somewhere here" in text
    assert "What would settle it: a copy of the response that was taken on 10 July 2025 or" in text
    before = said(client, f"{page}?effective_on=2025-07-05")
    assert "It may have been published from 1 July 2025 on." in before


def test_a_thing_not_recorded_or_not_known_then_is_a_page(client):
    assert "No report “none” is recorded." in said(client, "/reports/none", 404)
    text = said(client, f"{PAGES['recommendation']}?known_at=1", 404)
    assert "was recorded by position" in text
    assert "Ask the same as known now" in text
    assert "There is no page at this address." in said(client, "/nowhere", 404)


def test_dates_that_cannot_be_read_are_a_page_with_the_form_to_mend_them(client):
    text = said(client, "/?known_at=zzz", 422)

    assert "We can’t answer that address" in text
    assert "“zzz”" in text
    assert "As it stood at the end of" in text


def test_a_fault_of_ours_is_a_page(new_site):
    new_site.owner.execute("ALTER TABLE projections.reports RENAME COLUMN state TO lost")
    with new_site.behind():
        assert "Something went wrong" in said(new_site.app.test_client(), "/reports", 500)


def test_a_working_leads_to_the_entries_on_the_page(client, site):
    text = client.get(PAGES["response"]).text
    history = site.clerk.reads(f"{owed_by(PFCC)}/history")["items"]
    published = next(one["id"] for one in history if one["type"] == "response-published")

    assert f'href="#entry-{published}"' in text


@pytest.mark.parametrize("page", PAGES)
def test_nothing_on_a_page_leads_to_data_but_what_says_so(client, page):
    text = client.get(PAGES[page]).text

    for link, label in re.findall(r'<a ([^>]*href="/api/[^"]*"[^>]*)>(.*?)</a>', text, re.DOTALL):
        if link.endswith(" download"):  # a file, by its kind
            assert re.match(r"(ODS|XLSX|CSV|JSON|ZIP)\b", label), label
            continue
        kinds = 'type="application/json"', 'type="text/plain"', "/api/captures/"
        assert any(kind in link for kind in kinds), link
        assert re.search("data|/api/|Download", label) or "Opens" in link, label
    for link in re.findall(r'<a [^>]*href="#entry-[^"]*"[^>]*>', text):
        assert 'title="To this entry in the trail on this page"' in link


def test_our_stylesheet_is_small_and_goes_out_compressed_and_kept_by_its_hash(client):
    """Under 20 KB: with the pages that are there it is read by a telephone in one go."""
    link = re.search(r'href="(/assets/answerable\.css\?v=[0-9a-f]+)"', client.get("/").text)
    assert link is not None

    plain = client.get(link[1])
    packed = client.get(link[1], headers={"Accept-Encoding": "gzip"})

    assert len(plain.data) < 20 * 1024
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "immutable" in plain.headers["Cache-Control"]
    assert client.get("/assets/answerable.css").headers["Cache-Control"] == "no-cache"


def test_a_printed_sheet_says_its_address_and_nothing_ends_its_string(client):
    said = client.get("/print.css", query_string={"of": '/x";}</style>\\ y'}).text

    assert 'content: "http://127.0.0.1:8000/x\\000022\\00003b\\00007d' in said
    assert "</style" not in said
    assert 'counter(page) " of " counter(pages)' in said


@pytest.mark.parametrize("given", ["16/07/2025", "16 July 2025", "16%20Jul%202025"])
def test_a_day_is_taken_as_people_write_it(client, given):
    answer = client.get(f"{PAGES['response']}?known_at={given}")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PAGES['response']}?known_at=2025-07-16"


# The seal


def test_a_page_says_how_far_the_log_is_sealed_and_a_trail_leads_to_receipts(new_site, tmp_path):
    client = new_site.app.test_client()
    trail = new_site.anybody.reads(f"{recommendation('05')}/history")["items"]
    assert "Nothing of this log is sealed yet." in said(client, PAGES["recommendation"])

    with sealing(new_site, tmp_path) as sealed:
        sealed.seal()
        size = sealed.newest().size
    update = {"text": "It goes on.", "occurred_on": None}
    new_site.force.act(f"{recommendation('05')}/updates", update)

    text = client.get(recommendation("05").removeprefix("/api")).text
    assert f"Sealed up to entry {size} on " in " ".join(text.split())
    assert "No outside witness has signed yet." in text
    assert text.count("/receipt") == len(trail)
    assert text.count("not sealed yet") == 1


@pytest.mark.parametrize("root", ["", "/ledger"])
def test_a_link_without_parts_is_made_as_flask_makes_it(site, root):
    """Its own way is shorter, for a table has hundreds of links."""
    asked: dict[str, Any] = {
        "q": "a&b=c d/é;'(x)!*,@:?%+",
        "year": None,
        "status": ["open", "closed"],
        "n": 7,
    }
    whole = [
        rule.endpoint.removeprefix("pages.")
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and not rule.arguments
    ]
    assert "compliance" in whole
    day = "/?effective_on=2026-07-16&known_at=12"
    with site.app.test_request_context(day, base_url=f"https://answerable.example{root}"):
        for page in whole:
            found = addresses.link(page, **asked)

            there = {"known_at": "12", "effective_on": "2026-07-16"}
            assert found == url_for(f"pages.{page}", **asked | there)
            assert found.startswith(f"{root}/")
