"""What is asked of reads; what is answered, `shapes` says."""

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


class Limit(WholeNumber):
    """How many a page has at most."""

    def __init__(self) -> None:
        super().__init__(
            load_default=DEFAULT_LIMIT,
            validate=ma.validate.Range(min=1, max=MOST),
            metadata={"description": f"How many at most, 1 to {MOST}."},
        )


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
    after = WholeNumber(
        load_default=0,
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={"description": "The position of the entry after which a page begins: `next`."},
    )
    limit = Limit()


class AskedList(Asked):
    """What every list takes."""

    after = ma.fields.String(metadata={"description": "The cursor that the last page gave."})
    limit = Limit()
