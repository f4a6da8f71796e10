"""The log as it grows, over server-sent events from a real gunicorn."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.decision import Told
from ledger.embedded import Running
from ledger.events import KeyAdded
from ledger.service import SETUP
from ledger.transparency import note
from tests.api import town as towns
from tests.api.conftest import TEMPLATE
from tests.api.reading import SECONDS, Web, serving
from tests.api.test_sealed import ORIGIN, SealedTown
from tests.api.town import FORCE, PFCC, Town, problem_of
from tests.conftest import new_database
from tests.log.following import running

STREAMS = 21


@dataclass
class Scene:
    """A sealed log, written to from here, and a web server that streams it."""

    sealed: SealedTown
    web: Web
    connections: int
    """How many connections to the database there were before the web server."""

    @property
    def town(self) -> Town:
        return self.sealed.town

    def grow(self) -> int:
        """Record three entries, which are not sealed yet: the last position."""
        self.town.publish()
        return self.town.position


def connections(town: Town) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    found: int = town.rows(query)[0][0]
    return found


@pytest.fixture(scope="module")
def scene(
    postgres: Running, people: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stream")
    with (
        new_database(postgres, TEMPLATE) as url,
        towns.opened(url, people) as opened,
        towns.by_its_clock(opened) as town,
    ):
        sealed = sealing(town, folder)
        town.publish()
        sealed.seal()
        town.catch_up()
        before = connections(town)
        settings = {"stream_heartbeat": 1, "web_threads": STREAMS + 4, "web_streams": STREAMS}
        with serving(url, ORIGIN, **settings) as web:
            yield Scene(sealed, web, before)
        for notebook in sealed.notebooks:
            notebook.close()


def sealing(town: Town, folder: Path) -> SealedTown:
    key = note.generate(ORIGIN)
    (folder / "signing.key").write_text(key.text)
    town.ledger.add_key(SETUP, KeyAdded(vkey=key.vkey), Told())
    return SealedTown(town, folder, key)


def test_each_entry_comes_once_and_in_order_while_many_record_as_the_list_has_it(scene):
    begins = scene.town.position

    def record(n: int) -> None:
        clerk = scene.town.caller("clerk")
        for _ in range(5):
            scene.town.publish(clerk)

    with scene.web.follow() as reader, running(scene.sealed.sealer()):
        with ThreadPoolExecutor(4) as writers:
            list(writers.map(record, range(4)))
        reader.upto(scene.town.position)

    assert scene.town.position == begins + 60
    assert reader.ids == list(range(1, scene.town.position + 1))
    listed = scene.web.get("/api/entries", limit=500)
    assert b'"items":[' + b",".join(one.data for one in reader.came) + b"]" in listed.content
