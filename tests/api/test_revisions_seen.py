"""When a page was seen to say something else: days not fully known, or entered out of order."""

import pytest

from tests.api.site import PAGE, recommendation, statement
from tests.api.test_revised_passages import FIRST, SINCE, of, revision


@pytest.fixture
def report(site):
    made = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    site.clerk.records(f"{made.response}/statement", statement("2025-07-10"))
    return made


@pytest.mark.parametrize(("seen_on", "hi"), [("2025-09", "2025-09-30"), ("2025", "2025-11-24")])
def test_a_passage_seen_in_a_month_or_a_year_counts_once_that_is_over(site, report, seen_on, hi):
    added = revision("03", seen_on=seen_on)
    site.clerk.records(f"{report.response}/revisions", added)
    site.catch_up()

    def explained(day):
        return site.anybody.reads(report.response, effective_on=day)["coverage"]["explained_now"]

    assert (explained("2025-09-29"), explained(hi)) == (1, 2)


def test_a_revision_seen_before_and_entered_later_is_no_later_word(site, report):
    site.clerk.records(f"{report.response}/revisions", revision(seen_on="2025-09-01"))
    earlier = revision(seen_on="2025-08-01", now="In August it said this.")
    site.clerk.records(f"{report.response}/revisions", earlier)
    site.catch_up()

    def says(day):
        return site.anybody.reads(of(report, "02"), effective_on=day)["statement"]["text"]

    days = ("2025-07-31", "2025-08-01", "2025-08-31", "2025-09-01", "2025-11-24")
    assert [says(day) for day in days] == [
        FIRST,
        "In August it said this.",
        "In August it said this.",
        SINCE,
        SINCE,
    ]
    (line,) = site.anybody.reads(of(report, "02"))["statements"]
    assert [one["seen_on"] for one in line["revisions"]] == ["2025-08-01", "2025-09-01"]


def test_an_explanation_gone_before_it_was_seen_again_is_there_now(site, report):
    site.clerk.records(f"{report.response}/revisions", revision(seen_on="2025-09-01"))
    gone = revision(seen_on="2025-08-01", now=None)
    site.clerk.records(f"{report.response}/revisions", gone)
    site.catch_up()

    def explained(day):
        return site.anybody.reads(report.response, effective_on=day)["coverage"]["explained_now"]

    days = ("2025-07-31", "2025-08-01", "2025-09-01")
    assert [explained(day) for day in days] == [1, 0, 1]


def test_the_title_is_the_one_seen_last(site):
    page = site.publish(recommendations=[])
    for seen, day in (("As in September", "2025-09-01"), ("As in August", "2025-08-01")):
        said = {"field": "title", "now": seen, "seen_on": day}
        site.hmicfrs.records(f"{page.path}/revisions", said)
    site.catch_up()

    def title(day):
        return site.anybody.reads(page.path, effective_on=day)["title"]

    assert [title("2025-08-15"), title("2025-11-24")] == ["As in August", "As in September"]


def test_a_passage_seen_gone_before_that_was_entered_is_no_repetition(site, report):
    revisions = f"{report.response}/revisions"
    site.clerk.records(revisions, revision(seen_on="2025-09-01", now=None))

    earlier = site.clerk.records(revisions, revision(seen_on="2025-08-01", now=None))["event"]

    trail = site.clerk.reads(f"{report.response}/history")["items"]
    assert next(one["texts"] for one in trail if one["id"] == earlier["id"])["was"]["text"] == FIRST
    for day in ("2025-08-01", "2025-10-01"):
        again = revision(seen_on=day, now=None)
        site.refuses(site.clerk, revisions, again, "nothing-revised", "says that already")


def test_a_title_seen_before_is_revised_from_what_it_was_then(site):
    page = site.publish(recommendations=[])
    first = site.hmicfrs.reads(page.path)["title"]
    said = {"field": "title", "now": "As in September", "seen_on": "2025-09-01"}
    site.hmicfrs.records(f"{page.path}/revisions", said)

    earlier = said | {"seen_on": "2025-08-01"}
    made = site.hmicfrs.records(f"{page.path}/revisions", earlier)["event"]

    assert made["data"]["was"] == first
    site.refuses(
        site.hmicfrs, f"{page.path}/revisions", earlier, "nothing-revised", "says that already"
    )


def test_a_response_is_not_seen_to_change_before_it_was_published(site, report):
    early = revision(seen_on="2025-07-09")
    says = "seen by 9 July 2025, and the response was published on 10 July 2025"

    site.refuses(site.clerk, f"{report.response}/revisions", early, "not-before-the-response", says)

    site.clerk.records(f"{report.response}/revisions", revision(seen_on="2025-07"))


def test_a_revision_changes_the_response_that_was_there_when_it_was_seen(site, report):
    later = site.clerk.records(f"{report.response}/statement", statement("2025-10-01"))

    early = site.clerk.records(f"{report.response}/revisions", revision(seen_on="2025-09-01"))
    late = site.clerk.records(
        f"{report.response}/revisions", revision(seen_on="2025-10-02", now="In October.")
    )

    second = later["event"]["data"]["statement"]
    assert early["event"]["data"]["statement"] != second
    assert late["event"]["data"]["statement"] == second


def test_a_revision_counts_for_nothing_before_the_day_that_its_response_is_now_known_to_be_of(
    site, report
):
    added = revision("03", seen_on="2025-08-01")
    site.clerk.records(f"{report.response}/revisions", added)
    published = site.clerk.reads(f"{report.response}/history")["items"]
    entry = next(one["id"] for one in published if one["type"] == "response-published")
    site.clerk.records(
        f"/api/entries/{entry}/corrections",
        {"field": "published_on", "now": "2025-09-01", "reason": "Misread.", "source": PAGE},
    )
    site.catch_up()

    def shown(day):
        response = site.anybody.reads(report.response, effective_on=day)
        theirs = site.anybody.reads(of(report, "03"), effective_on=day)
        return response["coverage"]["explained_now"], len(theirs["statements"])

    assert [shown(day) for day in ("2025-08-01", "2025-08-31", "2025-09-01")] == [
        (None, 0),  # nobody looked by then
        (None, 0),
        (2, 1),
    ]
