"""The pages of lists, over a log in which every act happened. They are sound, have the figures of
the JSON beside them, and say at its field what is wrong with a filter."""

import json
import re
from html import unescape
from typing import get_args
from urllib.parse import urlencode

import html5lib
import pytest

from ledger.states.recommendation import Status
from projections.verdict.compliance import VERDICTS
from tests.api.site import FORCE, PFCC, Site
from tests.conftest import cells, some
from tests.projections.test_paging import paged

PANEL = "cumbria-police-fire-and-crime-panel"
ADDRESSES = (
    "/reports",
    "/recommendations",
    "/responses",
    "/compliance",
    "/compliance?group_by=year",
    "/compliance?group_by=kind",
    "/meetings",
    "/search?q=spring",
    "/search",
    "/late-entries?late_by=14",
    "/help",
)


@pytest.fixture(scope="module")
def site(lived_site: Site) -> Site:
    lived_site.catch_up()
    return lived_site


def name(site: Site, body: str) -> str:
    """Return the name of a body in the register."""
    bodies = site.anybody.reads("/api/bodies")["items"]
    found: str = next(one["name"] for one in bodies if one["id"] == body)
    return found


def read(site: Site, address: str, status: int = 200) -> str:
    """Return a page, after a strict parser has read it."""
    answer = site.anybody.get(address)
    assert answer.status_code == status, address
    return sound(answer.text)


def sound(html: str) -> str:
    html5lib.HTMLParser(strict=True).parse(html)
    return html


def said(html: str) -> str:
    """Return the words of a page without its markup."""
    words = re.sub(r"<head>.*?</head>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r" ([,.:;)”])", r"\1", " ".join(unescape(words).split()))


def links(html: str, to: str) -> list[str]:
    """Return the addresses of links that lead to a page."""
    return [unescape(one) for one in re.findall(rf'href="({to}[?][^"]*)"', html)]


@pytest.mark.sampled
@pytest.mark.parametrize(("address", "dates"), cells(ADDRESSES, ("", "known_at=500"), 3))
def test_a_page_is_sound_is_not_kept_and_leads_to_json_that_answers(site, address, dates):
    mark = "&" if "?" in address else "?"
    asked = f"{address}{mark}{dates}" if dates else address
    answer = site.anybody.get(asked)
    html = sound(answer.text)

    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", html)
    beside = re.search(r'rel="alternate" type="application/json" href="([^"]+)"', html)
    assert (beside is None) is (address == "/search")  # nothing is looked for yet
    assert beside is None or site.anybody.get(unescape(beside[1])).status_code == 200
    inside = [one for one in re.findall(r'href="(/[a-z][^"]*)"', html) if "/assets/" not in one]
    for link in inside:
        own = re.match(r"/(log|print|feeds|api|docs)|/[^?]*#", link)
        assert not dates or own or "known_at=" in link or link == address, link


@pytest.fixture(scope="module")
def followed() -> set[str]:
    """Links that led somewhere: many pages have them."""
    return set()


@pytest.mark.sampled
@pytest.mark.parametrize("address", some(ADDRESSES, 3))
def test_every_link_of_a_page_leads_somewhere(site, followed, address):
    html = site.anybody.get(address).text

    addresses = {unescape(one) for one in re.findall(r'href="(/[^"#]*)', html)}
    for one in some(sorted(addresses - {""} - followed), 3):
        assert site.anybody.get(one).status_code in (200, 302), one
        followed.add(one)


# The same figures as the API's


@pytest.mark.sampled
@pytest.mark.parametrize("group_by", ["body", "kind", "year"])
def test_each_number_of_compliance_leads_to_so_many_responses(site, group_by):
    html = read(site, f"/compliance?group_by={group_by}")
    total = site.anybody.reads("/api/compliance", group_by=group_by)["total"]["responses"]

    table = html[html.index("<tbody>") : html.index("</tbody>")]
    numbers = re.findall(r'<a href="(/responses[?][^"]*)"[^>]*>([0-9,]+)<', table)
    assert sum(int(number) for _, number in numbers) == total > 0
    for address, number in some(numbers, 3):
        listed = said(read(site, unescape(address)))
        assert f"{number} response" in listed, address


