"""Eight writers, and readers that only ever look forward: every entry once, in order, no hole."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest

from ledger.errors import Stale
from ledger.log.append import append
from ledger.log.doorbell import Doorbell
from ledger.log.storage import LogRecorder
from ledger.postgres.connections import connect, pool
from tests.log.following import SEEN, Trial, running
from tests.log.making import Database, event

WRITERS = 8


def write(connections, number: int, upto: int) -> list[int]:
    """Append to a stream of one's own, and to one that all fight for, until the log has so many
    entries: the positions won."""
    chance = random.Random(number)
    won: list[int] = []
    mine, shared = 0, 0
    while not won or won[-1] < upto:
        if chance.random() < 0.8:
            many = chance.choice([1, 1, 1, 5])
            done = append(connections, [event(f"w/{number}", mine + n + 1) for n in range(many)])
            mine += many
            won += range(done.first_position, done.last_position + 1)
            continue
        with suppress(Stale):  # always: a refusal leaves no hole
            append(connections, [event("shared", shared + 1)], guards={"w/0": 10**6})
        try:
            won.append(append(connections, [event("shared", shared + 1)]).first_position)
            shared += 1
        except Stale:
            query = "SELECT max(version) FROM ledger.entries WHERE stream = 'shared'"
            with connections.connection() as conn:
                shared = conn.execute(query).fetchone()[0] or 0
    return won


def kill_the_listening_connections(url: str) -> int:
    killed = Database(url).rows(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE query = 'LISTEN answerable_log' AND datname = current_database()"
    )
    return len(killed)


@pytest.mark.parametrize("many", [500, pytest.param(10_000, marks=pytest.mark.soak)])
def test_every_committed_event_is_seen_once_and_in_order(database_url, until, many):
    with connect(database_url, autocommit=True) as app:
        app.execute(SEEN)
    subscribed: list[int] = []

    def read(subscription) -> None:
        subscribed.extend(notification.id for notification in subscription)

    with (
        Trial(database_url) as trial,
        pool(database_url, min_size=WRITERS, max_size=WRITERS + 4) as connections,
        LogRecorder(connections, database_url).subscribe(gt=0) as subscription,
        running(trial.follower(batch=50)),
        ThreadPoolExecutor(WRITERS) as executor,
    ):
        reader = threading.Thread(target=read, args=[subscription])
        reader.start()
        writers = [executor.submit(write, connections, n, many) for n in range(WRITERS)]
        kills = 0
        for killed_at in range(20, 200, 60):
            until(lambda at=killed_at: trial.last() > at)
            kills += kill_the_listening_connections(database_url)
        won = sorted(position for writer in writers for position in writer.result())
        until(lambda: len(trial.seen()) >= len(won))
        until(lambda: len(subscribed) >= len(won))
        subscription.stop()
        reader.join()
        seen = trial.seen()

    everything = list(range(1, len(won) + 1))
    assert won == everything
    assert seen == everything
    assert subscribed == everything
    assert kills >= 2
    assert len(won) >= many


def test_a_killed_listening_connection_costs_a_second_and_no_event(database_url, until):
    with (
        pool(database_url) as connections,
        LogRecorder(connections, database_url).subscribe(gt=0) as subscription,
    ):
        for n in range(1, 4):
            until(lambda: kill_the_listening_connections(database_url))
            append(connections, [event("a/1", n)])

            assert next(subscription).id == n


def test_a_doorbell_that_cannot_listen_still_returns(database_url):
    nowhere = psycopg.conninfo.make_conninfo(database_url, dbname="not_there")
    bell = Doorbell(nowhere)

    bell.wait(timeout=0.01)

    bell.close()
