"""The labels and headings that open the parts of a response page, in the words that offices use.

A label is a line of its own, words before a colon, bold words at the start of a paragraph, or a
cell beside its value. Words that are common in prose count only where the page sets them apart.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from ledger.events.recommendation import Kind
from ledger.intake.pages.blocks import Block

Part = Literal[
    "title",
    "published",
    "response_published",
    "kind",
    "publisher",
    "key_findings",
    "recommendations",
    "statement",
    "chief_officer",
    "end",
]


def phrases(text: str) -> tuple[str, ...]:
    """The phrases of a list that is parted by commas."""
    return tuple(text.split(", "))


# Parts whose value is one line: the rest of the label's, or the next.
ONE_LINE: frozenset[Part] = frozenset(
    ("title", "published", "response_published", "kind", "publisher")
)

# Understood wherever they fill a line or stand before a colon.
PLAIN: dict[Part, tuple[str, ...]] = {
    "title": phrases(
        "inspection title, title of inspection, title of the inspection, report title, "
        "title of report, title of the report, inspection name, name of inspection, "
        "name of the inspection, report name, name of report, name of the report"
    ),
    "published": phrases(
        "date published, date of publication, publication date, report published, "
        "report published on, date report published, date of report, report date, "
        "inspection published, date inspection published, report publication date, "
        "published by hmicfrs, published by the inspectorate, hmicfrs report date, "
        "hmicfrs report published"
    ),
    "response_published": phrases(
        "response published, response published on, our response published, date of response, "
        "date of our response, response date, date response published, response publication date, "
        "statement published, statement published on"
    ),
    "kind": phrases(
        "type of inspection, inspection type, type of report, report type, kind of inspection"
    ),
    "publisher": ("inspecting body", "report published by", "report by", "inspectorate"),
    "key_findings": phrases(
        "key findings, main findings, summary of findings, summary of key findings, "
        "what the inspectorate found, what the inspectors found, what inspectors found, "
        "what hmicfrs found"
    ),
    "recommendations": phrases(
        "recommendations, recommendation, the recommendations, other recommendations, "
        "further recommendations, hmicfrs recommendations, recommendations made, "
        "recommendations for chief constables, recommendations to chief constables, "
        "recommendations for forces, recommendations and areas for improvement, causes of concern, "
        "cause of concern, accelerated causes of concern, accelerated cause of concern, "
        "areas for improvement, area for improvement"
    ),
}
# Understood only before a colon, or where the page sets them apart.
SET_APART: dict[Part, tuple[str, ...]] = {
    "title": phrases(
        "title, report, inspection, inspection report, hmicfrs report, hmicfrs inspection, name"
    ),
    "published": ("published", "published on", "date"),
    "publisher": ("publisher", "published by", "inspected by"),
    "key_findings": ("findings", "summary", "overview", "background"),
    "end": phrases(
        "related documents, related links, related pages, related content, related responses, "
        "related reports, other responses, other reports, other inspection reports, "
        "other inspections, downloads, documents, useful links, share this page, share, "
        "contact us, in this section, latest news, follow us"
    ),
}


_MEANS = {
    words: (part, words in PLAIN.get(part, ()))
    for vocabulary in (SET_APART, PLAIN)
    for part, known in vocabulary.items()
    for words in known
}
_KINDS: dict[str, Kind] = {
    "accelerated": "accelerated_cause_of_concern",
    "cause": "cause_of_concern",
    "area": "afi",
}

_OFFICE = (
    r"(?:our|my|(?:pcc|pfcc|mopac|mayor|commissioner(?! of police)|office)(?:'s)?|commissioners)"
)
_FORCE = r"(?:chief constable|chief officer|constabulary|force|commissioner of police)(?:'?s)?"
_SAYS = r"(?:response|comments|statement)"
_TO_THE_REPORT = (
    r"(?: to (?:(?:the|this|these|each|all|hmicfrs|hmic) ){0,3}"
    r"(?:report|recommendations?|inspection|findings|hmicfrs)(?: .{0,80})?)?"
)
_OFFICE_SAYS = re.compile(rf".{{0,60}}\b{_OFFICE} .{{0,40}}?{_SAYS}(?: (?:to|on|and|from) .+)?")
_BARE_SAYS = re.compile(rf"{_SAYS}{_TO_THE_REPORT}")
_FORCE_SAYS = re.compile(
    rf"(?:.{{0,40}}\b)?{_FORCE} {_SAYS}(?: (?:to|on) .+)?"
    rf"|(?:{_SAYS}|letter) (?:of|from|by) .{{0,40}}\b{_FORCE}(?: .{{0,40}})?"
    rf"|what (?:the|our) {_FORCE} (?:says|said|told (?:me|us)|has (?:said|told (?:me|us)))"
)
# Who speaks, before a colon: it counts only beside recommendations and what is said of them.
_SPEAKERS: dict[str, Part] = {
    "chief constable": "chief_officer",
    "chief officer": "chief_officer",
    "commissioner of police": "chief_officer",
    "commissioner": "statement",
    "police and crime commissioner": "statement",
    "police, fire and crime commissioner": "statement",
    "pcc": "statement",
    "pfcc": "statement",
    "mayor": "statement",
}
_OWN = r"(?:(?:the|this|our|my|pcc|pfcc|mopac|mayor's|commissioner's) ){1,3}"
_RESPONSE_DAY = re.compile(
    rf"{_OWN}(?:response|statement|comments) (?:(?:publication )?date|(?:was )?published)(?: on)?"
    rf"|(?:publication )?date (?:of|for) {_OWN}(?:response|statement)"
)
# `Response to HMICFRS report: A title`, as a heading.
_RESPONSE_TO_REPORT = re.compile(
    r"(?:.{0,60} )?response to (?:the )?(?:hmicfrs(?:'s)? )?(?:report|inspection)(?: on| titled)?"
)
# `Its five recommendations are:`, before a list of them.
_INTRODUCES = re.compile(
    r"(?:.{0,300}[ .])?(?:[Rr]ecommendations (?:are|were|read)(?: as follows)?|[Tt]he following"
    r" recommendations(?: (?:are|were) made)?):"
)
_SALUTATION = re.compile(
    r"dear (?:(?:the )?(?:rt\.? |right )?hon(?:ourable|\.)? )?(?:home secretary|secretary of state"
    r"|(?:policing |home office )?minister),?"
)
_ASKS = re.compile(r"\b(?:should|must|needs? to|ought to|(?:is|are) to)\b", re.IGNORECASE)
_OFFICES = re.compile(rf"\b{_OFFICE}\b")
_MOST_WORDS = 14

_BEFORE_COLON = re.compile(r"([^:]{2,90}):(?: (.+))?", re.DOTALL)
_BEFORE_DATE = re.compile(
    r"((?:our )?(?:report|response|statement|date|inspection)? ?published(?: on)?) "
    r"(?=[0-9]|(?:mon|tues|wednes|thurs|fri|satur|sun)day|[A-Z][a-z]{2,8} [0-9])(.{1,40})",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2}){0,3}[.)]? ")


@dataclass(frozen=True, slots=True)
class PartLabel:
    """A label: the part it opens, its words, and what stands after it in the same block.

    `kind` is what the label calls the recommendations under it. `plain` is false for words that
    count only because the page sets them apart. `within` is true for words that count only among
    recommendations and what is said of them (`Commissioner: …`), `outside` for those that count
    only where no statement is open (`Dear Home Secretary,`). `level` is the heading's.
    """

    part: Part
    words: str
    value: str
    kind: Kind = "recommendation"
    plain: bool = True
    within: bool = False
    outside: bool = False
    level: int = 0


def looked_for(part: Part) -> str:
    """The first labels of a part, for a sentence that says which were looked for."""
    return ", ".join(f"“{words.capitalize()}”" for words in PLAIN[part][:3])


def match_label(block: Block) -> PartLabel | None:
    """The label with which a block begins, if it does. Two languages may stand beside `/`."""
    if _INTRODUCES.fullmatch(block.text):
        return PartLabel("recommendations", block.text, "", outside=True, level=block.level)
    if _SALUTATION.fullmatch(fold(block.text)):
        return PartLabel("statement", block.text, "", outside=True)
    title = _BEFORE_COLON.fullmatch(block.text) if block.level else None
    if title and title[2] and _RESPONSE_TO_REPORT.fullmatch(fold(title[1])):
        return PartLabel("title", f"{title[1]}:", title[2], plain=False, level=block.level)
    found = _find_label(block)
    if found is None:
        return None
    if block.level and found.value and found.part == "recommendations":
        found = _whole_heading(block, found)
    return replace(found, level=block.level)


def _whole_heading(block: Block, found: PartLabel) -> PartLabel:
    """`Cause of concern: missing children` is a heading, unless its words ask for something."""
    about = found.kind != "recommendation" and not _ASKS.search(found.value)
    return replace(found, words=block.text, value="") if about else found


def _find_label(block: Block) -> PartLabel | None:
    if found := _match(block.text, "", set_apart=block.stands_out, level=block.level):
        return found
    if block.lead and block.lead != block.text:
        value = block.text[len(block.lead) :].lstrip(" :–-")
        if found := _match(block.lead, value, set_apart=True, level=0):
            return found
    if before := _BEFORE_COLON.fullmatch(block.text):
        value = before[2] or ""
        folded = fold(before[1])
        if value and (speaker := _SPEAKERS.get(folded.removeprefix("the "))):
            return PartLabel(speaker, before[1] + ":", value, within=True)
        return _match(before[1] + ":", value, set_apart=True, level=block.level)
    if dated := _BEFORE_DATE.fullmatch(block.text):
        return _match(dated[1], dated[2], set_apart=True, level=0)
    return None


def fold(text: str) -> str:
    """A text as labels are compared: lower case, plain quotation marks, `and` for `&`."""
    text = text.replace("’", "'").replace("‘", "'").replace("&", "and").casefold()
    return " ".join(text.split())


def _match(words: str, value: str, *, set_apart: bool, level: int) -> PartLabel | None:
    if len(words) > 200:
        return None
    folded = _ORDINAL.sub("", fold(words), count=1)
    colon = folded.endswith(":")
    folded = folded.rstrip(" :–-")
    sides = folded.split(" / ")
    for side in (folded, *(sides if len(sides) == 2 else ())):
        if found := _match_side(words, value, side, set_apart or colon, level):
            return found
    return None


def _match_side(
    words: str, value: str, folded: str, set_apart: bool, level: int
) -> PartLabel | None:
    folded = re.sub(r" \((?:hmicfrs|published)\)$", "", folded)
    part, plain = _MEANS.get(folded, (None, False))
    if part is None and _RESPONSE_DAY.fullmatch(folded):
        part, plain = "response_published", True
    if part is not None:
        if not (plain or set_apart):
            return None
        kind = _KINDS.get(folded.split()[0].removesuffix("s"), "recommendation")
        return PartLabel(part, words, value, kind, plain)
    says = who_says(folded) if set_apart and level != 1 else None
    return PartLabel(says, words, value) if says else None


def who_says(folded: str) -> Literal["statement", "chief_officer"] | None:
    """Whose words follow a heading such as `our response`, folded as labels are compared."""
    if len(folded.split()) > _MOST_WORDS or folded.endswith((".", "?")):
        return None
    if _OFFICE_SAYS.fullmatch(folded) and not _FORCE_SAYS.fullmatch(folded):
        return "statement"
    if _FORCE_SAYS.fullmatch(folded):
        return "statement" if _OFFICES.search(folded.split(" response")[0]) else "chief_officer"
    return "statement" if _BARE_SAYS.fullmatch(folded) else None
