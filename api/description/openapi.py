"""The OpenAPI description, from which clients are generated. It completes the declarations of
routes by rules for every operation: its id, its permission, its problems, its headers, examples."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from flask_smorest import Api
from werkzeug.http import http_date
from werkzeug.routing import Rule

from api.requests.answers import followed
from api.requests.current import EXTENSION
from api.requests.errors import PROBLEM, kinds, statuses
from api.requests.parsing import Blueprint
from api.schemas import events
from api.schemas.derive import TEXTS
from api.schemas.problem import Problem
from ledger.acts.table import ACTS
from ledger.settings import Settings

URN = "urn:answerable:problem:"
Json = dict[str, Any]
_VERBS = {"follow", "get", "list", "search"}
_NO_LISTS = {"compliance"}
_CALLED = {
    "/api/recommendations/{report}/{number}/{body}": "addressee",
    "/api/responses/{report}/{body}": "responder",
    "/api/accounts/{body}/{role}": "account_body",
    "/api/bodies/{body}/keeping": "keeper",
    "/api/bodies/{body}": "body_id",
}
"""The name of the last part of addresses that begin so: `body` means the request's body, and
generated clients give it that name themselves."""
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token of an account, as `answerable token create` makes it. An operation "
    "names the scope that it needs: `record`, `subscribe`, `admin`. Public texts need no token; "
    "office texts need a token with `office` or `record`.",
}
_STRING: Json = {"type": "string"}
_REFERENCE = _STRING | {"pattern": "^[a-z0-9-]{1,80}$"}
_DAY = _STRING | {"format": "date"}
PARTS: Mapping[str, tuple[Json, str, str]] = {
    "report": (_REFERENCE, "The reference of a report.", "hmicfrs-2025-05-16-custody"),
    "number": (
        _STRING | {"minLength": 1, "maxLength": 80},
        "The number of a recommendation, in any form: 2, 02, Recommendation 2.",
        "2",
    ),
    "body_id": (_REFERENCE, "The id of a body in the register.", "cumbria-pfcc"),
    "addressee": (
        _REFERENCE,
        "The body that the recommendation is addressed to.",
        "cumbria-constabulary",
    ),
    "responder": (_REFERENCE, "The body that owes the response.", "cumbria-pfcc"),
    "keeper": (_REFERENCE, "The body that keeps its record here.", "cumbria-pfcc"),
    "account_body": (
        _REFERENCE,
        "The body of an account, or `service`: its name before the slash.",
        "cumbria-pfcc",
    ),
    "role": (_REFERENCE, "The role of an account: its name after the slash.", "clerk"),
    "token_id": (_STRING, "The id of a token.", "0f4e2a6c"),
    "panel": (_REFERENCE, "The id of a panel.", "cumbria-police-fire-and-crime-panel"),
    "date": (_DAY, "The day of the meeting.", "2025-10-09"),
    "entry_id": (
        _STRING | {"format": "uuid"},
        "The id of an entry.",
        "01980a3c-7f5e-7c1d-9b1e-3f0c5a6d7e8f",
    ),
    "capture_id": (_STRING, "The id of a capture.", "01980a3c-7f5e-7c1d-9b1e-3f0c5a6d7e90"),
    "subscription_id": (_STRING, "The id of a subscription.", "5b0c6e1f9a2d4c77"),
    "form": (_STRING, "The form of the file: csv, jsonl, xlsx or ods, as there are.", "csv"),
    "tile": (
        _STRING | {"pattern": "^[0-9a-z][0-9a-z/.]*$"},
        "The place of a tile (c2sp.org/tlog-tiles).",
        "entries/000",
    ),
}
"""The parts of addresses: their schemas, their meaning, an example."""
_PARAMETERS: Mapping[str, Json] = {
    "effective_on": {"format": "date", "examples": ["2025-10-09"]},
    "known_at": {"examples": ["412", "2025-10-09", "2025-10-09T12:00:00Z"]},
}
"""The properties of parameters that marshmallow does not describe."""
_HEADERS: Mapping[str, Json] = {
    "ETag": _STRING | {"description": "The version: send it as `If-Match` or `If-None-Match`."},
    "Location": _STRING | {"description": "The address of the thing that was made."},
    "Link": _STRING | {"description": 'The next page, if there is one: `<…>; rel="next"`.'},
    "Retry-After": {
        "type": "integer",
        "description": "Seconds to wait before asking again.",
    },
    "RateLimit": _STRING | {"description": "Requests left (`r`), and seconds until all are (`t`)."},
    "RateLimit-Policy": _STRING | {"description": "The most requests (`q`) in seconds (`w`)."},
    "WWW-Authenticate": _STRING | {"description": "How to authenticate: `Bearer`."},
    "X-Request-Id": _STRING | {"description": "The request's own, or a new one: the log has it."},
    "Answerable-Synthetic": _STRING | {"description": "`true`: all of this log is made up."},
}
EXAMPLES: Mapping[str, Any] = {
    "title": "An inspection of custody",
    "kind": "national_thematic",
    "publisher": "hmicfrs",
    "published_on": "2025-05-16",
    "number": "2",
    "text": "By 31 March 2026, review each use of force.",
    "addressees": ["cumbria-constabulary"],
    "addressee": "cumbria-constabulary",
    "body": "cumbria-constabulary",
    "grade": "Adequate",
    "occurred_on": "2025-11-20",
    "of": "cumbria-constabulary",
    "question": "What has been done since the last meeting?",
    "reason": "As the inspectorate wrote on 3 March.",
    "bodies": ["cumbria-pfcc"],
    "basis": "More time was asked for, since the report names many.",
    "on": "2026-03-31",
    "reply_by": "2025-12-31",
    "applied_on": "2025-07-01",
    "granted_on": "2025-07-08",
    "granted_by": "the Secretary of State",
    "due_on": "2025-08-31",
    "decided_by": "the chief executive",
    "known_at": 412,
    "effective_on": "2025-10-09",
    "field": "text",
    "now": "What it says now.",
    "seen_on": "2025-11-20",
    "looked_on": "2025-11-20",
    "where": "The office’s page of responses to inspections.",
    "since": "2025-05-01",
    "report": "hmicfrs-2025-05-16-custody",
    "outcome": "It stays open.",
    "id": "a-body",
    "name": "A body",
    "successor": "another-body",
    "version": 1,
    "citation": "Police Act 1996, s.55(5)",
    "url": "https://receiver.example/answerable",
}
"""The values of fields in the examples of requests, by name. Any other field has the first of its
words, or a value of its type."""


@dataclass(frozen=True, slots=True)
class Deprecated:
    """The deprecation of an operation: since when, until when, and the page that names its
    replacement."""

    since: datetime
    sunset: datetime
    link: str


_STILL_SO = {
    "304": {"description": "Your copy with the ETag of `If-None-Match` is still current."},
}
DEPRECATED: Mapping[str, Deprecated] = {}
"""The deprecated operations, by their ids (docs/compatibility.md). There are none."""


class Documented(Api):
    """The OpenAPI description of the routes."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def finish(self, app: Flask) -> None:
        """Store the names of the routes. Call it when all routes exist."""
        self._endpoints = {
            (path_of(rule), method.lower()): rule.endpoint
            for rule in app.url_map.iter_rules()
            for method in rule.methods or ()
        }
        app.after_request(self._say_that_it_goes)

    def operation_id(self, path: str, method: str) -> str:
        """Return an operation's id, such as `receiveUpdate`, from the view's name. A read begins
        with `get`, or with `list` for a list."""
        name: str = self._endpoints[path, method].rpartition(".")[2]
        if method == "get" and name.partition("_")[0] not in _VERBS:
            of_many = "{" not in path and name.endswith("s") and name not in _NO_LISTS
            name = f"{'list' if of_many else 'get'}_{name}"
        first, *others = name.split("_")
        return first + "".join(word.capitalize() for word in others)

    @property
    def document(self) -> Json:
        """The whole description, for the service of an application."""
        settings: Settings = self._app.extensions[EXTENSION]["settings"]
        info = self.of_all["info"]
        ours = {
            "description": f"{info['description']} Log: {settings.origin}",
            "contact": {"name": "Whoever runs this service", "url": f"{settings.address}/help"},
        }
        return self.of_all | {
            "info": info | ours,
            "servers": [{"url": settings.address, "description": "This service."}],
        }

    @cached_property
    def of_all(self) -> Json:
        """The description that is the same for every service."""
        raw = self.spec.to_dict()
        shapes: list[type[Any]] = [*Blueprint.SHAPES, Problem]
        schemas = events.named(raw["components"]["schemas"] | TEXTS | events.components(shapes))
        self._schemas = schemas
        self._responses: Json = {"Problem": _problem("What went wrong.", "Problem")}
        paths: Json = {}
        for path, item in raw["paths"].items():
            called = _called(path)
            paths[called] = {
                method: self._operation(path, called, method, said, item.get("parameters", []))
                for method, said in item.items()
                if method != "parameters"
            }
            for said in paths[called].values():
                _add_headers(said["responses"], schemas)
                _add_example(said, schemas)
        _add_links(paths)
        found = {
            "openapi": "3.1.0",
            "info": raw["info"],
            "servers": [],
            "security": [],
            "tags": raw["tags"],
            "paths": paths,
            "components": {
                "schemas": {},
                "responses": dict(sorted(self._responses.items())),
                "headers": {
                    name: {
                        "description": said["description"],
                        "schema": {"type": said["type"]},
                    }
                    for name, said in _HEADERS.items()
                },
                "securitySchemes": {"bearer": _BEARER},
            },
        }
        used = _used(found, schemas)
        found["components"]["schemas"] = {name: schemas[name] for name in sorted(used)}
        return found

    def _operation(
        self, path: str, called: str, method: str, said: Json, parts: list[Json]
    ) -> Json:
        scope = _scope(path, method, anybody="security" not in said)
        named = re.findall(r"{(\w+)}", called)
        others = [*parts, *said.get("parameters", [])]
        going = DEPRECATED.get(self.operation_id(called, method))
        return {
            "operationId": self.operation_id(called, method),
            **({"deprecated": True} if going else {}),
            "summary": said["summary"],
            "description": said.get("description", said["summary"]),
            "tags": said["tags"],
            "security": [{"bearer": [scope] if scope else []}]
            if scope is not None
            else [{}, {"bearer": []}],
            "parameters": [_part(name) for name in named]
            + [_parameter(one) for one in others if one["in"] != "path"],
            **({"requestBody": said["requestBody"]} if "requestBody" in said else {}),
            "responses": {
                **{status: one for status, one in said["responses"].items() if status < "400"},
                **(
                    _STILL_SO
                    if scope is None and method == "get" and not path.endswith("/stream")
                    else {}
                ),
                **{
                    str(status): self._error(path, method, status)
                    for status in sorted(statuses(path, method))
                },
                "default": {"$ref": "#/components/responses/Problem"},
            },
        }

    def _error(self, path: str, method: str, status: int) -> Json:
        """Return a reference to the response for an error of an operation."""
        found = kinds(path, method, status)
        name = "Or".join("".join(map(str.capitalize, re.findall("[a-z]+", kind))) for kind in found)
        if name not in self._responses:
            types = [f"{URN}{kind}" for kind in found]
            says = f"{HTTPStatus(status).phrase}: {', '.join(f'`{one}`' for one in types)}."
            self._schemas[f"{name}Problem"] = _of_types(
                self._schemas["Problem"], f"{name}Problem", says, types
            )
            self._responses[name] = _problem(says, f"{name}Problem", status)
        return {"$ref": f"#/components/responses/{name}"}

    def describes(self, rule: Rule, method: str) -> bool:
        """Return whether a route is in the description."""
        return method in self.of_all["paths"].get(path_of(rule), {})

    def _openapi_json(self) -> Response:
        return followed(self._app.json.response(self.document))

    def _say_that_it_goes(self, answer: Response) -> Response:
        """Add the headers of a deprecated operation (RFC 9745, RFC 8594)."""
        if not DEPRECATED or request.url_rule is None:
            return answer
        method = request.method.lower()
        method = "get" if method == "head" else method
        if not self.describes(request.url_rule, method):
            return answer
        one = DEPRECATED.get(self.operation_id(path_of(request.url_rule), method))
        if one is not None:
            answer.headers["Deprecation"] = f"@{int(one.since.timestamp())}"
            answer.headers["Sunset"] = http_date(one.sunset)
            answer.headers.add("Link", f'<{one.link}>; rel="deprecation"; type="text/html"')
        return answer


