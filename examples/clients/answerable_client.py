"""Reads and follows the log of an Answerable service, and receives its webhooks. Copy this file
into your project: it needs Python 3.11 and the package `cryptography`, and nothing else.

It trusts the service as far as it can check it. The log's key is yours to give. The last checkpoint
that was seen is kept in a file with the position that you have come to. Each later one has to be
signed, and its root to be that of the tree over what you have come to and the hashes of what
follows (RFC 9162, section 2.1.1); each entry has to be the one of its hash. A log that went back,
forked, has a hole, or sends anything but what it sealed is refused (`Distrust`), before any entry
of it is handed to you.

    python answerable_client.py history https://answerable.example --key VKEY --state state.json
    python answerable_client.py follow  https://answerable.example --key VKEY --state state.json
    python answerable_client.py receive --port 8099 --secret whsec_… --state received.json
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Event = dict[str, Any]
PAGE = 500
TILE = 256
"""So many hashes a file has."""
SECONDS = 60
"""So long nothing may come: a stream has a sign of life every 15 seconds."""
AGAIN = 2.0
TRIES = 8
"""So often the service is asked for one thing."""
TOLERANCE = 5 * 60
"""By so many seconds the clock of who sends a webhook may differ."""


class Distrust(Exception):
    """The log is not the one that was seen before, or what came was not signed: the message says
    what. Stop, keep the state file as evidence, and ask whoever runs the log."""


class NoKey(ValueError):
    """The key that was given is no key of a log."""


@dataclass(frozen=True)
class Checkpoint:
    """The size and root of a log, signed by its key (https://c2sp.org/tlog-checkpoint)."""

    origin: str
    size: int
    root: bytes
    note: str


def open_checkpoint(note: str, vkeys: Sequence[str]) -> Checkpoint:
    """The checkpoint in a signed note. Distrust where none of the keys signed it."""
    text, _, signatures = note.partition("\n\n")
    for vkey in vkeys:
        name, number, public = _key(vkey)
        for line in signatures.splitlines():
            dash, _, rest = line.partition(" ")
            signer, _, encoded = rest.partition(" ")
            raw = base64.b64decode(encoded)
            if (dash, signer, raw[:4]) == ("—", name, number):
                try:
                    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{text}\n".encode())
                except InvalidSignature:
                    raise Distrust("The signature under the checkpoint is wrong.") from None
                origin, size, root = text.split("\n")[:3]
                if origin != name:
                    raise Distrust(f"The checkpoint is of {origin}, not of {name}.")
                return Checkpoint(origin, int(size), base64.b64decode(root), note)
    raise Distrust("The checkpoint is not signed by a key that was given.")


def _key(vkey: str) -> tuple[str, bytes, bytes]:
    """Name, number and public key of `name+hash+key` (https://c2sp.org/signed-note)."""
    name, _, rest = vkey.strip().partition("+")
    number, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded)
    except ValueError:
        raw = b""
    made = hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or made.hex() != number:
        raise NoKey(f"“{vkey}” is no key of a log: `answerable key show` prints it.")
    return name, made, raw[1:]


