"""The copies that a form offers as evidence, named by their address and when they were received."""

import re
from collections.abc import Sequence

from api.reading import words
from api.requests import questions
from ledger.events import CaptureKept, ReportPublished, ResponsePublished
from ledger.events.entry import Entry
from ledger.events.streams import capture_stream
from projections.answers.capture import Copy
from projections.questions import log_entries
from projections.questions import trail as trail_question
from projections.questions.log_entries import Wanted
from projections.questions.question import Question

_LATEST = 30
"""So many copies that anybody kept last are looked at."""
_SHEET = re.compile("text/csv|.*(spreadsheet|toml)")
"""The media types of what is imported, which is no evidence of a single act."""


def to_choose(
    about: Sequence[Entry], office: str | None, chosen: str | None
) -> tuple[tuple[str, str], ...]:
    """Return copies to choose from, the latest first: those that the entries cite, later ones of
    the same addresses, the last ones of the office, and the one that is chosen."""
    at = questions.question()
    cited = trail_question.copies(at, about)
    addresses = {one.url for one in cited.values() if one.url}
    for one in about:
        addresses |= _addresses(one)
    names = {chosen} if chosen else set()
    for kept in _latest(at, Wanted(types=("capture-kept",))):
        if isinstance(kept.data, CaptureKept) and kept.data.url in addresses:
            names.add(_name(kept))
    if office is not None:
        own = _latest(at, Wanted(types=("capture-kept",), by=office))
        names |= {_name(one) for one in own if not _is_sheet(one)}
    found = cited | trail_question.copies_named(at, names - cited.keys())
    there = [one for one in found.values() if one.readable]
    there.sort(key=lambda one: one.received_at, reverse=True)
    return tuple((one.id, _in_words(one)) for one in there)


def _latest(at: Question, wanted: Wanted) -> list[Entry]:
    return log_entries.newest(at, wanted, None, _LATEST).entries


def _addresses(entry: Entry) -> set[str]:
    """Return the addresses of pages that an entry names."""
    said = {entry.source.url} if entry.source and entry.source.url else set()
    match entry.data:
        case ResponsePublished(url=str() as url):
            return said | {url}
        case ReportPublished(same_as=pages):
            return said | set(pages)
        case _:
            return said


def _is_sheet(kept: Entry) -> bool:
    return isinstance(kept.data, CaptureKept) and bool(_SHEET.match(kept.data.media_type))


def _name(kept: Entry) -> str:
    return kept.stream.removeprefix(capture_stream(""))


def _in_words(one: Copy) -> str:
    what = one.url.partition("://")[2] if one.url else f"A file ({one.media_type})"
    return f"{what}, received {words.moment(one.received_at)}"
