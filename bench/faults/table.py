"""The faults, each with what it does to a running service, and how that is mended."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.faults import disk
from bench.faults.disk import NotRun
from bench.faults.load import Writers, log
from bench.faults.site import PARTS, SETTINGS, Site, address
from tests import faketime
from tests.clusters import Cluster, backup, detach, frozen
from tests.e2e.service import free_port
from tests.processes import until
from tests.vanishing import PORT, host, why_not

FROZEN_SECONDS = 60
HELD_SECONDS = 8
CUTS = 5
GAP_SECONDS = 10.0
"""The longest time without an acknowledgement after a host has vanished."""
_PAGE = 8192

Inflict = Callable[[Site, Writers], None]
Around = Callable[[Site, Writers], AbstractContextManager[Callable[[], None]]]


@dataclass(frozen=True)
class Fault:
    """A fault: what it is called, and what inflicts it and mends it again."""

    name: str
    around: Around
    """Prepares before writers write, and mends when they have stopped; gives what inflicts the
    fault. Raises NotRun where the machine can't do that."""
    times: int = 1
    """How often it comes in one round of all faults."""
    longest: float | None = None
    """The longest gap that is allowed, in seconds."""
    loses: bool = False
    """True if a database takes over that lacks acknowledged acts."""
    audited: bool = False
    """True if the log is audited as soon as the fault is over."""


def _at_once(inflict: Inflict) -> Around:
    """Return a fault that needs no preparation."""

    @contextmanager
    def around(site: Site, writers: Writers) -> Iterator[Callable[[], None]]:
        yield lambda: inflict(site, writers)

    return around


def _killed(part: str) -> Inflict:
    return lambda site, _: site.kill(part)


def _gone(part: str) -> Inflict:
    def gone(site: Site, _: Writers) -> None:
        with site.without(part):
            time.sleep(HELD_SECONDS)

    return gone


def _one_process_of_web(site: Site, writers: Writers) -> None:
    master = _gunicorn(site.deployed.running["web"].pid)
    workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    os.kill(int(writers.chance.choice(workers)), signal.SIGKILL)


def _gunicorn(process: int) -> int:
    """Return gunicorn's first process: what started it became it, or is its parent."""
    while "gunicorn" not in Path(f"/proc/{process}/cmdline").read_text():
        process = int(Path(f"/proc/{process}/task/{process}/children").read_text().split()[0])
    return process


def _told_to_end(site: Site, _: Writers) -> None:
    os.kill(site.deployed.running["web"].pid, signal.SIGTERM)


def _restarted(site: Site, _: Writers) -> None:
    site.cluster.stop()
    site.start_database()


def _frozen(site: Site, _: Writers) -> None:
    with frozen(site.cluster):
        time.sleep(FROZEN_SECONDS)


def _out_of_connections(site: Site, _: Writers) -> None:
    """Take every connection that is left, and cut those of the service, so that it asks anew."""
    site.do(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'answerable%'"
    )
    with ExitStack() as stack:
        deadline = time.monotonic() + HELD_SECONDS
        while time.monotonic() < deadline:
            try:
                stack.enter_context(psycopg.connect(site.cluster.url(), autocommit=True))
            except psycopg.OperationalError:
                time.sleep(0.05)


def _read_only(site: Site, _: Writers) -> None:
    setting = "ALTER SYSTEM {} default_transaction_read_only"
    with psycopg.connect(site.cluster.url(), autocommit=True) as connection:
        connection.execute((setting.format("SET") + " = on").encode())
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(HELD_SECONDS)
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(setting.format("RESET").encode())
        connection.execute("SELECT pg_reload_conf()")


