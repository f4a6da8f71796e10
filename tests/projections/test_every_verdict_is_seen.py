"""Samples and seeded logs show every verdict of docs/law.md, so that whoever tries the service
meets each of them. test_country.py says so of the demo's country."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest

from api.commands import samples
from api.commands.running import EXAMPLES
from bench.demo import fill
from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.events import RecordKeptHere, ResponseLookedFor
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.seed import seed
from ledger.states.service import SETUP
from projections.read_models.tables import AS_KNOWN_NOW
from projections.verdict.compliance import VERDICTS

PASSES = {"not_due", "due"}
"""Verdicts that are over in reports of the past. An earlier effective day shows them."""


def silent(done: int, of: int) -> None:
    """Ignore the progress."""


@contextmanager
def begun(url: str) -> Iterator[Ledger]:
    """Yield a log that begins with the shipped register."""
    with pool(url) as connections:
        log = Ledger(connections, url)
        log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        yield log


def verdicts(url: str, on: date | None = None) -> set[str]:
    """Return the verdicts of all responses on a day, as known now; on any day, if none is given."""
    query = (
        "SELECT DISTINCT verdict FROM projections.responses WHERE known_to = %(now)s"
        " AND (%(on)s::date IS NULL OR effective_from <= %(on)s AND effective_to > %(on)s)"
    )
    with psycopg.connect(url) as conn:
        return {word for (word,) in conn.execute(query, {"now": AS_KNOWN_NOW, "on": on})}


def recorded(url: str) -> set[type]:
    """Return the kinds of act that bear on silence, of those recorded."""
    with pool(url) as connections:
        entries = Ledger(connections, url).read(0, 100_000)
    return {type(one.data) for one in entries} & {RecordKeptHere, ResponseLookedFor}


BOTH = {RecordKeptHere, ResponseLookedFor}


def shows_every_verdict(url: str, today: date) -> None:
    """Check the verdicts of a log of the past, and that all that bears on silence is recorded."""
    fill(url, silent)
    assert verdicts(url, today) == {*VERDICTS} - PASSES
    assert verdicts(url) == {*VERDICTS}
    assert recorded(url) == BOTH


def test_the_samples_show_every_verdict(database_url):
    with begun(database_url) as log:
        came = dict(samples.record(log, EXAMPLES))
        again = dict(samples.record(log, EXAMPLES))
        made_up = log.service().synthetic
        today = log.now().date()

    assert all(came.values())
    assert set(again.values()) == {0}
    assert made_up
    shows_every_verdict(database_url, today)


@pytest.mark.soak
def test_a_seeded_log_shows_every_verdict(database_url):
    with begun(database_url) as log:
        seed(log, 2000, 4, silent)
        today = log.now().date()

    shows_every_verdict(database_url, today)
