"""A file that was uploaded, which its form carries from step to step until it is recorded: packed
in the form itself, so that nothing of it is kept here before somebody answers for it."""

import base64
import binascii
import threading
import zlib
from collections.abc import Callable
from functools import wraps
from pathlib import PureWindowsPath

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.files.exports import Busy
from api.recording.form_fields import Given
from api.requests import current
from ledger.errors import AnswerableError, Fault, NotAllowed, Unfit
from ledger.intake.pages.decoding import MOST_BYTES
from ledger.states.service import Account

AT_ONCE = threading.BoundedSemaphore(2)
"""So many files that people sent are read by a process at once: each holds a thread meanwhile."""
PATIENCE = 2.0
"""Seconds that a form waits for its turn to have its file read."""


def read_in_turn(view: Callable[[], Response]) -> Callable[[], Response]:
    """Let a view read the file of its form when few others do. Busy where its turn doesn't come:
    whoever sends many files at once leaves the other threads to everybody else."""

    @wraps(view)
    def in_turn() -> Response:
        if not current.waits().wait(lambda seconds: AT_ONCE.acquire(timeout=seconds), PATIENCE):
            raise Busy(
                "Other pages and sheets are being read here just now, so yours was not. Nothing "
                "was recorded: go back, and send it again in a few seconds."
            )
        try:
            return view()
        finally:
            AT_ONCE.release()

    return in_turn


class LookAgain(AnswerableError):
    """What was to be recorded is not what was looked at."""


def recorder() -> Account:
    """The account that asks, of a body for which it may record."""
    account = current.account_needed()
    current.needs(account, "record", "recording")
    if account.body is None:
        raise NotAllowed(
            f"{account.name} is of no body, and a page or sheet is recorded for the body whose it "
            "is: sign in as an account of that body."
        )
    return account


def sender() -> Account | None:
    """Return who sent the form; None where nobody is signed in."""
    return None if current.account() is None else recorder()


def form_sent(too_large: str) -> Given:
    """The form that was sent, with a file or without. RequestEntityTooLarge, with what to do, of
    one that is larger than any file that is taken."""
    if request.mimetype != "multipart/form-data" or "boundary" not in request.mimetype_params:
        return Given(list(current.form_sent().items(multi=True)))
    try:
        return Given(list(request.form.items(multi=True)))
    except RequestEntityTooLarge:
        raise _too_large(too_large) from None


def uploaded(too_large: str) -> tuple[str, bytes] | None:
    """The name and the bytes of the file that was chosen, if one was."""
    came = request.files.get("file")
    if came is None or not came.filename:
        return None
    raw = came.stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _too_large(too_large)
    return came.filename, raw


def packed(name: str, raw: bytes, too_large: str) -> list[tuple[str, str]]:
    """The fields by which a form carries a file: its name, and its bytes packed."""
    if len(raw) > MOST_BYTES:
        raise _too_large(too_large)
    plain = "".join(each for each in PureWindowsPath(name).name if each.isprintable())[-100:]
    said = base64.urlsafe_b64encode(zlib.compress(raw)).decode()
    return [("page", plain), ("packed", said)]


def unpacked(said: str) -> bytes:
    """The bytes of the file. Unfit where they are none that we packed."""
    unpack = zlib.decompressobj()
    try:
        raw = unpack.decompress(base64.urlsafe_b64decode(said), MOST_BYTES + 1)
    except (zlib.error, binascii.Error, ValueError):
        raw = b""
    if not raw or not unpack.eof:
        raise unfit("file", "The file did not come whole: upload it or paste it again.")
    return raw


def unfit(path: str, message: str) -> Unfit:
    """What is wrong at one field."""
    return Unfit(message, Fault(path, message))


def faults(error: Unfit) -> list[Fault]:
    """What is wrong, each at its field."""
    return list(error.faults) or [Fault("", error.sentence)]


def _too_large(what: str) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(
        f"This is larger than {MOST_BYTES:,} bytes (10 MB), {what}. Nothing was recorded."
    )
