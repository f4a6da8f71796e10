"""Keeping bytes as evidence: the day of the entry is the day on which they were received."""

from dataclasses import dataclass

from ledger.acts.decision import Decision, Notice
from ledger.errors import Unfit
from ledger.events import CaptureKept
from ledger.events.entry import Entry, new_id
from ledger.events.streams import capture_stream
from ledger.events.texts import Audience
from ledger.log.captures import KINDS_IN_WORDS, MAX_BYTES, commitment, keep, media_type_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """The bytes that came in, with their type, the address where they were published and their
    readers."""

    body: bytes
    media_type: str
    url: str | None = None
    audience: Audience = "public"
    host: str | None = None
    """The host that answered, where this service asked the address itself; else None."""


def received(
    body: bytes,
    url: str | None = None,
    audience: Audience | None = None,
    *,
    host: str | None = None,
) -> Received:
    """Return bytes as they came, with the kind that they are. Raise Unfit, with a sentence, if they
    are not kept here.

    Bytes that were published at an address can be read by everybody, and all others by the office,
    unless the request says otherwise. `host` is the host that answered, for bytes that this service
    fetched.
    """
    _fits(body)
    if (media_type := media_type_of(body)) is None:
        raise Unfit(
            f"These bytes are none of the six kinds that are kept: {KINDS_IN_WORDS}. "
            "Save it as one of them; what the file is called does not matter."
        )
    return Received(
        body=body,
        media_type=media_type,
        url=url,
        audience=audience or ("public" if url else "office"),
        host=host,
    )


def keep_capture(decision: Decision, came: Received, notice: Notice) -> Entry:
    """Keep bytes. Its id, which sources cite, is that of its entry and ends its stream's name.

    The same bytes again are kept again: that they were received on another day is evidence too.
    """
    _fits(came.body)
    kept = keep(came.body, came.audience)
    event = CaptureKept(
        media_type=came.media_type,
        length=len(came.body),
        sha256=commitment(kept),
        salted=kept.salt is not None,
        audience=came.audience,
        url=came.url,
        how="uploaded" if came.host is None else "fetched",
        host=came.host,
    )
    name = new_id()
    entry = decision.add(
        capture_stream(name), event, notice, by=decision.account.body, entry_id=name
    )
    decision.captures[entry.id] = kept
    return entry


def _fits(body: bytes) -> None:
    if not body:
        raise Unfit("There are no bytes to keep.")
    if len(body) > MAX_BYTES:
        raise Unfit(f"{len(body):,} bytes are too many to keep; {MAX_BYTES:,} is the most.")
