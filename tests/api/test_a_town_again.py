"""What a test did in a town is taken back for the next one."""

import pytest

from api import tokens
from tests.api import town as towns
from tests.api.founding import COUNTRY
from tests.api.office import played
from tests.api.town import PFCC
from tests.servers import kept_database
from tests.test_kept import all_of_it


@pytest.fixture
def kept(postgres, people):
    with kept_database(postgres, COUNTRY, has_clock=True) as kept:
        kept.uses = 0
        yield kept


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
            "concerns", "reports", "responses", "touched"} <= {
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


def test_where_somebody_follows_the_stream_it_is_used_no_more(kept, people):
    with towns.opened_again(kept, people) as town, towns.by_its_clock(town):
        towns.streamed(town.anybody, 1)

    assert not kept.taken_back()
