"""The words that structure a page: labels, numbers, and words that belong to the site.

One grammar reads them wherever the page sets them apart: on a line of their own, before a colon, in
bold, in a cell, as a heading or as the head of a column. A number of the section may stand before
them. English and Welsh may stand beside `/`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ledger.events.recommendation import Kind
from ledger.events.report import ReportKind
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block

Means = Literal[
    "title", "day", "response day", "kind", "publisher", "findings", "recommendations",
    "commissioner", "chief officer", "force", "both", "field", "end",
    "standards", "number", "target", "addressees",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A label: the part that it opens, its words, and the rest of its block.

    `own`: its words say it alone (`Inspection title`), and not in many places (`Title`).
    `single`: it opens one recommendation (`Area for improvement`), and not a list of them.
    """

    means: Means
    words: str
    value: str
    own: bool
    kind: Kind = "recommendation"
    single: bool = False


_REPORT = r"(?:report|inspection)"
_REQUESTS = (
    r"(?:recommendations?|areas? (?:for|requiring) improvement|afis?"
    r"|(?:accelerated )?causes? of concern)"
)
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
            r"(?:(?:our|this|the|date|date of|p(?:f)?cc|mayor's|authority's|commissioner's) ){0,2}"
            r"(?:response|statement|comments) (?:was )?published(?: on)?"
        ),
    ),
    ("kind", rf"(?:type|kind) of {_REPORT}|{_REPORT} (?:type|kind)"),
    ("publisher", r"inspect(?:ing body|orate)|name of inspectorate|(?:report )?published by"),
    (
        "findings",
        (
            r"(?:(?:summary of )?(?:key|main) |summary of )?findings|what .{3,40} found"
            r"|what (?:the )?(?:inspect(?:ors|orate)|hmicfrs|report) (?:said|says?|asked)"
        ),
    ),
    (
        "recommendations",
        (
            r"(?:(?:the|our|new|other|further|hmicfrs(?:'s)?|list of|summary of) ){0,3}"
            rf"{_REQUESTS}(?: and {_REQUESTS})?"
            r"(?: made)?(?: (?:made|addressed|for|to) (?:the )?(?:all )?(?:chief constables|forces"
            r"|the force|police and crime commissioners|local policing bodies|services|chief fire"
            r" officers|fire and rescue (?:services|authorities)|national bodies|home office"
            r"|government|college of policing|inspectorates?|others?))?"
            r"|what (?:we|hmicfrs|the inspectorate) recommends?"
        ),
    ),
    ("end", r"(?:related|other|useful|latest) .{3,30}|share(?: this page)?|downloads?|contact us"),
)
# Words of labels that say it in this place, and something else in another.
_LOOSE: tuple[tuple[Means, str], ...] = (
    ("title", rf"title|{_REPORT}|{_REPORT} report|hmicfrs {_REPORT}"),
    ("day", r"date published|(?:date of |date )?publication(?: date)?|published(?: on)?"),
    ("publisher", "publisher"),
    ("recommendations", r"[^0-9]{0,40}\brecommendations?\b[^0-9]{0,30}"),
    ("findings", r"summary|background|overview|what .{3,60}\?"),
    (
        "force",
        r"(?:[^.]{0,20}\b)?(?:updates?|progress|actions?(?: taken| plan)?|position)(?: to date)?",
    ),
    ("field", r"(?:date|last|page|author|owner|force|response|status|accepted)\b[^.]{0,40}"),
)
# What an inspectorate measures by, what it gave as marks, and what it recommended before.
_STANDARDS = re.compile(
    r"(?:what|how) .{0,30}\b(?:good|outstanding|adequate|effective)\b.{0,30}\blooks?\b.{0,10}"
    r"|(?:characteristics|features|description|definition)s? of .{0,40}"
    r"|.{0,30}\b(?:key|grade|grades|grading|graded judge?ments?|judge?ments?|ratings?|standards?"
    r"|criteria|benchmarks?|expectations|descriptors|methodology|terms of reference|glossary"
    r"|definitions)\b.{0,30}"
    r"|about (?:us|this|our|the) .{0,40}|how we .{0,50}|(?:innovative|promising|good) practice"
    r"|.{0,20}\b(?:previous|earlier|past)\b.{0,20}\b(?:recommendations?|reports?|inspections?)\b.{0,20}"
    r"|(?:annex|appendix)\b(?!.*\brecommendation).{0,60}"
)
_COLUMNS: tuple[tuple[Means, str], ...] = (
    (
        "number",
        r"(?:(?:rec(?:ommendation)?|afi|item) ?)?(?:nos?\.?|number|ref\.?|reference|id|#)|rhif",
    ),
    (
        "field",
        r"status|rag(?: rating| status)?|owner|lead|accepted.{0,20}|complet(?:e|ed|ion).{0,20}",
    ),
    ("target", r".*\b(?:target|deadline|due|when|timescale|done by|complete by).*|by|date"),
    (
        "addressees",
        (
            r"address.*|(?:to|for)(?: whom)?|(?:by )?who(?:m|se)?\b.{0,20}|directed (?:at|to)"
            r"|recipients?|(?:lead )?(?:agenc(?:y|ies)|body)|organisations?|responsib[a-z]+.{0,20}"
        ),
    ),
    (
        "recommendations",
        (
            rf"{_REQUESTS}[^0-9]{{0,40}}|[^0-9]{{0,20}}\brecommendations?|what .{{2,25}}"
            r" (?:recommend|ask)(?:s|ed)?(?: for)?|(?:full )?(?:text|wording)"
        ),
    ),
)
_OWN, _ELSEWHERE, _HEADS = (
    [(means, re.compile(pattern)) for means, pattern in fields]
    for fields in (_FIELDS, _LOOSE, _COLUMNS)
)
_SAYS = re.compile(
    r"\b(?:respon(?:se|ds?|ded|ding)|repl(?:y|ies)|comment(?:s|ary)?|statement|letter|views?|update"
    r"|feedback|position|foreword|introduction|message|said|says?|actions?|progress|do|doing|done"
    r"|ymateb|sylwadau|datganiad|llythyr)\b|\bthinks?\b|\btold\b"
)
OFFICE = (
    r"(?:(?:o)?p(?:f)?cc|mopac|(?:deputy )?mayor"
    r"|(?<!victims' )(?<!victims )(?<!assistant )commissioner"
    r"(?! of (?:the )?(?:metropolitan )?police)|office of the police|fire authority|authority"
    r"|comisiynydd|maer)"
)
CHIEF = (
    r"(?:chief (?:constable|officer|fire officer)|commissioner of (?:the )?(?:metropolitan )?police"
    r"|metropolitan police commissioner|prif gwnstabl|prif swyddog tân)"
)
_OFFICES = re.compile(rf"\b(?:{OFFICE}|our|my|we|office|board(?='s))(?:'s|s'|s)?\b")
_CHIEFS = re.compile(rf"\b(?<!deputy )(?<!assistant ){CHIEF}\b")
_FORCES = re.compile(
    r"\b(?:force|constabulary|(?<!the )police(?! and| &|, fire)|service|fire brigade"
    r"|(?:deputy|assistant) chief constable|assistant commissioner|heddlu)(?:'s)?\b"
)
_TO = re.compile(r"\b(?:to|on|about|for|regarding|told)\b.*?(?=\b(?:by|from)\b|$)")
_SPEAKER = re.compile(
    rf"(?:the |my )?(?:(?P<chief>(?:temporary |acting )?{CHIEF})"
    r"|(?:police(?:, fire)? and crime )?commissioner|p(?:f)?cc|(?:deputy )?mayor|comisiynydd)"
    r"(?:,? (?!and\b|for\b)[a-z'-]+){0,3}"
)
_NAMES_ONLY = re.compile(
    r"\b(?:lead|owner|contact|area|name|inspected|title|date|by|published|inspections?|reports?|plan"
    r"|panel|board|website|recommend|for|and|of)\b"
)
_FEW = 4
_MOST_WORDS, _MOST_BEFORE_COLON, _SHORT, _FEW_WORDS = 16, 10, 30, 10
_COLON = re.compile(r"([^:]{2,100}):(?: (.+))?", re.DOTALL)
_SECTION = re.compile(
    r"(?:[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}\.?|[0-9]{1,2}[.)]|[A-Z][.)]|\([a-z0-9]{1,3}\)"
    r"|[0-9]{1,2}(?= [A-Z]{4})|(?i:section|part|annex|appendix) [0-9A-Z]{1,3}:?)"
    r" +(?:[–—-] +)?"
)
"""A number of the section before a label: `3.2 `, `4) `, `5 RECOMMENDATION`, `Part B: `."""
PLAINLY = re.compile(r"\(?([0-9]{1,3})[.)] (?=\S)")
"""A number without a word before it."""
_PLAIN = re.compile(r"\(?#?([0-9]{1,3}[a-z]?)(?:[.):]|(?= [–—-] )|$)(?: ?[–—-])? ?(.*)", re.DOTALL)
PARAGRAPH = re.compile(r"(?:[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}|(?!R)[A-Z][0-9]{1,3})\.? +(?=[A-Z])")
"""The number of a paragraph, which is none of its words."""


