"""Writes down what the migrations make of a database: `python -m tests.audit.catalogue`."""

from pathlib import Path

from ledger.audit import guards
from ledger.postgres.connections import connect, connect_owner
from ledger.postgres.migrate import migrate
from tests.servers import temporary_server

if __name__ == "__main__":
    with temporary_server() as running:
        with connect_owner(running.owner_url) as owner:
            migrate(owner)
        with connect(running.owner_url) as conn:
            made = guards.written(guards.catalogue(conn))
    (Path(guards.__file__).parent / "catalogue.tsv").write_text(made, "utf-8")
