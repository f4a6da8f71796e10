"""The machines of the service's own acts: accounts, bodies, rules, keys."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import count
from uuid import NAMESPACE_URL, uuid5

from ledger.acts.decision import Notice
from ledger.acts.key import add_key, compromise_key, resume_sealing, rotate_key
from ledger.acts.service import compare_list
from ledger.application import Ledger, Recorded
from ledger.events import (
    EVENTS,
    AccountClosed,
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ClockWasWrong,
    EntryRetracted,
    KeyAdded,
    KeyCompromised,
    KeyRetired,
    ListCompared,
    RecordKeptHere,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
    Source,
)
from ledger.events.texts import say
from ledger.states.effect import known
from ledger.states.service import Account
from tests.api.site import NOTE, PFCC, Site
from tests.states.any_act import PANEL, on_the_last_act
from tests.states.machine import Machine
from tests.states.trying import Subject, Try, function_of


def _of_service(**named: Callable[[object], str]) -> Callable[[Site, int], Subject]:
    def begin(_: Site, n: int) -> Subject:
        where = {name: made(n) for name, made in named.items()}
        return Subject(
            "service",
            where,
            {one: made("…") for one, made in zip(where.values(), named.values(), strict=True)},
        )

    return begin


def _account(site: Site, subject: Subject) -> str:
    service, name = site.ledger.service(), subject.where["account"]
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
        *on_the_last_act(),
    ),
    "not opened",
)


def _body(site: Site, subject: Subject) -> str:
    service, name = site.ledger.service(), subject.where["id"]
    if name in service.successors:
        return "succeeded"
    return "registered" if name in service.bodies else "not registered"


def _compare(ledger: Ledger, by: Account, subject: Subject) -> Recorded:
    found = ListCompared(publisher=subject.where["id"], count=3, matched=3, unlisted=0)
    told = Notice(source=Source(url="https://www.example.org/list"))
    return ledger.decide(by, lambda decision: compare_list(decision, found, told))


BODY = Machine(
    "A body of the register",
    "A change counts from its position on. A body that another follows stays in the register.",
    _of_service(id=lambda n: str(uuid5(NAMESPACE_URL, f"body-{n}"))),
    _body,
    (
        Try(BodyRegistered, "admin", {"name": "A body", "kind": "panel"}),
        Try(BodyRegistered, "clerk", {"name": "A body"}, "by a clerk"),
        Try(BodyChanged, "admin", {"name": "Another name", "by": PFCC, "source": NOTE}),
        Try(BodyChanged, "admin", {"by": PFCC, "source": NOTE}, "of nothing"),
        Try(BodySucceeded, "admin", {"successor": PANEL, "on": "2025-09-01", "source": NOTE}),
        Try(BodySucceeded, "admin", {"successor": PANEL, "source": NOTE}, "without a day"),
        Try(
            BodySucceeded,
            "admin",
            {"successor": PFCC, "on": "2025-09-01", "source": NOTE},
            "by another kind",
        ),
        Try(ListCompared, "admin", record=_compare),
        *on_the_last_act(),
    ),
    "not registered",
)


def _rule(site: Site, subject: Subject) -> str:
    versions = [v for (name, v) in site.ledger.service().rules if name == subject.where["id"]]
    return f"version {max(versions)} in force" if versions else "not adopted"


RULE = Machine(
    "A rule",
    "Every version stays: a duty names the one that it arose under.",
    _of_service(id=lambda n: f"rule-{n}"),
    _rule,
    (
        Try(RuleAdopted, "admin", {"version": 1}, "version 1"),
        Try(RuleAdopted, "admin", {"version": 2}, "version 2"),
        *on_the_last_act(),
    ),
    "not adopted",
)


def _day_of_reports(_: Site, n: int) -> Subject:
    """Return a day of reports, each earlier than the one before: what is said of later ones is not
    about it."""
    day = (date(2025, 1, 1) - timedelta(days=n)).isoformat()
    return Subject("service", {"body": PFCC, "since": day}, {day: "…"})


def _keeping(site: Site, subject: Subject) -> str:
    found = site.ledger.service().kept_here(PFCC, subject.where["since"])
    if found is None:
        return "not kept here"
    return "kept here until a day" if found.until else "kept here"


KEEPING = Machine(
    "A record kept here",
    "What a body said last of its responses to reports published from a day on. An account of that "
    "body alone says it and takes it back.",
    _day_of_reports,
    _keeping,
    (
        Try(RecordKeptHere),
        Try(RecordKeptHere, "admin", note="by an administrator"),
        Try(RecordKeptHere, says={"until": "2100-01-01"}, note="with an end"),
        Try(RecordKeptHere, says={"until": "2025-09-01"}, note="with an end that is over"),
        *on_the_last_act(),
        Try(EntryRetracted, note="by the body itself", to=lambda subject: subject.last),
    ),
    "not kept here",
)


def _key(site: Site, subject: Subject) -> str:
    """Return the name of the last act with this key in it, if there is one."""
    said = [
        one.data.TOPIC.replace("-", " ")
        for one in known(site.ledger.read_stream("service"))
        if getattr(one.data, "vkey", None) == subject.where["vkey"]
    ]
    return said[-1] if said else "not there"


def _others_of_the_service(listed: Sequence[Try]) -> tuple[Try, ...]:
    """Return the tries listed, and a try of each other event of the service's stream."""
    elsewhere = {one.event for machine in (ACCOUNT, BODY, KEEPING, RULE) for one in machine.tries}
    elsewhere |= {one.event for one in listed}
    rest = (one for one in EVENTS if one.STREAM == "service" and one not in elsewhere)
    return (*listed, *(Try(event, "admin") for event in rest if function_of(event)))


def _rotate(ledger: Ledger, by: Account, subject: Subject) -> Recorded:
    vkey = subject.where["vkey"]
    return ledger.record(by, rotate_key, KeyAdded(vkey=f"{vkey}next"), vkey, Notice())


_lost = count(1)


def _resume(ledger: Ledger, by: Account, subject: Subject) -> Recorded:
    """Another key is compromised first: else nothing has stopped sealing."""
    lost = f"log.example+lost{next(_lost)}+AAAA"
    ledger.record(by, add_key, KeyAdded(vkey=lost), Notice())
    because = KeyCompromised(vkey=lost, from_size=1, reason=say("It lay about."))
    ledger.record(by, compromise_key, because, Notice())
    resumed = SealingResumed(
        vkey=subject.where["vkey"], at_size=0, because="compromised", reason=say("All is well.")
    )
    return ledger.record(by, resume_sealing, resumed, Notice())


_OF_KEYS = (
    Try(KeyAdded, "admin"),
    Try(KeyRetired, "admin", record=_rotate, note="by rotation"),
    Try(KeyCompromised, "admin", {"from_size": 1}),
    Try(SealingResumed, "admin", record=_resume, note="another was compromised"),
    Try(ClockWasWrong, "admin", drawn=False),
    Try(
        ClockWasWrong,
        "admin",
        note="while entries lie ahead of the clock",
        behind=timedelta(hours=1),
        drawn=False,
    ),
)

KEY = Machine(
    "A signing key",
    "Its state is the last act that named it.",
    _of_service(vkey=lambda n: f"log.example+{n}+AAAA"),
    _key,
    (*_others_of_the_service(_OF_KEYS), *on_the_last_act()),
    "not there",
)
