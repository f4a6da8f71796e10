"""Which recommendations a paragraph speaks of: `recommendations 8 and 9`, `rec 4`, `R2`, all."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from ledger.events.streams import key_of
from ledger.intake.pages.numbers import IN_FIGURES, NUMBER, WORDS

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
    """A text without what it quotes of somebody."""
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
