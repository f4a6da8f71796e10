"""The working of a verdict in words: a headline, the steps, the entries used, and the entries that
were set aside or corrected.

To call a body late is to allege a breach of its duty. So each sentence names the evidence for its
date. If nothing is recorded, it says that no record is held. Entries that were set aside are read
from the log for each working and stored nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from ledger.dates import Interval, in_words, is_exact, london_date
from ledger.events import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    DutyDisapplied,
    EntryCorrected,
    EntryRetracted,
    ExtensionGranted,
    ReportPublished,
    ReportTakenOver,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
)
from ledger.events.entry import Entry
from ledger.events.texts import Text
from ledger.states.duties import BEGUN, MANUAL
from ledger.states.effect import DAY_FIELDS, KNOWLEDGE, Known, known
from projections.fields import Answer
from projections.verdict.compliance import (
    NOT_ASKED,
    Basis,
    ChiefOfficer,
    Coverage,
    Disapplication,
    Duty,
    Extension,
    Listed,
    ListedBy,
    Publication,
    Receipt,
    Verdict,
    begun,
    coverage,
    on_the_day,
    verdict,
    where,
)
from projections.verdict.silence import NOBODY_LOOKED, LookUp, Silence

Name = Callable[[str], str]
"""The name of a body, by its id."""
_NAMES: Mapping[type, str] = {
    ReportPublished: "report",
    ResponsePublished: "response",
    DutyDisapplied: "disapplication",
    ExtensionGranted: "extension",
    ChiefOfficerCommentsInvited: "invitation of the chief officer’s comments",
    ChiefOfficerCommentsReceived: "receipt of the chief officer’s comments",
    ResponseLookedFor: "look-up",
}
_OF_THE_REPORT = ("source",)
"""The fields that carry the evidence for the report's day."""
_NOT_DECIDING = ("url", "same_as_report")


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that does not count, the entry that set it aside, and a sentence that says so."""

    entry: str
    by: str
    sentence: str


def set_aside(of_report: Iterable[Entry], of_response: Iterable[Entry]) -> list[Aside]:
    """Return the entries that do not count, in the order of the log. They are retracted acts,
    corrections that were retracted or replaced, retractions that were undone, and duties that were
    worked out anew. For the report they are the entries that gave its day and the day's basis."""
    report = {one.id: one for one in known(of_report)}
    response = {one.id: one for one in known(of_response)}
    found = [
        *((one, by, report) for one, by in _aside(report) if _of_the_days(one, report)),
        *((one, by, response) for one, by in _aside(response) if _decides(one, response)),
        *((one, by, response) for one, by in _worked_out_anew(response)),
    ]
    found.sort(key=lambda each: each[0].original.position)
    return [Aside(one.id, by.id, _sentence(one, by, there)) for one, by, there in found]


def _aside(there: Mapping[str, Known]) -> Iterator[tuple[Known, Known]]:
    """Yield each entry of a stream that was set aside or replaced, with the entry that did so."""
    for one in there.values():
        if one.set_aside_by is not None:
            yield one, there[one.set_aside_by]
        elif isinstance(one.data, EntryCorrected):
            holds = there[one.data.target].corrected_by[_path(one.data)]
            if holds.id != one.id:
                yield one, there[holds.id]


def _worked_out_anew(there: Mapping[str, Known]) -> Iterator[tuple[Known, Known]]:
    duties = [one for one in there.values() if isinstance(one.data, ResponseDutyArose)]
    last = [one for one in duties if one.in_effect][-1:]
    for one in duties:
        if last and one.in_effect and one is not last[0]:
            yield one, last[0]


def _of_the_days(one: Known, there: Mapping[str, Known]) -> bool:
    match one.data:
        case EntryCorrected() as data:
            return _path(data) == "occurred_on" or data.field.startswith(_OF_THE_REPORT)
        case EntryRetracted(target=target):
            return _is_first(there[target]) and _of_the_days(there[target], there)
        case data:
            return isinstance(data, ReportTakenOver)


