"""The sealer: it follows the log, signs checkpoints, and publishes them with their tiles.

It reads the stored bytes of new entries, keeps them in its notebook (notebook.py), and only then
signs and publishes, in one transaction of PostgreSQL. If it is killed between any two steps, it
goes on from the notebook. The size and the root are the same, and so is the signature, since
Ed25519 uses no random numbers. Before it signs on, it checks that the log is the one that it
signed.

Each refusal is a sentence that says what to do. None ends by itself, except that of a clock once
the clock is right: a size is never signed with another root.

All new entries are signed together, with three exceptions. While a compromise holds sealing,
nothing is signed before the entry that lets it go on. The log that ends with a key's retirement is
signed by that key for the last time, and by its successor: so there is a checkpoint of exactly that
size. And what came before a compromise is signed before it, if the key still proves anything there.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row

from ledger import clock
from ledger.dates import rfc3339
from ledger.errors import AnswerableError, Unreadable
from ledger.events import ClockWasWrong, SealingResumed
from ledger.events.entry import line
from ledger.events.streams import SERVICE
from ledger.log.follower import Leader, passing, read_after
from ledger.log.storage import STORED, Stored
from ledger.postgres.connections import SEALER_ROLE
from ledger.seal import key_file
from ledger.seal.checkpoints import CHANNEL
from ledger.seal.checks import (
    AHEAD,
    NotAnEntry,
    NotAsSigned,
    NotInTime,
    Published,
    Seen,
    WrongClocks,
    entry_of,
    same_entries,
    same_log,
    state_of,
    still_published,
    times,
    wrong_clocks,
)
from ledger.seal.cuts import KEY_TOPICS, KeyEvents, key_event, next_cut, signers, why_held
from ledger.seal.notebook import Notebook, Signed
from ledger.seal.vouch import VOUCHED, refuse, vouch
from ledger.verify import checkpoint
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.note import SigningKey

NAME = "sealer"
BATCH = 1000
PATROL = 512
"""Entries that are compared with the notebook at once."""
PATROL_EVERY = timedelta(seconds=1)
"""So often they are, whether or not there is something new: not after each seal, where the next
writer would wait for it."""
REST = 0.002
"""Seconds of rest after a seal for each entry in it but one. Where many write at once, more of them
share the next seal. One writer waits for nothing."""
LONGEST_REST = 0.06
# One statement, so that all of it is there or nothing, in one round trip: with a write that waits
# for its receipt, each step costs every writer.
# Where the two clocks disagree, `moment` has no row, and so nothing is inserted.
_MOMENT: LiteralString = """
    WITH moment AS MATERIALIZED (
      SELECT at FROM clock_timestamp() AS at
       WHERE at BETWEEN %(now)b::timestamptz - %(apart)b::interval
                    AND %(now)b::timestamptz + %(apart)b::interval
    ),
"""
_CHECKPOINTS: LiteralString = """
    checkpoints AS (
      INSERT INTO ledger.checkpoints (size, root, note, leaves, sealed_at)
      SELECT given.*, at
        FROM moment, unnest(%(sizes)b::bigint[], %(roots)b::bytea[], %(notes)b::text[],
                            %(leaves)b::bytea[]) AS given
    ), follower AS (
      INSERT INTO follow.positions (name, position) SELECT %(name)s, %(size)s FROM moment
      ON CONFLICT (name) DO UPDATE
         SET position = excluded.position, held_at = NULL, held_why = NULL
    )
    SELECT pg_notify(%(channel)s, %(size)s::text) FROM moment
"""
_TILES: LiteralString = """
    tiles AS (
      INSERT INTO ledger.tiles (level, tile, root, hashes)
      SELECT given.*
        FROM moment, unnest(%(levels)b::smallint[], %(tiles)b::bigint[],
                            %(tile_roots)b::bytea[], %(hashes)b::bytea[]) AS given
      ON CONFLICT DO NOTHING  -- where checkpoints went and are published again, tiles stayed
    ),
