"""The AsyncAPI document: the messages that the service sends by the stream, by webhooks and to a
broker.

The text is `asyncapi.json` (https://www.asyncapi.com/docs/reference/specification/v3.0.0). This
module adds the parts that depend on the service and on its events.
"""

import json
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify
from flask_smorest import Api

from api.requests import current
from api.schemas.events import type_of
from ledger.events import EVENTS

blueprint = Blueprint("asyncapi", __name__)

STREAM = "/api/entries/stream"
_TEXT = files("api.description").joinpath("asyncapi.json").read_text("utf-8")


@blueprint.get("/asyncapi.json")
def asyncapi() -> Response:
    """Answer with the document: its servers, channels, operations and messages."""
    address = urlsplit(current.settings().address)
    document: dict[str, Any] = json.loads(_TEXT)
    document["servers"]["service"] = {
        "host": address.netloc,
        "protocol": address.scheme,
        **({"pathname": address.path} if address.path else {}),
    }
    document["channels"]["relay"]["parameters"]["type"]["enum"] = [one.TOPIC for one in EVENTS]
    bindings = document["operations"]["streamEntries"]["bindings"]["http"]
    bindings["query"] = _query_of_the_stream()
    for name in ("entry", "delivery"):
        properties = document["components"]["schemas"][name]["properties"]
        properties["type"] = {"enum": [type_of(one) for one in EVENTS]}
    return jsonify(document)


def _query_of_the_stream() -> dict[str, Any]:
    """Return the parameters of the stream's address, from the OpenAPI description."""
    api: Api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    parameters = api.spec.to_dict()["paths"][STREAM]["get"]["parameters"]
    return {
        "type": "object",
        "properties": {
            one["name"]: {**one["schema"], "description": one.get("description", "")}
            for one in parameters
            if one.get("in") == "query"
        },
        "additionalProperties": False,
    }
