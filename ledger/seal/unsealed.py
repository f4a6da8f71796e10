"""The unsealed tail of a fork: what was recorded in a copy of the log that lacks signed entries.

Those entries stand at positions that were signed with others, or beyond them, and were never
sealed. `write` takes them out of the copy, into a file; `record_again` records them in the log that
goes on, at new positions and moments. An act whose stream has gone on differently is not decided
again here: it is named, for a person to record it.

The file has one JSON object a line. The first is `{"origin", "after", "entries"}`: the log's name,
the last position that the copy has in common with what was signed, and how many lines follow. Each
further line is `{"entry": …, "texts": [{"field", "salt", "text"}], "bytes": …}`: the entry as the
log's canonical line has it, what opens its texts (salts in hex), and for a capture its bytes,
`{"salt", "base64"}`. It holds office texts: only its owner may read it.
"""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError

from ledger.dates import first_day
from ledger.errors import AnswerableError, Stale, Unreadable
from ledger.events.entry import Entry, decode_strictly, line, texts
from ledger.events.streams import SERVICE, report_of, report_stream
from ledger.events.texts import Opening, commitment
from ledger.log.append import ToStore, append
from ledger.log.captures import StoredBytes
from ledger.log.reading import LogReading
from ledger.postgres.connections import OWNER_ROLE, connect_owner
from ledger.seal.recovery import NoSource, SignedLog

AT_ONCE = 500
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of a line: an entry, its texts, and a capture of 25 MB in base64."""
FILE_MODE = 0o600


class CannotWrite(AnswerableError):
    """The file cannot be written; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The entries that were written: how many, and after which position."""

    after: int
    entries: int


def write(owner_url: str, signed: SignedLog, origin: str, path: Path) -> Tail:
    """Write the unsealed tail of the database's log into a new file. CannotWrite."""
    with connect_owner(owner_url, application_name="answerable recover", autocommit=False) as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        conn.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
        after, head = _common(conn, signed)
        tail = Tail(after, head - after)
        try:
            there = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        except OSError as error:
            raise CannotWrite(
                f"{path} cannot be made: {error.strerror}. Name a new file."
            ) from None
        with os.fdopen(there, "wb") as file:
            head_line = {"origin": origin, "after": after, "entries": tail.entries}
            file.write(json.dumps(head_line).encode() + b"\n")
            for one in _lines(conn, after):
                file.write(one + b"\n")
            file.flush()
            os.fsync(file.fileno())
    return tail


def _common(conn: psycopg.Connection, signed: SignedLog) -> tuple[int, int]:
    """Count how many of the log's first entries are those that were signed, and how many it has."""
    lines = signed.lines()
    common, differs, head = 0, False, 0
    with conn.cursor("unsealed_entries") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(
            "SELECT position, recorded_at, state FROM ledger.entries ORDER BY position", binary=True
        )
        for position, recorded_at, state in cursor:
            head = position
            if not differs:
                differs = line(state, position, recorded_at) != next(lines, None)
                common = common if differs else position
    return common, head


def _lines(conn: psycopg.Connection, after: int) -> Iterator[bytes]:
    """Yield the lines of the file for the entries after a position."""
    with conn.cursor("unsealed_tail") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(
            """
            SELECT e.position, e.recorded_at, e.state, c.salt, c.body,
                   (SELECT json_agg(json_build_object('field', t.field,
                                                      'salt', encode(t.salt, 'hex'),
                                                      'text', t.body) ORDER BY t.field)
                      FROM ledger.texts t WHERE t.position = e.position)
              FROM ledger.entries e LEFT JOIN ledger.captures c USING (position)
             WHERE e.position > %s ORDER BY e.position
            """,
            [after],
        )
        for position, recorded_at, state, salt, body, said in cursor:
            beside: dict[str, Any] = {"texts": said or []}
            if body is not None:
                hexed = None if salt is None else bytes(salt).hex()
                beside["bytes"] = {"salt": hexed, "base64": base64.b64encode(body).decode()}
            raw = json.dumps(beside, ensure_ascii=False).encode()
            yield b'{"entry":%b,%b' % (line(bytes(state), position, recorded_at), raw[1:])


# Recording it again


@dataclass(frozen=True, slots=True)
class ByHand:
    """An act that a person has to record: where it stood in the copy, and why."""

    position: int
    type: str
    stream: str
    why: str


@dataclass
class Again:
    """The result of recording again: how many entries were recorded, how many were there already,
    and the acts for a person."""

    recorded: int = 0
    already: int = 0
    by_hand: list[ByHand] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Act:
    """An entry of the file, with what lies beside it."""

    entry: Entry
    state: bytes
    openings: tuple[tuple[str, bytes, Opening], ...]
    capture: StoredBytes | None
    moment: str

    @property
    def to_store(self) -> ToStore:
        """Return the same event, byte for byte, as it is handed to the log."""
        return ToStore(
            originator_id=self.entry.stream,
            originator_version=self.entry.version,
            topic=self.entry.data.TOPIC,
            state=self.state,
            event_id=UUID(self.entry.id),
            openings=self.openings,
            capture=self.capture,
        )


