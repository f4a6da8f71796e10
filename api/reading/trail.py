"""A trail of entries as a timeline: each with both its dates, its source, its corrections and its
setting aside."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from flask import request

from api.reading.act_sentences import act_in_two, recorded
from api.reading.entry_fields import (
    EntryField,
    event_name,
    field_in_words,
    fields_in_words,
    text_in_words,
    value_in_words,
)
from api.reading.texts import Shown, body_of, text_of
from api.reading.words import beginning, day, lag, moment
from ledger.errors import Fault, Unfit
from ledger.events import (
    BY_TOPIC,
    EntryCorrected,
    RedactionSought,
    ReportRevised,
    StatementRevised,
    TextRedacted,
    TextReleased,
)
from ledger.events.texts import Text
from ledger.states.effect import DAY_FIELDS
from projections.answers.trail import ORDERS, Trail, TrailByTheDay, TrailEntry
from projections.language import say
from projections.questions.trail import TrailPage

Revision = EntryCorrected | ReportRevised | StatementRevised
"""The events that say what a field was, and is."""
Which = Literal["was", "now"]
ById = dict[str, TrailEntry]
"""The entries of a trail by their ids."""
AboutText = TextReleased | RedactionSought | TextRedacted
_PARTIALS = Path(__file__).parent / "templates" / "events"


@dataclass(frozen=True, slots=True)
class Change:
    """A correction of one field: its former and its corrected value."""

    entry: str
    """The other entry: the correction, seen from its target, or the target, seen from the
    correction."""
    label: str
    was: Shown | None
    now: Shown | None
    recorded: str
    long: bool
    """True if it changes a text."""
    path: str
    """The field, by its path in the entry."""
    who: str
    reason: Shown | None


@dataclass(frozen=True, slots=True)
class SetAside:
    """The entry that set another aside."""

    entry: str
    recorded: str | None
    reason: Shown | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One line that says who did what. A corrected word stands before the one that replaced it."""

    begins: str
    struck: str
    ends: str
    gist: str
    """The beginning of its text, if everybody may read it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a timeline."""

    entry: TrailEntry
    name: str
    summary: Summary
    partial: str
    fields: list[EntryField]
    dated: bool
    """True if the act has a day of its own."""
    happened_on: str | None
    happened: str
    day_was: str | None
    """The day as it was first recorded, if it was corrected."""
    recorded: str
    """When it was recorded: how long after it happened, or on which day."""
    lag: str | None
    who: str
    recorder: str
    source: Shown | None
    changes: list[Change]
    """The corrections of this entry in effect."""
    correction: Change | None
    """The correction that this entry makes, if it is one."""
    set_aside: SetAside | None
    disputes: list[tuple[str, str, str]]
    """(entry, who, when recorded) for each reply to this entry."""
    opened: str | None
    """The text of another entry that this one opens, in words."""
    was: Shown | None
    """For a revision: the wording before it; None if there was none."""
    now: Shown | None
    """For a revision: the wording since; None if the text is gone."""

    held: list[str]
    """Its held texts, in words."""

    def text(self, path: str) -> Shown | None:
        """The text in a field of the entry, if it is not held: `held` says that once for all."""
        found = text_of(self.entry, path)
        return None if found is not None and found.held else found

    def change(self, path: str) -> Change | None:
        """Return the correction in effect of a field, or None."""
        return next((one for one in self.changes if one.path == path), None)

    @property
    def held_since(self) -> str:
        return self.entry.recorded_at


PAGE = 30
"""The entries of one page of a trail."""