def _decides(one: Known, there: Mapping[str, Known]) -> bool:
    """Return whether an act can decide the verdict. Every act of a response can, except releases,
    redactions and the like (`KNOWLEDGE`). So can its correction, except of a text, an address or
    `same_as_report`."""
    match one.data:
        case EntryCorrected() as data:
            return not isinstance(data.now, Text) and data.field not in _NOT_DECIDING
        case EntryRetracted(target=target):
            return _is_first(there[target]) and _decides(there[target], there)
        case data:
            return not isinstance(data, KNOWLEDGE)


def _is_first(target: Known) -> bool:
    """Return whether the working tells that a retraction of this entry was undone. It does unless
    this entry is a retraction itself: the verdict rests on whether the first one counts."""
    return not isinstance(target.data, EntryRetracted)


def _sentence(one: Known, by: Known, there: Mapping[str, Known]) -> str:
    since = _entered(by)
    if isinstance(one.data, ResponseDutyArose):
        last = f", to be met by {in_words(one.data.due_on)}" if one.data.due_on else ""
        return (
            f"The duty as it was worked out on {_entered(one)}{last}, does not count: it was "
            f"worked out anew on {since}."
        )
    if isinstance(one.data, EntryRetracted):
        noun = _noun(there[one.data.target], there)
        return f"{noun}, was set aside on {_entered(one)}; that was undone on {since}."
    if isinstance(by.data, EntryCorrected):
        return f"{_noun(one, there)}, was replaced on {since} by another: it does not count."
    return f"{_noun(one, there)}, was set aside on {since}: it does not count."


def _noun(one: Known, there: Mapping[str, Known]) -> str:
    """Return what an entry is and when it was made, as the beginning of a sentence."""
    made = _entered(one)
    match one.data:
        case EntryCorrected() as data:
            return f"The correction of {_corrected(data, there[data.target])}, made on {made}"
        case data if (name := _NAMES.get(type(data))) is not None:
            return f"A{'n' if name[0] in 'aeiou' else ''} {name}, entered on {made}"
        case _:
            return f"An entry “{_topic(one)}”, made on {made}"


def _corrected(data: EntryCorrected, target: Known) -> str:
    of = f"the {_NAMES.get(type(target.data), f'entry “{_topic(target)}”')}"
    if _path(data) == "occurred_on":
        return f"the day of {of} to {_day(data)}"
    field = f"“{data.field.replace('_', ' ')}” of {of}"
    return f"{field} to {_day(data)}" if data.field.endswith("_on") else field


def _day(data: EntryCorrected) -> str:
    return in_words(data.now) if isinstance(data.now, str) else "a day not known"


def _path(data: EntryCorrected) -> str:
    return "occurred_on" if data.field in DAY_FIELDS else data.field


def _topic(one: Known) -> str:
    return one.data.TOPIC.replace("-", " ")


def _entered(one: Known) -> str:
    return in_words(london_date(one.original.instant))


class CorrectedDay(Answer, frozen=True, kw_only=True):
    """An act's own day as it was first recorded, and as a correction in effect has it."""

    entry: str
    correction: str
    was: str | None
    now: str | None
    corrected_on: str
    """The London date of the correction."""


def corrected_days(entries: Iterable[Entry]) -> dict[str, CorrectedDay]:
    """Return the acts of a stream whose day was corrected, by the act's entry."""
    return {
        one.id: CorrectedDay(
            entry=one.id,
            correction=by.id,
            was=one.original.occurred_on,
            now=one.entry.occurred_on,
            corrected_on=london_date(by.instant).isoformat(),
        )
        for one in known(entries)
        if (by := one.corrected_by.get("occurred_on")) is not None
    }


def sentence(of: str, one: CorrectedDay) -> str:
    """Return a corrected day in words; `of` names the act."""
    was = "not known" if one.was is None else in_words(one.was)
    now = "not known" if one.now is None else in_words(one.now)
    on = in_words(one.corrected_on)
    return f"The day of {of} was first recorded as {was}; it was corrected on {on}, to {now}."


SAID_BY: dict[Basis, str] = {
    "publisher": (
        "on the publisher’s own word: a copy is held here that was fetched from its website, or "
        "that its own account sent"
    ),
    "captured": "as a copy received here shows",
    "recorded": "as the entry made here shows",
    "stated": (
        "on somebody’s word: no copy is held here that was fetched from the publisher’s website, "
        "or that its own account sent"
    ),
}
"""The evidence for the report's day."""


