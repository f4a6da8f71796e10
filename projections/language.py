"""The language in which sentences are said: English, or Welsh where a page asks for it.

The English sentence is its own key. A sentence is looked up where it is said, so that a verdict and
its working are said from their facts in either language. Without a catalogue, as in JSON, in files
and in the log, everything is English.
"""

import calendar
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from gettext import GNUTranslations
from typing import Any, TypeVar, cast

from ledger import dates

_spoken: ContextVar[GNUTranslations | None] = ContextVar("spoken", default=None)
"""The catalogue of what is being said; None for English."""
Key = TypeVar("Key", bound=str)
Words = TypeVar("Words", bound=str | tuple[str, str])
TABLES: list["Table[Any, Any]"] = []
"""Every table of listed words, for the catalogue."""


class Table(Mapping[Key, Words]):
    """Listed words, or tuples of them, said in the language of the page when they are read."""

    def __init__(self, words: Mapping[Key, Words]) -> None:
        self.english: Mapping[Key, Words] = words
        TABLES.append(self)

    def __getitem__(self, key: Key) -> Words:
        found = self.english[key]
        return cast(Words, say(found) if isinstance(found, str) else tuple(map(say, found)))

    def __iter__(self) -> Iterator[Key]:
        return iter(self.english)

    def __len__(self) -> int:
        return len(self.english)


def say(message: str, **values: object) -> str:
    """Return a sentence in the language of the page, with its values (`%(day)s`)."""
    found = _spoken.get()
    said = message if found is None else found.gettext(message)
    return said % written(values) if values else said


def say_many(one: str, many: str, number: int, **values: object) -> str:
    """Return the form of a sentence that fits a number (`%(number)s`), with its values."""
    return say_noun(one, many, number) % written({"number": number, **values})


def say_noun(one: str, many: str, number: int) -> str:
    """Return the form of a noun that follows a number."""
    found = _spoken.get()
    if found is None:
        return one if number == 1 else many
    return found.ngettext(one, many, number)


def written(values: Mapping[str, object]) -> dict[str, object]:
    """Return values with their numbers as pages write them: `1,000`."""
    return {name: f"{one:,}" if isinstance(one, int) else one for name, one in values.items()}


def count_days(number: int) -> str:
    """Return a number of days in words: `1 day`, `1,204 days`."""
    return f"{number:,} {say_noun('day', 'days', number)}"


MONTHS = Table({name: name for name in calendar.month_name[1:]})


def day(value: str | date | None) -> str:
    """Return a day in words: `16 May 2025`, `May 2025`, `2025`, or `a day not known`."""
    return say("a day not known") if value is None else dated(dates.in_words(value))


def dated(said: str, called: Mapping[str, str] = MONTHS) -> str:
    """Return a day in words with its month as the language calls it."""
    if spoken() == "en" and called is MONTHS:
        return said
    return " ".join(called.get(part, part) for part in said.split())


def spoken() -> str:
    """Return the language of what is being said: `en` or `cy`."""
    return "en" if _spoken.get() is None else "cy"


def speak(catalogue: GNUTranslations | None) -> None:
    """Say what follows in this context by a catalogue; None for English."""
    _spoken.set(catalogue)


@contextmanager
def saying(catalogue: GNUTranslations | None) -> Iterator[None]:
    """Say something by a catalogue, whatever is said around it."""
    before = _spoken.set(catalogue)
    try:
        yield
    finally:
        _spoken.reset(before)
