"""Pages that the database cuts: put together they are the whole list, in order, at any dates."""

from typing import Any, get_args
from urllib.parse import quote

import pytest

from projections.questions.paging import SORTS
from projections.states.recommendation import Standing
from tests.api.site import FORCE, NOTE, problem_of, recommendation
from tests.conftest import cells

DAYS = ("2020-01-01", "2022-06-30", "2024-03-31", "2025-11-24")


@pytest.fixture(scope="module")
def year(seeded_site):
    """Reports of three offices, and some whose numbers and targets put the order to the test."""
    seeded_site.publish(
        published_on="2023-05-16",
        recommendations=[
            recommendation(number, target={"on": target} if target else None)
            for number, target in (
                ("10", "2025-12"),
                ("2", "2024"),
                ("3a", "2025-11-24"),
                ("3", "2025-11-23"),
                ("afi-1", None),
            )
        ],
    )
    seeded_site.publish(published_on="2025-06", recommendations=[])
    seeded_site.publish(published_on=None, recommendations=[], source=NOTE)
    seeded_site.catch_up()
    return seeded_site


def paged(site, path, limit, **asked):
    """Return every page of a list, put together."""
    found, after = [], None
    while True:
        cursor: dict[str, Any] = {"after": after} if after else {}
        answer = site.clerk.reads(path, limit=limit, **asked, **cursor)
        found += answer["items"]
        assert len(answer["items"]) <= limit
        if (after := answer.get("next")) is None:
            return found


def positions(site):
    return [site.position // 3, 2 * site.position // 3, site.position]


PATHS = ("/api/recommendations", "/api/responses", "/api/reports")


@pytest.mark.sampled
@pytest.mark.parametrize(("day", "path"), cells(DAYS, PATHS, 4))
def test_pages_put_together_are_the_whole_list(year, path, day):
    for position in positions(year):
        asked = {"known_at": position, "effective_on": day}

        whole = paged(year, path, 500, **asked)

        assert paged(year, path, 7, **asked) == whole


@pytest.mark.sampled
@pytest.mark.parametrize(("sort", "path"), cells(SORTS, PATHS[:2], 2))
def test_pages_in_an_order_put_together_are_the_whole_list_sorted(year, path, sort):
    for position in positions(year)[1:]:
        asked = {"known_at": position, "effective_on": DAYS[2]}
        by_report = paged(year, path, 500, **asked)
        days = {
            one["report"]: one["published_on"] or ""
            for one in paged(year, "/api/reports", 500, **asked)
        }

        def place(one: dict[str, Any], days: dict[str, str] = days) -> tuple[str, ...]:
            if sort == "open":
                done = ("closed", "withdrawn", "superseded")
                awaited = ("overdue", "due", "not_due", "not_looked_for")
                said = one.get("status") or one["verdict"]
                return (str(said in done or ("verdict" in one and said not in awaited)),)
            if sort == "body":
                return (one.get("addressee") or one["body"],)
            return () if sort == "report" else (days[one["report"]],)

        expected = sorted(by_report, key=place, reverse=sort == "newest")

        assert paged(year, path, 7, sort=sort, **asked) == expected
        assert len(expected) > 7


@pytest.mark.parametrize("path", ["/api/recommendations", "/api/responses", "/api/reports"])
def test_a_page_has_a_link_to_the_next_exactly_where_one_follows(year, path):
    first = year.anybody.get(path, limit=2)
    whole = year.anybody.get(path, limit=500)

    assert 'rel="next"' in first.headers["Link"]
    assert f"after={quote(first.json['next'], safe='')}>" in first.headers["Link"]
    assert whole.json["next"] is None
    assert "Link" not in whole.headers


def test_an_order_that_is_none_is_refused_with_those_that_are(year):
    problem = problem_of(year.anybody.get("/api/responses", sort="worst"), 422, "unfit")

    assert "Must be one of: report, open, newest, oldest, body." in str(problem["errors"])


@pytest.mark.sampled
@pytest.mark.parametrize(("day", "target"), cells(DAYS, get_args(Standing), 5))
def test_the_database_says_of_targets_what_the_answer_says(year, target, day):
    for position in positions(year):
        asked = {"known_at": position, "effective_on": day}
        whole = paged(year, "/api/recommendations", 500, **asked)

        found = paged(year, "/api/recommendations", 7, target=target, **asked)

        assert found == [one for one in whole if one["target"]["standing"] == target]


def test_numbers_are_in_their_order_and_reports_the_newest_first(year):
    mine = [one["number"] for one in paged(year, "/api/recommendations", 2, body=FORCE)]
    days = [one["published_on"] or "" for one in paged(year, "/api/reports", 3)]

    numbers = ["2", "3", "3a", "10", "afi-1"]
    assert [one for one in mine if one in numbers][-5:] == numbers
    assert days == sorted(days, reverse=True)
    assert days[-1] == ""


def test_reports_that_concern_a_body_are_those_with_something_to_or_from_it(year):
    about = {one["report"] for one in paged(year, "/api/recommendations", 500, body=FORCE)}
    about |= {one["report"] for one in paged(year, "/api/responses", 500, body=FORCE)}

    assert {one["report"] for one in paged(year, "/api/reports", 5, body=FORCE)} == about


def test_a_cursor_that_is_nobodys_starts_in_its_place(year):
    assert year.clerk.reads("/api/recommendations", after="zzz/1/x")["items"] == []
    assert year.clerk.get("/api/reports", after="nothing").status_code == 422  # it has no place


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("recommendations", "a/1"),
        ("recommendations", "a/1/x/y"),
        ("responses", "a"),
        ("responses", "a//"),
        ("reports", "a/b"),
    ],
)
def test_a_wrong_cursor_of_a_list_is_refused(year, name, after):
    refused = problem_of(year.clerk.get(f"/api/{name}", after=after), 422, "unfit")

    assert refused["errors"][0]["field"] == "after"
    assert "give the one that the last page gave" in refused["detail"]


def test_an_empty_cursor_says_nothing(year):
    whole = year.clerk.reads("/api/responses", limit=5)

    assert year.clerk.reads("/api/responses", limit=5, after="")["items"] == whole["items"]
