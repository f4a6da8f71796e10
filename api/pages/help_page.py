"""The page of help: how days are counted, what verdicts and standings mean, what a date rests on,
the two dates, and what is not proven. Rules and examples are those of the ledger."""

from flask import Response

from api.pages.views import Shape, blueprint, page
from api.requests.current import question
from ledger.events import RuleAdopted
from ledger.states import duties

EXAMPLE = "2025-05-16"
"""The day of the report of which the days are counted as an example."""


@blueprint.get("/help")
def help() -> Response:  # noqa: A001  # the page's name
    """How days are counted, what words mean, what is not proven."""
    at = question()
    latest: dict[str, RuleAdopted] = {}
    for rule in at.register.rules.values():
        if rule.id not in latest or latest[rule.id].version < rule.version:
            latest[rule.id] = rule
    return page(
        "help.html",
        {"as_of": at.as_of},
        rules=[_rule(one) for one in latest.values()],
        example=EXAMPLE,
    )


def _rule(rule: RuleAdopted) -> Shape:
    counted = rule.gives is not None
    return {"rule": rule, "example": duties.due(rule, EXAMPLE).counting if counted else None}
