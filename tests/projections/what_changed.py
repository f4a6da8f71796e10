"""The changes of a recommendation or a response, worked out naively from its answers at both
moments."""

from collections.abc import Iterator, Mapping
from typing import Any

WATCHED = frozenset(
    {"new", "removed", "verdict_changed", "due_moved", "status_changed", "claim_changed"}
    | {"target_moved", "target_passed"}
)
UNTOLD = ("not_due", "due", "overdue", "not_looked_for", "no_period", "disapplied")
"""Verdicts of which neither days nor basis are watched."""
Answer = Mapping[str, Any]


def words(was: Mapping[str, Answer], now: Mapping[str, Answer]) -> set[tuple[str, str]]:
    """Return (address, word) of every change between two lists of answers, each by its address."""
    return {
        (path, word)
        for path in was.keys() | now.keys()
        for word in _of_one(was.get(path), now.get(path))
    }


def _of_one(was: Answer | None, now: Answer | None) -> Iterator[str]:
    if was is None or now is None:
        yield "new" if was is None else "removed"
    elif "verdict" in now:
        if _verdict(was) != _verdict(now):
            yield "verdict_changed"
        if was["due_on"] != now["due_on"]:
            yield "due_moved"
    elif "status" in now:
        if was["status"] != now["status"]:
            yield "status_changed"
        if (was["claim"] or {}).get("means") != (now["claim"] or {}).get("means"):
            yield "claim_changed"
        if was["target"]["on"] != now["target"]["on"]:
            yield "target_moved"
        elif now["target"]["standing"] == "passed" != was["target"]["standing"]:
            yield "target_passed"


def _verdict(one: Answer) -> tuple[Any, ...]:
    if one["verdict"] in UNTOLD:
        return (one["verdict"],)
    return one["verdict"], one["days"], one["at_least"], one["basis"]
