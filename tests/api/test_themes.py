"""The themes of recommendations, in the words of their publishers: lists across reports and
years, as known at any two dates."""

from html import unescape

import pytest

from tests.api.town import FORCE, by_its_clock, recommendation
from tests.projections.test_paging import paged

DORSET = "dorset-police"
RENAMED = {"field": "theme", "now": "Victims", "reason": "The register has renamed it."}


@pytest.fixture(scope="module")
def themed(shared_town):
    """Return two reports of two years, and the position before a theme was corrected."""
    with by_its_clock(shared_town) as town:
        return recorded(town)


def recorded(town):
    """Record these reports. Return their references, and that position."""
    both = {"addressees": [FORCE, DORSET]}
    first = town.publish(
        bodies=[],
        recommendations=[
            recommendation("1", theme="Vetting", **both),
            recommendation("2", theme="custody & care"),
            recommendation("3"),
        ],
    )
    second = town.publish(
        bodies=[],
        published_on="2024-02-05",
        recommendations=[recommendation("1", theme="Vetting"), recommendation("2", theme="Victim")],
    )
    town.catch_up()
    before = town.position
    renamed = next(
        one["id"]
        for one in second.answer["events"]
        if one["type"] == "recommendation-raised" and one["data"]["number"] == "2"
    )
    town.clerk.records(f"/api/entries/{renamed}/corrections", RENAMED)
    town.catch_up()
    return first.reference, second.reference, before


def counted(town, **asked):
    found = town.anybody.reads("/api/recommendations/themes", **asked)
    assert found["left_out"] == 0
    return [(one["theme"], one["recommendations"], one["reports"]) for one in found["items"]]


def naive(listed):
    """Return the same numbers, counted from whole recommendations."""
    found: dict[str, list[str]] = {}
    for one in listed:
        if one["theme"]:
            found.setdefault(one["theme"], []).append(one["report"])
    names = sorted(found, key=lambda theme: (theme.casefold(), theme))
    return [(theme, len(found[theme]), len(set(found[theme]))) for theme in names]


def test_themes_are_counted_across_reports_and_years_by_name(town, themed):
    whole = paged(town, "/api/recommendations", 500)

    assert counted(town) == naive(whole)
    assert counted(town) == [("custody & care", 1, 1), ("Vetting", 3, 2), ("Victims", 1, 1)]


def test_themes_are_those_of_the_two_dates(town, themed):
    _, _, before = themed
    then = {"known_at": before}
    long_ago = {"effective_on": "2025-01-01"}

    assert counted(town, **then) == [("custody & care", 1, 1), ("Vetting", 3, 2), ("Victim", 1, 1)]
    assert counted(town, **long_ago) == [("Vetting", 1, 1), ("Victims", 1, 1)]
    for asked in (then, long_ago):
        assert counted(town, **asked) == naive(paged(town, "/api/recommendations", 500, **asked))


def test_a_theme_keeps_its_recommendations_of_every_report(town, themed):
    first, second, before = themed
    whole = paged(town, "/api/recommendations", 500)

    for theme in ("Vetting", "custody & care", "Victims"):
        found = paged(town, "/api/recommendations", 2, theme=theme)
        assert found == [one for one in whole if one["theme"] == theme]
    assert {one["report"] for one in paged(town, "/api/recommendations", 9, theme="Vetting")} == {
        first,
        second,
    }
    assert paged(town, "/api/recommendations", 9, theme="vetting") == []
    assert paged(town, "/api/recommendations", 9, theme="Victims", known_at=before) == []
    assert counted(town, report=second) == [("Vetting", 1, 1), ("Victims", 1, 1)]
    assert counted(town, year="2025", body=FORCE) == [("custody & care", 1, 1), ("Vetting", 1, 1)]


def test_readers_find_a_theme_on_the_list_a_report_and_a_recommendation(town, themed):
    first, second, _ = themed
    link = '<a href="/recommendations?theme=Vetting">Vetting</a>'
    pages = (
        "/recommendations",
        f"/reports/{first}",
        f"/reports/{second}",
        f"/recommendations/{first}/1/{FORCE}",
    )
    for path in pages:
        assert link in town.anybody.get(path).text, path
    listed = unescape(town.anybody.get("/recommendations?theme=Vetting").text)

    assert "Theme: <strong>Vetting</strong>" in listed
    assert listed.count('class="line-what"') == 3
    assert "in the words of the publishers" not in listed, "the list is of one theme"
