"""No answer is shown again that was not asked for anew: what is redacted goes from every past
answer, wherever it lies."""

import pytest

from tests.api import addresses as there
from tests.api import site as sites
from tests.api.addresses import FILES, TAKES_NONE, needed, routes
from tests.api.site import FORCE, json_of
from tests.conftest import examples, some, whole

FOR_EVER = {"/assets/<path:filename>", "/print.css"}
"""Our own files, which hold nobody's words."""
OF_THE_SERVICE = {
    *("/healthz", "/readyz", "/openapi.json", "/asyncapi.json", "/schemas/<schema>"),
    *("/docs", "/docs/<name>", "/docs/<name>/try"),
}
AS_BYTES = {
    "/api/captures/<capture_id>",
    "/api/entries/<entry_id>/raw",
    "/api/entries/<entry_id>/receipt",
    "/api/recommendations/<report>/<number>/<body>/bundle",
    "/feeds/deadlines.ics",
    "/feeds/entries.atom",
}
"""Routes that serve stored bytes or a stream: they are asked for anew each time."""


@pytest.fixture(scope="module")
def places(shared_site):
    with sites.by_its_clock(shared_site) as site:
        return there.places(site, site.publish())


@pytest.fixture(scope="module")
def every_read(shared_site, places):
    """The address of what is there, of every route that is read and holds what was recorded."""
    found = there.addresses(shared_site.app, places)
    for rule in routes(shared_site.app):
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


@pytest.mark.sampled
def test_no_answer_is_shown_again_unasked_and_none_to_an_account_is_kept(site, every_read):
    site.catch_up()
    assert len(every_read) > 25
    answered = 0
    for nth, (route, address) in enumerate(some(every_read.items(), 2)):
        for n, question in enumerate(asked(route, site.position - 1), nth):
            for who in (
                (site.anybody, site.clerk) if whole() else ((site.anybody, site.clerk)[n % 2],)
            ):
                answer = who.get(address, **question)
                kept = answer.headers["Cache-Control"]
                if answer.status_code == 200 and route in AS_BYTES:
                    assert kept in ("no-cache", "private, no-store"), route
                elif answer.status_code == 200 and route in FILES and who is site.clerk:
                    assert kept == "private, no-store", route
                elif answer.status_code == 200 and who is site.anybody and answer.is_json:
                    assert kept == ("no-store" if route in FILES else "no-cache"), route
                else:
                    assert kept == "no-store", (route, answer.status_code)
                answered += answer.status_code == 200
    assert answered > examples(20, 80)


def again(site, path, before, **asked):
    """Ask again with the ETag of an answer that was kept; return the new answer."""
    return site.anybody.get(path, {"If-None-Match": before.headers["ETag"]}, **asked)


def test_a_reader_who_asks_again_gets_304_whatever_else_was_recorded(site, report):
    site.catch_up()
    paths = (
        report.recommendation,
        report.response,
        f"/api/reports/{report.reference}",
        f"{report.recommendation}/history",
        f"/api/recommendations?report={report.reference}",
    )
    before = {path: site.anybody.get(path) for path in paths}
    site.publish()
    site.catch_up()

    for path in paths:
        answer = again(site, path, before[path])
        assert (answer.status_code, answer.data) == (304, b""), path
        assert answer.headers["ETag"] == before[path].headers["ETag"]
        assert answer.headers["Cache-Control"] == "no-cache"
    site.force.act(f"{report.recommendation}/updates", {"text": "It is done.", "occurred_on": None})
    site.catch_up()
    assert again(site, paths[0], before[paths[0]]).status_code == 200
    assert again(site, paths[3], before[paths[3]]).status_code == 200


def test_an_answer_changes_overnight_though_nothing_is_recorded(new_site):
    with sites.by_its_clock(new_site) as site:
        report = site.publish(published_on="2025-11-01", recommendations=[])
        site.catch_up()
        site.clock.set("2025-12-26")
        first = site.anybody.get(report.response)
        site.clock.set("2025-12-27")
        answer = again(site, report.response, first)

    assert [json_of(first)[name] for name in ("due_on", "verdict")] == ["2025-12-26", "due"]
    assert (answer.status_code, json_of(answer)["verdict"]) == (200, "overdue")


def test_an_answer_that_was_kept_names_the_version_that_a_write_rests_on(site, report):
    tag = site.anybody.get(report.recommendation).headers["ETag"]
    version = site.anybody.reads(report.recommendation)["version"]
    asked = {"of": FORCE, "question": "Is it done?", "occurred_on": None}
    path = f"{report.recommendation}/assurances"

    assert tag.startswith(f'"{version}@')
    assert site.anybody.get(report.recommendation, {"If-Match": '"99"'}).status_code == 200
    assert site.clerk.post(path, asked, {"If-Match": tag}).status_code == 201
    assert site.clerk.post(path, asked, {"If-Match": tag}).status_code == 412


def test_a_redaction_reaches_an_answer_that_was_kept(site, report):
    update = site.force.act(
        f"{report.recommendation}/updates",
        {"text": {"text": "Sergeant Doe left.", "audience": "public"}, "occurred_on": None},
    )
    settled = site.position
    site.publish()
    site.catch_up()
    path = f"/api/recommendations/{report.reference}/2/{FORCE}/history"
    pinned = {"known_at": str(settled), "effective_on": "2025-11-24"}
    before = site.anybody.get(path, **pinned)
    assert "Sergeant Doe" in before.text
    assert again(site, path, before, **pinned).status_code == 304

    sought = {"field": "text", "basis": "personal_data"}
    request = site.force.act(f"/api/entries/{update}/redaction", sought)
    site.admin.act(f"/api/entries/{request}/redaction-confirmation", {})

    after = again(site, path, before, **pinned)
    assert after.status_code == 200
    assert "Sergeant Doe" not in after.text
