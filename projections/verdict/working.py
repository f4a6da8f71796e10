"""The working of a verdict in words: a headline, the steps, the entries used, and the entries that
were set aside or corrected.

To call a body late is to allege a breach of its duty. So each sentence names the evidence for its
date. If nothing is recorded, it says that no record is held. Entries that were set aside are read
from the log for each working and stored nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from ledger.dates import Interval, is_exact, london_date
from ledger.events import (
    EntryCorrected,
    EntryRetracted,
    ReportTakenOver,
    ResponseDutyArose,
)
from ledger.events.entry import Entry
from ledger.events.texts import Text
from ledger.states.duties import BEGUN, MANUAL
from ledger.states.effect import DAY_FIELDS, KNOWLEDGE, Known, known
from projections.fields import Answer
from projections.language import Table, count_days, day, say, say_many, spoken
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
_NAMES = Table(
    {
        "report-published": ("a report", "the report"),
        "response-published": ("a response", "the response"),
        "duty-disapplied": ("a disapplication", "the disapplication"),
        "extension-granted": ("an extension", "the extension"),
        "chief-officer-comments-invited": (
            "an invitation of the chief officer’s comments",
            "the invitation of the chief officer’s comments",
        ),
        "chief-officer-comments-received": (
            "a receipt of the chief officer’s comments",
            "the receipt of the chief officer’s comments",
        ),
        "response-looked-for": ("a look-up", "the look-up"),
    }
)
"""The words for one act, and for the act, by the topic of its event."""
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
        if one.data.due_on:
            return say(
                "The duty as it was worked out on %(day)s, to be met by %(last)s, does not count: "
                "it was worked out anew on %(since)s.",
                day=_entered(one),
                last=day(one.data.due_on),
                since=since,
            )
        return say(
            "The duty as it was worked out on %(day)s, does not count: it was worked out anew on "
            "%(since)s.",
            day=_entered(one),
            since=since,
        )
    if isinstance(one.data, EntryRetracted):
        return say(
            "%(entry)s, was set aside on %(day)s; that was undone on %(since)s.",
            entry=_noun(there[one.data.target], there),
            day=_entered(one),
            since=since,
        )
    noun = _noun(one, there)
    if isinstance(by.data, EntryCorrected):
        return say(
            "%(entry)s, was replaced on %(since)s by another: it does not count.",
            entry=noun,
            since=since,
        )
    return say("%(entry)s, was set aside on %(since)s: it does not count.", entry=noun, since=since)


def _noun(one: Known, there: Mapping[str, Known]) -> str:
    """Return what an entry is and when it was made, as the beginning of a sentence."""
    made = _entered(one)
    match one.data:
        case EntryCorrected() as data:
            corrected = _corrected(data, there[data.target])
            return say("The correction of %(what)s, made on %(day)s", what=corrected, day=made)
        case data if data.TOPIC in _NAMES:
            name = _NAMES[data.TOPIC][0]
            return say("%(act)s, entered on %(day)s", act=name[:1].upper() + name[1:], day=made)
        case _:
            return say("An entry “%(act)s”, made on %(day)s", act=_topic(one), day=made)


def _corrected(data: EntryCorrected, target: Known) -> str:
    topic = target.data.TOPIC
    if topic in _NAMES:
        of = _NAMES[topic][1]
    else:
        of = say("the entry “%(act)s”", act=_topic(target))
    if _path(data) == "occurred_on":
        return say("the day of %(act)s to %(day)s", act=of, day=_day(data))
    field = data.field.replace("_", " ")
    if data.field.endswith("_on"):
        return say("“%(field)s” of %(act)s to %(day)s", field=field, act=of, day=_day(data))
    return say("“%(field)s” of %(act)s", field=field, act=of)


def _day(data: EntryCorrected) -> str:
    return day(data.now if isinstance(data.now, str) else None)


def _path(data: EntryCorrected) -> str:
    return "occurred_on" if data.field in DAY_FIELDS else data.field


def _topic(one: Known) -> str:
    return one.data.TOPIC.replace("-", " ")


def _entered(one: Known) -> str:
    return day(london_date(one.original.instant))


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
    not_known = say("not known")
    return say(
        "The day of %(act)s was first recorded as %(was)s; it was corrected on %(day)s, to "
        "%(now)s.",
        act=of,
        was=not_known if one.was is None else day(one.was),
        day=day(one.corrected_on),
        now=not_known if one.now is None else day(one.now),
    )


SAID_BY: Table[Basis, str] = Table(
    {
        "publisher": (
            "on the publisher’s own word: a copy is held here that was fetched from its website, "
            "or that its own account sent"
        ),
        "captured": "as a copy received here shows",
        "recorded": "as the entry made here shows",
        "stated": (
            "on somebody’s word: no copy is held here that was fetched from the publisher’s "
            "website, or that its own account sent"
        ),
    }
)
"""The evidence for the report's day."""
_BEGUN = Table(BEGUN)
_FIXED = Table(
    {
        "more-time": (
            "More time was granted on a day that is not exactly known: it may have been by then, "
            "so that nothing is called late or overdue that would not be with it."
        ),
        "only-where": (
            "Silence is called a breach only where the body keeps its record here by its own "
            "word, where its own clerk entered this duty by the last day, or where somebody "
            "looked after the last day."
        ),
        "theirs": "the chief officer’s comments",
        "not-known": (
            "What the response explains is not known: one is recorded here without its text, so "
            "that nobody is said to have left a recommendation out."
        ),
        "no-days": "No days are counted: the due date is the one given, with its source.",
        "no-period-then": "Comments were due; no period was set.",
        "no-period": "No period is set.",
    }
)
"""Sentences, and words of several, that have no values."""


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
    return say("%(body)s says that it does not owe this", body=name(body))


