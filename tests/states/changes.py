"""The changes that an entry of each event allows: correction, retraction, dispute, opened text."""

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from api.schemas.acts import SCHEMAS
from ledger.acts.table import ACTS, ENTRY
from ledger.events import EVENTS, AnyEvent, Doc, EntryCorrected, EntryRetracted
from ledger.events.entry import Entry
from ledger.events.texts import Text
from tests.api.site import PAGE, Site
from tests.states.machine import Found, bring
from tests.states.trying import Outcome, Subject, Try, confirmation_of, do, texts_of

_BY_FORM = {
    "day": "2025-08-30",
    "url": "https://another.example/",
    "body": "dorset-police",
    "entry": "0197d000-0000-7000-8000-00000000000a",
    "plain": "something else",
    "label": "something else",
    "id": "another-name",
}


@dataclass(frozen=True)
class Changes:
    """The outcomes of trying to change an entry of one event."""

    event: type[AnyEvent]
    corrected: Mapping[str, Outcome]
    """By the path of each of its fields."""
    acts: Mapping[str, Mapping[str, Outcome]]
    """By the word of every other act on an entry, then by field; "" where it takes none."""


def changes(
    site: Site, found: Sequence[Found], events: Sequence[type[AnyEvent]] = EVENTS
) -> list[Changes]:
    """Try every act on an entry of each event that a try recorded, and return the outcomes."""
    return [
        _of(site, event, made)
        for event in events
        if (made := next((one for one in found if event.TOPIC in one.made), None))
    ]


def _of(site: Site, event: type[AnyEvent], made: Found) -> Changes:

    def afresh() -> tuple[Subject, Entry]:
        subject = bring(site, made.machine, made.made[event.TOPIC])
        return subject, site.ledger.entry(subject.entries[event.TOPIC])

    subject, entry = afresh()
    corrected = {
        path: _act(site, subject, entry, EntryCorrected, {"field": path, "now": now})
        for path, now in others(entry).items()
    }
    acts: dict[str, dict[str, Outcome]] = {}
    subject, entry = afresh()
    recorder = made.made[event.TOPIC][-1].who
    sought: dict[str, dict[str, Outcome]] = {}
    for act in (one for one in ACTS if one.path.startswith(ENTRY)):
        if act.event is EntryCorrected:
            continue
        if act.word in sought:
            acts[act.word] = {
                path: do(site, subject, _on(request.entries[0][1], act.event, {}))
                if request.recorded
                else request
                for path, request in sought[act.word].items()
            }
            continue
        if act.event is EntryRetracted:
            alone, target = afresh()
            acts[act.word] = {"": _act(site, alone, target, act.event, {})}
            continue
        takes_field = "field" in SCHEMAS[act.event]().fields
        fields = (texts_of(entry) or ["text"]) if takes_field else [""]
        confirming = confirmation_of(act)
        who = "admin" if confirming is None else recorder
        acts[act.word] = {
            path: _act(site, subject, entry, act.event, {"field": path} if path else {}, who)
            for path in fields
        }
        if confirming is not None:
            sought[confirming.word] = acts[act.word]
    return Changes(event, corrected, acts)


def _act(
    site: Site,
    subject: Subject,
    entry: Entry,
    event: type[AnyEvent],
    says: dict[str, Any],
    who: str = "admin",
) -> Outcome:
    source = {"source": PAGE} if event is EntryCorrected else {}
    return do(site, subject, _on(entry.id, event, says | source, who))


def _on(target: str, event: type[AnyEvent], says: dict[str, Any], who: str = "admin") -> Try:
    return Try(event, who, says, to=lambda _: target)


def others(entry: Entry) -> dict[str, Any]:
    """Return every field of an entry that has a value of its own, by its path, with another
    value."""
    found = {"occurred_on": "2025-08-30"}
    if entry.source is not None and entry.source.note is not None:
        found["source.note"] = "A letter."
    return found | _others(type(entry.data), entry.data, "")


def _others(kind: Any, value: Any, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        found |= _other(hints[field.name], getattr(value, field.name), path + field.name)
    return found


def _other(hint: Any, value: Any, path: str, form: str = "plain") -> dict[str, Any]:
    if get_origin(hint) is Annotated:
        hint, doc = get_args(hint)
        assert isinstance(doc, Doc)
        form = doc.form
    if get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(kind for kind in get_args(hint) if kind is not type(None))
    if get_origin(hint) is tuple:
        return _other(get_args(hint)[0], value[0], f"{path}.0", form) if value else {path: "text"}
    if hint is Text:
        return {path: f"Other words, in {path}."}
    if dataclasses.is_dataclass(hint):
        return _others(hint, value, f"{path}.") if value is not None else {path: "text"}
    if get_origin(hint) is Literal:
        return {path: next(word for word in get_args(hint) if word != value)}
    return {path: _BY_FORM[form] if hint is str else "2"}
