"""Extensions entered late or corrected: each gives more time at its place, or changes nothing."""

import pytest

from tests.api.test_the_whole_life import DUE, MORE_TIME, by_hand
from tests.api.town import NOTE


@pytest.fixture
def path(town):
    return by_hand(town, town.publish())


def due(town, path, day="2025-11-24"):
    town.catch_up()
    return town.anybody.reads(path, effective_on=day)["due_on"]


def test_the_longer_of_two_extensions_counts_whichever_comes_last(town, path):
    more = MORE_TIME | {"source": NOTE}
    town.admin.act(f"{path}/extensions", more | {"occurred_on": "2025"})
    town.admin.act(f"{path}/extensions", more | {"due_on": "2025-10-01"})

    assert due(town, path, "2025-07-02") == DUE
    assert due(town, path, "2025-07-03") == due(town, path) == "2025-10-01"
    told = town.anybody.reads(f"{path}/working")["sentences"]
    (said,) = (one for one in told if "is the last day since then" in one)
    assert said.startswith("More time was granted by The inspector, as was said, by ")


def test_an_extension_corrected_to_a_day_before_the_last_one_shortens_nothing(town, path):
    granted = town.admin.act(f"{path}/extensions", MORE_TIME)
    shorter = {"field": "due_on", "now": "2025-07-20", "reason": "A slip.", "source": NOTE}
    town.admin.act(f"/api/entries/{granted}/corrections", shorter)

    assert due(town, path) == DUE
    town.admin.act(f"{path}/extensions", MORE_TIME | {"due_on": "2025-08-15"})
    assert due(town, path) == "2025-08-15"
