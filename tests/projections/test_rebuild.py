"""Building the read models anew: the same rows, while readers and writers go on."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from typing import Any

import pytest

from ledger.postgres.connections import connect
from ledger.postgres.embedded import Running
from projections.read_models import projector, tables
from projections.read_models import rebuild as rebuilding
from projections.read_models.rebuild import Abandoned, compare, rebuild
from projections.read_models.schemas import being_built_up_to, index_statements
from tests.api.founding import Founding
from tests.api.site import FORCE, NOTE, PFCC, Site, explanation, recommendation, said, statement
from tests.conftest import examples
from tests.projections.sites import fresh_site, template_site

pytestmark = pytest.mark.long

SAME = dict.fromkeys(tables.NAMES, 0)
WHY = {"reason": "A slip."}
LISTS = ("/api/reports", "/api/recommendations", "/api/responses")


def silent(position: int, head: int) -> None:
    """Ignore the progress."""


def a_history(site: Site) -> None:
    """Reports, statements and recommendations, their days corrected and themselves retracted."""
    clerk = site.clerk
    one = site.publish(
        bodies=[PFCC, "dorset-pcc"],
        recommendations=[
            recommendation("02", target={"on": "2025-09-30"}),
            recommendation("10", addressees=[FORCE, "dorset-police"]),
            recommendation("afi-1", kind="afi"),
        ],
    )
    two = site.publish(published_on="2025-06")
    site.catch_up()
    said = statement(explanations=[explanation("2"), explanation("10", how="general")])
    also = [{"report": two.reference, "explanations": [explanation()]}]
    published = clerk.act(f"{one.response}/statement", said | {"also": also})
    first = f"/api/entries/{one.entry('report-published')}/corrections"
    slip = clerk.act(
        first, {"field": "published_on", "now": "2025-05-20", "source": site.own_page()} | WHY
    )
    site.catch_up()
    undone = clerk.act(f"/api/entries/{slip}/retraction", WHY | {"source": site.own_page()})
    clerk.act(f"/api/entries/{undone}/retraction", WHY | {"source": site.own_page()})
    second = f"/api/entries/{two.entry('report-published')}/corrections"
    clerk.act(
        second, {"field": "occurred_on", "now": "2025-06-02", "source": site.own_page()} | WHY
    )
    day = {"field": "published_on", "now": "2025-07-14"} | WHY
    clerk.act(f"/api/entries/{published}/corrections", day)
    closure = clerk.act(
        f"{one.recommendation}/closures",
        {"reason": "R.", "occurred_on": "2025-08", "source": NOTE},
    )
    clerk.act(f"{one.recommendation}/updates", {"text": "U.", "occurred_on": None, "source": NOTE})
    clerk.act(f"/api/entries/{closure}/corrections", {"field": "occurred_on", "now": None} | WHY)
    site.catch_up()
    clerk.act(f"/api/entries/{closure}/retraction", WHY | {"source": site.own_page()})
    aside = clerk.act(f"/api/entries/{published}/retraction", WHY | {"source": site.own_page()})
    clerk.act(f"/api/entries/{aside}/retraction", WHY | {"source": site.own_page()})
    raised = clerk.act(
        f"{two.path}/recommendations", recommendation("03", occurred_on=None, source=NOTE)
    )
    clerk.act(f"/api/entries/{raised}/corrections", {"field": "kind", "now": "afi"} | WHY)
    clerk.act(f"/api/entries/{raised}/retraction", WHY | {"source": site.own_page()})
    three = site.publish(recommendations=[])
    gone = clerk.act(
        f"/api/entries/{three.entry('report-published')}/retraction",
        WHY | {"source": site.own_page()},
    )
    site.catch_up()
    clerk.act(f"/api/entries/{gone}/retraction", WHY | {"source": site.own_page()})
    site.catch_up()


@pytest.fixture(scope="module")
def told(postgres: Running, founding: Founding) -> str:
    """Return the name of a site with that history, which each test has a copy of."""
    with template_site(postgres, founding, "site_to_rebuild") as site:
        a_history(site)
    return "site_to_rebuild"


@pytest.fixture
def site(postgres: Running, founding: Founding, told: str) -> Iterator[Site]:
    with fresh_site(postgres, founding, told) as here:
        here._numbers = count(100)  # its first titles are taken
        yield here


def everything(site: Site) -> list[Any]:
    """Return all lists as known at many positions, and effective on days before, between and
    after."""
    return [
        said(site.clerk.get(path, known_at=position, effective_on=day, limit=500))
        for path in LISTS
        for position in range(180, site.position + 1, examples(102, 17))
        for day in ("2025-05-18", "2025-07-12", "2025-11-24")
    ]


@pytest.mark.sampled
def test_a_rebuild_gives_the_same_answers_and_goes_on_from_there(site):
    before = everything(site)

    rebuilt = rebuild(site.url, silent)

    assert (rebuilt.differences, rebuilt.position) == (SAME, site.position)
    assert everything(site) == before
    new = site.publish()
    site.catch_up()
    found = site.anybody.reads("/api/reports")["items"]
    assert new.reference in {one["report"] for one in found}
    assert compare(site.url, silent).differences == SAME


DAMAGES = (
    ("responses", "UPDATE projections.responses SET due_on = due_on + 1"),
    ("recommendations", "DELETE FROM projections.recommendations WHERE status = 'closed'"),
    ("reports", 'UPDATE projections.reports SET state = state || \'{"title": "Forged"}\''),
    ("recommendations", "UPDATE projections.recommendations SET known_to = known_to - 1"),
)


@pytest.mark.sampled
def test_rows_that_are_not_what_the_log_says_are_found_and_mended(site):
    """Every damage is found, and one rebuild mends them all."""
    before, damaged = everything(site), Counter[str]()
    for table, damage in DAMAGES:
        with site.ledger.log.pool.connection() as connection:
            damaged[table] += (changed := connection.execute(damage.encode()).rowcount)
        assert changed > 0

    rebuilt = rebuild(site.url, silent)

    assert all(rebuilt.differences[table] >= rows for table, rows in damaged.items())
    assert compare(site.url, silent).differences == SAME
    assert everything(site) == before


@pytest.mark.sampled
def test_a_rebuild_begins_from_tables_that_are_not_there(site):
    before = everything(site)
    with site.ledger.log.pool.connection() as connection:
        connection.execute("DROP TABLE projections.reports, projections.responses")
        connection.execute("DROP TABLE projections.recommendations, projections.concerns")

    rebuild(site.url, silent)
    site.catch_up()

    assert everything(site) == before


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_readers_and_writers_go_on_during_a_rebuild(site, times):
    at = {"known_at": str(site.position), "effective_on": "2025-08-01", "limit": "500"}
    expected = {path: site.clerk.get(path, **at).data for path in LISTS}
    done = threading.Event()

    def read(path):
        caller, asked = site.caller("clerk"), 0
        while not done.wait(0.01) or not asked:
            answer = caller.get(path, **at)
            assert answer.status_code == 200, answer.text
            assert answer.data == expected[path]
            asked += 1
        return asked

    def write():
        written = 0
        while not done.wait(0.01) or not written:
            site.publish(by=site.caller("clerk"))
            site.catch_up()
            written += 1
        return written

    with ThreadPoolExecutor(4) as threads:
        running = [*(threads.submit(read, path) for path in LISTS), threads.submit(write)]
        try:
            rebuilt = [rebuild(site.url, silent) for _ in range(times)]
        finally:
            done.set()
        assert all(one.result(timeout=30) > 0 for one in running)

    assert [one.differences for one in rebuilt] == [SAME] * times
    site.catch_up()
    assert compare(site.url, silent).differences == SAME
    assert {path: site.clerk.get(path, **at).data for path in LISTS} == expected


def test_read_models_of_a_former_version_are_read_until_those_of_this_one_are_built(site):
    """The position of the former ones is behind the log, and nobody leads: their worker ended."""
    at = {"known_at": str(site.position), "effective_on": "2025-08-01", "limit": "500"}
    waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = %s)"
    expected = {path: site.clerk.get(path, **at).data for path in LISTS}
    with (
        connect(site.url, autocommit=True) as conn,
        connect(site.url) as reader,
        closing(projector.follower(site.url)) as follower,
        ThreadPoolExecutor(1) as threads,
        site.behind(),
    ):
        conn.execute("COMMENT ON TABLE projections.responses IS 'of a former version'")
        site.publish()
        reader.execute("SELECT count(*) FROM projections.reports")
        building = threads.submit(follower.catch_up)
        while conn.execute(waits, ["AccessExclusiveLock"]).fetchone() == (False,):
            assert not building.done()
        met = {path: site.clerk.get(path, **at).data for path in LISTS}
        assert "are not there yet" in str(site.anybody.get("/readyz").json)
        reader.rollback()
        building.result(timeout=30)
        assert met == expected
        assert being_built_up_to(conn) == 0
        reached = "SELECT position, held_why FROM follow.positions WHERE name = 'projector'"
        assert conn.execute(reached).fetchone() == (site.position, None)
    assert compare(site.url, silent).differences == SAME


def test_read_models_that_lack_most_of_the_log_are_built_anew_when_the_projector_begins(
    site, monkeypatch
):
    """To follow from there would write each row of the full tables a second time."""
    monkeypatch.setattr(rebuilding, "WORTHWHILE", 20)
    with connect(site.url, autocommit=True) as conn, closing(projector.follower(site.url)) as one:
        site.catch_up()
        conn.execute("UPDATE follow.positions SET position = 0 WHERE name = 'projector'")
        one.catch_up()
        reached = "SELECT position FROM follow.positions WHERE name = 'projector'"
        assert conn.execute(reached).fetchone() == (site.position,)
    assert compare(site.url, silent).differences == SAME


def test_the_swap_gives_way_to_a_reader_that_holds_a_table_and_waits_for_another(site):
    first, last = (f"projections.{tables.NAMES[at]}" for at in (0, -1))
    waits = """
        SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'
                          AND relation = %s::regclass)
    """
    with connect(site.url) as reader, connect(site.url, autocommit=True) as watching:
        reader.execute(f"SELECT count(*) FROM {last}".encode())
        with ThreadPoolExecutor(1) as threads:
            rebuilt = threads.submit(rebuild, site.url, silent)
            while watching.execute(waits, [last]).fetchone() == (False,):
                assert not rebuilt.done()
            reader.execute(f"SELECT count(*) FROM {first}".encode())
            reader.rollback()
            assert rebuilt.result(timeout=30).differences == SAME

    assert compare(site.url, silent).differences == SAME


def test_a_fresh_table_has_its_indexes_and_its_statistics_as_the_live_one_had(site):
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'projections' ORDER BY indexdef"
    fresh = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'projections'::regnamespace"
        " AND relkind = 'r' AND (reltuples < 0 OR reloptions IS NOT NULL)"
    )
    with connect(site.url, autocommit=True) as conn:
        before = conn.execute(indexes).fetchall()
        assert len(before) > len(tables.NAMES)

        for _ in range(2):
            rebuild(site.url, silent)

            assert conn.execute(indexes).fetchall() == before
            assert conn.execute(fresh).fetchall() == []


def connections(conn):
    """Return the processes of the server that serve this database."""
    here = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    return {pid for (pid,) in conn.execute(here).fetchall()}


KILLED = """
import sys, threading
from projections.read_models import rebuild

