"""What changed between two moments, as JSON."""

from typing import Any, ClassVar

import marshmallow as ma
from flask import Response

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.answers import AskedList, AsOf, Page, WholeNumber
from projections.questions import changes as what_changed
from projections.questions.changes import DEFAULT_LATE_BY
from projections.questions.differences import CHANGES

blueprint = Blueprint("changes", __name__, description="What changed between two moments.")


class AskedChanges(AskedList):
    """Either `from` or `since_meeting` is needed; `known_at` is another name of `to`."""

    class Meta:
        unknown = ma.EXCLUDE
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = {
            "from": ma.fields.String(
                metadata={
                    "description": "Since when: a position, a moment (RFC 3339) or a past day, "
                    "of which the end counts. What is compared is as known then, for the London "
                    "day of that moment."
                }
            )
        }

    to = ma.fields.String(
        metadata={"description": "Until when, in the same three forms; default: now."}
    )
    since_meeting = ma.fields.String(
        metadata={
            "description": "Instead of `from`: since the end of the day of a meeting, given as "
            "{panel}/{date}."
        }
    )
    effective_on = ma.fields.String(
        metadata={
            "description": "The day for which the later of the two is asked; default: its London "
            "day, after which none can be asked."
        }
    )
    body = ma.fields.String(metadata={"description": "What concerns this body."})
    report = ma.fields.String(metadata={"description": "What is about this report."})
    late_by = WholeNumber(
        load_default=DEFAULT_LATE_BY,
        validate=ma.validate.Range(min=0, max=99_999),
        metadata={
            "description": "After how many days an entry counts as made long after what it tells "
            "of; backfill is left out, and counted."
        },
    )


class MadeBy(ma.Schema):
    """An entry by which something changed."""

    id = ma.fields.String()
    position = ma.fields.Integer()
    type = ma.fields.String()
    stream = ma.fields.String()
    occurred_on = ma.fields.String(allow_none=True)
    by = ma.fields.String(allow_none=True)
    provenance = ma.fields.String()
    recorded_by = ma.fields.String()
    recorded_at = ma.fields.String()
    links = ma.fields.Dict()


class Changed(ma.Schema):
    """One thing that changed."""

    class Meta:
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = {
            "from": ma.fields.Dict(
                allow_none=True, metadata={"description": "What it was; null where it was not."}
            )
        }

    change = ma.fields.String(validate=ma.validate.OneOf(CHANGES))
    about = ma.fields.Dict(metadata={"description": "What it is about, with links to it."})
    to = ma.fields.Dict(allow_none=True)
    because = ma.fields.String(validate=ma.validate.OneOf(("entries", "time passed")))
    entries = ma.fields.List(ma.fields.Nested(MadeBy))
    entry = ma.fields.Dict(
        allow_none=True,
        metadata={
            "description": "Where the change is that an entry was made, late, or about another: "
            "the entry as a trail shows it."
        },
    )
    target = ma.fields.Nested(
        MadeBy,
        allow_none=True,
        metadata={"description": "The other entry that it is about."},
    )


class ChangesPage(Page):
    """A page of what changed, by report."""

    class Meta:
        unknown = ma.RAISE
        include: ClassVar[dict[str, ma.fields.Field[Any]]] = {"from": ma.fields.Nested(AsOf)}

    to = ma.fields.Nested(AsOf)
    since_meeting = ma.fields.Dict(allow_none=True)
    late_by = ma.fields.Integer()
    items = ma.fields.List(ma.fields.Nested(Changed))
    backfill_left_out = ma.fields.Integer()


@blueprint.reads("/api/changes", AskedChanges, ChangesPage)
def changes(asked: dict[str, Any]) -> Response:
    """What changed from one moment to another, or since a meeting, and because of which entries."""
    filters = current.filters(asked)
    question, moments = current.compared()
    found = what_changed.changes(question, moments, **filters)
    return answered(found, known_at="known_at" if "known_at" in asked else "to")
