"""Make up a whole country: ten years of reports to every police area, what was answered, by whom
and when, what followed, and what panels did with it.

Each act is done on its day by an account of the body whose act it is, under the rules that hold for
a clerk. The result is repeatable: the same last day gives the same acts, except for ids and salts.

The years pass in seconds (`Years`), by the clock of a database and of this process. So the entries
say that they were recorded day by day, and one can ask what was known on any of these days. Only
the owner of a database can do this, and an owner could set the machine's clock as well. Therefore
the time of recording is only the owner's word until somebody outside stamps a checkpoint
(docs/threats.md).

It is done only to a database without a log. The first act of the log says for ever that the log is
synthetic. The database gets its own clock back before anybody else uses it. `bench.demo` makes a
country and shows it.
"""

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import count, islice
from unittest.mock import patch

import psycopg
from psycopg_pool import ConnectionPool

from bench.sentences import Speech, Topic, topics
from ledger import clock
from ledger.acts import (
    capture,
    correction,
    duty,
    knowledge,
    meeting,
    recommendation,
    redaction,
    report,
    response,
    retraction,
)
from ledger.acts.decision import Decision, Notice
from ledger.acts.keeping import keep_record_here
from ledger.acts.report import Raise
from ledger.acts.response import Explanation
from ledger.acts.service import (
    begin_synthetic,
    close_account,
    open_account,
    register_body,
    set_up,
    succeed_body,
)
from ledger.application import How, Ledger, Recorded
from ledger.dates import LONDON, first_day, in_words, is_exact
from ledger.errors import Refused
from ledger.events import (
    AccountClosed,
    AccountOpened,
    AssuranceSought,
    BodyRegistered,
    BodySucceeded,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CopySent,
    DutyDisapplied,
    MeetingHeld,
    PaperIssued,
    RecommendationRaised,
    RecommendationReviewed,
    Reopened,
    ReportPublished,
    ResponseLookedFor,
    Source,
    TargetDateSet,
    UpdateReceived,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Claim, Kind, Means, RecommendationRef, Stance, Target
from ledger.events.response import Part
from ledger.events.streams import SERVICE, RecommendationId
from ledger.events.texts import Audience, afresh, say
from ledger.log.reading import Snapshot
from ledger.postgres.connections import connect_owner, pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.service import SEED, SETUP, Account, Service, fold

_SETTING = "answerable.synthetic_now"


class Years:
    """A clock that stands still until it is set, and can only be set forwards, with the one
    connection to a database that goes by it."""

    def __init__(self, connections: ConnectionPool[psycopg.Connection], begins: datetime) -> None:
        self.connections = connections
        self._now = begins.astimezone(UTC)
        with connections.connection() as conn:
            conn.execute("SET synchronous_commit = off")  # all can be made anew after a crash
        self.reach(begins)

    def now(self) -> datetime:
        """Return the instant that the clock shows, in UTC."""
        return self._now

    def reach(self, instant: datetime) -> None:
        """Set the clock; if it shows this instant or a later one, move it on by a millisecond."""
        self._now = max(instant.astimezone(UTC), self._now + timedelta(milliseconds=1))
        with self.connections.connection() as conn:
            conn.execute("SELECT set_config(%s, %s, false)", [_SETTING, self._now.isoformat()])


@contextmanager
def passing(owner_url: str, begins: datetime) -> Iterator[Years]:
    """Give this process and its one connection a clock of their own meanwhile.

    `owner_url` is a superuser's. Raise Refused if there is a log already.
    """
    with connect_owner(owner_url) as owner:
        put_back(owner)
        if owner.execute("SELECT FROM ledger.entries LIMIT 1").fetchone() is not None:
            raise Refused(
                "log-begun",
                "There is a log in this database: a synthetic one begins in an empty database.",
            )
        try:
            with owner.transaction():
                owner.execute("SET LOCAL allow_system_table_mods = on")
                owner.execute("ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO own_clock")
                owner.execute(
                    "CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz VOLATILE"
                    " LANGUAGE sql AS $$ SELECT coalesce(nullif(current_setting("
                    f"'{_SETTING}', true), '')::timestamptz, own_clock()) $$"
                )
            with pool(owner_url, max_size=1) as connections:
                years = Years(connections, begins)
                with (
                    patch.object(clock, "now", years.now),
                    patch.object(clock, "latest", years.now),
                ):
                    yield years
        finally:
            put_back(owner)


def put_back(owner: psycopg.Connection) -> None:
    """Give the database its own clock back if it was taken, even if the process that took it was
    killed."""
    there = owner.execute("SELECT to_regprocedure('pg_catalog.own_clock()')").fetchone()
    if there is None or there[0] is None:
        return
    with owner.transaction():
        owner.execute("SET LOCAL allow_system_table_mods = on")
        owner.execute("DROP FUNCTION pg_catalog.clock_timestamp()")
        owner.execute("ALTER FUNCTION pg_catalog.own_clock() RENAME TO clock_timestamp")


class SoleWriter(Ledger):
    """The ledger of a log that this process begins and that nobody else writes to. It keeps what it
    recorded, and reads nothing again. If somebody else did write, the guards refuse its acts, as
    they refuse everybody's."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection], url: str) -> None:
        super().__init__(pool, url)
        self._by_stream: dict[str, list[Entry]] = {}
        self._below: dict[str, dict[str, list[Entry]]] = {}
        self._service = Service()
        self._head = 0

    def read_stream(self, stream: str) -> list[Entry]:
        return self._by_stream.get(stream, [])

    def read_below(self, prefix: str) -> list[Entry]:
        """Return the entries below a prefix of one or two parts, such as `report/` or
        `response/r-1/`."""
        found = self._below.get(prefix, {})
        return sorted((e for each in found.values() for e in each), key=lambda one: one.position)

    def look(self, streams: Iterable[str] = ()) -> Snapshot:
        found = {name: self.read_stream(name) for name in streams}
        return Snapshot(clock.now(), self._service, found)

    def service(self) -> Service:
        return self._service

    def head(self) -> int:
        return self._head

    def _store(self, decision: Decision, how: How) -> Recorded:
        done = super()._store(decision, how)
        for entry in done.entries:
            self._keep(entry)
        return done

    def _keep(self, entry: Entry) -> None:
        stream = self._by_stream.setdefault(entry.stream, [])
        stream.append(entry)
        kind, _, rest = entry.stream.partition("/")
        for prefix in {f"{kind}/", f"{kind}/{rest.partition('/')[0]}/"}:
            self._below.setdefault(prefix, {})[entry.stream] = stream
        if entry.stream == SERVICE:
            self._service = fold(self._service, [entry]) or self._service
        self._head = entry.position


Progress = Callable[[int, int], None]
Work = Callable[[Decision], object]
PUBLISHER = "hmicfrs"
INSPECTORS = f"{PUBLISHER}/publications"
NATIONAL = 2
"""How many thematic reports a year are about every force."""
ELSEWHERE = 8
"""How many forces a year are inspected apart from their turn."""
TURN = timedelta(days=760)
"""The time after which a force is inspected again."""
QUARTER = timedelta(days=91)
MAYOR = BodyRegistered(
    id="severn-mayor",
    name="Mayor of the Severn Counties (made up)",
    kind="local_policing_body",
    area="gloucestershire",
    force="gloucestershire-constabulary",
    panel="gloucestershire-police-and-crime-panel",
)
SUCCEEDED = "gloucestershire-pcc"
"""The body that the mayor follows in this country, and in no other."""


@dataclass(slots=True)
class Tracked:
    """A recommendation to one force, and the progress of its work."""

    to: RecommendationId
    topic: Topic
    target: date | None
    begins: date
    progress: float = 0.0
    claimed: bool = False
    closed: bool = False
    asked: str | None = None
    updates: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Area:
    """A police area: the force, its holders to account, and how its offices work."""

    force: str
    tenures: list[tuple[date, BodyRegistered]]
    """The bodies that hold the force to account, each with its first day."""
    diligence: float
    """From 0 to 1: how likely it is that its offices do things, and do them in time."""
    open_book: bool
    """Says whether the area publishes what its force writes."""
    keeps: bool
    """Says whether its offices state that they keep their record here."""
    silent_on: date | None = None
    """The day of the reports to which the area publishes no response."""
    open: list[Tracked] = field(default_factory=list)
    to_propose: list[Tracked] = field(default_factory=list)
    """The recommendations that the force says are done, for which the office will propose
    closure."""

    def held_by(self, day: date) -> BodyRegistered:
        """Return the body that holds the office on a day."""
        return next(body for first, body in reversed(self.tenures) if first <= day)

    def clerk(self, day: date) -> str:
        """Return the account that records for that office on a day."""
        return f"{self.held_by(day).id}/clerk-1"

    def word_of(self, owes: str, on: str | None, recorded: date) -> Notice:
        """Return how an act of the body that owed a response is recorded by the holder of the
        office on a day.

        A successor records what was done in its own time as its own act, and what was done before
        from the papers of the former office.
        """
        holder = self.held_by(recorded).id
        if holder == owes:
            return Notice(occurred_on=on)
        if on is not None and is_exact(on) and self.held_by(first_day(on)).id == holder:
            return Notice(occurred_on=on, by=holder)
        return Notice(occurred_on=on, source=Source(note=say("papers of the office before")))

    @property
    def audience(self) -> Audience:
        """Return the audience of updates."""
        return "public" if self.open_book else "office"


@dataclass(slots=True)
class Country:
    """The people, the plan of what is done on which day, and the chance that decides it."""

    ledger: SoleWriter
    years: Years
    begins: date
    ends: date
    areas: list[Area]
    chance: random.Random
    says: Speech
    agenda: list[tuple[datetime, int, str, list[Work]]] = field(default_factory=list)
    planned: dict[tuple[date, str], list[Work]] = field(default_factory=dict)
    nth: Iterator[int] = field(default_factory=count)
    silent: Iterator[int] = field(default_factory=count)

    # What comes when

    def plan(self, day: date, account: str, work: Work) -> None:
        """Plan something that an account does on a day, in office hours, together with what else it
        does on that day. Nothing is planned after the last day."""
        if (day, account) in self.planned:
            self.planned[day, account].append(work)
        elif day <= self.ends:
            at = datetime.combine(day, time(9, tzinfo=LONDON))
            at += timedelta(minutes=self.chance.randrange(480))
            self.planned[day, account] = [work]
            heapq.heappush(self.agenda, (at, next(self.nth), account, self.planned[day, account]))

    def pass_by(self, progress: Progress) -> None:
        """Do all that is planned, day by day. Work for a day that is over is done on the day that
        was reached."""
        days, reached = (self.ends - self.begins).days, 0
        accounts: dict[str, Account] = {}
        while self.agenda:
            at, _, name, works = heapq.heappop(self.agenda)
            del self.planned[at.date(), name]
            reached = min(max((at.date() - self.begins).days, reached), days - 1)
            progress(reached, days)
            self.years.reach(at)
            if name not in accounts:
                accounts[name] = self.ledger.account(name)
            self.ledger.decide(accounts[name], partial(_all_of, works))

    def about(self, days: int) -> timedelta:
        """Return a number of days between half of `days` and one and a half times `days`."""
        return timedelta(days=self.chance.randint(days // 2, days + days // 2))

    def likely(self, chance: float) -> bool:
        return self.chance.random() < chance

    # Reports

    def publish(
        self, day: date, kind: str, topic: Topic, title: str, areas: list[Area], many: int
    ) -> Work:
        """Return the work of publishing a report to some areas, which plans what they do about
        it."""

        def work(decision: Decision) -> None:
            said = self._recommendations(day, topic, many, [area.force for area in areas])
            page = f"<h1>{title}</h1><p>Published on {in_words(day.isoformat())}.</p>"
            url = f"https://www.example.org/{PUBLISHER}/{day}-{next(self.nth)}"
            came = capture.received(f"<!doctype html>{page}".encode(), url)
            kept = capture.keep_capture(decision, came, Notice())
            published = report.publish_report(
                decision,
                ReportPublished(
                    title=title,
                    kind=kind,  # type: ignore[arg-type]
                    publisher=PUBLISHER,
                    key_findings=say(self.says("findings", topic)),
                ),
                Notice(occurred_on=day.isoformat(), source=Source(capture=kept.id)),
                bodies=list(dict.fromkeys(area.held_by(day).id for area in areas)),
                recommendations=said,
            )
            reference = published.stream.removeprefix("report/")
            for area in areas:
                mine = [
                    Tracked(
                        RecommendationId(reference, one.event.number, area.force),
                        topic,
                        date.fromisoformat(one.event.target.on)
                        if one.event.target and one.event.target.on
                        else None,
                        day + self.about(100),
                    )
                    for one in said
                    if one.event.kind == "recommendation"
                ]
                area.open += mine
                self._answered(day, reference, topic, area, mine)

        return work

    def _recommendations(
        self, day: date, topic: Topic, many: int, forces: list[str]
    ) -> list[Raise]:
        """Return a report's recommendations. Sometimes some of them are under a cause of concern,
        which comes first."""
        caused = many > 4 and self.likely(0.3)
        found = []
        kinds: list[Kind] = ["recommendation"] * many
        if caused:
            kinds[0] = "cause_of_concern"
        for nth, kind in enumerate(kinds, start=1):
            target = None
            if kind == "recommendation" and self.likely(0.75):
                on = day + timedelta(days=self.chance.choice((90, 180, 180, 270, 365)))
                target = Target(on=on.isoformat())
                if self.likely(0.15):
                    target = Target(phrase=say(self.says("within")))
            event = RecommendationRaised(
                number=f"{nth}",
                text=say(topic.recommendation(nth)),
                kind=kind,
                parent="1" if caused and 1 < nth < 4 else None,
                target=target,
            )
            found.append(Raise(event=event, addressees=tuple(forces)))
        return found

    # Responses

    def _answered(
        self, day: date, reference: str, topic: Topic, area: Area, mine: list[Tracked]
    ) -> None:
        """Plan what the office that owes a response does about it, and when."""
        owes, force = area.held_by(day).id, f"{area.force}/inspections"
        if day == area.silent_on:
            self._looked_for(day + timedelta(days=80), reference, area, owes)
            return
        luck, care = self.chance.random(), area.diligence
        comments = self.likely(0.6 + 0.35 * care)
        heard = day + timedelta(days=self.chance.randint(14, 34))
        if comments:
            self.plan(heard, force, self._comments(day, heard, reference, topic, area, owes))
        said: date | str | None = day + timedelta(days=self.chance.randint(36, 55))
        recorded = said
        assert isinstance(recorded, date)
        if luck < 0.16 * (1.3 - care):  # late
            said = recorded = day + timedelta(days=55 + self.chance.randint(1, 70))
        elif luck < 0.20 * (1.3 - care):  # the page has no day, and nobody looked before the last
            said, recorded = None, day + timedelta(days=self.chance.randint(60, 150))
        elif luck < 0.24 * (1.3 - care):  # it has a month
            said = recorded.isoformat()[:7]
            recorded = recorded + timedelta(days=self.chance.randint(10, 60))
        elif luck < 0.28:  # entered long afterwards
            recorded = recorded + timedelta(days=self.chance.randint(40, 200))
        elif luck < 0.295:
            lifted = day + timedelta(days=self.chance.choice((40, 70)))
            self.plan(lifted, area.clerk(lifted), self._disapplied(reference, owes, lifted))
            return
        elif luck < 0.31:
            if (self.ends - day).days < 500:
                self._looked_for(day + timedelta(days=80), reference, area, owes)
                return
            said = recorded = day + timedelta(days=self.chance.randint(150, 400))
        else:
            recorded = recorded + timedelta(days=self.chance.choice((0, 0, 0, 1, 1, 2, 5)))
        told = said.isoformat() if isinstance(said, date) else said
        in_it = comments and heard <= recorded and self.likely(0.93)
        word = area.word_of(owes, told, recorded)
        work = self._published(word, reference, topic, area, owes, mine, in_it)
        self.plan(recorded, area.clerk(recorded), work)

    def _looked_for(self, day: date, reference: str, area: Area, owes: str) -> None:
        """Plan that a panel looks in vain for a response. This is done for every other one of the
        offices that keep no record here and publish no response."""
        panel = area.held_by(day).panel
        if area.keeps or panel is None or day >= self.ends or next(self.silent) % 2:
            return

        def work(decision: Decision) -> None:
            looked = ResponseLookedFor(where=say("The office’s page of responses."))
            notice = Notice(occurred_on=day.isoformat())
            response.look_for_response(decision, reference, owes, looked, notice)

        self.plan(day, f"{panel}/secretary", work)

    def _comments(
        self, day: date, heard: date, reference: str, topic: Topic, area: Area, owes: str
    ) -> Work:
        def work(decision: Decision) -> None:
            response.receive_comments(
                decision,
                reference,
                owes,
                ChiefOfficerCommentsReceived(text=say(self.says("comments", topic), area.audience)),
                Notice(occurred_on=heard.isoformat()),
            )

        asked = day + timedelta(days=self.chance.randint(2, 9))
        until = max(heard, day + timedelta(days=28)).isoformat()

        def invite(decision: Decision) -> None:
            response.invite_comments(
                decision,
                reference,
                owes,
                ChiefOfficerCommentsInvited(reply_by=until),
                area.word_of(owes, asked.isoformat(), asked),
            )

        if self.likely(0.2):
            self.plan(asked, area.clerk(asked), invite)
        return work

    def _published(
        self,
        notice: Notice,
        reference: str,
        topic: Topic,
        area: Area,
        owes: str,
        mine: list[Tracked],
        in_it: bool,
    ) -> Work:
        def work(decision: Decision) -> None:
            parts: tuple[Part, ...] = ("comments",)
            if in_it:
                parts = ("comments", "chief_officer_comments")
                if self.likely(0.4):
                    parts = (*parts, "reply")
            response.publish_response(
                decision,
                reference,
                owes,
                notice,
                text=say(self.says("welcome", topic)),
                parts=parts,
                url=f"https://www.example.org/{owes}/{reference}",
                explanations=tuple(
                    self._explained(one) for one in mine if self.likely(0.9 + 0.1 * area.diligence)
                ),
            )
            if self.likely(0.25):
                copy = CopySent(to="inspectorate")
                response.send_copy(decision, reference, owes, copy, afresh(notice))

        return work

    def _explained(self, one: Tracked) -> Explanation:
        stances: list[Stance] = ["proposed", "taken", "not_stated", "no_action"]
        (stance,) = self.chance.choices(stances, (66, 22, 9, 3))
        number, addressee = one.to.key, one.to.addressee
        if stance == "no_action":
            why = say(self.says("no_action"))
            return Explanation(
                number=number, addressee=addressee, how="named", stance=stance, text=why, reason=why
            )
        return Explanation(
            number=number,
            addressee=addressee,
            how="general" if stance == "not_stated" else "named",
            stance=stance,
            text=say(self.says(f"passage.{stance}", one.topic)),
        )

    def _disapplied(self, reference: str, owes: str, lifted: date) -> Work:
        def work(decision: Decision) -> None:
            duty.disapply_duty(
                decision,
                reference,
                owes,
                DutyDisapplied(
                    basis="not_the_subject", decided_by=say("HMICFRS, in answer to the office")
                ),
                Notice(
                    occurred_on=(lifted - timedelta(days=4)).isoformat(),
                    source=Source(note=say("e-mail to the office")),
                ),
            )

        return work

    # Updates, and what follows from them

    def quarter(self, day: date, area: Area) -> None:
        """Plan a force's updates of a quarter, and the questions that its office then asks."""
        said = day + timedelta(days=self.chance.randint(0, 6))
        late = self.chance.choice((0, 0, 1, 2, 4, 9)) if self.likely(0.93) else 60
        self.plan(
            said + timedelta(days=late), f"{area.force}/inspections", self._updates(said, area)
        )
        asked = said + timedelta(days=late + self.chance.randint(3, 14))
        self.plan(asked, area.clerk(asked), self._looked_at(asked, area))

    def _updates(self, said: date, area: Area) -> Work:
        def work(decision: Decision) -> None:
            due = [one for one in area.open if not one.closed and one.begins <= said]
            for one in due:
                if one.claimed or not self.likely(0.3 + 0.4 * area.diligence):
                    continue
                one.progress += self.chance.uniform(0.1, 0.55)
                self._moved(decision, one, said)
                means = self._how_it_goes(one, said)
                text = self.says(f"update.{means}", one.topic)
                if self.likely(0.003):
                    # A redaction follows the same words wherever they stand: these stand once.
                    text = f"{self.says('named')} ({area.force}, {in_words(said.isoformat())})"
                    again = said + timedelta(days=12)
                    self.plan(again, f"{area.force}/inspections", self._unsaid(one, area, again))
                update = UpdateReceived(
                    text=say(text, area.audience),
                    claim=Claim(
                        as_stated=say(self.says(f"stated.{means}"), area.audience), means=means
                    ),
                    answers=one.asked if self.likely(0.8) else None,
                )
                if update.answers:
                    one.asked = None
                made = recommendation.receive_update(
                    decision, one.to, update, Notice(occurred_on=said.isoformat())
                )
                one.updates.append(made)
                one.claimed = means == "complete"
                self._followed(decision, said, area, one)

        return work

    def _how_it_goes(self, one: Tracked, said: date) -> Means:
        if one.progress >= 1:
            return "complete"
        if one.progress < 0.15 and self.likely(0.3):
            return "not_started"
        behind = one.target is not None and one.target < said
        weights = (30, 40, 30) if behind else (70, 22, 8)
        kinds: list[Means] = ["on_track", "at_risk", "off_track"]
        return self.chance.choices(kinds, weights)[0]

    def _moved(self, decision: Decision, one: Tracked, said: date) -> None:
        """Move a target that comes near or has passed, sometimes."""
        if one.target is None or one.target - said > QUARTER or not self.likely(0.22):
            return
        one.target = max(one.target, said) + self.about(180)
        event = TargetDateSet(
            on=one.target.isoformat(), origin="force", reason=say(self.says("moved"))
        )
        recommendation.set_target_date(
            decision, one.to, event, Notice(occurred_on=said.isoformat())
        )

    def _followed(self, decision: Decision, said: date, area: Area, one: Tracked) -> None:
        """Plan what follows an update: a correction, a retraction, a proposal to close."""
        soon = max(said, decision.today) + timedelta(days=self.chance.randint(5, 40))
        inspections = f"{area.force}/inspections"
        update, luck = one.updates[-1], self.chance.random()
        if luck < 0.02 and not one.claimed:
            self.plan(soon, inspections, self._corrected(update))
        elif luck < 0.025 and not one.claimed:
            self.plan(soon, inspections, self._retracted(update))
        if one.claimed and self.likely(0.75):
            area.to_propose.append(one)

    def _corrected(self, update: Entry) -> Work:
        def work(decision: Decision) -> None:
            assert isinstance(update.data, UpdateReceived)
            assert update.data.claim is not None
            now = "at_risk" if update.data.claim.means != "at_risk" else "off_track"
            target = next(one for one in decision.stream(update.stream) if one.id == update.id)
            reason = say(self.says("slip"))
            correction.correct_entry(
                decision, target, Notice(), field="claim.means", now=now, reason=reason
            )

        return work

    def _retracted(self, update: Entry) -> Work:
        def work(decision: Decision) -> None:
            target = next(one for one in decision.stream(update.stream) if one.id == update.id)
            reason = say(self.says("retracted"))
            retraction.retract_entry(decision, target, Notice(), reason=reason)

        return work

    def _unsaid(self, one: Tracked, area: Area, day: date) -> Work:
        """Return the work of seeking a redaction of a text that names somebody; another account
        confirms it two days later."""

        def work(decision: Decision) -> None:
            target = next(
                entry
                for entry in decision.stream(one.to.stream)
                if isinstance(entry.data, UpdateReceived) and entry.id == one.updates[-1].id
            )
            sought = redaction.seek_redaction(
                decision, target, Notice(), field="text", basis="personal_data"
            )

            def confirm(again: Decision) -> None:
                named = next(e for e in again.stream(sought.stream) if e.id == sought.id)
                redaction.confirm_redaction(again, named, Notice())

            later = day + timedelta(days=2)
            self.plan(later, f"{area.force}/inspections-2", confirm)

        return work

    def _looked_at(self, day: date, area: Area) -> Work:
        """Return the work of a commissioner's office that asks about some open recommendations and
        proposes the closure of others."""

        def work(decision: Decision) -> None:
            ready = [one for one in area.to_propose if self.likely(0.8)]
            area.to_propose = [one for one in area.to_propose if one not in ready]
            for one in ready:
                self._propose(decision, day, area, one)
            for one in area.open:
                if one.closed or one.asked or one.begins > day or not self.likely(0.07):
                    continue
                question = AssuranceSought(
                    of=area.force,
                    question=say(self.says("question", one.topic), area.audience),
                    reply_by=(day + timedelta(days=60)).isoformat(),
                )
                notice = Notice(occurred_on=day.isoformat())
                one.asked = recommendation.seek_assurance(decision, one.to, question, notice).id

        return work

    # Closure

    def _propose(self, decision: Decision, day: date, area: Area, one: Tracked) -> None:
        proposed = ClosureProposed(reason=say(self.says("proposed")))
        notice = Notice(occurred_on=day.isoformat())
        recommendation.propose_closure(decision, one.to, proposed, notice)
        decided = (day + self.about(110)).replace(day=12)
        self.plan(decided, INSPECTORS, self._decided(decided, area, one))

    def _decided(self, day: date, area: Area, one: Tracked) -> Work:
        notice = Notice(occurred_on=day.isoformat())

        def work(decision: Decision) -> None:
            if self.likely(0.8):
                one.closed = True
                confirmed = ClosureConfirmed(reason=say(self.says("confirmed")))
                recommendation.confirm_closure(decision, one.to, confirmed, notice)
                if self.likely(0.02):
                    again = day + self.about(300)
                    self.plan(again, INSPECTORS, self._reopened(again, one))
                return
            one.claimed, one.progress = False, 0.5
            made = recommendation.refuse_closure(
                decision, one.to, ClosureRefused(reason=say(self.says("refused"))), notice
            )
            if self.likely(0.2):
                later = day + self.about(20)
                self.plan(later, f"{area.force}/inspections", self._disputed(made))

        return work

    def _reopened(self, day: date, one: Tracked) -> Work:
        def work(decision: Decision) -> None:
            one.closed, one.claimed, one.progress = False, False, 0.3
            event = Reopened(reason=say(self.says("reopened")))
            recommendation.reopen(decision, one.to, event, Notice(occurred_on=day.isoformat()))

        return work

    def _disputed(self, made: Entry) -> Work:
        def work(decision: Decision) -> None:
            target = next(one for one in decision.stream(made.stream) if one.id == made.id)
            knowledge.dispute_entry(decision, target, Notice(), text=say(self.says("dispute")))

        return work

    # Panels

    def meet(self, day: date, area: Area) -> None:
        """Plan a panel's meeting: sometimes a paper a week before, then the meeting and its
        reviews."""
        if (panel := area.held_by(day).panel) is None:
            return
        papers: list[Entry] = []

        def paper(decision: Decision) -> None:
            made = meeting.issue_paper(
                decision,
                panel,
                day.isoformat(),
                PaperIssued(
                    title=say("Where the recommendations of inspectors stand"),
                    known_at=decision.head,
                    effective_on=decision.today.isoformat(),
                ),
                Notice(occurred_on=decision.today.isoformat()),
            )
            papers.append(made)

        def held(decision: Decision) -> None:
            notice = Notice(occurred_on=day.isoformat())
            meeting.hold_meeting(decision, panel, day.isoformat(), MeetingHeld(), notice)
            late = [one for one in area.open if not one.closed and one.begins < day]
            for one in self.chance.sample(late, min(len(late), self.chance.choice((0, 1, 1, 2)))):
                reviewed = RecommendationReviewed(
                    recommendation=RecommendationRef(
                        report=one.to.report, number=one.to.key, addressee=one.to.addressee
                    ),
                    question=say(self.says("panel_asks")),
                    outcome=say(self.says("outcome")),
                    paper=papers[0].id if papers else None,
                )
                meeting.review_recommendation(decision, panel, day.isoformat(), reviewed, notice)

        if self.likely(0.8):
            self.plan(day - timedelta(days=7), f"{panel}/secretary", paper)
        self.plan(day, f"{panel}/secretary", held)

    # Who there is

    def open_accounts(self, *named: str) -> Work:
        """Return the work of opening accounts, each of which may record for its own body."""

        def work(decision: Decision) -> None:
            for name in named:
                opened = AccountOpened(account=name, body=name.partition("/")[0])
                open_account(decision, opened, Notice(), ["record"])

        return work

    def succeeded(self, day: date) -> Work:
        """Return the work by which a mayor takes over from a commissioner, on the day on which that
        is recorded."""

        def work(decision: Decision) -> None:
            event = BodySucceeded(id=SUCCEEDED, successor=MAYOR.id, on=day.isoformat())
            succeed_body(decision, event, Notice())
            self.open_accounts(f"{MAYOR.id}/clerk-1")(decision)

        return work

    def keeps_its_record(self, body: str, since: date) -> Work:
        """Return the work by which a body states that it keeps its record here."""

        def work(decision: Decision) -> None:
            keep_record_here(decision, body, Notice(), since=since.isoformat())

        return work


def make(owner_url: str, *, begins: date, ends: date, progress: Progress, forces: int = 43) -> None:
    """Make the country in a migrated database without a log, of which `owner_url` names a
    superuser.

    The account that began the log is closed at the end: if it is open, the log was not finished.
    Raise Refused if there is a log.
    """
    midnight = datetime.combine(begins - timedelta(days=1), time(), LONDON)
    with passing(owner_url, midnight) as clock:
        ledger = SoleWriter(clock.connections, owner_url)
        ledger.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        ledger.record(SETUP, begin_synthetic)
        chance = random.Random(f"{ends}")  # repeatable, not secret
        areas = [
            Area(force, held, chance.random(), chance.random() < 0.65, nth % 3 != 1)
            for nth, (force, held) in enumerate(
                islice(_tenures(ledger.service(), begins, ends), forces)
            )
        ]
        here = Country(ledger, clock, begins, ends, areas, chance, Speech(chance))
        _open_all(here)
        _reports(here)
        for area in areas:
            _offices(here, area)
        here.pass_by(progress)
        ledger.record(SETUP, close_account, AccountClosed(account=SEED), Notice())
    days = (ends - begins).days
    progress(days, days)


def is_finished(service: Service) -> bool:
    """Return whether the making of a country came to its end in this log."""
    return SEED in service.closed


def _offices(here: Country, area: Area) -> None:
    """Plan the quarters of an area's offices and the meetings of its panel."""
    if area.tenures[-1][1] == MAYOR:
        day = area.tenures[-1][0]
        begins = day - timedelta(days=60)
        here.plan(begins, SETUP.name, lambda made: register_body(made, MAYOR, Notice()))
        here.plan(day - timedelta(days=30), SETUP.name, here.succeeded(day))
    day = here.begins + timedelta(days=here.chance.randrange(91))
    while day < here.ends:
        here.quarter(day, area)
        day += QUARTER
    day = here.begins + timedelta(days=here.chance.randrange(14, 180))
    while day < here.ends:
        here.meet(day, area)
        day += QUARTER if (here.ends - day).days < 800 else 2 * QUARTER


def _all_of(works: list[Work], decision: Decision) -> None:
    for work in works:
        work(decision)


def _tenures(
    service: Service, begins: date, ends: date
) -> Iterator[tuple[str, list[tuple[date, BodyRegistered]]]]:
    """Yield each force with the bodies that hold it to account, each with its first day, by the
    register and MAYOR."""
    held = [one for body in service.bodies.values() for one in body.holds]
    turns = {date.fromisoformat(one.begins) for one in held if one.begins}
    turns |= {one.on for several in service.successions.values() for one in several}
    turns |= {term.begins for body in service.bodies if (term := service.term(body)).begins}
    days = [begins, *sorted(day for day in turns if begins < day <= ends)]
    registers = [(day, service.on(day)) for day in days]
    for force in dict.fromkeys(one.body for one in held):
        found: list[tuple[date, BodyRegistered]] = []
        for day, register in registers:
            holders = register.responders_for(force)
            if holders and (not found or found[-1][1].id != holders[0].id):
                found.append((day, service.bodies[holders[0].id]))
        if found and found[-1][1].id == SUCCEEDED:
            found.append((begins + (ends - begins) * 3 // 4, MAYOR))
        if found and found[0][0] == begins:
            yield force, found


def _open_all(here: Country) -> None:
    names = [INSPECTORS]
    for area in here.areas:
        names += [f"{area.force}/inspections", f"{area.force}/inspections-2"]
        for _, body in area.tenures:
            if body != MAYOR:
                names.append(f"{body.id}/clerk-1")
            if body.panel:
                names.append(f"{body.panel}/secretary")
    names = list(dict.fromkeys(names))
    here.plan(here.begins - timedelta(days=1), SETUP.name, here.open_accounts(*names))
    for area in here.areas:
        for first, body in area.tenures if area.keeps else ():
            day = max(first, here.begins)
            kept = here.keeps_its_record(body.id, day)
            here.plan(day + timedelta(days=1), f"{body.id}/clerk-1", kept)


def _reports(here: Country) -> None:
    """Plan the reports of all years: reports about every force, about each force in its turn, and
    about some forces between their turns."""
    chance, every = here.chance, topics()
    nth = chance.randrange(len(every))
    for year in range((here.ends - here.begins).days // 365 + 1):
        first = here.begins + timedelta(days=365 * year + 10)
        for _ in range(NATIONAL):
            nth += 1
            topic = every[nth % len(every)]
            day = first + timedelta(days=chance.randrange(350))
            title = f"{topic.title}: a national inspection, {day.year}"
            work = here.publish(day, "national_thematic", topic, title, here.areas, 2)
            here.plan(day, INSPECTORS, work)
        day, topic = first + timedelta(days=chance.randrange(350)), chance.choice(every)
        title = f"State of Policing: the annual assessment, {day.year}"
        work = here.publish(day, "state_of_policing", topic, title, here.areas, 1)
        here.plan(day, INSPECTORS, work)
        for area in chance.sample(here.areas, min(ELSEWHERE, len(here.areas))):
            topic = chance.choice(every)
            day = first + timedelta(days=chance.randrange(350))
            name = here.ledger.service().bodies[area.force].name
            title = f"{topic.title}: {name}, {day.year}"
            many = chance.randint(2, 4)
            work = here.publish(day, "force_inspection", topic, title, [area], many)
            here.plan(day, INSPECTORS, work)
    for area in [one for one in here.areas if not one.keeps][:2]:
        area.silent_on = here.ends - timedelta(days=100)
    for days in (100, 48, 10):  # something is unanswered on the last day, due, and not yet due
        day, topic = here.ends - timedelta(days=days), chance.choice(every)
        title = f"{topic.title}: a national inspection, {in_words(day.isoformat()[:7])}"
        work = here.publish(day, "national_thematic", topic, title, here.areas, 2)
        here.plan(day, INSPECTORS, work)
    for area in here.areas:
        day = here.begins + timedelta(days=chance.randrange(10, TURN.days))
        while day < here.ends:
            topic = chance.choice(every)
            name = here.ledger.service().bodies[area.force].name
            title = f"PEEL {day.year}: {name}"
            work = here.publish(day, "peel", topic, title, [area], chance.randint(3, 7))
            here.plan(day, INSPECTORS, work)
            day += here.about(TURN.days) if chance.random() < 0.2 else TURN
