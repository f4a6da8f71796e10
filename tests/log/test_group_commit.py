"""Appends that wait share a call, and each gets the verdict that it would get alone."""

import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from ledger.errors import KeyReused, LogUnreachable, Stale
from ledger.log.append import Appended, EventIdTaken, Request, ToStore, append, group_commit
from ledger.log.group_commit import MOST_ITEMS, GroupCommit
from ledger.postgres.connections import pool
from tests.log.making import event
from tests.log.proxy import proxy

ONE_LOG = True
MOMENTS = "SELECT recorded_at, xmin::text FROM ledger.entries ORDER BY position"
Ask = tuple[Sequence[ToStore], dict[str, Any]]


@pytest.fixture
def at_once(connections, database, lock_of_the_log, until):
    """Append each of these at once, by a thread each: the first one leads, and the others wait for
    the next call, in this order."""

    def run(asks: Sequence[Ask], pool=connections, held=lock_of_the_log) -> list[Future[Appended]]:
        group = group_commit(pool)
        with ThreadPoolExecutor(len(asks)) as executor:
            running = []
            with held():
                for nth, (events, named) in enumerate(asks):
                    running.append(executor.submit(append, pool, events, **named))
                    until(lambda: database.waiting() == 1)
                    until(lambda nth=nth: group.waiting == nth)
        return running

    return run


def calls(database) -> list[int]:
    """Return how many entries each call stored, in the order of the calls; check that each entry
    has a moment of its own."""
    found = database.rows(MOMENTS)
    moments = [moment for moment, _ in found]
    assert moments == sorted(set(moments))
    transactions = [transaction for _, transaction in found]
    return [transactions.count(one) for one in dict.fromkeys(transactions)]


def test_appends_that_wait_share_a_call_and_each_has_a_moment_of_its_own(at_once, database):
    running = at_once([([event(f"a/{n}")], {}) for n in range(MOST_ITEMS + 9)])

    assert [one.result().first_position for one in running] == [*range(1, MOST_ITEMS + 10)]
    assert calls(database) == [1, MOST_ITEMS, 8]


def test_a_call_holds_a_megabyte_at_most(at_once, database):
    long = {"text": "x" * 400_000}

    at_once([([event(f"a/{n}", texts=long)], {}) for n in range(6)])

    assert calls(database) == [1, 2, 2, 1]


def test_an_append_that_is_refused_fails_alone(at_once, connections, database):
    append(connections, [event("a/1")])
    asks: list[Ask] = [([event(f"b/{n}", texts={"text": "x"})], {}) for n in range(5)]
    asks[2] = ([event("a/1", 1, texts={"text": "x"}), event("c/1")], {})

    running = at_once(asks)

    assert [type(one.exception()).__name__ for one in running] == [
        *("NoneType", "NoneType", "StreamMovedOn", "NoneType", "NoneType")
    ]
    assert calls(database) == [1, 1, 3]
    assert database.rows("SELECT position FROM ledger.texts ORDER BY 1") == [2, 3, 4, 5]


@pytest.mark.parametrize("guarded", ["a/1", "a/"])
@pytest.mark.parametrize("first", ["written", "guarded"])
def test_an_append_waits_where_another_writes_what_it_guards(at_once, database, guarded, first):
    """The one that waited longer goes first, so the other is refused only if it guards."""
    asks: list[Ask] = [([event("a/1")], {}), ([event("b/1")], {"guards": {guarded: 0}})]
    if first == "guarded":
        asks.reverse()

    _, *running = at_once([([event("c/1")], {}), *asks])

    stored = [one.exception() is None for one in running]
    assert stored == [True, first == "guarded"]
    assert calls(database) == [1] * (1 + sum(stored))


