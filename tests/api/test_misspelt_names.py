"""A question that is misspelt is refused on every route: answered with today, it would mislead."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from werkzeug.routing import Rule

from api.description.openapi import path_of
from tests.api import addresses as there
from tests.api import site as sites
from tests.api.addresses import TAKES_NONE, needed, routes
from tests.api.site import PFCC, problem_of

FILES = {"/assets/<path:filename>", "/print.css"}
OUTSIDE = {
    *("/healthz", "/readyz", "/metrics"),
    *("/openapi.json", "/asyncapi.json", "/schemas/<schema>"),
}
"""Addresses that answer machines about the service itself: they say the same under any name."""
OF_AN_ACCOUNT = {
    *("/sign-in", "/sign-in/go", "/subscriptions", "/subscriptions/<subscription_id>"),
    *(rule for rule in TAKES_NONE if rule.startswith("/admin")),
}
"""Pages that nobody sees without an account, or that lead to one."""


@pytest.fixture(scope="module")
def places(shared_site):
    with sites.by_its_clock(shared_site) as site:
        return there.places(site, site.publish())


@pytest.fixture(scope="module")
def every_read(shared_site, places):
    """Return an existing address for every route that is read, without files and what is below
    /log/."""
    found = there.addresses(shared_site.app, places, left_out=())
    for rule in routes(shared_site.app):
        if rule.rule in TAKES_NONE - FILES - OUTSIDE - {"/sign-in/done"}:
            built = rule.build({name: places[name] for name in rule.arguments})
            assert built is not None
            found[rule.rule] = built[1]
    return found


def taken_by(site):
    """By route of the API, the names that the OpenAPI text has it take."""
    return {
        path: {one["name"] for one in item["get"].get("parameters", []) if one["in"] == "query"}
        for path, item in site.anybody.reads("/openapi.json")["paths"].items()
        if "get" in item
    }


def documented(route):
    return path_of(Rule(route))


def test_every_route_refuses_a_name_that_it_does_not_take(site, every_read):
    assert len(every_read) > 30
    for route, address in every_read.items():
        refused = site.clerk.get(address, knownat="254")
        assert refused.status_code == 422, (route, refused.text[:300])
        if not route.startswith(("/api/", "/feeds/")):
            assert "We can’t answer that address" in refused.text, route
            assert "“knownat” is not asked here" in unescape(refused.text), route
            continue
        problem = problem_of(refused, 422, "unfit")
        (fault,) = problem["errors"]
        assert fault["field"] == "knownat", route
        assert fault["message"] == problem["detail"], route
        assert fault["message"].startswith("“knownat” is not asked here"), route


def test_every_route_says_what_was_meant_of_each_name_that_it_takes(site, every_read):
    asked = 0
    for path, names in taken_by(site).items():
        route = next((one for one in every_read if documented(one) == path), None)
        for name in names if route else ():
            misspelt = f"{name}s"
            if misspelt in names:
                continue
            refused = site.clerk.get(every_read[route], **{misspelt: "1"})
            (fault,) = problem_of(refused, 422, "unfit")["errors"]
            if len(name) > 1:
                assert f"did you mean {name}?" in fault["message"], (route, fault)
            assert name in fault["message"].partition("This address takes ")[2]
            asked += 1
    assert asked > 80


def test_an_unknown_parameter_is_refused_with_those_that_the_address_takes(site):
    site.catch_up()

    refused = site.anybody.get("/api/meetings", colour="red", pannel="x")

    colour, panel = problem_of(refused, 422, "unfit")["errors"]
    assert colour == {
        "field": "colour",
        "message": "“colour” is not asked here. This address takes after, effective_on, known_at, "
        "limit, min_position, panel and sort.",
    }
    assert panel["message"].startswith("“pannel” is not asked here: did you mean panel? ")


def test_a_name_is_near_however_it_is_written(site):
    for given in ("Known_At", "known-at", "known at", "KNOWNAT"):
        refused = site.anybody.get("/api/reports", **{given: "1"})

        (fault,) = problem_of(refused, 422, "unfit")["errors"]
        assert "did you mean known_at?" in fault["message"]


def test_a_parameter_without_a_name_or_with_an_odd_one_is_refused(site):
    for query in ("=1", "%FF=1", "a" * 5000 + "=1", "known_at%00=1", "<b>=1"):
        answer = site.app.test_client().get(f"/api/reports?{query}")
        assert answer.status_code == (400 if "%00" in query else 422), query
        page = site.app.test_client().get(f"/reports?{query}")
        assert page.status_code == answer.status_code, query
        assert "<b>" not in page.text


def test_a_head_is_refused_as_its_get_would_be_and_a_write_is_not(site, report):
    site.catch_up()

    assert site.app.test_client().head("/api/reports?knownat=1").status_code == 422
    path = f"/api/recommendations/{report.reference}/2/cumbria-constabulary/updates?knownat=1"
    assert site.force.post(path, {"text": "Trained.", "occurred_on": None}).status_code == 201


def test_a_proof_of_another_size_than_asked_is_never_given(site):
    refused = site.anybody.get("/log/consistency", **{"from": "1", "too": "2"})

    assert problem_of(refused, 422, "unfit")["errors"][0]["field"] == "too"


MARKS = "utm_source=newsletter&utm_medium=email&fbclid=x&gclid=y&mc_cid=z"


def test_a_page_opened_from_a_newsletter_shows_itself_and_hands_no_mark_on(site, every_read):
    site.catch_up()
    for route, address in every_read.items():
        if route.startswith(("/api/", "/feeds/")) or route in {
            "/bodies",
            "/docs/<name>/try",
            *OF_AN_ACCOUNT,
        }:
            continue
        page = site.app.test_client().get(f"{address}?{urlencode(needed(route))}&{MARKS}")
        assert page.status_code == 200, (route, page.text[:300])
        assert not re.search("utm_|fbclid|gclid|mc_cid", page.text), route


WITHOUT = {"/bodies", "/log", "/docs/<name>/try", *OF_AN_ACCOUNT}
"""Pages that say nothing that is data too, or that lead on."""


def test_the_data_beside_a_page_is_there_whatever_the_page_was_asked(site, every_read):
    site.catch_up()
    asked = {
        "/reports": {"body": PFCC},
        "/changes": {"body": PFCC},
        "/responses/<report>/<body>": {"order": "happened"},
        "/recommendations/<report>/<number>/<body>": {"order": "happened"},
        "/meetings/<panel>/<date>": {"order": "happened"},
    }
    found = 0
    there: set[str] = set()
    for route, address in every_read.items():
        if route.startswith(("/api/", "/feeds/")) or route in WITHOUT:
            continue
        dates = {"effective_on": "2025-11-24", "min_position": "1"}
        page = site.anybody.get(address, **needed(route, **dates), **asked.get(route, {}))
        assert page.status_code == 200, (route, page.text[:300])
        links = {unescape(one) for one in re.findall(r'href="(/api/[^"]*)"', page.text)}
        beside = re.search(r'rel="alternate" type="application/json" href="([^"]+)"', page.text)
        assert beside is not None, route
        for link in (links | {unescape(beside[1])}) - there:
            assert site.app.test_client().get(link).status_code == 200, (route, link)
        found += len(links)
        there |= links | {unescape(beside[1])}
    assert found > 10