def stay(done, total):
    print(done, flush=True)
    threading.Event().wait()

if __name__ == "__main__":
    rebuild.WORTHWHILE = 0
    rebuild.processors = lambda: 2
    rebuild.AT_ONCE = 1
    rebuild.rebuild(sys.argv[1], stay)
"""


def test_a_rebuild_that_is_killed_ends_with_its_processes_and_leaves_nothing_in_the_way(
    site, tmp_path
):
    before = everything(site)
    (tmp_path / "killed.py").write_text(KILLED)
    with connect(site.url, autocommit=True) as conn:
        ours = connections(conn)
        command = [sys.executable, str(tmp_path / "killed.py"), site.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as killed:
            assert killed.stdout is not None
            done = killed.stdout.readline()
            at_work = connections(conn) - ours
            killed.kill()
        assert done.strip().isdigit()
        assert len(at_work) >= 2  # itself, and one of its processes at least

        deadline = time.monotonic() + 30
        while at_work & connections(conn):
            assert time.monotonic() < deadline, "they go on"
    assert rebuild(site.url, silent).differences == SAME
    assert everything(site) == before


def test_a_process_whose_rebuild_was_killed_while_it_started_writes_nothing_into_the_next(site):
    with connect(site.url, autocommit=True) as conn:
        with connect(site.url) as killed:
            gone = killed.info.backend_pid
        while gone in connections(conn):
            pass
        reports = [row[0] for row in conn.execute("SELECT report FROM projections.reports")]
        rebuilding.begin(conn)
        rebuilding._start(site.url, site.position, gone)
        try:
            with pytest.raises(Abandoned):
                rebuilding.work_out(reports)
            with pytest.raises(Abandoned):
                rebuilding.build_index(index_statements()[0])
        finally:
            rebuilding._stop()
        written = conn.execute("SELECT count(*) FROM projections_next.recommendations").fetchone()

    assert written == (0,)
    assert rebuild(site.url, silent).differences == SAME
