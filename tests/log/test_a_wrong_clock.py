"""PostgreSQL's own clock is wrong: it runs under libfaketime, and nothing of ours is exchanged.

An hour back, a year forward: nothing is recorded, a sentence says why, and nothing is left to
repair once the clock is right again.
"""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from psycopg_pool import ConnectionPool
from werkzeug.datastructures import FileStorage

from api.app import flask_app
from api.requests import current
from api.store import tokens
from ledger import clock
from ledger.acts.decision import Notice
from ledger.acts.service import grant_scope, open_account, set_up
from ledger.application import Ledger
from ledger.audit.findings import Kind
from ledger.audit.run import Against, audit
from ledger.errors import ClockUnsure
from ledger.events import AccountOpened, ScopeGranted
from ledger.log.append import append
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.settings import Settings
from ledger.states.service import SETUP
from tests.api.site import problem_of
from tests.faketime import HOUR_BACK, YEAR_ON, Watch, watched
from tests.log.making import event


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """Yield a server of its own under libfaketime, with a migrated database."""
    with watched() as watch:
        yield watch


@pytest.fixture
def clocked(watch: Watch) -> Iterator[ConnectionPool]:
    """Yield a pool of connections to it; the clock is right before and after."""
    watch.set("+0")
    with pool(watch.url) as opened:
        yield opened
    watch.set("+0")


def test_the_clock_of_the_server_is_what_is_set(watch, clocked):
    said = "SELECT extract(epoch FROM clock_timestamp())::float8"
    for shift in ("+0", HOUR_BACK, YEAR_ON):
        watch.set(shift)

        ahead = watch.database.rows(said)[0] - clock.now().timestamp()

        assert abs(ahead - int(shift)) < 30


@pytest.mark.parametrize("shift", [HOUR_BACK, YEAR_ON], ids=["an hour back", "a year forward"])
def test_an_act_under_a_wrong_clock_is_refused_in_a_sentence(watch, clocked, shift):
    before = watch.database.positions()
    stream = f"a/{shift}"
    watch.set(shift)

    with pytest.raises(ClockUnsure) as refused:
        append(clocked, [event(stream)])

    assert refused.value.sentence.startswith("The clocks disagree, so nothing is recorded: ")
    assert watch.database.positions() == before
    watch.set("+0")
    append(clocked, [event(stream)])
    assert len(watch.database.positions()) == len(before) + 1


def test_a_machine_whose_clock_went_back_records_nothing_before_its_last_entry(
    watch, clocked, monkeypatch
):
    """Service and database go by one clock, so that they agree: the last entry does not."""
    append(clocked, [event("b/1")])
    before = watch.database.positions()
    true = clock.now
    watch.set(HOUR_BACK)
    monkeypatch.setattr(clock, "now", lambda: true() - timedelta(hours=1))

    with pytest.raises(ClockUnsure, match="its last entry was recorded at"):
        append(clocked, [event("b/1", 2)])

    assert watch.database.positions() == before


@pytest.fixture(scope="module")
def keeper(watch: Watch) -> str:
    """Return the token of an account that may do everything."""
    with pool(watch.url) as connections:
        ledger = Ledger(connections, watch.url)
        ledger.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        account = AccountOpened(account="service/keeper", body=None)
        ledger.record(SETUP, open_account, account, Notice())
        ledger.record(
            SETUP,
            grant_scope,
            ScopeGranted(account="service/keeper", scope="admin"),
            Notice(),
        )
        with connections.connection() as conn:
            return tokens.create(conn, "service/keeper", ["admin"], None)[1]


@pytest.mark.parametrize("shift", [HOUR_BACK, YEAR_ON], ids=["an hour back", "a year forward"])
def test_a_client_is_told_why_and_to_come_again(watch, keeper, clocked, shift):
    app = flask_app(Settings(database_url=watch.url, origin="log.example/clock"))
    headers = {"Authorization": f"Bearer {keeper}"}
    before = watch.database.positions()
    watch.set(shift)
    try:
        form = {"file": FileStorage(BytesIO(b"A letter"), "letter.txt")}
        answer = app.test_client().post("/api/captures", data=form, headers=headers)
    finally:
        app.extensions[current.EXTENSION]["ledger"].log.pool.close()

    problem = problem_of(answer, 503, "clock-unsure")
    assert problem["detail"].startswith("The clocks disagree, so nothing is recorded")
    assert int(answer.headers["Retry-After"]) > 0
    assert watch.database.positions() == before


def test_an_audit_names_entries_that_the_clock_has_not_reached(watch, clocked, tmp_path):
    append(clocked, [event("c/1")])
    against = Against(origin="log.example/clock", notebook=tmp_path / "none")
    watch.set(HOUR_BACK)

    checks = {check.name: check for check in audit(watch.url, against, silent)}

    assert [one.kind for one in checks["times"].findings] == [Kind.RECORDED_AHEAD]


def silent(done: int, of: int) -> None:
    """Ignore the progress."""
