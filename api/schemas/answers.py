"""What is asked of reads, and the general shape of answers, for the OpenAPI text."""

import re
from typing import Any

import marshmallow as ma

from projections.answers.trail import ORDERS
from projections.questions.lists import DEFAULT_LIMIT, MOST


class WholeNumber(ma.fields.Integer):
    """A whole number in an address, in ASCII digits alone: int() reads “+5”, “1_000” and digits of
    other scripts too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch("[0-9]{1,16}", str(value)):
            raise ma.ValidationError("Give a whole number, in digits alone, such as 50.")
        return super()._deserialize(value, attr, data, **kwargs)


class Asked(ma.Schema):
    """What every read takes."""

    class Meta:
        unknown = ma.EXCLUDE

    known_at = ma.fields.String(
        metadata={
            "description": "What was known at: a position, a moment (RFC 3339) or a past day. "
            "One that has not come is refused: 422, `not-known-yet`."
        }
    )
    effective_on = ma.fields.String(
        metadata={
            "description": "What had happened by this day (YYYY-MM-DD); default: the London day of "
            "`known_at`. A later one is refused, since nobody could know: 422, `not-known-yet`."
        }
    )
    min_position = WholeNumber(
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={
            "description": "A position that the log has (else 422): waits until the read models "
            "have reached it, 2 s at most."
        },
    )


class AskedHistory(Asked):
    """What a trail takes. A trail ignores `effective_on`."""

    order = ma.fields.String(
        load_default="recorded",
        validate=ma.validate.OneOf(ORDERS),
        metadata={
            "description": "`recorded`: in the order of the log; `happened`: by the last day on "
            "which each can have happened, as it is known, then in the order of the log."
        },
    )


class AskedList(Asked):
    """What every list takes."""

    after = ma.fields.String(metadata={"description": "The cursor that the last page gave."})
    limit = WholeNumber(
        load_default=DEFAULT_LIMIT,
        validate=ma.validate.Range(min=1, max=MOST),
        metadata={"description": f"How many at most, 1 to {MOST}."},
    )


class AsOf(ma.Schema):
    """The two dates that an answer holds for."""

    known_at = ma.fields.String(allow_none=True)
    position = ma.fields.Integer()
    settled = ma.fields.Boolean()
    effective_on = ma.fields.Date()


class Answer(ma.Schema):
    """An answer to a question, with the two dates that it holds for."""

    class Meta:
        unknown = ma.INCLUDE  # what else there is, is the answer itself

    as_of = ma.fields.Nested(AsOf)


class Page(Answer):
    """A page of a list; the header `Link` leads to the next."""

    items = ma.fields.List(ma.fields.Dict())
    next = ma.fields.String(allow_none=True)


class Me(ma.Schema):
    """Who asks."""

    account = ma.fields.String()
    body = ma.fields.String(allow_none=True)
    scopes = ma.fields.List(ma.fields.String())
    by = ma.fields.String(validate=ma.validate.OneOf(["token", "session"]))
    csrf = ma.fields.String(
        allow_none=True,
        metadata={"description": "What a write by a session sends as `X-CSRF-Token`."},
    )


class Written(ma.Schema):
    """What a write recorded."""

    event = ma.fields.Dict(metadata={"description": "The act's own entry."})
    events = ma.fields.List(ma.fields.Dict(), metadata={"description": "All that it recorded."})
    position = ma.fields.Integer(metadata={"description": "The last position written."})
    origin = ma.fields.String(metadata={"description": "The log's name."})
    receipt = ma.fields.Raw(
        metadata={
            "description": "That the act's own entry is in the log: a c2sp.org/tlog-proof text, or "
            "`{status: pending, href}` where its seal takes longer than the service waits."
        }
    )
    not_looked_into = ma.fields.List(
        ma.fields.String(),
        metadata={
            "description": "Of a redaction, where there are any, and only in the first answer to "
            "it: the entries of captures that are packed in a way that is not read, or that are "
            "damaged. Whether they repeat the text is not known; each is redacted by itself."
        },
    )