def trail_page() -> TrailPage:
    """Return the page of a trail that the address gives: its order (`order`), the position of the
    entry before it (`after`), or the whole trail (`entries=all`). Raise Unfit for what it cannot
    be."""
    asked = request.args.get("order") or "happened"
    order = next((one for one in ORDERS if one == asked), None)
    if order is None:
        raise _unfit("order", asked, "order of a trail: give order as recorded or happened")
    after = request.args.get("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) <= 16):
        raise _unfit("after", after, "position: take the link to the next page")
    if (entries := request.args.get("entries") or "") not in ("", "all"):
        raise _unfit("entries", entries, "part of a trail: give entries as all, or leave it out")
    return TrailPage(order, int(after), None if entries else PAGE)


def _unfit(name: str, given: str, wanted: str) -> Unfit:
    sentence = f"“{given[:40]}” is no {wanted}."
    return Unfit(sentence, Fault(name, sentence))


@dataclass(frozen=True, slots=True)
class TrailContext:
    """What the template of a page with a trail is given."""

    entries: ById
    """The entries that were read, by their ids."""
    names: dict[str, str]
    page: TrailByTheDay | None = None
    """None where the page shows no trail, but one entry of it."""

    def step(self, entry: str) -> Step | None:
        """Return an entry as a step, or None where it is not of the trail."""
        item = self.entries.get(entry)
        return _step(item, self.entries, self.names) if item else None

    def held(self, entry: str, path: str) -> Shown | None:
        """Return a text of an entry of the trail."""
        item = self.entries.get(entry)
        return text_of(item, path) if item else None

    @property
    def values(self) -> dict[str, Any]:
        """Return the names by which the template has them."""
        positions = {name: item.position for name, item in self.entries.items()}
        given = {"names": self.names, "held": self.held, "step_of": self.step, "numbers": positions}
        if (page := self.page) is None:
            return given
        shown = [_step(self.entries[one], self.entries, self.names) for one in page.shown]
        return given | {
            "trail": page,
            "steps": shown,
            "on_page": frozenset(page.shown),
            "numbers": page.numbers,
        }


def trail_context(kept: Trail | TrailByTheDay, names: dict[str, str]) -> TrailContext:
    """Return a trail as its page shows it."""
    names = names | {item.by: item.by_name for item in kept.items if item.by and item.by_name}
    entries = {item.id: item for item in kept.items}
    return TrailContext(entries, names, kept if isinstance(kept, TrailByTheDay) else None)


def _step(item: TrailEntry, by_id: ById, names: dict[str, str]) -> Step:
    recorder, happened_on = body_of(item.recorded_by), item.known_on
    made = [by_id[one] for one in item.corrected_by.values() if one in by_id]
    changes = [
        _change(one, one.event, item, one.id, names)
        for one in made
        if isinstance(one.event, EntryCorrected)
    ]
    return Step(
        entry=item,
        name=event_name(item.type),
        summary=_summary(item, changes),
        partial=partial_for(item.type),
        fields=fields_in_words(item, names),
        dated=item.event.DATED,
        happened_on=happened_on,
        happened=day(happened_on),
        day_was=_day_was(changes),
        recorded=recorded(item),
        lag=lag(happened_on, item.recorded_at),
        who=item.by_name or item.by or recorder,
        recorder=names.get(recorder, recorder),
        source=text_of(item, "source.note"),
        changes=changes,
        correction=_correction(item, by_id, names),
        set_aside=_set_aside(item, by_id),
        disputes=_disputes(item, by_id),
        opened=_opened(item, by_id),
        was=_revised(item, "was", names),
        now=_revised(item, "now", names),
        held=[text_in_words(path) for path, text in item.texts.items() if text.held],
    )


_GISTS = ("question", "outcome", "text", "reason", "title")
"""The texts of an entry that can stand for it in one line; the first one found is used."""
_STRUCK = {"claim.means", "on", "due_on"}
"""The fields that a summary says, beside the day."""


def _summary(item: TrailEntry, changes: list[Change]) -> Summary:
    mended = next((one for one in changes if one.path in _STRUCK and not one.long), None)
    begins, ends = act_in_two(item)
    opened = (text_of(item, path) for path in _GISTS)
    gist = next((beginning(one.words) for one in opened if one is not None and one.words), "")
    if mended is None:
        return Summary(begins, "", ends, gist)
    was, now = (
        one.words if one and one.words else say("not known") for one in (mended.was, mended.now)
    )
    return Summary(begins, ends or was or "", now or "", gist)


def _day_was(changes: list[Change]) -> str | None:
    found = next((one for one in changes if one.path in DAY_FIELDS), None)
    if found is None:
        return None
    return found.was.words if found.was is not None and found.was.words else say("not known")


def _revised(item: TrailEntry, which: Which, names: dict[str, str]) -> Shown | None:
    match item.event:
        case (ReportRevised() | StatementRevised()) as event:
            return said(item, event, which, names)
        case _:
            return None


def _correction(item: TrailEntry, by_id: ById, names: dict[str, str]) -> Change | None:
    if not isinstance(item.event, EntryCorrected):
        return None
    target = item.event.target
    return _change(item, item.event, by_id.get(target), target, names)


def _change(
    item: TrailEntry,
    made: EntryCorrected,
    target: TrailEntry | None,
    other: str,
    names: dict[str, str],
) -> Change:
    """Return the correction that an entry made of a target; `other` is the entry that it is shown
    with."""
    return Change(
        entry=other,
        label=field_in_words(target.type if target else "", made.field),
        was=said(item, made, "was", names),
        now=said(item, made, "now", names),
        recorded=moment(item.recorded_at),
        long=isinstance(made.now or made.was, Text),
        path=made.field,
        who=item.by_name or body_of(item.recorded_by),
        reason=text_of(item, "reason"),
    )


def said(item: TrailEntry, revision: Revision, which: Which, names: dict[str, str]) -> Shown | None:
    """Return the former or the present value of a correction's or revision's field; None if it is
    not known, or empty."""
    value = revision.was if which == "was" else revision.now
    if value is None:
        return None
    if isinstance(value, Text):
        return text_of(item, which)
    return Shown(words=value_in_words(names, revision.field, value))


def _disputes(item: TrailEntry, by_id: ById) -> list[tuple[str, str, str]]:
    """Return the replies to an entry that are on its trail and were not set aside."""
    replies = (by_id[one] for one in item.disputed_by if one in by_id)
    return [
        (one.id, one.by_name or body_of(one.recorded_by), moment(one.recorded_at))
        for one in replies
        if one.in_effect
    ]


def _opened(item: TrailEntry, by_id: ById) -> str | None:
    if not isinstance(item.event, AboutText):
        return None
    target = by_id.get(item.event.target)
    return field_in_words(target.type if target else "", item.event.field).lower()


def _set_aside(item: TrailEntry, by_id: ById) -> SetAside | None:
    if item.set_aside_by is None:
        return None
    if (by := by_id.get(item.set_aside_by)) is None:
        return SetAside(item.set_aside_by, None, None)
    return SetAside(by.id, moment(by.recorded_at), text_of(by, "reason"))


@cache
def partial_for(topic: str) -> str:
    """Return the template that renders an event: its own if there is one, else the default.

    Raise LookupError for a topic that no event declares.
    """
    if topic not in BY_TOPIC:
        raise LookupError(f"No event declares the topic “{topic}”.")
    own = f"{topic}.html"
    return f"events/{own}" if (_PARTIALS / own).is_file() else "events/default.html"
