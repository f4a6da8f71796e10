"""Errors as RFC 9457 problems (`application/problem+json`), or as pages if a page was asked for.
Also the errors that each operation can answer with, for the OpenAPI description."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
from flask import Flask, Response, current_app, g, request
from msgspec import UNSET, ValidationError
from prometheus_client import Counter
from werkzeug.exceptions import HTTPException, default_exceptions

from api.files.exports import Busy, TooMuch
from api.oidc.refusals import ProviderUnreachable, SignInRefused
from api.requests import browser_sessions, callers, current
from api.requests.answers import WEB
from api.requests.parsing import REQUEST_ID, by_a_machine
from api.schemas import problem as problems
from api.schemas.problem import Problem
from ledger import diagnostics, errors
from ledger.errors import AnswerableError, Fault
from ledger.postgres.connections import unreadable
from ledger.seal.checkpoints import NotSealedYet
from projections.as_of import NotKnownYet
from projections.fields import json_of
from projections.waiting import NotBuiltYet, NotThereYet

PROBLEM = "application/problem+json"
_MOST_FAULTS = 100
"""The number of faults of a request that an answer lists."""
_STATUS: tuple[tuple[type[AnswerableError], int, str, str], ...] = (
    (NotKnownYet, 422, "not-known-yet", "Not known yet"),
    (errors.Unfit, 422, "unfit", "It does not fit the published form"),
    (errors.KeyReused, 422, "key-reused", "The idempotency key was used before"),
    (callers.SignInAnew, 403, "sign-in-again", "Sign in again for this"),
    (browser_sessions.FormOfAnother, 403, "not-of-this-session", "Not from a page of this session"),
    (SignInRefused, 403, "sign-in-refused", "You are not signed in"),
    (ProviderUnreachable, 503, "provider-unreachable", "Sign-in is not to be had just now"),
    (errors.NotAllowed, 403, "not-allowed", "Not allowed"),
    (errors.NotKnownThen, 404, "not-known-then", "Not known then"),
    (NotSealedYet, 404, "not-sealed-yet", "Not sealed yet"),
    (errors.NotRecorded, 404, "not-recorded", "Not recorded"),
    (errors.Gone, 410, "redacted", "Redacted"),
    (errors.Stale, 412, "stale", "It moved on"),
    (errors.Overtaken, 503, "overtaken", "Others recorded meanwhile"),
    (errors.Refused, 409, "refused", "Refused"),
    (errors.NotDeleted, 500, "not-deleted", "Nothing was deleted"),
    (NotThereYet, 503, "not-there-yet", "Not there yet"),
    (Busy, 503, "busy", "Busy just now"),
    (TooMuch, 422, "too-much", "More than a sheet holds"),
    (errors.Unreadable, 503, "unreadable", "The log holds what cannot be read"),
    (errors.ClockUnsure, 503, "clock-unsure", "The clocks disagree"),
    (errors.NotVouched, 503, "not-vouched", "The sealer does not vouch for the log"),
    (errors.Outdated, 503, "outdated", "A newer version has taken over"),
    (errors.LogUnreachable, 503, "unreachable", "The database did not answer"),
)
_SAID = {
    400: "The request cannot be read: a part of it is malformed, or missing.",
    404: "Nothing is at this address; /openapi.json lists every address that there is.",
    405: "This address takes no such request; /openapi.json says which it takes.",
    413: "This is too large: 16 MB of JSON, 25 MB of a capture are the most.",
}
"""Sentences that replace the library's messages, which do not say what to do."""
_REFUSALS = Counter(
    "answerable_problems",
    "Requests that were answered with a problem, by its type.",
    ["type"],
    registry=WEB,
)
ErrorPage = Callable[[int, str, str], Response]
"""Renders an error as a page: status, title, detail."""


