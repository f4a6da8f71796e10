"""The facts of a page about its report, and the day of its response. A fact is sure if a label of
its own leaves one reading; else it is unsure, with the reason."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.date_phrases import read_date
from ledger.events.report import ReportKind
from ledger.intake.pages.addressees import split_names
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.values import Resolve, Suggested
from ledger.intake.pages.words import (
    CITES,
    REPORT_KINDS,
    Label,
    Means,
    fold,
    match_label,
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
    r"(?:[0-9]{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+ (?:19|20)[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/20[0-9]{2})"
)
BARE_DAY = re.compile(rf"(?:First )?[Pp]ublished(?: on)?:? ({_A_DAY})\.?")
_PUBLISHED = re.compile(rf"(?:published|came out|released|issued)[^.]{{0,60}}? ({_A_DAY})")
_ANSWERED = re.compile(rf"\b[Rr]esponse (?:was )?published on ({_A_DAY})")
QUOTED = re.compile(r"(?:^|(?<=[\s(:]))[‘“\"'](.{8,400}?)[’”\"'](?=[\s.,;:)]|$)")
_OF_A_RESPONSE = re.compile(
    rf"\bpublished\b|{_A_DAY}|\bPDF\b|\bopens? in\b|https?:|^response to\b"
    r"|\b(?:p(?:f)?cc|commissioner|mayor|our|my)(?:['’]s)?\b.{0,30}\bresponse\b",
    re.I,
)
_IN_TITLE: tuple[tuple[re.Pattern[str], ReportKind], ...] = (
    (re.compile(r"\bjoint (?:thematic )?inspection\b", re.I), "joint"),
    (re.compile(r"\bchild protection inspection\b", re.I), "child_protection"),
    (re.compile(r"^PEEL (?:assessment )?[0-9]{4}"), "peel"),
    (re.compile(r"^State of Policing\b", re.I), "state_of_policing"),
    (re.compile(r"super-complaint", re.I), "super_complaint"),
)
_DAY = len("2025-05-16")


@dataclass(frozen=True)
class Labelled:
    """The blocks about one report, and the labels of the page. Each label comes with the block
    that it introduces and that block's index in `all_blocks`. `labels` has the same indices."""

    blocks: Sequence[Block]
    values: Sequence[tuple[Label, Block, int]]
    all_blocks: Sequence[Block]
    labels: Sequence[Label | None]
    resolve: Resolve

    def facts(self) -> dict[str, Any]:
        """Return the facts, by the names that a suggestion has for them."""
        title, day = self._title(), self._day()
        return {
            "title": title,
            "published_on": day,
            "kind": self._kind(title.value if title else ""),
            "publishers": self._publishers(),
            "response_published_on": self._answered(day),
            "cites": next((m[0] for b in self.blocks if (m := CITES.search(b.text))), None),
        }

    def _said(self, means: Means, *, own: bool) -> list[tuple[Block, int]]:
        return [(b, n) for label, b, n in self.values if label.means == means and label.own == own]

    def _title(self) -> Suggested[str] | None:
        own = self._said("title", own=True)
        if found := own or self._said("title", own=False):
            (block, place), title = found[0], _unmarked(found[0][0].text)
            why = ""
            if len({_unmarked(one.text) for one, _ in found}) > 1:
                why = "several titles"
            elif not own or _OF_A_RESPONSE.search(title) or len(title) > 250:
                why = "no label of its own says it"
            elif self._goes_on(place):
                why = "it may go on in the next line"
            return Suggested(title, block.line, title, why)
        report = re.compile(r"(?:HMICFRS )?report: ([^,]+(?:, (?!published)[^,]+)*)", re.I)
        for block in self.blocks:
            if block.level and (quoted := QUOTED.search(block.text)):
                return Suggested(quoted[1], block.line, block.text, "quoted in a heading")
        for block in self.blocks:
            if (after := report.match(block.text)) is not None:
                return Suggested(_unmarked(after[1]), block.line, block.text, "in a sentence")
        leads = re.compile(
            r"^.{0,80}\b(?:responses?|comments|reports?|inspections?|HMICFRS)\b"
            r"(?: (?:to|on|thematic))*:? (?:HMICFRS: )?"
        )
        for block in self.blocks:
            words = leads.sub("", block.text) if 0 < block.level < 3 else ""
            if words and not match_label(block):
                return Suggested(words, block.line, block.text, "a heading of the page")
        return None

    def _goes_on(self, place: int) -> bool:
        """Return whether a line that is no label stands below the title: it may be the title's
        end."""
        return any(
            self.labels[place + 1] is None
            and match_number(one) is None
            and not one.level
            and len(one.text.split()) < 20
            and not one.text.endswith(".")
            for one in self.all_blocks[place + 1 : place + 2]
        )

    def _day(self) -> Suggested[str] | None:
        own, loose = self._said("day", own=True), self._said("day", own=False)
        # `Date published` right below `Inspection title` is the report's.
        if titles := [n for _, n in self._said("title", own=True)]:
            between = [n for _, _, n in self.values if n > titles[0]]
            own += [(b, n) for b, n in loose if n == min(between) and n - titles[0] <= 3]
        elsewhere = [
            (on, block.line)
            for block in self.blocks
            for m in _PUBLISHED.finditer(block.text)
            if (on := read_date(m[1]).on) is not None and len(block.text) > len(m[1]) + 25
            and re.search(r"\breport\b|HMICFRS|inspectorate", block.text)
            and not re.search(r"\bresponse\b[^.]{0,40}published", block.text)
        ]  # fmt: skip
        if not own and elsewhere:
            on, line = elsewhere[0]
            return Suggested(on, line, on, "said in a sentence")
        if not (found := own or loose):
            return None
        block = found[0][0]
        read = read_date(block.text)
        if read.on is None:
            why = getattr(read, "why", f"“{block.text}” names no day")
            return Suggested("", block.line, block.text, why)
        days = {read_date(one.text).on for one, _ in found} | {on for on, _ in elsewhere}
        why = "" if own else "the label does not say that it is the report's day"
        why = "the page gives several days" if len(days) > 1 else why
        why = "no whole day" if len(read.on) != _DAY else why
        return Suggested(read.on, block.line, block.text, why)

    def _kind(self, title: str) -> Suggested[ReportKind] | None:
        if own := self._said("kind", own=True):
            block = own[0][0]
            kind = REPORT_KINDS.get(fold(block.text).rstrip(" ."))
            joint = any(_OTHER_INSPECTORS.search(one.text) for one in self.blocks)
            sure = len({fold(one.text) for one, _ in own}) == 1 and (kind == "joint" or not joint)
            why = "" if sure else "of several bodies"
            return Suggested(kind, block.line, block.text, why) if kind else None
        said = next((kind for pattern, kind in _IN_TITLE if pattern.search(title)), None)
        return Suggested(said, 1, title, "only the title says it") if said else None

    def _publishers(self) -> Suggested[tuple[str, ...]] | None:
        labelled = self._said("publisher", own=True) + self._said("publisher", own=False)
        if labelled:
            block = labelled[0][0]
            names = split_names(re.sub(rf"(?:{HMICFRS})(?: \(HMICFRS\))?", "HMICFRS", block.text))
            known = tuple(one for one in map(self.resolve, names) if one is not None)
            if known:
                sure = len(known) == len(names) and len(labelled) == 1
                return Suggested(known, block.line, block.text, "" if sure else block.text)
        named = next((one for one in self.blocks if re.search(HMICFRS, one.text)), None)
        if named is None:
            return None
        why = "" if any(_ACTS.search(one.text) for one in self.blocks) else "it is only named"
        if any(_OTHER_INSPECTORS.search(one.text) for one in self.blocks):
            why = "other inspectorates are named"
        return Suggested(("hmicfrs",), named.line, named.text[:120], why)

    def _answered(self, published: Suggested[str] | None) -> Suggested[str] | None:
        """Return the day of the response."""
        own = self._said("response day", own=True)
        days = {read_date(block.text).on for block, _ in own}
        if len(days) == 1 and (on := days.pop()) is not None:
            late = published is not None and on < published.value
            why = "before the report" if late or len(on) != _DAY else ""
            return Suggested(on, own[0][0].line, own[0][0].text, why)
        for block, _ in self._said("response day", own=False):
            if (on := read_date(block.text).on) is not None:
                return Suggested(on, block.line, block.text, "it may be the page's")
        for block in self.blocks:
            found = _ANSWERED.search(block.text)
            if found and (on := read_date(found[1]).on):
                return Suggested(on, block.line, block.text, "said in a sentence")
        return None


def _unmarked(text: str) -> str:
    """Return a title without the quotation marks around it."""
    return text.strip().strip("‘’“”\"'").strip() or text
