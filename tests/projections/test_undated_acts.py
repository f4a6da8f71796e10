"""A target never reads passed if an act without an exact day may have ended the recommendation or
moved the target. The rules of the ledger and of `replay` are compared with every day on which each
such act can have happened."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.events import (
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    RecommendationEvent,
    RecommendationRaised,
    Reopened,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.recommendation import Claim, Target
from ledger.events.texts import say
from ledger.replay import recommendation as replayed
from ledger.replay.log import LogEntry
from ledger.replay.world import Act
from ledger.states.recommendation import Placed, Undated, fold, in_doubt
from tests.conftest import examples

DAY = date(2025, 6, 1)
MOMENT = datetime(2025, 6, 1, tzinfo=UTC)
CLAIMED = Claim(as_stated=say("Complete"), means="complete")
EVENTS: dict[str, RecommendationEvent] = {
    "update-received": UpdateReceived(text=say("We go on.")),
    "claim": UpdateReceived(text=say("It is done."), claim=CLAIMED),
    "closure-proposed": ClosureProposed(reason=say("Done.")),
    "closure-confirmed": ClosureConfirmed(reason=say("Done.")),
    "closure-refused": ClosureRefused(reason=say("Not done.")),
    "reopened": Reopened(reason=say("Not done.")),
    "withdrawn": Withdrawn(reason=say("No more.")),
    "sooner": TargetDateSet(on="2025-05-30", origin="internal", reason=say("Now.")),
    "later": TargetDateSet(on="2025-12-31", origin="internal", reason=say("Then.")),
}
OFTEN = [one for one in EVENTS if one != "withdrawn"]
words = st.sampled_from([*OFTEN, *OFTEN, "withdrawn"])
days = st.one_of(
    st.integers(0, 5).map(lambda day: (day, day)),
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda two: (min(two), max(two))),
)
acts = st.lists(st.tuples(words, days), max_size=5)
One = tuple[str, int, int, int]
"""A word, the first and the last day on which it can have happened, its position."""


def worlds(found: list[One], asked: int) -> Iterator[list[str]]:
    """Yield every order in which the acts can have happened by a day. An undated act comes on each
    of its days, before or after any other act of that day. The exact acts of a day keep their
    order."""
    for chosen in product(*(range(lo, hi + 1) for _, lo, hi, _ in found)):
        there = [(day, one) for day, one in zip(chosen, found, strict=True) if day <= asked]
        for order in permutations(there):
            said = [day for day, _ in order]
            exact = [one[3] for day, one in order if one[1] == one[2]]
            sorted_days = said == sorted(said)
            if sorted_days and exact == sorted(exact, key=lambda at: (found[at][1], at)):
                yield [word for _, (word, *_) in order]


def may_not_have_passed(order: list[str]) -> bool:
    """Return whether an order ends it, or leaves the later target."""
    placed = [Placed(DAY, n, str(n), EVENTS[word]) for n, word in enumerate(order)]
    sets = [word for word in order if word in ("sooner", "later")]
    return fold(placed).is_done or sets[-1:] == ["later"]


def read(word: str, position: int) -> Act:
    data: dict[str, Any] = {"claim": {"means": "complete"}} if word == "claim" else {}
    kind = {"claim": "update-received", "sooner": "target-date-set", "later": "target-date-set"}
    if kind.get(word) == "target-date-set":
        data = {"on": EVENTS[word].on}  # type: ignore[union-attr]
    event = {"type": kind.get(word, word), "id": str(position), "data": data}
    return Act(LogEntry(position, MOMENT, DAY, event), None, {}, data)


def on(day: int) -> date:
    return DAY + timedelta(day)


@settings(max_examples=examples(150, 4000), deadline=None)
@given(acts, st.integers(0, 5))
@example([("claim", (3, 3)), ("update-received", (0, 5))], 5)
@example([("closure-confirmed", (3, 3)), ("reopened", (2, 5))], 5)
@example([("claim", (1, 1)), ("update-received", (3, 3)), ("closure-proposed", (0, 4))], 5)
@example([("claim", (0, 2)), ("closure-refused", (3, 3))], 5)
@example([("later", (0, 2)), ("sooner", (1, 1))], 5)
def test_no_target_has_passed_that_an_undated_act_may_have_ended_or_moved(said, asked):
    found = [(word, lo, hi, n) for n, (word, (lo, hi)) in enumerate(said)]
    placed = [Placed(on(hi), n, str(n), EVENTS[word]) for word, _, hi, n in found]
    happened = [act for act in placed if act.hi <= on(asked)]
    undated = [
        Undated(on(lo), placed[n], None) for _, lo, hi, n in found if lo < hi and lo <= asked
    ]
    by_place = sorted(happened, key=lambda act: act.place)
    sets = [act.event.on for act in by_place if isinstance(act.event, TargetDateSet)]
    read_ = [(on(hi), read(word, n)) for word, _, hi, n in found if hi <= asked]
    read_.sort(key=lambda one: (one[0], one[1].position))
    movable = [
        replayed.Undated(on(lo), on(hi), read(word, n))
        for word, lo, hi, n in found
        if lo < hi and lo <= asked
    ]

    doubts = in_doubt(happened, undated)

    has_passed = not fold(happened).is_done and sets[-1:] != ["2025-12-31"] and not doubts
    if has_passed:
        assert not any(map(may_not_have_passed, worlds(found, asked)))
    if not fold(happened).is_done:
        assert set(replayed.in_doubt(read_, movable)) == set(doubts)


def raised(day: str | None) -> RecommendationRaised:
    """Return a recommendation that the report wants done by a day; None: it names none."""
    return RecommendationRaised(
        number="1", text=say("Do it."), target=None if day is None else Target(on=day)
    )


@pytest.mark.parametrize(
    ("own", "doubts"), [("2025-12-31", ()), ("2025-11-30", ("set",)), (None, ("set",))]
)
def test_an_undated_target_of_the_reports_own_day_moves_nothing(own, doubts):
    first = Placed(on(4), 1, "raised", raised(own))  # on whatever day: nothing comes before it
    later = Placed(on(5), 2, "set", EVENTS["later"])
    data = {"target": {"on": own}} if own else {}
    event = {"type": "recommendation-raised", "id": "raised", "data": data}
    read_ = Act(LogEntry(1, MOMENT, DAY, event), None, {}, data)
    act = read("later", 2)
    act.line.event["id"] = "set"

    assert in_doubt([first], [Undated(on(0), later, None)]) == doubts
    assert in_doubt([first, later], [Undated(on(0), later, None)]) == ()
    undated = [replayed.Undated(on(0), on(5), act)]
    assert replayed.in_doubt([(on(4), read_)], undated) == [*doubts]
    assert replayed.in_doubt([(on(4), read_), (on(5), act)], undated) == []


def test_a_refusal_on_a_later_day_leaves_no_doubt_about_an_undated_claim():
    claim = Placed(on(2), 1, "claim", EVENTS["claim"])
    refusal = Placed(on(3), 2, "refusal", EVENTS["closure-refused"])

    assert in_doubt([claim, refusal], [Undated(on(0), claim, None)]) == ()
    assert in_doubt([claim], [Undated(on(0), claim, None)]) == ("claim",)
