"""What the sealer checks of the log before it signs on: that it is the one that it signed. Pure.

Each refusal is a sentence that says what to do. None of them goes away by itself, but for a clock
that is put right: what was signed stays signed, and a size is never signed with another root.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from ledger.clock import rfc3339
from ledger.errors import AnswerableError, Unreadable
from ledger.events.entry import MAX_ENTRY_BYTES, Entry, decode, decode_strictly, line
from ledger.events.streams import is_stream
from ledger.log.storage import Stored
from ledger.seal.notebook import Notebook, Signed

AHEAD = timedelta(minutes=1)
BEHIND = timedelta(hours=1)


class NotAsSigned(AnswerableError):
    """The log is not the one that was signed."""


class NotAnEntry(AnswerableError):
    """What waits at a position is no entry, or is filed as another."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(sentence)
        self.position = position


class NotInTime(AnswerableError):
    """An entry says that it was recorded at a time at which it was not."""


@dataclass(frozen=True, slots=True)
class Published:
    """The newest checkpoint in the database: its size (0: none) and root."""

    size: int
    root: bytes | None


@dataclass(frozen=True, slots=True)
class Seen:
    """That the log had so many entries, all in order, at a moment by the sealer's clock."""

    head: int
    at: datetime


def same_log(
    notebook: Notebook, last: Signed, head: int, published: Published, tail: Stored | None
) -> None:
    """Check that the log goes on where the notebook ends. NotAsSigned where it does not."""
    if published.size > last.size:
        raise NotAsSigned(
            f"A checkpoint of {published.size} entries is published, but the sealer's notebook "
            f"{notebook.path} knows of {last.size}: it is an older copy, or a new one. Restore the "
            "newest, and let no other sealer run."
        )
    if published.size and notebook.root_of(published.size) != published.root:
        raise NotAsSigned(
            f"The published checkpoint of {published.size} entries is not the one that this "
            f"notebook has ({notebook.path}): two sealers signed two logs. Find out which is this."
        )
    if head < last.size:
        raise NotAsSigned(
            f"The log has {head} entries, but {last.size} are signed: its end was cut off, or an "
            "older backup was restored. Bring the signed entries back: `answerable recover`."
        )
    if last.size:
        same_entries([tail] if tail else [], [(last.size, notebook.entry(last.size) or b"")])


def still_published(published: Published, noted: int) -> None:
    """Check that the newest checkpoint is the one that the sealer noted when it published it."""
    if published.size < noted:
        raise NotAsSigned(
            f"The checkpoint of {noted} entries was published, and is not in the database any "
            f"more: the newest there has {published.size}. Somebody deleted it. See what else was "
            "done by `answerable audit`; then stop the service and call `answerable recover`, and "
            "it is published again as it was signed."
        )


def same_entries(found: Sequence[Stored], kept: Iterable[tuple[int, bytes]]) -> None:
    """Check that entries of the log are those of the notebook. NotAsSigned names the first."""
    for stored, (position, entry) in zip_longest(found, kept, fillvalue=(0, b"")):
        if isinstance(stored, tuple) or stored.id != position:
            raise NotAsSigned(
                f"Entry {position} was signed, and is not in the log any more. Bring it back: "
                "`answerable recover`, or a backup."
            )
        if line(stored.state, stored.id, stored.recorded_at) != entry:
            raise NotAsSigned(
                f"Entry {position} is not what was signed: somebody changed it. The sealer's "
                "notebook has the signed bytes; compare them, and restore the log."
            )
        try:
            says = decode(stored.state, position)
        except Unreadable:
            continue  # signed before the sealer looked at what it signs
        if why := _filed_otherwise(stored, says):
            raise NotAsSigned(
                f"{why} The entry is as it was signed: somebody changed the columns beside it. Put "
                "them back to what it says; `answerable audit` names them."
            )


def entry_of(stored: Stored) -> Entry:
    """The entry that waits. NotAnEntry where it is none that this version writes and reads."""
    try:
        entry = decode_strictly(stored.state, stored.id)
    except Unreadable as error:
        raise _not_an_entry(stored.id, error.sentence) from error
    if why := _filed_otherwise(stored, entry):
        raise _not_an_entry(stored.id, why)
    if not is_stream(entry.stream):
        raise _not_an_entry(stored.id, f"Entry {stored.id} is in a stream that is none.")
    return entry


def _not_an_entry(position: int, why: str) -> NotAnEntry:
    return NotAnEntry(
        f"{why} It came past the service, by its login or an administrator's. Nothing is signed "
        "from there on; what to do: docs/recover.md, “What is no entry”.",
        position,
    )


def _filed_otherwise(stored: Stored, entry: Entry) -> str | None:
    """How the columns beside an entry differ from what it says; None where they do not."""
    columns = (stored.originator_id, stored.originator_version, stored.topic)
    if columns == (entry.stream, entry.version, entry.data.TOPIC):
        return None
    return f"Entry {stored.id} is filed under another stream, version or type than it says."


def times(
    found: Sequence[Stored], before: Stored | None, seen: Seen | None, resumed: int, now: datetime
) -> None:
    """Check what waits: one after the other, small enough, and recorded when it says it was.

    `before` is the last entry that was signed, `seen` what was there when the log was last looked
    at; up to the position `resumed` somebody answers for the times. NotInTime or NotAsSigned.
    """
    position, instant = (before.id, before.recorded_at) if before else (0, None)
    for one in found:
        position += 1
        if one.id != position:
            raise NotAsSigned(
                f"There is no entry {position}, but one {one.id}: the log has a hole, which "
                "nothing that records leaves. Find out who removed it."
            )
        if len(line(one.state, one.id, one.recorded_at)) > MAX_ENTRY_BYTES:
            raise NotAsSigned(f"Entry {position} is larger than an entry can be: it was put there.")
        if instant is not None and one.recorded_at < instant:
            raise NotInTime(
                f"Entry {position} says that it was recorded at {rfc3339(one.recorded_at)}, before "
                "the entry before it. Nothing that records does that: find out who put it there."
            )
        instant = one.recorded_at
        if one.recorded_at > now + AHEAD:
            raise NotInTime(
                f"Entry {position} was recorded at {rfc3339(one.recorded_at)}, but the sealer's "
                f"clock says {rfc3339(now)}: put the clock right that is wrong."
            )
        if seen and resumed < position > seen.head and one.recorded_at < seen.at - BEHIND:
            raise NotInTime(
                f"Entry {position} says that it was recorded at {rfc3339(one.recorded_at)}, but "
                f"was not there at {rfc3339(seen.at)}: the database's clock is behind, or somebody "
                "put it there. When that is settled: `answerable key resume --held`."
            )
