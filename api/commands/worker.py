"""`worker`: the followers of the log, each led by one process."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import FrameType

import click

from api.commands import keys
from api.commands.context import (
    Context,
    Database,
    data_option,
    database,
    needs_log,
    notebook_file,
    opened,
    opened_by_sealer,
    passes,
)
from api.feeds import relay, webhooks
from api.feeds.relay import Relay
from api.feeds.webhooks import Webhooks
from ledger import diagnostics
from ledger.log.follower import Leader
from ledger.seal import sealer
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.settings import Settings
from projections.read_models import projector, tables
from projections.read_models.patrol import Patrol

GIVE_UP_SECONDS = 4.0
"""Followers have so many seconds to end, whatever they wait for."""
_TO_END = (signal.SIGTERM, signal.SIGINT)

Handler = Callable[[int, FrameType | None], None]


def secret_kept(settings: Settings) -> str | None:
    """Return the key that is set, or that is in the data directory already; None if there is
    neither. Make no key."""
    path = settings.data / "secret.key"
    if settings.secret_key or not path.is_file():
        return settings.secret_key
    return path.read_text(encoding="utf-8").strip()


FOLLOWERS = {tables.PROJECTOR, sealer.NAME, webhooks.NAME, relay.NAME}


def followers_of(settings: Settings) -> set[str]:
    """Return the followers that run by default: all, but the relay only if it has a broker."""
    return FOLLOWERS if settings.nats_url is not None else FOLLOWERS - {relay.NAME}


def named(only: str) -> set[str]:
    """Return the followers that are named, separated by commas. Raises UsageError."""
    wanted = set(only.split(","))
    if unknown := wanted - FOLLOWERS:
        raise click.UsageError(f"There is no follower {', '.join(sorted(unknown))}.")
    return wanted


@click.command()
@click.option("--only", help="Only these, separated by commas: projector, sealer, webhooks, relay.")
@data_option
@passes
def worker(here: Context, only: str | None) -> None:
    """Run the followers of the log. One process leads each; another takes over when it ends.

    The relay is among them if ANSWERABLE_NATS_URL is set. The sealer uses
    ANSWERABLE_SEALER_DATABASE_URL if it is set; alone it needs no other URL.
    """
    wanted = named(only) if only else followers_of(here.settings)
    if relay.NAME in wanted:
        relay.can_relay(here.settings)
    alone = wanted == {sealer.NAME} and here.settings.sealer_database_url is not None
    if not alone:
        needs_log(here.settings)
    stop = threading.Event()
    giving_up = threading.Timer(GIVE_UP_SECONDS, _give_up)
    giving_up.daemon = True
    end = told_to_end(stop, giving_up)
    found = _by_sealer_alone(here.settings) if alone else database(here.settings)
    with on_stop(end), found as place:
        if wanted != {sealer.NAME}:
            _names_its_log(here.settings, place)
        with ExitStack() as closing:
            leaders = [_leader(name, here.settings, place, closing) for name in sorted(wanted)]
            if tables.PROJECTOR in wanted:
                leaders.append(Patrol(place.url))
            signal.signal(signal.SIGTERM, end)
            threads = [threading.Thread(target=leader.run, args=[stop]) for leader in leaders]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        giving_up.cancel()


def told_to_end(stop: threading.Event, giving_up: threading.Timer) -> Handler:
    """Return the handler of a signal to end. It sets `stop` and starts `giving_up`, once. From then
    on signals to end are ignored: one that came while `stop` is being set would wait for itself."""

    def end(signum: int, frame: FrameType | None) -> None:
        for number in _TO_END:
            signal.signal(number, signal.SIG_IGN)
        if not stop.is_set():
            stop.set()
            giving_up.start()

    return end


def _give_up() -> None:
    """End this process, as it was told to, although its followers still wait for an answer. Nothing
    is lost: a follower goes on from its position, as after any crash."""
    diagnostics.warning("ended while something did not answer", seconds=GIVE_UP_SECONDS)
    os._exit(0)  # with 1 a service manager would say that it failed


def _by_sealer_alone(settings: Settings) -> AbstractContextManager[Database]:
    """Return the database by the sealer's login, for a process that only seals."""
    url = settings.sealer_database_url
    assert url is not None
    return nullcontext(Database(url, url, url, embedded=False))


@contextmanager
def on_stop(end: Handler) -> Iterator[None]:
    """Handle SIGTERM and Ctrl-C by a function meanwhile."""
    before = {number: signal.signal(number, end) for number in _TO_END}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _names_its_log(settings: Settings, place: Database) -> None:
    with opened(place) as log:
        settings.must_name(log.service().keys.origin)


def _leader(name: str, settings: Settings, place: Database, closing: ExitStack) -> Leader:
    """Return a follower, ready to run. Its resources are closed with `closing`."""
    if name == webhooks.NAME:
        log = closing.enter_context(opened(place))
        return Webhooks(
            place.url,
            log,
            settings.origin,
            secret_kept(settings),
            settings.inside,
            address=settings.address,
        )
    if name == relay.NAME:
        log = closing.enter_context(opened(place))
        return Relay(place.url, log, settings)
    if name == tables.PROJECTOR:
        return projector.follower(place.url)
    with opened_by_sealer(place.sealer_url) as log:
        keys.first(settings, log)
    notebook = Notebook(notebook_file(settings), settings.origin)
    try:
        return Sealer(place.sealer_url, notebook, keys.key_file(settings))
    except BaseException:
        notebook.close()  # it cannot be read
        raise