def test_a_capture_shares_no_call(connections, database, lock_of_the_log, until):
    with ThreadPoolExecutor(3) as executor, lock_of_the_log():
        for nth, capture in enumerate((None, b"bytes", b"others"), 1):
            executor.submit(append, connections, [event(f"a/{nth}", capture=capture)])
            until(lambda nth=nth: database.waiting() == nth)

    assert calls(database) == [1, 1, 1]


def test_if_a_call_fails_as_a_whole_each_append_is_tried_alone(at_once, database):
    asks: list[Ask] = [([event(f"a/{n}")], {}) for n in range(5)]
    asks[2] = ([event("a/2", state=b"x" * 65535)], {})  # which no table takes

    running = at_once(asks)

    assert isinstance(running[2].exception(), OperationalError)
    assert "entries_state_check" in str(running[2].exception())
    others = [one.result() for one in running if one is not running[2]]
    assert sorted(one.first_position for one in others) == [1, 2, 3, 4]
    assert calls(database) == [1, 1, 1, 1]


# The answer is lost


@pytest.fixture
def between(database_url):
    with proxy(database_url) as made:
        yield made


def test_if_the_answer_to_a_call_is_lost_each_append_is_answered_with_what_is_stored(
    at_once, between, database, lock_of_the_log
):
    @contextmanager
    def held():
        with lock_of_the_log():
            yield
            between.cuts = ["after the commit"]  # of the call that follows

    asks: list[Ask] = [([event(f"a/{n}")], {}) for n in range(4)]
    asks[2][1]["request"] = Request("a/clerk", "key", b"\x01" * 32)
    with pool(between.url, max_size=8) as through:
        running = at_once(asks, through, held)

    assert between.cuts == []
    assert [(one.result().first_position, one.result().repeated) for one in running] == [
        (1, False),
        (2, True),
        (3, True),
        (4, True),
    ]
    assert calls(database) == [1, 3]


def test_if_the_database_ends_a_call_each_append_is_sent_again(
    at_once, connections, database, database_url, until
):
    @contextmanager
    def held():
        """Hold the lock of the log until the second call waits for it, whose session is ended."""
        lock = "SELECT pg_advisory_lock(20170502, 55)"
        with (
            psycopg.connect(database_url, autocommit=True) as first,
            psycopg.connect(database_url, autocommit=True) as second,
            ThreadPoolExecutor(1) as executor,
        ):
            first.execute(lock)
            yield
            after = executor.submit(second.execute, lock)
            until(lambda: database.waiting() == 2)
            first.close()
            after.result()
            until(lambda: database.waiting() == 1)
            database.do(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )

    running = at_once([([event(f"a/{n}")], {}) for n in range(4)], held=held)

    assert sorted(one.result().first_position for one in running) == [1, 2, 3, 4]
    assert calls(database) == [1, 1, 1, 1]


def test_nobody_waits_behind_a_call_that_waited_in_vain(database_url, database, at_once):
    """All write the same stream, so no two share a call."""
    url = make_conninfo(database_url, options="-c lock_timeout=300ms")
    with (
        pool(url, max_size=8) as connections,
        psycopg.connect(database_url, autocommit=True) as other,
    ):
        other.execute("SELECT pg_advisory_lock(20170502, 55)")
        with ThreadPoolExecutor(6) as executor:
            running = [executor.submit(append, connections, [event("a/1", n)]) for n in range(1, 7)]

        for one in running:
            with pytest.raises(LogUnreachable, match="so nothing was recorded"):
                one.result()
        assert group_commit(connections).waiting == 0
    assert database.positions() == []


# A thread that ends


@dataclass(frozen=True)
class Nothing:
    """An item that meets no other."""

    written: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    size: int = 0


