"""What a test did in a town is taken back for the next one."""

import psycopg
import pytest
from psycopg import sql

from api import tokens
from tests.api import town as towns
from tests.api.conftest import TEMPLATE
from tests.api.kept import Kept
from tests.api.office import played
from tests.api.town import PFCC
from tests.conftest import new_database


@pytest.fixture
def kept(postgres, people):
    with new_database(postgres, TEMPLATE) as url:
        kept = Kept(url)
        yield kept
        kept.close()


@pytest.fixture
def town(kept, people):
    with towns.opened_again(kept, dict(people)) as opened, towns.by_its_clock(opened) as here:
        yield here


def all_of_it(kept):
    """Every row of every table, and where every sequence is."""
    found = {}
    with psycopg.connect(kept.url) as connection:
        asked = """
            SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
             WHERE relkind IN ('r', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
        """
        for names in connection.execute(asked).fetchall():
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(*names))
            found[names[-1]] = sorted(map(str, connection.execute(query)))
    return found


def test_nothing_is_left_of_acts_of_every_kind_nor_of_what_is_no_act(kept, people):
    before = all_of_it(kept)
    with towns.opened_again(kept, dict(people)) as town, towns.by_its_clock(town), played(town):
        with town.ledger.log.pool.connection() as conn:
            tokens.create(conn, "service/keeper", ("admin",), None)
        town.rows("UPDATE api.tokens SET used_on = '2025-11-24' RETURNING 1")
        town.rows("DELETE FROM api.tokens WHERE account = 'service/keeper' RETURNING 1")
        town.rows("SELECT nextval('api.deliveries_id_seq')")
        changed = all_of_it(kept)

    taken_back = kept.taken_back()

    assert taken_back
    assert all_of_it(kept) == before
    assert {"entries", "texts", "captures", "tokens", "positions", "deliveries_id_seq",
            "concerns", "reports", "verdicts", "released", "touched"} <= {
        name for name, rows in before.items() if changed[name] != rows
    }  # fmt: skip


def test_a_town_knows_nothing_of_the_one_before(kept, people):
    for _ in range(2):
        with towns.opened_again(kept, people) as town, towns.by_its_clock(town):
            began = town.position
            report = town.publish(title="An inspection of custody")
            town.catch_up()
            assert len(town.anybody.reads("/api/reports")["items"]) == 1
            assert town.clerk.reads(report.path)["title"] == "An inspection of custody"
            changed = {"id": PFCC, "force": "dorset-police", "occurred_on": None}
            town.admin.records("/api/bodies/changes", changed)
            town.clock.set("2025-12-24")
        assert kept.taken_back()
        assert town.position == began


@pytest.mark.parametrize(
    "done",
    [
        "ALTER TABLE projections.reports RENAME TO elsewhere",
        "CREATE TABLE ledger.another ()",
        "DROP TRIGGER redact ON ledger.entries",
        "CREATE FUNCTION public.another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT SELECT ON api.tokens TO PUBLIC",
    ],
)
def test_where_anything_but_rows_was_changed_it_is_used_no_more(kept, done):
    kept.owner.execute(done.encode())

    assert not kept.taken_back()


def test_who_is_still_connected_is_disconnected(kept):
    with psycopg.connect(kept.url) as other:
        other.execute("LOCK TABLE ledger.entries")
        assert kept.taken_back()
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")


def test_where_a_connection_of_ours_was_ended_or_is_in_use_it_is_used_no_more(kept):
    with kept.pool.connection():
        assert not kept.taken_back()
    kept.owner.execute(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    assert not kept.taken_back()


def test_where_somebody_follows_the_stream_it_is_used_no_more(kept, people):
    with towns.opened_again(kept, people) as town, towns.by_its_clock(town):
        towns.streamed(town.anybody, 1)

    assert not kept.taken_back()
