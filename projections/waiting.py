"""Waits until the read models have reached a position: for a while, and so many at once."""

import threading
import time
from collections.abc import Callable

import psycopg

from ledger import dates
from ledger.errors import LogUnreachable
from projections.as_of import At, NotKnownYet, as_far_as, whole
from projections.head import Head, head

WAIT = 2.0
"""Seconds that a question waits for the read models to reach a position."""
_LOOK_AGAIN = 0.002


class NotThereYet(LogUnreachable):
    """The read models have not reached the position asked for within the wait (503)."""


class NotBuiltYet(NotThereYet):
    """The read models have no tables yet, or those of another version (503)."""


MOMENT = 0.1
"""Seconds that everybody may wait: longer than followers take, where they keep up."""

Wait = Callable[[float], bool]
"""Waits so many seconds at most, and returns whether what is waited for is there."""


class Waits:
    """So many wait at once for longer than a moment; None: as many as come."""

    def __init__(self, most: int | None) -> None:
        self._places = None if most is None else threading.BoundedSemaphore(most)

    def wait(self, until: Wait, seconds: float) -> bool:
        """Wait so long at most, or a moment where no place is free. Return whether it is there."""
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
"""Of a command, which has its process to itself."""


def wait_for(conn: psycopg.Connection, position: int, waits: Waits = ANYBODY) -> Head:
    """Wait until the read models have reached a position, which the log has: two seconds at most,
    if one of the places for who waits is free. NotThereYet where they do not.

    A position beyond the log's end is no matter of waiting: nobody can have been told of it
    (docs/decisions/0031-nobody-waits-for-what-is-not-recorded.md). NotKnownYet at once.
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
    if position > now.position:
        raise NotKnownYet(
            "min_position",
            f"The log ends at position {now.position}, before {position}: give one that an answer "
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
    """The same question to the read models. Now is what they have reached, after waiting so many
    seconds at most until that is all that was recorded before the question: whoever has recorded
    something finds it in what is asked next. Where they are stuck, or so far behind that all places
    for who waits are taken, nobody waits. `now`: how far they were when it was asked."""
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
