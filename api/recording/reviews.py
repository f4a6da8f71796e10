"""The form of a review: the page that asks which recommendation a panel reviewed, the heading that
says which, and the papers that the panel may have had before it."""

from flask import Response, request

from api.reading import words
from api.reading.page import rendered
from api.reading.texts import text_of
from api.recording.desk import offices_of
from api.recording.form_fields import Given
from api.recording.links import endpoint_of, form_of, title_of
from api.recording.submission import Where
from api.requests import current, questions
from ledger.acts.table import Act
from ledger.events import PaperIssued, RecommendationReviewed
from ledger.events.streams import RecommendationId, key_of, meeting_stream
from ledger.states.effect import in_effect
from ledger.states.recommendation import Status
from ledger.states.service import Account
from projections.answers.recommendation import RecommendationState
from projections.questions import lists
from projections.questions import report as report_question
from projections.questions import trail as trail_question
from projections.questions.meetings import recommendations_now
from projections.questions.question import Question

LISTED = 8
"""So many recommendations are listed of each status, and so many that have some words."""
OPEN: tuple[Status, ...] = ("refused", "reopened", "open", "claimed_complete", "closure_proposed")
"""The statuses of a recommendation that is not done with, in the order in which they are listed."""
MOST_WORDS = 400
"""At most so many letters of a recommendation stand above its review."""


def which_recommendation(act: Act, where: Where, account: Account) -> Response:
    """Ask which recommendation was reviewed at a meeting: one that is not done with, or one that
    has some words."""
    at, wanted = questions.question(), request.args.get("q", "").strip()
    acts = in_effect(current.ledger().read_stream(meeting_stream(where["panel"], where["date"])))
    papers = [one.id for one in acts if isinstance(one.data, PaperIssued)]
    reviewed = {
        one.data.recommendation.id for one in acts if isinstance(one.data, RecommendationReviewed)
    }
    paper = {"paper": papers[-1]} if papers else {}

    def form(one: RecommendationState) -> str:
        of = {"report": one.report, "number": one.key, "addressee": one.addressee}
        named = {f"recommendation.{name}": said for name, said in of.items()}
        return form_of(endpoint_of(act), **where, **paper, **named)

    found, more = _found(at, where["panel"], wanted)
    return rendered(
        "which-recommendation.html",
        title=title_of(act),
        account=account,
        panel=at.register.name(where["panel"]),
        where=where,
        q=wanted,
        more=more,
        found=[
            (one, form(one), RecommendationId(one.report, one.key, one.addressee) in reviewed)
            for one in found
        ],
    )


def _found(at: Question, panel: str, wanted: str) -> tuple[list[RecommendationState], bool]:
    """Return the recommendations to choose from, and whether there are more."""
    found: list[RecommendationState] = []
    more = False
    statuses: list[Status | None] = [None] if wanted else [*OPEN]
    for office in offices_of(at, panel):
        for status in statuses:
            page = lists.recommendations(
                at, counted_with=office.id, status=status, q=wanted or None, limit=LISTED,
                sort="newest", counted=True,
            )  # fmt: skip
            found += page.items
            more = more or page.next is not None
    return found, more


def papers_of(where: Where) -> tuple[tuple[str, str], ...]:
    """Return the papers of a meeting by their titles, the last first."""
    at = questions.question()
    acts = in_effect(current.ledger().read_stream(meeting_stream(where["panel"], where["date"])))
    found = []
    for one in reversed([one for one in acts if isinstance(one.data, PaperIssued)]):
        said = text_of(trail_question.entry(at, one.id), "title")
        found.append((one.id, (said and said.words) or "A paper whose title is held"))
    return tuple(found)


def heading(given: Given) -> dict[str, tuple[str, str]]:
    """Return the heading of a review: the recommendation, its words, and how it stands. Return none
    if there is no such recommendation."""
    report, number, addressee = (
        given.get(f"recommendation.{name}", "") for name in ("report", "number", "addressee")
    )
    try:
        ref = RecommendationId(report, key_of(number), addressee)
    except ValueError:
        return {}
    at = questions.question()
    for one in recommendations_now(at, [ref]).values():
        title = report_question.title(at, report) or report
        named = f"{words.numbered(one.kind, one.number)} of {title}, to {one.addressee_name}"
        said = f"“{words.beginning(one.text, MOST_WORDS)}” " if one.text else ""
        return {"recommendation": (named, f"{said}{words.capital(words.STATUSES[one.status][0])}.")}
    return {}
