"""The stores beside the log: texts as a verifier checks them, captures as they were received, and a
search for texts in every other table."""

import re
from collections.abc import Collection, Iterator

import psycopg
from psycopg import sql

from ledger.audit.findings import Check, Kind, part
from ledger.audit.log import CaptureRow, capture_rows, text_rows
from ledger.events import CaptureKept, ClockWasWrong
from ledger.events.entry import Entry, line
from ledger.log import captures
from ledger.log.captures import StoredBytes
from ledger.verify.line import LoggedEntry
from ledger.verify.order import WrongClocks
from ledger.verify.report import Fault
from ledger.verify.texts import BYTES, TOPICS, Opening, Redactions, opening

LOOKED_FOR = 50
"""So many texts are looked for elsewhere, spread over the log."""
_PLAIN = re.compile(r"[A-Za-z ]{24,80}")
"""Words that every store spells alike, whatever it escapes."""
_MAY_HOLD_TEXT = frozenset({"ledger.texts", "ledger.captures", "ledger.entries"})


def read_openings(conn: psycopg.Connection) -> Iterator[Opening]:
    """Read the texts of the database, as openings by position."""
    for row in text_rows(conn):
        yield opening(
            row.position, row.commitment.hex(), row.salt, row.body.encode(), path=row.field
        )


def read_redactions(conn: psycopg.Connection) -> tuple[Redactions, WrongClocks]:
    """Read what the log says about its texts and its clock, before all entries are read."""
    redactions, wrong = Redactions(), WrongClocks()
    with conn.cursor("audit_redactions") as cursor:
        cursor.execute(
            "SELECT coalesce(state, ''), position, coalesce(recorded_at, 'infinity')"
            "  FROM ledger.entries WHERE topic = ANY(%s) ORDER BY position",
            [[*TOPICS, ClockWasWrong.TOPIC]],
            binary=True,
        )
        for state, position, recorded_at in cursor:
            said = line(state, position, recorded_at)
            redactions.take(said)
            wrong.take(said)
    return redactions, wrong


class Captures:
    """Each capture that an entry keeps is there as it was received, or was redacted."""

    def __init__(self, check: Check, conn: psycopg.Connection, redactions: Redactions) -> None:
        self.check = check
        self._redactions = redactions
        self._rows = capture_rows(conn)
        self._ahead = next(self._rows, None)

    def see(self, logged: LoggedEntry, entry: Entry | None) -> None:
        """Check the next entry; `entry` is None where this version cannot read it."""
        kept = entry.data if entry is not None and isinstance(entry.data, CaptureKept) else None
        at, there = logged.position, False
        while (row := self._ahead) is not None and row.position <= at:
            if row.position < at or kept is None:
                self._without_entry(row)
            else:
                there = True
                self._compare(row, kept)
            self._ahead = next(self._rows, None)
        if kept is None:
            return
        self.check.checked += 1
        redacted = self._redactions.is_redacted(logged, BYTES)
        if there and redacted:
            says = f"Position {at:,}: its bytes are here, though the log says that they were "
            self.check.find(Fault.TEXT_STILL_HELD, at, f"{says}redacted.")
        elif not there and not redacted:
            says = f"Position {at:,} (entry {logged.id}): its bytes are not there, and no redaction"
            self.check.find(Kind.CAPTURE_MISSING, at, f"{says} says why.")

    def end(self) -> None:
        """Find what is left after the last entry."""
        while self._ahead is not None:
            self._without_entry(self._ahead)
            self._ahead = next(self._rows, None)

    def _compare(self, row: CaptureRow, kept: CaptureKept) -> None:
        same = captures.commitment(StoredBytes(row.body, row.salt)) == kept.sha256
        if not same or len(row.body) != kept.length or (row.salt is not None) != kept.salted:
            self.check.find(
                Kind.CAPTURE_DIFFERS,
                row.position,
                f"Position {row.position:,}: the bytes are not those that were received.",
            )

    def _without_entry(self, row: CaptureRow) -> None:
        self.check.find(
            Kind.CAPTURE_WITHOUT_ENTRY,
            row.position,
            f"ledger.captures has bytes for position {row.position:,}, which keeps none.",
        )


@part("stores", "texts looked for", "in no table but ledger.texts")
def elsewhere(check: Check, conn: psycopg.Connection, compared: Collection[str]) -> None:
    """Look for a number of texts in every other table, except those that are compared with the log
    row by row. Each row is read as text, in which bytes are hex."""
    needles = _sample(conn)
    check.checked = len(needles)
    if not needles:
        check.not_checked = "there is no text of 24 letters to look for"
        return
    for schema, table in _other_tables(conn):
        if f"{schema}.{table}" in _MAY_HOLD_TEXT or f"{schema}.{table}" in compared:
            continue
        query = sql.SQL(
            "SELECT DISTINCT needle FROM {} AS t,"
            " LATERAL (SELECT (t.*)::text OFFSET 0) AS w (said), unnest(%s::text[]) AS needle"
            " WHERE strpos(w.said, needle) > 0"
            " OR strpos(w.said, encode(convert_to(needle, 'UTF8'), 'hex')) > 0"
        ).format(sql.Identifier(schema, table))
        try:
            with conn.transaction():
                found = conn.execute(query, [list(needles)]).fetchall()
        except psycopg.Error as error:
            check.fails(f"The rows of {schema}.{table}", error)
            continue
        for (needle,) in found:
            if not _is_plain_too(conn, needle):
                check.find(
                    Kind.TEXT_ELSEWHERE,
                    needles[needle],
                    f"{schema}.{table} holds words of a text of position {needles[needle]:,}, "
                    "so that redacting it would leave them there.",
                )


def _sample(conn: psycopg.Connection) -> dict[str, int]:
    """Return plain words of texts, spread over the log, with the position of each."""
    found: dict[str, int] = {}
    rows = conn.execute(
        """
        SELECT t.position, left(t.body, 4000)
          FROM generate_series(1, %(many)s) AS nth
          CROSS JOIN (SELECT coalesce(max(position), 0) AS head FROM ledger.texts) AS log
          CROSS JOIN LATERAL (
              SELECT position, body FROM ledger.texts
               WHERE position >= nth * log.head / %(many)s ORDER BY position, field LIMIT 1
          ) AS t
        """,
        {"many": LOOKED_FOR},
    ).fetchall()
    for position, body in rows:
        if plain := max(_PLAIN.findall(body), key=len, default=""):
            found.setdefault(plain.strip(), position)
    return found


def _other_tables(conn: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """List the tables that this role may read."""
    yield from conn.execute(
        """
        SELECT n.nspname, c.relname FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname <> 'information_schema'
           AND n.nspname !~ '^pg_'
           AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
         ORDER BY 1, 2
        """
    ).fetchall()


def _is_plain_too(conn: psycopg.Connection, needle: str) -> bool:
    """Return whether an entry holds these words in a plain field (a title), so that they are no
    text's."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM ledger.entries WHERE position(%s::bytea IN state) > 0)",
        [needle.encode()],
    ).fetchone()
    return row is not None and bool(row[0])
