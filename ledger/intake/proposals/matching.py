"""A publisher's list of reports set beside those recorded. Pure, and never a guess.

A report of the list is one recorded here by its address, or else by its exact title and day. What
is merely like one is said to be perhaps the same, and counts as missing: a person decides.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from ledger.events import ListedReport, ReportRevised
from ledger.events.entry import Entry
from ledger.states.effect import in_effect
from ledger.states.report import report

_DAY = len("2025-05-16")
_MOST_LIKE = 5
"""How many reports here a missing one is said to be like."""


@dataclass(frozen=True, slots=True)
class RecordedReport:
    """A report in the log, by what a list can name it."""

    reference: str
    publisher: str
    titles: tuple[str, ...]
    """As it stands, and as the publisher's page came to say it."""
    published_on: str | None
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """A report of the list that is one here."""

    listed: ListedReport
    reference: str


@dataclass(frozen=True, slots=True)
class Perhaps:
    """A report of the list that may be one here, and what speaks for and against it."""

    listed: ListedReport
    reference: str
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it. `perhaps` are among the missing."""

    matched: tuple[Match, ...]
    missing: tuple[ListedReport, ...]
    unlisted: tuple[RecordedReport, ...]
    perhaps: tuple[Perhaps, ...]


def recorded_report(entries: Sequence[Entry]) -> RecordedReport | None:
    """The report of a stream, or None where none is in effect."""
    if (found := report(entries)) is None:
        return None
    revised = [
        one.data.now
        for one in in_effect(entries)
        if isinstance(one.data, ReportRevised) and one.data.field == "title"
    ]
    titles = (found.data.title, *(title for title in revised if isinstance(title, str)))
    return RecordedReport(
        found.reference,
        found.data.publisher,
        tuple(dict.fromkeys(map(_line, titles))),
        found.published_on,
        frozenset(found.data.same_as),
    )


def compare(
    listed: Iterable[ListedReport], recorded: Iterable[RecordedReport], publisher: str
) -> Comparison:
    """Match a publisher's list, each report once, with what is recorded."""
    rows, everything = list(dict.fromkeys(listed)), list(recorded)
    here = [one for one in everything if one.publisher == publisher]
    by_address = _index(everything, lambda one: one.addresses)
    by_title = _index(here, lambda one: [(title, one.published_on) for title in one.titles])
    by_likeness = _index(here, lambda one: {_bare(title) for title in one.titles})
    matched: dict[ListedReport, str] = {}
    taken: set[str] = set()

    def match(row: ListedReport, candidates: Iterable[RecordedReport]) -> None:
        for one in candidates:
            if one.publisher == publisher and one.reference not in taken:
                matched[row] = one.reference
                taken.add(one.reference)
                return

    for row in rows:
        match(row, by_address.get(row.url, ()))
    for row in rows:
        if row not in matched and row.published_on and len(row.published_on) == _DAY:
            match(row, by_title.get((row.title, row.published_on), ()))
    missing = [row for row in rows if row not in matched]
    perhaps = [
        Perhaps(row, one.reference, why)
        for row in missing
        for one, why in islice(
            chain(
                ((one, _why_there(one, publisher)) for one in by_address.get(row.url, ())),
                (
                    (one, _why_like(row, one))
                    for one in by_likeness.get(_bare(row.title), ())
                    if one.reference not in taken
                ),
            ),
            _MOST_LIKE,
        )
    ]
    return Comparison(
        tuple(Match(row, reference) for row, reference in matched.items()),
        tuple(missing),
        tuple(one for one in here if one.reference not in taken),
        tuple(perhaps),
    )


def _index(
    recorded: Iterable[RecordedReport], keys: Callable[[RecordedReport], Iterable[Any]]
) -> dict[Any, list[RecordedReport]]:
    found: dict[Any, list[RecordedReport]] = {}
    for one in recorded:
        for key in keys(one):
            found.setdefault(key, []).append(one)
    return found


def _why_there(one: RecordedReport, publisher: str) -> str:
    """Why a report at the same address is not it."""
    if one.publisher != publisher:
        return f"the same address, recorded as published by {one.publisher}"
    return "the same address, which another report of the list has too"


def _why_like(row: ListedReport, one: RecordedReport) -> str:
    """Why a report that is called alike is not surely it."""
    title = (
        "the same title"
        if row.title in one.titles
        else "a title that differs in case or punctuation"
    )
    if row.published_on == one.published_on is not None:
        return f"{title}, and the same day"
    return f"{title}, recorded as published on {one.published_on or 'a day not known'}"


def _line(title: str) -> str:
    return " ".join(title.split())


def _bare(title: str) -> str:
    """A title without what differs between two who copy it: case, accents, punctuation."""
    plain = unicodedata.normalize("NFKD", title).casefold()
    return "".join(each for each in plain if each.isalnum())
