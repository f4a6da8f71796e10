"""The order of the entries: their positions, times, versions and ids, one after the other; and the
stretches in which the log's clock was wrong.

An entry `clock-was-wrong` names the first position that was recorded by a wrong clock. The entries
from that position up to it count as recorded at its own moment, if theirs is later.
"""

from dataclasses import dataclass, field
from datetime import date

from ledger.verify.line import LineError, LoggedEntry, read
from ledger.verify.report import Fault, FaultsOf
from ledger.verify.seal import NO_CLOCK, Clocks

TYPE = "clock-was-wrong"
_SAYS = f'"type":"{TYPE}"'.encode()


@dataclass(slots=True)
class WrongClocks:
    """The stretches of the log that were recorded by a wrong clock."""

    ranges: list[tuple[int, int, str]] = field(default_factory=list)
    """The first position, the position of the entry that names it, and that entry's moment."""

    def take(self, piece: bytes) -> None:
        """Take lines of the log, of whatever kinds."""
        at = 0
        while (at := piece.find(_SAYS, at)) >= 0:
            end = piece.find(b"\n", at)
            end = len(piece) if end < 0 else end
            self._take(piece[piece.rfind(b"\n", 0, at) + 1 : end])
            at = end

    def _take(self, raw: bytes) -> None:
        try:
            line = read(raw)
            first = line.data.get("first_position")
        except LineError:
            return  # it is named when its turn comes
        if says_so(line) and type(first) is int and first < line.position:
            self.ranges.append((first, line.position, line.recorded_at))

    def counted(self, position: int, recorded_at: str) -> str:
        """Return the moment at which an entry counts as recorded."""
        covering = (at for first, last, at in self.ranges if first <= position <= last)
        return min((recorded_at, *covering))


def says_so(line: LoggedEntry) -> bool:
    """Return whether an entry says that the clock was wrong."""
    return (line.stream, line.type) == ("service", TYPE)


class Order:
    """Positions, times, versions and ids, as the entries come."""

    def __init__(
        self, faults: FaultsOf, clocks: Clocks | None, wrong: WrongClocks, *, whole: bool
    ) -> None:
        """Begin the check.

        `clocks` are those of witnesses, if any are compared. `whole` says that every position is
        here. Otherwise positions only grow, and each stream is here from its first version; the
        service's stream has only the entries that say that a clock was wrong.
        """
        self._positions = faults("positions")
        self._times = faults("recorded_at")
        self._versions = faults("versions")
        self._ids = faults("ids")
        self._clocks = clocks
        self._wrong = wrong
        self._whole = whole
        self._position = 0
        self._recorded_at = self._day = ""
        self.counted = ""
        """The moment at which the last entry counts as recorded."""
        self._streams: dict[str, int] = {}
        self._seen: set[str] = set()

    def take(self, entry: LoggedEntry) -> None:
        """Check the next entry."""
        position, before = entry.position, self._position
        if position != before + 1 and (self._whole or position <= before):
            says = f"entry {position:,} comes after entry {before:,}"
            self._positions.add(says, Fault.POSITION_MISSING, position)
        self._position = position
        self._see_time(entry)
        if self._whole or not says_so(entry):
            self._see_version(entry)
        if entry.id in self._seen:
            says = f"entry {position:,} has the id of an earlier entry, {entry.id}"
            self._ids.add(says, Fault.ID_TWICE, position)
        self._seen.add(entry.id)

    def _see_time(self, entry: LoggedEntry) -> None:
        """Compare the time of an entry with those before it, and with witnesses' clocks."""
        position, at = entry.position, entry.recorded_at
        counted = self._wrong.counted(position, at)
        faults = []
        if (at < self._recorded_at and not says_so(entry)) or counted < self.counted:
            faults.append(f"entry {position:,} is dated before the one in front of it")
        self._recorded_at, self.counted = at, counted
        if (day := at[:10]) != self._day:
            self._day = day
            if not _is_day(day):
                faults.append(f"entry {position:,} is dated {day}, which is no day")
        if self._clocks is not None:
            fault = self._clocks.fault(position, counted, at_the_latest=counted != at)
            faults += [fault] if fault is not None else []
        for fault in faults:
            self._times.add(fault, Fault.RECORDED_BACKWARDS, position)

    def _see_version(self, entry: LoggedEntry) -> None:
        """Compare the version of an entry with the one before it in its stream."""
        expected = self._streams.get(entry.stream, 0) + 1
        if entry.version != expected:
            self._versions.add(
                f"entry {entry.position:,} is version {entry.version} of {entry.stream}, not "
                f"{expected}",
                Fault.VERSION_MISSING,
                entry.position,
            )
        self._streams[entry.stream] = entry.version

    def end(self) -> None:
        """End the four checks."""
        growing = "grow" if not self._whole else f"contiguous from 1 to {self._position:,}"
        self._positions.end(growing)
        says = "never runs backwards"
        if spans := ", ".join(
            f"entries {first:,} to {last - 1:,}" for first, last, _ in self._wrong.ranges
        ):
            says += f" but where the log says that its clock was wrong ({spans})"
        if self._clocks is not None:
            fits = "and fits what witnesses saw"
            says += f", {fits if self._clocks.seen else NO_CLOCK}"
        self._times.end(says)
        self._versions.end(f"contiguous in each of {len(self._streams):,} streams")
        self._ids.end("each entry has its own")


def _is_day(said: str) -> bool:
    try:
        date.fromisoformat(said)
    except ValueError:
        return False
    return True
