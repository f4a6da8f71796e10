"""The log as JSON: every entry in order, each as it is shown and as it is stored. Also the JSON
Schema of each event, at the address that `dataschema` of its CloudEvents names."""

from typing import Any

import flask
from flask import Response, jsonify
from msgspec import UNSET

from api.feeds.cloudevents import cloudevent
from api.requests import current, questions
from api.requests.answers import answered, followed, sealed_or_not
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.events import EntriesPage, document, schema_path
from api.schemas.reads import Asked, AskedEntries
from ledger.acts.table import ENTRY
from ledger.errors import NotRecorded
from ledger.events import EVENTS
from ledger.events.entry import line
from ledger.seal.checkpoints import NotSealedYet
from projections.answers.entry import StoredEntry
from projections.questions import log_entries
from projections.questions import trail as trail_question
from projections.questions.log_entries import Wanted

blueprint = Blueprint("entries", __name__, description="The log, entry by entry.")


@blueprint.reads("/api/entries", AskedEntries, EntriesPage)
def entries(asked: dict[str, Any]) -> Response:
    """Return the sealed entries in the order of the log, as CloudEvents 1.0."""
    questions.of_this_log(asked)
    asked = questions.with_ids(asked)
    question = questions.question_sealed()
    wanted, since = Wanted.of(asked), asked.get("since")
    found = log_entries.entries(question, wanted, asked["after"], asked["limit"], since)
    settings = current.settings()
    origin, address = settings.origin, settings.address
    return answered(
        EntriesPage(
            items=[cloudevent(entry, origin, address) for entry in found.entries],
            next=found.next,
            as_of=found.when.as_of,
            backfill_left_out=found.backfill if "late_by" in asked else UNSET,
        )
    )


@blueprint.reads("/api/entries/<entry_id>", Asked, "TrailEntry")
def entry(asked: dict[str, Any], entry_id: str) -> Response:
    """Return one entry, its texts opened as far as the reader may read them."""
    question = questions.question()
    (found,) = sealed_or_not([trail_question.entry(question, entry_id)], question.as_of)
    return answered(found)


@blueprint.get("/api/entries/<entry_id>/raw")
@blueprint.response(200, StoredEntry)
def entry_line(entry_id: str) -> Response:
    """Return the canonical line of an entry, byte for byte as it is hashed, once it is sealed."""
    stored = current.ledger().stored(entry_id)
    if 0 < current.sealed().size() < stored.id and not current.is_sealed(stored.id):
        raise NotSealedYet(f"Entry {stored.id} is recorded, and not sealed yet: ask again.")
    canonical = line(stored.state, stored.id, stored.recorded_at)
    answer = Response(canonical, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/api/entries/<entry_id>/receipt")
@blueprint.file("text/plain")
def entry_receipt(entry_id: str) -> Response:
    """Return the proof that an entry is in the log: a c2sp.org/tlog-proof text.

    It leads to the checkpoint over the entry that most witnesses cosigned, if there is one, and
    contains their signatures.
    """
    text = current.sealed().receipt(current.ledger().stored(entry_id).id)
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


add_routes(blueprint, ENTRY)
add_routes(blueprint, "/api/clock-was-wrong")


schemas = flask.Blueprint("schemas", __name__)

_BY_PATH = {schema_path(event): event for event in EVENTS}


@schemas.get("/schemas/<schema>")
def event_schema(schema: str) -> Response:
    """Return the JSON Schema (2020-12) of an event's entries."""
    event = _BY_PATH.get(f"/schemas/{schema}")
    if event is None:
        raise NotRecorded(
            f"No event has the schema “{schema[:80]}”: `dataschema` of each CloudEvent says where "
            "its own is, such as /schemas/update-received.v1.json."
        )
    answer = followed(jsonify(document(event, current.settings().address)))
    answer.mimetype = "application/schema+json"
    return answer
