"""Write docs/reference/who-may.md by trying every act on a log: python -m tests.who_may"""

from pathlib import Path

import psycopg

from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import migrate
from tests.api import site as sites
from tests.servers import temporary_server
from tests.who_may.page import page, tried
from tests.who_may.scene import played

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "who-may.md"


def main() -> None:
    with temporary_server() as running:
        with psycopg.connect(running.owner_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE who_may")
        url = running.url("who_may")
        with connect_owner(url) as owner:
            migrate(owner)
        with sites.founding(url) as tokens:
            pass
        with (
            sites.opened(url, tokens) as opened,
            sites.by_its_clock(opened) as site,
            played(site) as scene,
        ):
            PAGE.write_text(page(tried(scene)), encoding="utf-8")


if __name__ == "__main__":
    main()
