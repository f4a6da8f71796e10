"""The event sourcing library's own suite for recorders, run against ours."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from eventsourcing.tests.persistence import ApplicationRecorderTestCase

from ledger.log.storage import LogRecorder
from ledger.postgres.connections import pool


class TestOurRecorderKeepsTheLibrarysContract(ApplicationRecorderTestCase[LogRecorder]):
    url: str

    @pytest.fixture(autouse=True)
    def _fresh_database(self, database_url: str) -> Iterator[None]:
        self.url = database_url
        with pool(database_url, max_size=20) as self.connections:
            yield

    def new_originator_id(self) -> UUID | str:
        return str(uuid4())

    def create_recorder(self) -> LogRecorder:
        return LogRecorder(self.connections, self.url)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()
