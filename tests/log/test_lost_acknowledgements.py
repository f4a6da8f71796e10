"""A connection cut at the worst moment: what was appended is stored once, or not at all."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from psycopg.conninfo import make_conninfo

from ledger.acts.decision import Notice
from ledger.acts.recommendation import receive_update
from ledger.application import How, Ledger
from ledger.errors import LogUnreachable, OutcomeUnknown
from ledger.events import UpdateReceived
from ledger.events.texts import say
from ledger.log.append import Request, append
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.embedded import alive, home, postmaster, start
from ledger.postgres.migrate import migrate
from tests.log.following import SEEN, Trial, running
from tests.log.making import TO, Database, event
from tests.log.proxy import proxy


@pytest.fixture
def between(database_url):
    with proxy(database_url) as made:
        yield made


@pytest.fixture
def through(between):
    with pool(between.url, min_size=1, max_size=2) as connections:
        yield connections


def test_an_acknowledgement_lost_after_the_commit_gives_what_is_stored(between, through, database):
    append(through, [event("a/1", 1)])
    between.cuts = ["after the commit"]

    done = append(through, [event("a/1", 2, texts={"text": "once"}), event("b/1", 1)])

    assert between.cuts == []
    assert done.repeated
    assert (done.first_position, done.last_position) == (2, 3)
    assert database.positions() == [1, 2, 3]
    assert len(database.rows("SELECT * FROM ledger.texts")) == 1


def test_a_connection_cut_before_anything_arrived_is_tried_again(between, through, database):
    between.cuts = ["before it arrives", "before it arrives"]

    done = append(through, [event("a/1", 1)])

    assert between.cuts == []
    assert not done.repeated
    assert database.positions() == [1]


def test_a_connection_cut_before_the_commit_stores_it_once(
    between, through, database, lock_of_the_log, until
):
    between.cuts = ["while it runs"]

    with ThreadPoolExecutor(1) as executor:
        with lock_of_the_log():
            appending = executor.submit(append, through, [event("a/1", 1)])
            until(lambda: database.waiting() == 1)
            between.cut_now.set()
            until(lambda: database.waiting() == 2)  # the server still runs the first try
        done = appending.result()

    assert (done.first_position, done.last_position) == (1, 1)
    assert database.positions() == [1]


def test_where_no_answer_comes_it_says_so_and_the_same_again_gives_what_is_stored(
    between, through, connections, database
):
    asked = Request("a/clerk", "key", b"\x01" * 32)
    given = [event("a/1", 1)]
    between.cuts = ["after the commit"] * 3

    with pytest.raises(OutcomeUnknown, match="look first whether it did"):
        append(through, given, request=asked)
    assert database.positions() == [1]
    again = append(connections, [event("a/1", 1)], request=asked)  # decided anew

    assert again.repeated
    assert again.first_position == 1
    assert database.positions() == [1]


def test_a_lock_that_cannot_be_had_after_a_lost_acknowledgement_leaves_open_what_is_recorded(
    between, database, lock_of_the_log
):
    url = make_conninfo(between.url, options="-c lock_timeout=20ms")
    between.cuts = ["after the commit"]
    with pool(url, min_size=1, max_size=2) as connections, ExitStack() as held:
        between.before_the_cut = lambda: held.enter_context(lock_of_the_log())

        with pytest.raises(OutcomeUnknown, match="the answer to a first try was lost") as said:
            append(connections, [event("a/1", 1)])

    assert database.positions() == [1]
    assert "nothing was recorded" not in said.value.sentence


def test_a_lock_that_cannot_be_had_at_once_means_that_nothing_was_recorded(
    between, database, lock_of_the_log
):
    url = make_conninfo(between.url, options="-c lock_timeout=20ms")
    with (
        pool(url, min_size=1, max_size=2) as connections,
        lock_of_the_log(),
        pytest.raises(LogUnreachable, match="so nothing was recorded"),
    ):
        append(connections, [event("a/1", 1)])

    assert database.positions() == []


# A recorded write is answered, even if the log cannot be read any more


@pytest.fixture
def writing(ledger, through, between):
    """Return the log through the proxy, and a function that records an update there under a key."""
    far = Ledger(through, between.url)
    clerk = ledger.account("cumbria-constabulary/clerk")
    asked = How(request=Request(clerk.name, "key", b"\x01" * 32))

    def write(log=far):
        event = UpdateReceived(text=say("An update"))
        return log.decide(clerk, lambda made: receive_update(made, TO, event, Notice()), asked)

    return write


def test_a_lost_acknowledgement_is_answered_though_the_log_cannot_be_read(ledger, writing, between):
    between.cuts, between.blind = ["after the commit"], True

    recorded = writing()

    assert between.cuts == []
    (stored,) = ledger.read(ledger.head() - 1, 10)
    assert recorded.entries == (stored,)
    between.blind = False
    again = writing(ledger)
    assert again.repeated
    assert again.entries == (stored,)
    assert ledger.head() == stored.position


def test_a_request_that_another_recorded_is_answered_though_the_log_cannot_be_read(
    ledger, writing, between, through
):
    """It was sent twice at once, so that the second one was decided before the first was there."""
    first = []

    def late(made):
        first.append(writing(ledger))
        between.blind = True
        event = UpdateReceived(text=say("An update"))
        return receive_update(made, TO, event, Notice())

    clerk = ledger.account("cumbria-constabulary/clerk")
    asked = How(request=Request(clerk.name, "key", b"\x01" * 32))

    again = Ledger(through, between.url).decide(clerk, late, asked)

    assert again.repeated
    assert again.entries == first[0].entries
    assert len(first) == 1


# The database restarted in between


@pytest.fixture
def restarts(new_server, until):
    """Yield the URL of a database on a server of its own, and what ends that server and starts
    it."""
    with new_server() as server:
        cluster = home(server.data) / "postgres"
        with connect_owner(server.owner_url) as owner:
            migrate(owner)

        def restart(how: signal.Signals) -> None:
            found = postmaster(cluster)
            assert found is not None
            os.kill(found.pid, how)
            until(lambda: not alive(found.pid, cluster))
            start(server.data, None, {})

        yield server.owner_url, restart


def test_while_the_database_restarts_an_event_is_stored_once_or_the_log_is_unreachable(
    restarts, until
):
    url, restart = restarts
    database = Database(url)
    stop_writing = threading.Event()
    stored: list[int] = []

    def write() -> None:
        given = [event("a/1", 1)]
        while not stop_writing.is_set():
            try:
                done = append(connections, given)
            except LogUnreachable:
                continue  # the same again, as it says, however long the restart takes
            stored.append(done.first_position)
            given = [event("a/1", len(stored) + 1)]

    with pool(url) as connections, ThreadPoolExecutor(1) as executor:
        writing = executor.submit(write)
        try:
            for how in (signal.SIGINT, signal.SIGQUIT):  # in good order, and as in a crash
                before = len(stored)
                until(lambda before=before: len(stored) > before + 50 or writing.done())
                restart(how)
            before = len(stored)
            until(lambda: len(stored) > before + 50 or writing.done())
        finally:
            stop_writing.set()
        writing.result()

    assert stored == list(range(1, len(stored) + 1))
    assert database.positions() == stored


def test_a_follower_outlives_a_restart_of_the_database(restarts, until):
    url, restart = restarts
    with connect(url, autocommit=True) as app:
        app.execute(SEEN)
    with Trial(url) as trial, running(trial.follower()):
        trial.grow(3)
        until(lambda: len(trial.seen()) == 3)
        restart(signal.SIGINT)
        trial.grow(2)
        until(lambda: len(trial.seen()) == 5)
        assert trial.seen() == [1, 2, 3, 4, 5]
