"""Responses owed, as JSON: the verdict, how it was reached, the trail, and one act at a time."""

from typing import Any

from flask import Response

from api import current
from api.acts import add_routes
from api.requests import Blueprint, answered, sealed_or_not
from api.schemas.answers import Answer, Asked, AskedHistory, AskedResponses, Page
from ledger import vocabulary
from ledger.application import How
from ledger.reading import Recorded
from ledger.service import Account
from ledger.streams import response_stream
from ledger.vocabulary import ACTS, Act

blueprint = Blueprint("responses", __name__, description="Responses owed, and verdicts on them.")

_ONE = "/api/responses/<report>/<body>"


@blueprint.get("/api/responses")
@blueprint.arguments(AskedResponses, location="query")
@blueprint.response(200, Page)
def responses(asked: dict[str, Any]) -> Response:
    """Responses owed, by report and body."""
    current.names_are_known(asked)
    names = ("body", "report", "verdict", "basis", "after", "limit")
    filters = {name: asked[name] for name in names if name in asked}
    return answered(current.register().responses(current.when(), **filters))


@blueprint.get(_ONE)
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Answer)
def response(asked: dict[str, Any], report: str, body: str) -> Response:
    """What a body owes and published about a report, with the verdict."""
    found = current.register().response(current.when(), report, body)
    return answered(found, found["version"])


@blueprint.get(f"{_ONE}/working")
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Answer)
def working(asked: dict[str, Any], report: str, body: str) -> Response:
    """How the verdict was reached: rule, counting, entries used, in sentences."""
    return answered(current.register().working(current.when(), report, body))


@blueprint.get(f"{_ONE}/history")
@blueprint.arguments(AskedHistory, location="query")
@blueprint.response(200, Page)
def history(asked: dict[str, Any], report: str, body: str) -> Response:
    """Every entry about a response, in the order of the log or as it happened."""
    stream = response_stream(report, body)
    found = current.register().trail(current.when(), stream, asked["order"])
    return answered(sealed_or_not(found))


def _record(
    account: Account, act: Act, sent: dict[str, Any], where: dict[str, str], how: How
) -> Recorded:
    ledger, report, body = current.ledger(), where["report"], where["body"]
    match act.word:
        case "duties":
            return ledger.raise_duty(
                account,
                report,
                body,
                sent["told"],
                rule=sent.get("rule"),
                due_on=sent.get("due_on"),
                how=how,
            )
        case "statement":
            return ledger.publish_response(
                account,
                report,
                body,
                sent["told"],
                explanations=sent["explanations"],
                also=sent.get("also", []),
                how=how,
                **sent["said"],
            )
        case "revisions":
            return ledger.revise_statement(
                account,
                report,
                body,
                sent["told"],
                field=sent["said"]["field"],
                now=sent["now"],
                number=sent["said"].get("number"),
                addressee=sent["said"].get("addressee"),
                covers=sent["said"].get("how"),
                how=how,
            )
        case _:
            method = getattr(ledger, act.method)
            recorded: Recorded = method(
                account, report, body, act.event(**sent["said"]), sent["told"], how
            )
            return recorded


add_routes(blueprint, [act for act in ACTS if act.path.startswith(vocabulary.RESPONSE)], _record)
