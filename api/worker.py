"""gunicorn's threaded worker, in which nobody holds a thread by being slow.

The head of a request, with its body where that is small, is received by the worker's loop, which
waits for nobody; a thread takes the request when that is whole. A thread waits for its client, for
the rest of a large body or until an answer is taken, for a moment; longer only where one of a few
places is free, and while the client keeps a pace. So some threads always remain for others.
docs/run.md has the figures.
"""

import errno
import functools
import html
import json
import math
import os
import re
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug.exceptions import RequestTimeout

from ledger import settings

HEAD_SECONDS = 10.0
"""In which what the loop receives of a request must have come whole, and the first request on a
connection have begun."""
HEAD_BYTES = SMALL = 64 * 1024
"""The most that a head has, and a body that the loop receives."""
MOMENT, FAST = 0.05, 1024 * 1024
"""Seconds that every thread may wait for its client in a request, and one more for each so many
bytes that came or went."""
PATIENCE, PACE = 20.0, 16 * 1024
"""The same for a thread that has one of the places for slow clients."""
LINGER = 5.0
"""Seconds that a client has to take the end of an answer after which the connection closes."""
MOST_LEFT = 64 * 1024 * 1024
"""Bytes that are thrown away meanwhile: nobody sends on for ever."""
_PIECE = 64 * 1024
_TOO_SLOW = (
    "The rest of this request did not come in time, so nothing was recorded by it. Send it again; "
    "from a slow line, by way of a proxy that sends it on when it has all of it."
)
_BARE = re.compile(rb"(?<!\r)\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:", re.IGNORECASE)
_LATE = (408, "The rest of this request did not come within ten seconds. Send it again.")
_TOO_LARGE = (431, "The head of this request has more than 64 KB: send less of it.")


def refusal(status: int, detail: str) -> bytes:
    """The refusal of what is no request yet, as a problem (RFC 9457), on a connection that ends."""
    title, name = HTTPStatus(status).phrase, uuid4().hex
    said = {
        "type": "urn:answerable:problem:" + title.lower().replace(" ", "-"),
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": name,
    }
    body = json.dumps(said).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nX-Request-Id: {name}\r\n"
        "Cache-Control: no-store\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Page:
    """Takes the page that gunicorn refuses a request with."""

    def __init__(self) -> None:
        self.text = ""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, data: bytes) -> None:
        self.text += data.decode("latin-1")

    @property
    def problem(self) -> bytes:
        """The same as a problem."""
        words = html.unescape(re.sub(r"<[^>]*>", " ", self.text.partition("</h1>")[2]))
        said = " ".join(words.split())
        status = int(self.text.split(" ", 2)[1])
        return refusal(
            status,
            f"The request cannot be read: {said}."
            if said
            else "This is our mistake, and it was logged.",
        )


