"""Names that a page abbreviates: `the Metropolitan Police Service (MPS)`, and later `the MPS`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ledger.intake.pages.blocks import Block
from ledger.intake.pages.values import RecommendationRead

_WORD = r"(?:[A-Z][\w’'-]{0,40}|of|for|and|the|on)"
_GIVEN = re.compile(rf"\b({_WORD}(?: {_WORD}){{1,9}}) \(([A-Z]{{2,9}})\)")


def spelt_out(
    recommendations: Sequence[RecommendationRead], blocks: Iterable[Block]
) -> list[RecommendationRead]:
    """The recommendations with each addressee by the name that the page gives an abbreviation of.

    An abbreviation counts if its letters are the first letters of the capitalised words before
    it, and the page gives it one name only.
    """
    names: dict[str, set[str]] = {}
    for block in blocks:
        for given in _GIVEN.finditer(block.text):
            if name := _ends_with(given[1].split(), given[2]):
                names.setdefault(given[2], set()).add(name)
    return [
        replace(each, addressees=tuple(_name(one, names) for one in each.addressees))
        for each in recommendations
    ]


def _ends_with(words: list[str], letters: str) -> str | None:
    """The last of the words, whose capitals are these letters."""
    for start in range(len(words) - 1, -1, -1):
        capitals = "".join(word[0] for word in words[start:] if word[0].isupper())
        if capitals == letters and words[start][0].isupper():
            return " ".join(words[start:])
    return None


def _name(one: str, names: dict[str, set[str]]) -> str:
    known = names.get(one, set())
    return next(iter(known)) if len(known) == 1 else one
