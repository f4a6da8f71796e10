"""A database that stops answering: a problem that says so, and nothing that stays broken."""

from tests.api.town import problem_of


def test_broken_connections_are_a_503_at_most_and_replaced(new_town):
    report = new_town.publish()
    paths = (report.path, report.response, "/api/entries", "/api/reports", "/readyz")
    for _ in range(3):
        new_town.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for path in paths:
            answer = new_town.clerk.get(path)
            if answer.status_code != 200:
                problem_of(answer, 503, "unreachable")
                assert answer.headers["Retry-After"] == "1"

    assert [new_town.clerk.get(path).status_code for path in paths] == [200] * len(paths)


def test_a_write_over_broken_connections_is_recorded_once_or_not_at_all(new_town):
    new_town.publish()
    for _ in range(3):
        new_town.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        before, body = new_town.position, new_town.report()
        answer = new_town.clerk.post("/api/reports", body)
        while answer.status_code == 503:
            assert new_town.position == before
            answer = new_town.clerk.post("/api/reports", body)
        assert answer.status_code == 201
        assert new_town.position == before + 3
