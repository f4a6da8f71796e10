"""How many threads of a process wait at once for what follows the log, so that others remain."""

import threading
from collections.abc import Callable

MOMENT = 0.1
"""Seconds that everybody may wait: longer than followers take, where they keep up."""

Look = Callable[[float], bool]
"""Waits so many seconds at most: whether what is waited for is there."""


class Waits:
    """So many wait at once for longer than a moment; None: as many as come."""

    def __init__(self, most: int | None) -> None:
        self._places = None if most is None else threading.BoundedSemaphore(most)

    def wait(self, look: Look, seconds: float) -> bool:
        """Wait so long at most, or a moment where no place is free: whether it is there."""
        if self._places is None or seconds <= MOMENT:
            return look(seconds)
        if look(MOMENT):
            return True
        if not self._places.acquire(blocking=False):
            return False
        try:
            return look(seconds - MOMENT)
        finally:
            self._places.release()


ANYBODY = Waits(None)
"""Of a command, which has its process to itself."""
