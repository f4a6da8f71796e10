"""The audit of the ledger: one pass over the log in one snapshot, and what lies beside it."""

import psycopg

from ledger.audit import stores
from ledger.audit.entries import Bytes, Order, versions
from ledger.audit.findings import Check, Progress
from ledger.audit.log import instant, number, rows, snapshot
from ledger.audit.openings import Openings

REPORT_EVERY = 1000


def audit(url: str, progress: Progress) -> list[Check]:
    """Compare everything that the ledger holds with what it must be; changes nothing."""
    with snapshot(url) as conn:
        return [*_the_log(conn, progress), *_beside(conn)]


def _the_log(conn: psycopg.Connection, progress: Progress) -> list[Check]:
    total = number(conn, "SELECT count(*) FROM ledger.entries")
    order, content, openings = Order(), Bytes(), Openings(conn)
    for done, row in enumerate(rows(conn), 1):
        order.see(row)
        openings.see(row.position, content.see(row))
        if done % REPORT_EVERY == 0 or done == total:
            progress(done, total)
    order.end(instant(conn))
    openings.end()
    return [
        order.positions,
        order.times,
        content.columns,
        content.states,
        openings.texts,
        openings.captures,
    ]


def _beside(conn: psycopg.Connection) -> list[Check]:
    return [
        versions(conn),
        stores.requests(conn),
        stores.elsewhere(conn),
        stores.guards(conn),
    ]
