"""Show a whole country, made up: ten years of reports and answers up to yesterday.

make demo # in ./demo, on http://127.0.0.1:8000 python -m bench.demo --data DIR --port 8001 #
elsewhere; what `answerable run` takes

The country has a log and a database of its own. They are made the first time, in about a minute.
Each page says that it is made up, and nothing of it is ever mixed with real entries.
"""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from api.commands.context import progress_bar, stoppable
from bench import country
from ledger.application import Ledger
from ledger.clock import now
from ledger.dates import london_date
from ledger.errors import AnswerableError, Refused
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.embedded import embedded
from ledger.postgres.migrate import migrate
from ledger.settings import Settings
from projections.read_models import schemas, tables
from projections.read_models.rebuild import rebuild

YEARS = timedelta(days=3652)
"""How long the country lasts: ten years."""
_OTHER_DATABASES = ("DATABASE_URL", "SEALER_DATABASE_URL", "MIGRATE_DATABASE_URL")


def main() -> None:
    """Make the country, once, and become `answerable run` on it."""
    parser = argparse.ArgumentParser(prog="python -m bench.demo", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("demo"), help="its directory (./demo)")
    asked, more = parser.parse_known_args()
    try:
        with stoppable(), embedded(asked.data) as place:
            make(place.owner_url)
    except AnswerableError as error:
        sys.exit(error.sentence)
    print(f"country    made up, in {asked.data}: nothing in it happened", flush=True)
    environment = dict(os.environ)
    for name in _OTHER_DATABASES:
        environment.pop(f"ANSWERABLE_{name}", None)
    environment.setdefault("ANSWERABLE_ORIGIN", f"{Settings.origin}-demo")
    command = [sys.executable, "-m", "api", "run", "--data", str(asked.data), *more]
    os.execve(sys.executable, command, environment)


def make(url: str) -> None:
    """Make the country and its read models in a new database. Do nothing if that is done already.

    Raise Refused if another log is there, or a country that was not finished.
    """
    with connect_owner(url) as owner:
        country.put_back(owner)
        migrate(owner)
    with pool(url, max_size=2) as connections:
        service = Ledger(connections, url).service()
    if not service.version:
        ends = london_date(now()) - timedelta(days=1)
        country.make(url, begins=ends - YEARS, ends=ends, progress=progress_bar("days"))
    elif not service.synthetic:
        raise Refused(
            "not-beside-real-ones",
            "There is a log in this directory that is not made up: name another, with --data.",
        )
    elif not country.is_finished(service):
        raise Refused(
            "not-finished",
            "The country in this directory was not finished: delete the directory, and begin anew.",
        )
    fill(url, progress_bar("read models"))


def fill(url: str, report: Callable[[int, int], None]) -> None:
    """Build the read models report by report, which takes less time than following the log.

    Read models that are there already stay as they are.
    """
    with connect(url, autocommit=True) as conn:
        schemas.prepare(conn)
        if conn.execute("SELECT FROM projections.recommendations LIMIT 1").fetchone() is not None:
            return
        conn.execute(
            "INSERT INTO follow.positions (name, position)"
            " SELECT %s, max(position) FROM ledger.entries"
            " ON CONFLICT (name) DO UPDATE SET position = excluded.position",
            [tables.PROJECTOR],
        )
    rebuild(url, report)


if __name__ == "__main__":
    main()
