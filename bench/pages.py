"""Measure what pages of a large log cost at the server: python -m bench pages [--entries N]

The application itself is asked for each page by turns, now and in the past, and for pages of
somebody who signed in. Measured are the time on the clock, the time on the processor (of this
process and of the database's processes for it), and the page's size, compressed as it is sent and
before that.
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
from flask import Flask
from flask.testing import FlaskClient

from api.app import flask_app
from api.requests.browser_sessions import Session
from bench import grown
from bench.systems import TEXT
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Decision, Notice
from ledger.acts.recommendation import receive_update
from ledger.acts.service import open_account
from ledger.application import Ledger
from ledger.events import AccountOpened, Source, UpdateReceived
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.postgres.connections import pool
from ledger.postgres.embedded import embedded
from ledger.settings import Settings
from ledger.states.service import SETUP
from projections.read_models import projector
from tests.servers import temporary_server

MOST_MS, MOST_KB = 150, 60
CAPTURES, LONG, AT_ONCE = 2000, 1000, 100
"""So many captures are kept by one office, and so many updates are on one recommendation."""
TOLD = Notice(occurred_on="2025-05-16", source=Source(url="https://www.example.org/updates"))
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
_RESPONSE_OF = """
    SELECT report FROM projections.responses
     WHERE body = %s AND known_to = 9223372036854775807 ORDER BY known_from DESC LIMIT 1
"""
_RECOMMENDATION_OF_FORCE = """
    SELECT report, key, addressee FROM projections.recommendations
     WHERE report = (SELECT max(report) FROM projections.responses WHERE body = %s)
       AND known_to = 9223372036854775807 AND status = 'open' LIMIT 1
"""
_ENTRY = "SELECT event_id FROM ledger.entries WHERE position = %s"
_LONGEST = """
    SELECT split_part(stream, '/', 2), split_part(stream, '/', 3), split_part(stream, '/', 4)
      FROM ledger.entries WHERE stream ^@ 'recommendation/' ORDER BY version DESC, stream LIMIT 1
"""


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
        office, panel = lengthen(log)
        measure(log, given.times, office, panel)


def lengthen(log: grown.Grown) -> tuple[str, str]:
    """Add to the log what seeding leaves out, once: captures of an office, and a recommendation
    with a long trail. Return the accounts of that office and of its panel."""
    with pool(log.url, max_size=2) as connections, psycopg.connect(log.url) as conn:
        ledger = Ledger(connections, log.url)
        body = _one(conn, "SELECT body FROM projections.responses LIMIT 1")[0]
        bodies = ledger.service().bodies
        panel = str(bodies[body].panel)
        office, officer = f"{body}/clerk", f"{panel}/officer"
        for name, of in ((office, body), (officer, panel)):
            if name not in ledger.service().accounts:
                opened = AccountOpened(account=name, body=of)
                ledger.record(SETUP, open_account, opened, Notice(), ["record"])
        if conn.execute("SELECT FROM ledger.captures LIMIT 1").fetchone() is None:
            for begun in range(0, CAPTURES, AT_ONCE):
                ledger.record(ledger.account(office), _keep, begun)
            longest = RecommendationId(*_one(conn, _LONGEST))
            for _ in range(0, LONG, AT_ONCE):
                ledger.record(SETUP, _update, longest)
            projector.follower(log.url).catch_up()
        return office, officer


def _keep(decision: Decision, begun: int) -> None:
    for n in range(begun, begun + AT_ONCE):
        page = f"<!doctype html><title>Letter {n}</title><p>{TEXT}".encode()
        keep_capture(decision, received(page, f"https://www.example.org/letters/{n}"), Notice())


def _update(decision: Decision, of: RecommendationId) -> None:
    for _ in range(AT_ONCE):
        receive_update(decision, of, UpdateReceived(text=say(TEXT)), TOLD)


def signed_in(app: Flask, account: str) -> FlaskClient:
    """Return a browser in which an account has signed in."""
    client = app.test_client()
    with client.session_transaction() as session:
        assert isinstance(session, Session)
        session.begin_for("bench", accounts=[account], account=account, proven_at=None)
    return client


def measure(log: grown.Grown, times: int, office: str, panel: str) -> None:
    """Print a line for each page: medians, and its size."""
    app = flask_app(replace(Settings(), database_url=log.url))
    gc.freeze()  # as the service's processes do with what they imported (api/web.py)
    anybody, clerk = app.test_client(), signed_in(app, office)
    with psycopg.connect(log.url, autocommit=True) as conn:
        pages = dict.fromkeys(addresses(conn, log.head), anybody)
        pages |= dict.fromkeys(forms(conn, office.partition("/")[0]), clerk)
        pages |= {"/record?": signed_in(app, panel)}
        print(f"\nPages of {log.head:,} entries (aims: {MOST_MS} ms, {MOST_KB} KB)")
        took: dict[str, list[tuple[float, float]]] = {page: [] for page in pages}
        sizes: dict[str, tuple[float, float]] = {}
        for _ in range(times + 1):
            for page, client in pages.items():
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


def forms(conn: psycopg.Connection, office: str) -> list[str]:
    """Return the addresses of pages and forms of an office that is signed in."""
    report, key, addressee = _one(conn, _RECOMMENDATION_OF_FORCE, office)
    one = f"{report}/{key}/{addressee}"
    answered = _one(conn, _RESPONSE_OF, office)[0]
    return [
        "/record",
        "/record/reports",
        f"/record/responses/{answered}/{office}/statement",
        f"/record/responses/{answered}/{office}/revisions",
        f"/record/recommendations/{one}/assurances",
        f"/record/recommendations/{one}/updates",
        "/record/draft",
        "/record/sheet",
    ]


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
        f"/reports/{report}?body={body}",
        f"/recommendations/{report}/{key}/{addressee}",
        f"/recommendations/{'/'.join(_one(conn, _LONGEST))}",
        f"/across/{report}/{key}",
        f"/responses/{answered}/{by}",
        "/recommendations",
        "/recommendations?target=passed",
        "/recommendations?status=claimed_complete&year=2022",
        "/recommendations?completion=waiting_over_a_year",
        "/api/recommendations/themes",
        f"/recommendations?body={body}&assurances=open",
        "/recommendations?q=custody",
        "/recommendations?q=force",
        "/recommendations?q=40",
        "/responses?q=custody",
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
    in_welsh = ("/", f"/bodies/{body}", "/recommendations", "/compliance", "/reports")
    return [
        *whole,
        *(f"{page}{'&' if '?' in page else '?'}{then}" for page in past),
        *(f"/cy{page}" for page in in_welsh),
    ]


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
