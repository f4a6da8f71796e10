"""The database's verdict and coverage against those of Python, for states and days at random."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from psycopg import sql
from psycopg.rows import dict_row

from ledger.events.recommendation import Kind
from projections.states import response
from projections.states.values import (
    AddedLine,
    DisappliedLine,
    ExtendedLine,
    PublicationLine,
    ResponseState,
    Said,
)
from projections.tables import schemas, segments
from projections.tables.rectangles import Rectangles
from projections.tables.segments import Segment
from projections.tables.tables import FOREVER, VERDICTS
from projections.verdict.compliance import (
    BASES,
    Explained,
    Invitation,
    Listed,
    Publication,
    Receipt,
)
from projections.verdict.sql import BASED, HERE, JUDGED
from tests.response_cases import ASKED, DAYS, EDGES, REPORT, publications

TEXT = Said("public", "en", 1, "text", "cumbria-pfcc", "cumbria-pfcc/clerk")
KINDS: tuple[Kind, ...] = ("recommendation", "cause_of_concern", "afi")
iso = DAYS.map(date.isoformat)


def line(one: Publication, parts: Any) -> PublicationLine:
    return PublicationLine(
        entry=one.entry,
        position=one.position,
        statement="statement",
        parts=parts,
        url=None,
        text=TEXT,
        occurred_on=one.occurred_on,
        recorded_on=one.recorded_on,
        recorded_at="",
        captured_on=one.captured_on,
    )


THEIRS = "chief_officer_comments"
PARTS = [("comments",), ("comments",), ("comments", "reply"), ("reply",), (THEIRS,)]
lines = st.builds(line, publications(), st.sampled_from([*PARTS, ("comments", THEIRS)]))


def receipt(one: Publication) -> Receipt:
    return Receipt(one.entry, one.interval, one.occurred_on, one.recorded_on, one.captured_on)


def invitation(one: Publication, before: date) -> Invitation:
    return Invitation(one.entry, one.position, one.interval, before)


@st.composite
def added(draw: st.DrawFn, to: Sequence[PublicationLine]) -> AddedLine:
    found = line(draw(publications()), ())
    return AddedLine(
        entry=found.entry,
        position=found.position,
        publication=draw(st.sampled_from(to)).entry,
        seen_on=found.occurred_on,
        recorded_on=found.recorded_on,
        captured_on=found.captured_on,
    )


explained = st.builds(
    Explained,
    entry=st.just("entry"),
    how=st.sampled_from(["named", "general", "not_found"]),
    lo=st.none(),
    hi=DAYS,
)
listed = st.builds(
    Listed,
    number=st.just("1"),
    key=st.sampled_from(["1", "2", "3"]),
    addressee=st.just("cumbria-constabulary"),
    kind=st.sampled_from(KINDS),
    hi=DAYS,
    explained=st.lists(explained, max_size=2).map(tuple),
    parent=st.sampled_from([None, "1", "2"]),
)
states = st.builds(
    ResponseState,
    report=st.just("report"),
    body=st.just("body"),
    duty=st.just("duty"),
    rule_id=st.just("manual"),
    rule_version=st.just(1),
    citation=st.just(""),
    read=st.booleans(),
    has_period=st.sampled_from([True, True, True, False]),
    trigger=st.just("report"),
    trigger_on=st.just("2025-05-16"),
    trigger_basis=st.sampled_from(BASES),
    due_on=st.sampled_from([*EDGES, date(2025, 5, 1), None]).map(lambda d: d and d.isoformat()),
    counting=st.just(""),
    not_before=st.sampled_from([REPORT, None]),
    listed_by=st.sampled_from(["report", "response"]),
    publications=st.lists(lines, max_size=3).map(tuple),
    listed=st.lists(listed, max_size=4).map(tuple),
    disapplied=st.lists(
        st.builds(
            DisappliedLine,
            entry=st.just("entry"),
            basis=st.just("not_the_subject"),
            decided_by=st.just(TEXT),
            same_as_report=st.none(),
            decided_on=st.none(),
            hi=iso,
            recorded_on=iso,
        ),
        max_size=1,
    ).map(tuple),
    extended=st.lists(
        st.builds(
            ExtendedLine,
            entry=st.just("entry"),
            due_on=iso,
            lo=st.none() | iso,
            hi=iso,
            granted_by=st.just(TEXT),
        ),
        max_size=2,
    ).map(tuple),
    comments_received=st.lists(publications().map(receipt), max_size=2).map(tuple),
    comments_invited=st.lists(
        st.builds(invitation, publications(), DAYS | DAYS.map(lambda day: day.replace(day=1))),
        max_size=2,
    ).map(tuple),
    comments_added=st.just(()),
    parts=st.sampled_from([None, ("comments",), ("comments", THEIRS), ("comments", THEIRS)]),
    report_kind=st.just("peel"),
    report_year=st.sampled_from([2025, None]),
    duty_at=st.just(1),
    because_at=st.none(),
).flatmap(
    lambda state: (
        st.just(state)
        if not state.publications
        else st.lists(added(state.publications), max_size=1).map(
            lambda lines: replace(state, comments_added=tuple(lines))
        )
    )
)


def write(conn: psycopg.Connection, several: Sequence[ResponseState]) -> None:
    """The rows of states, each of a body of its own."""
    rectangles = Rectangles()
    for n, state in enumerate(several):
        whole = [Segment(REPORT, FOREVER, state)]
        subject = (VERDICTS, (f"body-{n}", "report", "response"))
        rectangles.load(conn, [subject])
        rows = segments.counted(segments.verdicts(whole), [], whole)
        rectangles.set(subject, 1, rows, datetime(2025, 5, 16, tzinfo=UTC))
    rectangles.write(conn)


def read(
    conn: psycopg.Connection, on: date, ended: Mapping[str, date]
) -> dict[str, dict[str, Any]]:
    """What the database says of each body on a day. `ended`: the bodies whose office is over, each
    with its last day."""
    query = sql.SQL(
        "SELECT v.body, v.due_on, v.begun, w.verdict, n.days, n.at_least, p.published, b.basis,"
        "       v.listed_by, v.addressed, v.explained_by_due, v.explained_now, v.general,"
        "       v.causes, v.causes_without, v.causes_explained"
        "  FROM projections.verdicts AS v {judged} {based} WHERE {here}"
    ).format(judged=JUDGED, based=BASED, here=HERE.format(one=sql.Identifier("v")))
    with conn.cursor(row_factory=dict_row) as cursor:
        gone = {"gone_of": list(ended), "gone_on": list(ended.values())}
        rows = cursor.execute(query, {"k": 1, "d": on, **gone}).fetchall()
    return {row.pop("body"): row for row in rows}


def judge(state: ResponseState, on: date, ended_on: date | None) -> dict[str, Any]:
    """The same by Python, from the whole state."""
    found = response.verdict(state, on, ended_on)
    covered = response.covered(state, on, found)
    told = found.due_on is not None and found.verdict != "not_shown"
    causes = covered.causes_of_concern
    return {
        "due_on": found.due_on,
        "begun": found.between is not None,
        "verdict": found.verdict,
        "days": found.days,
        "at_least": found.at_least,
        "published": found.bases.published,
        "basis": found.basis,
        "listed_by": covered.listed_by,
        "addressed": covered.addressed,
        "explained_by_due": covered.explained_by_due if told else None,
        "explained_now": covered.explained_now,
        "general": covered.general,
        "causes": causes.addressed,
        "causes_without": causes.without_recommendations,
        "causes_explained": causes.explained_now,
    }


@pytest.mark.parametrize("many", [10, pytest.param(800, marks=pytest.mark.soak)])
def test_the_database_judges_and_counts_as_python_does(database_url, many):
    with psycopg.connect(database_url, autocommit=True) as conn:
        with conn.transaction():
            schemas.create(conn)

        @settings(
            max_examples=many,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            several=st.lists(states, min_size=5, max_size=40),
            asked=st.lists(ASKED, min_size=3, max_size=8),
            ended=st.dictionaries(st.integers(0, 39), ASKED, max_size=20),
        )
        def agree(several: list[ResponseState], asked: list[date], ended: dict[int, date]) -> None:
            with conn.transaction(force_rollback=True):
                write(conn, several)
                for on in asked:
                    over = {f"body-{n}": day for n, day in ended.items() if day < on}
                    found = read(conn, on, over)
                    assert len(found) == len(several)
                    for n, state in enumerate(several):
                        by_database = found[f"body-{n}"]
                        if by_database["verdict"] == "not_shown":
                            by_database = by_database | {"explained_by_due": None}
                        assert by_database == judge(state, on, over.get(f"body-{n}"))

        agree()


def test_a_stretch_ends_where_something_changes_and_nowhere_else():
    publication = Publication(
        entry="publication",
        position=1,
        occurred_on="2025-07-14",
        not_before=REPORT,
        recorded_on=date(2025, 11, 24),
        captured_on=None,
    )
    state = a_state(publications=(line(publication, ("comments",)),))

    found = segments.verdicts([Segment(REPORT, FOREVER, state)])

    assert [(one.effective_from, one.effective_to) for one in found] == [
        (REPORT, date(2025, 7, 14)),
        (date(2025, 7, 14), FOREVER),
    ]
    quiet = replace(state, publications=())
    assert len(segments.verdicts([Segment(REPORT, FOREVER, quiet)])) == 1


@pytest.mark.parametrize(("entered", "counts"), [("2025-07-10", False), ("2025-07-11", True)])
def test_only_what_was_entered_after_the_last_day_betters_a_verdict(entered, counts):
    publication = Publication(
        entry="publication",
        position=1,
        occurred_on="2025-07-01",
        not_before=REPORT,
        recorded_on=date.fromisoformat(entered),
        captured_on=None,
    )
    bettered = segments.Bettered()

    for day, published in (("2025-05-16", ()), (entered, (line(publication, ("comments",)),))):
        owed = [Segment(REPORT, FOREVER, a_state(publications=published))]
        bettered.follow(datetime.fromisoformat(f"{day}T09:00:00+00:00"), segments.verdicts(owed))

    assert bettered.days == (((date(2025, 7, 11), FOREVER),) if counts else ())


def a_state(**changed: Any) -> ResponseState:
    """A state of a duty due on 10 July 2025."""
    return replace(
        ResponseState(
            report="report",
            body="body",
            duty="duty",
            rule_id="pa96-s55",
            rule_version=1,
            citation="",
            read=True,
            has_period=True,
            trigger="report",
            counts_from="published",
            trigger_on="2025-05-16",
            trigger_basis="stated",
            due_on="2025-07-10",
            counting="",
            not_before=REPORT,
            listed_by="report",
            publications=(),
            listed=(),
            disapplied=(),
            extended=(),
            comments_received=(),
            comments_invited=(),
            comments_added=(),
            parts=None,
            report_kind="peel",
            report_year=2025,
            duty_at=1,
            because_at=None,
        ),
        **changed,
    )


@pytest.mark.parametrize(
    ("last", "verdict", "days"),
    [
        (date(2025, 7, 9), "not_shown", None),
        (date(2025, 7, 10), "not_shown", None),
        (date(2025, 7, 11), "overdue", 1),
        (date(2025, 7, 20), "overdue", 10),
    ],
)
def test_the_database_counts_no_day_after_the_last_of_an_office(database_url, last, verdict, days):
    state, on = a_state(), date(2025, 8, 1)
    with psycopg.connect(database_url, autocommit=True) as conn:
        with conn.transaction():
            schemas.create(conn)
        write(conn, [state])

        found = read(conn, on, {"body-0": last})["body-0"]

    assert (found["verdict"], found["days"]) == (verdict, days)
    assert found | {"explained_by_due": None} == judge(state, on, last) | {"explained_by_due": None}


def test_a_recording_alone_says_at_least_where_the_stated_day_is_exact(database_url):
    """Due before the report was published: late by the day said, at least so by the recording."""
    on_the_day = Publication(
        entry="publication",
        position=1,
        occurred_on=REPORT.isoformat(),
        not_before=REPORT,
        recorded_on=date(2025, 6, 1),
        captured_on=date(2025, 5, 20),
    )
    state = a_state(due_on="2025-05-01", publications=(line(on_the_day, ("comments",)),))
    on = date(2025, 7, 1)
    with psycopg.connect(database_url, autocommit=True) as conn:
        with conn.transaction():
            schemas.create(conn)
        write(conn, [state])

        found = read(conn, on, {})["body-0"]

    assert (found["verdict"], found["days"], found["at_least"]) == ("late", 15, False)
    assert (found["published"], found) == ("stated", judge(state, on, None))
