"""The days of a body as a calendar to subscribe to: its route. The calendar itself is made in
calendar_file.py."""

from typing import Any

import marshmallow as ma
from flask import Response

from api.requests import questions
from api.requests.answers import followed
from api.requests.parsing import Blueprint
from projections.questions import deadlines

blueprint = Blueprint("calendar", __name__, description="The days of a body, for calendars.")


class AskedCalendar(ma.Schema):
    """The parameters of a calendar."""

    class Meta:
        unknown = ma.EXCLUDE

    body = ma.fields.String(
        required=True,
        error_messages={"required": "Say whose days: ?body=cumbria-pfcc, for example."},
        metadata={
            "description": "The body whose days are wanted, by its id. They include those of its "
            "force, of the bodies that answer for it, and the meetings of its panel."
        },
    )


@blueprint.get("/feeds/deadlines.ics")
@blueprint.arguments(AskedCalendar, location="query")
@blueprint.file("text/calendar")
def deadlines_calendar(asked: dict[str, Any]) -> Response:
    """Return a body's days as an iCalendar to subscribe to: responses due, targets, replies asked
    for and meetings of its panel. Each open item has alarms 28, 14 and 3 days before."""
    from api.feeds.calendar_file import calendar  # its library takes long to load

    asked = questions.with_ids(asked)
    found = deadlines.of_body(questions.question(), asked["body"])
    text = calendar(asked["body"], found).to_ical()
    answer = Response(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'inline; filename="{asked["body"]}.ics"'
    return followed(answer)
