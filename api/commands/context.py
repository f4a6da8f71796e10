"""The context of every command: its settings, and a database while it needs one.

The modules of ledger and database are imported on first use. The import takes half a second, which
commands save if they only check files or show help.
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
        """Print a line for a person, unless the answer is JSON."""
        if not self.json:
            click.echo(text)

    def answer(self, body: Mapping[str, Any], text: str) -> None:
        """Print the command's answer: one JSON object, or text."""
        click.echo(json.dumps(body, ensure_ascii=False) if self.json else text)


passes = click.make_pass_decorator(Context)


def json_option(command: Any) -> Any:
    """Add `--json` to a command, so that it may also come after the command's name."""

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
    """Add `--data DIR`, the data directory. Else it is ANSWERABLE_DATA, or ./data."""

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
    """Add what every command on a log takes: its Context, `--json` and `--data`."""
    return json_option(data_option(passes(command)))


def address_option(what: str) -> Any:
    """Add `--url U`, an address of the web. An invalid address is wrong usage, since it becomes a
    link."""

    def check(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
        from ledger.events import texts

        if given is not None and (fault := texts.why_unfit("url", given)):
            raise click.BadParameter(f"“{given[:200]}”: {fault}")
        return given

    return click.option("--url", callback=check, help=what)


def notebook_file(settings: Settings) -> Path:
    """Return the path of the sealer's notebook."""
    return settings.data / "sealer" / "notebook.sqlite"


@dataclass(frozen=True)
class Database:
    """The database's URLs: for the service, for the sealer, and for the owner who migrates it."""

    url: str
    sealer_url: str
    owner_url: str
    embedded: bool


class NoDatabase(AnswerableError):
    """A command needs a database URL that is not set; the sentence names it."""


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """Yield the configured database, or start the embedded one of the data directory meanwhile."""
    url = settings.database_url
    if url is not None:
        sealer_url = settings.sealer_database_url or url
        yield Database(url, sealer_url, settings.migrate_database_url or url, embedded=False)
        return
    needs_service_login(settings)
    from ledger.postgres.embedded import embedded

    with stoppable(), embedded(settings.data, bin_dir=settings.pg_bin) as running:
        url = running.owner_url
        yield Database(url, url, url, embedded=True)


def needs_service_login(settings: Settings) -> None:
    """Raise NoDatabase if only the sealer's login is set. The embedded database is no
    substitute."""
    if settings.database_url is None and settings.sealer_database_url is not None:
        raise NoDatabase(
            "This needs ANSWERABLE_DATABASE_URL, the service's login, and only "
            "ANSWERABLE_SEALER_DATABASE_URL is set: the sealer's login reads no text and records "
            "nothing but a first key. In compose, run it as `docker compose run --rm keeper …`."
        )


def needs_owner(place: Database) -> None:
    """Raise NoDatabase if the login may not act as the owner of the log's tables."""
    from ledger.postgres.connections import OWNER_ROLE, connect_owner
    from ledger.postgres.roles import login_as

    with connect_owner(place.owner_url) as owner:
        login = login_as(owner, OWNER_ROLE, "SET")
    if login.may_act is None:
        raise NoDatabase("This database has no schema of ours yet: run `answerable migrate` first.")
    if not login.may_act:
        raise NoDatabase(
            f"This needs ANSWERABLE_MIGRATE_DATABASE_URL, the owner who migrates: {login.name} may "
            "not act as the owner of the log's tables. In compose, run it as `docker compose run "
            "--rm keeper …`."
        )


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM, as Ctrl-C does, so that everything started is stopped."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def prepare(here: Database, settings: Settings) -> None:
    """Migrate an embedded database, make the first entries of its log, and vouch for a log that was
    sealed before."""
    from ledger.postgres.connections import connect_owner
    from ledger.postgres.migrate import migrate

    with connect_owner(here.owner_url) as owner:
        migrate(owner)
    begin(here)
    if notebook_file(settings).exists():
        _look(here, settings)


def _look(here: Database, settings: Settings) -> None:
    """Compare the log with the notebook beside it, as the sealer does when it starts. The server
    was started for this command, and may record only if the notebook vouches for its log."""
    from ledger.seal.checks import OlderNotebook
    from ledger.seal.notebook import Notebook, NotebookError
    from ledger.seal.sealer import Sealer

    try:
        notebook = Notebook(notebook_file(settings), settings.origin)
    except NotebookError:
        return  # another log's, or damaged: nothing can be recorded then
    sealer = Sealer(here.owner_url, notebook, settings.data / "no key is needed to look")
    try:
        sealer.look()
    except OlderNotebook:
        return  # it vouches for nothing
    finally:
        sealer.close()
        notebook.close()


def begin(here: Database) -> bool:
    """Make the first entries of a log. Return whether it had none."""
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
    """Yield the ledger of a database, over a few connections."""
    from ledger.application import Ledger
    from ledger.postgres.connections import pool

    with pool(here.url, max_size=4) as connections:
        yield Ledger(connections, here.url)


@contextmanager
def opened_by_sealer(url: str) -> Iterator["Ledger"]:
    """Yield the ledger by the sealer's login, which reads entries and may record a log's first
    key."""
    from ledger.application import Ledger
    from ledger.log.append import append_first_key
    from ledger.postgres.connections import SEALER_ROLE, pool

    with pool(url, max_size=3, role=SEALER_ROLE) as connections:
        yield Ledger(connections, url, append_first_key)


class NoLog(AnswerableError):
    """The data directory has no log, and this command does not begin one."""


def needs_log(settings: Settings) -> None:
    """Raise NoLog if the data directory has none. A command that only reads would otherwise answer
    from an empty log."""
    from ledger.postgres.embedded import begun

    needs_service_login(settings)
    if settings.database_url is None and not begun(settings.data):
        raise NoLog(
            f"There is no log in {settings.data}: name its directory with --data, or begin one "
            "with `answerable run`."
        )


@contextmanager
def ledger(settings: Settings, *, begins: bool = False) -> Iterator[tuple["Ledger", Database]]:
    """Yield the ledger, ready for a command, with its database. Raise NoLog if there is no log and
    the command may not begin one."""
    if not begins:
        needs_log(settings)
    with database(settings) as here:
        if here.embedded:
            prepare(here, settings)
        with opened(here) as log:
            yield log, here


def body_id(log: "Ledger", given: str) -> str:
    """Return the id of the body that an option gives by an id or a name. Raise Refused if the
    register has no such body, or several."""
    from ledger.register import body_named, unknown_body

    bodies = log.service().bodies
    if (found := body_named(given, bodies)) is None:
        raise unknown_body(given, bodies)
    return found


def progress_bar(label: str) -> Any:
    """Return a progress function (done, of) that shows a bar on a terminal, lines elsewhere."""
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
    """A group whose commands, when refused, end with one sentence and exit 1."""

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
