"""What goes wrong, as an answer (RFC 9457)."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from projections.answers.entry import HundredWritten
from projections.fields import Answer


class Fault(Answer, frozen=True, kw_only=True):
    """A fault in one field of a request."""

    field: str
    message: str


class Problem(Answer, frozen=True, kw_only=True):
    """An error (RFC 9457). Programs go by `type`; `detail` tells people what to do."""

    type: Annotated[str, Meta(pattern="^urn:answerable:problem:[a-z0-9:-]+$")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    request_id: Annotated[
        str, Meta(description="As in the header `X-Request-Id`, and in the service's log.")
    ]
    errors: list[Fault] | UnsetType = UNSET
    act: (
        Annotated[int, Meta(description="Of many acts, the one that is refused, from 0.")]
        | UnsetType
    ) = UNSET
    recorded: (
        Annotated[
            list[HundredWritten], Meta(description="Of many acts, the hundreds that are recorded.")
        ]
        | UnsetType
    ) = UNSET
    resume_at: (
        Annotated[
            int,
            Meta(description="Of many acts, the first that is not known to be recorded, from 0."),
        ]
        | UnsetType
    ) = UNSET
