"""What every command has at hand: settings, and a database that is there for as long as needed.

What a ledger and a database need is imported with the first of them: half a second of work, which
a command that checks files or says how it is used does not do.
"""

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from ledger.errors import AnswerableError
from ledger.settings import Settings

if TYPE_CHECKING:
    from ledger.application import Ledger


@dataclass
class Context:
    """One invocation: its settings, and whether it answers in JSON."""

    settings: Settings
    json: bool = False

    def say(self, text: str) -> None:
        """A line for a person; nothing where the answer is JSON."""
        if not self.json:
            click.echo(text)

    def answer(self, body: Mapping[str, Any], text: str) -> None:
        """The command's answer: one JSON object, or text."""
        click.echo(json.dumps(body, ensure_ascii=False) if self.json else text)


passes = click.make_pass_decorator(Context)


def json_option(command: Any) -> Any:
    """`--json` after the command's name, as well as before it."""

    def set_json(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            context.ensure_object(Context).json = True

    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        expose_value=False,
        callback=set_json,
        help="Answer with one JSON object on standard output.",
    )(command)


def data_option(command: Any) -> Any:
    """`--data DIR`: the data directory, else ANSWERABLE_DATA, else ./data."""

    def set_data(context: click.Context, _: click.Parameter, value: Path | None) -> None:
        if value is not None:
            here = context.ensure_object(Context)
            here.settings = replace(here.settings, data=value)

    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        expose_value=False,
        callback=set_data,
        help="The data directory (ANSWERABLE_DATA, ./data).",
    )(command)


def with_context(command: Any) -> Any:
    """What a command of a log has: its Context, `--json` and `--data`."""
    return json_option(data_option(passes(command)))


def address_option(what: str) -> Any:
    """`--url U`: an address of the web. Wrong usage where it is none: it becomes a link."""

    def check(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
        from ledger.events import texts

        if given is not None and (fault := texts.why_unfit("url", given)):
            raise click.BadParameter(f"“{given[:200]}”: {fault}")
        return given

    return click.option("--url", callback=check, help=what)


def notebook_file(settings: Settings) -> Path:
    """Where the sealer keeps its notebook."""
    return settings.data / "sealer" / "notebook.sqlite"


@dataclass(frozen=True)
class Database:
    """The database's URLs: for the service, and for the owner who migrates it."""

    url: str
    owner_url: str
    embedded: bool


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """The configured database, or the embedded one of the data directory while it is needed."""
    if settings.database_url is not None:
        owner_url = settings.migrate_database_url or settings.database_url
        yield Database(settings.database_url, owner_url, embedded=False)
        return
    from ledger.postgres.embedded import embedded

    with stoppable(), embedded(settings.data, bin_dir=settings.pg_bin) as running:
        yield Database(running.owner_url, running.owner_url, embedded=True)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM into the exception that Ctrl-C is, so that what was started is stopped."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def prepare(here: Database) -> None:
    """Migrate an embedded database, and make the first entries of its log."""
    from ledger.postgres.connections import connect_owner
    from ledger.postgres.migrate import migrate

    with connect_owner(here.owner_url) as owner:
        migrate(owner)
    begin(here)


def begin(here: Database) -> bool:
    """Make the first entries of a log: whether it had none."""
    from ledger.acts.service import set_up
    from ledger.register import shipped_bodies, shipped_rules, shipped_successions
    from ledger.states.service import SETUP

    with opened(here) as log:
        return bool(
            log.record(
                SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions()
            ).entries
        )


@contextmanager
def opened(here: Database) -> Iterator["Ledger"]:
    """The ledger of a database, over a few connections."""
    from ledger.application import Ledger
    from ledger.postgres.connections import pool

    with pool(here.url, max_size=4) as connections:
        yield Ledger(connections, here.url)


class NoLog(AnswerableError):
    """The data directory holds no log, and this command does not begin one."""


def needs_log(settings: Settings) -> None:
    """NoLog where there is none: what asks one that is not there would answer from an empty one."""
    from ledger.postgres.embedded import begun

    if settings.database_url is None and not begun(settings.data):
        raise NoLog(
            f"There is no log in {settings.data}: name its directory with --data, or begin one "
            "with `answerable run`."
        )


@contextmanager
def ledger(settings: Settings, *, begins: bool = False) -> Iterator[tuple["Ledger", Database]]:
    """The ledger, ready to be used by a command. NoLog where there is none that it may begin."""
    if not begins:
        needs_log(settings)
    with database(settings) as here:
        if here.embedded:
            prepare(here)
        with opened(here) as log:
            yield log, here


def progress_bar(label: str) -> Any:
    """A progress function (done, of) that shows a bar on a terminal, lines elsewhere."""
    last = [-1]

    def report(done: int, of: int) -> None:
        percent = 100 * done // max(of, 1)
        if sys.stderr.isatty():
            click.echo(f"\r{label}: {done:,} of {of:,} ({percent} %)", nl=done >= of, err=True)
        elif percent // 10 != last[0]:
            last[0] = percent // 10
            click.echo(f"{label}: {done:,} of {of:,} ({percent} %)", err=True)

    return report


class Sentences(click.Group):
    """A group whose commands end with one sentence and exit 1 when they are refused."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AnswerableError as error:
            sentence = error.sentence
        except KeyboardInterrupt:
            ctx.exit(130)
        except Exception as error:
            library = sys.modules.get("psycopg")
            if library is None or not isinstance(error, library.DataError):
                raise
            from ledger.postgres.connections import unreadable

            sentence = unreadable(error).sentence
        here = ctx.find_object(Context)
        if here is not None and here.json:
            click.echo(json.dumps({"error": sentence}, ensure_ascii=False))
        click.echo(sentence, err=True)
        return ctx.exit(1)
