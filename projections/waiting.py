"""Waits until the read models have reached a position: for a limited time, and only so many callers
at once."""

import threading
import time
from collections.abc import Callable

import psycopg

from ledger import dates
from ledger.errors import LogUnreachable
from projections.as_of import At, NotKnownYet, as_far_as, whole
from projections.head import Head, head

WAIT = 2.0
"""The seconds that a question waits for the read models to reach a position."""
_LOOK_AGAIN = 0.002


class NotThereYet(LogUnreachable):
    """The read models did not reach the position within the wait (503)."""


class NotBuiltYet(NotThereYet):
    """The read models have no tables yet, or another version's (503)."""


MOMENT = 0.1
"""The seconds that every caller may wait: longer than the projector takes when it keeps up."""

Wait = Callable[[float], bool]
"""Wait for so many seconds at most, and return whether the position is reached."""


class Waits:
    """The places for callers that wait longer than a moment; `most` is their number, None for
    any."""

    def __init__(self, most: int | None) -> None:
        self._places = None if most is None else threading.BoundedSemaphore(most)

    def wait(self, until: Wait, seconds: float) -> bool:
        """Wait for so many seconds at most, or for a moment if no place is free. Return whether the
        position is reached."""
        if self._places is None or seconds <= MOMENT:
            return until(seconds)
        if until(MOMENT):
            return True
        if not self._places.acquire(blocking=False):
            return False
        try:
            return until(seconds - MOMENT)
        finally:
            self._places.release()


ANYBODY = Waits(None)
"""For a command, which has its process to itself."""


def wait_for(
    conn: psycopg.Connection,
    position: int,
    waits: Waits = ANYBODY,
    end: Callable[[], int] | None = None,
) -> Head:
    """Wait until the read models have reached a position of the log, and return the head then. Wait
    for WAIT seconds at most, or for a moment if no place is free; then raise NotThereYet.

    Raise NotKnownYet at once for a position beyond the log's end: no answer can have named it
    (docs/decisions/0031-nobody-waits-for-what-is-not-recorded.md). On a replica, `end` asks the
    primary where its log ends.
    """
    now = head(conn)

    def there(seconds: float) -> bool:
        nonlocal now
        deadline = time.monotonic() + seconds
        while now.reached < position:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_AGAIN)
            now = head(conn)
        return True

    if there(0):
        return now
    if position > now.position and position > (last := end() if end else now.position):
        raise NotKnownYet(
            "min_position",
            f"The log ends at position {last}, before {position}: give one that an answer "
            "has told of, or leave min_position out.",
        )
    if not waits.wait(there, WAIT):
        raise NotThereYet(
            f"The read models are at position {now.reached}, not yet at {position}. Try again."
        )
    return now


def for_lists(
    conn: psycopg.Connection,
    when: At,
    now: Head,
    patience: float = WAIT,
    waits: Waits = ANYBODY,
) -> At:
    """Return the question as the read models can answer it. `now` is the head when it was asked.

    A question about now gets the position that they have reached. Before, wait for `patience`
    seconds at most until they have everything recorded before the question, so that a client finds
    in a list what it has just recorded. Do not wait if the projector is stuck, and only for a
    moment if no place is free.
    """
    if when.known_at is not None:
        if now.reached < when.position:
            wait_for(conn, when.position, waits)
        return when

    def enough(seconds: float) -> bool:
        nonlocal now
        deadline = time.monotonic() + seconds
        while now.reached < when.position and not now.stuck and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN)
            now = head(conn)
        return now.reached >= when.position or now.stuck

    waits.wait(enough, patience)
    there = now.reached
    found = as_far_as(conn, when, whole(conn, there)) if there != when.position else when
    if found.effective_on < when.effective_on and when.day_given:
        raise NotThereYet(
            f"The read models are at position {there}, which tells nothing of "
            f"{dates.in_words(when.effective_on)}. Try again."
        )
    return found
