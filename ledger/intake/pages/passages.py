"""Settles what each paragraph of somebody's words is about, and what of it is sure. Pure.

A speaker is sure below a label that names one speaker, while the words fit and nobody else is
introduced. A subject is sure where the words, a heading or a row name recommendations that are sure
themselves, and name them once.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.speakers import (
    ANOTHER,
    OF_THE_FORCE,
    OFFICE_ACTS,
    OPENS,
    SPOKEN,
    WE,
    I,
    unquoted,
)
from ledger.intake.pages.values import Part, Piece
from ledger.intake.pages.words import (
    ALL,
    ALL_PERHAPS,
    VAGUELY,
    count_mentions,
    mentions,
    nth_named,
)

QUOTED = re.compile(r"(?:^|(?<=[\s(:]))[‘“\"'](.{8,400}?)[’”\"'](?=[\s.,;:)]|$)")
_LEADS_ON = re.compile(r"(?:contact|read more|for (?:more|further)|download|view|click)\b", re.I)
_BARELY = re.compile(r"\b(?:as (?:for|to)|on|for|number) [0-9]{1,2}(?:[,.;]| (?:and|I)\b)", re.I)
"""A recommendation named by its figure alone."""
_GENERAL = re.compile(
    r"HMICFRS|\binspect|\brecommendations\b(?! [0-9])|\b(?:this|the) report\b", re.I
)
_OF_ANOTHER = re.compile(
    r"\brec(?:ommendation)?s? [0-9][^.]{0,30}? (?:of|in|from) (?:the|its|our|an?|that|HMICFRS['’]s)"
    r"\b[^.]{0,40}\b(?:report|inspection|review)\b"
    r"|\binspection of [^.]{0,60}\bmade recommendation [0-9]",
    re.IGNORECASE,
)


@dataclass
class Speech:
    """The pieces under one label that says whose they are, and what stood before."""

    means: str
    own: bool
    pieces: list[int] = field(default_factory=list)
    under: dict[int, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    """By piece: the numbers of the sub-heading above it, and whether it stands right below."""
    about: tuple[str, ...] = ()
    """The numbers of the recommendations right below which it stands."""
    level: int = 0
    """The level of its heading."""
    row: tuple[str, ...] = ()
    """The number of the recommendation in whose row of a table it stands."""
    heading: tuple[tuple[str, ...], int] | None = None
    told: Part | None = None
    """Who was introduced last within it."""
    last: Part | None = None
    """Who spoke last, where its label names several."""
    until: int | None = None
    """How many of its pieces stand before somebody else is introduced."""
    loose: bool = False
    """Whether its label stands beside its words, or there is none: one paragraph."""

    def rename(self, renamed: Mapping[str, str]) -> None:
        """Put the final numbers of recommendations for those used while the page was read."""
        self.about = tuple(renamed.get(one, one) for one in self.about)
        self.row = tuple(renamed.get(one, one) for one in self.row)


def judge(
    speech: Speech,
    pieces: list[Piece],
    blocks: Sequence[Block],
    numbers: Mapping[str, str],
    sure_of: Set[str],
    *,
    alone: bool,
    alternate: bool,
    each: bool,
) -> None:
    """Settle the pieces of one speech. `alone`: only they speak for the office; `alternate`:
    speakers take turns, a recommendation each; `each`: below every recommendation somebody does."""
    texts = [pieces[n].text for n in speech.pieces]
    usual = SPOKEN[speech.means]
    trusted = _trusted(speech, texts)
    strong = [_strong(text, speech.means) for text in texts]
    said = [mentions(unquoted(text)) or mentions(text) for text in texts]
    names = [bool(said[n]) or ALL.search(text) is not None for n, text in enumerate(texts)]
    headed = [speech.under.get(n) for n in speech.pieces]
    names_others = any({*one} - {*map(key_of, speech.about)} for one in said)
    anywhere = any(names) or any(headed)
    last_strong = max((n for n, one in enumerate(strong) if one), default=-1)
    first_strong = next((n for n, one in enumerate(strong) if one), len(texts))
    broken = False
    for n, at in enumerate(speech.pieces):
        piece = pieces[at]
        if piece.bullet and n > 0:
            before = pieces[speech.pieces[n - 1]]
            pieces[at] = replace(piece, of=before.of, sure=before.sure, of_sure=before.of_sure)
            continue
        broken = broken or n == speech.until or piece.part != usual
        broken = broken or _breaks(texts, n, speech, pieces, blocks)
        between = first_strong < n < last_strong and not names[n]
        neutral = between and headed[n] is None and not OF_THE_FORCE.search(texts[n])
        sure = trusted and not broken and (strong[n] or neutral) and not piece.why
        of, of_sure = _about(texts[n], said[n], numbers, sure_of)
        head = headed[n]
        if speech.row:
            of = of if of and set(map(key_of, of)) > set(map(key_of, speech.row)) else speech.row
            of_sure = of == speech.row and all(key_of(one) in sure_of for one in of)
            of_sure = of_sure and {*said[n]} <= {*map(key_of, of)}
        elif head is not None:
            of = of or head[0]
            below = head[1] or any(headed[m] not in (None, head) for m in range(n, len(texts)))
            of_sure = of == head[0] and {*map(key_of, of)} <= sure_of and below
        elif of == ("all",):
            of_sure = of_sure and len(sure_of) == len(numbers) > 0
        elif not of and n > 0 and texts[n - 1].endswith(":") and piece.part != usual:
            of, of_sure = pieces[speech.pieces[n - 1]].of, False
        elif not of and speech.about and (alternate or speech.loose) and not names_others:
            of = speech.about
            of_sure = each and speech.own and n == 0 and {*map(key_of, of)} <= sure_of
        elif not of:
            last = n == len(texts) - 1 and _GENERAL.search(texts[n]) is not None
            opening = not any(names[:n]) and not any(headed[:n])
            of_sure = of_sure and anywhere and (opening or last) and alone
        pieces[at] = replace(
            piece, of=of, sure=sure, of_sure=of_sure and (not alternate or each or bool(speech.row))
        )


def _trusted(speech: Speech, texts: Sequence[str]) -> bool:
    """Return whether what stands above the words says alone whose they are."""
    if speech.means in ("commissioner", "both") and texts and OPENS.match(texts[0]):
        return True
    return speech.own and speech.means != "both"


def _about(
    text: str, said: Sequence[str], numbers: Mapping[str, str], sure_of: Set[str]
) -> tuple[tuple[str, ...], bool]:
    """Return the recommendations that a paragraph names, and whether that is sure."""
    if ALL.search(text):
        return ("all",), True
    of = tuple(numbers.get(key, key) for key in said if key in numbers or not numbers)
    sure = all(key in sure_of for key in said) and not VAGUELY.search(text)
    sure = sure and count_mentions(text) < 2 and not _OF_ANOTHER.search(text)
    sure = sure and not _BARELY.search(text)
    if of and _OF_ANOTHER.search(text):
        return (), False
    if not of and ALL_PERHAPS.search(text):
        return ("all",), False
    nth = None if of else nth_named(text)
    if nth is not None and nth in numbers:
        return (numbers[nth],), False
    return of, sure


def _strong(text: str, means: str) -> bool:
    """Return whether the words of a paragraph show who speaks, as a commissioner's `I` does."""
    bare = unquoted(text)
    if means == "force":
        return OF_THE_FORCE.search(bare) is not None and not OFFICE_ACTS.search(bare)
    if means == "chief officer":
        told = re.search(
            r"\bI (?:have |also |then |had )?(?:asked|invited) the chief\b", bare, re.I
        )
        return WE.search(bare) is not None and not (told or "hief Constable" in bare)
    return I.search(bare) is not None


def _breaks(
    texts: Sequence[str], n: int, speech: Speech, pieces: Sequence[Piece], blocks: Sequence[Block]
) -> bool:
    """Return whether at a paragraph somebody else begins to speak, so that nothing after it is
    sure."""
    text = texts[n]
    bullets = n + 1 < len(texts) and pieces[speech.pieces[n + 1]].bullet
    return (
        ANOTHER.search(text) is not None
        or text[:1] in "“\"‘'"
        or _LEADS_ON.match(text) is not None
        or (text.endswith(":") and not bullets)
        or any(len(m[1].split()) > 12 for m in QUOTED.finditer(text))
        or blocks[pieces[speech.pieces[n]].block - 1].quoted
    )
