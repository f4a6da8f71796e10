"""The patrol of the read models: whatever row is changed is named within a day, and `/readyz` is
red until it is mended."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ledger.postgres.connections import connect
from projections.read_models import patrol, tables
from projections.read_models.patrol import Patrol
from projections.read_models.rebuild import rebuild
from tests.api.founding import FEW_BODIES
from tests.api.site import Site, statement
from tests.conftest import some

FOUNDING = FEW_BODIES


@pytest.fixture
def lived(new_site: Site) -> Site:
    """A site with two reports, a response and an assurance."""
    report, other = new_site.publish(), new_site.publish()
    new_site.clerk.records(f"{report.response}/statement", statement("2025-11-20"))
    asked = {"of": "cumbria-constabulary", "question": "Is it done?", "occurred_on": "2025-09-01"}
    new_site.clerk.records(f"{other.recommendation}/assurances", asked)
    new_site.catch_up()
    return new_site


@pytest.fixture
def patrolling(lived: Site) -> Iterator[Patrol]:
    with closing(Patrol(lived.url)) as found:
        yield found


def a_round(patrolling: Patrol) -> None:
    """All turns of one round."""
    patrolling.step()
    while patrolling.turns:
        patrolling.step()


def rounds(site: Site, patrolling: Patrol) -> list[str]:
    """Return the differences that are found once every report has had its turn."""
    with connect(site.url, autocommit=True) as conn:
        (many,) = conn.execute(
            "SELECT count(*) + 1 FROM ledger.entries WHERE stream ^@ 'report/' AND version = 1"
        ).fetchone() or (0,)
        for _ in range(many // patrol.LEAST + 1):
            a_round(patrolling)
        return patrol.differences(conn)


def as_service(site: Site, statement: str, **named: Any) -> None:
    """Do something by the service's own login, as whoever broke into it would."""
    with connect(site.url, autocommit=True) as conn:
        done = conn.execute(statement.encode(), named)
        assert done.rowcount > 0


def test_honest_rows_are_looked_at_each_in_its_turn_and_nothing_is_found(lived, patrolling):
    assert rounds(lived, patrolling) == []

    with psycopg.connect(lived.url) as conn:
        rows = conn.execute("SELECT report, position FROM follow.patrol").fetchall()
    assert {position for _, position in rows} == {lived.position}
    assert len(rows) == 3


CHANGED = {
    "a verdict": (
        (
            "UPDATE projections.responses SET verdict = CASE verdict WHEN 'in_time' THEN 'late'"
            " ELSE 'in_time' END"
            " WHERE ctid = (SELECT max(ctid) FROM projections.responses)"
        ),
        "projections.responses, response/",
        "differs from what the log says in verdict",
    ),
    "a state": (
        (
            "UPDATE projections.recommendations SET state = replace(state, 'open', 'closed')"
            " WHERE ctid = (SELECT min(ctid) FROM projections.recommendations)"
        ),
        "projections.recommendations, recommendation/",
        "in state",
    ),
    "a title": (
        (
            "UPDATE projections.reports SET titles = 'Otherwise'"
            " WHERE ctid = (SELECT min(ctid) FROM projections.reports)"
        ),
        "projections.reports, report/",
        "in titles",
    ),
    "a row gone": (
        (
            "DELETE FROM projections.responses"
            " WHERE ctid = (SELECT min(ctid) FROM projections.responses)"
        ),
        "projections.responses, response/",
        "has no row, and the log says that there is one",
    ),
    "a report that there is none of": (
        (
            "INSERT INTO projections.reports SELECT 'made-up', known_from, known_to,"
            " effective_from, effective_to, published_on, published_text, publishers, kind,"
            " titles, graded, state FROM projections.reports LIMIT 1"
        ),
        "projections.reports, report/made-up",
        "has a row that the log does not lead to",
    ),
    "whom an entry concerns": (
        (
            "DELETE FROM projections.concerns WHERE position = (SELECT max(position)"
            " FROM projections.concerns)"
        ),
        "projections.concerns, position ",
        "has no row",
    ),
    "whom an entry that there is none of concerns": (
        "INSERT INTO projections.concerns VALUES ('kent-pcc', 999999, 999999, false)",
        "projections.concerns, position 999999",
        "has a row that the log does not lead to",
    ),
    "whom an account concerns": (
        (
            "DELETE FROM projections.concerns WHERE position = (SELECT max(position)"
            " FROM ledger.entries WHERE topic = 'account-opened')"
        ),
        "projections.concerns, position ",
        "has no row",
    ),
    "a meeting": (
        "INSERT INTO projections.reviews VALUES ('a', '1', 'b', 'meeting/c/2025-01-01')",
        "projections.reviews, recommendation/a/1/b",
        "has a row that the log does not lead to",
    ),
}