@pytest.mark.parametrize("name", ["recommendations", "responses", "reports", "meetings"])
def test_the_first_page_and_the_next_are_the_whole_list(site, name):
    open_first = {"sort": "open"} if name in ("recommendations", "responses") else {}
    items = paged(site, f"/api/{name}", 7, **open_first)
    whole = [one["links"]["page"].partition("?")[0] for one in items]
    address, found = f"/{name}?limit=9", []
    while address:
        html = read(site, address)
        listed = html[html.index("<h1>") : html.index("</main>")]
        found += re.findall(rf'href="(/{name}/[^"?]+)', listed)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        assert ("First page" in html) is ("after=" in address)
        address = unescape(following[1]) if following else ""

    assert found == whole


@pytest.mark.parametrize("name", ["recommendations", "responses"])
def test_a_list_begins_with_what_is_open_and_says_how_many_others_there_are(site, name):
    html = read(site, f"/{name}?body={PFCC}")

    says = re.findall(r'<a href="([^"]*finished=(no|yes)[^"]*)">([0-9,]+) ', html)
    assert [finished for _, finished, _ in says] == ["no", "yes"]
    items = site.anybody.reads(f"/api/{name}", body=PFCC, sort="open", limit=500)["items"]
    sides = []
    for address, finished, many in says:
        these = site.anybody.reads(f"/api/{name}", body=PFCC, finished=finished, limit=500)
        assert said(read(site, unescape(address))).count(f" {many} {name[:-1]}") >= 1, address
        assert len(these["items"]) == int(many)
        sides += these["items"]
    assert [one["links"] for one in items] == [one["links"] for one in sides]


@pytest.mark.parametrize("address", ["/reports", "/recommendations", "/responses", "/meetings"])
def test_the_data_of_a_list_have_the_order_of_its_page(site, address):
    html = read(site, address)
    orders = re.findall(r'<a href="([^"]*[?&]sort=[^"]*)">', html)
    assert orders
    for one in (html, *(read(site, unescape(order)) for order in orders)):
        found = re.search(r'<link rel="alternate" type="application/json" href="([^"]*)"', one)
        assert found is not None
        items = json.loads(site.anybody.get(unescape(found[1])).text)["items"]
        places = [one.index(f'href="{each["links"]["page"]}"') for each in items[:10]]
        assert places == sorted(places), found[1]


# Filters, in words


def test_chosen_filters_stand_in_words_and_each_can_be_taken_away(site):
    html = read(site, f"/recommendations?body={PFCC}&status=open&target=none&limit=7")

    text = said(html)
    assert f"Body: {name(site, PFCC)} remove" in text
    assert "Standing: Open remove" in text
    assert "Target: None is recorded, or to be confirmed again remove" in text
    without = [one for one in links(html, "/recommendations") if "known_at" not in one]
    assert "/recommendations?status=open&target=none&limit=7" in without
    assert f"/recommendations?body={PFCC}&target=none&limit=7" in without
    assert f'<option value="{PFCC}" selected>' in html
    assert '<option value="open" selected>' in html


def test_a_filter_that_comes_with_a_link_stays_with_the_form_and_can_be_taken_away(site):
    report = site.anybody.reads("/api/reports")["items"][0]
    html = read(site, f"/responses?report={report['report']}&responder={PFCC}")

    assert f'<input type="hidden" name="responder" value="{PFCC}">' in html
    assert f"Report: {report['title']} remove" in said(html)
    assert f"/responses?report={report['report']}" in links(html, "/responses")


def test_the_empty_fields_of_a_form_are_left_out_of_the_address(site):
    answer = site.anybody.get("/recommendations?body=&status=open&year=&q=")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/recommendations?status=open"


