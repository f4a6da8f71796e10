"""The changes between two moments, as JSON."""

from typing import Any

from flask import Response

from api.requests import questions
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.reads import AskedChanges
from projections.answers.changes import ChangesPage
from projections.questions import changes as what_changed

blueprint = Blueprint("changes", __name__, description="What changed between two moments.")


@blueprint.reads("/api/changes", AskedChanges, ChangesPage)
def changes(asked: dict[str, Any]) -> Response:
    """Return the changes from one moment to another, or since a meeting, each with the entries that
    caused it."""
    filters = questions.filters(asked)
    question, moments = questions.compared()
    found = what_changed.changes(question, moments, **filters)
    return answered(found, known_at="known_at" if "known_at" in asked else "to")
