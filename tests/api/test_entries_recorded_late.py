"""The log asked for what was recorded long after it happened."""

from api.reading import act_sentences
from tests.api.site import FORCE, NOTE, Published, Site, recommendation

QUESTION = {"of": FORCE, "question": "Is it done?"}


def ask(site: Site, report: Published, day: str | None, **more: object) -> str:
    """The entry of an assurance sought on a day, recorded now."""
    return str(
        site.clerk.act(
            f"{report.recommendation}/assurances", QUESTION | {"occurred_on": day} | more
        )
    )


def late(site: Site, report: Published, days: int, **asked: object) -> list[str]:
    found = site.anybody.reads(
        "/api/entries", late_by=days, report=report.reference, type="assurance-sought", **asked
    )
    return [one["id"] for one in found["items"]]


def test_days_are_counted_in_london_from_the_last_day_that_it_can_mean(new_site):
    new_site.clock.set("2025-06-01")
    report = new_site.publish()
    new_site.clock.set("2025-09-30T23:30:00+00:00")  # 1 October in London
    exact = ask(new_site, report, "2025-09-21")
    month = ask(new_site, report, "2025-08")
    ask(new_site, report, "2025")
    ask(new_site, report, None)

    assert late(new_site, report, 9) == [exact, month]
    assert late(new_site, report, 10) == [month]
    assert late(new_site, report, 30) == [month]
    assert late(new_site, report, 31) == []


def test_a_report_entered_late_is_late_with_all_that_it_brought(site):
    report = site.publish(recommendations=[recommendation()], source=NOTE)

    found = site.anybody.reads("/api/entries", late_by=100, report=report.reference)["items"]

    assert [one["id"] for one in found] == [one["id"] for one in report.answer["events"]]


def test_the_page_is_there_though_an_act_has_no_words_of_its_own(site, report, monkeypatch):
    monkeypatch.delitem(act_sentences.ACTS, "assurance-sought")
    ask(site, report, "2025-06-01")
    site.catch_up()

    page = site.anybody.get("/late-entries", late_by=30, report=report.reference)

    assert page.status_code == 200
    asked = f"late_by=30&report={report.reference}&sort=longest".replace("&", "&amp;")
    assert f'href="/api/late-entries.json?{asked}"' in page.text
    assert act_sentences.done("assurance-sought") in page.text
