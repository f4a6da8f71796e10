"""Changes in sentences: each change of an answer, and its cause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from msgspec import UNSET, UnsetType

from api.reading import recommendation_sentences, response_sentences, words
from api.reading.entry_fields import event_name, field_in_words
from api.reading.texts import Shown, apart, body_of
from api.reading.trail import Revision, said
from api.reading.words import capital
from ledger.dates import london_date
from ledger.events import (
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ReportRevised,
    StatementRevised,
    TextRedacted,
)
from projections.answers.changes import Changed as Item
from projections.answers.changes import EntrySummary, Subject, Watched
from projections.answers.recommendation import TargetStanding

SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("verdicts", "Verdicts and last days", ("verdict_changed", "due_moved")),
    ("targets", "Targets", ("target_passed", "target_moved")),
    ("standings", "Where recommendations stand", ("status_changed", "claim_changed")),
    ("new", "New", ("new",)),
    (
        "mended",
        "Corrected, disputed, set aside or redacted",
        ("removed", "revised", "corrected", "set_aside", "disputed", "redacted"),
    ),
    ("late", "Entered long after it happened", ("entered_late",)),
)
"""The sections of a page: anchor, heading, and the changes that belong to it."""


_OF = {change: anchor for anchor, _, wanted in SECTIONS for change in wanted}
_ORDER = [change for _, _, wanted in SECTIONS for change in wanted]
REFUSED = "Closure refused, or opened again"
"""The heading of what comes first, whatever its report."""
MANY = 3
"""So many alike changes are listed; more are folded."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The changes of one subject by the entries of one day, or because time passed."""

    about: Subject
    on: str | None
    """The London day on which the entries were recorded; None if time passed."""
    items: Sequence[Item]
    begins: list[str] = field(default_factory=list)
    """The sections that begin with it on its page."""

    @property
    def only(self) -> str | None:
        """The section that all of its changes belong to, or None if there are several."""
        of = {_OF[one.change] for one in self.items}
        return of.pop() if len(of) == 1 else None

    @property
    def refused(self) -> bool:
        """True if a closure was refused, or what was closed was opened again."""
        return any(
            one.change == "status_changed" and one.to and one.to.status in ("refused", "reopened")
            for one in self.items
        )

    @property
    def moved_on(self) -> bool:
        """True if a recommendation, its claim or its target stands otherwise than before."""
        return any(_OF[one.change] in ("standings", "targets") for one in self.items)

    @property
    def entries(self) -> list[EntrySummary]:
        """The entries that caused it, each once."""
        return list({one.id: one for item in self.items for one in item.entries}.values())


@dataclass(frozen=True, slots=True)
class OfReport:
    """The changes about one report, or about meetings: those in the list, and those folded under a
    heading."""

    report: str | None
    title: str
    listed: Sequence[Changed]
    folded: Sequence[tuple[str, Sequence[Changed]]]


def sections(items: Sequence[Item]) -> list[tuple[str, str, int]]:
    """Return the sections that have changes, with their numbers."""
    found = Counter(_OF[one.change] for one in items)
    return [(anchor, heading, found[anchor]) for anchor, heading, _ in SECTIONS if found[anchor]]


def by_report(items: Sequence[Item]) -> list[OfReport]:
    """Return the changes of an answer by report, after those by which a closure was refused or
    undone. The changes of a subject on one day are one item, with the most important first. Many
    new subjects, or many late entries with nothing else, are folded."""
    every = _changed(items)
    refused = [one for one in every if one.refused]
    found = [OfReport(None, REFUSED, refused, [])] if refused else []
    others = (one for one in every if not one.refused)
    for report, of_report in groupby(others, key=lambda one: one.about.report):
        these = list(of_report)
        folded = []
        for anchor in ("new", "late"):
            alike = [changed for changed in these if changed.only == anchor]
            if len(alike) > MANY:
                folded.append((_alike(anchor, alike), alike))
                these = [changed for changed in these if changed not in alike]
        title = of_report_title(these or folded[0][1])
        found.append(OfReport(report, title, these, folded))
    _begin_sections(found)
    return found


def _begin_sections(found: Sequence[OfReport]) -> None:
    """Mark the first change of each section, in the order of the page."""
    there: set[str] = set()
    for of in found:
        for one in (*of.listed, *(each for _, alike in of.folded for each in alike)):
            here = {_OF[item.change] for item in one.items} - there
            one.begins.extend(sorted(here))
            there |= here


