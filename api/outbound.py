"""Connections to addresses that others name. Hosts inside this network are not asked.

A name is looked up once and all its addresses are checked. The connection goes to a checked
address, so a name that changes a moment later has no effect. No proxy, cookie or credential is
used.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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


@contextmanager
def connected(
    host: str, port: int, ends: float, *, secure: bool, inside: bool, connect: float | None = None
) -> Iterator[socket.socket]:
    """Connect to one of a host's addresses. It ends when `time.monotonic` reaches `ends`; each
    attempt takes at most `connect` seconds. TLS begins with the caller's `do_handshake`. Raise
    Inside or OSError. A name's look-up has the system's own limit.

    `inside` allows addresses inside a network.
    """
    name = host if ":" in host else host.encode("idna").decode()
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for address in addresses:
        if not inside and not is_public(ipaddress.ip_address(address.partition("%")[0])):
            raise Inside(host, address)
    failed: OSError | None = None
    for address in addresses:
        try:
            left = max(ends - time.monotonic(), 0.001)
            tried = left if connect is None else min(left, connect)
            plain = socket.create_connection((address, port), timeout=tried)
        except OSError as error:
            failed = error
            continue
        plain.settimeout(max(ends - time.monotonic(), 0.001))
        with plain, _secured(plain, name) if secure else plain as ready:
            yield ready
        return
    raise failed or OSError(f"{host} has no address")


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


def hang_up(connection: socket.socket) -> None:
    """End a connection, even while others wait for it. It may have ended already."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _secured(plain: socket.socket, name: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)
