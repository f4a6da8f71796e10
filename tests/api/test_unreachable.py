"""A database that stops answering: a problem that says so, and nothing that stays broken."""

import time

import psycopg

from tests.api.founding import FEW_BODIES
from tests.api.site import Site, problem_of

FOUNDING = FEW_BODIES

CONNECTIONS = 10
"""How many the pool has at most: each may have to break once."""


def break_connections(site: Site) -> None:
    """End all connections to the site's database, after its read models have caught up."""
    if site.follows:
        site.catch_up()
        site.follows = False
    site.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_broken_connection_is_a_503_and_then_replaced(site):
    report = site.publish()
    broke = 0
    for path in (report.path, report.response, "/api/entries", "/api/reports"):
        break_connections(site)
        while (answer := site.anybody.get(path)).status_code != 200:
            problem_of(answer, 503, "unreachable")
            assert answer.headers["Retry-After"] == "1"
            broke += 1
            assert broke <= 5 * CONNECTIONS, "they are not replaced"

    assert broke, "no connection was broken"


def test_a_write_over_broken_connections_is_recorded_once_or_not_at_all(site):
    for _ in range(3):
        break_connections(site)
        before, body = site.position, site.report()
        answer = site.clerk.post("/api/reports", body)
        while answer.status_code == 503:
            assert site.position == before
            answer = site.clerk.post("/api/reports", body)
        assert answer.status_code == 201
        assert site.position == before + 3


def test_a_write_to_a_read_only_database_is_a_503_and_reading_goes_on(new_site, postgres):
    report, before = new_site.publish(), new_site.position
    new_site.catch_up()
    name = new_site.rows("SELECT current_database()")[0][0]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as elsewhere:
        elsewhere.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        break_connections(new_site)
        try:
            for _ in range(CONNECTIONS + 1):
                answer = new_site.clerk.post("/api/reports", new_site.report())
                problem = problem_of(answer, 503, "unreachable")
                assert answer.headers["Retry-After"] == "1"
                assert "takes no writes" in problem["detail"]
            problem = problem_of(new_site.clerk.upload(b"<p>x</p>"), 503, "unreachable")
            assert "takes no writes" in problem["detail"]
            assert new_site.anybody.get(report.path).status_code == 200
        finally:
            elsewhere.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
    assert new_site.position == before
    break_connections(new_site)
    answer = new_site.clerk.post("/api/reports", new_site.report())
    while answer.status_code == 503:
        answer = new_site.clerk.post("/api/reports", new_site.report())
    assert answer.status_code == 201


def test_a_question_to_a_vanished_database_is_a_503_until_it_is_back(new_site, postgres):
    report = new_site.publish()
    new_site.catch_up()
    new_site.follows = False
    new_site.ledger.pool.timeout = 0.2  # to wait longer for a connection changes no answer
    name = new_site.rows("SELECT current_database()")[0][0]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as elsewhere:
        elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        elsewhere.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [name],
        )
        try:
            for path in (report.path, "/readyz", "/reports"):
                answer = new_site.anybody.get(path)
                assert answer.status_code == 503, (path, answer.text)
                assert answer.headers["Retry-After"] == "1"
            problem_of(new_site.clerk.post("/api/reports", new_site.report()), 503, "unreachable")
        finally:
            elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    deadline = time.monotonic() + 30
    while new_site.anybody.get(report.path).status_code != 200:
        assert time.monotonic() < deadline, "it stays broken"
