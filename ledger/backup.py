"""Backups of the log, with its texts, captures, tokens and webhooks, and what puts them back.

A backup has data alone: rows as PostgreSQL's COPY writes them, read in one snapshot. The schema is
made by the migrations that it names, so that a plain owner of a database can restore it, and into
another version of PostgreSQL. Read models are not in it, since they are built from the log.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import psycopg
import zstandard
from psycopg import sql
from psycopg.rows import TupleRow

from ledger import base_backups, clock
from ledger.base_backups import Base
from ledger.errors import AnswerableError
from ledger.log.storage import last_stored
from ledger.postgres.connections import APP_ROLE, OWNER_ROLE
from ledger.postgres.migrate import migrate, migrations
from ledger.seal.checkpoints import newest_checkpoint

MANIFEST = "manifest.json"
_UNFINISHED = "unfinished-"
_OWNED_BY = {"ledger": OWNER_ROLE, "follow": APP_ROLE, "api": APP_ROLE}
"""The schemas that are backed up, and the role that reads and writes each."""
_LEFT_OUT = {"api.sessions", "follow.patrol"}
"""A session ends with the service that it was made in. What the patrol found is found again."""
_BLOCK = 1 << 20


class BackupError(AnswerableError):
    """A backup can't be made, read or restored; the sentence says what to do."""


@dataclass(frozen=True)
class Table:
    """A table of a backup: its file's SHA-256 (hex), and how many rows it has."""

    name: str
    rows: int
    sha256: str

    @property
    def file(self) -> str:
        """Return the name of its file in the backup."""
        return f"{self.name}.copy.zst"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. Times are RFC 3339 in UTC."""

    origin: str
    made_at: str
    position: int
    """The last position; 0 of an empty log."""
    sealed: int
    """The size of the newest checkpoint; 0 where nothing was sealed."""
    migrations: list[tuple[str, str]]
    """The migrations that make its schema, each with its name and SHA-256 (hex)."""
    tables: list[Table]
    base: Base | None = None
    """The copy of the server beside the rows, where PostgreSQL archives its WAL."""


@dataclass(frozen=True)
class Backup:
    """A backup that stands: its folder and what it holds."""

    folder: Path
    manifest: Manifest


def create(
    owner: psycopg.Connection[TupleRow],
    folder: Path,
    origin: str,
    copy: Callable[[Path], Base] | None = None,
) -> Backup:
    """Write a backup into a new folder below `folder`, named by its moment and position; with a
    copy of the server, made by `copy`. Raise BackupError if the database is not migrated, or the
    folder can't be written to."""
    known = _applied(owner)
    if not known:
        raise BackupError("This database has no log: run `answerable migrate` first.")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
    except OSError as error:
        raise BackupError(
            f"{folder} can't be written to ({error.strerror}): name another folder."
        ) from error
    try:
        base = copy(place) if copy else None
        backup = replace(_rows(owner, place, origin, known), base=base)
        with _new(place / MANIFEST) as file:
            file.write(json.dumps(asdict(backup), indent=1).encode() + b"\n")
        target = place.rename(_free(folder, f"{_stamp(backup.made_at)}-{backup.position}"))
    except BaseException as error:
        shutil.rmtree(place, ignore_errors=True)
        if isinstance(error, OSError):
            raise BackupError(
                f"The backup was not finished, and is removed ({error.strerror}): make room in "
                f"{folder}, or name another folder."
            ) from error
        raise
    return Backup(target, backup)


def _rows(
    owner: psycopg.Connection[TupleRow], place: Path, origin: str, known: list[tuple[str, str]]
) -> Manifest:
    made_at = clock.now().astimezone(UTC).replace(microsecond=0).isoformat()
    with owner.transaction():
        owner.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = [_copy_out(owner, name, place) for name in _tables(owner)]
        owner.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
        last, checkpoint = last_stored(owner), newest_checkpoint(owner)
    return Manifest(
        origin=origin,
        made_at=made_at.replace("+00:00", "Z"),
        position=last.position if last else 0,
        sealed=checkpoint.size if checkpoint else 0,
        migrations=known,
        tables=tables,
    )


