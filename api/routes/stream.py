"""The log as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

A request for a stream is checked, and its answer begun, by a thread like any other; then its
connection goes to the hub, an event loop that serves all streams of the process, and the thread is
free. A stream remembers the position that it has come to, and nothing else: each time the log is
sealed further it reads on from there, page by page, as fast as its reader takes them. None has a
connection to the database. Pages are read few at a time, and who wants the same page at the same
moment gets the same bytes, read once. Streams end with their process.
"""

import asyncio
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, Protocol, cast

import marshmallow as ma
import psycopg
from flask import Response, current_app, request
from prometheus_client import Gauge
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from api.feeds.cloudevents import cloudevent
from api.requests import current
from api.requests.answers import WEB
from api.requests.parsing import Blueprint
from api.schemas.reads import AskedStream
from ledger import diagnostics
from ledger.errors import LogUnreachable
from ledger.log.doorbell import PATIENCE
from ledger.postgres.connections import POOL_SECONDS
from ledger.seal.checkpoints import SealBell
from projections.questions import log_entries
from projections.questions.question import Question, asking

blueprint = Blueprint("stream", __name__, description="The log, as it grows.")

_PAGE = 50
_RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser connects again."""
_HEARTBEAT = b":\n\n"
_HEADERS = {"Cache-Control": "no-store", "Connection": "close", "X-Accel-Buffering": "no"}
_FULL_SECONDS = 5
_SHORT = 0.05
"""Seconds after which one looks again where the read models are behind; then twice as many."""
_SLOW = 30.0
"""Seconds in which a reader must have taken a page: else it is cut off."""
TURNS = 2
"""How many pages are read from the database at once."""
_GRACE = 1.0
"""Seconds that streams have to end by themselves."""
_MOST_PAGES = 32
_PIECE = 64 * 1024
_OPEN = Gauge(
    "answerable_streams",
    "Streams of events that are open.",
    registry=WEB,
    multiprocess_mode="livesum",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a stream sends next, which may be nothing."""

    text: bytes
    last: int
    """The position of the last entry in it; of none, that after which it starts."""
    upto: int
    """The position up to which that is all."""


Read = Callable[[int, int], Page]
"""Reads what comes after a position, up to the last one that may leave."""


@dataclass(slots=True)
class Wish:
    """What somebody follows."""

    wanted: Hashable
    """What is asked for: who asks for the same gets the same pages."""
    read: Read
    first: Page
    client: str
    """Whose place it takes."""
    chunked: bool
    """Whether its answer has chunks (RFC 9112, section 7.1)."""
    taken: bool = False
    """Whether the hub has its connection."""