def _alike(anchor: str, changed: Sequence[Changed]) -> str:
    """Return the heading of folded changes: `New: 2 responses, 12 recommendations`."""
    of = Counter(one.about.type for one in changed)
    said = ", ".join(words.count(many, kind) for kind, many in of.items())
    return f"{'New' if anchor == 'new' else 'Entered long after it happened'}: {said}"


def of_report_title(changed: Sequence[Changed]) -> str:
    """Return the heading for the changes about one report, or about meetings."""
    return str(changed[0].about.report_title or "Meetings")


def _changed(items: Sequence[Item]) -> list[Changed]:
    by_subject: dict[tuple[str, str | None], list[Item]] = {}
    for one in items:
        by_subject.setdefault((one.about.links.page, _on(one)), []).append(one)
    return [
        Changed(these[0].about, on, sorted(these, key=lambda one: _ORDER.index(one.change)))
        for (_, on), these in by_subject.items()
    ]


def _on(item: Item) -> str | None:
    """Return the London day of the last entry that made a change."""
    made = [one.recorded_at for one in item.entries]
    return london_date(datetime.fromisoformat(max(made))).isoformat() if made else None


_NOTHING = Watched()
_CLAIMED = {
    "claimed_complete": " A claim is not closure.",
    "closure_proposed": " It is not decided.",
}
"""The words that are added to a status that could be misread as more than it is."""


def subject(about: Subject) -> str:
    """Return the subject of a change: `Recommendation 02 to Cumbria Constabulary`."""
    match about.type:
        case "report":
            return "The report"
        case "response":
            return f"{words.duty(about.name or '')} of {apart(about.body_name or '')}"
        case "recommendation":
            called = words.numbered(about.kind or None, str(about.number))
            return f"{called} to {apart(about.addressee_name or '')}"
        case _:
            return f"Meeting of {apart(about.panel_name or '')} on {words.day(about.date or None)}"


def sentence(item: Item) -> str:
    """Return a change in a sentence or two."""
    was, now = item.from_ or _NOTHING, item.to or _NOTHING
    match item.change:
        case "verdict_changed":
            return _verdicts(was, now)
        case "due_moved":
            return f"The last day moved from {_day(was.due_on)} to {_day(now.due_on)}."
        case "target_moved":
            return _moved(was, now)
        case "target_passed":
            return (
                f"Its target of {_target_day(now)} has passed by "
                f"{words.count(now.days or 0, 'day')}, and no closure and no claim of completion "
                "stands."
            )
        case "status_changed" if now.decided:
            return f"{capital(_stands(now))}. Before that, it was {_status(was)}."
        case "status_changed":
            return f"Was {_status(was)}, is now {_status(now)}.{_CLAIMED.get(now.status or '', '')}"
        case "claim_changed":
            return f"Claimed before: {_claim(was)}. Claimed now: {_claim(now)}."
        case "new":
            return _new(item)
        case "removed":
            return "It was here at the first moment, and is not at the second."
        case "entered_late":
            act = event_name(item.entry.type if item.entry else "")
            return (
                f"{act}: happened {_when(now.occurred_on)}, recorded "
                f"{words.count(now.days or 0, 'day')} later."
            )
        case _:
            return _done(item)


def entry(made: EntrySummary, names: dict[str, str]) -> str:
    """Return an entry in words: `Target date set, recorded 23 November 2025, 12:00 by Cumbria
    Constabulary`."""
    teller = body_of(made.recorded_by)
    when = words.moment(made.recorded_at)
    who = apart(words.short(teller, names.get(teller)) or teller)
    return f"{event_name(made.type)}, recorded {when} by {who}"


def was_and_now(item: Item, names: dict[str, str]) -> tuple[Shown | None, Shown | None] | None:
    """Return the former and the present value of a corrected or revised field; None for other
    changes."""
    if item.change not in ("corrected", "revised"):
        return None
    if (act := item.entry) is None or not isinstance(made := act.event, Revision):
        return None
    return said(act, made, "was", names), said(act, made, "now", names)


def _verdicts(was: Watched, now: Watched) -> str:
    before, after = _verdict(was), _verdict(now)
    if before == after:
        if was.basis == now.basis:
            return f"Still “{after}”; it was said since that the duty does not apply."
        before, after = words.BASES[was.basis or ""], words.BASES[now.basis or ""]
        return f"Still “{_verdict(now)}”: before, {before}; now, {after}."
    return f"Was “{before}”, is now “{after}”."