def backups(folder: Path) -> list[Backup]:
    """Return the backups below a folder, oldest first; also the folder itself, if it is one."""
    places = [folder, *folder.glob(f"*/{MANIFEST}")]
    found = [read(one.parent if one.name == MANIFEST else one) for one in places if _is(one)]
    return sorted(found, key=lambda one: (one.manifest.made_at, one.manifest.position))


def _is(place: Path) -> bool:
    file = place if place.name == MANIFEST else place / MANIFEST
    return file.is_file() and not file.parent.name.startswith(_UNFINISHED)


def newest(folder: Path, to: datetime | None = None) -> Backup:
    """Return a backup, or the newest one below a folder; of those with a copy of the server that
    was made before a moment, if one is given. Raise BackupError if there is none."""
    found = backups(folder)
    if not found:
        raise BackupError(
            f"There is no backup in {folder}: make one by `answerable backup create {folder}`."
        )
    if to is not None:
        found = [
            one
            for one in found
            if one.manifest.base and datetime.fromisoformat(one.manifest.made_at) <= to
        ]
    if not found:
        raise BackupError(
            f"No backup in {folder} has a copy of the server from before that moment: name a later "
            "one, or none, which takes the newest."
        )
    return found[-1]


def wal_of(backup: Backup) -> Path | None:
    """Return the archive of WAL beside a backup, if it has a copy of the server and there is
    one."""
    wal = backup.folder.parent / base_backups.WAL
    return wal if backup.manifest.base and wal.is_dir() else None


def read(folder: Path) -> Backup:
    """Read what a backup says that it holds. Raise BackupError if it can't be read."""
    try:
        return Backup(folder, msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest))
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupError(f"{folder / MANIFEST} can't be read: {error}.") from error


def keep(folder: Path, most: int, origin: str) -> list[Path]:
    """Remove the oldest backups of a log below a folder, so that `most` are left, and the WAL that
    none of these needs. Return the folders that went."""
    ours = [one for one in backups(folder) if one.manifest.origin == origin]
    gone = [one.folder for one in ours[: max(0, len(ours) - most)]]
    for place in gone:
        shutil.rmtree(place)
    wal = folder / base_backups.WAL
    if wal.is_dir():
        base_backups.prune(wal, [one.manifest.base for one in ours[-most:] if one.manifest.base])
    return gone


def damaged(backup: Backup) -> list[str]:
    """Return a sentence for each file that is missing or not what the manifest says."""
    found = []
    for table in backup.manifest.tables:
        try:
            with (backup.folder / table.file).open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            found.append(f"{table.file} can't be read: {error.strerror}.")
            continue
        if sha256 != table.sha256:
            found.append(f"{table.file} is not the file that was written: it was changed.")
    if (base := backup.manifest.base) and not base_backups.is_whole(base, backup.folder):
        found.append(f"{base_backups.FILE} is not the file that was written: it was changed.")
    return found


def restore(owner: psycopg.Connection[TupleRow], backup: Backup) -> None:
    """Put a backup into an empty database, by the owner's connection in autocommit mode, and bring
    it to this version's schema. The rows come in one transaction: all, or none.

    Raise BackupError if the database has entries, if a file is damaged, or if a newer version made
    the backup.
    """
    if faults := damaged(backup):
        raise BackupError(f"{' '.join(faults)} Take another backup: nothing was restored.")
    ours = [(one.name, one.sha256) for one in migrations()]
    theirs = [(name, sha256) for name, sha256 in backup.manifest.migrations]
    if ours[: len(theirs)] != theirs:
        raise BackupError(
            "This backup has migrations that this version does not know: restore it with the "
            "version that made it, or a newer one."
        )
    if (applied := _applied(owner)) and (_has_entries(owner) or len(applied) > len(theirs)):
        raise BackupError(
            "This database is in use already: restore into an empty one, which no `answerable "
            "migrate` has met. Nothing was changed."
        )
    migrate(owner, upto=len(theirs))
    with owner.transaction():
        for table in backup.manifest.tables:
            _copy_in(owner, table, backup.folder)
    migrate(owner)


def _free(folder: Path, name: str) -> Path:
    """Return a path below a folder that is free: the name, or with a number behind it."""
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(path for path in map(folder.joinpath, names) if not path.exists())


def _stamp(made_at: str) -> str:
    return datetime.fromisoformat(made_at).strftime("%Y%m%dT%H%M%SZ")


