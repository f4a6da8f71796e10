"""What acts on a recommendation give, beside what docs/reference/states.md says."""

from typing import Any

import pytest

from tests.api.site import (
    FORCE,
    NOTE,
    Published,
    Site,
    recommendation,
)
from tests.api.test_recommendation_page import words

Act = tuple[str, dict[str, Any]]
COMPLETE: Act = ("updates", {"claim": {"as_stated": "Done!", "means": "complete"}, "text": "Done."})
UPDATE: Act = ("updates", {"text": "Nothing is claimed."})
PROPOSED: Act = ("closure-proposals", {"reason": "It is done."})
CLOSED: Act = ("closures", {"reason": "Letter of 3 March."})
REFUSED: Act = ("refusals", {"reason": "Not yet."})
REOPENED: Act = ("reopenings", {"reason": "It came back."})
TARGET: Act = ("targets", {"on": "2026-04-30", "origin": "internal", "reason": "Later."})
ASSURANCE: Act = ("assurances", {"of": FORCE, "question": "Is it done?"})


def path_and_body(report: Published, act: Act, day: str | None) -> tuple[str, dict[str, Any]]:
    word, body = act
    return f"{report.recommendation}/{word}", {"source": NOTE, "occurred_on": day} | body


def do(site: Site, report: Published, act: Act, day: str | None) -> str:
    """Record an act of a day: the id of its entry."""
    path, body = path_and_body(report, act, day)
    return site.clerk.act(path, body)


def status(site: Site, report: Published, **asked: Any) -> str:
    found: str = site.clerk.reads(report.recommendation, **asked)["status"]
    return found


def test_a_claim_that_was_refused_holds_off_no_target(site, report):
    do(site, report, ("targets", TARGET[1] | {"on": "2025-07-01"}), "2025-06-01")
    do(site, report, COMPLETE, "2025-06-02")
    assert site.clerk.reads(report.recommendation)["target"]["standing"] == "over"

    do(site, report, REFUSED, "2025-06-03")

    assert site.clerk.reads(report.recommendation)["target"]["standing"] == "passed"


def test_one_is_reopened_whose_closure_is_not_recorded_and_the_page_says_so(site, report):
    do(site, report, REOPENED, "2025-06-01")

    found = site.clerk.reads(report.recommendation)
    assert (found["status"], found["reopened"]["undoes"]) == ("reopened", None)
    text = words(site.anybody.get(report.recommendation.removeprefix("/api")))
    assert "It had been closed earlier, on a day that isn’t recorded." in text


@pytest.mark.parametrize("ground", ["done", "no_longer_relevant", "not_recorded", None])
def test_a_closure_says_on_what_ground_as_the_publisher_states_it(site, report, ground):
    said = {"reason": "Letter.", "occurred_on": "2025-06-01"} | (
        {"ground": ground} if ground else {}
    )
    site.hmicfrs.act(f"{report.recommendation}/closures", said)

    assert site.clerk.reads(report.recommendation)["closed"]["ground"] == ground
    text = words(site.anybody.get(report.recommendation.removeprefix("/api")))
    assert ("it is no longer relevant." in text) == (ground == "no_longer_relevant")


def test_a_reopening_names_the_closure_that_it_undoes(site, report):
    closure = do(site, report, CLOSED, "2025-06-01")
    do(site, report, REOPENED, "2025-06-02")

    assert site.clerk.reads(report.recommendation)["reopened"]["undoes"] == closure


# Acts at their own place


def test_an_act_is_judged_by_what_had_happened_at_its_own_place(site, report):
    do(site, report, CLOSED, "2025-08-01")

    path, body = path_and_body(report, REFUSED, "2025-07-01")
    site.refuses(site.clerk, path, body, "not-allowed-here", "is open, but closure is refused")
    do(site, report, PROPOSED, "2025-06-01")  # before the closure, so it is allowed
    do(site, report, REFUSED, "2025-07-01")

    assert status(site, report) == "closed"
    assert status(site, report, effective_on="2025-06-15") == "closure_proposed"
    assert status(site, report, effective_on="2025-07-15") == "refused"