def _moved(was: Watched, now: Watched) -> str:
    if not was.on:
        return f"A target was set: {_target_day(now)}."
    if not now.on and now.to_confirm:
        return (
            f"Its target of {words.day(was.on)}, worked out from the words of the report, is to "
            "be confirmed again, since the report’s day was corrected."
        )
    if not now.on:
        return f"Its target of {words.day(was.on)} is there no longer."
    passed = now.standing == "passed"
    return (
        f"The target moved from {words.day(was.on)} to {_target_day(now)}"
        f"{', which has passed' if passed else ''}."
    )


def _new(item: Item) -> str:
    now, about = item.to or _NOTHING, item.about
    match about.type:
        case "report":
            return f"A report that was not recorded before, published {_when(now.published_on)}."
        case "response":
            return _owed(now, about)
        case _:
            target = ""
            if now.target and now.target.on:
                target = f", with a target of {_target_day(now.target)}"
            return f"Raised {_when(now.raised_on)}{target}. It is {_stands(now)}."


def _owed(now: Watched, about: Subject) -> str:
    """Return that a response (or another duty) is owed, or that one is recorded, without saying
    more than the verdict."""
    due = f", due {words.day(now.due_on)}" if now.due_on else ""
    said = _verdict(now).lower()
    what = words.duty(about.name or "")
    what = "A response" if what == "Response" else f"“{what}”"
    if now.verdict == "disapplied":
        return f"{what} was owed{due}: it was said that the duty does not apply."
    if now.published_on and now.verdict in ("due", "not_due"):  # not yet with all its parts
        there = f"a part of it was published {_when(now.published_on)}"
        return f"{what} is owed{due}, and {there}: {said}."
    if now.published_on:
        return f"{what} was owed{due}, and was published {_when(now.published_on)}: {said}."
    if now.verdict in ("in_time", "incomplete", "late"):
        return f"{what} was owed{due}, and one is recorded: {said}."
    if now.verdict == "not_looked_for":
        return f"{what} was owed{due}. None is recorded, and nobody has said that they looked."
    if now.verdict == "not_shown" and due:  # one may be there, or more time
        return f"{what} was owed{due}. It {said}."
    if now.verdict == "not_shown":
        return f"{what} is owed. It {said}: its last day cannot be told."
    return f"{what} is owed{due}: {said}."


def _done(item: Item) -> str:
    act, target = item.entry, item.target
    assert act is not None, "what was done to an entry is an entry"
    of = event_name(target.type).lower() if target else "entry"
    match act.event:
        case ReportRevised(field=path) | StatementRevised(field=path):
            field = field_in_words(act.type, path).lower()
            return f"The published page was seen to say something else: {field}."
        case EntryCorrected(field=path):
            field = field_in_words(target.type if target else "", path).lower()
            return f"An entry was corrected ({of}): {field}."
        case EntryRetracted():
            return f"An entry was set aside ({of}): it no longer counts."
        case EntryDisputed():
            who = apart(act.by_name or body_of(act.recorded_by))
            return f"{who} says that an entry is not right ({of}). The entry stands."
        case TextRedacted(basis=basis):
            ground = basis.replace("_", " ")
            return f"A text of an entry was deleted ({of}). Ground: {ground}. The entry stays."
        case _:
            raise AssertionError(f"nothing is done to an entry by {act.type}")


def _verdict(shape: Watched) -> str:
    return response_sentences.verdict_of(
        shape.verdict or "",
        None if shape.days is UNSET else shape.days,
        at_least=bool(shape.at_least),
    )


def _target_day(shape: Watched | TargetStanding) -> str:
    return recommendation_sentences.target_day(shape.on or None, shape.worked_out)


def _day(value: str | UnsetType | None) -> str:
    return words.day(value) if value else "none that can be told"


def _when(value: str | UnsetType | None) -> str:
    if not value:
        return "on a day not known"
    return f"on {words.day(value)}" if len(value) == 10 else f"in {words.day(value)}"


def _status(shape: Watched) -> str:
    """Return a status in quotes, and whose decision it is."""
    return _stands(shape, "“{}”")


def _stands(shape: Watched, quoted: str = "{}") -> str:
    """Return a status, and whose decision it is, if it is one."""
    said = quoted.format(words.STATUSES[shape.status][0] if shape.status else "")
    if not (made := shape.decided):
        return said
    return f"{said} {recommendation_sentences.whose_word(made)}"


def _claim(shape: Watched) -> str:
    means = shape.means
    return f"“{words.CLAIMS.get(means, means)}”" if means else "nothing that is recorded"
