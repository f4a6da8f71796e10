"""Checks before the sealer signs on: the log is the one that it signed, and each new entry is one,
in its place and in time.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from ledger import clock
from ledger.dates import rfc3339
from ledger.errors import AnswerableError, Unreadable
from ledger.events import ClockWasWrong
from ledger.events.entry import MAX_ENTRY_BYTES, Entry, decode, decode_strictly, line
from ledger.events.streams import is_stream
from ledger.log.storage import Stored
from ledger.seal.notebook import Notebook, Signed

AHEAD = timedelta(minutes=1)
"""So far may an entry, or the clock of the database, be off the sealer's clock."""
BEHIND = timedelta(hours=1)
JUMP = timedelta(days=1)
"""So far may the clock be beyond the last entry and beyond what this process has counted."""


class NotAsSigned(AnswerableError):
    """The log is not the one that was signed. Nothing is recorded in it meanwhile."""


class OlderNotebook(AnswerableError):
    """The notebook lacks what was published. It says nothing against the log."""


class NotAnEntry(AnswerableError):
    """A new entry cannot be read, or its columns say something else."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(sentence)
        self.position = position


class NotInTime(AnswerableError):
    """An entry says that it was recorded at a time at which it was not, or a clock is wrong."""


@dataclass(frozen=True, slots=True)
class Published:
    """The newest checkpoint in the database: its size (0: none) and root."""

    size: int
    root: bytes | None


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation by the sealer's clock: the log had so many entries, all in order."""

    head: int
    at: datetime


def state_of(entry: bytes) -> bytes:
    """Return the state in a canonical line."""
    return entry[len(b'{"event":') : entry.rindex(b',"position":')]


def same_log(
    notebook: Notebook, last: Signed, head: int, published: Published, tail: Stored | None
) -> None:
    """Check that the log goes on where the notebook ends. NotAsSigned where it does not,
    OlderNotebook where the notebook cannot tell."""
    if published.size > last.size:
        raise OlderNotebook(
            f"A checkpoint of {published.size} entries is published, but the sealer's notebook "
            f"{notebook.path} knows of {last.size}: it is an older copy, or a new one. Let no "
            "other sealer run, and bring the newest here. If it is lost, have a new one made: "
            "`answerable recover --from` an exported log (docs/log.md)."
        )
    if published.size and notebook.root_of(published.size) != published.root:
        raise NotAsSigned(
            f"The published checkpoint of {published.size} entries is not the one that this "
            f"notebook has ({notebook.path}): two sealers signed two logs. Find out which is this."
        )
    if head < last.size:
        raise NotAsSigned(
            f"The log has {head} entries, but {last.size} are signed: the database is a copy that "
            "lacks entries that were signed (an older backup, or a replica that had fallen "
            "behind), or its end was cut off. Stop the service, and bring the signed entries back: "
            "`answerable recover`."
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
            raise NotAsSigned(_why_not_signed(stored, entry))
        try:
            says = decode(stored.state, position)
        except Unreadable:
            continue  # signed before the sealer looked at what it signs
        if why := _filed_otherwise(stored, says):
            raise NotAsSigned(
                f"{why} The entry is as it was signed: somebody changed the columns beside it. Put "
                "them back to what it says; `answerable audit` names them."
            )


def _why_not_signed(stored: Stored, entry: bytes) -> str:
    """Return how a stored entry differs from the one that was signed at its position, and what to
    do."""
    with suppress(Unreadable):
        if decode(stored.state).id != decode(state_of(entry)).id:
            return (
                f"Entry {stored.id} is another than the one that was signed at this position: the "
                "database is a copy that lacks entries that were signed (an older backup, or a "
                "replica that had fallen behind), and others were recorded in their place. Stop "
                "the service, write those out by `answerable recover --unsealed FILE`, and go on "
                "as docs/keys.md says."
            )
    return (
        f"Entry {stored.id} is not what was signed: it has the same id and other bytes, so "
        "somebody changed it. The sealer's notebook has the signed bytes; compare them, and "
        "restore the log."
    )


def entry_of(stored: Stored) -> Entry:
    """Return the next entry. NotAnEntry if this version does not write and read it."""
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
        "from there on; what to do: docs/keys.md, “What is no entry”.",
        position,
    )