def _on_anothers_word(one: Receipt, name: Name) -> list[str]:
    """Return who says that the chief officer's comments were sent in time, and the office's answer
    to that."""
    who, last = _who(one.recorder, name), day(one.interval.hi)
    office = say("the office disputes it") if one.disputed else say("the office has not said so")
    if one.recorder == one.force:
        said = say("%(who)s says that it had sent comments by %(day)s", who=who, day=last)
    else:
        force = name(one.force) if one.force else say("the force")
        said = say(
            "%(who)s says that %(force)s had sent comments by %(day)s",
            who=who,
            force=force,
            day=last,
        )
    return [said, office]


def _who(body: str | None, name: Name) -> str:
    """Return a body's name, or that the account belongs to no body."""
    return name(body) if body and body != "service" else say("An account of no body")


def _silent(found: Verdict, name: Name) -> str:
    """Return that the response is overdue, and the ground on which silence is a breach."""
    heard = found.heard
    by = _days(found)
    if found.at_least:
        by = say("at least %(days)s", days=by)
    if heard is not None and heard.how == "looked":
        return say(
            "Overdue by %(days)s: %(who)s looked for it on %(day)s and did not find it",
            days=by,
            who=_who(heard.body, name),
            day=day(heard.to),
        )
    if found.ended_on is not None:
        by = say("%(days)s when its office ended on %(day)s", days=by, day=day(found.ended_on))
    elif heard is not None and heard.at_least:
        return say(
            "Overdue by %(days)s: %(who)s kept its record here until %(day)s, and no response is "
            "recorded as published by then",
            days=by,
            who=_who(heard.body, name),
            day=day(heard.to),
        )
    if found.held:
        return say("Overdue by %(days)s: no response is recorded as published by then", days=by)
    return say("Overdue by %(days)s: no record held of the body’s own response", days=by)


