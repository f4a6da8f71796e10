"""Imports a page into an empty log, and holds what was recorded against the truth.

Each fact comes out `right` (recorded as it is true), `others` (read rightly, and listed as a
recommendation to a body for which this one does not answer, which an office does not record),
`listed` (missed, and listed as unread, or the page refused in a sentence), `silent` (missed
without a word) or `wrong` (recorded, and not true).
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from api.commands.importing import import_account, page_file, propose, record
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.events import (
    AssuranceSought,
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    RecommendationRaised,
    ReportPublished,
    ResponsePublished,
)
from ledger.events.entry import Entry
from ledger.intake.pages.values import Page, RecommendationRead
from ledger.intake.proposals.draft import Intake, PageFile
from tests.strangers.truth import HERE, KIND_GIVEN, NAMED, OURS, alike, bare, body_of, said_of

Class = Literal["recommendations", "targets", "passages", "facts"]
CLASSES: tuple[Class, ...] = ("recommendations", "targets", "passages", "facts")
Verdict = Literal["right", "others", "listed", "silent", "wrong"]


@dataclass
class Measured:
    """What came of one page: every fact with its verdict, and the sentence if it was refused."""

    file: str
    facts: list[tuple[Class, Verdict, str]] = field(default_factory=list)
    refused: str = ""

    def add(self, about: Class, verdict: Verdict, what: str) -> None:
        self.facts.append((about, verdict, what))

    def tally(self, about: Class) -> Counter[Verdict]:
        return Counter(verdict for each, verdict, _ in self.facts if each == about)


@dataclass
class Recorded:
    """The log after an import: its entries, their texts, and what the import listed."""

    log: Ledger
    page: Page | None
    intake: Intake
    body: str
    entries: list[Entry] = field(default_factory=list)

    def text(self, entry: Entry, path: str) -> str:
        found = self.log.openings([entry.position]).get((entry.position, path))
        return found.body if found else ""

    def of(self, kind: type) -> list[Entry]:
        return [entry for entry in self.entries if isinstance(entry.data, kind)]

    def lists(self, *words: str) -> bool:
        """Whether one line of what is unread has all these words, in its text or its reason."""
        lines = [alike(f"{one.text} {one.why}") for one in self.intake.unread]
        return any(all(alike(word) in line for word in words) for line in lines)

    def read(self, true: dict[str, Any]) -> RecommendationRead | None:
        """The reading of a recommendation, recorded or not."""
        read = self.page.recommendations if self.page else ()
        return next((one for one in read if one.key == true["number"]), None)

    def leaves(self, true: dict[str, Any]) -> bool:
        """Whether something is listed for this recommendation: by its words, or its line."""
        read = self.read(true)
        lines = {one.line for one in self.intake.unread}
        return self.lists(true["text"][:60]) or (read is not None and read.line in lines)


def measure(log: Ledger, truth: dict[str, Any]) -> Measured:
    """One page, imported as `answerable import --yes` does it, into a log that is set up."""
    measured = Measured(truth["file"])
    body = body_of(truth)
    import_account(log, body)
    path = HERE / truth["file"]
    found = Recorded(log, None, Intake(), body)
    try:
        files = [_page(path)]
        found.page = files[0].page
        found.intake = propose(log, files, body)
        record(log, files, body)
    except AnswerableError as error:
        measured.refused = error.sentence
    found.entries = [
        entry
        for prefix in ("report/", "recommendation/", "response/")
        for entry in log.read_below(prefix)
    ]
    _report(measured, found, truth)
    keys = _recommendations(measured, found, truth)
    _passages(measured, found, truth, keys)
    return measured


def _page(path: Path) -> PageFile:
    return page_file(path, None, KIND_GIVEN.get(f"pages/{path.name}"))


def _missed(measured: Measured, found: Recorded, *words: str) -> Verdict:
    return "listed" if measured.refused or found.lists(*words) else "silent"


def _report(measured: Measured, found: Recorded, truth: dict[str, Any]) -> None:
    said = truth["report"]
    reports = found.of(ReportPublished)
    for entry in reports:
        data = entry.data
        assert isinstance(data, ReportPublished)
        right = (alike(data.title), data.publisher) == (alike(said["title"]), "hmicfrs")
        kind = truth.get("type", data.kind).split(" ")[0]
        measured.add("facts", "right" if right and kind == data.kind else "wrong", data.title)
    if not reports:
        measured.add("facts", _missed(measured, found, said["title"]), "the report")
    published = [entry.occurred_on for entry in reports if entry.occurred_on]
    _day(measured, found, "report", said["published_on"], published)
    answered = [e.occurred_on for e in found.of(ResponsePublished) if e.occurred_on]
    _day(measured, found, "response", truth["statement_published_on"], answered)


def _day(
    measured: Measured, found: Recorded, what: str, true: str | None, recorded: list[str]
) -> None:
    for day in recorded:
        measured.add("facts", "right" if day == true else "wrong", f"{what}: {day}")
    if true is not None and not recorded:
        written = f"{int(true[8:])}"  # the day of the month stands in every way of writing it
        measured.add("facts", _missed(measured, found, written, true[:4]), f"{what}: {true}")


def _recommendations(measured: Measured, found: Recorded, truth: dict[str, Any]) -> dict[str, str]:
    """Holds the recommendations against the truth; the truth's number by the recorded key."""
    keys: dict[str, str] = {}
    left = {entry.stream: entry for entry in found.of(RecommendationRaised)}
    for true in truth["recommendations"]:
        ours, others = _addressed(true)
        mine = {
            stream: entry
            for stream, entry in left.items()
            if stream.split("/")[2] == true["number"]
            or (true.get("key_is_ours") and _same_cause(found, entry, true))
        }
        for stream in mine:
            del left[stream]
            keys[stream.split("/")[2]] = true["number"]
        name = f"{true['kind']} {true['number']}"
        if not ours:
            verdict = "listed" if measured.refused else _another(found, true, others)
            measured.add("recommendations", verdict, name)
            if true["target"]:
                read = found.read(true)
                fits = read is not None and _target_fits(
                    true, getattr(read.target, "on", None), getattr(read.target, "phrase", "")
                )
                measured.add("targets", verdict if fits else "listed", name)
            continue
        if not mine:
            missed: Verdict = "listed" if measured.refused or found.leaves(true) else "silent"
            measured.add("recommendations", missed, name)
            if true["target"]:
                measured.add("targets", missed, name)
            continue
        bodies = {stream.split("/")[3] for stream in mine}
        entry = next(iter(mine.values()))
        faults = _faults(found, entry, true, keys)
        if bodies != {_body(found, one) for one in ours}:
            faults.append(f"addressed to {bodies}")
        if unsaid := [one for one in others if not found.lists(bare(one))]:
            faults.append(f"{unsaid} is not listed")
        measured.add("recommendations", "wrong" if faults else "right", f"{name} {faults or ''}")
        _target(measured, found, entry, true, name)
    for stream in left:
        measured.add("recommendations", "wrong", f"{stream} is not in the truth")
    return keys


