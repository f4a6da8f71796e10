"""Effect and corrected fields of entries agree with an oracle that is written as the rules are."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ledger.events import AnyEvent, EntryCorrected, EntryRetracted, ReportPublished
from ledger.events.entry import Entry
from ledger.events.texts import say
from ledger.states.effect import DAY_FIELDS, in_effect, known

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
