"""The reference of the API for people, drawn from the OpenAPI text; and Swagger UI, to try it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_swagger_ui
from flask import Response, abort, make_response, render_template, send_from_directory

from api.description.openapi import document
from api.pages.views import NOT_FOUND, blueprint

Json = dict[str, Any]
_SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
_FILES = {"swagger-ui.css", "swagger-ui-bundle.js"}
_FOR_SCRIPTS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Swagger UI alone runs scripts here: those of its own package, and none that is written in."""
_START = "SwaggerUIBundle({url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true});\n"


@dataclass(frozen=True, slots=True)
class Said:
    """One operation, as the text has it."""

    path: str
    method: str
    text: Json

    @property
    def name(self) -> str:
        return str(self.text["operationId"])

    @property
    def scope(self) -> str:
        """Who may, in words."""
        if {} in self.text["security"]:
            return "Anybody; a token opens office texts that it may read."
        scopes = self.text["security"][0]["bearer"]
        return f"A token with the scope “{scopes[0]}”." if scopes else "Any token."


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object, or a parameter."""

    name: str
    kind: list[tuple[str, str | None]]
    """What it is, in pieces: words, and of a schema the name that leads to it."""
    needed: bool
    says: str


def _operations() -> Iterator[Said]:
    for path, item in document()["paths"].items():
        for method, text in item.items():
            yield Said(path, method.upper(), text)


@blueprint.get("/docs")
def docs() -> Response:
    """Every operation of the API, by what it is about."""
    about = [
        (tag, [one for one in _operations() if tag["name"] in one.text["tags"]])
        for tag in document()["tags"]
    ]
    return _rendered("reference.html", about=about)


@blueprint.get("/docs/<name>")
def doc(name: str) -> Response:
    """One operation, by its id, or one schema, by its name."""
    schemas = document()["components"]["schemas"]
    if name in schemas:
        return _rendered("reference-schema.html", name=name, **_shape(schemas[name]))
    one = next((said for said in _operations() if said.name == name), None)
    if one is None:
        abort(NOT_FOUND)
    body = next(iter(one.text.get("requestBody", {}).get("content", {}).items()), None)
    return _rendered(
        "reference-operation.html",
        one=one,
        parameters=[
            Field(each["name"], _kind(each["schema"]), each["required"], each["description"])
            for each in one.text["parameters"]
        ],
        body=body
        and {
            "media": body[0],
            "example": body[1].get("example"),
            **_shape(_resolved(body[1]["schema"])),
        },
        answers=[_answer(status, said) for status, said in one.text["responses"].items()],
    )


@blueprint.get("/docs/try")
def try_out() -> Response:
    """Swagger UI, which asks this service from the browser."""
    answer = _rendered("swagger-ui.html")
    answer.headers["Content-Security-Policy"] = _FOR_SCRIPTS
    return answer


@blueprint.get("/docs/try/<file>")
def try_out_file(file: str) -> Response:
    """A file of Swagger UI."""
    if file == "start.js":
        answer = Response(_START, content_type="text/javascript; charset=utf-8")
    elif file in _FILES:
        answer = send_from_directory(_SWAGGER_UI, file)
    else:
        abort(NOT_FOUND)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _answer(status: str, said: Json) -> Json:
    if "$ref" in said:
        said = document()["components"]["responses"][said["$ref"].rpartition("/")[2]]
    contents = said.get("content", {}).items()
    return {
        "status": status,
        "says": said["description"],
        "contents": [(media, _kind(content["schema"])) for media, content in contents],
        "headers": sorted(said.get("headers", {})),
    }


def _resolved(schema: Json) -> Json:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _shape(schema: Json) -> Json:
    """An object's fields; of another schema what it is."""
    needed = set(schema.get("required", ()))
    return {
        "says": schema.get("description", ""),
        "kind": None if "properties" in schema else _kind(schema),
        "fields": [
            Field(name, _kind(one), name in needed, _says(one))
            for name, one in schema.get("properties", {}).items()
        ],
    }


def _says(schema: Json) -> str:
    own = schema.get("description", "")
    return str(own or _resolved(schema).get("description", "") if "$ref" not in schema else own)


def _kind(schema: Json) -> list[tuple[str, str | None]]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [(name, name)]
    for word in ("oneOf", "anyOf"):
        if word in schema:
            found: list[tuple[str, str | None]] = []
            for one in schema[word]:
                found += [*([(" or ", None)] if found else []), *_kind(one)]
            return found
    if schema.get("type") == "array":
        return [("list of ", None), *_kind(schema.get("items", {}))]
    if isinstance(more := schema.get("additionalProperties"), dict):
        return [("by name: ", None), *_kind(more)]
    if "const" in schema:
        return [(f"“{schema['const']}”", None)]
    if "enum" in schema:
        words = [f"“{one}”" for one in schema["enum"] if one is not None]
        return [(", ".join(words), None)]
    types = schema.get("type", "any")
    said = types if isinstance(types, str) else " or ".join(types)
    form = schema.get("format") or schema.get("pattern")
    return [(f"{said} ({form})" if form else said, None)]


def _rendered(template: str, **values: object) -> Response:
    answer = make_response(render_template(template, **values))
    answer.headers["Cache-Control"] = "no-cache"
    return answer
