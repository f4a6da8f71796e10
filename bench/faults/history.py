"""What writers did and what they were told: operations as JSON lines, in the form that Jepsen's
checkers read (`index`, `process`, `type`, `f`, `value`, `time`)."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

Type = Literal["invoke", "ok", "fail", "info"]
"""`ok`: it was acknowledged. `fail`: it was refused, and nothing was recorded. `info`: nobody
knows."""


@dataclass(frozen=True)
class Operation:
    """A moment of one operation: offered, or what was told of it."""

    process: int
    type: Type
    value: str
    """The name of the act, which no other act has."""
    time: int
    """Nanoseconds since the history began."""
    position: int | None = None
    """The position that an acknowledgement names."""
    error: str | None = None


@dataclass
class History:
    """The operations of all writers, in their order."""

    operations: list[Operation] = field(default_factory=list)
    _began: int = field(default_factory=time.monotonic_ns)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(
        self,
        process: int,
        type_: Type,
        value: str,
        position: int | None = None,
        error: str | None = None,
    ) -> None:
        """Add what happened now."""
        with self._lock:
            now = time.monotonic_ns() - self._began
            self.operations.append(Operation(process, type_, value, now, position, error))

    def told(self, type_: Type) -> Iterator[Operation]:
        """Yield the operations of a type."""
        return (one for one in list(self.operations) if one.type == type_)

    def count(self, type_: Type) -> int:
        """Return how many operations of a type there are."""
        return sum(1 for _ in self.told(type_))

    def longest_gap(self) -> float:
        """Return the longest time between two acknowledgements, in seconds."""
        moments = [one.time for one in self.told("ok")]
        gaps = (later - earlier for earlier, later in pairwise(moments))
        return max(gaps, default=0) / 1e9

    def write(self, path: Path) -> None:
        """Write the history as JSON lines."""
        with path.open("w") as file:
            for index, one in enumerate(self.operations):
                line = {
                    "index": index,
                    "process": one.process,
                    "type": one.type,
                    "f": "append",
                    "value": one.value,
                    "time": one.time,
                    "position": one.position,
                    "error": one.error,
                }
                file.write(json.dumps(line) + "\n")
