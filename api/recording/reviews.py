"""The form of a review: the recommendations that a panel may have reviewed, and the papers that it
may have had before it."""

from api.reading import words
from api.reading.texts import text_of
from api.recording.desk import offices_of
from api.recording.submission import Where
from api.recording.which_recommendation import Wanted
from api.requests import current, questions
from ledger.events import PaperIssued, RecommendationReviewed
from ledger.events.streams import meeting_stream
from ledger.states.effect import in_effect
from ledger.states.recommendation import Status
from projections.questions import trail as trail_question

OPEN: tuple[Status, ...] = ("refused", "reopened", "open", "claimed_complete", "closure_proposed")
"""The statuses of a recommendation that is not done with, in the order in which they are listed."""


def reviewable(where: Where) -> Wanted:
    """Return the recommendations that a panel may have reviewed at a meeting: those that are not
    done with, or that have some words."""
    at = questions.question()
    acts = in_effect(current.ledger().read_stream(meeting_stream(where["panel"], where["date"])))
    papers = [one.id for one in acts if isinstance(one.data, PaperIssued)]
    return Wanted(
        field="recommendation",
        subject=f"{at.register.name(where['panel'])}, {words.day(where['date'])}",
        listed="Not done with",
        none="No recommendation to the office that this panel holds to account is open here.",
        statuses=OPEN,
        bodies=tuple(one.id for one in offices_of(at, where["panel"])),
        marked=frozenset(
            one.data.recommendation.id
            for one in acts
            if isinstance(one.data, RecommendationReviewed)
        ),
        mark="reviewed at this meeting",
        also=(("paper", papers[-1]),) if papers else (),
    )


def papers_of(where: Where) -> tuple[tuple[str, str], ...]:
    """Return the papers of a meeting by their titles, the last first."""
    at = questions.question()
    acts = in_effect(current.ledger().read_stream(meeting_stream(where["panel"], where["date"])))
    found = []
    for one in reversed([one for one in acts if isinstance(one.data, PaperIssued)]):
        said = text_of(trail_question.entry(at, one.id), "title")
        found.append((one.id, (said and said.words) or "A paper whose title is held"))
    return tuple(found)
