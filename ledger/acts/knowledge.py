"""Acts on a recorded entry: disputing it and releasing a text of it. Corrections, retractions and
redactions share its rules on who owns an entry and which entries belong together."""

from collections.abc import Callable, Iterable

from ledger import dates
from ledger.acts.decision import Decision, Notice, after_report
from ledger.acts.response import there_after_report
from ledger.dates import london_date
from ledger.errors import NotAllowed, Refused
from ledger.events import (
    AnyEvent,
    CommissionerStatementIssued,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ExtensionGranted,
    KnowledgeEvent,
    RecommendationRaised,
    RecommendationReviewed,
    ReportGraded,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponsePublished,
    StatementRevised,
    TextReleased,
)
from ledger.events.entry import Entry
from ledger.events.streams import kind, report_of, report_stream
from ledger.events.texts import Text
from ledger.states.effect import DAY_FIELDS, Known, known, text_at, with_value
from ledger.states.response import entries_of_statement


def dispute_entry(decision: Decision, target: Entry, notice: Notice, *, text: Text) -> Entry:
    """Record that a body says that an entry about it is not right. It changes nothing else."""
    one = known_now(decision, target)
    if isinstance(one.data, KnowledgeEvent):
        raise Refused("not-disputable", f"{one.data.an_entry()} is not disputed: its target is.")
    if kind(target.stream) in ("service", "capture"):
        raise Refused(
            "not-disputable",
            f"{one.data.an_entry()} says nothing of a body that it could dispute.",
        )
    account = decision.account
    about = {one.entry.by, *target.stream.split("/")[2:]} - {None}
    if isinstance(one.data, RecommendationReviewed):  # in the panel's stream, about the addressee
        about.add(one.data.recommendation.addressee)
    concerned = account.body is not None and any(
        decision.service.concerns(account.body, body) for body in about if body
    )
    decision.act_of(notice, *filter(None, (account.body or notice.by,)))
    if not account.may("admin") and not concerned:
        raise NotAllowed(f"{account.name} is of no body that this entry is about.")
    event = EntryDisputed(target=target.id, text=text)
    return decision.add(target.stream, event, notice, by=account.body)


def release_text(decision: Decision, target: Entry, notice: Notice, *, field: str) -> Entry:
    """Open an office text to everybody. The body that recorded it does, or one that followed that;
    a report's text its publishers do, too."""
    one = known_now(decision, target)
    if (text := text_at(one.original, field)) is None:
        raise Refused("no-such-text", f"{one.data.an_entry()} has no text “{field}”.")
    if (since := one.corrected_by.get(field)) is not None:
        raise Refused(
            "corrected-since",
            f"“{field}” was corrected since, by {since.id}: release `now` of that. What it said "
            "before stays with those who could read it.",
        )
    if not decision.account.may("admin") and not owns_text(decision, one.entry, field):
        recorder = one.original.recorded_by.partition("/")[0]
        raise NotAllowed(
            f"{decision.account.name} has no say over who reads this: {recorder} recorded it."
        )
    if text.audience == "public":
        raise Refused("public-already", f"“{field}” is public already.")
    for entry in decision.stream(target.stream):
        match entry.data:
            case TextReleased(target=target.id, field=released) if released == field:
                raise Refused("public-already", f"“{field}” was released already.")
    event = TextReleased(target=target.id, field=field)
    return decision.add(target.stream, event, notice, by=decision.account.body)


def in_any_stream(
    decision: Decision, events: tuple[type[AnyEvent], ...], wanted: Callable[[Entry], bool]
) -> list[Known]:
    """Return the entries in effect of some kinds, in the whole log, that satisfy a condition."""
    topics = [event.TOPIC for event in events]
    streams = {e.stream for e in decision.log.read(0, 2**31, topics) if wanted(e)}
    return [
        each
        for stream in sorted(streams)
        for each in known(decision.stream(stream))
        if each.in_effect and isinstance(each.data, events) and wanted(each.entry)
    ]


def known_now(decision: Decision, target: Entry) -> Known:
    one = next(k for k in known(decision.stream(target.stream)) if k.id == target.id)
    if not one.in_effect:
        raise Refused("set-aside", f"This entry was set aside already, by {one.set_aside_by}.")
    return one


