"""The commands on the database: `migrate`, `config check`, `status`, `register adopt`, `rebuild`,
`audit`, `erase`."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from psycopg import Connection

from api import readiness
from api.commands.context import (
    Context,
    begin,
    database,
    json_option,
    ledger,
    needs_log,
    needs_owner,
    needs_service_login,
    notebook_file,
    passes,
    prepare,
    progress_bar,
    with_context,
)
from api.readiness import Readiness
from ledger.acts.decision import Notice
from ledger.acts.service import adopt_rule, change_body, register_body, succeed_body
from ledger.audit.findings import Check
from ledger.audit.run import Against, audit
from ledger.audit.signatures import given
from ledger.errors import AnswerableError, Refused, Unfit, Unreadable
from ledger.events import BodyChanged, BodyRegistered, RuleAdopted
from ledger.events.streams import SERVICE
from ledger.log.redactions import TABLES, CannotErase, erase, remove
from ledger.log.storage import last_stored, stored_stream
from ledger.postgres.connections import (
    APP_ROLE,
    SEALER_ROLE,
    Capacity,
    DatabaseUnreachable,
    check_capacity,
    connect,
    connect_owner,
    without_password,
)
from ledger.postgres.embedded import running
from ledger.postgres.migrate import ensure_login, migrate, pending
from ledger.postgres.roles import login_as
from ledger.register import (
    Register,
    Succession,
    read_register,
    shipped_bodies,
    shipped_rules,
    shipped_successions,
)
from ledger.seal.checkpoints import NewestCheckpoint, newest_checkpoint
from ledger.settings import Settings, SettingsError, load
from ledger.states.service import SETUP, Service, fold
from ledger.verify.note import to_base64
from ledger.verify.report import shown
from projections.tables.audit import audit_read_models
from projections.tables.rebuild import compare, rebuild
from projections.tables.tables import NAMES, NEXT, SCHEMA

MOST = 20
"""The most things not adopted that `status` names in words; its JSON has all."""


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

    If a database is set, try the logins of the service and of the sealer. Say whether the schema is
    there and whether the database allows as many connections as the settings need.
    """
    settings = load(os.environ)
    if settings.oidc_accounts is not None:
        from api.oidc import accounts_file  # imports the web's libraries

        accounts_file(settings.oidc_accounts)
    faults: list[str] = []
    found = _service_login(settings, faults)
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


@click.command()
@with_context
def status(here: Context) -> None:
    """Show positions, lags, the newest entry and checkpoint, and where the embedded database is.

    If the service is not ready, exit 1 with a sentence for each reason, the same as in `/readyz`.
    docs/run.md says what to do, by symptom.
    """
    settings = here.settings
    needs_service_login(settings)
    url = settings.database_url
    if url is None:
        found = running(settings.data)
        if found is None:
            text = f"Nothing runs in {settings.data}. Start it with `answerable run`."
            here.answer({"running": False, "data": str(settings.data), "database": None}, text)
            return
        url = found.owner_url
    with connect(url, autocommit=True) as conn:
        now = readiness.look(conn, url)
        there = not now.migrations_missing
        last = last_stored(conn) if there else None
        newest = newest_checkpoint(conn) if there else None
        not_adopted = _not_adopted(conn) if there else []
    place = without_password(url)
    body = {
        "running": True,
        "ready": not now.reasons,
        "reasons": [asdict(one) for one in now.reasons],
        "database": place,
        "migrations_missing": now.migrations_missing,
        "held_against_the_log": [asdict(one) for one in now.held_against_the_log],
        "position": last.position if last else 0,
        "recorded_at": last.recorded_at.isoformat() if last and last.recorded_at else None,
        "checkpoint": {
            "size": newest.size,
            "root": to_base64(newest.root),
            "sealed_at": newest.sealed_at.isoformat() if newest.sealed_at else None,
        }
        if newest
        else None,
        "followers": [one.plain for one in now.followers],
        "webhooks": now.webhooks,
        "not_adopted": not_adopted,
    }
    lines = [f"database   {place}"]
    if there:
        lines += [f"position   {body['position']}", f"checkpoint {_sealed(newest)}"]
    lines += _followers(now)
    if not_adopted:
        what = f"{', '.join(not_adopted[:MOST])}{', …' if len(not_adopted) > MOST else ''}"
        lines.append(f"NOT ADOPTED {what}: `answerable register adopt`")
    lines += [f"AGAINST THE LOG {one.says}" for one in now.held_against_the_log]
    lines += [f"NOT READY  {one.says}" for one in now.reasons]
    here.answer(body, "\n".join(map(shown, lines)))
    if now.reasons:
        raise SystemExit(1)