def test_a_leader_that_ends_hands_over(until):
    group: GroupCommit[Nothing, str] = GroupCommit()
    leading, ends, said = threading.Event(), threading.Event(), []

    def leads(item: Nothing, tried_before: bool) -> str:
        leading.set()
        ends.wait()
        raise KeyboardInterrupt

    def alone(item: Nothing, tried_before: bool) -> str:
        said.append(tried_before)
        return "alone"

    def together(items: Sequence[Nothing]) -> Sequence[str]:
        return ["together"] * len(items)

    with ThreadPoolExecutor(4) as executor:
        leader = executor.submit(group.append, Nothing(), together, leads)
        leading.wait()
        others = []
        for nth in range(1, 4):
            others.append(executor.submit(group.append, Nothing(), together, alone))
            until(lambda nth=nth: group.waiting == nth)
        ends.set()

    assert isinstance(leader.exception(), KeyboardInterrupt)
    assert [one.result() for one in others] == ["alone"] * 3
    assert said == [False] * 3
    assert group.append(Nothing(), together, alone) == "alone"


def test_if_a_leader_ends_within_a_shared_call_the_others_are_sent_again(until):
    group: GroupCommit[Nothing, str] = GroupCommit()
    leading, goes_on = threading.Event(), threading.Event()

    def alone(item: Nothing, tried_before: bool) -> str:
        leading.set()
        goes_on.wait()
        return "again" if tried_before else "first"

    def together(items: Sequence[Nothing]) -> Sequence[str]:
        raise KeyboardInterrupt

    with ThreadPoolExecutor(4) as executor:
        running = []
        for nth in range(4):
            running.append(executor.submit(group.append, Nothing(), together, alone))
            leading.wait()
            until(lambda nth=nth: group.waiting == nth)
        goes_on.set()

    assert running[0].result() == "first"
    assert isinstance(running[1].exception(), KeyboardInterrupt)
    assert [one.result() for one in running[2:]] == ["again", "again"]