def handle(app: Flask, error_page: ErrorPage) -> None:
    """Turn errors into answers."""
    app.extensions["answerable_error_page"] = error_page
    app.register_error_handler(AnswerableError, _answerable)
    app.register_error_handler(psycopg.OperationalError, _unreachable)
    app.register_error_handler(psycopg.DataError, _no_value)
    app.register_error_handler(psycopg.errors.UndefinedTable, _unbuilt)
    app.register_error_handler(psycopg.errors.UndefinedColumn, _unbuilt)
    app.register_error_handler(ValidationError, _unbuilt)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def problem(
    status: int, kind: str, title: str, detail: str, faults: tuple[Fault, ...] = ()
) -> Response:
    """Return a problem as its answer; of many acts, with those that are recorded all the same
    (`g.among`)."""
    _REFUSALS.labels(kind).inc()
    told = [
        problems.Fault(field=_sendable(one.field), message=_sendable(one.message))
        for one in faults[:_MOST_FAULTS]
    ]
    said = Problem(
        type=f"urn:answerable:problem:{kind}",
        title=title,
        status=status,
        detail=_sendable(detail),
        request_id=request.environ.get(REQUEST_ID, ""),
        errors=told or UNSET,
        **g.get("among", {}),
    )
    answer = Response(json_of(said), status, mimetype=PROBLEM)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sendable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which UTF-8 has no bytes for: a request's
    JSON can name a field so. Each half becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _answerable(error: AnswerableError) -> Response:
    status, kind, title = next(
        (status, kind, title) for cls, status, kind, title in _STATUS if isinstance(error, cls)
    )
    if isinstance(error, errors.Refused):
        kind = f"refused:{error.rule}"
    sentence = error.sentence
    if isinstance(error, errors.OutcomeUnknown):
        sentence = f"{error.why}. {_once_more()}"
    faults = error.faults if isinstance(error, errors.Unfit) else ()
    answer = (
        problem(status, kind, title, sentence, faults)
        if by_a_machine()
        else _page(status, title, sentence)
    )
    if isinstance(error, errors.NotAllowed) and "Authorization" in request.headers:
        answer.headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'  # RFC 6750, 3.1
    if status == 503 or isinstance(error, NotSealedYet):
        answer.headers["Retry-After"] = "5" if isinstance(error, NotBuiltYet) else "1"
    return answer


def _unreachable(error: psycopg.OperationalError) -> Response:
    diagnostics.warning("the database did not answer", path=request.path, why=str(error))
    return _answerable(errors.OutcomeUnknown("The database did not answer"))


def _once_more() -> str:
    """Return what to do after a request of which nobody knows whether it was recorded."""
    if request.method in ("GET", "HEAD"):
        return "Send the same request again."
    if not by_a_machine():
        return "Send the form again: it is recorded once."
    if "Idempotency-Key" in request.headers:
        return "Send the same request again with the same key: it is recorded once."
    return "It may be recorded: look whether it is before you send it again."


def _no_value(error: psycopg.DataError) -> Response:
    if error.sqlstate is not None:  # the database refuses our query
        return _unexpected(error)
    diagnostics.error("unreadable", path=request.path, exc_info=error)
    return _answerable(unreadable(error))


def _unbuilt(error: psycopg.ProgrammingError | ValidationError) -> Response:
    """Answer where a former version's read models lack what is asked for."""
    if current.models_are_there():
        return _unexpected(error)
    diagnostics.warning("the read models are not built yet", path=request.path, why=str(error))
    return _answerable(
        NotBuiltYet(
            "The read models are being built from the log. Ask again in a few seconds; if it "
            "stays so, no projector runs: start `answerable worker`."
        )
    )


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    messages = (getattr(error, "data", None) or {}).get("messages")
    if status == 422 and messages:
        faults = tuple(fault for inner in messages.values() for fault in _faults(inner))
        first = faults[0] if faults else Fault("", "It does not fit.")
        detail = f"{first.field}: {first.message}" if first.field else first.message
        return problem(422, "unfit", "It does not fit the published form", detail, faults)
    detail = error.description or error.name
    if status in _SAID and detail == type(error).description:
        detail = _SAID[status]
    answer = (
        problem(status, _kind(error.name), error.name, detail)
        if by_a_machine()
        else _page(status, error.name, detail)
    )
    for name, value in error.get_headers():
        if name.lower() in {"allow", "www-authenticate", "retry-after"}:
            answer.headers[name] = value
    if (challenge := getattr(error, "www_authenticate", None)) is not None:
        answer.headers["WWW-Authenticate"] = ", ".join(map(str, challenge))
    return answer


