"""Sealed checkpoints, receipts, tiles and consistency proofs: reading them, and waiting for a seal.

Everything comes from what the sealer published and the entries under it. The receipt in the answer
to a write leads to the first checkpoint over its entry, which nobody has cosigned yet. A receipt
that is asked for later leads to a checkpoint that witnesses cosigned, if there is one
(docs/decisions/0030-which-checkpoint-a-receipt-leads-to.md).

A process remembers what was sealed lately, and makes receipts from that without a question to the
database. The first checkpoint over an entry stays the first, and a tile of a width never changes.
Even so, each such receipt is checked against the root that was signed.

One listener a process wakes every request that waits for a seal (`SealBell`). It starts with the
first waiter, rests while nobody waits, and ends with the pool of connections. If entries have
waited for more than two seconds, the sealer is stuck, or there is none. Then only streams wait for
it, which have all the time.
"""

import threading
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import LiteralString, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from ledger import diagnostics
from ledger.errors import Fault, LogUnreachable, NotRecorded, Unfit, Unreadable
from ledger.events.entry import line
from ledger.log.doorbell import PATIENCE, Doorbell
from ledger.postgres.connections import WEB, retried
from ledger.seal.witnesses import FIRST, LAST
from ledger.verify import tree
from ledger.verify.checkpoint import Proof
from ledger.verify.note import to_base64
from ledger.verify.tree import HASH_BYTES, WIDTH, Tile

CHANNEL = "answerable_sealed"
"""Notified by the sealer with the size that is sealed now."""
MOST = 64
"""The checkpoints, and the tiles, that are remembered: 8 kB each at most."""
ROOTS = 4096
"""The roots of subtrees that are remembered."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """A published checkpoint: of `size` entries, the signed note, and when (not signed)."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Grown(Sealing):
    """It with the hashes of the leaves that it brought, side by side."""

    leaves: bytes


@dataclass(frozen=True, slots=True)
class Consistency:
    """The proof (RFC 9162, 2.1.4) that the log at one size begins with the log at another: both
    sizes, and in Base 64 both roots and the hashes."""

    old: int
    new: int
    old_root: str
    new_root: str
    proof: list[str]


class LatelySealed:
    """The newest checkpoints, one after the other without a gap, and the tiles last used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: list[Grown] = []
        self._tiles: OrderedDict[str, bytes] = OrderedDict()
        self._roots: dict[tuple[int, int], bytes] = {}
        """The roots of complete subtrees, by level and index: they never change."""

    @property
    def size(self) -> int:
        """Return the size of the newest one; 0 where none is known."""
        with self._lock:
            return self._newest[-1].size if self._newest else 0

    def learn(self, grown: Sequence[Grown]) -> None:
        """Remember checkpoints, in order. Forget those that they do not follow."""
        with self._lock:
            for one in grown:
                if self._newest and one.size <= self._newest[-1].size:
                    continue  # another look was first
                before = one.size - len(one.leaves) // HASH_BYTES
                if self._newest and self._newest[-1].size != before:
                    self._newest.clear()
                self._newest.append(one)
                self._grow(before, one.leaves)
            del self._newest[:-MOST]

    def forget(self) -> None:
        """Forget all: it is not what was signed."""
        with self._lock:
            self._newest.clear()
            self._tiles.clear()
            self._roots.clear()

    def root(self, level: int, index: int, work_out: tree.HashAt) -> bytes:
        """Return the root of a complete subtree, worked out once."""
        with self._lock:
            found = self._roots.get((level, index))
        if found is None:
            found = work_out(level, index)
            with self._lock:
                if len(self._roots) >= ROOTS:
                    self._roots.clear()
                self._roots[level, index] = found
        return found

    def first_over(self, position: int) -> Sealing | None:
        """Return the first checkpoint that covers a position, if that is sure."""
        with self._lock:
            at = bisect_left(self._newest, position, key=lambda one: one.size)
            if at == len(self._newest):
                return None
            one = self._newest[at]
            return one if position > one.size - len(one.leaves) // HASH_BYTES else None

    def tile(self, path: str) -> bytes | None:
        """Return the bytes of the hash tile at a path, if they are known."""
        with self._lock:
            if path in self._tiles:
                self._tiles.move_to_end(path)
            return self._tiles.get(path)

    def keep(self, path: str, raw: bytes) -> None:
        """Remember a hash tile."""
        with self._lock:
            self._keep(path, raw)

    def _grow(self, size: int, leaves: bytes) -> None:
        """Remember the tiles of level 0 into which a known tile grew with these leaves. Do nothing
        if that tile is not known."""
        index, width = divmod(size, WIDTH)
        raw = self._tiles.get(Tile(0, index, width).path) if width else b""
        if raw is None:
            return
        raw += leaves
        for at in range(0, len(raw), WIDTH * HASH_BYTES):
            hashes = raw[at : at + WIDTH * HASH_BYTES]
            self._keep(Tile(0, index, len(hashes) // HASH_BYTES).path, hashes)
            index += 1

    def _keep(self, path: str, raw: bytes) -> None:
        width = tree.parse_path(path).width
        if len(raw) != width * HASH_BYTES:
            return  # it is not complete yet
        self._tiles[path] = raw
        self._tiles.move_to_end(path)
        while len(self._tiles) > MOST:
            self._tiles.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How far the log is sealed, and how long its next entry has waited, in seconds (0: none)."""

    size: int
    seconds: float
    horizon: int
    """The last position that may leave: of what is sealed, or of all where nothing ever was."""


