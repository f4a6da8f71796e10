"""The routes that record: one for each act of the table, all answered alike.

The schema of a request gives its values by the names that the act's function takes
(`ledger.acts.table`); the path gives what the act is on.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response

from api.requests import current
from api.requests.answers import how, made_before, written
from api.requests.parsing import Blueprint
from api.schemas.acts import SCHEMAS
from api.schemas.answers import Written
from ledger.acts.table import ACTS, ENTRY, MEETING, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.errors import NotRecorded
from ledger.events.streams import (
    RecommendationId,
    key_of,
    meeting_stream,
    report_stream,
    response_stream,
)

View = TypeVar("View", bound=Callable[..., Any])
Subject = tuple[tuple[Any, ...], str | None]
"""What an act is on, as its function takes it, and the stream that If-Match is about."""


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


def add_routes(blueprint: Blueprint, below: str) -> None:
    """Add a POST route for each act whose path begins so."""
    for act in ACTS:
        if act.path.startswith(below):
            path = act.path.replace("{", "<").replace("}", ">")
            view = blueprint.response(201, Written)(writes(_view(act)))
            blueprint.route(path, methods=["POST"], endpoint=view.__name__)(
                blueprint.arguments(SCHEMAS[act.event])(view)
            )


def recommendation_named(report: str, number: str, body: str) -> RecommendationId:
    """The recommendation that a path names. NotRecorded where its number is none."""
    try:
        return RecommendationId(report, key_of(number), body)
    except ValueError as error:
        raise NotRecorded(str(error)) from None


def _view(act: Act) -> Callable[..., Response]:
    def view(sent: dict[str, Any], **where: str) -> Response:
        account = current.account_needed()
        current.needs(account, act.scope)
        if act.needs_proof:
            current.needs_proof()
        if (before := made_before(account)) is not None:
            return before
        of, stream = _subject(act, where)
        return written(
            current.ledger().decide(
                account, lambda decision: act.decide(decision, *of, **sent), how(account), stream
            )
        )

    view.__name__ = act.decide.__name__
    view.__doc__ = act.says or act.event.__doc__
    return view


def _subject(act: Act, where: dict[str, str]) -> Subject:
    if act.on == RECOMMENDATION:
        to = recommendation_named(**where)
        return (to,), to.stream
    if act.on == RESPONSE:
        owed = where["report"], where["body"]
        return owed, response_stream(*owed)
    if act.on == MEETING:
        meeting = where["panel"], where["date"]
        return meeting, meeting_stream(*meeting)
    if act.on == ENTRY:
        entry = current.ledger().entry(where["entry_id"])
        return (entry,), entry.stream
    if act.on == REPORT:
        return (where["report"],), report_stream(where["report"])
    return (), None
