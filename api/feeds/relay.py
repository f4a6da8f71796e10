"""The follower that relays sealed entries to a broker, each as one message of a stream of NATS
JetStream (https://docs.nats.io/nats-concepts/jetstream).

A message's sequence in its stream is its entry's position, since nothing else is ever published
there. So the broker itself says where to go on, whichever process was killed, and no state here has
to agree with it. Each message names the sequence before it: the broker refuses one that comes
twice, too early, or from a second relay.
"""

import asyncio
import base64
import json
import random
import re
import ssl
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import urlopen

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.feeds.cloudevents import cloudevent
from ledger import diagnostics
from ledger.application import Ledger
from ledger.errors import AnswerableError, Unreadable
from ledger.events.entry import Entry
from ledger.events.streams import kind
from ledger.log.follower import Leader
from ledger.log.storage import stored_id
from ledger.seal.checkpoints import CHANNEL, Sealed
from ledger.settings import PREFIX, Settings
from projections.as_of import at
from projections.fields import json_of
from projections.head import head
from projections.questions import log_entries
from projections.questions.log_entries import Wanted
from projections.questions.question import Question, asking
from projections.read_models.entry_index import about

if TYPE_CHECKING:  # the extra “nats” need not be installed
    from nats.js.api import PubAck, StreamInfo

NAME = "relay"
NATIONAL = "national"
"""Stands for the area in the subject of an entry about no area, or about several."""
SUBJECTS, SUBJECT = "answerable.>", "answerable.{area}.{type}"
"""The subjects that the stream takes, and the subject of an entry."""
CONTENT_TYPE = "application/cloudevents+json"
_LOG = "answerable-log"
"""The key of the stream's metadata that names the log."""
_BATCH = 250
"""At most so many messages are on their way at once."""
_SECONDS = 10.0
"""The seconds in which the broker has to answer."""
_CONNECT_SECONDS = 2
_MOST_OF_MONITOR = 1_000_000
"""Bytes of an answer of a broker's monitor."""
_HEADERS = 512
"""An upper bound for the bytes of a message's headers."""
_DUPLICATES = 1.0
"""The window, in seconds, in which the broker drops a message with a known id. It is short, since
a cluster's leader may know the id of a message that it lost."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""The seconds until the next attempt after a first failure. The wait doubles with each failure, up
to the second value."""
_T = TypeVar("_T")


class NoRelay(AnswerableError):
    """Entries cannot be relayed with these settings, or without the extra."""


class NotTaken(Exception):
    """The broker does not take the next entry, or has messages that are not of this log. The
    message is a sentence."""


@dataclass(frozen=True, slots=True)
class Message:
    """An entry as it is published."""

    position: int
    subject: str
    id: str
    body: bytes