def _followers(now: Readiness) -> list[str]:
    """Return a line for each follower, and one for the receivers of webhooks."""
    lines = [
        f"{one.name:<10} at {one.position}, {one.lag} behind"
        + (f", HELD at {one.held_at}: {one.held_why}" if one.held_at is not None else "")
        + (f", waits: {one.held_why}" if one.held_why and one.held_at is None else "")
        for one in now.followers
    ]
    if any(now.webhooks.values()):
        told = ", ".join(f"{many} {state}" for state, many in now.webhooks.items())
        lines += [f"receivers  {told}"]
    return lines


def _not_adopted(conn: Connection) -> list[str]:
    """Return the shipped things that a log has not adopted. If its register cannot be read, return
    the reason."""
    try:
        service = fold(None, stored_stream(conn, SERVICE))
    except Unreadable as error:
        return [f"unknown, since the register cannot be read: {error}"]
    return NotAdopted.of(_shipped(), service).names if service else []


def _sealed(newest: NewestCheckpoint | None) -> str:
    """Return the newest checkpoint in words."""
    if newest is None:
        return "none: nothing is sealed yet"
    when = "a moment that is none: `answerable audit`"
    if newest.sealed_at is not None:
        when = newest.sealed_at.isoformat()
    return f"{newest.size} entries, root {to_base64(newest.root)}, at {when}"


@click.group()
def register() -> None:
    """The register of bodies and the rules, as this log has them."""


@register.command("adopt")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@with_context
def adopt(here: Context, file: Path | None) -> None:
    """Record the shipped rules, bodies and successions that this log lacks.

    With a FILE (TOML), record those that it lists: docs/register.md describes its form.
    """
    try:
        text = None if file is None else file.read_text("utf-8")
    except UnicodeDecodeError:
        raise Unfit(f"{file} is no text in UTF-8.") from None
    with ledger(here.settings, begins=True) as (log, _):
        service = log.service()
        if text is None:
            listed = _shipped()
        else:
            listed = read_register(text, {one.id: one.kind for one in service.bodies.values()})
        _refuse_what_differs(listed, service)
        missing = NotAdopted.of(listed, service)
        for body in sorted(missing.bodies, key=lambda one: bool(one.holds or one.panel)):
            log.record(SETUP, register_body, body, Notice())
        for change, _ in missing.changes:
            log.record(SETUP, change_body, change, Notice())
        for one in missing.successions:
            log.record(SETUP, succeed_body, one.event, Notice(source=one.source))
        for rule in missing.rules:  # after the bodies, which a rule may name as publishers
            log.record(SETUP, adopt_rule, rule, Notice())
    all_there = f"This log has all {'that is shipped' if file is None else f'that {file} lists'}."
    here.answer({"recorded": missing.names}, "\n".join(missing.names) or all_there)


def _shipped() -> Register:
    return Register(shipped_rules(), shipped_bodies(), shipped_successions())


@dataclass(frozen=True)
class NotAdopted:
    """The parts of a list that a log lacks."""

    bodies: list[BodyRegistered]
    changes: list[tuple[BodyChanged, str]]
    """Each body with fields that the list has and the log lacks, and these in words."""
    successions: list[Succession]
    rules: list[RuleAdopted]

    @classmethod
    def of(cls, listed: Register, service: Service) -> "NotAdopted":
        """Compare a list with a log's register."""
        there = [(service.bodies[one.id], one) for one in listed.bodies if one.id in service.bodies]
        found = (added_since(before, one) for before, one in there)
        return cls(
            bodies=[one for one in listed.bodies if one.id not in service.bodies],
            changes=[one for one in found if one is not None],
            successions=[one for one in listed.successions if not _recorded(one, service)],
            rules=[one for one in listed.rules if (one.id, one.version) not in service.rules],
        )

    @property
    def names(self) -> list[str]:
        """Each missing thing in a few words."""
        return [
            *(one.id for one in self.bodies),
            *(f"{change.id}: {words}" for change, words in self.changes),
            *(
                f"{one.event.id}: {one.event.successor} from {one.event.on}"
                for one in self.successions
            ),
            *(f"{one.id} v{one.version}" for one in self.rules),
        ]


