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

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any, LiteralString, get_args

import psycopg
from psycopg.rows import class_row

from ledger import clock
from ledger.dates import rfc3339
from ledger.errors import AnswerableError, Unreadable
from ledger.events import ClockWasWrong, SealingResumed
from ledger.events.entry import MAX_ENTRY_BYTES, Entry, decode, decode_strictly, line
from ledger.events.streams import SERVICE, is_stream
from ledger.log.follower import Leader, passing, read_after
from ledger.log.storage import STORED, Stored
from ledger.postgres.connections import SEALER_ROLE
from ledger.seal import key_file
from ledger.seal.checkpoints import CHANNEL
from ledger.seal.notebook import Notebook, Signed
from ledger.seal.vouch import VOUCHED, refuse, vouch
from ledger.states.keys import KeyEvent, Keys, evolve
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
AHEAD = timedelta(minutes=1)
BEHIND = timedelta(hours=1)
JUMP = timedelta(days=1)
"""So far may the clock be beyond the last entry and beyond what this process has counted."""
_KEY_TOPICS = [event.TOPIC for event in get_args(KeyEvent)]
KeyEvents = Sequence[tuple[int, KeyEvent]]
"""(position, event) of all entries about keys that are known, in order."""

# One statement, so that all of it is there or nothing, in one round trip: with a write that waits
# for its receipt, each step costs every writer.
_CHECKPOINTS: LiteralString = """
    checkpoints AS (
      INSERT INTO ledger.checkpoints (size, root, note, leaves)
      SELECT * FROM unnest(%(sizes)b::bigint[], %(roots)b::bytea[], %(notes)b::text[],
                           %(leaves)b::bytea[])
    ), follower AS (
      INSERT INTO follow.positions (name, position) VALUES (%(name)s, %(size)s)
      ON CONFLICT (name) DO UPDATE
         SET position = excluded.position, held_at = NULL, held_why = NULL
    )
    SELECT pg_notify(%(channel)s, %(size)s::text)
"""
_TILES: LiteralString = """
    tiles AS (
      INSERT INTO ledger.tiles (level, tile, root, hashes)
      SELECT * FROM unnest(%(levels)b::smallint[], %(tiles)b::bigint[], %(tile_roots)b::bytea[],
                           %(hashes)b::bytea[])
      ON CONFLICT DO NOTHING  -- where checkpoints went and are published again, tiles stayed
    ),
"""
_PUBLISH: LiteralString = "WITH" + _CHECKPOINTS
_WITH_TILES: LiteralString = "WITH" + _TILES + _CHECKPOINTS


_ENDS: LiteralString = """
    SELECT coalesce((SELECT max(position) FROM ledger.entries), 0), c.size, c.root,
           coalesce((SELECT position FROM follow.positions WHERE name = %s), 0)
      FROM (VALUES (1)) AS one LEFT JOIN (
        SELECT size, root FROM ledger.checkpoints ORDER BY size DESC LIMIT 1
      ) c ON true
"""
"""How far the log, what is published of it, and this follower are."""


class NotAsSigned(AnswerableError):
    """The log is not the one that was signed. Nothing is recorded in it meanwhile."""


class OlderNotebook(AnswerableError):
    """The notebook lacks what was published. It says nothing against the log."""


class NotAnEntry(AnswerableError):
    """A new entry cannot be read, or its columns say something else."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(sentence)
        self.position = position


class NotInTime(AnswerableError):
    """An entry says that it was recorded at a time at which it was not."""


@dataclass(frozen=True, slots=True)
class Published:
    """The newest checkpoint in the database: its size (0: none) and root."""

    size: int
    root: bytes | None


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation by the sealer's clock: the log had so many entries, all in order."""

    head: int
    at: datetime


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
    wrong: "WrongClocks"
    """Where the entries after it say that the clock was wrong."""


