"""The part of an audit that compares the read models with the log."""

import psycopg

from ledger.audit.findings import Check, Kind, Progress
from ledger.postgres.connections import DatabaseUnreachable, connect
from projections.read_models import schemas
from projections.read_models.comparison import ADVICE, in_words
from projections.read_models.rebuild import Rebuilt, compare
from projections.read_models.tables import PROJECTOR


def audit_read_models(url: str, progress: Progress) -> Check:
    """Work the read models out beside the live ones and compare them. The live ones stay as they
    are."""
    check = Check("read models", "rows", "as the log leads to them,")
    try:
        _audit(check, url, progress)
    except DatabaseUnreachable:
        raise  # it says nothing about the log
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
            [PROJECTOR],
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
    _tell(check, done, head)


def _tell(check: Check, done: Rebuilt, head: int) -> None:
    check.checked = done.rows
    check.holds += f" up to position {done.position:,} of {head:,}"
    for row in done.differing:
        check.find(Kind.ROW_DIFFERS, row.known_from or 0, in_words(row))
    named = sum(1 if row.only_in else 2 for row in done.differing)
    check.found += sum(done.differences.values()) - named
