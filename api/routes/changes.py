"""What changed between two moments, as JSON."""

from typing import Any

from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.changed import AskedChanges, ChangesPage
from projections.changes import changes as what_changed

blueprint = Blueprint("changes", __name__, description="What changed between two moments.")


@blueprint.get("/api/changes")
@blueprint.arguments(AskedChanges, location="query")
@blueprint.response(200, ChangesPage)
def changes(asked: dict[str, Any]) -> Response:
    """What changed from one moment to another, or since a meeting, and because of which entries."""
    current.names_are_known(asked)
    names = ("body", "report", "late_by", "after", "limit")
    filters = {name: asked[name] for name in names if name in asked}
    question, moments = current.compared()
    found = what_changed.changes(question, moments, **filters)
    return answered(found, known_at="known_at" if "known_at" in asked else "to")