_MORE_TIME = (
    "More time was granted on a day that is not exactly known: it may have been by then, so that "
    "nothing is called late or overdue that would not be with it."
)
_ONLY_WHERE = (
    "Silence is called a breach only where the body keeps its record here by its own word, where "
    "its own clerk entered this duty by the last day, or where somebody looked after the last day."
)
_THEIRS = "the chief officer’s comments"
_NOT_KNOWN = (
    "What the response explains is not known: one is recorded here without its text, so that "
    "nobody is said to have left a recommendation out."
)


class RuleRead(Answer, frozen=True, kw_only=True):
    """The rule that a duty arose under, and whether its wording was read."""

    id: str
    version: int
    citation: str
    read: bool


class TriggerUsed(Answer, frozen=True, kw_only=True):
    """The entry whose day starts the period."""

    entry: str
    on: str | None
    basis: Basis


class Used(Answer, frozen=True, kw_only=True):
    """An entry that the verdict rests on: the days on which it can have happened, and why."""

    entry: str
    lo: str | None
    hi: str
    basis: Basis


class SetAside(Answer, frozen=True, kw_only=True):
    """An entry that does not count, and the entry that set it aside."""

    entry: str
    by: str


class Bases(Answer, frozen=True, kw_only=True):
    """The bases of the two dates of a verdict."""

    trigger: Basis
    published: Basis | None


class Working(Answer, frozen=True, kw_only=True):
    """A working, in the shape of the answer."""

    rule: RuleRead
    duty: str
    trigger: TriggerUsed
    due_on: str | None
    counting: str
    verdict: str
    days: int | None
    at_least: bool
    basis: Basis
    bases: Bases
    used: list[Used]
    set_aside: list[SetAside]
    corrected: list[CorrectedDay]
    sentences: list[str]


def headline(found: Verdict, name: Name = str) -> str:
    """Return the verdict in one sentence. It alleges nothing that is not shown."""
    said = [_said(found, name)]
    if found.denied_by is not None:
        if not _is_denied(found):
            said.append(_denial(found.denied_by, name))
    elif found.disapplication is not None and found.verdict != "disapplied":
        said.append(_not_to_apply(found.disapplication))
    if found.said_by_others is not None:
        said += _on_anothers_word(found.said_by_others, name)
    return f"{'; '.join(said)}."


def _is_denied(found: Verdict) -> bool:
    """Return whether the verdict is `not_shown` only because the body says that it does not owe
    this."""
    return found.denied_by is not None and found.verdict == "not_shown" and found.between is None


def _denial(body: str, name: Name) -> str:
    """Return the words for a body that says that it does not owe this."""
    return f"{name(body)} says that it does not owe this"


def _on_anothers_word(one: Receipt, name: Name) -> list[str]:
    """Return who says that the chief officer's comments were sent in time, and the office's answer
    to that."""
    who, force = _who(one.recorder, name), name(one.force) if one.force else "the force"
    sent = "it" if one.recorder == one.force else force
    office = "the office disputes it" if one.disputed else "the office has not said so"
    return [f"{who} says that {sent} had sent comments by {in_words(one.interval.hi)}", office]


def _who(body: str | None, name: Name) -> str:
    """Return a body's name, or that the account belongs to no body."""
    return name(body) if body and body != "service" else "An account of no body"


def _silent(found: Verdict, name: Name) -> str:
    """Return that the response is overdue, and the ground on which silence is a breach."""
    heard = found.heard
    by = f"at least {_days(found)}" if found.at_least else _days(found)
    if heard is not None and heard.how == "looked":
        looked = f"{_who(heard.body, name)} looked for it on {in_words(heard.to)}"
        return f"Overdue by {by}: {looked} and did not find it"
    if found.ended_on is not None:
        by += f" when its office ended on {in_words(found.ended_on)}"
    elif heard is not None and heard.at_least:
        kept = f"{_who(heard.body, name)} kept its record here until {in_words(heard.to)}"
        return f"Overdue by {by}: {kept}, and no response is recorded as published by then"
    if found.held:
        return f"Overdue by {by}: no response is recorded as published by then"
    return f"Overdue by {by}: no record held of the body’s own response"