def _nobody_looked(found: Verdict) -> str:
    """Return that no response is recorded by the day asked about, and that nobody looked."""
    between = found.first_held
    if between is None:
        return say("No response is recorded here, and nobody has said that they looked for one")
    if between.lo == between.hi:
        return say(
            "The first response recorded here is of %(day)s; nobody has said that they looked "
            "before",
            day=day(between.hi),
        )
    return say(
        "The first response recorded here was published %(when)s; nobody has said that they "
        "looked before",
        when=where(between),
    )


def _said(found: Verdict, name: Name) -> str:
    match found.verdict:
        case "not_due":
            return say("Not due until %(day)s: %(left)s", day=day(found.due_on), left=_left(found))
        case "due":
            return say("Due on %(day)s: %(left)s", day=day(found.due_on), left=_left(found))
        case "overdue":
            return _silent(found, name)
        case "not_looked_for":
            return _nobody_looked(found)
        case "in_time":
            said = say("In time with the chief officer’s comments") if found.submitted else ""
            return f"{said or say('In time')}{_on_what(found)}"
        case "incomplete":
            return _incomplete(found)
        case "late":
            days = say("%(days)s late", days=_days(found))
            if found.at_least:
                days = say("At least %(days)s late", days=_days(found))
            said = f"{days}{_on_what(found)}"
            if found.ended_on is not None:
                ended = day(found.ended_on)
                said += say("; its office ended on %(day)s: no later day is counted", day=ended)
            return said
        case "not_shown":
            return _not_shown(found, name)
        case "no_period":
            return say("No period is set, so that nothing can be late")
        case "disapplied":
            assert found.disapplication is not None
            return say("Does not apply, as decided by %(who)s", who=found.disapplication.decided_by)


def _left(found: Verdict) -> str:
    """Return how many days are left, and for what."""
    if found.verdict == "due" and not found.days:
        left = say("the last day")
    else:
        left = say("%(days)s left", days=_days(found))
    if not found.hangs_on_them:
        return left
    return say("%(left)s for the chief officer’s comments", left=left)


def _incomplete(found: Verdict) -> str:
    assert found.submitted is not None
    without = say(
        "In time without the chief officer’s comments, which it had received %(when)s",
        when=_received(found),
    )
    if found.with_them is None:
        return say("%(without)s: none is recorded as published", without=without)
    return say(
        "%(without)s: published %(when)s, after the last day",
        without=without,
        when=where(found.with_them),
    )


def _not_shown(found: Verdict, name: Name) -> str:
    if found.denied_by is not None and _is_denied(found):
        return _denial(found.denied_by, name)
    if found.due_on is None:
        return say("Not shown: the report’s day is not known, so that no last day is counted")
    more = say("more time may have been granted by then")
    if found.ended_on is not None:
        return say(
            "Not shown whether in time: its office ended on %(day)s, by the last day, and nobody "
            "is recorded as taking it over",
            day=day(found.ended_on),
        )
    if found.between is None:
        return say("Not shown whether overdue: %(why)s", why=more)
    if found.hangs_on_them:
        says = say(
            "Not shown whether in time with the chief officer’s comments, received %(when)s",
            when=_received(found),
        )
        if found.with_them is None:
            return f"{says}: {more}"
        if found.parts_not_known:
            parts = say("which parts a response has that is recorded here is not known")
            return f"{says}: {parts}"
        recorded = say("they are recorded, published %(when)s", when=where(found.with_them))
        says = f"{says}: {recorded}"
        return f"{says}; {more}" if found.more_time_until else says
    says = say(
        "Not shown whether in time: a response is recorded, published %(when)s",
        when=where(found.between),
    )
    return f"{says}; {more}" if found.more_time_until else says


def _received(found: Verdict) -> str:
    assert found.submitted is not None
    return where(found.submitted.interval)


def _not_to_apply(said: Disapplication) -> str:
    """Return `said on 3 May 2026 not to apply, recorded here on 26 November 2026`."""
    decided = say("said %(when)s not to apply", when=on_the_day(said.decided_on))
    if said.decided_on == said.recorded_on.isoformat():
        return decided
    recorded = day(said.recorded_on)
    return say("%(decided)s, recorded here on %(day)s", decided=decided, day=recorded)