class Sealer(Leader):
    """Seals one log. It leads alone, as every follower does, and by the notebook's word."""

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
        """Seal what waits, up to the next checkpoint: (how many entries, whether it is held)."""
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
            raise SealingHeld(_why_held(events))
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
                    if entry_of(one).data.TOPIC in _KEY_TOPICS:
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
        by then, and say so to whoever waits for it."""
        sizes = [signed.size for signed, _ in notes]
        arguments: dict[str, Any] = {
            "sizes": sizes,
            "roots": [signed.root for signed, _ in notes],
            "notes": [note for _, note in notes],
            "leaves": [self._notebook.leaves(*ends) for ends in pairwise([after, *sizes])],
            "name": self.name,
            "channel": CHANNEL,
            "size": sizes[-1],
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
        conn.execute(query, arguments)

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
        found = [(position, key_event(_state(entry))) for position, entry in kept]
        for position, state in look.about_keys:
            with suppress(Unreadable):  # filed as one, and none: it is named when its turn comes
                found.append((position, key_event(state)))
        return found

    # The log

    def _look(self, conn: psycopg.Connection, size: int) -> _Snapshot:
        """Read the log from a size on, in one round trip if it is no more than a batch."""
        with conn.pipeline():
            ends = conn.execute(_ENDS, [self.name])
            vouch_there = conn.execute(VOUCHED)
            entries = conn.cursor(row_factory=class_row(Stored)).execute(
                STORED + "WHERE position >= %s ORDER BY position LIMIT %s",
                [size, self._batch + 1],
            )
            spoken = conn.execute(
                "SELECT position, state, recorded_at FROM ledger.entries"
                " WHERE topic = %s AND position >= %s ORDER BY position",
                [ClockWasWrong.TOPIC, size],
            )
        head, published, root, noted = ends.fetchone() or (0, None, None, 0)
        vouched = vouch_there.fetchone() == (True,)
        found = entries.fetchall()
        tail = found.pop(0) if found and found[0].id == size else None
        about_keys = [
            (one.id, one.state)
            for one in found
            if one.originator_id == SERVICE and one.topic in _KEY_TOPICS
        ]
        if found and found[-1].id < head:  # more than a batch
            about_keys += conn.execute(
                """
                SELECT position, state FROM ledger.entries
                 WHERE stream = %(stream)s AND position > %(after)s AND topic = ANY (%(topics)s)
                 ORDER BY position
                """,
                {"stream": SERVICE, "after": found[-1].id, "topics": _KEY_TOPICS},
            ).fetchall()
        published_now = Published(published or 0, root)
        wrong = wrong_clocks(spoken.fetchall())
        return _Snapshot(head, published_now, noted, vouched, tail, found, about_keys, wrong)

    # Old entries

    def _patrol(self, conn: psycopg.Connection, size: int, now: datetime) -> None:
        """Compare some entries that were signed before, and go on where it ended last time."""
        upto = min(self._patrolled + PATROL, size)
        found = read_after(conn, self._patrolled, upto - self._patrolled)
        same_entries(found, self._notebook.entries(self._patrolled, upto))
        self._patrolled = upto if upto < size else 0  # and not on to what was sealed meanwhile
        self._patrolled_at = now


def _state(entry: bytes) -> bytes:
    """Return the state in a canonical line."""
    return entry[len(b'{"event":') : entry.rindex(b',"position":')]


@lru_cache(maxsize=64)
def key_event(state: bytes) -> KeyEvent:
    """Return the event in the state of an entry about keys. Unreadable if it is none."""
    event = decode(state).data
    if not isinstance(event, KeyEvent):
        raise Unreadable(f"“{event.TOPIC}” is no entry about keys.")
    return event


def keys_at(events: KeyEvents, size: int) -> Keys:
    """Return the keys as the first `size` entries have them."""
    return _keys_after(tuple(one for one in events if one[0] <= size))


@lru_cache(maxsize=64)  # each seal asks for them several times, and they change once in years
def _keys_after(events: KeyEvents) -> Keys:
    keys = Keys()
    for position, event in events:
        keys = evolve(keys, event, position)
    return keys


def signers(events: KeyEvents, size: int) -> list[str]:
    """Return the verifier keys that sign a size, the newest last; none while sealing is held.

    They are in use at that size, and their signatures prove something there, as far as is known by
    now.
    """
    then = keys_at(events, size)
    if then.holding:
        return []
    known = keys_at(events, events[-1][0]).known if events else {}
    return [vkey for vkey in then.known if known[vkey].proves(size)]


def next_cut(events: KeyEvents, size: int, head: int, most: int) -> int | None:
    """Return the next size to sign after `size`, in a log of `head` entries; None while sealing is
    held. At most so many entries are signed at once, except after a longer hold."""
    limit = min(head, size + most)
    known = keys_at(events, head).known
    last_of = {key.retired_from - 1 for key in known.values() if key.retired_from is not None}
    for cut in sorted({limit, *last_of, *_before_holds(tuple(events))}):
        if size < cut <= limit and signers(events, cut):
            return cut
    for position, _ in events:
        if limit < position <= head and signers(events, position):
            return position
    return None


@lru_cache(maxsize=64)
def _before_holds(events: KeyEvents) -> set[int]:
    """Return the sizes of the log just before an entry that holds sealing."""
    found, keys = set(), Keys()
    for position, event in events:
        after = evolve(keys, event, position)
        if after.holding and not keys.holding:
            found.add(position - 1)
        keys = after
    return found


def _why_held(events: KeyEvents) -> str:
    """Return why the log may not be signed, as its entries about keys stand."""
    keys = keys_at(events, events[-1][0] if events else 0)
    if not keys.known:
        return "The log names no key that seals it: `answerable key create`."
    if keys.holding:
        return (
            f"A key in use is compromised ({', '.join(sorted(keys.holding))}). When it is safe: "
            "`answerable key resume`."
        )
    return "No key of this log is in use. Bring one into use: docs/keys.md."


# Checks before it signs on


def same_log(
    notebook: Notebook, last: Signed, head: int, published: Published, tail: Stored | None
) -> None:
    """Check that the log goes on where the notebook ends. NotAsSigned where it does not,
    OlderNotebook where the notebook cannot tell."""
    if published.size > last.size:
        raise OlderNotebook(
            f"A checkpoint of {published.size} entries is published, but the sealer's notebook "
            f"{notebook.path} knows of {last.size}: it is an older copy, or a new one. Restore the "
            "newest, and let no other sealer run."
        )
    if published.size and notebook.root_of(published.size) != published.root:
        raise NotAsSigned(
            f"The published checkpoint of {published.size} entries is not the one that this "
            f"notebook has ({notebook.path}): two sealers signed two logs. Find out which is this."
        )
    if head < last.size:
        raise NotAsSigned(
            f"The log has {head} entries, but {last.size} are signed: the database is a copy that "
            "lacks entries that were signed (an older backup, or a replica that had fallen "
            "behind), or its end was cut off. Stop the service, and bring the signed entries back: "
            "`answerable recover`."
        )
    if last.size:
        same_entries([tail] if tail else [], [(last.size, notebook.entry(last.size) or b"")])


def still_published(published: Published, noted: int) -> None:
    """Check that the newest checkpoint is the one that the sealer noted when it published it."""
    if published.size < noted:
        raise NotAsSigned(
            f"The checkpoint of {noted} entries was published, and is not in the database any "
            f"more: the newest there has {published.size}. Somebody deleted it. See what else was "
            "done by `answerable audit`; then stop the service and call `answerable recover`, and "
            "it is published again as it was signed."
        )


def same_entries(found: Sequence[Stored], kept: Iterable[tuple[int, bytes]]) -> None:
    """Check that entries of the log are those of the notebook. NotAsSigned names the first."""
    for stored, (position, entry) in zip_longest(found, kept, fillvalue=(0, b"")):
        if isinstance(stored, tuple) or stored.id != position:
            raise NotAsSigned(
                f"Entry {position} was signed, and is not in the log any more. Bring it back: "
                "`answerable recover`, or a backup."
            )
        if line(stored.state, stored.id, stored.recorded_at) != entry:
            raise NotAsSigned(_why_not_signed(stored, entry))
        try:
            says = decode(stored.state, position)
        except Unreadable:
            continue  # signed before the sealer looked at what it signs
        if why := _filed_otherwise(stored, says):
            raise NotAsSigned(
                f"{why} The entry is as it was signed: somebody changed the columns beside it. Put "
                "them back to what it says; `answerable audit` names them."
            )


def _why_not_signed(stored: Stored, entry: bytes) -> str:
    """Return how a stored entry differs from the one that was signed at its position, and what to
    do."""
    with suppress(Unreadable):
        if decode(stored.state).id != decode(_state(entry)).id:
            return (
                f"Entry {stored.id} is another than the one that was signed at this position: the "
                "database is a copy that lacks entries that were signed (an older backup, or a "
                "replica that had fallen behind), and others were recorded in their place. Stop "
                "the service, write those out by `answerable recover --unsealed FILE`, and go on "
                "as docs/keys.md says."
            )
    return (
        f"Entry {stored.id} is not what was signed: it has the same id and other bytes, so "
        "somebody changed it. The sealer's notebook has the signed bytes; compare them, and "
        "restore the log."
    )


def entry_of(stored: Stored) -> Entry:
    """Return the next entry. NotAnEntry if this version does not write and read it."""
    try:
        entry = decode_strictly(stored.state, stored.id)
    except Unreadable as error:
        raise _not_an_entry(stored.id, error.sentence) from error
    if why := _filed_otherwise(stored, entry):
        raise _not_an_entry(stored.id, why)
    if not is_stream(entry.stream):
        raise _not_an_entry(stored.id, f"Entry {stored.id} is in a stream that is none.")
    return entry


def _not_an_entry(position: int, why: str) -> NotAnEntry:
    return NotAnEntry(
        f"{why} It came past the service, by its login or an administrator's. Nothing is signed "
        "from there on; what to do: docs/keys.md, “What is no entry”.",
        position,
    )


def _filed_otherwise(stored: Stored, entry: Entry) -> str | None:
    """Return how the columns beside an entry differ from what it says; None if they agree."""
    columns = (stored.originator_id, stored.originator_version, stored.topic)
    if columns == (entry.stream, entry.version, entry.data.TOPIC):
        return None
    return f"Entry {stored.id} is filed under another stream, version or type than it says."


@dataclass(frozen=True, slots=True)
class WrongClock:
    """The statement of an entry that the clock was wrong, from a position up to its own."""

    first_position: int
    position: int
    recorded_at: datetime


WrongClocks = Sequence[WrongClock]


def wrong_clocks(spoken: Iterable[tuple[int, bytes, datetime]]) -> WrongClocks:
    """Return where the clock was wrong, by (position, state, recorded_at) of the entries that say
    so."""
    found = []
    for position, state, recorded_at in spoken:
        with suppress(Unreadable):  # it is named when its turn comes
            event = decode(state).data
            if isinstance(event, ClockWasWrong):
                found.append(WrongClock(event.first_position, position, recorded_at))
    return found


def counted(one: Stored, wrong: WrongClocks) -> datetime:
    """Return the moment at which an entry counts as recorded."""
    covering = (
        each.recorded_at for each in wrong if each.first_position <= one.id <= each.position
    )
    return min([one.recorded_at, *covering])


def times(
    found: Sequence[Stored],
    before: Stored | None,
    seen: Seen | None,
    answered_for: int,
    now: datetime,
    wrong: WrongClocks,
) -> None:
    """Check what waits: one after the other, small enough, and recorded when it says it was.

    `before` is the last entry that was signed, `seen` what was there when the log was last looked
    at; up to the position `answered_for` somebody answers for the times. NotInTime or NotAsSigned.
    """
    position, last = (before.id, before) if before else (0, None)
    for one in found:
        position += 1
        if one.id != position:
            raise NotAsSigned(
                f"There is no entry {position}, but one {one.id}: the log has a hole, which "
                "nothing that records leaves. Find out who removed it."
            )
        if len(line(one.state, one.id, one.recorded_at)) > MAX_ENTRY_BYTES:
            raise NotAsSigned(f"Entry {position} is larger than an entry can be: it was put there.")
        moment = counted(one, wrong)
        if last is not None:
            _after(one, moment, last, wrong)
        last = one
        if moment > now + AHEAD:
            raise NotInTime(
                f"Entry {position} was recorded at {rfc3339(one.recorded_at)}, but the sealer's "
                f"clock says {rfc3339(now)}: put the clock right that is wrong. If it was the "
                "database's, say so when it is right: `answerable clock-was-wrong`."
            )
        if seen and answered_for < position > seen.head and moment < seen.at - BEHIND:
            raise NotInTime(
                f"Entry {position} says that it was recorded at {rfc3339(one.recorded_at)}, but "
                f"was not there at {rfc3339(seen.at)}: the database's clock is behind, or somebody "
                "put it there. When that is settled: `answerable key resume --held`."
            )


def _after(one: Stored, moment: datetime, last: Stored, wrong: WrongClocks) -> None:
    """Check that an entry was recorded after the one in front of it, and that the clock has not
    jumped between the two, as far as this process has counted. NotInTime."""
    before = counted(last, wrong)
    says_so = any(each.position == one.id for each in wrong)
    if moment < before or (one.recorded_at < last.recorded_at and not says_so):
        raise NotInTime(
            f"Entry {one.id} says that it was recorded at {rfc3339(one.recorded_at)}, before "
            "the entry before it. Nothing that records does that: find out who put it there."
        )
    latest = clock.latest()
    if moment > before + JUMP and moment > latest + JUMP:
        raise NotInTime(
            f"Entry {one.id} was recorded at {rfc3339(one.recorded_at)}, the one before it at "
            f"{rfc3339(last.recorded_at)}, and the sealer has counted to {rfc3339(latest)}: the "
            "clock jumped. Put it right, and say from which entry on it was wrong: `answerable "
            "clock-was-wrong`. If it is right, start the sealer anew."
        )
