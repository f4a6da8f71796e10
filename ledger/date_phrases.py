"""Reads the dates that pages and sheets give in words: a strict grammar, which never guesses.

Forms: `2025-05-16`, `2025-05`, `16/05/2025` (day first, never swapped), `16 May 2025`, `Friday
16th May 2025`, `May 2025`. Months are in English or Welsh. Before them may stand `by`, `not later
than`, `no later than`, `on or before` or `on`, and `the end of` before a month. `the end of 2026`
is read too. `within 28 days`, `within six months of publication`, `no later than three months
after the report` and `with immediate effect` are kept as words: they say no day without another
day to count from (`period`, and `ledger.states.duties`).
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan ionawr",
            "february feb chwefror",
            "march mar mawrth",
            "april apr ebrill",
            "may mai",
            "june jun mehefin",
            "july jul gorffennaf",
            "august aug awst",
            "september sept sep medi",
            "october oct hydref",
            "november nov tachwedd",
            "december dec rhagfyr",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)})"
_YEAR = r"[0-9]+(?:[/–-][0-9]+)?"
# Whatever looks like a date, well formed or not; `_day_or_why` decides.
_CANDIDATE = (
    r"(?:(?<![0-9/.-])[0-9]{1,6}(?:[/.-][0-9]{1,6}){2}(?![0-9])"
    rf"|(?:{_WEEKDAY},? )?(?<![0-9])[0-9]{{1,4}}(?:st|nd|rd|th)?(?: of)? {_MONTH},? {_YEAR}"
    rf"|\b{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}}(?![0-9])"
    rf"|\b{_MONTH},? (?=[0-9]{{3}}){_YEAR})"
)
_LEAD = r"(?:not later than|no later than|on or before|by)"
_TO_NINETEEN = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NUMBERS = (
    {"a": 1, "an": 1}
    | {word: n for n, word in enumerate(_TO_NINETEEN, start=1)}
    | {word: n for n, word in zip(range(20, 100, 10), _TENS, strict=True)}
)
_COUNT = (
    rf"(?:[0-9]{{1,4}}|(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_TO_NINETEEN[:9])}))?"
    rf"|{'|'.join(sorted((*_TO_NINETEEN, 'an', 'a'), key=len, reverse=True))})"
)
_LENGTH = rf"{_COUNT}(?: calendar| working)? (?:day|week|fortnight|month|year)s?\b"
_FROM_THE_REPORT = (
    r" (?:of|from|after|following)(?: the)?(?: date of)?(?: its| the| this)?"
    r" (?:publication|report(?:[’']s publication| being published)?)\b(?! date)"
    r"(?: of (?:the|this) report\b)?"
)
_RELATIVE = (
    rf"(?:\bwithin(?: the)?(?: next)? {_LENGTH}(?:{_FROM_THE_REPORT})?"
    rf"|\b{_LEAD} {_LENGTH}{_FROM_THE_REPORT}|\bwith immediate effect\b|\bimmediately\b)"
)
_FLAGS = re.IGNORECASE | re.ASCII
_FROM_ANOTHER = re.compile(
    r" (?:of|from|after|following|before|once|until|if)\b[^,;.]{0,80}", _FLAGS
)
"""After a period: what it is counted from, where that is not the report."""
_CANDIDATES = re.compile(_CANDIDATE, _FLAGS)
_RELATIVES = re.compile(_RELATIVE, _FLAGS)
_WHOLE = re.compile(
    rf"(?:(?:{_LEAD}|on) )?(?:(?P<end>(?:the )?end of )?"
    rf"(?P<date>{_CANDIDATE}|[0-9]{{4}}-[0-9]{{2}})|(?:the )?end of (?P<year>[0-9]{{4}}))"
    r"[.,;]?",
    _FLAGS,
)
_WHOLE_RELATIVE = re.compile(rf"{_RELATIVE}[.,;]?", _FLAGS)
_TARGETS = re.compile(
    rf"\b{_LEAD} (?:(?:the )?end of )?{_CANDIDATE}(?:,? (?:and|or|to|until|[–-]) {_CANDIDATE})*"
    rf"|\b{_LEAD} (?:the )?end of [0-9]{{4}}\b(?![/–-])|{_RELATIVE}",
    _FLAGS,
)
_NAMED = "|".join(name.title() for name in _MONTHS)
_SPAN = r"(?:spring|summer|autumn|winter|year|quarter)"
# Words that say when, in ways that are not read here. Months as written, so that `may` is a verb.
_VAGUE = re.compile(
    r"\b(?:[Bb]y|[Bb]efore|[Uu]ntil|[Nn]ot? later than|[Oo]n or before) (?:"
    rf"(?:(?:the|end|start|middle|early|mid|late|of|midnight|noon|on)[ -]){{0,5}}"
    rf"(?:(?:[0-9]{{1,2}}(?:st|nd|rd|th)? )?(?:{_NAMED})\b|[0-9]{{1,2}}[/.-][0-9]"
    r"|(?:19|20)[0-9]{2}\b|(?:spring|summer|autumn|winter)\b)"
    rf"|(?:the )?(?:(?:early|mid|late|end of|end of the|this|next)[ -]){{1,2}}"
    rf"(?:financial |calendar )?{_SPAN}\b)[^,;.]{{0,40}}",
    re.ASCII,
)
_NUMERIC = re.compile(r"([0-9]+)([/.-])([0-9]+)([/.-])([0-9]+)")
_IN_WORDS = re.compile(
    rf"(?:({_WEEKDAY}),? )?(?:([0-9]+)(st|nd|rd|th)?(?: of)? )?({_MONTH})(?:,? ({_YEAR}))", _FLAGS
)


@dataclass(frozen=True, slots=True)
class DatePhrase:
    """What was read. `on`: `YYYY-MM-DD`, `YYYY-MM`, `YYYY` (the end of it), or None for a phrase
    such as `within 28 days`.

    `phrase` has the words as they stand in the text.
    """

    on: str | None
    phrase: str


@dataclass(frozen=True, slots=True)
class DateProblem:
    """A date that could not be read: the words, and why, in a sentence for a person to settle."""

    phrase: str
    why: str
    on: None = field(default=None, init=False)


def read_date(text: str) -> DatePhrase | DateProblem:
    """Return a text that is one date and nothing else, such as a value beside a label or in a
    cell."""
    text = " ".join(text.split())
    if " / " in text:
        return _in_two_languages(text)
    if _WHOLE_RELATIVE.fullmatch(text):
        return DatePhrase(None, text.rstrip(".,;"))
    if len(_CANDIDATES.findall(text)) + len(_RELATIVES.findall(text)) > 1:
        return DateProblem(text, "there is more than one date in it: say which one is meant")
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        return DateProblem(text, f"“{text[:80]}” is no date of a form that is read here: {FORMS}")
    phrase = text.rstrip(".,;")
    if whole["year"] is not None:
        return _whole_year(whole["year"], phrase)
    return _read(whole["date"], phrase, to_the_end=whole["end"] is not None)


def find_target(text: str) -> DatePhrase | DateProblem | None:
    """Return the date by which a recommendation wants something done, from its whole text.

    None where it names no date. A date that no `by` or `within` makes a target is a problem for a
    person, and so are two different ones.
    """
    text = " ".join(text.split())
    found = [_read_target(match, text) for match in _TARGETS.finditer(text)]
    vague = _VAGUE.search(_TARGETS.sub(" ", text))
    if vague is not None:
        words = vague[0].strip()
        return DateProblem(words, f"“{words}” is no date of a form that is read here: {FORMS}")
    if not found:
        stray = _CANDIDATES.search(text)
        if stray is None:
            return None
        return DateProblem(
            stray[0], f"“{stray[0]}” does not follow “by” or “not later than”: is it the target?"
        )
    for problem in found:
        if isinstance(problem, DateProblem):
            return problem
    if len({(each.on, "" if each.on else each.phrase.lower()) for each in found}) > 1:
        phrases = " … ".join(each.phrase for each in found)
        return DateProblem(
            phrases, "there is more than one date in it: say which one is the target"
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class Length:
    """How long a period is. None of a unit is the very day that it is counted from."""

    count: int
    unit: Literal["day", "working_day", "month"]


def period(phrase: str) -> Length | None:
    """Return the period that words give a person from the report's day on, such as `within 28
    days` or `with immediate effect`; None where they give none, or one that is counted from
    something else."""
    words = " ".join(phrase.split()).lower()
    if not _WHOLE_RELATIVE.fullmatch(words):
        return None
    if (found := _LENGTHS.search(words)) is None:
        return Length(0, "day")
    number, what, unit = found.groups()
    words_of = number.replace("-", " ").split()
    count = int(number) if number.isdigit() else sum(_NUMBERS[one] for one in words_of)
    if not count:
        return None
    match unit, what:
        case "day", "working":
            return Length(count, "working_day")
        case _, "working":
            return None
        case "day" | "week" | "fortnight", _:
            return Length(count * {"day": 1, "week": 7, "fortnight": 14}[unit], "day")
        case _:
            return Length(count * (12 if unit == "year" else 1), "month")


_LENGTHS = re.compile(
    rf"({_COUNT})(?: (calendar|working))? (day|week|fortnight|month|year)s?\b", _FLAGS
)


def _in_two_languages(text: str) -> DatePhrase | DateProblem:
    """Return the one date of `8 Tachwedd 2024 / 8 November 2024`."""
    read = [read_date(side) for side in text.split(" / ")]
    days = {each.on for each in read}
    on = days.pop()
    if days or on is None:
        return DateProblem(text, "there is more than one date in it: say which one is meant")
    return DatePhrase(on, text)


FORMS = "2025-05-16, 16/05/2025 (day first), 16 May 2025, May 2025, within 28 days"


def _read_target(match: re.Match[str], text: str) -> DatePhrase | DateProblem:
    phrase = match[0]
    if _RELATIVES.fullmatch(phrase):
        another = _FROM_ANOTHER.match(text, match.end())
        return DatePhrase(None, phrase + (another[0].rstrip() if another else ""))
    if (whole := _WHOLE.fullmatch(phrase)) and whole["year"] is not None:
        return _whole_year(whole["year"], phrase)
    dates = _CANDIDATES.findall(phrase)
    if len(dates) > 1:
        return DateProblem(phrase, "there is more than one date in it: say which one is meant")
    return _read(dates[0], phrase, to_the_end=" end of " in phrase.lower())


def _whole_year(year: str, phrase: str) -> DatePhrase | DateProblem:
    on, why = _partial(year, 12, phrase)
    return DatePhrase(year, phrase) if on else DateProblem(phrase, why)


def _read(words: str, phrase: str, *, to_the_end: bool) -> DatePhrase | DateProblem:
    on, why = _day_or_why(words)
    if on is not None and to_the_end and len(on) != len("2026-05"):
        on, why = None, f"“{phrase}” speaks of the end of a day"
    return DateProblem(phrase, why) if on is None else DatePhrase(on, phrase)


def _day_or_why(words: str) -> tuple[str | None, str]:
    """Return an ISO date or month, or None and why not."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", words):
        return _partial(words[:4], int(words[5:]), words)
    if numeric := _NUMERIC.fullmatch(words):
        first, mark, second, other_mark, third = numeric.groups()
        if (mark, other_mark) == ("-", "-") and (len(first), len(second), len(third)) == (4, 2, 2):
            return _exact(first, int(second), int(third), words)
        if (mark, other_mark) == ("/", "/") and len(third) == 4 and len(first + second) <= 4:
            if int(second) > 12 >= int(first):
                return None, f"“{words}” has no month {second}: the day comes first, always"
            return _exact(third, int(second), int(first), words)
        return None, f"“{words}” is not in a form that is read here: {FORMS}"
    worded = _IN_WORDS.fullmatch(words)
    if worded is None:
        return None, f"“{words}” is not in a form that is read here: {FORMS}"
    weekday, day, suffix, month_name, year = worded.groups()
    month = _MONTHS[month_name.lower().rstrip(".")]
    if day is None:
        return _partial(year, month, words)
    if suffix is not None and suffix.lower() != _suffix(int(day)):
        return None, f"“{words}” says “{day}{suffix}”: is the day right?"
    on, why = _exact(year, month, int(day), words)
    if on is not None and weekday is not None:
        right = _WEEKDAYS[date.fromisoformat(on).weekday()]
        if weekday.lower() != right:
            return None, f"“{words}” is a {right.title()}: is the day right?"
    return on, why


def _exact(year: str, month: int, day: int, words: str) -> tuple[str | None, str]:
    on, why = _partial(year, month, words)
    if on is None:
        return None, why
    try:
        return date(int(year), month, day).isoformat(), ""
    except ValueError:
        return None, f"“{words}” is a day that does not exist"


def _partial(year: str, month: int, words: str) -> tuple[str | None, str]:
    if re.fullmatch(r"(?:19|20|21)[0-9]{2}", year) is None:
        return None, f"“{words}” needs a year of four figures, between 1900 and 2199"
    if not 1 <= month <= 12:
        return None, f"“{words}” has no month {month}: there are twelve"
    return f"{year}-{month:02}", ""


def _suffix(day: int) -> str:
    if day % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
