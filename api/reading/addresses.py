"""The addresses of pages: what a page takes in its address, and links that keep the two dates."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, g, request, url_for

from api.description.openapi import parameters_of
from api.reading.words import day, moment
from api.schemas.reads import (
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
from projections.as_of import AsOf

DATES = ("known_at", "effective_on")
MOMENTS = ("known_at", "to")
"""What is now, where it is left out."""
_DAYS = (*DATES, "from", "to", "since")
_AS_THE_LOG_WRITES = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?|[0-9]{1,16}", re.ASCII)
_LEFT_OUT = {*DATES, "to", "after", "min_position"}
EVERY = frozenset({*DATES, "min_position"})
_TAKES = {
    "reports": names_of(AskedReports),
    "recommendations": names_of(AskedRecommendations),
    "responses": names_of(AskedResponses),
    "compliance": names_of(AskedCompliance),
    "meetings": names_of(AskedMeetings),
    "late_entries": names_of(AskedLateEntries) - {"origin"},
    "search": names_of(AskedSearch),
    "find_body": EVERY | {"body"},
    "recommendation": EVERY | {"order"},
    "response": EVERY | {"order", "name"},
    "meeting": EVERY | {"order"},
    "changes": EVERY | {"from", "to", "since_meeting", "body", "report", "after"},
    "log": frozenset(),
    "list_subscriptions": frozenset(),
    "subscription": frozenset({"after"}),
    "asset": frozenset({"v"}),
    "page_box": frozenset({"of"}),
}
"""What a page takes in its address, by its view; the two dates alone where it is not named."""


_DATA = {"home": "/reports", "late_entries": "/entries", "help": "/rules"}
"""What a page's JSON is called, where it is not called as the page is."""


@dataclass(frozen=True, slots=True)
class DatesAsked:
    """The dates as the reader gave them; None where they did not."""

    known_at: str | None
    effective_on: str | None

    @property
    def past(self) -> bool:
        """Whether the reader chose either date: then the page says so, loudly."""
        return self.known_at is not None or self.effective_on is not None

    @property
    def query(self) -> dict[str, str]:
        pairs = {"known_at": self.known_at, "effective_on": self.effective_on}
        return {name: value for name, value in pairs.items() if value is not None}


def names() -> frozenset[str]:
    """The names that the page of this request takes in its address."""
    if _view() == "try_it":
        return parameters_of((request.view_args or {})["name"])
    return _TAKES.get(_view(), EVERY)


def _view() -> str:
    return (request.endpoint or "").rpartition(".")[2]


def dates_asked() -> DatesAsked:
    """The two dates of this request; an empty field of the form means: not given. Where a page
    is asked for up to a moment (`to`), that is what it is known at."""
    found: DatesAsked | None = g.get("dates_asked")
    if found is None:  # a page of a list has hundreds of links
        known_at, effective_on, to = (
            (request.args.get(name) or "").strip() or None for name in (*DATES, "to")
        )
        found = g.dates_asked = DatesAsked(known_at or to, effective_on)
    return found


def as_meant() -> str | None:
    """The address of this page with its days as the log writes them, where it gives one as people
    do (`16/07/2026`, `16 July 2026`), or gives today, which is now, and without the fields of a
    form that say nothing; None where it has none of these."""
    said = {name: request.args[name].strip() for name in _DAYS if request.args.get(name)}
    meant = {name: _day_meant(value) for name, value in said.items()}
    if any(name in meant for name in MOMENTS):
        today = london_date(present()).isoformat()
        meant = {name: on for name, on in meant.items() if name not in MOMENTS or on != today}
    if meant == said and all(request.args.values()):
        return None
    others = {name: value for name, value in _given().items() if name not in said}
    return _address(others | meant)


def _day_meant(value: str) -> str:
    """A day as the log writes it; what is no day as people write one stays."""
    if _AS_THE_LOG_WRITES.fullmatch(value):
        return value
    on = read_date(value).on
    return on if on is not None and len(on) == len("2026-07-16") else value


