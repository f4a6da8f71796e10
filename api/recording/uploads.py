"""An uploaded file, which its form carries from step to step until it is recorded. It is packed in
the form itself, so that nothing of it is stored here before an account records it."""

import base64
import binascii
import hashlib
import threading
import zlib
from collections.abc import Callable
from functools import wraps
from pathlib import PureWindowsPath

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.files.exports import Busy
from api.recording import submission
from api.recording.form_fields import Given
from api.requests import browser_sessions, callers, current
from ledger.acts.decision import Decision
from ledger.errors import AnswerableError, Fault, NotAllowed, Unfit
from ledger.events.entry import Entry
from ledger.intake.pages.decoding import MOST_BYTES
from ledger.intake.proposals.draft import Intake
from ledger.states.service import Account

AT_ONCE = threading.BoundedSemaphore(2)
"""At most so many uploaded files are read by a process at once: each holds a thread."""
PATIENCE = 2.0
"""The seconds that a form waits for its turn to have its file read."""


def read_in_turn(view: Callable[[], Response]) -> Callable[[], Response]:
    """Let a view read the file of its form when few others do. Raise Busy if its turn doesn't come,
    so that many files at once leave threads for everybody else."""

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
    """The effect of recording is not the one that was checked."""


def recorder() -> Account:
    """Return the account that asks, which must be a body's and may record. Raise NotAllowed for
    another."""
    account = callers.account_needed()
    callers.needs(account, "record", "recording")
    if account.body is None:
        raise NotAllowed(
            f"{account.name} is of no body, and a page or sheet is recorded for the body whose it "
            "is: sign in as an account of that body."
        )
    return account


def sender() -> Account | None:
    """Return the account that sent the form, or None if nobody is signed in."""
    return None if callers.account() is None else recorder()


def form_sent(too_large: str) -> Given:
    """Return the sent form, with a file or without. Raise RequestEntityTooLarge, with advice, if it
    is larger than any file that is taken."""
    if request.mimetype != "multipart/form-data" or "boundary" not in request.mimetype_params:
        return Given(list(browser_sessions.form_sent().items(multi=True)))
    try:
        return Given(list(request.form.items(multi=True)))
    except RequestEntityTooLarge:
        raise _too_large(too_large) from None


def uploaded(too_large: str, field: str = "file") -> tuple[str, bytes] | None:
    """Return the name and the bytes of the chosen file, if there is one."""
    came = request.files.get(field)
    if came is None or not came.filename:
        return None
    raw = came.stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _too_large(too_large)
    return came.filename, raw


def packed(name: str, raw: bytes, too_large: str) -> list[tuple[str, str]]:
    """Return the fields by which a form carries a file: its name, and its packed bytes."""
    if len(raw) > MOST_BYTES:
        raise _too_large(too_large)
    plain = "".join(each for each in PureWindowsPath(name).name if each.isprintable())[-100:]
    said = base64.urlsafe_b64encode(zlib.compress(raw)).decode()
    return [("page", plain), ("packed", said)]


def unpacked(said: str) -> bytes:
    """Return the bytes of the file. Raise Unfit if we did not pack them."""
    unpack = zlib.decompressobj()
    try:
        raw = unpack.decompress(base64.urlsafe_b64decode(said), MOST_BYTES + 1)
    except (zlib.error, binascii.Error, ValueError):
        raw = b""
    if not raw or not unpack.eof:
        raise unfit("file", "The file did not come whole: upload it or paste it again.")
    return raw


def digest(intake: Intake, *own: str) -> str:
    """Return a digest of what a form says by itself, and of its effect apart from what ticks beside
    its button confirm."""
    said = [(one.line, one.says, one.new, one.now) for one in intake.proposals if not one.confirmed]
    asked = [one.now for one in (*intake.days, *intake.targets)]
    left = [one.sentence for one in intake.rejected]
    return hashlib.sha256(repr((own, said, asked, left)).encode()).hexdigest()


def recorded(
    account: Account, form: Given, typed: Given, looked: Callable[[Decision], str]
) -> tuple[Entry, ...]:
    """Record a file in one transaction, once however often it is sent. `looked` adds the file's
    acts to a decision, and returns the digest of their effect. Raise LookAgain if that is not the
    one that was checked."""

    def decide(decision: Decision) -> None:
        if looked(decision) != form.get("looked"):
            raise LookAgain("What would be recorded now is not what you checked.")

    how = submission.how(account, form, typed)
    return current.ledger().decide(account, decide, how).entries


def unfit(path: str, message: str) -> Unfit:
    """Return a fault at one field."""
    return Unfit(message, Fault(path, message))


def faults(error: Unfit) -> list[Fault]:
    """Return the faults of an error, each at its field."""
    return list(error.faults) or [Fault("", error.sentence)]


def _too_large(what: str) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(
        f"This is larger than {MOST_BYTES:,} bytes (10 MB), {what}. Nothing was recorded."
    )
