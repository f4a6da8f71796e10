"""`run`: the database, the followers and the web server, each a process of its own."""

import errno
import gc
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import click

from api.commands import keys
from api.commands.context import (
    Context,
    Database,
    data_option,
    database,
    opened,
    passes,
    prepare,
    stoppable,
)
from api.commands.worker import followers_of
from api.feeds import relay
from ledger.application import Ledger
from ledger.errors import AnswerableError, Refused
from ledger.postgres.connections import check_capacity, connect
from ledger.seal import sealer
from ledger.settings import LOOPBACK, Settings
from ledger.verify.report import shown
from projections.read_models import tables

EXAMPLES = Path(__file__).parents[2] / "examples"
STOP_SECONDS = 5
"""A part of the service that does not end within so many seconds is killed."""
START_SECONDS = 60
"""A start fails if no follower moves for so many seconds."""
SEAL_SECONDS = 15
"""A start waits so many seconds for the seal. A held or stuck sealer does not stop it."""


class CannotRun(AnswerableError):
    """The service did not start, or a part of it ended by itself."""


_host = click.option("--host", help="The address to listen on (ANSWERABLE_HOST, 127.0.0.1).")
_port = click.option(
    "--port", type=click.IntRange(1, 65535), help="The port (ANSWERABLE_PORT, 8000)."
)


@click.command()
@_host
@_port
@click.option("--sample", is_flag=True, help="Record the samples first, once.")
@data_option
@passes
def run(here: Context, host: str | None, port: int | None, sample: bool) -> None:
    """Start everything: database, schema, followers and web. Ctrl-C stops it all."""
    settings = _listening(here.settings, host, port)
    with database(settings) as place:
        if place.embedded:
            click.echo(f"database   embedded, in {settings.data}: for trying out, not production")
        prepare(place, settings)
        _serve(settings, place, sample=sample)


def _listening(settings: Settings, host: str | None, port: int | None) -> Settings:
    """Return the settings with the address that the web server listens on. Raise CannotRun if it
    can't."""
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    _can_listen(settings)
    return settings


def _serve(settings: Settings, place: Database, *, sample: bool) -> None:
    """Run the followers and the web on a prepared database, until Ctrl-C."""
    if settings.nats_url is not None:
        relay.can_relay(settings)
    settings = replace(settings, database_url=place.url)
    with connect(place.url) as conn:
        check_capacity(conn, settings)
    with opened(place) as log:
        keys.ensure(settings, log)
        settings = replace(settings, secret_key=_secret(settings))
        if sample:
            _samples(log)
    settings, signing_in = _signing_in(settings, place)
    with stoppable(), _children(settings) as children, signing_in:
        reasons = _wait_until_up(settings, children)
        _greet(settings, reasons)
        _watch(children)


def _signing_in(
    settings: Settings, place: Database
) -> tuple[Settings, AbstractContextManager[object]]:
    """Return the settings with a sign-in provider for trials, if none is set, and the context in
    which it answers. It is there only beside the embedded database, and only if the service listens
    on this machine's own address."""
    if settings.oidc_issuer or not place.embedded or settings.host not in LOOPBACK:
        return settings, nullcontext()
    from api.commands import stub_provider  # not needed if a provider is set

    stub = stub_provider.StubProvider(settings.address, lambda: opened(place))
    answering = stub_provider.listening(stub)
    settings = replace(
        settings,
        oidc_issuer=stub.issuer,
        oidc_client_id=stub_provider.CLIENT,
        oidc_account_claim=stub_provider.CLAIM,
    )
    return settings, answering


def _can_listen(settings: Settings) -> None:
    """Raise CannotRun, before anything is started, if the web server could not listen."""
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        why = "another program does" if error.errno == errno.EADDRINUSE else error.strerror
        raise CannotRun(
            f"{where} cannot be listened on: {why}. Nothing was started. Stop that, or choose "
            "another address: `answerable run --port 8001`."
        ) from None


def _samples(log: Ledger) -> None:
    """Record the samples that are not in the log yet, and list them. Leave them out if the log
    holds real reports."""
    from api.commands import samples  # reading pages takes a fifth of a start's imports

    try:
        for says, recorded in samples.record(log, EXAMPLES):
            if recorded:
                many = "entry" if recorded == 1 else "entries"
                click.echo(f"sample     {says}: {recorded} {many}")
    except Refused as error:
        if error.rule != "not-beside-real-ones":
            raise
        click.echo(f"sample     left out. {error.sentence}")


