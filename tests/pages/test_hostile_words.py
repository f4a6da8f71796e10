"""Nobody's words become markup, and only addresses of the web become links."""

import re

import html5lib
import pytest

from tests.pages.answers import PAGES, STREAMS

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"


def test_nobodys_words_become_markup(client, shelf):
    shelf.report_.update(title=ATTACK, key_findings=ATTACK, cites=ATTACK, publisher_name=ATTACK)
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
