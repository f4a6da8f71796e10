"""The read models of a whole service are patrolled while it runs."""

import psycopg
import pytest

from tests.e2e.service import Service
from tests.e2e.test_sealing import until

pytestmark = pytest.mark.long


def test_the_worker_that_projects_looks_at_the_read_models_too(service: Service) -> None:
    with psycopg.connect(service.status()["database"], autocommit=True) as conn:
        until(lambda: conn.execute("SELECT FROM follow.patrol").fetchall())

        rows = conn.execute("SELECT difference FROM follow.patrol WHERE difference <> ''")
        assert rows.fetchall() == []
