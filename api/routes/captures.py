"""Captures over HTTP: bytes kept as evidence, and served so that nothing in them can run.

An upload is read in pieces up to its limit, and inspected only to tell which of six kinds it is. A
capture is served as a file to save: never as a type that a browser runs, without sniffing, in an
empty sandbox.
"""

import base64
import hashlib
import json
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Any, get_args

from flask import Response, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.formparser import FormDataParser

from api.requests import callers, current, questions
from api.requests.answers import how, idempotent, made_before, written
from api.requests.parsing import Blueprint, takes_form
from api.routes.acts import writes
from api.schemas.events import written_of
from api.schemas.reads import Asked
from ledger.acts import capture as acts
from ledger.acts.capture import Received, received
from ledger.acts.decision import Notice
from ledger.errors import Fault, Unfit
from ledger.events import CaptureKept, texts
from ledger.events.texts import Audience
from ledger.log.captures import KINDS_IN_WORDS, MAX_BYTES, MEDIA_TYPES, file_name
from projections.questions import trail as trail_question

blueprint = Blueprint("captures", __name__, description="Bytes kept as evidence.")

AROUND_FILE = 64 * 1024
"""The most bytes of a request beside its file: boundaries, names and other fields."""
MOST_FIELD = 512 * 1024
"""The largest other field. The library's parser also needs it to exceed the pieces that it
reads."""
_TOO_LARGE = (
    f"A capture has {MAX_BYTES:,} bytes (25 MB) at most, and little beside its file. "
    "Nothing was recorded: send a smaller file."
)
_SERVED_AS = {"text/html": "text/plain", "message/rfc822": "text/plain"}
"""Types that a browser would render are served as one that it only shows."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {
                        "type": "string",
                        "contentMediaType": "application/octet-stream",
                        "description": f"The bytes, {MAX_BYTES:,} at most: {KINDS_IN_WORDS}. "
                        "The kind is read from the bytes.",
                    },
                    "url": {
                        "type": "string",
                        "format": "uri",
                        "description": "Where they were published (http, https).",
                    },
                    "audience": {
                        "type": "string",
                        "enum": list(get_args(Audience)),
                        "description": "Who may fetch them; default: `public` with a `url`, else "
                        "`office`.",
                    },
                },
            }
        }
    },
}


@blueprint.post("/api/captures")
@blueprint.doc(requestBody=_BODY)
@blueprint.response(201, written_of(CaptureKept))
@writes
@takes_form
def keep_capture() -> Response:
    """Keep bytes as evidence. The day on which they were received is that of the entry.

    The same bytes sent again are kept again: each reception is evidence of its own day.
    """
    account = callers.account_needed()
    came = _sent()
    asked = idempotent(account, _says(came))
    if (before := made_before(asked)) is not None:
        return before
    return written(
        current.ledger().decide(account, lambda d: acts.keep_capture(d, came, Notice()), how(asked))
    )


@blueprint.get("/api/captures/<capture_id>")
@blueprint.arguments(Asked, location="query")
@blueprint.file(*sorted({_SERVED_AS.get(one, one) for one in MEDIA_TYPES.values()}))
def capture(asked: dict[str, Any], capture_id: str) -> Response:
    """Return the bytes of a capture, exactly as they were received, as a file to save."""
    entry = trail_question.capture(questions.question(), capture_id)
    kept = current.ledger().kept(entry)
    assert isinstance(entry.data, CaptureKept)
    said = entry.data
    answer = Response(kept.body)
    answer.content_type = _SERVED_AS.get(said.media_type, said.media_type)
    answer.headers.update(_HEADERS)
    name = file_name(capture_id, said.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    digest = base64.b64encode(hashlib.sha256(kept.body).digest()).decode()
    answer.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    if kept.salt is not None:
        answer.headers["Capture-Salt"] = kept.salt.hex()
    answer.headers["Link"] = f'</api/entries/{entry.id}>; rel="describedby"'
    # Revalidated each time, so that a redaction reaches everybody. An office capture is not cached.
    answer.headers["Cache-Control"] = (
        "no-cache" if said.audience == "public" else "private, no-store"
    )
    answer.set_etag(said.sha256)
    answer.make_conditional(request)
    return answer


def _sent() -> Received:
    """Return the capture that the request sends. Raise Unfit, or 413 or 415, with a sentence."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(
            "Send multipart/form-data with the part `file`, and `url` and `audience` if there are."
        )
    with ExitStack() as opened:
        fields, files = _parts(opened)
        return _one_capture(fields, files)


def _parts(opened: ExitStack) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """Return the fields and files of the form. Large parts lie on disk until `opened` is closed.
    Nothing is read past the limit."""

    def place(*_: object, **__: object) -> IO[bytes]:
        return opened.enter_context(SpooledTemporaryFile(MOST_FIELD))

    request.max_content_length = MAX_BYTES + AROUND_FILE
    parser = FormDataParser(place, max_form_memory_size=MOST_FIELD, max_form_parts=20, silent=False)
    try:
        _, fields, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except RequestEntityTooLarge:
        raise RequestEntityTooLarge(_TOO_LARGE) from None
    except ValueError:
        raise _unfit("file", "The part `file` is missing, or the form is broken.") from None
    return fields, files


def _one_capture(fields: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Received:
    if "file" not in files:
        raise _unfit(
            "file",
            "This is sent as a field; send it as a file, with a file name."
            if "file" in fields
            else "The part `file` is missing, or the form is broken.",
        )
    for name in (*files, *fields):
        if name not in ("file", "url", "audience") or (name == "file") != (name in files):
            raise _unfit(name, "There is no such part: send `file`, `url` and `audience`.")
        if len(files.getlist(name)) + len(fields.getlist(name)) > 1:
            raise _unfit(name, "This is there twice: send one, and the next in another request.")
    url, audience = fields.get("url"), fields.get("audience")
    for name in fields:
        if "\N{REPLACEMENT CHARACTER}" in fields[name]:
            raise _unfit(name, "This is not UTF-8.")
    if url is not None and (fault := texts.why_unfit("url", url)):
        raise _unfit("url", fault)
    if audience not in (None, "public", "office"):
        raise _unfit("audience", "The audience is `public` or `office`.")
    body = files["file"].stream.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise RequestEntityTooLarge(_TOO_LARGE)
    return received(body, url, audience)  # type: ignore[arg-type]  # one of its words, or None


def _says(came: Received) -> bytes:
    """Return the content of a request, independent of its boundaries and the file's name."""
    digest = hashlib.sha256(came.body).hexdigest()
    return json.dumps([digest, came.url, came.audience]).encode()


def _unfit(field: str | None, message: str) -> Unfit:
    shown = (field or "a part without a name").encode("utf-8", "replace").decode()[:80]
    return Unfit(f"{shown}: {message}", Fault(shown, message))
