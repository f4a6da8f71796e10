"""The recorded wordings of a part of a page, and the one that the page has.

White space, entities, quotation marks, dashes and the marks of bullets are how a page is laid out:
a page met again in another dress says what it said.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from ledger.events.texts import Opening, Text
from ledger.log.text_matching import unescaped
from ledger.states.effect import Known, text_lies_at, value_at

Openings = Callable[[Sequence[int]], dict[tuple[int, str], Opening]]
Wordings = Sequence[str | None]
"""The wordings of one part, oldest first: empty if nothing was said, None if a text was
removed."""
Found = Literal["as it stands", "an earlier wording", "not comparable", "new words"]
_QUOTES = '\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00b4\u00ab\u00bb`"'
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_BULLETS = "\u2022\u25aa\u25cf\u00b7"
_ALIKE = str.maketrans(dict.fromkeys(_QUOTES, "'") | dict.fromkeys(_DASHES + _BULLETS, "-"))
_AROUND = 6
"""How many words stand on each side of a difference that is shown."""


def wordings(openings: Openings, one: Known, path: str) -> list[str | None]:
    """Return what an act says at a path, as first recorded and, if it was corrected, as known
    now."""
    said = {
        (one.original.position, path): value_at(one.original, path),
        text_lies_at(one, path): value_at(one.entry, path),
    }
    opened = openings([position for position, _ in said])
    return [_opened(value, opened.get(place)) for place, value in said.items()]


def _opened(value: Text | str | None, opening: Opening | None) -> str | None:
    if not isinstance(value, Text):
        return value or ""
    opening = value.opening or opening  # the first, where it is said in this very decision
    return opening.body if opening else None


def find(words: str, recorded: Wordings) -> Found:
    """Return which of the wordings recorded of a part a page has, by `same`.

    Where one was removed it may have been that: nothing is then recorded anew.
    """
    if recorded and recorded[-1] is not None and same(recorded[-1], words):
        return "as it stands"
    if any(one is None for one in recorded):
        return "not comparable"
    if any(one is not None and same(one, words) for one in recorded):
        return "an earlier wording"
    return "new words"


def addresses(one: Known) -> set[str]:
    """Return the recorded address of a report or a response, if any."""
    source = one.entry.source.url if one.entry.source else None
    own = getattr(one.data, "url", None)
    return {url for url in (source, own, *getattr(one.data, "same_as", ())) if url}


def folded(text: str) -> str:
    """Return a text as compared: single spaces, plain quotation marks and dashes, no bullets."""
    plain = unicodedata.normalize("NFKC", unescaped(text).translate(_ALIKE))
    return " ".join(word for line in plain.split("\n") for word in _words(line))


def _words(line: str) -> list[str]:
    words = line.split()
    return words[1:] if words[:1] == ["-"] else words


def same(one: str, other: str) -> bool:
    """Return whether two texts say the same."""
    return folded(one) == folded(other)


def rest(text: str, passages: Iterable[str]) -> list[str]:
    """Return the paragraphs of a text that stand in none of its passages, as compared."""
    within = {folded(line) for passage in passages for line in passage.split("\n")}
    lines = [folded(line) for line in text.split("\n")]
    return [line for line in lines if line and line not in within]


def difference(was: str, now: str) -> tuple[str, str]:
    """Return the difference of two texts: the words of each between their common beginning and
    end."""
    one, other = was.split(), now.split()
    shorter = min(len(one), len(other))
    head = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    tail = next((n for n in range(shorter - head) if one[-1 - n] != other[-1 - n]), shorter - head)
    return _between(one, head, tail), _between(other, head, tail)


def _between(words: list[str], head: int, tail: int) -> str:
    first, last = max(head - _AROUND, 0), min(len(words) - tail + _AROUND, len(words))
    start, end = "… " if first else "", " …" if last < len(words) else ""
    return start + " ".join(words[first:last]) + end
