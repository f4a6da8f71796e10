"""`status`: how far everything has come, and why the service is not ready."""

from collections.abc import Sequence
from dataclasses import asdict

import click
from psycopg import Connection

from api import readiness
from api.commands.context import Context, needs_service_login, with_context
from api.commands.register import NotAdopted, shipped
from api.commands.worker import named
from api.readiness import Readiness
from ledger.errors import Unreadable
from ledger.events.streams import SERVICE
from ledger.log.storage import last_stored, stored_stream
from ledger.postgres.connections import APP_ROLE, SEALER_ROLE, connect, without_password
from ledger.postgres.embedded import running
from ledger.seal import sealer
from ledger.seal.attempts import attempts
from ledger.seal.checkpoints import NewestCheckpoint, newest_checkpoint
from ledger.states.service import fold
from ledger.verify.note import to_base64
from ledger.verify.report import shown

MOST = 20
"""The most things not adopted that `status` names in words; its JSON has all."""


@click.command()
@click.option("--only", help="Only whether these followers go on, separated by commas.")
@with_context
def status(here: Context, only: str | None) -> None:
    """Show positions, lags, the newest entry and checkpoint, and where the embedded database is.

    If the service is not ready, exit 1 with a sentence for each reason, the same as in `/readyz`.
    docs/run.md says what to do, by symptom.
    """
    settings = here.settings
    names = sorted(named(only)) if only else []
    url, role = settings.sealer_database_url, SEALER_ROLE
    if url is None or names != [sealer.NAME]:
        role = APP_ROLE
        needs_service_login(settings)
        url = settings.database_url
    if url is None:
        found = running(settings.data)
        if found is None:
            text = f"Nothing runs in {settings.data}. Start it with `answerable run`."
            here.answer({"running": False, "data": str(settings.data), "database": None}, text)
            return
        url = found.owner_url
    with connect(url, autocommit=True, role=role) as conn:
        if names:
            _of_followers(here, conn, names)
            return
        now = readiness.look(conn, url)
        there = not now.migrations_missing
        last = last_stored(conn) if there else None
        newest = newest_checkpoint(conn) if there else None
        not_adopted = _not_adopted(conn) if there else []
        outside = attempts(conn) if there else []
        never = sorted({*settings.places} - {one.place for one in outside})
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
        "outside": [one.plain for one in outside],
        "never_outside": never,
        "webhooks": now.webhooks,
        "not_adopted": not_adopted,
    }
    lines = [f"database   {place}"]
    if there:
        lines += [f"position   {body['position']}", f"checkpoint {_sealed(newest)}"]
    lines += [f"outside    {one.says}" for one in outside]
    lines += [f"outside    {one} was never tried: `answerable witness`, daily" for one in never]
    lines += _followers(now)
    if not_adopted:
        what = f"{', '.join(not_adopted[:MOST])}{', …' if len(not_adopted) > MOST else ''}"
        lines.append(f"NOT ADOPTED {what}: `answerable register adopt`")
    lines += [f"AGAINST THE LOG {one.says}" for one in now.held_against_the_log]
    lines += [f"NOT READY  {one.says}" for one in now.reasons]
    here.answer(body, "\n".join(map(shown, lines)))
    if now.reasons:
        raise SystemExit(1)


def _of_followers(here: Context, conn: Connection, names: Sequence[str]) -> None:
    """Answer whether these followers go on; if not, exit 1."""
    reasons = readiness.of_followers(conn, names)
    body = {"ready": not reasons, "reasons": [asdict(one) for one in reasons]}
    says = [f"NOT READY  {one.says}" for one in reasons] or [f"{', '.join(names)}: all go on"]
    here.answer(body, "\n".join(map(shown, says)))
    if reasons:
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
    return NotAdopted.of(shipped(), service).names if service else []


def _sealed(newest: NewestCheckpoint | None) -> str:
    """Return the newest checkpoint in words."""
    if newest is None:
        return "none: nothing is sealed yet"
    when = "a moment that is none: `answerable audit`"
    if newest.sealed_at is not None:
        when = newest.sealed_at.isoformat()
    return f"{newest.size} entries, root {to_base64(newest.root)}, at {when}"
