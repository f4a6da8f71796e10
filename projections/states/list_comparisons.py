"""Which list of its reports a publisher's were last compared with, at two dates. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ledger.clock import rfc3339
from ledger.events import ListCompared
from ledger.events.entry import Entry, to_plain
from ledger.states.effect import CapturedOn, Known, happened, in_effect


def last_compared(
    entries: Iterable[Entry], effective_on: date, captured_on: CapturedOn
) -> dict[str, dict[str, Any]]:
    """The last comparison that had been made by a day, by publisher.

    `entries` are those of the stream `service` that were known. It stands from the London date
    of its recording.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in in_effect(entry for entry in entries if isinstance(entry.data, ListCompared)):
        interval = happened(one, report_day=None, captured_on=captured_on)
        if interval.hi <= effective_on:
            answer = _shape(one, interval.hi)
            found[answer["publisher"]] = answer
    return found


def _shape(one: Known, on: date) -> dict[str, Any]:
    data, source = one.data, one.entry.source
    assert isinstance(data, ListCompared)
    return {
        "publisher": data.publisher,
        "entry": one.id,
        "compared_on": on.isoformat(),
        "recorded_at": rfc3339(one.original.instant),
        "recorded_by": one.entry.recorded_by,
        "source": {"url": source.url, "capture": source.capture} if source else None,
        "count": data.count,
        "matched": data.matched,
        "missing_count": data.count - data.matched,
        "missing": [to_plain(row) for row in data.missing],
        "unlisted": data.unlisted,
    }
