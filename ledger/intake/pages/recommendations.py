"""Gathers recommendations, causes of concern and areas for improvement from the blocks of a page.

The text of each is its first paragraph, with the bullets that its colon announces, and nothing
after. Where the page gives no number, ours is given in page order. The same serves a response page
and an inspectorate's own. Pure.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from ledger.date_phrases import DatePhrase, DateProblem, find_target, read_date
from ledger.events.recommendation import Kind
from ledger.events.streams import key_of
from ledger.intake.pages.addressees import Addressees, Whom
from ledger.intake.pages.blocks import Block, plain
from ledger.intake.pages.speakers import OF_THE_FORCE, I
from ledger.intake.pages.values import RecommendationRead, Suggested
from ledger.intake.pages.words import fold

ASKS = re.compile(r"\b(?:should|must|needs? to|recommends?)\b")
RECOMMENDS = re.compile(
    r"(?:HMICFRS|We|The inspectorate|[A-Z][\w’' ]{2,60}) recommends?\b", re.ASCII
)
_GOES_ON = (":", ";", ",", "; and", "; or", ", and")
_SOON = re.compile(
    r"\b(?:straight away|immediate|urgent|as soon as|prompt|without delay"
    r"|within|by (?:the )?[A-Z0-9])",
    re.I,
)
_ANSWERED = re.compile(r"\b(?:response|comments?|update|action|progress|status|accepted)\b ?[:–-]")
_TO_WHOM = re.compile(r"[–—-]? ?(?:addressed )?(?:to|for) (?!make\b|do\b|be\b)(.{3,80}?)[.:]?")
_SET_OFF = re.compile(r"(?:^|[,;:(] |\b(?:that|should|must|and) )$")
_NAMES: dict[Kind, str] = {
    "recommendation": "item",
    "afi": "afi",
    "cause_of_concern": "cause-of-concern",
    "accelerated_cause_of_concern": "accelerated-cause-of-concern",
}
CAUSES: tuple[Kind, ...] = ("cause_of_concern", "accelerated_cause_of_concern")


@dataclass
class Request:
    """A recommendation while its blocks are gathered."""

    number: str
    kind: Kind
    line: int
    sure: bool
    numbered: bool = True
    target: str = ""
    addressed: str = ""
    under: tuple[str, ...] = ()
    """Whom the heading above asks, where its words name nobody."""
    when: str = ""
    """By when, as the heading above says, where its words do not."""
    lead: str = ""
    """The words above a numbered list that ask it with others: `Chief constables should:`."""
    parent: str | None = None
    bullet: bool = False
    """True if it is an item of a list."""
    why: str = ""
    blocks: list[Block] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def goes_on(self, block: Block) -> bool:
        """Return whether a block belongs to its text: its first paragraph, or a bullet that its
        colon announced."""
        if not self.blocks:
            return not block.level
        last = self.blocks[-1]
        announced = any(one.text.endswith(":") for one in self.blocks)
        return block.bullet and (last.text.endswith(_GOES_ON) or (announced and last.bullet))

    def take(self, place: int, block: Block) -> None:
        first = not self.blocks
        self.blocks.append(replace(block, bullet=False, level=0) if first else block)
        self.places.append(place)

    @property
    def text(self) -> str:
        return plain(self.blocks)

    @property
    def whole(self) -> str:
        """Return what it asks, with the words that announce it."""
        return f"{self.lead.removesuffix(':')} {self.text}" if self.lead else self.text


@dataclass
class Requests:
    """The recommendations of a page, in its order."""

    items: list[Request] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    _ours: Counter[Kind] = field(default_factory=Counter)

    def begin(self, request: Request) -> Request:
        self.items.append(request)
        self.numbers.add(request.number)
        return request

    def name(self, kind: Kind) -> str:
        """Return the next number of ours for a recommendation that has none."""
        self._ours[kind] += 1
        return f"{_NAMES[kind]}-{self._ours[kind]}"

    def without_repeats(self) -> list[Request]:
        """Return what has words and does not say again what stood before. Where numbers of the
        page begin anew, and where it has none, ours are given in page order."""
        seen: set[tuple[str, str]] = set()
        kept: list[Request] = []
        for one in self.items:
            said = (one.number if one.numbered else one.kind, fold(one.text))
            if one.blocks and one.number and said not in seen:
                kept.append(one)
            seen.add(said)
        times = Counter(one.number for one in kept)
        again = {one.kind for one in kept if times[one.number] > 1 and one.kind != "recommendation"}
        ours, renamed = Counter[Kind](), dict[str, str]()
        for one in kept:
            was = one.number
            if not one.numbered or one.kind in again:
                ours[one.kind] += 1
                one.number, one.numbered = f"{_NAMES[one.kind]}-{ours[one.kind]}", False
            renamed[was] = one.number
            one.parent = renamed.get(one.parent, one.parent) if one.parent else None
        return kept


def to_whom(rest: str) -> str:
    """Return the addressee that a heading gives beside a number: `– to the Home Office`."""
    found = _TO_WHOM.fullmatch(rest)
    return found[1] if found and not ASKS.search(rest) else ""


def _asked(item: Request, whole: str, phrase: str | None, whom: Whom) -> Addressees:
    """Return whom a recommendation asks: as a line beside it says, by its own words, by the heading
    above it, or by the body of which it speaks."""
    if item.addressed:
        names, why = whom.meant(whom.names(item.addressed))
        return Addressees(names, why=why)
    found = whom.asked(whole, phrase)
    if found.addressees and all(map(whom.known, found.addressees)):
        return found
    if item.under:
        return replace(found, addressees=item.under, why="")
    if not found.addressees and item.kind != "recommendation":
        found = replace(found, addressees=whom.begins(whole))
    if whom.subject and not any(map(whom.known, found.addressees)):
        why = found.why or "it names nobody who is in the register of bodies"
        return replace(found, addressees=(whom.subject,), why=why)
    return found


def read(
    item: Request,
    count: int,
    report_day: Suggested[str] | None,
    whom: Whom,
) -> RecommendationRead:
    """Return a recommendation as read; sure where nothing about it is in doubt. `count`: how many
    have its number."""
    text, whole = item.text, item.whole
    target = read_date(item.target) if item.target else _target(whole)
    target = read_date(item.when) if target is None and item.when else target
    several = isinstance(find_target(whole), DateProblem)
    phrase = target.phrase if isinstance(target, DatePhrase) else None
    found = _asked(item, whole, phrase, whom)
    why = item.why if not item.sure else ""
    why = why or _doubt(item, text, target, found, count, report_day, whom)
    why = why or ("has more than one date in it" if several and not item.target else "")
    return RecommendationRead(
        number=item.number,
        key=key_of(item.number),
        kind=item.kind,
        text=text,
        target=target,
        addressees=found.addressees,
        partners=found.partners,
        line=item.line,
        blocks=tuple(place + 1 for place in item.places),
        parent=item.parent,
        numbered_by="publisher" if item.numbered else "us",
        sure=item.sure and not why,
        why=why,
    )


def _target(text: str) -> DatePhrase | DateProblem | None:
    """Return the target of a text; of several dates the one with which its sentence begins."""
    found = find_target(text)
    lead = re.match(r"(?:By|Within|Not later than|No later than|With) [^,.;:]{3,60}(?=, )", text)
    if (
        isinstance(found, DatePhrase)
        and found.on is None
        and not _SET_OFF.search(text[: text.find(found.phrase)])
    ):
        return None  # how soon each time, and not by when
    if isinstance(found, DateProblem) and lead is not None:
        return first if isinstance(first := find_target(lead[0]), DatePhrase) else found
    return found


def _doubt(
    item: Request,
    text: str,
    target: DatePhrase | DateProblem | None,
    found: Addressees,
    count: int,
    report_day: Suggested[str] | None,
    whom: Whom,
) -> str:
    """Return why a recommendation isn't sure, or an empty text."""
    unknown = [name for name in found.addressees if whom.known(name) is None]
    day = report_day.value if report_day else None
    doubts = (
        (found.why != "", found.why),
        (not found.addressees, "does not say in known words whom it asks"),
        (bool(unknown), f"“{', '.join(unknown)}” is not in the register of bodies"),
        (count > 1, f"number {item.number} stands on the page twice"),
        (isinstance(target, DateProblem), getattr(target, "why", "")),
        (day and target and target.on and target.on <= day, "its target is before the report"),
        (re.search(r"\bshould\b", text) is None, "asks nothing by “should”"),
        (not text[:1].isupper(), "does not begin as a sentence"),
        (
            any(one.search(text) for one in (_ANSWERED, I, OF_THE_FORCE)),
            "somebody's answer may stand in it",
        ),
        (not text.rstrip("”’\"'").endswith((".", ";")), "does not end as a sentence"),
        (target is None and _SOON.search(text) is not None, "wants it soon, in words"),
        (len(text) > 1500, "is long: see where it ends"),
        (item.kind != "recommendation", "is no plain recommendation"),
        (item.parent is not None, "stands below a cause of concern"),
        (any(b.text.endswith(":") for b in item.blocks[-1:]), "ends with a colon"),
    )
    return next((because for wrong, because in doubts if wrong), "")
