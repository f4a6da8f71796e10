"""Whose a duty is at any two dates, beside an oracle that goes through the days one by one.

Families of bodies at random, recorded through the real ledger: who follows whom, ahead of the day
or late, corrected and retracted; reports, statements and recommendations about the first of each.
What the site says, what is counted, and what `replay` works out from the log are compared with it.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random

import pytest

from ledger.acts import correction, recommendation, report, response, retraction
from ledger.acts.decision import Decision, Told
from ledger.acts.service import register_body, succeed_body
from ledger.clock import london_date
from ledger.errors import Refused
from ledger.events import (
    BodyRegistered,
    BodySucceeded,
    ClosureConfirmed,
    RecommendationRaised,
    ReportPublished,
    Source,
)
from ledger.events.recommendation import Target
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.replay.answers import answers
from ledger.replay.log import ending, read
from ledger.replay.world import World
from tests.api.town import Town
from tests.projections.test_replay_oracle import rows

FIRST = date(2025, 12, 1)
DAYS = 200
PAGE = Source(url="https://hmicfrs.example/report")
SIDE_BY_SIDE, TOWNS = 30, 100


@dataclass
class Family:
    """The bodies that follow one another, and what is recorded about them, by position."""

    name: str
    chance: Random
    said: list[tuple[int, str, str, date]] = field(default_factory=list)
    """Position, who is followed, by whom, from when."""
    moved: list[tuple[int, str, date | None]] = field(default_factory=list)
    """Position, whose succession, to which day; None: retracted."""
    entries: dict[str, str] = field(default_factory=dict)
    published: date | None = None
    published_at: int = 0
    statement: tuple[int, date] | None = None
    """Its position, and the last day on which it can have been published."""
    target: date | None = None
    closed: tuple[int, date] | None = None

    def body(self, n: int) -> str:
        return f"{self.name}-{'abc'[n]}"

    def follows(self, position: int) -> dict[str, tuple[str, date]]:
        """Who followed whom as known at a position."""
        found = {who: (by, on) for at, who, by, on in self.said if at <= position}
        for at, who, on in self.moved:
            if at <= position and who in found:
                if on is None:
                    del found[who]
                else:
                    found[who] = (found[who][0], on)
        return found

    def held(self, position: int, on: date, settling: list[date]) -> tuple[str, str]:
        """Who has it and who holds the office on a day: day after day from the report's on."""
        follows = self.follows(position)
        assert self.published is not None
        holder = counted = self.body(0)
        settled = False
        day = date(2025, 11, 1)
        while day <= on:
            while holder in follows and follows[holder][1] <= day:
                holder = follows[holder][0]
            if not settled:
                counted = holder
            settled = settled or day in settling
            day += timedelta(days=1)
        return counted, holder


def life(family: Family) -> list[tuple[int, str]]:
    """What happens in a family, each on its day."""
    chance = family.chance
    happens = [(0, "register"), (chance.randint(0, 150), "report")]
    for n in range(chance.randint(0, 2)):
        happens.append((chance.randint(0, DAYS), f"succeed {n}"))
        if chance.random() < 0.3:
            happens.append((chance.randint(0, DAYS), f"correct {n}"))
        if chance.random() < 0.2:
            happens.append((chance.randint(0, DAYS), f"retract {n}"))
    if chance.random() < 0.7:
        happens.append((chance.randint(0, DAYS), "state"))
    if chance.random() < 0.5:
        happens.append((chance.randint(0, DAYS), "close"))
    return happens


def act(town: Town, family: Family, what: str) -> None:
    """Do what happens on this day, where the rules allow it."""
    ledger, chance = town.ledger, family.chance
    keeper = ledger.account("service/keeper")
    today = london_date(ledger.now())
    word, _, number = what.partition(" ")

    def record(decide: Callable[[Decision], object]) -> tuple[int, str]:
        done = ledger.decide(keeper, decide)
        return done.entries[-1].position, done.entries[0].id

    def a_day() -> date:
        return FIRST + timedelta(days=chance.randint(2, DAYS))

    match word:
        case "register":
            for n in range(3):
                body = BodyRegistered(
                    id=family.body(n), name=family.body(n), kind="local_policing_body"
                )
                record(partial(register_body, event=body, told=Told()))
        case "report":
            family.published = today - timedelta(days=chance.randint(0, 30))
            target = today + timedelta(days=chance.randint(0, 90))
            raised = report.Raise(
                event=RecommendationRaised(
                    number="1", text=say("Do it."), target=Target(on=target.isoformat())
                ),
                addressees=(family.body(0),),
            )
            told = Told(occurred_on=family.published.isoformat(), source=PAGE)
            event = ReportPublished(
                title=f"A report to {family.name}", kind="force_inspection", publisher="hmicfrs"
            )

            def publish(decision: Decision) -> None:
                report.publish_report(
                    decision,
                    event,
                    told,
                    reference=family.name,
                    bodies=[family.body(0)],
                    recommendations=[raised],
                )

            try:
                family.published_at, _ = record(publish)
                family.target = target
            except Refused:
                family.published = None
        case "succeed":
            n, on = int(number), a_day()
            who, by = family.body(n), family.body(n + 1)
            follows = BodySucceeded(id=who, successor=by, on=on.isoformat())
            position, family.entries[who] = record(
                lambda d: succeed_body(d, follows, Told(source=PAGE))
            )
            family.said.append((position, who, by, on))
        case "correct" | "retract":
            who = family.body(int(number))
            if who not in family.follows(town.position):
                return
            entry = ledger.entry(family.entries[who])
            if word == "retract":
                position, _ = record(
                    lambda d: retraction.retract_entry(d, entry, Told(), reason=say("Never."))
                )
                family.moved.append((position, who, None))
                return
            on = a_day()
            position, _ = record(
                lambda d: correction.correct_entry(
                    d, entry, Told(), field="on", now=on.isoformat(), reason=say("So.")
                )
            )
            family.moved.append((position, who, on))
        case "state" if family.published is not None:
            known = chance.random() < 0.7
            day = family.published + (today - family.published) * chance.random()
            told = Told(occurred_on=day.isoformat() if known else None, source=PAGE)
            position, _ = record(
                lambda d: response.publish_response(
                    d, family.name, family.body(0), told, explanations=(), text=say("I welcome it.")
                )
            )
            family.statement = position, day if known else today
        case "close" if family.target is not None:
            told = Told(occurred_on=today.isoformat(), by="hmicfrs", source=PAGE)
            to = RecommendationId(family.name, "1", family.body(0))
            closure = ClosureConfirmed(reason=say("Done."))
            position, _ = record(lambda d: recommendation.confirm_closure(d, to, closure, told))
            family.closed = position, today


