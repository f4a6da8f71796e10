"""Recommendations stand in one order everywhere: as people count."""

import re

import pytest

from api.reading.subjects import BODY_BY_BODY
from ledger.events.streams import key_of, key_order
from tests.api.site import FORCE, recommendation

PUBLISHED = ["afi-10", "10", "3a", "2", "afi-2", "3"]
COUNTED = ["2", "3", "3a", "10", "afi-2", "afi-10"]


def test_keys_are_sorted_as_people_count():
    assert sorted(map(key_of, PUBLISHED), key=key_order) == COUNTED


@pytest.fixture
def listed(new_site):
    report = new_site.publish(
        recommendations=[recommendation(number=number) for number in PUBLISHED]
    )
    new_site.catch_up()
    return new_site, report


def test_lists_pages_exports_and_responses_have_the_same_order(listed):
    site, report = listed

    def keys(items):
        return [one["key"] for one in items]

    assert keys(site.anybody.reads("/api/recommendations")["items"]) == COUNTED
    after: dict[str, str] = {}
    walked: list[str] = []
    while len(walked) < len(COUNTED):
        page = site.anybody.reads("/api/recommendations", limit=1, **after)
        walked += keys(page["items"])
        after = {"after": page["next"]}
    assert walked == COUNTED
    page = site.anybody.get(f"/reports/{report.reference}").text
    places = [page.index(f"/{report.reference}/{key}/{FORCE}") for key in COUNTED]
    assert places == sorted(places)
    coverage = site.anybody.reads(report.response)["recommendations"]
    assert [one["key"] for one in coverage] == COUNTED


def test_a_report_leads_to_the_bodies_of_each_recommendation_that_many_were_given(whole_site):
    forces = [
        one["id"]
        for one in whole_site.anybody.reads("/api/bodies")["items"]
        if one["kind"] == "force"
    ][: BODY_BY_BODY + 1]
    report = whole_site.publish(
        recommendations=[recommendation(number, addressees=forces) for number in ("10", "2", "3a")]
    )
    whole_site.catch_up()

    page = whole_site.anybody.client.get(f"/reports/{report.reference}").text

    assert page.count(f"{len(forces)} bodies addressed: {len(forces)} open.") == 3
    links = re.findall(r'href="(/across/[^"]+)">Body by body', page)
    assert links == [f"/across/{report.reference}/{key}" for key in ("2", "3a", "10")]
    for link in links:
        listed = whole_site.anybody.client.get(link).text
        key = link.rpartition("/")[2]
        first = re.findall(rf'<a href="/recommendations/{report.reference}/{key}/([^"?]+)', listed)
        assert sorted(first) == sorted(forces)
