"""Whose a duty or a recommendation is, where one body follows another.

It is of whoever holds the office, until it is settled: answered or ended, or its last day over;
from then on it is counted with whoever held the office on the day that settled it.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ledger.replay.world import World


def first_of(on: date, last_days: Iterable[date | None], others: Iterable[date | None]) -> date:
    """The day that settles a matter: the first of those after its last days, and of others; the
    day asked about, where none has come."""
    over = [day + timedelta(days=1) for day in last_days if day and day < date.max]
    return min([on, *over, *(day for day in others if day)])


def gone_since(world: World, body: str) -> date | None:
    """The last day on which a body's office was held, if nobody holds it on the day asked about:
    neither the body, nor any that follow it by then."""
    seen: set[str] = set()
    at = body
    while at not in seen and (one := world.register.successions.get(at)) and one.on <= world.on:
        seen.add(at)
        at = one.successor
    ends = world.bodies.get(at, {}).get("ends")
    last = date.fromisoformat(str(ends)) if ends else date.max
    return last if last < world.on else None


def office(world: World, body: str, settled_on: date, *, done: bool) -> dict[str, Any] | None:
    """What an answer says of it; None where nobody follows the body. What is `done` with is taken
    over by nobody."""
    known = world.register.successions
    if body not in known:
        return None
    counted_with = now = at = body
    on = date.min
    follow: list[dict[str, Any]] = []
    seen: set[str] = set()
    while at in known and at not in seen:  # a log made to mislead may come back to where it began
        seen.add(at)
        one = known[at]
        on = max(on, one.on)  # who was followed before its own turn never had it
        if on <= settled_on:
            counted_with = one.successor
        if on <= world.on:
            now = one.successor
        follow.append({"from": at, "to": one.successor, "on": one.on.isoformat(), "entry": one.id})
        at = one.successor
    return {
        "counted_with": counted_with,
        "now": now,
        "taken_over": counted_with != now and not done,
        "successions": follow,
    }