def test_a_month_counts_from_its_last_day_and_a_day_not_known_from_its_recording(site, report):
    do(site, report, PROPOSED, "2025-08")
    do(site, report, COMPLETE, None)

    assert status(site, report, effective_on="2025-08-30") == "open"
    assert status(site, report, effective_on="2025-08-31") == "closure_proposed"
    assert status(site, report, effective_on="2025-11-23") == "closure_proposed"
    assert status(site, report, effective_on="2025-11-24") == "claimed_complete"


def test_a_closed_one_says_so_only_while_it_is_closed(site, report):
    do(site, report, CLOSED, "2025-07-01")
    do(site, report, REOPENED, "2025-08-01")

    assert site.clerk.reads(report.recommendation)["closed"] is None
    assert site.clerk.reads(report.recommendation, effective_on="2025-07-15")["closed"]


# Assurances and updates


def test_an_update_answers_an_assurance_sought_about_the_same_recommendation(site):
    report = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    asked = do(site, report, ASSURANCE, "2025-06-01")
    update = do(site, report, UPDATE, "2025-06-02")
    elsewhere = site.clerk.act(
        f"/api/recommendations/{report.reference}/03/{FORCE}/assurances",
        ASSURANCE[1] | {"occurred_on": "2025-06-01"},
    )
    retracted = do(site, report, ASSURANCE, "2025-06-01")
    site.clerk.records(f"/api/entries/{retracted}/retraction", {"reason": "A slip."})
    body = UPDATE[1] | {"occurred_on": "2025-06-03", "source": NOTE}

    for other in (update, elsewhere, report.entry("recommendation-raised"), "nothing", retracted):
        site.refuses(
            site.clerk,
            f"{report.recommendation}/updates",
            body | {"answers": other},
            "answers",
            f"{other} is no assurance sought about this recommendation.",
        )
    assert site.clerk.reads(report.recommendation)["assurances"]["open"] == 1
    site.clerk.records(f"{report.recommendation}/updates", body | {"answers": asked})
    assert site.clerk.reads(report.recommendation)["assurances"]["answered"] == 1


def test_a_claim_never_reads_as_done(site, report):
    do(site, report, COMPLETE, "2025-09-01")

    one = site.clerk.reads(report.recommendation)
    assert one["status"] == "claimed_complete"
    assert one["closed"] is None
    assert one["claim"]["means"] == "complete"


def test_a_target_that_moves_shows_the_original_and_how_often_and_never_moves_the_due_date(site):
    target = {"on": "2025-09-30", "phrase": "By 30 September 2025"}
    report = site.publish(recommendations=[recommendation(target=target)])
    before = site.clerk.reads(report.response)
    for day, on in (("2025-07-01", "2025-12-31"), ("2025-08-01", "2026-03-31")):
        do(site, report, ("targets", TARGET[1] | {"on": on}), day)

    target = site.clerk.reads(report.recommendation)["target"]
    assert (target["original_on"], target["on"], target["moves"]) == (
        "2025-09-30",
        "2026-03-31",
        2,
    )
    assert target["standing"] == "ahead"
    after = site.clerk.reads(report.response)
    assert after["due_on"] == before["due_on"] == "2025-07-10"
    assert (
        site.clerk.reads(report.recommendation, effective_on="2025-07-15")["target"]["moves"] == 1
    )


@pytest.mark.parametrize(
    ("act", "standing"), [(None, "passed"), (COMPLETE, "over"), (CLOSED, "over")]
)
def test_a_target_has_passed_where_neither_closure_nor_a_claim_is_recorded(
    site, report, act, standing
):
    do(site, report, ("targets", TARGET[1] | {"on": "2025-08-31"}), "2025-06-01")
    if act:
        do(site, report, act, "2025-07-01")

    target = site.clerk.reads(report.recommendation)["target"]
    assert target["standing"] == standing
    assert target["days"] == (85 if standing == "passed" else None)
