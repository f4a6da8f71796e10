"""Brokers to relay to: real processes of nats-server, which can be killed; and what is in them."""

import asyncio
import base64
import json
import os
import shutil
import socket
import subprocess
from binascii import crc_hqx
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import nats
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from ledger.settings import Settings
from tests.e2e.service import free_port
from tests.processes import ENDS_WITH_US

PROGRAM = shutil.which("nats-server", path=f"{os.environ['PATH']}:/usr/sbin") or "nats-server"
_T = TypeVar("_T")


@dataclass
class Broker:
    """A broker with a place on the disk and an address, running or not."""

    folder: Path
    more: str = ""
    writes_at_once: bool = False
    port: int = field(default_factory=free_port)
    monitor_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def monitor(self) -> str:
        return f"http://127.0.0.1:{self.monitor_port}"

    def start(self) -> None:
        at_once = ", sync_interval: always" if self.writes_at_once else ""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "broker.conf"
        config.write_text(
            f"listen: 127.0.0.1:{self.port}\nhttp: 127.0.0.1:{self.monitor_port}\n"
            f"jetstream {{ store_dir: {self.folder}{at_once} }}\n{self.more}"
        )
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*ENDS_WITH_US, PROGRAM, "-c", str(config)], stdout=log, stderr=log
            )
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()

    def kill(self) -> None:
        """As if the machine's power went, but for the disk."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def running(*brokers: Broker) -> Iterator[None]:
    try:
        for one in brokers:
            one.start()
        yield
    finally:
        for one in brokers:
            one.kill()


def cluster(folder: Path) -> list[Broker]:
    """Three brokers that keep streams together, as production has them."""
    routes = [free_port() for _ in range(3)]
    known = ", ".join(f"nats://127.0.0.1:{port}" for port in routes)
    return [
        Broker(
            folder / f"broker-{n}",
            f"server_name: broker-{n}\n"
            f"cluster {{ name: three, listen: 127.0.0.1:{port}, routes: [{known}] }}\n",
            writes_at_once=True,
        )
        for n, port in enumerate(routes)
    ]


def asked(servers: Sequence[str], ask: Callable[[JetStreamContext], Awaitable[_T]]) -> _T:
    """What JetStream answers."""

    async def quiet(error: Exception) -> None:
        """One of them may be down: then another is asked."""

    async def connected() -> _T:
        client = await nats.connect(list(servers), error_cb=quiet)
        try:
            return await ask(client.jetstream(timeout=30))
        finally:
            await client.close()

    return asyncio.run(connected())


def settings_for(*brokers: Broker, **more: Any) -> Settings:
    """The settings of a relay to a single broker, or to a cluster."""
    url = ",".join(one.url for one in brokers)
    monitors = ",".join(one.monitor for one in brokers)
    given: dict[str, Any] = {"nats_replicas": 1, "nats_monitors": monitors} | more
    return Settings(origin="log.example/town", nats_url=url, **given)


def last_of(servers: Sequence[str], stream: str = "answerable") -> int:
    """The sequence of the last message of a stream, 0 where there is none."""

    async def last(jetstream: JetStreamContext) -> int:
        with suppress(NotFoundError):
            return (await jetstream.stream_info(stream)).state.last_seq
        return 0

    return asked(servers, last)


def relayed(servers: Sequence[str], *subjects: str) -> list[Msg]:
    """All messages of the stream, in its order; or those of some subjects.

    One of several brokers serves the reader, and its copy can lack messages that the others have.
    """

    async def read(jetstream: JetStreamContext) -> list[Msg]:
        there = 0 if subjects else (await jetstream.stream_info("answerable")).state.messages
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            filter_subjects=list(subjects) or None,
            inactive_threshold=120,  # seconds; after five a broker forgets a reader that waits
        )
        reader = await jetstream.pull_subscribe("", stream="answerable", config=config)
        found: list[Msg] = []
        while len(found) < there or (await reader.consumer_info()).num_pending:
            found += await reader.fetch(500, timeout=30)
        return found

    return asked(servers, read)


def stream_gone(servers: Sequence[str]) -> None:
    """Delete the stream if it exists."""

    async def delete(jetstream: JetStreamContext) -> None:
        with suppress(NotFoundError):
            await jetstream.delete_stream("answerable")

    asked(servers, delete)


NO_LIMIT = ("subs", "data", "payload", "imports", "exports", "conn", "leaf")
OF_STREAMS = ("mem_storage", "disk_storage", "streams", "consumer")
USER_MAY = {"type": "user", "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1}


def account_may(*more: str) -> dict[str, Any]:
    """Return the claims of an account without limits, of those named neither."""
    limits = {"wildcards": True, **dict.fromkeys((*NO_LIMIT, *more), -1)}
    return {"type": "account", "limits": limits, "default_permissions": {}}


class Nkey:
    """A key of NATS: of an operator (O), an account (A) or a user (U)."""

    def __init__(self, kind: str) -> None:
        self._kind = {"O": 14 << 3, "A": 0, "U": 20 << 3}[kind]
        self._key = Ed25519PrivateKey.generate()
        self.public = _base32(bytes([self._kind]) + self._key.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        begins = bytes([18 << 3 | self._kind >> 5, (self._kind & 31) << 3])
        return _base32(begins + self._key.private_bytes_raw())

    def signs(self, whom: "Nkey", says: dict[str, Any]) -> str:
        """A token that says who somebody is."""
        claims = {"jti": "1", "iat": 1, "iss": self.public, "name": "trial", "sub": whom.public}
        parts = ({"typ": "JWT", "alg": "ed25519-nkey"}, claims | {"nats": says | {"version": 2}})
        signed = ".".join(_base64(json.dumps(one).encode()) for one in parts)
        return f"{signed}.{_base64(self._key.sign(signed.encode()))}"

    def gives(self, user: "Nkey") -> str:
        """A file of credentials, by an account for a user."""
        return (
            f"-----BEGIN NATS USER JWT-----\n{self.signs(user, USER_MAY)}\n"
            "------END NATS USER JWT------\n\n*** Keep it to yourself. ***\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
        )


def _base32(raw: bytes) -> str:
    whole = raw + crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(whole).decode().rstrip("=")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
