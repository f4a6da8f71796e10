"""Says who speaks in a paragraph: by the label above it, by words that introduce somebody, by a
letter's salutation and signature, and by words that only one of them uses. Pure.

Only a label of the page's own makes a speaker sure. All else is a suggestion, and where the words
speak for nobody or for somebody else, the paragraph is left to a person.
"""

import re
from collections.abc import Sequence

from ledger.intake.pages.blocks import Block
from ledger.intake.pages.values import Part
from ledger.intake.pages.words import CHIEF, OFFICE, is_control, is_furniture

SPOKEN: dict[str, Part] = {
    "commissioner": "commissioner",
    "both": "commissioner",
    "chief officer": "chief officer",
    "force": "force",
}
"""The part of what stands below a label, by what the label means."""

I = re.compile(r"\b(?:I|I['’](?:m|ve|ll|d)|[Mm]y|me)\b")  # noqa: E741
WE = re.compile(r"\b(?:[Ww]e|[Oo]ur|I|I['’](?:m|ve|ll|d)|[Mm]y)\b")
OF_THE_FORCE = re.compile(
    r"\bwe (?:have|are|were|will|now|also|already|use|do|did|can)\b"
    r"|\bour (?:officers?|staff|teams?|units?|force|detectives|control room|crime)\b"
    r"|\b(?:the (?:force|constabulary|service)|[a-z]+ (?:police|constabulary|rescue service))"
    r" (?:has|have|is|are|will|now|already|accepts?|welcomes?|acknowledges?|recognises?)\b",
    re.IGNORECASE,
)
_OUR_OFFICERS = re.compile(
    r"\bour (?:officers|detectives|control room|force|constabulary|custody|frontline|firefighters"
    r"|crews)\b|\bas a force\b|\bwe,? the (?:force|constabulary)\b",
    re.IGNORECASE,
)
_AS_THE_FORCE = re.compile(
    rf"{_OUR_OFFICERS.pattern}"
    r"|^(?:the (?:force|constabulary)|(?:[a-z]+ ){1,4}(?:police|constabulary))"
    r" (?!and\b)[a-z]+\b|\bwe\b.*\b(?:inspector|superintendent|sergeant|officers|detectives)",
    re.IGNORECASE,
)
OFFICE_ACTS = re.compile(
    rf"\b(?:the )?(?:[a-z]+ )?(?:{OFFICE}|office of the [^.]{{0,40}}commissioner)(?:'s office)?,? "
    r"(?:also |fully |therefore |now )?(?:has|have|is|was|were|will|would|does|welcomes?|accepts?"
    r"|supports?|notes?|thanks?|agrees?|recognises?|acknowledges?|expects?|continues?|holds?|chairs?"
    r"|scrutinises?|monitors?|receives?|commissions?|funds?|intends?|proposes?|asked|raised)\b"
    rf"|(?:^|[.!?] )(?:the )?(?:[a-z]+ )?{OFFICE} [a-z]{{2,12}}(?<!s)s\b",
    re.IGNORECASE,
)
OPENS = re.compile(
    r"(?:As|In my (?:role|capacity) as) (?:(?:your|the|a) )?(?:deputy )?"
    r"(?:[^.]{0,40}commissioner|p(?:f)?cc|mayor)\b[^.]{0,60}\bI\b",
    re.IGNORECASE,
)
_AS_CHIEF = re.compile(rf"\b(?:As|In my (?:role|capacity) as) (?:the )?{CHIEF}\b", re.IGNORECASE)
_SAYING = (
    r"(?:said|says|stated?|states|added|adds|comment(?:s|ed)|writes|wrote|explain(?:s|ed)"
    r"|respond(?:s|ed)|told (?:me|us|my office|the (?:board|panel))|confirm(?:s|ed)|advise[sd]"
    r"|repl(?:ies|ied)|provided|sets? out)"
)
# Somebody else's words follow, or are told.
ANOTHER = re.compile(
    r"\b(?:chief constable|chief officer|force|constabulary|superintendent|he|she|they)(?:['’]s)?"
    r" (?:(?:has|have|also|then|now) )?(?:said|says|states?|stated|writes|wrote|comments?|commented"
    r"|responds|responded|response|provided|reports? as|sets? out)\b"
    r"|\bas follows\b|\bfollowing (?:response|comments?|statement|update)\b",
    re.IGNORECASE,
)
_QUOTE = r"[“\"‘]"
_INTRODUCES = (
    re.compile(rf"(?P<who>[^.:“”\"]{{2,160}}),? (?:has |have |also |then )*{_SAYING}\b"
               rf"[^.“”\"]{{0,80}}[:,] ?(?:{_QUOTE}.*)?$", re.IGNORECASE | re.DOTALL),
    re.compile(rf"[”\"’],? (?P<who>[^.“”\"]{{2,100}}?) {_SAYING}\b", re.IGNORECASE),
    re.compile(rf"[”\"’],? {_SAYING} (?P<who>[^.“”\"]{{2,100}})", re.IGNORECASE),
    re.compile(r"(?:following|this|below) (?:response|comments?|statement|update)[^.]{0,60}"
               r"(?:from|by) (?P<who>[^.“”\"]{2,80}):$", re.IGNORECASE),
)  # fmt: skip
_COMMENTS = re.compile(r"\b(?:comments|response|reply|views?|statement) ?(?:[.:]|is|are)", re.I)
_CHIEF_WHO = re.compile(rf"(?<!deputy )(?<!assistant )\b{CHIEF}\b", re.IGNORECASE)
_FORCE_WHO = re.compile(
    r"\b(?:force|constabulary|superintendent|inspector|sergeant|detective|deputy chief constable"
    r"|assistant chief constable|[a-z]+ police(?! and)|fire and rescue service)\b",
    re.IGNORECASE,
)
_INSPECTORS = re.compile(
    r"\b(?:hmicfrs|hmi|inspectorate|inspectors?|majesty['’]s|report)\b", re.IGNORECASE
)
_OFFICE_WHO = re.compile(rf"\b{OFFICE}\b", re.IGNORECASE)
_TITLES: tuple[tuple[re.Pattern[str], Part], ...] = (
    (_CHIEF_WHO, "chief officer"),
    (_OFFICE_WHO, "commissioner"),
)
_PRONOUN = re.compile(r"(?:and )?(?:he|she|they)", re.IGNORECASE)