def _unexpected(error: Exception) -> Response:
    diagnostics.error("unexpected", path=request.path, exc_info=error)
    name = request.environ.get(REQUEST_ID)
    recorded = "Nothing was recorded by this request."
    if request.method not in ("GET", "HEAD"):
        recorded = (
            "Look whether it was recorded before you send it again: with the same key it is "
            "recorded once."
        )
    sentence = (
        f"This is our mistake, and it was logged. {recorded} Whoever runs the service finds it in "
        f"the log as {name}."
    )
    if not by_a_machine():
        return _page(500, "Something went wrong here", sentence)
    return problem(500, "unexpected", "Something went wrong here", sentence)


def _faults(messages: Any, path: str = "") -> Iterator[Fault]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            label = "" if name == "_schema" else str(name)
            yield from _faults(inner, ".".join(filter(None, (path, label))))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _faults(inner, path)
    else:
        yield Fault(path, str(messages))


def _page(status: int, title: str, detail: str) -> Response:
    error_page: ErrorPage = current_app.extensions["answerable_error_page"]
    return error_page(status, title, detail)


_ALWAYS = {400, 422, 429, 503}
"""The address has U+0000 or contradicts itself; the client asks too often; or the database, or the
read models, do not answer."""
_WRITES = {401, 403, 404, 409, 412, 413, 415}
_MORE: Mapping[str, set[int]] = {
    "/api/bodies/{body}/updates-sheet.{form}": {409},
    "/api/captures/{capture_id}": {403, 410},
    "/api/changes": {404},
    "/api/entries": {409},
    "/api/entries/stream": {409},
    "/api/recommendations/across": {404},
    "/log/checkpoint": {404},
    "/log/consistency": {404},
    "/log/key": {404},
}
"""The errors that certain reads have beside the common ones. A body has no force of its own; a
capture is held or redacted; a meeting or recommendation is not known; the position is of another
log; an entry is not sealed."""


def statuses(path: str, method: str) -> set[int]:
    """Return the errors that an operation can answer with. 500, a fault of ours, is not listed."""
    if method == "post":
        return _ALWAYS | _WRITES
    if path.startswith(("/api/accounts", "/api/subscriptions", "/api/tokens")):
        return _ALWAYS | {401, 403} | ({404} if "{" in path else set())
    token = {401} if path.startswith("/api/") else set()
    named = {404} if "{" in path else set()
    return _ALWAYS | token | named | _MORE.get(path, set())


_NOT_OF_READS = {"sign-in-again", "not-of-this-session", "key-reused"}
_OF_THE_LOG = {"not-sealed-yet"}
_OF_FILES = {"busy", "too-much"}
_OF_PAGES = {"sign-in-refused", "provider-unreachable"}
"""Kinds of problem that only some operations have."""


def kinds(path: str, method: str, status: int) -> list[str]:
    """Return the kinds of problem (after `urn:answerable:problem:`) that a status of an operation
    can be; `refused:*` stands for every rule that refuses."""
    left_out = set(_OF_PAGES)
    if method == "get":
        left_out |= _NOT_OF_READS
    else:
        left_out |= {"not-known-yet", "not-known-then"}
    if "{form}" not in path:
        left_out |= _OF_FILES
    if not path.endswith(("/receipt", "/raw", "/bundle")) and not path.startswith("/log/"):
        left_out |= _OF_THE_LOG
    own = [kind for _, of, kind, _ in _STATUS if of == status and kind not in left_out]
    if status in _BY_HTTP:
        own.append(_kind(default_exceptions[status]().name))
    return ["refused:*" if kind == "refused" else kind for kind in own]


_BY_HTTP = {400, 401, 405, 413, 415, 429, 503}
"""Statuses that the HTTP library gives by itself."""


def _kind(name: str) -> str:
    return name.lower().replace(" ", "-")
