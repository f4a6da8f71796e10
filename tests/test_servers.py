"""Servers that begin with the cluster of another, and databases that others are copied from."""

import psycopg

from ledger.postgres.embedded import Running
from tests.prepared import Cluster
from tests.servers import template, temporary_server


def test_a_server_begins_with_what_was_prepared_and_nothing_is_left_of_it() -> None:
    cluster = Cluster()
    cluster.begin()
    cluster.wait()
    try:
        assert cluster.data
        with temporary_server(like=cluster.data) as server:
            with psycopg.connect(server.url("small_town")) as conn:
                (entries,) = conn.execute("SELECT count(*) FROM ledger.entries").fetchall()
            assert entries[0] > 0
            known = template(server, "small_town", "template1", lambda _: "made anew")
            assert "clerk" in known
    finally:
        cluster.end()
    assert not cluster.data.parent.exists()


def test_what_is_known_of_a_database_is_known_to_who_finds_it(postgres: Running) -> None:
    made = []

    def make(url: str) -> str:
        made.append(url)
        return "It's known."

    said = [template(postgres, "known", "template0", make) for _ in "12"]

    assert said == ["It's known."] * 2
    assert made == [postgres.url("known")]
