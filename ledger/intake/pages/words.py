"""The words that structure a page: labels, numbers and speakers. Some words show that a line
belongs to the site and not to the response.

They are looked for where the page sets them apart: on a line of their own, before a colon, in
bold, in a cell, or as a heading.
"""

import re
from dataclasses import dataclass
from typing import Literal

from ledger.events.recommendation import Kind
from ledger.events.report import ReportKind
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block

Means = Literal[
    "title", "day", "response day", "kind", "publisher", "findings", "recommendations",
    "commissioner", "chief officer", "force", "both", "field", "end",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A label: the part that it opens, its words, and the rest of its block.

    `own`: its words say it alone (`Inspection title`), and not in many places (`Title`).
    """

    means: Means
    words: str
    value: str
    own: bool
    kind: Kind = "recommendation"


_REPORT = r"(?:report|inspection)"
_FIELDS: tuple[tuple[Means, str], ...] = (
    ("title", rf"{_REPORT} (?:title|name)|(?:title|name) of (?:the )?{_REPORT}"),
    (
        "day",
        (
            rf"(?:date )?(?:hmicfrs )?{_REPORT} (?:was )?(?:published|publication date)(?: on)?"
            rf"|date of (?:the )?{_REPORT}|{_REPORT} date|published by hmicfrs(?: on)?"
        ),
    ),
    (
        "response day",
        (
            r"(?:(?:our|this|the|date|date of|pcc|pfcc|mayor's|commissioner's) ){0,2}"
            r"(?:response|statement|comments) (?:was )?published(?: on)?"
        ),
    ),
    ("kind", rf"(?:type|kind) of {_REPORT}|{_REPORT} (?:type|kind)"),
    ("publisher", r"inspect(?:ing body|orate)|name of inspectorate|(?:report )?published by"),
    ("findings", r"(?:(?:summary of )?(?:key|main) |summary of )?findings|what .{3,40} found"),
    (
        "recommendations",
        (
            r"(?:the |other |further |hmicfrs(?:'s)? )?(?:recommendations?|areas? for improvement"
            r"|(?:accelerated )?causes? of concern)(?: (?:made|for|to) (?:chief constables|forces)"
            r"| made| and areas for improvement)?"
        ),
    ),
    ("end", r"(?:related|other|useful|latest) .{3,30}|share(?: this page)?|downloads?|contact us"),
)
# Words of labels that say it in this place, and something else in another.
_LOOSE: tuple[tuple[Means, str], ...] = (
    ("title", rf"title|{_REPORT}|{_REPORT} report|hmicfrs {_REPORT}"),
    ("day", r"date published|(?:date of |date )?publication(?: date)?|published(?: on)?"),
    ("publisher", "publisher"),
    ("findings", r"summary|background|overview|what .{3,60}\?"),
    ("recommendations", r".{0,40}\brecommendations?\b.{0,30}"),
    ("field", r"(?:date|last|page|author|force|response|status|accepted)\b[^.]{0,40}"),
)
_OWN, _ELSEWHERE = (
    [(means, re.compile(pattern)) for means, pattern in fields] for fields in (_FIELDS, _LOOSE)
)
_SAYS = re.compile(r"\b(?:response|comments?|statement|letter|view|update)\b|\bthink|\btold me\b")
_OFFICE = re.compile(
    r"\b(?:our|my|p(?:f)?cc|opcc|mopac|mayor|commissioner(?! of (?:the )?(?:metropolitan )?police)"
    r"|office)(?:'s|s')?\b"
)
_CHIEF = re.compile(r"\b(?:chief (?:constable|officer|fire officer)|commissioner of police)\b")
_FORCE = re.compile(r"\b(?:force|constabulary|police service)(?:'s)?\b")
_SPEAKER = re.compile(
    r"(?:the )?(?:(?P<chief>chief (?:constable|officer)|commissioner of police)"
    r"|(?:police(?:, fire)? and crime )?commissioner|p(?:f)?cc|mayor)"
)
_MOST_WORDS, _MOST_BEFORE_COLON = 14, 8
_COLON = re.compile(r"([^:]{2,80}):(?: (.+))?", re.DOTALL)


def fold(text: str) -> str:
    """Return a text as labels are compared: lower case, plain quotation marks, `and` for `&`."""
    text = text.replace("’", "'").replace("‘", "'").replace("&", "and").casefold()
    return " ".join(text.split())


def match_label(block: Block) -> Label | None:
    """Return the label with which a block begins, if it does. Two languages may stand beside
    `/`."""
    colon = _COLON.fullmatch(block.text)
    if block.bullet and colon is None and not block.lead:
        return None
    tries = [(block.text, "", block.stands_out or len(block.text) < 30)]
    if block.lead and block.lead != block.text:
        tries.insert(0, (block.lead, block.text[len(block.lead) :].lstrip(" :–-"), True))
    elif colon is not None and len(colon[1].split()) <= _MOST_BEFORE_COLON:
        tries.insert(0, (colon[1], colon[2] or "", True))
    for words, value, apart in tries:
        sides = [fold(words).rstrip(" :–-"), *fold(words).rstrip(" :–-").split(" / ")]
        for side in sides if len(sides) == 3 else sides[:1]:
            found = _match(side, words, value, apart, block)
            if found is not None:
                return found
    return None


def _match(side: str, words: str, value: str, apart: bool, block: Block) -> Label | None:
    if len(side.split()) > _MOST_WORDS or words.rstrip().endswith((".", "!")):
        return None
    for means, pattern in _OWN:
        if pattern.fullmatch(side) and (means != "end" or block.stands_out):
            kind = _KIND.get(side.split(" ")[-1].rstrip("s"), "recommendation")
            return Label(means, words, value, own=True, kind=kind)
    if not apart or block.level == 1:
        return None
    if (who := _who(side, value != "" or block.stands_out)) is not None:
        return Label(*who[:1], words, value, *who[1:])
    for means, pattern in _ELSEWHERE:
        titled = means != "recommendations" or (block.stands_out and not value)
        if pattern.fullmatch(side) and titled and (means != "field" or value or block.cell):
            return Label(means, words, value, own=False)
    return None


def _who(side: str, set_apart: bool) -> tuple[Means, bool] | None:
    """Return whose words a label opens, and whether it says that alone."""
    speaker = _SPEAKER.fullmatch(side)
    if speaker is not None and set_apart:
        return "chief officer" if speaker["chief"] else "commissioner", False
    if re.fullmatch(r"(?:response|comments|statement)(?: to .{3,60})?", side):
        return "both", False
    if _SAYS.search(side) is None:
        return None
    office, chief, force = (one.search(side) is not None for one in (_OFFICE, _CHIEF, _FORCE))
    if office and (chief or force):
        return ("chief officer" if "told me" in side or " to the p" in side else "both"), False
    if chief or force:
        told = re.search(r"\b(?:as follows|comments on|responds|is|has|says)\b", side) is not None
        return ("chief officer" if chief else "force"), not told
    return ("commissioner", True) if office else None


_KIND: dict[str, Kind] = {"improvement": "afi", "concern": "cause_of_concern"}
_KINDS_OF_REPORT: tuple[tuple[ReportKind, str], ...] = (
    ("peel", "peel|peel assessment|peel inspection"),
    ("national_thematic", "national thematic|national thematic inspection"),
    ("national_thematic", "thematic|thematic inspection"),
    ("force_inspection", "force inspection|force specific|force-specific"),
    ("child_protection", "child protection|child protection inspection"),
    ("child_protection", "national child protection inspection"),
    ("pcc_commissioned", "pcc commissioned|pcc-commissioned"),
    ("joint", "joint|joint inspection|joint thematic|joint thematic inspection"),
    ("joint_targeted_area", "joint targeted area inspection|joint targeted area|jtai"),
    ("revisit_letter", "revisit letter|revisit"),
    ("custody", "custody|custody inspection|police custody inspection"),
    ("fire_inspection", "fire inspection|fire and rescue inspection"),
    ("state_of_policing", "state of policing"),
    ("super_complaint", "super-complaint|super complaint|police super-complaint"),
)
REPORT_KINDS = {words: kind for kind, said in _KINDS_OF_REPORT for words in said.split("|")}

# Numbers

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_FIGURES = {word: str(number) for number, word in enumerate(_WORDS, start=1)}
_NUMBER = rf"(?:[0-9]{{1,3}}[a-zA-Z]?(?![0-9A-Za-z]|\.[0-9])|(?i:{'|'.join(_WORDS)})\b(?! of\b))"
_WORD = (
    r"(?:(?i:accelerated cause of concern|cause of concern|area for improvement|afi"
    r"|recommendation|rec\.?)|R(?= ?[0-9]))"
)
_LABELLED = re.compile(
    rf"(?P<word>{_WORD})(?i: ?(?:no\.?|number|#))? ?(?P<number>{_NUMBER})"
    r"(?P<mark> ?[:.)–—-]+)? ?(?P<rest>.*)",
    re.DOTALL,
)
_OF: dict[str, tuple[Kind, str]] = {
    "accelerated cause of concern": (
        "accelerated_cause_of_concern",
        "Accelerated cause of concern ",
    ),
    "cause of concern": ("cause_of_concern", "Cause of concern "),
    "area for improvement": ("afi", "AFI "),
    "afi": ("afi", "AFI "),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numbered:
    """A block that begins with a labelled number: as published, and the text after it."""

    number: str
    kind: Kind
    rest: str


def match_number(block: Block) -> Numbered | None:
    """Return the number with which a block begins: `Rec 02:`, `R2`, `AFI 1`, or a whole line of
    it."""
    found = _LABELLED.fullmatch(block.text)
    if found is None:
        return None
    rest = found["rest"].strip()
    bold = len(block.lead) >= found.end("number")
    if rest and not (found["mark"] or bold or rest[0].isupper()):
        return None
    kind, before = _OF.get(found["word"].lower(), ("recommendation", ""))
    number = _FIGURES.get(found["number"].lower(), found["number"])
    return Numbered(before + number, kind, rest)


_MENTION = re.compile(
    r"\b(?P<word>recommendations?|recs?\.?|afis?|areas? for improvement|R(?= ?[0-9]))"
    rf" ?(?:nos?\.? |numbers? )?(?P<numbers>{_NUMBER}(?:(?:,? and |, | ?& ?| to | ?[–-] ?)"
    rf"(?:recommendations? |recs? |R)?{_NUMBER}){{0,40}})",
    re.IGNORECASE,
)
_EACH = re.compile(rf"( to | ?[–-] ?)?({_NUMBER})", re.IGNORECASE)
VAGUELY = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|last|final|latter|former|all|both|each|every|these"
    r"|other|another|earlier|previous|same|that|this|only|remaining)\b[^.]{0,30}\brecommendation",
    re.IGNORECASE,
)
ALL = re.compile(
    r"\bI (?:fully |also )?(?:accept|support|agree with|endorse) all (?:of )?the recommendations\b"
)


def mentions(text: str) -> list[str]:
    """Return the keys of the recommendations that a text names, in its order; a range as each of
    it."""
    keys: list[str] = []
    for mention in _MENTION.finditer(text):
        prefix = "afi-" if mention["word"].lower().startswith("a") else ""
        last = ""
        for each in _EACH.finditer(mention["numbers"]):
            number = key_of(_FIGURES.get(each[2].lower(), each[2]))
            if each[1] and last.isdecimal() and number.isdecimal():
                keys += [f"{prefix}{n}" for n in range(int(last) + 1, min(int(number), 200) + 1)]
            else:
                keys.append(prefix + number)
            last = number
    return list(dict.fromkeys(keys))


def count_mentions(text: str) -> int:
    """Return how often a text names recommendations: in two places it may be about one of them
    only."""
    return len(_MENTION.findall(text))


# Who speaks

I = re.compile(r"\b(?:I|I['’](?:m|ve|ll|d)|[Mm]y|me)\b")  # noqa: E741
WE = re.compile(r"\b(?:[Ww]e|[Oo]ur|I|I['’](?:m|ve|ll|d)|[Mm]y)\b")
OF_THE_FORCE = re.compile(
    r"\b[Ww]e (?:have|are|were|will|now|also|already|use|do|did|can)\b"
    r"|\b[Oo]ur (?:officers?|staff|teams?|units?|force|detectives|control room|crime)\b"
    r"|\b[Tt]he (?:force|constabulary) (?:has|have|is|will|now|already)\b",
    re.IGNORECASE,
)
OPENS = re.compile(
    r"As (?:(?:your|the|a) )?(?:deputy )?(?:[^.]{0,40}commissioner|p(?:f)?cc|mayor)\b"
    r"[^.]{0,60}\bI\b",
    re.IGNORECASE,
)
# Somebody else's words follow, or are told.
ANOTHER = re.compile(
    r"\b(?:chief constable|chief officer|force|constabulary|superintendent|he|she|they)(?:['’]s)?"
    r" (?:(?:has|have|also|then|now) )?(?:said|says|states?|stated|writes|wrote|comments?|commented"
    r"|responds|responded|response|provided|reports? as|sets? out)\b"
    r"|\bas follows\b|\bfollowing (?:response|comments?|statement|update)\b",
    re.IGNORECASE,
)


_CONTROLS = re.compile(
    r"skip to (?:main )?content|menu|search|home|close|share(?: this(?: page)?)?"
    r"|print(?: this page)?"
    r"|back to top|cookies?(?: settings)?|accept all cookies|privacy policy|contents|contact us"
    r"|about us|news|downloads?|next|previous|facebook|twitter|linkedin"
    r"|[«←] ?(?:previous|next)\b.{0,200}|(?:previous|next)\b.{0,200}[»→]",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"[^.!?>»\u203a]{2,60}(?: [>»\u203a] [^.!?>»\u203a]{2,60}){1,8}")
_HEADING = re.compile(r"hmicfrs(?: (?:responses|inspections|reports)(?: and responses)?)?", re.I)
_OF_AN_OFFICE = re.compile(
    r"\b(?:police(?:,? fire)?,? (?:and|&) crime commissioner|office of the police|opcc"
    r"|office for policing|deputy mayor for policing)",
    re.IGNORECASE,
)
CITES = re.compile(
    r"\b(?:[Ss]ections?|[Ss]s?\.?) ?[0-9]{1,3}[A-Z]{0,2}(?: ?\([0-9A-Za-z]{1,3}\)){0,3}"
    r"(?: of)?(?: the)? Police Act 1996(?: \([^()]{1,200}\))?"
    r"|\bPolice Act 1996,? (?:[Ss]ection|[Ss]s?\.?) ?[0-9]{1,3}[A-Z]{0,2}"
    r"(?: ?\([0-9A-Za-z]{1,3}\)){0,3}"
)
_INTRODUCES = re.compile(
    r"\bresponses? to (?:the )?(?:inspections?|reports?) (?:of|by|from) .*"
    r"\b(?:hmicfrs|inspectorate of constabulary)\b",
    re.IGNORECASE,
)


def is_furniture(text: str) -> bool:
    """Return whether a line outside the parts of the response belongs to the site: a control, a
    trail of links, the office's name, or the law on responses."""
    if CITES.search(text) and not re.search(r"\b(?:19|20)[0-9]{2}\b(?!\))", CITES.sub("", text)):
        return True
    if len(text) > 400:
        return False
    words = len(text.split())
    is_name = words <= 15 and not re.search(r"[.!?:]$|\bresponse|\bI\b", text)
    return (
        is_control(text)
        or _HEADING.fullmatch(text.rstrip(" :")) is not None
        or text.lower().startswith(("home >", "home »", "home /", "you are here", "©", "copyright"))
        or (_TRAIL.fullmatch(text) or re.fullmatch(r"https?://\S+", text)) is not None
        or (words <= 40 and _INTRODUCES.search(text) is not None)
        or (is_name and _OF_AN_OFFICE.search(text) is not None)
    )


def is_control(text: str) -> bool:
    """Return whether a line is one of a site's controls, in one language or in two beside `/`."""
    sides = text.rstrip(" :").split(" / ")
    return any(_CONTROLS.fullmatch(side.strip()) for side in sides if len(sides) <= 2)
