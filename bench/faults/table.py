"""The faults, each with what it does to a running service, and how that is mended."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.faults.load import Writers
from bench.faults.site import Site

FROZEN_SECONDS = 12
HELD_SECONDS = 8
CUTS = 5


@dataclass(frozen=True)
class Fault:
    """A fault: what it is called, and what inflicts it and mends it again."""

    name: str
    inflict: Callable[[Site, Writers], None]
    """Raises NoDisk where the fault needs a disk of its own and the machine can't make one."""
    times: int = 1
    """How often it comes in one round of all faults."""


def _killed(part: str) -> Callable[[Site, Writers], None]:
    return lambda site, _: site.kill(part)


def _one_process_of_web(site: Site, _: Writers) -> None:
    master = _gunicorn(site.deployed.running["web"].pid)
    worker = Path(f"/proc/{master}/task/{master}/children").read_text().split()[0]
    os.kill(int(worker), signal.SIGKILL)


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
    with site.frozen_database():
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
                stack.enter_context(psycopg.connect(site.superuser, autocommit=True))
            except psycopg.OperationalError:
                time.sleep(0.05)


def _read_only(site: Site, _: Writers) -> None:
    setting = "ALTER SYSTEM {} default_transaction_read_only"
    with psycopg.connect(site.superuser, autocommit=True) as connection:
        connection.execute((setting.format("SET") + " = on").encode())
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(HELD_SECONDS)
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(setting.format("RESET").encode())
        connection.execute("SELECT pg_reload_conf()")


def _lock_held(site: Site, _: Writers) -> None:
    with psycopg.connect(site.superuser, autocommit=True) as connection:
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


def _sealer_gone(site: Site, _: Writers) -> None:
    site.hold("sealer")
    time.sleep(HELD_SECONDS)
    site.let_go("sealer")


def _disk_full(site: Site, _: Writers) -> None:
    """Leave no room for tables at first, then none for the write-ahead log either, for which
    PostgreSQL ends."""
    with site.own_disk().full():
        time.sleep(HELD_SECONDS / 2)
        with suppress(psycopg.Error):
            site.do("SELECT pg_switch_wal()")
        time.sleep(HELD_SECONDS / 2)
    site.database_again()


def _all_at_once(site: Site, _: Writers) -> None:
    for part in ("web", "stream", "worker", "sealer", "relay", "broker"):
        site.kill(part)
    site.kill_database()


FAULTS = (
    Fault("nothing", lambda _site, _writers: time.sleep(2)),
    Fault("kill -9 of one web process", _one_process_of_web),
    Fault("kill -9 of web", _killed("web")),
    Fault("SIGTERM of web under load", _told_to_end),
    Fault("kill -9 of stream", _killed("stream")),
    Fault("kill -9 of worker", _killed("worker")),
    Fault("kill -9 of sealer", _killed("sealer")),
    Fault("no sealer for 8 s", _sealer_gone),
    Fault("kill -9 of relay", _killed("relay")),
    Fault("kill -9 of the broker", _killed("broker")),
    Fault("kill -9 of PostgreSQL", lambda site, _: site.kill_database()),
    Fault("PostgreSQL restarted", _restarted),
    Fault("PostgreSQL frozen for 12 s", _frozen),
    Fault("PostgreSQL out of connections", _out_of_connections),
    Fault("PostgreSQL read-only for 8 s", _read_only),
    Fault("the append lock held for 8 s", _lock_held),
    Fault("LISTEN killed", _listeners_cut),
    Fault("every connection cut", _all_cut),
    Fault("acknowledgement lost", _answers_lost),
    Fault("kill -9 of everything", _all_at_once),
    Fault("disk full for 8 s", _disk_full),
    Fault("power cut", lambda site, _: site.cut_power(), times=CUTS),
)


def here() -> str:
    """Return what this machine is, for the head of the table."""
    done = subprocess.run(["uname", "-srm"], capture_output=True, text=True, check=True)
    return f"{done.stdout.strip()}, {os.cpu_count()} cores"
