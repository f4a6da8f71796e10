"""Compliance in numbers, as JSON."""

from typing import Any

import marshmallow as ma
from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.answers import Answer
from api.schemas.lists import AskedCompliance
from projections.questions import totals
from projections.verdict.compliance import BASES, VERDICTS

blueprint = Blueprint("compliance", __name__, description="Compliance in numbers.")


def _counts(names: tuple[str, ...], says: str) -> ma.fields.Dict:
    return ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.OneOf(names)),
        values=ma.fields.Integer(),
        metadata={"description": says},
    )


class Days(ma.Schema):
    """Days of the responses that are overdue or late."""

    count = ma.fields.Integer()
    median_days = ma.fields.Integer(
        allow_none=True,
        metadata={"description": "Of an even number, the lower of the two in the middle."},
    )
    worst_days = ma.fields.Integer(allow_none=True)


class LateDays(Days):
    """The same of those that are late."""

    at_least = ma.fields.Integer(
        metadata={"description": "Of how many the days are at least so many."}
    )


class ByDue(ma.Schema):
    """Of the responses whose last day is over on the day asked, and of which it can be told what
    they explained by then."""

    addressed = ma.fields.Integer()
    explained = ma.fields.Integer()


class CausesOfConcern(ma.Schema):
    """Causes of concern, which are no recommendations and counted beside them."""

    addressed = ma.fields.Integer()
    without_recommendations = ma.fields.Integer()
    explained_now = ma.fields.Integer(metadata={"description": "Of those without."})


class CoverageTotals(ma.Schema):
    """Recommendations addressed and explained, where the report's own list is recorded."""

    responses = ma.fields.Integer(metadata={"description": "How many responses are counted."})
    left_out = ma.fields.Integer(
        metadata={"description": "How many are not: only the response lists what it explains."}
    )
    addressed = ma.fields.Integer()
    explained_now = ma.fields.Integer()
    general = ma.fields.Integer()
    by_due = ma.fields.Nested(ByDue)
    causes_of_concern = ma.fields.Nested(CausesOfConcern)


class Counts(ma.Schema):
    """How some responses stand, in numbers."""

    responses = ma.fields.Integer()
    verdicts = _counts(VERDICTS, "By verdict.")
    bases = _counts(BASES, "By what the verdicts rest on.")
    verdicts_by_basis = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.OneOf(VERDICTS)),
        values=_counts(BASES, "By what they rest on."),
    )
    late = ma.fields.Nested(LateDays)
    overdue = ma.fields.Nested(Days)
    coverage = ma.fields.Nested(CoverageTotals)
    improved_later = ma.fields.Integer(
        metadata={"description": "Responses bettered by an entry made after the last day."}
    )
    redactions = ma.fields.Integer(
        metadata={
            "description": "Texts redacted in these reports, in these responses and in the "
            "recommendations that they have to explain."
        }
    )


class Tie(ma.Schema):
    """A body that another follows, or that follows another."""

    body = ma.fields.String()
    body_name = ma.fields.String()
    on = ma.fields.Date(metadata={"description": "From which day; it may lie ahead."})
    entry = ma.fields.String(metadata={"description": "The entry that says so."})


class Group(Counts):
    """One body, one kind of report or one year."""

    body = ma.fields.String()
    body_name = ma.fields.String()
    follows = ma.fields.List(
        ma.fields.Nested(Tie), metadata={"description": "The bodies that this one follows."}
    )
    followed_by = ma.fields.Nested(
        Tie, allow_none=True, metadata={"description": "The body that follows this one, if any."}
    )
    office_ended_on = ma.fields.Date(
        allow_none=True,
        metadata={"description": "The last day of an office that nobody is recorded to follow."},
    )
    kind = ma.fields.String()
    year = ma.fields.Integer(allow_none=True)


class Compliance(Answer):
    """Compliance in numbers, by group and altogether."""

    class Meta:
        unknown = ma.RAISE

    group_by = ma.fields.String()
    items = ma.fields.List(ma.fields.Nested(Group))
    total = ma.fields.Nested(Counts)


@blueprint.reads("/api/compliance", AskedCompliance, Compliance)
def compliance(asked: dict[str, Any]) -> Response:
    """Responses owed by verdict and basis, days late, coverage; bodies by name, never ranked."""
    filters = current.filters(asked)
    return answered(totals.compliance(current.question(), **filters))
