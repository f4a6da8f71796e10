"""What many tests use: PostgreSQL, a database of one's own, a browser, the material beside us."""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from typing import Any, TypeVar

import pytest
from hypothesis import is_hypothesis_test, settings
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadFileScheduling

from ledger.postgres.embedded import Running
from tests import servers
from tests.servers import FreshDatabase, fresh_database, new_database

Thing = TypeVar("Thing")
Other = TypeVar("Other")
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A document after another of the same site takes its frame, as in every browser until 2024: to
    # make it a new one costs a third of opening a page. The other feature is Playwright's own.
    "--enable-features=CDPScreenshotNewSurface,RenderDocument:level/subframe",
]
MEMORY = Path("/dev/shm")
ROOM = 3 * 2**30
"""How many bytes have to be free in memory for temporary files: a run has used 1.8 GB."""
TOGETHER = {
    "tests/e2e service": (
        "a_draft capture_command clients journeys one_command recording replaying "
        "sealing the_real_page verify wrong_directions"
    ),
    "tests/e2e begun_cluster": "a_database_that_stands_still a_vanished_host failover",
    "tests/e2e empty": "a_draft_in_a_browser a_register backup sheets",
    "tests/api web": "door operable slow_clients web_threads",
    "tests/projections lived": (
        "claims_and_decisions list_pages log_list never_accuses replay_oracle"
    ),
    "tests/projections years": (
        "body_pack candidates changes_oracle country filters moments paging same_figures"
    ),
    "tests/pages site": (
        "body_page changes_page correction_forms hostile_words in_browser lives pages pictures "
        "printed render"
    ),
    "tests/audit lived_in": (
        "a_fork a_year_ahead damaged documented functions_of_others honest hostile_audit recover "
        "recover_from_a_mirror restore tampering tampering_guards tampering_hard tampering_outside "
        "the_log witnessed"
    ),
}
"""Files that one process takes, by the fixture that they share: to make it costs as much as a
hundred tests."""
_LINE_OF = {
    f"{line.split()[0]}/test_{name}.py": line
    for line, names in TOGETHER.items()
    for name in names.split()
}
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("long", deadline=None)


def whole() -> bool:
    """Whether everything is tried, as in `make soak`; `make test` tries some of it. A test that
    asks this, or `examples`, is marked `sampled`, unless Hypothesis draws for it."""
    return settings.get_current_profile_name() != "repeatable"


def examples(short: int, long: int) -> int:
    """How many examples of a property are tried: so many in `make test`, more in `make soak`."""
    return long if whole() else short


def some(things: Iterable[Thing], one_in: int) -> list[Thing]:
    """Return one in so many of the things that are tried alike, always the same; in `make soak` all
    of them. A test that asks this is marked `sampled`."""
    listed = list(things)
    return listed if whole() else listed[:: max(1, min(one_in, len(listed)))]


def cells(
    rows: Iterable[Thing], columns: Iterable[Other], one_in: int
) -> list[tuple[Thing, Other]]:
    """Return one in so many cells of a table, always the same, so that each row and each column is
    tried; in `make soak` all of them. A test that asks this is marked `sampled`."""
    down, across = list(rows), list(columns)
    step = 1 if whole() else max(1, min(one_in, len(down), len(across)))
    return [
        (row, column)
        for i, row in enumerate(down)
        for j, column in enumerate(across)
        if (i + j) % step == 0
    ]


def pytest_configure(config: pytest.Config) -> None:
    """`make test` tries the same examples each time, so that it passes or fails by what changed;
    `make soak`, or `--hypothesis-profile=long`, draws more of them at random. Its temporary files
    lie in memory, where there is room; those of `make soak` are too many.

    Python keeps what it compiled, whatever the shell says: to compile this code anew takes longer
    than to start a service, and tests start hundreds of processes."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a script's `make test &` leaves it
        signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C ends services in tests
    soak = config.option.markexpr == "soak"
    if config.getoption("hypothesis_profile", None) is None:
        settings.load_profile("long" if soak else "repeatable")
    if not soak and "TMPDIR" not in os.environ and has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)  # processes of ours put theirs there too
        tempfile.tempdir = None  # asked again
    if is_worker(config):
        # Tests, PostgreSQL and browsers wake each other all the time. The processor does a tenth
        # less work if the one that wakes does not interrupt the one that works.
        with suppress(OSError):  # where nobody may choose how they are scheduled
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process runs tests for another one (`-n`)."""
    return hasattr(config, "workerinput")


