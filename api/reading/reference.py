"""The reference of the API for people, from the OpenAPI description, with a form to try each
read."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, abort, make_response, render_template, request

from api.description.openapi import document
from api.reading.error_pages import error_page
from api.reading.page import blueprint, to

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the description."""

    path: str
    method: str
    text: Json

    @property
    def name(self) -> str:
        return str(self.text["operationId"])

    @property
    def scope(self) -> str:
        """The permission that it needs, in words."""
        if {} in self.text["security"]:
            return "Anybody; a token opens office texts that it may read."
        scopes = self.text["security"][0]["bearer"]
        return f"A token with the scope “{scopes[0]}”." if scopes else "Any token."


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object, or a parameter."""

    name: str
    kind: list[tuple[str, str | None]]
    """Its type in pieces: words, and the names of schemas, which become links."""
    needed: bool
    says: str


def _operations() -> Iterator[Operation]:
    for path, item in document()["paths"].items():
        for method, text in item.items():
            yield Operation(path, method.upper(), text)


@blueprint.get("/docs")
def docs() -> Response:
    """Show every operation of the API, by subject."""
    about = [
        (tag, [one for one in _operations() if tag["name"] in one.text["tags"]])
        for tag in document()["tags"]
    ]
    return _rendered("reference.html", about=about)


@blueprint.get("/docs/<name>")
def doc(name: str) -> Response:
    """Show one operation, by its id, or one schema, by its name."""
    schemas = document()["components"]["schemas"]
    if name in schemas:
        return _rendered("reference-schema.html", name=name, **_shape(schemas[name]))
    one = _operation(name)
    body = next(iter(one.text.get("requestBody", {}).get("content", {}).items()), None)
    return _rendered(
        "reference-operation.html",
        one=one,
        address=document()["servers"][0]["url"],
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


@blueprint.get("/docs/<name>/try")
def try_it(name: str) -> Response:
    """Redirect to the address that a form of the reference gives: the parts of its path, and its
    query."""
    one = _operation(name)
    if one.method != "GET":
        abort(HTTPStatus.NOT_FOUND)
    given = {key: said.strip() for key, said in request.args.items() if said.strip()}
    address = one.path
    for each in one.text["parameters"]:
        if each["in"] != "path":
            continue
        if each["name"] not in given:
            return error_page(
                422, "Something is missing", f"Go back, and fill in “{each['name']}”."
            )
        part = quote(given.pop(each["name"]), safe="")
        address = address.replace(f"{{{each['name']}}}", part)
    return to(f"{address}?{urlencode(given)}" if given else address)


def _operation(name: str) -> Operation:
    one = next((said for said in _operations() if said.name == name), None)
    if one is None:
        abort(HTTPStatus.NOT_FOUND)
    return one


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
    """Return an object's fields, or the type of another schema."""
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