def lived(town: Town, seeds: list[int]) -> list[Family]:
    """Families side by side, day after day."""
    families = [Family(f"family-{n}", Random(seed)) for n, seed in enumerate(seeds)]
    happens = sorted(
        (day, n, what) for n, family in enumerate(families) for day, what in life(family)
    )
    before = None
    for day, n, what in happens:
        if day != before:
            town.clock.set((FIRST + timedelta(days=day)).isoformat())
            before = day
        with suppress(Refused):  # a day that fits no term, a body that is followed already
            act(town, families[n], what)
    town.clock.set((FIRST + timedelta(days=DAYS + 1)).isoformat())
    town.catch_up()
    return families


def agree(town: Town, families: list[Family], chance: Random, asked: int) -> Counter[str]:
    """At random dates: the site, its counts and `replay` say what the oracle says."""
    seen: Counter[str] = Counter()
    log = read(rows(town))
    first = min(family.published_at for family in families if family.published_at)
    for _ in range(asked):
        position = ending(log.lines, chance.randint(first, town.position))
        latest = log.lines[position - 1].recorded_on
        on = min(FIRST + timedelta(days=chance.randint(0, DAYS)), latest)
        asked_at = {"known_at": str(position), "effective_on": on.isoformat()}
        mine = answers(World(log, position, on))
        counted: Counter[str] = Counter()
        for family in families:
            if family.published is None or family.published_at > position:
                continue
            if family.published > on:
                continue
            settling = [family.published + timedelta(days=56)]
            if family.statement is not None and family.statement[0] <= position:
                settling.append(family.statement[1])
            expected = family.held(position, on, settling)
            counted[expected[0]] += 1
            path = f"/api/responses/{family.name}/{family.body(0)}"
            said = town.anybody.reads(path, **asked_at)
            assert whose(said, family) == expected, (path, asked_at, said["office"])
            assert whose(mine.responses[path], family) == expected, (path, asked_at)
            seen["passed"] += expected[0] != family.body(0)
            seen["left behind"] += expected[0] != expected[1]

            assert family.target is not None
            settling = []
            closed = family.closed
            if closed is not None and closed[0] <= position and closed[1] <= on:
                settling.append(closed[1])
            if not settling or family.target < settling[0]:
                passed = [] if settling else [family.target + timedelta(days=1)]
                settling += passed
            expected = family.held(position, on, settling)
            path = f"/api/recommendations/{family.name}/1/{family.body(0)}"
            said = town.anybody.reads(path, **asked_at)
            assert whose(said, family) == expected, (path, asked_at, said["office"])
            assert whose(mine.recommendations[path], family) == expected, (path, asked_at)
        found = town.anybody.reads("/api/compliance", group_by="body", **asked_at)["items"]
        assert {one["body"]: one["responses"] for one in found} == dict(counted), asked_at
    return seen


def whose(said, family: Family) -> tuple[str, str]:
    office = said["office"]
    if office is None:
        return family.body(0), family.body(0)
    return office["counted_with"], office["now"]


def test_whose_a_duty_is_agrees_with_going_through_the_days_one_by_one(town):
    families = lived(town, list(range(SIDE_BY_SIDE)))
    seen = agree(town, families, Random(3), 12)
    assert seen["passed"] > 10
    assert seen["left behind"] > 5


@pytest.mark.soak
def test_whose_a_duty_is_agrees_in_many_towns(new_town):
    seen: Counter[str] = Counter()
    chance = Random()
    for _ in range(TOWNS):
        with new_town() as town:
            families = lived(town, [chance.randrange(10**9) for _ in range(SIDE_BY_SIDE)])
            seen += agree(town, families, chance, 12)
            seen["histories"] += len(families)
    assert seen["histories"] >= 3_000
