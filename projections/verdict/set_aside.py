"""What was set aside or corrected of all that a verdict on a response rests on: by what, in words.

It is worked out from the log where a working is asked for, and kept nowhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from ledger.clock import london_date
from ledger.dates import in_words
from ledger.events import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    DutyDisapplied,
    EntryCorrected,
    EntryRetracted,
    ExtensionGranted,
    ReportPublished,
    ReportTakenOver,
    ResponseDutyArose,
    ResponsePublished,
)
from ledger.events.entry import Entry
from ledger.events.texts import Text
from ledger.states.effect import DAY_FIELDS, KNOWLEDGE, Known, known

_NAMES: Mapping[type, str] = {
    ReportPublished: "report",
    ResponsePublished: "response",
    DutyDisapplied: "disapplication",
    ExtensionGranted: "extension",
    ChiefOfficerCommentsInvited: "invitation of the chief officer’s comments",
    ChiefOfficerCommentsReceived: "receipt of the chief officer’s comments",
}
_OF_THE_REPORT = ("source",)
"""What the basis of its day rests on."""
_NOT_DECIDING = ("url", "same_as_report")


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that does not count, the entry that set it aside, and a sentence that says so."""

    entry: str
    by: str
    sentence: str


def set_aside(of_report: Iterable[Entry], of_response: Iterable[Entry]) -> list[Aside]:
    """What does not count, in the order of the log: acts that were retracted, corrections that
    were retracted or that another one replaced, retractions that were undone, and a duty that was
    worked out anew. Of the report, what its day and the basis of that rest on."""
    report = {one.id: one for one in known(of_report)}
    response = {one.id: one for one in known(of_response)}
    found = [
        *((one, by, report) for one, by in _aside(report) if _of_the_days(one, report)),
        *((one, by, response) for one, by in _aside(response) if _decides(one, response)),
        *((one, by, response) for one, by in _worked_out_anew(response)),
    ]
    found.sort(key=lambda each: each[0].original.position)
    return [Aside(one.id, by.id, _sentence(one, by, there)) for one, by, there in found]


def _aside(there: Mapping[str, Known]) -> Iterator[tuple[Known, Known]]:
    """Each entry of a stream that was set aside or replaced, and by which one."""
    for one in there.values():
        if one.set_aside_by is not None:
            yield one, there[one.set_aside_by]
        elif isinstance(one.data, EntryCorrected):
            holds = there[one.data.target].corrected_by[_path(one.data)]
            if holds.id != one.id:
                yield one, there[holds.id]


def _worked_out_anew(there: Mapping[str, Known]) -> Iterator[tuple[Known, Known]]:
    duties = [one for one in there.values() if isinstance(one.data, ResponseDutyArose)]
    last = [one for one in duties if one.in_effect][-1:]
    for one in duties:
        if last and one.in_effect and one is not last[0]:
            yield one, last[0]


def _of_the_days(one: Known, there: Mapping[str, Known]) -> bool:
    match one.data:
        case EntryCorrected() as data:
            return _path(data) == "occurred_on" or data.field.startswith(_OF_THE_REPORT)
        case EntryRetracted(target=target):
            return _is_first(there[target]) and _of_the_days(there[target], there)
        case data:
            return isinstance(data, ReportTakenOver)


def _decides(one: Known, there: Mapping[str, Known]) -> bool:
    """Every act of a response does; of corrections, those of anything but words."""
    match one.data:
        case EntryCorrected() as data:
            return not isinstance(data.now, Text) and data.field not in _NOT_DECIDING
        case EntryRetracted(target=target):
            return _is_first(there[target]) and _decides(there[target], there)
        case data:
            return not isinstance(data, KNOWLEDGE)


def _is_first(target: Known) -> bool:
    """Whether a retraction of it is told once undone. Of a retraction of a retraction nothing is:
    whether the first one counts says all that the verdict rests on."""
    return not isinstance(target.data, EntryRetracted)


def _sentence(one: Known, by: Known, there: Mapping[str, Known]) -> str:
    since = _entered(by)
    if isinstance(one.data, ResponseDutyArose):
        last = f", to be met by {in_words(one.data.due_on)}" if one.data.due_on else ""
        return (
            f"The duty as it was worked out on {_entered(one)}{last}, does not count: it was "
            f"worked out anew on {since}."
        )
    if isinstance(one.data, EntryRetracted):
        noun = _noun(there[one.data.target], there)
        return f"{noun}, was set aside on {_entered(one)}; that was undone on {since}."
    if isinstance(by.data, EntryCorrected):
        return f"{_noun(one, there)}, was replaced on {since} by another: it does not count."
    return f"{_noun(one, there)}, was set aside on {since}: it does not count."


def _noun(one: Known, there: Mapping[str, Known]) -> str:
    """What an entry is, and when it was made, as a sentence begins with it."""
    made = _entered(one)
    match one.data:
        case EntryCorrected() as data:
            return f"The correction of {_corrected(data, there[data.target])}, made on {made}"
        case data if (name := _NAMES.get(type(data))) is not None:
            return f"A{'n' if name[0] in 'aeiou' else ''} {name}, entered on {made}"
        case _:
            return f"An entry “{_topic(one)}”, made on {made}"


def _corrected(data: EntryCorrected, target: Known) -> str:
    of = f"the {_NAMES.get(type(target.data), f'entry “{_topic(target)}”')}"
    if _path(data) == "occurred_on":
        return f"the day of {of} to {_day(data)}"
    field = f"“{data.field.replace('_', ' ')}” of {of}"
    return f"{field} to {_day(data)}" if data.field.endswith("_on") else field


def _day(data: EntryCorrected) -> str:
    return in_words(data.now) if isinstance(data.now, str) else "a day not known"


def _path(data: EntryCorrected) -> str:
    return "occurred_on" if data.field in DAY_FIELDS else data.field


def _topic(one: Known) -> str:
    return one.data.TOPIC.replace("-", " ")


def _entered(one: Known) -> str:
    return in_words(london_date(one.original.instant))


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
