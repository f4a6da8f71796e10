"""The application as gunicorn's `asgi` worker serves it (https://asgi.readthedocs.io).

One event loop receives every request and sends every answer, so slow clients hold no thread. The
Flask application gets a request once it is complete, in one of the threads of the process. An
answer without an end is sent by the loop alone (`api.feeds.hub`).
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import HTTPException, RequestTimeout, ServiceUnavailable

from api.feeds.hub import Hub, Stream
from api.requests.parsing import ABOUT, REFUSED
from ledger import diagnostics
from ledger.log.captures import MAX_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

MOST_BYTES = MAX_BYTES + 1024 * 1024
"""The largest body that is received: a capture with its form. The rest of a larger body is not
read."""
SMALL = 64 * 1024
"""A larger body lies in a temporary file while it is received."""
MOST_HELD = 256 * 1024 * 1024
"""The most bytes of bodies and answers that a process holds while clients send or take them."""
IDLE, PATIENCE, PACE = 10.0, 20.0, 16 * 1024
"""The next part of a body has to come within `IDLE` seconds. A whole body, and each piece of an
answer, has `PATIENCE` seconds and one more for each `PACE` bytes."""
LINGER, MOST_LEFT = 5.0, 64 * 1024 * 1024
"""The seconds and bytes for which the rest of a body is read and dropped after the answer. A
connection that closes while its client still sends would lose the answer."""
PIECE = 1024 * 1024
"""A longer answer is sent in pieces of about so many bytes."""
WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})
"""The addresses that monitors ask for. They have two threads of their own, and answer while all
others are busy."""

_TOO_SLOW = (
    "The rest of this request did not come in time, so nothing was recorded by it. Send it again; "
    "from a slow line, send it through a proxy that passes it on when it has all of it."
)
_FULL = (
    "This process holds as many bytes of other requests as it may. Send the same request again in "
    "a few seconds."
)
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_CLOSE = (b"connection", b"close")


@dataclass(slots=True)
class _Body:
    """The body of a request, as far as it was received."""

    file: IO[bytes] = field(
        default_factory=lambda: SpooledTemporaryFile(SMALL)  # noqa: SIM115  # closed by `Served`
    )
    length: int = 0
    held: int = 0
    """The number of bytes received."""
    whole: bool = True
    gone: bool = False
    """True if its client went away."""
    refused: HTTPException | None = None
    """Why the rest of it was not received, unless it is too large for any route."""

    def refuse(self, why: HTTPException) -> None:
        """Stop receiving it, for a reason."""
        self.whole, self.refused = False, why


class Served:
    """The application of a process. Make it after forking."""

    def __init__(self, app: "WSGIApplication", hub: Hub, threads: int) -> None:
        self._app = app
        self._hub = hub
        self._threads = ThreadPoolExecutor(threads, "request")
        self._watching = ThreadPoolExecutor(2, "watching")
        self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request (`http`), or begin and end with the process (`lifespan`)."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await receive()
            _on_end(self._hub.end)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        body = _Body()
        diagnostics.about.set({})  # the request before, on the same connection, was another
        try:
            if any(name in _FRAMING for name, _ in scope["headers"]):
                await self._receive(body, scope["headers"], receive)
            if not body.gone:
                await self._answer(_environment(scope, body), body, send)
        finally:
            self._held -= body.held
            body.file.close()
        if not body.whole:
            await _throw_away(receive)

    async def _receive(self, body: _Body, headers: Headers, receive: Receive) -> None:
        """Receive a body, up to the largest that any route takes."""
        said = next((int(value) for name, value in headers if name == b"content-length"), 0)
        if said > MOST_BYTES:
            body.length, body.whole = said, False
            return
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(None) as limit:
                while body.length <= MOST_BYTES:
                    all_by = began + PATIENCE + body.length / PACE
                    limit.reschedule(min(clock() + IDLE, all_by))
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        body.gone = True
                        return
                    self._take(body, message.get("body", b""))
                    if not message.get("more_body"):
                        body.file.seek(0)
                        return
            body.whole = False
        except TimeoutError:
            body.refuse(RequestTimeout(_TOO_SLOW))
        except ServiceUnavailable as error:
            body.refuse(error)

    def _take(self, body: _Body, piece: bytes) -> None:
        """Add a piece to a body. Raise ServiceUnavailable if the process holds too many bytes."""
        if self._held + len(piece) > MOST_HELD:
            raise ServiceUnavailable(_FULL, retry_after=5)
        self._held += len(piece)
        body.held += len(piece)
        body.length += len(piece)
        body.file.write(piece)

    async def _answer(self, environ: dict[str, Any], body: _Body, send: Send) -> None:
        """Make the answer in a thread, and send it."""
        threads = self._watching if environ["PATH_INFO"] in WATCHED else self._threads
        answer = await self._made(threads, environ)
        if self._held + len(answer.first) > MOST_HELD and len(answer.first) > SMALL:
            answer.close()
            environ[REFUSED] = ServiceUnavailable(_FULL, retry_after=5)
            answer = await self._made(threads, environ)
        diagnostics.about.set(environ.get(ABOUT, {}))
        try:
            headers = answer.headers if body.whole else [*answer.headers, _CLOSE]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            if answer.stream is not None:
                await self._hub.follow(answer.stream.asked, partial(_send_more, send))
                await send({"type": "http.response.body"})
            else:
                await self._send(answer, threads, send)
        finally:
            if answer.goes_on:
                with suppress(RuntimeError):  # the process is ending
                    threads.submit(answer.close)

    async def _made(self, threads: ThreadPoolExecutor, environ: dict[str, Any]) -> "_Answer":
        """Make the answer in a thread. If nobody waits for it any more, it is closed there."""
        making = threads.submit(_Answer, self._app, environ)
        try:
            return await asyncio.wrap_future(making)
        except asyncio.CancelledError:
            making.add_done_callback(_close)
            raise

    async def _send(self, answer: "_Answer", threads: ThreadPoolExecutor, send: Send) -> None:
        """Send an answer piece by piece. Stop if its client does not take a piece in time."""
        piece = answer.first
        while True:
            self._held += len(piece)
            goes_on = answer.goes_on
            try:
                async with asyncio.timeout(PATIENCE + len(piece) / PACE):
                    await send({"type": "http.response.body", "body": piece, "more_body": goes_on})
            except TimeoutError:
                return
            finally:
                self._held -= len(piece)
            if not goes_on:
                return
            piece = await asyncio.wrap_future(threads.submit(answer.next))


class _Answer:
    """The application's answer to a request. Make it in a thread."""

    def __init__(self, app: "WSGIApplication", environ: dict[str, Any]) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.goes_on = True
        """True if it has no end, or if more than the first piece may come. Else it is closed."""
        self._body: Any = app(environ, self._start)
        self.stream = self._body if isinstance(self._body, Stream) else None
        self._pieces = iter(self._body if self.stream is None else ())
        try:
            self.first = self.next() if self.stream is None else b""
        except BaseException:
            self.close()
            raise

    def _start(self, status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        self.status = int(status[:3])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]

    def next(self) -> bytes:
        """Return the next piece; empty at the end."""
        pieces: list[bytes] = []
        size = 0
        for piece in self._pieces:
            pieces.append(piece)
            size += len(piece)
            if size >= PIECE:
                return b"".join(pieces)
        self.goes_on = False
        self.close()
        return b"".join(pieces)

    def close(self) -> None:
        """Release the answer's resources, once, whether or not it was sent (PEP 3333)."""
        body, self._body = self._body, None
        if (close := getattr(body, "close", None)) is not None:
            close()


def _close(made: Future[_Answer]) -> None:
    if not made.cancelled() and made.exception() is None:
        made.result().close()


async def _send_more(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _throw_away(receive: Receive) -> None:
    """Receive and drop the rest of a body for a while."""
    left = MOST_LEFT
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def _environment(scope: Message, body: _Body) -> dict[str, Any]:
    """Return the request's environment by PEP 3333. Its body has a length, however it was sent."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body.file,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        REFUSED: body.refused,
    }
    for name, value in scope["headers"]:
        if name in _FRAMING:
            environ["CONTENT_LENGTH"] = str(body.length)
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key != "CONTENT_TYPE":
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def _on_end(end: Callable[[], None]) -> None:
    """Call `end` in the loop as soon as a signal ends the process, before gunicorn acts on it.
    Python wakes the loop for each signal (`set_wakeup_fd`), whatever its handler is, and gunicorn
    hears of signals through the loop. So gunicorn goes on as before.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))
        signal.siginterrupt(number, False)
