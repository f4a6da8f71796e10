"""Reads a statement: which paragraphs answer which recommendation, and what assurance is sought.

It never says what stance a passage takes.
"""

import re
from collections.abc import Mapping, Sequence

from ledger.intake.pages.blocks import Block, plain
from ledger.intake.pages.mentions import (
    find_mentions,
    names_only,
    quoted,
    speaks_of_all,
    without_quoted,
)
from ledger.intake.pages.numbers import match_number
from ledger.intake.pages.recommendations import Note
from ledger.intake.pages.sections import Section
from ledger.intake.pages.values import (
    AssuranceProposed,
    Passage,
    RecommendationRead,
    StatementRead,
    Words,
)

_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z‘“\"'(])")
_SEEKS = re.compile(
    r"\b(?<!not )(?:looking for|look for|seek|seeking|ask for|asking for|want|expect|expecting"
    r"|require|request|requesting)(?: [a-z-]+){0,3} assurances?\b",
    re.IGNORECASE,
)
_MOST_WORDS = 14  # of a heading that is only bold


def read_statement(
    sections: Sequence[Section],
    recommendations: Sequence[RecommendationRead],
    placed: Mapping[int, Sequence[str]],
    note: Note,
) -> StatementRead:
    """The statement's paragraphs, with a passage for each recommendation.

    `placed`: by a part's position, the keys of the recommendations that stand in it.
    """
    listed = {each.key for each in recommendations}
    named: dict[str, list[Block]] = {each.key: [] for each in recommendations}
    general: list[Block] = []
    other: list[Block] = []
    blocks: list[Block] = []
    assurances: list[AssuranceProposed] = []
    for section in sections:
        if section.part != "statement":
            continue
        place = _by_place(section, placed)
        under, before = place, place
        for block in section.blocks:
            blocks.append(block)
            mentions = find_mentions(without_quoted(block.text), listed)
            said = frozenset[str]().union(
                *(find_mentions(each, listed).keys for each in quoted(block.text))
            )
            if said - mentions.keys:
                note(block.line, block.text, "names a recommendation in words that it quotes")
            for words in mentions.unlisted:
                note(block.line, words, "the statement speaks of it, and the page does not list it")
            if _is_heading(block):
                under = before = mentions.keys or place
                if mentions.keys and (_is_number_alone(block) or names_only(block.text)):
                    continue
            # Bullets belong to what introduces them.
            keys = mentions.keys | (before if block.bullet else under)
            before = keys
            for key in keys:
                named[key].append(block)
            if not keys:
                (general if speaks_of_all(block.text) else other).append(block)
            assurances += _assurances(block, sorted(keys))
    return StatementRead(
        text=plain(blocks),
        paragraphs=_words(blocks),
        passages=tuple(_passage(key, found, general) for key, found in named.items()),
        assurances=tuple(assurances),
        other=_words(other),
    )


def _is_heading(block: Block) -> bool:
    is_short = len(block.text.split()) <= _MOST_WORDS
    stands_out = block.stands_out and is_short
    return block.level > 0 or stands_out or _is_number_alone(block) or names_only(block.text)


def _by_place(section: Section, placed: Mapping[int, Sequence[str]]) -> frozenset[str]:
    """What a statement answers by its place: the one recommendation of each part before it."""
    keys = [placed.get(place, ()) for place in section.answers]
    return frozenset(key for each in keys if len(each) == 1 for key in each)


def _is_number_alone(block: Block) -> bool:
    number = match_number(block)
    return number is not None and number.alone


def _words(blocks: Sequence[Block]) -> tuple[Words, ...]:
    return tuple(Words(plain([block]), block.line) for block in blocks)


def _passage(key: str, named: Sequence[Block], general: Sequence[Block]) -> Passage:
    blocks = named or general
    lines = tuple(dict.fromkeys(block.line for block in blocks))
    if not blocks:
        return Passage(key, "not_found", "", ())
    return Passage(key, "named" if named else "general", plain(blocks), lines)


def _assurances(block: Block, keys: Sequence[str]) -> list[AssuranceProposed]:
    return [
        AssuranceProposed(key, sentence, block.line)
        for sentence in _SENTENCE_END.split(block.text)
        if _SEEKS.search(sentence)
        for key in (keys or (None,))
    ]
