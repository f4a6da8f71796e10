"""Measure what pages of a large log cost at the server: python -m bench pages [--entries N]

The application itself is asked for each page by turns, now and in the past. Measured are the time
on the clock, the time on the processor (of this process and of the database's processes for it),
and the page's size, compressed as it is sent and before that.
"""

import argparse
import gc
import gzip
import statistics
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg

from api.app import flask_app
from bench import grown
from ledger.postgres.embedded import embedded
from ledger.settings import Settings
from tests.servers import temporary_server

MOST_MS, MOST_KB = 150, 60
_BODY = """
    SELECT addressee FROM projections.recommendations WHERE known_to = 9223372036854775807
     GROUP BY addressee ORDER BY count(*) DESC, addressee LIMIT 1
"""
_RECOMMENDATION = """
    SELECT report, key, addressee FROM projections.recommendations
     WHERE addressee = %s AND known_to = 9223372036854775807 ORDER BY known_from DESC LIMIT 1
"""
_RESPONSE = """
    SELECT report, body FROM projections.responses
     WHERE known_to = 9223372036854775807 ORDER BY known_from DESC LIMIT 1
"""
_ENTRY = "SELECT event_id FROM ledger.entries WHERE position = %s"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench pages", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the log that is seeded")
    parser.add_argument("--times", type=int, default=9, help="how often each page is asked for")
    parser.add_argument("--folder", type=Path, help="where the database is kept, on a real disk")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        place = embedded(given.folder) if given.folder else temporary_server()
        server = stack.enter_context(place)
        log = grown.grown(server, given.entries)
        if not grown.is_built(log):
            grown.build(log)
        measure(log, given.times)


def measure(log: grown.Grown, times: int) -> None:
    """Print a line for each page: medians, and its size."""
    app = flask_app(replace(Settings(), database_url=log.url))
    gc.freeze()  # as the service's processes do with what they imported (api/web.py)
    client = app.test_client()
    with psycopg.connect(log.url, autocommit=True) as conn:
        pages = addresses(conn, log.head)
        print(f"\nPages of {log.head:,} entries (aims: {MOST_MS} ms, {MOST_KB} KB)")
        took: dict[str, list[tuple[float, float]]] = {page: [] for page in pages}
        sizes: dict[str, tuple[float, float]] = {}
        for _ in range(times + 1):
            for page in pages:
                began, worked = time.perf_counter(), _worked(conn)
                answer = client.get(page, headers={"Accept-Encoding": "gzip"})
                assert answer.status_code == 200, (page, answer.data[:300])
                took[page].append((time.perf_counter() - began, _worked(conn) - worked))
                sent = answer.data if "Content-Encoding" in answer.headers else b""
                said = gzip.decompress(sent) if sent else answer.data
                sizes[page] = len(answer.data) / 1024, len(said) / 1024
    for page in pages:
        clock, worked = (statistics.median(one) * 1000 for one in zip(*took[page][1:], strict=True))
        sent, whole = sizes[page]
        missed = " MISSED" if worked > MOST_MS or sent > MOST_KB else ""
        print(
            f"{clock:8.0f} ms {worked:6.0f} ms of processor"
            f" {sent:6.1f} KB ({whole:.0f})  {page}{missed}"
        )


def addresses(conn: psycopg.Connection, head: int) -> list[str]:
    """Return the address of every kind of page now, of the body that has most, and of some pages as
    known in the past."""
    body = _one(conn, _BODY)[0]
    office = _one(conn, "SELECT body FROM projections.responses LIMIT 1")[0]
    report, key, addressee = _one(conn, _RECOMMENDATION, body)
    answered, by = _one(conn, _RESPONSE)
    then = f"known_at={head // 2}&effective_on=2024-01-31"
    whole = [
        "/",
        f"/bodies/{body}",
        f"/bodies/{office}",
        f"/bodies/{office}/pack",
        "/bodies/hmicfrs",
        "/reports",
        f"/reports/{report}",
        f"/recommendations/{report}/{key}/{addressee}",
        f"/across/{report}/{key}",
        f"/responses/{answered}/{by}",
        "/recommendations",
        "/recommendations?target=passed",
        "/recommendations?status=claimed_complete&year=2022",
        "/recommendations?completion=waiting_over_a_year",
        "/api/recommendations/themes",
        f"/recommendations?body={body}&assurances=open",
        "/recommendations?q=custody",
        "/responses",
        "/responses?verdict=late",
        f"/responses?body={office}",
        "/compliance",
        "/compliance?group_by=kind",
        "/compliance?group_by=year",
        f"/compliance?body={office}",
        "/meetings",
        f"/changes?from={head - 1000}",
        f"/changes?from={head // 2}&body={office}",
        "/late-entries?late_by=14",
        "/late-entries?late_by=100",
        "/search?q=custody",
        f"/entries/{_one(conn, _ENTRY, head - 5)[0]}",
        "/help",
        "/log",
    ]
    past = (
        *("/", f"/bodies/{body}", f"/bodies/{office}/pack", "/recommendations"),
        *("/responses?verdict=late", "/compliance"),
    )
    return [*whole, *(f"{page}{'&' if '?' in page else '?'}{then}" for page in past)]


def _one(conn: psycopg.Connection, query: str, *asked: object) -> tuple[str, ...]:
    row = conn.execute(query.encode(), asked or None).fetchone()
    assert row is not None
    return tuple(map(str, row))


def _worked(conn: psycopg.Connection) -> float:
    """Return the seconds on a processor of this process and of the database's processes for this
    log."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    found = time.process_time()
    for (pid,) in conn.execute(query).fetchall():
        ran = Path(f"/proc/{pid}/schedstat")
        found += int(ran.read_text().split()[0]) / 1e9 if ran.exists() else 0
    return found