def may_change(decision: Decision, one: Known, field: str | None = None) -> None:
    """Raise NotAllowed if the account may not correct or retract an entry.

    The body that recorded it may, the body whose act it is, and successors of either; only the
    recorder may change its source (`field`). If a publisher took a report over, the report, its
    revisions and its recommendations are its publishers' to change.
    """
    account = decision.account
    if account.may("admin"):
        return
    if not has_say(decision, one.entry, field or ""):
        what = f"“{field}”" if field and field.startswith("source.") else "this entry"
        raise NotAllowed(
            f"{account.name} cannot change {what}: it was recorded by {one.entry.recorded_by} as "
            f"an act of {one.entry.by}."
        )
    about = subject(decision.stream(one.entry.stream), one)
    reference = report_of(one.entry.stream)
    if reference is None or not isinstance(about.data, _OF_THE_REPORT):
        return
    acts = known(decision.stream(report_stream(reference)))
    taken = [one for one in acts if one.in_effect and isinstance(one.data, ReportTakenOver)]
    whose = _publishers(acts)
    if taken and not decision.service.speaks_for(account.body, *whose):
        owner = taken[-1].entry.recorded_by
        raise NotAllowed(f"{account.name} cannot change this entry: {owner} took the report over.")


def has_say(decision: Decision, entry: Entry, field: str) -> bool:
    """Return whether the account's body may change a field. The body that recorded the entry may,
    the body whose act it is, and successors of either. Only the recorder may change the source. A
    report of several publishers is the act of each."""
    own = () if _is_of_the_source(entry, field) else (entry.by,)
    return owns_text(decision, entry, field) or decision.service.speaks_for(
        decision.account.body, *own
    )


def owns_text(decision: Decision, entry: Entry, field: str) -> bool:
    """Return whether the account's body may release or redact a text: it recorded the text, or
    succeeded the body that did. For a report's text each of its publishers may."""
    whose = [entry.recorded_by.partition("/")[0]]
    reference = report_of(entry.stream)
    is_of_the_report = reference is not None and isinstance(entry.data, _OF_THE_REPORT)
    if is_of_the_report and not _is_of_the_source(entry, field):
        publishers = _publishers(known(decision.stream(report_stream(reference or ""))))
        whose += publishers if entry.by in publishers else ()
    return decision.service.speaks_for(decision.account.body, *whose)


def _is_of_the_source(entry: Entry, field: str) -> bool:
    """Return whether a field says where the recorder has it from: that is the recorder's alone."""
    data = entry.data
    of = data.field if isinstance(data, EntryCorrected) and field in ("was", "now") else field
    return of.startswith("source.")


_OF_THE_REPORT = (ReportPublished, ReportRevised, ReportGraded, RecommendationRaised)


def _publishers(acts: Iterable[Known]) -> tuple[str, ...]:
    """Return the publishers of the report of a stream, even of a retracted one."""
    return next(one.data.published_by for one in acts if isinstance(one.data, ReportPublished))


def lifts(one: Known) -> str | None:
    """Return the body whose duty an act lifts or extends; None where it lifts none."""
    if isinstance(one.data, DutyDisapplied | ExtensionGranted):
        return one.entry.stream.rpartition("/")[2]
    return None


def day_possible(decision: Decision, one: Known, day: str | None) -> None:
    recorded = london_date(one.original.instant)
    if day is not None and dates.first_day(day) > recorded:
        raise Refused(
            "not-after-recording",
            f"It was recorded on {dates.in_words(recorded)}, so it did not happen later, on "
            f"{dates.in_words(day)}.",
        )
    if one.entry.source is not None and one.entry.source.capture is not None:
        decision.shown_by(one.entry.source.capture, day)
    reference = report_of(one.entry.stream)
    if reference is not None and not isinstance(one.data, ReportPublished):
        found = decision.report(reference)
        after_report(found, day)
        if isinstance(one.data, ResponsePublished):
            there_after_report(decision, found, with_value(one.entry, "occurred_on", day))


def together(decision: Decision, one: Known) -> list[Known]:
    """Return the entry and the entries that are set aside with it. For a report these are all that
    were entered with it. For an entry of a statement they are the statement's other entries and
    its revisions. For a correction or retraction of these they are those made with it."""
    if isinstance(one.data, EntryCorrected | EntryRetracted):
        with_it = _set_aside_with_its_report(decision, one) or _made_with(decision, one)
        return [one, *(with_it or _set_aside_with_its_duty(decision, one))]
    if isinstance(one.data, ReportPublished):
        return [one, *_entered_with(decision, one)]
    statement = _statement(one)
    return [one, *(_of_statement(decision, one, statement) if statement else [])]


def _entered_with(decision: Decision, one: Known) -> list[Known]:
    """Return the acts in effect that were recorded in one transaction with a report, in its
    streams. Its duties are not among them: they stand and fall with it."""
    return [
        each
        for each in _below(decision, one.entry.stream)
        if each.original.recorded_at == one.original.recorded_at
        and each.original.recorded_by == one.original.recorded_by
        and not isinstance(each.data, KnowledgeEvent | ResponseDutyArose)
    ]


