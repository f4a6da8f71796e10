"""Nobody's words become markup, and only addresses of the web become links."""

import re

import html5lib
import pytest

from tests.pages.answers import PAGES, STREAMS

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"


def test_nobodys_words_become_markup(client, shelf):
    shelf.report_.update(title=ATTACK, key_findings=ATTACK, cites=ATTACK)
    shelf.report_["publishers"] = [{"id": "hmicfrs", "name": ATTACK}]
    shelf.overview_["latest"][0]["title"] = ATTACK
    shelf.overview_["bodies"][0]["name"] = ATTACK
    for one in (shelf.recommendation_, shelf.response_):
        one["report_title"] = ATTACK
    shelf.recommendation_.update(text=ATTACK, addressee_name=ATTACK, partners=[ATTACK])
    shelf.response_["statements"][0]["text"] = ATTACK
    for step in [*shelf.trails[STREAMS[0]], *shelf.trails[STREAMS[1]]]:
        step["by_name"] = ATTACK
        for path in step["texts"]:
            step["texts"][path] = {"text": ATTACK}

    for address in (*PAGES.values(), "/reports?body=%3Cscript%3E", "/?known_at=%22%3E%3Cscript%3E"):
        answer = client.get(address)
        html5lib.HTMLParser(strict=True).parse(answer.text)
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert "49" not in re.sub(r"v=[0-9a-f]+", "", answer.text)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "ht tp://x"]
)
def test_only_addresses_of_the_web_are_linked(client, shelf, url):
    shelf.report_["same_as"] = [url]
    shelf.response_["statements"][0]["url"] = url
    shelf.trails[STREAMS[0]][0]["source"]["url"] = url
    shelf.trails[STREAMS[1]][1]["data"]["url"] = url

    for page in ("report", "recommendation", "response"):
        assert f'href="{url}"' not in client.get(PAGES[page]).text


REORDERS = "\u202e\u05d0\u05d1 \u2069\u2067gnp.5202 yaM 61"
"""Turned round, ended and begun: a title that would write another day beside itself."""


def hostile(value):
    """The same answer, with every word of others turned round."""
    if isinstance(value, dict):
        return {
            name: REORDERS + inner if name in OTHERS and isinstance(inner, str) else hostile(inner)
            for name, inner in value.items()
        }
    return [hostile(one) for one in value] if isinstance(value, list) else value


OTHERS = {
    *("title", "report_title", "text", "name", "cites", "key_findings", "question", "reason"),
    *("phrase", "as_stated", "publisher_name", "addressee_name", "body_name", "by_name", "of_name"),
    *("panel_name", "recorded_by_name", "source_note", "note", "headline", "was", "now", "salt"),
}


@pytest.mark.parametrize("page", PAGES)
def test_words_of_others_reorder_nothing_that_stands_beside_them(client, shelf, page):
    for name, value in vars(shelf).items():
        if isinstance(value, dict) and name != "as_of":
            setattr(shelf, name, hostile(value))
    shelf.recommendation_["partners"] = [REORDERS]

    answer = client.get(PAGES[page])

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
    """Whether every isolate ends that begins; where no element does it, all that turns the
    direction is within one."""
    depth = 0
    for ch in text:
        depth += (ch in "\u2066\u2067\u2068") - (ch == "\u2069")
        if depth < 0 or (outside and ch == "\u202e" and not depth):
            return False
    return depth == 0


def test_what_an_address_asks_stands_in_forms_as_it_was_asked(client, shelf):
    answer = client.get(PAGES["changes"].replace("2025-10-24", "%E2%80%AE2025"))

    assert 'value="\u202e2025"' in answer.text


def test_words_that_turn_nothing_are_printed_as_they_are(client, shelf):
    shelf.report_["title"] = "Adroddiad – “Éirí” ΑΒΓ \U0001f46e"

    text = client.get(PAGES["report"]).text

    assert "<h1>Adroddiad – “Éirí” ΑΒΓ \U0001f46e</h1>" in text
    assert "<bdi>" not in text
