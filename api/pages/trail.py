"""A trail as a timeline: each entry with both its dates, its source, and what became of it."""

from dataclasses import dataclass
from typing import Any

from flask import request

from api.pages import render
from api.pages.texts import Shown, shown
from api.pages.words import body_of, day, lag, moment
from ledger.errors import Fault, Unfit
from ledger.events import BY_TOPIC
from ledger.states.effect import DAY_FIELDS
from projections.answers.trail import ORDERS, Order

Entry = dict[str, Any]
_REVISIONS = ("report-revised", "statement-revised")


@dataclass(frozen=True, slots=True)
class Change:
    """A correction of one field: what it said, and what it should have said."""

    entry: str
    """The entry at its other end: the correction, seen from its target, and the other way round."""
    label: str
    was: Shown | None
    now: Shown | None
    recorded: str
    long: bool
    """Whether it changes a text, which only the correction itself shows."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """What set an entry aside."""

    entry: str
    recorded: str | None
    reason: Shown | None


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a timeline."""

    entry: Entry
    name: str
    partial: str
    rows: list[render.Row]
    dated: bool
    """Whether the act has a day of its own."""
    happened_on: str | None
    happened: str
    recorded_on: str
    recorded_time: str
    lag: str | None
    who: str
    recorder: str
    source: Shown | None
    changes: list[Change]
    """Corrections of this entry in effect."""
    correction: Change | None
    """What this entry corrects, if it is a correction."""
    set_aside: SetAside | None
    disputes: list[tuple[str, str, str]]
    """(entry, who, when recorded) of each reply to this entry."""
    opened: str | None
    """Which text of another entry this entry opens, as a page calls it."""
    was: Shown | None
    """Of a revision: what was published before; None where nothing was."""
    now: Shown | None
    """Of a revision: what is published since; None where it is gone."""

    def text(self, path: str) -> Shown | None:
        """The text in a field of the entry."""
        return shown((self.entry.get("texts") or {}).get(path), self.entry)


def order() -> Order:
    """The order of trails that the address asks for. Unfit where there is no such order."""
    given = request.args.get("order") or "recorded"
    for one in ORDERS:
        if given == one:
            return one
    sentence = f"“{given[:40]}” is no order of a trail: give order as recorded or happened."
    raise Unfit(sentence, Fault("order", sentence))


def timeline(items: list[Entry], names: dict[str, str]) -> list[Step]:
    """The entries of a trail, in the order in which they are given."""
    by_id = {item["id"]: item for item in items}
    return [_step(item, by_id, names) for item in items]


def _step(item: Entry, by_id: dict[str, Entry], names: dict[str, str]) -> Step:
    texts = item.get("texts") or {}
    account = item["recorded_by"]
    happened_on = item.get("known_on", item["occurred_on"])
    return Step(
        entry=item,
        name=render.name(item["type"]),
        partial=render.partial_for(item["type"]),
        rows=render.rows(item, names),
        dated=BY_TOPIC[item["type"]].DATED,
        happened_on=happened_on,
        happened=day(happened_on),
        recorded_on=moment(item["recorded_at"]).rpartition(", ")[0],
        recorded_time=moment(item["recorded_at"]).rpartition(", ")[2],
        lag=lag(happened_on, item["recorded_at"]),
        who=item.get("by_name") or item.get("by") or body_of(account),
        recorder=names.get(body_of(account), body_of(account)),
        source=shown(texts.get("source.note"), item),
        changes=_changes(item, by_id, names),
        correction=_correction(item, by_id, names),
        set_aside=_set_aside(item, by_id),
        disputes=_disputes(item, by_id),
        opened=_opened(item, by_id),
        was=_revised(item, "was", names),
        now=_revised(item, "now", names),
    )


def _revised(item: Entry, which: str, names: dict[str, str]) -> Shown | None:
    return said(item, which, names) if item["type"] in _REVISIONS else None


def _changes(item: Entry, by_id: dict[str, Entry], names: dict[str, str]) -> list[Change]:
    found = (item.get("corrected_by") or {}).values()
    return [_change(by_id[one], item, one, names) for one in found if one in by_id]


def _correction(item: Entry, by_id: dict[str, Entry], names: dict[str, str]) -> Change | None:
    if item["type"] != "entry-corrected":
        return None
    target = item["data"]["target"]
    return _change(item, by_id.get(target), target, names)


def _change(
    correction: Entry, target: Entry | None, shown_entry: str, names: dict[str, str]
) -> Change:
    data = correction["data"]
    return Change(
        entry=shown_entry,
        label=field_in_words(target["type"] if target else "", data["field"]),
        was=said(correction, "was", names),
        now=said(correction, "now", names),
        recorded=moment(correction["recorded_at"]),
        long=isinstance(data.get("now") or data.get("was"), dict),
    )


def said(correction: Entry, which: str, names: dict[str, str]) -> Shown | None:
    """What a correction or revision says that a field was, or is now; None: not known, nothing."""
    if (value := correction["data"].get(which)) is None:
        return None
    if isinstance(value, dict):
        return shown((correction.get("texts") or {}).get(which, value), correction)
    field_path = str(correction["data"]["field"])
    return Shown(words=render.said(names, field_path, str(value)))


def field_in_words(topic: str, path: str) -> str:
    """`The day on which it happened`: a field of an event by its path, as a page calls it."""
    if path in DAY_FIELDS:
        return "The day on which it happened"
    if path == "source.note":
        return "Where word of it came from"
    head, _, rest = path.partition(".")
    label = render.labels(topic).get(head, head) if topic in BY_TOPIC else head
    return f"{label}: {rest.replace('_', ' ')}" if rest else label


def _disputes(item: Entry, by_id: dict[str, Entry]) -> list[tuple[str, str, str]]:
    """The replies to an entry that are on its trail and were not set aside."""
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
