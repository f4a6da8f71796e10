"""The pages of subjects: a report, a recommendation, a response, a meeting."""

from collections import Counter
from datetime import date
from itertools import groupby

from flask import Response, request

from api.reading import words
from api.reading.page import Shape, blueprint, page
from api.reading.pictures.days import draw_days
from api.reading.pictures.life import draw_life
from api.reading.pictures.response import draw_response
from api.reading.trail import trail_context, trail_page
from api.requests.questions import question
from ledger.events import RecommendationReviewed
from ledger.events.streams import meeting_stream
from ledger.states.service import WELSH_AREAS
from projections.questions import across as across_question
from projections.questions import meetings, pack, register
from projections.questions import recommendation as recommendation_question
from projections.questions import report as report_question
from projections.questions import response as response_question
from projections.questions import trail as trail_question
from projections.questions.filters import bodies_of
from projections.questions.question import Question

BODY_BY_BODY = 12
"""A report's page lists the addressees of a recommendation up to so many; above that it counts
them. The page across all of them lists every one."""


@blueprint.get("/reports/<report>")
def report(report: str) -> Response:
    """Show a report: its facts, its recommendations, and the responses owed."""
    found = report_question.report(question(), report)
    whose = request.args.get("body")
    own = bodies_of(question().register, whose) if whose else ()
    numbered = [
        (first, [first, *rest])
        for _, group in groupby(found.recommendations, key=lambda one: one.key)
        for first, *rest in [sorted(group, key=lambda one: one.addressee_name)]
    ]
    owed = sorted(found.responses, key=lambda one: one.body_name)
    return page(
        "report.html",
        found.as_of,
        report=found,
        numbered=numbered,
        owed=owed,
        days=draw_days(owed, own),
        verdicts=Counter(one.verdict for one in owed),
        most=BODY_BY_BODY,
        themes=sorted({one.theme for one in found.recommendations if one.theme}),
    )


@blueprint.get("/recommendations/<report>/<number>/<body>")
def recommendation(report: str, number: str, body: str) -> Response:
    """Show a recommendation to one body: its state, its texts, and its trail."""
    raised = recommendation_question.raised(question(), report, number, body)
    kept = trail_question.trail_by_the_day(
        raised.question, raised.stream, trail_page(), raised.states
    )
    found = recommendation_question.recommendation(raised)
    names = words.names(question()) | {found.report: found.report_title or found.report}
    names |= {one.report: one.report_title for one in found.chain}
    shown = trail_context(kept, names)
    reviews = (
        entry
        for entry in map(shown.entries.get, kept.numbers)
        if entry and isinstance(entry.event, RecommendationReviewed) and entry.in_effect
    )
    raising = (one.id for one in reversed(kept.items) if one.type == "recommendation-raised")
    return page(
        "recommendation.html",
        found.as_of,
        rec=found,
        life=draw_life(found, date.fromisoformat(found.as_of.effective_on)),
        office=register.office_of(question(), body),
        next_meeting=pack.last_and_next(question(), body)[1],
        review=next((shown.step(one.id) for one in reviews), None),
        raising=next(raising, ""),
        **shown.values,
    )


@blueprint.get("/across/<report>/<number>")
def across(report: str, number: str) -> Response:
    """Show the same recommendation across the bodies that it was made to, by name."""
    found = across_question.across(question(), report, number)
    return page("across.html", found.as_of, found=found)


@blueprint.get("/responses/<report>/<body>")
def response(report: str, body: str) -> Response:
    """Show a response as its publisher shows it, or another duty of the body, with the verdict and
    its working. For a retracted duty, show its publications."""
    owed = response_question.owed(question(), report, body, request.args.get("name") or None)
    kept = trail_question.trail_by_the_day(owed.question, owed.stream, trail_page(), owed.states)
    found = response_question.response(owed)
    shown: Shape = {
        "response": found,
        "report": response_question.inspected(owed),
        "next_meeting": pack.last_and_next(question(), body)[1],
        "in_wales": question().register.bodies[body].area in WELSH_AREAS,
        **trail_context(kept, words.names(question())).values,
    }
    if owed.retracted is not None:
        return page("response-retracted.html", found.as_of, **shown)
    working = response_question.working(owed)
    today = date.fromisoformat(found.as_of.effective_on)
    drawn = draw_response(found, working.counting, today)
    return page("response.html", found.as_of, working=working, drawn=drawn, **shown)


@blueprint.get("/meetings/<panel>/<date>")
def meeting(panel: str, date: str) -> Response:
    """Show a panel's meeting: its papers with their two dates, its reviews, and its trail."""
    found = trail_question.meeting(question(), panel, date)
    kept = trail_question.trail_by_the_day(question(), meeting_stream(panel, date), trail_page())
    names = words.names(question())
    reviewed = {
        one.id: one.event.recommendation.id
        for one in found.reviews
        if isinstance(one.event, RecommendationReviewed)
    }
    names |= _titles(question(), {one.report for one in reviewed.values()})
    shown = trail_context(kept, names)
    now = meetings.recommendations_now(question(), set(reviewed.values()))
    before, after = meetings.around(question(), panel, before=date, after=date)
    return page(
        "meeting.html",
        found.as_of,
        meeting=found,
        papers=[step for one in found.papers if (step := shown.step(one.id))],
        reviews=[step for one in found.reviews if (step := shown.step(one.id))],
        over=date < found.as_of.effective_on,
        before=before,
        after=after,
        standings={entry: now.get(one) for entry, one in reviewed.items()},
        **shown.values,
    )


def _titles(at: Question, references: set[str]) -> dict[str, str]:
    """Return the titles of those reports that are known, by reference."""
    found = {reference: report_question.title(at, reference) for reference in references}
    return {reference: title for reference, title in found.items() if title is not None}
