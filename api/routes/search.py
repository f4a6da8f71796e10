"""A search by words, as JSON."""

from typing import Any

import marshmallow as ma
from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.answers import Answer
from api.schemas.lists import AskedSearch
from projections.questions.search import search as search_for

blueprint = Blueprint("search", __name__, description="Bodies, reports, recommendations by words.")


class Found(Answer):
    """The first of each that has the words."""

    class Meta:
        unknown = ma.RAISE

    q = ma.fields.String()
    bodies = ma.fields.List(ma.fields.Dict())
    reports = ma.fields.List(ma.fields.Dict())
    recommendations = ma.fields.List(ma.fields.Dict())
    more = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Boolean(),
        metadata={"description": "Of which there are more: the lists have them, by the same `q`."},
    )


@blueprint.reads("/api/search", AskedSearch, Found)
def search(asked: dict[str, Any]) -> Response:
    """Bodies, reports and recommendations that have some words, the first of each."""
    return answered(search_for(current.question(), asked["q"]))
