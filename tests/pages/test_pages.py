"""Every page: what it says, and that it is sound HTML."""

import gzip
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import html5lib
import pytest
from flask import url_for
from flask.testing import FlaskClient

from api.reading import addresses
from api.reading.subjects import BODY_BY_BODY
from ledger.errors import LogUnreachable, Unfit
from ledger.seal.checkpoints import Sealing
from tests.pages.answers import FORCE, NAMES, PAGES, PFCC, REPORT, STREAMS, TITLE, entry_id
from tests.pages.shelf import Shelf


def said(client: FlaskClient, address: str, status: int = 200) -> str:
    """What a page says, its markup left out, after a strict parser has read it."""
    answer = client.get(address)
    assert answer.status_code == status
    html5lib.HTMLParser(strict=True).parse(answer.text)
    quoted = answer.text.replace("<q>", "“").replace("</q>", "”")
    words = re.sub(r"<head>.*?</head>|<[^>]+>", " ", quoted, flags=re.DOTALL)
    return re.sub(r" ([,.:;)”])", r"\1", " ".join(unescape(words).split()))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_html_with_its_json_beside_it(client, page):
    answer = client.get(PAGES[page])

    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    beside = re.search(r'rel="alternate" type="application/json" href="([^"]+)"', answer.text)
    assert beside is not None
    path = "/reports" if page == "home" else PAGES[page]
    assert unescape(beside[1]) == f"/api{path}"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_log_that_is_made_up_says_so_first_and_no_other_does(client, shelf, page):
    true = client.get(PAGES[page]).text
    shelf.synthetic = True
    made_up = client.get(PAGES[page]).text

    html5lib.HTMLParser(strict=True).parse(made_up)
    words = re.sub(r"<head>.*?</head>|<[^>]+>", " ", made_up, flags=re.DOTALL).split()
    assert " ".join(words[4:9]) == "Made up. Nothing here happened"
    assert "<title>Made up: " in made_up
    assert "made up" not in true.lower()


def test_a_printed_sheet_and_an_error_of_a_log_that_is_made_up_say_so_too(client, shelf):
    assert "Made up" not in client.get("/print.css?of=/").text
    shelf.synthetic = True

    assert (
        'content: "Made up: nothing on this sheet happened"' in client.get("/print.css?of=/").text
    )
    assert "Nothing here happened" in client.get("/no-such-page").text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_no_script_and_takes_nothing_from_elsewhere(client, page):
    answer = client.get(PAGES[page])

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", answer.text)
    assert not re.search(r"<(?:link|img)[^>]+(?:href|src)=\"https?:", answer.text)


def test_every_link_keeps_the_two_dates(client):
    for address in PAGES.values():
        mark = "&" if "?" in address else "?"
        text = client.get(f"{address}{mark}known_at=41&effective_on=2025-07-20").text

        links = re.findall(r'href="(/(?:reports|responses|recommendations)[^"]*)"', text)
        inside = [unescape(one) for one in links if "position" not in one]
        assert inside
        now = address if "?" in address else address.split("?")[0]
        for one in inside:
            assert one == now or "effective_on=2025-07-20" in one, one
            assert one == now or "known_at=" in one, one


def test_a_page_about_the_past_says_so_and_leads_back(client):
    text = said(client, f"{PAGES['response']}?known_at=2025-07-20")

    assert "You are reading the past." in text
    assert "As known at the end of 20 July 2025 (position 57 of the log)" in text
    assert "You are reading the past" not in said(client, PAGES["response"])


def test_a_page_gives_the_address_to_cite_with_its_position(client):
    text = client.get(PAGES["response"]).text

    assert f'href="{PAGES["response"]}?known_at=57&amp;effective_on=2025-11-25"' in text
    assert "This page, as it stands now" in text


def test_a_page_about_the_past_is_not_cited_as_it_stands_now(client):
    text = said(client, f"{PAGES['response']}?known_at=57&effective_on=2025-11-25")

    assert "This page, at these dates" in text
    assert "as it stands now" not in text


def test_the_first_page_counts_duties_by_verdict_and_helps_to_find_a_body(client):
    text = said(client, PAGES["home"])

    assert "Can’t be shown to be in time The days that are known do not show whether" in text
    assert "39 responses owed" in text
    assert "Find your body" in text
    html = client.get(PAGES["home"]).text
    assert '<a href="/responses?verdict=not_shown">4</a>' in html
    assert '<a href="/recommendations?status=open">3</a>' in html


