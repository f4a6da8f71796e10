"""A million entries: what was followed is what a rebuild finds, in memory that stays flat, and the
patrol comes to an end."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.postgres.connections import connect, pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.seed import seed
from ledger.states.service import SETUP
from projections.read_models import patrol, projector, schemas, tables
from projections.read_models.patrol import Patrol
from projections.read_models.rebuild import processors
from tests.servers import new_database

pytestmark = pytest.mark.soak
ANSWERABLE = Path(sys.executable).with_name("answerable")
MOST_MB = 500
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Runs a command, and says what the largest of its processes held at most (kB). In a small process
between: a command is counted what the one that starts it has held, and the tests hold much."""


def followed(url: str, entries: int) -> int:
    """Seed a log, and let the projector follow it to its end: the last position."""
    with pool(url, max_size=4) as connections, connect(url, autocommit=True) as conn:
        ledger = Ledger(connections, url)
        ledger.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        schemas.prepare(conn)
        head = seed(ledger, entries, 43, lambda done, of: None)
    follower = projector.follower(url)
    follower.catch_up()
    follower.close()
    return head


def verified(url: str) -> tuple[dict, float]:
    """Return the answer of `answerable rebuild --verify`, and the memory of all its processes (MB).
    It is the largest peak times the number of processes."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, ANSWERABLE, "rebuild", "--verify", "--json"],
        env=os.environ | {"ANSWERABLE_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said, peak = done.stdout.splitlines()
    return json.loads(said), (1 + processors()) * int(peak) / 1024


def patrolled(url: str) -> list[str]:
    """Return what the patrol finds of what is about no report: it goes through every position."""
    with closing(Patrol(url)) as patrolling, connect(url, autocommit=True) as conn:
        patrolling.turns = [patrol.BESIDE]
        patrolling.step()
        (looked,) = conn.execute("SELECT count(*) FROM follow.patrol").fetchone() or (0,)
        assert looked == 1
        return patrol.differences(conn)


def test_a_million_entries_are_rebuilt_row_by_row_in_the_memory_of_a_hundred_thousand(
    postgres, migrated
):
    peaks = []
    for entries in (100_000, 1_000_000):
        with new_database(postgres, migrated) as url:
            head = followed(url, entries)

            answer, peak = verified(url)
            assert patrolled(url) == []

        assert answer == {"position": head, "differences": dict.fromkeys(tables.NAMES, 0)}
        peaks.append(peak)
    smaller, larger = peaks
    assert larger < MOST_MB
    assert larger < 1.2 * smaller
