"""Connections to addresses that others name. Hosts inside this network are not asked.

For each connection a name is looked up once and all its addresses are checked. The connection goes
to a checked address, so a name that changes a moment later has no effect. No proxy, cookie or
credential is used.
"""

import io
import ipaddress
import socket
import ssl
import time
from http.client import HTTPConnection
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_GLOBAL = ipaddress.ip_network("2000::/3")
"""The part of IPv6 that is assigned for the open internet (RFC 4291, section 2.4; IANA's
registry)."""
_RESERVED = (
    ipaddress.ip_network("192.0.0.0/24"),  # RFC 6890
    ipaddress.ip_network("192.88.99.0/24"),  # RFC 7526: the relays of 6to4, which are no more
)


class Inside(Exception):
    """A host has an address inside a network, which is not allowed."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} has the address {address}, which lies inside a network")
        self.host, self.address = host, address


class Connection(HTTPConnection):
    """An HTTP connection to a host. It is made by the first request, and anew by the next one if
    either side has ended it.

    Set `ends` before each request: all work on the connection ends when `time.monotonic` reaches
    it. Only a name's look-up has the system's own limit.
    """

    def __init__(
        self, host: str, port: int, *, secure: bool, inside: bool, connect: float | None = None
    ) -> None:
        """`inside` allows addresses inside a network; each address gets at most `connect` seconds
        to connect."""
        super().__init__(host, port)
        self.ends = 0.0
        self.address = ""
        """The address that it is connected to."""
        self._secure = secure
        self._inside = inside
        self._most = connect

    @property
    def left(self) -> float:
        """Return the seconds that are left, never 0."""
        return max(self.ends - time.monotonic(), 0.001)

    def connect(self) -> None:
        """Look the host up, check all its addresses, and connect to one. Raise Inside or
        OSError."""
        name = self.host if ":" in self.host else self.host.encode("idna").decode()
        found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for address in addresses:
            if not self._inside and not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise Inside(self.host, address)
        failed: OSError | None = None
        for address in addresses:
            try:
                tried = self.left if self._most is None else min(self.left, self._most)
                line = socket.create_connection((address, self.port), timeout=tried)
            except OSError as error:
                failed = error
                continue
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a body follows its head
            if self._secure:
                line.settimeout(self.left)
                line = ssl.create_default_context().wrap_socket(line, server_hostname=name)
            self.sock = _Line(line, self)
            self.address = address
            return
        raise failed or OSError(f"{self.host} has no address")


class _Line:
    """A connected socket, as `HTTPConnection` uses it. Each wait ends when the connection's time
    does."""

    def __init__(self, line: socket.socket, connection: Connection) -> None:
        self._line = line
        self._connection = connection
        self.close = line.close

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(self._connection.left)
        self._line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        raw = self._line.makefile("rb", buffering=0)
        return io.BufferedReader(_Answer(raw, self._line, self._connection))


class _Answer(io.RawIOBase):
    """The bytes that a host answers with."""

    def __init__(self, raw: socket.SocketIO, line: socket.socket, connection: Connection) -> None:
        self._raw = raw
        self._line = line
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._line.settimeout(self._connection.left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def is_public(address: Address) -> bool:
    """Return whether an address is one of the open internet, including an address embedded in
    it."""
    within: Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None or (within is None and address not in _GLOBAL):
            return False
    if within is not None:
        return is_public(within)
    if any(address in network for network in _RESERVED):
        return False
    return address.is_global and not address.is_multicast


def host_header(host: str, port: int | None) -> str:
    """Return a host in the form of the header `Host`; `port` None means the usual one."""
    name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    return name if port is None else f"{name}:{port}"
