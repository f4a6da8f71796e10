"""Whose words a page has, under one label, and what they are about: sure where the speaker says "I"
of a recommendation that is named, and nobody else is introduced."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.facts import QUOTED
from ledger.intake.pages.values import Part, Piece
from ledger.intake.pages.words import (
    ALL,
    ANOTHER,
    OF_THE_FORCE,
    OPENS,
    VAGUELY,
    WE,
    I,
    count_mentions,
    mentions,
)

SPOKEN: dict[str, Part] = {
    "commissioner": "commissioner",
    "both": "commissioner",
    "chief officer": "chief officer",
    "force": "force",
}
_LEADS_ON = re.compile(r"(?:contact|read more|for (?:more|further)|download|view|click)\b", re.I)
_BARELY = re.compile(r"\b(?:as (?:for|to)|on|for|number) [0-9]{1,2}(?:[,.;]| (?:and|I)\b)", re.I)
"""A recommendation named by its figure alone."""
_GENERAL = re.compile(
    r"HMICFRS|\binspect|\brecommendations\b(?! [0-9])|\b(?:this|the) report\b", re.I
)
_OF_ANOTHER = re.compile(
    r"\brec(?:ommendation)?s? [0-9][^.]{0,30}? (?:of|in|from) (?:the|its|our|an?|that|HMICFRS['’]s)"
    r"\b[^.]{0,40}\b(?:report|inspection|review)\b",
    re.IGNORECASE,
)


@dataclass
class Speech:
    """The pieces under one label that says whose they are, and what stood before."""

    means: str
    own: bool
    pieces: list[int] = field(default_factory=list)
    under: dict[int, tuple[str, bool]] = field(default_factory=dict)
    """By piece: the number of the sub-heading above it, and whether it stands right below."""
    about: str | None = None


def judge(
    speech: Speech,
    pieces: list[Piece],
    blocks: Sequence[Block],
    numbers: Mapping[str, str],
    sure_of: Mapping[str, str],
    *,
    alone: bool,
    alternate: bool,
) -> None:
    """Settle what each piece of somebody's words is about, and whether that is sure. `alone`: only
    they speak for the office; `alternate`: speakers take turns, a recommendation each."""
    texts = [pieces[n].text for n in speech.pieces]
    if not texts:
        return
    trusted = speech.own and speech.means in ("commissioner", "chief officer")
    if speech.means in ("commissioner", "both") and OPENS.match(texts[0]):
        trusted = True
    strong = _strong(texts, I if speech.means != "chief officer" else WE, speech.means)
    said = [mentions(_unquoted(text)) for text in texts]
    names = [bool(said[n]) or ALL.search(text) is not None for n, text in enumerate(texts)]
    headed = [speech.under.get(n) for n in speech.pieces]
    anywhere = any(names) or any(headed)
    broken = next(
        (n for n in range(len(texts)) if _breaks(texts, n, speech, pieces, blocks)), len(texts)
    )
    for n, at in enumerate(speech.pieces):
        piece = pieces[at]
        if piece.bullet and n > 0:
            before = pieces[speech.pieces[n - 1]]
            pieces[at] = replace(piece, of=before.of, sure=before.sure, of_sure=before.of_sure)
            continue
        between = any(strong[:n]) and any(strong[n + 1 :]) and not names[n]
        neutral = between and headed[n] is None and not OF_THE_FORCE.search(texts[n])
        sure = trusted and n < broken and (strong[n] or neutral)
        of: tuple[str, ...] = tuple(numbers.get(key, key) for key in said[n])
        of_sure = all(key in sure_of for key in said[n]) and not VAGUELY.search(texts[n])
        of_sure = of_sure and count_mentions(texts[n]) < 2 and not _OF_ANOTHER.search(texts[n])
        of_sure = of_sure and not _BARELY.search(texts[n])
        head = headed[n]
        if head is not None:
            of = of or (head[0],)
            below = head[1] or any(headed[m] not in (None, head) for m in range(n, len(texts)))
            of_sure = of == (head[0],) and key_of(head[0]) in sure_of and below
        elif ALL.search(texts[n]):
            of, of_sure = ("all",), bool(numbers) and len(sure_of) == len(numbers)
        elif not of and speech.about is not None and alternate:
            of, of_sure = (speech.about,), False
        elif not of:
            last = n == len(texts) - 1 and _GENERAL.search(texts[n]) is not None
            opening = not any(names[:n]) and not any(headed[:n])
            of_sure = of_sure and anywhere and (opening or last) and alone
        pieces[at] = replace(piece, of=of, sure=sure, of_sure=of_sure and not alternate)


def _strong(texts: Sequence[str], speaks: re.Pattern[str], means: str) -> list[bool]:
    """For each paragraph, whether its speaker says that it is they: `I` of a commissioner."""
    told = re.compile(r"\bI (?:have |also |then |had )?(?:asked|invited) the chief\b", re.I)
    return [
        speaks.search(_unquoted(text)) is not None
        and (means != "chief officer" or not (told.search(text) or "hief Constable" in text))
        for text in texts
    ]


def _breaks(
    texts: Sequence[str], n: int, speech: Speech, pieces: Sequence[Piece], blocks: Sequence[Block]
) -> bool:
    """Whether at a paragraph somebody else begins to speak, so that nothing after it is sure."""
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


def _unquoted(text: str) -> str:
    return re.sub(r"[“\"][^”\"]*[”\"]", "…", text)
