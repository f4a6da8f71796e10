"""Measure how soon an entry is with everybody who follows the log: by server-sent events of one
process, with what they cost it; or by a broker, or by webhooks.

python -m bench streams [--readers 1000] [--a-second 10] [--seconds 20] [--folder DIR] python -m
bench streams --broker --readers 20 python -m bench streams --webhooks --readers 20
"""

import argparse
import asyncio
import os
import re
import resource
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime
from itertools import cycle
from pathlib import Path

import nats
import psycopg
import requests
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from bench.figures import percentile
from bench.seals import _environment, _free_port, service
from ledger.postgres.embedded import SUPERUSER, Running
from tests.api.brokers import Broker, running
from tests.servers import temporary_server

NAME, LOGIN = "streams", "streaming"
_BLOCK = re.compile(rb"id: ([0-9]+)\ndata: ")
_OF_A_HEAD = re.DOTALL | re.IGNORECASE | re.MULTILINE
_CAUGHT_UP = b"event: caught-up\n"


def main(given: list[str]) -> None:
    """Serve, follow, write, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench streams", description=__doc__)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--a-second", type=float, default=10.0, help="acts that are recorded")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--broker", action="store_true", help="by NATS JetStream, not by HTTP")
    parser.add_argument("--webhooks", action="store_true", help="by webhooks, 20 at most")
    parser.add_argument("--folder", type=Path, help="where the data lie meanwhile")
    asked = parser.parse_args(given)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < asked.readers + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, asked.readers + 200), hard))
    with temporary_server(inside=asked.folder) as server:
        measure = _measure_webhooks if asked.webhooks else _measure
        (_measure_broker if asked.broker else measure)(server, server.data, asked)


def _measure(server: Running, folder: Path, asked: argparse.Namespace) -> None:
    with service(server, NAME, True) as (address, token, paths):
        port = _free_port()
        most = str(asked.readers)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "api.app:create_app()"),
                *("--bind", f"127.0.0.1:{port}", "--config", "python:api.web"),
                *("--log-level", "warning", "--no-control-socket"),
            ],
            env=_environment(_as_a_login(server), folder)
            | {
                "ANSWERABLE_WEB_PROCESSES": "1",
                "ANSWERABLE_WEB_THREADS": "2",
                "ANSWERABLE_WEB_CONNECTIONS": "3",
                "ANSWERABLE_WEB_STREAMS": most,
                "ANSWERABLE_STREAMS_OF_A_CLIENT": most,
            },
        )
        try:
            _until_it_answers(port)
            begins = requests.get(f"http://{address}/api/entries?limit=1", timeout=10).json()
            after = int(begins["as_of"]["position"])
            alone, idle = _memory(process.pid), _cpu(process.pid)
            followed = asyncio.run(_follow(port, after, asked, address, token, paths))
            print(f"{_cpu(process.pid) - idle:.1f} s of CPU", end="; ")
            _show(server, address, after, followed, asked, _memory(process.pid) - alone)
        finally:
            process.terminate()
            process.wait(20)


def _measure_broker(server: Running, folder: Path, asked: argparse.Namespace) -> None:
    broker = Broker(folder / "broker")
    with running(broker), service(server, NAME, True) as (address, token, paths):
        begins = requests.get(f"http://{address}/api/entries?limit=1", timeout=10).json()
        after = int(begins["as_of"]["position"])
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "worker", "--only", "relay"],
            env=_environment(_as_a_login(server), folder)
            | {"ANSWERABLE_NATS_URL": broker.url, "ANSWERABLE_NATS_REPLICAS": "1"},
        )
        try:
            followed = asyncio.run(_follow_broker(broker.url, after, asked, address, token, paths))
            _show(server, address, after, followed, asked, 0)
        finally:
            process.terminate()
            process.wait(20)


def _measure_webhooks(server: Running, folder: Path, asked: argparse.Namespace) -> None:
    given = {"ANSWERABLE_SECRET_KEY": "k" * 40, "ANSWERABLE_WEBHOOK_HOSTS": "127.0.0.1"}
    with service(server, NAME, True, given) as (address, token, paths):
        begins = requests.get(f"http://{address}/api/entries?limit=1", timeout=10).json()
        after = int(begins["as_of"]["position"])
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "worker", "--only", "webhooks"],
            env=_environment(_as_a_login(server), folder) | given,
        )
        try:
            followed = asyncio.run(_receive(after, asked, address, token, paths))
            _show(server, address, after, followed, asked, 0)
        finally:
            process.terminate()
            process.wait(20)


async def _receive(
    after: int, asked: argparse.Namespace, address: str, token: str, paths: list[str]
) -> list["Reader"]:
    """Return receivers, each with a subscription, in one HTTP server."""
    readers = [Reader(after) for _ in range(asked.readers)]

    async def take(sent: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        head = await sent.readuntil(b"\r\n\r\n")
        now = time.time()  # noqa: TID251  # beside the database's clock, on one machine
        said = re.search(rb"POST /([0-9]+) .*?^webhook-id: [^\r]*-([0-9]+)\r", head, _OF_A_HEAD)
        length = re.search(rb"^content-length: ([0-9]+)\r", head, _OF_A_HEAD)
        assert said is not None, head
        assert length is not None, head
        await sent.readexactly(int(length[1]))
        answer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        answer.close()
        readers[int(said[1])].came.append((int(said[2]), now))

    site = await asyncio.start_server(take, "127.0.0.1", 0)
    port = site.sockets[0].getsockname()[1]
    for number in range(asked.readers):
        made = await asyncio.to_thread(
            requests.post,
            f"http://{address}/api/subscriptions",
            json={"url": f"http://127.0.0.1:{port}/{number}", "after": after},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        made.raise_for_status()
    await _while_writing(address, token, paths, asked)
    had = -1
    while (came := sum(len(one.came) for one in readers)) > had:  # what waits is sent, too
        had = came
        await asyncio.sleep(3)
    site.close()
    return readers


async def _follow_broker(
    url: str, after: int, asked: argparse.Namespace, address: str, token: str, paths: list[str]
) -> list["Reader"]:
    """Return readers of the stream, each with a consumer and a connection of its own, once the
    relay has published what there was."""
    readers = [Reader(after) for _ in range(asked.readers)]
    clients = [await nats.connect(url) for _ in readers]
    first = clients[0].jetstream()
    began = 0.0
    while (last := await _last_of(first)) < after:
        began = began or (time.monotonic() if last else 0.0)
        await asyncio.sleep(0.005)
    print(f"{after} entries published in {time.monotonic() - began:.1f} s, all there were")
    for client, reader in zip(clients, readers, strict=True):
        await client.jetstream().subscribe(
            "answerable.>",
            ordered_consumer=True,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW),
            cb=reader.take,
        )
    await _while_writing(address, token, paths, asked)
    for client in clients:
        await client.close()
    return readers


async def _last_of(jetstream: JetStreamContext) -> int:
    with suppress(NotFoundError):
        return (await jetstream.stream_info("answerable")).state.last_seq
    return 0


class Reader(asyncio.Protocol):
    """A reader that follows the log, with the moment at which each entry came."""

    def __init__(self, after: int, token: str | None = None) -> None:
        self._after = after
        self._token = token
        self._left = b""
        self.came: list[tuple[int, float]] = []
        self.caught_up = asyncio.Event()
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        asked = f"GET /api/entries/stream?after={self._after} HTTP/1.1\r\nHost: localhost\r\n"
        if self._token is not None:
            asked += f"Authorization: Bearer {self._token}\r\n"
        transport.write(f"{asked}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.time()  # noqa: TID251  # beside the database's clock, on one machine
        *whole, self._left = (self._left + data).split(b"\n\n")
        for block in whole:
            if found := _BLOCK.search(block):
                self.came.append((int(found[1]), now))
            elif _CAUGHT_UP in block:
                self.caught_up.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Print that the connection ended, since this reader does not come again and lacks
        entries."""
        if not self.ended:
            print(f"a reader's connection ended: {error}; it had {self._left[:200]!r}")

    async def take(self, message: Msg) -> None:
        """Take a message of a broker."""
        now = time.time()  # noqa: TID251  # likewise
        self.came.append((message.metadata.sequence.stream, now))