def _nobody_looked(found: Verdict) -> str:
    """Return that no response is recorded by the day asked about, and that nobody looked."""
    between = found.first_held
    if between is None:
        return "No response is recorded here, and nobody has said that they looked for one"
    first = f"was published {where(between)}"
    if between.lo == between.hi:
        first = f"is of {in_words(between.hi)}"
    return f"The first response recorded here {first}; nobody has said that they looked before"


def _said(found: Verdict, name: Name) -> str:
    due_on = in_words(found.due_on)
    match found.verdict:
        case "not_due":
            return f"Not due until {due_on}: {_days(found)} left{_for_their_comments(found)}"
        case "due":
            left = f"{_days(found)} left" if found.days else "the last day"
            return f"Due on {due_on}: {left}{_for_their_comments(found)}"
        case "overdue":
            return _silent(found, name)
        case "not_looked_for":
            return _nobody_looked(found)
        case "in_time":
            also = f" with {_THEIRS}" if found.submitted else ""
            return f"In time{also}{_on_what(found)}"
        case "incomplete":
            assert found.submitted is not None
            without = f"In time without {_THEIRS}, which it had received {_received(found)}"
            if found.with_them is None:
                return f"{without}: none is recorded as published"
            return f"{without}: published {where(found.with_them)}, after the last day"
        case "late":
            days = f"{_days(found)} late{_on_what(found)}"
            if found.ended_on is not None:
                days += f"; its office ended on {in_words(found.ended_on)}: no later day is counted"
            return f"At least {days}" if found.at_least else days
        case "not_shown":
            if found.denied_by is not None and _is_denied(found):
                return _denial(found.denied_by, name)
            if found.due_on is None:
                return "Not shown: the report’s day is not known, so that no last day is counted"
            more = "more time may have been granted by then"
            if found.ended_on is not None:
                ended = f"its office ended on {in_words(found.ended_on)}, by the last day"
                return (
                    f"Not shown whether in time: {ended}, and nobody is recorded as taking it over"
                )
            if found.between is None:
                return f"Not shown whether overdue: {more}"
            if found.hangs_on_them:
                says = f"Not shown whether in time with {_THEIRS}, received {_received(found)}"
                if found.with_them is None:
                    return f"{says}: {more}"
                if found.parts_not_known:
                    return f"{says}: which parts a response has that is recorded here is not known"
                says += f": they are recorded, published {where(found.with_them)}"
                return f"{says}; {more}" if found.more_time_until else says
            between = where(found.between)
            says = f"Not shown whether in time: a response is recorded, published {between}"
            return f"{says}; {more}" if found.more_time_until else says
        case "no_period":
            return "No period is set, so that nothing can be late"
        case "disapplied":
            assert found.disapplication is not None
            return f"Does not apply, as decided by {found.disapplication.decided_by}"


def _for_their_comments(found: Verdict) -> str:
    return f" for {_THEIRS}" if found.hangs_on_them else ""


def _received(found: Verdict) -> str:
    assert found.submitted is not None
    return where(found.submitted.interval)


def _not_to_apply(said: Disapplication) -> str:
    """Return `said on 3 May 2026 not to apply, recorded here on 26 November 2026`."""
    recorded = in_words(said.recorded_on)
    decided = f"said {on_the_day(said.decided_on)} not to apply"
    if said.decided_on == said.recorded_on.isoformat():
        return decided
    return f"{decided}, recorded here on {recorded}"


def _days(found: Verdict) -> str:
    return "1 day" if found.days == 1 else f"{found.days:,} days"


def _on_what(found: Verdict) -> str:
    """Return the evidence for the publication's day, as the end of a sentence."""
    one, basis = found.deciding, found.bases.published
    assert one is not None
    if basis == "captured":
        return f": a copy was received here on {in_words(one.captured_on)}"
    if basis == "recorded":
        return f": the entry itself was made on {in_words(one.recorded_on)}"
    return f", {one.word}"