def fold(text: str) -> str:
    """Return a text as labels are compared: lower case, plain quotation marks, `and` for `&`."""
    text = text.replace("’", "'").replace("‘", "'").replace("&", "and").casefold()
    return " ".join(text.split())


def match_label(block: Block) -> Label | None:
    """Return the label with which a block begins, if it does."""
    colon = _COLON.fullmatch(block.text)
    if block.bullet and colon is None and not block.lead:
        return None
    short = len(block.text) < _SHORT * (1 + block.text.count(" / "))
    short = short or is_line(block.text)
    tries = [(block.text, "", block.stands_out or short)]
    if block.lead and block.lead != block.text:
        rest = block.text[block.text.index(block.lead) + len(block.lead) :]
        tries.insert(0, (block.lead, rest.lstrip(" :.–-"), True))
    elif colon is not None and len(colon[1].split()) <= _MOST_BEFORE_COLON:
        tries.insert(int(block.level > 0), (colon[1], colon[2] or "", True))
    for words, value, apart in tries:
        for side in _sides(words):
            found = _match(side, words, value, apart, block)
            if found is not None:
                return found
    return None


def is_line(text: str) -> bool:
    """Return whether a text is too short for a paragraph, and doesn't end as one."""
    return len(text.split()) < _FEW_WORDS and text[-1:] not in '.!?;,”"'