@pytest.mark.parametrize(
    ("address", "field", "says"),
    [
        ("/recommendations?kind=peel", "kind", "“peel” is none of these: choose one."),
        ("/recommendations?year=25", "year", "Give a year in four digits, such as 2025."),
        ("/recommendations?body=cumbria-pcc", "body", "Near it: "),
        ("/recommendations?q=the", "q", "has no word that could be looked for"),
        ("/search?q=the", "q", "has no word that could be looked for"),
        ("/responses?verdict=lost", "verdict", "“lost” is none of these"),
        ("/reports?publisher=hmicfsr", "publisher", "is not in the register"),
        ("/compliance?group_by=age", "group_by", "“age” is none of these"),
        ("/meetings?panel=cumbria-panel", "panel", "is not in the register"),
        ("/late-entries?late_by=soon", "late_by", "Give a whole number"),
        ("/late-entries?late_by=9&since=zzz", "since", "zzz"),
        ("/late-entries?late_by=9&type=lost", "type", "No event is of type “lost”"),
    ],
)
def test_a_filter_that_can_be_nothing_is_said_at_its_field(site, address, field, says):
    html = read(site, address, 422)

    assert says in said(html)
    assert f'<li><a href="#{field}">' in html
    assert f'id="{field}_wrong"' in html
    assert re.search(rf'<(?:select|input) id="{field}"[^>]*aria-invalid="true"', html)
    assert "<title>Error: " in html


def test_two_filters_that_can_be_nothing_are_both_told(site):
    text = said(read(site, "/recommendations?kind=x&body=cumbria-pcc", 422))

    assert "“x” is none of these" in text
    assert "“cumbria-pcc” is not in the register" in text


def test_an_unknown_filter_is_a_page_that_says_so(site):
    assert "“verdct” is not asked here" in said(read(site, "/responses?verdct=late", 422))
    assert "is no cursor" in said(read(site, "/responses?after=a", 422))


def test_where_nothing_fits_a_sentence_says_what_that_means(site):
    text = said(read(site, "/responses?verdict=late&body=kent-pcc&year=1999"))
    assert "No response that is recorded here fits these filters together." in text
    assert "Show all" in text
    assert "No report was known then." in said(read(site, "/reports?known_at=1"))
    words = said(read(site, "/recommendations?q=zeppelins"))
    assert "has this word. Try fewer, or another form of one." in words
    assert "Nothing recorded here has this word" in said(read(site, "/search?q=zeppelins"))


# The search


def test_an_area_is_found_by_the_beginning_of_its_name(site):
    text = said(read(site, "/search?q=cumb"))

    assert f"{name(site, PFCC)} local policing body" in text
    assert f"{name(site, FORCE)} police force" in text
    assert "Dorset" not in text


def test_the_api_finds_what_the_page_finds(site):
    found = site.anybody.reads("/api/search", q="spring")
    html = read(site, "/search?q=spring")

    assert found["recommendations"]
    for one in (*found["bodies"], *found["reports"], *found["recommendations"]):
        assert one["links"]["page"] in html
    assert ("All recommendations with this word" in html) is found["more"]["recommendations"]
    assert site.anybody.get("/api/search").status_code == 422


# Meetings


def test_meetings_say_what_was_there_and_lead_to_each(new_site):
    with new_site() as site:
        report = site.publish()
        reviewed = {"report": report.reference, "number": "2", "addressee": FORCE}
        for day in ("2025-09-11", "2025-10-16"):
            review = {"recommendation": reviewed, "outcome": "Noted.", "occurred_on": day}
            site.panel.records(f"/api/meetings/{PANEL}/{day}/reviews", review)
        site.panel.records(f"/api/meetings/{PANEL}/2025-10-16/held", {})
        paper = {"title": "Responses", "known_at": 9, "effective_on": "2017-01-02"}
        site.panel.records(
            f"/api/meetings/{PANEL}/2026-01-15/papers", paper | {"occurred_on": "2025-11-20"}
        )
        site.catch_up()
        html = read(site, f"/meetings?panel={PANEL}")
        text = said(html)

        days = re.findall(rf'href="/meetings/{PANEL}/([0-9-]+)"', html)
        assert days == ["2026-01-15", "2025-10-16", "2025-09-11"]
        assert "To come 15 January 2026: Cumbria Police, Fire and Crime Panel 1 paper." in text
        assert (
            "16 October 2025: Cumbria Police, Fire and Crime Panel 1 recommendation reviewed"
            in text
        )
        assert text.count("We hold no record that it took place.") == 1

        one = read(site, f"/meetings/{PANEL}/2025-10-16")
        assert "Previous: 11 September 2025. Next: 15 January 2026." in said(one)
        assert "Of 1 recommendation reviewed, 1 is still open." in said(one)
        site.hmicfrs.act(
            f"{report.recommendation}/closures", {"reason": "Seen.", "occurred_on": None}
        )
        site.catch_up()
        closed = said(read(site, f"/meetings/{PANEL}/2025-10-16"))
        assert "Of 1 recommendation reviewed, none is still open." in closed
        assert "Now: Closed by HMICFRS, day not known." in closed


