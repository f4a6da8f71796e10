"""The address of something that is there, of every route that is read as known at a moment."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from tests.api.site import FORCE, PFCC, Published, Site

PANEL = "cumbria-police-fire-and-crime-panel"
TAKES_NONE = {
    "/bodies",
    "/feeds/deadlines.ics",
    "/feeds/entries.atom",
    "/healthz",
    "/log",
    "/metrics",
    "/readyz",
    "/openapi.json",
    "/asyncapi.json",
    "/api/entries/<entry_id>/raw",
    "/api/entries/<entry_id>/receipt",
    "/api/entries/stream",
    "/api/subscriptions",
    "/api/subscriptions/<subscription_id>",
    "/api/subscriptions/<subscription_id>/deliveries",
    "/assets/<path:filename>",
    "/admin",
    "/admin/accounts/<body>/<role>",
    "/admin/tokens",
    "/admin/tokens/<token_id>",
    "/admin/tokens/<token_id>/end",
    "/admin/tokens/<token_id>/rotation",
    "/api/accounts",
    "/api/accounts/<body>/<role>",
    "/api/me",
    "/api/tokens",
    "/api/tokens/<token_id>",
    "/print.css",
    "/docs",
    "/docs/<name>",
    "/docs/<name>/try",
    "/schemas/<schema>",
    "/sign-in",
    "/sign-in/done",
    "/sign-in/go",
    "/subscriptions",
    "/subscriptions/<subscription_id>",
}
"""What is read without a moment: the service's own health, its descriptions and files, the line
of an entry, byte for byte, its receipt, and the entries that are to come. So is the log itself,
its page and what is below it; feeds and subscriptions, which follow it as it is now; accounts and
tokens, as they are; the way to the page of a body that was chosen, which leads there at the same
moment; and who is signed in."""


FILES = {
    "/api/recommendations.<form>",
    "/api/recommendations/across.<form>",
    "/api/reports/grades.<form>",
    "/api/responses.<form>",
    "/api/reports.<form>",
    "/api/meetings.<form>",
    "/api/compliance.<form>",
    "/api/changes.<form>",
    "/api/late-entries.<form>",
    "/api/bodies/<body>/updates-sheet.<form>",
}
"""Lists as files, and a sheet to fill in: read at a moment, and answered in a form that is no JSON
of a list."""
NEEDED = {
    "/changes": {"from": "1"},
    "/api/changes.<form>": {"from": "1"},
    "/api/changes": {"from": "1"},
    "/search": {"q": "custody"},
    "/api/search": {"q": "custody"},
    "/late-entries": {"late_by": "3"},
}
"""The parameters that a route needs; for a page, those that it asks for or redirects without."""


_ACROSS = "?report={report}&number={number}"
SEALED = {"/api/recommendations/<report>/<number>/<body>/bundle"}
"""Addresses that exist once the log is sealed."""


def places(site: Site, report: Published) -> dict[str, str]:
    """The parts of addresses, of a report, a meeting that is held and a capture that is kept."""
    capture, meeting = site.capture(), site.meeting()
    site.panel.records(f"/api/meetings/{PANEL}/{meeting}/held", {})
    site.catch_up()
    return {
        "report": report.reference,
        "number": "2",
        "body": FORCE,
        "panel": PANEL,
        "date": meeting,
        "entry_id": report.entry("report-published"),
        "capture_id": capture,
        "subscription_id": "none",
        "role": "clerk",
        "token_id": "none",
        "form": "csv",
        "schema": "update-received.v1.json",
        "name": "receiveUpdate",
        "file": "start.js",
    }


def needed(route: str, **asked: Any) -> dict[str, Any]:
    """Return the parameters that a route needs, with those that are asked."""
    return NEEDED.get(route, {}) | asked


def routes(app: Flask) -> list[Rule]:
    """Every route that is read."""
    return [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]


def addresses(
    app: Flask, there: Mapping[str, str], left_out: Collection[str] = SEALED
) -> dict[str, str]:
    """Return an address for every route that takes a moment, of something that exists before a
    seal."""
    found = {}
    for rule in routes(app):
        now_alone = rule.rule.startswith(("/log/", "/record"))  # forms are filled in now
        if rule.rule not in TAKES_NONE | {*left_out} and not now_alone:
            values = {**there, "body": PFCC if "/responses/" in rule.rule else there["body"]}
            built = rule.build({name: values[name] for name in rule.arguments})
            assert built is not None
            asked = _ACROSS.format(**there) if "/recommendations/across" in rule.rule else ""
            found[rule.rule] = built[1] + asked
    return found
