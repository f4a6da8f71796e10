"""Bringing signed entries back, after an older backup was restored: the same bytes, or nothing.

They come from the sealer's notebook, or from a mirror, which is a folder. It holds `log.jsonl` and
`log.checkpoint` (as `answerable export log` writes them), or `checkpoint` and `tile/entries/…` (as
C2SP tlog-tiles lays a log out).

Before anything is written, the whole log is read. Its entries must be those that were signed, and
together with the missing ones they must have the signed root. Everything is one transaction, as the
owner, through `ledger.restore` (migrations/009_recover.sql).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from ledger.errors import AnswerableError
from ledger.events import CaptureKept, TextRedacted
from ledger.events.entry import Entry, decode, line, texts
from ledger.events.texts import Opening
from ledger.log.redactions import BYTES
from ledger.postgres.connections import APP_ROLE, OWNER_ROLE, connect_owner
from ledger.seal.notebook import Notebook, Signed
from ledger.seal.vouch import vouch
from ledger.states.keys import KeyEvent
from ledger.verify import checkpoint
from ledger.verify.note import NoteError, VerifierKey
from ledger.verify.pieces import whole
from ledger.verify.tree import (
    MAX_ENTRY_BYTES,
    WIDTH,
    Frontier,
    TileError,
    leaf_hash,
    parse_entry_bundle,
    tile_at,
)

_MOST = WIDTH * (MAX_ENTRY_BYTES + 2)
"""Bytes of a tile of entries."""


class NoSource(AnswerableError):
    """The place given holds no signed entries."""


@dataclass(frozen=True)
class SignedLog:
    """Entries that were signed."""

    where: str
    """The holder of the entries, in words."""
    size: int
    """How many entries."""
    root: bytes
    """The root that was signed."""
    lines: Callable[[], Iterator[bytes]]
    """Every canonical line, from the first."""


def of_notebook(notebook: Notebook) -> SignedLog:
    """Return the signed log in the sealer's notebook."""
    last = notebook.last()
    return SignedLog(
        "the sealer's notebook",
        last.size,
        last.root,
        lambda: (entry for _, entry in notebook.entries(0, last.size)),
    )


def of_mirror(folder: Path, keys: Iterable[VerifierKey], origin: str) -> SignedLog:
    """Return the signed log in a folder, by its checkpoint. Raise NoSource if none of the keys
    given signed that."""
    for name in ("log.checkpoint", "checkpoint"):
        if (path := folder / name).is_file():
            try:
                found = checkpoint.open(whole(path, 1_000_000), keys, origin).checkpoint
            except (OSError, NoteError) as error:
                raise NoSource(f"{path}: {error}") from None
            lines = partial(_mirrored, folder, found.size)
            return SignedLog(f"the mirror in {folder}", found.size, found.root, lines)
    raise NoSource(f"{folder} has no checkpoint: a mirror's folder has one beside its entries.")