class Relay(Leader):
    """Relays the sealed log. One process leads, as for every follower. Raises NoRelay when it is
    made."""

    def __init__(
        self,
        url: str,
        ledger: Ledger,
        settings: Settings,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`jitter` returns a number from 0 to 1 that spreads the waits."""
        super().__init__(NAME, url, channel=CHANNEL)
        can_relay(settings)
        self._ledger = ledger
        self._sealed = Sealed(ledger.pool)
        self._settings = settings
        self._jitter = jitter
        self._broker: Broker | None = None
        self._failures = 0
        self._noted: tuple[int | None, str | None] | None = None

    def step(self) -> tuple[int, bool]:
        """Publish the next sealed entries. Return how many, and whether one cannot be read. Entries
        that the broker refuses are sent again later."""
        conn = self._connection()
        horizon = self._sealed.look().horizon
        try:
            if self._broker is None:
                if self._settings.nats_replicas > 1:
                    write_at_once(self._settings)
                self._broker = Broker(self._settings)
                self._broker.open()
                self._is_of_this_log(conn, self._broker)
            broker = self._broker
            if messages := self._messages(broker.position, horizon):
                broker.publish(messages)
            broker.check()
        except (NotTaken, OSError) as error:
            self._put_off(conn, error)
            return 0, False
        except Unreadable as error:
            self._hold(conn, error)
            return 0, True
        if self._failures:
            diagnostics.warning("the broker takes entries again", position=broker.position)
            self._failures = 0
        self._note(conn, broker.position, None)
        if broker.position >= horizon:
            self._did_all(horizon)
        return len(messages), False

    def close(self) -> None:
        """Close the connection to the broker, so that the next leader asks it again where to go
        on."""
        self._leave_broker()
        self._noted = None
        super().close()

    def _leave_broker(self) -> None:
        if self._broker is not None:
            self._broker.close()
            self._broker = None

    def _put_off(self, conn: psycopg.Connection, error: Exception) -> None:
        """Report that the broker does not answer, and set the time of the next attempt."""
        rest = min(FIRST_WAIT * 2.0 ** min(self._failures, 16), LONGEST_WAIT)
        rest *= 0.5 + self._jitter() / 2
        self._failures += 1
        why = str(error) or type(error).__name__
        diagnostics.warning("the relay waits for its broker", why=why, seconds=round(rest, 1))
        self._leave_broker()
        self._note(conn, None, why)
        self._did_all(-1, rest=rest)

    def _note(self, conn: psycopg.Connection, position: int | None, why: str | None) -> None:
        """Store the broker's position, or why it is waited for, if that is new."""
        if (position, why) != self._noted:
            self._tell(conn, position, waits_for=why)
            self._noted = position, why

    def _is_of_this_log(self, conn: psycopg.Connection, broker: "Broker") -> None:
        """Raise NotTaken if the broker's last message is not the log's entry at its position."""
        if (last := broker.position) == 0:
            return
        if (here := stored_id(conn, last)) is None:
            raise NotTaken(
                f"The stream {broker.stream} has entries up to {last}, and the log does not: an "
                "older backup was restored (docs/keys.md), or the stream is another log's."
            )
        if broker.last_id is not None and broker.last_id != here:
            raise NotTaken(
                f"Message {last} of the stream {broker.stream} is not entry {last} of this log: "
                "the stream is another log's, or somebody else published to it. Give the relay a "
                f"stream of its own ({PREFIX}NATS_STREAM, docs/follow.md)."
            )

    def _messages(self, after: int, horizon: int) -> list[Message]:
        """Return the next entries as messages, at most a batch."""
        if after >= horizon:
            return []
        with asking(self._ledger) as question:
            found = log_entries.entries(question, Wanted(), after, min(_BATCH, horizon - after))
            return [
                Message(
                    entry.position,
                    SUBJECT.format(area=area_of(entry, question), type=entry.data.TOPIC),
                    entry.id,
                    json_of(cloudevent(entry, self._settings.origin, self._settings.address)),
                )
                for entry in found.entries
            ]


def can_relay(settings: Settings) -> None:
    """Raise NoRelay if no broker is set, if nothing says how a cluster's are monitored, or if the
    extra is not installed."""
    if settings.nats_url is None:
        raise NoRelay(
            f"The relay needs {PREFIX}NATS_URL, such as nats://127.0.0.1:4222 (docs/follow.md)."
        )
    if settings.nats_replicas > 1 and not settings.monitors:
        raise NoRelay(
            f"The relay needs {PREFIX}NATS_MONITORS, the monitoring address of each broker: there "
            "it sees whether the broker writes at once (`sync_interval: always`). For a single "
            f"broker, in trials, set {PREFIX}NATS_REPLICAS=1 (docs/follow.md)."
        )
    try:
        import nats  # noqa: F401  # only tests that it is installed
    except ImportError:
        raise NoRelay("The relay needs the extra “nats”: pip install 'answerable[nats]'.") from None


def area_of(entry: Entry, question: Question) -> str:
    """Return the area of the bodies that an entry is about, if they share one; else NATIONAL. It is
    the area known at the end of the entry's transaction, so it never changes. Bodies without an
    area do not count."""
    end = entry.position
    if kind(entry.stream) == "report":  # its duties and recommendations come later in it
        end = at(question.conn, str(end), None, head(question.conn)).position
    bodies = question.log.service(end).bodies
    areas = {
        slug
        for name in about(entry, question.log, end)
        if (body := bodies.get(name)) and (slug := _token(body.area or ""))
    }
    return areas.pop() if len(areas) == 1 else NATIONAL


def _token(area: str) -> str:
    """Return an area as a token of a subject."""
    return re.sub(r"[^a-z0-9]+", "-", area.lower()).strip("-")


class Broker:
    """A connection to JetStream, kept alive by a thread. It connects once; after a failure, make a
    new one. All its methods raise NotTaken or OSError."""

    def __init__(self, settings: Settings) -> None:
        from nats.aio.client import Client

        self.stream = settings.nats_stream
        self.position = 0
        """The position of the last entry that the broker has."""
        self.last_id: str | None = None
        """The id of its last message when it was opened, or None."""
        self._settings = settings
        self._ways_in = ways_in(settings)
        self._client = Client()
        self._jetstream = self._client.jetstream(timeout=_SECONDS)
        self._said: Exception | None = None
        self._troubled = asyncio.Event()
        """Set when the connection is lost, or the broker refuses something. nats-py then calls its
        callback, but never answers the publisher that waits."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker", daemon=True)
        self._thread.start()

    def open(self) -> None:
        """Connect, and make the stream if it is missing."""
        info, self.last_id = self._await(self._opened())
        self._fits(info)
        self.position = info.state.last_seq

    def check(self) -> None:
        """Raise OSError if the connection is lost."""
        if not self._client.is_connected:
            raise ConnectionError("The broker closed the connection.")

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish all messages, or raise an error."""
        self._await(self._published(messages))
        self.position = messages[-1].position

    def close(self) -> None:
        """Close the connection, and end the thread."""
        with suppress(NotTaken, OSError):
            self._await(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _await(self, doing: Coroutine[Any, Any, _T]) -> _T:
        from nats.errors import Error

        async def within() -> _T:
            async with asyncio.timeout(_SECONDS):
                return await doing

        try:
            return asyncio.run_coroutine_threadsafe(within(), self._loop).result()
        except TimeoutError:
            raise NotTaken(f"The broker did not answer within {_SECONDS:.0f} s.") from None
        except Error as error:
            said = " ".join(dict.fromkeys(str(one) for one in (error, self._said) if one))
            raise NotTaken(f"The broker cannot be used: {said}.") from error

    async def _opened(self) -> "tuple[StreamInfo, str | None]":
        from nats.js.errors import NotFoundError

        async def keep(error: Exception) -> None:
            self._said = self._said or error
            self._troubled.set()

        async def lose() -> None:
            self._troubled.set()

        given = self._settings
        await self._client.connect(
            servers=list(given.brokers),
            name=f"answerable relay of {given.origin}",
            **self._ways_in,
            error_cb=keep,
            disconnected_cb=lose,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=_CONNECT_SECONDS,
        )
        self._said = None
        self._troubled.clear()
        try:
            info = await self._jetstream.stream_info(self.stream)
        except NotFoundError:
            return await self._made(), None
        if info.state.last_seq == 0:
            return info, None
        try:
            last = await self._jetstream.get_msg(self.stream, info.state.last_seq)
        except NotFoundError:
            return info, None
        return info, (last.headers or {}).get("Nats-Msg-Id", "")

    async def _made(self) -> "StreamInfo":
        from nats.js.api import RetentionPolicy, StorageType, StreamConfig

        return await self._jetstream.add_stream(
            StreamConfig(
                name=self.stream,
                description="Entries of a log: the sequence of each is its position",
                subjects=[SUBJECTS],
                metadata={_LOG: self._settings.origin},
                retention=RetentionPolicy.LIMITS,
                storage=StorageType.FILE,
                num_replicas=self._settings.nats_replicas,
                duplicate_window=_DUPLICATES,
                allow_direct=True,
            )
        )

    async def _closed(self) -> None:
        await self._client.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _fits(self, info: "StreamInfo") -> None:
        """Raise NotTaken if the stream, which others may have made, does not keep our promises."""
        there, given = info.config, self._settings
        wrong = None
        if there.subjects != [SUBJECTS] or there.sources or there.mirror:
            wrong = f"takes other subjects than {SUBJECTS}"
        elif there.retention not in (None, "limits"):
            wrong = f"keeps messages by {there.retention}, not by limits: others would miss some"
        elif (log := (there.metadata or {}).get(_LOG, given.origin)) != given.origin:
            wrong = f"is that of the log {log}"
        elif there.num_replicas != given.nats_replicas:
            wrong = (
                f"has {there.num_replicas} replicas, and {PREFIX}NATS_REPLICAS is "
                f"{given.nats_replicas}: set that to {there.num_replicas} (1 for trials), or "
                f"`nats stream edit {self.stream} --replicas {given.nats_replicas}`"
            )
        if wrong:
            raise NotTaken(f"The stream {self.stream} {wrong}. Nothing is relayed to it.")

    async def _published(self, messages: Sequence[Message]) -> None:
        """Publish messages, each with the sequence number expected before it. A message that may
        overtake the answer to its predecessor also names the predecessor's id, which another
        publisher's message would not have. The first message names none: a restarted broker knows
        its last sequence, but no id older than its window for duplicates."""

        async def taken_all() -> "list[PubAck]":
            return [await one for one in waiting]

        waiting: list[asyncio.Future[PubAck]] = []
        before: str | None = None
        try:
            for one in messages:
                if len(one.body) + _HEADERS > self._client.max_payload:
                    raise NotTaken(
                        f"Entry {one.position} has {len(one.body)} bytes, and the broker takes "
                        f"{self._client.max_payload} in a message: raise its max_payload."
                    )
                headers = {
                    "Nats-Msg-Id": one.id,
                    "Nats-Expected-Last-Sequence": str(one.position - 1),
                    "Content-Type": CONTENT_TYPE,
                }
                if before is not None:
                    headers["Nats-Expected-Last-Msg-Id"] = before
                before = one.id
                waiting.append(
                    await self._jetstream.publish_async(
                        one.subject, one.body, stream=self.stream, headers=headers
                    )
                )
            taken = asyncio.create_task(taken_all())
            trouble = asyncio.create_task(self._troubled.wait())
            await asyncio.wait([taken, trouble], return_when=asyncio.FIRST_COMPLETED)
            trouble.cancel()
            if not taken.done():
                taken.cancel()
                self.check()
                raise NotTaken(f"The broker refused an entry: {self._said}.")
            acks = await taken
        finally:
            for left in waiting:
                left.cancel()
        for one, ack in zip(messages, acks, strict=True):
            if ack.seq != one.position:
                raise NotTaken(
                    f"The broker calls entry {one.position} its message {ack.seq}, which it is "
                    "not: it lost it on its way, and forgets that after the duplicate window of "
                    f"the stream {self.stream}."
                )


def write_at_once(settings: Settings) -> None:
    """Raise NotTaken if a broker does not write each message to its disk before it says that it has
    it: a power cut would take what it said. A broker that does not answer is passed over with a
    warning, since the others go on without it."""
    for monitor in settings.monitors:
        address = f"{monitor.rstrip('/')}/varz"
        trusted = None
        if address.startswith("https:"):
            trusted = ssl.create_default_context(cafile=settings.nats_ca)
        try:
            with urlopen(address, timeout=_CONNECT_SECONDS, context=trusted) as answer:  # noqa: S310 (http or https, by the settings)
                said = json.loads(answer.read(_MOST_OF_MONITOR))
            name = str(said["server_name"])
            always = bool(said["jetstream"]["config"].get("sync_always"))
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            diagnostics.warning(
                "a broker does not say how it writes", monitor=monitor, why=repr(error)
            )
            continue
        if not always:
            raise NotTaken(
                f"The broker {name} ({monitor}) says that it has a message before it is on its "
                "disk: set `sync_interval: always` in its jetstream settings. Nothing is relayed."
            )


def ways_in(settings: Settings) -> dict[str, Any]:
    """Return the options of nats-py by which broker and relay authenticate each other, beside what
    the address says. Raise NotTaken or OSError."""
    found: dict[str, Any] = {}
    if settings.nats_credentials is not None:
        found["user_jwt_cb"], found["signature_cb"] = credentials(settings.nats_credentials)
    if settings.nats_ca is not None or settings.nats_certificate is not None:
        found["tls"] = ssl.create_default_context(cafile=settings.nats_ca)
        if settings.nats_certificate is not None:
            found["tls"].load_cert_chain(settings.nats_certificate, settings.nats_key)
    return found


def credentials(file: Path) -> tuple[Callable[[], bytes], Callable[[str], bytes]]:
    """Return the two callbacks of a credentials file: one returns the token that names the user,
    the other signs the broker's challenge. The file has the token and the key between lines of
    hyphens. The key is in base 32: two bytes give its kind, and two at the end check it. Raise
    NotTaken."""
    try:
        text = file.read_text("utf-8")
        token, seed = re.findall(r"-----BEGIN [A-Z ]+-----\s+([\w.=-]+?)\s+-+END", text)
        raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
        key = Ed25519PrivateKey.from_private_bytes(raw[2:-2])
    except ValueError:
        raise NotTaken(f"{file} is no file of credentials: it has no token and key.") from None
    return token.encode, lambda asked: base64.b64encode(key.sign(asked.encode()))
