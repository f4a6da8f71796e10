"""The guards in the database: everything in the migrations' schemas, the privileges there, and the
settings that switch guards off.

They are compared with catalogue.tsv, which keeps what the migrations make; a test compares that
file with a database that was just migrated (`python -m tests.audit.catalogue` writes it anew). A
guard that was changed or taken away shows that somebody could change the record. A guard that was
put back again shows nothing: the entries themselves are compared with what was signed.
"""

from collections.abc import Iterator
from importlib.resources import files

import psycopg

from ledger.audit.findings import Check, Kind, part
from ledger.postgres.connections import OWNER_ROLE

Catalogue = dict[tuple[str, str], str]
"""The properties of the database, by the thing and its property, both in words."""
_QUERY = files("ledger.audit") / "catalogue.sql"
_KEPT = files("ledger.audit") / "catalogue.tsv"
_HASHED = {"body", "query", "words"}
"""Properties that are kept as a hash, which says nothing to a reader."""


@part("guards", "properties of the database", "all as the migrations have them")
def guards(check: Check, conn: psycopg.Connection) -> None:
    """Check that the database is what the migrations make, and that nothing interferes with a
    table."""
    wanted, there = expected(), catalogue(conn)
    check.checked = len(wanted)
    things = {one for one, _ in wanted}, {one for one, _ in there}
    named: set[str] = set()
    for thing, what in sorted(wanted.keys() | there.keys()):
        ought, found = wanted.get((thing, what)), there.get((thing, what))
        if ought == found:
            continue
        if thing in named:
            continue
        if thing not in things[0] & things[1]:  # gone or added as a whole
            named.add(thing)
        kind, says = _difference(things, thing, what, ought, found)
        is_name = "." in says.partition(" ")[0]
        check.find(kind, 0, says if is_name else says[0].upper() + says[1:])
    for table, what in _in_the_way(conn):
        check.find(
            Kind.GUARD_CHANGED,
            0,
            f"{table} has {what}, which no migration made: what is written or read may not be what "
            "is there. Take it away, and look at every other finding.",
        )
    check.holds += _who_owns(conn)


def _difference(
    things: tuple[set[str], set[str]], thing: str, what: str, ought: str | None, found: str | None
) -> tuple[Kind, str]:
    """Return what a difference is, in a sentence. `things` are the expected ones, and those that
    are there."""
    again = "Put it back as the migrations have it, and look at every other finding."
    away = "Take it away, and look at every other finding."
    if thing not in things[1]:
        return Kind.GUARD_MISSING, f"{thing} is gone. {again}"
    if thing not in things[0]:
        shown = "" if what in _HASHED else f" ({what}: {found})"
        return Kind.GUARD_CHANGED, f"{thing}{shown} is made by no migration. {away}"
    if found == "switched off":
        return Kind.GUARD_MISSING, f"{thing} is switched off. {again}"
    if found is None:
        return Kind.GUARD_MISSING, f"{thing} has lost this: {what}, {ought}. {again}"
    if ought is None:
        return Kind.GUARD_CHANGED, f"{thing}: {what}, {found}, which no migration made. {away}"
    if what in _HASHED:
        are = "are not those" if what == "words" else "is not that"
        return Kind.GUARD_CHANGED, f"the {what} of {thing} {are} of the migrations. {again}"
    differs = f"its {what} is “{found}”, not “{ought}”"
    return Kind.GUARD_CHANGED, f"{thing} is not as the migrations have it: {differs}. {again}"


def catalogue(conn: psycopg.Connection) -> Catalogue:
    """Read what stands in the schemas of a database, within a transaction."""
    conn.execute("SAVEPOINT catalogue")
    try:
        conn.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        rows = conn.execute(_QUERY.read_bytes()).fetchall()
    finally:
        conn.execute("ROLLBACK TO SAVEPOINT catalogue")  # with the search_path
    found: Catalogue = {}
    for thing, what, how in rows:  # several may have one name: join them
        before = found.get((thing, what))
        found[thing, what] = how if before is None else f"{before}; {how}"
    return found


def expected() -> Catalogue:
    """Read what the migrations make."""
    rows = (line.split("\t") for line in _KEPT.read_text("utf-8").splitlines())
    return {(thing, what): how for thing, what, how in rows}


def written(found: Catalogue) -> str:
    """Write a catalogue in the form of the file that keeps it."""
    return "".join(f"{thing}\t{what}\t{how}\n" for (thing, what), how in sorted(found.items()))


def _in_the_way(conn: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Find what interferes with a read model's table.

    A rule or a policy may show other rows to another role. A trigger or a foreign key may change
    what is written. A comment may hold a text. A view in a table's place has a rule as well.
    """
    yield from conn.execute(
        """
        SELECT n.nspname || '.' || c.relname, w.what
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL (
              SELECT 'a rewrite rule ' || r.rulename AS what
                FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid
              UNION ALL SELECT 'row security' WHERE c.relrowsecurity
              UNION ALL SELECT 'a trigger ' || t.tgname
                FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
              UNION ALL SELECT 'a foreign key ' || k.conname || ' of ' || k.conrelid::regclass
                FROM pg_catalog.pg_constraint k
               WHERE k.contype = 'f' AND c.oid IN (k.confrelid, k.conrelid)
              UNION ALL SELECT DISTINCT 'a comment'
                FROM pg_catalog.pg_description d
               WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid
                 AND NOT (d.objsubid = 0 AND c.relname IN ('responses', 'reports')
                          -- of which shape the tables are, and up to where they are built
                          AND d.description ~
                              '^([0-9a-f]{1,64}|being built up to position [0-9]{1,16})$')
              UNION ALL SELECT 'no rows of its own' WHERE c.relkind NOT IN ('r', 'i', 'v')
              UNION ALL SELECT 'an index that is not valid, ' || i.indexrelid::regclass
                FROM pg_catalog.pg_index i
               WHERE i.indrelid = c.oid AND NOT (i.indisvalid AND i.indisready)
          ) w
         WHERE n.nspname IN ('projections', 'projections_next') ORDER BY 1, 2
        """
    ).fetchall()


def _who_owns(conn: psycopg.Connection) -> str:
    """Name who may act as the owner, and so take a guard away. No table says whether they
    should."""
    rows = conn.execute(
        """
        WITH RECURSIVE acting AS (
            SELECT member FROM pg_auth_members WHERE roleid = to_regrole(%s) UNION
            SELECT m.member FROM acting a JOIN pg_auth_members m ON m.roleid = a.member
        )
        SELECT pg_get_userbyid(member)::text FROM acting ORDER BY 1 LIMIT 20
        """,
        [OWNER_ROLE],
    ).fetchall()
    names = ", ".join(name for (name,) in rows)
    return f"; who may take them away, superusers beside: {names or 'nobody'}"
