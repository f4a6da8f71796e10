"""The log as server-sent events. A request is checked here like any other; the streams of the
process (`api.feeds.hub`) send the answer."""

from dataclasses import replace
from typing import Any, cast

import marshmallow as ma
from flask import Response, current_app, request

from api.feeds.cloudevents import cloudevent
from api.feeds.hub import Hub, Page, Read, Stream, StreamRequest
from api.requests import callers, current, questions
from api.requests.parsing import Blueprint
from api.schemas.reads import AskedStream
from ledger.seal.checkpoints import SealBell
from projections.fields import json_of
from projections.questions import log_entries
from projections.questions.question import Question, asking

blueprint = Blueprint("stream", __name__, description="The log, as it grows.")

_PAGE = 50
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class CameLast(ma.Schema):
    """The header that a reader sends when it reconnects."""

    class Meta:
        unknown = ma.EXCLUDE

    last = ma.fields.String(
        data_key="Last-Event-ID",
        load_default="",
        validate=ma.validate.Regexp(
            "^[0-9]{0,15}$", error="It is no position: send the id that came last."
        ),
        metadata={"description": "The last position received; it takes precedence over `after`."},
    )


@blueprint.get("/api/entries/stream")
@blueprint.arguments(AskedStream, location="query")
@blueprint.arguments(CameLast, location="headers")
@blueprint.file("text/event-stream")
def follow_entries(asked: dict[str, Any], came: dict[str, Any]) -> Response:
    """Return the entries as they are sealed, each once and in order, as server-sent events without
    an end. `id` is the position, `data` the item of the list in one line. The event `caught-up`
    comes once, when all earlier entries have been sent. An `id` alone leads past entries that a
    filter left out."""
    questions.of_this_log(asked)
    if request.method == "HEAD":
        return _answer(())
    asked = questions.with_ids(asked)
    after = int(came["last"] or asked["after"])
    there = current_app.extensions[current.EXTENSION]
    hub, bell = cast(Hub, there["hub"]), cast(SealBell, there["seal_bell"])
    sealed = bell.wait_beyond(after, 0)
    followed = StreamRequest(log_entries.Wanted.of(asked), _reader(asked), after, sealed)
    return _answer(Stream(hub, followed, callers.client()))


def _answer(sent: Stream | tuple[()]) -> Response:
    answer = Response(sent, content_type="text/event-stream; charset=utf-8")
    answer.direct_passthrough = True  # the server gets the stream itself
    answer.headers.update(_HEADERS)
    return answer


def _reader(asked: dict[str, Any]) -> Read:
    """Return the function that reads the pages of a stream."""
    ledger, account = current.ledger(), callers.account()
    with asking(ledger, account) as question:
        now = question.when
    settings = current.settings()
    origin, address = settings.origin, settings.address
    wanted = log_entries.Wanted.of(asked)

    def read(after: int, horizon: int) -> Page:
        with ledger.pool.connection() as conn:
            sealed = Question(ledger, conn, replace(now, position=horizon), account)
            found = log_entries.entries(sealed, wanted, after, _PAGE)
        sent = [
            b"id: %d\ndata: %b\n\n" % (entry.position, json_of(cloudevent(entry, origin, address)))
            for entry in found.entries
        ]
        last = found.entries[-1].position if found.entries else after
        upto = found.when.position if found.next is None else found.next
        return Page(b"".join(sent), last, max(after, upto))

    return read
