"""Events in plain English, derived from their declaration: names, rows, and the partial to use."""

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from api.pages.isolation import apart
from api.pages.texts import Shown, shown, web_address
from api.pages.words import day, word
from ledger import dates
from ledger.events import BY_TOPIC, Doc

_PARTIALS = Path(__file__).parent / "templates" / "events"
_DATE_NAMES = re.compile(r"(^|_)(on|by|from|until)$")
_LISTED_WORD = re.compile(r"[a-z]+(_[a-z]+)*")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_INNER = {"on": "the day", "phrase": "in its words", "means": "meaning"}
"""Fields of values inside an event, where the field's name alone would not read well."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of an event: what it means, and its value in one of four forms."""

    path: str
    label: str
    words: str | None = None
    text: Shown | None = None
    url: str | None = None
    entry: str | None = None
    """The id of another entry."""


@cache
def partial_for(topic: str) -> str:
    """The template that renders an event: its own where it has one, else the default.

    LookupError for a topic that no event declares.
    """
    if topic not in BY_TOPIC:
        raise LookupError(f"No event declares the topic “{topic}”.")
    own = f"{topic}.html"
    return f"events/{own}" if (_PARTIALS / own).is_file() else "events/default.html"


def name(topic: str) -> str:
    """`update-received` as a page says it: “Update received”."""
    return topic.replace("-", " ").capitalize()


def rows(entry: dict[str, Any], names: dict[str, str]) -> list[Row]:
    """What an entry says, field by field as its event declares them; empty fields are left out."""
    found: list[Row] = []
    for field, label in labels(entry["type"]).items():
        found += _rows(entry, names, field, label, entry["data"].get(field))
    return found


@cache
def labels(topic: str) -> dict[str, str]:
    """Each field of an event with what it means: the first clause of its `Doc`."""
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


def _rows(
    entry: dict[str, Any], names: dict[str, str], path: str, label: str, value: Any
) -> list[Row]:
    """The rows of one field; of a list or a value with fields of its own, one row each."""
    if value is None or value in ("", [], {}):
        return []
    if isinstance(value, dict) and "sha256" in value:
        text = (entry.get("texts") or {}).get(path, value)
        return [Row(path, label, text=shown(text, entry))]
    if isinstance(value, dict):
        found = []
        for key, inner in value.items():
            found += _rows(
                entry, names, f"{path}.{key}", f"{label}: {_INNER.get(key, word(key))}", inner
            )
        return found
    if isinstance(value, list) and all(_is_plain(item) for item in value):
        return [Row(path, label, words=", ".join(apart(said(names, path, item)) for item in value))]
    if isinstance(value, list):
        found = []
        for number, inner in enumerate(value):
            found += _rows(entry, names, f"{path}.{number}", label, inner)
        return found
    return [_row(names, path, label, value)]


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and not web_address(value)


def _row(names: dict[str, str], path: str, label: str, value: Any) -> Row:
    if isinstance(value, bool):
        return Row(path, label, words="yes" if value else "no")
    if not isinstance(value, str):
        return Row(path, label, words=str(value))
    if web_address(value):
        return Row(path, label, url=value)
    if _ID.fullmatch(value):
        return Row(path, label, entry=value)
    return Row(path, label, words=said(names, path, value))


def said(names: dict[str, str], path: str, value: str) -> str:
    """A plain value as a page says it: a body's name, a date, a listed word, or as it is."""
    listed = word(value) if _LISTED_WORD.fullmatch(value) else value
    return names.get(value) or _date(path, value) or listed


def _date(path: str, value: str) -> str | None:
    """The value in words if its name says that it is a date, and it is one."""
    if not _DATE_NAMES.search(path.rpartition(".")[2]):
        return None
    try:
        return day(dates.check(value))
    except ValueError:
        return None
