"""Checks of signed checkpoints: a key of the log signed each one, and each size has one. And of
their outside evidence: no entry was recorded after somebody outside saw it.

Two signed checkpoints of one size with two roots prove a second log. So each checkpoint that
anybody holds is compared: those published, those in the notebook, and those given in files.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg

from ledger.audit.entries import AHEAD
from ledger.audit.findings import Check, Kind, part
from ledger.audit.log import EARLIEST, LATEST, instant, number
from ledger.audit.tree import Roots, root_of
from ledger.dates import rfc3339
from ledger.errors import AnswerableError
from ledger.events import KeyCompromised, KeyRetired
from ledger.events.entry import Entry
from ledger.states.keys import KeyEvent, Keys, evolve
from ledger.verify import checkpoint, note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.note import NoteError, VerifierKey
from ledger.verify.sightings import SightingError, checkpoints_in
from ledger.verify.tree import Frontier

_LATE = timedelta(minutes=1)
"""The time by which a clock outside may be behind ours."""


class NoCheckpoint(AnswerableError):
    """A file that was given holds no checkpoint."""


@dataclass(frozen=True, slots=True)
class Given:
    """A checkpoint that somebody kept."""

    name: str
    """Its file; of a watcher's, with the moment when it was seen."""
    text: str
    said: Checkpoint


