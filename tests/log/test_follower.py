"""A follower: nothing lost, nothing twice, and held where it cannot go on."""

import os
import signal

import pytest

from ledger.postgres.connections import connect
from tests.log.following import SEEN, Trial, running
from tests.processes import Python


@pytest.fixture
def trial(fresh):
    with fresh.pool.connection() as app:
        app.execute(SEEN)
    yield Trial(fresh.url, pool=fresh.pool)
    with fresh.pool.connection() as app:
        app.execute("DROP TABLE follow.seen")  # so the database is as it was


@pytest.fixture
def follower(trial):
    made = trial.follower(batch=4)
    yield made
    made.close()


def fail(conn):
    raise ValueError("no such body")


def test_it_does_its_work_for_every_entry_once_and_in_order(trial, follower):
    trial.grow(10)
    assert follower.catch_up() == 10
    trial.grow(3)

    assert follower.catch_up() == 3

    assert trial.seen() == list(range(1, 14))
    assert (trial.progress.position, trial.progress.head, trial.progress.lag) == (13, 13, 0)


def test_another_one_of_the_same_name_goes_on_where_it_left_off(trial, follower):
    trial.grow(5)
    follower.step()

    other = trial.follower()
    other.catch_up()
    other.close()

    assert trial.seen() == [1, 2, 3, 4, 5]


def test_its_position_is_stored_in_the_transaction_of_its_work(trial, follower):
    trial.grow(6)
    trial.poison[6] = fail
    follower.step()
    committed_together = "SELECT DISTINCT s.xmin = p.xmin FROM follow.seen s, follow.positions p"
    with connect(trial.url) as app:
        assert app.execute(committed_together).fetchall() == [(True,)]
    follower.step()

    assert trial.seen() == [1, 2, 3, 4, 5]
    assert trial.progress.position == 5


KILLED = """
import sys
from ledger.log.follower import Follower
def work(conn, entries):
    for entry in entries:
        conn.execute("INSERT INTO follow.seen (position) VALUES (%s)", [entry.id])
        if entry.id == 11:
            conn.execute("SELECT pg_advisory_xact_lock(20170502, 55)")  # until it is killed
Follower("trial", sys.argv[1], work, batch=4).catch_up()
"""


def test_killed_in_the_middle_of_a_batch_it_resumes_without_loss_or_repetition(
    trial, follower, database, lock_of_the_log, until
):
    trial.grow(15)
    with lock_of_the_log():
        process = Python("-c", KILLED, trial.url, env=os.environ)
        until(database.waiting)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert trial.progress.position == 8

    follower.catch_up()

    assert trial.seen() == list(range(1, 16))


@pytest.mark.parametrize("batch", [1, 3, 4, 1000])
def test_a_follower_of_whole_transactions_never_takes_a_part_of_one(trial, batch):
    for many in (3, 5, 1):
        trial.grow(many)
    follower = trial.follower(batch=batch, whole=True)

    steps = [follower.step()[0] for _ in range(3)]
    follower.close()

    assert steps in ([3, 5, 1], [8, 1, 0], [9, 0, 0])
    assert trial.seen() == list(range(1, 10))


# Held


def test_an_entry_that_cannot_be_processed_holds_it_and_nothing_is_skipped(trial, follower):
    trial.grow(10)
    trial.poison[7] = fail

    assert follower.step() == (4, False)
    assert follower.step() == (0, True)
    assert follower.step() == (0, True)

    assert trial.seen() == [1, 2, 3, 4, 5, 6]
    assert trial.progress.position == 6
    assert trial.progress.held_at == 7
    assert trial.progress.held_why == "ValueError: no such body"
    assert trial.progress.lag == 4
    with pytest.raises(RuntimeError, match="trial is held: see `answerable status`"):
        follower.catch_up()


