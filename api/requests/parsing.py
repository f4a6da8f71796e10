"""The strict reading of addresses and bodies. Otherwise two programs could read one request in two
ways, or an ignored parameter could change the question.

An address gives each name once, and only names that its route takes: `?knownat=254` would otherwise
be answered as of today. Every body is checked. It is one JSON value that reads back the same
everywhere (RFC 8785, I-JSON) or, if a route `takes_form`, a form that the route reads.
"""

import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import uuid4

import flask_smorest
import marshmallow as ma
from flask import Flask, current_app, g, request
from flask import Request as FlaskRequest
from flask.json.provider import DefaultJSONProvider
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from ledger import diagnostics
from ledger.errors import Fault, Unfit
from ledger.register import unknown_name

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BYTES = 16 * 1024 * 1024
"""The largest body that is read."""
MOST_NESTED = 32
"""The deepest nesting of a value: five times as deep as the deepest act."""
MOST_VALUES = 20_000
"""The most values of a body: each is checked, and may get an error of its own."""
REQUEST_ID = "answerable.request_id"
"""The key of the request's id in its environment."""
REFUSED = "answerable.refused"
"""The key of the reason why the server did not receive the whole body (an `HTTPException`), or
None."""
ABOUT = "answerable.about"
"""The key of the facts that every log line about the request has."""
BEGUN = "answerable.begun"
"""The key of the moment in which the request began (`time.perf_counter`)."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~:/+=-]{1,128}")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
MACHINE = {"/api", "/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json"}
"""Paths outside /api/ that machines ask for."""
READS = {"GET", "HEAD", "OPTIONS"}
LARGEST_INTEGER = 2**53 - 1
_NAMES, _REPEATED = "answerable_query_names", "answerable_query_lists"
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid", re.IGNORECASE)
"""Parameters that newsletters and social media add to addresses of pages."""
View = TypeVar("View", bound=Callable[..., Any])


def received() -> None:
    """Refuse a request whose body did not arrive completely."""
    if (why := request.environ.get(REFUSED)) is not None:
        raise why


def read_address() -> None:
    """Refuse an address that cannot be read, or can be read in two ways, or has a parameter that
    the read does not take and that therefore changes nothing.

    Below /log/ lie files, which mirrors may ask for with any parameter. Only a consistency proof
    has parameters of its own, which can be misspelt.
    """
    if any("\x00" in part for part in (request.path, *request.args, *request.args.values())):
        raise BadRequest("The address has the character U+0000, which no name has.")
    rule = request.url_rule.rule if request.url_rule else ""
    repeated = current_app.extensions[_REPEATED].get(rule, ())
    for name, values in request.args.lists():
        if (
            name not in repeated and len(set(filter(None, values))) > 1
        ):  # either value would answer half the question
            sentence = f"{printable(name)} is given twice, and not as the same: give one."
            raise Unfit(sentence, Fault(printable(name), sentence))
    if request.method in ("GET", "HEAD"):
        names: frozenset[str] | None = current_app.extensions[_NAMES].get(rule)
        if names is not None and (names or rule.startswith("/api/")):
            refuse_others(names)


def learn_names(app: Flask, spec: Mapping[str, Any]) -> None:
    """Store the parameters of each address that the OpenAPI description lists. It lists them
    all."""
    rules = {_described(rule.rule): rule.rule for rule in app.url_map.iter_rules()}
    asked = {
        rules[path]: [one for one in _parameters(item) if one["in"] == "query"]
        for path, item in spec["paths"].items()
        if "get" in item
    }
    app.extensions[_NAMES] = {
        rule: frozenset(one["name"] for one in each) for rule, each in asked.items()
    }
    app.extensions[_REPEATED] = {
        rule: frozenset(one["name"] for one in each if one["schema"].get("type") == "array")
        for rule, each in asked.items()
    }


def _described(rule: str) -> str:
    """Return the path of a route as the OpenAPI description writes it."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)


def refuse_others(names: Collection[str], *, tolerant: bool = False) -> None:
    """Raise Unfit for any parameter but these. With `tolerant`, allow the marks that newsletters
    and the like add to links."""
    others = [name for name in request.args if name not in names]
    if tolerant:
        others = [name for name in others if not _TRACKING.fullmatch(name)]
    faults = [Fault(printable(one), unknown_name(printable(one), sorted(names))) for one in others]
    if faults:
        raise Unfit(faults[0].message, *faults)


def printable(name: str) -> str:
    """Return a name as it was sent, as far as it can be shown."""
    return name.encode("utf-8", "replace").decode()[:80]


def _parameters(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*item.get("parameters", []), *item["get"].get("parameters", [])]


def takes_form(view: View) -> View:
    """Mark a route that reads its form by itself."""
    view.__dict__["takes_form"] = True
    return view


def read_body() -> None:
    """Refuse a body that its route does not take, else parse it."""
    if request.url_rule is None:
        return
    if request.method in READS:
        if _is_sent():
            raise BadRequest("A question has no body: put what you ask into the address.")
        return
    if request.method == "DELETE":
        if _is_sent():
            raise BadRequest("What is ended is named by the address: leave the body out.")
        return
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    if not getattr(current_app.view_functions[request.url_rule.endpoint], "takes_form", False):
        g.sent = _json()


