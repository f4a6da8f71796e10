"""Which lists of reports the log was compared with, as JSON."""

from typing import Any

import marshmallow as ma
from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.answers import Asked, Page
from projections.questions import lists

blueprint = Blueprint(
    "lists_compared", __name__, description="How complete the log is, as far as that is known."
)


class AskedListsCompared(Asked):
    publisher = ma.fields.String(metadata={"description": "Of this publisher alone, by its id."})


@blueprint.get("/api/lists-compared")
@blueprint.arguments(AskedListsCompared, location="query")
@blueprint.response(200, Page)
def lists_compared(asked: dict[str, Any]) -> Response:
    """For each publisher the list that its reports were last compared with; null: not known."""
    found = lists.lists_compared(current.question(), publisher=asked.get("publisher"))
    return answered(found)
