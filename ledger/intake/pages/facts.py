"""The facts of a page about its report, and the day of its response, by labels of the page's own. A
label that may mean something else, or the heading of a report's own page, gives a suggestion."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.date_phrases import read_date
from ledger.events.report import ReportKind
from ledger.intake.pages.addressees import Whom, split_names
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.values import RecordedReport, Resolve, Suggested
from ledger.intake.pages.words import (
    CITES,
    REPORT_KINDS,
    Label,
    Means,
    fold,
    match_number,
)

HMICFRS = (
    r"HMICFRS|H(?:is|er) Majesty['’]s Inspectorate of Constabulary,? (?:and|&)? ?Fire (?:and|&)"
    r" Rescue Services?"
)
_ACTS = re.compile(
    rf"\b(?:{HMICFRS})\)?(?:['’]s)? (?:of |has |have |was |were )?(?:found|inspect|examin|publish"
    r"|visit|went|look|ask|recommend|response|report|invited|made|an inspection)"
    rf"|\b(?:by|from|of) (?:the )?(?:{HMICFRS})",
    re.IGNORECASE,
)
_OTHER_INSPECTORS = re.compile(
    r"\bHMI? ?(?:Prisons|Probation)|Inspectorate of (?:Prisons|Probation)|HMCPSI|HMIP\b|Ofsted"
    r"|Crown Prosecution Service Inspectorate|Care Quality|\bCQC\b|Estyn|Care Inspectorate"
    r"|Healthcare Inspectorate|\bjoint(?:ly)? (?:thematic )?(?:inspect|report|review)"
    r"|super-complaint|Independent Office for Police|IOPC",
    re.IGNORECASE,
)
_A_DAY = (
    r"(?:[0-9]{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+ (?:19|20)[0-9]{2}"
    r"|[0-9]{1,2}[/.][0-9]{1,2}[/.]20[0-9]{2})"
)
_SAYS_A_DAY = re.compile(
    rf".{{0,40}}\b(?:published|posted|dated|issued|cyhoeddwyd|date)\b[^0-9]{{0,30}}{_A_DAY}.{{0,40}}$",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(rf"(?:published|came out|released|issued)[^.]{{0,60}}? ({_A_DAY})")
_OF_A_REPORT = re.compile(
    r"^(?!.*\bresponse\b[^.]{0,40}published).*(?:\breport\b|HMICFRS|inspectorate)", re.DOTALL
)
_BY = re.compile(r"(?:\b(?:[Bb]y|[Ff]rom|findings of):?|\|)(?: the)? ([A-Z][^.;:|]{4,200})")
_OF_THE_REPORT = re.compile(
    rf"^(?!.*\b(?:response|ymateb)\b).*\b(?:{HMICFRS}|report|inspection|adroddiad)\b", re.I
)
_OF_A_RESPONSE = re.compile(
    rf"\bpublished\b|{_A_DAY}|\bPDF\b|\bopens? in\b|https?:|^response to\b"
    r"|\b(?:p(?:f)?cc|commissioner|mayor|our|my)(?:['’]s)?\b.{0,30}\bresponse\b",
    re.I,
)
_IN_TITLE: tuple[tuple[re.Pattern[str], ReportKind], ...] = (
    (re.compile(r"\bjoint targeted area\b|\bJTAI\b", re.I), "joint_targeted_area"),
    (re.compile(r"\bjoint\b.{0,20}\binspection\b", re.I), "joint"),
    (re.compile(r"\bchild protection inspection\b", re.I), "child_protection"),
    (re.compile(r"^PEEL\b"), "peel"),
    (re.compile(r"^State of Policing\b", re.I), "state_of_policing"),
    (re.compile(r"super-complaint", re.I), "super_complaint"),
)
_DAY = len("2025-05-16")


_BODY = re.compile(
    r"(?P<name>[A-Z][\w’'-]*(?: (?:and|&|of|the|[A-Z][\w’'-]*)){0,6}"
    r" (?:Police|Constabulary|Service|Brigade|Authority))\b"
)
_AREA = re.compile(r"(?P<name>[A-Z][\w’'-]*(?:(?: and| &)? [A-Z][\w’'-]*)*)")
_MOST_HEADINGS, _MOST_OF_A_TITLE, _FIRST = 3, 40, 12


def subject_of(blocks: Sequence[Block], resolve: Resolve) -> str | None:
    """Return the one body that the first headings of a report's own page name as its subject, the
    force of the one area that they name, or the one body that its first lines name."""
    headings = [block.text for block in blocks if 0 < block.level < 3][:_MOST_HEADINGS]
    headings = headings or [block.text for block in blocks[:1]]
    first = [block.text for block in blocks[:_FIRST]]
    for pattern, endings, texts in (
        (_BODY, ("",), headings),
        (_AREA, (" Police", " Constabulary", " Fire and Rescue Service"), headings),
        (_BODY, ("",), first),
    ):
        found: set[str] = set()
        for match in (one for text in texts for one in pattern.finditer(text)):
            words = match["name"].split()
            names = (f"{' '.join(words[n:])}{end}" for n in range(len(words)) for end in endings)
            body = next((one for name in names if (one := resolve(name)) is not None), None)
            found |= {body} if body else set()
        if found:
            return found.pop() if len(found) == 1 else None
    return None


@dataclass(frozen=True)
class Labelled:
    """The blocks about one report, and the labels of its page, each with the block that it
    introduces and that block's place."""

    blocks: Sequence[Block]
    values: Sequence[tuple[Label, Block, int]]
    page: PageRead
    recorded: RecordedReport | None = None

    def facts(self) -> dict[str, Any]:
        """Return the facts, by the names that a suggestion has for them."""
        if self.recorded is not None:
            return {"response_published_on": self._answered(None)}
        day = self._day()
        return {
            "title": self._title(),
            "published_on": day,
            "kind": self._kind(),
            "publishers": self._publishers(),
            "response_published_on": self._answered(day),
            "cites": next((m[0] for b in self.blocks if (m := CITES.search(b.text))), None),
        }

    def _said(self, means: Means, *, own: bool) -> list[tuple[Block, int]]:
        return [(b, n) for label, b, n in self.values if label.means == means and label.own == own]

    def _title(self) -> Suggested[str] | None:
        if own := self._said("title", own=True):
            (block, place), title = own[0], _unmarked(own[0][0].text)
            why = ""
            if len({_unmarked(one.text) for one, _ in own}) > 1:
                why = "several titles"
            elif _OF_A_RESPONSE.search(title) or len(title) > 250:
                why = "no label of its own says it"
            elif self._goes_on(place):
                why = "it may go on in the next line"
            return Suggested(title, block.line, title, why)
        if not self.page.listed:
            return None
        heading = next((block for block in self.blocks if block.level == 1), self.blocks[0])
        if match_number(heading) is not None or len(heading.text.split()) > _MOST_OF_A_TITLE:
            return None
        return Suggested(heading.text, heading.line, heading.text, "the heading of the page")

    def _goes_on(self, place: int) -> bool:
        """Return whether a line that is no label stands below the title: it may be the title's
        end."""
        return any(
            self.page.labels[place + 1] is None
            and match_number(one) is None
            and not one.level
            and len(one.text.split()) < 20
            and not one.text.endswith(".")
            for one in self.page.blocks[place + 1 : place + 2]
        )

    def _day(self) -> Suggested[str] | None:
        own, loose = self._said("day", own=True), self._said("day", own=False)
        # `Date published` right below `Inspection title` is the report's.
        if titles := [n for _, n in self._said("title", own=True)]:
            between = [n for _, _, n in self.values if n > titles[0]]
            own += [(b, n) for b, n in loose if n == min(between) and n - titles[0] <= 3]
        bare = [(one, n) for n, one in enumerate(self._lines_with_a_day())]
        found = own or ([*loose, *bare] if self.page.listed else [])
        if not found:
            return None
        block = found[0][0]
        said = None if own else re.search(_A_DAY, block.text)
        read = read_date(said[0] if said else block.text)
        if read.on is None:
            why = getattr(read, "why", f"“{block.text}” names no day")
            return Suggested("", block.line, block.text, why)
        days = {read_date(one.text).on for one, _ in own} | {*self._days_in_sentences()}
        why = "" if own else "the label does not say that it is the report's day"
        why = "the page gives several days" if len(days) > 1 else why
        why = "no whole day" if len(read.on) != _DAY else why
        return Suggested(read.on, block.line, block.text, why)

    def _lines_with_a_day(self) -> list[Block]:
        """Return the lines that say when something was published, and a letter's own day."""
        return [
            one
            for n, one in enumerate(self.blocks)
            if _SAYS_A_DAY.match(one.text) or (n < _FIRST and re.fullmatch(_A_DAY, one.text))
        ]

    def _days_in_sentences(self) -> Iterator[str]:
        """Yield the days on which sentences of the page say that a report was published."""
        for block in self.blocks:
            for match in _PUBLISHED.finditer(block.text):
                on = read_date(match[1]).on
                whole = len(block.text) > len(match[1]) + 25
                if on is not None and whole and _OF_A_REPORT.search(block.text):
                    yield on

    def _kind(self) -> Suggested[ReportKind] | None:
        if not (own := self._said("kind", own=True)):
            title = self._title() if self.page.listed else None
            words = title.value if title else ""
            said = next((kind for pattern, kind in _IN_TITLE if pattern.search(words)), None)
            return Suggested(said, 1, words, "only the title says it") if said else None
        block = own[0][0]
        kind = REPORT_KINDS.get(fold(block.text).rstrip(" ."))
        joint = any(_OTHER_INSPECTORS.search(one.text) for one in self.blocks)
        sure = len({fold(one.text) for one, _ in own}) == 1 and (kind == "joint" or not joint)
        return (
            Suggested(kind, block.line, block.text, "" if sure else "of several bodies")
            if (kind)
            else None
        )

    def _publishers(self) -> Suggested[tuple[str, ...]] | None:
        labelled = self._said("publisher", own=True) + self._said("publisher", own=False)
        if labelled:
            block = labelled[0][0]
            names = split_names(re.sub(rf"(?:{HMICFRS})(?: \(HMICFRS\))?", "HMICFRS", block.text))
            known = tuple(one for one in map(self.page.whom.resolve, names) if one is not None)
            if known:
                sure = len(known) == len(names) and len(labelled) == 1
                return Suggested(known, block.line, block.text, "" if sure else block.text)
        if self.page.listed and (found := self._inspectors()):
            return found
        named = next((one for one in self.blocks if _ACTS.search(one.text)), None)
        if named is None or any(_OTHER_INSPECTORS.search(one.text) for one in self.blocks):
            return None
        return Suggested(("hmicfrs",), named.line, named.text[:120])

    def _inspectors(self) -> Suggested[tuple[str, ...]] | None:
        """Return the inspectorates that the first lines of a report's own page name as its own."""
        for block in self.blocks[:_FIRST]:
            if by := _BY.search(block.text):
                names = Whom(self.page.whom.resolve).names(re.sub(r" \([^()]*\)", "", by[1]))
                known = tuple(one for one in map(self.page.whom.resolve, names) if one is not None)
                if known and len(known) == len(names):
                    return Suggested(known, block.line, block.text, "in a sentence")
        return None

    def _answered(self, published: Suggested[str] | None) -> Suggested[str] | None:
        """Return the day of the response."""
        own = self._said("response day", own=True)
        days = {read_date(block.text).on for block, _ in own}
        if len(days) == 1 and (on := days.pop()) is not None:
            late = published is not None and on < published.value
            why = "before the report" if late or len(on) != _DAY else ""
            return Suggested(on, own[0][0].line, own[0][0].text, why)
        if self.page.listed:
            return None
        after = published.value if published else None
        after = self.recorded.published_on if self.recorded else after
        labelled = [block for label, block, _ in self.values if label.means.endswith("day")]
        for block in (*labelled, *self._lines_with_a_day()):
            if _OF_THE_REPORT.search(block.text):
                continue
            for said in re.findall(_A_DAY, block.text):
                on = read_date(said.replace(".", "/")).on
                if on is not None and on > (after or ""):
                    return Suggested(on, block.line, block.text, "it may be the page's")
        return None


def _unmarked(text: str) -> str:
    """Return a title without the quotation marks around it."""
    return text.strip().strip("‘’“”\"'").strip() or text
