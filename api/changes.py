"""What changed between two moments, as JSON."""

from typing import Any

from flask import Response

from api import current
from api.requests import Blueprint, answered
from api.schemas.changed import AskedChanges, ChangesPage
from ledger.errors import Fault, Unfit
from projections.between import Between

blueprint = Blueprint("changes", __name__, description="What changed between two moments.")


@blueprint.get("/api/changes")
@blueprint.arguments(AskedChanges, location="query")
@blueprint.response(200, ChangesPage)
def changes(asked: dict[str, Any]) -> Response:
    """What changed from one moment to another, or since a meeting, and because of which entries."""
    names = ("body", "report", "late_by", "after", "limit")
    filters = {name: asked[name] for name in names if name in asked}
    found = current.register().changes(moments(), **filters)
    return answered(found, known_at="known_at" if "known_at" in asked else "to")


def moments() -> Between:
    """The two moments of the request, after waiting for its `min_position`."""
    given = {name: current.asked(name) for name in ("from", "to", "known_at", "since_meeting")}
    if given["to"] and given["known_at"] and given["to"] != given["known_at"]:
        sentence = "to and known_at are one thing here: give one of them."
        raise Unfit(sentence, Fault("to", sentence))
    current.wait()
    return current.register().between(
        since=given["from"],
        until=given["to"] or given["known_at"],
        effective_on=current.asked("effective_on"),
        since_meeting=given["since_meeting"],
    )
