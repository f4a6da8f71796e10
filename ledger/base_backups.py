"""Copies of a whole server, and the archive of its write-ahead log (WAL).

A backup of rows brings back the night that it was made in. Where PostgreSQL archives its WAL into
the folder `wal` beside the backups (deploy/archive-wal.sh), each backup also holds a copy of the
server. From that and the archive a server of its own is brought to any later moment, and the rows
that it has then are restored like those of any backup.
"""

import gzip
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import psycopg
import zstandard
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from ledger.errors import AnswerableError
from ledger.postgres.binaries import EmbeddedError, find
from ledger.postgres.embedded import (
    CLUSTER,
    ENVIRONMENT,
    start,
    stop,
    unprivileged,
    when_recovered,
)

WAL = "wal"
"""The folder beside the backups that PostgreSQL archives into."""
FILE = "base.tar.zst"
RECOVERY_SECONDS = 3600
"""Playing back the WAL of a day takes a minute or two."""
_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\..*)?")
_BLOCK = 1 << 20
_SETTINGS = """\
archive_mode = off
hot_standby = off
fsync = off
restore_command = 'gzip -dc "{wal}/%f.gz" > "%p"'
recovery_target_action = promote
"""
"""Nobody needs the copy after a crash of this machine: it is made again."""


class BaseBackupError(AnswerableError):
    """A server can't be copied, or not be brought back; the sentence says what to do."""


@dataclass(frozen=True)
class Base:
    """A copy of a server in a backup, and what is needed to read it."""

    major: int
    """PostgreSQL's major version: its programs alone can read the copy."""
    first_wal: str
    """The first segment of the WAL that the copy needs."""
    segment_bytes: int
    database: str
    owner: str
    sha256: str


def take(owner: psycopg.Connection[TupleRow], url: str, place: Path, bin_dir: Path | None) -> Base:
    """Copy the server of the owner's URL into a folder. Raise BaseBackupError if PostgreSQL
    archives no WAL, or if its last try failed, or if the owner may not copy."""
    major, segment_bytes = _archives(owner)
    given = conninfo_to_dict(url)
    environment = {**ENVIRONMENT, "PGPASSWORD": str(given.pop("password", ""))}
    command = [find(bin_dir, major).program("pg_basebackup"), "--no-password", "--pgdata=-"]
    command += ["--format=tar", "--wal-method=fetch", "--checkpoint=fast"]
    given.pop("dbname", None)
    command += ["--dbname", make_conninfo(**{key: str(value) for key, value in given.items()})]
    made, target = sha256(), place / FILE
    pack = zstandard.ZstdCompressor(level=3).compressobj()
    with (
        tempfile.TemporaryFile() as says,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=says) as copying,
    ):
        assert copying.stdout is not None
        for block in chain(iter(partial(copying.stdout.read, _BLOCK), b""), [None]):
            piece = pack.flush() if block is None else pack.compress(block)
            made.update(piece)
            file.write(piece)
        if copying.wait() != 0:
            says.seek(0)
            raise BaseBackupError(
                "The server can't be copied: its owner's login needs REPLICATION, and a line for "
                f"`replication` in pg_hba.conf. It said: {says.read().decode().strip()}"
            )
    return Base(
        major=major,
        first_wal=_first_wal(target),
        segment_bytes=segment_bytes,
        database=owner.info.dbname,
        owner=owner.info.user,
        sha256=made.hexdigest(),
    )


def _archives(owner: psycopg.Connection[TupleRow]) -> tuple[int, int]:
    """Return the server's major version, and the bytes of a segment of its WAL."""
    row = owner.execute(
        """
        SELECT current_setting('server_version_num')::int / 10000,
               pg_size_bytes(current_setting('wal_segment_size')),
               current_setting('archive_mode') <> 'off',
               coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
               last_failed_wal
          FROM pg_stat_archiver
        """
    ).fetchone()
    assert row is not None
    major, segment_bytes, archives, failed, which = row
    if not archives:
        raise BaseBackupError(
            f"There is a folder {WAL}, and PostgreSQL archives nothing into it: set archive_mode "
            "and archive_command (docs/run.md), or remove the folder."
        )
    if failed:
        raise BaseBackupError(
            f"PostgreSQL can't archive {which}: its own log says why. Its disk fills up until it "
            "can."
        )
    return int(major), int(segment_bytes)


def _first_wal(file: Path) -> str:
    """Return the first segment that a copy needs, which its label names."""
    with (
        file.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed) as opened,
        tarfile.open(fileobj=opened, mode="r|") as tar,
    ):
        for member in tar:
            if member.name == "backup_label" and (label := tar.extractfile(member)):
                found = re.search(rb"\(file ([0-9A-F]{24})\)", label.read())
                assert found is not None
                return found[1].decode()
    raise BaseBackupError(f"{file} has no label, so it is no copy of a server: make another one.")


