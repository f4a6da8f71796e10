"""`backup`: makes backups of a log, checks them in a database of their own, and restores them."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api.commands.context import (
    Context,
    NoDatabase,
    Sentences,
    database,
    needs_log,
    notebook_file,
    progress_bar,
    stoppable,
    with_context,
)
from ledger import base_backups
from ledger.audit.run import Against, audit
from ledger.audit.signatures import given
from ledger.backup import Backup, BackupError, create, damaged, keep, newest, restore, wal_of
from ledger.log.redactions import held_against_the_log
from ledger.postgres.connections import SEALER_ROLE, connect, connect_owner
from ledger.postgres.embedded import Running, embedded, home, unprivileged
from ledger.postgres.migrate import ensure_login
from ledger.settings import Settings
from projections.head import head

_PLACE = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group(cls=Sentences)
def backup() -> None:
    """Back up the log, check a backup, and restore one.

    A backup has the log with its texts and captures, accounts' tokens and webhooks. It has no read
    models, which are built from the log, and not the sealer's data directory: back that up apart.

    Where PostgreSQL archives its WAL into FOLDER/wal (docs/run.md), a backup has a copy of the
    server too. From that and the WAL comes what was recorded since.
    """


@backup.command("create")
@_PLACE
@click.option(
    "--keep",
    "most",
    type=click.IntRange(min=1),
    help="Remove the oldest backups of this log in FOLDER, so that so many are left.",
)
@with_context
def create_command(here: Context, folder: Path, most: int | None) -> None:
    """Write a backup into a new folder below FOLDER, in one snapshot, while the service runs.

    It needs the owner's URL (ANSWERABLE_MIGRATE_DATABASE_URL). Its files hold texts that are not
    public: they are for their owner alone.
    """
    needs_log(here.settings)
    with database(here.settings) as place, connect_owner(place.owner_url) as owner:

        def copy(into: Path) -> base_backups.Base:
            return base_backups.take(owner, place.owner_url, into, here.settings.pg_bin)

        archives = (folder / base_backups.WAL).is_dir()
        made = create(owner, folder, here.settings.origin, copy if archives else None)
    gone = keep(folder, most, here.settings.origin) if most else []
    body = {**_held(made), "removed": [str(one) for one in gone]}
    here.answer(body, f"{_told(made)}\n{len(gone)} older removed." if gone else _told(made))


@backup.command("check")
@_PLACE
@click.option(
    "--since",
    "kept",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    multiple=True,
    help="A checkpoint of this log that somebody keeps elsewhere: the backup has to have all of "
    "it. May be given again.",
)
@with_context
def check_command(here: Context, folder: Path, kept: tuple[Path, ...]) -> None:
    """Restore a backup into a database of its own, audit it there, and remove that. Do the same
    with its copy of the server and the WAL since, if it has them.

    FOLDER is a backup, or has some: then the newest is checked. It needs the programs of a
    PostgreSQL server on this machine, and no database of the log. It ends with 1 if anything is
    found.
    """
    since = time.monotonic()
    found = newest(folder)
    faults = damaged(found)
    reached = None
    if not faults:
        against = Against(
            origin=found.manifest.origin,
            notebook=notebook_file(here.settings),
            checkpoints=[one for path in kept for one in given(path)],
        )
        with _scratch(here.settings) as running:
            with connect_owner(running.owner_url) as owner:
                restore(owner, found)
            alone = against
            if found.manifest.base is not None:  # then the server with the WAL is compared
                alone = replace(against, notebook=running.data / "none", checkpoints=())
            faults = _audited(running.owner_url, alone)
        if found.manifest.base is not None:
            wal = _wal(found)
            faults += base_backups.gaps(found.manifest.base, wal)
            with _brought_to(found, wal, None, here.settings) as url:
                faults += _audited(url, against)
                with connect(url) as conn:
                    reached = head(conn).position
    seconds = round(time.monotonic() - since, 1)
    body = {**_held(found), "wal_reaches": reached, "seconds": seconds, "findings": faults}
    says = "\n".join([*faults, f"{len(faults)} findings (docs/audit.md)."])
    more = "" if reached is None else f"\nWith the WAL it has {reached:,} entries."
    well = f"{_told(found)}{more}\nRestored and audited: nothing found."
    here.answer(body, says if faults else well)
    if faults:
        raise SystemExit(1)


def _audited(url: str, against: Against) -> list[str]:
    """Return what an audit finds in a database, a sentence each."""
    checks = audit(url, against, progress_bar("audit"))
    return [line for check in checks if check.found for line in check.lines]


def _moment(_: click.Context, __: click.Parameter, given: str | None) -> datetime | None:
    """Return a moment that was given, which says its zone."""
    if given is None:
        return None
    with suppress(ValueError):
        if (moment := datetime.fromisoformat(given)).tzinfo is not None:
            return moment
    raise click.BadParameter("Give a moment with its zone, such as 2026-11-30T21:00:00Z.")


def _wal(found: Backup) -> Path:
    """Return the archive of WAL beside a backup with a copy of the server. Raise BackupError if
    there is none."""
    if (wal := wal_of(found)) is None:
        raise BackupError(
            f"{found.folder} has no copy of the server with the WAL in a folder "
            f"`{base_backups.WAL}` beside it: bring that folder back, or restore the rows alone."
        )
    return wal


def _brought_to(
    found: Backup, wal: Path, to: datetime | None, settings: Settings
) -> AbstractContextManager[str]:
    base = found.manifest.base
    assert base is not None
    return base_backups.brought_to(base, found.folder, wal, to, bin_dir=settings.pg_bin)


@backup.command("restore")
@_PLACE
@click.option("--wal", "with_wal", is_flag=True, help="With all WAL that FOLDER/wal has since.")
@click.option(
    "--to",
    callback=_moment,
    help="With the WAL up to a moment, such as 2026-11-30T21:00:00Z, and none of what came later.",
)
@with_context
def restore_command(here: Context, folder: Path, with_wal: bool, to: datetime | None) -> None:
    """Put a backup, or the newest one in FOLDER, into an empty database.

    With --wal or --to a server of its own plays the WAL back first, which needs the programs of
    the same PostgreSQL on this machine. The rows of that server are restored.

    It needs ANSWERABLE_MIGRATE_DATABASE_URL: the owner of an empty database, who has CREATEROLE
    and need not be a superuser. It makes the logins of the other two URLs, as `migrate` does.
    """
    if here.settings.database_url is None:
        raise NoDatabase(
            "Name the empty database: ANSWERABLE_MIGRATE_DATABASE_URL by its owner, and "
            "ANSWERABLE_DATABASE_URL by the service's login."
        )
    found = newest(folder, to)
    with ExitStack() as leaving:
        rows = found
        if with_wal or to is not None:
            rows = _with_wal(here, found, to, leaving)
        held = _put_back(here, rows)
    wal, found = wal_of(found), replace(rows, folder=found.folder)
    says = [
        _told(found),
        "Restored. Start the sealer first: it compares the log with what it signed.",
    ]
    says += ["Where it signed more than this backup has: `answerable recover` (docs/keys.md)."]
    if wal:
        says.append("Move the old WAL away: this server archives into an empty folder.")
    if held:
        says.append(f"{held} texts are here that the log redacts: `answerable erase` deletes them.")
    here.answer({**_held(found), "held_against_the_log": held}, "\n".join(says))


def _with_wal(here: Context, found: Backup, to: datetime | None, leaving: ExitStack) -> Backup:
    """Return a backup of the rows that a copy of the server has with its WAL; `leaving` removes
    it."""
    wal = _wal(found)
    assert found.manifest.base is not None
    for says in base_backups.gaps(found.manifest.base, wal):
        here.say(f"{says} What comes after is not restored.")
    rows = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="answerable-restore-")))
    with (
        stoppable(),
        _brought_to(found, wal, to, here.settings) as url,
        connect_owner(url) as copied,
    ):
        return create(copied, rows, found.manifest.origin)


def _put_back(here: Context, found: Backup) -> int:
    """Restore a backup, and make the logins. Return how many texts are held against the log."""
    with database(here.settings) as place, connect_owner(place.owner_url) as owner:
        restore(owner, found)
        if place.owner_url != place.url:
            ensure_login(owner, place.url)
        if place.sealer_url != place.url:
            ensure_login(owner, place.sealer_url, SEALER_ROLE)
        with connect(place.url) as conn:
            return len(held_against_the_log(conn))


@contextmanager
def _scratch(settings: Settings) -> Iterator[Running]:
    """Yield an empty server of its own in a temporary folder, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="answerable-check-"))
    try:
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            unprivileged().own(folder)
        with stoppable(), embedded(folder, bin_dir=settings.pg_bin) as running:
            yield running
    finally:
        for place in {home(folder), folder}:
            shutil.rmtree(place, ignore_errors=True)


def _held(found: Backup) -> dict[str, Any]:
    said = asdict(found.manifest)
    rows = {table["name"]: table["rows"] for table in said.pop("tables")}
    del said["migrations"]
    said["base"] = found.manifest.base is not None
    return {"folder": str(found.folder), **said, "rows": rows}


def _told(found: Backup) -> str:
    held = found.manifest
    return (
        f"{found.folder}: {held.position:,} entries of {held.origin}, {held.sealed:,} of them "
        f"sealed, as of {held.made_at}."
    )
