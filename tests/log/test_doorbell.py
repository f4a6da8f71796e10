"""The doorbell: whoever may connect can ring it, with any words."""

import psycopg
import pytest

from ledger.log.doorbell import CHANNEL, Doorbell


@pytest.mark.parametrize("words", ["", "nine", "-1", "1.5", "9" * 5000])
def test_a_ring_that_is_no_position_rings(database, words):
    bell = Doorbell(database.url)
    bell.open()
    with psycopg.connect(database.url, autocommit=True) as anybody:
        anybody.execute("SELECT pg_notify(%s, %s)", (CHANNEL, words))

    assert bell.wait(10, beyond=10**6)
    bell.close()
