"""A receiver of webhooks, as somebody would write one: an HTTP server in a thread, which can behave
badly."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True)
class Sent:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """The sender's port, which each of its connections has for itself."""

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def position(self) -> int:
        return int(self.event["sequence"])

    def verify(self, secret: str) -> None:
        Webhook(secret).verify(self.body, self.headers)


Behaviour = Callable[[BaseHTTPRequestHandler], None]


def ok(request: BaseHTTPRequestHandler) -> None:
    answer(204)(request)


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return behave


def closing_early(request: BaseHTTPRequestHandler) -> None:
    """Hang up without a word."""
    request.close_connection = True


def closing_after_it(request: BaseHTTPRequestHandler) -> None:
    """Answer, and hang up without having said so."""
    answer(204)(request)
    request.close_connection = True


def owing_its_body(request: BaseHTTPRequestHandler) -> None:
    """Answer, and never send the body that the answer's head names."""
    request.send_response(200)
    request.send_header("Content-Length", "5")
    request.end_headers()


def closing_in_its_head(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 20")
    request.close_connection = True


def a_gigabyte(request: BaseHTTPRequestHandler) -> None:
    """Answer 200, with a body that has no end for whoever reads it."""
    request.send_response(200)
    request.send_header("Content-Length", str(2**30))
    request.end_headers()
    with suppress(OSError):
        for _ in range(2**14):
            request.wfile.write(b"x" * 2**16)
    request.close_connection = True


def endless_heads(request: BaseHTTPRequestHandler) -> None:
    """Answer with headers that have no end."""
    with suppress(OSError):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(100_000):
            request.wfile.write(f"x-{n}: y\r\n".encode())
    request.close_connection = True


@dataclass
class Receiver:
    """The requests that came, and how the next are answered."""

    url: str
    behave: Behaviour = ok
    came: list[Sent] = field(default_factory=list)
    taken: list[Sent] = field(default_factory=list)
    """The requests that were answered by 2xx while it behaved well."""
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @property
    def positions(self) -> list[int]:
        return [one.position for one in self.taken]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = Sent(self.path, headers, body, self.client_address[1])
            here.came.append(sent)
            here.arrived.release()
            behave = here.behave
            if behave is ok:
                here.taken.append(sent)
            behave(self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # the sender hangs up when it knows enough

    with Server(("127.0.0.1", port), Handler) as server:
        here = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
