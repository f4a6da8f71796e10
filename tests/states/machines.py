"""The machines of this ledger: a recommendation, a response, a report, a meeting, and the rest.

Each lists the tries that need words of their own, or another hand; every other act that is
declared on its stream is added as its schema gives it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from ledger.acts.recommendation import placed
from ledger.decision import Decision
from ledger.effect import in_effect, known
from ledger.events import (
    EVENTS,
    AccountClosed,
    AccountOpened,
    AnyEvent,
    AssuranceSought,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    CaptureKept,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    DutyDisapplied,
    EntryCorrected,
    EntryRetracted,
    ExtensionGranted,
    MeetingHeld,
    PaperIssued,
    RecommendationRaised,
    RecommendationReviewed,
    Reopened,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponsePublished,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    StatementRevised,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.recommendation import fold
from ledger.report import report
from ledger.response import response
from ledger.service import SETUP
from ledger.vocabulary import ACTS, BROUGHT, ENTRY
from tests.api.town import FORCE, NOTE, PAGE, PFCC, Town, explanation, recommendation
from tests.states.machine import Machine
from tests.states.trying import Subject, Try, confirmation_of, method_of

PANEL = "cumbria-police-fire-and-crime-panel"
PUBLISHED = "2025-05-16"
OTHER = {"report": "states", "number": "1", "body": FORCE}
"""A recommendation that is there: for what takes another's place, or is reviewed."""
_BY_ANOTHER_ACT = {topic for topic, how in BROUGHT.items() if not how.startswith("answerable ")}

ON_THE_LAST: Mapping[type[AnyEvent], Mapping[str, str]] = {
    EntryCorrected: {"field": "occurred_on", "now": "2025-08-31"},
}
"""What an act on an entry says beside what its schema gives."""


def _on_the_last_act(drawn: Sequence[type[AnyEvent]] = ()) -> tuple[Try, ...]:
    """Every act on an entry, tried on the last act of the subject; what one account seeks and
    another confirms, also as sought by a clerk and confirmed by an administrator."""

    def on_the_last(event: type[AnyEvent], who: str, note: str, first: Try | None = None) -> Try:
        says, to = ON_THE_LAST.get(event, {}), lambda subject: subject.last
        return Try(event, who, says, note, to, first=first, drawn=event in drawn)

    acts = [act for act in ACTS if act.path.startswith(ENTRY)]
    return (
        *(on_the_last(act.event, "admin", "of the last act") for act in acts),
        *(
            on_the_last(
                confirming.event,
                "admin",
                "of what a clerk sought",
                on_the_last(act.event, "clerk", "of the last act"),
            )
            for act in acts
            if (confirming := confirmation_of(act)) is not None
        ),
    )


def _and_the_rest(stream: str, listed: Sequence[Try]) -> tuple[Try, ...]:
    """The tries listed, one of every other event that is declared on a stream, and those of the
    acts on any entry."""
    named = {one.event for one in listed}
    return (
        *listed,
        *(
            Try(event)
            for event in EVENTS
            if stream == event.STREAM and event not in named and event.TOPIC not in _BY_ANOTHER_ACT
        ),
        *_on_the_last_act(),
    )


# A recommendation


def _one_that_is_there(town: Town) -> None:
    if not town.ledger.read_stream("report/states"):
        town.publish(reference="states", title="States", recommendations=[recommendation("1")])


def _recommendation(town: Town, n: int) -> Subject:
    _one_that_is_there(town)
    where = {"report": "states", "number": f"no{n}", "body": FORCE}
    stream = f"recommendation/states/no{n}/{FORCE}"
    return Subject(stream, where, {f"no{n}": "2", "“states”": "“a-report”"})


def _standing(town: Town, subject: Subject) -> str:
    entries = town.ledger.read_stream(subject.stream)
    acts = in_effect(entries)
    if not any(isinstance(one.data, RecommendationRaised) for one in acts):
        return "retracted" if entries else "not raised"
    decision = Decision(town.ledger, SETUP)
    found = fold(placed(decision, decision.report("states"), entries))
    if found.status == "closure_proposed" and found.before_proposal != "open":
        return f"closure proposed, once {_words(found.before_proposal)}"
    return _words(found.status)


