"""The schemas of read models: creates, vacuums, moves and drops their tables and indexes, and tells
their shape."""

import hashlib
from importlib.resources import files

import psycopg
from psycopg import sql

from projections.read_models.tables import FORMER, NAMES, PROJECTOR, SCHEMA

NOTED = "reports"
"""The table whose comment gives the position up to which the tables are being built."""
MEMORY = "128MB"
"""The memory for sorting one index: enough for a million rows."""


def create(conn: psycopg.Connection, schema: str = SCHEMA, *, indexed: bool = True) -> None:
    """Create the read models' tables, empty, in an existing schema (inside a transaction). With
    `indexed=False` the indexes are built later, once the rows are there."""
    ddl = files("projections").joinpath("read_models/schema.sql").read_bytes()
    conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    conn.execute(ddl)
    conn.execute(sql.SQL("COMMENT ON TABLE responses IS {}").format(sql.Literal(shape())))
    conn.execute("SET LOCAL search_path = DEFAULT")
    if indexed:
        for statement in index_statements():
            build_index(conn, schema, statement)
    else:  # autovacuum leaves them alone until `settle`
        for table in NAMES:
            name = sql.Identifier(schema, table)
            conn.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(name))


def prepare(conn: psycopg.Connection) -> None:
    """Make sure that the tables exist in this version's shape. Else make them anew, empty, and
    start from the beginning of the log."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(20170504)")
        if not are_ours(conn):
            drop(conn, SCHEMA)
            create(conn)
            conn.execute("DELETE FROM follow.positions WHERE name = %s", [PROJECTOR])
            row = conn.execute("SELECT max(position) FROM ledger.entries").fetchone()
            say_being_built(conn, (row and row[0]) or 0)


def settle(conn: psycopg.Connection, schema: str) -> None:
    """Vacuum and analyse full tables, so that the planner knows them, and let autovacuum have them
    again."""
    for table in NAMES:
        name = sql.Identifier(schema, table)
        conn.execute(sql.SQL("VACUUM (ANALYZE) {}").format(name))
        conn.execute(sql.SQL("ALTER TABLE {} RESET (autovacuum_enabled)").format(name))


def drop(conn: psycopg.Connection, schema: str) -> None:
    """Drop the read models' tables of a schema, if they exist."""
    for table in (*NAMES, *FORMER):
        name = sql.Identifier(schema, table)
        conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))


def move(conn: psycopg.Connection, source: str, to: str) -> None:
    """Move the read models' tables from one schema to another (inside a transaction)."""
    for table in NAMES:
        conn.execute(
            sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(
                sql.Identifier(source, table), sql.Identifier(to)
            )
        )


def are_there(conn: psycopg.Connection, schema: str = SCHEMA) -> bool:
    """Return whether any table of the read models exists, in whatever shape."""
    return any(
        conn.execute("SELECT to_regclass(%s)", [f"{schema}.{table}"]).fetchone() != (None,)
        for table in NAMES
    )


def are_ours(conn: psycopg.Connection, schema: str = SCHEMA) -> bool:
    """Return whether the read models' tables exist in the shape that this version reads."""
    row = conn.execute(
        "SELECT obj_description(to_regclass(%s), 'pg_class')", [f"{schema}.responses"]
    ).fetchone()
    return row is not None and row[0] == shape()


_BEING_BUILT = "being built up to position "


def say_being_built(conn: psycopg.Connection, upto: int) -> None:
    """Record in a comment on new tables the position up to which they are being built (inside a
    transaction)."""
    conn.execute(
        sql.SQL("COMMENT ON TABLE {} IS {}").format(
            sql.Identifier(SCHEMA, NOTED), sql.Literal(f"{_BEING_BUILT}{upto}")
        )
    )


def being_built_up_to(conn: psycopg.Connection) -> int | None:
    """Return the position up to which the live tables were to be built: 0 if `rebuild` made them.
    Return None if there are none of this version."""
    if not are_ours(conn):
        return None
    row = conn.execute(
        "SELECT obj_description(to_regclass(%s), 'pg_class')", [f"{SCHEMA}.{NOTED}"]
    ).fetchone()
    noted = (row and row[0]) or ""
    return int(noted.removeprefix(_BEING_BUILT)) if noted.startswith(_BEING_BUILT) else 0


def shape() -> str:
    """Return the shape of the read models as a hash: of their tables, their states, and the code
    that judges a response. Rows of another shape are built anew."""
    here = files("projections")
    names = (
        "read_models/schema.sql",
        "read_models/indexes.sql",
        "read_models/tables.py",
        "read_models/segments.py",
        "read_models/improvements.py",
        "states/values.py",
        "states/report.py",
        "states/response.py",
        "states/office.py",
        "verdict/compliance.py",
        "verdict/silence.py",
    )
    shapes = (here.joinpath(name).read_bytes() for name in names)
    return hashlib.sha256(b"".join(shapes)).hexdigest()


def index_statements() -> list[str]:
    """Return the statements of indexes.sql, one for each index."""
    lines = files("projections").joinpath("read_models/indexes.sql").read_text("utf-8").splitlines()
    said = "\n".join(line for line in lines if not line.startswith("--"))
    return [one.strip() for one in said.split(";") if one.strip()]


def build_index(conn: psycopg.Connection, schema: str, statement: str) -> None:
    """Build one index of the tables of a schema, on one processor."""
    with conn.transaction():
        conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        conn.execute(sql.SQL("SET LOCAL maintenance_work_mem = {}").format(sql.Literal(MEMORY)))
        conn.execute("SET LOCAL max_parallel_maintenance_workers = 0")
        conn.execute(statement.encode())
        conn.execute("SET LOCAL search_path = DEFAULT")
