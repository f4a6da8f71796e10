"""A search by words, as JSON."""

from typing import Any

from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.reads import AskedSearch
from api.schemas.shapes import Found
from projections.questions import lists

blueprint = Blueprint("search", __name__, description="Bodies, reports, recommendations by words.")


@blueprint.reads("/api/search", AskedSearch, Found)
def search(asked: dict[str, Any]) -> Response:
    """Bodies, reports and recommendations that have some words, the first of each."""
    return answered(lists.search(current.question(), asked["q"]))