async def _follow(
    port: int, after: int, asked: argparse.Namespace, address: str, token: str, paths: list[str]
) -> list[Reader]:
    loop = asyncio.get_running_loop()
    readers = [Reader(after) for _ in range(asked.readers)]
    began = time.monotonic()
    for one in readers:
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(60):
        for one in readers:
            await one.caught_up.wait()
    print(f"{len(readers)} readers had caught up after {time.monotonic() - began:.1f} s", end="; ")
    await _while_writing(address, token, paths, asked)
    for one in readers:
        one.ended = True
    return readers


async def _while_writing(
    address: str, token: str, paths: list[str], asked: argparse.Namespace
) -> None:
    writing = threading.Thread(target=_write, args=(address, token, paths, asked))
    writing.start()
    while writing.is_alive():
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)


def _write(address: str, token: str, paths: list[str], asked: argparse.Namespace) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        due = time.perf_counter()
        for path in cycle(paths):
            if due - time.perf_counter() > 0:
                time.sleep(due - time.perf_counter())
            body = {
                "of": path.rpartition("/")[2],
                "question": "Is it done?",
                "occurred_on": None,
                "by": "cumbria-pfcc",
                "source": {"note": "a letter"},
            }
            session.post(f"http://{address}{path}/assurances", json=body, timeout=30)
            due += 1 / asked.a_second
            asked.seconds -= 1 / asked.a_second
            if asked.seconds <= 0:
                return