def document() -> Json:
    """Return the OpenAPI description of the current application."""
    api: Documented = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return api.document


def path_of(rule: Rule) -> str:
    """Return the path of a route in the form of the description."""
    return _called(re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule))


def _called(path: str) -> str:
    """Return the path with names for its parts that nothing else in a request has."""
    for begins, name in _CALLED.items():
        if path.startswith(begins):
            return path.replace("{body}", f"{{{name}}}", 1)
    return path


def _scope(path: str, method: str, anybody: bool) -> str | None:
    """Return the scope that a token needs, or an empty text if any token will do. Return None if no
    token is needed and a token only shows more. `anybody` says that the view names no token."""
    if path.startswith("/api/subscriptions"):
        return "subscribe"
    if (path, method) == ("/api/accounts", "get"):
        return "admin"
    if method == "get" or path.startswith("/api/tokens"):
        return None if anybody else ""
    return next((act.scope for act in ACTS if act.path == path), "record")


def _part(name: str) -> Json:
    schema, says, example = PARTS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": says,
        "schema": schema,
        "example": example,
    }


def _parameter(one: Json) -> Json:
    schema = {**one["schema"], **_PARAMETERS.get(one["name"], {})}
    if schema.get("pattern", "").endswith(r"\Z"):  # only Python writes patterns in this way
        schema["pattern"] = f"^({schema['pattern'].removesuffix(chr(92) + 'Z')})$"
    # An empty field of a form means no value, even if the schema forbids an empty text.
    empty = {"allowEmptyValue": True} if schema.get("format") == "date" else {}
    return {**one, "required": one.get("required", False), "schema": schema, **empty}