@dataclass(frozen=True, slots=True)
class Judged:
    """The facts from which a verdict is worked out, for a day."""

    duty: Duty
    publications: Sequence[Publication]
    disapplications: Sequence[Disapplication]
    effective_on: date
    chief_officer: ChiefOfficer = NOT_ASKED
    extensions: Sequence[Extension] = ()
    """The extensions granted by that day, in order."""
    set_aside: Sequence[Aside] = ()
    """The entries that do not count, each with the entry that set it aside."""
    corrected: Mapping[str, CorrectedDay] = field(default_factory=dict)
    """The days that were corrected, by entry. The working tells those of the entries that it
    uses."""
    listed: Sequence[Listed] = ()
    listed_by: ListedBy = "report"
    silence: Silence = NOBODY_LOOKED
    places: Mapping[str, str] = field(default_factory=dict)
    """Where somebody looked, in words, by entry."""
    name: Name = str
    """Gives the name of a body."""

    @property
    def found(self) -> Verdict:
        return verdict(
            self.duty,
            self.publications,
            self.disapplications,
            self.effective_on,
            self.chief_officer,
            self.silence,
        )

    @property
    def counted(self) -> list[Publication]:
        """The publications that may have happened, in the order in which they count."""
        there = begun(self.publications, self.effective_on)
        return sorted(there, key=lambda one: (one.hi, one.position))

    def days_corrected(self, entries: Iterable[str]) -> list[CorrectedDay]:
        """Return the corrected days of these entries."""
        return [self.corrected[one] for one in entries if one in self.corrected]


def working(asked: Judged) -> Working:
    """Return the working of the verdict on a duty for a day."""
    duty, found, counted = asked.duty, asked.found, asked.counted
    heard = _Heard(duty, found, asked.silence, asked.effective_on, asked.places, asked.name)
    part = _of_chief_officer(asked, counted)
    begins = asked.days_corrected([duty.trigger_entry])
    own = asked.days_corrected(one.entry for one in counted)
    days_of_part = asked.days_corrected(one.entry for one in part.received) if part else []
    return Working(
        rule=RuleRead(
            id=duty.rule_id, version=duty.rule_version, citation=duty.citation, read=duty.read
        ),
        duty=duty.entry,
        trigger=TriggerUsed(entry=duty.trigger_entry, on=duty.trigger_on, basis=duty.trigger_basis),
        due_on=None if duty.due_on is None else duty.due_on.isoformat(),
        counting=duty.counting,
        verdict=found.verdict,
        days=found.days,
        at_least=found.at_least,
        basis=found.basis,
        bases=Bases(trigger=found.bases.trigger, published=found.bases.published),
        used=[*_used_own(asked, found), *heard.used, *(part.used if part else [])],
        set_aside=[SetAside(entry=one.entry, by=one.by) for one in asked.set_aside],
        corrected=[*begins, *own, *days_of_part],
        sentences=[
            *_counting(asked, begins),
            *(
                [_published(one) for one in counted]
                or [_nothing(asked.publications, asked.effective_on)]
            ),
            *(sentence("the response", one) for one in own),
            *heard.sentences,
            *(part.sentences if part else []),
            *(sentence(f"the receipt of {_THEIRS}", one) for one in days_of_part),
            *(one.sentence for one in asked.set_aside),
            *_in_the_end(asked, found),
            *_explained(asked, found, counted),
        ],
    )


def _of_chief_officer(
    asked: Judged, counted: Sequence[Publication]
) -> "_ChiefOfficerWorking | None":
    """Return the steps about the chief officer's comments; None if the rule does not ask for them,
    or no last day is known."""
    duty = asked.duty
    if "chief_officer_comments" not in (duty.parts or ()) or duty.due_on is None:
        return None
    entries = {one.entry for one in counted}
    return _ChiefOfficerWorking(
        duty.due_on, asked.chief_officer, entries, asked.effective_on, asked.name
    )


def _used_own(asked: Judged, found: Verdict) -> list[Used]:
    """Return the publications, the disapplication and the extensions that the verdict rests on."""
    used = [_used(one.entry, one.interval, one) for one in asked.counted]
    said = found.disapplication
    if said is not None and found.verdict == "disapplied":
        used.append(Used(entry=said.entry, lo=None, hi=said.hi.isoformat(), basis="recorded"))
    return used + [
        Used(entry=one.entry, lo=None, hi=one.hi.isoformat(), basis="stated")
        for one in asked.extensions
    ]


