"""The log as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

A stream remembers the position that it has come to, and nothing else: each time the log is sealed
further it reads on from there, page by page, as fast as its reader takes them.
"""

import socket
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from typing import Any, cast

import psycopg
from flask import Response, current_app, request
from werkzeug.exceptions import ServiceUnavailable

from api.feeds.cloudevents import cloudevent
from api.feeds.hub import Hub, Page, hang_up
from api.requests import current
from api.requests.parsing import Blueprint
from api.schemas.answers import AskedStream, CameLast
from ledger import diagnostics
from ledger.errors import LogUnreachable
from ledger.log.doorbell import PATIENCE
from ledger.postgres.connections import POOL_SECONDS
from projections.questions import log_entries
from projections.questions.question import Question, asking

blueprint = Blueprint("stream", __name__, description="The log, as it grows.")

_PAGE = 50
_RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser connects again."""
_HEARTBEAT = b":\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_FULL_SECONDS = 5
_SHORT = 0.05
"""Seconds after which one looks again where the read models are behind; then twice as many."""
_SLOW = 30.0
"""Seconds in which a reader must have taken a page: else it is cut off."""

Read = Callable[[int, int], Page]
"""Reads what comes after a position, up to the last one that may leave."""


@blueprint.get("/api/entries/stream")
@blueprint.arguments(AskedStream, location="query")
@blueprint.arguments(CameLast, location="headers")
@blueprint.response(200, {"type": "string"}, content_type="text/event-stream")
def stream(asked: dict[str, Any], came: dict[str, Any]) -> Response:
    """Entries as they are sealed, each once and in order, as server-sent events without an end:
    `id` is the position, `data` the item of the list, in a line."""
    after, hub = int(came["last"] or asked["after"]), _hub()
    current.of_this_log(asked)
    if request.method == "HEAD":
        return _answer(())
    line = _line()
    if not hub.enter(line):
        raise ServiceUnavailable(_full(hub.most), retry_after=_FULL_SECONDS)
    try:
        with hub.turn(POOL_SECONDS) as mine:
            if not mine:
                raise LogUnreachable("The database did not answer. Send the same request again.")
            current.names_are_known(asked)
            read = _reader(asked, hub)
        first = read(after, hub.bell.wait_beyond(after, 0))
    except BaseException:
        hub.leave(line)
        raise
    beat = current.settings().stream_heartbeat
    answer = _answer(events(hub, line, read, first, beat))
    answer.call_on_close(lambda: _closed(hub, line))
    return answer


def _line() -> socket.socket | None:
    """The connection that the stream has to itself, where that is known."""
    if request.environ["SERVER_PROTOCOL"] == "HTTP/2.0":
        return None
    line: socket.socket | None = request.environ.get("gunicorn.socket")
    return line


def _answer(sent: Iterable[bytes]) -> Response:
    answer = Response(sent, content_type="text/event-stream; charset=utf-8")
    answer.headers.update(_HEADERS)
    return answer


def _closed(hub: Hub, line: socket.socket | None) -> None:
    """The connection ends with its stream: nobody waits whether more is asked on it."""
    if line is not None:
        hang_up(line)
    hub.leave(line)


def _reader(asked: dict[str, Any], hub: Hub) -> Read:
    ledger, account = current.ledger(), current.account()
    with asking(ledger, account) as question:
        now = question.when
    origin, dumps = current.settings().origin, current_app.json.dumps
    wanted = log_entries.Wanted.of(asked)

    def read(after: int, horizon: int) -> Page:
        with ledger.log.pool.connection() as conn:
            sealed = Question(ledger, conn, replace(now, position=horizon), account)
            found = log_entries.entries(sealed, wanted, after, _PAGE)
        sent = [
            f"id: {entry.position}\ndata: "
            f"{dumps(cloudevent(entry, origin), separators=(',', ':'))}\n\n"
            for entry in found.entries
        ]
        upto = found.when.position if found.next is None else found.next
        return Page("".join(sent).encode(), max(after, upto))

    def shared(after: int, horizon: int) -> Page:
        if horizon <= after:
            return Page(b"", after)
        return hub.page(wanted, after, horizon, lambda: read(after, horizon))

    return shared


def _hub() -> Hub:
    """The streams of this process."""
    return cast(Hub, current_app.extensions[current.EXTENSION]["hub"])


def events(
    hub: Hub, line: socket.socket | None, read: Read, page: Page, heartbeat: int
) -> Generator[bytes, None, None]:
    """What is sent, until the reader is gone or the process ends; between two pages it waits a
    second at most, to find that out."""
    if line is not None:
        line.settimeout(_SLOW)
    with hub.bell.heard():
        yield _RETRY
        spoke, pause = time.monotonic(), _SHORT
        while True:
            if page.text or time.monotonic() - spoke >= heartbeat:
                yield page.text or _HEARTBEAT
                spoke = time.monotonic()
            horizon = hub.bell.wait_beyond(page.upto, PATIENCE)
            if hub.ends(line):
                return
            try:
                following = read(page.upto, horizon)
            except (psycopg.OperationalError, LogUnreachable) as error:
                diagnostics.warning("a stream waits for the database", why=str(error))
                following = Page(b"", page.upto)
            if following.upto == page.upto < horizon:  # so too while the read models are behind
                hub.rest(pause)
                pause = min(2 * pause, PATIENCE)
            else:
                pause = _SHORT
            page = following


def _full(most: int) -> str:
    return (
        f"All {most} places for streams of this process are taken: try again in {_FULL_SECONDS} "
        "seconds, or ask /api/entries?after= from time to time. Whoever runs the service makes "
        "more with ANSWERABLE_WEB_STREAMS and ANSWERABLE_WEB_THREADS."
    )
