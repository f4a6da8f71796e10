"""Whether a recommendation may be done with, in some order in which its acts can have happened: the
ledger's rule and that of `replay` beside an oracle that tries every order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.events import (
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    RecommendationEvent,
    Reopened,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.recommendation import Claim
from ledger.events.texts import say
from ledger.replay import recommendation as replayed
from ledger.replay.log import Line
from ledger.replay.world import Act
from ledger.states.recommendation import Placed, may_be_done
from tests.conftest import examples
from tests.projections.own_words import Said, _after, _done, _ends

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
}
words = st.sampled_from([one for one in EVENTS if one != "withdrawn"] * 3 + ["withdrawn"])
acts = st.lists(st.tuples(words, st.integers(0, 8), st.integers(0, 8)), max_size=7)


def said(word: str, lo: int, hi: int, position: int) -> Said:
    data: dict[str, Any] = {"claim": {"means": "complete"}} if word == "claim" else {}
    event = {"type": "update-received" if word == "claim" else word, "id": f"e{position}"}
    line = {"event": event | {"data": data}, "position": position}
    return Said(line, data, None, {}, DAY + timedelta(lo), DAY + timedelta(hi))


def read(one: Said) -> Act:
    at = one.line["position"]
    line = Line(at, MOMENT, DAY, one.line["event"])
    return Act(line, None, {}, one.data)


@settings(max_examples=examples(100, 3000), deadline=None)
@given(acts, st.integers(0, 8))
@example([("claim", 3, 3), ("update-received", 0, 5)], 8)
@example([("closure-confirmed", 3, 3), ("reopened", 4, 6)], 8)
@example([("closure-confirmed", 3, 3), ("reopened", 2, 6)], 8)
def test_whether_it_may_be_done_with_is_told_by_every_order(found, on):
    made = [(word, said(word, min(days), max(days), n)) for n, (word, *days) in enumerate(found, 1)]
    asked = DAY + timedelta(on)
    every = [one for _, one in made]
    expected = any(map(_done, _ends(every, asked, ("open", "open"), _after)))
    happened = sorted((one for one in every if one.hi <= asked), key=lambda one: one.place)
    movable = [one for one in every if one.lo <= asked and one.lo < one.hi]
    event = {id(one): EVENTS[word] for word, one in made}

    def placed(one: Said) -> Placed:
        return Placed(one.hi, one.line["position"], one.line["event"]["id"], event[id(one)])

    assert (
        may_be_done(map(placed, happened), [(one.lo, placed(one)) for one in movable]) is expected
    )
    assert (
        replayed.may_be_done(
            [(one.hi, read(one)) for one in happened],
            [(one.lo, read(one)) for one in movable],
            lambda _: None,
        )
        is expected
    )