def _mirrored(folder: Path, size: int) -> Iterator[bytes]:
    """Read the lines in a mirror's folder. It may raise NoSource."""
    if (exported := folder / "log.jsonl").is_file():
        with exported.open("rb") as file:  # a longer line is no entry's, so it is cut
            lines = iter(lambda: file.readline(MAX_ENTRY_BYTES + 2), b"")
            for raw in islice(lines, size):
                yield raw.removesuffix(b"\n")
        return
    for index in range(-(-size // WIDTH)):
        tile = tile_at(None, index, size)
        assert tile is not None
        found = folder / tile.path
        try:
            if found.is_file():
                yield from parse_entry_bundle(whole(found, _MOST), tile.width)
            else:  # a mirror may have the full tile, which this one has become since
                full = whole(folder / tile.full.path, _MOST)
                yield from parse_entry_bundle(full, WIDTH)[: tile.width]
        except (OSError, TileError) as error:
            raise NoSource(f"{found}: {error}") from None


AT_ONCE = 500
_RESTORE = """
    SELECT ledger.restore(%(positions)b::bigint[], %(recorded_ats)b::timestamptz[],
        %(event_ids)b::uuid[], %(streams)b::text[], %(versions)b::integer[], %(topics)b::text[],
        %(states)b::bytea[], %(text_positions)b::bigint[], %(text_fields)b::text[],
        %(text_commitments)b::bytea[], %(text_salts)b::bytea[], %(text_bodies)b::text[])
"""


class CannotRecover(AnswerableError):
    """The log cannot be brought back in this way; nothing was changed."""


@dataclass
class Recovered:
    """The entries that were brought back, and what is gone."""

    first: int
    last: int
    """Positions; none were missing where the first is beyond the last."""
    texts: int = 0
    """How many texts came back with them."""
    texts_gone: list[tuple[int, str]] = field(default_factory=list)
    """(position, field) of texts that were not given, and that no redaction covers."""
    captures_gone: list[int] = field(default_factory=list)
    """Positions of captures whose bytes are gone."""
    published_again: int | None = None
    """Where checkpoints are gone: the size beyond which the sealer publishes them again."""

    @property
    def entries(self) -> int:
        """Return how many entries."""
        return self.last - self.first + 1


def recover(
    owner_url: str, signed: SignedLog, notebook: Notebook, openings: Mapping[str, Opening]
) -> Recovered:
    """Bring back the signed entries that a log lacks. Raise CannotRecover, with a sentence, if this
    cannot be done.

    `openings` are by commitment. If the notebook is behind a mirror, it is brought up to it.
    """
    last = notebook.last()
    if last.size > signed.size:
        raise CannotRecover(
            f"The sealer's notebook has signed {last.size:,} entries, and {signed.where} has "
            f"{signed.size:,}: recover from the notebook."
        )
    with connect_owner(owner_url, application_name="answerable recover", autocommit=False) as conn:
        conn.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
        conn.execute("SELECT pg_advisory_xact_lock(20170502, 55)")
        cuts = _published(conn, last.size, signed.size)
        head = _compare(conn, signed, {last.size: last.root, **cuts})
        done = Recovered(head + 1, max(head, signed.size))
        if done.entries:
            _restore(conn, signed, done, openings)
        done.published_again = _forget_published(conn)
        conn.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
        vouch(conn, Signed(signed.size, signed.root))  # all of it was compared just now
        conn.commit()
    _bring_up(notebook, signed, sorted({*cuts, signed.size}))
    return done


def _compare(conn: psycopg.Connection, signed: SignedLog, roots: dict[int, bytes]) -> int:
    """Check the log that is there, and what would come back, against what was signed: its head."""
    tree = Frontier()
    with conn.cursor("recover_entries") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(
            "SELECT position, recorded_at, state FROM ledger.entries ORDER BY position", binary=True
        )
        there = iter(cursor)
        head = 0
        for position, raw in enumerate(signed.lines(), 1):
            row = next(there, None)
            if row is not None:
                if row[0] != position or line(row[2], row[0], row[1]) != raw:
                    raise CannotRecover(
                        f"Position {position:,} of the database is not what was signed: it was "
                        "recorded after the backup was restored, or changed. Write it out by "
                        "`answerable recover --unsealed FILE`, restore the backup again with the "
                        "service stopped, and recover before it starts (docs/keys.md)."
                    )
                head = position
            tree.append(leaf_hash(raw))
            if position in roots and tree.root() != roots[position]:
                raise CannotRecover(
                    f"{signed.where} is not the log that was signed at size {position:,}: its "
                    "root is another. Take another source."
                )
        head += sum(1 for _ in there)
    if (tree.size, tree.root()) != (signed.size, signed.root):
        raise CannotRecover(
            f"The entries in {signed.where} do not have the root that was signed at size "
            f"{signed.size:,}: it is damaged. Take another source."
        )
    return head


def _published(conn: psycopg.Connection, after: int, upto: int) -> dict[int, bytes]:
    """Return the checkpoints in the database that a notebook does not have, by size."""
    rows = conn.execute(
        "SELECT size, root FROM ledger.checkpoints WHERE size > %s AND size <= %s", [after, upto]
    ).fetchall()
    return {size: bytes(root) for size, root in rows}


def _forget_published(conn: psycopg.Connection) -> int | None:
    """Let the sealer publish again what it signed, where checkpoints that it noted are gone."""
    conn.execute(f"SET LOCAL ROLE {APP_ROLE}".encode())
    row = conn.execute(
        """
        UPDATE follow.positions p SET position = c.size
          FROM (SELECT coalesce(max(size), 0) AS size FROM ledger.checkpoints) c
         WHERE p.name = 'sealer' AND p.position > c.size RETURNING c.size
        """
    ).fetchone()
    return None if row is None else int(row[0])


def _restore(
    conn: psycopg.Connection, signed: SignedLog, done: Recovered, openings: Mapping[str, Opening]
) -> None:
    redacted = {
        (one.entry.data.target, one.entry.data.field)
        for one in _missing(signed, done)
        if isinstance(one.entry.data, TextRedacted)
    }
    missing = _missing(signed, done)
    while batch := list(islice(missing, AT_ONCE)):
        said = []
        for entry in (one.entry for one in batch):
            for path, text in texts(entry):
                if path == "was" or (entry.id, path) in redacted:
                    continue  # `was` is read where it was recorded, and has no text of its own
                if (opening := openings.get(text.sha256)) is None:
                    done.texts_gone.append((entry.position, path))
                else:
                    said.append((entry.position, path, bytes.fromhex(text.sha256), opening))
            if isinstance(entry.data, CaptureKept) and (entry.id, BYTES) not in redacted:
                done.captures_gone.append(entry.position)
        done.texts += len(said)
        try:
            conn.execute(_RESTORE, _arguments(batch, said))
        except psycopg.Error as error:
            why = error.diag.message_primary or str(error)
            raise CannotRecover(f"The database refused: {why}. Nothing was changed.") from error


def _arguments(
    batch: Sequence["_Line"], said: Sequence[tuple[int, str, bytes, Opening]]
) -> dict[str, Any]:
    return {
        "positions": [one.entry.position for one in batch],
        "recorded_ats": [one.entry.instant for one in batch],
        "event_ids": [UUID(one.entry.id) for one in batch],
        "streams": [one.entry.stream for one in batch],
        "versions": [one.entry.version for one in batch],
        "topics": [one.entry.data.TOPIC for one in batch],
        "states": [one.state for one in batch],
        "text_positions": [position for position, _, _, _ in said],
        "text_fields": [path for _, path, _, _ in said],
        "text_commitments": [commitment for _, _, commitment, _ in said],
        "text_salts": [opening.salt for _, _, _, opening in said],
        "text_bodies": [opening.body for _, _, _, opening in said],
    }


@dataclass(frozen=True, slots=True)
class _Line:
    """A canonical line, taken apart."""

    entry: Entry
    state: bytes


def _missing(signed: SignedLog, done: Recovered) -> Iterator[_Line]:
    return map(_taken_apart, islice(signed.lines(), done.first - 1, done.last))


def _taken_apart(raw: bytes) -> _Line:
    """Split `{"event":STATE,"position":N,"recorded_at":"T"}` into what is stored of it."""
    state, _, rest = raw.removeprefix(b'{"event":').rpartition(b',"position":')
    position, _, instant = rest.decode().removesuffix('"}').partition(',"recorded_at":"')
    entry = decode(state, int(position), datetime.fromisoformat(instant))
    if line(state, entry.position, entry.instant) != raw:
        raise CannotRecover(f"“{raw[:80].decode(errors='replace')}…” is no line of a log.")
    return _Line(entry, state)


def _bring_up(notebook: Notebook, signed: SignedLog, cuts: Sequence[int]) -> None:
    """Let a notebook that is behind know what a mirror has, in the sizes that were published."""
    after = notebook.last().size
    lines = islice(signed.lines(), after, None)
    for cut in cuts:
        if cut > after:
            stretch = list(islice(lines, cut - after))
            about_keys = [
                position
                for position, raw in enumerate(stretch, after + 1)
                if isinstance(_taken_apart(raw).entry.data, KeyEvent)
            ]
            notebook.keep(after, stretch, about_keys)
            after = cut