@pytest.mark.sampled
@pytest.mark.parametrize("what", some(CHANGED, 4))
def test_whatever_row_is_changed_is_named_until_it_is_mended(lived, patrolling, what):
    change, where, says = CHANGED[what]
    as_service(lived, change)

    (found,) = rounds(lived, patrolling)

    assert found.startswith(where)
    assert says in found
    ready = lived.anybody.get("/readyz")
    assert ready.status_code == 503
    assert ("row-differs", found) in {(one["name"], one["says"]) for one in ready.json["reasons"]}
    rebuild(lived.url, lambda done, total: None)
    assert rounds(lived, patrolling) == []
    reasons = lived.anybody.get("/readyz").json["reasons"]
    assert "row-differs" not in {one["name"] for one in reasons}


def test_a_difference_is_looked_at_in_each_round_and_the_others_in_turn(
    lived, patrolling, monkeypatch
):
    monkeypatch.setattr(patrol, "LEAST", 1)
    rounds(lived, patrolling)
    as_service(lived, CHANGED["a report that there is none of"][0])
    seen = []
    with connect(lived.url, autocommit=True) as conn:
        for _ in range(4):
            seen.append(patrol.next_turns(conn))
            a_round(patrolling)

    first = next(n for n, turns in enumerate(seen) if patrol.BESIDE in turns)
    assert all(turns[0] == patrol.BESIDE for turns in seen[first + 1 :])
    assert all(len(turns) == 2 for turns in seen[first + 1 :])
    assert len({name for turns in seen for name in turns}) == 3


def test_it_compares_at_the_projectors_own_position(lived, patrolling):
    """An entry that the projector has not followed yet is no difference."""
    lived.publish()

    assert rounds(lived, patrolling) == []


def test_what_is_about_no_report_is_looked_for_once_and_not_for_each_row(lived, patrolling):
    """PostgreSQL goes through a subplan anew for each row, once it is too large to be kept."""
    with connect(lived.url, autocommit=True) as conn:
        for table, condition in patrol.beside_reports():
            query = sql.SQL("EXPLAIN SELECT FROM {} WHERE {}").format(
                sql.Identifier(tables.SCHEMA, table), condition
            )
            plan = "\n".join(line for (line,) in conn.execute(query))
            assert "SubPlan" not in plan, plan


def test_it_rests_for_as_long_as_its_share_asks(lived, patrolling, monkeypatch):
    a_round(patrolling)
    assert patrolling.rests == patrol.EVERY

    monkeypatch.setattr(patrol, "SHARE", 1e-9)
    a_round(patrolling)
    assert patrolling.rests > patrol.EVERY


def test_a_report_that_cannot_be_worked_out_is_named(lived, patrolling, monkeypatch):
    def fails(*_: Any) -> None:
        raise ValueError("no such state")

    monkeypatch.setattr(patrol, "note_beside_reports", fails)

    (found,) = rounds(lived, patrolling)

    assert found.startswith("The rows of what is about no report cannot be worked out from the log")
