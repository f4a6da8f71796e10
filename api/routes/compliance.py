"""Compliance in numbers, as JSON."""

from typing import Any

from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.reads import AskedCompliance
from api.schemas.shapes import Compliance
from projections.questions import totals

blueprint = Blueprint("compliance", __name__, description="Compliance in numbers.")


@blueprint.reads("/api/compliance", AskedCompliance, Compliance)
def compliance(asked: dict[str, Any]) -> Response:
    """Responses owed by verdict and basis, days late, coverage; bodies by name, never ranked."""
    filters = current.filters(asked)
    return answered(totals.compliance(current.question(), **filters))
