"""Compliance in numbers, as JSON."""

from typing import Any

from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.counts import AskedCompliance, Compliance
from projections.questions import totals

blueprint = Blueprint("compliance", __name__, description="Compliance in numbers.")


@blueprint.get("/api/compliance")
@blueprint.arguments(AskedCompliance, location="query")
@blueprint.response(200, Compliance)
def compliance(asked: dict[str, Any]) -> Response:
    """Responses owed by verdict and basis, days late, coverage; bodies by name, never ranked."""
    current.names_are_known(asked)
    names = ("group_by", "body", "report")
    filters = {name: asked[name] for name in names if name in asked}
    return answered(totals.compliance(current.question(), **filters))