def served(app: "WSGIApplication") -> "WSGIApplication":
    """Return the application as it is served. An empty path becomes `/`. The host is always
    `localhost`, since no answer depends on it and Werkzeug fails on an invalid one.

    The answer has the request's id, and so has every line of the diagnostics about it. It is the id
    of X-Request-Id if that is well-formed, else a new one. Beside it stands the trace of
    `traceparent` (https://www.w3.org/TR/trace-context/).
    """

    def called(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        name = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        environ[REQUEST_ID] = name
        environ[BEGUN] = time.perf_counter()
        trace = _TRACEPARENT.fullmatch(environ.get("HTTP_TRACEPARENT", ""))
        environ[ABOUT] = {"request": name} | ({"trace": trace[1]} if trace else {})
        diagnostics.about.set(environ[ABOUT])

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("X-Request-Id", name)], exc_info)

        environ["PATH_INFO"] = environ.get("PATH_INFO") or "/"
        environ["HTTP_HOST"] = "localhost"
        return app(environ, start)

    return called


def by_a_machine() -> bool:
    """Return whether the request is for an address that machines ask for, not for a page."""
    return of_machines(request.path)


def of_machines(path: str) -> bool:
    """Return whether machines ask for a path, and not people for a page."""
    below = ("/api/", "/log/", "/feeds/", "/schemas/")
    return path.startswith(below) or path in MACHINE


def _is_sent() -> bool:
    """Return whether the request has a body."""
    return bool(request.content_length)


def _json() -> Any:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if not request.is_json or charset not in ("utf-8", "us-ascii"):
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    value = current_app.json.loads(request.get_data(cache=True))
    _is_small(value)
    return value


def _is_small(value: Any) -> None:
    level, left = [value], MOST_VALUES
    for _ in range(MOST_NESTED):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        left -= len(level)
        if left < 0:
            raise RequestEntityTooLarge(
                f"This has more than {MOST_VALUES:,} values: send it in parts, a recommendation, "
                "a duty or a statement each by itself."
            )
    if any(isinstance(one, dict | list) for one in level):
        raise BadRequest("This is nested too deeply.")


class StrictJSON(DefaultJSONProvider):
    """JSON that reads back the same everywhere (RFC 8785, I-JSON). Any other is refused with a
    sentence."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            text = s.decode("utf-8") if isinstance(s, bytes) else s
            return json.loads(
                text,
                object_pairs_hook=_once_each,
                parse_int=_integer,
                parse_float=_no_fractions,
                parse_constant=_no_fractions,
            )
        except UnicodeDecodeError as error:
            raise BadRequest(f"Byte {error.start + 1} of this is not UTF-8.") from None
        except RecursionError:
            raise BadRequest("This is nested too deeply.") from None
        except json.JSONDecodeError as error:
            raise BadRequest(
                f"This is not JSON: {error.msg}, line {error.lineno} column {error.colno}."
            ) from None


class StrictParser(FlaskParser):
    """Takes the body that `read_body` has parsed."""

    def load_json(self, req: FlaskRequest, schema: Any) -> Any:
        return g.sent


class Blueprint(flask_smorest.Blueprint):
    """Routes that take the body that `read_body` has parsed."""

    ARGUMENTS_PARSER = StrictParser()
    SHAPES: ClassVar[set[type[Any]]] = set()
    """The answers of the routes of all blueprints."""

    def arguments(self, asked: Any, **more: Any) -> Callable[[View], View]:
        """Declare what a route takes: a schema, made once and not for each request."""
        schema = asked() if isinstance(asked, type) else asked
        taken: Callable[[View], View] = super().arguments(schema, **more)
        return taken

    def response(self, status: int, shape: Any = None, **more: Any) -> Callable[[View], View]:
        """Declare what a route answers: a shape of `api.schemas`, or the name of one of its
        schemas."""
        name = shape if isinstance(shape, str) else getattr(shape, "__name__", None)
        if name is not None and name is not shape:
            self.SHAPES.add(shape)
        schema = {"$ref": f"#/components/schemas/{name}"} if name else None
        described: Callable[[View], View] = super().response(status, schema, **more)
        return described

    def file(self, *media: str) -> Callable[[View], View]:
        """Declare that a route answers a text or bytes, of one of these types."""

        def decorate(view: View) -> View:
            for named in media:
                one = named.partition(";")[0]
                text = one.startswith("text/") or one.endswith(("+xml", "ndjson"))
                schema = {"type": "string"} | ({} if text else {"format": "binary"})
                view = super(Blueprint, self).response(200, schema, content_type=one)(view)
            return view

        return decorate

    def reads(self, path: str, asked: type[ma.Schema], answer: Any) -> Callable[[View], View]:
        """Declare a GET route: its parameters and its answer."""

        def decorate(view: View) -> View:
            described = self.arguments(asked, location="query")(self.response(200, answer)(view))
            decorated: View = self.get(path)(described)
            return decorated

        return decorate


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Unfit(
                "A name is there twice.", Fault(printable(name), "This name is there twice.")
            )
        found[name] = value
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise Unfit(f"{text[:40]} is past 2^53-1, the largest integer that JSON keeps exactly.")
    return int(text)


def _no_fractions(text: str) -> float:
    raise Unfit(f"{text[:40]} is no whole number; no field here takes another.")