class Line(socket.socket):
    """A connection to a client. In blocking mode it waits as the module says; else it is as any
    other."""

    def __init__(self, accepted: socket.socket, places: threading.Semaphore) -> None:
        super().__init__(fileno=accepted.detach())
        self._places = places
        self._placed = False
        self._waited = 0.0
        self._moved = 0
        self.given = False
        """Whether somebody else has the connection, who sends the rest and closes it."""

    def give(self) -> socket.socket:
        """The connection, for whoever goes on with the answer: what is sent here from now on, such
        as the end of an answer in chunks, goes nowhere."""
        self.given = True
        return socket.socket(fileno=self.detach())

    def begin(self) -> None:
        """A request begins: what was waited for the last one does not count."""
        self._waited, self._moved = 0.0, 0

    def done(self) -> None:
        """The request is over: its place, if it had one, is free."""
        if self._placed:
            self._placed = False
            self._places.release()

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self.gettimeout() is None and not self._ready(select.POLLIN):
            raise RequestTimeout(_TOO_SLOW)
        data = super().recv(size, flags)
        self._moved += len(data)
        return data

    def sendall(self, data: Any, flags: int = 0) -> None:
        if self.given:
            return
        if self.gettimeout() is not None:
            super().sendall(data, flags)
            return
        left = memoryview(data)
        while left:
            if not self._ready(select.POLLOUT):
                raise OSError(errno.EPIPE, "The client takes its answer too slowly.")
            try:
                sent = super().send(left[:_PIECE], flags | socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            self._moved += sent
            left = left[sent:]

    def _ready(self, event: int) -> bool:
        """Wait until more has come, or can go: whether it did in time."""
        poll = select.poll()
        poll.register(self, event)

        def within(seconds: float) -> bool:
            began = time.monotonic()
            came = bool(poll.poll(max(0, math.ceil(seconds * 1000))))
            self._waited += time.monotonic() - began
            return came

        if within(MOMENT + self._moved / FAST - self._waited):
            return True
        self._placed = self._placed or self._places.acquire(blocking=False)
        return self._placed and within(PATIENCE + self._moved / PACE - self._waited)


class Connection(TConn):
    """What gunicorn knows of a connection, with the part of a request that has come."""

    def __init__(self, *given: Any, leave: Callable[[socket.socket], None]) -> None:
        super().__init__(*given)
        self.parser = RequestParser(self.cfg, self.sock, self.client)
        self.data_ready = True  # no thread waits for its first byte
        self.come = bytearray()
        self.needs = 0
        """How many bytes a thread needs, once the end of the head has come."""
        self._leave = leave

    def close(self, graceful: bool = False) -> None:
        """gunicorn's own waits for the client, and with it everybody who connects."""
        if graceful:
            self._leave(self.sock)
        else:
            super().close()


class Worker(ThreadWorker):
    """gunicorn's threaded worker, with heads received by its loop. Each `conn` is a
    Connection, which gunicorn's types cannot say."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._places = threading.BoundedSemaphore(settings.load(os.environ).slow_clients)
        self._leaving: dict[socket.socket, float] = {}
        self._left_over: dict[socket.socket, int] = {}

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """SettingsError where gunicorn is to speak TLS, which a loop that only listens cannot."""
        if cfg.is_ssl:
            raise settings.SettingsError(
                ["Leave --certfile out: TLS is spoken by the proxy in front (docs/run.md)."]
            )
        super().check_config(cfg, log)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection; where there are too many, the one that has been idle longest goes;
        where there are too many files, one that had its answer longest ago."""
        try:
            accepted, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                if self._leaving:
                    self._left(next(iter(self._leaving)))
                else:
                    self._make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        if self.nr_conns >= self.worker_connections - 1:
            self._make_room()
        self.nr_conns += 1
        line = Line(accepted, self._places)
        here = listener.getsockname()
        self.enqueue_req(Connection(self.cfg, line, client, here, leave=self._linger))

    def enqueue_req(self, conn: Any) -> None:
        """A thread takes the request if it is here; else the loop receives it first."""
        conn.come += conn.parser.unreader.take_buffered()
        if self._whole(conn, 0):
            self._begin(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + (HEAD_SECONDS if self.alive else LINGER)
        self.poller.register(conn.sock, selectors.EVENT_READ, functools.partial(self._more, conn))
        self.pending_conns.append(conn)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Do what events are for. What one of them closes, or takes from the poller, has no event
        any more, though it came with the others: another connection may have its number by now."""
        for key, _ in self.poller.select(timeout):
            if self.poller.get_map().get(key.fd) is key:
                key.data(key.fileobj)

    def handle(self, conn: Any) -> bool:
        """A request, in a thread."""
        conn.sock.begin()
        try:
            return super().handle(conn)
        finally:
            conn.sock.done()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """What gunicorn refuses, or fails on, by its own rules and words, as a problem."""
        page: Any = _Page()
        super().handle_error(req, page, addr, exc)
        if page.text:
            with suppress(OSError):
                client.sendall(page.problem)

    def murder_pending(self) -> None:
        """Close what has had its time."""
        now = time.monotonic()
        waiting: Any = self.pending_conns
        while waiting and waiting[0].timeout <= now:
            self._drop(waiting[0], refusal(*_LATE) if waiting[0].come else b"")
        for line in [line for line, until in self._leaving.items() if until <= now]:
            self._left(line)

    def _more(self, conn: Any, _: object) -> None:
        """More of a request has come, or the end of the connection."""
        try:
            data = conn.sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        before = len(conn.come)
        conn.come += data
        if data and self._whole(conn, before):
            self._forget(conn)
            self._begin(conn)
        elif not data:
            self._drop(conn)
        elif not conn.needs and len(conn.come) > HEAD_BYTES:
            self._drop(conn, refusal(*_TOO_LARGE))

    def _whole(self, conn: Any, before: int) -> bool:
        """Whether all has come that a thread needs to read a request, or to refuse it for a line
        that ends as no line of a head does; so many bytes were looked at before."""
        if not conn.needs:
            searched = max(0, before - 3)
            ends = conn.come.find(b"\r\n\r\n", searched)
            if ends < 0:
                return _BARE.search(conn.come, searched) is not None
            length = _LENGTH.search(conn.come, 0, ends + 4)
            small = length is not None and int(length[1]) <= SMALL
            waited_for = small and not _EXPECTS.search(conn.come, 0, ends + 4)
            conn.needs = ends + 4 + (int(length[1]) if length and waited_for else 0)
        return bool(len(conn.come) >= conn.needs)

    def _begin(self, conn: Any) -> None:
        conn.parser.unreader.unread(bytes(conn.come))
        conn.come.clear()
        conn.needs = 0
        super().enqueue_req(conn)

    def _forget(self, conn: Any) -> None:
        """The loop receives nothing more of a request."""
        self.pending_conns.remove(conn)
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Any, said: bytes = b"") -> None:
        """Close a connection whose request did not come, with a word where there is one."""
        self._forget(conn)
        self.nr_conns -= 1
        with suppress(OSError):
            conn.sock.send(said)
        conn.close(graceful=bool(said))

    def _make_room(self) -> None:
        """Close the connection that has been idle longest, or that began to ask longest ago."""
        if waiting := self.keepalived_conns or self.pending_conns:
            conn = waiting.popleft()
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Whether more may be asked on a connection: not where a body that nobody read is not all
        here, for which a thread would have to wait."""
        if conn.sock.given:
            return False
        conn.sock.setblocking(False)
        try:
            return keepalive and bool(conn.parser.finish_body(max_bytes=_PIECE))
        except BlockingIOError:
            return False

    def _cap_keepalive(self, deadline: float) -> None:
        """A worker that stops waits for heads no longer than for what is idle."""
        super()._cap_keepalive(deadline)  # type: ignore[misc]
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout or deadline, deadline)

    def _linger(self, line: socket.socket) -> None:
        """Close a connection when its client has taken what was sent, or has had the time to: what
        still comes is thrown away. To close at once would take the answer from it."""
        try:
            line.setblocking(False)
            line.shutdown(socket.SHUT_WR)
            self.poller.register(line, selectors.EVENT_READ, self._throw_away)
        except OSError:
            line.close()
            return
        self._leaving[line] = time.monotonic() + LINGER
        if len(self._leaving) > self.worker_connections:
            self._left(next(iter(self._leaving)))

    def _throw_away(self, line: socket.socket) -> None:
        try:
            if came := line.recv(_PIECE):
                self._left_over[line] = self._left_over.get(line, 0) + len(came)
                if self._left_over[line] < MOST_LEFT:
                    return
        except BlockingIOError:
            return
        except OSError:
            pass  # the client has closed it
        self._left(line)

    def _left(self, line: socket.socket) -> None:
        del self._leaving[line]
        self._left_over.pop(line, None)
        self.poller.unregister(line)
        line.close()
