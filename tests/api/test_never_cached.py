"""No answer is kept on its way: what is redacted goes from every past answer, wherever it lies."""

import pytest

from tests.api import addresses as there
from tests.api import town as towns
from tests.api.addresses import FILES, TAKES_NONE, needed, routes
from tests.api.town import FORCE

FOR_EVER = {"/assets/<path:filename>", "/print.css"}
"""Our own files, which hold nobody's words."""
OF_THE_SERVICE = {"/healthz", "/readyz", "/openapi.json", "/asyncapi.json", "/schemas/<schema>"}
AS_BYTES = {
    "/api/captures/<capture_id>",
    "/api/entries/<entry_id>/raw",
    "/api/entries/<entry_id>/receipt",
    "/api/recommendations/<report>/<number>/<body>/bundle",
    "/feeds/deadlines.ics",
    "/feeds/entries.atom",
}
"""What is served as it was kept, or to who follows: asked for anew each time."""


@pytest.fixture(scope="module")
def places(shared_town):
    with towns.by_its_clock(shared_town) as town:
        return there.places(town, town.publish())


@pytest.fixture(scope="module")
def every_read(shared_town, places):
    """The address of what is there, of every route that is read and holds what was recorded."""
    found = there.addresses(shared_town.app, places)
    for rule in routes(shared_town.app):
        if rule.rule in TAKES_NONE - FOR_EVER - OF_THE_SERVICE - {"/api/entries/stream"}:
            built = rule.build({name: places[name] for name in rule.arguments})
            assert built is not None
            found[rule.rule] = built[1]
    return found


def asked(route, position):
    """As it is asked now, and pinned to both dates where it takes them."""
    yield needed(route)
    if route not in TAKES_NONE:
        yield needed(route, known_at=str(position), effective_on="2025-11-01")


def test_no_answer_may_be_kept_pinned_or_not(town, every_read):
    town.catch_up()
    assert len(every_read) > 25
    answered = 0
    for route, address in every_read.items():
        for question in asked(route, town.position - 1):
            for who in (town.anybody, town.clerk):
                answer = who.get(address, **question)
                kept = answer.headers["Cache-Control"]
                if answer.status_code == 200 and route in AS_BYTES:
                    assert kept in ("no-cache", "private, no-store"), route
                elif answer.status_code == 200 and route in FILES and who is town.clerk:
                    assert kept == "private, no-store", route
                else:
                    assert kept == "no-store", (route, answer.status_code)
                answered += answer.status_code == 200
    assert answered > 80


def test_a_pinned_answer_is_never_said_to_be_the_one_that_was_kept(town, report):
    settled = town.position
    town.publish()
    town.catch_up()
    pinned = {"known_at": str(settled), "effective_on": "2025-11-01"}
    for path in (report.recommendation, report.response, f"/api/reports/{report.reference}"):
        etag = town.anybody.get(path, **pinned).headers["ETag"]
        assert etag.endswith(f'@{settled}.2025-11-01"')
        again = town.anybody.get(path, {"If-None-Match": etag}, **pinned)
        assert (again.status_code, again.headers["ETag"]) == (200, etag)


def test_what_is_redacted_goes_from_an_answer_that_was_given_before(town, report):
    update = town.force.act(
        f"{report.recommendation}/updates",
        {"text": {"text": "Sergeant Doe left.", "audience": "public"}, "occurred_on": None},
    )
    settled = town.position
    town.publish()
    town.catch_up()
    path = f"/api/recommendations/{report.reference}/2/{FORCE}/history"
    pinned = {"known_at": str(settled), "effective_on": "2025-11-24"}
    before = town.anybody.get(path, **pinned)
    assert "Sergeant Doe" in before.text

    sought = {"field": "text", "basis": "personal_data"}
    request = town.force.act(f"/api/entries/{update}/redaction", sought)
    town.admin.act(f"/api/entries/{request}/redaction-confirmation", {})

    after = town.anybody.get(path, **pinned)
    assert "Sergeant Doe" not in after.text
    assert after.headers["Cache-Control"] == before.headers["Cache-Control"] == "no-store"
