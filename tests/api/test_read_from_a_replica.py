"""Pages and reads are answered from a replica (ANSWERABLE_READ_DATABASE_URL): what it does not have
yet is never denied, and whoever names the position of his own act finds it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from api.cli import main
from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import migrate
from projections.read_models import projector
from tests.api.site import an_app, found, settings_of
from tests.clusters import Cluster, primary, replica

pytestmark = pytest.mark.long


@dataclass
class Reading:
    """A service that records in a primary and reads from its replica."""

    client: FlaskClient
    first: Cluster
    second: Cluster
    token: str

    def record(self, name: str) -> int:
        """Record one more body, and let the read models have it; its position."""
        body = {"id": name, "name": name.title(), "kind": "national_body"}
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.client.post("/api/bodies", json=body, headers=headers)
        assert answer.status_code == 201, answer.get_json()
        follower = projector.follower(self.first.url())
        follower.catch_up()
        follower.close()
        return int(answer.get_json()["position"])

    def asks(self, address: str) -> tuple[int, Any]:
        """Return the status of an answer, and its JSON."""
        answer = self.client.get(address)
        return answer.status_code, answer.get_json()


@pytest.fixture
def reading() -> Iterator[Reading]:
    with primary() as first:
        with connect_owner(first.url()) as owner:
            migrate(owner)
        tokens = found(first.url())
        with replica(first) as second:
            settings = replace(
                settings_of(first.url()),
                read_database_url=f"{second.url()}&target_session_attrs=standby",
            )
            with an_app(settings) as app:
                yield Reading(app.test_client(), first, second, tokens["admin"])


def test_what_a_replica_does_not_have_yet_is_asked_of_the_primary(reading):
    status, before = reading.asks("/api/bodies?limit=500")
    assert status == 200
    reading.second.do("SELECT pg_wal_replay_pause()")
    position = reading.record("later")

    status, behind = reading.asks("/api/bodies?limit=500")
    assert (status, behind["as_of"]["position"]) == (200, before["as_of"]["position"])
    for moment in (f"min_position={position}", f"known_at={position}"):
        status, problem = reading.asks(f"/api/bodies?{moment}")
        assert (status, problem["type"]) == (503, "urn:answerable:problem:not-there-yet"), moment
    for moment in (f"min_position={position + 1}", f"known_at={position + 1}"):
        status, problem = reading.asks(f"/api/bodies?{moment}")
        assert (status, problem["type"]) == (422, "urn:answerable:problem:not-known-yet"), moment

    reading.second.do("SELECT pg_wal_replay_resume()")
    status, there = reading.asks(f"/api/bodies?limit=500&min_position={position}")
    assert (status, there["as_of"]["position"]) == (200, position)
    assert "later" in {one["id"] for one in there["items"]}


def test_without_its_replica_reads_are_refused_and_acts_are_recorded(reading):
    urls = {"DATABASE_URL": reading.first.url(), "READ_DATABASE_URL": reading.second.url()}
    given = {f"ANSWERABLE_{name}": url for name, url in urls.items()}
    assert CliRunner().invoke(main, ["config", "check"], env=given).exit_code == 0
    reading.second.stop("immediate")
    checked = CliRunner().invoke(main, ["config", "check"], env=given)
    assert checked.exit_code == 1
    assert "The replica (ANSWERABLE_READ_DATABASE_URL): " in checked.stderr

    status, problem = reading.asks("/api/bodies")
    assert (status, problem["type"]) == (503, "urn:answerable:problem:unreachable")
    assert reading.record("alone") > 0
