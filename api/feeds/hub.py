"""The streams of server-sent events that a process serves
(https://html.spec.whatwg.org/multipage/server-sent-events.html).

One listener of the process hears of each seal (`SealBell`). Each stream is a task of the event
loop, without a thread or a database connection. It remembers its position and reads on from there,
page by page, as fast as its reader takes them. Two pages are read at a time. Streams that want the
same page at the same moment share its bytes. Streams end with their process.
"""

import asyncio
import math
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NoReturn

import psycopg
from prometheus_client import Gauge
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from api.requests.answers import WEB
from ledger import diagnostics
from ledger.errors import LogUnreachable
from ledger.log.doorbell import PATIENCE
from ledger.seal.checkpoints import SealBell

RETRY = b"retry: 2000\n\n"
"""The milliseconds after which a browser connects again."""
TURNS = 2
"""At most so many pages are read from the database at once."""
SLOW = 30.0
"""A stream ends if its reader has not taken what it was sent within so many seconds."""
_SIGN_OF_LIFE = b":\n\n"
_FULL_SECONDS = 5
_SHORT = 0.05
"""The seconds after which a failed page is tried again. The wait doubles each time."""
_GRACE = 1.0
"""The seconds that streams have to end by themselves."""
_TICK = 0.25
"""The seconds between two looks at the clock."""
_MOST_PAGES = 32
_NEVER = math.inf
_OPEN = Gauge(
    "answerable_streams",
    "Streams of events that are open.",
    registry=WEB,
    multiprocess_mode="livesum",
)

Sending = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Page:
    """The next page of a stream, which may be empty."""

    text: bytes
    last: int
    """The position of its last entry; if it is empty, the position after which it starts."""
    upto: int
    """The position up to which the page is complete."""


Read = Callable[[int, int], Page]
"""Reads the page after a position, up to the last one that may leave."""


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """A reader's request: what it wants to follow, and from where."""

    wanted: Hashable
    """The question. Readers with the same question get the same pages."""
    read: Read
    after: int
    sealed: int = 0
    """The last position that may leave, as seen when the stream was asked for; 0 if it was not
    seen."""


