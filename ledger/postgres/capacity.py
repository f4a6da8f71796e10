"""How many connections to the database the settings come to, beside how many it takes."""

from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from ledger.settings import PREFIX, Settings, SettingsError

LISTENING = 1
"""Connections of a web process beside its pool: one listens for seals."""
FOLLOWERS = 4
"""Of the projector and the sealer: one each to listen, and one each to work."""
COMMANDS = 5
"""Of a command that somebody runs meanwhile, such as an import."""


@dataclass(frozen=True)
class Connections:
    """How many are needed, at most, and how many may be had."""

    needed: int
    had: int


def compared(conn: psycopg.Connection[TupleRow], settings: Settings) -> Connections:
    """What the settings come to, beside what this user may have of this database: by the server's
    `max_connections` without what is kept for superusers, and by limits of database and role."""
    row = conn.execute(
        """
        SELECT least(
            current_setting('max_connections')::int
              - current_setting('superuser_reserved_connections')::int
              - current_setting('reserved_connections')::int,
            (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
            (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = session_user))
        """
    ).fetchone()
    assert row is not None
    web = settings.web_processes * (settings.connections + LISTENING)
    return Connections(web + FOLLOWERS + COMMANDS, row[0])


def check(conn: psycopg.Connection[TupleRow], settings: Settings) -> Connections:
    """The same. SettingsError where the database takes fewer than are needed."""
    found = compared(conn, settings)
    if found.needed > found.had:
        sentence = (
            f"The database takes {found.had} connections, and the settings come to {found.needed}: "
            f"{settings.web_processes} web processes ({PREFIX}WEB_PROCESSES) with "
            f"{settings.connections} each ({PREFIX}WEB_CONNECTIONS) and {LISTENING} that listens, "
            f"{FOLLOWERS} of the followers, {COMMANDS} of a command. Lower one of the settings, or "
            "raise the database's max_connections."
        )
        raise SettingsError([sentence])
    return found
