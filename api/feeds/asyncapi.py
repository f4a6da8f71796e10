"""What the service sends, described for machines: the stream of events, the webhooks and what is
relayed to a broker, as AsyncAPI 3 (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify
from flask_smorest import Api

from api.feeds import relay
from api.requests import current
from api.schemas.events import type_of
from ledger.events import EVENTS

blueprint = Blueprint("asyncapi", __name__)

STREAM = "/api/entries/stream"
_MOMENT = {"type": "string", "format": "date-time"}
_SEQUENCE = "^[0-9]{16}$"
_NAMED = {"type": ["string", "null"]}


@blueprint.get("/asyncapi.json")
def asyncapi() -> Response:
    """The description: channels, operations, messages."""
    return jsonify(_document())


def _document() -> dict[str, Any]:
    address = urlsplit(current.settings().address)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Answerable: entries as they are sealed",
            "version": "v1",
            "description": "Each entry of the log " + current.settings().origin + ", once and in "
            "order: to whoever follows the stream, to whoever subscribes by webhook, and to a "
            "broker, where there is one. Texts are never opened. What can be asked is in "
            "/openapi.json.",
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "servers": {
            "service": {
                "host": address.netloc,
                "protocol": address.scheme,
                **({"pathname": address.path} if address.path else {}),
            },
            "broker": {
                "host": "{broker}",
                "protocol": "nats",
                "description": "NATS JetStream, where there is one: whoever runs the service says "
                "where, and who may follow.",
                "variables": {"broker": {"description": "Its host and port."}},
            },
        },
        "channels": {
            "stream": {
                "address": STREAM,
                "title": "Server-sent events",
                "description": "An event has the position as its `id`, and in `data` the entry in "
                "a line. `Last-Event-ID` is where a reader goes on. An `id` by itself leads past "
                "entries that a filter kept back.",
                "servers": [{"$ref": "#/servers/service"}],
                "messages": {
                    "entry": {"$ref": "#/components/messages/streamed"},
                    "caughtUp": {"$ref": "#/components/messages/caughtUp"},
                },
            },
            "webhook": {
                "address": None,
                "title": "The address of a subscription",
                "description": "As it was given by `POST /api/subscriptions`. The next entry is "
                "sent once the one before was answered by 2xx.",
                "servers": [{"$ref": "#/servers/service"}],
                "messages": {
                    "entry": {"$ref": "#/components/messages/delivered"},
                    "test": {"$ref": "#/components/messages/test"},
                },
            },
            "relay": {
                "address": relay.SUBJECT,
                "title": "A stream of NATS JetStream",
                "description": "The sequence of a message in the stream is the position of its "
                "entry. Whoever follows an area follows `national` too.",
                "servers": [{"$ref": "#/servers/broker"}],
                "parameters": {
                    "area": {
                        "description": "The area of the bodies that the entry is about; "
                        f"`{relay.NATIONAL}` where that is none, or more than one.",
                        "examples": ["cumbria", relay.NATIONAL],
                    },
                    "type": {
                        "description": "What happened.",
                        "enum": [one.TOPIC for one in EVENTS],
                    },
                },
                "messages": {"entry": {"$ref": "#/components/messages/relayed"}},
            },
        },
        "operations": {
            "streamEntries": {
                "action": "send",
                "channel": {"$ref": "#/channels/stream"},
                "summary": "Send entries to whoever asks for the stream.",
                "messages": [
                    {"$ref": "#/channels/stream/messages/entry"},
                    {"$ref": "#/channels/stream/messages/caughtUp"},
                ],
                "bindings": {"http": {"method": "GET", "query": _asked(), **_VERSION}},
            },
            "deliverEntries": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhook"},
                "summary": "Send entries to a subscription, signed as Standard Webhooks says.",
                "messages": [
                    {"$ref": "#/channels/webhook/messages/entry"},
                    {"$ref": "#/channels/webhook/messages/test"},
                ],
                "bindings": {"http": {"method": "POST", **_VERSION}},
            },
            "relayEntries": {
                "action": "send",
                "channel": {"$ref": "#/channels/relay"},
                "summary": "Publish entries to a broker.",
                "messages": [{"$ref": "#/channels/relay/messages/entry"}],
            },
        },
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


_VERSION = {"bindingVersion": "0.3.0"}


def _asked() -> dict[str, Any]:
    """What the stream takes in its address, as the OpenAPI text has it."""
    api: Api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    asked = api.spec.to_dict()["paths"][STREAM]["get"]["parameters"]
    return {
        "type": "object",
        "properties": {
            one["name"]: {**one["schema"], "description": one.get("description", "")}
            for one in asked
            if one.get("in") == "query"
        },
        "additionalProperties": False,
    }


def _messages() -> dict[str, Any]:
    signed = {
        "type": "object",
        "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
        "properties": {
            "webhook-id": {
                "type": "string",
                "description": "The same at every attempt, and when entries are replayed.",
            },
            "webhook-timestamp": {
                "type": "string",
                "pattern": "^[0-9]+$",
                "description": "When it was signed: seconds since 1970.",
            },
            "webhook-signature": {
                "type": "string",
                "pattern": "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$",
                "description": "HMAC-SHA256 of id, timestamp and body; two while a secret is "
                "rotated.",
            },
        },
    }
    return {
        "streamed": {
            "title": "An entry, in the stream",
            "contentType": "application/json",
            "payload": {"$ref": "#/components/schemas/entry"},
        },
        "caughtUp": {
            "title": "The event `caught-up`, once in a stream: all that there is has come",
            "contentType": "application/json",
            "payload": {
                "type": "object",
                "required": ["position"],
                "properties": {"position": {"type": "integer", "minimum": 0}},
            },
        },
        "delivered": {
            "title": "An entry, by webhook",
            "contentType": "application/cloudevents+json",
            "headers": signed,
            "payload": {"$ref": "#/components/schemas/delivery"},
        },
        "relayed": {
            "title": "An entry, by the broker",
            "contentType": relay.CONTENT_TYPE,
            "headers": {
                "type": "object",
                "required": ["Nats-Msg-Id", "Content-Type"],
                "properties": {
                    "Nats-Msg-Id": {"type": "string", "description": "The id of the entry."},
                    "Content-Type": {"const": relay.CONTENT_TYPE},
                },
            },
            "payload": {"$ref": "#/components/schemas/entry"},
        },
        "test": {
            "title": "A test, by webhook: no entry of the log",
            "contentType": "application/cloudevents+json",
            "headers": signed,
            "payload": {"$ref": "#/components/schemas/test"},
        },
    }


def _schemas() -> dict[str, Any]:
    """The payloads, as JSON Schema (draft 7, AsyncAPI's own)."""
    event = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string"},
        "source": {"type": "string", "description": "The log's name."},
        "time": _MOMENT,
        "datacontenttype": {"const": "application/json"},
    }
    entry = {
        **event,
        "type": {"enum": [type_of(one) for one in EVENTS]},
        "subject": {"type": "string", "description": "The stream that the entry is of."},
        "time": {**_MOMENT, "description": "When it was recorded."},
        "dataschema": {
            "type": "string",
            "format": "uri",
            "description": "The JSON Schema of `data`.",
        },
        "sequence": {
            "type": "string",
            "pattern": _SEQUENCE,
            "description": "Its position, in sixteen digits: in order as a string.",
        },
        "data": {
            "type": "object",
            "description": "The entry, with the commitments of its texts, as `dataschema` says.",
        },
    }
    previous = {
        "previoussequence": {
            "type": "string",
            "pattern": _SEQUENCE,
            "description": "The position of the entry before that the filters let through, as "
            "`sequence`; zero: there is none.",
        },
        "previousid": {"type": "string", "description": "The id of that entry."},
    }
    test = {
        **event,
        "type": {"const": "answerable.test.v1"},
        "data": {
            "type": "object",
            "properties": {"subscription": {"type": "string"}, "says": {"type": "string"}},
        },
    }
    return {
        "entry": _whole(entry),
        "delivery": _whole({**entry, **previous}, leave_out={"previousid"}),
        "test": _whole(test),
    }


def _whole(properties: dict[str, Any], leave_out: frozenset[str] | set[str] = frozenset()) -> Any:
    """An object that has all of these, those that may be left out aside."""
    return {
        "type": "object",
        "required": [name for name in properties if name not in leave_out],
        "properties": properties,
    }