def link(endpoint: str, **values: Any) -> str:
    """The address of another page, as known at and effective on the same dates."""
    given = {**values, **dates_asked().query}
    if (path := _path_of(f"pages.{endpoint}")) is None:
        return url_for(f"pages.{endpoint}", **given)
    said = [(name, value) for name, value in given.items() if value is not None]
    path = f"{request.script_root}{path}"
    return f"{path}?{urlencode(said, doseq=True, safe=_AS_THEY_ARE)}" if said else path


_AS_THEY_ARE = "!$'()*,/:;?@"
"""Signs that stand for themselves in a query (https://url.spec.whatwg.org/#query-percent-encode-set),
as `url_for` has them."""


@cache
def _path_of(endpoint: str) -> str | None:
    """The path of a page, where it is always the same: a table has hundreds of links, and one made
    of it takes a fourth of what `url_for` takes. None where it has parts."""
    (rule,) = current_app.url_map.iter_rules(endpoint)
    return None if rule.arguments else rule.rule


def duty(report: str, body: str, name: str) -> str:
    """Return the address of a response, or of another duty of the body, on the same dates."""
    named = {} if name == RESPONSE else {"name": name}
    return link("response", report=report, body=body, **named)


def elsewhere(path: str) -> str:
    """Another path, asked the same as this page."""
    return _address(dict(request.args.items()), path)


def dated(path: str) -> str:
    """The address of a path, as known at and effective on the same dates."""
    return _address(dates_asked().query, path)


def changes_since(filters: dict[str, str], name: str, value: Any) -> str:
    """The address of what changed since a moment (`from`) or meeting (`since_meeting`)."""
    return link("changes", **filters, **{name: value})


def kept() -> dict[str, str]:
    """What else the address of this page says, for the form that changes its dates."""
    return {name: value for name, value in _given().items() if name not in _LEFT_OUT}


def now() -> str:
    """This page without dates: as known now."""
    return _address(kept())


def as_file(of: str, form: str | None, as_of: AsOf, filters: dict[str, str] | None = None) -> str:
    """The address of a file, by its path below `/api/` and its form where it has a choice, with all
    that a page of it was asked for, at that page's own position and day."""
    dates = {"known_at": str(as_of.position), "effective_on": as_of.effective_on}
    path = quote(f"/api/{of}" + (f".{form}" if form else ""))
    return _address((filters or {}) | dates, path)


def json_address(more: str = "") -> str:
    """The same page's JSON, at the same dates."""
    given = {name: value for name, value in _given().items() if name != "order"}
    path = _DATA.get(_view(), here_path())
    return _address(given, f"/api{path}{more}")


def pinned(as_of: AsOf, **more: str) -> str:
    """This page at its position and date: the address to cite, which always says the same."""
    dates = {"known_at": str(as_of.position), "effective_on": as_of.effective_on}
    return _address(kept() | dates | more)


def here(more: dict[str, str]) -> str:
    """The address of this page as it was asked for, and more."""
    return _address(_given() | more)


def here_without(*left_out: str) -> str:
    """The address of this page as it was asked for, without some of what it says."""
    return _address({name: value for name, value in _given().items() if name not in left_out})


def known_in_words(as_of: AsOf) -> str:
    """`at the end of 20 July 2025 (position 41 of the log)`; without a moment given: `now`."""
    given, position = as_of.known_at, f"position {as_of.position} of the log"
    if given is None:
        return f"now ({position})"
    if given.isdigit():
        return f"at {position}"
    if len(given) == 10:
        return f"at the end of {day(given)} ({position})"
    return f"at {moment(given)} ({position})"


def _given() -> dict[str, str]:
    """What the address of this page says to us."""
    mine = names()
    return {name: value for name, value in request.args.items() if value and name in mine}


def here_path() -> str:
    """The path of this page, which a link may begin with: a path that begins with two slashes, or
    what browsers take for one (a backslash, a tab), is another host's address."""
    return "/" + quote(request.path.lstrip("/"))


def _address(query: dict[str, str], path: str | None = None) -> str:
    path = here_path() if path is None else path
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"
