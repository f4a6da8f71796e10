"""Each read route refuses moments that cannot be meant, and says what to give instead. It answers
for the first day that exists, and for the last of which anything can be known."""

import re
from html import unescape
from itertools import islice

import pytest

from api.requests.current import EXTENSION
from tests.api import addresses as there
from tests.api import site as sites
from tests.api.addresses import FILES, NEEDED, PANEL, TAKES_NONE, needed, routes
from tests.api.site import NobodyWaits, problem_of
from tests.conftest import cells, whole

IMPOSSIBLE = {
    "a day that there is not": "2026-02-30",
    "a month that there is not": "2025-13-01",
    "no moment": "yesterday",
    "a month": "2025-07",
    "a moment without a time zone": "2025-07-01T09:30:00",
    "an hour that there is not": "2025-07-01T25:00:00Z",
    "a day of a week": "2025-W27-2",
    "a moment of a week": "2025-W27-2T09:30:00Z",
    "a moment without its marks": "20250701T093000Z",
    "a moment with another mark": "2025-07-01x09:30:00Z",
    "a negative position": "-1",
    "position 0": "0",
    "an enormous position": "9" * 20,
    "half a position": "1.5",
}
NO_DAY = ("2026-02-30", "2025-13-01", "yesterday", "2025-07", "10000-01-01", "2025-07-01T00:00:00Z")
BYTES = {"/api/captures/<capture_id>"} | FILES
"""Routes that answer with stored bytes, which hold no dates, and files, which say the dates in
their own way."""
BEYOND = (1, 10**12)
NOT_YET = ("2025-11-24", "9999-12-31", "2031-01-01T00:00:00Z", "9" * 12)
NO_POSITION = ("-1", "1.5", "one", "9" * 17)


@pytest.fixture(scope="module")
def places(shared_site):
    with sites.by_its_clock(shared_site) as site:
        return there.places(site, site.publish())


@pytest.fixture(scope="module")
def addresses(shared_site, places):
    return there.addresses(shared_site.app, places)


@pytest.fixture(scope="module")
def takers(shared_site, places):
    """The same, with what is there once it is sealed: whatever else, it takes a moment."""
    return there.addresses(shared_site.app, places, left_out=())


def some(takers, tried, of):
    """Return every twelfth route at least, so that all values together come to all routes. In
    `make soak` all of them."""
    nth, every = list(of).index(tried), 1 if whole() else min(12, len(of))
    return dict(islice(takers.items(), nth % every, None, every))


def of_row(row, nth, many):
    """Return as many values for the nth route, in turns; all of them in `make soak`."""
    listed = list(row)
    tried = [listed[(nth + one) % len(listed)] for one in range(many)]
    return listed if whole() else tried


def refused(site, route, address, asked, names):
    """The sentence by which a question is refused, as a problem or as a page."""
    answer = site.clerk.get(address, **asked)
    assert answer.status_code == 422, (route, asked, answer.text[:300])
    if not route.startswith("/api/"):
        return answer.text
    problem = problem_of(answer, 422, "unfit")
    assert problem["errors"][0]["field"] in names, (route, asked, problem)
    return problem["detail"]


def at_its_field(page, name):
    """Return the mistake that a page with a form for moments says about one of them."""
    (said,) = re.findall(rf'<li><a href="#{name}">[^<]+</a>: ([^<]+)</li>', page)
    return unescape(said)


def test_there_is_an_address_of_every_route(site, addresses):
    assert len(addresses) > 20
    for route, address in addresses.items():
        answer = site.clerk.get(address, **needed(route))
        assert answer.status_code == 200, (route, answer.text[:300])


def test_routes_that_take_no_moment_exist(site):
    assert {rule.rule for rule in routes(site.app)} >= TAKES_NONE


@pytest.mark.sampled
@pytest.mark.parametrize("given", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_a_moment_that_cannot_be_is_refused_everywhere(site, takers, given):
    for route, address in some(takers, given, IMPOSSIBLE.values()).items():
        asked = needed(route, known_at=given)
        says = refused(site, route, address, asked, {"known_at", "to"})
        assert "a moment like 2026-05-01T09:30:00Z" in says or "Positions count from 1." in says


@pytest.mark.sampled
@pytest.mark.parametrize("route", ["/api/changes", "/changes"])
def test_a_moment_between_which_nothing_can_be_is_refused(site, route):
    for given, name in cells(IMPOSSIBLE.values(), ("from", "to"), 2):
        says = refused(site, route, route, {"from": "1", name: given}, {name})
        assert "a moment like 2026-05-01T09:30:00Z" in says or "Positions count from 1." in says


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "the last position", "to": "2"},
        {"from": "2025-11-20", "to": "2017-01-02"},
        {"from": "2025-11-20T10:00:00Z", "to": "2025-11-20T09:59:59Z"},
        {"from": "2025-11-20", "to": "2025-11-19"},
        {"since_meeting": "the meeting's", "to": "2020-01-01"},
        {"from": "2025-11-20", "effective_on": "2025-11-19"},
    ],
)
def test_an_interval_that_ends_before_it_begins_is_refused(site, places, asked):
    if asked.get("from") == "the last position":  # the first transaction has many
        asked = asked | {"from": site.position}
    if "since_meeting" in asked:
        asked = asked | {"since_meeting": f"{PANEL}/{places['date']}"}
    for route in ("/api/changes", "/changes"):
        says = refused(site, route, route, asked, {"from", "since_meeting"})
        assert "Give the earlier moment as" in says


