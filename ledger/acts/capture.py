"""Keeping bytes as evidence: the day of the entry is the day on which they were received."""

import hashlib

from ledger.decision import Decision, Told
from ledger.entry import Entry, new_id
from ledger.errors import Unfit
from ledger.events import CaptureKept
from ledger.streams import capture_stream

MAX_BYTES = 25 * 1024 * 1024


def capture_of(body: bytes, media_type: str, url: str | None) -> CaptureKept:
    """The event that keeps the bytes of a public page, by their plain SHA-256."""
    return CaptureKept(
        media_type=media_type,
        length=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        url=url,
    )


def keep_capture(decision: Decision, event: CaptureKept, body: bytes, told: Told) -> Entry:
    """Keep bytes. Its id, which sources cite, is the last part of its stream's name."""
    if not body:
        raise Unfit("There are no bytes to keep.")
    if len(body) > MAX_BYTES:
        raise Unfit(f"{len(body):,} bytes are too many to keep; {MAX_BYTES:,} is the most.")
    entry = decision.add(capture_stream(new_id()), event, told, by=decision.account.body)
    decision.captures[entry.id] = body
    return entry