def record_again(log: LogReading, path: Path, origin: str) -> Again:
    """Record the acts of a file that `write` wrote, each transaction as one. Raise NoSource if the
    file cannot be read.

    An act is stored as it was said, under its own id, and only where its stream and its report's
    stand as they stood when it was decided. Acts that are in the log already are skipped, so that
    the same file may be given again.
    """
    for _ in _read(path, origin)[1]:  # all of it can be read, before any of it is recorded
        pass
    after, acts = _read(path, origin)
    done, before = Again(), _Versions(log, after)
    for _, step in groupby(acts, key=lambda act: act.moment):
        together = list(step)
        if all(log.log.select_by_id(UUID(act.entry.id)) is not None for act in together):
            done.already += len(together)
        elif why := _why_not(log, before, together):
            done.by_hand += [
                ByHand(act.entry.position, act.entry.data.TOPIC, act.entry.stream, why)
                for act in together
            ]
        else:
            done.recorded += len(together)
        before.follow(together)
    return done


class _Versions:
    """The versions of the copy's streams, as far as its tail was read."""

    def __init__(self, log: LogReading, after: int) -> None:
        self._log = log
        self._after = after
        self._tail: dict[str, int] = {}

    def of(self, stream: str) -> int:
        """Return the version that a stream of the copy is at."""
        if stream not in self._tail:
            entries = self._log.read_stream(stream)
            shared = (one.version for one in entries if one.position <= self._after)
            self._tail[stream] = max(shared, default=0)
        return self._tail[stream]

    def follow(self, acts: Sequence[_Act]) -> None:
        """Note that these acts came next in the copy."""
        self._tail |= {act.entry.stream: act.entry.version for act in acts}


def _why_not(log: LogReading, before: _Versions, acts: Sequence[_Act]) -> str | None:
    """Record acts of one transaction: None, or why a person has to."""
    accounts = log.service().accounts
    for act in acts:
        if act.entry.recorded_by not in accounts:
            return f"The account {act.entry.recorded_by} is not open in this log."
    written = {act.entry.stream for act in acts}
    if SERVICE in written:
        return "It changes accounts, the register, rules or keys: decide it anew."
    reports = {report_stream(ref) for stream in written if (ref := report_of(stream))}
    guards = {stream: before.of(stream) for stream in reports - written}
    days = [first_day(act.entry.occurred_on) for act in acts if act.entry.occurred_on]
    try:
        append(
            log.pool,
            [act.to_store for act in acts],
            guards=guards,
            latest_occurred=max(days, default=None),
        )
    except (Stale, IntegrityError) as error:
        return f"What it rests on has changed since: {error}"
    return None


def _read(path: Path, origin: str) -> tuple[int, Iterator[_Act]]:
    """Return the position that a file begins after, and its acts. Raise NoSource if it cannot be
    read."""
    try:
        file = path.open("rb")
        head = json.loads(file.readline(LONGEST_LINE))
        named, after = head["origin"], int(head["after"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoSource(
            f"{path} is no file of `answerable recover --unsealed`: {error!r}."
        ) from None
    if named != origin:
        file.close()
        raise NoSource(f"{path} is of the log “{named}”, not of “{origin}”.")

    def acts() -> Iterator[_Act]:
        with file:
            for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 2):
                try:
                    yield _act(raw)
                except (ValueError, KeyError, TypeError, RecursionError, Unreadable) as error:
                    raise NoSource(f"{path}, line {number}: {error!r}.") from None

    return after, acts()


def _act(raw: bytes) -> _Act:
    """Return an act from its line. Raise ValueError if a text does not open its commitment, or if
    bytes are not the entry's."""
    said = json.loads(raw)
    whole = said["entry"]
    state = _state_of(raw, whole)
    entry = decode_strictly(state, int(whole["position"]))
    committed = {path: text.sha256 for path, text in texts(entry)}
    openings = []
    for one in said["texts"]:
        opening = Opening(bytes.fromhex(one["salt"]), one["text"])
        if commitment(opening.salt, opening.body) != committed[one["field"]]:
            raise ValueError(f"the text “{one['field']}” does not open its commitment")
        openings.append((one["field"], bytes.fromhex(committed[one["field"]]), opening))
    capture = None
    if kept := said.get("bytes"):
        salt = None if kept["salt"] is None else bytes.fromhex(kept["salt"])
        capture = StoredBytes(base64.b64decode(kept["base64"], validate=True), salt)
    return _Act(entry, state, tuple(openings), capture, str(whole["recorded_at"]))


def _state_of(raw: bytes, whole: dict[str, Any]) -> bytes:
    """Return the bytes of the event in a line, as they stand in it. Raise ValueError if the line
    has another form."""
    begins, ends = b'{"entry":{"event":', b',"position":%d,"recorded_at":"' % int(whole["position"])
    state, found, _ = raw.removeprefix(begins).partition(ends)
    if not raw.startswith(begins) or not found or json.loads(state) != whole["event"]:
        raise ValueError("its entry is not as the log writes it")
    datetime.fromisoformat(whole["recorded_at"])
    return state
