"""The reference of the API for people, and Swagger UI under our own policy."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.api.town import Town
from tests.conftest import served, some, whole

KINDS = ("schemas", "responses", "parameters")


@pytest.fixture(scope="module")
def site(shared_town: Town) -> Iterator[str]:
    with served(make_server("127.0.0.1", 0, shared_town.app, threaded=True)) as address:
        yield address


def test_every_operation_is_listed_with_what_it_does_and_has_a_page(town):
    listed = town.anybody.get("/docs").text
    for path, item in town.anybody.reads("/openapi.json")["paths"].items():
        for method, said in item.items():
            assert f'href="/docs/{said["operationId"]}"' in listed
            assert f"{method.upper()} {path}" in listed
            page = unescape(town.anybody.get(f"/docs/{said['operationId']}").text)
            assert said["summary"].replace("`", "") in re.sub("</?code>", "", page)
            assert all(f"<code>{one['name']}</code>" in page for one in said["parameters"])
            assert all(
                f"<dt>{status}</dt>" in page for status in said["responses"] if status.isdigit()
            )


def test_every_schema_that_a_page_leads_to_is_there(town):
    waiting, seen = ["/docs/receiveUpdate", "/docs/getResponse", "/docs/getEntry"], set()
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            page = town.anybody.get(address)
            assert page.status_code == 200, address
            waiting += re.findall(r'href="(/docs/[A-Z]\w*)"', page.text)
    assert len(seen) > 100
    assert town.anybody.get("/docs/nothing-here").status_code == 404


def test_a_page_says_who_may_and_what_is_sent_by_example(town):
    page = unescape(town.anybody.get("/docs/receiveUpdate").text)

    assert "A token with the scope “record”." in page
    assert '"text": "By 31 March 2026, review each use of force."' in page
    assert "Anybody; a token opens office texts" in unescape(
        town.anybody.get("/docs/getReport").text
    )


UPDATES = "/api/recommendations/{report}/{number}/{addressee}/updates"


def part_of(text: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The text with these paths alone, and what they refer to."""
    part = text | {"paths": {path: text["paths"][path] for path in paths}}
    left, parts = [json.dumps(part["paths"])], defaultdict[str, dict[str, Any]](dict)
    while left:
        for kind, name in re.findall('"#/components/(.*?)/(.*?)"', left.pop()):
            if name not in parts[kind]:
                parts[kind][name] = text["components"][kind][name]
                left.append(json.dumps(parts[kind][name]))
    return part | {"components": text["components"] | {kind: {} for kind in KINDS} | parts}


@pytest.mark.sampled
def test_swagger_ui_is_drawn_by_scripts_of_its_package_alone(site, town, browser: Browser):
    """Of all paths in `make soak`, else of a few: it reads 700 kB for as
    long as it draws."""
    text = town.anybody.reads("/openapi.json")
    drawn = text if whole() else part_of(text, {UPDATES, *some(text["paths"], 30)})
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        page.route(f"{site}/openapi.json", lambda route: route.fulfill(json=drawn))
        answer = page.goto(f"{site}/docs/try")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        page.get_by_text(UPDATES).wait_for(timeout=60_000)
    finally:
        page.close()
    assert "script-src 'self';" in policy
    assert said == []