def _words(status: str) -> str:
    return status.replace("_", " ")


RECOMMENDATION = Machine(
    "A recommendation",
    "Its standing is the fold of the acts in effect (`ledger/recommendation.py`). A statement, an "
    "assurance, a target date change nothing in it; nor does an update, unless it claims "
    "completion, or takes such a claim back.",
    _recommendation,
    _standing,
    _and_the_rest(
        "recommendation",
        (
            Try(
                RecommendationRaised,
                says={
                    "kind": "cause_of_concern",
                    "addressees": [FORCE],
                    "source": PAGE,
                    "occurred_on": None,
                    "target": {"on": "2026-03-31", "phrase": "By 31 March 2026"},
                    "partners": ["A charity"],
                },
            ),
            Try(AssuranceSought, says={"reply_by": "2025-12-01"}),
            Try(UpdateReceived, "force"),
            Try(
                UpdateReceived,
                "force",
                {"claim": {"as_stated": "Green", "means": "complete", "expected_on": "2025-12"}},
                "claims completion",
            ),
            Try(
                ResponsePublished,
                says=lambda subject: {
                    "explanations": [explanation(subject.where["number"], reason="Why.")]
                },
                note="what it says of this",
                at={"body": PFCC},
            ),
            Try(TargetDateSet),
            Try(ClosureProposed),
            Try(ClosureConfirmed, "hmicfrs"),
            Try(ClosureConfirmed, "force", {"by": FORCE}, "by the force itself"),
            Try(ClosureRefused, "hmicfrs"),
            Try(Reopened, "hmicfrs"),
            Try(Withdrawn, "hmicfrs"),
            Try(Superseded, "hmicfrs", {"superseded_by": OTHER}),
        ),
    ),
    "not raised",
)


# A response


def _response(town: Town, n: int) -> Subject:
    reference = f"answered-{n}"
    published = town.publish(
        reference=reference, title=f"Answered {n}", bodies=[], recommendations=[]
    )
    return Subject(
        f"response/{reference}/{PFCC}",
        {"report": reference, "body": PFCC, "published": published.entry("report-published")},
        {reference: "a-report"},
    )


def _owed(town: Town, subject: Subject) -> str:
    entries = town.ledger.read_stream(subject.stream)
    if report(town.ledger.read_stream(f"report/{subject.where['report']}")) is None:
        return "its report retracted"
    if (found := response(entries)) is None:
        return "no duty"
    state = "published" if found.published else "owed"
    happened = {type(act.data) for act in found.acts}
    if found.duty_event.rule.id == "manual":
        state += " (manual)"
    if ExtensionGranted in happened:
        state += ", extended"
    if DutyDisapplied in happened:
        state += ", disapplied"
    return state


RESPONSE = Machine(
    "A response",
    "`owed` is a duty by Police Act 1996, s.55, which allows no extension; `owed (manual)`, one by "
    "the rule `manual`, with a source. Whether it was in time is no state: it is computed for the "
    "day asked. Comments are invited and received without any change of what is allowed.",
    _response,
    _owed,
    _and_the_rest(
        "response",
        (
            Try(ResponseDutyArose),
            Try(
                ResponseDutyArose,
                says={"rule": "manual", "due_on": "2025-10-01", "source": PAGE},
                note="by hand",
            ),
            Try(ChiefOfficerCommentsReceived, "force"),
            Try(
                ResponsePublished,
                says={"explanations": [], "url": "https://page.example/"},
            ),
            Try(StatementRevised, says={"field": "text", "now": "Other words."}),
            Try(
                ExtensionGranted,
                says={
                    "applied_on": "2025-06-02",
                    "granted_on": "2025-06-03",
                    "due_on": "2025-11-01",
                },
            ),
            Try(DutyDisapplied),
            Try(
                EntryRetracted,
                note="of its report",
                to=lambda subject: subject.where["published"],
            ),
        ),
    ),
    "no duty",
)