def test_the_empty_first_page_says_what_to_do(client, shelf):
    shelf.overview_.update(reports=0, latest=[], responses={}, recommendations={})

    text = said(client, PAGES["home"])

    assert "Nothing is recorded yet" in text
    assert "answerable import" in text


def test_a_report_has_what_it_asks_first_and_counts_many_responses_by_verdict(client, shelf):
    of = shelf.report_["responses"][0]
    shelf.report_["responses"] = [
        of | {"body": f"body-{n}", "body_name": f"Body {n}", "verdict": "overdue" if n else "late"}
        for n in range(BODY_BY_BODY + 1)
    ]

    page = client.get(PAGES["report"]).text

    assert page.index("recommendations-heading") < page.index("owed-heading")
    assert f"{BODY_BY_BODY + 1} responses: {BODY_BY_BODY} overdue, 1 late." in said(
        client, PAGES["report"]
    )
    assert f'href="/responses?report={REPORT}&verdict=overdue"' in unescape(page)


def test_a_report_says_what_its_day_rests_on_and_lists_bodies_by_name(client):
    text = said(client, PAGES["report"])

    assert "16 May 2025 by the publisher’s own page, of which a copy is held here" in text
    assert "Section 33 of the Police Act 1996" in text
    assert "Overdue by 138 days. Due 10 July 2025. We hold no response." in text
    assert text.index("Cumbria Police, Fire") < text.index("Dorset PCC")


def test_a_recommendation_never_reads_a_claim_as_done(client):
    text = said(client, PAGES["recommendation"])

    assert "Claimed complete" in text
    assert ": complete. A claim is not closure: nobody else has confirmed it here." in text
    assert "stance not stated" in text
    assert "31 March 2026: 126 days ahead." in text
    assert "Moved once; at first 31 December 2025" in text
    assert "1 without a reply, 1 answered" in text


def test_a_claim_told_by_another_says_who_told_it(client, shelf):
    trail = shelf.trails[f"recommendation/{REPORT}/4/{FORCE}"]
    told = next(one for one in trail if one["id"] == entry_id(13))
    told |= {"provenance": "reported", "recorded_by": f"{PFCC}/clerk-2"}

    text = said(client, PAGES["recommendation"])

    assert "The force’s word Cumbria Constabulary, as reported by Cumbria Police, Fire" in text
    assert "Claim by Cumbria Constabulary, as reported by Cumbria Police, Fire" in text

    told |= {"provenance": "first_hand", "recorded_by": f"{FORCE}/audit"}
    text = said(client, PAGES["recommendation"])

    assert "The force’s word Cumbria Constabulary: complete" in text


@pytest.mark.parametrize("undone", [True, False])
def test_what_bettered_a_verdict_is_said_to_be_undone_where_it_is(client, shelf, undone):
    was = {"verdict": "late", "days": 4, "at_least": False}
    shelf.response_["improved_later"] = [
        {
            "entry": entry_id(8 if undone else 9),
            "type": "entry-corrected",
            "recorded_at": "2025-11-20T10:00:00.000000Z",
            "from": was,
            "to": was | {"verdict": "in_time", "days": None},
        }
    ]

    text = said(client, PAGES["response"])

    told = "Corrected here on 20 November 2025; until then it read “Late by 4 days”."
    assert told in text
    assert (f"{told} That entry was set aside since." in text) == undone


def test_a_target_of_a_day_that_is_over_says_neither_passed_nor_ahead_nor_met(client, shelf):
    shelf.recommendation_["target"].update(standing="over", days=None)
    shelf.recommendation_["claim"]["since"] = None

    text = said(client, PAGES["recommendation"])

    assert "31 March 2026. It may have been done by then: the days are not exactly known." in text


def test_a_target_that_passed_says_that_no_closure_and_no_claim_is_recorded(client, shelf):
    shelf.recommendation_.update(status="open", claim=None)
    shelf.recommendation_["target"].update(standing="passed", days=30)

    text = said(client, PAGES["recommendation"])

    assert "31 March 2026, 30 days ago. No closure and no claim of completion stands." in text
    assert "The force’s word an update, and no claim in it" in text