def _lock_held(site: Site, _: Writers) -> None:
    with psycopg.connect(site.cluster.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(20170502, 55)")
        time.sleep(HELD_SECONDS)


def _listeners_cut(site: Site, _: Writers) -> None:
    for _again in range(4):
        site.do(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'"
        )
        time.sleep(0.5)


def _all_cut(site: Site, _: Writers) -> None:
    for _again in range(4):
        site.do(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename LIKE 'answerable%'"
        )
        time.sleep(0.5)


def _answers_lost(_: Site, writers: Writers) -> None:
    writers.hang_up = True
    time.sleep(HELD_SECONDS / 2)
    writers.hang_up = False


def _disk_full(site: Site, _: Writers) -> None:
    """Leave no room for tables at first, then none for the write-ahead log either, for which
    PostgreSQL ends."""
    with disk.full(site.own_disk().place):
        time.sleep(HELD_SECONDS / 2)
        with suppress(psycopg.Error):
            site.do("SELECT pg_switch_wal()")
        time.sleep(HELD_SECONDS / 2)
    site.database_again()


@contextmanager
def _sealers_disk_full(site: Site, _: Writers) -> Iterator[Callable[[], None]]:
    """Give the sealer a small disk, and leave no room on it."""

    def fill() -> None:
        with disk.full(site.sealer_folder):
            time.sleep(HELD_SECONDS)

    with ExitStack() as stack:
        with site.without("sealer"):
            stack.enter_context(disk.small(site.sealer_folder))
        yield fill
        with site.without("sealer"):
            stack.close()


def _torn_pages(site: Site, writers: Writers) -> None:
    """Kill PostgreSQL, and spoil the second half of each page that it wrote since its checkpoint:
    of a page that was being written at a power cut, a disk may have half."""
    site.do("CHECKPOINT")
    writers.more()
    entries = int(site.cluster.value("SELECT pg_relation_filenode('ledger.entries')"))
    site.cluster.kill()
    torn = _pages_since_the_checkpoint(site.cluster)
    assert any(file.name == str(entries) for file, _ in torn), "no page of the log was written"
    for file, page in torn:
        with file.open("r+b") as relation:
            relation.seek(page * _PAGE + _PAGE // 2)
            relation.write(os.urandom(_PAGE // 2))
    site.start_database()


def _pages_since_the_checkpoint(cluster: Cluster) -> set[tuple[Path, int]]:
    """Return file and number of each page of which the write-ahead log has the whole, and which the
    file has already."""
    said = cluster.run("pg_controldata", cluster.data)
    begin = re.search(r"REDO location: +(\S+)", said)
    assert begin is not None
    program = cluster.binaries.program("pg_waldump")
    # At the end of the log it says that no record follows, and ends with 1.
    command = [program, "--fullpage", "-p", str(cluster.data / "pg_wal"), "-s", begin[1]]
    _, said = cluster.user.run(command, cluster.folder)
    whole = re.findall(r"rel \d+/(\d+)/(\d+) (?:fork main )?blk (\d+) (?:\(FPW\)|FPW)", said)
    pages = ((cluster.data / "base" / base / file, int(page)) for base, file, page in whole)
    return {
        (file, page)
        for file, page in pages
        if file.exists() and file.stat().st_size >= (page + 1) * _PAGE
    }


def _clock_wrong(shift: str) -> Around:
    """Return a fault in which the clock of PostgreSQL is wrong for a while."""

    @contextmanager
    def around(site: Site, _: Writers) -> Iterator[Callable[[], None]]:
        library = faketime.library()
        if library is None:
            raise NotRun("libfaketime is not installed")

        def jump() -> None:
            clock.set(shift)
            time.sleep(HELD_SECONDS)
            clock.set("+0")

        with faketime.clock() as clock:
            site.cluster.stop()
            site.start_database(clock.environment(library))
            until(site.is_ready)
            yield jump
            site.cluster.stop()
            site.start_database()

    return around


@contextmanager
def _primary_lost(site: Site, _: Writers) -> Iterator[Callable[[], None]]:
    """Kill the primary; its synchronous standby takes over."""
    second = site.standby(synchronous=True)
    site.look_at(address(site.cluster), address(second))

    def lose() -> None:
        site.cluster.kill()
        site.promote(second)

    yield lose


@contextmanager
def _host_vanished(site: Site, _: Writers) -> Iterator[Callable[[], None]]:
    """Let the primary's host vanish, so that nothing says that it is gone; its synchronous standby
    takes over."""
    if (why := why_not()) is not None:
        raise NotRun(why.removeprefix("not run: "))
    first, second = site.cluster, site.standby(synchronous=True)
    with host(first.socket) as vanishing:
        site.look_at(f"{vanishing.address}:{PORT}", address(second))

        def vanish() -> None:
            vanishing.vanish()
            site.promote(second)

        yield vanish
        first.kill()
        site.look_at(address(second))


@contextmanager
def _standby_behind(site: Site, writers: Writers) -> Iterator[Callable[[], None]]:
    """Kill the primary; a standby takes over that nothing reached for a while."""
    second = site.standby(synchronous=False)
    site.look_at(address(site.cluster), address(second))

    def lose() -> None:
        detach(second)
        writers.more()
        site.cluster.kill()
        site.promote(second)
        _bring_back(site, writers)

    yield lose


@contextmanager
def _older_backup(site: Site, writers: Writers) -> Iterator[Callable[[], None]]:
    """Lose the primary, and restore a backup that was made before the last acts."""
    copy = site.more.enter_context(backup(site.cluster, port=free_port()))
    site.look_at(address(site.cluster), address(copy))

    def lose() -> None:
        writers.more()
        site.cluster.kill()
        copy.start(*SETTINGS)
        site.cluster = copy
        _bring_back(site, writers)

    yield lose


def _bring_back(site: Site, writers: Writers) -> None:
    """Wait until the sealer refuses to sign on, note what is missing, and bring back what was
    signed, as docs/keys.md says."""
    writers.repeat, site.texts_gone = False, True
    until(site.is_held)
    there = {act for _, _, act in log(site)}
    writers.missing = sorted({one.value for one in writers.history.told("ok")} - there)
    with site.without(*(part for part in PARTS if part != "relay")):
        done = site.deployed.run("keeper", "answerable", "recover")
        assert done.returncode == 0, done.stdout + done.stderr


def _all_at_once(site: Site, _: Writers) -> None:
    for part in (*PARTS, "broker"):
        site.kill(part)
    site.kill_database()


_SIMPLE: tuple[tuple[str, Inflict], ...] = (
    ("nothing", lambda _site, _writers: time.sleep(2)),
    ("kill -9 of one web process", _one_process_of_web),
    ("kill -9 of web", _killed("web")),
    ("SIGTERM of web under load", _told_to_end),
    ("kill -9 of stream", _killed("stream")),
    ("kill -9 of worker", _killed("worker")),
    ("kill -9 of webhooks", _killed("webhooks")),
    ("kill -9 of sealer", _killed("sealer")),
    ("no sealer for 8 s", _gone("sealer")),
    ("kill -9 of relay", _killed("relay")),
    ("kill -9 of the broker (NATS)", _killed("broker")),
    ("no broker (NATS) for 8 s", _gone("broker")),
    ("kill -9 of PostgreSQL", lambda site, _: site.kill_database()),
    ("PostgreSQL restarted", _restarted),
    (f"PostgreSQL frozen for {FROZEN_SECONDS} s", _frozen),
    ("PostgreSQL out of connections", _out_of_connections),
    ("PostgreSQL read-only for 8 s", _read_only),
    ("the append lock held for 8 s", _lock_held),
    ("LISTEN killed", _listeners_cut),
    ("every connection cut", _all_cut),
    ("acknowledgement lost", _answers_lost),
    ("kill -9 of everything", _all_at_once),
)
FAULTS = (
    *(Fault(name, _at_once(inflict)) for name, inflict in _SIMPLE),
    Fault("PostgreSQL's clock an hour back", _clock_wrong(faketime.HOUR_BACK)),
    Fault("PostgreSQL's clock a year ahead", _clock_wrong(faketime.YEAR_ON)),
    Fault("disk full for 8 s", _at_once(_disk_full), audited=True),
    Fault("sealer's disk full for 8 s", _sealers_disk_full, audited=True),
    Fault("torn pages", _at_once(_torn_pages), audited=True),
    Fault("power cut", _at_once(lambda site, _: site.cut_power()), times=CUTS),
    # From here on other databases take over, which don't lie on the disk whose power is cut.
    Fault("primary lost, synchronous standby", _primary_lost),
    Fault("host vanished, synchronous standby", _host_vanished, longest=GAP_SECONDS),
    Fault("primary lost, standby behind", _standby_behind, loses=True, audited=True),
    Fault("older backup restored", _older_backup, loses=True, audited=True),
)


def here() -> str:
    """Return what this machine is, for the head of the table."""
    done = subprocess.run(["uname", "-srm"], capture_output=True, text=True, check=True)
    return f"{done.stdout.strip()}, {os.cpu_count()} cores"