def _counting(asked: Judged, begins: Sequence[CorrectedDay]) -> list[str]:
    """Return how the last day was counted, in sentences."""
    duty = asked.duty
    sentences = [_trigger(duty), *(sentence("the report", one) for one in begins)]
    sentences += [duty.counting, *map(_extended, asked.extensions)]
    if duty.parts is None and duty.has_period and duty.rule_id != MANUAL:
        version = f"Version {duty.rule_version} of {duty.rule_id}"
        sentences.append(f"{version} judges the body’s own comments alone.")
    if duty.more_time_until is not None:
        sentences.append(_MORE_TIME)
    return sentences


def _in_the_end(asked: Judged, found: Verdict) -> list[str]:
    """Return the sentences on the end of the office, on the verdict, and on a disapplication that
    came too late."""
    duty, said = asked.duty, found.disapplication
    sentences = []
    if duty.ended_on is not None:
        sentences.append(
            f"The office ended on {in_words(duty.ended_on)}, and nobody is recorded as taking "
            "it over: nobody is called overdue for a later day."
        )
    sentences.append(headline(found, asked.name))
    if said is not None and found.verdict != "disapplied":
        sentences.append(_too_late(said, duty))
    return sentences


def _explained(asked: Judged, found: Verdict, counted: Sequence[Publication]) -> Iterable[str]:
    """Return which of the recommendations the response explains, in sentences."""
    if not asked.listed:
        return []
    covered = coverage(
        asked.listed,
        listed_by=asked.listed_by,
        due_on=asked.duty.due_on,
        verdict=found.verdict,
        effective_on=asked.effective_on,
    )
    if covered.explained_now == 0 and counted and counted[0].hi > asked.effective_on:
        return _not_shown_yet(covered, asked.effective_on)
    return _covered(covered) if counted else []


@dataclass(frozen=True, slots=True)
class _Heard:
    """The steps about look-ups and about the body's keeping of its record here."""

    duty: Duty
    found: Verdict
    silence: Silence
    on: date
    places: Mapping[str, str]
    name: Name

    @property
    def looked(self) -> list[LookUp]:
        there = [one for one in self.silence.looked if one.interval.hi <= self.on]
        return sorted(there, key=lambda one: (one.interval.hi, one.position))

    @property
    def used(self) -> list[Used]:
        used = [_used(one.entry, one.interval) for one in self.looked]
        heard = self.found.heard
        if heard is not None and heard.how == "kept":
            to = (heard.to or self.on).isoformat()
            used.append(Used(entry=heard.entry, lo=None, hi=to, basis="recorded"))
        return used

    @property
    def sentences(self) -> list[str]:
        return [*map(self._looked, self.looked), *self._keeps()]

    def _looked(self, one: LookUp) -> str:
        who = _who(one.by, self.name)
        at = f" ({self.places[one.entry].rstrip('.')})" if one.entry in self.places else ""
        said = f"{who} looked for the response {where(one.interval)}{at} and did not find it."
        due_on = self.duty.due_on
        if due_on is not None and (one.interval.lo or date.min) <= due_on:
            said += " That was not after the last day for certain, so that it accuses nobody."
        return said

    def _keeps(self) -> list[str]:
        """Return why silence is a breach, or why it is not, if the verdict rests on that."""
        heard, due_on = self.found.heard, self.duty.due_on
        if self.found.verdict == "not_looked_for":
            return [_ONLY_WHERE]
        if heard is None or heard.body is None or due_on is None or heard.how == "looked":
            return []
        who = self.name(heard.body)
        if heard.how == "entered":
            (on,) = [one.recorded_on for one in self.silence.entered if one.entry == heard.entry]
            entered = f"{who} entered this duty here itself on {in_words(on)}, by the last day"
            return [f"{entered}: it would have recorded its response here."]
        holder = self.silence.owed_by(due_on)
        assert holder is not None, "who keeps its record here holds the office"
        (said,) = [one for one in holder.said if one.entry == heard.entry]
        until = f", until {in_words(heard.to)}" if heard.at_least else ""
        kept = f"{who} keeps its record here, by its own word"
        since = f"its responses to reports published from {in_words(said.since)} on"
        return [f"{kept}: {since} are all recorded here{until}."]