class Hub:
    """The streams of a process, on an event loop in one thread. Make it after forking.

    `most` streams have places at once, `most_each` of one client.
    """

    def __init__(self, bell: SealBell, most: int, most_each: int, heartbeat: float) -> None:
        self.bell = bell
        self.most = most
        self.most_each = most_each
        self._heartbeat = heartbeat
        self._parent = os.getppid()
        self._changed = threading.Condition()
        self._ending = False
        self._places: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._readers = ThreadPoolExecutor(TURNS, "pages of streams")
        # What follows belongs to the loop's thread.
        self._horizon = 0
        self._rung = asyncio.Event()
        self._pages: dict[Hashable, asyncio.Future[Page]] = {}
        self._streams: set[_Stream] = set()
        self._companies: dict[tuple[Hashable, int], set[_Stream]] = {}
        self._leading: set[asyncio.Task[None]] = set()

    def enter(self, client: str) -> None:
        """Take a place for a stream: whoever has one must `leave`, or give a connection. Raises
        TooManyRequests where the client has as many as it may, ServiceUnavailable where all are
        taken."""
        with self._changed:
            if self._places[client] >= self.most_each:
                raise TooManyRequests(_too_many(self.most_each), retry_after=_FULL_SECONDS)
            if self._places.total() >= self.most or self._ending:
                raise ServiceUnavailable(_full(self.most), retry_after=_FULL_SECONDS)
            self._places[client] += 1
            _OPEN.set(self.open())
            self._changed.notify_all()
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                for run in (self._loop.run_forever, self._listen):
                    threading.Thread(target=run, name="streams", daemon=True).start()

    def leave(self, client: str) -> None:
        """Give the place of a stream back."""
        with self._changed:
            self._places[client] -= 1
            if not self._places[client]:
                del self._places[client]
            _OPEN.set(self.open())
            self._changed.notify_all()

    def open(self) -> int:
        """How many streams there are."""
        with self._changed:
            return self._places.total()

    def page(self, wanted: Hashable, read: Read, after: int) -> Page:
        """What is wanted after a position, as far as it may leave: for whoever has a place."""
        assert self._loop is not None
        reading = self._page(wanted, read, after, self.bell.wait_beyond(after, 0))
        try:
            return asyncio.run_coroutine_threadsafe(reading, self._loop).result(POOL_SECONDS)
        except TimeoutError:
            raise LogUnreachable(
                "The database did not answer. Send the same request again."
            ) from None

    def take(self, wish: Wish, line: socket.socket) -> None:
        """Send on a connection what is wished, until it ends; then its place is free."""
        assert self._loop is not None
        wish.taken = True
        line.setblocking(False)
        beginning = asyncio.run_coroutine_threadsafe(self._begin(wish, line), self._loop)
        beginning.add_done_callback(_said_where_it_broke_off)

    def end(self) -> None:
        """End all streams at once, also those whose reader takes nothing; and begin none."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self.bell.let_go()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end_each)
            with self._changed:
                self._changed.wait_for(lambda: not self._places, 2 * _GRACE)

    def _listen(self) -> None:
        """Hear of seals while there are streams; and of the web server's end, which this process
        served."""
        loop = cast(asyncio.AbstractEventLoop, self._loop)
        horizon = 0
        while not self._ending:
            with self._changed:
                self._changed.wait_for(lambda: self._places or self._ending)
            with self.bell.heard():
                horizon = max(horizon, self.bell.wait_beyond(horizon, PATIENCE))
            loop.call_soon_threadsafe(self._rings, horizon)
            if os.getppid() != self._parent:
                self.end()

    def _rings(self, horizon: int) -> None:
        if horizon > self._horizon:
            self._horizon = horizon
            self._rung.set()
            self._rung = asyncio.Event()

    async def _begin(self, wish: Wish, line: socket.socket) -> None:
        """Send what was read already; then the stream goes on with others."""
        stream = _Stream(wish, self._join, self._left)
        self._streams.add(stream)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: stream, line)
        except OSError as error:  # the reader went meanwhile
            diagnostics.warning("a stream did not begin", why=str(error))
            line.close()
            self._left(stream)
            return
        stream.take(wish.first)
        wish.first = Page(b"", stream.upto, stream.upto)  # it is not held while the stream lasts
        if self._ending:
            stream.end()
        elif not stream.full:
            self._join(stream)

    def _left(self, stream: "_Stream") -> None:
        if stream in self._streams:
            self._streams.discard(stream)
            self._companies.get(stream.stands, set()).discard(stream)
            self.leave(stream.wish.client)

    def _end_each(self) -> None:
        for stream in list(self._streams):
            stream.end()

    def _join(self, stream: "_Stream") -> None:
        """Let a stream that took all it was sent go on with those who follow the same from the
        same position: their company has one timer, and what it reads is written to all at once."""
        stream.speak(self._horizon, self._heartbeat)
        if stream.full or stream not in self._streams:
            return
        company = self._companies.get(stream.stands)
        if company is None:
            company = self._companies[stream.stands] = set()
            leading = asyncio.get_running_loop().create_task(self._lead(stream.wish, stream.upto))
            self._leading.add(leading)
            leading.add_done_callback(self._leading.discard)
            leading.add_done_callback(_said_where_it_broke_off)
        company.add(stream)

    async def _lead(self, wish: Wish, at: int) -> None:
        """Send a company what it follows, until it joins another or nobody is left of it."""
        pause = _SHORT
        while company := self._companies[wish.wanted, at]:
            rung, horizon = self._rung, self._horizon
            for stream in list(company):
                stream.speak(horizon, self._heartbeat)
                if stream.full:
                    company.discard(stream)
            if horizon <= at:
                first = min((stream.spoke for stream in company), default=0.0)
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(first + self._heartbeat):
                        await rung.wait()
                continue
            page = await self._next(wish, at, horizon)
            if page.upto == at:  # the read models are behind, or the database does not answer
                await asyncio.sleep(pause)
                pause = min(2 * pause, PATIENCE)
                continue
            pause = _SHORT
            company = self._companies.pop((wish.wanted, at))
            at = page.upto
            for stream in company:
                stream.take(page)
            company = {stream for stream in company if not stream.full}
            if (others := self._companies.setdefault((wish.wanted, at), company)) is not company:
                others |= company
                return
        del self._companies[wish.wanted, at]

    async def _next(self, wish: Wish, at: int, horizon: int) -> Page:
        """What a company is sent next: nothing, where it cannot be read."""
        try:
            return await self._page(wish.wanted, wish.read, at, horizon)
        except (psycopg.OperationalError, LogUnreachable) as error:
            diagnostics.warning("streams wait for the database", why=str(error))
        except Exception as error:  # noqa: BLE001  # these end, and their readers come again
            diagnostics.error("streams broke off", exc_info=error)
            for stream in list(self._companies[wish.wanted, at]):
                stream.end()
        return Page(b"", at, at)

    async def _page(self, wanted: Hashable, read: Read, after: int, horizon: int) -> Page:
        """What is wanted after a position up to the horizon, read once for all who ask for the
        same: so it must not depend on who asks."""
        if horizon <= after:
            return Page(b"", after, after)
        key = (wanted, after, horizon)
        reading = self._pages.get(key)
        if reading is None or (reading.done() and not _goes_on(reading, after)):
            if len(self._pages) >= _MOST_PAGES:
                self._pages = {k: one for k, one in self._pages.items() if not one.done()}
            run = asyncio.get_running_loop().run_in_executor
            reading = run(self._readers, read, after, horizon)
            reading.add_done_callback(lambda one: one.cancelled() or one.exception())
            self._pages[key] = reading
        return await asyncio.shield(reading)


def _said_where_it_broke_off(run: asyncio.Future[None] | Future[None]) -> None:
    if not run.cancelled() and (error := run.exception()) is not None:
        diagnostics.error("a stream broke off", exc_info=error)


def _goes_on(reading: asyncio.Future[Page], after: int) -> bool:
    """Whether a page that was read is the answer later too: not where it does not go on, since the
    read models were behind."""
    return not reading.cancelled() and not reading.exception() and reading.result().upto > after


class _Stream(asyncio.Protocol):
    """A connection on which a wish is sent. What its reader sends is thrown away."""

    def __init__(
        self,
        wish: Wish,
        drained: Callable[["_Stream"], None],
        left: Callable[["_Stream"], None],
    ) -> None:
        self.wish = wish
        self.upto = wish.first.upto
        self.full = False
        """Whether the reader has yet to take something."""
        self.spoke = 0.0
        self._told = wish.first.last
        self._behind = True
        self._drained, self._left = drained, left
        self._cut: asyncio.TimerHandle | None = None

    @property
    def stands(self) -> tuple[Hashable, int]:
        """What it follows, and the position that it has come to."""
        return self.wish.wanted, self.upto

    def take(self, page: Page) -> None:
        """Send a page, which may be nothing."""
        self.upto = page.upto
        if page.text:
            self._told = page.last
            self._send(page.text)

    def speak(self, horizon: int, heartbeat: float) -> None:
        """Say once that it has caught up, and give a sign of life when it is time."""
        here = self._behind and self.upto >= horizon > 0
        beat = asyncio.get_running_loop().time() - self.spoke >= heartbeat
        if not here and not beat:
            return
        text = b"" if here else _HEARTBEAT
        if self.upto > self._told:
            text = b"id: %d\n\n" % self.upto
        self._told = self.upto
        if here:
            self._behind = False
            text += b'event: caught-up\ndata: {"position":%d}\n\n' % self.upto
        self._send(text)

    def end(self) -> None:
        """End at once; what the reader has not taken is given up soon."""
        if self.wish.chunked and not self.full and not self._transport.is_closing():
            self._transport.write(b"0\r\n\r\n")
        self._transport.close()
        asyncio.get_running_loop().call_later(_GRACE, self._transport.abort)
        self._left(self)

    def _send(self, text: bytes) -> None:
        self.spoke = asyncio.get_running_loop().time()
        self._transport.write(b"%x\r\n%b\r\n" % (len(text), text) if self.wish.chunked else text)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.spoke = asyncio.get_running_loop().time()
        self._transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        self.full = True
        self._cut = asyncio.get_running_loop().call_later(_SLOW, self._transport.abort)

    def resume_writing(self) -> None:
        self.full = False
        self._uncut()
        self._drained(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._uncut()
        self._left(self)

    def _uncut(self) -> None:
        if self._cut is not None:
            self._cut.cancel()


class CameLast(ma.Schema):
    """What a reader of a stream says who comes again."""

    class Meta:
        unknown = ma.EXCLUDE

    last = ma.fields.String(
        data_key="Last-Event-ID",
        load_default="",
        validate=ma.validate.Regexp(
            "^[0-9]{0,15}$", error="It is no position: send the id that came last."
        ),
        metadata={"description": "The position that came last; it goes before `after`."},
    )


@blueprint.get("/api/entries/stream")
@blueprint.arguments(AskedStream, location="query")
@blueprint.arguments(CameLast, location="headers")
@blueprint.file("text/event-stream")
def follow_entries(asked: dict[str, Any], came: dict[str, Any]) -> Response:
    """Entries as they are sealed, each once and in order, as server-sent events without an end:
    `id` is the position, `data` the item of the list, in a line. The event `caught-up` comes once,
    when all that there is has come; an `id` alone leads past what a filter kept back."""
    after, hub = int(came["last"] or asked["after"]), _hub()
    current.of_this_log(asked)
    if request.method == "HEAD":
        return _answer(())
    client = current.client()
    hub.enter(client)
    try:
        current.names_are_known(asked)
        wanted, read = log_entries.Wanted.of(asked), _reader(asked)
        line, chunked = _line()
        wish = Wish(wanted, read, hub.page(wanted, read, after), client, chunked)
    except BaseException:
        hub.leave(client)
        raise
    answer = _answer(_sent(hub, wish, line))

    def unless_taken() -> None:
        if not wish.taken:
            hub.leave(client)

    answer.call_on_close(unless_taken)
    return answer


class Line(Protocol):
    """The connection of a request, where the web server gives it away (`api.worker.Line`)."""

    def give(self) -> socket.socket: ...


def _line() -> tuple[Line | None, bool]:
    """The connection of this request, if it has it to itself and may be given away; and whether
    the web server says that chunks come on it."""
    line, protocol = request.environ.get("gunicorn.socket"), request.environ["SERVER_PROTOCOL"]
    if not hasattr(line, "give") or protocol not in ("HTTP/1.0", "HTTP/1.1"):
        return None, False
    return line, protocol == "HTTP/1.1"


def _sent(hub: Hub, wish: Wish, line: Line | None) -> Iterator[bytes]:
    """The beginning of a stream; the hub sends the rest. Under another web server than ours, which
    keeps its connections to itself, it does so through a pair of sockets."""
    yield _RETRY
    if line is not None:
        hub.take(wish, line.give())
        return
    ours, theirs = socket.socketpair()
    with ours:
        hub.take(wish, theirs)
        yield from iter(lambda: ours.recv(_PIECE), b"")


def _answer(sent: Iterable[bytes]) -> Response:
    answer = Response(sent, content_type="text/event-stream; charset=utf-8")
    answer.headers.update(_HEADERS)
    return answer


def _reader(asked: dict[str, Any]) -> Read:
    ledger, account = current.ledger(), current.account()
    with asking(ledger, account) as question:
        now = question.when
    settings, dumps = current.settings(), current_app.json.dumps
    origin, address = settings.origin, settings.address
    wanted = log_entries.Wanted.of(asked)

    def read(after: int, horizon: int) -> Page:
        with ledger.pool.connection() as conn:
            sealed = Question(ledger, conn, replace(now, position=horizon), account)
            found = log_entries.entries(sealed, wanted, after, _PAGE)
        sent = [
            f"id: {entry.position}\ndata: "
            f"{dumps(cloudevent(entry, origin, address), separators=(',', ':'))}\n\n"
            for entry in found.entries
        ]
        last = found.entries[-1].position if found.entries else after
        upto = found.when.position if found.next is None else found.next
        return Page("".join(sent).encode(), last, max(after, upto))

    return read


def _hub() -> Hub:
    """The streams of this process."""
    return cast(Hub, current_app.extensions[current.EXTENSION]["hub"])


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


def end_with_the_process(hub: Callable[[], Hub]) -> None:
    """Wrap what a web server set to happen at the signals that end it: its streams end first.

    By a thread, since the signal may come while anything is locked. Does nothing where no web
    server is: in a thread of a larger program, or where the signals are as Python sets them.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        before = signal.getsignal(number)
        if callable(before) and before is not signal.default_int_handler:
            signal.signal(number, _ending_first(hub, before))
            signal.siginterrupt(number, False)


def _ending_first(
    hub: Callable[[], Hub], before: Callable[[int, FrameType | None], object]
) -> Callable[[int, FrameType | None], None]:
    def end(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=hub().end, name="ending streams").start()
        before(number, frame)

    return end
