"""Reports, as JSON: publishing one with all that it brings, and reading them."""

from typing import Any

import marshmallow as ma
from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.answers import Answer, Asked, AskedList, Page
from projections.questions import lists, one

blueprint = Blueprint("reports", __name__, description="Reports and their recommendations.")


class AskedReports(AskedList):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})


@blueprint.get("/api/reports")
@blueprint.arguments(AskedReports, location="query")
@blueprint.response(200, Page)
def reports(asked: dict[str, Any]) -> Response:
    """The reports, newest first."""
    current.names_are_known(asked)
    return answered(
        lists.reports(
            current.question(),
            body=asked.get("body"),
            after=asked.get("after"),
            limit=asked["limit"],
        )
    )


@blueprint.get("/api/reports/<report>")
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Answer)
def report(asked: dict[str, Any], report: str) -> Response:
    """A report with its recommendations and the responses owed to it."""
    found = one.report(current.question(), report)
    return answered(found, found["version"])


add_routes(blueprint, "/api/reports")