# A report


def _report(town: Town, n: int) -> Subject:
    reference = f"report-{n}"
    return Subject(
        f"report/{reference}",
        {"report": reference, "reference": reference, "title": f"Report {n}"},
        {reference: "a-report", f"Report {n}": "A report"},
    )


def _held_by(town: Town, subject: Subject) -> str:
    entries = town.ledger.read_stream(subject.stream)
    if (found := report(entries)) is None:
        return "retracted" if entries else "not recorded"
    return "taken over" if found.taken_over_by else "recorded"


REPORT = Machine(
    "A report",
    "It is recorded by some office's account, and belongs to that until an account of its "
    "publisher takes it over.",
    _report,
    _held_by,
    _and_the_rest(
        "report",
        (
            Try(
                ReportPublished,
                says=lambda subject: {
                    "reference": subject.where["reference"],
                    "publisher": "hmicfrs",
                    "published_on": PUBLISHED,
                    "bodies": [PFCC],
                    "source": PAGE,
                    "cites": "Section 33",
                    "key_findings": "Much was found.",
                    "same_as": [f"https://hmicfrs.example/{subject.where['reference']}"],
                },
            ),
            Try(
                RecommendationRaised,
                says={"number": "2", "addressees": [FORCE], "source": PAGE},
            ),
            Try(
                ReportRevised,
                says={"field": "title", "now": "As revised", "source": PAGE},
                note="by who recorded it",
            ),
            Try(
                ReportRevised,
                "hmicfrs",
                {"field": "title", "now": "As revised"},
                "by its publisher",
            ),
            Try(ReportTakenOver, "hmicfrs"),
            Try(ReportTakenOver, note="by another office"),
            Try(
                EntryRetracted,
                "clerk",
                note="of its publication",
                to=lambda subject: subject.entries.get("report-published", subject.first),
            ),
        ),
    ),
    "not recorded",
)


# A meeting


def _meeting(town: Town, n: int) -> Subject:
    _one_that_is_there(town)
    day = (date(2018, 1, 1) + timedelta(days=n)).isoformat()
    return Subject(f"meeting/{PANEL}/{day}", {"panel": PANEL, "date": day}, {day: "its day"})


def _convened(town: Town, subject: Subject) -> str:
    entries = town.ledger.read_stream(subject.stream)
    happened = {type(one.data) for one in in_effect(entries)}
    if MeetingHeld in happened:
        return "held"
    return "paper issued" if PaperIssued in happened else "nothing recorded"


MEETING = Machine(
    "A meeting",
    "It is named by its panel and its day. A review may be recorded before the meeting itself is.",
    _meeting,
    _convened,
    _and_the_rest(
        "meeting",
        (
            Try(PaperIssued, "panel", {"effective_on": "2018-01-01"}),
            Try(RecommendationReviewed, "panel", {"recommendation": OTHER, "question": "When?"}),
            Try(
                RecommendationReviewed,
                "panel",
                lambda subject: {
                    "recommendation": OTHER,
                    "paper": subject.entries.get("paper-issued", "none"),
                },
                "of its paper",
            ),
            Try(MeetingHeld, "panel"),
            Try(MeetingHeld, "clerk", {"source": NOTE}, "as reported"),
        ),
    ),
    "nothing recorded",
)


# A capture


def _capture(town: Town, n: int) -> Subject:
    return Subject(f"capture/{n}")


def _kept(town: Town, subject: Subject) -> str:
    return "kept" if subject.acts else "not kept"


CAPTURE = Machine(
    "A capture",
    "Bytes are kept once and for all, each time under a new id.",
    _capture,
    _kept,
    _and_the_rest("capture", (Try(CaptureKept, says={"body": b"<p>"}),)),
    "not kept",
)


# What the service records: accounts, bodies, rules, keys


