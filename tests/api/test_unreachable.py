"""A database that stops answering: a problem that says so, and nothing that stays broken."""

from tests.api.town import Town, problem_of

CONNECTIONS = 10
"""How many the pool has at most: each may have to break once."""


def break_connections(town: Town) -> None:
    town.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_broken_connection_is_a_503_and_then_replaced(new_town):
    report = new_town.publish()
    broke = 0
    for path in (report.path, report.response, "/api/entries", "/api/reports", "/readyz"):
        break_connections(new_town)
        while (answer := new_town.anybody.get(path)).status_code != 200:
            problem_of(answer, 503, "unreachable")
            assert answer.headers["Retry-After"] == "1"
            broke += 1
            assert broke <= 5 * CONNECTIONS, "they are not replaced"

    assert broke, "no connection was broken"


def test_a_write_over_broken_connections_is_recorded_once_or_not_at_all(new_town):
    for _ in range(3):
        break_connections(new_town)
        before, body = new_town.position, new_town.report()
        answer = new_town.clerk.post("/api/reports", body)
        while answer.status_code == 503:
            assert new_town.position == before
            answer = new_town.clerk.post("/api/reports", body)
        assert answer.status_code == 201
        assert new_town.position == before + 3
