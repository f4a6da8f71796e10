"""A service whose read models are not built yet: it says so, and asks for a little patience."""

import psycopg
import pytest

from projections.read_models import schemas, tables
from tests.api import addresses as there
from tests.api.founding import FEW_BODIES
from tests.api.site import Site, problem_of
from tests.conftest import some

FOUNDING = FEW_BODIES

LISTS = ("/api/reports", "/api/recommendations", "/api/responses", "/api/compliance")
PAGES = ("/", "/reports")


def gone(conn: psycopg.Connection) -> None:
    """As before the projector of a new service has run."""
    schemas.drop(conn, tables.SCHEMA)


def older(conn: psycopg.Connection) -> None:
    """As an earlier version made them, before the projector of this one has run."""
    conn.execute("COMMENT ON TABLE projections.responses IS 'older'")
    for table in ("reports", "recommendations", "responses"):
        conn.execute(f"ALTER TABLE projections.{table} RENAME known_to TO known".encode())


@pytest.mark.sampled
@pytest.mark.parametrize("as_it_is", [gone, older])
def test_a_read_before_the_read_models_are_built_is_told_to_come_again(site: Site, as_it_is):
    report = site.publish()
    everywhere = there.addresses(site.app, there.places(site, report))
    with site.ledger.log.pool.connection() as conn:
        as_it_is(conn)

    with site.behind():
        for path in (*LISTS, report.recommendation):
            refused = site.anybody.get(path)
            assert "are being built" in problem_of(refused, 503, "not-there-yet")["detail"]
            assert refused.headers["Retry-After"] == "5"
        for path in PAGES:
            page = site.anybody.get(path)
            assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
            assert "are being built" in page.text
        said = {site.clerk.get(one).status_code for one in some(everywhere.values(), 3)}
        assert said <= {200, 302, 422, 503}

    with site.ledger.log.pool.connection() as conn:
        schemas.prepare(conn)
    site.catch_up()
    assert [site.anybody.get(path).status_code for path in (*LISTS, *PAGES)] == [200] * 6
