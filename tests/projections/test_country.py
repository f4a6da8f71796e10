"""A country that is made up: real acts day by day, and a database that is its own again."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from bench import country
from bench.demo import fill
from ledger import clock
from ledger.application import Ledger
from ledger.dates import london_date
from ledger.errors import Refused
from ledger.events.entry import line
from ledger.postgres.connections import connect_owner, pool
from ledger.replay.log import read
from ledger.replay.recommendation import recommendation
from ledger.replay.world import World
from projections.questions.country import GROUPS, quarter_ends
from projections.questions.question import asking
from projections.read_models import rebuild
from projections.verdict.compliance import VERDICTS
from tests.projections.test_every_verdict_is_seen import BOTH, recorded, silent, verdicts
from tests.servers import new_database

BEGINS, ENDS = date(2023, 5, 3), date(2026, 5, 2)


@pytest.fixture(scope="module")
def made(postgres, migrated):
    """Yield the URL of a country of eight areas and three years, with its read models."""
    with new_database(postgres, migrated) as url:
        country.make(url, begins=BEGINS, ends=ENDS, progress=silent, forces=8)
        fill(url, silent)
        yield url


@pytest.fixture(scope="module")
def log(made):
    with pool(made, max_size=2) as connections:
        yield Ledger(connections, made)


@pytest.fixture(scope="module")
def entries(log):
    return log.read(0, 50_000)


def test_its_quarters_are_what_a_naive_fold_of_the_entries_finds_at_both_dates(log):
    stored = log.log.select_notifications(1, 50_000)
    told = read([line(one.state, one.id, one.recorded_at) for one in stored])
    past = told.lines[len(told.lines) * 3 // 4]
    over = past.recorded_on - timedelta(days=1)

    def last_by(day: date) -> int:
        return max((one.position for one in told.lines if one.recorded_on <= day), default=0)

    def fold(position: int, day: date) -> dict[str, int]:
        world = World(told, position, day)
        found = (recommendation(world, one) for one in world.streams("recommendation"))
        counts = Counter(one["status"] for one in found if one)
        return {group: sum(counts[one] for one in of) for group, of in GROUPS.items()}

    for known_at, position, which in (
        (None, len(stored), (5, -1)),
        (str(past.recorded_on), last_by(past.recorded_on), (-1,)),
        (str(past.position), last_by(over), (-1,)),
        (past.recorded_at.isoformat(), last_by(over), (-1,)),
    ):
        with asking(log, None, known_at) as question:
            ends, day = quarter_ends(question), question.when.effective_on
        assert ends[-1].on < day <= ends[-1].on + timedelta(days=92)
        assert all(before.on < after.on for before, after in pairwise(ends))
        for one in (ends[n] for n in which):
            assert one.then == fold(last_by(one.on), one.on)
            assert one.now == fold(position, one.on)
        assert min(ends[-1].now.values()) > 0
        assert any(one.then != one.now for one in ends)


def test_it_says_that_it_is_made_up_before_anything_else(log, entries):
    first = next(one for one in entries if one.recorded_by != "service/setup")
    mark = next(one for one in entries if getattr(one.data, "account", None) == "service/seed")

    assert log.service().synthetic
    assert mark.position < first.position
    assert country.is_finished(log.service())


def test_its_years_pass_day_by_day_and_nothing_is_known_before_it_happened(entries):
    days = [london_date(one.instant) for one in entries]

    assert days == sorted(days)
    assert days[0] < BEGINS < max(days) <= ENDS
    assert len(set(days)) > 300
    assert all(
        one.occurred_on is None or one.occurred_on[:10] <= str(day)
        for one, day in zip(entries, days, strict=True)
    )


def test_the_database_and_this_process_go_by_their_own_clocks_again(made):
    with connect_owner(made) as owner:
        ((now,),) = owner.execute("SELECT clock_timestamp()").fetchall()
        left = owner.execute("SELECT to_regproc('pg_catalog.own_clock')").fetchone()

    assert left == (None,)
    assert abs((clock.now() - now).total_seconds()) < 60
    assert london_date(now) > ENDS


def test_a_clock_that_was_left_is_put_back(made):
    with connect_owner(made) as owner:
        owner.execute("SET allow_system_table_mods = on")
        owner.execute("ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO own_clock")
        owner.execute(
            "CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            " AS $$ SELECT own_clock() - interval '1 year' $$"
        )

        country.put_back(owner)

        since = owner.execute("SELECT now() - clock_timestamp() < interval '1 day'").fetchall()
        assert since == [(True,)]


def test_no_country_is_made_where_a_log_is(made):
    with pytest.raises(Refused, match="There is a log"):
        country.make(made, begins=BEGINS, ends=ENDS, progress=silent, forces=1)


def test_the_read_models_filled_at_once_are_those_of_the_whole_log(made, log):
    again = rebuild.compare(made, silent)

    assert again.position == log.head()
    assert not any(again.differences.values())
    assert again.rows > 1000


def test_it_shows_every_verdict(made):
    assert verdicts(made, ENDS) == {*VERDICTS}
    assert verdicts(made) == {*VERDICTS}
    assert recorded(made) == BOTH