"""
_PUBLISH: LiteralString = _MOMENT + _CHECKPOINTS
_WITH_TILES: LiteralString = _MOMENT + _TILES + _CHECKPOINTS


_PUBLISHED: LiteralString = """
    SELECT coalesce((SELECT max(position) FROM ledger.entries), 0), c.size, c.root,
           coalesce((SELECT position FROM follow.positions WHERE name = %s), 0),
           coalesce(vouched.now, false)
      FROM (VALUES (1)) AS one LEFT JOIN (
        SELECT size, root FROM ledger.checkpoints ORDER BY size DESC LIMIT 1
      ) c ON true LEFT JOIN vouched ON true
"""
_ENDS: LiteralString = "WITH vouched (now) AS (" + VOUCHED + ")" + _PUBLISHED
"""How far the log, what is published of it, and this follower are, and whether the log is vouched
for."""


class SealingHeld(AnswerableError):
    """The log may not be signed on as its entries about keys stand, or no key is here for it."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The log and what was published, at one moment."""

    head: int
    published: Published
    noted: int
    """The size that this follower noted when it published last."""
    vouched: bool
    """True if the database has this sealer's vouch for its log, on this server."""
    tail: Stored | None
    """The entry at the size signed last."""
    next: Sequence[Stored]
    """The entries after it, as many as are signed at once."""
    about_keys: Sequence[tuple[int, bytes]]
    """(position, state) of the entries about keys after it, however far."""
    wrong: WrongClocks
    """Where the entries after it say that the clock was wrong."""


