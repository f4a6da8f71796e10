"""`backup`: makes backups of a log, checks them in a database of their own, and restores them."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
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
from ledger.audit.run import Against, audit
from ledger.audit.signatures import given
from ledger.backup import Backup, create, damaged, keep, newest, restore
from ledger.log.redactions import held_against_the_log
from ledger.postgres.connections import SEALER_ROLE, connect, connect_owner
from ledger.postgres.embedded import Running, embedded, home, unprivileged
from ledger.postgres.migrate import ensure_login
from ledger.settings import Settings

_PLACE = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group(cls=Sentences)
def backup() -> None:
    """Back up the log, check a backup, and restore one.

    A backup has the log with its texts and captures, accounts' tokens and webhooks. It has no read
    models, which are built from the log, and not the sealer's data directory: back that up apart.
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
        made = create(owner, folder, here.settings.origin)
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
    """Restore a backup into a database of its own, audit it there, and remove that.

    FOLDER is a backup, or has some: then the newest is checked. It needs the programs of a
    PostgreSQL server on this machine, and no database of the log. It ends with 1 if anything is
    found.
    """
    since = time.monotonic()
    found = newest(folder)
    faults = damaged(found)
    if not faults:
        against = Against(
            origin=found.manifest.origin,
            notebook=notebook_file(here.settings),
            checkpoints=[one for path in kept for one in given(path)],
        )
        with _scratch(here.settings) as running:
            with connect_owner(running.owner_url) as owner:
                restore(owner, found)
            checks = audit(running.owner_url, against, progress_bar("audit"))
        faults = [line for check in checks if check.found for line in check.lines]
    seconds = round(time.monotonic() - since, 1)
    body = {**_held(found), "seconds": seconds, "findings": faults}
    says = "\n".join([*faults, f"{len(faults)} findings (docs/audit.md)."])
    here.answer(body, says if faults else f"{_told(found)}\nRestored and audited: nothing found.")
    if faults:
        raise SystemExit(1)


@backup.command("restore")
@_PLACE
@with_context
def restore_command(here: Context, folder: Path) -> None:
    """Put a backup, or the newest one in FOLDER, into an empty database.

    It needs ANSWERABLE_MIGRATE_DATABASE_URL: the owner of an empty database, who has CREATEROLE
    and need not be a superuser. It makes the logins of the other two URLs, as `migrate` does.
    """
    if here.settings.database_url is None:
        raise NoDatabase(
            "Name the empty database: ANSWERABLE_MIGRATE_DATABASE_URL by its owner, and "
            "ANSWERABLE_DATABASE_URL by the service's login."
        )
    found = newest(folder)
    with database(here.settings) as place, connect_owner(place.owner_url) as owner:
        restore(owner, found)
        if place.owner_url != place.url:
            ensure_login(owner, place.url)
        if place.sealer_url != place.url:
            ensure_login(owner, place.sealer_url, SEALER_ROLE)
        with connect(place.url) as conn:
            held = len(held_against_the_log(conn))
    says = [
        _told(found),
        "Restored. Start the sealer first: it compares the log with what it signed.",
    ]
    says += ["Where it signed more than this backup has: `answerable recover` (docs/keys.md)."]
    if held:
        says.append(f"{held} texts are here that the log redacts: `answerable erase` deletes them.")
    here.answer({**_held(found), "held_against_the_log": held}, "\n".join(says))


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
    return {"folder": str(found.folder), **said, "rows": rows}


def _told(found: Backup) -> str:
    held = found.manifest
    return (
        f"{found.folder}: {held.position:,} entries of {held.origin}, {held.sealed:,} of them "
        f"sealed, as of {held.made_at}."
    )