def has_room(folder: Path) -> bool:
    """Whether temporary files can go there. Most tests make a database, which is 300 files: on a
    disk that costs several times as much, and what a killed process wrote is as safe in memory."""
    try:
        there = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and there.f_bavail * there.f_frsize >= ROOM


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Return what gives each process whole files, and one of them all that share what is dear."""
    return FilesTogether(config, log)


class FilesTogether(LoadFileScheduling):
    """Files go to a process as wholes, and those of one line of TOGETHER go to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return _LINE_OF.get(file, file)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first, so that none of them keeps one process at work when the others have
    ended. What is tried by examples belongs to `make soak` as well.

    Hypothesis sees that the state of `random` has moved while it drew, and blames a strategy. Where
    there is a database it was a connection pool's thread, which gives each connection a random
    term; elsewhere the warning stays an error.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if "MUTANT_UNDER_TEST" in os.environ:  # of mutmut: a table notices a change first
        items.sort(key=lambda item: is_hypothesis_test(getattr(item, "obj", None)))
    not_a_strategy = pytest.mark.filterwarnings(
        "ignore:Do not use the `random` module inside strategies"
    )
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(not_a_strategy)
        sampled = is_hypothesis_test(getattr(item, "obj", None)) or item.get_closest_marker(
            "sampled"
        )
        if item.config.option.markexpr == "soak" and sampled:
            item.add_marker(pytest.mark.soak)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage neither while the tests are collected, nor among them afterwards: they stay,
    and to look costs each process a tenth of what collecting does."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(50_000, 20, 20)  # it is looked for a twentieth of the time otherwise


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """After a run of minutes, the files that took longest: so that who makes one dearer sees it."""
    took: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for one in reports:
            if isinstance(one, pytest.TestReport):
                took[one.nodeid.split("::")[0]] += one.duration
    if (total := sum(took.values())) > 300:
        terminalreporter.section(f"the ten dearest files, of {total:,.0f} s")
        for file, seconds in sorted(took.items(), key=lambda one: -one[1])[:10]:
            terminalreporter.write_line(f"{seconds:6,.0f} s  {file}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Running]:
    """A PostgreSQL server for all tests of this process, in a temporary directory; or the one that
    is lent."""
    servers.sweep()
    lent = os.environ.get(servers.LENT)
    with servers.joined(Path(lent)) if lent else servers.temporary_server() as running:
        servers.hurry(running)
        yield running


@pytest.fixture
def new_server() -> Callable[..., AbstractContextManager[Running]]:
    """For what concerns a whole server: starts one of its own, with the options of embedded()."""
    return servers.temporary_server


@contextmanager
def served(server: TCPServer) -> Iterator[str]:
    """A server in a thread of this process, which ends afterwards: its address."""
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chromium() -> str:
    """The browser's program, the one without its windows first: a page costs it a third."""
    programs = map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))
    program = next(filter(None, programs), None)
    assert program, "this needs Chromium: make test installs it"
    return program


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of a file. A test closes the contexts and pages that it opens. While the browser
    is there, nothing else can run an event loop in the thread of the tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def migrated(postgres: Running) -> str:
    """The name of a migrated database, which the databases of the tests are copied from."""
    return servers.migrated(postgres)


@pytest.fixture
def database_url(postgres: Running, migrated: str) -> Iterator[str]:
    """The owner's URL of a fresh migrated database, dropped after the test."""
    with new_database(postgres, template=migrated) as url:
        yield url


@pytest.fixture(scope="session")
def begun(postgres: Running) -> str:
    """The name of a database whose log is set up, with all bodies and rules, and no more."""
    return servers.begun(postgres)


@pytest.fixture
def begun_database(postgres: Running, begun: str) -> Iterator[FreshDatabase]:
    """A database whose log is set up, and what is connected to it."""
    with fresh_database(postgres, begun) as fresh:
        yield fresh


@pytest.fixture
def begun_url(begun_database: FreshDatabase) -> str:
    """The owner's URL of a database whose log is set up, and no more."""
    return begun_database.url


@pytest.fixture
def empty_database_url(postgres: Running) -> Iterator[str]:
    """The owner's URL of a fresh database without any schema, dropped after the test."""
    with new_database(postgres, template="template0") as url:
        yield url


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of vectors and seeds beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    if not beside.is_dir():
        pytest.skip(f"needs the material in {beside}, which isn't there")
    return beside
