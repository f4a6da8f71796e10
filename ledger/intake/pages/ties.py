"""Finds the blocks of a page that stand for a known recommendation without naming it by a label:
they have its words or most of them, its bare number, or its topic. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.values import RecommendationRead
from ledger.intake.pages.words import PLAINLY, Label, Numbered, fold, is_line, split_number

_RUN, _FEWEST = 3, 5
"""Texts are compared by their runs of so many words; a text of fewer words shows nothing."""
_MOST_OF_A_TEXT, _MOST_OF_A_RECOMMENDATION = 0.7, 0.8
_MOST_ALIKE = 100
"""So many recommendations with the same words are compared."""
_STEM, _LONG_WORD = 5, 4
"""Words of so many letters say what a recommendation is about; their first letters are compared."""
_ANYWHERE = frozenset((
    "about", "been", "does", "from", "have", "into", "make", "more", "other", "said", "says",
    "should", "sure", "than", "that", "their", "they", "this", "what", "when", "where", "which",
    "will", "with", "your", "commissioner", "constable", "chief", "force", "police", "response",
    "report", "recommendation", "recommendations", "inspection", "background", "introduction",
    "summary",
))  # fmt: skip
_FIRST_SENTENCE = re.compile(r"[.?!] ")


@dataclass(frozen=True)
class Ties:
    """By place: the blocks that stand for recommendations, with their numbers."""

    words: Mapping[int, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    """The blocks with words of recommendations, and whether they are the same words."""
    topics: Mapping[int, str] = field(default_factory=dict)
    """The headings, cells and bare numbers that stand for one recommendation each."""
    prose: Mapping[int, str] = field(default_factory=dict)
    """The paragraphs whose first sentence is about the topic of one recommendation."""


def ties(
    blocks: Sequence[Block],
    labels: Sequence[Label | None],
    numbers: Sequence[Numbered | None],
    listed: Sequence[RecommendationRead],
    title: str = "",
) -> Ties:
    """Return how the blocks of a page stand for the known recommendations of a report."""
    if not listed:
        return Ties()
    asked = {one.number: _stems(one.text) - _stems(title) for one in listed}
    times = Counter(stem for stems in asked.values() for stem in stems)
    owner = {stem: n for n, stems in asked.items() for stem in stems if times[stem] == 1}
    topics = _Topics(asked, listed, owner)
    words = _with_words(blocks, labels, numbers, listed)
    words |= {
        place - 1: ((one.number,), True)
        for one in listed
        for place in one.blocks
        if (named := numbers[place - 1]) is None or named.rest
    }
    headings = topics.headings(blocks, labels, numbers) | _bare(blocks, listed)
    prose = {
        place: number
        for place, block in enumerate(blocks)
        if not (block.stands_out or block.place or block.bullet or labels[place])
        if (number := topics.of(_FIRST_SENTENCE.split(block.text)[0], fewest=2)) is not None
    }
    marked = words or headings or any(numbers) or len({*prose.values()}) < 2
    return Ties(words, headings, {} if marked else prose)


def _with_words(
    blocks: Sequence[Block],
    labels: Sequence[Label | None],
    numbers: Sequence[Numbered | None],
    listed: Sequence[RecommendationRead],
) -> dict[int, tuple[tuple[str, ...], bool]]:
    """Return the blocks that have the words of recommendations: a line of one, or most of it."""
    lines = {_plain(line): one.number for one in listed for line in one.text.split("\n")}
    asked = {one.number: _runs(one.text) for one in listed}
    within: dict[tuple[str, ...], list[str]] = {}
    for number, runs in asked.items():
        for run in runs:
            within.setdefault(run, []).append(number)
    found: dict[int, tuple[tuple[str, ...], bool]] = {}
    for place, (block, label, named) in enumerate(zip(blocks, labels, numbers, strict=True)):
        text = named.rest if named else label.value if label and label.value else block.text
        text = PLAINLY.sub("", text)
        if len(text.split()) < _FEWEST:
            continue
        if (same := lines.get(_plain(text))) is not None:
            found[place] = (same,), True
            continue
        mine = _runs(text)
        shared = Counter(n for run in mine for n in within.get(run, ())[:_MOST_ALIKE])
        whole = [
            n for n, count in shared.items() if count >= _MOST_OF_A_RECOMMENDATION * len(asked[n])
        ]
        most = max(shared.values(), default=0)
        part = [n for n, count in shared.items() if count == most >= _MOST_OF_A_TEXT * len(mine)]
        if whole or len(part) == 1:
            found[place] = tuple(whole or part), False
    return found


@dataclass(frozen=True)
class _Topics:
    """What each recommendation is about, by the stems of its words."""

    asked: Mapping[str, set[str]]
    listed: Sequence[RecommendationRead]
    owner: Mapping[str, str]
    """By stem, the one recommendation that has it."""

    def of(self, text: str, *, fewest: int = 1) -> str | None:
        """Return the one recommendation with most words of a text that no other one has."""
        own = Counter(self.owner[stem] for stem in _stems(text) if self.owner.get(stem))
        (number, first), (_, second) = [*own.most_common(2), ("", 0), ("", 0)][:2]
        return number if first >= fewest and first >= 2 * second else None

    def headings(
        self,
        blocks: Sequence[Block],
        labels: Sequence[Label | None],
        numbers: Sequence[Numbered | None],
    ) -> dict[int, str]:
        """Return the headings and first cells without a label that are about one recommendation
        each: where they are numbered as the recommendations are, or by words that no other one has.
        One such heading alone says nothing."""
        known, fit = {one.key: one.number for one in self.listed}, 0
        found: dict[int, str] = {}
        counted: dict[int, str] = {}
        for place, block in enumerate(blocks):
            in_a_row = block.place is not None and block.place.column == 0 and is_line(block.text)
            if not (block.stands_out or in_a_row) or block.level == 1 or numbers[place]:
                continue
            stems, about = _stems(block.text), self.of(block.text)
            mine = self.asked.get(about or "", set()) & stems
            if about is not None and labels[place] is None and 2 * len(mine) >= len(stems):
                found[place] = about
            plain = PLAINLY.match(block.text)
            if plain is not None and (labels[place] is None or block.text.endswith("?")):
                counted[place] = key_of(plain[1])
                fit += bool(stems & self.asked.get(known.get(counted[place], ""), set()))
        fits = [*counted.values()] == [*known]
        fits = fits or (1 < len(counted) <= 2 * fit and {*counted.values()} <= {*known})
        if fits and counted:
            return {place: known[key] for place, key in counted.items()}
        return found if len({*found.values()}) > 1 else {}


def _bare(blocks: Sequence[Block], listed: Sequence[RecommendationRead]) -> dict[int, str]:
    """Return the blocks outside of tables that are a number and nothing else, if they count
    recommendations."""
    known = {one.key: one.number for one in listed}
    found = {
        place: number
        for place, block in enumerate(blocks)
        if block.place is None and (number := _bare_number(block.text))
    }
    keys = [key_of(one) for one in found.values()]
    rises = len(keys) > 1 and {*keys} <= {*known} and keys == sorted({*keys}, key=[*known].index)
    return {place: known[key_of(one)] for place, one in found.items()} if rises else {}


def _bare_number(text: str) -> str:
    """Return the number that a text is, if it is nothing else."""
    number, rest = split_number(text)
    return "" if rest else number


def _plain(text: str) -> str:
    return fold(text.removeprefix("- ")).strip(" .;“”\"'")


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", fold(text))
    return {tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)}


def _stems(text: str) -> set[str]:
    words = re.findall(r"\w+", fold(text))
    return {one[:_STEM] for one in words if len(one) >= _LONG_WORD and one not in _ANYWHERE}