def test_an_append_whose_thread_ends_while_it_waits_is_withdrawn(until):
    group: GroupCommit[Nothing, str] = GroupCommit()
    leading, goes_on = threading.Event(), threading.Event()

    def alone(item: Nothing, tried_before: bool) -> str:
        leading.set()
        goes_on.wait()
        return "alone"

    def together(items: Sequence[Nothing]) -> Sequence[str]:
        return ["together"] * len(items)

    def interrupt() -> None:
        until(lambda: group.waiting == 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with ThreadPoolExecutor(2) as executor:
        leader = executor.submit(group.append, Nothing(), together, alone)
        leading.wait()
        executor.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            group.append(Nothing(), together, alone)
        assert group.waiting == 0
        goes_on.set()
        assert leader.result() == "alone"


# As if one after another

_examples = count(1)


@dataclass(frozen=True)
class Wanted:
    """An append of an example, by the numbers of its streams: what it writes and guards."""

    writes: tuple[tuple[str, int], ...]
    guards: tuple[tuple[str, int], ...]
    key: tuple[str, int] | None
    like: tuple[str, int] | None
    """Whether it takes the events of a former one, or only its ids."""


@dataclass
class Log:
    """A log that takes appends one after another."""

    versions: dict[str, int] = field(default_factory=dict)
    stored: dict[Any, tuple[Any, int]] = field(default_factory=dict)
    keys: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    head: int = 0

    def verdict(self, events: Sequence[ToStore], named: dict[str, Any]) -> Any:
        """Return the verdict on an append, which is stored if it is not refused."""
        there = [self.stored.get(one.event_id) for one in events]
        if any(there):
            same = [one and one[0] == given for one, given in zip(there, events, strict=True)]
            first = there[0][1] if there[0] else 0
            in_order = [one and one[1] for one in there] == [*range(first, first + len(events))]
            return ("repeated", first) if all(same) and in_order else EventIdTaken
        request = named["request"]
        if request and request.key in self.keys:
            fingerprint, first = self.keys[request.key]
            return ("repeated", first) if fingerprint == request.fingerprint else KeyReused
        for stream, version in named["guards"].items():
            below = sum(n for one, n in self.versions.items() if one.startswith(stream))
            now = below if stream.endswith("/") else self.versions.get(stream, 0)
            if now != version:
                return Stale
        after = dict(self.versions)
        for one in events:
            stream = str(one.originator_id)
            if one.originator_version != after.get(stream, 0) + 1:
                return Stale
            after[stream] = one.originator_version
        first = self.head + 1
        for nth, one in enumerate(events):
            self.stored[one.event_id] = (one, first + nth)
        if request:
            self.keys[request.key] = (request.fingerprint, first)
        self.versions, self.head = after, self.head + len(events)
        return ("stored", first)

    def copy(self) -> "Log":
        return Log(dict(self.versions), dict(self.stored), dict(self.keys), self.head)


def in_some_order(log: Log, asks: list[Ask], verdicts: list[Any]) -> bool:
    """Return whether these verdicts are those of the appends one after another in some order."""
    if not asks:
        return True
    for nth, ask in enumerate(asks):
        after = log.copy()
        rest = asks[:nth] + asks[nth + 1 :], verdicts[:nth] + verdicts[nth + 1 :]
        if after.verdict(*ask) == verdicts[nth] and in_some_order(after, *rest):
            return True
    return False


STREAMS = ("a", "b", "p/c", "p/d")
WANTED = st.builds(
    Wanted,
    st.lists(
        st.tuples(st.sampled_from(STREAMS), st.sampled_from((1, 1, 2))), min_size=1, max_size=2
    ).map(tuple),
    st.lists(
        st.tuples(st.sampled_from((*STREAMS, "p/")), st.sampled_from((0, 0, 1, 2))), max_size=2
    ).map(tuple),
    st.none() | st.tuples(st.sampled_from("kl"), st.integers(0, 1)),
    st.none() | st.none() | st.tuples(st.sampled_from(("events", "ids")), st.integers(0, 5)),
)


def made(wanted: Sequence[Wanted], prefix: str) -> list[Ask]:
    """Return the appends of an example, in streams and under keys of its own."""
    asks: list[Ask] = []
    for one in wanted:
        events = [event(prefix + stream, version) for stream, version in one.writes]
        if one.like and asks:
            what, which = one.like
            former = asks[which % len(asks)][0]
            if what == "events":
                events = list(former)
            else:
                events[0] = replace(events[0], event_id=former[0].event_id, state=b"others")
        written = {stored.originator_id for stored in events}
        guards = {prefix + stream: version for stream, version in one.guards}
        key = one.key and Request("a/clerk", prefix + one.key[0], bytes([one.key[1]]) * 32)
        asks.append(
            (
                events,
                {"guards": {s: v for s, v in guards.items() if s not in written}, "request": key},
            )
        )
    return asks


def said(done: Future[Appended], before: int) -> Any:
    """Return a verdict as `Log` gives it."""
    if isinstance(done.exception(), Stale):
        return Stale
    if done.exception():
        return type(done.exception())
    result = done.result()
    return "repeated" if result.repeated else "stored", result.first_position - before


@given(wanted=st.lists(WANTED, min_size=2, max_size=6))
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_verdicts_are_those_of_the_appends_one_after_another(
    wanted: list[Wanted], at_once: Callable[..., Any], database: Any, connections: Any
) -> None:
    prefix = f"example-{next(_examples)}/"
    (before,) = database.rows("SELECT coalesce(max(position), 0) FROM ledger.entries")
    asks = made(wanted, prefix)

    first, *running = at_once([([event(f"{prefix}first")], {}), *asks])

    assert first.result().first_position == before + 1
    verdicts = [said(one, before + 1) for one in running]
    assert in_some_order(Log(), asks, verdicts), verdicts
    (moments,) = database.rows(
        "SELECT count(DISTINCT recorded_at) FROM ledger.entries WHERE position > %s", before + 1
    )
    assert moments == sum(
        verdict[0] == "stored" for verdict in verdicts if isinstance(verdict, tuple)
    )
