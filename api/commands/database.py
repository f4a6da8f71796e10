"""The database: `migrate`, `config check`, `rebuild`, `erase`."""

import os
from dataclasses import asdict

import click

from api.commands.context import (
    Context,
    begin,
    database,
    json_option,
    ledger,
    needs_log,
    needs_owner,
    passes,
    prepare,
    progress_bar,
    with_context,
)
from api.commands.exports import caught_up
from api.oidc.accounts import accounts_file
from ledger.errors import AnswerableError
from ledger.log.redactions import TABLES, CannotErase, erase, remove
from ledger.postgres.connections import (
    APP_ROLE,
    SEALER_ROLE,
    Capacity,
    DatabaseUnreachable,
    check_capacity,
    check_capacity_of_replica,
    connect,
    connect_owner,
)
from ledger.postgres.migrate import ensure_login, migrate, pending
from ledger.postgres.roles import login_as
from ledger.settings import Settings, SettingsError, load
from projections.read_models.rebuild import compare, rebuild


@click.command("migrate")
@with_context
def migrate_command(here: Context) -> None:
    """Bring the database's schema up to date, and make the first entries of a new log.

    With ANSWERABLE_MIGRATE_DATABASE_URL it also makes the missing logins. The login of
    ANSWERABLE_DATABASE_URL reads, and records through the log's one function. The login of
    ANSWERABLE_SEALER_DATABASE_URL reads entries and no text. The user who migrates is a superuser,
    or owns the database and has CREATEROLE.
    """
    made = sealer_made = False
    with database(here.settings) as place:
        with connect_owner(place.owner_url) as owner:
            applied = migrate(owner)
            if place.owner_url != place.url:
                made = ensure_login(owner, place.url)
            if place.sealer_url != place.url:
                sealer_made = ensure_login(owner, place.sealer_url, SEALER_ROLE)
        new = begin(place)
    text = f"{len(applied)} migrations applied." if applied else "The schema is up to date."
    text += " The service's login is made." if made else ""
    text += " The sealer's login is made." if sealer_made else ""
    body = {"applied": applied, "set_up": new, "login_made": made, "sealer_login_made": sealer_made}
    here.answer(body, text)


@click.group()
def config() -> None:
    """The settings (environment variables ANSWERABLE_*)."""


@config.command("check")
@json_option
@passes
def check(here: Context) -> None:
    """Check every setting, and exit 1 with a sentence for each that is wrong.

    If a database is set, try the logins of the service and of the sealer, and the replica. Say
    whether the schema is there and whether the database allows as many connections as the settings
    need.
    """
    settings = load(os.environ)
    if settings.oidc_accounts is not None:
        accounts_file(settings.oidc_accounts)
    faults: list[str] = []
    found = _service_login(settings, faults)
    if settings.read_database_url is not None:
        _replica(settings.read_database_url, settings, faults)
    if settings.sealer_database_url is not None:
        _sealer_login(settings.sealer_database_url, faults)
    if faults:
        raise SettingsError(faults)
    says = "The settings are good."
    if found is not None:
        says += f" They come to {found.needed} connections; the database takes {found.had}."
    here.answer({"ok": True, "connections": found and asdict(found)}, says)


def _service_login(settings: Settings, faults: list[str]) -> Capacity | None:
    """Try the service's login, and return the connections that the settings need and the database
    has; None without a database. Add a sentence to `faults` for each thing that is missing."""
    if settings.database_url is None:
        return None
    try:
        with connect(settings.database_url) as conn:
            if missing := pending(conn):
                numbers = ", ".join(f"{one:03}" for one in missing)
                faults.append(f"Migrations {numbers} are missing: run `answerable migrate` first.")
            return check_capacity(conn, settings)
    except SettingsError as error:
        faults += error.faults
    except AnswerableError as error:
        faults.append(error.sentence)
    return None


def _replica(url: str, settings: Settings, faults: list[str]) -> None:
    """Try the service's login at the replica. Add a sentence to `faults` if it does not answer, or
    takes too few connections."""
    try:
        with connect(url) as conn:
            check_capacity_of_replica(conn, settings)
    except SettingsError as error:
        faults += error.faults
    except DatabaseUnreachable as error:
        faults.append(f"The replica (ANSWERABLE_READ_DATABASE_URL): {error.sentence}")


def _sealer_login(url: str, faults: list[str]) -> None:
    """Try the sealer's login. Add a sentence to `faults` if it is missing or may do too much."""
    try:
        with connect(url, role=SEALER_ROLE) as conn:
            login = login_as(conn, APP_ROLE)
    except DatabaseUnreachable as error:
        faults.append(f"The sealer's login (ANSWERABLE_SEALER_DATABASE_URL): {error.sentence}")
        return
    if login.may_act:
        faults.append(
            f"The sealer's login {login.name} may act as {APP_ROLE}, which reads every text: "
            f"REVOKE {APP_ROLE} FROM {login.name}, or name another login in "
            "ANSWERABLE_SEALER_DATABASE_URL, which `answerable migrate` makes."
        )


@click.command("rebuild")
@click.option("--verify", is_flag=True, help="Compare with the live ones, and change nothing.")
@with_context
def rebuild_command(here: Context, verify: bool) -> None:
    """Build the read models anew from the log beside the live ones, then swap them in."""
    with ledger(here.settings) as (_, place):
        caught_up(place.url)  # those of another version are built for the first time
        work = compare if verify else rebuild
        done = work(place.url, progress_bar("rebuild"))
    differing = sum(done.differences.values())
    text = f"Rebuilt up to position {done.position}; {differing} rows differ from the live ones."
    here.answer({"position": done.position, "differences": done.differences}, text)
    if verify and differing:
        raise SystemExit(1)


@click.command("erase")
@with_context
def erase_command(here: Context) -> None:
    """Delete texts that the log has redacted, and write the tables of texts and captures anew, so
    that no redacted byte is left in them.

    Redacted texts that are here again, as after a restored backup, are deleted and named. Recording
    and reading wait meanwhile. It needs ANSWERABLE_DATABASE_URL and ANSWERABLE_MIGRATE_DATABASE_URL
    (the owner). docs/redaction.md lists what this does not reach.
    """
    needs_log(here.settings)
    with database(here.settings) as place:
        if place.embedded:
            prepare(place, here.settings)
        needs_owner(place)
        with connect_owner(place.owner_url) as owner:
            removed = remove(owner)
            lines = [
                f"Removed “{one.field}” of position {one.position:,}, which position "
                f"{one.redacted_at:,} redacts."
                for one in removed
            ]
            try:
                erase(owner)
            except CannotErase as error:
                raise CannotErase(" ".join([*lines, str(error)])) from error
    here.answer(
        {"removed": [asdict(one) for one in removed], "erased": list(TABLES)},
        "\n".join(lines)
        + ("\n" if lines else "")
        + "The tables of texts and captures are written anew. Copies in backups, on replicas and "
        "in the write-ahead log stay until they expire.",
    )
