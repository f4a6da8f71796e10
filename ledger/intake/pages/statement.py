"""Reads a statement: which paragraphs answer which recommendation, and what assurance is sought.

A paragraph answers what it names (`recommendations 8 and 9`, `rec 4`, `R2`), what stands above it
as a heading, or what the page sets it beside; or it speaks of all.
It never says what stance a passage takes.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block, plain
from ledger.intake.pages.numbers import IN_FIGURES, NUMBER, WORDS, match_number
from ledger.intake.pages.sections import Section
from ledger.intake.pages.values import (
    AssuranceProposed,
    Note,
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
_ONE = rf"(?:{NUMBER}|(?:{'|'.join(WORDS)})\b(?! of\b))"
_MENTION = re.compile(
    r"\b(?P<word>recommendations?|recs?\.?|afis?|areas? for improvement"
    r"|(?:accelerated )?causes? of concern) (?:nos?\.? |numbers? |# ?)?"
    rf"(?P<numbers>{_ONE}(?:(?:,? and |,? or |, | ?& ?| to | ?[–-] ?)"
    rf"(?:recommendations? |recs? )?{_ONE}){{0,40}})",
    re.IGNORECASE,
)
_SHORT = re.compile(rf"\bR ?({NUMBER})")
_EACH = re.compile(rf"( to | ?[–-] ?)?({_ONE})", re.IGNORECASE)
_PREFIX = {"a": "afi-", "c": "cause-of-concern-"}
_ACCELERATED = "accelerated-"
# Words of somebody else: a quotation that a colon or a comma introduces, and not a title.
_QUOTATION = re.compile(r"(?<=[:,]) ?[“\"]([^“”\"]{1,5000})(?:[”\"]|$)")
_COUNT = r"(?:[0-9]{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_ALL = re.compile(
    r"\b(?:accept|support|agree|endorse|welcome|adopt|implement|deliver|respond|address|commit"
    r"|consider)[a-z]{0,5}\b[^.;]{0,100}"
    rf"\b(?:all|each|every|both)(?: of)?(?: (?:the|these|its|their|hmicfrs['’]s|{_COUNT}))*"
    r"(?: [a-z-]+)?"
    r" (?:recommendations?|areas for improvement)\b(?! [0-9])"
    r"|\b(?:accept|support|agree|endorse|adopt)[a-z]{0,3}\b[^.;]{0,60} recommendations? in full\b",
    re.IGNORECASE,
)


def read_statement(
    sections: Sequence[Section], recommendations: Sequence[RecommendationRead], note: Note
) -> StatementRead:
    """The statement's paragraphs, with a passage for each recommendation."""
    listed = {each.key for each in recommendations}
    named: dict[str, list[Block]] = {each.key: [] for each in recommendations}
    general: list[Block] = []
    other: list[Block] = []
    blocks: list[Block] = []
    assurances: list[AssuranceProposed] = []
    for section in sections:
        if section.part != "statement":
            continue
        place = _by_place(section, sections)
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


def _by_place(section: Section, sections: Sequence[Section]) -> frozenset[str]:
    """What a statement answers by its place: the one recommendation of each part before it."""
    parts = [sections[place].keys for place in section.answers]
    return frozenset(keys[0] for keys in parts if len(keys) == 1)


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


@dataclass(frozen=True, slots=True)
class Mentions:
    """The listed keys that a text names, and the words for keys that are not listed."""

    keys: frozenset[str]
    unlisted: tuple[str, ...]


def find_mentions(text: str, listed: Collection[str]) -> Mentions:
    """Which of the listed recommendations a text names, singly or by a range."""
    keys: set[str] = set()
    unlisted: list[str] = []
    for mention in _MENTION.finditer(text):
        word = mention["word"].lower()
        numbers = _numbers(mention, several="s" in word.rstrip(".")[-1:] or "s " in word)
        prefix = _ACCELERATED if word.startswith("acc") else ""
        prefix += _PREFIX.get(word.removeprefix("accelerated ")[0], "")
        for first, last in numbers:
            named = _between(prefix, first, last, listed)
            keys |= named
            if not named:
                unlisted.append(f"{mention['word']} {first}")
    keys |= {key for short in _SHORT.finditer(text) if (key := key_of(short[1])) in listed}
    return Mentions(frozenset(keys), tuple(dict.fromkeys(unlisted)))


def names_only(text: str) -> bool:
    """Whether a text is nothing but the recommendations that it names, as a heading may be."""
    return _MENTION.fullmatch(text.rstrip(" .:")) is not None


def quoted(text: str) -> list[str]:
    """What a text quotes of somebody, as `The Chief Constable said: “…”`, without the marks."""
    return [found[1] for found in _QUOTATION.finditer(text)]


def without_quoted(text: str) -> str:
    return _QUOTATION.sub(" … ", text)


def speaks_of_all(text: str) -> bool:
    """Whether a text speaks of all the recommendations at once, for or against."""
    return _ALL.search(text) is not None


def _numbers(mention: re.Match[str], *, several: bool) -> list[tuple[str, str]]:
    """The numbers as ranges (first, last). After `recommendation` a second one counts only if
    the list ends a clause: in `recommendation 2 and 15 officers` there is one.
    """
    ranges: list[tuple[str, str]] = []
    for each in _EACH.finditer(mention["numbers"]):
        number = IN_FIGURES.get(each[2].lower(), each[2])
        if each[1] and ranges:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    rest = mention.string[mention.end() : mention.end() + 1]
    return ranges if several or rest in ("", ",", ".", ";", ":", ")") else ranges[:1]


def _between(prefix: str, first: str, last: str, listed: Collection[str]) -> set[str]:
    if first == last:
        key = prefix + key_of(first)
        return {key} if key in listed else set()
    if not (first.isdecimal() and last.isdecimal()):
        ends = {prefix + key_of(first), prefix + key_of(last)}
        return {key for key in ends if key in listed}
    low, high = int(first), int(last)
    figures = ((key, key.removeprefix(prefix)) for key in listed if key.startswith(prefix))
    return {key for key, number in figures if number.isdecimal() and low <= int(number) <= high}