def is_whole(base: Base, folder: Path) -> bool:
    """Return whether a copy is the file that was written."""
    try:
        with (folder / FILE).open("rb") as file:
            made = sha256()
            while block := file.read(_BLOCK):
                made.update(block)
    except OSError:
        return False
    return made.hexdigest() == base.sha256


def _segments(wal: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield the files of an archive that belong to a segment, with its log and number in it."""
    for path in sorted(wal.iterdir()):
        if found := _SEGMENT.fullmatch(path.name):
            yield path, int(found[2], 16), found[3]


def gaps(base: Base, wal: Path) -> list[str]:
    """Return a sentence for each segment of an archive, from the first that a copy needs, that is
    missing or can't be read."""
    in_a_log = 2**32 // base.segment_bytes

    def number(log: int, rest: str) -> int:
        return log * in_a_log + int(rest, 16)

    first = number(int(base.first_wal[8:16], 16), base.first_wal[16:])
    there: dict[int, Path] = {}
    said = []
    for path, log, rest in _segments(wal):
        if path.name.endswith(".gz") and len(path.name) == len(base.first_wal) + 3:
            there[number(log, rest)] = path
    last = max(there, default=first - 1)
    for one in range(first, last + 1):
        name = f"{one // in_a_log:08X}{one % in_a_log:08X}"
        if one not in there:
            said.append(f"The WAL has a gap: segment {name} is not in {wal}.")
        elif not _unpacks(there[one], base.segment_bytes):
            said.append(f"{there[one]} can't be read: it was damaged.")
    return said


def _unpacks(path: Path, size: int) -> bool:
    found = 0
    try:
        with gzip.open(path) as file:
            while block := file.read(_BLOCK):
                found += len(block)
    except (OSError, EOFError):
        return False
    return found == size


def prune(wal: Path, bases: Sequence[Base]) -> int:
    """Remove the segments of an archive that no copy needs. Return how many went."""
    if not bases:
        return 0
    oldest = min(base.first_wal[8:] for base in bases)
    gone = [path for path, _, _ in _segments(wal) if path.name[8:24] < oldest]
    for path in gone:
        path.unlink()
    return len(gone)


@contextmanager
def brought_to(
    base: Base, folder: Path, wal: Path, to: datetime | None, *, bin_dir: Path | None
) -> Iterator[str]:
    """Yield the owner's URL of the copy as it was at a moment, or at the end of the archive, in a
    server of its own. Raise BaseBackupError if the archive does not reach so far."""
    place = Path(tempfile.mkdtemp(prefix="answerable-recovered-"))
    cluster = place / CLUSTER
    try:
        _unpack(base, folder, cluster, wal, to)
        try:
            start(place, bin_dir, {})
            there = when_recovered(place, RECOVERY_SECONDS)
        except EmbeddedError as error:
            raise BaseBackupError(
                "The copy can't be brought to that moment: the archive may end before it, or the "
                f"copy be of after it. {error.sentence}"
            ) from error
        host = quote(str(there.socket_dir), safe="")
        yield f"postgresql://{quote(base.owner)}@/{quote(base.database)}?host={host}"
    finally:
        stop(cluster)
        shutil.rmtree(place, ignore_errors=True)


def _unpack(base: Base, folder: Path, cluster: Path, wal: Path, to: datetime | None) -> None:
    """Unpack a copy into a folder, with settings of our own in place of the server's."""
    if not is_whole(base, folder):
        raise BaseBackupError(f"{folder / FILE} is not the file that was written: take another.")
    cluster.mkdir(mode=0o700)
    with (
        (folder / FILE).open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed) as opened,
        tarfile.open(fileobj=opened, mode="r|") as tar,
    ):
        tar.extractall(cluster, filter="data")
    settings = _SETTINGS.format(wal=wal.resolve())
    if to is not None:
        settings += f"recovery_target_time = '{to.isoformat()}'\n"
    for name, text in {
        "postgresql.conf": settings,
        "postgresql.auto.conf": "",
        "pg_hba.conf": "local all all trust\n",
        "pg_ident.conf": "",
        "recovery.signal": "",
    }.items():
        (cluster / name).write_text(text)
    (cluster / "standby.signal").unlink(missing_ok=True)
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        user = unprivileged()
        for path, _, _ in _segments(wal):
            if user.run(["/bin/sh", "-c", 'test -r "$0"', str(path.resolve())], Path("/"))[0]:
                raise BaseBackupError(
                    f"{path} can't be read by the user whom PostgreSQL runs as for root: call this "
                    "as the user whose the backups are."
                )
            break
        for one in (cluster.parent, cluster, *cluster.rglob("*")):
            user.own(one)
