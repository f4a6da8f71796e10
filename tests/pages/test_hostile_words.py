"""Words that somebody recorded never become markup. Only addresses of the web become links."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import html5lib
import pytest

from api.reading.texts import web_address
from ledger.postgres.embedded import Running
from tests.api import site as sites
from tests.api.conftest import a_site
from tests.api.founding import FEW_BODIES, founded
from tests.api.site import FORCE, NOTE, PFCC, Site
from tests.pages.recorded import PAGES, Recorder

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7777 * 7777 }}"
LISTS = ("/reports", "/recommendations", "/responses", "/bodies", "/reports?body=%3Cscript%3E")


@contextmanager
def site_of(postgres: Running, say: Callable[[str], str]) -> Iterator[Site]:
    """Record the site of the pages with other words, also for the bodies' names."""
    with (
        a_site(postgres, founded(postgres, FEW_BODIES)) as opened,
        sites.by_its_clock(opened) as site,
    ):
        Recorder(site, say).record()
        for body in (PFCC, FORCE, "hmicfrs"):
            said = {"id": body, "name": say(body), "occurred_on": None, "source": NOTE}
            site.admin.act("/api/bodies/changes", said)
        yield site


def test_nobodys_words_become_markup(postgres):
    with site_of(postgres, lambda words: ATTACK + words) as site:
        client = site.app.test_client()
        for address in (*PAGES.values(), *LISTS, "/?known_at=%22%3E%3Cscript%3E"):
            answer = client.get(address)
            html5lib.HTMLParser(strict=True).parse(answer.text)
            assert "<script" not in answer.text
            assert "<img" not in answer.text
            assert "60481729" not in answer.text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "ht tp://x"]
)
def test_only_addresses_of_the_web_are_linked(url):
    assert web_address(url) is None


REORDERS = "\u202e\u05d0\u05d1 \u2069\u2067gnp.5202 yaM 61"
"""Turned round, ended and begun: a title that would write another day beside itself."""


@pytest.fixture(scope="module")
def turned(postgres: Running) -> Iterator[Site]:
    """Yield a site in which every word of others begins by turning round what comes after it."""
    with site_of(postgres, lambda words: REORDERS + words) as site:
        yield site


@pytest.mark.parametrize(
    "address", [*(PAGES[page] for page in PAGES if page != "meeting of nothing"), *LISTS[:3]]
)
def test_words_of_others_reorder_nothing_that_stands_beside_them(turned, address):
    with sites.by_its_clock(turned):
        answer = turned.app.test_client().get(address)

    document = html5lib.HTMLParser(strict=True).parse(answer.text)
    parents = {inner: outer for outer in document.iter() for inner in outer}
    met = 0
    for element in document.iter():
        assert not any("\u202e" in value for value in element.attrib.values()), element.attrib
        for text, within in ((element.text, element), (element.tail, parents.get(element))):
            if not text or "\u202e" not in text:
                continue
            met += 1
            around = [within]
            while around[-1] in parents:
                around.append(parents[around[-1]])
            tags = {str(one.tag).rpartition("}")[2] for one in around if one is not None}
            assert tags & {"bdi", "title", "option"}, (text, tags)
            assert isolates_are_closed(text, outside="bdi" not in tags)
    assert met


def isolates_are_closed(text, outside):
    """Return whether every isolate that begins ends. If no element isolates the text, everything
    that turns its direction has to be within one."""
    depth = 0
    for ch in text:
        depth += (ch in "\u2066\u2067\u2068") - (ch == "\u2069")
        if depth < 0 or (outside and ch == "\u202e" and not depth):
            return False
    return depth == 0


def test_forms_show_the_question_of_an_address_as_it_was_asked(client):
    answer = client.get(PAGES["changes"].replace("2025-06-14", "%E2%80%AE2025"))

    assert 'value="\u202e2025"' in answer.text


def test_words_that_turn_nothing_are_printed_as_they_are(new_site):
    report = new_site.publish(title="Adroddiad – “Éirí” ΑΒΓ \U0001f46e")

    text = new_site.anybody.get(f"/reports/{report.reference}").text

    assert "<h1>Adroddiad – “Éirí” ΑΒΓ \U0001f46e</h1>" in text
    assert "<bdi>" not in text
