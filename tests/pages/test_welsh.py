"""The pages below /cy: their frame is Welsh, and they lead to each other."""

import re
from html import unescape
from typing import Any

import html5lib
import pytest
from babel.dates import get_month_names
from babel.messages import Catalog
from babel.messages.mofile import read_mo

from api.reading import language, words
from projections.language import MONTHS
from tests import welsh
from tests.pages.recorded import PAGES
from tests.pages.test_in_browser import COLOURS, LOOKS, UNFOLDED, looked_at, tab  # noqa: F401
from tests.pages.test_pages import said

LISTS = {
    name: f"/{name}"
    for name in (
        "bodies",
        "compliance?group_by=year",
        "late-entries?late_by=0",
        "meetings",
        "recommendations",
        "reports",
        "responses",
        "search?q=Cumbria",
    )
}
READ = PAGES | LISTS
ELSEWHERE = re.compile(r"/(?:api|feeds|assets)/")
OURS = re.compile(r'<(\w+)[^>]* lang="en"[^>]*>.*?</\1>|<[^>]+>', re.DOTALL)
"""Matches elements, with what is in them if they say that they are English."""
FRAME = (
    "Recommendations",
    "See another day",
    "The trail",
    "Download",
    "recorded",
    "published",
    "owed",
    "Filters",
    "on this page",
)
"""English words of frames, none of which is in what others wrote."""


def test_every_sentence_of_the_pages_has_its_welsh_and_nothing_is_left_over():
    now, written = welsh.merged(), welsh.source()

    assert {one.id for one in written} == {one.id for one in now}, "run `python -m tests.welsh`"
    assert welsh.missing(written) == []
    assert written.obsolete == {}
    assert [one.id for one in written if one.fuzzy and one.id] == []


def test_the_placeholders_of_each_sentence_are_those_of_its_welsh():
    found = [
        (one.id, each)
        for one in welsh.source()
        if one.id
        for welsh_of_it in _forms(one.string)
        for each in _placeholders(str(one.id)) ^ _placeholders(welsh_of_it)
        if not (each == "%(number)s" and isinstance(one.id, tuple))  # a form may be the number's
    ]

    assert found == []


def _placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"%\([a-z_]+\)s", sentence)) | set(re.findall(r"<[^>]+>", sentence))


def test_each_sentence_is_marked_for_review():
    assert all(one.user_comments == [welsh.REVIEW] for one in welsh.source() if one.id)


def test_the_compiled_catalogue_is_that_of_the_source():
    with language.CATALOGUE.open("rb") as file:
        compiled = _by_sentence(read_mo(file))

    assert compiled == _by_sentence(welsh.source()), "run python -m tests.welsh"