def _applied(owner: psycopg.Connection[TupleRow]) -> list[tuple[str, str]]:
    """Return the migrations of a database, in their order; none where it was never migrated."""
    row = owner.execute("SELECT to_regclass('public.answerable_migrations')").fetchone()
    if row is None or row[0] is None:
        return []
    query = "SELECT name, sha256 FROM public.answerable_migrations ORDER BY number"
    return [(str(name), str(sha256)) for name, sha256 in owner.execute(query)]


def _has_entries(owner: psycopg.Connection[TupleRow]) -> bool:
    with owner.transaction():
        owner.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
        return last_stored(owner) is not None


def _tables(owner: psycopg.Connection[TupleRow]) -> list[str]:
    """Return the tables to back up, each after those that its foreign keys name."""
    rows = owner.execute(
        """
        SELECT n.nspname || '.' || c.relname,
               ARRAY(SELECT fn.nspname || '.' || f.relname FROM pg_constraint k
                       JOIN pg_class f ON f.oid = k.confrelid
                       JOIN pg_namespace fn ON fn.oid = f.relnamespace
                      WHERE k.conrelid = c.oid AND k.contype = 'f' AND f.oid <> c.oid)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname = ANY (%s)
         ORDER BY 1
        """,
        [list(_OWNED_BY)],
    ).fetchall()
    waiting: dict[str, set[str]] = {name: set(needs) for name, needs in rows}
    ordered: list[str] = []
    while waiting:
        free = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        ordered += free
        waiting = {name: needs for name, needs in waiting.items() if name not in free}
    return [name for name in ordered if name not in _LEFT_OUT]


def _columns(owner: psycopg.Connection[TupleRow], name: str) -> sql.Composed:
    """Return the columns of a table that are stored, not worked out from others."""
    rows = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        "   AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [name],
    )
    return sql.SQL(", ").join(sql.Identifier(str(column)) for (column,) in rows)


def _act_for(owner: psycopg.Connection[TupleRow], name: str) -> sql.Identifier:
    """Take the role that has a table, and return the table's name for a statement."""
    schema, table = name.split(".")
    owner.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(_OWNED_BY[schema])))
    return sql.Identifier(schema, table)


def _copy_out(owner: psycopg.Connection[TupleRow], name: str, place: Path) -> Table:
    """Write the rows of a table into its file."""
    table, columns = _act_for(owner, name), _columns(owner, name)
    made, rows = hashlib.sha256(), 0
    query = sql.SQL("COPY {} ({}) TO STDOUT").format(table, columns)
    compress = zstandard.ZstdCompressor(level=3).compressobj()
    with _new(place / Table(name, 0, "").file) as file, owner.cursor() as cursor:

        def write(piece: bytes) -> None:
            made.update(piece)
            file.write(piece)

        with cursor.copy(query) as rows_of_it:
            for block in rows_of_it:
                write(compress.compress(block))
        write(compress.flush())
        rows = cursor.rowcount
    return Table(name, rows, made.hexdigest())


def _copy_in(owner: psycopg.Connection[TupleRow], table: Table, place: Path) -> None:
    """Read the rows of a table from its file."""
    name = _act_for(owner, table.name)
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(name, _columns(owner, table.name))
    with owner.cursor() as cursor:
        with cursor.copy(query) as copy:
            for block in _blocks(place / table.file):
                copy.write(block)
        if cursor.rowcount != table.rows:
            raise BackupError(
                f"{table.file} has {cursor.rowcount:,} rows where the manifest has {table.rows:,}: "
                "take another backup. Nothing was restored."
            )
    _count_on(owner, table.name)


def _count_on(owner: psycopg.Connection[TupleRow], name: str) -> None:
    """Let the sequences of a table's identities go on behind its rows."""
    rows = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attidentity <> ''",
        [name],
    ).fetchall()
    schema, table = name.split(".")
    for (column,) in rows:
        owner.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence(%s, %s), max({}) + 1, false) FROM {}"
                " HAVING max({}) IS NOT NULL"
            ).format(sql.Identifier(column), sql.Identifier(schema, table), sql.Identifier(column)),
            [name, column],
        )


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as opened:
        while block := opened.read(_BLOCK):
            yield block


def _new(path: Path) -> BinaryIO:
    """Open a new file that its owner alone reads: it holds texts that are not public."""
    opened: Any = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    return opened  # type: ignore[no-any-return]
