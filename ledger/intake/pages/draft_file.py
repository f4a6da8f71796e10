"""A draft as a file: a page's suggestions as TOML that a person reads and changes, and back.

Every block of the page stands in it with its part, so that nothing is recorded that nobody saw. A
draft that is read back must be of the same bytes and use the page's blocks and their words.
Anything else is refused with the line of the file.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args

from ledger.date_phrases import DatePhrase, find_target, read_date
from ledger.dates import in_words
from ledger.errors import Fault, NotRecorded, Unfit
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import clean
from ledger.intake.pages.final_page import OTHER_PAGES, asks_assurance, final_page
from ledger.intake.pages.suggestions import page_blocks
from ledger.intake.pages.values import (
    ANOTHER,
    SPEAKERS,
    Page,
    Part,
    Piece,
    RecommendationRead,
    RecordedReport,
    Respond,
    Suggested,
    Suggestion,
)

MOST_BYTES = 10 * 1024 * 1024
PARTS: tuple[str, ...] = get_args(Part)[:-1]
"""The parts that a block can be settled as."""
Lookup = Callable[[str, str], RecordedReport]
"""Gives a recorded report by its reference, as it concerns a body. It raises NotRecorded."""
_SHOWN = 90
"""So many characters of a recorded recommendation are shown in a draft."""
_Read = TypeVar("_Read")
_NUMBERED = ("recommendation", "commissioner", "chief officer", "force")
_FIELDS = {
    "": ("page", "sha256", "body", "url"),
    "report": ("title", "published_on", "kind", "publishers", "cites", "attach", "everybody"),
    "response": ("published_on",),
    "respond": ("by_rule", "bodies"),
    "taken_off": ("body", "reason"),
    "recommendation": (
        "number", "kind", "addressees", "partners", "target", "target_words", "parent",
    ),
    "block": ("block", "part", "text", "assurance"),
}  # fmt: skip
_MANY = ("recommendation", "block", "taken_off")
_HEAD = """\
# A draft of {file}: what the page is suggested to say. Look at what is marked UNSURE, change
# what is wrong, then `answerable import {out}` shows what it comes to, and with `--yes` records it.
#
# part: {parts}
# "commissioner" may be followed by the recommendations that it is about: "commissioner 2, 4", or
# "commissioner all". So may "chief officer" and "force" (what the force did). A part that begins
# with "?" has to be confirmed: take the "?" away, or write another part. A block may stand twice,
# each time with a part of its text. A day that is not known is "".
"""
_OF_THE_PAGE = (
    '"report" (what the inspectorate found), "recommendation 2", "commissioner",\n'
    '# "chief officer", "force", "other report", "not needed".'
)
_OF_THE_DUTY = '"commissioner", "chief officer", "force", "not needed" (the report\'s words too).'


_RESPOND = (
    "# Who must respond comes with the report, by the rules: `answerable import` lists them before",
    "# it records. by_rule = false: nobody. bodies: those of whom a rule asks something first, and",
    "# the answer is yes. To take one off, with the reason:",
    "# [[taken_off]]",
    '# body = "kent-pcc"',
    '# reason = "Its force is clearly not the subject of the report."',
    "[respond]",
    "by_rule = true",
    "bodies = []",
)


class UnfitDraft(Unfit):
    """A draft that cannot be taken: the sentence has its file and lines, the faults have each its
    place (`report.title`, `block.3.part`, from 0). Nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that was read back: the page as a person settled it, its bytes, and whose it is."""

    page: Page
    raw: bytes
    path: Path
    body: str
    url: str | None


# Written


def write_draft(
    found: Suggestion,
    raw: bytes,
    *,
    body: str,
    url: str | None,
    out: str,
    everybody: bool = False,
) -> str:
    """Return the draft of one report of a page, as TOML; or of the report itself, for
    `everybody`."""
    parts = _OF_THE_DUTY if found.recorded else _OF_THE_PAGE
    lines = [_HEAD.format(file=found.file, out=out, parts=parts)]
    if found.kind_of_page in OTHER_PAGES and not everybody:
        lines += [f"# LOOK TWICE: {OTHER_PAGES[found.kind_of_page]}. If it is the response all the"]
        lines += ["# same, say whose words it has.", ""]
    lines += [_line("page", found.file), _line("sha256", hashlib.sha256(raw).hexdigest())]
    lines += [_line("body", body), _line("url", url or ""), ""]
    if found.recorded is not None:
        lines += _recorded_lines(found.recorded)
    else:
        lines += _report_lines(found, everybody=everybody)
    if everybody:
        lines += _RESPOND
    else:
        lines += ["[response]", _day_line(found.response_published_on)]
    if found.recorded is None:
        for one in found.recommendations:
            lines += _recommendation_lines(one)
    for piece in found.pieces:
        lines += _block_lines(piece, of_duty=found.recorded is not None)
    return "\n".join(lines) + "\n"


def _recorded_lines(recorded: RecordedReport) -> list[str]:
    """Return what is recorded of the report, to be read, and its reference."""
    by, day = ", ".join(recorded.publishers), in_words(recorded.published_on)
    return [
        f"# The report, as it is recorded: “{recorded.title}”, {by}, {day}. It recommends:",
        *(
            f"#   {one.number}: {' '.join(one.text.split())[:_SHOWN]}"
            for one in recorded.recommendations
        ),
        "[report]",
        _line("attach", recorded.reference),
        "",
    ]


def _report_lines(found: Suggestion, *, everybody: bool) -> list[str]:
    """Return what the page says of a report that is not known to be recorded."""
    title, day, kind, publishers = found.title, found.published_on, found.kind, found.publishers
    return [
        "[report]",
        _line("title", title.value if title else "", _mark(title)),
        _line("published_on", day.value if day else "", _mark(day)),
        _line("kind", kind.value if kind else "", _mark(kind, f"one of {', '.join(REPORT_KINDS)}")),
        _line("publishers", list(publishers.value) if publishers else [], _mark(publishers)),
        _line("cites", found.cites or ""),
        '# The reference of a report that is recorded already; "new" for one that only looks it.',
        _line("attach", ""),
        *([_line("everybody", True, "the report itself, for all: no response")] * everybody),
        "",
    ]


def _day_line(said: Suggested[str] | None) -> str:
    """Return the response's day. One that isn't sure is told, for a person to write it there."""
    if said is not None and not said.sure:
        return _line("published_on", "", f"UNSURE: the page gives {said.value} ({said.why})")
    return _line("published_on", said.value if said else "", _mark(said))


def _recommendation_lines(one: RecommendationRead) -> list[str]:
    target = one.target
    on = target.on if isinstance(target, DatePhrase) else None
    return [
        "",
        "[[recommendation]]" + ("  # sure" if one.sure else f"  # UNSURE: {one.why}"),
        _line("number", one.number),
        *([_line("kind", one.kind)] if one.kind != "recommendation" else []),
        _line("addressees", list(one.addressees)),
        _line("partners", list(one.partners)),
        _line("target", on or ""),
        _line("target_words", target.phrase if target else ""),
        *([_line("parent", one.parent)] if one.parent else []),
    ]


def _block_lines(piece: Piece, *, of_duty: bool) -> list[str]:
    part = f"{piece.part} {', '.join(piece.of)}".strip()
    sure = piece.sure and (piece.of_sure or piece.part == "not needed")
    mark = "sure" if sure else f"UNSURE: {piece.why}".rstrip(": ")
    if piece.is_open and piece.part != "?":
        part = f"? {part}"
    elif of_duty and piece.part not in (*SPEAKERS, "?"):
        part, mark = "not needed", f"{mark}, {part}" if part != "not needed" else mark
    asks = asks_assurance(piece.text) if piece.part == "commissioner" else []
    return [
        "",
        "[[block]]",
        f"block = {piece.block}",
        _line("part", part, mark),
        *(_line("assurance", False, f"true: it asks for assurance, “{each}”") for each in asks[:1]),
        _line("text", piece.text),
    ]


def _line(key: str, value: object, comment: str = "") -> str:
    said = json.dumps(value, ensure_ascii=False)
    return f"{key} = {said}" + (f"  # {comment}" if comment else "")


def _mark(value: Suggested[Any] | None, missing: str = "the page does not say it") -> str:
    if value is None:
        return f"UNSURE: {missing}"
    return "sure" if value.sure else f"UNSURE: {value.why}".rstrip(": ")


# Read back


def read_draft(path: Path, recorded: Lookup) -> Draft:
    """Return a draft as a person left it, and the page beside it. UnfitDraft says what is wrong
    where."""
    if path.stat().st_size > MOST_BYTES:
        raise UnfitDraft(
            f"{path.name}: {path.stat().st_size:,} bytes is too large for a draft; 10 MB is the "
            "most. Make it again with `answerable draft`."
        )
    try:
        text = path.read_text(encoding="utf-8")
        told = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        at = re.search(r"at line ([0-9]+), column [0-9]+", str(error))
        where = f"{path.name}, line {at[1]}" if at else path.name
        what = str(error).split(" (at ")[0].rstrip(".")
        raise UnfitDraft(f"{where}: it is no TOML here any more ({what}).") from None
    return _Reading(path.name, told, _lines(text), recorded).draft(path)


def final_page_of(told: dict[str, Any], name: str, raw: bytes, recorded: Lookup) -> Page:
    """Return a page as a person settled it elsewhere than in a file, in the tables that a file
    has. UnfitDraft says what is wrong where."""
    return _Reading(name, told, {}, recorded).page(name, raw)


class _Reading:
    """One draft that is read back: what it says, and the line of each thing in it."""

    def __init__(
        self,
        name: str,
        told: dict[str, Any],
        lines: Mapping[tuple[str, int, str], int],
        recorded: Lookup,
    ) -> None:
        self.name, self.told, self.lines, self.recorded = name, told, lines, recorded
        self.everybody = False
        self.begun: RecordedReport | None = None

    def draft(self, path: Path) -> Draft:
        self._known_names()
        name = self._text("", 0, "page")
        page = path.parent / name
        if name != page.name or not page.is_file():
            self._refuse("", 0, "page", f"no file “{name}” lies beside the draft")
        if page.stat().st_size > MOST_BYTES:
            self._refuse("", 0, "page", f"{page.name} is larger than 10 MB, which no page is")
        raw = page.read_bytes()
        if hashlib.sha256(raw).hexdigest() != self._text("", 0, "sha256"):
            why = f"{page.name} has other bytes than the draft was made of: make the draft again"
            self._refuse("", 0, "sha256", why)
        url, body = self._text("", 0, "url") or None, self._text("", 0, "body")
        return Draft(self.page(name, raw), raw, page, body, url)

    def page(self, name: str, raw: bytes) -> Page:
        everybody = self._value("report", 0, "everybody")
        if everybody not in (None, True, False):
            self._refuse("report", 0, "everybody", "“everybody” is true or false")
        self.everybody = everybody is True
        self.blocks = page_blocks(raw, name)
        self.begun = begun = self._begun()
        recommendations = self._each("recommendation", self._recommendation)
        self._once(recommendations)
        recommendations = [*begun.recommendations] if begun else recommendations
        pieces = self._each("block", lambda n: self._piece(n, recommendations))
        self._all_there(pieces, recommendations)
        found = Suggestion(
            file=name,
            kind_of_page="response",
            pieces=tuple(pieces),
            recommendations=tuple(recommendations),
            recorded=begun,
            **({} if begun else self._facts()),
            response_published_on=self._answered(begun),
        )
        attach = self._text("report", 0, "attach") or None
        return replace(
            final_page(found), attach=attach, everybody=self.everybody, respond=self._respond()
        )

    def _begun(self) -> RecordedReport | None:
        """Return the recorded report from which the draft began: it names that one, and no title.
        None if it says itself what the report is."""
        attach = self._text("report", 0, "attach")
        if attach in ("", ANOTHER) or self._text("report", 0, "title"):
            return None
        asked = ("published_on", "kind", "publishers", "cites", "everybody")
        if more := next((key for key in asked if self._value("report", 0, key)), None):
            why = f"the report is recorded, so that its draft has no “{more}”: take it out"
            self._refuse("report", 0, more, why)
        if self.told.get("recommendation"):
            why = "the recommendations are those of the recorded report: take this one out"
            self._refuse("recommendation", 0, "", why)
        try:
            return self.recorded(attach, self._text("", 0, "body"))
        except NotRecorded:
            why = f"no report “{attach}” is recorded: write the reference of one"
            self._refuse("report", 0, "attach", why)

    def _respond(self) -> Respond:
        """Return who must respond; UnfitDraft of a draft that is not for everybody and says it."""
        by_rule = self._value("respond", 0, "by_rule")
        if by_rule not in (None, True, False):
            self._refuse("respond", 0, "by_rule", "“by_rule” is true or false")
        found = Respond(
            by_rule is not False,
            tuple(self._texts("respond", 0, "bodies")),
            tuple(self._each("taken_off", self._taken_off)),
        )
        if found != Respond() and not self.everybody:
            why = "who must respond is said of a report for everybody: a page has its own response"
            self._refuse("respond", 0, "", why)
        return found

    def _taken_off(self, n: int) -> tuple[str, str]:
        body, reason = (self._text("taken_off", n, key) for key in ("body", "reason"))
        if not body or not reason:
            why = "say which body is taken off (body), and why (reason)"
            self._refuse("taken_off", n, "body" if not body else "reason", why)
        return body, reason

    def _each(self, table: str, read: Callable[[int], _Read]) -> list[_Read]:
        """Return what each of a table says; UnfitDraft of all that are wrong together."""
        found: list[_Read] = []
        wrong: list[UnfitDraft] = []
        for n in range(len(self.told.get(table, ()))):
            try:
                found.append(read(n))
            except UnfitDraft as error:
                wrong.append(error)
        if wrong:
            sentences = "\n".join(str(error) for error in wrong)
            raise UnfitDraft(sentences, *(fault for error in wrong for fault in error.faults))
        return found

    def _facts(self) -> dict[str, Any]:
        title = self._text("report", 0, "title")
        if not title:
            self._refuse("report", 0, "title", "the report has no title: write it as published")
        kind = self._text("report", 0, "kind")
        if kind and kind not in REPORT_KINDS:
            why = f"“{kind}” is no kind of report: it is one of {', '.join(REPORT_KINDS)}"
            self._refuse("report", 0, "kind", why)
        publishers = self._texts("report", 0, "publishers")
        if not publishers:
            self._refuse("report", 0, "publishers", "say who published it, such as “hmicfrs”")
        published = self._day("report", "published_on")
        at = self._at
        return {
            "title": Suggested(title, self._on_page(title), title),
            "published_on": Suggested(published, at("report", 0, "published_on"), published)
            if published
            else None,
            "kind": Suggested(kind) if kind else None,
            "publishers": Suggested(tuple(publishers)),
            "cites": self._text("report", 0, "cites") or None,
        }

    def _answered(self, begun: RecordedReport | None) -> Suggested[str] | None:
        """Return the response's day."""
        answered = self._day("response", "published_on")
        published = (begun.published_on or "") if begun else self._day("report", "published_on")
        if published and answered and answered < published:
            day, before = in_words(answered), in_words(published)
            why = f"the response cannot be of {day}, before its report of {before}"
            self._refuse("response", 0, "published_on", why)
        return Suggested(answered, 1, answered) if answered else None

    def _on_page(self, words: str) -> int:
        """Return the line of the page on which words stand, or 1."""
        return next((b.line for b in self.blocks if clean(words) in clean(b.text)), 1)

    def _recommendation(self, n: int) -> RecommendationRead:
        number = self._text("recommendation", n, "number")
        if not number:
            self._refuse("recommendation", n, "number", "a recommendation has no number")
        try:
            key = key_of(number)
        except ValueError as error:
            self._refuse("recommendation", n, "number", str(error).rstrip("."))
        kind = self._text("recommendation", n, "kind") or "recommendation"
        if kind not in get_args(Kind):
            why = f"“{kind}” is no kind of recommendation: it is one of {', '.join(get_args(Kind))}"
            self._refuse("recommendation", n, "kind", why)
        addressees = self._texts("recommendation", n, "addressees")
        if not addressees:
            why = f"say to whom {number} is addressed: “force”, “office”, or ids of bodies"
            self._refuse("recommendation", n, "addressees", why)
        on, words = (self._text("recommendation", n, key) for key in ("target", "target_words"))
        if on and read_date(on).on != on:
            why = f"“{on}” is no day that is written as 2026-04-30, 2026-04 or 2026"
            self._refuse("recommendation", n, "target", why)
        if on and words and (said := find_target(words)) and said.on not in (None, on):
            why = f"“{words}” is {said.on}, and not {on}: change one of them"
            self._refuse("recommendation", n, "target", why)
        target = DatePhrase(on or None, words or on) if on or words else None
        ours = re.fullmatch(
            r"(?:item|afi|cause-of-concern|accelerated-cause-of-concern)-\d+", number
        )
        return RecommendationRead(
            number=number,
            key=key,
            kind=kind,  # type: ignore[arg-type]  # one of its words, as seen above
            text="",
            target=target,
            addressees=tuple(addressees),
            partners=tuple(self._texts("recommendation", n, "partners")),
            line=self._at("recommendation", n),
            parent=self._text("recommendation", n, "parent") or None,
            numbered_by="us" if ours else "publisher",
        )

    def _once(self, recommendations: Sequence[RecommendationRead]) -> None:
        keys = [one.key for one in recommendations]
        for n, key in enumerate(keys):
            if key in keys[:n]:
                why = f"recommendation {recommendations[n].number} stands in the draft twice"
                self._refuse("recommendation", n, "number", why)
        for n, one in enumerate(recommendations):
            if one.parent is not None and _key(one.parent) not in keys:
                why = f"there is no {one.parent} in the draft to which {one.number} could belong"
                self._refuse("recommendation", n, "parent", why)

    def _piece(self, n: int, recommendations: Sequence[RecommendationRead]) -> Piece:
        number = self.told["block"][n].get("block")
        if type(number) is not int or not 1 <= number <= len(self.blocks):
            why = f"block {number} is not on the page, which has {len(self.blocks)}"
            self._refuse("block", n, "block", why)
        block = self.blocks[number - 1]
        text = self._text("block", n, "text")
        if not text or clean(text) not in clean(block.text):
            why = f"“{text[:60]}” does not stand in block {number} of the page"
            self._refuse("block", n, "text", why)
        said = self._text("block", n, "part")
        if said.startswith("? "):
            why = "say that it is right, or choose whose words they are"
            if self.lines:
                why = (
                    f"it isn't sure that block {number} (“{text[:50]}”) is “{said[2:]}”: "
                    "take the “?” away if it is, or write what it is"
                )
            self._refuse("block", n, "part", why)
        part, of = _part(said)
        if part is None:
            why = f"“{said}” is no part: it is one of {', '.join(PARTS)}"
            self._refuse("block", n, "part", why)
        if part == "?":
            why = "choose whose words they are"
            if self.lines:
                why = f"say what block {number} is (“{text[:50]}”): {', '.join(PARTS)}"
            self._refuse("block", n, "part", why)
        numbers = {one.key: one.number for one in recommendations}
        if of and part not in _NUMBERED:
            self._refuse("block", n, "part", f"“{part}” is about no recommendation")
        for each in of:
            if each != "all" and _key(each) not in numbers:
                why = f"the draft has no recommendation {each}"
                if self.begun is not None:
                    listed = ", ".join(numbers.values()) or "none"
                    why = f"the report has no recommendation {each}; it has {listed}"
                elif part in SPEAKERS:
                    why += ": leave the number out, or add it as [[recommendation]]"
                self._refuse("block", n, "part", why)
        if part == "recommendation" and (len(of) != 1 or of == ("all",)):
            self._refuse("block", n, "part", "say which one it is: “recommendation 2”")
        bullet = block.bullet and clean(block.text) == clean(text)
        assurance = self._assurance(n, part, of, text)
        return Piece(number, text, block.line, part, of, True, True, bullet, assurance=assurance)

    def _assurance(self, n: int, part: Part, of: Sequence[str], text: str) -> bool:
        """Return whether a person chose that a block asks for an assurance."""
        chosen = self._value("block", n, "assurance")
        if chosen not in (None, True, False):
            self._refuse("block", n, "assurance", "“assurance” is true or false")
        if not chosen:
            return False
        if part != "commissioner" or not of or "all" in of or not asks_assurance(text):
            why = (
                "an assurance is asked for in a sentence of the commissioner about a recommendation"
            )
            why += ": name it, as in “commissioner 2”, or write assurance = false"
            self._refuse("block", n, "assurance", why)
        return True

    def _all_there(
        self, pieces: Sequence[Piece], recommendations: Sequence[RecommendationRead]
    ) -> None:
        named = {key_of(p.of[0]) for p in pieces if p.part == "recommendation"}
        for n, one in enumerate(recommendations):
            if one.key not in named and self.begun is None:
                why = f"no block is “recommendation {one.number}”, so that it has no words"
                self._refuse("recommendation", n, "number", why)
        said = next((n for n, p in enumerate(pieces) if p.part in _NUMBERED[1:]), None)
        if self.everybody and said is not None:
            why = "what somebody says of a report is for a draft of their own, without “everybody”"
            self._refuse("block", said, "part", why)
        if self.everybody and not recommendations:
            self._refuse("report", 0, "everybody", "the report has no recommendation to enter")
        if not self.everybody and not any(p.part == "commissioner" for p in pieces):
            why = "no block has words of the commissioner, and without them it is no response"
            self._refuse("", 0, "page", why)

    def _day(self, table: str, key: str) -> str:
        day = self._text(table, 0, key)
        if day and read_date(day).on != day:
            why = getattr(read_date(day), "why", "")
            why = f"“{day}” is no day: write it as 2026-04-30" + (f" ({why})" if why else "")
            self._refuse(table, 0, key, why)
        return day

    def _known_names(self) -> None:
        for key, value in self.told.items():
            if key not in _FIELDS and key not in _FIELDS[""]:
                self._refuse("", 0, key, f"a draft has no “{key}”")
            if key not in _FIELDS:
                continue
            many = key in _MANY
            if not isinstance(value, list if many else dict):
                brackets = f"[[{key}]]" if many else f"[{key}]"
                self._refuse("", 0, key, f"“{key}” is written as {brackets}")
            for n, each in enumerate(value if many else [value]):
                for name in each if isinstance(each, dict) else (key,):
                    if not isinstance(each, dict) or name not in _FIELDS[key]:
                        self._refuse(key, n, name, f"a {key} has no “{name}”")

    def _value(self, table: str, n: int, key: str) -> object:
        found = self.told if not table else self.told.get(table, {})
        if isinstance(found, list):
            found = found[n]
        return found.get(key)

    def _text(self, table: str, n: int, key: str) -> str:
        value = self._value(table, n, key)
        if value is not None and not isinstance(value, str):
            self._refuse(table, n, key, f"“{key}” is a text between quotation marks")
        return (value or "").strip() if isinstance(value, str) else ""

    def _texts(self, table: str, n: int, key: str) -> list[str]:
        value = self._value(table, n, key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._refuse(table, n, key, f'“{key}” is a list of texts: ["…", "…"]')
        return [one.strip() for one in value if one.strip()]

    def _at(self, table: str, n: int, key: str = "") -> int:
        places = ((table, n, key), (table, n, ""))
        return next((self.lines[each] for each in places if each in self.lines), 1)

    def _refuse(self, table: str, n: int, key: str, why: str) -> NoReturn:
        place = ".".join(filter(None, (table, str(n) if table in _MANY else "", key)))
        at = f", line {self._at(table, n, key)}" if self.lines else ""
        raise UnfitDraft(f"{self.name}{at}: {why}.", Fault(place, f"{why[0].upper()}{why[1:]}."))


def _key(number: str) -> str | None:
    """Return the key of a number; None where it is none."""
    with suppress(ValueError):
        return key_of(number)
    return None


def _part(said: str) -> tuple[Part | None, tuple[str, ...]]:
    """Return a part and the numbers after it: `commissioner 2, 4`."""
    for part in get_args(Part):
        if said == part:
            return part, ()
        if said.startswith(f"{part} "):
            numbers = [one.strip() for one in said[len(part) :].split(",")]
            return part, tuple(one for one in numbers if one)
    return None, ()


_TABLE = re.compile(r"\s*(\[\[?)\s*([A-Za-z_]+)\s*\]\]?")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_]+)\"?\s*=")


def _lines(text: str) -> dict[tuple[str, int, str], int]:
    """Return the line of each table and key, which TOML readers do not tell. A key of the top is
    under `""`; the table's own header under the empty key."""
    found: dict[tuple[str, int, str], int] = {}
    table, n, within = "", 0, ""
    counts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if within:
            within = "" if within in line else within
            continue
        if (header := _TABLE.match(line)) is not None:
            table = header[2]
            n = counts[table] = counts.get(table, -1) + 1
            found.setdefault((table, n, ""), number)
        elif (key := _KEY.match(line)) is not None:
            found.setdefault((table, n, key[1]), number)
            for mark in ('"""', "'''"):
                if line.count(mark) == 1:
                    within = mark
    return found
