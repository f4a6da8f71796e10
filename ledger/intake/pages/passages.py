"""Settles what each paragraph of somebody's words is about, and what of it is sure. Pure.

A speaker is sure below a label that names one speaker, while the words fit and nobody else is
introduced. A subject is sure where the words, a heading or a row name recommendations that are sure
themselves, and name them once.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.page_read import PageRead
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
    PLAINLY,
    VAGUELY,
    begins_about,
    count_mentions,
    is_general,
    mentions,
    nth_named,
    subjects,
)

QUOTED = re.compile(r"(?:^|(?<=[\s(:]))[‘“\"'](.{8,400}?)[’”\"'](?=[\s.,;:)]|$)")
_WHOSE = "no label of its own says whose words they are"
_OF_WHAT = "it is not surely said which recommendations it is about"
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
    at: int
    """The place of its label."""
    pieces: list[int] = field(default_factory=list)
    under: dict[int, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    """By piece: the numbers of the recommendations above it, and whether it stands right below."""
    about: tuple[str, ...] = ()
    """The numbers of the recommendations right below which it stands."""
    level: int = 0
    """The level of its heading."""
    row: bool = False
    """True if it stands in a row of a table."""
    told: Part | None = None
    """The speaker who was introduced last within it."""
    last: Part | None = None
    """The last speaker, where its label names several."""
    until: int | None = None
    """How many of its pieces stand before somebody else is introduced."""
    loose: bool = False
    """True if its label stands beside its words, or if it has none: it is one paragraph."""
    labelled: bool = True
    """True if a label opens it, a column, or a letter's salutation."""


def judge(
    speeches: Sequence[Speech],
    pieces: list[Piece],
    page: PageRead,
    recommendations: Mapping[str, str],
    sure_of: Set[str],
) -> None:
    """Settle the pieces of a page's speeches. `recommendations`: their numbers by key; `sure_of`:
    the keys of the sure ones."""
    _leave_the_tail(speeches, pieces)
    alone = sum(bool(x.pieces) and SPOKEN[x.means] == "commissioner" for x in speeches) == 1
    for speech in speeches:
        texts = [pieces[at].text for at in speech.pieces]
        counted = _counted(speech, page.blocks, recommendations)
        speech.under |= {at: ((number,), False) for at, number in counted.items()}
        whose = _sure_speakers(speech, texts, pieces, page.blocks)
        said = [subjects(unquoted(text)) or subjects(text) for text in texts]
        named = [
            bool(said[n]) or at in speech.under or ALL.search(texts[n]) is not None
            for n, at in enumerate(speech.pieces)
        ]
        for n, at in enumerate(speech.pieces):
            piece, before = pieces[at], pieces[speech.pieces[n - 1]]
            of, sure = _about(texts[n], said[n], recommendations, sure_of, others=not page.begun)
            if piece.bullet and n > 0 and not said[n] and at not in counted:
                pieces[at] = replace(piece, of=before.of, sure=before.sure, of_sure=before.of_sure)
                continue
            if (under := speech.under.get(at)) is not None:
                above, near = under
                more = speech.row and {*map(key_of, of)} > {*map(key_of, above)}
                of = (
                    of
                    if more or (of and not speech.row and begins_about(texts[n], None))
                    else above
                )
                sure = of == above and {*map(key_of, of)} <= sure_of and near
                sure = sure and {*mentions(texts[n])} <= {*map(key_of, of)}
            elif of == ("all",):
                sure = sure and len(sure_of) == len(recommendations) > 0
            elif not of and n > 0 and texts[n - 1].endswith(":") and piece.part != before.part:
                of, sure = before.of, False
            elif not of:
                last = n == len(texts) - 1 and _GENERAL.search(texts[n]) is not None
                sure = sure and any(named) and (not any(named[:n]) or last) and alone
            why = piece.why or _WHOSE * (not whose[n]) or _OF_WHAT * (not sure)
            pieces[at] = replace(piece, of=of, sure=whose[n], of_sure=sure, why=why)


