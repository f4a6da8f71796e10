"""Brokers to relay to: real processes of nats-server, which can be killed; and what is in them."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from ledger.settings import Settings
from tests.e2e.service import free_port

PROGRAM = shutil.which("nats-server", path=f"{os.environ['PATH']}:/usr/sbin") or "nats-server"
_T = TypeVar("_T")


@dataclass
class Broker:
    """A broker with a place on the disk and an address, running or not."""

    folder: Path
    more: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "broker.conf"
        config.write_text(
            f"listen: 127.0.0.1:{self.port}\njetstream {{ store_dir: {self.folder} }}\n{self.more}"
        )
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "-c", str(config)], stdout=log, stderr=log)
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
    """Three brokers that keep streams together."""
    routes = [free_port() for _ in range(3)]
    known = ", ".join(f"nats://127.0.0.1:{port}" for port in routes)
    return [
        Broker(
            folder / f"broker-{n}",
            f"server_name: broker-{n}\n"
            f"cluster {{ name: three, listen: 127.0.0.1:{port}, routes: [{known}] }}\n",
        )
        for n, port in enumerate(routes)
    ]


def asked(servers: Sequence[str], ask: Callable[[JetStreamContext], Awaitable[_T]]) -> _T:
    """What JetStream answers."""

    async def connected() -> _T:
        client = await nats.connect(list(servers))
        try:
            return await ask(client.jetstream(timeout=30))
        finally:
            await client.close()

    return asyncio.run(connected())


def settings_for(*brokers: Broker, **more: Any) -> Settings:
    url = ",".join(one.url for one in brokers)
    return Settings(origin="log.example/town", nats_url=url, **more)


def last_of(servers: Sequence[str], stream: str = "answerable") -> int:
    """The sequence of the last message of a stream, 0 where there is none."""

    async def last(jetstream: JetStreamContext) -> int:
        with suppress(NotFoundError):
            return (await jetstream.stream_info(stream)).state.last_seq
        return 0

    return asked(servers, last)


def relayed(servers: Sequence[str], *subjects: str) -> list[Msg]:
    """All messages of the stream, in its order; or those of some subjects."""

    async def read(jetstream: JetStreamContext) -> list[Msg]:
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            filter_subjects=list(subjects) or None,
        )
        reader = await jetstream.pull_subscribe("", stream="answerable", config=config)
        found: list[Msg] = []
        while (await reader.consumer_info()).num_pending:
            found += await reader.fetch(500, timeout=30)
        return found

    return asked(servers, read)


def stream_gone(servers: Sequence[str]) -> None:
    """Delete the stream, if there is one."""

    async def delete(jetstream: JetStreamContext) -> None:
        with suppress(NotFoundError):
            await jetstream.delete_stream("answerable")

    asked(servers, delete)
