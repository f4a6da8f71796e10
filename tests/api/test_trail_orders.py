"""A trail in both its orders: as it was recorded, and as it happened. A long one in pages."""

import re
from html import unescape

import pytest

from tests.api.site import problem_of


@pytest.fixture
def told(site, report):
    """Updates told out of order: their ids, by the days on which they happened."""
    path = f"{report.recommendation}/updates"
    days = ("2025-11-20", "2025-06-30", "2025-09", None, "2025-10-15")
    return {day: site.force.act(path, {"text": f"Of {day}.", "occurred_on": day}) for day in days}


def _order(site, report, **asked):
    items = site.force.reads(f"{report.recommendation}/history", **asked)["items"]
    return [one["id"] for one in items]


def test_a_trail_is_in_the_order_of_the_log_unless_asked_otherwise(site, report, told):
    found = site.force.reads(f"{report.recommendation}/history")

    assert found["order"] == "recorded"
    positions = [one["position"] for one in found["items"]]
    assert positions == sorted(positions)
    assert _order(site, report, order="recorded") == [one["id"] for one in found["items"]]


def test_as_it_happened_goes_by_the_last_day_on_which_it_can_have_happened(site, report, told):
    raised, *updates = _order(site, report, order="happened")

    assert raised == report.entry("recommendation-raised")
    days = ("2025-06-30", "2025-09", "2025-10-15", "2025-11-20", None)
    assert updates == [told[day] for day in days]


def test_a_corrected_day_moves_an_entry_and_what_has_none_comes_when_it_was_recorded(
    site, report, told
):
    mended = told["2025-11-20"]
    before = site.position
    body = {"field": "occurred_on", "now": "2025-06-01", "reason": "A slip."}
    correction = site.force.act(f"/api/entries/{mended}/corrections", body)

    after = _order(site, report, order="happened")
    then = _order(site, report, order="happened", known_at=before)

    assert (after.index(mended), after[-1]) == (1, correction)
    assert then.index(mended) == 4


def test_retractions_are_shown_in_both_orders(site, report, told):
    aside = told["2025-10-15"]
    retraction = site.force.act(f"/api/entries/{aside}/retraction", {"reason": "Sent twice."})

    for order in ("recorded", "happened"):
        items = site.force.reads(f"{report.recommendation}/history", order=order)["items"]
        (one,) = [each for each in items if each["id"] == aside]
        assert (one["in_effect"], one["set_aside_by"]) == (False, retraction)
        page = site.anybody.get(report.recommendation.removeprefix("/api"), order=order).text
        assert page.count("tag-aside") == 1
        assert f'href="#entry-{retraction}"' in page


def test_the_page_leads_from_each_order_to_the_other_at_the_same_dates(site, report, told):
    path = report.recommendation.removeprefix("/api")
    position = site.position

    recorded = site.anybody.get(path, known_at=position, order="recorded")
    happened = site.anybody.get(path, known_at=position)

    there = f"{path}?known_at={position}&amp;order=happened#trail-heading"
    assert there in recorded.text
    assert f"{path}?known_at={position}&amp;order=recorded#trail-heading" in happened.text
    first, second = (happened.text.index(f"entry-{told[day]}") for day in ("2025-06-30", "2025-09"))
    assert second < first, "the newest first"


def test_another_order_is_refused(site, report):
    answer = site.anybody.get(f"{report.recommendation}/history", order="random")
    page = site.anybody.get(report.recommendation.removeprefix("/api"), order="random")

    problem_of(answer, 422, "unfit")
    assert page.status_code == 422
    assert "give order as recorded or happened" in page.text


@pytest.mark.parametrize("order", ["recorded", "happened"])
def test_a_history_comes_in_pages_each_leading_to_the_next(site, report, order):
    path = f"{report.recommendation}/history"
    for day in ("2025-09-03", "2025-09-01", "2025-09-02", "2025-09-01"):
        site.force.act(
            f"{report.recommendation}/updates", {"text": f"On {day}.", "occurred_on": day}
        )
    retracted = site.force.reads(path)["items"][2]
    site.force.act(f"/api/entries/{retracted['id']}/retraction", {"reason": "Of another."})
    whole = site.force.reads(path, order=order)

    items, address = [], f"{path}?order={order}&limit=2"
    while address:
        answer = site.force.get(address)
        page = answer.json["items"]
        assert len(page) == 2 or not answer.json["next"]
        items += page
        link = answer.headers.get("Link", "")
        address = link[1:].partition(">")[0]
        assert bool(link) == (answer.json["next"] is not None)

    for one in (*items, *whole["items"]):
        one.pop("sealed", None)  # an answer as known then says nothing of it
    assert items == whole["items"]
    assert whole["next"] is None
    assert len(items) == 6


def test_a_history_does_not_go_on_from_what_is_not_in_it(site, report):
    elsewhere = site.publish().answer["position"]
    answer = site.anybody.get(f"{report.recommendation}/history", after=elsewhere)

    assert problem_of(answer, 422, "unfit")["errors"][0]["field"] == "after"


@pytest.mark.parametrize("cy", ["", "/cy"])
def test_the_page_of_a_long_trail_leads_to_the_rest_and_to_all_of_it(site, report, cy):
    says = {"text": "We went on. " * 40, "occurred_on": "2025-11-01"}
    to = f"{report.recommendation}/updates"
    site.force.records("/api/acts", {"acts": [{"to": to, "says": says}] * 70})
    oldest = _order(site, report)[1]
    aside = site.force.act(f"/api/entries/{oldest}/retraction", {"reason": "Sent twice."})
    path = cy + report.recommendation.removeprefix("/api")

    pages, address = [], path
    while address:
        answer = site.anybody.get(address)
        assert len(answer.data) < 60_000
        pages.append(answer.text)
        following = re.search(r'rel="next" href="([^"]+)"', answer.text)
        address = unescape(following[1]).partition("#")[0] if following else None
    whole = site.anybody.get(path, entries="all").text

    shown = [re.findall(r'<li id="entry-([^"]+)"', page) for page in pages]
    assert [len(one) for one in shown] == [30, 30, 12]
    assert [one for page in shown for one in page] == re.findall(r'<li id="entry-([^"]+)"', whole)
    assert f'href="#entry-{aside}"' in whole
    assert f'href="/entries/{aside}"'.replace('"/', f'"{cy}/', 1) in pages[-1]
    assert 'rel="next"' not in whole
    assert "/api/recommendations" in pages[1]
    assert "after=" not in re.findall(r'type="application/json" href="([^"]+)"', pages[1])[0]


def test_the_page_of_a_trail_does_not_go_on_from_what_is_not_in_it(site, report):
    path = report.recommendation.removeprefix("/api")

    for asked in ({"after": "1"}, {"after": "x"}, {"entries": "some"}):
        assert site.anybody.get(path, **asked).status_code == 422
