"""The roads out of the log. Each is followed by a process of its own, as programs elsewhere would:
python -m bench.faults.roads ROAD ADDRESS AFTER FILE, with the token or the log's key in `GIVEN`.

A road adds the position of each entry that came to a file, eight bytes each, and goes on after each
break. The road `streams` is many readers at once, who begin after the same entry and have no
filter; `GIVEN` has a token for each. It writes a line of JSON in place of positions: how far the
slowest is, and how many had each position once and in order.
"""

import asyncio
import json
import os
import re
import runpy
import sys
from array import array
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import nats
import requests
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

_CLIENT = Path(__file__).parents[2] / "examples/clients/answerable_client.py"
_DONE_EVERY = 200
"""The client says so often that it is done with an entry, which writes its file."""
_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r", re.IGNORECASE)
_ID = re.compile(rb"\r\nwebhook-id: [^\r]*-([0-9]+)\r", re.IGNORECASE)
_BLOCK = re.compile(rb"id: ([0-9]+)\ndata: ")

Came = Callable[[int], object]


def main(arguments: list[str]) -> None:
    """Follow a road until this process is told to end."""
    road, address, after, name = arguments
    file = Path(name)
    if road == "streams":
        asyncio.run(_streams(address, int(after), file))
        return
    with file.open("ab", buffering=0) as into:

        def came(position: int) -> None:
            into.write(array("q", [position]).tobytes())

        match road:
            case "SSE":
                _sse(address, int(after), came)
            case "client":
                _client(address, file.with_suffix(".state"), came)
            case "webhook":
                asyncio.run(_receive(int(address), came))
            case "JetStream":
                asyncio.run(_listen(address, int(after), came))
            case "consumer":
                asyncio.run(_consume(address, int(after), came))
            case _:
                raise SystemExit(f"There is no road {road}.")


def _sse(address: str, after: int, came: Came) -> None:
    """Follow the stream, and go on from the last entry whenever it breaks."""
    headers = {"Authorization": f"Bearer {os.environ['GIVEN']}"}
    while True:
        with (
            suppress(requests.RequestException),
            requests.get(
                f"{address}/api/entries/stream?after={after}",
                headers=headers,
                stream=True,
                timeout=20,
            ) as answer,
        ):
            for line in answer.iter_lines(chunk_size=None):
                if answer.status_code == 200 and line.startswith(b"id:"):
                    after = int(line.removeprefix(b"id:"))
                    came(after)


def _client(address: str, state: Path, came: Came) -> None:
    """Follow the stream by the client that we ship, which checks each entry against a signed
    checkpoint."""
    log = runpy.run_path(str(_CLIENT))["Log"](address, [os.environ["GIVEN"]], state)
    for number, event in enumerate(log.follow()):
        position = int(event["sequence"])
        came(position)
        if number % _DONE_EVERY == 0:
            log.done(position)


async def _receive(port: int, came: Came) -> None:
    """Receive webhooks, and answer each at once."""

    async def take(sent: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await sent.readuntil(b"\r\n\r\n")
                length, number = _LENGTH.search(head), _ID.search(head)
                assert length is not None, head
                assert number is not None, head
                await sent.readexactly(int(length[1]))
                came(int(number[1]))
                answer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        answer.close()

    async with await asyncio.start_server(take, "127.0.0.1", port) as server:
        await server.serve_forever()


async def _connected(address: str) -> Client:
    async def broken(_: Exception) -> None:
        """The connection breaks by design: the client connects again."""

    return await nats.connect(
        address, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=broken
    )


_EVERY = "answerable.>"
_begins = partial(ConsumerConfig, deliver_policy=DeliverPolicy.BY_START_SEQUENCE)


async def _listen(address: str, after: int, came: Came) -> None:
    """Follow the broker as a program that only listens."""

    async def take(message: Msg) -> None:
        came(message.metadata.sequence.stream)

    stream = (await _connected(address)).jetstream()
    config = _begins(opt_start_seq=after + 1)
    while True:
        with suppress(nats.errors.Error):  # the relay has not made the stream yet
            await stream.subscribe(_EVERY, ordered_consumer=True, config=config, cb=take)
            await asyncio.Event().wait()
        await asyncio.sleep(0.2)


async def _consume(address: str, after: int, came: Came) -> None:
    """Follow the broker as a durable consumer, which says what it has taken."""
    stream = (await _connected(address)).jetstream()
    config = _begins(opt_start_seq=after + 1, ack_policy=AckPolicy.EXPLICIT)
    durable: JetStreamContext.PullSubscription | None = None
    while durable is None:
        with suppress(nats.errors.Error):  # the relay has not made the stream yet
            durable = await stream.pull_subscribe(_EVERY, durable="faults", config=config)
        await asyncio.sleep(0.2)
    while True:
        with suppress(Exception):  # nothing came in time, or the broker is away
            for message in await durable.fetch(500, timeout=0.5):
                came(message.metadata.sequence.stream)
                await message.ack()


class _Reader(asyncio.Protocol):
    """A reader of a stream, who does not come again."""

    def __init__(self, after: int, token: str) -> None:
        self.last = after
        self._token = token
        self.whole = True
        """True while each entry came right after the one before it."""
        self._begin = after
        self._left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(
            f"GET /api/entries/stream?after={self._begin} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self._token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        *blocks, self._left = (self._left + data).split(b"\n\n")
        for block in blocks:
            if found := _BLOCK.search(block):
                self.whole = self.whole and int(found[1]) == self.last + 1
                self.last = int(found[1])

    def connection_lost(self, error: Exception | None) -> None:
        print(f"a reader's connection ended: {error}; it had {self._left[:200]!r}", flush=True)


async def _streams(address: str, after: int, file: Path) -> None:
    """Follow the stream as many readers, and say twice a second how they are."""
    readers = [_Reader(after, token) for token in os.environ["GIVEN"].split()]
    host, port = address.removeprefix("http://").split(":")
    loop = asyncio.get_running_loop()
    for one in readers:
        await loop.create_connection(lambda one=one: one, host, int(port))  # type: ignore[misc]
    while True:
        slowest = min(one.last for one in readers)
        whole = sum(one.whole and one.last > after for one in readers)
        new = file.with_suffix(".new")
        new.write_text(json.dumps({"slowest": slowest, "whole": whole}))
        new.replace(file)
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1:])
