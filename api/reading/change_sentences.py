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
from ledger.events.response import RESPONSE
from projections.answers.changes import Changed as Item
from projections.answers.changes import EntrySummary, Subject, Watched
from projections.answers.recommendation import TargetStanding
from projections.language import Table, say

SECTIONS: dict[str, tuple[str, ...]] = {
    "verdicts": ("verdict_changed", "due_moved"),
    "targets": ("target_passed", "target_moved"),
    "standings": ("status_changed", "claim_changed"),
    "new": ("new",),
    "mended": ("removed", "revised", "corrected", "set_aside", "disputed", "redacted"),
    "late": ("entered_late",),
}
"""The changes that belong to each section of a page, by its anchor."""
_HEADINGS = Table(
    {
        "verdicts": "Verdicts and last days",
        "targets": "Targets",
        "standings": "Where recommendations stand",
        "new": "New",
        "mended": "Corrected, disputed, set aside or redacted",
        "late": "Entered long after it happened",
    }
)
_OF = {change: anchor for anchor, wanted in SECTIONS.items() for change in wanted}
_ORDER = [change for wanted in SECTIONS.values() for change in wanted]
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

    @property
    def many(self) -> int:
        """The number of its changes, listed or folded."""
        return len(self.listed) + sum(len(alike) for _, alike in self.folded)


def sections(items: Sequence[Item]) -> list[tuple[str, str, int]]:
    """Return the sections that have changes, with their numbers."""
    found = Counter(_OF[one.change] for one in items)
    return [(anchor, _HEADINGS[anchor], found[anchor]) for anchor in SECTIONS if found[anchor]]


def by_report(items: Sequence[Item]) -> list[OfReport]:
    """Return the changes of an answer by report, after those by which a closure was refused or
    undone. The changes of a subject on one day are one item, with the most important first. Many
    new subjects, or many late entries with nothing else, are folded."""
    every = _changed(items)
    refused = [one for one in every if one.refused]
    first = say("Closure refused, or opened again")
    found = [OfReport(None, first, refused, [])] if refused else []
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
    return f"{_HEADINGS[anchor]}: {said}"


def of_report_title(changed: Sequence[Changed]) -> str:
    """Return the heading for the changes about one report, or about meetings."""
    return str(changed[0].about.report_title or say("Meetings"))


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
_CLAIMED = Table(
    {"claimed_complete": "A claim is not closure.", "closure_proposed": "It is not decided."}
)
"""The words that are added to a status that could be misread as more than it is."""


def subject(about: Subject) -> str:
    """Return the subject of a change: `Recommendation 02 to Cumbria Constabulary`."""
    match about.type:
        case "report":
            return say("The report")
        case "response":
            return response_of(about.name or "", about.body_name or "")
        case "recommendation":
            called = words.numbered(about.kind or None, str(about.number))
            return recommendation_to(called, about.addressee_name or "")
        case _:
            return meeting_of(about.panel_name or "", about.date or None)


def response_of(duty: str, body: str) -> str:
    """Return a response, or another duty, and whose it is."""
    return say("%(duty)s of %(body)s", duty=words.duty(duty), body=apart(body))


def recommendation_to(numbered: str, body: str) -> str:
    """Return a recommendation and whom it is addressed to."""
    return say("%(recommendation)s to %(body)s", recommendation=numbered, body=apart(body))


def meeting_of(panel: str, date: str | None) -> str:
    """Return a meeting by its panel and day."""
    return say("Meeting of %(panel)s on %(day)s", panel=apart(panel), day=words.day(date))


def sentence(item: Item) -> str:
    """Return a change in a sentence or two."""
    was, now = item.from_ or _NOTHING, item.to or _NOTHING
    match item.change:
        case "verdict_changed":
            return _verdicts(was, now)
        case "due_moved":
            return say(
                "The last day moved from %(was)s to %(now)s.",
                was=_day(was.due_on),
                now=_day(now.due_on),
            )
        case "target_moved":
            return _moved(was, now)
        case "target_passed":
            return say(
                "Its target of %(day)s has passed by %(days)s, and no closure and no claim of "
                "completion stands.",
                day=_target_day(now),
                days=words.count(now.days or 0, "day"),
            )
        case "status_changed" if now.decided:
            before = say("Before that, it was %(standing)s.", standing=_status(was))
            return f"{capital(_stands(now))}. {before}"
        case "status_changed":
            said = say("Was %(was)s, is now %(now)s.", was=_status(was), now=_status(now))
            return f"{said} {_CLAIMED.get(now.status or '', '')}".rstrip()
        case "claim_changed":
            return say(
                "Claimed before: %(was)s. Claimed now: %(now)s.", was=_claim(was), now=_claim(now)
            )
        case "new":
            return _new(item)
        case "removed":
            return say("It was here at the first moment, and is not at the second.")
        case "entered_late":
            return say(
                "%(act)s: happened %(when)s, recorded %(days)s later.",
                act=event_name(item.entry.type if item.entry else ""),
                when=_when(now.occurred_on),
                days=words.count(now.days or 0, "day"),
            )
        case _:
            return _done(item)