def _recorded(one: Succession, service: Service) -> bool:
    """Return whether a log already has a succession."""
    several = service.successions.get(one.event.id, ())
    return one.event.successor in (after.successor for after in several)


def _refuse_what_differs(listed: Register, service: Service) -> None:
    """Raise Refused if a list contradicts the log: by another rule of the same version, or another
    successor."""
    for rule in listed.rules:
        there = service.rules.get((rule.id, rule.version))
        if there is not None and there.sha256 != rule.sha256:
            raise Refused(
                "rule-version",
                f"This log has another {rule.id} v{rule.version} (SHA-256 {there.sha256}): a "
                "rule that says something else is its next version.",
            )
    divided = Counter(one.event.id for one in listed.successions)
    for one in listed.successions:
        several = service.successions.get(one.event.id, ())
        if several and divided[one.event.id] == 1 and not _recorded(one, service):
            after = several[0]
            raise Refused(
                "succeeded-once",
                f"By this log {one.event.id} is followed by {after.successor}, not by "
                f"{one.event.successor}: retract that entry ({after.entry}) first.",
            )


def added_since(there: BodyRegistered, listed: BodyRegistered) -> tuple[BodyChanged, str] | None:
    """Return the fields of a body that a list has and the log lacks, and these in words; None if
    there are none."""
    names = ("websites", "begins", "ends")
    said = {name: getattr(listed, name) for name in names if getattr(there, name) is None}
    new = {name: value for name, value in said.items() if value is not None}
    if not new:
        return None
    words = (v if isinstance(v, str) else ", ".join(v) for v in new.values())
    return BodyChanged(id=there.id, **new), "; ".join(words)


@click.command("rebuild")
@click.option("--verify", is_flag=True, help="Compare with the live ones, and change nothing.")
@with_context
def rebuild_command(here: Context, verify: bool) -> None:
    """Build the read models anew from the log beside the live ones, then swap them in."""
    with ledger(here.settings) as (_, place):
        work = compare if verify else rebuild
        done = work(place.url, progress_bar("rebuild"))
    differing = sum(done.differences.values())
    text = f"Rebuilt up to position {done.position}; {differing} rows differ from the live ones."
    here.answer({"position": done.position, "differences": done.differences}, text)
    if verify and differing:
        raise SystemExit(1)


@click.command("audit")
@click.option(
    "--since",
    "kept",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint of this log that somebody kept, a receipt, or a watcher's file. May be "
    "given again.",
)
@click.option(
    "--notebook",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The sealer's notebook, if it is not in the data directory.",
)
@with_context
def audit_command(here: Context, kept: tuple[Path, ...], notebook: Path | None) -> None:
    """Compare everything stored with the log, and name each disagreement.

    It changes nothing, and sees the log as it is when it starts. It needs ANSWERABLE_DATABASE_URL,
    and the sealer's data directory or a copy of the notebook. docs/audit.md explains each finding
    and what to do.
    """
    needs_log(here.settings)
    against = Against(
        origin=here.settings.origin,
        notebook=notebook or notebook_file(here.settings),
        checkpoints=[one for path in kept for one in given(path)],
        compared={f"{schema}.{name}" for schema in (SCHEMA, NEXT) for name in NAMES},
    )
    with database(here.settings) as place:
        checks = audit(place.url, against, progress_bar("audit"))
        checks.append(audit_read_models(place.url, progress_bar("read models")))
    found = sum(check.found for check in checks)
    here.answer(
        {"findings": found, "checks": [_plain(check) for check in checks]},
        "\n".join([line for check in checks for line in check.lines] + [_ending(checks, found)]),
    )
    if found:
        raise SystemExit(1)


def _plain(check: Check) -> dict[str, Any]:
    return {
        "check": check.name,
        "checked": check.checked,
        "not_checked": check.not_checked,
        "found": check.found,
        "findings": [asdict(one) for one in check.findings],
    }


def _ending(checks: Sequence[Check], found: int) -> str:
    if found:
        return f"{found:,} findings. What each means, and what to do: docs/audit.md."
    left = [check.name for check in checks if check.not_checked is not None]
    return "Nothing found." + (f" Not checked: {', '.join(left)}." if left else "")


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