class Tree:
    """The Merkle tree over the first entries of a log: the roots of its full subtrees, the largest
    first, of which its own is made (RFC 9162, section 2.1.1)."""

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        self.size, self.hashes = size, list(hashes)

    def add(self, leaf: bytes) -> None:
        """Add the hash of the entry that follows."""
        self.hashes.append(leaf)
        self.size += 1
        full = self.size
        while full % 2 == 0:
            right, left = self.hashes.pop(), self.hashes.pop()
            self.hashes.append(_node(left, right))
            full //= 2

    @property
    def root(self) -> bytes:
        if not self.hashes:
            return hashlib.sha256().digest()
        *lefts, root = self.hashes
        for left in reversed(lefts):
            root = _node(left, root)
        return root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _leaf(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def line_of(event: Event) -> bytes:
    """The bytes of which the log keeps the hash, as far as an event tells them: canonical JSON (RFC
    8785; the names of fields are ASCII, and no number has a fraction)."""
    _, kind, version = event["type"].split(".")
    own = {name: event["data"][name] for name in _ENVELOPE}
    own |= {"id": event["id"], "stream": event["subject"], "type": kind, "schema": int(version[1:])}
    line = {"event": own, "position": int(event["sequence"]), "recorded_at": event["time"]}
    return json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_ENVELOPE = ("version", "occurred_on", "by", "recorded_by", "provenance", "source", "batch", "data")


class Kept:
    """What is kept between two runs, in a file that is written whole or not at all."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.said: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}

    def keep(self, **said: Any) -> None:
        self.said |= said
        new = self._file.with_name(f"{self._file.name}.new")
        new.write_text(json.dumps(self.said, indent=1))
        os.replace(new, self._file)


class Log:
    """A log, from the position that was come to."""

    def __init__(
        self,
        url: str,
        vkeys: Sequence[str],
        state: Path,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        """`vkeys`: the log's keys, from elsewhere than the service; `filters`: as `/api/entries`
        takes them, such as `{"body": "cumbria-pfcc"}`."""
        self._url = url.rstrip("/")
        self._vkeys = vkeys
        self._kept = Kept(state)
        self._filters = dict(filters or {})
        note = self._kept.said.get("checkpoint")
        self.checkpoint = open_checkpoint(note, vkeys) if note else None
        size, *hashes = self._kept.said.get("tree", [0])
        whole = size == self.position  # else it is made again, from the first entry on
        self._tree = Tree(size, [bytes.fromhex(one) for one in hashes]) if whole else Tree(0, [])
        self._leaves: dict[int, bytes] = {}
        """The hashes of entries up to the checkpoint, by position: of those not done with."""

    @property
    def position(self) -> int:
        """The position of the last entry that was done with, or passed over."""
        return int(self._kept.said.get("position", 0))

    def done(self, position: int) -> None:
        """Say that all up to a position is done with: the next run goes on after it."""
        while self._tree.size < position:
            self._tree.add(self._leaves.pop(self._tree.size + 1))
        hashes = [one.hex() for one in self._tree.hashes]
        self._kept.keep(position=position, tree=[self._tree.size, *hashes])

    def look(self) -> Checkpoint:
        """Fetch the newest checkpoint, check that it is of the log that was seen, and keep it.
        Distrust."""
        new = open_checkpoint(self._text("/log/checkpoint"), self._vkeys)
        old = self.checkpoint
        if old is not None and new.size < old.size:
            raise Distrust(f"The log went back: from {old.size} entries to {new.size}.")
        tree, leaves = Tree(self._tree.size, self._tree.hashes), dict(self._leaves)
        forked = False
        while tree.size < new.size and not forked:
            if tree.size + 1 not in leaves:
                leaves |= self._hashes(tree.size, new.size)
            tree.add(leaves[tree.size + 1])
            forked = old is not None and tree.size == old.size and tree.root != old.root
        if forked or tree.root != new.root:
            raise Distrust(
                f"The log forked: with {new.size} entries it does not begin with those that were "
                "seen before, or the hashes that it gives are none of its own."
            )
        self._leaves = leaves
        self.checkpoint = new
        self._kept.keep(checkpoint=new.note)
        return new

    def history(self) -> Iterator[Event]:
        """Every entry after the position, up to the log's end. Call `done` for each."""
        horizon, after = self.look(), self.position
        while after < horizon.size:
            asked = {**self._filters, "after": after, "limit": PAGE, "origin": horizon.origin}
            page = json.loads(self._text(f"/api/entries?{urlencode(asked)}"))
            for event in page["items"]:
                if int(event["sequence"]) > horizon.size:
                    return
                yield self._next(event, after)
                after = int(event["sequence"])
            if page["next"] is None:
                return

    def follow(self, *, once: bool = False) -> Iterator[Event]:
        """Every entry after the position, and then each as it is sealed, however often the
        connection breaks. Call `done` for each. `once`: until all that there is has come."""
        after = self.position
        while True:
            try:
                for kind, position, event in self._streamed(after):
                    if event is not None:
                        yield self._next(event, after)
                    after = max(after, position)
                    if kind == "caught-up" and once:
                        return
            except HTTPError as error:
                _wait(error)
            except (URLError, HTTPException, TimeoutError, ConnectionError):
                time.sleep(AGAIN)

    def _streamed(self, after: int) -> Iterator[tuple[str, int, Event | None]]:
        """What a stream sends: of each event its name, its position, and the entry in it."""
        origin = self.look().origin
        asked = urlencode({**self._filters, "origin": origin})
        request = Request(f"{self._url}/api/entries/stream?{asked}")
        request.add_header("Last-Event-ID", str(after))
        with urlopen(request, timeout=SECONDS) as answer:
            said: dict[str, str] = {}
            for raw in answer:
                line = raw.decode().rstrip("\r\n")
                if line:
                    field, _, value = line.partition(":")
                    said[field] = value.removeprefix(" ")
                    continue
                kind, data = said.get("event", ""), said.get("data")
                if kind == "" and "id" in said:
                    position = int(said["id"])
                    yield kind, position, json.loads(data) if data else None
                elif kind:
                    yield kind, 0, None
                said = {}

    def _next(self, event: Event, after: int) -> Event:
        """An entry, once a checkpoint covers it. Distrust."""
        position = int(event["sequence"])
        if position <= after or (not self._filters and position != after + 1):
            raise Distrust(f"After {after} came {position}: there is a hole, or it came twice.")
        size = self.checkpoint.size if self.checkpoint else 0
        if position > size and position > (size := self.look().size):
            raise Distrust(f"{position} was sent, and {size} entries are sealed.")
        if _leaf(line_of(event)) != self._leaves[position]:
            self._is_older(event, self._leaves[position])
        return event

    def _is_older(self, event: Event, leaf: bytes) -> None:
        """Whether an entry whose bytes are others was stored in an older form of its event, of
        which the service sends the latest: then it is the same in all but its data. Distrust."""
        raw = self._bytes(f"/api/entries/{event['id']}/raw")
        stored, sent = json.loads(raw), json.loads(line_of(event))
        older = stored["event"].pop("schema") < sent["event"].pop("schema")
        stored["event"].pop("data"), sent["event"].pop("data")
        if _leaf(raw) != leaf or stored != sent or not older:
            raise Distrust(f"{event['sequence']} is not the entry that was sealed there.")

    def _hashes(self, after: int, size: int) -> dict[int, bytes]:
        """The hashes of entries after one, as far as a tile has them (https://c2sp.org/tlog-tiles),
        of a log of a size."""
        tile = after // TILE
        width = min(TILE, size - tile * TILE)
        name, more = f"{tile % 1000:03}", tile // 1000
        while more:
            name, more = f"x{more % 1000:03}/{name}", more // 1000
        raw = self._bytes(f"/log/tile/0/{name}{f'.p/{width}' if width < TILE else ''}")
        first = tile * TILE + 1
        return {first + n: raw[32 * n : 32 * n + 32] for n in range(after % TILE, width)}

    def _text(self, path: str) -> str:
        return self._bytes(path).decode()

    def _bytes(self, path: str) -> bytes:
        for left in reversed(range(TRIES)):
            try:
                with urlopen(self._url + path, timeout=SECONDS) as answer:
                    raw: bytes = answer.read()
                    return raw
            except HTTPError as error:
                if not left:
                    raise
                _wait(error)
        raise AssertionError("unreachable")


def _wait(error: HTTPError) -> None:
    """Wait until the service may be asked again: after 429 and any 5xx. Raise any other refusal."""
    if error.code != 429 and error.code < 500:
        raise error
    time.sleep(float(error.headers.get("Retry-After", AGAIN)))


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None
) -> Event:
    """The event that a webhook brings (https://www.standardwebhooks.com). Distrust where it is not
    signed by the secret (`whsec_…`), or was a while ago. `headers`: by lower-case names."""
    message, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs((time.time() if now is None else now) - int(at)) > TOLERANCE:
        raise Distrust("The webhook was signed too long ago, or its time is missing.")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.digest(key, f"{message}.{at}.".encode() + body, "sha256")
    good = f"v1,{base64.b64encode(made).decode()}".encode()
    given = headers.get("webhook-signature", "").encode().split(b" ")
    if not any(hmac.compare_digest(good, one) for one in given):
        raise Distrust("The webhook is not signed by this secret.")
    event: Event = json.loads(body)
    return event


