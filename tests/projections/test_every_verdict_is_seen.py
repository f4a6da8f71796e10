"""Samples, seeded logs and the demo's country show every verdict of docs/law.md, so that whoever
tries the service meets each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import psycopg
import pytest

from api.commands import samples
from api.commands.running import EXAMPLES
from bench import country
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
from tests.servers import new_database

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
    fill(url, silent)
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


def test_the_samples_show_every_verdict(database_url):
    with begun(database_url) as log:
        came = dict(samples.record(log, EXAMPLES))
        again = dict(samples.record(log, EXAMPLES))
        made_up = log.service().synthetic
        today = log.now().date()

    assert all(came.values())
    assert set(again.values()) == {0}
    assert made_up
    assert verdicts(database_url, today) == {*VERDICTS} - PASSES
    assert verdicts(database_url) == {*VERDICTS}
    assert recorded(database_url) == BOTH


def test_a_seeded_log_shows_every_verdict(database_url):
    with begun(database_url) as log:
        seed(log, 4000, 8, silent)
        today = log.now().date()

    assert verdicts(database_url, today) == {*VERDICTS} - PASSES
    assert verdicts(database_url) == {*VERDICTS}
    assert recorded(database_url) == BOTH


@pytest.mark.usefixtures("postgres")
def test_the_country_of_the_demo_shows_every_verdict(postgres, migrated):
    ends = date(2026, 5, 2)
    with new_database(postgres, migrated) as url:
        country.make(url, begins=ends - timedelta(days=1825), ends=ends, progress=silent, forces=16)
        on_the_last_day, ever, kinds = verdicts(url, ends), verdicts(url), recorded(url)

    assert on_the_last_day == {*VERDICTS}
    assert ever == {*VERDICTS}
    assert kinds == BOTH