def entry(made: EntrySummary, names: dict[str, str]) -> str:
    """Return an entry in words: `Target date set, recorded 23 November 2025, 12:00 by Cumbria
    Constabulary`."""
    teller = body_of(made.recorded_by)
    when = words.moment(made.recorded_at)
    who = apart(words.short(teller, names.get(teller)) or teller)
    return say(
        "%(act)s, recorded %(when)s by %(who)s", act=event_name(made.type), when=when, who=who
    )


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
            return say(
                "Still “%(verdict)s”; it was said since that the duty does not apply.",
                verdict=after,
            )
        return say(
            "Still “%(verdict)s”: before, %(was)s; now, %(now)s.",
            verdict=after,
            was=words.BASES[was.basis or ""],
            now=words.BASES[now.basis or ""],
        )
    return say("Was “%(was)s”, is now “%(now)s”.", was=before, now=after)


def _moved(was: Watched, now: Watched) -> str:
    if not was.on:
        return say("A target was set: %(day)s.", day=_target_day(now))
    before = words.day(was.on)
    if not now.on and now.to_confirm:
        return say(
            "Its target of %(day)s, worked out from the words of the report, is to be confirmed "
            "again, since the report’s day was corrected.",
            day=before,
        )
    if not now.on:
        return say("Its target of %(day)s is there no longer.", day=before)
    if now.standing == "passed":
        return say(
            "The target moved from %(was)s to %(now)s, which has passed.",
            was=before,
            now=_target_day(now),
        )
    return say("The target moved from %(was)s to %(now)s.", was=before, now=_target_day(now))


def _new(item: Item) -> str:
    now, about = item.to or _NOTHING, item.about
    match about.type:
        case "report":
            return say(
                "A report that was not recorded before, published %(when)s.",
                when=_when(now.published_on),
            )
        case "response":
            return _owed(now, about)
        case _:
            target = ""
            if now.target and now.target.on:
                target = say(", with a target of %(day)s", day=_target_day(now.target))
            when = _when(now.raised_on)
            if now.decided:
                return say(
                    "Raised %(when)s%(target)s. %(standing)s.",
                    when=when,
                    target=target,
                    standing=capital(_stands(now)),
                )
            return say(
                "Raised %(when)s%(target)s. It is %(standing)s.",
                when=when,
                target=target,
                standing=_stands(now),
            )


def _owed(now: Watched, about: Subject) -> str:
    """Return that a response (or another duty) is owed, or that one is recorded, without saying
    more than the verdict."""
    due = say(", due %(day)s", day=words.day(now.due_on)) if now.due_on else ""
    said = _verdict(now).lower()
    owed = about.name or RESPONSE
    what = say("A response") if owed == RESPONSE else f"“{words.duty(owed)}”"
    was, still = f"{what}{say(' was owed')}{due}", f"{what}{say(' is owed')}{due}"
    when = _when(now.published_on)
    if now.verdict == "disapplied":
        return say("%(owed)s: it was said that the duty does not apply.", owed=was)
    if now.published_on and now.verdict in ("due", "not_due"):  # not yet with all its parts
        return say(
            "%(owed)s, and a part of it was published %(when)s: %(verdict)s.",
            owed=still,
            when=when,
            verdict=said,
        )
    if now.published_on:
        return say(
            "%(owed)s, and was published %(when)s: %(verdict)s.", owed=was, when=when, verdict=said
        )
    if now.verdict in ("in_time", "incomplete", "late"):
        return say("%(owed)s, and one is recorded: %(verdict)s.", owed=was, verdict=said)
    if now.verdict == "not_looked_for":
        return say("%(owed)s. None is recorded, and nobody has said that they looked.", owed=was)
    if now.verdict == "not_shown" and due:  # one may be there, or more time
        return say("%(owed)s. It %(verdict)s.", owed=was, verdict=said)
    if now.verdict == "not_shown":
        return say(
            "%(owed)s. It %(verdict)s: its last day cannot be told.", owed=still, verdict=said
        )
    return f"{still}: {said}."


def _done(item: Item) -> str:
    act, target = item.entry, item.target
    assert act is not None, "what was done to an entry is an entry"
    of = event_name(target.type).lower() if target else say("entry")
    match act.event:
        case StatementRevised(field="translation", was=None):
            return say("The response was seen in another language too.")
        case ReportRevised(field=path) | StatementRevised(field=path):
            field = field_in_words(act.type, path).lower()
            return say("The published page was seen to say something else: %(field)s.", field=field)
        case EntryCorrected(field=path):
            field = field_in_words(target.type if target else "", path).lower()
            return say("An entry was corrected (%(entry)s): %(field)s.", entry=of, field=field)
        case EntryRetracted():
            return say("An entry was set aside (%(entry)s): it no longer counts.", entry=of)
        case EntryDisputed():
            who = apart(act.by_name or body_of(act.recorded_by))
            return say(
                "%(who)s says that an entry is not right (%(entry)s). The entry stands.",
                who=who,
                entry=of,
            )
        case TextRedacted(basis=basis):
            return say(
                "A text of an entry was deleted (%(entry)s). Ground: %(ground)s. The entry stays.",
                entry=of,
                ground=basis.replace("_", " "),
            )
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
    return words.day(value) if value else say("none that can be told")


def _when(value: str | UnsetType | None) -> str:
    if not value:
        return say("on a day not known")
    if len(value) == len("2026-07-16"):
        return say("on %(day)s", day=words.day(value))
    return say("in %(month)s", month=words.day(value))


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
    return f"“{words.CLAIMS.get(means, means)}”" if means else say("nothing that is recorded")
