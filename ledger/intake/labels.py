"""The labels and headings that open the parts of a response page, in the words that offices use.

A label is a line of its own, words before a colon, bold words at the start of a paragraph, or a
cell beside its value. Words that are common in prose count only where the page sets them apart.
"""

import re
from dataclasses import dataclass
from typing import Literal

from ledger.events.recommendation import Kind
from ledger.intake.blocks import Block

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
# Parts whose value is one line: the rest of the label's, or the next.
ONE_LINE: frozenset[Part] = frozenset(
    ("title", "published", "response_published", "kind", "publisher")
)

# Understood wherever they fill a line or stand before a colon.
_PLAIN: dict[Part, tuple[str, ...]] = {
    "title": (
        "inspection title",
        "title of inspection",
        "title of the inspection",
        "report title",
        "title of report",
        "title of the report",
        "inspection name",
        "name of inspection",
        "name of the inspection",
        "report name",
        "name of report",
        "name of the report",
    ),
    "published": (
        "date published",
        "date of publication",
        "publication date",
        "report published",
        "report published on",
        "date report published",
        "date of report",
        "report date",
        "inspection published",
        "date inspection published",
        "report publication date",
    ),
    "response_published": (
        "response published",
        "response published on",
        "our response published",
        "date of response",
        "date of our response",
        "response date",
        "date response published",
        "response publication date",
        "statement published",
        "statement published on",
    ),
    "kind": (
        "type of inspection",
        "inspection type",
        "type of report",
        "report type",
        "kind of inspection",
    ),
    "publisher": ("inspecting body", "report published by", "inspectorate"),
    "key_findings": (
        "key findings",
        "main findings",
        "summary of findings",
        "summary of key findings",
        "what the inspectorate found",
        "what the inspectors found",
        "what inspectors found",
        "what hmicfrs found",
    ),
    "recommendations": (
        "recommendations",
        "recommendation",
        "the recommendations",
        "hmicfrs recommendations",
        "recommendations made",
        "recommendations for chief constables",
        "recommendations to chief constables",
        "recommendations for forces",
        "recommendations and areas for improvement",
        "causes of concern",
        "cause of concern",
        "accelerated causes of concern",
        "accelerated cause of concern",
        "areas for improvement",
        "area for improvement",
    ),
}
# Understood only before a colon, or where the page sets them apart.
_SET_APART: dict[Part, tuple[str, ...]] = {
    "title": ("title", "report", "inspection", "hmicfrs report", "hmicfrs inspection", "name"),
    "published": ("published", "published on", "date"),
    "publisher": ("publisher", "published by", "inspected by"),
    "key_findings": ("findings", "summary", "overview", "background"),
    "end": (
        "related documents",
        "related links",
        "related pages",
        "related content",
        "downloads",
        "documents",
        "useful links",
        "share this page",
        "share",
        "contact us",
        "in this section",
        "latest news",
        "follow us",
    ),
}
_MEANS = {
    words: (part, words in _PLAIN.get(part, ()))
    for vocabulary in (_SET_APART, _PLAIN)
    for part, phrases in vocabulary.items()
    for words in phrases
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
    rf"|{_SAYS} (?:of|from|by) .{{0,40}}\b{_FORCE}(?: .{{0,40}})?"
)
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
    count only because the page sets them apart.
    """

    part: Part
    words: str
    value: str
    kind: Kind = "recommendation"
    plain: bool = True


def looked_for(part: Part) -> str:
    """The first labels of a part, for a sentence that says which were looked for."""
    return ", ".join(f"“{words.capitalize()}”" for words in _PLAIN[part][:3])


def match_label(block: Block) -> PartLabel | None:
    """The label with which a block begins, if it does."""
    if found := _match(block.text, "", set_apart=block.stands_out, level=block.level):
        return found
    if block.lead and block.lead != block.text:
        value = block.text[len(block.lead) :].lstrip(" :–-")
        if found := _match(block.lead, value, set_apart=True, level=0):
            return found
    if before := _BEFORE_COLON.fullmatch(block.text):
        return _match(before[1] + ":", before[2] or "", set_apart=True, level=block.level)
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
    part, plain = _MEANS.get(folded, (None, False))
    if part is not None:
        if not (plain or set_apart or colon):
            return None
        kind = _KINDS.get(folded.split()[0].removesuffix("s"), "recommendation")
        return PartLabel(part, words, value, kind, plain)
    says = _who_says(folded) if (set_apart or colon) and level != 1 else None
    return PartLabel(says, words, value) if says else None


def _who_says(folded: str) -> Part | None:
    if len(folded.split()) > _MOST_WORDS or folded.endswith((".", "?")):
        return None
    if _OFFICE_SAYS.fullmatch(folded) and not _FORCE_SAYS.fullmatch(folded):
        return "statement"
    if _FORCE_SAYS.fullmatch(folded):
        return "statement" if _OFFICES.search(folded.split(" response")[0]) else "chief_officer"
    return "statement" if _BARE_SAYS.fullmatch(folded) else None
