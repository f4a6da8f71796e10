"""The follower that sends sealed entries to subscriptions by webhooks, signed as
https://www.standardwebhooks.com says.

The log is the queue. A subscription gets the entries that it wants one after the other: the next
one once the receiver took the one before. An attempt is stored when its outcome is known. So a
process that is killed sends at most one entry of each subscription again, under the same id. No
commit waits for the disk: after a crash of the database those of the last second come again.
"""

import random
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from api.feeds import receivers
from api.feeds.cloudevents import cloudevent, sequence
from api.feeds.receivers import Receiver
from api.schemas.events import CloudEvent
from api.store import subscriptions
from api.store.subscriptions import SCOPE, Delivery, Outcome, Previous, Subscription
from ledger import clock, diagnostics
from ledger.application import Ledger
from ledger.dates import rfc3339
from ledger.errors import LogUnreachable
from ledger.events.entry import Entry
from ledger.log.follower import Leader
from ledger.seal.checkpoints import CHANNEL, Sealed
from projections.fields import Answer, json_of
from projections.questions import log_entries
from projections.questions.log_entries import Found, Wanted
from projections.questions.question import Question, asking

NAME = "webhooks"
THREADS = 32
"""At most so many receivers are served at once; each has one attempt at a time."""
_PAGE = 50
"""After so many entries a subscription lets others have their turn."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=4)
"""The wait after the first failed attempt. It doubles with each failure, up to the second value."""
GIVEN_UP = timedelta(days=3)
"""A subscription is disabled when an entry could not be delivered for so long."""
_NOBODY = 1.0
"""The seconds until subscriptions are looked up again if none is due, so that recording is not
slowed down."""
_MENDING = timedelta(minutes=1)
_GONE = 410
_JITTER = 0.2
_HEADERS = {
    "Content-Type": "application/cloudevents+json; charset=utf-8",
    "User-Agent": "answerable-webhooks",
}


class Webhooks(Leader):
    """Sends entries to subscriptions. One process leads, as for every follower."""

    def __init__(
        self,
        url: str,
        ledger: Ledger,
        origin: str,
        key: str | None,
        inside: Collection[str] = (),
        *,
        address: str,
        now: Callable[[], datetime] = clock.now,
        jitter: Callable[[], float] = random.random,
        threads: int = THREADS,
        seconds: float = receivers.SECONDS,
    ) -> None:
        """`key` is ANSWERABLE_SECRET_KEY; `address` the service's; `inside` are hosts that may lie
        inside a network (`receivers.check`); `jitter` returns a number from 0 to 1 that spreads the
        waits; `seconds` are those of one attempt."""
        super().__init__(NAME, url, channel=CHANNEL)
        self._ledger = ledger
        self._sealed = Sealed(ledger.pool)
        self._origin = origin
        self._address = address
        self._key = key
        self._inside = inside
        self._now = now
        self._jitter = jitter
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._lock = threading.Lock()
        self._busy: dict[str, Future[None]] = {}
        """The deliveries and tests that are being sent."""
        self._looked: dict[str, tuple[int, int]] = {}
        """For each subscription: its position, and the position up to which it wants nothing
        more."""
        self._rests: dict[str, datetime] = {}
        """The moment before which a delivery that failed by a fault of ours is not tried again."""
        self._position = -1

    def step(self) -> tuple[int, bool]:
        """Begin to send what is due. Return the number of subscriptions and tests begun, and
        False."""
        conn = self._connection()
        now, horizon = self._now(), self._sealed.look().horizon
        begun, due = 0, subscriptions.due(conn, now)
        tests = subscriptions.tests(conn)
        for one in due:
            if self._rests.get(one.id, now) > now:
                continue
            if max(one.position, self._looked_upto(one)) < horizon:
                begun += self._begin(one.id, self._serve, one.id, horizon)
        for test in tests:
            if self._rests.get(test.message, now) > now:
                continue
            begun += self._begin(test.message, self._test, test)
        if horizon > self._position:
            self._tell(conn, horizon)  # the position up to which the log was searched
            self._position = horizon
        self._did_all(horizon, rest=0.0 if due or tests else _NOBODY)
        return begun, False

    def catch_up(self) -> int:
        """Send everything that is due now, wait for it, and return how many deliveries and tests
        were begun."""
        total = 0
        while True:
            begun, _ = self.step()
            with self._lock:
                sending = list(self._busy.values())
            if not begun and not sending:
                return total
            wait(sending)
            total += begun

    def run(self, stop: threading.Event, patience: float = 1.0) -> None:
        """Follow until `stop` is set, then wait for what is being sent."""
        try:
            super().run(stop, patience)
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _looked_upto(self, one: Subscription) -> int:
        position, upto = self._looked.get(one.id, (-1, 0))
        return upto if position == one.position else 0

    def _begin(self, name: str, work: Callable[..., bool], *given: Any) -> int:
        """Start work in a thread, unless work under the same name is going on. Return 1 if it was
        started, else 0."""
        with self._lock:
            if name in self._busy:
                return 0
            self._submit(name, work, *given)
            return 1

    def _submit(self, name: str, work: Callable[..., bool], *given: Any) -> None:
        with suppress(RuntimeError):  # the pool is shutting down
            self._busy[name] = self._pool.submit(self._do, name, work, *given)

    def _do(self, name: str, work: Callable[..., bool], *given: Any) -> None:
        """Do the work, and queue it again behind others if there is more."""
        more = False
        try:
            more = work(*given)
        except (psycopg.Error, LogUnreachable) as error:
            diagnostics.warning("a webhook waits for the database", webhook=name, why=str(error))
        except Exception as error:  # noqa: BLE001  # the others go on
            diagnostics.error("a webhook failed by our mistake", webhook=name, exc_info=error)
            self._rests[name] = self._now() + _MENDING
        finally:
            with self._lock:
                del self._busy[name]
                if more:
                    self._submit(name, work, *given)

    def _serve(self, name: str, horizon: int) -> bool:
        """Send a subscription its next entries up to the horizon, at most a page, until it refuses
        one. Return whether more are known to follow."""
        one = self._now_kept(name)
        if one is None or one.disabled_at is not None:
            return False
        if (why := self._may_not(one)) is not None:
            self._disable(one, why)
            return False
        found = self._wanted(one, horizon)
        with closing(self._receiver(one)) as receiver:
            for entry in found.entries:
                moved = self._deliver(one, entry, receiver)
                if moved is None:
                    return False
                one = moved
        with self._ledger.pool.connection() as conn:
            subscriptions.forget(conn, name)
        upto = found.when.position if found.next is None else found.next
        self._looked[name] = (one.position, upto)
        return found.next is not None

    def _now_kept(self, name: str) -> Subscription | None:
        with self._ledger.pool.connection() as conn:
            return subscriptions.one(conn, name)

    def _may_not(self, one: Subscription) -> str | None:
        """Return the reason why nothing may be sent for a subscription's account any more, or
        None."""
        account = self._ledger.service().accounts.get(one.account)
        if account is None:
            return f"The account {one.account} was closed."
        if not account.may(SCOPE):
            return f"The account {one.account} has the scope “{SCOPE}” no more."
        return None

    def _wanted(self, one: Subscription, horizon: int) -> Found:
        """Return the next entries, at most a page."""
        with asking(self._ledger) as question:
            sealed = replace(question.when, position=min(question.when.position, horizon))
            here = Question(self._ledger, question.conn, sealed)
            return log_entries.entries(here, Wanted.of(one.wanted), one.position, _PAGE)

    def _deliver(self, one: Subscription, entry: Entry, receiver: Receiver) -> Subscription | None:
        """Send an entry and store the outcome. Return the subscription as it stands then.

        Return None if nothing more may be sent now: the receiver did not take the entry, or the
        subscription was moved, disabled or deleted meanwhile.
        """
        message = f"{one.id}-{entry.position}"
        event = delivered(entry, self._origin, self._address, one)
        try:
            outcome = self._send(one, message, event, receiver)
        except receivers.CannotSign as error:
            diagnostics.error("a webhook cannot be signed", webhook=one.id, why=error.sentence)
            outcome = Outcome(None, error.sentence)
        now = self._now()
        next_at = now if outcome.error is None else now + self._wait(one, outcome)
        with self._ledger.pool.connection() as conn:
            stored = subscriptions.attempted(
                conn, one, message, (entry.position, entry.id), outcome, now, next_at
            )
        if stored is None:
            return None
        if outcome.status == _GONE:
            self._disable(one, "The receiver answered 410: it is gone for good.")
        elif outcome.error is not None and now - (one.failing_since or now) >= GIVEN_UP:
            self._disable(
                one,
                f"Entry {entry.position} was not taken for {GIVEN_UP.days} days, in "
                f"{stored.failures} attempts. The last: {outcome.error}",
            )
        return stored if outcome.error is None else None

    def _disable(self, one: Subscription, why: str) -> None:
        diagnostics.warning("a subscription is disabled", webhook=one.id, why=why)
        with self._ledger.pool.connection() as conn:
            subscriptions.disable(conn, one.id, why, self._now())

    def _wait(self, one: Subscription, outcome: Outcome) -> timedelta:
        """Return the time until the next attempt, spread at random, and not before the moment that
        the receiver asks for."""
        longer = min(FIRST_WAIT * (1 << min(one.failures, 20)), LONGEST_WAIT)
        asked = min(timedelta(seconds=outcome.wait), LONGEST_WAIT)
        return max(longer * (1 + _JITTER * (2 * self._jitter() - 1)), asked)

    def _test(self, test: Delivery) -> bool:
        """Send a test, once."""
        one = self._now_kept(test.subscription)
        if one is None:
            return False
        event = test_event(test, self._origin, self._now())
        try:
            with closing(self._receiver(one)) as receiver:
                outcome = self._send(one, test.message, event, receiver)
        except receivers.CannotSign as error:
            outcome = Outcome(None, error.sentence)
        with self._ledger.pool.connection() as conn:
            subscriptions.tested(conn, test, outcome, self._now())
        return False

    def _receiver(self, one: Subscription) -> Receiver:
        return Receiver(one.url, self._inside, self._seconds)

    def _send(self, one: Subscription, message: str, event: Answer, receiver: Receiver) -> Outcome:
        """Send one request, signed now. Raise CannotSign."""
        body = json_of(event).decode()
        signed = receivers.headers(self._key, one, message, body, self._now())
        return receiver.send(_HEADERS | signed, body.encode())


class Delivered(CloudEvent, frozen=True, kw_only=True):
    """An entry as it is delivered: it names the wanted entry before it. A receiver that has that
    entry missed nothing. Zero means that no entry came before."""

    previoussequence: str
    previousid: str | UnsetType = UNSET


class SaidOfTest(Answer, frozen=True, kw_only=True):
    """The data of a test: the subscription that it is for, and a sentence."""

    subscription: str
    says: str


class EventOfTest(Answer, frozen=True, kw_only=True):
    """The body of a test: an event that is not an entry of the log."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str = "answerable.test.v1"
    time: str
    datacontenttype: str = "application/json"
    data: SaidOfTest


def delivered(entry: Entry, origin: str, address: str, to: Subscription) -> Delivered:
    """Return an entry as it is delivered to a subscription."""
    event = asdict(cloudevent(entry, origin, address))
    if to.previous_position is None or to.previous_event is None:
        return Delivered(**event, previoussequence=sequence(0))
    before = sequence(to.previous_position)
    return Delivered(**event, previoussequence=before, previousid=to.previous_event)


def previous_to(question: Question, wanted: Wanted, after: int) -> Previous:
    """Return the position and id of the last wanted entry up to a position, or None."""
    found = log_entries.newest(question, wanted, after + 1, 1).entries
    return (found[0].position, found[0].id) if found else None


def test_event(test: Delivery, origin: str, now: datetime) -> EventOfTest:
    """Return the body of a test: an event that is not an entry of the log."""
    says = "A test: nothing was recorded."
    return EventOfTest(
        id=test.message,
        source=origin,
        time=rfc3339(now),
        data=SaidOfTest(subscription=test.subscription, says=says),
    )
