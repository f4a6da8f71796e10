"""One page fetched over HTTP, as evidence: its bytes as they were sent, or a sentence why not.

Each redirect is followed as carefully as the address that was given (`api.outbound`).
"""

import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from api import outbound
from api.outbound import PORTS, Inside, host_header, is_public
from ledger.errors import AnswerableError
from ledger.events import forms
from ledger.log.captures import MAX_BYTES
from ledger.verify.report import shown

SECONDS = 30.0
MOST_REDIRECTS = 5
_CHUNK = 64 * 1024
_MOVED = {301, 302, 303, 307, 308}
_IN_A_TARGET = "/%:@!$&'()*+,;=~?[]"
_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "answerable-capture",
}


class CannotFetch(AnswerableError):
    """A page was not fetched, so nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes as they were sent, and the address that sent them after all redirects."""

    body: bytes
    url: str
    host: str
    """The host that answered: by its name, with the port where that is not the usual one; by its
    IP address where that lies inside a network, since any name can be made to lead there."""


def fetch(
    url: str, *, allow_private: bool = False, seconds: float = SECONDS, most: int = MAX_BYTES
) -> Fetched:
    """Fetch a page. CannotFetch where it is not there, not allowed, too large or too slow.

    `seconds` is for all of it, redirects included; looking up a name has the system's own limit.
    """
    ends = time.monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        try:
            answer = _ask(url, allow_private, ends, seconds, most)
        except Inside as error:
            raise CannotFetch(
                f"{error.host} was not asked: {error.address} is an address inside a network, not "
                "a public one (--allow-private lets it through, for trying out)."
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            if time.monotonic() >= ends:
                raise _too_slow(url, seconds) from None
            why = shown(str(error).rstrip(".")[:200]) or type(error).__name__
            raise CannotFetch(f"{url} was not fetched: {why}.") from None
        if isinstance(answer, Fetched):
            return answer
        url = answer
    raise CannotFetch(f"{url} was not asked: {MOST_REDIRECTS} redirects came before it.")


def _ask(url: str, allow_private: bool, ends: float, seconds: float, most: int) -> Fetched | str:
    """What is at an address, or the address that it redirects to."""
    if not url.isprintable():
        raise CannotFetch(f"{ascii(url)[:200]} was not asked: no address has such characters.")
    if fault := forms.why_not("url", url):
        raise CannotFetch(f"{url[:200]} was not asked. {fault}")
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    target = quote(urlunsplit(("", "", parts.path or "/", parts.query, "")), safe=_IN_A_TARGET)
    port = parts.port or PORTS[parts.scheme]
    with outbound.connected(host, port, ends, secure=secure, inside=allow_private) as connected:
        stopped = threading.Timer(max(ends - time.monotonic(), 0), outbound.hang_up, [connected])
        stopped.start()
        try:
            answering = _answering(host, parts.port, connected, usual=PORTS[parts.scheme])
            if isinstance(connected, ssl.SSLSocket):
                connected.do_handshake()
            connection = HTTPConnection(host, port)
            connection.sock = connected
            connection.request(
                "GET", target, headers=_HEADERS | {"Host": host_header(host, parts.port)}
            )
            with connection.getresponse() as answer:
                location = answer.headers.get("Location")
                if answer.status in _MOVED and location:
                    return urljoin(url, location).partition("#")[0]
                body = _read(url, answer, most)
        finally:
            stopped.cancel()
    if time.monotonic() >= ends:
        raise _too_slow(url, seconds)
    return Fetched(body, url, answering)


def _answering(host: str, port: int | None, connected: socket.socket, *, usual: int) -> str:
    """The host that answers on a connection, as a capture names it."""
    address = ipaddress.ip_address(str(connected.getpeername()[0]).partition("%")[0])
    name = host.rstrip(".") if is_public(address) else str(address)
    return host_header(name, None if port == usual else port)


def _read(url: str, answer: HTTPResponse, most: int) -> bytes:
    """The whole body, never more than `most` of it in memory."""
    if answer.status != 200:
        raise CannotFetch(f"{url} was not fetched: it answers {answer.status}.")
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise CannotFetch(
            f"{url} was not fetched: it is sent only packed ({shown(coding[:40])}). "
            "Save the page as a file, and capture that."
        )
    body = bytearray()
    # `read` believes a chunk that says it has less than no bytes, and takes all that comes.
    read = answer.read1 if answer.chunked else answer.read
    while chunk := read(_CHUNK):
        body += chunk
        if len(body) > most:
            raise CannotFetch(f"{url} was not fetched: it has more than {most:,} bytes.")
    if answer.length:
        raise CannotFetch(f"{url} was not fetched: it ended {answer.length:,} bytes too early.")
    return bytes(body)


def _too_slow(url: str, seconds: float) -> CannotFetch:
    return CannotFetch(f"{url} was not fetched: it took more than {seconds:g} seconds.")