def _secret(settings: Settings) -> str:
    """Return the key that signs sessions and makes the secrets of webhooks. It is set, or made once
    and kept in the data directory."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data / "secret.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text(encoding="utf-8").strip()


@contextmanager
def _children(settings: Settings) -> Iterator[dict[str, BaseProcess]]:
    """Run the followers and the web server as processes of their own, and stop them at the end.

    They are forked from this process, which has no thread and no connection by then. So its modules
    are imported once and shared in memory. Each process does the same as its own command.
    """
    answerable = click.get_current_context().find_root().command.main
    parts: dict[str, Callable[[], object]] = {
        name: partial(answerable, ["worker", "--only", name], "answerable")
        for name in sorted(followers_of(settings))
    }
    parts["web"] = partial(_web, f"{settings.host}:{settings.port}")
    environment = _environment(settings)
    children: dict[str, BaseProcess] = {}
    gc.freeze()  # garbage collection would copy shared memory
    try:
        for name, part in parts.items():
            children[name] = get_context("fork").Process(
                target=_apart, args=[os.getpid(), name, environment, part]
            )
            children[name].start()
        yield children
    finally:
        for child in children.values():
            if _ended(child) is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children.values():
            while _ended(child) is None:
                if time.monotonic() > deadline:
                    child.kill()
                time.sleep(0.01)


def _apart(
    parent: int, name: str, environment: Mapping[str, str], part: Callable[[], object]
) -> None:
    """Run a part of the service in its forked process, as if it had been started by itself, under a
    name of its own."""
    os.setsid()  # Ctrl-C is for `answerable run`, which stops its parts
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform == "linux":
        import ctypes

        death_signal, name_is = 1, 15
        ctypes.CDLL(None).prctl(name_is, name.encode())
        # It ends when its parent is killed, so that nothing is left running.
        ctypes.CDLL(None).prctl(death_signal, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(1)
    os.environ.update(environment)
    part()


def _web(address: str) -> None:
    """Run the web server, gunicorn, as its own command would."""
    from gunicorn.app.wsgiapp import run as gunicorn

    sys.argv = [
        *("gunicorn", "api.app:create_app()", "--config", "python:api.web", "--bind", address),
        *("--log-level", "warning", "--no-control-socket"),
    ]
    gunicorn(prog="gunicorn")


def _environment(settings: Settings) -> Mapping[str, str]:
    given = {
        "DATABASE_URL": settings.database_url,
        "SEALER_DATABASE_URL": settings.sealer_database_url or "",  # not one of the caller's
        "SECRET_KEY": settings.secret_key,
        "DATA": str(settings.data.resolve()),
        "ORIGIN": settings.origin,
        "PUBLIC_URL": settings.address,
        "WEB_PROCESSES": str(settings.web_processes),
        "WEB_THREADS": str(settings.web_threads),
        "WEB_CONNECTIONS": str(settings.connections),
        "OIDC_ISSUER": settings.oidc_issuer,
        "OIDC_CLIENT_ID": settings.oidc_client_id,
        "OIDC_ACCOUNT_CLAIM": settings.oidc_account_claim,
    }
    return {
        **os.environ,
        **{f"ANSWERABLE_{name}": value for name, value in given.items() if value is not None},
    }


_NEEDED = {"migrations-missing", "read-models-being-built", "projector-not-led"}
"""The reasons for not being ready that a start always waits for."""
_AWAITED = {"not-sealed", "not-vouched", "sealer-not-led", "webhooks-not-led"}
"""The reasons that it waits for at most SEAL_SECONDS."""


def _wait_until_up(settings: Settings, children: Mapping[str, BaseProcess]) -> Sequence[str]:
    """Wait until the service is ready and has caught up. Return the reasons for not being ready
    that a start does not wait for, such as a held sealer."""
    address = f"http://{settings.host}:{settings.port}/readyz"
    begun = moved_at = time.monotonic()
    reached: object = None
    while time.monotonic() - moved_at < START_SECONDS:
        _all_alive(children)
        if (found := _readiness(address)) is not None:
            at = [(one["position"], one["held_why"]) for one in found["followers"]]
            if at != reached:  # building the read models of a long log takes minutes
                reached, moved_at = at, time.monotonic()
            reasons = {one["name"]: one["says"] for one in found["reasons"]}
            seal_too = time.monotonic() - begun < SEAL_SECONDS
            awaited = _NEEDED | _AWAITED if seal_too else _NEEDED
            if not reasons.keys() & awaited and _caught_up(found["followers"], seal_too):
                return list(reasons.values())
        time.sleep(0.02)
    raise CannotRun(f"The service is not ready, and for a minute nothing moved: see {address}.")


def _readiness(address: str) -> Any:
    """Return the answer of `/readyz`, ready or not; None if nobody answers."""
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 (our own)
            return json.load(answer)
    except HTTPError as error:
        with error:
            found = json.load(error)
        return found if "reasons" in found else None
    except (URLError, OSError):
        return None


def _caught_up(followers: Sequence[Mapping[str, Any]], seal_too: bool) -> bool:
    """Return whether the read models are at the log's end; and, with `seal_too`, whether the seal
    is, or is held."""
    there = {one["name"]: one for one in followers}
    seal, models = there.get(sealer.NAME), there.get(tables.PROJECTOR)
    sealed = seal is not None and (seal["lag"] == 0 or seal["held_at"] is not None)
    return models is not None and models["lag"] == 0 and (sealed or not seal_too)


def _greet(settings: Settings, reasons: Sequence[str]) -> None:
    for says in reasons:
        click.echo(f"not ready  {shown(says)}")
    click.echo(f"log        {settings.origin}")
    click.echo(f"key        {keys.read(settings).vkey}")
    click.echo("token      answerable token create --name me --scope admin")
    click.echo("stop       Ctrl-C")
    click.echo(f"open       http://{settings.host}:{settings.port}/")


def _watch(children: Mapping[str, BaseProcess]) -> None:
    """Wait until Ctrl-C, or until a part ends by itself."""
    try:
        while True:
            _all_alive(children)
            time.sleep(0.2)
    except KeyboardInterrupt:
        click.echo("\nstopping")


def _all_alive(children: Mapping[str, BaseProcess]) -> None:
    for name, child in children.items():
        if (code := _ended(child)) is not None:
            raise CannotRun(f"The {name} ended by itself (exit {code}); see above why.")


def _ended(child: BaseProcess) -> int | None:
    """Return the exit code of a process that has ended, or None. Block Ctrl-C and SIGTERM
    meanwhile: an exception between reading the code from the system and storing it would lose
    it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        return child.exitcode
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
