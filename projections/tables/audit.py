"""The read models against a fold of the log: each row that differs, by name."""

import psycopg

from ledger.audit.findings import Check, Kind, Progress
from ledger.postgres.connections import connect
from projections.tables import schemas
from projections.tables.projector import NAME
from projections.tables.rebuild import Differing, Rebuilt, compare
from projections.tables.tables import NEXT

ADVICE = "`answerable rebuild` makes it anew."


def audit_read_models(url: str, progress: Progress) -> Check:
    """Work the read models out beside the live ones, compare, and leave the live ones alone."""
    check = Check("read models", "rows", "as the log leads to them,")
    try:
        _audit(check, url, progress)
    except Exception as error:  # noqa: BLE001  # whatever a forged entry, or a policy, brings about
        check.find(
            Kind.READ_MODELS_UNFIT,
            0,
            "What this log adds up to cannot be worked out, so that no row could be compared "
            f"({type(error).__name__}: {error}). Look at the findings about its entries first.",
        )
    return check


def _audit(check: Check, url: str, progress: Progress) -> None:
    with connect(url, autocommit=True) as conn:
        if not schemas.are_there(conn):
            check.not_checked = "they are not there: `answerable rebuild`"
            return
        if not schemas.are_ours(conn):
            check.find(
                Kind.READ_MODELS_UNFIT,
                0,
                "Tables of the read models are there, and are not this version's by the comment on "
                "projections.responses, so that no row was compared: pages may show what the log "
                f"does not say. {ADVICE}",
            )
            return
        row = conn.execute(
            """
            SELECT coalesce((SELECT position FROM follow.positions WHERE name = %s), 0),
                   coalesce((SELECT max(position) FROM ledger.entries), 0)
            """,
            [NAME],
        ).fetchone()
        assert row is not None
        position, head = row
    if position > head:
        check.find(
            Kind.READ_MODELS_AHEAD,
            head,
            f"The read models have followed the log up to position {position:,}; it ends at "
            f"{head:,}: entries that stood there are gone.",
        )
    try:
        done = compare(url, progress)
    except psycopg.errors.ReadOnlySqlTransaction:
        check.not_checked = (
            "the database takes no writes (a standby, or set read-only), and the rows to compare "
            "with are worked out in tables of their own: audit where it does"
        )
        return
    _compared(check, done, head)


def _compared(check: Check, done: Rebuilt, head: int) -> None:
    check.checked = done.rows
    check.holds += f" up to position {done.position:,} of {head:,}"
    for row in done.differing:
        check.find(Kind.ROW_DIFFERS, row.known_from or 0, _in_words(row))
    named = sum(1 if row.only_in else 2 for row in done.differing)
    check.found += sum(done.differences.values()) - named


def _in_words(row: Differing) -> str:
    since = f", as known from position {row.known_from:,}" if row.known_from else ""
    if row.only_in == NEXT:
        says = "has no row, and the log says that there is one."
    elif row.only_in is not None:
        says = "has a row that the log does not lead to."
    else:
        says = f"differs from what the log says in {', '.join(row.columns)}."
    return f"projections.{row.table}, {row.subject}{since}: {says} {ADVICE}"
