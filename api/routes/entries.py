"""The log, as JSON: every entry in order, each as it is shown and as it is stored."""

import re
from typing import Any

import marshmallow as ma
from flask import Response

from api.requests import current
from api.requests.answers import answered, sealed_or_not
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.answers import Answer, Asked, WholeNumber
from ledger.acts.table import ENTRY
from ledger.clock import rfc3339
from ledger.events import BY_TOPIC
from ledger.events.entry import Entry, line
from ledger.register import suggestions
from ledger.seal.checkpoints import NotSealedYet
from projections.answers.trail import bare
from projections.questions import log_entries, one
from projections.questions.lists import DEFAULT_LIMIT, MOST
from projections.questions.log_entries import Wanted

blueprint = Blueprint("entries", __name__, description="The log, entry by entry.")


class EventType(ma.fields.String):
    """The type of an event: `update-received`, or as CloudEvents and the code have it
    (`answerable.update-received.v1`, `UpdateReceived`). One that there is not is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said: str = super()._deserialize(value, attr, data, **kwargs)
        if not said:
            return None
        topic = re.sub(r"^answerable\.|\.v[0-9]+$", "", said)
        topic = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", topic).lower()
        if topic not in BY_TOPIC:
            raise ma.ValidationError(
                suggestions.unknown_type(said[:80], topic[:80], list(BY_TOPIC))
            )
        return topic


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


class AskedEntries(AskedStream, Asked):
    """What the list of entries takes. The log itself ignores `effective_on`."""

    limit = WholeNumber(load_default=DEFAULT_LIMIT, validate=ma.validate.Range(min=1, max=MOST))


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


def cloudevent(entry: Entry, origin: str) -> dict[str, Any]:
    """An entry as a CloudEvent 1.0: commitments and links, never opened texts; `sequence` is its
    position."""
    return {
        "specversion": "1.0",
        "id": entry.id,
        "source": origin,
        "type": f"answerable.{entry.data.TOPIC}.v{entry.data.SCHEMA}",
        "subject": entry.stream,
        "time": rfc3339(entry.instant),
        "datacontenttype": "application/json",
        "sequence": str(entry.position),
        "data": bare(entry),
    }


@blueprint.reads("/api/entries", AskedEntries, EntriesPage)
def entries(asked: dict[str, Any]) -> Response:
    """Entries in the order of the log, as CloudEvents 1.0: those that are sealed."""
    current.of_this_log(asked)
    current.names_are_known(asked)
    question = current.question_sealed()
    found = log_entries.entries(question, Wanted.of(asked), asked["after"], asked["limit"])
    origin = current.settings().origin
    left_out = {"backfill_left_out": found.backfill} if "late_by" in asked else {}
    return answered(
        {
            "items": [cloudevent(entry, origin) for entry in found.entries],
            "next": found.next,
            **left_out,
            "as_of": found.when.as_of,
        }
    )


@blueprint.reads("/api/entries/<entry_id>", Asked, Answer)
def entry(asked: dict[str, Any], entry_id: str) -> Response:
    """One entry, its texts opened as far as the reader may read them."""
    return answered(sealed_or_not(one.entry(current.question(), entry_id)))


@blueprint.get("/api/entries/<entry_id>/raw")
@blueprint.response(200, content_type="application/json")
def raw(entry_id: str) -> Response:
    """The canonical line of an entry, byte for byte as it is hashed, once it is sealed."""
    stored = current.ledger().stored(entry_id)
    if 0 < current.sealed().size() < stored.id and not current.is_sealed(stored.id):
        raise NotSealedYet(f"Entry {stored.id} is recorded, and not sealed yet: ask again.")
    canonical = line(stored.state, stored.id, stored.recorded_at)
    answer = Response(canonical, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/api/entries/<entry_id>/receipt")
@blueprint.response(200, content_type="text/plain")
def receipt(entry_id: str) -> Response:
    """The proof that an entry is in the log: a c2sp.org/tlog-proof text.

    It leads to the checkpoint over it that most witnesses cosigned, where there is one, and says
    what they signed.
    """
    text = current.sealed().receipt(current.ledger().stored(entry_id).id)
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


add_routes(blueprint, ENTRY)
