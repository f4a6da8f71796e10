"""Recommendations as JSON: the state of each, its trail, its bundle, and the acts on it."""

from typing import Any

from flask import Response
from msgspec.structs import replace

from api.requests import callers, current, questions
from api.requests.acts import recommendation_named
from api.requests.answers import answered, sealed_or_not
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.reads import Asked, AskedAcross, AskedHistory, AskedRecommendations, AskedThemes
from ledger.acts.table import RECOMMENDATION
from ledger.events.streams import recommendation_stream
from projections.answers.across import Across
from projections.answers.lists import RecommendationsPage
from projections.answers.recommendation import RecommendationFound
from projections.answers.themes import Themes
from projections.answers.trail import Trail
from projections.questions import across, lists, themes
from projections.questions import recommendation as recommendation_question
from projections.questions import trail as trail_question
from projections.questions.bundles import bundle

blueprint = Blueprint("recommendations", __name__, description="Where each recommendation stands.")

_ONE = "/api/recommendations/<report>/<number>/<body>"


class AskedBundle(Asked):
    """The parameters of a bundle. Both dates are recorded in it if either is given; its entries do
    not depend on the day."""


@blueprint.reads("/api/recommendations", AskedRecommendations, RecommendationsPage)
def recommendations(asked: dict[str, Any]) -> Response:
    """Return recommendations by report and number."""
    filters = questions.filters(asked)
    return answered(lists.recommendations(questions.question(), **filters))


@blueprint.reads("/api/recommendations/themes", AskedThemes, Themes)
def recommendation_themes(asked: dict[str, Any]) -> Response:
    """Return the themes of recommendations across reports and years, in the words of their
    publishers."""
    return answered(themes.themes(questions.question(), **questions.filters(asked)))


@blueprint.reads("/api/recommendations/across", AskedAcross, Across)
def recommendation_across(asked: dict[str, Any]) -> Response:
    """Return the same recommendation across the bodies that it was made to, by name: its words, the
    answer, the claim, the decision, and how each is known."""
    return answered(across.across(questions.question(), asked["report"], asked["number"]))


@blueprint.reads(_ONE, Asked, RecommendationFound)
def recommendation(asked: dict[str, Any], report: str, number: str, body: str) -> Response:
    """Return the state of a recommendation to a body."""
    raised = recommendation_question.raised(questions.question(), report, number, body)
    return answered(recommendation_question.recommendation(raised), raised.version)


@blueprint.reads(f"{_ONE}/history", AskedHistory, Trail)
def recommendation_history(asked: dict[str, Any], report: str, number: str, body: str) -> Response:
    """Return every entry about a recommendation, in the order of the log or as it happened."""
    to = recommendation_named(report, number, body)
    stream = recommendation_stream(to.report, to.key, to.addressee)
    found = trail_question.trail(
        questions.question(), stream, asked["order"], asked["after"], asked["limit"]
    )
    return answered(replace(found, items=sealed_or_not(found.items, found.as_of)))


@blueprint.get(f"{_ONE}/bundle")
@blueprint.arguments(AskedBundle, location="query")
@blueprint.file("application/zip")
def recommendation_bundle(asked: dict[str, Any], report: str, number: str, body: str) -> Response:
    """Return the whole record of a recommendation, with its proofs, as a ZIP to be checked
    anywhere.

    It has the texts that its reader may read. It reaches up to the newest checkpoint or, as known
    then, up to that position; then it always has the same entries. Its proofs lead to the
    checkpoint over them that most witnesses cosigned, if there is one. Its file `as_of.json` has
    the two dates.
    """
    of = recommendation_named(report, number, body)
    when = questions.question_sealed().when
    made = bundle(current.ledger(), current.sealed(), callers.account(), of, when)
    answer = Response(made, content_type="application/zip")
    name = f"{of.report}-{of.key}-{of.addressee}.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    public = callers.account() is None
    answer.headers["Cache-Control"] = "no-cache" if public else "private, no-store"
    return answer


add_routes(blueprint, RECOMMENDATION)
