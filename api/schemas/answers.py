"""What is asked of reads, and the general shape of answers, for the OpenAPI text."""

from typing import get_args

import marshmallow as ma

from api.schemas.fields import EventType, WholeNumber
from ledger.events.recommendation import Kind
from ledger.states.recommendation import Status
from projections.answers.trail import ORDERS
from projections.questions.lists import DEFAULT_LIMIT, MOST
from projections.states.targets import STANDINGS
from projections.verdict.compliance import BASES, VERDICTS


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


class AskedBundle(Asked):
    """What a bundle takes. It echoes both dates, where either is asked for; what is in the log
    depends on no day."""


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


class AskedReports(AskedList):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})


class AskedRecommendations(AskedList):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    report = ma.fields.String()
    kind = ma.fields.String(validate=ma.validate.OneOf(get_args(Kind)))
    status = ma.fields.String(validate=ma.validate.OneOf(get_args(Status)))
    target = ma.fields.String(
        validate=ma.validate.OneOf(STANDINGS),
        metadata={
            "description": "`passed`: its day is over, and neither closure nor a claim of "
            "completion is recorded; `over`: one is, or it was withdrawn or superseded, or it may "
            "have been so by then, or been given more time, which does not say that the target was "
            "met."
        },
    )
    q = ma.fields.String(
        validate=ma.validate.Length(max=200),
        metadata={
            "description": "Words in its texts that the reader may read, its updates and "
            "assurances among them, as in a web search: all of them, “in this order”, or, -not. "
            "Of a text, the first 50,000 characters count."
        },
    )


class AskedResponses(AskedList):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    report = ma.fields.String()
    verdict = ma.fields.String(validate=ma.validate.OneOf(VERDICTS))
    basis = ma.fields.String(validate=ma.validate.OneOf(BASES))


class AskedMeetings(Asked):
    panel = ma.fields.String(metadata={"description": "Those of this panel."})


class AskedStream(ma.Schema):
    """What a stream of entries takes, as their list does."""

    class Meta(Asked.Meta):
        pass

    after = WholeNumber(
        load_default=0,
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={"description": "The position after which to start."},
    )
    origin = ma.fields.String(
        metadata={
            "description": "The log that the position is of (`source` of its entries): 409 if "
            "this is another one."
        }
    )
    type = EventType(metadata={"description": "Only this event, such as update-received."})
    body = ma.fields.String(
        metadata={
            "description": "Only those that concern this body: its own doings, what is about its "
            "duties, its recommendations, its meetings or its place in the register, what names "
            "it, and entries of reports with a duty or recommendation of it; so too of its force, "
            "of those that answer for it, and of those that it follows."
        }
    )
    by = ma.fields.String(
        metadata={
            "description": "Only those of this body's own doing: its act, or recorded by an "
            "account of it."
        }
    )
    report = ma.fields.String(metadata={"description": "Only those about this report."})
    late_by = WholeNumber(
        validate=ma.validate.Range(min=0, max=99_999),
        metadata={
            "description": "Only acts recorded more than so many days after the last day on "
            "which they can have happened (0: after that day; 14: on the 15th day after it or "
            "later); backfill is left out, and counted."
        },
    )


class CameLast(ma.Schema):
    """What a reader of a stream says who comes again."""

    class Meta:
        unknown = ma.EXCLUDE

    last = ma.fields.String(
        data_key="Last-Event-ID",
        load_default="",
        validate=ma.validate.Regexp(
            "^[0-9]{0,15}$", error="It is no position: send the id that came last."
        ),
        metadata={
            "description": "The position of the last entry that came; it goes before `after`."
        },
    )


class AskedEntries(AskedStream, Asked):
    """What the list of entries takes. The log itself ignores `effective_on`."""

    limit = WholeNumber(load_default=DEFAULT_LIMIT, validate=ma.validate.Range(min=1, max=MOST))


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


class EntriesPage(Answer):
    """A page of the log; the header `Link` leads to the next."""

    class Meta:
        unknown = ma.RAISE

    items = ma.fields.List(ma.fields.Dict())
    next = ma.fields.Integer(
        allow_none=True,
        metadata={"description": "The position after which the next page starts."},
    )
    backfill_left_out = ma.fields.Integer(
        metadata={
            "description": "With `late_by`: how many entries of backfill this page passed over."
        }
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


class AskedConsistency(ma.Schema):
    """Two sizes of the log, in entries."""

    class Meta:
        unknown = ma.EXCLUDE

    # `from` is a word of Python.
    old = WholeNumber(
        data_key="from",
        required=True,
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={"description": "The size of the checkpoint that you hold."},
    )
    new = WholeNumber(
        data_key="to",
        validate=ma.validate.Range(min=0, max=2**53 - 1),
        metadata={"description": "The size of a later one; by itself, of the newest."},
    )


class Consistency(ma.Schema):
    """That the log at one size begins with the log at another (RFC 9162, section 2.1.4)."""

    old = ma.fields.Integer(data_key="from")
    new = ma.fields.Integer(data_key="to")
    from_root = ma.fields.String(metadata={"description": "32 bytes in Base 64."})
    to_root = ma.fields.String(metadata={"description": "32 bytes in Base 64."})
    proof = ma.fields.List(
        ma.fields.String(), metadata={"description": "The hashes, 32 bytes each, in Base 64."}
    )
