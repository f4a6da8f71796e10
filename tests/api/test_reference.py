"""The reference of the API for people, and trying it from there."""

import re
from html import unescape
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.conftest import examples


def test_every_operation_is_listed_with_what_it_does_and_has_a_page(site):
    listed = site.anybody.get("/docs").text
    for path, item in site.anybody.reads("/openapi.json")["paths"].items():
        for method, said in item.items():
            assert f'href="/docs/{said["operationId"]}"' in listed
            assert f"{method.upper()} {path}" in listed
            page = unescape(site.anybody.get(f"/docs/{said['operationId']}").text)
            assert said["summary"].replace("`", "") in re.sub("</?code>", "", page)
            assert all(f"<code>{one['name']}</code>" in page for one in said["parameters"])
            assert all(
                f"<dt>{status}</dt>" in page for status in said["responses"] if status.isdigit()
            )


@pytest.mark.sampled
def test_every_schema_that_a_page_leads_to_is_there(site):
    """`make test` follows the links of 40 pages, `make soak` all."""
    waiting, seen = ["/docs/receiveUpdate", "/docs/getResponse", "/docs/getEntry"], set[str]()
    while waiting and len(seen) < examples(40, 10_000):
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            page = site.anybody.get(address)
            assert page.status_code == 200, address
            waiting += re.findall(r'href="(/docs/[A-Z]\w*)"', page.text)
    assert len(seen) >= examples(40, 100)
    assert site.anybody.get("/docs/nothing-here").status_code == 404


def test_a_page_says_who_may_and_what_is_sent_by_example(site):
    page = unescape(site.anybody.get("/docs/receiveUpdate").text)

    assert "A token with the scope “record”." in page
    assert '"text": "By 31 March 2026, review each use of force."' in page
    assert "Anybody; a token opens office texts" in unescape(
        site.anybody.get("/docs/getReport").text
    )


def test_each_read_is_tried_from_its_page(site):
    report = site.publish()
    site.catch_up()
    page = LexborHTMLParser(site.anybody.get("/docs/getReport").text)
    form: Any = page.css_first("form[action='/docs/getReport/try']")
    named = [one.attributes["name"] for one in form.css("input")]
    assert {"report", "known_at", "effective_on"} <= set(named)

    asked = dict.fromkeys(named, "") | {"report": report.reference, "effective_on": "2025-11-24"}
    led = site.anybody.client.get("/docs/getReport/try", query_string=asked, follow_redirects=True)

    assert led.request.full_path == f"/api/reports/{report.reference}?effective_on=2025-11-24"
    assert (led.status_code, led.get_json()["report"]) == (200, report.reference)


def test_the_parts_of_a_path_are_asked_for_and_stay_parts(site):
    site.catch_up()
    missing = site.anybody.client.get("/docs/getReport/try")
    assert (missing.status_code, "“report”" in unescape(missing.text)) == (422, True)
    other = site.anybody.client.get("/docs/getReport/try?report=%2F..%2F..%2Fevil.example")
    assert other.headers["Location"] == "/api/reports/%2F..%2F..%2Fevil.example"
    for name in ("receiveUpdate", "noSuchThing"):
        there = site.anybody.client.get(f"/docs/{name}/try", follow_redirects=True)
        assert there.status_code == 404


def test_each_write_has_a_command(site):
    page = unescape(site.anybody.get("/docs/receiveUpdate").text)

    assert "curl -X POST 'http" in page
    assert "/api/recommendations/{report}/{number}/{addressee}/updates'" in page
    assert "Authorization: Bearer YOUR-TOKEN" in page
