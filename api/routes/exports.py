"""What the lists answer, as a file: every row of it, at one moment."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any, Literal
from urllib.parse import quote, urlencode

from flask import Response, request

from api.requests import current
from api.requests.parsing import Blueprint
from api.requests.tables import FORMS, MEDIA_TYPES, Busy, Export, write_export
from api.schemas.lists import AskedRecommendations, AskedResponses
from ledger.errors import NotRecorded

blueprint = Blueprint("exports", __name__, description="Lists as files, at one moment.")

CHUNK = 256 * 1024
"""So much of a file is sent at a time."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""So many files are made by a process at once: each takes a thread and a connection meanwhile."""


class EveryRecommendation(AskedRecommendations):
    class Meta(AskedRecommendations.Meta):
        exclude = ("after", "limit")


class EveryResponse(AskedResponses):
    class Meta(AskedResponses.Meta):
        exclude = ("after", "limit")


@blueprint.get("/api/recommendations.<form>")
@blueprint.arguments(EveryRecommendation, location="query")
@blueprint.response(200, content_type="application/octet-stream")
def recommendations(asked: dict[str, Any], form: str) -> Response:
    """Every recommendation that the list has, with what each column means on a sheet of notes.

    Of the texts it has those that its reader may read; `held` names the others.
    """
    return _file("recommendations", asked, form)


@blueprint.get("/api/responses.<form>")
@blueprint.arguments(EveryResponse, location="query")
@blueprint.response(200, content_type="application/octet-stream")
def responses(asked: dict[str, Any], form: str) -> Response:
    """Every response that the list has, with its verdict, and what each column means."""
    return _file("responses", asked, form)


def _file(
    name: Literal["recommendations", "responses"], asked: dict[str, Any], named: str
) -> Response:
    form = next((one for one in FORMS if one == named), None)
    if form is None:
        raise NotRecorded(f"A list comes as {', '.join(FORMS)}; “{named[:40]}” is none of them.")
    filters = {what: value for what, value in current.filters(asked).items() if value}
    if not _AT_ONCE.acquire(blocking=False):
        raise Busy("Other files are being made just now: ask again in a moment.")
    try:
        question = current.question()
        when = question.when
        dates = {"known_at": str(when.position), "effective_on": str(when.effective_on)}
        again = f"{quote(request.path)}?{urlencode({**filters, **dates})}"
        export = Export(
            name=name,
            when=when,
            log=current.settings().origin,
            texts="public" if current.account() is None else "office",
            asked=filters,
            checkpoint=current.sealed().checkpoint(),
            synthetic=current.synthetic(),
            address=current.settings().address + again,
        )
        with ExitStack() as opened:
            file = opened.enter_context(TemporaryFile())
            write_export(file, form, export, export.lines(question))
            kept = opened.pop_all()  # closed when the answer is sent
    finally:
        _AT_ONCE.release()
    length = file.tell()
    file.seek(0)
    if length <= CHUNK:
        with kept:
            answer = Response(file.read(), content_type=MEDIA_TYPES[form])
    else:
        answer = Response(_sent(kept, file), content_type=MEDIA_TYPES[form])
        answer.call_on_close(kept.close)
    answer.content_length = length
    called = f"{name}-{when.effective_on}-{when.position}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{called}"'
    answer.headers["Cache-Control"] = "private, no-store" if current.account() else "no-store"
    return answer


def _sent(kept: ExitStack, file: IO[bytes]) -> Iterator[bytes]:
    with kept:
        yield from iter(partial(file.read, CHUNK), b"")