def _leave_the_tail(speeches: Sequence[Speech], pieces: Sequence[Piece]) -> None:
    """Untie what follows the last recommendation and is about none: words of somebody who speaks
    about no other one, and a general paragraph that none of the others has."""
    about: dict[tuple[str, ...], list[tuple[int, Speech]]] = {}
    for speech in speeches:
        for at, (numbers, _) in speech.under.items():
            about.setdefault(numbers, []).append((at, speech))
    *before, last = [*about.values()] or [[]]
    most = Counter[Part]()  # so many paragraphs anybody has about another one
    for places in before:
        most |= Counter(pieces[at].part for at, _ in places)
    seen = Counter[Part]()
    for at, speech in last if len(before) > 1 else ():
        part = pieces[at].part
        seen[part] += 1
        other = most[part] == 0 and seen.total() > seen[part]
        if other or (seen[part] > most[part] > 0 and is_general(pieces[at].text)):
            del speech.under[at]


def _counted(
    speech: Speech, blocks: Sequence[Block], recommendations: Mapping[str, str]
) -> dict[int, str]:
    """Return the paragraphs of a speech that are numbered as the recommendations are, each with its
    recommendation's number; nothing if a heading or a line above them says what they are."""
    found: dict[int, str] = {}
    keys: list[str] = []
    for at in speech.pieces:
        plain = PLAINLY.match(blocks[at].text)
        key = plain[1] if plain else str(blocks[at].number or "")
        if key and not found and at - 1 != speech.at and blocks[at - 1].text.endswith(":"):
            return {}
        keys += [key] if key else []
        if keys and keys[-1] in recommendations:
            found[at] = recommendations[keys[-1]]
    rises = keys == sorted({*keys}, key=int) and {*keys} <= {*recommendations}
    return found if rises and len(keys) > 1 and speech.under.keys().isdisjoint(found) else {}


def _sure_speakers(
    speech: Speech, texts: Sequence[str], pieces: Sequence[Piece], blocks: Sequence[Block]
) -> list[bool]:
    """Return of each paragraph of a speech whether it is surely of whom its label names: until
    somebody else begins, and where its own words show it or stand between such that do."""
    strong = [_strong(text, speech.means) for text in texts]
    first = strong.index(True) if True in strong else len(texts)
    last = len(texts) - 1 - strong[::-1].index(True) if True in strong else -1
    trusted, found = _trusted(speech, texts), []
    for n, at in enumerate(speech.pieces):
        piece, text = pieces[at], texts[n]
        trusted = trusted and n != speech.until and piece.part == SPOKEN[speech.means]
        trusted = trusted and (piece.bullet or not _breaks(texts, n, speech, pieces, blocks))
        plain = not mentions(text) and at not in speech.under and not OF_THE_FORCE.search(text)
        plain = plain and not ALL.search(text)
        found.append(trusted and (strong[n] or (first < n < last and plain)) and not piece.why)
    return found


def _trusted(speech: Speech, texts: Sequence[str]) -> bool:
    """Return whether what stands above the words says alone whose they are."""
    if speech.means in ("commissioner", "both") and texts and OPENS.match(texts[0]):
        return True
    return speech.own and speech.means != "both"


def _about(
    text: str,
    said: Sequence[str],
    numbers: Mapping[str, str],
    sure_of: Set[str],
    *,
    others: bool,
) -> tuple[tuple[str, ...], bool]:
    """Return the recommendations that a paragraph names, and whether that is sure. `others`: there
    may be others than those that are known."""
    if ALL.search(text):
        return ("all",), True
    of = tuple(numbers.get(key, key) for key in said if key in numbers or others)
    sure = all(key in sure_of for key in said) and not VAGUELY.search(text)
    sure = sure and {*mentions(text)} <= {*said}
    sure = sure and count_mentions(text) < 2 and not _OF_ANOTHER.search(text)
    sure = sure and not _BARELY.search(text)
    if of and _OF_ANOTHER.search(text):
        return (), False
    if not of and ALL_PERHAPS.search(text):
        return ("all",), False
    nth = None if of else nth_named(text)
    if nth is not None and (nth in numbers or others):
        return (numbers.get(nth, nth),), False
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
