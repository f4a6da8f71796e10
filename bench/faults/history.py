"""What writers did and what they were told: operations as JSON lines, in the form that Jepsen's
checkers read (`index`, `process`, `type`, `f`, `value`, `time`)."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

Type = Literal["invoke", "ok", "fail", "info"]
"""`ok`: it was acknowledged. `fail`: it was refused, and nothing was recorded. `info`: nobody
knows."""
READER = 1000
"""The process that reads the log; writers have lower numbers."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A moment of one operation: offered, or what was told of it."""

    process: int | str
    type: Type
    value: str
    """The name of the act, which no other act has; of the fault, where the process is `nemesis`."""
    time: int
    """Nanoseconds since the history began."""
    position: int | None = None
    """The position that an acknowledgement names; of a read, the position that it begins after."""
    error: str | None = None
    sealed: bool = False
    """True if the acknowledgement came with its receipt."""
    f: str = "append"
    read: tuple[int, ...] | None = None
    """The positions that a read answered with."""


@dataclass
class History:
    """The operations of all writers, in their order."""

    operations: list[Operation] = field(default_factory=list)
    _counts: Counter[Type] = field(default_factory=Counter)
    _began: int = field(default_factory=time.monotonic_ns)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(
        self,
        process: int,
        type_: Type,
        value: str,
        position: int | None = None,
        error: str | None = None,
        *,
        sealed: bool = False,
    ) -> None:
        """Add what happened now to an act."""
        with self._lock:
            now = time.monotonic_ns() - self._began
            self.operations.append(Operation(process, type_, value, now, position, error, sealed))
            self._counts[type_] += 1

    def note_read(self, type_: Type, after: int, read: tuple[int, ...] | None = None) -> None:
        """Add that the log is read, or the positions that a read answered with."""
        with self._lock:
            now = time.monotonic_ns() - self._began
            made = Operation(READER, type_, "", now, after, f="read", read=read)
            self.operations.append(made)

    def note_fault(self, name: str) -> None:
        """Add that a fault comes or goes."""
        with self._lock:
            now = time.monotonic_ns() - self._began
            self.operations.append(Operation("nemesis", "info", name, now, f="fault"))

    def told(self, type_: Type) -> Iterator[Operation]:
        """Yield the operations of acts that have a type."""
        return (one for one in list(self.operations) if one.type == type_ and one.f == "append")

    def count(self, type_: Type) -> int:
        """Return how many operations of acts have a type."""
        return self._counts[type_]

    def longest_gap(self) -> float:
        """Return the longest time between two acknowledgements, in seconds."""
        moments = [one.time for one in self.told("ok")]
        gaps = (later - earlier for earlier, later in pairwise(moments))
        return max(gaps, default=0) / 1e9

    def write(self, path: Path, log: list[tuple[int, str]]) -> None:
        """Write the history as JSON lines; the last one is the log, position and act of each
        entry, as it was read at the end."""
        end = time.monotonic_ns() - self._began
        last = {"process": READER, "type": "ok", "f": "log", "value": log, "time": end}
        with path.open("w") as file:
            for index, line in enumerate([*map(asdict, self.operations), last]):
                file.write(json.dumps({"index": index} | line) + "\n")