def _addressed(true: dict[str, Any]) -> tuple[set[str], list[str]]:
    """(`force`, `office`) so far as they are addressed, and the names of others."""
    ours = {OURS[alike(one)] for one in true["addressees"] if alike(one) in OURS}
    return ours, [one for one in true["addressees"] if alike(one) not in OURS]


def _body(found: Recorded, one: str) -> str:
    office = found.log.service().bodies[found.body]
    return office.force or office.id if one == "force" else office.id


def _same_cause(found: Recorded, entry: Entry, true: dict[str, Any]) -> bool:
    assert isinstance(entry.data, RecommendationRaised)
    same_kind = entry.data.kind == true["kind"]
    return same_kind and alike(found.text(entry, "text")) == alike(true["text"])


def _another(found: Recorded, true: dict[str, Any], others: list[str]) -> Verdict:
    """A recommendation to others: read rightly, and listed with their names?"""
    listed = all(found.lists(bare(one)) or found.lists(NAMED.get(bare(one), one)) for one in others)
    read = found.read(true)
    if read is not None and listed:
        right = alike(read.text) == alike(true["text"]) and read.kind == true["kind"]
        named = {bare(one) for one in read.addressees} == {bare(one) for one in others}
        partners = {bare(one) for one in read.partners} == {bare(one) for one in true["partners"]}
        if right and named and partners:
            return "others"
    return "listed" if found.leaves(true) else "silent"


def _faults(found: Recorded, entry: Entry, true: dict[str, Any], keys: dict[str, str]) -> list[str]:
    data = entry.data
    assert isinstance(data, RecommendationRaised)
    faults = []
    if alike(found.text(entry, "text")) != alike(true["text"]):
        faults.append(f"text: {found.text(entry, 'text')}")
    if data.kind != true["kind"]:
        faults.append(f"kind: {data.kind}")
    partners = {
        bare(found.log.service().bodies[one.body].name)
        if one.body
        else bare(found.text(entry, f"partners.{n}.name"))
        for n, one in enumerate(data.partners)
    }
    fair = [true["partners"], *true.get("partners_also_fair", [])]
    if partners not in [{bare(one) for one in each} for each in fair]:
        faults.append(f"partners: {partners}")
    parent = keys.get(data.parent, data.parent) if data.parent else None
    if parent != true.get("parent"):
        faults.append(f"parent: {data.parent}")
    return faults


