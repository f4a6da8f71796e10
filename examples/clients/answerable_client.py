"""Reads and follows the log of an Answerable service, and receives its webhooks. Copy this file
into your project: it needs Python 3.11 and the package `cryptography`, and nothing else.

It trusts the service as far as it can check it. The log's key is yours to give. The last checkpoint
that was seen is kept in a file with the position that you have come to; each later one has to be
signed, and to extend it (RFC 9162, section 2.1.4.2). A log that went back, forked or has a hole is
refused (`Distrust`), before any entry of it is handed to you.

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
SECONDS = 60
"""So long nothing may come: a stream has a sign of life every 15 seconds."""
AGAIN = 2.0
TOLERANCE = 5 * 60
"""By so many seconds the clock of who sends a webhook may differ."""


class Distrust(Exception):
    """The log is not the one that was seen before, or what came was not signed: the message says
    what. Stop, keep the state file as evidence, and ask whoever runs the log."""


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
    name, number, encoded = vkey.strip().split("+", 2)
    raw = base64.b64decode(encoded)
    made = hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or made.hex() != number:
        raise ValueError(f"{vkey} is no verifier key of a log: `answerable key show` prints it.")
    return name, made, raw[1:]


def extends(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Whether the log at `new` begins with the log at `old` (RFC 9162, section 2.1.4.2)."""
    if old.size == new.size:
        return old.root == new.root
    if not 0 < old.size < new.size or not proof:
        return False
    rest = list(proof) if old.size & (old.size - 1) else [old.root, *proof]
    node, last = old.size - 1, new.size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    was = now = rest[0]
    for one in rest[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            was, now = _node(one, was), _node(one, now)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            now = _node(now, one)
        node, last = node >> 1, last >> 1
    return last == 0 and (was, now) == (old.root, new.root)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


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

    @property
    def position(self) -> int:
        """The position of the last entry that was done with, or passed over."""
        return int(self._kept.said.get("position", 0))

    def done(self, position: int) -> None:
        """Say that all up to a position is done with: the next run goes on after it."""
        self._kept.keep(position=position)

    def look(self) -> Checkpoint:
        """Fetch the newest checkpoint, check it against the last one, and keep it. Distrust."""
        new = open_checkpoint(self._text("/log/checkpoint"), self._vkeys)
        old = self.checkpoint
        if old is not None and old.size:
            if new.size < old.size:
                raise Distrust(f"The log went back: from {old.size} entries to {new.size}.")
            proof: list[bytes] = []
            if new.size > old.size:
                sizes = urlencode({"from": old.size, "to": new.size})
                said = json.loads(self._text(f"/log/consistency?{sizes}"))
                proof = [base64.b64decode(one) for one in said["proof"]]
            if not extends(old, new, proof):
                raise Distrust(
                    f"The log forked: with {new.size} entries it does not begin with the "
                    f"{old.size} that were seen before."
                )
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
                if error.code not in (429, 503):
                    raise
                time.sleep(float(error.headers.get("Retry-After", AGAIN)))
            except (URLError, TimeoutError, ConnectionError):
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
        return event

    def _text(self, path: str) -> str:
        with urlopen(self._url + path, timeout=SECONDS) as answer:
            text: str = answer.read().decode()
            return text


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
    except Distrust as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
