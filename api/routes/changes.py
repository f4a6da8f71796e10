"""The changes between two moments, as JSON."""

from typing import Any, ClassVar

import marshmallow as ma
from flask import Response

from api.requests import questions
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.reads import AskedList, WholeNumber
from projections.answers.changes import ChangesPage
from projections.questions import changes as what_changed
from projections.questions.changes import DEFAULT_LATE_BY, MOST_ENTRIES

blueprint = Blueprint("changes", __name__, description="What changed between two moments.")


class AskedChanges(AskedList):
    """Either `from` or `since_meeting` is needed; `known_at` is another name of `to`."""

    class Meta:
        unknown = ma.EXCLUDE
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = {
            "from": ma.fields.String(
                metadata={
                    "description": "The first moment: a position, a moment (RFC 3339) or the end "
                    "of a past day. The log is compared as known then, for the London day of "
                    "that moment. Without `body`, `report` or `since_meeting` at most "
                    f"{MOST_ENTRIES:,} entries may lie between the two moments; more are 422."
                }
            )
        }

    to = ma.fields.String(
        metadata={"description": "The second moment, in the same three forms; default: now."}
    )
    since_meeting = ma.fields.String(
        metadata={
            "description": "Instead of `from`: the end of the day of a meeting, given as "
            "{panel}/{date}."
        }
    )
    effective_on = ma.fields.String(
        metadata={
            "description": "The day for which the second moment is asked; default and latest: its "
            "London day."
        }
    )
    body = ma.fields.String(metadata={"description": "Changes that concern this body."})
    report = ma.fields.String(metadata={"description": "Changes about this report."})
    late_by = WholeNumber(
        load_default=DEFAULT_LATE_BY,
        validate=ma.validate.Range(min=0, max=99_999),
        metadata={
            "description": "An entry counts as late if it was made more than so many days after "
            "its act. Backfill is left out, and counted."
        },
    )


@blueprint.reads("/api/changes", AskedChanges, ChangesPage)
def changes(asked: dict[str, Any]) -> Response:
    """Return the changes from one moment to another, or since a meeting, each with the entries that
    caused it."""
    filters = questions.filters(asked)
    question, moments = questions.compared()
    found = what_changed.changes(question, moments, **filters)
    return answered(found, known_at="known_at" if "known_at" in asked else "to")
