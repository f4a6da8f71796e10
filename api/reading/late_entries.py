"""The page of entries recorded late, which auditors look at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from msgspec.structs import asdict

from api.reading import act_sentences, addresses, change_sentences, filter_form, words
from api.reading.filter_form import Field, body_choice, by_links, choice
from api.reading.lists import listed
from api.reading.page import blueprint, to
from api.reading.pictures.quarters import ByQuarter, draw_quarters
from api.requests import questions
from api.requests.questions import question
from api.schemas.reads import AskedLateEntries
from ledger.events import BY_TOPIC
from ledger.events.entry import Entry
from ledger.events.response import RESPONSE
from ledger.events.streams import RecommendationId, report_of
from projections.answers.entry import Entry as EntryAnswer
from projections.answers.entry import entry as entry_answer
from projections.as_of import AsOf
from projections.language import Table, say
from projections.questions import lists, log_entries, meetings
from projections.questions.changes import DEFAULT_LATE_BY
from projections.questions.log_entries import Wanted
from projections.questions.question import Question


@blueprint.get("/late-entries")
def late_entries() -> Response:
    """Show the entries recorded more than so many days after the last day on which they can have
    happened, the longest first."""
    if questions.asked("late_by") is None:
        return to(addresses.here({"late_by": str(DEFAULT_LATE_BY)}))
    at = question()
    acts = {topic: act_sentences.done(topic) for topic, event in BY_TOPIC.items() if event.DATED}
    hint = say("A day, such as 16/07/2026.")
    form = filter_form.form(
        [
            Field("since", say("Recorded after the end of"), kind="day", hint=hint),
            body_choice(at),
            choice("type", say("What was done"), acts),
            *by_links(at, by=say("Recorded by"), report=say("Report")),
        ],
        main=Field("late_by", say("Recorded more than this many days after"), kind="number"),
    )
    return listed("late-entries.html", form, AskedLateEntries, _answer, sorts=_SORTS)


_SORTS = Table(
    {
        "longest": "most days first",
        "newest": "newest first",
        "oldest": "oldest first",
        "office": "by the office that recorded them",
    }
)


class LateEntry(EntryAnswer, frozen=True, kw_only=True):
    """An entry recorded late, with what its line says."""

    by_name: str | None
    about: str
    title: str | None

    @property
    def known_on(self) -> str | None:
        """Return its day as it was recorded: this list goes by that."""
        return self.occurred_on


@dataclass(frozen=True, slots=True)
class LateEntries:
    """A page of entries recorded late."""

    items: list[LateEntry]
    next: int | None
    total: int
    """The number of late entries, at most COUNTED + 1."""
    backfill: int
    """The number of backfill entries left out, counted as far."""
    drawn: ByQuarter | None
    late_by: int
    as_of: AsOf


def _answer(at: Question, counted: bool, **asked: Any) -> LateEntries:
    found = log_entries.sorted_late(
        questions.question_sealed(),
        Wanted.of(asked),
        sort=asked["sort"],
        after=asked["after"],
        limit=asked["limit"],
        since=asked.get("since"),
        counted=counted,
    )
    names = words.names(at)
    numbers = _numbers(at, found.entries)
    titles = lists.titles(at, filter(None, (report_of(one.stream) for one in found.entries)))
    items = [_item(one, names, titles, numbers) for one in found.entries]
    return LateEntries(
        items,
        found.next,
        found.total,
        found.backfill,
        draw_quarters(found.by_quarter, names),
        asked["late_by"],
        found.when.as_of,
    )


def _numbers(at: Question, entries: Sequence[Entry]) -> dict[str, str]:
    """Return recommendations as their publishers numbered them, by their streams."""
    named = {
        one.stream: RecommendationId(*one.stream.split("/")[1:])
        for one in entries
        if one.stream.startswith("recommendation/")
    }
    now = meetings.recommendations_now(at, set(named.values()))
    return {
        stream: words.numbered(now[one].kind, now[one].number)
        for stream, one in named.items()
        if one in now
    }


def _item(
    entry: Entry, names: dict[str, str], titles: dict[str, str], numbers: dict[str, str]
) -> LateEntry:
    return LateEntry(
        **asdict(entry_answer(entry)),
        by_name=names.get(entry.by or "", entry.by),
        about=_about(entry.stream, names, numbers),
        title=titles.get(report_of(entry.stream) or ""),
    )


def _about(stream: str, names: dict[str, str], numbers: dict[str, str]) -> str:
    """Return the subject of a stream, beside its report; empty for the register and captures."""
    match stream.split("/"):
        case ["recommendation", _, key, addressee]:
            called = numbers.get(stream) or words.numbered(None, key)
            return change_sentences.recommendation_to(called, names.get(addressee, addressee))
        case ["response", _, body]:
            return change_sentences.response_of(RESPONSE, names.get(body, body))
        case ["meeting", panel, date]:
            return change_sentences.meeting_of(names.get(panel, panel), date)
        case _:
            return ""
