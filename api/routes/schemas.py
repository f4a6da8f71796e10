"""The JSON Schema of each event, at the address that `dataschema` of its CloudEvents leads to."""

from flask import Blueprint, Response, jsonify

from api.requests import current
from api.requests.answers import followed
from api.schemas.events import document, schema_path
from ledger.errors import NotRecorded
from ledger.events import EVENTS

blueprint = Blueprint("schemas", __name__)

_BY_PATH = {schema_path(event): event for event in EVENTS}


@blueprint.get("/schemas/<schema>")
def event_schema(schema: str) -> Response:
    """What an entry of an event is, as JSON Schema (2020-12)."""
    event = _BY_PATH.get(f"/schemas/{schema}")
    if event is None:
        raise NotRecorded(
            f"No event has the schema “{schema[:80]}”: `dataschema` of each CloudEvent says where "
            "its own is, such as /schemas/update-received.v1.json."
        )
    answer = followed(jsonify(document(event, current.settings().address)))
    answer.mimetype = "application/schema+json"
    return answer
