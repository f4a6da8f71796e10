"""Rows of responses are cut where the verdict turns. On every day, a row gives lists, totals and
answers the verdict of that day. States and histories are drawn at random."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, astuple, replace
from psycopg import sql
from psycopg.rows import dict_row

from ledger.events.recommendation import Kind
from projections.read_models import schemas, segments
from projections.read_models.rectangles import Rectangles
from projections.read_models.segments import Segment
from projections.read_models.tables import HERE, RESPONSES, decoded
from projections.states import response
from projections.states.values import (
    AddedLine,
    DisappliedLine,
    ExtendedLine,
    JudgedResponse,
    LookUpLine,
    OfficeOver,
    PublicationLine,
    ResponseState,
    TextRef,
)
from projections.verdict.compliance import (
    BASES,
    Explained,
    Invitation,
    Listed,
    Publication,
    Receipt,
)
from projections.verdict.silence import LookUp
from tests.response_cases import (
    ASKED,
    DAYS,
    EDGES,
    KEPT_HERE,
    LOOKED,
    REPORT,
    TELLERS,
    entered_,
    holders_,
    publications,
)

TEXT = TextRef("public", "en", 1, "text", "cumbria-pfcc", "cumbria-pfcc/clerk")
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
        own_word=True,
    )


THEIRS = "chief_officer_comments"
PARTS = [("comments",), ("comments",), ("comments", "reply"), ("reply",), (THEIRS,), ()]
lines = st.builds(line, publications(), st.sampled_from([*PARTS, ("comments", THEIRS)]))


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    one = draw(publications())
    teller = draw(st.sampled_from(TELLERS))
    days = one.interval, one.occurred_on, one.recorded_on, one.captured_on
    return Receipt(one.entry, *days, teller, "body", "force", draw(st.booleans()))


def invitation(one: Publication, before: date) -> Invitation:
    return Invitation(one.entry, one.position, one.interval, before, one.recorded_on)


def looked_up(one: LookUp) -> LookUpLine:
    return LookUpLine(one, None, "kent-pcc/clerk", TEXT, None)


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
    how=st.sampled_from(["named", "general", "not_found", "not_known"]),
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
    denied=st.booleans(),
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
    comments_received=st.lists(receipts(), max_size=2).map(tuple),
    comments_invited=st.lists(
        st.builds(invitation, publications(), DAYS | DAYS.map(lambda day: day.replace(day=1))),
        max_size=2,
    ).map(tuple),
    comments_added=st.just(()),
    lookups=st.lists(LOOKED.map(looked_up), max_size=2).map(tuple),
    entered=entered_,
    holders=holders_(),
    parts=st.sampled_from([None, ("comments",), ("comments", THEIRS), ("comments", THEIRS)]),
    report_kind=st.just("peel"),
    report_year=st.sampled_from([2025, None]),
    duty_at=st.just(1),
    because_at=st.none(),
    office_over=st.lists(
        st.tuples(ASKED, st.integers(1, 60), st.integers(1, 90)).map(
            lambda drawn: OfficeOver(
                drawn[0], drawn[0] + timedelta(drawn[1]), drawn[0] - timedelta(drawn[2])
            )
        ),
        max_size=1,
    ).map(tuple),
    name=st.just("response"),
).flatmap(
    lambda state: (
        st.just(state)
        if not state.publications
        else st.lists(added(state.publications), max_size=1).map(
            lambda lines: replace(state, comments_added=tuple(lines))
        )
    )
)


IN_TIME = Publication(
    entry="in time",
    position=1,
    occurred_on="2025-05-20",
    not_before=REPORT,
    recorded_on=date(2025, 5, 20),
    captured_on=date(2025, 5, 20),
)


@st.composite
def hanging_on_theirs(draw: st.DrawFn) -> ResponseState:
    """Draw a state whose comments are in time, so that the chief officer's comments decide: their
    days, the day set for them, and their publication."""
    theirs = st.builds(line, publications(), st.just((THEIRS,)))
    published = line(IN_TIME, ("comments",)), *draw(st.lists(theirs, max_size=2))
    return replace(
        draw(states),
        has_period=True,
        due_on=draw(st.sampled_from(["2025-07-10", "2025-08-10"])),
        parts=("comments", THEIRS),
        publications=published,
        comments_received=tuple(draw(st.lists(receipts(), min_size=1))),
        comments_added=tuple(draw(st.lists(added(published), max_size=1))),
        disapplied=(),
        office_over=(),
    )


LAST = REPORT + timedelta(days=400)
"""After all the days that are drawn."""


def cut(state: ResponseState) -> list[Segment]:
    return segments.cut(state, REPORT, {})


def judge(state: ResponseState, on: date) -> tuple[Any, ...]:
    """Return the verdict for a day, asked for itself, with what is explained by then."""
    found = response.verdict(state, on)
    return found, response.covered(state, on, found)


def days_of(stretches: Sequence[Segment]) -> set[date]:
    """Return every day around a turn, and the first and last."""
    turns = {one.effective_from for one in stretches}
    around = {day + timedelta(days=n) for day in turns for n in (-1, 0, 1)}
    return {day for day in {*around, REPORT, LAST} if REPORT <= day <= LAST}


@pytest.mark.parametrize("many", [15, pytest.param(5000, marks=pytest.mark.soak)])
def test_a_row_says_on_each_of_its_days_what_the_verdict_is(many):
    """The verdict has its days, its basis and the body whose word decides."""

    @settings(max_examples=many, deadline=None, suppress_health_check=list(HealthCheck))
    @given(state=states | hanging_on_theirs(), asked=st.lists(ASKED, min_size=3, max_size=6))
    def agree(state: ResponseState, asked: list[date]) -> None:
        stretches = cut(state)
        every = {REPORT + timedelta(days=n) for n in range(130)}
        for on in every | days_of(stretches) | {day for day in asked if day >= REPORT}:
            (row,) = [one.state for one in stretches if one.holds(on)]
            assert isinstance(row, JudgedResponse)
            assert (row.found.on(on), row.covered) == judge(state, on), on

    agree()


def write(conn: psycopg.Connection, several: Sequence[ResponseState]) -> None:
    """Write the rows of states, each of a body of its own."""
    rectangles = Rectangles()
    for n, state in enumerate(several):
        subject = (RESPONSES, (f"body-{n}", "report", "response"))
        rectangles.load(conn, {subject: date.min})
        rectangles.set(subject, 1, REPORT, cut(state))
    rectangles.write(conn)


COLUMNS = (
    "due_on, verdict, coalesce(days, abs(%(d)s - days_from)) AS days, at_least, basis, answered_on,"
    " listed_by, addressed, explained_by_due, explained_now, general, causes, causes_without,"
    " causes_explained, state"
)


def read(conn: psycopg.Connection, on: date) -> dict[str, dict[str, Any]]:
    """Return the rows that hold on a day, by body."""
    query = sql.SQL("SELECT body, {columns} FROM projections.responses AS one WHERE {here}").format(
        columns=sql.SQL(COLUMNS), here=HERE.format(one=sql.Identifier("one"))
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, {"k": 1, "d": on}).fetchall()
    return {row.pop("body"): row for row in rows}


def counted(state: ResponseState, on: date) -> dict[str, Any]:
    """Return the counts of a state on a day."""
    found, covered = judge(state, on)
    causes = covered.causes_of_concern
    return {
        "due_on": found.due_on,
        "verdict": found.verdict,
        "days": found.days,
        "at_least": found.at_least,
        "basis": found.basis,
        "answered_on": found.answered_on,
        **{
            name: value
            for name, value in asdict(covered).items()
            if name not in ("not_known", "causes_of_concern")
        },
        "causes": causes.addressed,
        "causes_without": causes.without_recommendations,
        "causes_explained": causes.explained_now,
    }


@pytest.mark.parametrize("many", [2, pytest.param(400, marks=pytest.mark.soak)])
def test_rows_in_the_database_say_the_verdict(database_url, many):
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
            several=st.lists(states | hanging_on_theirs(), min_size=5, max_size=30),
            asked=st.lists(ASKED, min_size=3, max_size=8),
        )
        def agree(several: list[ResponseState], asked: list[date]) -> None:
            with conn.transaction(force_rollback=True):
                write(conn, several)
                around = sorted(set().union(*(days_of(cut(one)) for one in several)))
                for on in [*(day for day in asked if day >= REPORT), *around[::5]]:
                    found = read(conn, on)
                    assert len(found) == len(several)
                    for n, state in enumerate(several):
                        row = found[f"body-{n}"]
                        whole = decoded(RESPONSES, row.pop("state"))
                        assert row == counted(state, on), on
                        assert (whole.found.on(on), whole.covered) == judge(state, on), on
                        assert astuple(whole)[: len(state.__struct_fields__)] == astuple(state)

        agree()


def a_state(**changed: Any) -> ResponseState:
    """Return the state of a duty that is due on 10 July 2025."""
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
            denied=False,
            extended=(),
            comments_received=(),
            comments_invited=(),
            comments_added=(),
            lookups=(),
            entered=(),
            holders=tuple(KEPT_HERE.holders),
            parts=None,
            report_kind="peel",
            report_year=2025,
            duty_at=1,
            because_at=None,
            office_over=(),
            name="response",
        ),
        **changed,
    )


def published(on: str | None, recorded: str) -> tuple[PublicationLine, ...]:
    publication = Publication(
        entry="publication",
        position=1,
        occurred_on=on,
        not_before=REPORT,
        recorded_on=date.fromisoformat(recorded),
        captured_on=None,
    )
    return (line(publication, ("comments",)),)


def in_short(stretches: Sequence[Segment]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one in stretches:
        assert isinstance(one.state, JudgedResponse)
        found.append((one.effective_from.isoformat(), one.state.found.verdict))
    return found


def test_rows_are_cut_where_the_verdict_turns_and_nowhere_else():
    assert in_short(cut(a_state())) == [
        ("2025-05-16", "not_due"),
        ("2025-06-26", "due"),
        ("2025-07-11", "overdue"),
    ]
    answered = a_state(publications=published("2025-07-14", "2025-07-14"))
    assert in_short(cut(answered)) == [
        ("2025-05-16", "not_due"),
        ("2025-06-26", "due"),
        ("2025-07-11", "overdue"),
        ("2025-07-14", "late"),
    ]


@pytest.mark.parametrize(
    ("last", "verdict", "days"),
    [
        ("2025-07-09", "not_shown", None),
        ("2025-07-10", "not_shown", None),
        ("2025-07-11", "overdue", 1),
        ("2025-07-20", "overdue", 10),
    ],
)
def test_no_day_is_counted_after_the_last_of_an_office(last, verdict, days):
    last_day = date.fromisoformat(last)
    over = OfficeOver(last_day + timedelta(days=1), date(2025, 9, 1), last_day)
    stretches = cut(a_state(office_over=(over,)))

    (during,) = [one.state for one in stretches if one.holds(date(2025, 8, 1))]
    (after,) = [one.state for one in stretches if one.holds(date(2025, 9, 1))]

    assert isinstance(during, JudgedResponse)
    assert isinstance(after, JudgedResponse)
    assert (during.found.verdict, during.found.days) == (verdict, days)
    assert after.found.on(date(2025, 9, 1)).days == 53