def test_a_closure_told_by_another_says_who_told_it_and_from_what(client, shelf):
    shelf.recommendation_["status"] = "closed"
    shelf.recommendation_["closed"] = {
        "entry": entry_id(14),
        "by": "hmicfrs",
        "by_name": "HMICFRS",
        "provenance": "reported",
        "on": "2026-03-03",
        "recorded_by": f"{PFCC}/clerk-2",
        "reported_by_name": NAMES[PFCC],
        "source_note": "letter of 3 March",
    }

    assert (
        "Closed by HMICFRS on 3 March 2026, as reported by Cumbria Police, Fire and Crime "
        "Commissioner from “letter of 3 March”."
    ) in said(client, PAGES["recommendation"])


def test_the_trail_shows_both_dates_of_each_entry_and_what_became_of_it(client):
    text = said(client, PAGES["recommendation"])

    assert "11 July 2025 10 July 2025 Cumbria Police, Fire and Crime Commissioner answered" in text
    assert "recorded 22 days after" in text
    assert (
        "The day on which it happened: 11 July 2025 10 July 2025, corrected on 3 October 2025, "
        "11:00 by Cumbria Police, Fire and Crime Commissioner"
    ) in text
    assert "HMICFRS closed it" in text
    assert "Set aside" in text
    assert "as reported by Cumbria Police, Fire and Crime Commissioner" in text
    assert "from “letter of 3 March”" in text


def test_a_held_text_says_by_whom_and_since_when(client):
    text = said(client, PAGES["recommendation"])

    assert (
        "Question: held by Cumbria Police, Fire and Crime Commissioner since 1 August 2025, and "
        "not open to the public."
    ) in text


def test_a_response_shows_the_publication_beside_the_verdict_and_its_working(client):
    text = said(client, PAGES["response"])

    assert "Late by 4 days" in text
    assert "4 days late, on the body’s own word, entered 22 days later." in text
    assert "16 May 2025 is day 1, 10 July 2025 is day 56." in text
    assert "4 of 4 recommendations, at least 3 by the last day, 1 in general terms only" in text
    assert "the report’s own list is not recorded here" in text
    assert "The chief officer’s comments were received, and are not among" in text
    assert "Rests on entry 21" in text


def test_where_nothing_is_recorded_no_record_is_held(client, shelf):
    shelf.response_.update(
        statements=[], published_on=None, verdict="not_shown", days=None, headline="Not shown."
    )
    shelf.response_["bases"] = {"trigger": "stated", "published": None}
    shelf.response_["recommendations"][0]["statements"] = []

    text = said(client, PAGES["response"])

    assert "Response published we hold no response" in text
    assert "We hold no published response." in text
    assert "Not shown" in text


def test_a_case_or_a_slash_too_many_leads_on_and_a_near_name_is_offered(client):
    answer = client.get(f"/Bodies/{PFCC.upper()}/?known_at=41")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/bodies/{PFCC}?known_at=41")

    text = said(client, "/bodies/cumbria-pfc", 404)
    assert "Perhaps you meant: Cumbria Police, Fire and Crime Commissioner" in text
    assert f"Perhaps you meant: {TITLE}" in said(client, "/reports/hmicfrs-oic", 404)
    assert "Perhaps" not in said(client, "/nowhere", 404)


def test_days_are_numbered_where_the_working_numbers_them_and_a_month_is_not_drawn(client, shelf):
    shelf.response_["due_on"] = "2025-08-25"  # counted in working days, say
    assert "the last day is 25 August 2025. It was" in client.get(PAGES["response"]).text

    shelf.response_["trigger_on"] = "2025-05"
    assert "deadline-title" not in client.get(PAGES["response"]).text


def test_a_response_is_drawn_and_says_what_would_settle_it(client, shelf):
    text = client.get(PAGES["response"]).text

    assert "the last day is 10 July 2025, day 56. It was published on 14 July 2025.</title>" in text
    assert "What would settle it" not in text

    shelf.response_.update(verdict="not_shown", days=None, published_on="2025-07")
    shelf.response_["between"] = {"lo": "2025-07-01", "hi": "2025-07-31"}
    text = said(client, PAGES["response"])

    assert "It was published between 1 July 2025 and 31 July 2025." in text
    assert "published somewhere here" in text
    assert "What would settle it: a copy of the response that was taken on 10 July 2025 or" in text


def test_what_may_have_been_published_after_the_day_asked_is_not_said_to_have_been(client, shelf):
    shelf.response_.update(verdict="due", days=3, published_on=None)
    shelf.response_["between"] = {"lo": "2025-07-01", "hi": "2025-12-31"}

    assert "It may have been published from 1 July 2025 on." in said(client, PAGES["response"])


