"""Effect and corrected fields of entries agree with an oracle that is written as the rules are."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.dates import Interval
from ledger.events import (
    AnyEvent,
    EntryCorrected,
    EntryRetracted,
    ExtensionGranted,
    ReportPublished,
    Source,
    UpdateReceived,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Claim, Evidence, Whose
from ledger.events.texts import say
from ledger.states.effect import (
    DAY_FIELDS,
    happened,
    in_effect,
    known,
    said_paths,
    text_at,
    text_lies_at,
    value_at,
)

REASON = say("R.")
FIELDS = ("title", "kind", "published_on", "occurred_on", "same_as.0", "same_as.1")


@dataclass(frozen=True)
class Step:
    """One more entry: an act, or a correction or a retraction of an earlier one."""

    does: str
    target: int = 0
    field: str = "title"


steps = st.lists(
    st.one_of(
        st.just(Step("act")),
        st.builds(Step, st.just("correct"), st.integers(0, 50), st.sampled_from(FIELDS)),
        st.builds(Step, st.just("retract"), st.integers(0, 50)),
        st.builds(Step, st.just("retract the last"), st.just(0)),
    ),
    min_size=1,
    max_size=25,
)


def entry(n: int, data: AnyEvent) -> Entry:
    return Entry(
        id=f"e{n}",
        stream="report/a",
        version=n,
        occurred_on="2025-01-01" if data.DATED else None,
        by=None,
        recorded_by="service/setup",
        provenance="first_hand",
        data=data,
        position=n,
        recorded_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def value(field: str, n: int) -> str:
    """Another value for each entry that corrects."""
    if field in DAY_FIELDS:
        return f"2025-{n // 28 + 1:02}-{n % 28 + 1:02}"
    return ("peel", "joint", "other")[n % 3] if field == "kind" else f"{field} {n}"


def history(chosen: list[Step]) -> list[Entry]:
    entries: list[Entry] = []
    for n, step in enumerate(chosen, 1):
        acts = [one for one in entries if isinstance(one.data, ReportPublished)]
        data: AnyEvent = ReportPublished(
            title="As published", kind="peel", publisher="hmicfrs", same_as=("one", "two")
        )
        if step.does == "correct" and acts:
            target = acts[step.target % len(acts)].id
            now = value(step.field, n)
            data = EntryCorrected(target=target, field=step.field, now=now, reason=REASON)
        elif step.does == "retract" and entries:
            target = entries[step.target % len(entries)].id
            data = EntryRetracted(target=target, reason=REASON)
        elif step.does == "retract the last" and entries:
            data = EntryRetracted(target=entries[-1].id, reason=REASON)
        entries.append(entry(n, data))
    return entries


def stands(entries: list[Entry], one: Entry) -> bool:
    """Return whether an entry stands: it does unless a retraction of it does."""
    return not any(
        isinstance(other.data, EntryRetracted)
        and other.data.target == one.id
        and stands(entries, other)
        for other in entries
    )


def says(entries: list[Entry], one: Entry, field: str) -> object:
    """Return the `now` of the highest-position correction of a field that stands, or what was
    said."""
    same = DAY_FIELDS if field in DAY_FIELDS else {field}
    corrections = [
        other.data.now
        for other in entries
        if isinstance(other.data, EntryCorrected)
        and other.data.target == one.id
        and other.data.field in same
        and stands(entries, other)
    ]
    if corrections:
        return corrections[-1]
    assert isinstance(one.data, ReportPublished)
    return {
        "title": one.data.title,
        "kind": one.data.kind,
        "published_on": one.occurred_on,
        "same_as.0": one.data.same_as[0],
        "same_as.1": one.data.same_as[1],
    }[field]


@given(steps)
def test_effect_and_fields_follow_the_rules_at_every_position(chosen):
    entries = history(chosen)
    for known_at in range(len(entries) + 1):
        then = entries[:known_at]
        found = known(reversed(then))  # in whatever order they come

        assert [one.id for one in found] == [one.id for one in then]
        for one, original in zip(found, then, strict=True):
            assert one.original == original
            assert one.in_effect == stands(then, original)
            if not isinstance(one.data, ReportPublished):
                continue
            assert (
                one.data.title,
                one.data.kind,
                one.entry.occurred_on,
                *one.data.same_as,
            ) == tuple(
                says(then, original, field)
                for field in ("title", "kind", "published_on", "same_as.0", "same_as.1")
            )


@given(steps)
def test_an_entry_is_set_aside_by_a_retraction_of_it_that_stands(chosen):
    entries = history(chosen)
    by_id = {one.id: one for one in entries}

    for one in known(entries):
        if one.set_aside_by is not None:
            retraction = by_id[one.set_aside_by]
            assert isinstance(retraction.data, EntryRetracted)
            assert retraction.data.target == one.id
            assert stands(entries, retraction)


@given(steps)
def test_only_acts_are_in_effect(chosen):
    entries = history(chosen)

    acts = in_effect(entries)

    assert [one.id for one in acts] == [
        one.id for one in entries if isinstance(one.data, ReportPublished) and stands(entries, one)
    ]


# --- the days on which an act can have happened


WORDS = {name: say(name) for name in ("text", "claim.as_stated", "claim.evidence.0.what")}
TEXT, AS_STATED, WHAT = WORDS.values()
CUMBRIA, KENT = Whose("cumbria"), Whose("kent")
AUDIT = Evidence(WHAT, CUMBRIA)
CLAIM = Claim(AS_STATED, "on_track", evidence=(AUDIT,))
UPDATE = UpdateReceived(text=TEXT, claim=CLAIM)
EXTENSION = ExtensionGranted(
    applied_on="2024-11-01",
    granted_on="2024-12-20",
    granted_by=REASON,
    due_on="2025-03-01",
    basis=REASON,
)


def span(lo: str | None, hi: str) -> Interval:
    return Interval(date.fromisoformat(lo) if lo else None, date.fromisoformat(hi))


@pytest.mark.parametrize(
    ("occurred_on", "report_day", "captured_on", "found"),
    [
        ("2024-12-05", None, None, span("2024-12-05", "2024-12-05")),
        ("2024-12", date(2024, 12, 10), None, span("2024-12-10", "2024-12-31")),
        ("2025-01", None, None, span("2025-01-01", "2025-01-01")),
        (None, date(2024, 12, 10), None, span("2024-12-10", "2025-01-01")),
        ("2024-12", None, date(2024, 12, 8), span("2024-12-01", "2024-12-08")),
        (None, None, date(2025, 2, 1), span(None, "2025-01-01")),
    ],
)
def test_an_act_lies_between_its_report_and_the_first_word_of_it(
    occurred_on, report_day, captured_on, found
):
    act = replace(entry(1, UPDATE), occurred_on=occurred_on, source=Source(capture="page"))
    (one,) = known([act])

    received = {"page": captured_on}.__getitem__
    assert happened(one, report_day=report_day, captured_on=received) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (None, span("2024-12-01", "2024-12-31")),
        (Source(url="https://example.org/"), span("2024-12-01", "2024-12-31")),
    ],
)
def test_an_act_that_cites_no_capture_is_cut_by_none(source, found):
    (one,) = known([replace(entry(1, UPDATE), occurred_on="2024-12", source=source)])

    assert happened(one, report_day=None, captured_on=lambda _: date(2024, 12, 8)) == found


@pytest.mark.parametrize(
    ("occurred_on", "found"),
    [
        ("2024-12-20", span("2024-12-20", "2024-12-20")),
        ("2024-12-25", span("2024-12-20", "2024-12-25")),
        ("2024-12-10", span("2024-12-10", "2024-12-20")),
        (None, span(None, "2025-01-01")),
    ],
)
def test_an_extension_may_lie_on_the_day_of_its_grant_too(occurred_on, found):
    (one,) = known([replace(entry(1, EXTENSION), occurred_on=occurred_on)])

    assert happened(one, report_day=None, captured_on=lambda _: None) == found


# --- fields by their paths


SAID = replace(entry(1, UPDATE), source=Source(url="https://example.org/"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("text", TEXT),
        ("claim.means", "on_track"),
        ("claim.expected_on", None),
        ("claim.evidence.0.whose.body", "cumbria"),
        ("source.url", "https://example.org/"),
        *((path, "2025-01-01") for path in sorted(DAY_FIELDS)),
    ],
)
def test_a_field_is_read_by_its_path(path, value):
    assert value_at(SAID, path) == value


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "claim.nothing",
        "claim.evidence.1",
        "claim.evidence.-1",
        "claim.evidence.first",
        "text.sha256",
        "claim.means.upper",
        "source.nothing",
        "url",
        "stream",
    ],
)
def test_a_path_of_no_field_is_none(path):
    with pytest.raises(KeyError, match=path):
        value_at(SAID, path)
    assert text_at(SAID, path) is None


def test_only_texts_are_texts():
    assert {path: text_at(SAID, path) for path in WORDS} == WORDS
    assert text_at(SAID, "claim.means") is None


def test_each_value_that_is_said_has_its_path():
    assert [*said_paths(UPDATE)] == [
        "text",
        "claim.as_stated",
        "claim.means",
        "claim.evidence.0.what",
        "claim.evidence.0.whose.body",
    ]
    assert [*said_paths(SAID.source, "source")] == ["source.url"]


def test_a_field_that_says_nothing_has_a_path_too_where_that_is_asked():
    found = set(said_paths(UPDATE, unsaid=True)) - set(said_paths(UPDATE))
    assert {"answers", "claim.evidence.0.on", "claim.evidence.0.whose.name"} <= found
    assert [*said_paths(Source(), "source", unsaid=True)] == [
        "source.url",
        "source.capture",
        "source.note",
    ]


def corrected(n: int, field: str, now: object) -> Entry:
    event = EntryCorrected(target="e1", field=field, now=now, reason=REASON)  # type: ignore[arg-type]
    return entry(n, event)


def test_parts_of_a_list_and_of_a_source_are_corrected_and_what_stands_beside_them_stays():
    again = say("another audit")
    several = replace(CLAIM, evidence=(Evidence(TEXT, KENT), AUDIT))
    first = replace(SAID, data=replace(UPDATE, claim=several))
    now = "https://example.org/now"
    changes = [corrected(2, "claim.evidence.1.what", again), corrected(3, "source.url", now)]

    one, *_ = known([first, *changes])

    changed = replace(CLAIM, evidence=(Evidence(TEXT, KENT), Evidence(again, CUMBRIA)))
    assert one.data == replace(UPDATE, claim=changed)
    assert one.entry.source == Source(url=now)
    assert text_lies_at(one, "claim.evidence.1.what") == (2, "now")
    assert text_lies_at(one, "text") == (1, "text")


def test_the_last_correction_of_a_day_counts_by_whichever_name_it_goes():
    names = ("published_on", "occurred_on", "seen_on", "published_on")
    changes = [corrected(n, name, f"2024-12-0{n}") for n, name in enumerate(names, 2)]

    one, *_ = known([SAID, *changes])

    assert one.entry.occurred_on == "2024-12-05"
    assert one.corrected_by == {"occurred_on": changes[-1]}