def _days(found: Verdict) -> str:
    assert found.days is not None
    return count_days(found.days)


def _on_what(found: Verdict) -> str:
    """Return the evidence for the publication's day, as the end of a sentence."""
    one, basis = found.deciding, found.bases.published
    assert one is not None
    if basis == "captured":
        return say(": a copy was received here on %(day)s", day=day(one.captured_on))
    if basis == "recorded":
        return say(": the entry itself was made on %(day)s", day=day(one.recorded_on))
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
            *(sentence(_NAMES["response-published"][1], one) for one in own),
            *heard.sentences,
            *(part.sentences if part else []),
            *(sentence(_NAMES["chief-officer-comments-received"][1], one) for one in days_of_part),
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
    report = _NAMES["report-published"][1]
    sentences = [_trigger(duty), *(sentence(report, one) for one in begins)]
    sentences += [_how_counted(duty), *map(_extended, asked.extensions)]
    if duty.parts is None and duty.has_period and duty.rule_id != MANUAL:
        sentences.append(
            say(
                "Version %(version)s of %(rule)s judges the body’s own comments alone.",
                version=duty.rule_version,
                rule=duty.rule_id,
            )
        )
    if duty.more_time_until is not None:
        sentences.append(_FIXED["more-time"])
    return sentences


def _how_counted(duty: Duty) -> str:
    """Return how the last day was counted: in English as the duty has it in a sentence, else from
    its days."""
    fixed = (one for one, said in _FIXED.english.items() if said == duty.counting)
    if (key := next(fixed, None)) is not None:
        return _FIXED[key]
    if spoken() == "en":
        return duty.counting
    if duty.due_on is None or duty.trigger_on is None:
        return say("The last day cannot be told.")
    return say(
        "It counts from %(first)s, the last day is %(last)s.",
        first=day(duty.trigger_on),
        last=day(duty.due_on),
    )


