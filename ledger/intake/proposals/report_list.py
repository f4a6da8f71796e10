"""A publisher's list of its reports: read, set beside those recorded, and the comparison recorded.

A report of the list is one recorded here by its address, or else by its exact title and day. A
report that merely resembles one is listed as perhaps the same and counts as missing: a person
decides.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from ledger.acts.capture import Received, keep_capture
from ledger.acts.decision import Decision, Notice
from ledger.acts.service import compare_list
from ledger.errors import Unfit
from ledger.events import CaptureKept, ListCompared, ListedReport, ReportRevised, Source
from ledger.events.entry import Entry, to_plain
from ledger.events.streams import SERVICE, capture_stream
from ledger.events.texts import Audience, why_unfit
from ledger.intake.proposals.draft import SheetFile
from ledger.intake.sheets.cells import Book, Rejected, UnreadableSheet
from ledger.intake.sheets.fields import Fields, read_header
from ledger.intake.sheets.layout import Column
from ledger.intake.sheets.open_sheet import MEDIA_TYPES
from ledger.states.effect import in_effect
from ledger.states.report import report

COLUMNS = (
    Column("title", "The title as listed.", needed=True),
    Column("published on", "The day it was published; empty if the list has none.", needed=True),
    Column("url", "Its address on the publisher's site."),
    Column("kind", "What the list calls it."),
)
_DAY = len("2025-05-16")
_MOST_LIKE = 5
"""How many reports here a missing one is said to be like."""
MOST_NAMED = 100
"""How many missing reports the entry names; an entry has a limit, and the capture has them all."""
MOST_BYTES_NAMED = 40_000


@dataclass(frozen=True, slots=True)
class ReportList:
    """The reports that a list has, each once and in its order, and what could not be read."""

    reports: tuple[ListedReport, ...]
    rejected: tuple[Rejected, ...]


def read_report_list(book: Book) -> ReportList:
    """Return the list in a file of one sheet. `UnreadableSheet` where it has none, or several."""
    sheets = [sheet for sheet in book.sheets if sheet.rows]
    if len(sheets) > 1:
        named = ", ".join(sheet.name for sheet in sheets)
        raise UnreadableSheet(f"{book.file} has {len(sheets)} sheets ({named}): keep the list's.")
    if not sheets or len(sheets[0].rows) == 1:
        raise UnreadableSheet(f"{book.file}: there is no row below a header.")
    header = read_header(sheets[0], COLUMNS)
    reports: list[ListedReport] = []
    rejected: list[Rejected] = []
    for row in header.below:
        fields = Fields(row, header.names)
        one = ListedReport(
            title=fields.needed("title", fields.line("title")),
            published_on=fields.date("published on"),
            url=fields.url("url"),
            kind=fields.line("kind"),
        )
        for name, value in (("title", one.title), ("url", one.url), ("kind", one.kind)):
            if value and (why := why_unfit("url" if name == "url" else "plain", value)):
                fields.fault(name, why.rstrip("."))
        if fields.faults:
            rejected.extend(fields.faults)
        else:
            reports.append(one)
    return ReportList(tuple(dict.fromkeys(reports)), tuple(rejected))


@dataclass(frozen=True, slots=True)
class RecordedReport:
    """A report in the log, by what a list can name it."""

    reference: str
    publishers: tuple[str, ...]
    titles: tuple[str, ...]
    """As it stands, and as the publisher's page came to say it."""
    published_on: str | None
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """A report of the list that is one here; or may be, and `why` says what speaks for it."""

    listed: ListedReport
    reference: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of the comparison. `perhaps` are among the missing."""

    matched: tuple[Match, ...]
    missing: tuple[ListedReport, ...]
    unlisted: tuple[RecordedReport, ...]
    perhaps: tuple[Match, ...]


def recorded_report(entries: Sequence[Entry]) -> RecordedReport | None:
    """Return the report of a stream, or None where none is in effect."""
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
        found.publishers,
        tuple(dict.fromkeys(" ".join(title.split()) for title in titles)),
        found.published_on,
        frozenset(found.data.same_as),
    )


def compare(
    listed: Iterable[ListedReport], recorded: Iterable[RecordedReport], publisher: str
) -> Comparison:
    """Match a publisher's list, each report once, with what is recorded."""
    rows, everything = list(dict.fromkeys(listed)), list(recorded)
    here = [one for one in everything if publisher in one.publishers]
    by_address = _index((at, one) for one in everything for at in one.addresses)
    by_title = _index(((title, one.published_on), one) for one in here for title in one.titles)
    alike = _index((bare, one) for one in here for bare in set(map(_bare, one.titles)))
    matched: dict[ListedReport, str] = {}
    taken: set[str] = set()

    def match(row: ListedReport, candidates: Iterable[RecordedReport]) -> None:
        free = (x.reference for x in candidates if publisher in x.publishers)
        found = next((reference for reference in free if reference not in taken), None)
        if row not in matched and found is not None:
            matched[row] = found
            taken.add(found)

    for row in rows:
        match(row, by_address.get(row.url, ()))
    for row in rows:
        if row.published_on and len(row.published_on) == _DAY:
            match(row, by_title.get((row.title, row.published_on), ()))
    missing = tuple(row for row in rows if row not in matched)
    perhaps = []
    for row in missing:
        may_be = [
            Match(row, one.reference, _why_there(one, publisher))
            for one in by_address.get(row.url, ())
        ]
        may_be += [
            Match(row, one.reference, _why_like(row, one))
            for one in alike.get(_bare(row.title), ())
            if one.reference not in taken
        ]
        perhaps += may_be[:_MOST_LIKE]
    return Comparison(
        tuple(Match(row, reference) for row, reference in matched.items()),
        missing,
        tuple(one for one in here if one.reference not in taken),
        tuple(perhaps),
    )


