"""The machine of a recommendation: how it stands."""

from ledger.acts.decision import Decision
from ledger.acts.recommendation import placed
from ledger.events import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    RecommendationRaised,
    Reopened,
    RepeatNoted,
    ResponsePublished,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.states.effect import in_effect
from ledger.states.recommendation import fold
from ledger.states.service import SETUP
from tests.api.site import FORCE, PAGE, PFCC, Site, explanation
from tests.states.any_act import EARLIER, OTHER, and_the_rest, one_that_is_there
from tests.states.machine import Machine
from tests.states.trying import Subject, Try


def _recommendation(site: Site, n: int) -> Subject:
    one_that_is_there(site)
    where = {"report": "states", "number": f"no{n}", "body": FORCE}
    stream = f"recommendation/states/no{n}/{FORCE}"
    return Subject(stream, where, {f"no{n}": "2", "“states”": "“a-report”"})


def _standing(site: Site, subject: Subject) -> str:
    entries = site.ledger.read_stream(subject.stream)
    acts = in_effect(entries)
    if not any(isinstance(one.data, RecommendationRaised) for one in acts):
        return "retracted" if entries else "not raised"
    decision = Decision(site.ledger, SETUP)
    found = fold(placed(decision, decision.report("states"), entries))
    if found.status == "closure_proposed" and found.on_a_claim:
        return "closure proposed on a claim"
    return _words(found.status)


def _words(status: str) -> str:
    return status.replace("_", " ")


RECOMMENDATION = Machine(
    "A recommendation",
    "Its standing is the fold of the acts in effect (`ledger/states/recommendation.py`). A "
    "statement, an assurance, a target date change nothing in it; nor does an update, unless it "
    "claims completion, or takes such a claim back.",
    _recommendation,
    _standing,
    and_the_rest(
        "recommendation",
        (
            Try(
                RecommendationRaised,
                says={
                    "kind": "cause_of_concern",
                    "addressees": [FORCE],
                    "source": PAGE,
                    "occurred_on": None,
                    "target": {"on": "2026-03-31", "phrase": "By 31 March 2026"},
                    "partners": ["A charity"],
                    "publisher_number": "4711",
                    "theme": "Vetting",
                    "level": "National",
                },
            ),
            Try(AssuranceSought, says={"reply_by": "2025-12-01"}),
            Try(UpdateReceived, "force"),
            Try(
                UpdateReceived,
                "force",
                {
                    "claim": {
                        "as_stated": "Green",
                        "means": "complete",
                        "expected_on": "2025-12",
                        "evidence": [{"what": "An audit.", "whose": FORCE, "on": "2025-06"}],
                    }
                },
                "claims completion",
            ),
            Try(
                ResponsePublished,
                says=lambda subject: {
                    "text": f"We answer {subject.where['number']}, {len(subject.acts)}.",
                    "explanations": [explanation(subject.where["number"], reason="Why.")],
                },
                note="what it says of this",
                at={"body": PFCC},
            ),
            Try(TargetDateSet, says={"origin": "internal"}),
            Try(ClosureProposed),
            Try(ClosureConfirmed, "hmicfrs"),
            Try(ClosureConfirmed, "force", {"by": FORCE}, "by the force itself"),
            Try(ClosureRefused, "hmicfrs"),
            Try(Reopened, "hmicfrs"),
            Try(Withdrawn, "hmicfrs"),
            Try(Superseded, "hmicfrs", {"superseded_by": OTHER}),
            Try(RepeatNoted, says={"of": EARLIER}),
        ),
    ),
    "not raised",
)
