"""The one door for what is sent: the body of every request is looked at here, whatever its route.

It is one JSON value that reads back the same everywhere (`StrictJSON`), or, where a route
`takes_form`, a form that the route reads. What is refused with a body that was not read to its end
ends its connection, after the answer.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, current_app, g, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BYTES = 16 * 1024 * 1024
"""The largest body that is read."""
MOST_NESTED = 32
"""How deep a value may be: five times as deep as the deepest act."""
MOST_VALUES = 20_000
"""How many values a body may have: each is looked at, and may be told to be wrong."""
READS = {"GET", "HEAD", "OPTIONS"}
View = TypeVar("View", bound=Callable[..., Any])


def takes_form(view: View) -> View:
    """Mark a route that reads its form by itself, and says when it has (`body_taken`)."""
    view.__dict__["takes_form"] = True
    return view


def take_body() -> None:
    """Refuse a body that its route does not take; else read it, as strictly for every route."""
    if request.url_rule is None:
        return
    if request.method in READS:
        if _is_sent():
            raise BadRequest("A question has no body: put what you ask into the address.")
        return
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    if not getattr(current_app.view_functions[request.url_rule.endpoint], "takes_form", False):
        g.sent = _json()
        body_taken()


def body_taken() -> None:
    """Say that the request's body was read to its end, and is what its route takes."""
    g.body_taken = True


def end_after_refusal(answer: Response) -> Response:
    """End the connection after the answer to a body that was not taken: where the next request
    begins is not known, and what is sent on would be read as one. What still comes is thrown away
    for a while (`api.worker`), since closing at once would take the answer with it."""
    if _is_sent() and not g.get("body_taken"):
        answer.headers["Connection"] = "close"
    return answer


def served(app: "WSGIApplication") -> "WSGIApplication":
    """The application as it is served: its `Connection: close` is told to gunicorn, which passes
    over it. No path is `/`, and our host is called the same whatever a request calls it: no answer
    depends on that, and the library fails on what is no name."""

    def called(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            server: Any = getattr(start_response, "__self__", None)
            if ("Connection", "close") in headers and hasattr(server, "force_close"):
                server.force_close()
            return start_response(status, headers, exc_info)

        environ["PATH_INFO"] = environ.get("PATH_INFO") or "/"
        environ["HTTP_HOST"] = "localhost"
        return app(environ, start)

    return called


def _is_sent() -> bool:
    """Whether the request has a body, of a length that it says or not."""
    return bool(request.content_length) or "HTTP_TRANSFER_ENCODING" in request.environ


def _json() -> Any:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if not request.is_json or charset not in ("utf-8", "us-ascii"):
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    raw = request.get_data(cache=True)
    if request.content_length is None and len(raw) == MOST_BYTES and _more():
        raise RequestEntityTooLarge
    value = current_app.json.loads(raw)
    _is_small(value)
    return value


def _more() -> bool:
    """Whether anything comes after what was read: the library cuts what says no length."""
    return bool(request.environ["wsgi.input"].read(1))


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
