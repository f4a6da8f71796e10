"""Days that decide a verdict and are not as they were first recorded: by which correction."""

from collections.abc import Iterable
from typing import TypedDict

from ledger.clock import london_date
from ledger.dates import in_words
from ledger.events.entry import Entry
from ledger.states.effect import known


class CorrectedDay(TypedDict):
    """An act's own day as it was first recorded, and as a correction in effect has it."""

    entry: str
    correction: str
    was: str | None
    now: str | None
    corrected_on: str
    """The London date of the correction."""


def corrected_days(entries: Iterable[Entry]) -> dict[str, CorrectedDay]:
    """By the act's entry: those of one stream whose day is another now."""
    return {
        one.id: CorrectedDay(
            entry=one.id,
            correction=by.id,
            was=one.original.occurred_on,
            now=one.entry.occurred_on,
            corrected_on=london_date(by.instant).isoformat(),
        )
        for one in known(entries)
        if (by := one.corrected_by.get("occurred_on")) is not None
    }


def sentence(of: str, one: CorrectedDay) -> str:
    """It in words; `of`: whose day it is."""
    was = "not known" if one["was"] is None else in_words(one["was"])
    now = "not known" if one["now"] is None else in_words(one["now"])
    on = in_words(one["corrected_on"])
    return f"The day of {of} was first recorded as {was}; it was corrected on {on}, to {now}."
