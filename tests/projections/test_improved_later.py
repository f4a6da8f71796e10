"""The order of verdicts from worse to better. The histories of test_replay_oracle try that answers
name each improvement, since `replay` works them out for itself."""

import pytest

from projections.verdict.compliance import Finding, improves


@pytest.mark.parametrize(
    ("after", "before", "is_better"),
    [
        (Finding("in_time"), Finding("overdue", 10), True),
        (Finding("in_time"), Finding("late", 4), True),
        (Finding("in_time"), Finding("not_shown"), True),
        (Finding("not_shown"), Finding("late", 4), True),
        (Finding("not_shown"), Finding("overdue", 4), True),
        (Finding("disapplied"), Finding("overdue", 4), True),
        (Finding("due", 3), Finding("overdue", 4), True),
        (Finding("late", 2), Finding("late", 4), True),
        (Finding("overdue", 2), Finding("overdue", 4), True),
        (Finding("late", 4), Finding("overdue", 10), False),
        (Finding("overdue", 1), Finding("late", 4), False),
        (Finding("late", 4), Finding("late", 4, at_least=True), False),
        (Finding("late", 4), Finding("not_shown"), False),
        (Finding("not_shown"), Finding("in_time"), False),
        (Finding("not_due", 20), Finding("due", 3), False),
        (Finding("in_time"), Finding("due", 3), False),
        (Finding("no_period"), Finding("in_time"), False),
        (Finding("in_time"), Finding("incomplete"), True),
        (Finding("incomplete"), Finding("late", 4), True),
        (Finding("not_looked_for"), Finding("incomplete"), True),
        (Finding("incomplete"), Finding("not_shown"), False),
    ],
)
def test_less_bad_is_better_and_so_are_fewer_days_of_the_same(after, before, is_better):
    assert improves(after, before) == is_better