class Stream:
    """The body of an answer without an end. It holds a place of the hub until it is closed, and is
    sent by `Hub.follow`."""

    def __init__(self, hub: "Hub", asked: StreamRequest, client: str) -> None:
        """Take a place for a client. Raise what `Hub.enter` raises."""
        self.asked = asked
        self._leave: Callable[[], None] | None = lambda: hub.leave(client)
        hub.enter(client)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> NoReturn:
        raise RuntimeError("gunicorn's asgi worker alone sends streams: --config python:api.web")

    def close(self) -> None:
        """Give the place back."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()


@dataclass(slots=True)
class _Cohort:
    """The readers that wait for the same page. It is read once for all of them."""

    asked: StreamRequest
    at: int
    waiting: dict[asyncio.Future[Page | None], float] = field(default_factory=dict)
    """Each reader with the moment at which it needs a sign of life."""
    reading: asyncio.Task[None] | None = None

    def give(self, page: Page | None) -> None:
        """Wake all readers with a page, or with None if it can never be read."""
        for one in self.waiting:
            if not one.done():
                one.set_result(page)

    def wake(self, now: float) -> None:
        """Wake the readers that need a sign of life, with an empty page."""
        for one, until in self.waiting.items():
            if until <= now and not one.done():
                one.set_result(Page(b"", self.at, self.at))


class Hub:
    """The streams of a process. Make it after forking; `follow` and `end` belong to its loop.

    At most `most` streams have a place at once, `most_each` of one client.
    """

    def __init__(self, bell: SealBell, most: int, most_each: int, heartbeat: float) -> None:
        self._bell = bell
        self._most = most
        self._most_each = most_each
        self._heartbeat = heartbeat
        self._lock = threading.Lock()
        self._places: Counter[str] = Counter()
        self._ending = False
        self._readers = ThreadPoolExecutor(TURNS, "pages of streams")
        self._hearing = ThreadPoolExecutor(2, "seals for streams")
        # The fields below belong to the loop.
        self._horizon = 0
        """The last position that may leave, as far as it is known; 0: not known yet."""
        self._streams: dict[asyncio.Task[None], float] = {}
        """Each stream with the moment since which it has waited for its reader."""
        self._cohorts: dict[tuple[Hashable, int], _Cohort] = {}
        self._pages: dict[tuple[Hashable, int, int], Page] = {}
        """The pages read lately, by question, position and horizon."""
        self._working: list[asyncio.Task[None]] = []

    def enter(self, client: str) -> None:
        """Take a place for a stream, until `leave`. Raise TooManyRequests if the client has its
        share, and ServiceUnavailable if all places are taken."""
        with self._lock:
            if self._places[client] >= self._most_each:
                raise TooManyRequests(_too_many(self._most_each), retry_after=_FULL_SECONDS)
            if self._places.total() >= self._most or self._ending:
                raise ServiceUnavailable(_full(self._most), retry_after=_FULL_SECONDS)
            self._places[client] += 1
            _OPEN.set(self._places.total())

    def leave(self, client: str) -> None:
        """Give the place of a stream back."""
        with self._lock:
            self._places[client] -= 1
            if not self._places[client]:
                del self._places[client]
            _OPEN.set(self._places.total())

    async def follow(self, asked: StreamRequest, send: Sending) -> None:
        """Send a reader what it follows, until the process ends. The task is cancelled when the
        reader goes, or takes nothing for too long."""
        task = asyncio.current_task()
        assert task is not None
        self._streams[task] = _NEVER
        self._work()
        self._rise(asked.sealed)
        try:
            await self._follow(asked, task, send)
        finally:
            del self._streams[task]

    def end(self) -> None:
        """End all streams at once, and begin none."""
        with self._lock:
            self._ending = True
        self._bell.let_go()
        self._wake(_NEVER)
        asyncio.get_running_loop().call_later(_GRACE, self._cut_off, _NEVER)

    async def _follow(self, asked: StreamRequest, task: asyncio.Task[None], send: Sending) -> None:
        clock = asyncio.get_running_loop().time
        at = json_answer = asked.after
        caught_up, spoke, text = False, 0.0, RETRY
        while not self._ending:
            if text:
                spoke = self._streams[task] = clock()
                await send(text)
                self._streams[task] = _NEVER
            here = not caught_up and at >= self._horizon > 0
            if here or clock() >= spoke + self._heartbeat:
                text = _sign(at, json_answer, here=here)
                json_answer, caught_up = at, caught_up or here
                continue
            page = await self._next(asked, at, spoke + self._heartbeat)
            if page is None:
                return
            at, text = page.upto, page.text
            json_answer = page.last if text else json_answer

    async def _next(self, asked: StreamRequest, at: int, until: float) -> Page | None:
        """Return the next page after a position, or an empty one when a sign of life is due. A page
        is shared by all readers with the same question, so it must not depend on the reader."""
        self._work()
        if (page := self._pages.get((asked.wanted, at, self._horizon))) is not None:
            return page
        key = (asked.wanted, at)
        cohort = self._cohorts.get(key)
        if cohort is None:
            cohort = self._cohorts[key] = _Cohort(asked, at)
        mine: asyncio.Future[Page | None] = asyncio.get_running_loop().create_future()
        cohort.waiting[mine] = until
        self._start_reading(cohort)
        try:
            return await mine
        finally:
            del cohort.waiting[mine]
            if not cohort.waiting and self._cohorts.get(key) is cohort:
                del self._cohorts[key]

    def _start_reading(self, cohort: _Cohort) -> None:
        if self._horizon > cohort.at and cohort.reading is None:
            cohort.reading = asyncio.create_task(self._read(cohort))

    async def _read(self, cohort: _Cohort) -> None:
        """Read the page that a cohort waits for, and try again until it succeeds."""
        run = asyncio.get_running_loop().run_in_executor
        read, at, pause = cohort.asked.read, cohort.at, _SHORT
        while cohort.waiting:
            horizon = self._horizon
            try:
                page = await run(self._readers, read, at, horizon)
            except (psycopg.OperationalError, LogUnreachable) as error:
                diagnostics.warning("streams wait for the database", why=str(error))
            except Exception as error:  # noqa: BLE001  # the streams end, and their readers connect again
                diagnostics.error("streams broke off", exc_info=error)
                cohort.give(None)
                break
            else:
                if page.upto > at:
                    if len(self._pages) >= _MOST_PAGES:
                        del self._pages[next(iter(self._pages))]
                    self._pages[cohort.asked.wanted, at, horizon] = page
                    cohort.give(page)
                    break
            await asyncio.sleep(pause)  # the read models are behind, or the database is away
            pause = min(2 * pause, PATIENCE)
        cohort.reading = None

    def _work(self) -> None:
        """Listen for seals and watch the clock as long as there are streams."""
        if not self._working or any(task.done() for task in self._working):
            for task in self._working:
                task.cancel()
            self._horizon = 0
            self._pages.clear()
            self._working = [asyncio.create_task(self._hear()), asyncio.create_task(self._tick())]

    async def _hear(self) -> None:
        run = asyncio.get_running_loop().run_in_executor
        with self._bell.heard():
            while self._streams and not self._ending:
                wait = self._bell.wait_beyond
                horizon = await run(self._hearing, wait, self._horizon, PATIENCE)
                self._rise(horizon)

    def _rise(self, horizon: int) -> None:
        """Raise the horizon, and read the pages that may leave now."""
        if horizon <= self._horizon:
            return
        first, self._horizon = not self._horizon, horizon
        for cohort in list(self._cohorts.values()):
            self._start_reading(cohort)
        if first:  # readers that are at the end already are told so
            self._wake(_NEVER)

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._streams and not self._ending:
            await asyncio.sleep(_TICK)
            self._wake(clock())
            self._cut_off(clock() - SLOW)

    def _wake(self, now: float) -> None:
        for cohort in self._cohorts.values():
            cohort.wake(now)

    def _cut_off(self, since: float) -> None:
        """End the streams whose readers have taken nothing since a moment."""
        for stream, waits_since in list(self._streams.items()):
            if waits_since <= since:
                diagnostics.warning("a stream ends, whose reader took nothing", seconds=SLOW)
                stream.cancel()


def _sign(at: int, json_answer: int, *, here: bool) -> bytes:
    """Return the message that all entries up to a position were sent, or a sign of life. An `id`
    alone moves the reader's position past entries that a filter left out."""
    passed = b"id: %d\n\n" % at if at > json_answer else b""
    if here:
        return passed + b'event: caught-up\ndata: {"position":%d}\n\n' % at
    return passed or _SIGN_OF_LIFE


def _full(most: int) -> str:
    return (
        f"All {most} places for streams of this process are taken: try again in {_FULL_SECONDS} "
        "seconds, or ask /api/entries?after= from time to time. Whoever runs the service makes "
        "more with ANSWERABLE_WEB_STREAMS."
    )


def _too_many(most: int) -> str:
    return (
        f"You follow {most} streams of this process already, the most that one account or address "
        "may: end one, ask for several types in one (type=a&type=b), or ask /api/entries?after= "
        "from time to time. Whoever runs the service allows more with "
        "ANSWERABLE_STREAMS_OF_A_CLIENT, and says with ANSWERABLE_PROXIES how many proxies stand "
        "before it, whose address else counts for all."
    )
