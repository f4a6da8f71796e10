"""Synthetic data for trials and benchmarks: offices that answer reports, by the real acts.

Repeatable: the same numbers give the same acts in the same order (ids, salts and the time of
recording aside). Every entry passes the rules, as a clerk's would; nothing is written past them.
"""

import copy
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

from ledger.acts.decision import Decision, Told
from ledger.acts.service import grant_scope, open_account
from ledger.application import Ledger
from ledger.errors import Refused
from ledger.events import AccountOpened, Batch, ScopeGranted
from ledger.states.service import SETUP, Account
from ledger.synthetic import life

NAME = "service/seed"
"""The account in whose name a log is seeded."""
INTERLEAVED = 8
"""So many reports are under way at a time, so that their entries lie among one another's."""
_FIRST = date(2019, 1, 7)
_DAYS = 2300
Progress = Callable[[int, int], None]


def seed(ledger: Ledger, events: int, bodies: int, progress: Progress) -> int:
    """Record at least so many entries about so many offices; the last position.

    Refused where the log holds seeded reports already: what is there would be repeated.
    """
    if ledger.read_stream("report/seed-00001"):
        raise Refused("seeded-already", "This log was seeded already; seed a new data directory.")
    offices = [
        life.Office(body.id, body.force)
        for body in ledger.service().bodies.values()
        if body.kind == "local_policing_body" and body.force
    ]
    if not 1 <= bodies <= len(offices):
        raise Refused("bodies", f"There are {len(offices)} offices to choose from, not {bodies}.")
    by = _account(ledger)
    first = last = ledger.head()
    for work in _in_turn(offices[:bodies]):
        done = ledger.decide(by, work)
        if done.entries:
            last = done.entries[-1].position
            progress(min(last - first, events), events)
        if last - first >= events:
            return last
    raise AssertionError("it goes on for ever")


def _account(ledger: Ledger) -> Account:
    """The account in whose name a log is seeded, opened on first use."""
    if NAME not in ledger.service().accounts:
        ledger.record(SETUP, open_account, AccountOpened(account=NAME, body=None), Told())
        ledger.record(SETUP, grant_scope, ScopeGranted(account=NAME, scope="admin"), Told())
    return ledger.account(NAME)


Work = Callable[[Decision], object]


def _in_turn(offices: list[life.Office]) -> Iterator[Work]:
    """The steps of endless reports, interleaved: each is one command."""
    number = 0
    under_way: list[Iterator[Work]] = []
    while True:
        while len(under_way) < INTERLEAVED:
            number += 1
            under_way.append(_steps(number, offices))
        one = under_way.pop(0)
        if (step := next(one, None)) is not None:
            yield step
            under_way.append(one)


def _steps(number: int, offices: list[life.Office]) -> Iterator[Work]:
    chance = random.Random(number)  # noqa: S311  # repeatable, not secret
    national = number % 3 == 0
    concerned = tuple(offices if national else [offices[number % len(offices)]])
    plan = life.Planned(
        reference=f"seed-{number:05}",
        published=_FIRST + timedelta(days=chance.randrange(_DAYS)),
        offices=concerned,
        numbers=tuple(str(n) for n in range(1, chance.randint(4, 10) + 1)),
        chance=copy.copy(chance),  # so that the acts don't hang on how many quarters follow
        batch=Batch(f"seed-{number:05}", "backfill"),
    )
    yield _again(plan, life.publish)
    yield _again(plan, life.respond)
    for quarter in range(1, chance.randint(2, 5)):
        yield _again(plan, partial(life.quarter, quarter=quarter))
    yield _again(plan, life.close)
    yield _again(plan, life.mend)


def _again(plan: life.Planned, step: Callable[[Decision, life.Planned], None]) -> Work:
    """A step as a command that can be decided again, as it is where another writer came first."""
    chance, asked = plan.chance.getstate(), dict(plan.asked)
    claimed, updates = set(plan.claimed), list(plan.updates)

    def work(decision: Decision) -> None:
        plan.chance.setstate(chance)
        plan.asked, plan.claimed, plan.updates = dict(asked), set(claimed), list(updates)
        step(decision, plan)

    return work
