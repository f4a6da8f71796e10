"""Panels' meetings, as JSON: papers, what was held, what was reviewed."""

from typing import Any

from flask import Response

from api import current
from api.acts import add_routes
from api.requests import Blueprint, answered
from api.schemas.answers import Answer, Asked, AskedMeetings, Page
from ledger import vocabulary
from ledger.application import How
from ledger.reading import Recorded
from ledger.service import Account
from ledger.vocabulary import ACTS, Act

blueprint = Blueprint("meetings", __name__, description="Panels' meetings and their papers.")


@blueprint.get("/api/meetings")
@blueprint.arguments(AskedMeetings, location="query")
@blueprint.response(200, Page)
def meetings(asked: dict[str, Any]) -> Response:
    """Meetings, the latest first."""
    return answered(current.register().meetings(current.when(), panel=asked.get("panel")))


@blueprint.get("/api/meetings/<panel>/<date>")
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Answer)
def meeting(asked: dict[str, Any], panel: str, date: str) -> Response:
    """A meeting: its papers and what it reviewed, entry by entry."""
    found = current.register().meeting(current.when(), panel, date)
    return answered(found, found["version"])


def _record(
    account: Account, act: Act, sent: dict[str, Any], where: dict[str, str], how: How
) -> Recorded:
    recorded: Recorded = getattr(current.ledger(), act.method)(
        account, where["panel"], where["date"], act.event(**sent["said"]), sent["told"], how
    )
    return recorded


add_routes(blueprint, [act for act in ACTS if act.path.startswith(vocabulary.MEETING)], _record)
