"""The addresses of pages: the parameters that a page takes, and links that keep the two dates."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, g, request, url_for

from api.description.openapi import parameters_of
from api.reading.language import ROOT
from api.reading.words import day, moment
from api.schemas.reads import (
    AskedChanges,
    AskedCompliance,
    AskedLateEntries,
    AskedMeetings,
    AskedRecommendations,
    AskedReports,
    AskedResponses,
    AskedSearch,
    names_of,
)
from ledger.clock import now as present
from ledger.date_phrases import read_date
from ledger.dates import london_date
from ledger.events.response import RESPONSE
from projections.as_of import AsOf, without_commas
from projections.language import Table, say

DATES = ("known_at", "effective_on")
MOMENTS = ("known_at", "to")
"""The parameters that mean now if they are left out."""
_DAYS = (*DATES, "from", "to", "since")
_AS_THE_LOG_WRITES = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?|[0-9]{1,16}", re.ASCII)
_LEFT_OUT = {*DATES, "to", "after", "min_position"}
EVERY = frozenset({*DATES, "min_position"})
_OF_A_TRAIL = {"order", "after", "entries"}
_TAKES = {
    "reports": names_of(AskedReports),
    "recommendations": names_of(AskedRecommendations),
    "responses": names_of(AskedResponses),
    "compliance": names_of(AskedCompliance),
    "meetings": names_of(AskedMeetings),
    "late_entries": names_of(AskedLateEntries) - {"origin"},
    "search": names_of(AskedSearch),
    "find_body": EVERY | {"body"},
    "report": EVERY | {"body"},
    "recommendation": EVERY | _OF_A_TRAIL,
    "response": EVERY | _OF_A_TRAIL | {"name"},
    "meeting": EVERY | _OF_A_TRAIL,
    "changes": names_of(AskedChanges) - {"limit", "late_by"},
    "log": frozenset(),
    "list_subscriptions": frozenset(),
    "subscription": frozenset({"after"}),
    "asset": frozenset({"v"}),
    "page_box": frozenset({"of"}),
}
"""The parameters of a page, by its view. A view that is not named takes the two dates."""


_DATA = {"home": "/reports", "late_entries": "/late-entries.json", "help": "/rules"}
"""The path of a page's JSON, if it differs from the page's own."""


@dataclass(frozen=True, slots=True)
class DatesAsked:
    """The dates as the reader gave them; None for one that was not given."""

    known_at: str | None
    effective_on: str | None

    @property
    def past(self) -> bool:
        """True if the reader chose either date. The page then says so prominently."""
        return self.known_at is not None or self.effective_on is not None

    @property
    def query(self) -> dict[str, str]:
        pairs = {"known_at": self.known_at, "effective_on": self.effective_on}
        return {name: value for name, value in pairs.items() if value is not None}


def names() -> frozenset[str]:
    """Return the parameters that the page of this request takes."""
    if _view() == "try_it":
        return parameters_of((request.view_args or {})["name"])
    return _TAKES.get(_view(), EVERY)


def _view() -> str:
    return (request.endpoint or "").rpartition(".")[2]


def dates_asked() -> DatesAsked:
    """Return the two dates of this request. An empty field of the form counts as not given. If a
    page takes `to`, that is its `known_at`."""
    found: DatesAsked | None = g.get("dates_asked")
    if found is None:  # kept, since a list's page has hundreds of links
        known_at, effective_on, to = (
            (request.args.get(name) or "").strip() or None for name in (*DATES, "to")
        )
        found = g.dates_asked = DatesAsked(known_at or to, effective_on)
    return found


def as_meant() -> str | None:
    """Return the address of this page with its dates in the log's form. They may be given as people
    write them (`16/07/2026`, `16 July 2026`, `36,517` for a position); today counts as now; empty
    fields are dropped. Return None if nothing changes."""
    said = {name: request.args[name].strip() for name in _DAYS if request.args.get(name)}
    meant = {name: _day_meant(value) for name, value in said.items()}
    if any(name in meant for name in MOMENTS):
        today = london_date(present()).isoformat()
        meant = {name: on for name, on in meant.items() if name not in MOMENTS or on != today}
    if meant == said and all(request.args.values()):
        return None
    others = {name: value for name, value in _given().items() if name not in said}
    return _address(others | meant)


def in_a_field(asked: str | None) -> str:
    """Return a date of the address as a field shows it: a day in words, which it also takes."""
    if asked is None:
        return ""
    return day(asked) if read_date(asked).on == asked else asked


def _day_meant(value: str) -> str:
    """Return a day in the log's form, or a position without commas. Return the value itself if it
    is no day or position that people write."""
    if _AS_THE_LOG_WRITES.fullmatch(value):
        return value
    on = read_date(value).on
    return on if on is not None and len(on) == len("2026-07-16") else without_commas(value)


def link(endpoint: str, **values: Any) -> str:
    """Return the address of another page, as known at and effective on the same dates."""
    given = {**values, **dates_asked().query}
    if (path := _path_of(f"pages.{endpoint}")) is None:
        return url_for(f"pages.{endpoint}", **given)
    said = [(name, value) for name, value in given.items() if value is not None]
    path = f"{request.script_root}{path}"
    return f"{path}?{urlencode(said, doseq=True, safe=_AS_THEY_ARE)}" if said else path


def places() -> list[tuple[str, str, str]]:
    """Return the pages that every page leads to: the name of the view, the words of the link, and
    its address on the same dates."""
    return [(endpoint, words, link(endpoint)) for endpoint, words in _PLACES.items()]


_PLACES = Table(
    {
        "home": "National",
        "reports": "Reports",
        "recommendations": "Recommendations",
        "responses": "Responses",
        "compliance": "Compliance",
        "meetings": "Meetings",
        "changes": "Changes",
        "late_entries": "Late entries",
        "help": "Help",
    }
)
_AS_THEY_ARE = "!$'()*,/:;?@"
"""Characters that stand for themselves in a query
(https://url.spec.whatwg.org/#query-percent-encode-set), as in `url_for`."""


@cache
def _path_of(endpoint: str) -> str | None:
    """Return the path of a page without parts, or None. A table has hundreds of links, and one made
    from this takes a fourth of the time of `url_for`."""
    (rule,) = current_app.url_map.iter_rules(endpoint)
    return None if rule.arguments else rule.rule


def duty(report: str, body: str, name: str) -> str:
    """Return the address of a response, or of another duty of the body, on the same dates."""
    named = {} if name == RESPONSE else {"name": name}
    return link("response", report=report, body=body, **named)


def elsewhere(path: str) -> str:
    """Return the address of another path with the parameters of this page."""
    return _address(dict(request.args.items()), f"{request.script_root}{path}")


def in_language(language: str) -> str:
    """Return the address of the same page in another language, with the parameters that it takes.
    Nothing else of the address, such as a provider's words, is handed on."""
    root = ROOT if language == "cy" else ""
    given = dict(request.args.items()) if request.blueprint == "record" else _given()
    return _address(given, f"{root}{_path()}")


def dated(path: str) -> str:
    """Return the address of a path, as known at and effective on the same dates."""
    return _address(dates_asked().query, f"{request.script_root}{path}")


def changes_since(filters: dict[str, str], name: str, value: Any) -> str:
    """Return the address of the changes since a moment (`from`) or meeting (`since_meeting`)."""
    return link("changes", **filters, **{name: value})


def kept(*left_out: str) -> dict[str, str]:
    """Return the parameters of this page but for its dates and those left out."""
    out = {*_LEFT_OUT, *left_out}
    return {name: value for name, value in _given().items() if name not in out}


def now() -> str:
    """Return the address of this page without dates, as known now."""
    return _address(kept())


def as_file(of: str, form: str | None, as_of: AsOf, filters: dict[str, str] | None = None) -> str:
    """Return the address of a file with the contents of a page, at that page's own position and
    day. `of` is its path below `/api/`; `form` is its form, if there is a choice."""
    dates = {"known_at": str(as_of.position), "effective_on": as_of.effective_on}
    path = quote(f"/api/{of}" + (f".{form}" if form else ""))
    return _address((filters or {}) | dates, path)


def json_address(more: str = "", sort: str | None = None) -> str:
    """Return the address of this page's JSON, at the same dates, in the order of the page. `sort`
    is the usual order of a list, which its JSON may not have."""
    given = {name: value for name, value in _given().items() if name not in ("order", "entries")}
    if sort:
        given.setdefault("sort", sort)
    if _view() in ("late_entries", "recommendation", "response", "meeting"):  # it has no pages
        given.pop("after", None)
        given.pop("limit", None)
    if _view() == "report":
        given.pop("body", None)
    path = _DATA.get(_view(), _path())
    if _view() == "across":
        path, given = "/recommendations/across", (request.view_args or {}) | given
    return _address(given, f"/api{path}{more}")


def pinned(as_of: AsOf, **more: str) -> str:
    """Return the address of this page at its position and date, which is the one to cite: it always
    shows the same."""
    dates = {"known_at": str(as_of.position), "effective_on": as_of.effective_on}
    return _address(kept() | dates | more)


def here(more: dict[str, str]) -> str:
    """Return the address of this page with more parameters."""
    return _address(_given() | more)


def sorted_by(order: str) -> str:
    """Return the address of this list in another order, from its beginning."""
    return from_the_first(sort=order)


def from_the_first(**more: str) -> str:
    """Return the address of this list with more parameters, from its beginning."""
    return _address({name: one for name, one in _given().items() if name != "after"} | more)


def here_without(*left_out: str) -> str:
    """Return the address of this page without some parameters."""
    return _address({name: value for name, value in _given().items() if name not in left_out})


def known_in_words(as_of: AsOf) -> str:
    """Return what a page is known at: `at the end of 20 July 2025 (position 41 of the log)`, or
    `now (…)`."""
    given, position = as_of.known_at, as_of.position
    if given is None:
        return say("now (position %(position)s of the log)", position=position)
    if given.isdigit():
        return say("at position %(position)s of the log", position=position)
    if len(given) == 10:
        return say(
            "at the end of %(day)s (position %(position)s of the log)",
            day=day(given),
            position=position,
        )
    return say(
        "at %(moment)s (position %(position)s of the log)", moment=moment(given), position=position
    )


def _given() -> dict[str, str]:
    """Return the parameters of this request that its page takes."""
    mine = names()
    return {name: value for name, value in request.args.items() if value and name in mine}


def here_path() -> str:
    """Return the path of this page for a link."""
    return f"{request.script_root}{_path()}"


def _path() -> str:
    """Return the path of this page below the root of its language. A path that begins with two
    slashes, or with characters that browsers take for one (a backslash, a tab), would be another
    host's address."""
    return "/" + quote(request.path.lstrip("/"))


def _address(query: dict[str, str], path: str | None = None) -> str:
    path = here_path() if path is None else path
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"