@pytest.mark.sampled
@pytest.mark.parametrize("given", NO_DAY)
def test_a_day_that_cannot_be_is_refused_everywhere(site, takers, given):
    for route, address in some(takers, given, NO_DAY).items():
        asked = needed(route, effective_on=given)
        says = refused(site, route, address, asked, {"effective_on"})
        assert "give effective_on as YYYY-MM-DD" in says


@pytest.mark.parametrize(
    "asked",
    [
        {"known_at": "yesterday"},
        {"known_at": "2031-01-01T00:00:00Z"},
        {"effective_on": "2026-02-30"},
        {"effective_on": "9999-12-31"},
        {"min_position": "one"},
        {"min_position": "9" * 12},
    ],
)
def test_a_page_that_was_not_asked_all_it_needs_refuses_dates_that_cannot_be_too(site, asked):
    for route in (one.replace("<form>", "csv") for one in NEEDED):
        answer = site.clerk.client.get(route, query_string=asked, follow_redirects=True)
        assert answer.status_code == 422, (route, asked, answer.text[:300])


@pytest.mark.sampled
@pytest.mark.parametrize("given", NO_POSITION)
def test_a_position_to_wait_for_that_cannot_be_is_refused_everywhere(site, takers, given):
    for route, address in some(takers, given, NO_POSITION).items():
        refused(site, route, address, needed(route, min_position=given), {"min_position"})


@pytest.mark.sampled
@pytest.mark.parametrize("beyond", BEYOND)
def test_a_position_that_is_not_recorded_is_refused_without_waiting(
    site, takers, beyond, monkeypatch
):
    site.publish()
    site.catch_up()
    last = site.position
    monkeypatch.setitem(site.app.extensions[EXTENSION], "waits", NobodyWaits())
    for route, address in some(takers, beyond, BEYOND).items():
        answer = site.clerk.get(address, **needed(route, min_position=last + beyond))
        assert answer.status_code == 422, (route, answer.text[:300])
        if route.startswith("/api/"):
            problem = problem_of(answer, 422, "not-known-yet")
            assert problem["errors"][0]["field"] == "min_position"
            assert f"The log ends at position {last}, before {last + beyond}" in problem["detail"]


@pytest.mark.sampled
@pytest.mark.parametrize("given", NOT_YET)
def test_moments_to_come_are_refused_everywhere_with_a_problem_of_their_own(site, takers, given):
    for route, address in some(takers, given, NOT_YET).items():
        asked = needed(route, known_at=given)
        answer = site.clerk.get(address, **asked)
        assert answer.status_code == 422, (route, answer.text[:300])
        if route.startswith("/api/"):
            problem = problem_of(answer, 422, "not-known-yet")
            assert problem["errors"][0]["field"] in {"known_at", "to"}
            assert re.search("or leave (known_at|to) out", problem["detail"])
        elif route == "/changes":
            says = problem_of(site.clerk.get(f"/api{address}", **asked), 422, "not-known-yet")
            assert at_its_field(answer.text, "to") == says["detail"]
        else:
            assert "These dates cannot be asked about yet" in answer.text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "2025-11-24"}, "from"),
        ({"from": "9" * 12}, "from"),
        ({"from": "1", "to": "2031-01-01T00:00:00Z"}, "to"),
        ({"since_meeting": f"{PANEL}/2031-01-01"}, "since_meeting"),
    ],
)
def test_changes_between_moments_that_have_not_come_are_refused(site, asked, field):
    problem = problem_of(site.clerk.get("/api/changes", **asked), 422, "not-known-yet")
    page = site.clerk.get("/changes", **asked)

    assert problem["errors"][0]["field"] == field
    assert page.status_code == 422
    assert at_its_field(page.text, field) == problem["detail"]