# Entries made late


def test_entries_made_late_are_those_of_the_api_and_lead_to_their_pages(site):
    found = paged(site, "/api/entries", 100, late_by=30)
    oldest = [one["id"] for one in found]

    assert late(site, sort="oldest") == oldest
    assert late(site, sort="newest") == oldest[::-1]
    assert sorted(late(site)) == sorted(oldest)
    assert f"{len(oldest)} entries" in (text := said(read(site, "/late-entries?late_by=30")))
    assert "recorded more than 30 days after" in text


@pytest.mark.parametrize(
    ("sort", "key"),
    [("longest", lambda one: -one["days_late"]), ("office", lambda one: one["office"])],
)
def test_entries_made_late_are_sorted_on_the_page_as_in_the_file(site, sort, key):
    file = site.anybody.get("/api/late-entries.jsonl", late_by=30, sort=sort).text.splitlines()
    rows = [json.loads(line) for line in file]

    assert len({key(one) for one in rows}) > 1
    assert rows == sorted(rows, key=key)
    assert late(site, sort=sort) == [one["entry"] for one in rows]


def late(site, **asked):
    """The entries of the whole list, page by page."""
    address, found = f"/late-entries?{urlencode({'late_by': 30, 'limit': 7, **asked})}", []
    while address:
        html = read(site, address)
        found += re.findall(r'href="/entries/([^"?]+)"', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address = unescape(following[1]) if following else ""
    return found


def test_entries_made_late_are_asked_of_a_body_since_a_day(site):
    day = site.anybody.reads("/api/entries", late_by=1)["items"][3]["time"][:10]
    asked = {"late_by": 1, "body": PFCC, "since": day}
    found = site.anybody.reads("/api/entries", **asked)

    answer = site.anybody.get("/late-entries", **asked, sort="oldest")

    ids = re.findall(r'href="/entries/([^"?]+)"', answer.text)
    assert ids == [one["id"] for one in found["items"]]
    assert {one["time"][:10] > day for one in found["items"]} <= {True}
    british = f"{day[8:]}/{day[5:7]}/{day[:4]}"
    asked |= {"since": british}
    assert f"since={day}" in site.anybody.get("/late-entries", **asked).headers["Location"]


def test_the_page_asks_for_fourteen_days_by_default(site):
    assert site.anybody.get("/late-entries").headers["Location"] == "/late-entries?late_by=14"


# Help


def test_help_counts_as_the_rules_of_the_log_do_and_names_every_verdict_and_standing(site):
    text = said(read(site, "/help"))

    assert "16 May 2025 is day 1, 10 July 2025 is day 56." in text
    for rule in site.anybody.reads("/api/rules")["items"]:
        assert rule["id"] in text
    html = read(site, "/help")
    for verdict in VERDICTS:
        assert f'href="/responses?verdict={verdict}"' in html
    for status in get_args(Status):
        assert f'href="/recommendations?status={status}"' in html


# Which lists it was compared with


def test_compliance_says_that_it_was_not_compared_until_it_was(new_site):
    with new_site() as site:
        site.publish()
        site.catch_up()
        assert "Not compared with HMICFRS’s list of reports" in said(read(site, "/compliance"))
