"""Grades on a page: by question, and on whose word they are."""

from collections.abc import Sequence
from itertools import groupby

from api.reading.recommendation_sentences import whose_word
from ledger.events.report import as_asked
from projections.answers.report import GradeGiven


def by_question(grades: Sequence[GradeGiven]) -> list[tuple[str, list[GradeGiven]]]:
    """Return the grades of each question, in the order in which they come."""
    together = groupby(grades, key=lambda one: as_asked(one.question))
    return [(first.question, [first, *rest]) for _, (first, *rest) in together]


def on_one_word(grades: Sequence[GradeGiven]) -> str | None:
    """Return on whose word and of which day all these grades are; None if that differs."""
    found = {whose_word(one) for one in grades}
    return found.pop() if len(found) == 1 else None
