"""`worker`: the followers of the log, which read it and do their work after it."""

import signal
import threading
from types import FrameType

import click

from api.commands import keys
from api.commands.context import Context, Database, data_option, database, needs_log, passes
from ledger.application import Ledger
from ledger.log.follower import Leader
from ledger.postgres.connections import connect, pool
from ledger.seal import sealer
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.settings import Settings
from projections.tables import projector

FOLLOWERS = {projector.NAME, sealer.NAME}


@click.command()
@click.option("--only", help="Only these followers, with commas between: projector, sealer.")
@data_option
@passes
def worker(here: Context, only: str | None) -> None:
    """The followers of the log. One process leads each; another takes over when it ends."""
    wanted = set(only.split(",")) if only else FOLLOWERS
    if unknown := wanted - FOLLOWERS:
        raise click.UsageError(f"There is no follower {', '.join(sorted(unknown))}.")
    needs_log(here.settings)
    stop = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with database(here.settings) as place:
        _names_its_log(here.settings, place)
        leaders = [_leader(name, here.settings, place) for name in sorted(wanted)]
        signal.signal(signal.SIGTERM, end)
        threads = [threading.Thread(target=leader.run, args=[stop]) for leader in leaders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _names_its_log(settings: Settings, place: Database) -> None:
    with pool(place.url, max_size=2) as connections:
        settings.must_name(Ledger(connections, place.url).service().keys.origin)


def _leader(name: str, settings: Settings, place: Database) -> Leader:
    """A follower, ready to run."""
    if name == projector.NAME:
        with connect(place.url, autocommit=True) as conn:
            projector.prepare(conn)
        return projector.follower(place.url)
    with pool(place.url, max_size=2) as connections:
        keys.first(settings, Ledger(connections, place.url))
    notebook = Notebook(settings.data / "sealer" / "notebook.sqlite", settings.origin)
    try:
        return Sealer(place.url, notebook, keys.key_file(settings))
    except BaseException:
        notebook.close()  # it cannot be read
        raise