def _by_sentence(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {_forms(one.id): _forms(one.string) for one in catalogue if one.id}


def _forms(said: Any) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def test_the_months_are_those_of_the_cldr():
    with language.speaking("cy"):
        assert list(MONTHS.values()) == list(get_month_names("wide", locale="cy").values())
        assert words.day("2025-10-24") == "24 Hydref 2025"


def test_a_noun_after_a_number_has_its_form():
    with language.speaking("cy"):
        counted = [words.count(number, "entry", "entries") for number in (1, 2, 3, 5, 6, 1000)]

    assert counted == [
        "1 cofnod", "2 gofnod", "3 chofnod", "5 cofnod", "6 chofnod", "1,000 cofnod"
    ]  # fmt: skip
    assert words.count(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize("page", READ)
def test_a_page_below_cy_is_welsh_and_leads_to_others_there(client, page):
    answer = client.get(f"/cy{READ[page]}")

    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert '<html lang="cy">' in answer.text
    assert '<main id="main" class="wide" tabindex="-1">' in answer.text
    assert answer.headers["Content-Language"] == "cy"
    assert answer.headers["Cache-Control"] == "no-store"
    english = re.findall(r'href="([^"]+)"(?: lang="en")? hreflang="en"', answer.text)
    assert set(map(unescape, english)) == {READ[page]}
    assert f'hreflang="cy" href="{READ[page].replace("/", "/cy/", 1)}"'.replace("&", "&amp;") in (
        answer.text
    )
    links = re.findall(r'<(?:a|form)[^>]* (?:href|action)="(/[^"]*)"([^>]*)', answer.text)
    inside = [one for one, more in links if 'hreflang="en"' not in more]
    assert [one for one in inside if not one.startswith("/cy/") and not ELSEWHERE.match(one)] == []
    assert "Nid yw siaradwr Cymraeg wedi adolygu" in answer.text
    frame = OURS.sub(" ", answer.text)
    assert [word for word in FRAME if re.search(rf"\b{word}\b", frame)] == []


def test_a_verdict_a_standing_and_a_day_are_said_in_welsh(client):
    response = said(client, f"/cy{PAGES['response']}")
    recommendation = said(client, f"/cy{PAGES['life']}")

    assert "Hwyr o 4 diwrnod" in response
    assert "I’w gyhoeddi erbyn 10 Gorffennaf 2025" in response
    assert "Disodlwyd" in recommendation
    assert "Disodlwyd gan Arolygiaeth Cwnstabliaeth a Gwasanaethau Tân" in recommendation
    assert "Targed 31 Mawrth 2026: ymhen 127 diwrnod." in recommendation
    assert "Hwyr o 4 diwrnod, ar air y corff ei hun, a gofnodwyd" in response
    assert "Mae’n cyfrif o 16 Mai 2025; y diwrnod olaf yw 10 Gorffennaf 2025." in response
    assert "days late" not in response
    assert "4 days late" in client.get(f"/api{PAGES['response']}").json["headline"]


def test_the_two_dates_stay_with_the_page_in_the_other_language(client, site):
    dates = f"known_at={site.position}&effective_on=2025-11-23"
    text = client.get(f"/cy{PAGES['response']}?{dates}").text

    english = f'href="{PAGES["response"]}?{dates.replace("&", "&amp;")}" lang="en" hreflang="en"'
    assert text.count(english) == 3  # in the band, the menu and the footer
    assert f'href="/cy/reports?{dates.replace("&", "&amp;")}"' in text
    assert f'href="/cy{PAGES["response"]}?{dates.replace("&", "&amp;")}"' in text
    assert "Rydych yn darllen y gorffennol." in text


@pytest.mark.parametrize("address", ["/help", "/log", "/docs", "/reports/none", "/no-such-page"])
def test_help_the_log_and_refusals_are_english_in_a_welsh_frame_and_say_so(client, address):
    answer = client.get(f"/cy{address}")

    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert '<html lang="cy">' in answer.text
    assert '<main id="main" class="wide" tabindex="-1" lang="en">' in answer.text
    assert "Yn Saesneg y mae’r dudalen hon" in answer.text
    assert ">Adroddiadau</a>" in answer.text
    english = client.get(address).text
    assert _main(answer.text) == _main(english).replace('href="/', 'href="/cy/').replace(
        'href="/cy/api', 'href="/api'
    ).replace('href="/cy/openapi', 'href="/openapi').replace(
        'href="/cy/asyncapi', 'href="/asyncapi'
    )


def _main(page: str) -> str:
    found = re.search(r"<main[^>]*>(.*?)</main>", page, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "address", ["/api/reports", "/feeds/entries.atom", "/healthz", "/log/checkpoint"]
)
def test_what_machines_ask_for_is_not_below_cy(client, address):
    assert client.get(f"/cy{address}").status_code == 404


def test_axe_finds_nothing_on_welsh_pages(tab, address):  # noqa: F811 - the fixture
    for page in ("home", "body", "response", "recommendation"):
        tab.goto(f"{address}/cy{PAGES[page]}")
        tab.evaluate(UNFOLDED)
        for width in (1280, 375):
            tab.set_viewport_size({"width": width, "height": 800})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
        looked_at(tab, [look for look in LOOKS if LOOKS[look] == COLOURS])