def _sides(words: str) -> list[str]:
    """Return the readings of a label's words: without the number of its section, and each of two
    languages."""
    whole = fold(_SECTION.sub("", words, count=1)).rstrip(" :–-")
    sides = whole.split(" / ")
    return [whole, *sides] if len(sides) == 2 else [whole]


def _match(side: str, words: str, value: str, apart: bool, block: Block) -> Label | None:
    if len(side.split()) > _MOST_WORDS or words.rstrip().endswith((".", "!")):
        return None
    for means, pattern in _OWN:
        if pattern.fullmatch(side) and (means != "end" or block.stands_out):
            kind, single = _kind(side)
            return Label(means, words, value, True, kind, single)
    if not apart or (side.endswith("?") and "should" in side):
        return None
    if who := _who(side, value != "" or block.stands_out or _SPEAKER.fullmatch(side) is not None):
        return Label(*who[:1], words, value, who[1] and block.level != 1)
    if block.level == 1:
        return None
    if block.stands_out and _STANDARDS.fullmatch(side):
        return Label("standards", words, value, own=True)
    for means, pattern in _ELSEWHERE:
        titled = means != "recommendations" or (block.stands_out and not value)
        if pattern.fullmatch(side) and titled and (means != "field" or value or block.cell):
            return Label(means, words, value, own=False)
    return None


def column(text: str) -> tuple[Means, bool] | None:
    """Return what the head of a column says of its cells, and whether it names one speaker."""
    for side in _sides(text):
        if (who := _who(side, set_apart=True)) is not None:
            return who
        for means, pattern in (*_HEADS, *(one for one in _ELSEWHERE if one[0] == "force")):
            if pattern.fullmatch(side):
                return means, False
    return None