def _show(
    server: Running,
    address: str,
    after: int,
    readers: list[Reader],
    asked: argparse.Namespace,
    grown: int,
) -> None:
    items = []
    while page := requests.get(
        f"http://{address}/api/entries", params={"after": after, "limit": 500}, timeout=30
    ).json()["items"]:
        items += page
        after = int(page[-1]["sequence"])
    recorded = {
        int(one["sequence"]): datetime.fromisoformat(one["time"]).timestamp() for one in items
    }
    took = [1000 * (now - recorded[position]) for one in readers for position, now in one.came]
    whole = sum([position for position, _ in one.came] == list(recorded) for one in readers)
    with psycopg.connect(server.url(NAME)) as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [LOGIN]
        ).fetchone()
    print(f"{whole} of {len(readers)} readers had each of {len(recorded)} entries once, in order")
    print(f"{len(took) / (len(recorded) / asked.a_second):.0f} events a second to all of them")
    print(
        f"from recorded_at: half within {statistics.median(took):.0f} ms, 99 of 100 within "
        f"{percentile(took, 0.99):.0f} ms, the last after {max(took):.0f} ms"
    )
    print(f"{grown / 2**20:.0f} MB more, " if grown else "", end="")
    print(f"{row[0] if row else '?'} connections to the database")


def _as_a_login(server: Running) -> str:
    """Return the database's URL with a login of the streams' own, by which their connections are
    counted."""
    with psycopg.connect(server.url(NAME), autocommit=True) as conn:
        conn.execute(f"CREATE ROLE {LOGIN} LOGIN IN ROLE answerable_app".encode())
    return server.url(NAME).replace(f"//{SUPERUSER}@", f"//{LOGIN}@")


def _memory(process: int) -> int:
    """Return the bytes that the processes of gunicorn hold for themselves."""
    of = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=True)
    held = 0
    for one in of.stdout.split():
        said = Path(f"/proc/{one}/smaps_rollup").read_text("utf-8")
        held += sum(int(kb) for kb in re.findall(r"Private_\w+: +(\d+) kB", said))
    return held * 1024


def _cpu(process: int) -> float:
    """Return the seconds of CPU that the processes of gunicorn have used."""
    of = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=True)
    spent = 0
    for one in of.stdout.split():
        said = Path(f"/proc/{one}/stat").read_text("utf-8").rpartition(")")[2].split()
        spent += int(said[11]) + int(said[12])
    return spent / os.sysconf("SC_CLK_TCK")


def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError("The streams' process did not answer within a minute.")
