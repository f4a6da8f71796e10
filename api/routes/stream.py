"""The log as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

A stream remembers the position that it has come to, and nothing else: each time the log is sealed
further it reads on from there, page by page, as fast as its reader takes them. The seal bell wakes
all streams of a process; none has a connection to the database. Pages are read in turns, few at a
time, and who wants the same page at the same moment gets the same bytes, read once. Streams end
with their process.
"""

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, cast

import marshmallow as ma
import psycopg
from flask import Response, current_app, request
from werkzeug.exceptions import ServiceUnavailable

from api.feeds.cloudevents import cloudevent
from api.requests import current
from api.requests.parsing import Blueprint
from api.schemas.entries import AskedStream
from ledger import diagnostics
from ledger.errors import LogUnreachable
from ledger.log.doorbell import PATIENCE
from ledger.postgres.connections import POOL_SECONDS
from ledger.seal.bell import SealBell
from projections.questions import log_entries
from projections.questions.question import Question, asking

blueprint = Blueprint("stream", __name__, description="The log, as it grows.")

_PAGE = 50
_RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser connects again."""
_HEARTBEAT = b":\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_FULL_SECONDS = 5
_SHORT = 0.05
"""Seconds after which one looks again where the read models are behind; then twice as many."""
_SLOW = 30.0
"""Seconds in which a reader must have taken a page: else it is cut off."""
TURNS = 2
"""How many streams use the database at once."""
_GRACE = 1.0
"""Seconds that streams have to end by themselves."""
_MOST_PAGES = 32


@dataclass(frozen=True, slots=True)
class Page:
    """What a stream sends next, which may be nothing, and the position up to which that is all."""

    text: bytes
    upto: int


class Hub:
    """The streams of a process. Make it after forking."""

    def __init__(self, bell: SealBell, most: int) -> None:
        self.bell = bell
        self.most = most
        self._parent = os.getppid()
        self._turns = threading.BoundedSemaphore(TURNS)
        self._ending = threading.Event()
        self._changed = threading.Condition()
        self._open = 0
        self._lines: set[socket.socket] = set()
        self._horizon = 0
        self._pages: dict[Hashable, Page] = {}

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """While a stream uses the database: whether its turn came within so many seconds. Take no
        turn within a turn."""
        mine = self._turns.acquire(timeout=seconds)
        try:
            yield mine
        finally:
            if mine:
                self._turns.release()

    def page(self, wanted: Hashable, after: int, horizon: int, read: Callable[[], Page]) -> Page:
        """What `read` gives: what is wanted after a position up to the horizon; nothing, where the
        turn does not come. It is read once for all who ask for the same, and so must not depend on
        who asks."""
        key = (wanted, after)
        with self.turn(PATIENCE) as mine:
            if not mine:
                return Page(b"", after)
            with self._changed:
                if horizon != self._horizon:
                    self._horizon = horizon
                    self._pages.clear()
                kept = self._pages.get(key)
            if kept is not None:
                return kept
            page = read()
            with self._changed:
                # A page that does not go on, since the read models are behind, is no answer later.
                if page.upto > after and horizon == self._horizon:
                    if len(self._pages) >= _MOST_PAGES:
                        self._pages.clear()
                    self._pages[key] = page
            return page

    def enter(self, line: socket.socket | None) -> bool:
        """Take a place for a stream over a connection, where that is known; False: all are taken.
        Whoever has one must `leave`."""
        with self._changed:
            if self._open >= self.most or self._ending.is_set():
                return False
            self._open += 1
            if line is not None:
                self._lines.add(line)
            return True

    def leave(self, line: socket.socket | None) -> None:
        """Give the place of a stream back."""
        with self._changed:
            self._open -= 1
            if line is not None:
                self._lines.discard(line)
            self._changed.notify_all()

    def ends(self, line: socket.socket | None) -> bool:
        """Whether the stream over a connection is to end: with the process, or since its reader
        is gone, or since the web server that this process served is."""
        if self._ending.is_set() or line is None:
            return self._ending.is_set()
        poll = select.poll()
        poll.register(line, getattr(select, "POLLRDHUP", 0))
        return bool(poll.poll(0)) or os.getppid() != self._parent

    def rest(self, seconds: float) -> None:
        """Wait so long, or until the process ends."""
        self._ending.wait(seconds)

    def end(self) -> None:
        """End all streams at once, also those whose reader takes nothing; and begin none."""
        self._ending.set()
        self.bell.let_go()
        with self._changed:
            self._changed.wait_for(lambda: not self._open, _GRACE)
            left = list(self._lines)
        for line in left:
            hang_up(line)


Read = Callable[[int, int], Page]
"""Reads what comes after a position, up to the last one that may leave."""


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
        metadata={
            "description": "The position of the last entry that came; it goes before `after`."
        },
    )


@blueprint.get("/api/entries/stream")
@blueprint.arguments(AskedStream, location="query")
@blueprint.arguments(CameLast, location="headers")
@blueprint.response(200, {"type": "string"}, content_type="text/event-stream")
def stream(asked: dict[str, Any], came: dict[str, Any]) -> Response:
    """Entries as they are sealed, each once and in order, as server-sent events without an end:
    `id` is the position, `data` the item of the list, in a line."""
    after, hub = int(came["last"] or asked["after"]), _hub()
    current.of_this_log(asked)
    if request.method == "HEAD":
        return _answer(())
    line = _line()
    if not hub.enter(line):
        raise ServiceUnavailable(_full(hub.most), retry_after=_FULL_SECONDS)
    try:
        with hub.turn(POOL_SECONDS) as mine:
            if not mine:
                raise LogUnreachable("The database did not answer. Send the same request again.")
            current.names_are_known(asked)
            read = _reader(asked, hub)
        first = read(after, hub.bell.wait_beyond(after, 0))
    except BaseException:
        hub.leave(line)
        raise
    beat = current.settings().stream_heartbeat
    answer = _answer(events(hub, line, read, first, beat))
    answer.call_on_close(lambda: _closed(hub, line))
    return answer


def _line() -> socket.socket | None:
    """The connection that the stream has to itself, where that is known."""
    if request.environ["SERVER_PROTOCOL"] == "HTTP/2.0":
        return None
    line: socket.socket | None = request.environ.get("gunicorn.socket")
    return line


def _answer(sent: Iterable[bytes]) -> Response:
    answer = Response(sent, content_type="text/event-stream; charset=utf-8")
    answer.headers.update(_HEADERS)
    return answer


def _closed(hub: Hub, line: socket.socket | None) -> None:
    """The connection ends with its stream: nobody waits whether more is asked on it."""
    if line is not None:
        hang_up(line)
    hub.leave(line)


def _reader(asked: dict[str, Any], hub: Hub) -> Read:
    ledger, account = current.ledger(), current.account()
    with asking(ledger, account) as question:
        now = question.when
    origin, dumps = current.settings().origin, current_app.json.dumps
    wanted = log_entries.Wanted.of(asked)

    def read(after: int, horizon: int) -> Page:
        with ledger.pool.connection() as conn:
            sealed = Question(ledger, conn, replace(now, position=horizon), account)
            found = log_entries.entries(sealed, wanted, after, _PAGE)
        sent = [
            f"id: {entry.position}\ndata: "
            f"{dumps(cloudevent(entry, origin), separators=(',', ':'))}\n\n"
            for entry in found.entries
        ]
        upto = found.when.position if found.next is None else found.next
        return Page("".join(sent).encode(), max(after, upto))

    def shared(after: int, horizon: int) -> Page:
        if horizon <= after:
            return Page(b"", after)
        return hub.page(wanted, after, horizon, lambda: read(after, horizon))

    return shared


def _hub() -> Hub:
    """The streams of this process."""
    return cast(Hub, current_app.extensions[current.EXTENSION]["hub"])


def events(
    hub: Hub, line: socket.socket | None, read: Read, page: Page, heartbeat: int
) -> Generator[bytes, None, None]:
    """What is sent, until the reader is gone or the process ends; between two pages it waits a
    second at most, to find that out."""
    if line is not None:
        line.settimeout(_SLOW)
    with hub.bell.heard():
        yield _RETRY
        spoke, pause = time.monotonic(), _SHORT
        while True:
            if page.text or time.monotonic() - spoke >= heartbeat:
                yield page.text or _HEARTBEAT
                spoke = time.monotonic()
            horizon = hub.bell.wait_beyond(page.upto, PATIENCE)
            if hub.ends(line):
                return
            try:
                following = read(page.upto, horizon)
            except (psycopg.OperationalError, LogUnreachable) as error:
                diagnostics.warning("a stream waits for the database", why=str(error))
                following = Page(b"", page.upto)
            if following.upto == page.upto < horizon:  # so too while the read models are behind
                hub.rest(pause)
                pause = min(2 * pause, PATIENCE)
            else:
                pause = _SHORT
            page = following


def _full(most: int) -> str:
    return (
        f"All {most} places for streams of this process are taken: try again in {_FULL_SECONDS} "
        "seconds, or ask /api/entries?after= from time to time. Whoever runs the service makes "
        "more with ANSWERABLE_WEB_STREAMS and ANSWERABLE_WEB_THREADS."
    )


def hang_up(line: socket.socket) -> None:
    """End a connection after what was sent on it, unless it has ended."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


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
