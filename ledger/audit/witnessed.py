"""What clocks outside say of the checkpoints, against the entries: none was recorded after it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg

from ledger.audit.findings import Check, Kind, part
from ledger.clock import rfc3339
from ledger.verify import note
from ledger.verify.note import NoteError

_LATE = timedelta(minutes=1)
"""As much as a clock outside may be behind ours."""


@part("witnesses", "cosignatures and stamps", "each fits its checkpoint and its entries")
def witnessed(check: Check, conn: psycopg.Connection) -> None:
    """Each cosignature is the witness's, and entries under it say that they were there by then.

    A stamp has to hold the hash of the checkpoint's text and the time that is kept beside it;
    `openssl ts -verify` checks who made it.
    """
    with conn.cursor("audit_cosignatures") as cursor:
        cursor.execute(
            "SELECT w.size, w.witness, w.seen_at, w.line, c.note FROM ledger.cosignatures w"
            "  LEFT JOIN ledger.checkpoints c USING (size) ORDER BY w.size, w.seen_at"
        )
        for size, vkey, seen_at, line, signed in cursor:
            check.checked += 1
            if signed is None or not _is_theirs(vkey, seen_at, line, signed):
                check.find(
                    Kind.COSIGNATURE_DIFFERS,
                    size,
                    f"A cosignature of size {size:,}, kept as that of {vkey}, is not that "
                    "witness's word on the checkpoint, or not of that time.",
                )
    _stamps(conn, check)
    _name(conn, check)
    for position, recorded_at, at, who in conn.execute(
        """
        SELECT e.position, e.recorded_at, o.at, o.who
          FROM (SELECT size, seen_at AS at, witness AS who FROM ledger.cosignatures
                UNION ALL SELECT size, stamped_at, authority FROM ledger.stamps) AS o
          JOIN ledger.entries e ON e.position = o.size
         WHERE e.recorded_at > o.at ORDER BY e.position
        """
    ).fetchall():
        if recorded_at <= at + _LATE:
            continue
        check.find(
            Kind.RECORDED_AFTER_WITNESS,
            position,
            f"Position {position:,} says that it was recorded at {rfc3339(recorded_at)}, but "
            f"{who} saw it by {rfc3339(at)}: its moment was changed, or a clock was wrong.",
        )


def _stamps(conn: psycopg.Connection, check: Check) -> None:
    for size, authority, at, token, signed in conn.execute(
        "SELECT s.size, s.authority, s.stamped_at, s.token, c.note FROM ledger.stamps s"
        "  LEFT JOIN ledger.checkpoints c USING (size) ORDER BY s.size, s.stamped_at"
    ).fetchall():
        check.checked += 1
        if not _is_over(bytes(token), at, signed):
            check.find(
                Kind.STAMP_DIFFERS,
                size,
                f"The time stamp of size {size:,}, kept as that of {authority}, is not of the text "
                "of that checkpoint, or not of that time.",
            )


def _name(conn: psycopg.Connection, check: Check) -> None:
    """Say whose word it is: a key that nobody knows proves nothing, whatever name it has."""
    whose = conn.execute(
        "SELECT DISTINCT witness FROM ledger.cosignatures"
        " UNION SELECT DISTINCT authority FROM ledger.stamps ORDER BY 1 LIMIT 20"
    ).fetchall()
    if whose:
        names = ", ".join(who for (who,) in whose)
        check.holds += f"; kept as the word of {names}: compare these with those that you know"


def _is_over(token: bytes, at: datetime, signed: str | None) -> bool:
    """Whether a token (RFC 3161) holds the hash of a checkpoint's text, and a time."""
    if signed is None:
        return False
    try:
        text = note.split(signed)[0]
    except NoteError:
        return False
    second = f"{at.astimezone(UTC):%Y%m%d%H%M%S}".encode()
    return sha256(text.encode()).digest() in token and second in token


def _is_theirs(vkey: str, seen_at: datetime, line: str, signed: str) -> bool:
    try:
        text = note.split(signed)[0]
        (found,) = note.open(f"{text}\n{line}", [note.parse_vkey(vkey)]).signatures
    except (NoteError, ValueError):
        return False
    try:
        return datetime.fromtimestamp(found.timestamp or 0, UTC) == seen_at
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return False
