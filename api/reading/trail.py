"""A trail of entries as a timeline: each with both its dates, its source, its corrections and its
setting aside."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

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
from api.reading.texts import Shown, body_of, shown
from api.reading.words import beginning, day, lag, moment
from ledger.errors import Fault, Unfit
from ledger.events import BY_TOPIC
from ledger.states.effect import DAY_FIELDS
from projections.answers.trail import ORDERS, Order

Entry = dict[str, Any]
_REVISIONS = ("report-revised", "statement-revised")
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

    entry: Entry
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
        """Return the text in a field of the entry, unless it is held: `held` says that once for
        all."""
        found = shown((self.entry.get("texts") or {}).get(path), self.entry)
        return None if found is not None and found.held else found

    def change(self, path: str) -> Change | None:
        """Return the correction in effect of a field, or None."""
        return next((one for one in self.changes if one.path == path), None)

    @property
    def held_since(self) -> str:
        return str(self.entry["recorded_at"])


def order() -> Order:
    """Return the order of trails that the address gives. Raise Unfit for another."""
    given = request.args.get("order") or "happened"
    for one in ORDERS:
        if given == one:
            return one
    sentence = f"“{given[:40]}” is no order of a trail: give order as recorded or happened."
    raise Unfit(sentence, Fault("order", sentence))


def trail_context(kept: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return what the template of a page with a trail needs: its steps and their texts."""
    items = kept["items"]
    names = names | {item["by"]: item["by_name"] for item in items if item.get("by_name")}
    steps = timeline(items, names)
    by_id = {step.entry["id"]: step for step in steps}

    def held(entry: str, path: str) -> Shown | None:
        step = by_id.get(entry)
        return shown((step.entry.get("texts") or {}).get(path), step.entry) if step else None

    numbers = {item["id"]: item["position"] for item in items}
    return {
        "steps": steps,
        "names": names,
        "held": held,
        "numbers": numbers,
        "order": kept["order"],
        "later": kept.get("later", 0),
    }


def timeline(items: list[Entry], names: dict[str, str]) -> list[Step]:
    """Return the entries of a trail as steps, in reverse order."""
    by_id = {item["id"]: item for item in items}
    return [_step(item, by_id, names) for item in reversed(items)]


def _step(item: Entry, by_id: dict[str, Entry], names: dict[str, str]) -> Step:
    texts = item.get("texts") or {}
    account = item["recorded_by"]
    happened_on = item.get("known_on", item["occurred_on"])
    made = (item.get("corrected_by") or {}).values()
    changes = [_change(by_id[one], item, one, names) for one in made if one in by_id]
    return Step(
        entry=item,
        name=event_name(item["type"]),
        summary=_summary(item, changes),
        partial=partial_for(item["type"]),
        fields=fields_in_words(item, names),
        dated=BY_TOPIC[item["type"]].DATED,
        happened_on=happened_on,
        happened=day(happened_on),
        day_was=_day_was(changes),
        recorded=recorded(item),
        lag=lag(happened_on, item["recorded_at"]),
        who=item.get("by_name") or item.get("by") or body_of(account),
        recorder=names.get(body_of(account), body_of(account)),
        source=shown(texts.get("source.note"), item),
        changes=changes,
        correction=_correction(item, by_id, names),
        set_aside=_set_aside(item, by_id),
        disputes=_disputes(item, by_id),
        opened=_opened(item, by_id),
        was=_revised(item, "was", names),
        now=_revised(item, "now", names),
        held=[text_in_words(path) for path, text in texts.items() if text.get("held")],
    )


_GISTS = ("question", "outcome", "text", "reason", "title")
"""The texts of an entry that can stand for it in one line; the first one found is used."""
_STRUCK = {"claim.means", "on", "due_on"}
"""The fields that a summary says, beside the day."""


def _summary(item: Entry, changes: list[Change]) -> Summary:
    mended = next((one for one in changes if one.path in _STRUCK and not one.long), None)
    begins, ends = act_in_two(item)
    opened = (shown((item.get("texts") or {}).get(path), item) for path in _GISTS)
    gist = next((beginning(one.words) for one in opened if one is not None and one.words), "")
    if mended is None:
        return Summary(begins, "", ends, gist)
    was, now = (one.words if one and one.words else "not known" for one in (mended.was, mended.now))
    return Summary(begins, ends or was or "", now or "", gist)


def _day_was(changes: list[Change]) -> str | None:
    found = next((one for one in changes if one.path in DAY_FIELDS), None)
    if found is None:
        return None
    return found.was.words if found.was is not None and found.was.words else "not known"


def _revised(item: Entry, which: str, names: dict[str, str]) -> Shown | None:
    return said(item, which, names) if item["type"] in _REVISIONS else None


def _correction(item: Entry, by_id: dict[str, Entry], names: dict[str, str]) -> Change | None:
    if item["type"] != "entry-corrected":
        return None
    target = item["data"]["target"]
    return _change(item, by_id.get(target), target, names)


def _change(
    correction: Entry, target: Entry | None, shown_entry: str, names: dict[str, str]
) -> Change:
    data = correction["data"]
    texts = correction.get("texts") or {}
    return Change(
        entry=shown_entry,
        label=field_in_words(target["type"] if target else "", data["field"]),
        was=said(correction, "was", names),
        now=said(correction, "now", names),
        recorded=moment(correction["recorded_at"]),
        long=isinstance(data.get("now") or data.get("was"), dict),
        path=str(data["field"]),
        who=correction.get("by_name") or body_of(correction["recorded_by"]),
        reason=shown(texts.get("reason"), correction),
    )


def said(correction: Entry, which: str, names: dict[str, str]) -> Shown | None:
    """Return the former or the present value of a correction's or revision's field; None if it is
    not known, or empty."""
    if (value := correction["data"].get(which)) is None:
        return None
    if isinstance(value, dict):
        return shown((correction.get("texts") or {}).get(which, value), correction)
    field_path = str(correction["data"]["field"])
    return Shown(words=value_in_words(names, field_path, str(value)))


def _disputes(item: Entry, by_id: dict[str, Entry]) -> list[tuple[str, str, str]]:
    """Return the replies to an entry that are on its trail and were not set aside."""
    replies = (by_id[one] for one in item.get("disputed_by") or [] if one in by_id)
    return [
        (one["id"], one.get("by_name") or body_of(one["recorded_by"]), moment(one["recorded_at"]))
        for one in replies
        if one.get("in_effect", True)
    ]


def _opened(item: Entry, by_id: dict[str, Entry]) -> str | None:
    if item["type"] not in ("text-released", "redaction-sought", "text-redacted"):
        return None
    target = by_id.get(item["data"]["target"])
    return field_in_words(target["type"] if target else "", item["data"]["field"]).lower()


def _set_aside(item: Entry, by_id: dict[str, Entry]) -> SetAside | None:
    if item.get("in_effect", True) or not (retraction := item.get("set_aside_by")):
        return None
    if (by := by_id.get(retraction)) is None:
        return SetAside(retraction, None, None)
    reason = shown((by.get("texts") or {}).get("reason"), by)
    return SetAside(retraction, moment(by["recorded_at"]), reason)


@cache
def partial_for(topic: str) -> str:
    """Return the template that renders an event: its own if there is one, else the default.

    Raise LookupError for a topic that no event declares.
    """
    if topic not in BY_TOPIC:
        raise LookupError(f"No event declares the topic “{topic}”.")
    own = f"{topic}.html"
    return f"events/{own}" if (_PARTIALS / own).is_file() else "events/default.html"