def _set_aside_with_its_report(decision: Decision, one: Known) -> list[Known]:
    """Return the other retractions that one command made, which set a report aside with what was
    entered with it; none where it was not such a command."""
    reference = report_of(one.entry.stream)
    if reference is None or not isinstance(one.data, EntryRetracted):
        return []
    stream = report_stream(reference)
    entries = decision.stream(stream)
    made = [
        each
        for each in (*(k for k in known(entries) if k.in_effect), *_below(decision, stream))
        if isinstance(each.data, EntryRetracted)
        and each.original.recorded_at == one.original.recorded_at
        and each.original.recorded_by == one.original.recorded_by
    ]
    of_report = any(
        each.entry.stream == stream and isinstance(subject(entries, each).data, ReportPublished)
        for each in made
    )
    return [each for each in made if each.id != one.id] if of_report else []


def _set_aside_with_its_duty(decision: Decision, one: Known) -> list[Known]:
    """Return the other retractions in effect by which one command set every form of a duty aside;
    none where it was not such a command."""
    entries = decision.stream(one.entry.stream)
    duty = subject(entries, one).data
    if not isinstance(one.data, EntryRetracted) or not isinstance(duty, ResponseDutyArose):
        return []

    def is_of_it(each: Known) -> bool:
        other = subject(entries, each).data
        return isinstance(other, ResponseDutyArose) and other.name == duty.name

    return [
        each
        for each in known(entries)
        if each.in_effect
        and each.id != one.id
        and isinstance(each.data, EntryRetracted)
        and each.original.recorded_at == one.original.recorded_at
        and each.original.recorded_by == one.original.recorded_by
        and is_of_it(each)
    ]


def _below(decision: Decision, stream: str) -> list[Known]:
    """Return the acts in effect of a report's recommendations and responses, by stream."""
    reference = report_of(stream)
    return [
        each
        for kind in ("recommendation", "response")
        for entries in decision.below(f"{kind}/{reference}/").values()
        for each in known(entries)
        if each.in_effect
    ]


def with_statement(decision: Decision, one: Known, field: str) -> list[Known]:
    """Return the entry and the entries of the same statement that share a field with it. All
    entries of a statement share its day and source, and its publications in several reports are
    one. Revisions are not included: each is an act with a day of its own."""
    statement = _statement(one)
    in_all = field in DAY_FIELDS or field.startswith("source.")
    if statement is None or not (in_all or isinstance(one.data, ResponsePublished)):
        return [one]
    alike = ResponsePublished | CommissionerStatementIssued if in_all else ResponsePublished
    of_statement = _of_statement(decision, one, statement)
    return [one, *(each for each in of_statement if isinstance(each.data, alike))]


def _of_statement(decision: Decision, one: Known, statement: str) -> list[Known]:
    """Return the other entries in effect of a statement, its revisions included."""
    return [
        each
        for entries in _streams_of_statement(decision, one.entry.stream, statement)
        for each in entries_of_statement(entries, statement)
        if each.in_effect and each.id != one.id
    ]


def _statement(one: Known) -> str | None:
    """Return the statement that an entry is corrected and retracted with; a revision goes by
    itself."""
    if isinstance(one.data, StatementRevised):
        return None
    return getattr(one.data, "statement", None)


def subject(entries: list[Entry], one: Known) -> Known:
    """Return the act that an entry of a stream is about: of corrections and retractions, the one
    at the end of their targets."""
    by_id = {each.id: each for each in known(entries)}
    found = by_id[one.id]
    while isinstance(found.data, EntryCorrected | EntryRetracted):
        found = by_id[found.data.target]
    return found


def _made_with(decision: Decision, one: Known) -> list[Known]:
    """Return the other corrections or retractions that one command made with this one, in all
    entries of a statement. They were recorded at the same instant."""
    statement = _statement(subject(decision.stream(one.entry.stream), one))
    if statement is None:
        return []
    return [
        each
        for entries in _streams_of_statement(decision, one.entry.stream, statement)
        for each in known(entries)
        if each.in_effect
        and each.id != one.id
        and type(each.data) is type(one.data)
        and getattr(each.data, "field", None) == getattr(one.data, "field", None)
        and each.original.recorded_at == one.original.recorded_at
        and getattr(subject(entries, each).data, "statement", None) == statement
    ]


def _streams_of_statement(decision: Decision, stream: str, statement: str) -> list[list[Entry]]:
    """Return the streams of all reports that a statement covers: its publications name the
    others."""
    reference = report_of(stream)
    assert reference is not None
    covered = {reference}
    for entries in decision.below(f"response/{reference}/").values():
        for each in entries_of_statement(entries, statement):
            if isinstance(each.data, ResponsePublished):
                covered |= set(each.data.also)
    return [
        entries
        for other in sorted(covered)
        for kind in ("response", "recommendation")
        for entries in decision.below(f"{kind}/{other}/").values()
    ]
