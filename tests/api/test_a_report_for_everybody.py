"""A report that is entered once for everybody: its recommendations go to groups of bodies."""

from collections import Counter

from tests.api.founding import COUNTRY
from tests.api.site import recommendation

FOUNDING = COUNTRY


def raised(answer):
    """How many recommendations, by kind of addressee's name, and how many duties were recorded."""
    types = Counter(one["type"] for one in answer["events"])
    return types["recommendation-raised"], types["response-duty-arose"]


def test_twelve_recommendations_go_to_every_chief_constable_with_the_duties_of_their_bodies(
    site,
):
    listed = [
        recommendation(number=str(n), addressees=["all-chief-constables"]) for n in range(1, 12)
    ]
    listed.append(
        recommendation(number="12", addressees=["all-local-policing-bodies", "home-office"])
    )
    published = site.publish(
        recommendations=listed, bodies=["all-local-policing-bodies"], published_on="2025-05-16"
    )

    assert raised(published.answer) == (11 * 43 + 44, 43)
    addressees = {
        one["stream"].split("/")[3]
        for one in published.answer["events"]
        if one["stream"].startswith("recommendation/") and "/12/" in one["stream"]
    }
    assert {"kent-pcc", "greater-manchester-mayor", "home-office"} <= addressees
    assert "greater-manchester-pcc" not in addressees  # it had ended before the report's day


def test_a_group_has_the_bodies_of_the_reports_day(site):
    published = site.publish(
        recommendations=[recommendation(addressees=["all-local-policing-bodies"])],
        bodies=[],
        published_on="2016-05-16",
    )
    addressees = {one["stream"].split("/")[-1] for one in published.answer["events"]}
    assert "greater-manchester-pcc" in addressees
    assert "greater-manchester-mayor" not in addressees


def test_fire_authorities_are_a_group_with_those_of_the_reports_day(site):
    published = site.publish(
        recommendations=[recommendation(addressees=["all-fire-authorities"])],
        bodies=[],
        published_on="2019-05-16",
        kind="fire_inspection",
    )
    addressees = {one["stream"].split("/")[-1] for one in published.answer["events"]}
    assert {"cumbria-county-council-fire", "isle-of-wight-council-fire"} <= addressees
    assert not {"cumbria-fire", "hampshire-and-isle-of-wight-fire"} & addressees


def test_a_fire_authority_is_not_asked_by_a_report_from_before_its_first_day(site):
    answer = site.clerk.post(
        "/api/reports",
        site.report(
            recommendations=[recommendation(addressees=["cumbria-fire"])],
            published_on="2019-05-16",
            kind="fire_inspection",
        ),
    )
    assert answer.status_code == 409
    assert "Cumbria County Council" in answer.text


def test_there_is_no_other_group(site):
    answer = site.clerk.post(
        "/api/reports",
        site.report(recommendations=[recommendation(addressees=["all-constables"])]),
    )
    assert answer.status_code == 409
    assert "all-constables" in answer.text
