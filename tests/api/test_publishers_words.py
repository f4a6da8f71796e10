"""The number, theme and level that a recommendation has in its publisher's own register."""

import pytest

from tests.api.site import Published, recommendation
from tests.api.test_recommendation_page import words

GIVEN = {"publisher_number": "HMI-4711/b", "theme": "Vetting", "level": "National"}
NOT_GIVEN = dict.fromkeys(GIVEN)
WHY = {"reason": "A slip."}


@pytest.fixture
def report(site) -> Published:
    listed = [recommendation("02", **GIVEN), recommendation("03")]
    published: Published = site.publish(recommendations=listed)
    return published


def shown(found) -> dict[str, str | None]:
    return {name: found[name] for name in GIVEN}


def test_they_are_answered_as_given_and_null_where_they_are_not(site, report):
    listed = site.anybody.reads("/api/recommendations", report=report.reference)["items"]

    assert shown(site.anybody.reads(report.recommendation)) == GIVEN
    assert [shown(one) for one in listed] == [GIVEN, NOT_GIVEN]


def test_they_are_corrected_and_were_known_otherwise_before(site, report):
    before, entry = site.position, report.entry("recommendation-raised")
    for field, now in (("theme", "Standards"), ("level", None)):
        asked = WHY | {"field": field, "now": now}
        site.clerk.act(f"/api/entries/{entry}/corrections", asked)

    assert shown(site.anybody.reads(report.recommendation)) == GIVEN | {
        "theme": "Standards",
        "level": None,
    }
    assert shown(site.anybody.reads(report.recommendation, known_at=before)) == GIVEN


def test_each_is_one_short_line(site):
    for field in GIVEN:
        for given in ("x" * 201, "Two\nlines", " before", "after ", "a  b", ""):
            asked = site.report(recommendations=[recommendation(**{field: given})])
            answer = site.clerk.post("/api/reports", asked)

            assert answer.status_code == 422, answer.text
            assert [one["field"] for one in answer.json["errors"]] == [f"recommendations.0.{field}"]


def test_a_correction_makes_none_of_them_longer(site, report):
    asked = WHY | {"field": "theme", "now": "x" * 201}
    path = f"/api/entries/{report.entry('recommendation-raised')}/corrections"

    site.refuses(site.clerk, path, asked, "does-not-fit", "200 is the most")


def test_the_page_shows_them(site, report):
    site.catch_up()
    text = words(site.anybody.get(report.recommendation.removeprefix("/api")))

    assert "Theme Vetting Level National Publisher’s number HMI-4711/b" in text