def _who(side: str, set_apart: bool) -> tuple[Means, bool] | None:
    """Return whose words a label opens, and whether it says that alone."""
    by = _TO.sub("", side).strip()  # `Response to the Chief Constable` is not the chief constable's
    speaker = _SPEAKER.fullmatch(by)
    if speaker is not None and set_apart and _SAYS.search(side) is None:
        return "chief officer" if speaker["chief"] else "commissioner", False
    if re.fullmatch(r"response|comments?|statement|ymateb", by):
        return "both", False
    office, chief, force = (one.search(by) is not None for one in (_OFFICES, _CHIEFS, _FORCES))
    office = office or (set_apart and re.search(r"\bi\b", by) is not None)
    if _SAYS.search(side) is None:
        if not set_apart or len(by.split()) > _FEW or _NAMES_ONLY.search(side):
            return None
        return ("force" if force else "commissioner", False) if office != force else None
    if office and (chief or force):
        return "both", False
    if chief or force:
        told = re.search(r"\b(?:as follows|responds|is|has|says|said|told|not)\b", side) is not None
        return ("chief officer" if chief else "force"), not told
    return (
        ("commissioner", re.search(r"\b(?:says|said|we|board)\b", side) is None) if office else None
    )


def _kind(side: str) -> tuple[Kind, bool]:
    """Return the kind of the recommendations that a label opens, and whether it opens one."""
    if "accelerated" in side:
        return "accelerated_cause_of_concern", "causes" not in side
    if "cause" in side:
        return "cause_of_concern", "causes" not in side
    if re.search(r"improvement|\bafi", side):
        return "afi", re.search(r"\bareas|afis", side) is None
    return "recommendation", "recommendations" not in side