def test_what_is_not_recorded_and_what_was_not_known_then_are_pages(client):
    assert "No report “none” is recorded." in said(client, "/reports/none", 404)
    text = said(client, f"{PAGES['recommendation']}?known_at=1", 404)
    assert "not known at position 1" in text
    assert "Ask the same as known now" in text
    assert "There is no page at this address." in said(client, "/nowhere", 404)


def test_dates_that_cannot_be_read_are_a_page_with_the_form_to_mend_them(client, monkeypatch):
    def unfit(*_):
        raise Unfit("“zzz” is no day.")

    monkeypatch.setattr(Shelf, "at", unfit)

    text = said(client, "/?known_at=zzz", 422)

    assert "These dates cannot be read “zzz” is no day." in text
    assert "As it stood at the end of" in text


def test_a_fault_of_ours_is_a_page(client, shelf, monkeypatch):
    monkeypatch.setattr(Shelf, "overview", lambda *_: 1 / 0)

    assert "Something went wrong" in said(client, "/", 500)


def test_an_unreachable_log_is_a_page(client, monkeypatch):
    def unreachable(*_):
        raise LogUnreachable("The database did not answer.")

    monkeypatch.setattr(Shelf, "overview", unreachable)

    assert "The database did not answer." in said(client, "/", 503)


def test_a_working_leads_to_the_entries_on_the_page_or_to_their_own_pages(client):
    text = client.get(PAGES["response"]).text

    assert f'href="#entry-{entry_id(21)}"' in text
    assert f'href="/entries/{entry_id(8)}"' in text


@pytest.mark.parametrize("page", PAGES)
def test_nothing_on_a_page_leads_to_data_but_what_says_so(client, page):
    text = client.get(PAGES[page]).text

    for link, label in re.findall(r'<a ([^>]*href="/api/[^"]*"[^>]*)>(.*?)</a>', text, re.DOTALL):
        if link.endswith(" download"):  # a file, by its kind
            assert re.match(r"(ODS|XLSX|CSV|JSON|ZIP)\b", label), label
            continue
        assert 'type="application/json"' in link or 'type="text/plain"' in link, link
        assert "data" in label or "/api/" in label or "Opens" in link, label
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

    assert 'content: "https://answerable.example/x\\000022\\00003b\\00007d' in said
    assert "</style" not in said
    assert 'counter(page) " of " counter(pages)' in said


@pytest.mark.parametrize("given", ["16/07/2025", "16 July 2025", "16%20Jul%202025"])
def test_a_day_is_taken_as_people_write_it(client, given):
    answer = client.get(f"{PAGES['response']}?known_at={given}")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PAGES['response']}?known_at=2025-07-16"


# The seal


SEAL = Sealing(55, bytes(32), "log.example\n", datetime(2025, 11, 25, 9, 30, tzinfo=UTC))


def test_a_page_states_how_far_the_log_is_sealed_and_that_nobody_else_answers_for_it(client, shelf):
    assert "Nothing of this log is sealed yet." in said(client, PAGES["recommendation"])

    shelf.seal = SEAL

    assert (
        "Sealed up to entry 55 on 25 November 2025, 09:30. "
        "No outside witness has signed yet." in said(client, PAGES["recommendation"])
    )


def test_a_trail_leads_to_the_receipts_of_entries_that_are_sealed(client, shelf):
    positions = [one["position"] for one in shelf.trails[STREAMS[0]]]
    shelf.seal = replace(SEAL, size=positions[0])

    text = client.get(PAGES["recommendation"]).text

    assert text.count("/receipt") == 1
    assert text.count("not sealed yet") == len(positions) - 1


@pytest.mark.parametrize("root", ["", "/ledger"])
def test_a_link_without_parts_is_made_as_flask_makes_it(bare, root):
    """Its own way is shorter, for a table has hundreds of links."""
    asked: dict[str, Any] = {
        "q": "a&b=c d/é;'(x)!*,@:?%+",
        "year": None,
        "status": ["open", "closed"],
        "n": 7,
    }
    whole = [
        rule.endpoint.removeprefix("pages.")
        for rule in bare.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and not rule.arguments
    ]
    assert "compliance" in whole
    day = "/?effective_on=2026-07-16&known_at=12"
    with bare.test_request_context(day, base_url=f"https://answerable.example{root}"):
        for page in whole:
            found = addresses.link(page, **asked)

            there = {"known_at": "12", "effective_on": "2026-07-16"}
            assert found == url_for(f"pages.{page}", **asked | there)
            assert found.startswith(f"{root}/")