class NotSealedYet(NotRecorded):
    """The log has it, or may have it, but no checkpoint covers it yet (404, try again)."""


class Sealed:
    """The sealed part of a log."""

    def __init__(
        self, pool: ConnectionPool[psycopg.Connection], lately: LatelySealed | None = None
    ) -> None:
        self._pool = pool
        self._lately = lately or LatelySealed()

    @property
    def closed(self) -> bool:
        """Return whether its connections are closed for good."""
        return self._pool.closed

    def look(self, conn: psycopg.Connection | None = None) -> Waiting:
        """Return how far the log is sealed, and how long later entries have waited.

        One round trip, by itself on a connection of the pool. It remembers what was sealed since
        the last look, for the receipts that are asked for now.
        """
        known = self._lately.size
        with nullcontext(conn) if conn else self._pool.connection() as asked:
            rows = asked.execute(_LOOK, {"known": known, "most": MOST}).fetchall()
        now = Waiting(rows[0][0], float(rows[0][1]), rows[0][2])
        grown = [Grown(*columns) for _, _, _, *columns in rows if columns[0] is not None]
        if now.size < known:  # another database, or an older one
            self._lately.forget()
        else:
            self._lately.learn(sorted(grown, key=lambda one: one.size))
        return now

    def checkpoint(self) -> Sealing | None:
        """Return the newest checkpoint, with its cosignatures, or None before the first one."""
        return retried(self._pool, lambda conn: _checkpoint(conn, _NEWEST))

    def first_over(self, position: int) -> Sealing:
        """Return the first checkpoint that covers a position, for ever the same: without
        cosignatures, which come later. NotSealedYet."""
        return retried(self._pool, lambda conn: _first_over(conn, position))

    def best_over(self, position: int) -> Sealing | None:
        """Return the checkpoint over a position that most witnesses cosigned, the oldest of
        several, with its cosignatures; None if nobody cosigned one.

        Only the first thousand cosigned ones are searched: so it is found quickly, and stays the
        same.
        """
        return retried(self._pool, lambda conn: _checkpoint(conn, _BEST_OVER, position))

    def size(self) -> int:
        """Return how many entries are sealed: the position of the last one, or 0."""
        return retried(self._pool, _size)

    def first_receipt(self, position: int) -> str:
        """Return the receipt (c2sp.org/tlog-proof) that leads to the first checkpoint over a
        position, for ever the same. NotSealedYet."""
        sealing = self._lately.first_over(position)
        if sealing is not None and (found := self._at_hand(position, sealing)) is not None:
            return found
        return retried(
            self._pool, lambda conn: _receipt(conn, position, _first_over(conn, position))
        )

    def receipt(self, position: int) -> str:
        """Return the receipt of an entry for a later question: it leads to the checkpoint that most
        witnesses cosigned, or else to the first. NotSealedYet."""
        if (sealing := self.best_over(position)) is None:
            return self.first_receipt(position)
        return retried(self._pool, lambda conn: _receipt(conn, position, sealing))

    def _at_hand(self, position: int, sealing: Sealing) -> str | None:
        """Return a receipt made from what is remembered; None if that is wrong."""
        index = position - 1
        hash_at = partial(self._lately.root, work_out=tree.hash_at(sealing.size, self._hashes))
        hashes = tree.inclusion_proof(index, sealing.size, hash_at)
        if tree.root_from_inclusion(index, sealing.size, hash_at(0, index), hashes) != sealing.root:
            self._lately.forget()
            return None
        return Proof(index, tuple(hashes), sealing.note).text

    def _hashes(self, path: str) -> bytes:
        """Return the bytes of a hash tile, remembered or asked for."""
        if (raw := self._lately.tile(path)) is None:
            raw = retried(self._pool, lambda conn: _hashes(conn, tree.parse_path(path)))
            self._lately.keep(path, raw)
        return raw

    def consistency(self, old: int, new: int | None) -> Consistency:
        """Prove that the log of `new` entries (by default all sealed ones) begins with that of
        `old`.

        Return the hashes of the proof (RFC 9162, 2.1.4) in Base 64, and both roots.
        """
        return retried(self._pool, lambda conn: _consistency(conn, old, new))

    def tile(self, path: str) -> tuple[Tile, bytes]:
        """Return the tile at a path below the log's prefix, with its bytes. NotRecorded,
        NotSealedYet."""
        try:
            wanted = tree.parse_path(path)
        except tree.TileError as error:
            raise NotRecorded(f"{error} See https://c2sp.org/tlog-tiles.") from None
        return wanted, retried(self._pool, lambda conn: _sealed_bytes(conn, wanted))


