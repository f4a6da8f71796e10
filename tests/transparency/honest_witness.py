"""A witness as https://c2sp.org/tlog-witness describes one, in a process of its own, over HTTP.

`witnessing(...)` runs this file: it prints its verifier key and port, and cosigns until it is
ended. It remembers of each log the newest checkpoint that it cosigned, in memory.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

from ledger.verify import checkpoint as checkpoints
from ledger.verify import note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.note import NoteError, SigningKey, VerifierKey
from ledger.verify.tree import ProofError, verify_consistency
from tests.processes import Python


@dataclass(frozen=True)
class Witness:
    """A witness that runs, and its key."""

    url: str
    vkey: str


@contextmanager
def witnessing(name: str, *logs: str) -> Iterator[Witness]:
    """Run a witness that knows the keys of a log."""
    process = Python("-m", "tests.transparency.honest_witness", name, *logs, env=os.environ)
    try:
        vkey, port = process.output.readline().split()
        yield Witness(f"http://127.0.0.1:{port}", vkey)
    finally:
        process.terminate()
        process.wait()


class Memory:
    """The last checkpoint of each log that the witness cosigned, and its answers to requests."""

    def __init__(self, key: SigningKey, logs: list[VerifierKey]) -> None:
        self._key, self._logs = key, logs
        self._last: dict[str, Checkpoint] = {}
        self._clock = 0

    def answer(self, body: str) -> tuple[int, str]:
        """Return the status and the text of an answer to add-checkpoint."""
        head, _, signed = body.partition("\n\n")
        old, *lines = head.split("\n")
        try:
            said = checkpoints.parse(note.split(signed)[0])
            if said.origin not in {key.name for key in self._logs}:
                return 404, "unknown log\n"
            found = checkpoints.open(signed, self._logs, said.origin).checkpoint
            proof = [note.from_base64(line) for line in lines]
            size = int(old.removeprefix("old "))
        except NoteError as error:
            return 403, f"{error}\n"
        except ValueError as error:
            return 400, f"{error}\n"
        last = self._last.get(found.origin, Checkpoint(found.origin, 0, b""))
        if size > found.size:
            return 400, "the old size is larger\n"
        if size != last.size:
            return 409, f"{last.size}\n"
        try:
            if size:
                verify_consistency(size, found.size, last.root, found.root, proof)
            elif proof:
                return 422, "a proof from nothing\n"
        except ProofError as error:
            return 422, f"{error}\n"
        self._last[found.origin] = found
        clock = datetime.now(UTC)  # noqa: TID251 - a process of its own, with its own clock
        self._clock = max(int(clock.timestamp()), self._clock + 1)  # no second serves twice
        return 200, note.cosignature(found.text, self._key, self._clock)


def main(name: str, *logs: str) -> None:
    """Serve on a port that is free."""
    key = note.generate(name)
    memory = Memory(key, [note.parse_vkey(vkey) for vkey in logs])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, text = memory.answer(body) if self.path == "/add-checkpoint" else (404, "")
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{key.witness.vkey} {server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
