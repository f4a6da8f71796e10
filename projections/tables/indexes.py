"""The indexes of the read models: what makes each, and how one is built."""

from importlib.resources import files

import psycopg
from psycopg import sql

MEMORY = "128MB"
"""For sorting one index: that of a million rows is then sorted in memory."""


def statements() -> list[str]:
    """What makes each index, in the words of indexes.sql."""
    lines = files("projections").joinpath("tables/indexes.sql").read_text("utf-8").splitlines()
    said = "\n".join(line for line in lines if not line.startswith("--"))
    return [one.strip() for one in said.split(";") if one.strip()]


def build(conn: psycopg.Connection, schema: str, statement: str) -> None:
    """Build one index of the tables of a schema, on one processor."""
    with conn.transaction():
        conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        conn.execute(sql.SQL("SET LOCAL maintenance_work_mem = {}").format(sql.Literal(MEMORY)))
        conn.execute("SET LOCAL max_parallel_maintenance_workers = 0")
        conn.execute(statement.encode())
        conn.execute("SET LOCAL search_path = DEFAULT")
