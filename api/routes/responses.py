"""Responses owed as JSON: the verdict, its working, the trail, and the acts on each; and compliance
in numbers."""

from typing import Any

from flask import Response
from msgspec.structs import replace

from api.requests import questions
from api.requests.answers import answered, sealed_or_not
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.reads import Asked, AskedCompliance, AskedHistory, AskedResponses, string
from ledger.acts.table import RESPONSE
from ledger.events.streams import response_stream
from projections.answers.lists import ResponsesPage
from projections.answers.response import ResponseFound, ResponseWorking
from projections.answers.totals import Compliance
from projections.answers.trail import Trail
from projections.questions import lists, totals
from projections.questions import response as response_question
from projections.questions import trail as trail_question

blueprint = Blueprint("responses", __name__, description="Responses owed, and verdicts on them.")

_ONE = "/api/responses/<report>/<body>"


@blueprint.reads("/api/responses", AskedResponses, ResponsesPage)
def responses(asked: dict[str, Any]) -> Response:
    """Return responses owed, by report and body."""
    filters = questions.filters(asked)
    return answered(lists.responses(questions.question(), **filters))


class AskedDuty(Asked):
    """The parameters of a question about one duty."""

    name = string(
        "The name of one of the body's duties about the report, such as "
        "`action-plan`; default: `response`, or else the first."
    )


@blueprint.reads(_ONE, AskedDuty, ResponseFound)
def response(asked: dict[str, Any], report: str, body: str) -> Response:
    """Return a body's response to a report, with the verdict."""
    owed = response_question.owed(questions.question(), report, body, asked.get("name"))
    return answered(response_question.response(owed), owed.version)


@blueprint.reads(f"{_ONE}/working", AskedDuty, ResponseWorking)
def working(asked: dict[str, Any], report: str, body: str) -> Response:
    """Return the working of the verdict: the rule, the counting, and the entries used, in
    sentences."""
    owed = response_question.owed(questions.question(), report, body, asked.get("name"))
    return answered(response_question.working(owed))


@blueprint.reads(f"{_ONE}/history", AskedHistory, Trail)
def response_history(asked: dict[str, Any], report: str, body: str) -> Response:
    """Return every entry about a response, in the order of the log or as it happened."""
    stream = response_stream(report, body)
    found = trail_question.trail(
        questions.question(), stream, asked["order"], asked["after"], asked["limit"]
    )
    return answered(replace(found, items=sealed_or_not(found.items, found.as_of)))


add_routes(blueprint, RESPONSE)


in_numbers = Blueprint("compliance", __name__, description="Compliance in numbers.")


@in_numbers.reads("/api/compliance", AskedCompliance, Compliance)
def compliance(asked: dict[str, Any]) -> Response:
    """Return the numbers of responses by verdict and basis, days late, and coverage; bodies by
    name, never ranked."""
    filters = questions.filters(asked)
    return answered(totals.compliance(questions.question(), **filters))
