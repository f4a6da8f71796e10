"""The fields of an entry in words, by its event’s declaration."""

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from api.reading.texts import Shown, apart, text_of, web_address
from api.reading.words import day, word
from ledger import dates
from ledger.events import BY_TOPIC, Doc
from ledger.events.texts import Text
from ledger.states.effect import DAY_FIELDS
from projections.answers.trail import TrailEntry
from projections.language import Table

_DATE_NAMES = re.compile(r"(^|_)(on|by|from|until|since|begins|ends)$")
_LISTED_WORD = re.compile(r"[a-z]+(_[a-z]+)*")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INNER = {"on": "the day", "phrase": "in its words", "means": "meaning"}
"""Fields of values inside an event whose own name does not read well."""
_TARGET = Table(
    {
        "target.on": "The day by which the report wants it done",
        "target.phrase": "When the report wants it done, in its words",
    }
)


@dataclass(frozen=True, slots=True)
class EntryField:
    """A field of an event: its meaning, and its value in one of four forms."""

    path: str
    label: str
    words: str | None = None
    text: Shown | None = None
    url: str | None = None
    entry: str | None = None
    """The id of another entry."""

    @property
    def held(self) -> bool:
        """True if its text is held. A page says that once for the whole entry."""
        return self.text is not None and self.text.held


_OF_A_CLAIM = {
    "claim.means": "What it claims",
    "claim.as_stated": "What it claims, in its own words",
    "claim.expected_on": "The day by which it expects to be done",
    "claim.evidence.what": "What shows it",
    "claim.evidence.whose.body": "Whose evidence it is",
    "claim.evidence.whose.name": "Whose evidence it is",
    "claim.evidence.on": "The day of what shows it",
}
_TEXTS = {
    "claim.as_stated": "rating",
    "claim.evidence.what": "evidence",
    "claim.evidence.whose.name": "whose evidence it is",
    "source.note": "source",
    "target.phrase": "target",
    "was": "what it was",
    "now": "what it is",
}


def text_in_words(path: str) -> str:
    """Return a text of an entry, by its path, for a list of held texts: `text`, `rating`,
    `source`."""
    path = _without_places(path)
    return _TEXTS.get(path, path.replace(".", " ").replace("_", " "))


def _without_places(path: str) -> str:
    """Return a path without the places in lists: `claim.evidence.what`."""
    return re.sub(r"\.[0-9]+", "", path)


def field_in_words(topic: str, path: str) -> str:
    """Return the name of an event's field, by its path: `The day on which it happened`."""
    if path in DAY_FIELDS:
        return "The day on which it happened"
    if path == "source.note":
        return "Where word of it came from"
    if of_claim := _OF_A_CLAIM.get(_without_places(path)):
        return of_claim
    head, _, rest = path.partition(".")
    label = labels(topic).get(head, head) if topic in BY_TOPIC else head
    return f"{label}: {rest.replace('_', ' ')}" if rest else label


def event_name(topic: str) -> str:
    """Return the name of an event on a page: “Update received” for `update-received`."""
    return _NAMES.get(topic) or topic.replace("-", " ").capitalize()


_NAMES = Table({topic: topic.replace("-", " ").capitalize() for topic in BY_TOPIC})


def fields_in_words(entry: TrailEntry, names: dict[str, str]) -> list[EntryField]:
    """Return the fields of an entry as its event declares them, without empty ones."""
    found: list[EntryField] = []
    event = entry.event
    for field, label in labels(entry.type).items():
        found += _fields(entry, names, field, label, getattr(event, field))
    return found


@cache
def labels(topic: str) -> dict[str, str]:
    """Return the meaning of each field of an event: the first clause of its `Doc`."""
    event = BY_TOPIC[topic]
    assert is_dataclass(event)
    hints = get_type_hints(event, include_extras=True)
    return {field.name: _label(field.name, hints[field.name]) for field in fields(event)}


def _label(field: str, hint: Any) -> str:
    if get_origin(hint) is Annotated:
        for extra in get_args(hint):
            if isinstance(extra, Doc) and not extra.says.startswith("`"):
                clause = re.split(r"[:;]|, (?=such as|right or)", extra.says)[0]
                return clause.replace("`", "").rstrip(".")
    return field.replace("_", " ").capitalize()


def _fields(
    entry: TrailEntry, names: dict[str, str], path: str, label: str, value: object
) -> list[EntryField]:
    """Return a field in words; of a list, or of a value with fields of its own, each by itself."""
    if value is None or value in ("", ()):
        return []
    if isinstance(value, Text):
        return [EntryField(path, label, text=text_of(entry, path))]
    found: list[EntryField] = []
    if is_dataclass(value):
        for part in fields(value):
            called = f"{label}: {_INNER.get(part.name, word(part.name))}"
            inner, where = getattr(value, part.name), f"{path}.{part.name}"
            found += _fields(entry, names, where, _TARGET.get(where, called), inner)
        return found
    if not isinstance(value, tuple):
        return [_plain_field(names, path, label, value)]
    if all(isinstance(item, str) and not web_address(item) for item in value):
        words = ", ".join(apart(value_in_words(names, path, item)) for item in value)
        return [EntryField(path, label, words=words)]
    for number, inner in enumerate(value):
        found += _fields(entry, names, f"{path}.{number}", label, inner)
    return found


def _plain_field(names: dict[str, str], path: str, label: str, value: object) -> EntryField:
    if isinstance(value, bool):
        return EntryField(path, label, words="yes" if value else "no")
    if not isinstance(value, str):
        return EntryField(path, label, words=str(value))
    if web_address(value):
        return EntryField(path, label, url=value)
    if _ID.fullmatch(value):
        return EntryField(path, label, entry=value)
    return EntryField(path, label, words=value_in_words(names, path, value))


def value_in_words(names: dict[str, str], path: str, value: str) -> str:
    """Return a plain value in words: a body's name, a date, a listed word, or the value itself."""
    if path == "id":
        return value
    listed = word(value) if _LISTED_WORD.fullmatch(value) else value
    return names.get(value) or _date(path, value) or listed


def _date(path: str, value: str) -> str | None:
    """Return the value in words if the field's name says that it is a date, and it is one."""
    if not _DATE_NAMES.search(path.rpartition(".")[2]):
        return None
    try:
        return day(dates.check(value))
    except ValueError:
        return None