@dataclass(frozen=True, slots=True)
class _ChiefOfficerWorking:
    """The steps about the chief officer's comments, if the rule asks for them."""

    due_on: date
    known: ChiefOfficer
    responses: Set[str]
    """The entries of the publications that contain the body's own comments."""
    on: date
    name: Name

    @property
    def received(self) -> list[Receipt]:
        there = [one for one in self.known.received if one.interval.hi <= self.on]
        return sorted(there, key=lambda one: one.interval.hi)

    @property
    def published(self) -> list[Publication]:
        there = begun(self.known.published, self.on)
        return sorted(there, key=lambda one: (one.hi, one.position))

    @property
    def submitted(self) -> list[Receipt]:
        return self.known.submitted(self.due_on, self.on)

    @property
    def used(self) -> list[Used]:
        found = [_used(one.entry, one.interval, one) for one in self.received]
        invited = [one for one in self.known.invited if (one.interval.lo or date.min) <= self.on]
        in_time = [one for one in invited if one.recorded_on <= self.due_on]
        found += [_used(one.entry, one.interval) for one in in_time]
        if self.submitted:
            apart = [one for one in self.published if one.entry not in self.responses]
            found += [_used(one.entry, one.interval, one) for one in apart]
        return found

    @property
    def sentences(self) -> list[str]:
        if not self.received:
            by = f" by {in_words(self.on)}" if self.known.received else ""
            none = "Whether the chief officer submitted any comments is not known"
            return [f"{none}: none is recorded as received{by}."]
        found = [
            f"{_THEIRS[0].upper()}{_THEIRS[1:]} were received {where(one.interval)}, "
            f"{_told_by(one)}: {self._so(one)}."
            for one in self.received
        ]
        if late := [one for one in self.known.invited if one.recorded_on > self.due_on]:
            entered = in_words(max(one.recorded_on for one in late))
            found.append(
                f"An invitation of the chief officer’s comments was entered on {entered}, after "
                "the last day: it binds and frees nobody."
            )
        if self.submitted:
            found += map(self._published, self.published)
        if self.submitted and not self.published:
            by = f" by {in_words(self.on)}" if self.known.published else ""
            found.append(f"No publication that has them is recorded{by}.")
        return found

    def _so(self, one: Receipt) -> str:
        """Return the effect of a receipt."""
        if one in self.submitted:
            return "they are to be published in time with the body’s own"
        lo, hi = one.interval.lo or date.min, one.interval.hi
        if hi > self.due_on:
            if lo > self.due_on:
                return "after the last day, so that they change nothing"
            return "that it was by the last day is not shown, so that they change nothing"
        before = self.known.before(self.due_on, self.on)
        set_date = f"before {in_words(before)}, the date that the body set"
        if before is not None and lo >= before:
            return f"not {set_date}, so that they change nothing"
        if one in self.known.in_time(self.due_on, self.on):
            office = "disputes it" if one.disputed else "has not said so"
            return f"the office {office}, so that they change nothing"
        return f"that it was {set_date}, is not shown, so that they change nothing"

    def _published(self, one: Publication) -> str:
        if one.perhaps:
            return f"Which parts the response published {where(one.interval)} has is not known."
        if one.added_to is not None:
            seen = on_the_day(one.occurred_on)
            return f"The page was seen with them {seen}: they were added {where(one.interval)}."
        if one.entry in self.responses:
            return f"They were published {where(one.interval)}, in a response of the body."
        return f"They were published {where(one.interval)} by themselves, {one.word}."


def _told_by(one: Receipt) -> str:
    """Return on whose word it is, and when that was entered."""
    whose = {
        "body": "on the body’s own word",
        "force": "on the chief officer’s own word",
        "another": "on another’s word",
    }[one.teller]
    return f"{whose}, entered on {in_words(one.recorded_on)}"


def _used(entry: str, between: Interval, one: Publication | Receipt | None = None) -> Used:
    """Return an entry as used; `basis` is the strongest that gives the last day on which it can
    have happened."""
    lo, hi = between.lo, between.hi
    basis: Basis = "stated"
    if one is not None and hi == one.captured_on:
        basis = "captured"
    elif one is not None and hi == one.recorded_on:
        basis = "recorded"
    first_day = None if lo is None else lo.isoformat()
    return Used(entry=entry, lo=first_day, hi=hi.isoformat(), basis=basis)


