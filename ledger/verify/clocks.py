"""Where the log says that its clock was wrong, and at which moment its entries count as recorded.

An entry `clock-was-wrong` names the first position that was recorded by a wrong clock. The entries
from that position up to it count as recorded at its own moment, if theirs is later.
"""

from dataclasses import dataclass, field

from ledger.verify.line import LineError, LoggedEntry, read

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