def _of_types(problem: Json, name: str, says: str, types: list[str]) -> Json:
    """Return the schema of a problem that is one of some types."""
    one: Json = {"type": "string", "enum": types}
    if f"{URN}refused:*" in types:
        one = {"type": "string", "pattern": f"^{URN}refused:[a-z0-9-]+$"}
    properties = problem["properties"] | {"type": one}
    return {**problem, "title": name, "description": says, "properties": properties}


def _problem(says: str, schema: str, status: int | None = None) -> Json:
    challenge = ["WWW-Authenticate"]
    limited = ["RateLimit", "RateLimit-Policy", "Retry-After"]
    headers = {401: challenge, 403: challenge, 429: limited, 503: ["Retry-After"]}
    return {
        "description": says,
        **_headers([*headers.get(status or 0, []), *_EVERYWHERE]),
        "content": {PROBLEM: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


_EVERYWHERE = ("X-Request-Id", "Answerable-Synthetic")


def _headers(names: list[str]) -> Json:
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}


def _add_headers(responses: Json, schemas: Json) -> None:
    """Add the headers of an answer, by its shape."""
    for status, said in responses.items():
        if "$ref" in said:
            continue
        names = ["Location"] if status == "201" else []
        for content in said.get("content", {}).values():
            shape = content["schema"].get("$ref", "").rpartition("/")[2]
            fields = schemas.get(shape, {}).get("properties", {})
            names += ["ETag"] if shape.endswith("Written") else []
            names += ["Link"] if {"items", "next"} <= fields.keys() else []
            names += ["ETag"] if "version" in fields and "as_of" in fields else []
        said |= _headers([*dict.fromkeys(names), *_EVERYWHERE])


def _add_links(paths: Json) -> None:
    """Add links from what was made to where it is read: the entry of an act, and the act's
    subject."""
    reads = {path: item["get"]["operationId"] for path, item in paths.items() if "get" in item}
    for path, item in paths.items():
        made = item.get("post", {}).get("responses", {}).get("201")
        if made is None:
            continue
        links = {}
        shape = str(made["content"]["application/json"]["schema"].get("$ref"))
        if shape.endswith("Written"):
            links["entry"] = {
                "operationId": "getEntry",
                "parameters": {"entry_id": "$response.body#/event/id"},
            }
        if shape.endswith("/SubscriptionMade"):
            links["subscription"] = {
                "operationId": "getSubscription",
                "parameters": {"subscription_id": "$response.body#/subscription/id"},
            }
        on = path.rpartition("/")[0]
        if "{" in on and on in reads:
            links["on"] = {
                "operationId": reads[on],
                "parameters": {one: f"$request.path.{one}" for one in re.findall(r"{(\w+)}", on)},
            }
        if links:
            made["links"] = links


def _add_example(operation: Json, schemas: Json) -> None:
    """Add an example of a request, with its required fields."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = _example(content["schema"], schemas)


def _example(schema: Json, schemas: Json, name: str = "") -> Any:
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    if schema.get("type") == "object":
        needed = schema.get("required", [])
        return {one: _example(schema["properties"][one], schemas, one) for one in needed}
    if "enum" in schema:
        return EXAMPLES[name] if EXAMPLES.get(name) in schema["enum"] else schema["enum"][0]
    if schema.get("type") == "array" and name not in EXAMPLES:
        return [_example(schema["items"], schemas)]
    if name not in EXAMPLES and "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas, name)
    return EXAMPLES.get(name, {"integer": 1, "boolean": True}.get(str(schema.get("type")), "…"))


def _used(found: Any, schemas: Json) -> set[str]:
    """Return the names of the schemas that are referenced, directly or by others."""
    used: set[str] = set()
    waiting = list(_refs(found))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += _refs(schemas[name])
    return used


def _refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if str(value.get("$ref", "")).startswith("#/components/schemas/"):
            yield value["$ref"].rpartition("/")[2]
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)


def parameters_of(operation: str) -> frozenset[str]:
    """Return the names of an operation's parameters; none if there is no such operation."""
    for item in document()["paths"].values():
        for text in item.values():
            if text["operationId"] == operation:
                return frozenset(each["name"] for each in text["parameters"])
    return frozenset()
