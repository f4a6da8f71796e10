"""What guards the log within the database: triggers and functions, as the migrations have them.

A guard that was changed or taken away shows that somebody could change what is recorded. One that
was put back since shows nothing: the entries themselves are compared with what was signed.
"""

import re
from collections.abc import Iterator

import psycopg

from ledger.audit.findings import Check, Kind
from ledger.migrate import migrations

_REFUSED = "FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()"
_ALL = f"BEFORE DELETE OR UPDATE OR TRUNCATE ON {{}} {_REFUSED}"
_CHANGES = f"BEFORE UPDATE OR TRUNCATE ON {{}} {_REFUSED}"
_DELETION = "BEFORE DELETE ON {} FOR EACH ROW EXECUTE FUNCTION ledger.refuse_deletion()"
_REDACT = (
    "AFTER INSERT ON {} FOR EACH ROW WHEN ((new.topic = 'text-redacted'::text)) "
    "EXECUTE FUNCTION ledger.redact()"
)
TRIGGERS = {
    ("entries", "append_only"): _ALL,
    ("entries", "redact"): _REDACT,
    ("texts", "append_only"): _CHANGES,
    ("texts", "redacted_only"): _DELETION,
    ("captures", "append_only"): _CHANGES,
    ("captures", "redacted_only"): _DELETION,
    ("requests", "append_only"): _ALL,
    ("checkpoints", "append_only"): _ALL,
    ("tiles", "append_only"): _ALL,
    ("cosignatures", "append_only"): _ALL,
    ("stamps", "append_only"): _ALL,
}
"""(table, trigger) of schema ledger, and what it does (001, 007, 008, 010)."""
_FUNCTION = re.compile(
    r"^CREATE (?:OR REPLACE )?FUNCTION (ledger\.\w+)\(.*?AS \$\$(.*?)\$\$;$", re.DOTALL | re.M
)


def guards(conn: psycopg.Connection) -> Check:
    """Triggers and functions of the log are there, on, and what they were; and no others are."""
    functions = _functions()
    says = "all there, on, and as the migrations have them"
    check = Check("guards", "triggers and functions", says)
    check.checked = len(TRIGGERS) + len(functions)
    _triggers(conn, check)
    _bodies(conn, check, functions)
    for table, what in _in_the_way(conn):
        check.find(
            Kind.GUARD_CHANGED,
            0,
            f"{table} has {what}, which no migration made: what is written or read may not be what "
            "is there. Take it away, and look at every other finding.",
        )
    return check


def _triggers(conn: psycopg.Connection, check: Check) -> None:
    there = {
        (table, name): (definition, enabled)
        for table, name, definition, enabled in conn.execute(
            """
            SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled = 'O'
              FROM pg_catalog.pg_trigger t
              JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
              JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace AND s.nspname = 'ledger'
             WHERE NOT t.tgisinternal
            """
        ).fetchall()
    }
    for (table, name), does in TRIGGERS.items():
        found = there.pop((table, name), None)
        wanted = f"CREATE TRIGGER {name} {does.format(f'ledger.{table}')}"
        if found is None:
            kind, ends = Kind.GUARD_MISSING, "is gone"
        elif not found[1]:
            kind, ends = Kind.GUARD_MISSING, "is switched off"
        elif found[0] != wanted:
            kind, ends = Kind.GUARD_CHANGED, "does something else"
        else:
            continue
        check.find(
            kind,
            0,
            f"The trigger {name} of ledger.{table} {ends}: somebody could change what is recorded, "
            "and may have. Put it back as the migrations have it.",
        )
    for table, name in sorted(there):
        check.find(
            Kind.GUARD_CHANGED,
            0,
            f"ledger.{table} has a trigger {name}, which no migration made: what is written may "
            "not be what was sent. Take it away, and look at every other finding.",
        )


def _bodies(conn: psycopg.Connection, check: Check, functions: dict[str, str]) -> None:
    missing = dict(functions)
    for name, body in conn.execute(
        """
        SELECT 'ledger.' || proname, prosrc FROM pg_catalog.pg_proc
         WHERE pronamespace = 'ledger'::regnamespace ORDER BY 1
        """
    ).fetchall():
        if missing.pop(name, None) != body:
            check.find(
                Kind.GUARD_CHANGED,
                0,
                f"The function {name} is not the one of the migrations: it may let through, or "
                "write, what it should not. Put it back, and look at every other finding.",
            )
    for name in missing:
        check.find(Kind.GUARD_MISSING, 0, f"The function {name} is gone: put it back.")


def _in_the_way(conn: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Tables that show or take rows by a rule or a policy: another role may see others.

    A view in a table's place has a rule as well.
    """
    yield from conn.execute(
        """
        SELECT n.nspname || '.' || c.relname, w.what
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL (
              SELECT 'a rewrite rule ' || r.rulename AS what
                FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid
                 AND NOT (n.nspname = 'ledger' AND c.relkind = 'v')
              UNION ALL SELECT 'row security' WHERE c.relrowsecurity
              UNION ALL SELECT 'an index that is not valid, ' || i.indexrelid::regclass
                FROM pg_catalog.pg_index i
               WHERE i.indrelid = c.oid AND NOT (i.indisvalid AND i.indisready)
          ) w
         WHERE n.nspname IN ('ledger', 'projections') ORDER BY 1, 2
        """
    ).fetchall()


def _functions() -> dict[str, str]:
    """The bodies of the functions in schema ledger, as the newest migration of each has them."""
    found: dict[str, str] = {}
    for one in migrations():
        found.update(_FUNCTION.findall(one.sql.decode()))
    return found
