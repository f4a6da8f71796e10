"""What a verification follows from entry to entry: their order, and the keys that the log names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.verify.line import Line, LineError
from ledger.verify.report import Faults, Report
from ledger.verify.seal import Clocks, Sealed, in_words


class Order:
    """Positions, times, versions and ids, as the entries come."""

    def __init__(self, report: Report, clocks: Clocks, *, whole: bool) -> None:
        """`whole`: every position is here. Else they grow, and each stream is here from its 1st."""
        self._positions = Faults(report, "positions")
        self._times = Faults(report, "recorded_at")
        self._versions = Faults(report, "versions")
        self._ids = Faults(report, "ids")
        self._clocks = clocks
        self._whole = whole
        self._position = 0
        self._recorded_at = self._day = b""
        self._streams: dict[bytes, int] = {}
        self._seen: set[bytes] = set()

    def take(self, line: Line) -> None:
        position, before = line.position, self._position
        if position != before + 1 and (self._whole or position <= before):
            self._positions.add(f"entry {position} comes after entry {before}")
        self._position = position
        if line.recorded_at < self._recorded_at:
            self._times.add(f"entry {position} is dated before the one in front of it")
        self._recorded_at = line.recorded_at
        if (day := line.recorded_at[:10]) != self._day:
            self._day = day
            if not _is_day(day):
                self._times.add(f"entry {position} is dated {day.decode()}, which is no day")
        if (fault := self._clocks.fault(position, line.recorded_at)) is not None:
            self._times.add(fault)
        expected = self._streams.get(line.stream, 0) + 1
        if line.version != expected:
            self._versions.add(
                f"entry {position} is version {line.version} of {line.stream.decode()}, "
                f"not {expected}"
            )
        self._streams[line.stream] = line.version
        if line.id in self._seen:
            self._ids.add(f"entry {position} has the id of an earlier entry, {line.id.decode()}")
        self._seen.add(line.id)

    def end(self, report: Report) -> None:
        growing = "grow" if not self._whole else f"contiguous from 1 to {self._position:,}"
        self._positions.end(growing)
        seen = any(one.after is not None or one.by is not None for one in self._clocks.ranges)
        fits = "and fits what witnesses saw" if seen else "no witness's clock to hold it against"
        self._times.end(f"never runs backwards, {fits}")
        self._versions.end(f"contiguous in each of {len(self._streams):,} streams")
        self._ids.end("each entry has its own")
        for one in self._clocks.ranges:
            which = f"entries {one.first:,} to {one.last:,}"
            report.add("outside evidence", f"{which}: {in_words(one)}", ok=None)
        report.outside += self._clocks.ranges


def _is_day(said: bytes) -> bool:
    try:
        date.fromisoformat(said.decode())
    except ValueError:
        return False
    return True


@dataclass(slots=True)
class _Key:
    added: bool = False
    retired_from: int | None = None
    compromised_from: int | None = None


class Keys:
    """What the log says of its own keys: which came into use, and from which size on one ended.

    A key that is retired signs no checkpoint of that size or more; of one that is compromised such
    a signature proves nothing. A retirement holds at the earliest from the size after its entry;
    what ended a key, nothing after it takes back.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Key] = {}

    def take(self, line: Line) -> None:
        """One entry of the log. LineError where it is about a key and says it in another form."""
        if line.stream != b"service" or not line.type.startswith(b"key-"):
            return
        data = line.data()
        if not isinstance(vkey := data.get("vkey"), str):
            raise LineError("it is about no key")
        key = self._known.setdefault(vkey, _Key())
        if line.type == b"key-added":
            key.added = True
            return
        if type(size := data.get("from_size")) is not int:
            raise LineError("it ends a key from no size on")
        if line.type == b"key-retired":
            key.retired_from = _earlier(key.retired_from, max(size, line.position + 1))
        else:
            key.compromised_from = _earlier(key.compromised_from, size)

    def end(self, report: Report, sealed: Sealed, *, whole: bool = True) -> None:
        """Where the log is not here as a whole, its keys may have ended in an entry that is not."""
        size = sealed.checkpoint.size
        ended = [self._ended(key.vkey, size) for key in sealed.signed_by]
        if all(ended):
            report.add("keys", "; ".join(filter(None, ended)), ok=False)
            return
        if not whole:
            says = "not checked: nothing here ends the key, and what came later may not be here"
            report.add("keys", says, ok=None)
            return
        good = [key for key, end in zip(sealed.signed_by, ended, strict=True) if end is None]
        if not any(self._known.get(key.vkey, _Key()).added for key in good):
            says = "the log does not name the key that signed it; that you trust it is all there is"
            report.add("keys", says, ok=None)
        else:
            report.add("keys", "signed by a key that the log has in use at this size")

    def held(self, report: Report, held: Sequence[Sealed]) -> None:
        """What the log says of the keys of checkpoints that the reader holds: its own word, which
        takes nothing back, and of which a reader has to know."""
        for one in held:
            size = one.checkpoint.size
            ended = [self._ended(key.vkey, size) for key in one.signed_by]
            if all(ended):
                says = f"the one of {size:,} entries that you hold is, as the log says, "
                report.add("since", says + "; ".join(filter(None, ended)), ok=None)

    def _ended(self, vkey: str, size: int) -> str | None:
        key = self._known.get(vkey, _Key())
        if key.compromised_from is not None and size >= key.compromised_from:
            return f"signed by {vkey}, compromised from size {key.compromised_from:,} on"
        if key.retired_from is not None and size >= key.retired_from:
            return f"signed by {vkey}, retired from size {key.retired_from:,} on"
        return None


def _earlier(size: int | None, other: int) -> int:
    return other if size is None else min(size, other)