def test_a_paper_made_from_what_is_not_known_yet_is_a_conflict(site, places):
    about = {"known_at": 10**9, "effective_on": places["date"]}
    paper = {"title": "An agenda", "occurred_on": None, **about}
    address = f"/api/meetings/{PANEL}/{places['date']}/papers"

    problem_of(site.panel.post(address, paper), 409, "refused:known-at")


def test_every_answer_echoes_both_dates_as_they_were_given(site, addresses):
    given = {"known_at": str(site.position), "effective_on": "2025-11-20"}
    for route, address in addresses.items():
        if not route.startswith("/api/") or route in BYTES:
            continue
        answer = site.clerk.reads(address, **needed(route, **given))
        as_of = answer["to"] if route.endswith("/changes") else answer["as_of"]
        meant = {**given, "position": site.position, "settled": True, "method": 2}
        assert as_of == meant, route


TOO_LATE = [
    ({"effective_on": "9999-12-31"}, "2025-11-24"),
    ({"effective_on": "2025-11-25"}, "2025-11-24"),
    ({"known_at": "2025-11-20", "effective_on": "2025-11-21"}, "2025-11-20"),
    ({"known_at": "2025-07-01T22:59:59Z", "effective_on": "2025-07-02"}, "2025-07-01"),
    ({"known_at": "2025-07-01T23:00:00Z", "effective_on": "2025-07-03"}, "2025-07-02"),
    ({"known_at": "the last position", "effective_on": "2025-11-25"}, "2025-11-24"),
]


@pytest.mark.sampled
@pytest.mark.parametrize(("asked", "last"), TOO_LATE)
def test_a_day_of_which_nobody_could_know_is_refused_everywhere_and_the_last_one_is_named(
    site, takers, asked, last
):
    takers = some(takers, (asked, last), TOO_LATE)
    if asked.get("known_at") == "the last position":
        asked = asked | {"known_at": site.position}
    says = f"give effective_on={last} or an earlier day"
    for route, address in takers.items():
        since = needed(route) | ({"from": "0001-01-01"} if route.endswith("/changes") else {})
        answer = site.clerk.get(address, **since, **asked)
        assert answer.status_code == 422, (route, answer.text[:300])
        assert says in answer.text, route
        if route.startswith("/api/"):
            problem = problem_of(answer, 422, "not-known-yet")
            assert problem["errors"][0]["field"] == "effective_on"
        else:
            assert "These dates cannot be asked about yet" in answer.text
        answer = site.clerk.get(address, **since, **asked | {"effective_on": last})
        assert answer.status_code in (200, 404), (route, answer.text[:300])


@pytest.mark.sampled
def test_the_day_is_the_london_day_of_what_was_known_where_none_is_given(site, addresses):
    moments = {
        "2025-11-20": "2025-11-20",
        "2025-07-01T22:59:59Z": "2025-07-01",
        "2025-07-01T23:00:00Z": "2025-07-02",
        str(site.position): "2025-11-24",
        None: "2025-11-24",
    }
    for nth, (route, address) in enumerate(addresses.items()):
        if not route.startswith("/api/") or route in BYTES:
            continue
        for known_at, day in of_row(moments.items(), nth, 2):
            asked = {"known_at": known_at} if known_at else {}
            changes = route.endswith("/changes")
            since = needed(route) | ({"from": "0001-01-01"} if changes else {})
            answer = site.clerk.get(address, **since, **asked)
            if answer.status_code == 404:
                continue
            as_of = answer.json["to" if changes else "as_of"]
            assert as_of["effective_on"] == day, (route, known_at)


def test_before_anything_happened_lists_are_empty_and_nothing_was_there(site, addresses):
    for route, address in addresses.items():
        since = needed(route, effective_on="0001-01-01")
        if "from" in since:
            continue  # the end would come before the beginning: refused above
        answer = site.clerk.get(address, **since)
        assert answer.status_code in (200, 404), (route, answer.text[:300])
        if answer.status_code == 404 and route.startswith("/api/"):
            problem_of(answer, 404, "not-known-then")
    for name in ("reports", "recommendations", "responses"):
        assert site.clerk.reads(f"/api/{name}", effective_on="0001-01-01")["items"] == []


@pytest.mark.sampled
def test_before_anything_was_recorded_nothing_was_known(site, addresses):
    moments = ("0001-01-01T00:00:00Z", "0001-01-01", "0001-01-01T00:00:00+14:00")
    for nth, (route, address) in enumerate(addresses.items()):  # the first page by the first moment
        for given in of_row(moments, nth, 1):
            asked = needed(route, known_at=given)
            if "from" in asked:
                asked = {"from": given, "known_at": given}
            answer = site.clerk.get(address, **asked)
            assert answer.status_code in (200, 404), (route, given, answer.text[:300])