def _in_the_end(asked: Judged, found: Verdict) -> list[str]:
    """Return the sentences on the end of the office, on the verdict, and on a disapplication that
    came too late."""
    duty, said = asked.duty, found.disapplication
    sentences = []
    if duty.ended_on is not None:
        sentences.append(
            say(
                "The office ended on %(day)s, and nobody is recorded as taking it over: nobody is "
                "called overdue for a later day.",
                day=day(duty.ended_on),
            )
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
        said = say(
            "%(who)s looked for the response %(when)s and did not find it.",
            who=who,
            when=f"{where(one.interval)}{at}",
        )
        due_on = self.duty.due_on
        if due_on is not None and (one.interval.lo or date.min) <= due_on:
            accuses = say("That was not after the last day for certain, so that it accuses nobody.")
            return f"{said} {accuses}"
        return said

    def _keeps(self) -> list[str]:
        """Return why silence is a breach, or why it is not, if the verdict rests on that."""
        heard, due_on = self.found.heard, self.duty.due_on
        if self.found.verdict == "not_looked_for":
            return [_FIXED["only-where"]]
        if heard is None or heard.body is None or due_on is None or heard.how == "looked":
            return []
        who = self.name(heard.body)
        if heard.how == "entered":
            (on,) = [one.recorded_on for one in self.silence.entered if one.entry == heard.entry]
            return [
                say(
                    "%(who)s entered this duty here itself on %(day)s, by the last day: it would "
                    "have recorded its response here.",
                    who=who,
                    day=day(on),
                )
            ]
        holder = self.silence.owed_by(due_on)
        assert holder is not None, "who keeps its record here holds the office"
        (said,) = [one for one in holder.said if one.entry == heard.entry]
        kept = say(
            "%(who)s keeps its record here, by its own word: its responses to reports published "
            "from %(day)s on are all recorded here",
            who=who,
            day=day(said.since),
        )
        until = say(", until %(day)s", day=day(heard.to)) if heard.at_least else ""
        return [f"{kept}{until}."]


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
            if self.known.received:
                return [
                    say(
                        "Whether the chief officer submitted any comments is not known: none is "
                        "recorded as received by %(day)s.",
                        day=day(self.on),
                    )
                ]
            return [
                say(
                    "Whether the chief officer submitted any comments is not known: none is "
                    "recorded as received."
                )
            ]
        found = [
            say(
                "The chief officer’s comments were received %(when)s, %(word)s: %(effect)s.",
                when=where(one.interval),
                word=_told_by(one),
                effect=self._so(one),
            )
            for one in self.received
        ]
        if late := [one for one in self.known.invited if one.recorded_on > self.due_on]:
            found.append(
                say(
                    "An invitation of the chief officer’s comments was entered on %(day)s, after "
                    "the last day: it binds and frees nobody.",
                    day=day(max(one.recorded_on for one in late)),
                )
            )
        if self.submitted:
            found += map(self._published, self.published)
        if self.submitted and not self.published:
            found.append(
                say("No publication that has them is recorded by %(day)s.", day=day(self.on))
                if self.known.published
                else say("No publication that has them is recorded.")
            )
        return found

    def _so(self, one: Receipt) -> str:
        """Return the effect of a receipt."""
        if one in self.submitted:
            return say("they are to be published in time with the body’s own")
        lo, hi = one.interval.lo or date.min, one.interval.hi
        if hi > self.due_on:
            if lo > self.due_on:
                return say("after the last day, so that they change nothing")
            return say("that it was by the last day is not shown, so that they change nothing")
        before = self.known.before(self.due_on, self.on)
        if before is not None and lo >= before:
            return say(
                "not before %(day)s, the date that the body set, so that they change nothing",
                day=day(before),
            )
        if one in self.known.in_time(self.due_on, self.on):
            if one.disputed:
                return say("the office disputes it, so that they change nothing")
            return say("the office has not said so, so that they change nothing")
        return say(
            "that it was before %(day)s, the date that the body set, is not shown, so that they "
            "change nothing",
            day=day(before),
        )

    def _published(self, one: Publication) -> str:
        if one.perhaps:
            return say(
                "Which parts the response published %(when)s has is not known.",
                when=where(one.interval),
            )
        if one.added_to is not None:
            return say(
                "The page was seen with them %(seen)s: they were added %(when)s.",
                seen=on_the_day(one.occurred_on),
                when=where(one.interval),
            )
        if one.entry in self.responses:
            return say(
                "They were published %(when)s, in a response of the body.",
                when=where(one.interval),
            )
        return say(
            "They were published %(when)s by themselves, %(word)s.",
            when=where(one.interval),
            word=one.word,
        )


def _told_by(one: Receipt) -> str:
    """Return on whose word it is, and when that was entered."""
    whose = _TOLD_BY[one.teller]
    return say("%(whose)s, entered on %(day)s", whose=whose, day=day(one.recorded_on))


_TOLD_BY = Table(
    {
        "body": "on the body’s own word",
        "force": "on the chief officer’s own word",
        "another": "on another’s word",
    }
)


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
    what = _BEGUN[duty.counts_from]
    if duty.trigger_on is None:
        return say("The day on which %(it_was)s is not known.", it_was=what)
    said_by = say("on the word of the source that is recorded with the duty")
    if duty.counts_from == "published":
        said_by = SAID_BY[duty.trigger_basis]
    return f"{what[:1].upper()}{what[1:]} {on_the_day(duty.trigger_on)}, {said_by}."


def _extended(one: Extension) -> str:
    return say(
        "More time was granted by %(who)s, as was said, by %(granted)s: %(last)s is the last day "
        "since then.",
        who=one.granted_by,
        granted=day(one.hi),
        last=day(one.due_on),
    )


def _published(one: Publication) -> str:
    said = _published_when(one)
    if one.captured_on is None:
        return said
    return f"{said} {say('A copy was received here on %(day)s.', day=day(one.captured_on))}"


def _published_when(one: Publication) -> str:
    if one.occurred_on is None:
        return say(
            "A response is recorded, entered on %(day)s; the day it was published is not known: "
            "%(between)s.",
            day=day(one.recorded_on),
            between=_lies(one),
        )
    published = say(
        "A response was published %(when)s, %(word)s",
        when=on_the_day(one.occurred_on),
        word=one.word,
    )
    return f"{published}." if is_exact(one.occurred_on) else f"{published}: {_lies(one)}."


def _lies(one: Publication) -> str:
    if one.lo is None or one.lo >= one.hi:
        return say("it was published %(when)s", when=where(one.interval))
    first, last = day(one.lo), day(one.hi)
    return say("it lies between %(first)s and %(last)s", first=first, last=last)


def _nothing(publications: Sequence[Publication], effective_on: date) -> str:
    if publications:
        return say("No response is recorded as published by %(day)s.", day=day(effective_on))
    return say("No record of the body’s own response is held here.")


def _too_late(said: Disapplication, duty: Duty) -> str:
    """Return why a disapplication does not replace the verdict."""
    recorded, decided = day(said.recorded_on), on_the_day(said.decided_on)
    if duty.due_on is None:
        return say(
            "That the duty does not apply was recorded on %(day)s, as decided by %(who)s %(when)s.",
            day=recorded,
            who=said.decided_by,
            when=decided,
        )
    return say(
        "That the duty does not apply was recorded on %(day)s, after the last day, as decided by "
        "%(who)s %(when)s: it stands beside the verdict and does not replace it.",
        day=recorded,
        who=said.decided_by,
        when=decided,
    )


def _not_shown_yet(covered: Coverage, effective_on: date) -> list[str]:
    """Return why nothing counts as explained by a day on which no response was there for
    certain."""
    if not covered.addressed:
        return _beside(covered)
    why = say(
        "Whether it was published by %(day)s is not shown, so nothing counts as explained by then.",
        day=day(effective_on),
    )
    return [why, *_beside(covered)]


def _covered(covered: Coverage) -> list[str]:
    """Return how many recommendations the response explains, and whose list the count goes by."""
    total, explained = covered.addressed, covered.explained_now
    if not total:
        return _beside(covered)
    if explained is None:
        return [_FIXED["not-known"], *_beside(covered)]
    sentences = [_explains(explained, total, covered.listed_by)]
    if (by_due := covered.explained_by_due) is not None and by_due != explained:
        sentences.append(say("%(number)s of them by the last day.", number=by_due))
    if covered.general:
        sentences.append(say("%(number)s of them in general terms only.", number=covered.general))
    sentences.append(say("That a passage exists does not say that it satisfies the Act."))
    return sentences + _beside(covered)


def _explains(explained: int, total: int, listed_by: ListedBy) -> str:
    """Return how many of its recommendations a response explains, and whose list that is."""
    of = say_many(
        "%(some)s of %(number)s recommendation",
        "%(some)s of %(number)s recommendations",
        total,
        some=explained,
    )
    if explained == total > 1:
        of = say("all %(number)s recommendations", number=total)
        if total == 2:
            of = say("both recommendations")
    if listed_by == "response":
        return say(
            "It explains %(recommendations)s that it lists; the report’s own list is not recorded "
            "here.",
            recommendations=of,
        )
    return say("It explains %(recommendations)s that the report lists.", recommendations=of)


def _beside(covered: Coverage) -> list[str]:
    """Return the causes of concern that no count includes."""
    without = covered.causes_of_concern.without_recommendations
    if not without:
        return []
    return [
        say_many(
            "One cause of concern has no recommendation of its own recorded here: the Act speaks "
            "of recommendations, so it is not counted.",
            "%(number)s causes of concern have no recommendation of their own recorded here: the "
            "Act speaks of recommendations, so they are not counted.",
            without,
        )
    ]