def given(path: Path) -> list[Given]:
    """Read the checkpoints in a file: a single one, that of a receipt, or all that a watcher saw.
    NoCheckpoint if it holds none."""
    try:
        texts = [(name, raw.decode()) for name, raw in checkpoints_in(path)]
        return [Given(name, text, checkpoint.parse(note.split(text)[0])) for name, text in texts]
    except (OSError, ValueError, SightingError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise NoCheckpoint(f"{path} holds no signed checkpoint: {why}") from None


class Signatures:
    """The check that every checkpoint is signed by a key of the log, and that no two contradict."""

    def __init__(
        self, origin: str, held: Sequence[Given], signed_before: Sequence[int] = ()
    ) -> None:
        """Begin the check. `signed_before` are the sizes that were in the notebook before the
        database was read."""
        self.check = Check("signatures", "checkpoints", "signed by a key of the log, one of a size")
        self._origin = origin
        self._signed_before = signed_before
        self._held = held
        self._keys = Keys()
        self._weak = 0
        self._roots: dict[int, list[Roots]] = {}
        """By size, so that each is looked at once, however many are held."""
        for one in held:
            roots = Roots(self.check, one.name, iter([(one.said.size, one.said.root)]))
            self._roots.setdefault(one.said.size, []).append(roots)
        self._see_roots(Frontier())
        self._by_label: dict[tuple[str, bytes], VerifierKey] = {}

    def see(self, entry: Entry | None, tree: Frontier) -> None:
        """Take the next entry, and the tree with it."""
        self._see_roots(tree)
        event = entry.data if entry is not None else None
        if isinstance(event, KeyEvent):
            named = (
                self._keys.known.keys() if isinstance(event, KeyRetired | KeyCompromised) else ()
            )
            if not named or event.vkey in named:
                self._keys = evolve(self._keys, event, tree.size)

    def end(
        self, conn: psycopg.Connection, tree: Frontier, book: sqlite3.Connection | None
    ) -> None:
        """Check the checkpoints themselves, at the end of the log."""
        for several in self._roots.values():
            for roots in several:
                roots.end(tree.size)
        self._name_keys()
        there: set[int] = set()
        with conn.cursor("audit_notes") as cursor:
            cursor.execute("SELECT size, root, note FROM ledger.checkpoints ORDER BY size")
            for size, root, text in cursor:
                self.check.checked += 1
                there.add(size)
                self._signed(text, size, f"The published checkpoint of size {size:,}")
                self._says(text, size, bytes(root))
                self._lines(text, size)
                if book is not None:
                    self._in_notebook(book, size, bytes(root))
        self._missing(conn, there, tree.size)
        self._sealed_at(conn)
        for one in self._held:
            self._signed(one.text, one.said.size, f"The checkpoint in {one.name}")
            self._beside(conn, book, one)
        if self._weak:
            self.check.holds += f"; {self._weak:,} prove nothing, by a key compromised before them"

    def _see_roots(self, tree: Frontier) -> None:
        for roots in self._roots.get(tree.size, ()):
            roots.see(tree)

    def _name_keys(self) -> None:
        """Note all keys by the label of their signatures. A log can list any number of keys."""
        for vkey in self._keys.known:
            try:
                key = note.parse_vkey(vkey)
            except NoteError as error:
                says = f"The log lists as its key what is none: {error}"
                self.check.find(Kind.CHECKPOINT_UNSIGNED, 0, says)
            else:
                self._by_label[key.name, key.id] = key

    def _named_in(self, text: str) -> list[VerifierKey]:
        """Return the keys that the signatures under a note name. Raise NoteError if it is no
        note."""
        labels = [(name, raw[:4]) for name, raw in note.split(text)[1]]
        return [self._by_label[one] for one in labels if one in self._by_label]

    def _signed(self, text: str, size: int, which: str) -> None:
        known = self._keys.known
        try:
            opened = checkpoint.open(text, self._named_in(text), self._origin)
        except NoteError as error:
            self.check.find(
                Kind.CHECKPOINT_UNSIGNED,
                size,
                f"{which} is not signed by a key that the log lists: {error}",
            )
            return
        by = [known[key.vkey] for key in opened.note.signed_by(note.ED25519)]
        if any(key.proves(size) for key in by):
            return
        if any(key.compromised_from is not None for key in by):
            self._weak += 1
            return
        self.check.find(
            Kind.CHECKPOINT_UNSIGNED,
            size,
            f"{which} is signed by a key that was retired before size {size:,}.",
        )

    def _says(self, text: str, size: int, root: bytes) -> None:
        try:
            said = checkpoint.parse(note.split(text)[0])
        except NoteError:
            return  # found already: nobody signed it
        if (said.size, said.root) != (size, root):
            self.check.find(
                Kind.CHECKPOINT_DIFFERS,
                size,
                f"The row of the checkpoint of size {size:,} says another size or root than its "
                f"signed text, which is about size {said.size:,}.",
            )

    def _lines(self, text: str, size: int) -> None:
        """Check that only keys of the log signed a published checkpoint, each once."""
        try:
            labels = [(name, raw[:4]) for name, raw in note.split(text)[1]]
        except NoteError:
            return  # found already: nobody signed it
        others = [name for name, number in labels if (name, number) not in self._by_label]
        if others or len(set(labels)) < len(labels):
            whose = f"is of no key of this log (“{others[0]}”)" if others else "stands there twice"
            self.check.find(
                Kind.SIGNATURE_UNKNOWN,
                size,
                f"A signature line under the published checkpoint of size {size:,} {whose}: the "
                "sealer puts none there.",
            )

    def _missing(self, conn: psycopg.Connection, there: set[int], head: int) -> None:
        """Find checkpoints that are gone, the newest ones too.

        The sealer notes up to where it published. Its notebook, as it was before the database was
        looked at, lists what it signed. Checkpoints beyond the log's end are found as a shorter
        log.
        """
        published = max(there, default=0)
        noted = number(conn, "SELECT position FROM follow.positions WHERE name = 'sealer'")
        if published < noted <= head:
            self._gone(noted, published, "the sealer notes that it published it")
        for size in self._signed_before:
            if size <= published and size not in there and self._proves(size):
                self._gone(size, published, "the sealer's notebook has it")
        newest = [
            size for size in self._signed_before if published < size <= head and self._proves(size)
        ]
        if newest and noted <= published and _is_settled(conn, newest[-1]):
            self._gone(
                newest[-1],
                published,
                "the sealer's notebook has it (a sealer that was stopped before it published it "
                "does so when it starts)",
            )

    def _gone(self, size: int, published: int, why: str) -> None:
        self.check.find(
            Kind.CHECKPOINT_MISSING,
            size,
            f"The checkpoint of size {size:,} was signed, and is not there: {why}. The newest that "
            f"is there has size {published:,}.",
        )

    def _proves(self, size: int) -> bool:
        """Return whether a key signs at a size. If none does, the sealer does not publish that
        checkpoint again."""
        return any(key.proves(size) for key in self._keys.known.values())

    def _sealed_at(self, conn: psycopg.Connection) -> None:
        """Check the moment of each seal, by the database's clock.

        It comes after the checkpoint's entries, in the order of sizes, not in the future, and
        before anybody outside saw it. No signature covers this moment.
        """
        query = """
            SELECT c.size, c.sealed_at, w.recorded_at, e.counted_at, o.seen_at
              FROM ledger.checkpoints c
              LEFT JOIN LATERAL (  -- by a wrong clock, of which the log says so
                  SELECT min(recorded_at) AS recorded_at FROM ledger.wrong_clocks
                   WHERE c.size >= first_position AND c.size < position) w ON true
              LEFT JOIN ledger.counted_entries e ON e.position = c.size
              LEFT JOIN (
                  SELECT size, min(seen_at) AS seen_at FROM (
                      SELECT size, seen_at FROM ledger.cosignatures
                      UNION ALL SELECT size, stamped_at FROM ledger.stamps) outside
                   GROUP BY size
              ) o ON o.size = c.size
             ORDER BY c.size
        """
        now, before = instant(conn), EARLIEST
        with conn.cursor("audit_sealed_at") as cursor:
            cursor.execute(query)
            for size, said, wrong_until, recorded_at, seen_at in cursor:
                why, sealed_at = None, min(said, wrong_until or LATEST)
                if sealed_at < (recorded_at or EARLIEST) - AHEAD:
                    why = "before its last entry was recorded"
                elif sealed_at < before - AHEAD:
                    why = "before a smaller one"
                elif sealed_at == said and sealed_at > (seen_at or LATEST) + AHEAD:
                    why = "after somebody else saw it"
                elif sealed_at > now + AHEAD:
                    why = "which has not come yet"
                before = max(before, sealed_at)
                if why is not None:
                    self.check.find(
                        Kind.SEALED_AT_DIFFERS,
                        size,
                        f"The checkpoint of size {size:,} says that it was sealed at "
                        f"{rfc3339(said)}, {why}: that moment was changed, or the other, or "
                        "the database's clock was set.",
                    )

    def _in_notebook(self, book: sqlite3.Connection, size: int, root: bytes) -> None:
        if (ours := root_of(book, size)) is None:
            self.check.find(
                Kind.CHECKPOINT_UNKNOWN,
                size,
                f"The published checkpoint of size {size:,} is not in the sealer's notebook: "
                "another signer has the key, or the notebook is an older copy.",
            )
        elif ours != root:
            self._two(size, "published", "in the sealer's notebook")

    def _beside(
        self, conn: psycopg.Connection, book: sqlite3.Connection | None, one: Given
    ) -> None:
        """Compare a checkpoint in a file with those of its size that are held here."""
        size, root = one.said.size, one.said.root
        row = conn.execute("SELECT root FROM ledger.checkpoints WHERE size = %s", [size]).fetchone()
        if row is not None and bytes(row[0]) != root:
            self._two(size, f"in {one.name}", "published")
        ours = root_of(book, size) if book is not None else None
        if ours is not None and ours != root:
            self._two(size, f"in {one.name}", "in the sealer's notebook")

    def _two(self, size: int, one: str, other: str) -> None:
        self.check.find(
            Kind.TWO_CHECKPOINTS,
            size,
            f"There are two checkpoints of size {size:,} with two roots, one {one}, one {other}: "
            "two logs were signed under this name.",
        )


def _is_settled(conn: psycopg.Connection, size: int) -> bool:
    """Return whether the last entry of a size is so old that a running sealer has published its
    checkpoint by now; True also if the entry is gone."""
    row = conn.execute(
        "SELECT counted_at < clock_timestamp() - %s FROM ledger.counted_entries"
        " WHERE position = %s",
        [AHEAD, size],
    ).fetchone()
    return row is None or bool(row[0])


@part("witnesses", "cosignatures and stamps", "each fits its checkpoint and its entries")
def witnessed(check: Check, conn: psycopg.Connection) -> None:
    """Check that each cosignature is its witness's, and that the entries under it are not later.

    A stamp has to hold the hash of the checkpoint's text and the time that is kept beside it.
    `openssl ts -verify` checks who made it.
    """
    with conn.cursor("audit_cosignatures") as cursor:
        cursor.execute(
            "SELECT w.size, w.witness, w.seen_at, w.line, c.note FROM ledger.cosignatures w"
            "  LEFT JOIN ledger.checkpoints c USING (size) ORDER BY w.size, w.seen_at"
        )
        for size, vkey, seen_at, line, signed in cursor:
            check.checked += 1
            if signed is None or not _is_theirs(vkey, seen_at, line, signed):
                check.find(
                    Kind.COSIGNATURE_DIFFERS,
                    size,
                    f"A cosignature of size {size:,}, kept as that of {vkey}, is not that "
                    "witness's word on the checkpoint, or not of that time.",
                )
    _stamps(conn, check)
    _name(conn, check)
    for position, recorded_at, at, who in conn.execute(
        """
        SELECT e.position, e.recorded_at, o.at, o.who
          FROM (SELECT size, seen_at AS at, witness AS who FROM ledger.cosignatures
                UNION ALL SELECT size, stamped_at, authority FROM ledger.stamps) AS o
          JOIN ledger.counted_entries e ON e.position = o.size
         WHERE e.recorded_at > o.at AND e.counted_at = e.recorded_at ORDER BY e.position
        """
    ).fetchall():
        if recorded_at <= at + _LATE:
            continue
        check.find(
            Kind.RECORDED_AFTER_WITNESS,
            position,
            f"Position {position:,} says that it was recorded at {rfc3339(recorded_at)}, but "
            f"{who} saw it by {rfc3339(at)}: its moment was changed, or a clock was wrong.",
        )


def _stamps(conn: psycopg.Connection, check: Check) -> None:
    for size, authority, at, token, signed in conn.execute(
        "SELECT s.size, s.authority, s.stamped_at, s.token, c.note FROM ledger.stamps s"
        "  LEFT JOIN ledger.checkpoints c USING (size) ORDER BY s.size, s.stamped_at"
    ).fetchall():
        check.checked += 1
        if not _is_over(bytes(token), at, signed):
            check.find(
                Kind.STAMP_DIFFERS,
                size,
                f"The time stamp of size {size:,}, kept as that of {authority}, is not of the text "
                "of that checkpoint, or not of that time.",
            )


def _name(conn: psycopg.Connection, check: Check) -> None:
    """Say whose word it is: a key that nobody knows proves nothing, whatever name it has."""
    whose = conn.execute(
        "SELECT DISTINCT witness FROM ledger.cosignatures"
        " UNION SELECT DISTINCT authority FROM ledger.stamps ORDER BY 1 LIMIT 20"
    ).fetchall()
    if whose:
        names = ", ".join(who for (who,) in whose)
        check.holds += f"; kept as the word of {names}: compare these with those that you know"


def _is_over(token: bytes, at: datetime, signed: str | None) -> bool:
    """Return whether a token (RFC 3161) holds the hash of a checkpoint's text, and a time."""
    if signed is None:
        return False
    try:
        text = note.split(signed)[0]
    except NoteError:
        return False
    second = f"{at.astimezone(UTC):%Y%m%d%H%M%S}".encode()
    return sha256(text.encode()).digest() in token and second in token


def _is_theirs(vkey: str, seen_at: datetime, line: str, signed: str) -> bool:
    try:
        text = note.split(signed)[0]
        (found,) = note.open(f"{text}\n{line}", [note.parse_vkey(vkey)]).signatures
    except (NoteError, ValueError):
        return False
    try:
        return datetime.fromtimestamp(found.timestamp or 0, UTC) == seen_at
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return False