_KINDS_OF_REPORT: tuple[tuple[ReportKind, str], ...] = (
    ("peel", "peel|peel assessment|peel inspection"),
    ("national_thematic", "national thematic|national thematic inspection"),
    ("national_thematic", "thematic|thematic inspection"),
    ("force_inspection", "force inspection"),
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

LISTS = re.compile(r"\b(?:recommendations|areas for improvement)\b[^.]{0,60}:$")
"""A sentence that introduces recommendations."""


def several(label: Label) -> bool:
    """Return whether a label opens several recommendations."""
    return re.search(r"(?:recommendation|area|cause|afi)s\b", fold(label.words)) is not None


# Numbers

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_FIGURES = {word: str(number) for number, word in enumerate(_WORDS, start=1)}
_NUMBER = rf"(?:[0-9]{{1,3}}[a-zA-Z]?(?![0-9A-Za-z]|\.[0-9])|(?i:{'|'.join(_WORDS)})\b(?! of\b))"
_WORD = (
    r"(?:(?i:accelerated cause of concern|cause of concern|area for improvement|afi"
    r"|recommendation|rec\.?)|R(?= ?[0-9]))"
)
_LABELLED = re.compile(
    rf"(?P<word>{_WORD})(?i: ?(?:no\.?|number|#))?[ –-]?(?P<number>{_NUMBER})"
    r"(?P<mark> ?[:.)–—-]+)? ?(?P<rest>.*)",
    re.DOTALL,
)
_BEFORE_NUMBER = re.compile(
    rf"(?:{_SECTION.pattern})?(?:[A-Z]{{3,8}} (?=[Rr]ec))?"
    r"(?:(?:Argymhelliad|Maes i['’]w wella) [0-9]{1,3}[a-z]? ?[/|] ?)?"
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
    if (nth := _NTH_OF_THEM.fullmatch(block.text)) is not None:
        return Numbered(_NTH[nth[1].lower()], "recommendation", nth[2] or "")
    section = _BEFORE_NUMBER.match(block.text)
    found = _LABELLED.fullmatch(block.text, section.end() if section else 0)
    if found is None:
        return None
    rest = found["rest"].strip()
    bold = len(block.lead) >= found.end("number")
    if rest and not (found["mark"] or bold or rest[0].isupper()):
        return None
    kind, before = _OF.get(found["word"].lower(), ("recommendation", ""))
    number = _FIGURES.get(found["number"].lower(), found["number"])
    return Numbered(before + number, kind, rest)


def split_number(text: str) -> tuple[str, str]:
    """Return the number without a word before it with which a text begins, and the rest of it."""
    found = _PLAIN.fullmatch(text)
    return (found[1], found[2]) if found else ("", text)


_MENTION = re.compile(
    r"\b(?P<word>recommendations?|argymhell(?:iad|ion)|recs?\.?|afis?|areas? for improvement"
    r"|R(?= ?[0-9]))"
    rf" ?(?:nos?\.? |numbers? )?(?P<numbers>{_NUMBER}(?:(?:,? and |, | ?& ?| to | ?[–-] ?)"
    rf"(?:recommendations? |recs? |R)?{_NUMBER}){{0,40}})",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:as (?:with|in|under|to)|like|unlike|than (?:with|in|on|under)?|see(?: also)?"
    r"|look(?:ed|ing|s)? (?:back )?(?:at|to)|similar(?:ly)? to|(?:the )?same as|together with"
    r"|alongside|beside|apart from|said (?:of|on|about|under|in)|along with"
    r"|linked (?:to|with)|because of) (?:the )?"
    rf"{_MENTION.pattern}",
    re.IGNORECASE,
)
"""Another recommendation than the one that is spoken about, as something to compare it with."""
_EACH = re.compile(rf"( to | ?[–-] ?)?({_NUMBER})", re.IGNORECASE)
VAGUELY = re.compile(
    r"\b(?P<nth>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final|latter"
    r"|former|all|both|each|every|these|other|another|earlier|previous|same|that|this|only"
    r"|remaining)\b[^.]{0,30}\brecommendation",
    re.IGNORECASE,
)
ALL = re.compile(
    r"\bI (?:fully |also )?(?:accept|support|agree with|endorse) all (?:of )?the recommendations\b"
)
ALL_PERHAPS = re.compile(
    rf"\b(?:I|we|{OFFICE})\b[^.]{{0,60}}\b(?:accepts?|supports?|agrees? with|endorses?|welcomes?) "
    r"(?:all|each|every|both)\b[^.]{0,30}\brecommendations?\b",
    re.IGNORECASE,
)
_NTH = {
    word: str(number)
    for number, word in enumerate(
        (
            *("first", "second", "third", "fourth", "fifth"),
            *("sixth", "seventh", "eighth", "ninth", "tenth"),
        ),
        start=1,
    )
}


def nth_named(text: str) -> str | None:
    """Return the key of a recommendation that a text names by its place: `the first`."""
    found = VAGUELY.search(text)
    return _NTH.get(found["nth"].lower()) if found else None


def mentions(text: str) -> list[str]:
    """Return the keys of the recommendations that a text names, in its order; a range as each of
    it."""
    keys: list[str] = []
    for mention in _MENTION.finditer(text):
        prefix = "afi-" if mention["word"].lower().startswith(("af", "area")) else ""
        last = ""
        for each in _EACH.finditer(mention["numbers"]):
            number = key_of(_FIGURES.get(each[2].lower(), each[2]))
            if each[1] and last.isdecimal() and number.isdecimal():
                keys += [f"{prefix}{n}" for n in range(int(last) + 1, min(int(number), 200) + 1)]
            else:
                keys.append(prefix + number)
            last = number
    return list(dict.fromkeys(keys))


def subjects(text: str) -> list[str]:
    """Return the keys of the recommendations that a text is about, by what it names."""
    return mentions(_ASIDE.sub("", text))


_ON = (
    r"(?:(?:on|as (?:for|to)|regarding|(?:I )?turn(?:ing)?(?: [a-z]+)? to|with regards? to"
    r"|in (?:respect|relation) (?:of|to)|for|concerning|[a-z]+) )?(?:the )?"
)
_BEGINS = re.compile(rf"{_ON}{_MENTION.pattern}", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(?:it|its|this|that|these|they|them|also|such|there)\b", re.IGNORECASE)
_GENERAL = re.compile(
    r"\bthank|\bgrateful|\blook forward|\bin conclusion\b|\bfinally\b|\bin closing\b|\bhappy to\b"
    r"|\bhope (?:that )?(?:this|these|my)\b|\bshould be glad\b|\breturn to (?:all|this)"
    r"|HMICFRS|\binspect|\boverall\b|\brecommendations\b|\bpublish"
    r"|\bthis (?:report|response|letter)\b|\ball (?:of )?(?:this|these)\b"
    r"|\bthe (?:other (?:[a-z]+s|two|three|four|five|six)|rest)\b",
    re.IGNORECASE,
)


_NTH_OF_THEM = re.compile(
    rf"(?:The )?({'|'.join(_NTH)}) recommendation(?:[:.] ?(.+)?)?", re.I | re.S
)
_NTH_ONE = re.compile(rf"{_ON}(?P<nth>{'|'.join(_NTH)})\b", re.IGNORECASE)
_BLANK = re.compile(
    r"(?:n/?a|none|nil|tbc|not (?:applicable|started|yet started|for us)"
    r"|(?:this is )?for (?:the )?national .{2,60})[. ]*",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:(?:[A-Z][\w’'.-]*|of|for|and|&|the),? ?){2,8}(?<![.,])")


def is_general(text: str) -> bool:
    """Return whether a paragraph may be about the whole report, or end a letter."""
    return _GENERAL.search(text) is not None


def goes_on(text: str) -> bool:
    """Return whether a paragraph points back to the one above it."""
    return _GOES_ON.search(text) is not None


def begins_about(text: str, listed: Sequence[str] | None) -> tuple[str, ...]:
    """Return the recommendations that the first words of a paragraph name, by number or by their
    place among those `listed`, if it gives any."""
    if (found := _BEGINS.match(text.removeprefix("“"))) is not None:
        return tuple(mentions(found[0]))
    if listed is None or (nth := _NTH_ONE.match(text)) is None:
        return ()
    number = _NTH[nth["nth"].lower()]
    return tuple(listed[int(number) - 1 : int(number)]) if listed else (number,)


def count_mentions(text: str) -> int:
    """Return how often a text names recommendations: in two places it may be about one of them
    only."""
    return len(_MENTION.findall(text))


_WELSH = re.compile(
    r"\b(?:yr?|ym|yng?|yw|ac|bob|ei|eu|wedi|maent|mae|gan|[bf]od|[fm]is|neu|nid|na|pam|hyn|h[wo]n"
    r"|gyda|sydd|rwyf|wyf|eich|ein|fy|hefyd|drwy|dros|bydd(?:af|wn)?|mewn|rydym|gall|dylai|erbyn)\b"
)
_ENGLISH = re.compile(
    r"\b(?:the|and|of|is|are|was|were|have|has|that|for|with|will|it|this|they|we)\b"
)


def is_welsh(text: str) -> bool:
    """Return whether a paragraph is in Welsh, by the small words of both languages."""
    plain = fold(text)
    marks = len(_WELSH.findall(plain))
    return 0 < len(plain.split()) <= 8 * marks and _ENGLISH.search(plain) is None


_CONTROLS = re.compile(
    r"skip to (?:main )?content|menu|search|home|close|share(?: this(?: page)?\b.{0,40})?"
    r"|(?:is|was|did) (?:this page|you find)\b.{0,40}\?|cc:? .{0,200}"
    r"|I am (?:also )?(?:copying|sending a copy of) this (?:letter|response)\b.{0,300}"
    r"|print(?: this page)?"
    r"|back to top|cookies?(?: settings)?|accept all cookies|privacy policy|contents|contact us"
    r"|about us|news|downloads?|ends|next|previous|facebook|twitter|linkedin"
    r"|(?:this )?(?:page )?(?:was )?last (?:updated|reviewed|modified).{0,60}|[^\w]{1,5}"
    r"|(?:data protection|privacy|accessibility|copyright|cookies)\b.{0,300}"
    r"|official(?:[ -]+sensitive)?|(?:not )?protectively marked|.{0,80}\bcontroller\b.{0,200}"
    r"|(?:.{3,20} / )?(?:first )?(?:published|posted|dated?)(?: on)?:? [0-9][\w ./]{5,20}"
    r"|page [0-9]{1,3}(?: of [0-9]{1,3})?|filed under.{0,80}|resolved:?"
    r"|[«←] ?(?:previous|next)\b.{0,200}|(?:previous|next)\b.{0,200}[»→]",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"[^.!?>»\u203a]{2,60}(?: [>»\u203a] [^.!?>»\u203a]{2,60}){1,8}")
_HEADING = re.compile(r"hmicfrs(?: (?:responses|inspections|reports)(?: and responses)?)?", re.I)
_OF_AN_OFFICE = re.compile(
    r"\b(?:police(?:,? fire)?,? (?:and|&) crime commissioner|^commissioner for police\b"
    r"|office of the police|opcc"
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


def is_blank(text: str) -> bool:
    """Return whether a line says that there is nothing to say."""
    return _BLANK.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Return whether a line is a name or a title, and no sentence."""
    return _NAME.fullmatch(text) is not None


def is_control(text: str) -> bool:
    """Return whether a line is one of a site's controls, in one language or in two beside `/`."""
    sides = text.rstrip(" :").split(" / ")
    return any(_CONTROLS.fullmatch(side.strip()) for side in sides if len(sides) <= 2)