def _index(keyed: Iterable[tuple[Any, RecordedReport]]) -> dict[Any, list[RecordedReport]]:
    found: dict[Any, list[RecordedReport]] = {}
    for key, one in keyed:
        found.setdefault(key, []).append(one)
    return found


def _why_there(one: RecordedReport, publisher: str) -> str:
    if publisher not in one.publishers:
        return f"the same address, recorded as published by {' and '.join(one.publishers)}"
    return "the same address, which another report of the list has too"


def _why_like(row: ListedReport, one: RecordedReport) -> str:
    exact = row.title in one.titles
    title = "the same title" if exact else "a title that differs in case or punctuation"
    if row.published_on == one.published_on is not None:
        return f"{title}, and the same day"
    return f"{title}, recorded as published on {one.published_on or 'a day not known'}"


def _bare(title: str) -> str:
    """Return a title without what differs between two who copy it: case, accents, punctuation."""
    plain = unicodedata.normalize("NFKD", title).casefold()
    return "".join(each for each in plain if each.isalnum())


def take_list(
    decision: Decision, listed: Sequence[ListedReport], file: SheetFile, publisher: str
) -> Comparison:
    """Compare a list, and record it unless the same list came to the same when it last was."""
    decision.body(publisher)
    if file.url is not None and (why := why_unfit("url", file.url)):
        raise Unfit(f"The list's address, “{file.url[:80]}”: {why}")
    found = compared(decision, listed, publisher)
    event = ListCompared(
        publisher=publisher,
        count=len(found.matched) + len(found.missing),
        matched=len(found.matched),
        unlisted=len(found.unlisted),
        missing=_named(found.missing),
    )
    last = _last(decision, publisher)
    capture = _capture_of(decision, last, file)
    if last is None or capture is None or last.data != event:
        source = Source(url=file.url, capture=capture or _keep(decision, file))
        compare_list(decision, event, Notice(source=source))
    return found


def compared(decision: Decision, listed: Sequence[ListedReport], publisher: str) -> Comparison:
    recorded = map(recorded_report, decision.below("report/").values())
    return compare(listed, [one for one in recorded if one is not None], publisher)


def _named(missing: Sequence[ListedReport]) -> tuple[ListedReport, ...]:
    """Return the first of those missing, as many as an entry takes."""
    named: list[ListedReport] = []
    left = MOST_BYTES_NAMED
    for row in missing[:MOST_NAMED]:
        left -= len(rfc8785.dumps(to_plain(row)))
        if left < 0:
            break
        named.append(row)
    return tuple(named)


def _last(decision: Decision, publisher: str) -> Entry | None:
    made = [
        entry
        for entry in decision.stream(SERVICE)
        if isinstance(entry.data, ListCompared) and entry.data.publisher == publisher
    ]
    return made[-1] if made else None


def _capture_of(decision: Decision, last: Entry | None, file: SheetFile) -> str | None:
    """Return the capture that holds these bytes already, if the last comparison was with them."""
    if last is None or last.source is None or last.source.capture is None:
        return None
    if last.source.url != file.url:
        return None
    for entry in decision.stream(capture_stream(last.source.capture)):
        if isinstance(entry.data, CaptureKept) and decision.log.holds(entry, file.raw):
            return last.source.capture
    return None


def _keep(decision: Decision, file: SheetFile) -> str:
    suffix = Path(file.book.file).suffix.lower()
    # Text has what was read and no more; a workbook may have hidden sheets and comments.
    audience: Audience = "public" if suffix == ".csv" else "office"
    came = Received(body=file.raw, media_type=MEDIA_TYPES[suffix], url=file.url, audience=audience)
    kept = keep_capture(decision, came, Notice())
    return kept.stream.removeprefix("capture/")