def _of_service(**named: Callable[[object], str]) -> Callable[[Town, int], Subject]:
    def begin(_: Town, n: int) -> Subject:
        where = {name: made(n) for name, made in named.items()}
        return Subject(
            "service",
            where,
            {one: made("…") for one, made in zip(where.values(), named.values(), strict=True)},
        )

    return begin


def _account(town: Town, subject: Subject) -> str:
    service, name = town.ledger.service(), subject.where["account"]
    if name in service.closed:
        return "closed"
    if (found := service.accounts.get(name)) is None:
        return "not opened"
    return "open, with a scope" if found.scopes else "open, without a scope"


ACCOUNT = Machine(
    "An account",
    "A role account is closed for good.",
    _of_service(account=lambda n: f"{PFCC}/role-{n}"),
    _account,
    (
        Try(AccountOpened, "admin", {"body": PFCC}),
        Try(AccountOpened, "clerk", {"body": PFCC}, "by a clerk"),
        Try(ScopeGranted, "admin"),
        Try(ScopeRevoked, "admin"),
        Try(AccountClosed, "admin"),
        *_on_the_last_act(),
    ),
    "not opened",
)


def _body(town: Town, subject: Subject) -> str:
    service, name = town.ledger.service(), subject.where["id"]
    if name in service.successors:
        return "succeeded"
    return "registered" if name in service.bodies else "not registered"


BODY = Machine(
    "A body of the register",
    "A change counts from its position on. A body that another follows stays in the register.",
    _of_service(id=lambda n: f"body-{n}"),
    _body,
    (
        Try(BodyRegistered, "admin", {"name": "A body", "kind": "panel"}),
        Try(BodyRegistered, "clerk", {"name": "A body"}, "by a clerk"),
        Try(BodyChanged, "admin", {"name": "Another name", "by": PFCC, "source": NOTE}),
        Try(BodyChanged, "admin", {"by": PFCC, "source": NOTE}, "of nothing"),
        Try(BodySucceeded, "admin", {"successor": PFCC, "by": PFCC, "source": NOTE}),
        *_on_the_last_act(),
    ),
    "not registered",
)


def _rule(town: Town, subject: Subject) -> str:
    versions = [v for (name, v) in town.ledger.service().rules if name == subject.where["id"]]
    return f"version {max(versions)} in force" if versions else "not adopted"


RULE = Machine(
    "A rule",
    "Every version stays: a duty names the one that it arose under.",
    _of_service(id=lambda n: f"rule-{n}"),
    _rule,
    (
        Try(RuleAdopted, "admin", {"version": 1}, "version 1"),
        Try(RuleAdopted, "admin", {"version": 2}, "version 2"),
        *_on_the_last_act(),
    ),
    "not adopted",
)


def _key(town: Town, subject: Subject) -> str:
    """What was last recorded with this key in it: nothing, or an act by its name."""
    said = [
        one.data.TOPIC.replace("-", " ")
        for one in known(town.ledger.read_stream("service"))
        if getattr(one.data, "vkey", None) == subject.where["vkey"]
    ]
    return said[-1] if said else "not there"


def _others_of_the_service(listed: Sequence[Try]) -> tuple[Try, ...]:
    """The tries listed, and one of what else is declared on the service's stream."""
    elsewhere = {one.event for machine in (ACCOUNT, BODY, RULE) for one in machine.tries}
    elsewhere |= {one.event for one in listed}
    rest = (one for one in EVENTS if one.STREAM == "service" and one not in elsewhere)
    return (*listed, *(Try(event, "admin") for event in rest if method_of(event)))


KEY = Machine(
    "A signing key",
    "Its state is the last act that named it.",
    _of_service(vkey=lambda n: f"log.example+{n}+AAAA"),
    _key,
    (*_others_of_the_service(()), *_on_the_last_act()),
    "not there",
)

MACHINES = (RECOMMENDATION, RESPONSE, REPORT, MEETING, CAPTURE, ACCOUNT, BODY, RULE, KEY)