class Sealer(Leader):
    """Seals one log. It leads alone, as every follower does, and by the notebook's word."""

    promises = True  # a log that is seen to go back is a log that somebody changed

    def __init__(self, url: str, notebook: Notebook, key: Path, *, batch: int = BATCH) -> None:
        super().__init__(NAME, url, role=SEALER_ROLE)
        self._notebook = notebook
        self._key = key
        self._batch = batch
        self._files: dict[str, SigningKey] = {}
        self._seen: Seen | None = None
        if (seen := notebook.remembered()) is not None:
            self._seen = Seen(*seen)
        self._patrolled = 0
        self._patrolled_at: datetime | None = None
        self._free = False

    def step(self) -> tuple[int, bool]:
        """Seal what waits, up to the next checkpoint. Return the number of entries, and whether the
        sealer is held."""
        conn = self._connection()
        try:
            count = self._seal(conn)
        except Exception as error:
            if passing(conn, error):
                raise
            self._free = False
            if isinstance(error, NotAsSigned):
                refuse(conn, self._notebook.last(), error.sentence)
            self._hold(conn, error)
            return 0, True
        if not self._free:
            conn.execute(
                "UPDATE follow.positions SET held_at = NULL, held_why = NULL"
                " WHERE name = %s AND held_at IS NOT NULL",
                [self.name],
            )
            self._free = True
        return count, False

    def look(self) -> None:
        """Look at the log, and vouch for it or refuse it, without sealing anything: for commands
        that record in an embedded database while no sealer runs."""
        conn, last = self._connection(), self._notebook.last()
        try:
            if not self._compared(conn, last).vouched:
                vouch(conn, last)
        except NotAsSigned as error:
            refuse(conn, last, error.sentence)

    def _compared(self, conn: psycopg.Connection, last: Signed) -> _Snapshot:
        """Return the state of the log, if it goes on from what was signed. NotAsSigned."""
        look = self._look(conn, last.size)
        same_log(self._notebook, last, look.head, look.published, look.tail)
        still_published(look.published, look.noted)
        return look

    def _seal(self, conn: psycopg.Connection) -> int:
        now, last = clock.now(), self._notebook.last()
        look = self._compared(conn, last)
        published = look.published.size
        if self._patrolled_at is None or abs(now - self._patrolled_at) >= PATROL_EVERY:
            self._patrol(conn, last.size, now)
        if not look.vouched:
            vouch(conn, last)
        if look.head == last.size == published:
            self._seen = Seen(look.head, min(now, clock.latest()))
            return 0
        events = self._key_events(look)
        if published < last.size:  # killed between notebook and publication
            published = self._publish(conn, published, events)
        if look.head == last.size:
            return 0
        cut = self._keep_next(conn, look, last.size, look.head, events, now)
        self._publish(conn, published, events)
        self._seen = Seen(look.head, min(now, clock.latest()))
        count = cut - last.size
        if cut == look.head:
            self._did_all(cut, rest=min((count - 1) * REST, LONGEST_REST))
        return count

    # The steps, in the order of which a kill between any two does no harm

    def _keep_next(
        self,
        conn: psycopg.Connection,
        look: _Snapshot,
        after: int,
        head: int,
        events: KeyEvents,
        now: datetime,
    ) -> int:
        """Keep what waits up to the next size to sign, which is returned; where something among it
        is no entry, what is before that."""
        cut = next_cut(events, after, head, self._batch)
        if cut is None:
            raise SealingHeld(why_held(events))
        self._signing(signers(events, cut), cut)
        try:
            self._keep(conn, look, after, cut, events, now)
        except NotAnEntry as error:
            if error.position - 1 <= after:
                raise
            return self._keep_next(conn, look, after, error.position - 1, events, now)
        return cut

    def _keep(
        self,
        conn: psycopg.Connection,
        look: _Snapshot,
        after: int,
        cut: int,
        events: KeyEvents,
        now: datetime,
    ) -> None:
        """Check the new entries up to a size and keep them in the notebook, before anything is
        signed."""
        resumed = [
            position
            for position, event in events
            if isinstance(event, SealingResumed) and event.because == "held"
        ]

        about_keys: list[int] = []  # by the bytes that are signed, whatever stood in the columns

        def lines() -> Iterator[bytes]:
            before = look.tail
            answered_for = max([*resumed, *(one.position for one in look.wrong)], default=0)
            for batch in self._batches(conn, look, after, cut):
                times(batch, before, self._seen, answered_for, now, look.wrong)
                for one in batch:
                    if entry_of(one).data.TOPIC in KEY_TOPICS:
                        about_keys.append(one.id)
                    yield line(one.state, one.id, one.recorded_at)
                before = batch[-1]
            if about_keys != [at for at, _ in events if after < at <= cut]:
                raise NotAnEntry(
                    "The entries about keys are not those that there were a moment ago: somebody "
                    "changes them. Nothing is signed meanwhile.",
                    after + 1,
                )

        try:
            self._notebook.keep(after, lines(), about_keys)
        except NotInTime:
            if self._seen is not None:
                self._notebook.remember(self._seen.head, self._seen.at)
            raise

    def _batches(
        self, conn: psycopg.Connection, look: _Snapshot, after: int, cut: int
    ) -> Iterator[Sequence[Stored]]:
        """Read the entries after a size up to another, few at a time: a log may have grown long
        before its first key."""
        batch = look.next[: cut - after]
        while batch:
            yield batch
            after = batch[-1].id
            batch = read_after(conn, after, min(cut - after, self._batch)) if after < cut else ()

    def _sign(self, signed: Signed, by: Sequence[SigningKey]) -> str:
        """Return the signed checkpoint of the notebook's entries."""
        return checkpoint.sign(Checkpoint(self._notebook.origin, signed.size, signed.root), *by)

    def _publish(self, conn: psycopg.Connection, published: int, events: KeyEvents) -> int:
        """Sign what the notebook has and the database has not, and put it there; return the size
        that is published now.

        It passes over a size that was kept but never signed, if no key proves anything there any
        more.
        """
        notes = [
            (signed, self._sign(signed, self._signing(by, signed.size)))
            for signed in self._notebook.signed_after(published)
            if (by := signers(events, signed.size))
        ]
        for at in range(0, len(notes), BATCH):
            batch = notes[at : at + BATCH]
            self._insert(conn, published, batch)
            published = batch[-1][0].size
        return published

    def _insert(
        self, conn: psycopg.Connection, after: int, notes: Sequence[tuple[Signed, str]]
    ) -> None:
        """Put there what was signed beyond a size, with its notes and the hash tiles that are full
        by then, and say so to whoever waits for it. NotInTime, if the database, whose clock dates
        it, has another time."""
        now = clock.now()
        sizes = [signed.size for signed, _ in notes]
        arguments: dict[str, Any] = {
            "sizes": sizes,
            "roots": [signed.root for signed, _ in notes],
            "notes": [note for _, note in notes],
            "leaves": [self._notebook.leaves(*ends) for ends in pairwise([after, *sizes])],
            "name": self.name,
            "channel": CHANNEL,
            "size": sizes[-1],
            "now": now,
            "apart": AHEAD,
        }
        query = _PUBLISH
        if tiles := self._notebook.tiles_between(after, sizes[-1]):
            query = _WITH_TILES
            arguments |= {
                "levels": [tile.level for tile in tiles],
                "tiles": [tile.tile for tile in tiles],
                "tile_roots": [tile.root for tile in tiles],
                "hashes": [tile.hashes for tile in tiles],
            }
        if conn.execute(query, arguments).fetchone() is None:
            raise NotInTime(
                f"The database's clock is not that of the sealer, which says {rfc3339(now)}: put "
                "the clock right that is wrong. Nothing is published meanwhile."
            )

    # Keys

    def _signing(self, vkeys: Sequence[str], size: int) -> list[SigningKey]:
        """Return those of the keys whose files are here. SealingHeld if none is."""
        if any(vkey not in self._files for vkey in vkeys):
            self._files = key_file.present(self._key)
        found = [self._files[vkey] for vkey in vkeys if vkey in self._files]
        if not found:
            raise SealingHeld(
                f"No file at {self._key} or beside it has a key that may sign {size} entries: "
                f"{', '.join(vkeys) or 'none may'}. Put it there, or see docs/keys.md."
            )
        return found

    def _key_events(self, look: _Snapshot) -> KeyEvents:
        """Return the entries about keys: the signed ones from the notebook, the others from the
        log."""
        kept = self._notebook.key_entries()
        found = [(position, key_event(state_of(entry))) for position, entry in kept]
        for position, state in look.about_keys:
            with suppress(Unreadable):  # filed as one, and none: it is named when its turn comes
                found.append((position, key_event(state)))
        return found

    # The log

    def _look(self, conn: psycopg.Connection, size: int) -> _Snapshot:
        """Read the log from a size on, in one round trip if it is no more than a batch."""
        with conn.pipeline():
            ends = conn.execute(_ENDS, [self.name])
            entries = conn.cursor(row_factory=class_row(Stored)).execute(
                STORED + "WHERE position >= %s ORDER BY position LIMIT %s",
                [size, self._batch + 1],
            )
        head, published, root, noted, vouched = ends.fetchone() or (0, None, None, 0, False)
        found = entries.fetchall()
        spoken = [
            (one.id, one.state, one.recorded_at)
            for one in found
            if one.topic == ClockWasWrong.TOPIC
        ]
        tail = found.pop(0) if found and found[0].id == size else None
        about_keys = [
            (one.id, one.state)
            for one in found
            if one.originator_id == SERVICE and one.topic in KEY_TOPICS
        ]
        if found and found[-1].id < head:  # more than a batch
            last = found[-1].id
            about_keys += conn.execute(
                """
                SELECT position, state FROM ledger.entries
                 WHERE stream = %(stream)s AND position > %(after)s AND topic = ANY (%(topics)s)
                 ORDER BY position
                """,
                {"stream": SERVICE, "after": last, "topics": KEY_TOPICS},
            ).fetchall()
            spoken += conn.execute(
                "SELECT position, state, recorded_at FROM ledger.entries"
                " WHERE topic = %s AND position > %s ORDER BY position",
                [ClockWasWrong.TOPIC, last],
            ).fetchall()
        published_now = Published(published or 0, root)
        wrong = wrong_clocks(spoken)
        return _Snapshot(head, published_now, noted, vouched, tail, found, about_keys, wrong)

    # Old entries

    def _patrol(self, conn: psycopg.Connection, size: int, now: datetime) -> None:
        """Compare some entries that were signed before, and go on where it ended last time."""
        upto = min(self._patrolled + PATROL, size)
        found = read_after(conn, self._patrolled, upto - self._patrolled)
        same_entries(found, self._notebook.entries(self._patrolled, upto))
        self._patrolled = upto if upto < size else 0  # and not on to what was sealed meanwhile
        self._patrolled_at = now
