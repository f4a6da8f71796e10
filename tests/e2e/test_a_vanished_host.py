"""The database's host vanishes, and a replica takes over: nothing answers, and nothing says so. Two
PostgreSQL clusters, one of them behind an address in a network namespace of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from itertools import pairwise
from urllib.parse import quote

import pytest
import requests

from tests.api.reading import serving
from tests.clusters import Cluster
from tests.e2e.offices import LOOKED
from tests.keys.keyed_log import ORIGIN
from tests.processes import SECONDS, until
from tests.vanishing import Host, host, needs_namespaces

GAP = 10.0
"""Seconds without an acknowledged write, at most."""
pytestmark = [pytest.mark.long, needs_namespaces]


@pytest.fixture
def vanishing(first: Cluster) -> Iterator[Host]:
    """Yield the host by which the service reaches the primary."""
    with host(first.socket) as made:
        yield made


def wherever(vanishing: Host, second: Cluster) -> str:
    """Return the URL of the primary behind its host, or of the replica."""
    hosts = f"{vanishing.address},{quote(str(second.folder), safe='')}"
    return f"postgresql://postgres@/answerable?host={hosts}&target_session_attrs=read-write"


class Writer(threading.Thread):
    """Somebody who records one act after the other, each until it is acknowledged."""

    def __init__(self, web: str, token: str, name: str, stop: threading.Event) -> None:
        super().__init__(name=name)
        self.web = web
        self.token = token
        self.stop = stop
        self.acknowledged: list[tuple[float, int]] = []
        """When each was, and its position."""

    def run(self) -> None:
        nth = 0
        while not self.stop.is_set():
            nth += 1
            while (answer := self._sends(nth)) is None or answer.status_code == 503:
                if self.stop.wait(0.1):
                    return
            assert answer.status_code == 201, answer.text
            self.acknowledged.append((time.monotonic(), int(answer.json()["position"])))

    def _sends(self, nth: int) -> requests.Response | None:
        try:
            return requests.post(
                f"{self.web}/api/captures",
                files={"file": ("letter.txt", BytesIO(f"{self.name} {nth}".encode()))},
                headers={
                    "Authorization": f"Bearer {self.token}",
                    "Idempotency-Key": f"{self.name}-{nth}",
                },
                timeout=SECONDS,
            )
        except requests.ConnectionError:
            return None


@pytest.mark.soak
def test_a_host_that_vanishes_leaves_a_gap_of_seconds_also_to_followers(
    office, first, second, vanishing
):
    url = wherever(vanishing, second)
    first.do("ALTER SYSTEM SET synchronous_standby_names = '*'")
    first.do("SELECT pg_reload_conf()")
    first.until("EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')")
    stop = threading.Event()
    with ExitStack() as service:
        service.enter_context(office.following(url, "sealer"))
        service.enter_context(office.following(url, "projector"))
        web = service.enter_context(serving(url, ORIGIN, data=office.data)).url
        office.sealed(web, "Before", first)
        writers = [Writer(web, office.token, f"writer {n}", stop) for n in range(2)]
        for one in writers:
            one.start()
        try:
            until(lambda: all(len(one.acknowledged) > 3 for one in writers))
            vanished = time.monotonic()
            vanishing.vanish()
            second.promote()
            until(lambda: all(one.acknowledged[-1][0] > vanished + 1 for one in writers))
            head = max(position for one in writers for _, position in one.acknowledged)
            second.until(LOOKED)
            second.until(f"(SELECT max(size) FROM ledger.checkpoints) >= {head}")
            second.until(
                f"(SELECT position FROM follow.positions WHERE name = 'projector') >= {head}"
            )
            followed = time.monotonic() - vanished
        finally:
            stop.set()
            for one in writers:
                one.join()

    at = sorted(one for writer in writers for one, _ in writer.acknowledged)
    gap = max(later - earlier for earlier, later in pairwise(at))
    assert gap < GAP
    assert followed < GAP, f"writes went on after {gap:.1f} s"
    there = second.value("SELECT json_agg(position) FROM ledger.entries")
    positions = [position for writer in writers for _, position in writer.acknowledged]
    assert len(set(positions)) == len(positions)
    assert set(positions) <= set(there)