def test_an_entry_within_a_transaction_that_is_taken_whole_is_named(trial):
    trial.grow(2)
    trial.grow(4)
    trial.poison[5] = fail
    follower = trial.follower(whole=True)

    assert follower.step() == (0, True)
    follower.close()

    assert trial.seen() == [1, 2]
    assert (trial.progress.position, trial.progress.held_at) == (2, 5)


def test_the_very_first_entry_can_hold_it(trial, follower):
    trial.grow(2)
    trial.poison[1] = fail

    assert follower.step() == (0, True)

    assert (trial.progress.position, trial.progress.held_at) == (0, 1)
    assert trial.progress.held_why == "ValueError: no such body"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1/0",
        "SELECT nothing FROM nowhere",
        "DO $$ BEGIN RAISE 'an index row is too large' USING ERRCODE = '54000'; END $$",
    ],
)
def test_a_statement_that_fails_for_an_entry_holds_it(trial, follower, statement):
    trial.grow(3)
    trial.poison[2] = lambda conn: conn.execute(statement)

    assert follower.step() == (0, True)

    assert (trial.progress.position, trial.progress.held_at) == (1, 2)


def test_it_goes_on_when_the_work_succeeds(trial, follower):
    trial.grow(6)
    trial.poison[2] = fail
    follower.step()
    del trial.poison[2]

    follower.catch_up()

    assert trial.seen() == [1, 2, 3, 4, 5, 6]
    assert (trial.progress.held_at, trial.progress.held_why) == (None, None)


def test_a_deadlock_does_not_hold_it(trial, until):
    trial.grow(3)
    failures = iter([1, 2])

    def deadlock_twice(conn):
        if next(failures, None):
            conn.execute("DO $$ BEGIN RAISE 'deadlock' USING ERRCODE = '40P01'; END $$")

    trial.poison[2] = deadlock_twice
    with running(trial.follower()):
        until(lambda: trial.seen() == [1, 2, 3])

    assert trial.progress.held_at is None


# Running


def test_while_it_runs_it_is_woken_by_what_is_appended(trial, until):
    with running(trial.follower()):
        for n in range(1, 6):
            trial.grow(1)
            until(lambda n=n: trial.seen() == list(range(1, n + 1)))


def test_a_single_act_wakes_it_at_once_however_seldom_it_looks_by_itself(trial, until):
    follower = trial.follower()
    with running(follower, patience=3600, ring=lambda: trial.grow(1)):
        for n in range(1, 6):
            trial.grow(1)
            until(lambda n=n: trial.seen() == list(range(1, n + 1)))


def test_a_follower_does_entries_that_came_while_it_rested(trial, until):
    ended = trial.follower(pause=0.05)
    with running(ended, patience=600, ring=lambda: trial.grow(1)):
        for many in range(1, 6):
            trial.grow(4)  # close upon each other, and rung for while it rests
            if many == 3:
                until(lambda: len(trial.seen()) == 12)

        until(lambda: len(trial.seen()) == 20)

    assert trial.seen()[:20] == list(range(1, 21))


def test_one_leads_and_the_other_takes_over_when_it_stops(trial, until):
    with running(trial.follower(by="two")):
        trial.grow(1)
        until(lambda: trial.seen_by("two") == 1)
        with running(trial.follower(by="one")):
            for _ in range(20):
                trial.grow(1)
            until(lambda: len(trial.seen()) == 21)
            assert trial.seen_by("one") == 0  # the other one leads

    with running(trial.follower(by="one")):
        trial.grow(1)
        until(lambda: trial.seen_by("one") == 1)

    assert trial.seen() == list(range(1, 23))


def test_the_other_takes_over_when_the_leaders_connection_is_killed(trial, database, until):
    with running(trial.follower(by="one")):
        trial.grow(1)
        until(lambda: trial.seen_by("one") == 1)
        with running(trial.follower(by="two")):
            for n in range(2, 6):
                database.do(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND classid = 20170503"
                )
                trial.grow(1)
                until(lambda n=n: trial.seen() == list(range(1, n + 1)))
