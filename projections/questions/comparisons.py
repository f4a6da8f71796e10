"""The publishers' own lists that the reports recorded here were compared with."""

from collections.abc import Iterable
from datetime import date

from msgspec import convert

from ledger.dates import rfc3339
from ledger.events import ListCompared
from ledger.events.entry import Entry, to_plain
from ledger.events.streams import (
    SERVICE,
)
from ledger.states.effect import CapturedOn, Known, happened, in_effect
from projections import log_parts
from projections.answers.comparison import (
    Comparison,
    ListsCompared,
    ReportMissing,
    SourceListed,
)
from projections.answers.comparison import (
    ListCompared as OfPublisher,
)
from projections.questions.lists import published
from projections.questions.question import Question


def lists_compared(question: Question, publisher: str | None = None) -> ListsCompared:
    """Return for each publisher the last comparison of its reports with its own list. `compared` is
    None if there was no comparison."""
    lists = question.listed
    made = _last_compared(
        log_parts.of_type(lists.conn, lists.when.position, SERVICE, ListCompared.TOPIC),
        lists.when.effective_on,
        lists.log.context(lists.when.position).captured_on,
    )
    return ListsCompared(
        items=[
            OfPublisher(
                publisher=one, publisher_name=lists.register.name(one), compared=made.get(one)
            )
            for one in sorted({*published(question)[0], *made})
            if publisher in (None, one)
        ],
        as_of=lists.as_of,
    )


def _last_compared(
    entries: Iterable[Entry], effective_on: date, captured_on: CapturedOn
) -> dict[str, Comparison]:
    """Return the last comparison made by a day, by publisher.

    `entries` are the known entries of this type. Each counts from the last day on which the
    comparison can have been made.
    """
    found: dict[str, Comparison] = {}
    for one in in_effect(entries):
        interval = happened(one, report_day=None, captured_on=captured_on)
        if interval.hi <= effective_on:
            answer = _comparison(one, interval.hi)
            found[answer.publisher] = answer
    return found


def _comparison(one: Known, on: date) -> Comparison:
    data, source = one.data, one.entry.source
    assert isinstance(data, ListCompared)
    return Comparison(
        publisher=data.publisher,
        entry=one.id,
        compared_on=on.isoformat(),
        recorded_at=rfc3339(one.original.instant),
        recorded_by=one.entry.recorded_by,
        source=SourceListed(url=source.url, capture=source.capture) if source else None,
        count=data.count,
        matched=data.matched,
        missing_count=data.count - data.matched,
        missing=[convert(to_plain(row), ReportMissing) for row in data.missing],
        unlisted=data.unlisted,
    )
