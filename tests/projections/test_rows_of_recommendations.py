"""The rows of a recommendation are brought on from the first day that an act can change. They are
those that are worked out from the start."""

from collections import defaultdict
from datetime import date
from itertools import islice
from random import Random

import psycopg
import pytest
from psycopg import sql

from ledger.log.follower import read_whole
from ledger.postgres.connections import connect
from projections.read_models import rebuild, tables
from projections.read_models.comparison import differences
from projections.read_models.projection import project
from projections.read_models.segments import Segment, segments
from projections.read_models.tables import AS_KNOWN_NOW, NEXT, RECOMMENDATIONS, Subject, decoded
from projections.streams import Streams
from tests.api.site import Site
from tests.projections.every_act import step
from tests.projections.living import History, live

ON_RECOMMENDATIONS = {
    *("recommendation", "assurance", "update", "target", "closure-proposals", "closures"),
    *("refusals", "reopenings", "withdrawals", "supersessions", "repeats", "statement", "passage"),
    *("revision", "correct report", "correct day", "correct", "cite", "retract", "undo", "release"),
    "report again",
}
Rows = dict[Subject, list[tuple[int, int, Segment]]]


def rows(conn: psycopg.Connection, schema: str) -> Rows:
    """Return the rows of each recommendation: known from, known to, and the state."""
    query = sql.SQL(
        "SELECT addressee, report, key, known_from, known_to, effective_from, effective_to, state"
        "  FROM {} ORDER BY known_from, effective_from"
    ).format(sql.Identifier(schema, RECOMMENDATIONS.name))
    found: Rows = defaultdict(list)
    for *key, known_from, known_to, begin, end, state in conn.execute(query).fetchall():
        segment = Segment(begin, end, decoded(RECOMMENDATIONS, state))
        found[RECOMMENDATIONS, tuple(key)].append((known_from, known_to, segment))
    return found


def known_at(several: list[tuple[int, int, Segment]], position: int) -> list[Segment]:
    """Return the segments known at a position, in the order of their days."""
    there = [one for known_from, until, one in several if known_from <= position < until]
    return sorted(there, key=lambda one: one.effective_from)


def histories(chance: Random, many: int, steps: int) -> list[History]:
    """Draw histories in which most acts are on recommendations."""
    drawn = (step(chance) for _ in range(10**6))
    acts = (one for one in drawn if one.does in ON_RECOMMENDATIONS)
    return [(nth, [*islice(acts, steps)]) for nth in range(many)]


@pytest.mark.parametrize("seed", [56, *(pytest.param(n, marks=pytest.mark.soak) for n in range(9))])
def test_rows_brought_on_by_batches_are_those_worked_out_from_the_start(site: Site, seed: int):
    chance = Random(seed)
    live(site, date(2025, 11, 25), histories(chance, 2, 120))
    with connect(site.url, autocommit=True) as conn:
        rebuild.begin(conn)
        entries, kept = read_whole(conn, 0, site.position), None
        while entries:
            size = chance.choice([1, 1, 1, 2, 5, 40])
            batch, entries = entries[:size], entries[size:]
            while entries and entries[0].entry.instant == batch[-1].entry.instant:
                batch.append(entries.pop(0))  # a transaction is never divided
            with conn.transaction():
                kept = project(conn, batch, NEXT, kept if chance.random() < 0.8 else None)

        compared = 0
        for subject, several in rows(conn, NEXT).items():
            turns = {turn for known_from, until, _ in several for turn in (known_from, until)}
            for position in sorted(turns - {AS_KNOWN_NOW}):
                reader = Streams(conn, position)
                assert known_at(several, position) == segments(subject, reader, position)
                compared += 1
        assert compared > 60, "hardly anything changed"
        assert differences(conn, tables.SCHEMA, NEXT) == dict.fromkeys(tables.NAMES, 0)
