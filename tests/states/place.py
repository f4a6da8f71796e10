"""Acts entered late: each is judged where it happened, not where the recommendation stands now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.acts.decision import Decision
from ledger.acts.recommendation import placed
from ledger.events import AssuranceSought, ClosureConfirmed, Reopened
from ledger.states.recommendation import fold
from ledger.states.service import SETUP
from tests.api.site import Site
from tests.states.machine import Found, bring
from tests.states.trying import DAY, Outcome, Subject, Try, do

BEFORE, AFTER = "2025-08-01", "2025-10-01"
LATER = (
    Try(ClosureConfirmed, "hmicfrs"),
    Try(Reopened, "hmicfrs"),
    Try(AssuranceSought),
)
"""Acts after the place of the late act. The first one that is allowed is recorded."""


@dataclass(frozen=True)
class Late:
    """One act entered late: how it stood at its place, what was recorded since, what came of it."""

    state: str
    since: Try
    one: Try
    outcome: Outcome
    then: str
    """The standing at its place, after it."""
    now: str


def entered_late(site: Site, found: Found, whole: bool = True) -> list[Late]:
    """Try every act on a recommendation at a place that something later follows. Without `whole`,
    try every fifth in each state, so that each act is tried in some state."""
    tries = [
        one for one in found.machine.tries if one.to is None and one.label != "recommendations"
    ]
    tried = []
    states = [state for state in found.paths if state not in ("not raised", "retracted")]
    for n, state in enumerate(states):
        path = found.paths[state]
        subject, since = _with_more(site, found, path)
        for one in tries if whole else tries[n % 5 :: 5]:
            outcome = do(site, subject, one, DAY)
            then, now = (_standing(site, subject, day) for day in (DAY, AFTER))
            tried.append(Late(state, since, one, outcome, then, now))
            if outcome.recorded:
                subject, since = _with_more(site, found, path)
    return tried


def _with_more(site: Site, found: Found, path: Sequence[Try]) -> tuple[Subject, Try]:
    """Bring a recommendation along a way, and record the act that followed."""
    subject = bring(site, found.machine, path, BEFORE)
    return subject, next(act for act in LATER if do(site, subject, act, AFTER).recorded)


def _standing(site: Site, subject: Subject, day: str) -> str:
    decision = Decision(site.ledger, SETUP)
    found = decision.report(subject.where["report"])
    acts = placed(decision, found, site.ledger.read_stream(subject.stream))
    held = [act for act in acts if act.hi <= date.fromisoformat(day)]
    return fold(held).status.replace("_", " ")
