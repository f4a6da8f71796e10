"""Write docs/reference/states.md by trying every act on a ledger: python -m tests.states"""

from pathlib import Path

import psycopg

from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import migrate
from tests.api import site as sites
from tests.servers import temporary_server
from tests.states.page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "states.md"


def main() -> None:
    with temporary_server() as running:
        with psycopg.connect(running.owner_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE states")
        url = running.url("states")
        with connect_owner(url) as owner:
            migrate(owner)
        with sites.founding(url) as tokens:
            pass
        with sites.opened(url, tokens) as opened, sites.by_its_clock(opened) as site:
            PAGE.write_text(page(site), encoding="utf-8")


if __name__ == "__main__":
    main()