_LOOK: LiteralString = """
    SELECT s.size, coalesce(extract(epoch FROM clock_timestamp() - e.recorded_at), 0),
           coalesce(nullif(s.size, 0), (SELECT max(position) FROM ledger.entries), 0), c.*
      FROM (SELECT coalesce(max(size), 0) AS size FROM ledger.checkpoints) s
      LEFT JOIN ledger.entries e ON e.position = s.size + 1
      LEFT JOIN LATERAL (
        SELECT size, root, note, sealed_at, leaves FROM ledger.checkpoints
         WHERE size > (SELECT %(known)s::bigint) ORDER BY size DESC LIMIT %(most)s
      ) c ON true
"""
"""Planned once a connection (bench/README.md)."""
_NEWEST = sql.SQL("""
    SELECT c.size, root, c.note || {under} AS note, sealed_at FROM ledger.checkpoints c
     ORDER BY size DESC LIMIT 1
""").format(under=LAST)
_FIRST_OVER = sql.SQL("""
    SELECT size, root, note, sealed_at FROM ledger.checkpoints
     WHERE size >= %(position)s ORDER BY size LIMIT 1
""")


_BEST_OVER = sql.SQL("""
    SELECT c.size, root, c.note || {under} AS note, sealed_at
      FROM (SELECT size, count(DISTINCT witness) AS many
              FROM ledger.cosignatures
             WHERE size IN (SELECT DISTINCT size FROM ledger.cosignatures
                             WHERE size >= %(position)s ORDER BY size LIMIT 1000)
             GROUP BY size ORDER BY many DESC, size LIMIT 1) best
      JOIN ledger.checkpoints c USING (size)
""").format(under=FIRST)


class NewestCheckpoint(NamedTuple):
    """The newest checkpoint: size, root and moment; None for a moment that is infinite."""

    size: int
    root: bytes
    sealed_at: datetime | None


def newest_checkpoint(conn: psycopg.Connection) -> NewestCheckpoint | None:
    """Return the newest checkpoint, even if its moment is none; None where nothing is sealed."""
    with conn.cursor(row_factory=class_row(NewestCheckpoint)) as cursor:
        return cursor.execute(
            "SELECT size, root, CASE WHEN isfinite(sealed_at) THEN sealed_at END AS sealed_at"
            "  FROM ledger.checkpoints ORDER BY size DESC LIMIT 1"
        ).fetchone()


def waiting(conn: psycopg.Connection) -> Waiting:
    """Return how far the log is sealed, and how long what follows has waited, as `Sealed.look`
    does, and remember nothing of it."""
    row = conn.execute(_LOOK, {"known": 0, "most": 0}).fetchone()
    assert row is not None
    return Waiting(row[0], float(row[1]), row[2])


def _checkpoint(
    conn: psycopg.Connection, query: sql.SQL | sql.Composed, position: int = 0
) -> Sealing | None:
    with conn.cursor(row_factory=class_row(Sealing)) as cursor:
        return cursor.execute(query, {"position": position}).fetchone()


def _size(conn: psycopg.Connection) -> int:
    row = conn.execute("SELECT coalesce(max(size), 0) FROM ledger.checkpoints").fetchone()
    return int(row[0]) if row else 0