def _filed_otherwise(stored: Stored, entry: Entry) -> str | None:
    """Return how the columns beside an entry differ from what it says; None if they agree."""
    columns = (stored.originator_id, stored.originator_version, stored.topic)
    if columns == (entry.stream, entry.version, entry.data.TOPIC):
        return None
    return f"Entry {stored.id} is filed under another stream, version or type than it says."


@dataclass(frozen=True, slots=True)
class WrongClock:
    """The statement of an entry that the clock was wrong, from a position up to its own."""

    first_position: int
    position: int
    recorded_at: datetime


WrongClocks = Sequence[WrongClock]


def wrong_clocks(spoken: Iterable[tuple[int, bytes, datetime]]) -> WrongClocks:
    """Return where the clock was wrong, by (position, state, recorded_at) of the entries that say
    so."""
    found = []
    for position, state, recorded_at in spoken:
        with suppress(Unreadable):  # it is named when its turn comes
            event = decode(state).data
            if isinstance(event, ClockWasWrong):
                found.append(WrongClock(event.first_position, position, recorded_at))
    return found


def counted(one: Stored, wrong: WrongClocks) -> datetime:
    """Return the moment at which an entry counts as recorded."""
    covering = (
        each.recorded_at for each in wrong if each.first_position <= one.id <= each.position
    )
    return min([one.recorded_at, *covering])


def times(
    found: Sequence[Stored],
    before: Stored | None,
    seen: Seen | None,
    answered_for: int,
    now: datetime,
    wrong: WrongClocks,
) -> None:
    """Check what waits: one after the other, small enough, and recorded when it says it was.

    `before` is the last entry that was signed, `seen` what was there when the log was last looked
    at; up to the position `answered_for` somebody answers for the times. NotInTime or NotAsSigned.
    """
    position, last = (before.id, before) if before else (0, None)
    for one in found:
        position += 1
        if one.id != position:
            raise NotAsSigned(
                f"There is no entry {position}, but one {one.id}: the log has a hole, and "
                "the service leaves none. Find out who removed the entry."
            )
        if len(line(one.state, one.id, one.recorded_at)) > MAX_ENTRY_BYTES:
            raise NotAsSigned(
                f"Entry {position} is larger than an entry can be: it was put there past the "
                "service. Find out who did that."
            )
        moment = counted(one, wrong)
        if last is not None:
            _after(one, moment, last, wrong)
        last = one
        if moment > now + AHEAD:
            raise NotInTime(
                f"Entry {position} was recorded at {rfc3339(one.recorded_at)}, but the sealer's "
                f"clock says {rfc3339(now)}: put the clock right that is wrong. If it was the "
                "database's, say so when it is right: `answerable clock-was-wrong`."
            )
        if seen and answered_for < position > seen.head and moment < seen.at - BEHIND:
            raise NotInTime(
                f"Entry {position} says that it was recorded at {rfc3339(one.recorded_at)}, but "
                f"was not there at {rfc3339(seen.at)}: the database's clock is behind, or somebody "
                "put it there. When that is settled: `answerable key resume --held`."
            )


def _after(one: Stored, moment: datetime, last: Stored, wrong: WrongClocks) -> None:
    """Check that an entry was recorded after the one in front of it, and that the clock has not
    jumped between the two, as far as this process has counted. NotInTime."""
    before = counted(last, wrong)
    says_so = any(each.position == one.id for each in wrong)
    if moment < before or (one.recorded_at < last.recorded_at and not says_so):
        raise NotInTime(
            f"Entry {one.id} says that it was recorded at {rfc3339(one.recorded_at)}, before "
            "the entry before it. The service records none like that: find out who put it there."
        )
    latest = clock.latest()
    if moment > before + JUMP and moment > latest + JUMP:
        raise NotInTime(
            f"Entry {one.id} was recorded at {rfc3339(one.recorded_at)}, the one before it at "
            f"{rfc3339(last.recorded_at)}, and the sealer has counted to {rfc3339(latest)}: the "
            "clock jumped. Put it right, and say from which entry on it was wrong: `answerable "
            "clock-was-wrong`. If it is right, start the sealer anew."
        )
