"""The themes of recommendations, in the words of their publishers: lists across reports and
years, as known at any two dates."""

from html import unescape

import pytest

from tests.api.site import FORCE, by_its_clock, recommendation
from tests.projections.test_paging import paged

DORSET = "dorset-police"
RENAMED = {"field": "theme", "now": "Victims", "reason": "The register has renamed it."}


@pytest.fixture(scope="module")
def themed(shared_site):
    """Return two reports of two years, and the position before a theme was corrected."""
    with by_its_clock(shared_site) as site:
        return recorded(site)


def recorded(site):
    """Record these reports. Return their references, and that position."""
    both = {"addressees": [FORCE, DORSET]}
    first = site.publish(
        bodies=[],
        recommendations=[
            recommendation("1", theme="Vetting", **both),
            recommendation("2", theme="custody & care"),
            recommendation("3"),
        ],
    )
    second = site.publish(
        bodies=[],
        published_on="2024-02-05",
        recommendations=[recommendation("1", theme="Vetting"), recommendation("2", theme="Victim")],
    )
    site.catch_up()
    before = site.position
    renamed = next(
        one["id"]
        for one in second.answer["events"]
        if one["type"] == "recommendation-raised" and one["data"]["number"] == "2"
    )
    site.clerk.records(f"/api/entries/{renamed}/corrections", RENAMED)
    site.catch_up()
    return first.reference, second.reference, before


def listed(site, **asked):
    found = site.anybody.reads("/api/recommendations/themes", **asked)
    assert found["more"] is False
    return [one["theme"] for one in found["items"]]


def naive(recommendations):
    """Return the themes that these recommendations have, by name."""
    found = {one["theme"] for one in recommendations if one["theme"]}
    return sorted(found, key=lambda theme: (theme.casefold(), theme))


def test_themes_are_listed_across_reports_and_years_by_name(site, themed):
    whole = paged(site, "/api/recommendations", 500)

    assert listed(site) == naive(whole) == ["custody & care", "Vetting", "Victims"]


def test_themes_are_those_of_the_two_dates(site, themed):
    _, _, before = themed
    then = {"known_at": before}
    long_ago = {"effective_on": "2025-01-01"}

    assert listed(site, **then) == ["custody & care", "Vetting", "Victim"]
    assert listed(site, **long_ago) == ["Vetting", "Victims"]
    for asked in (then, long_ago):
        assert listed(site, **asked) == naive(paged(site, "/api/recommendations", 500, **asked))


def test_a_theme_keeps_its_recommendations_of_every_report(site, themed):
    first, second, before = themed
    whole = paged(site, "/api/recommendations", 500)

    for theme in ("Vetting", "custody & care", "Victims"):
        found = paged(site, "/api/recommendations", 2, theme=theme)
        assert found == [one for one in whole if one["theme"] == theme]
    assert {one["report"] for one in paged(site, "/api/recommendations", 9, theme="Vetting")} == {
        first,
        second,
    }
    assert paged(site, "/api/recommendations", 9, theme="vetting") == []
    assert paged(site, "/api/recommendations", 9, theme="Victims", known_at=before) == []
    assert listed(site, report=second) == ["Vetting", "Victims"]
    assert listed(site, year="2025", body=FORCE) == ["custody & care", "Vetting"]


def test_readers_find_a_theme_on_the_list_a_report_and_a_recommendation(site, themed):
    first, second, _ = themed
    link = '<a href="/recommendations?theme=Vetting">Vetting</a>'
    pages = (
        "/recommendations",
        f"/reports/{first}",
        f"/reports/{second}",
        f"/recommendations/{first}/1/{FORCE}",
    )
    for path in pages:
        assert link in site.anybody.get(path).text, path
    page = unescape(site.anybody.get("/recommendations?theme=Vetting").text)

    assert "Theme: <strong>Vetting</strong>" in page
    assert page.count('class="line-what"') == 3
    assert "in the words of the publishers" not in page, "the list is of one theme"
