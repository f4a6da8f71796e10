"""Years that pass in seconds: the clock of a database and of this process, while a synthetic log is
made, so that its entries say that they were recorded day by day, and it can be asked what was known
on any of them.

Only the owner of a database can do this, who could set its machine's clock as well; that is why the
time of recording is that owner's word until somebody outside stamps a checkpoint (docs/threats.md).
It is done to a database without a log, whose first act then says for ever that it is synthetic; the
database's own clock is back before anybody else uses it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg_pool import ConnectionPool

from ledger import clock
from ledger.errors import Refused
from ledger.postgres.connections import connect_owner, pool

_SETTING = "answerable.synthetic_now"


class Years:
    """A clock that stands still until it is set, forwards alone; with the one connection to a
    database that goes by it."""

    def __init__(self, connections: ConnectionPool[psycopg.Connection], begins: datetime) -> None:
        self.connections = connections
        self._now = begins.astimezone(UTC)
        with connections.connection() as conn:
            conn.execute("SET synchronous_commit = off")  # what a crash loses is made anew
        self.reach(begins)

    def now(self) -> datetime:
        """The instant that it shows, in UTC."""
        return self._now

    def reach(self, instant: datetime) -> None:
        """Set it; a little on where it is there already."""
        self._now = max(instant.astimezone(UTC), self._now + timedelta(milliseconds=1))
        with self.connections.connection() as conn:
            conn.execute("SELECT set_config(%s, %s, false)", [_SETTING, self._now.isoformat()])


@contextmanager
def passing(owner_url: str, begins: datetime) -> Iterator[Years]:
    """The clock that this process and its one connection go by meanwhile.

    `owner_url` is a superuser's. Refused where there is a log already.
    """
    with connect_owner(owner_url) as owner:
        put_back(owner)
        if owner.execute("SELECT FROM ledger.entries LIMIT 1").fetchone() is not None:
            raise Refused(
                "log-begun",
                "There is a log in this database: a synthetic one begins in an empty database.",
            )
        try:
            with owner.transaction():
                owner.execute("SET LOCAL allow_system_table_mods = on")
                owner.execute("ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO own_clock")
                owner.execute(
                    "CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz VOLATILE"
                    " LANGUAGE sql AS $$ SELECT coalesce(nullif(current_setting("
                    f"'{_SETTING}', true), '')::timestamptz, own_clock()) $$"
                )
            with pool(owner_url, max_size=1) as connections:
                years = Years(connections, begins)
                with clock.another(years.now):
                    yield years
        finally:
            put_back(owner)


def put_back(owner: psycopg.Connection) -> None:
    """Give the database its own clock back, where it was taken: also where whoever did so was
    killed."""
    there = owner.execute("SELECT to_regprocedure('pg_catalog.own_clock()')").fetchone()
    if there is None or there[0] is None:
        return
    with owner.transaction():
        owner.execute("SET LOCAL allow_system_table_mods = on")
        owner.execute("DROP FUNCTION pg_catalog.clock_timestamp()")
        owner.execute("ALTER FUNCTION pg_catalog.own_clock() RENAME TO clock_timestamp")
