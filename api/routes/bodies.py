"""The register, the rules and the keys of the log as JSON, as known at a position."""

from typing import Any

import marshmallow as ma
from flask import Response
from msgspec.structs import asdict

from api.requests import questions
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.reads import Asked, WholeNumber, string
from ledger import clock
from ledger.dates import london_date
from projections.answers.body import BodyFound, Pack
from projections.answers.parts import Links
from projections.answers.register import BodiesList, KeysList, RulesList
from projections.questions import pack, register
from projections.questions.paging import MOST

blueprint = Blueprint(
    "bodies", __name__, description="The register of bodies, the rules, the keys of the log."
)


class AskedRegister(Asked):
    """The parameters of a list of the register. Without `limit` the list is complete."""

    after = string("The cursor that the last page gave.")
    limit = WholeNumber(
        validate=ma.validate.Range(min=1, max=MOST),
        metadata={"description": f"How many at most, 1 to {MOST}; all unless given."},
    )


@blueprint.reads("/api/bodies", AskedRegister, BodiesList)
def bodies(asked: dict[str, Any]) -> Response:
    """Return every body in the register."""
    return answered(register.bodies(questions.question(), asked.get("after"), asked.get("limit")))


@blueprint.reads("/api/bodies/<body>", Asked, BodyFound)
def body(asked: dict[str, Any], body: str) -> Response:
    """Return a body, with the matters that need attention before its panel meets."""
    return answered(pack.body(questions.question(), body))


@blueprint.reads("/api/bodies/<body>/pack", Asked, Pack)
def body_pack(asked: dict[str, Any], body: str) -> Response:
    """Return the same as the pack of a meeting. `paper` is the act that records it as a paper of
    the meeting, made from this position and day."""
    found = pack.body(questions.question(), body)
    paper = pack.paper(found, london_date(clock.now()))
    links = Links(self=f"/api/bodies/{body}/pack", page=f"/bodies/{body}/pack")
    return answered(Pack(**asdict(found) | {"paper": paper, "links": links}))


@blueprint.reads("/api/rules", AskedRegister, RulesList)
def rules(asked: dict[str, Any]) -> Response:
    """Return every rule that this log has adopted, each version with its citation and text."""
    return answered(register.rules(questions.question(), asked.get("after"), asked.get("limit")))


@blueprint.reads("/api/keys", Asked, KeysList)
def keys(asked: dict[str, Any]) -> Response:
    """Return the keys that seal or sealed the log: since when, and how each ended. They are public.
    Keys are made and rotated by `answerable key`, where their file lies."""
    return answered(register.keys(questions.question()))


add_routes(blueprint, "/api/bodies")
add_routes(blueprint, "/api/rules")
