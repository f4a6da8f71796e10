"""One page fetched over HTTP, as evidence: its bytes as they were sent, or a sentence why not.

The address that is connected to is the one that was checked, at every redirect: nothing inside
this network is asked on behalf of an address from outside. No proxy, cookie or credential is used.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ledger.errors import AnswerableError
from ledger.events import forms
from ledger.log.captures import MAX_BYTES
from ledger.verify.report import shown

SECONDS = 30.0
MOST_REDIRECTS = 5
_CHUNK = 64 * 1024
_MOVED = {301, 302, 303, 307, 308}
_PORTS = {"http": 80, "https": 443}
_IN_A_TARGET = "/%:@!$&'()*+,;=~?[]"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_GLOBAL = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out for the open internet (RFC 4291, section 2.4; IANA's registry)."""
_ASSIGNMENTS = ipaddress.ip_network("192.0.0.0/24")  # RFC 6890
_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "answerable-capture",
}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


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
    port = parts.port or _PORTS[parts.scheme]
    with _connected(host, port, allow_private, ends, secure=secure) as connected:
        stopped = threading.Timer(max(ends - time.monotonic(), 0), _stop, [connected])
        stopped.start()
        try:
            answering = _answering(host, parts.port, connected, usual=_PORTS[parts.scheme])
            if isinstance(connected, ssl.SSLSocket):
                connected.do_handshake()
            connection = HTTPConnection(host, port)
            connection.sock = connected
            connection.request("GET", target, headers=_HEADERS | {"Host": _host(host, parts.port)})
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
    return _host(name, None if port == usual else port)


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


@contextmanager
def _connected(
    host: str, port: int, allow_private: bool, ends: float, *, secure: bool
) -> Iterator[socket.socket]:
    """A connection to one of a host's addresses, each checked before it is connected to."""
    name = host if ":" in host else host.encode("idna").decode()
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for address in addresses:
        if not allow_private and not is_public(ipaddress.ip_address(address.partition("%")[0])):
            raise CannotFetch(
                f"{host} was not asked: {address} is an address inside a network, not a public "
                "one (--allow-private lets it through, for trying out)."
            )
    failed: OSError | None = None
    for address in addresses:
        try:
            left = max(ends - time.monotonic(), 0.001)
            connected = socket.create_connection((address, port), timeout=left)
        except OSError as error:
            failed = error
            continue
        with connected, _secured(connected, name) if secure else connected as ready:
            yield ready
        return
    raise failed or OSError(f"{host} has no address")


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, and holds none of another kind within."""
    within: Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None or (within is None and address not in _GLOBAL):
            return False
    if within is not None:
        return is_public(within)
    return address.is_global and not address.is_multicast and address not in _ASSIGNMENTS


def _secured(plain: socket.socket, name: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)


def _host(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    return name if port is None else f"{name}:{port}"


def _stop(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already


def _too_slow(url: str, seconds: float) -> CannotFetch:
    return CannotFetch(f"{url} was not fetched: it took more than {seconds:g} seconds.")
