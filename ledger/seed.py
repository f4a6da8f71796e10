"""Synthetic data for trials and benchmarks: offices that answer reports, by the real acts.

Repeatable: the same numbers give the same acts in the same order (ids, salts and the time of
recording aside). Every entry passes the rules, as a clerk's would; nothing is written past them.
A report is published, answered, updated each quarter, closed and mended.
"""

import copy
import random
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

from ledger.acts import correction, recommendation, report, response, retraction
from ledger.acts.decision import Decision, Notice
from ledger.acts.duty import TakenOff
from ledger.acts.keeping import keep_record_here
from ledger.acts.report import Raise
from ledger.acts.response import Explanation
from ledger.acts.service import begin_synthetic, open_account
from ledger.application import Ledger
from ledger.dates import london_date
from ledger.errors import Refused
from ledger.events import (
    AccountOpened,
    AssuranceSought,
    Batch,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    RecommendationRaised,
    ReportPublished,
    ResponseLookedFor,
    Source,
    TargetDateSet,
    UpdateReceived,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Claim, Means, Target
from ledger.events.report import ReportKind
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.states.service import SEED, SETUP, Account

INTERLEAVED = 8
"""So many reports are under way at a time, so that their entries lie among one another's."""
_FIRST = date(2019, 1, 7)
_DAYS = 2300
Progress = Callable[[int, int], None]
PUBLISHER = "hmicfrs"
_TOPICS = ("custody", "stalking", "fraud", "crime recording", "vetting", "burglary", "rural crime")
_ASKS = (
    "check {n} records of {topic} each month, and act on what they show",
    "name a lead for {topic} who answers for the quality of its work",
    "train all who deal with {topic}, and record who has been trained",
    "publish what the public can expect of its work on {topic}",
)
_SAYS = {
    "findings": "The work on {topic} has improved. Too much of it depends on a few people.",
    "comments": "I accept these findings on {topic}. A group of {n} works through them.",
    "welcome": "I welcome this report on {topic}, and set out below what I shall ask for.",
    "explained": "The force will report to me on {topic}, with figures of {n} cases.",
    "same_findings": "The response to the inspection before covers the same findings on {topic}.",
    "question": "How does the force know that this has changed how {topic} is dealt with?",
    "on_track": "Training on {topic} has reached {n} of those who need it; the rest are booked.",
    "complete": "It is done: a check of {n} cases of {topic} found all as they should be.",
    "moved": "The supplier delivers later; training on {topic} follows.",
    "proposed": "My office has tested {n} cases of {topic}, and found it in place.",
    "confirmed": "We saw it in place during fieldwork on {topic}.",
    "slip": "Read wrongly from the force's own table.",
    "retracted": "Meant for another recommendation.",
}
_STATED = {"on_track": "On track", "complete": "Complete"}


@dataclass(frozen=True, slots=True)
class Office:
    """A local policing body, and the force that it holds to account."""

    body: str
    force: str


@dataclass(slots=True)
class Planned:
    """A report on its way through the years: what is still to be recorded of it."""

    reference: str
    published: date
    kind: ReportKind
    offices: tuple[Office, ...]
    taken_off: Office | None
    """The office whose duty is recorded with its disapplication."""
    luck: dict[Office, float]
    """How it goes with each office's response: the higher, the worse; the least, there is none."""
    numbers: tuple[str, ...]
    chance: random.Random
    batch: Batch
    topic: str
    asked: dict[RecommendationId, str] = field(default_factory=dict)
    """The assurance sought that has no reply yet."""
    claimed: set[RecommendationId] = field(default_factory=set)
    updates: list[Entry] = field(default_factory=list)
    received: set[Office] = field(default_factory=set)
    """Those that said themselves that the chief officer's comments came."""

    @property
    def silent(self) -> set[Office]:
        """Those of which no response is recorded."""
        return {one for one, luck in self.luck.items() if luck < 0.1 or one == self.taken_off}

    def answers_on(self, office: Office) -> date:
        """Return the day on which an office publishes its response."""
        chance = random.Random(f"{self.reference} {office.body}")  # noqa: S311  # repeatable
        return self.published + timedelta(
            days=chance.randint(20, 54 if self.luck[office] < 0.8 else 120)
        )

    def notice(self, day: date | str | None) -> Notice:
        """Return how an act of this day is known: from a page."""
        on = day.isoformat() if isinstance(day, date) else day
        url = f"https://www.example.org/{self.reference}"
        return Notice(occurred_on=on, source=Source(url=url), batch=self.batch)

    def says(self, what: str, nth: int = 0) -> str:
        """Return a sentence of this kind, about the report's topic."""
        return _SAYS[what].format(topic=self.topic, n=20 + 7 * (len(self.updates) + nth) % 90)

    def each(self) -> Iterator[tuple[Office, RecommendationId]]:
        """Yield every recommendation to every force."""
        for office in self.offices:
            for number in self.numbers:
                yield office, RecommendationId(self.reference, number, office.force)


def seed(ledger: Ledger, events: int, bodies: int, progress: Progress) -> int:
    """Record at least so many entries about so many offices, and return the last position.

    Raise Refused if the log holds seeded reports already, since they would be repeated.
    """
    if ledger.read_stream("report/seed-00001"):
        raise Refused("seeded-already", "This log was seeded already; seed a new data directory.")
    register = ledger.service().on(london_date(ledger.now()))
    held = [
        force
        for body in register.bodies.values()
        if body.kind == "local_policing_body"
        for force in register.forces_of(body.id)
    ]
    forces = list(dict.fromkeys(held))
    if not 1 <= bodies <= len(forces):
        raise Refused("bodies", f"There are {len(forces)} offices to choose from, not {bodies}.")

    def offices(day: date) -> list[Office]:
        then = register.on(day)
        return [Office(then.responders_for(force)[0].id, force) for force in forces[:bodies]]

    ledger.record(SETUP, begin_synthetic)
    seeder = ledger.account(SEED)
    keeping = {
        office.body: _keeps_its_record(ledger, office.body)
        for office in offices(london_date(ledger.now()))[::2]
    }
    first = last = ledger.head()
    for body, work in _in_turn(offices, keeping):
        done = ledger.decide(seeder if body is None else keeping[body], work)
        if done.entries:
            last = done.entries[-1].position
            progress(min(last - first, events), events)
        if last - first >= events:
            return last
    raise AssertionError("it goes on for ever")


Work = Callable[[Decision], object]
Step = tuple[str | None, Work]
"""A command, and the body whose account gives it; None: the account that seeds."""


def _keeps_its_record(ledger: Ledger, body: str) -> Account:
    """Have an account of a body say that it keeps its record here, so that silence is a breach."""
    name = f"{body}/import"
    if name not in ledger.service().accounts:
        opened = AccountOpened(account=name, body=body)
        ledger.record(SETUP, open_account, opened, Notice(), ["record"])
    since = _FIRST.isoformat()
    account = ledger.account(name)
    ledger.record(account, keep_record_here, body, Notice(), since=since)
    return account


def _in_turn(offices: Callable[[date], list[Office]], keeping: Container[str]) -> Iterator[Step]:
    """Yield the steps of endless reports, interleaved. Each step is one command."""
    number = 0
    under_way: list[Iterator[Step]] = []
    while True:
        while len(under_way) < INTERLEAVED:
            number += 1
            under_way.append(_steps(number, offices, keeping))
        one = under_way.pop(0)
        if (step := next(one, None)) is not None:
            yield step
            under_way.append(one)


def _steps(
    number: int, offices: Callable[[date], list[Office]], keeping: Container[str]
) -> Iterator[Step]:
    chance = random.Random(number)  # noqa: S311  # repeatable, not secret
    national = number % 3 == 0
    published = _FIRST + timedelta(days=chance.randrange(_DAYS))
    held = offices(published)
    concerned = tuple(held if national else [held[number % len(held)]])
    luck = random.Random(f"luck {number}")  # noqa: S311  # so that acts don't hang on it
    plan = Planned(
        reference=f"seed-{number:05}",
        published=published,
        kind=_kind(number),
        offices=concerned,
        taken_off=concerned[0] if number % 12 == 6 and len(concerned) > 1 else None,
        luck={office: luck.random() for office in concerned},
        numbers=tuple(str(n) for n in range(1, chance.randint(4, 10) + 1)),
        chance=copy.copy(chance),  # so that the acts don't hang on how many quarters follow
        batch=Batch(f"seed-{number:05}", "backfill"),
        topic=_TOPICS[number % len(_TOPICS)],
    )
    yield None, _again(plan, publish)
    for office in plan.offices:
        if office.body in keeping and office not in plan.silent:
            yield office.body, _again(plan, partial(receive, office=office))
            plan.received.add(office)
    yield None, _again(plan, respond)
    for nth in range(1, chance.randint(2, 5)):
        yield None, _again(plan, partial(quarter, nth=nth))
    yield None, _again(plan, close)
    yield None, _again(plan, mend)


def _kind(number: int) -> ReportKind:
    """Return the kind of the nth report: every third is about all forces."""
    if number % 12 == 3:
        return "state_of_policing"
    return "force_inspection" if number % 3 else "national_thematic"


def _again(plan: Planned, step: Callable[[Decision, Planned], None]) -> Work:
    """Return a step as a command that can be decided again, as happens when another writer came
    first."""
    chance, asked = plan.chance.getstate(), dict(plan.asked)
    claimed, updates = set(plan.claimed), list(plan.updates)

    def work(decision: Decision) -> None:
        plan.chance.setstate(chance)
        plan.asked, plan.claimed, plan.updates = dict(asked), set(claimed), list(updates)
        step(decision, plan)

    return work


def publish(decision: Decision, plan: Planned) -> None:
    due = (plan.published + timedelta(days=plan.chance.randint(90, 700))).isoformat()
    forces = tuple(office.force for office in plan.offices)
    report.publish_report(
        decision,
        ReportPublished(
            title=f"{plan.topic.capitalize()} (inspection {plan.reference[5:]})",
            kind=plan.kind,
            publisher=PUBLISHER,
            key_findings=say(plan.says("findings")),
        ),
        plan.notice(plan.published),
        reference=plan.reference,
        bodies=[office.body for office in plan.offices if office != plan.taken_off],
        taken_off=[TakenOff(plan.taken_off.body, say(plan.says("same_findings")))]
        if plan.taken_off
        else [],
        recommendations=[
            Raise(
                event=RecommendationRaised(
                    number=number,
                    text=say(_asked(plan, int(number))),
                    target=Target(on=due) if plan.chance.random() < 0.6 else None,
                ),
                addressees=forces,
            )
            for number in plan.numbers
        ],
    )


def _asked(plan: Planned, nth: int) -> str:
    asks = _ASKS[nth % len(_ASKS)].format(topic=plan.topic, n=10 * nth)
    return f"The force should {asks}."


def respond(decision: Decision, plan: Planned) -> None:
    _read(decision, plan)
    for office in plan.offices:
        luck = plan.luck[office]
        if office in plan.silent:
            if luck < 0.04 and office != plan.taken_off:
                looked = ResponseLookedFor(where=say("The office’s page of responses."))
                day = plan.published + timedelta(days=80)
                response.look_for_response(
                    decision, plan.reference, office.body, looked, plan.notice(day)
                )
            continue
        if office not in plan.received:
            receive(decision, plan, office)
        day = plan.answers_on(office)
        with_theirs = plan.chance.random() < 0.93
        said: date | str | None = day
        if luck > 0.95:
            said = None
        elif luck > 0.9:
            said = day.isoformat()[:7]
        response.publish_response(
            decision,
            plan.reference,
            office.body,
            plan.notice(said),
            explanations=tuple(
                Explanation(
                    number=number,
                    addressee=office.force,
                    how="named",
                    stance="proposed",
                    text=say(plan.says("explained", int(number))),
                )
                for number in plan.numbers
                if plan.chance.random() < 0.95
            ),
            text=say(plan.says("welcome")),
            parts=("comments", "chief_officer_comments") if with_theirs else ("comments",),
        )


def receive(decision: Decision, plan: Planned, office: Office) -> None:
    """Record that the chief officer's comments reached an office. This proves their receipt only if
    the office's own account records it, not the account that seeds."""
    comments = ChiefOfficerCommentsReceived(text=say(plan.says("comments")))
    notice = plan.notice(plan.answers_on(office) - timedelta(days=5))
    response.receive_comments(decision, plan.reference, office.body, comments, notice)


def quarter(decision: Decision, plan: Planned, nth: int) -> None:
    _read(decision, plan)
    day = plan.published + timedelta(days=90 * nth)
    for office, to in plan.each():
        if plan.chance.random() < 0.25:
            asked = recommendation.seek_assurance(
                decision,
                to,
                AssuranceSought(of=office.force, question=say(plan.says("question"))),
                replace(plan.notice(day), by=decision.in_office(office.body, day.isoformat())),
            )
            plan.asked[to] = asked.id
        if to not in plan.claimed and plan.chance.random() < 0.7:
            done = plan.chance.random() < 0.2
            means: Means = "complete" if done else "on_track"
            update = UpdateReceived(
                text=say(plan.says(means)),
                claim=Claim(as_stated=say(_STATED[means]), means=means),
                answers=plan.asked.pop(to, None),
            )
            late = timedelta(days=plan.chance.randint(0, 20))
            plan.updates.append(
                recommendation.receive_update(decision, to, update, plan.notice(day + late))
            )
            if done:
                plan.claimed.add(to)
        if plan.chance.random() < 0.1:
            moved = (day + timedelta(days=plan.chance.randint(100, 400))).isoformat()
            target = TargetDateSet(on=moved, origin="force", reason=say(plan.says("moved")))
            by_force = replace(plan.notice(day), by=office.force)
            recommendation.set_target_date(decision, to, target, by_force)


def close(decision: Decision, plan: Planned) -> None:
    _read(decision, plan)
    day = plan.published + timedelta(days=400)
    for office, to in plan.each():
        if to in plan.claimed:
            asks = replace(plan.notice(day), by=decision.in_office(office.body, day.isoformat()))
            recommendation.propose_closure(
                decision, to, ClosureProposed(reason=say(plan.says("proposed"))), asks
            )
            if plan.chance.random() < 0.7:
                closed = ClosureConfirmed(reason=say(plan.says("confirmed")))
                later = day + timedelta(days=plan.chance.randint(10, 60))
                recommendation.confirm_closure(decision, to, closed, plan.notice(later))


def mend(decision: Decision, plan: Planned) -> None:
    """Correct one update in thirty, and retract one in a hundred."""
    _read(decision, plan)
    for update in plan.updates:
        luck = plan.chance.random()
        target = next(e for e in decision.stream(update.stream) if e.id == update.id)
        if luck < 0.03:
            day = target.occurred_on
            assert day is not None
            earlier = (date.fromisoformat(day) - timedelta(days=2)).isoformat()
            correction.correct_entry(
                decision,
                target,
                Notice(),
                field="occurred_on",
                now=earlier,
                reason=say(plan.says("slip")),
            )
        elif luck < 0.04:
            retraction.retract_entry(decision, target, Notice(), reason=say(plan.says("retracted")))


def _read(decision: Decision, plan: Planned) -> None:
    """Read what is recorded of a report at once."""
    decision.below(f"recommendation/{plan.reference}/")
    decision.below(f"response/{plan.reference}/")
