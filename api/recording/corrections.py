"""The forms that correct an entry: a list of its fields in words, and a form for each field.

A form asks for a day, a choice, a body or words, as the field itself is declared.
"""

import copy
import re
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from api.reading import words
from api.reading.entry_fields import field_in_words, value_in_words
from api.reading.texts import text_of
from api.recording.form_fields import LABELS
from api.requests import current, questions
from api.schemas.acts import SCHEMAS, EntryCorrectedSchema
from api.schemas.derive import Day, StringOrText, TextField, YesOrNo, nested
from ledger.acts.correction import correctable
from ledger.errors import Refused
from ledger.events.entry import Entry
from ledger.events.texts import Text
from ledger.states.effect import DAY_FIELDS, known, value_at
from projections.answers.trail import TrailEntry
from projections.questions import trail as trail_question

DAYS = {
    "report-published": "day it was published",
    "response-published": "day it was published",
    "report-revised": "day it was seen",
    "statement-revised": "day it was seen",
}
"""The names of an entry's own day, by the entry's type; others call it the day it happened."""


@dataclass(frozen=True)
class Correctable:
    """A field of an entry that may be corrected: its path, its name, and what it says now."""

    path: str
    label: str
    says: str
    """The value in words, or why it isn't shown; empty if it says nothing."""
    value: str | None
    """The value as a form gives it back; None if it has none, or the reader may not read it."""
    kind: ma.fields.Field[Any]

    @property
    def is_missing(self) -> bool:
        """Return whether it is a day that is not known."""
        return self.path in DAY_FIELDS and self.value is None

    @property
    def title(self) -> str:
        """Return the title of its form."""
        if self.is_missing:
            return f"Add the {self.label}"
        if not self.says:
            return f"Add: {self.label[:1].lower()}{self.label[1:]}"
        return f"Correct: {self.label[:1].lower()}{self.label[1:]}"


def fields_of(entry: Entry) -> list[Correctable]:
    """Return the fields of an entry that its form corrects, as they stand now."""
    declared, stream = _declared(entry), current.ledger().read_stream(entry.stream)
    own_day = next((name for name in declared if name in DAY_FIELDS), None)
    now = next(one.entry for one in known(stream) if one.id == entry.id)
    told = trail_question.entry(questions.question(), entry.id)
    found = [
        _correctable(entry, now, told, path, kind)
        for path in correctable(entry, own_day)
        if (kind := _kind_of(declared, path)) is not None
    ]
    return sorted(found, key=lambda one: one.path not in DAY_FIELDS)


def field_of(entry: Entry, path: str) -> Correctable:
    """Return one of these fields. Raise Refused if the entry has no such field to correct."""
    for one in fields_of(entry):
        if one.path == path or {one.path, path} <= DAY_FIELDS:
            return one
    raise Refused(
        "no-such-field", f"“{path[:80]}” cannot be corrected here: choose a field of the entry."
    )


def schema_of(found: Correctable) -> ma.Schema:
    """Return the schema of a correction whose `now` is of the kind of the field."""
    now = copy.copy(found.kind)
    now.required = True
    adds = found.is_missing or not found.says
    now.allow_none = not adds and (now.allow_none or found.path in DAY_FIELDS)
    said = "" if adds else f"It says now: {words.beginning(found.says, 120)}"
    now.metadata = {"label": words.capital(found.label), "description": said}
    kind = type("EntryCorrectedHere", (EntryCorrectedSchema,), {"now": now})
    made = kind()
    assert isinstance(made, ma.Schema)
    return made


def begins_with(found: Correctable) -> dict[str, str]:
    """Return the values that the form of a field begins with."""
    if found.is_missing:
        return {"reason": "The day was not known when this was recorded."}
    return {"now": found.value or ""}


def called(entry: Entry, path: str) -> str:
    """Return the name of a field of an entry for a sentence: `the day it was published`."""
    kind = _kind_of(_declared(entry), path)
    assert kind is not None, "no form corrects such a field"
    label = _label(entry.data.TOPIC, path, kind)
    return f"the {label}" if path in DAY_FIELDS else f"“{label.partition('. ')[0]}”"


def in_words(path: str, value: str | Text | None) -> str:
    """Return a value of a field in words: those of a text that is being said, or of a plain
    value."""
    if isinstance(value, Text):
        assert value.opening is not None
        return f"“{words.beginning(value.opening.body, 120)}”"
    if path in DAY_FIELDS:
        return words.day(value) if value else "not known"
    return value_in_words(words.names(questions.question()), path, value) if value else "nothing"


def _declared(entry: Entry) -> dict[str, ma.fields.Field[Any]]:
    """Return the fields of an entry by their names, with the forms of its act's request."""
    event = type(entry.data)
    if event in SCHEMAS:
        named = dict(SCHEMAS[event]().fields)
        return dict(nested(event, "").schema.fields) | named
    return dict(nested(event, "").schema.fields)


def _kind_of(declared: dict[str, ma.fields.Field[Any]], path: str) -> ma.fields.Field[Any] | None:
    """Return the field at a path; None if a form cannot say its value as words."""
    if path in DAY_FIELDS:
        return Day(allow_none=True)
    first, *steps = path.split(".")
    one = declared.get(first)
    for step in steps:
        if isinstance(one, ma.fields.List):
            one = one.inner
        elif isinstance(one, ma.fields.Nested):
            one = one.schema.fields.get(step)
    if isinstance(one, ma.fields.List | ma.fields.Nested | ma.fields.Integer | YesOrNo | None):
        return None
    return StringOrText(allow_none=one.allow_none) if isinstance(one, TextField) else one


def _correctable(
    entry: Entry, now: Entry, told: TrailEntry, path: str, kind: ma.fields.Field[Any]
) -> Correctable:
    value, label = value_at(now, path), _label(entry.data.TOPIC, path, kind)
    if path in DAY_FIELDS:
        return Correctable(path, label, in_words(path, value), value, kind)
    if isinstance(value, Text):
        # The words of a correction stand with the correction.
        shown = text_of(told, path) if value == value_at(entry, path) else None
        found = shown.words if shown else None
        return Correctable(path, label, found or "words that are not shown here", found, kind)
    says = value_in_words(words.names(questions.question()), path, str(value)) if value else ""
    return Correctable(path, label, says, value, kind)


_OF_A_SOURCE = {
    "source.note": "How it was known, in words",
    "source.url": "The address where it stands",
    "source.capture": "The copy that it comes from",
}


def _label(topic: str, path: str, kind: ma.fields.Field[Any]) -> str:
    """Return what a field is called: as forms call it, or else as its entry’s page does."""
    if path in DAY_FIELDS:
        return DAYS.get(topic, "day it happened")
    if path in _OF_A_SOURCE:
        return _OF_A_SOURCE[path]
    plain = re.sub(r"[.][0-9]+", "", path)
    if "." not in plain:
        called = kind.metadata.get("label") or LABELS.get(plain) or field_in_words(topic, plain)
    else:
        called = field_in_words(topic, plain)
    which = re.findall(r"[.]([0-9]+)", path)
    return f"{called}, {' and '.join(str(int(n) + 1) for n in which)}" if which else str(called)
