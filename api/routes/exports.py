"""Lists as files, complete and at two dates, and the sheet in which a force reports on its open
recommendations."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar
from urllib.parse import quote, urlencode

from flask import Response, request

from api.files.exports import (
    FORMS,
    LISTS,
    MEDIA_TYPES,
    Busy,
    Export,
    ExportedList,
    List,
    given,
    write_export,
)
from api.files.sheets import updates_sheet
from api.files.writers import FORMATS as SHEETS
from api.requests import callers, current, questions
from api.requests.parsing import Blueprint
from api.schemas.reads import Asked
from ledger.errors import NotRecorded
from projections.as_of import At
from projections.questions.exports import open_recommendations

blueprint = Blueprint("exports", __name__, description="Lists as files, at one moment.")

CHUNK = 256 * 1024
"""At most so many bytes of a file are sent at a time."""
_SPAN = ("from", "since_meeting")
"""The parameters with which a span of changes begins."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""At most so many files are made by a process at once: each takes a thread and a connection."""


def _add_route(name: List, listed: ExportedList) -> None:
    def file(asked: dict[str, Any], form: str) -> Response:
        return _file(name, asked, form)

    file.__name__ = f"{name.replace('-', '_')}_file"
    file.__doc__ = (
        f"Return {listed.says}\n\nA sheet of notes has the meaning of each column. The file has "
        "the texts that its reader may read; `held` names the others."
    )
    described = blueprint.file(*sorted({MEDIA_TYPES[form] for form in FORMS}))(file)
    taken = blueprint.arguments(listed.asked, location="query")(described)
    blueprint.get(f"/api/{listed.path}.<form>")(taken)


for each in LISTS.items():
    _add_route(*each)


@blueprint.get("/api/bodies/<body>/updates-sheet.<form>")
@blueprint.arguments(Asked, location="query")
@blueprint.file(*sorted({MEDIA_TYPES[form] for form in SHEETS}))
def updates_sheet_file(asked: dict[str, Any], body: str, form: str) -> Response:
    """Return the sheet in which the force of a body reports how each open recommendation stands: a
    row for each, to be filled in and imported again (docs/record.md).

    It has the texts that its reader may read. A row is refused on import if its recommendation has
    changed since, so take a fresh sheet each time.
    """
    chosen = _form(form, SHEETS, "The sheet")
    question = questions.question()
    with _making():
        made = updates_sheet(open_recommendations(question, body), chosen)
    answer = Response(made, content_type=MEDIA_TYPES[chosen])
    return _attached(answer, f"updates-{body}", question.when, chosen)


def _file(name: List, asked: dict[str, Any], named: str) -> Response:
    form = _form(named, FORMS, "A list")
    listed = LISTS[name]
    moments = {what: asked[what] for what in _SPAN if asked.get(what)}
    filters = {**moments, **given(questions.filters(asked))}
    with _making():
        question = questions.question_sealed() if listed.sealed else questions.question()
        when = question.when
        dates = {"known_at": str(when.position), "effective_on": str(when.effective_on)}
        again = f"{quote(request.path)}?{urlencode({**filters, **dates}, doseq=True)}"
        export = Export(
            name=name,
            when=when,
            log=current.settings().origin,
            texts="public" if callers.account() is None else "office",
            asked=filters,
            checkpoint=current.sealed().checkpoint(),
            synthetic=current.synthetic(),
            address=current.settings().address + again,
        )
        with ExitStack() as opened:
            file = opened.enter_context(TemporaryFile())
            write_export(file, form, export, export.lines(question))
            kept = opened.pop_all()  # closed when the answer is sent
    length = file.tell()
    file.seek(0)
    if length <= CHUNK:
        with kept:
            answer = Response(file.read(), content_type=MEDIA_TYPES[form])
    else:
        answer = Response(_sent(kept, file), content_type=MEDIA_TYPES[form])
        answer.call_on_close(kept.close)
    answer.content_length = length
    return _attached(answer, name, when, form)


_One = TypeVar("_One", bound=str)


def _form(named: str, forms: Sequence[_One], what: str) -> _One:
    """Return the form of a file that an address names. Raise NotRecorded for an unknown one."""
    for form in forms:
        if form == named:
            return form
    raise NotRecorded(f"{what} comes as {', '.join(forms)}; “{named[:40]}” is none of them.")


@contextmanager
def _making() -> Iterator[None]:
    """Hold a place while a file is made. Raise Busy if all places are taken."""
    if not _AT_ONCE.acquire(blocking=False):
        raise Busy("Other files are being made just now: ask again in a moment.")
    try:
        yield
    finally:
        _AT_ONCE.release()


def _attached(answer: Response, name: str, when: At, form: str) -> Response:
    """Return a file as a download, with a name that gives its content and dates."""
    called = f"{name}-{when.effective_on}-{when.position}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{called}"'
    answer.headers["Cache-Control"] = "private, no-store" if callers.account() else "no-store"
    return answer


def _sent(kept: ExitStack, file: IO[bytes]) -> Iterator[bytes]:
    with kept:
        yield from iter(partial(file.read, CHUNK), b"")