def _first_over(conn: psycopg.Connection, position: int) -> Sealing:
    found = _checkpoint(conn, _FIRST_OVER, position)
    if found is None:
        raise NotSealedYet(
            f"Entry {position} is recorded, and not sealed yet: ask again in a moment."
        )
    return found


def _receipt(conn: psycopg.Connection, position: int, sealing: Sealing) -> str:
    hashes = tree.inclusion_proof(position - 1, sealing.size, _hash_at(conn, sealing.size))
    return Proof(position - 1, tuple(hashes), sealing.note).text


def _consistency(conn: psycopg.Connection, old: int, new: int | None) -> Consistency:
    head = _size(conn)
    new = head if new is None else new
    if old > new:
        says = f"A log of {old} entries does not grow into one of {new}."
        raise Unfit(says, Fault("from", says))
    if new > head:
        raise NotSealedYet(f"{head} entries are sealed, not {new}: ask again in a moment.")
    hash_at = _hash_at(conn, new)
    return Consistency(
        old=old,
        new=new,
        old_root=to_base64(tree.root(old, hash_at)),
        new_root=to_base64(tree.root(new, hash_at)),
        proof=[to_base64(one) for one in tree.consistency_proof(old, new, hash_at)],
    )


def _hash_at(conn: psycopg.Connection, size: int) -> tree.HashAt:
    return tree.hash_at(size, lambda path: _hashes(conn, tree.parse_path(path)))


def _sealed_bytes(conn: psycopg.Connection, tile: Tile) -> bytes:
    there = tree.tile_at(tile.level, tile.index, _size(conn))
    if there is None or there.width < tile.width:
        raise NotSealedYet(f"The log has no tile {tile.path} yet.")
    if tile.level is not None:
        return _hashes(conn, tile)
    rows = conn.execute(
        "SELECT state, position, recorded_at FROM ledger.entries"
        " WHERE position > %s AND position <= %s ORDER BY position",
        [tile.index * WIDTH, tile.index * WIDTH + tile.width],
    ).fetchall()
    return tree.entry_bundle(line(*row) for row in rows)


def _hashes(conn: psycopg.Connection, tile: Tile) -> bytes:
    """Read the bytes of a hash tile: of the full one, or else its parts.

    For level 0 the parts are the leaves that checkpoints brought, from the one that begins before
    the tile to the one that reaches its end. For another level they are the roots of the full tiles
    below.
    """
    assert tile.level is not None
    full: LiteralString = """
        SELECT substring(hashes FOR %(bytes)s)
          FROM ledger.tiles WHERE level = %(level)s AND tile = %(tile)s
    """
    leaves: LiteralString = """
        SELECT substring(string_agg(leaves, ''::bytea ORDER BY size)
                 FROM (1 + 32 * (%(first)s - min(size - octet_length(leaves) / 32)))::integer
                  FOR %(bytes)s)
          FROM ledger.checkpoints
         WHERE size > %(first)s
           AND size <= (SELECT min(size) FROM ledger.checkpoints WHERE size >= %(end)s)
    """
    roots: LiteralString = """
        SELECT string_agg(root, ''::bytea ORDER BY tile) FROM ledger.tiles
         WHERE level = %(level)s - 1 AND tile >= %(first)s AND tile < %(end)s
    """
    made_of = leaves if tile.level == 0 else roots
    row = conn.execute(
        f"SELECT coalesce(({full}), ({made_of}))",
        {
            "bytes": tile.width * HASH_BYTES,
            "level": tile.level,
            "tile": tile.index,
            "first": tile.index * WIDTH,
            "end": tile.index * WIDTH + tile.width,
        },
    ).fetchone()
    found = bytes(row[0]) if row and row[0] is not None else b""
    if len(found) != tile.width * HASH_BYTES:
        raise Unreadable(
            f"The hashes of {tile.path} are not all there: rows of the sealed log were deleted or "
            "put in. `answerable audit` says which."
        )
    return found


STUCK = 2.0
"""Seconds that an entry has waited when the sealer is taken to be stuck."""
RINGS_FOR_NOBODY = 16
"""After so many, one after the other, a process listens no more until somebody waits in it."""
_UNSEEN = Waiting(0, float("inf"), 0)


