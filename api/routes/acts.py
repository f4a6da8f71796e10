"""The routes that record: one for each act of the table, all with the same kind of answer.

A request's schema gives its values the names that the act's function takes (`ledger.acts.table`).
The path gives the act's subject.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import marshmallow as ma
from flask import Response

from api.requests import callers
from api.requests.acts import decided, recorder_of, wants
from api.requests.answers import how, idempotent, made_before, written
from api.requests.parsing import Blueprint
from api.schemas.acts import SCHEMAS
from api.schemas.events import written_of
from ledger.acts.table import ACTS, Act

View = TypeVar("View", bound=Callable[..., Any])


_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key and body give the same answer, recorded once.",
}
_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The ETag read before: 412 if the stream has moved on since.",
}


def writes(view: View) -> View:
    """Describe in the OpenAPI text the headers of a write to one stream."""
    return _described(view, _KEY, _IF_MATCH)


def keyed(view: View) -> View:
    """Describe in the OpenAPI text the header of a write to several streams."""
    return _described(view, _KEY)


def _described(view: View, *headers: dict[str, Any]) -> View:
    docs: dict[str, Any] = view.__dict__.setdefault("_apidoc", {})
    docs["manual_doc"] = {"security": [{"bearer": []}], "parameters": [*headers]}
    return view


def add_routes(blueprint: Blueprint, below: str) -> None:
    """Add a POST route for each act whose path begins with `below`."""
    for act in ACTS:
        if act.path.startswith(below):
            path = act.path.replace("{", "<").replace("}", ">")
            view = blueprint.response(201, written_of(act.event))(writes(_view(act)))
            schema = SCHEMAS[act.event]()
            blueprint.route(path, methods=["POST"], endpoint=view.__name__)(
                _who_first(act, schema, blueprint.arguments(schema)(view))
            )


def _who_first(act: Act, schema: ma.Schema, view: View) -> View:
    """Return the view with a check of permission before it, so that a client without permission is
    told that first. It names its act and its schema, for requests with many acts."""

    @functools.wraps(view)
    def asked(*args: Any, **where: str) -> Any:
        recorder_of(act)
        return view(*args, **where)

    asked.wants = functools.partial(wants, act)  # type: ignore[attr-defined]
    asked.act, asked.schema = act, schema  # type: ignore[attr-defined]
    return cast(View, asked)


def _view(act: Act) -> Callable[..., Response]:
    def view(sent: dict[str, Any], **where: str) -> Response:
        account = callers.account_needed()  # who may record it: `_who_first`
        asked = idempotent(account)
        if (before := made_before(asked)) is not None:
            return before
        return written(decided(account, act, where, sent, how(asked)))

    view.__name__ = act.decide.__name__
    view.__doc__ = act.says or act.event.__doc__
    return view