def _trigger(duty: Duty) -> str:
    what = BEGUN[duty.counts_from]
    if duty.trigger_on is None:
        return f"The day on which {what} is not known."
    on = "on" if is_exact(duty.trigger_on) else "in"
    said_by = "on the word of the source that is recorded with the duty"
    if duty.counts_from == "published":
        said_by = SAID_BY[duty.trigger_basis]
    return f"{what[0].upper()}{what[1:]} {on} {in_words(duty.trigger_on)}, {said_by}."


def _extended(one: Extension) -> str:
    due_on, granted = in_words(one.due_on), in_words(one.hi)
    return (
        f"More time was granted by {one.granted_by}, as was said, by {granted}: {due_on} is the "
        "last day since then."
    )


def _published(one: Publication) -> str:
    received = ""
    if one.captured_on is not None:
        received = f" A copy was received here on {in_words(one.captured_on)}."
    if one.occurred_on is None:
        return (
            f"A response is recorded, entered on {in_words(one.recorded_on)}; the day it was "
            f"published is not known: {_lies(one)}.{received}"
        )
    if is_exact(one.occurred_on):
        return f"A response was published on {in_words(one.occurred_on)}, {one.word}.{received}"
    month = in_words(one.occurred_on)
    return f"A response was published in {month}, {one.word}: {_lies(one)}.{received}"


def _lies(one: Publication) -> str:
    if one.lo is None or one.lo >= one.hi:
        return f"it was published {where(one.interval)}"
    return f"it lies between {in_words(one.lo)} and {in_words(one.hi)}"


def _nothing(publications: Sequence[Publication], effective_on: date) -> str:
    if publications:
        return f"No response is recorded as published by {in_words(effective_on)}."
    return "No record of the body’s own response is held here."


def _too_late(said: Disapplication, duty: Duty) -> str:
    """Return why a disapplication does not replace the verdict."""
    recorded = f"That the duty does not apply was recorded on {in_words(said.recorded_on)}"
    decided = f"as decided by {said.decided_by} {on_the_day(said.decided_on)}"
    if duty.due_on is None:
        return f"{recorded}, {decided}."
    return (
        f"{recorded}, after the last day, {decided}: "
        "it stands beside the verdict and does not replace it."
    )


def _not_shown_yet(covered: Coverage, effective_on: date) -> list[str]:
    """Return why nothing counts as explained by a day on which no response was there for
    certain."""
    if not covered.addressed:
        return _beside(covered)
    why = f"Whether it was published by {in_words(effective_on)} is not shown"
    return [f"{why}, so nothing counts as explained by then.", *_beside(covered)]


def _covered(covered: Coverage) -> list[str]:
    """Return how many recommendations the response explains, and whose list the count goes by."""
    total, explained = covered.addressed, covered.explained_now
    if not total:
        return _beside(covered)
    if explained is None:
        return [_NOT_KNOWN, *_beside(covered)]
    of = f"{explained} of {total}"
    if explained == total > 1:
        of = "both" if total == 2 else f"all {total}"
    of += " recommendation that" if total == 1 else " recommendations that"
    if covered.listed_by == "response":
        said = f"It explains {of} it lists; the report’s own list is not recorded here."
    else:
        said = f"It explains {of} the report lists."
    sentences = [said]
    if covered.explained_by_due is not None and covered.explained_by_due != explained:
        sentences.append(f"{covered.explained_by_due} of them by the last day.")
    if covered.general:
        sentences.append(f"{covered.general} of them in general terms only.")
    sentences.append("That a passage exists does not say that it satisfies the Act.")
    return sentences + _beside(covered)


def _beside(covered: Coverage) -> list[str]:
    """Return the causes of concern that no count includes."""
    without = covered.causes_of_concern.without_recommendations
    if not without:
        return []
    some = "One cause of concern has" if without == 1 else f"{without} causes of concern have"
    own = "its" if without == 1 else "their"
    counted = "it is" if without == 1 else "they are"
    why = f"the Act speaks of recommendations, so {counted} not counted"
    return [f"{some} no recommendation of {own} own recorded here: {why}."]
