"""What lies beside the log: requests, and no text anywhere else."""

import re
from collections.abc import Callable, Collection, Iterator

import psycopg
from psycopg import sql

from ledger.audit.findings import Check, Kind, part

LOOKED_FOR = 50
"""So many texts are looked for elsewhere, spread over the log."""
_PLAIN = re.compile(r"[A-Za-z ]{24,80}")
"""Words that every store spells alike, whatever it escapes."""
_MAY_HOLD_TEXT = frozenset({"ledger.texts", "ledger.captures", "ledger.entries"})


@part("requests", "requests", "each made entries of its account, that stand together")
def requests(check: Check, conn: psycopg.Connection, knows: Callable[[str], bool]) -> None:
    """Each request kept under an idempotency key made entries of one command of its account, which
    is one of the log (`knows`), and no other request made the same.

    Else somebody who repeats it would be answered with what another recorded.
    """
    count = conn.execute("SELECT count(*) FROM ledger.requests").fetchone()
    check.checked = count[0] if count else 0
    with conn.cursor("audit_requests") as cursor:
        cursor.execute(
            """
            SELECT r.account, r.key, r.first_position, r.last_position,
                   r.first_position <= r.last_position AND octet_length(r.fingerprint) = 32
                   AND (r.first_position > max(r.last_position) OVER (
                       ORDER BY r.first_position, r.last_position
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) IS NOT FALSE
                   AND (SELECT count(*) = r.last_position::numeric - r.first_position + 1
                               AND min(e.recorded_at) = max(e.recorded_at)
                          FROM ledger.entries e
                         WHERE e.position BETWEEN r.first_position AND r.last_position
                           AND position(convert_to(format('"recorded_by":%s,', to_json(r.account)),
                                                   'UTF8') IN e.state) > 0)
              FROM ledger.requests r ORDER BY r.first_position, r.last_position
            """
        )
        for account, key, first, last, fits in cursor:
            if fits and knows(account):
                continue
            check.find(
                Kind.REQUEST_DIFFERS,
                first,
                f"The request “{key}” of {account} says that it made positions {first:,} to "
                f"{last:,}, which no command of that account did.",
            )


@part("stores", "texts looked for", "in no table but ledger.texts")
def elsewhere(check: Check, conn: psycopg.Connection, compared: Collection[str]) -> None:
    """Texts are in no other store: a number of them are looked for in every other table, but those
    that are compared with the log row by row. Each row is taken as text, in which bytes are hex."""
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
    """Plain words of texts, spread over the log, with the position of each."""
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
    """The tables that this role may read."""
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
    """Whether an entry says these words in a plain field (a title), so that they are no text's."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM ledger.entries WHERE position(%s::bytea IN state) > 0)",
        [needle.encode()],
    ).fetchone()
    return row is not None and bool(row[0])
