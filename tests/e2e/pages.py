"""A web server that answers as good, slow, large and hostile ones do."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

PAGE = b"<!DOCTYPE html><title>The response</title><script>alert(1)</script>\n"


class Answers(BaseHTTPRequestHandler):
    """Answers by the path that is asked."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    closing: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        word, _, rest = self.path.partition("?")[0].lstrip("/").partition("/")
        match word:
            case "page":
                self._send(200, PAGE)
            case "hops":
                self._send(302, b"", Location=f"/hops/{int(rest) - 1}" if int(rest) else "/page")
            case "to":
                self._send(302, b"", Location=unquote(rest))
            case "status":
                self._send(int(rest), PAGE)
            case "packed":
                self._send(200, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
            case "short":
                self._send(200, PAGE, **{"Content-Length": str(len(PAGE) + 9)})
            case "endless":
                self._drip(b"a" * 65536, 0)
            case "endless-chunk":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
                self._drip(b"a" * 65536, 0, head=False)
            case "slow":
                self._drip(b"a", 0.05)
            case "slow-head":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                self._drip(b"a", 0.05, head=False)
            case "picture":
                self._send(200, b"<svg/>")
            case _:
                self._send(404, b"")

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _drip(self, piece: bytes, seconds: float, *, head: bool = True) -> None:
        """Send a piece after the other until the other side has enough."""
        if head:
            self.send_response(200)
            self.end_headers()
        self.close_connection = True
        try:
            while not self.closing.wait(seconds):
                self.wfile.write(piece)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Nothing is printed."""


class Site:
    """Where it listens, and what it was asked."""

    def __init__(self, port: int, asked: list[str]) -> None:
        self.port = port
        self.asked = asked
        self.url = f"http://127.0.0.1:{port}"


@contextmanager
def serving(secret: Path | None = None) -> Iterator[Site]:
    """Yield a server on a port of its own; over TLS with a file of a key and its certificate."""
    asked: list[str] = []
    closing = threading.Event()
    handler = type("Handler", (Answers,), {"asked": asked, "closing": closing})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if secret is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(secret)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield Site(server.server_port, asked)
        finally:
            closing.set()
            server.shutdown()
            thread.join()