def introduced(text: str, before: Part | None) -> Part | None:
    """Return whose words a paragraph introduces or quotes; `?` for somebody who is neither of the
    office nor of the force; None where it introduces nobody. `before` is whom it means by a
    pronoun."""
    if text.endswith(":") and _COMMENTS.search(text) and _CHIEF_WHO.search(text):
        return "chief officer"
    for pattern in _INTRODUCES:
        for found in pattern.finditer(text[-400:] if pattern is _INTRODUCES[0] else text):
            if (who := _who(found["who"], before)) is not None:
                return who
    return None


def _who(words: str, before: Part | None) -> Part | None:
    words = " ".join(words.split()[-14:])
    if _PRONOUN.fullmatch(words.split(",")[-1].strip()) or _PRONOUN.match(words):
        return before or "?"
    if re.search(r"\b(?:deputy|assistant) chief constable\b", words, re.IGNORECASE):
        return "force"
    if _CHIEF_WHO.search(words):
        return "chief officer"
    if _OFFICE_WHO.search(words):
        return "commissioner"
    if _INSPECTORS.search(words):
        return "?"
    return "force" if _FORCE_WHO.search(words) else None


def person(text: str, before: Part | None) -> Part | None:
    """Return the office-holder whose title stands last in a text, for a pronoun after it."""
    found = [(m.start(), who) for pattern, who in _TITLES for m in pattern.finditer(text)]
    return max(found)[1] if found else before


def unquoted(text: str) -> str:
    """Return a text with each quotation left out."""
    return re.sub(r"[“\"][^”\"]*[”\"]", "…", text)


def evidence(text: str) -> Part | None:
    """Return who speaks by the words of a paragraph alone; None where they leave it open."""
    bare = unquoted(text)
    if _AS_CHIEF.search(bare):
        return "chief officer"
    if _OUR_OFFICERS.search(bare) and not OPENS.search(bare):
        return None if I.search(bare) else "force"
    if I.search(bare) or OFFICE_ACTS.search(bare):
        return "commissioner"
    return "force" if OF_THE_FORCE.search(bare) else None


def is_site(text: str) -> bool:
    """Return whether a line is the site's, and nobody's words."""
    return is_control(text) or (is_furniture(text) and evidence(text) is None)


def fitting(text: str, part: Part) -> Part:
    """Return the part of a paragraph under somebody's label: `?` where its words are another's."""
    bare = unquoted(text)
    if part == "commissioner":
        mine = I.search(bare) or OFFICE_ACTS.search(bare)
        against = _AS_CHIEF.search(bare) or (_AS_THE_FORCE.search(bare) and not mine)
    elif part == "chief officer":
        against = re.search(
            r"\bI (?:have |also |then |had )?(?:asked|invited) the chief\b", bare, re.I
        )
    else:
        against = I.search(bare) or OPENS.search(bare)
    return "?" if against else part


# Letters

SALUTATION = re.compile(r"(?:dear|annwyl) .{3,60}", re.IGNORECASE)
_TO_THE_OFFICE = re.compile(rf"(?:dear|annwyl) .*\b{OFFICE}\b", re.IGNORECASE)
_CLOSING = re.compile(
    r"(?:yours (?:sincerely|faithfully|truly)|(?:with )?(?:kind|best|warm) (?:regards|wishes)"
    r"|signed|yn gywir|cofion)\b.{0,80}",
    re.IGNORECASE,
)
_NEAR = 6
"""How many blocks after a closing may hold the name and title of who signs."""


def signatures(blocks: Sequence[Block]) -> tuple[dict[int, Part | None], set[int]]:
    """Return, by the block of each closing, who signs; and the blocks that are a signature."""
    signed: dict[int, Part | None] = {}
    of_them: set[int] = set()
    for place, block in enumerate(blocks):
        if not _CLOSING.fullmatch(block.text.rstrip(",.")):
            continue
        signed[place] = None
        of_them.add(place)
        for near in range(place, min(place + 1 + _NEAR, len(blocks))):
            text, begins = blocks[near].text, blocks[near].level > 0 or blocks[near].parted
            begins = begins or SALUTATION.fullmatch(text) is not None
            if len(text.split()) > 14 or (near > place and (begins or text.endswith((".", ":")))):
                break
            of_them.add(near)
            signed[place] = signed[place] or _title(text)
    return signed, of_them


def _title(text: str) -> Part | None:
    if _CHIEF_WHO.search(text):
        return "chief officer"
    return "commissioner" if _OFFICE_WHO.search(text) else None


def writes_to_the_office(text: str) -> bool:
    """Return whether a salutation is to the commissioner."""
    return _TO_THE_OFFICE.match(text) is not None