class SealBell:
    """Rings when the log is sealed further. Make it after forking."""

    def __init__(self, sealed: Sealed, url: str) -> None:
        self._sealed = sealed
        self._url = url
        self._rung = threading.Condition()
        self._now: Waiting | None = None
        self._waiting = 0
        self._deaf = False
        """True if it no longer listens, since nobody waits."""
        self._let_go = False
        self._thread: threading.Thread | None = None

    def wait_for(self, position: int, seconds: float) -> bool:
        """Wait until the entry at a position is sealed, so long at most: whether it is.

        Not at all while the sealer is stuck.
        """

        def enough(now: Waiting | None) -> bool:
            return now is not None and (now.size >= position or now.seconds > STUCK)

        return self._wait(seconds, enough).size >= position

    def wait_beyond(self, position: int, seconds: float) -> int:
        """Wait until more may leave than the entries up to a position, so long at most: up to which
        they may now; 0 where that is not to be seen.

        However long the sealer is stuck. Where nothing ever was sealed, one looks once a second.
        """

        def enough(now: Waiting | None) -> bool:
            return self._let_go or (now is not None and now.horizon > position)

        return self._wait(seconds, enough).horizon

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Keep the listener looking at each ring, while somebody follows, whether they wait just
        now or not."""
        with self._rung:
            self._waiting += 1
            if self._deaf:
                self._rung.notify_all()
        try:
            yield
        finally:
            with self._rung:
                self._waiting -= 1

    def let_go(self) -> None:
        """Wake all that wait in `wait_beyond`, and let nobody wait there any more."""
        with self._rung:
            self._let_go = True
            self._rung.notify_all()

    def _wait(self, seconds: float, enough: Callable[[Waiting | None], bool]) -> Waiting:
        """Wait until enough is sealed, or the time is over. Return the last state. A caller that
        does not wait looks by itself, without the listener."""
        if seconds <= 0:
            return self._looked()
        deadline = time.monotonic() + seconds
        with self.heard():
            with self._rung:
                self._listen()
                unknown = self._now is None
            looked = self._looked() if unknown else None
            with self._rung:
                if looked is not _UNSEEN:
                    self._now = self._now or looked
                now = self._now or looked
                while not enough(now) and (left := deadline - time.monotonic()) > 0:
                    self._rung.wait(left)
                    now = self._now or looked
                return now or _UNSEEN

    def _listen(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._now = None
            self._thread = threading.Thread(target=self._run, name="seal bell", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        bell = Doorbell(self._url, CHANNEL, limits=WEB)
        rung, for_nobody = False, 0
        try:
            while not self._sealed.closed:
                conn = None
                try:
                    conn = bell.open()  # before looking, so that nothing falls in between
                except (psycopg.Error, LogUnreachable) as error:
                    diagnostics.warning("the seal bell cannot listen", why=str(error))
                with self._rung:
                    before = self._now
                    # Rung for nobody: whoever comes next looks, and each process but the one
                    # that recorded something is spared it.
                    if nobody := rung and not self._waiting:
                        self._now = None
                for_nobody = for_nobody + 1 if nobody else 0
                if for_nobody > RINGS_FOR_NOBODY:
                    self._rest(bell)
                    rung, for_nobody = False, 0
                    continue
                now = None if nobody else self._looked(conn)
                with self._rung:
                    # An unknown state is not kept: the next waiter looks. Somebody may
                    # have looked meanwhile, and seen something.
                    if now is not None and now is not _UNSEEN:
                        self._now = now
                    elif now is _UNSEEN and self._now is before:
                        self._now = None
                    self._rung.notify_all()
                rung = bell.wait(PATIENCE, beyond=now.size if now else -1)
        finally:
            bell.close()

    def _rest(self, bell: Doorbell) -> None:
        """Stop listening until somebody waits, because each ring wakes every process that
        listens."""
        bell.rest()
        with self._rung:
            self._deaf, self._now = True, None
            while not self._waiting and not self._sealed.closed:
                self._rung.wait(PATIENCE)
            self._deaf = False

    def _looked(self, conn: psycopg.Connection | None = None) -> Waiting:
        """Look at how far the log is sealed. Return the state of a stuck sealer if that cannot be
        seen."""
        try:
            return self._sealed.look(conn)
        except (psycopg.Error, LogUnreachable) as error:
            if conn is not None and conn.closed:  # it was cut off while nobody looked
                return self._looked()
            if not self._sealed.closed:  # as the service ends
                diagnostics.warning("the seal bell heard nothing", why=str(error))
            return _UNSEEN
