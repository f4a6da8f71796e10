"""However much a state rests on, it is read with few statements, and nobody asks for it before."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from projections.read_models.segments import segments
from projections.read_models.tables import RECOMMENDATIONS, RESPONSES, Subject
from projections.streams import Streams
from tests.api.site import FORCE, PFCC, Site, recommendation

READS: list[str] = []
"""What was read of the log's entries."""


class Noting(psycopg.Cursor[Any]):
    """Notes each statement that reads entries."""

    def execute(self, query, *args, **more):
        text = query.as_string(self) if hasattr(query, "as_string") else query
        if "ledger.counted_entries" in text or "ledger.entries" in text:
            READS.append(text)
        return super().execute(query, *args, **more)


@pytest.fixture
def conn(site: Site) -> Iterator[psycopg.Connection]:
    with psycopg.connect(site.url, cursor_factory=Noting, autocommit=True) as conn:
        yield conn


def publish(site: Site, many: int) -> str:
    """A report with so many recommendations, each with an update that cites a copy of its own, and
    a response that explains them all."""
    numbers = [f"{n:02}" for n in range(2, many + 2)]
    report = site.publish(recommendations=[recommendation(one) for one in numbers])
    for one in numbers:
        copy = site.capture(f"<p>{report.reference}, {one}</p>".encode())
        path = f"/api/recommendations/{report.reference}/{one}/{FORCE}/updates"
        site.clerk.act(
            path, {"text": "Done.", "occurred_on": "2025-10-01", "source": {"capture": copy}}
        )
    explained = [
        {"number": one, "addressee": FORCE, "how": "named", "stance": "taken", "text": "Done."}
        for one in numbers
    ]
    site.clerk.act(
        f"{report.response}/statement",
        {"published_on": "2025-07-01", "text": "All is done.", "explanations": explained},
    )
    return report.reference


def reads(site: Site, conn: psycopg.Connection, subject: Subject) -> int:
    """How often entries are read until the states of a subject are worked out."""
    reader = Streams(conn, site.position)
    reader.service(site.position)  # the register is read once a process
    READS.clear()
    assert segments(subject, reader, site.position)
    return len(READS)


def test_a_response_is_read_in_as_many_statements_however_much_it_explains(site, conn):
    one, many = publish(site, 1), publish(site, 12)

    few = reads(site, conn, (RESPONSES, (PFCC, one, "response")))

    assert reads(site, conn, (RESPONSES, (PFCC, many, "response"))) == few <= 4


def test_a_recommendation_is_read_in_as_many_statements_however_many_copies_are_cited(site, conn):
    report = publish(site, 1)
    subject = (RECOMMENDATIONS, (FORCE, report, "2"))
    few = reads(site, conn, subject)

    for n in range(8):
        copy = site.capture(f"<p>{n}</p>".encode())
        site.clerk.act(
            f"/api/recommendations/{report}/02/{FORCE}/updates",
            {"text": "More.", "occurred_on": "2025-10-02", "source": {"capture": copy}},
        )

    assert reads(site, conn, subject) == few
