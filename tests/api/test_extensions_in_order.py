"""Extensions entered late or corrected: each gives more time at its place, or changes nothing."""

import pytest

from tests.api.founding import RECORD_KEPT
from tests.api.site import NOTE, problem_of
from tests.api.test_the_whole_life import DUE, MORE_TIME, by_hand

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


@pytest.fixture
def path(site):
    return by_hand(site, site.publish())


def due(site, path, day="2025-11-24"):
    site.catch_up()
    return site.anybody.reads(path, effective_on=day)["due_on"]


def test_the_longer_of_two_extensions_counts_whichever_comes_last(site, path):
    more = MORE_TIME | {"source": NOTE}
    site.admin.act(f"{path}/extensions", more | {"occurred_on": "2025"})
    site.admin.act(f"{path}/extensions", more | {"due_on": "2025-10-01"})

    assert due(site, path, "2025-07-02") == DUE
    assert due(site, path, "2025-07-03") == due(site, path) == "2025-10-01"
    told = site.anybody.reads(f"{path}/working")["sentences"]
    (said,) = (one for one in told if "is the last day since then" in one)
    assert said.startswith("More time was granted by The inspector, as was said, by ")


def test_an_extension_with_two_days_accuses_nobody_between_them(site, path):
    """It was granted on 3 July, and is recorded as of 20 November."""
    site.admin.records(f"{path}/extensions", MORE_TIME | {"occurred_on": "2025-11-20"})
    for day in ("2025-08-02", "2025-09-01", "2025-09-02", "2025-09-04"):
        site.clerk.records(f"{path}/lookups", {"looked_on": day, "where": "Its page."})
    site.catch_up()

    for day, verdict in (
        ("2025-08-02", "not_shown"), ("2025-09-01", "not_shown"), ("2025-09-02", "overdue"),
    ):  # fmt: skip
        assert site.anybody.reads(path, effective_on=day)["verdict"] == verdict, day
    assert site.anybody.reads(path, effective_on="2025-09-04")["at_least"]


def test_an_extension_that_is_to_be_granted_is_none(site, path):
    problem = problem_of(
        site.admin.post(f"{path}/extensions", MORE_TIME | {"granted_on": "2026-05-05"}),
        409,
        "refused:extension",
    )

    assert problem["detail"] == "It is to be granted on 5 May 2026: record it when it is."


def test_no_correction_makes_an_application_too_late(site, path):
    first = site.admin.act(f"{path}/extensions", MORE_TIME)
    later = MORE_TIME | {"applied_on": "2025-08-20", "granted_on": "2025-08-21"}
    second = site.admin.act(
        f"{path}/extensions", later | {"due_on": "2025-10-01", "occurred_on": "2025-08-21"}
    )
    why = {"reason": "A slip.", "source": NOTE}
    before = site.position

    for entry, field, now in (
        (second, "applied_on", "2025-09-02"), (first, "due_on", "2025-08-10"),
    ):  # fmt: skip
        said = why | {"field": field, "now": now}
        if field == "applied_on":
            granted = {"field": "granted_on", "now": "2025-09-03"}
            site.admin.act(f"/api/entries/{entry}/corrections", why | granted)
            before = site.position
        problem = problem_of(
            site.admin.post(f"/api/entries/{entry}/corrections", said), 409, "refused:extension"
        )
        assert f"due already when more time was applied for: {second}" in problem["detail"]
    problem = problem_of(
        site.admin.post(f"/api/entries/{first}/retraction", why), 409, "refused:others-rest-on-it"
    )
    assert second in problem["detail"]
    assert site.position == before
