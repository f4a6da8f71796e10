"""Many acts in one request: each hundred is recorded whole or not at all, and once."""

import pytest

from tests.api.site import FORCE, NOTE, problem_of, recommendation

KEY = {"Idempotency-Key": "updates of November"}


def updates(report, number=250):
    """Return updates to the recommendation of a report, each as a request to its own route has
    it."""
    to = f"{report.recommendation}/updates"
    return [
        {"to": to, "says": {"text": f"Step {n} is done.", "occurred_on": "2025-11-20", "by": FORCE}}
        for n in range(number)
    ]


def trail(site, report):
    return site.force.reads(f"{report.recommendation}/history", limit=500)["items"]


def test_the_hundreds_before_a_refused_act_stand_and_the_list_goes_on_once_it_is_mended(
    site, report
):
    acts = updates(report)
    mended = acts[129]
    acts[129] = mended | {"says": mended["says"] | {"occurred_on": "2031-01-01"}}
    before = site.position

    refused = site.force.post("/api/acts", {"acts": acts}, KEY)
    again = site.force.post("/api/acts", {"acts": acts}, KEY)

    said = problem_of(refused, 409, "refused:not-in-the-future")
    assert (said["act"], said["resume_at"]) == (129, 100)
    assert said["recorded"] == [
        {
            "first_act": 0,
            "last_act": 99,
            "first_position": before + 1,
            "last_position": before + 100,
        }
    ]
    assert again.data == refused.data
    assert site.position == before + 100

    acts[129] = mended
    whole = site.force.records("/api/acts", {"acts": acts}, KEY)
    repeated = site.force.records("/api/acts", {"acts": acts}, KEY)

    assert whole == repeated
    assert [(one["first_act"], one["last_position"]) for one in whole["recorded"]] == [
        (0, before + 100),
        (100, before + 200),
        (200, before + 250),
    ]
    assert whole["position"] == site.position == before + 250
    told = [one["texts"]["text"]["text"] for one in trail(site, report)[1:]]
    assert told == [one["says"]["text"] for one in acts]


def test_another_act_in_a_hundred_that_is_recorded_is_a_key_used_before(site, report):
    acts = updates(report, 2)
    headers = {"Idempotency-Key": "two of them"}
    site.force.records("/api/acts", {"acts": acts}, headers)

    other = site.force.post("/api/acts", {"acts": acts[::-1]}, headers)

    problem_of(other, 422, "key-reused")


def test_acts_on_different_things_are_recorded_and_one_may_rest_on_another(site, report):
    raised = recommendation("09", occurred_on=None, source=NOTE)
    acts = [
        {"to": f"{report.path}/recommendations", "says": raised},
        {
            "to": report.recommendation.replace("/02/", "/09/") + "/assurances",
            "says": {"of": FORCE, "question": "Is it done?", "occurred_on": None},
        },
    ]

    site.clerk.records("/api/acts", {"acts": acts})

    types = [
        one["type"] for one in site.clerk.reads("/api/entries", after=site.position - 2)["items"]
    ]
    assert [one.split(".")[1] for one in types] == ["recommendation-raised", "assurance-sought"]


def test_nothing_is_recorded_where_any_act_is_not_in_its_form(site, report):
    acts = updates(report, 150)
    acts[3] = {"to": f"{report.recommendation}/history", "says": {}}
    acts[120] = acts[120] | {"says": {"txt": "Done"}}
    before = site.position

    said = problem_of(site.force.post("/api/acts", {"acts": acts}), 422, "unfit")

    assert (said["act"], said["recorded"], said["resume_at"]) == (3, [], 0)
    assert {one["field"] for one in said["errors"]} == {
        "acts.3.to",
        "acts.120.says.occurred_on",
        "acts.120.says.text",
        "acts.120.says.txt",
    }
    assert site.position == before


@pytest.mark.parametrize(
    ("who", "acts", "status"),
    [
        ("clerk", lambda report: updates(report, 1_001), 413),
        ("clerk", lambda report: [*updates(report, 1), {"to": "/api/rules", "says": {}}], 403),
        ("reader", lambda report: updates(report, 1), 403),
        (None, lambda report: updates(report, 1), 401),
    ],
    ids=["too many", "one needs another scope", "may not record", "nobody"],
)
def test_nothing_is_recorded_of_too_many_acts_or_without_permission_for_each(
    site, report, who, acts, status
):
    before = site.position

    assert site.caller(who).post("/api/acts", {"acts": acts(report)}).status_code == status
    assert site.position == before


def test_a_body_that_is_too_large_says_so(site, report):
    (act,) = updates(report, 1)
    act["says"]["text"] = "x" * (17 * 1024 * 1024)

    said = problem_of(
        site.force.post("/api/acts", {"acts": [act]}), 413, "request-entity-too-large"
    )

    assert "16 MB" in said["detail"]
