"""A host that vanishes: an address in a network namespace of its own, behind which something of
this machine listens. When it vanishes nothing answers any more, and nothing says so."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_network
from itertools import count
from pathlib import Path

import pytest

PORT = 5432
_FORWARDS = """
import asyncio, sys

async def carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()

async def take(reader, writer):
    try:
        inner, outer = await asyncio.open_unix_connection(sys.argv[2])
    except OSError:
        writer.close()
        return
    await asyncio.gather(carry(reader, outer), carry(inner, writer))

async def main():
    server = await asyncio.start_server(take, sys.argv[1], int(sys.argv[3]))
    print("listening", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
_numbers = count(1)


@dataclass(frozen=True)
class Host:
    """A host of its own, and the address by which this machine reaches it."""

    name: str
    address: str
    ours: str
    """The address that it knows this machine by."""

    def vanish(self) -> None:
        """Send nothing back any more, from one moment to the next."""
        _ip("-n", self.name, "route", "add", "blackhole", f"{self.ours}/32")

    def come_back(self) -> None:
        """Answer again."""
        _ip("-n", self.name, "route", "del", "blackhole", f"{self.ours}/32")


def why_not() -> str | None:
    """Return why no host can vanish on this machine; None: one can."""
    if os.geteuid() != 0:
        return "not run: network namespaces need root"
    if shutil.which("ip") is None:
        return "not run: there is no `ip` here"
    name = f"answerable-try-{os.getpid()}"
    try:
        for words in (["netns", "add", name], ["netns", "exec", name, "true"]):
            done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return f"not run: no host of its own can be made here ({done.stderr.strip()})"
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return None


@contextmanager
def host(listening: Path) -> Iterator[Host]:
    """Give something that listens on a socket of this machine a host of its own, at port PORT."""
    number = (16 * os.getpid() + next(_numbers)) % 2**16
    ours, theirs = ip_network((int(IPv4Address("10.64.0.0")) + 4 * number, 30)).hosts()
    made = Host(f"answerable-{number}", str(theirs), str(ours))
    name = made.name
    near, far = f"ans{number}a", f"ans{number}b"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _ip("addr", "add", f"{made.ours}/30", "dev", near)
        _ip("link", "set", near, "up")
        for words in (
            ["addr", "add", f"{made.address}/30", "dev", far],
            ["link", "set", far, "up"],
        ):
            _ip("-n", name, *words)
        command = [sys.executable, "-c", _FORWARDS, made.address, str(listening), str(PORT)]
        with subprocess.Popen(
            ["ip", "netns", "exec", name, *command], stdout=subprocess.PIPE
        ) as forwarding:
            assert forwarding.stdout is not None
            assert forwarding.stdout.readline() == b"listening\n"
            try:
                yield made
            finally:
                forwarding.kill()
    finally:
        _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


needs_namespaces = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
"""Mark a test that lets a host vanish: where no host can, it is reported as not run."""
