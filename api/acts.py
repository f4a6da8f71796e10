"""Routes that derive from the table of acts: one act on one subject, all answered alike."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response

from api import current
from api.requests import Blueprint, how, made_before, written
from api.schemas.acts import SCHEMAS
from api.schemas.answers import Written
from ledger.application import How
from ledger.reading import Recorded
from ledger.service import Account
from ledger.vocabulary import Act

View = TypeVar("View", bound=Callable[..., Any])

Record = Callable[[Account, Act, dict[str, Any], dict[str, str], How], Recorded]
"""Records an act: by an account, what was sent, where (the path's parts), how it is asked."""


def writes(view: View) -> View:
    """Say in the OpenAPI text what every write may answer, and what it takes beside its body."""
    docs: dict[str, Any] = view.__dict__.setdefault("_apidoc", {})
    docs["manual_doc"] = {
        "security": [{"bearer": []}],
        "parameters": [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
                "description": "The same key and body give the same answer, recorded once.",
            },
            {
                "in": "header",
                "name": "If-Match",
                "schema": {"type": "string"},
                "description": "The ETag read before: 412 if the stream has moved on since.",
            },
        ],
    }
    return view


def add_routes(blueprint: Blueprint, acts: list[Act], record: Record) -> None:
    """Add a POST route for each act."""
    for act in acts:
        blueprint.route(_flask_path(act.path), methods=["POST"], endpoint=act.word)(
            blueprint.arguments(SCHEMAS[act.event])(
                blueprint.response(201, Written)(writes(_view(act, record)))
            )
        )


def _view(act: Act, record: Record) -> Callable[..., Response]:
    def view(sent: dict[str, Any], **where: str) -> Response:
        account = current.account_needed()
        current.needs(account, act.scope)
        if (before := made_before(account)) is not None:
            return before
        return written(record(account, act, sent, where, how(account)))

    view.__name__ = act.method
    view.__doc__ = act.event.__doc__
    return view


def _flask_path(path: str) -> str:
    return path.replace("{", "<").replace("}", ">")