def _target(
    measured: Measured, found: Recorded, entry: Entry, true: dict[str, Any], name: str
) -> None:
    data = entry.data
    assert isinstance(data, RecommendationRaised)
    want = true["target"]
    if data.target is None:
        if want is None or true.get("target_phrase_may_be_unread"):
            return
        listed = found.lists(want["phrase"])
        listed = listed or (found.leaves(true) and bool(true.get("ambiguous_target")))
        right = listed and true.get("ambiguous_target")
        measured.add("targets", "right" if right else "listed" if listed else "silent", name)
        return
    phrase = found.text(entry, "target.phrase")
    fits = want is not None and _target_fits(true, data.target.on, phrase)
    measured.add("targets", "right" if fits else "wrong", f"{name}: {data.target.on} {phrase}")


def _target_fits(true: dict[str, Any], on: str | None, phrase: str) -> bool:
    want = true["target"]
    same_day = on == want["on"] or (
        on is not None and len(on) == 7 and "end of" in want["phrase"] and want["on"][:7] == on
    )
    return same_day and alike(phrase) == alike(want["phrase"])


def _passages(
    measured: Measured, found: Recorded, truth: dict[str, Any], keys: dict[str, str]
) -> None:
    ours = {one["number"]: bool(_addressed(one)[0]) for one in truth["recommendations"]}
    by_office = said_of(truth, "commissioner")
    recorded: dict[str, tuple[str, list[str]]] = {}
    for entry in found.of(CommissionerStatementIssued):
        assert isinstance(entry.data, CommissionerStatementIssued)
        key = entry.stream.split("/")[2]
        lines = found.text(entry, "text").split("\n") if entry.data.text else []
        recorded[keys.get(key, key)] = (entry.data.how, lines)
    response = [
        line for e in found.of(ResponsePublished) for line in found.text(e, "text").split("\n")
    ]
    for number, true in by_office.items():
        how, lines = recorded.pop(number, ("not_found", []))
        for true_how, begins in true:
            what = f"{number}: {begins}"
            line = next((one for one in lines if _begins(one, begins)), None)
            if line is not None and how == true_how:
                lines.remove(line)
                measured.add("passages", "right", what)
            elif line is not None:
                lines.remove(line)
                measured.add("passages", "wrong", f"{what} ({how})")
            elif not (ours[number] or measured.refused) and _reads_passage(
                found, number, true_how, begins
            ):
                in_response = any(_begins(one, begins) for one in response)
                measured.add("passages", "others" if in_response else "silent", what)
            else:
                measured.add("passages", _unsaid(measured, found, truth, number, begins), what)
        for line in lines:
            if not _goes_on(line):
                measured.add("passages", "wrong", f"{number}: {line} is not in the truth")
    for number, (how, lines) in recorded.items():
        if how != "not_found":
            measured.add("passages", "wrong", f"{number}: {how} {lines} is not in the truth")
    _chief_officer(measured, found, truth)
    _assurances(measured, found)


def _unsaid(
    measured: Measured, found: Recorded, truth: dict[str, Any], number: str, begins: str
) -> Verdict:
    """A passage that is not recorded: it is listed itself, or with its recommendation."""
    true = next(one for one in truth["recommendations"] if one["number"] == number)
    return "listed" if found.leaves(true) else _missed(measured, found, begins[:60])


def _begins(line: str, begins: str) -> bool:
    """Whether a paragraph is the one that begins so; a label before it may be left out."""
    line, begins = (
        re.sub(r"^(?:(?:recommendation|area for improvement) [0-9]+|[0-9]+)[:.] ?", "", alike(one))
        for one in (line, begins)
    )
    return line.startswith(begins)


def _goes_on(line: str) -> bool:
    return line.startswith("- ")


def _reads_passage(found: Recorded, number: str, how: str, begins: str) -> bool:
    passages = found.page.statement.passages if found.page else ()
    return any(
        one.key == number
        and one.how == how
        and any(_begins(line, begins) for line in one.text.split("\n"))
        for one in passages
    )


def _chief_officer(measured: Measured, found: Recorded, truth: dict[str, Any]) -> None:
    """What the chief officer wrote is kept apart: received, and never the office's own words."""
    received = [
        line
        for entry in found.of(ChiefOfficerCommentsReceived)
        for line in found.text(entry, "text").split("\n")
    ]
    for passage in truth["passages"]:
        if passage["by"] == "chief_officer":
            what = f"chief officer: {passage['text']}"
            there = any(_begins(line, passage["text"]) for line in received)
            verdict = "right" if there else _missed(measured, found, passage["text"][:60])
            measured.add("passages", verdict, what)
    theirs = [p["text"] for p in truth["passages"] if p["by"] == "commissioner"]
    for line in received:
        if any(_begins(line, begins) for begins in theirs):
            measured.add("passages", "wrong", f"{line} is not the chief officer's")


def _assurances(measured: Measured, found: Recorded) -> None:
    """An assurance sought stands in the passage about its recommendation."""
    said = {
        entry.stream: found.text(entry, "text") for entry in found.of(CommissionerStatementIssued)
    }
    for entry in found.of(AssuranceSought):
        question = found.text(entry, "question")
        if question not in said.get(entry.stream, ""):
            measured.add("passages", "wrong", f"{entry.stream}: assurance {question}")
