"""The number, theme and level that a recommendation has in its publisher's own register."""

import pytest

from tests.api.test_recommendation_page import words
from tests.api.town import Published, recommendation

GIVEN = {"publisher_number": "HMI-4711/b", "theme": "Vetting", "level": "National"}
NOT_GIVEN = dict.fromkeys(GIVEN)
WHY = {"reason": "A slip."}


@pytest.fixture
def report(town) -> Published:
    listed = [recommendation("02", **GIVEN), recommendation("03")]
    published: Published = town.publish(recommendations=listed)
    return published


def shown(found) -> dict[str, str | None]:
    return {name: found[name] for name in GIVEN}


def test_they_are_answered_as_given_and_null_where_they_are_not(town, report):
    listed = town.anybody.reads("/api/recommendations", report=report.reference)["items"]

    assert shown(town.anybody.reads(report.recommendation)) == GIVEN
    assert [shown(one) for one in listed] == [GIVEN, NOT_GIVEN]


def test_they_stand_in_the_entry_itself(town, report):
    first, second = (
        one["data"] for one in report.answer["events"] if one["type"] == "recommendation-raised"
    )

    assert shown(first) == GIVEN
    assert not GIVEN.keys() & second.keys()


def test_they_are_corrected_and_were_known_otherwise_before(town, report):
    before, entry = town.position, report.entry("recommendation-raised")
    for field, now in (("theme", "Standards"), ("level", None)):
        asked = WHY | {"field": field, "now": now}
        town.clerk.act(f"/api/entries/{entry}/corrections", asked)

    assert shown(town.anybody.reads(report.recommendation)) == GIVEN | {
        "theme": "Standards",
        "level": None,
    }
    assert shown(town.anybody.reads(report.recommendation, known_at=before)) == GIVEN


@pytest.mark.parametrize("given", ["x" * 201, "Two\nlines", " before", "after ", "a  b", ""])
@pytest.mark.parametrize("field", GIVEN)
def test_each_is_one_short_line(town, field, given):
    asked = town.report(recommendations=[recommendation(**{field: given})])
    answer = town.clerk.post("/api/reports", asked)

    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json["errors"]] == [f"recommendations.0.{field}"]


def test_a_correction_makes_none_of_them_longer(town, report):
    asked = WHY | {"field": "theme", "now": "x" * 201}
    path = f"/api/entries/{report.entry('recommendation-raised')}/corrections"

    town.refuses(town.clerk, path, asked, "does-not-fit", "200 is the most")


def test_they_are_no_texts_that_could_be_redacted(town, report):
    asked = {"field": "theme", "basis": "personal_data"}
    path = f"/api/entries/{report.entry('recommendation-raised')}/redaction"
    before = town.position

    answer = town.clerk.post(path, asked)

    assert (answer.status_code, town.position) == (409, before)
    assert "theme" in answer.json["detail"]


def test_the_page_shows_them(town, report):
    town.catch_up()
    text = words(town.anybody.get(report.recommendation.removeprefix("/api")))

    assert "Theme Vetting Level National Publisher’s number HMI-4711/b" in text
