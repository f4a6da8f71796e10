"""The vectors of a verdict: a report of 16 May 2025 with the publisher's page held, due on 10 July.

The verdict's function, the service and `replay` each judge them: tests/test_compliance.py,
tests/api/test_vectors.py and tests/test_replay_vectors.py.
"""

from dataclasses import dataclass

LATER = "2025-11-24"
"""The day on which everything is recorded, unless a vector says another."""


@dataclass(frozen=True)
class Said:
    """A statement: the day it is said to be of, when it was entered, when a copy was received."""

    published_on: str | None
    recorded: str = LATER
    captured: str | None = None


@dataclass(frozen=True)
class Case:
    """Recorded statements, and the answer to those who ask on a day."""

    said: tuple[Said, ...]
    asked_on: str
    verdict: str
    days: int | None = None
    at_least: bool = False
    published: str | None = None
    """The basis of the publication's day."""
    known_at: str | None = None


CASES = [
    Case((Said("2025-07-10"),), LATER, "in_time", published="stated"),
    Case((Said("2025-07-11"),), LATER, "late", 1, published="stated"),
    Case((Said("2025-07-14"),), LATER, "late", 4, published="stated"),
    Case((Said(None),), "2025-06-01", "not_due", 39, published="recorded"),
    Case((Said(None),), "2025-08-01", "not_shown", published="recorded"),
    Case((Said(None),), LATER, "not_shown", published="recorded"),
    Case((Said(None, "2025-07-01"),), LATER, "in_time", published="recorded"),
    Case((Said(None, captured="2025-07-01"),), LATER, "in_time", published="captured"),
    Case((Said("2025-06"),), LATER, "in_time", published="stated"),
    Case((Said("2025-07"),), LATER, "not_shown", published="recorded"),
    Case((Said("2025-08"),), LATER, "late", 22, at_least=True, published="stated"),
    Case((Said("2025-07"),), "2025-07-25", "not_shown", published="recorded"),
    Case((Said("2025-07", "2025-07-05"),), LATER, "in_time", published="recorded"),
    Case((Said("2025-09-01"), Said(None)), "2025-08-01", "not_shown", published="recorded"),
    Case((Said("2025-09-01"), Said(None)), LATER, "not_shown", published="recorded"),
    Case(
        (Said("2025-08-05"), Said(None, captured="2025-09-01")),
        LATER,
        "not_shown",
        published="captured",
    ),
    Case((), "2025-06-25", "not_due", 15),
    Case((), "2025-06-26", "due", 14),
    Case((), "2025-07-10", "due", 0),
    Case((), "2025-07-11", "overdue", 1),
    Case((Said("2025-07-10", "2025-08-01"),), "2025-07-20", "overdue", 10, known_at="2025-07-20"),
    Case((Said("2025-07-10", "2025-08-01"),), LATER, "in_time", published="stated"),
    Case((Said("2025-07-10", "2025-08-01"),), "2025-07-20", "in_time", published="stated"),
]
