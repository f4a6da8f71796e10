"""Golden rows: what was once stored, and what it must say for ever.

A file `{topic}.{schema}.json` is a list of rows: `state` is a stored state, byte for byte, and
`entry` every value that it decodes to, absent ones and defaults included.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

from ledger.events import AnyEvent
from ledger.events.entry import Entry, encode
from tests.log.values import examples

FOLDER = Path(__file__).parent


def file_of(event: type[AnyEvent]) -> Path:
    return FOLDER / f"{event.TOPIC}.{event.SCHEMA}.json"


def rows(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8")) if file.exists() else []
    return found


def missing(event: type[AnyEvent]) -> list[str]:
    """States that show what an event can say today, and are in no row yet."""
    shown = [row["state"] for row in rows(file_of(event))]
    states = [encode(one).decode() for one in examples(event)]
    return [state for state in dict.fromkeys(states) if state not in shown]


def values(entry: Entry) -> Any:
    """Return every value of an entry, as JSON has them; the log's own (position, instant) left
    out."""
    plain = dataclasses.asdict(entry)
    del plain["position"], plain["recorded_at"]
    return json.loads(json.dumps(_without_openings(plain)))


def as_far_as(now: Any, then: Any) -> Any:
    """Return the values of an entry without the fields that were added since, where these say
    nothing."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {
            key: as_far_as(item, then.get(key))
            for key, item in now.items()
            if key in then or item is not None
        }
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [as_far_as(one, other) for one, other in zip(now, then, strict=True)]
    return now


def _without_openings(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_openings(item) for k, item in value.items() if k != "opening"}
    if isinstance(value, list | tuple):
        return [_without_openings(item) for item in value]
    return value