def receiver(port: int, secret: str, state: Path, take: Callable[[Event], None]) -> HTTPServer:
    """A server that takes what a subscription sends, each entry once and in order. It answers 409
    where one is missing in between: the service sends it again, and `replay` sends what went
    before."""
    kept = Kept(state)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(self._taken(headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _taken(self, headers: Mapping[str, str], body: bytes) -> int:
            try:
                event = verify_webhook(secret, headers, body)
            except Distrust as error:
                sys.stderr.write(f"{error}\n")
                return 401
            position = int(event.get("sequence", 0))
            if position == 0 or position <= kept.said.get("position", 0):
                return 204  # a test, or one that was taken before
            if kept.said and int(event["previoussequence"]) > kept.said["position"]:
                sys.stderr.write(f"{event['previoussequence']} is missing before {position}.\n")
                return 409
            take(event)
            kept.keep(position=position, event=event["id"])
            return 204

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's
            """Nothing: `take` says what came."""

    return HTTPServer(("127.0.0.1", port), Receiver)


def _print(event: Event) -> None:
    sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Read and follow a log, a JSON object a line.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, says in (("history", "up to its end"), ("follow", "and what comes, as it comes")):
        command = commands.add_parser(name, help=f"every entry after the last one, {says}")
        command.add_argument("url", help="the address of the service")
        command.add_argument("--key", action="append", required=True, help="the log's key (vkey)")
        command.add_argument("--state", type=Path, required=True, help="what is kept between runs")
        command.add_argument("--type", help="only this event, such as update-received")
        command.add_argument("--body", help="only what concerns this body")
        command.add_argument("--once", action="store_true", help="end when all has come")
    command = commands.add_parser("receive", help="take what a subscription sends")
    command.add_argument("--port", type=int, required=True)
    command.add_argument("--secret", required=True, help="whsec_…, as the subscription gave it")
    command.add_argument("--state", type=Path, required=True)
    asked = parser.parse_args()
    if asked.command == "receive":
        receiver(asked.port, asked.secret, asked.state, _print).serve_forever()
    filters = {name: getattr(asked, name) for name in ("type", "body") if getattr(asked, name)}
    try:
        log = Log(asked.url, asked.key, asked.state, filters)
        for event in log.history() if asked.command == "history" else log.follow(once=asked.once):
            _print(event)
            log.done(int(event["sequence"]))
    except (Distrust, NoKey) as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, NoKey) else 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
