"""A report's day is one day: whatever rests on it says the same, when it is corrected and after."""

from functools import partial

import pytest

from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, PAGE, problem_of, recommendation, statement
from tests.conftest import some

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


WHY = {"reason": "A slip of the pen."}
FIRST, FIRE = "2025-05-16", "cumbria-fire"


def of(entry):
    return f"/api/entries/{entry}/corrections"


def correct_day(site, report, now):
    """The publisher's own account corrects the day of its report, by its own page."""
    return site.hmicfrs.records(of(report.entry("report-published")), by_its_page(site, now))


def by_its_page(site, now):
    return {"field": "published_on", "now": now} | on_its_word(site)


def on_its_word(site):
    page = site.hmicfrs.upload(b"<p>The report</p>", url=PAGE["url"]).headers["Location"]
    return {"source": {"capture": page.rpartition("/")[2]}} | WHY


@pytest.fixture
def corrected(new_site):
    """Return a report of 16 May 2025, recorded in November with a duty by its rule and one by hand,
    and a function that corrects its day in January."""
    site = new_site
    report = site.publish(recommendations=[recommendation(target={"on": "2026-04-30"})])
    by_hand = {"rule": "manual", "due_on": "2025-12-24", "source": NOTE}
    site.admin.records(f"/api/responses/{report.reference}/{FIRE}/duties", by_hand)
    site.clock.set("2026-01-10")

    return site, report, partial(correct_day, site, report)


def all_of(site, report, **dates):
    """Return the day that each reader says the report is of, by the place that says it. None: it is
    not there."""
    site.catch_up()
    told: dict[object, str | None] = {}
    for name, path, field in (
        ("report", report.path, "published_on"),
        ("duty", report.response, "trigger_on"),
        ("by hand", f"/api/responses/{report.reference}/{FIRE}", "trigger_on"),
        ("recommendation", report.recommendation, "raised_on"),
        ("duty's working", f"{report.response}/working", None),
        ("by hand's working", f"/api/responses/{report.reference}/{FIRE}/working", None),
    ):
        answer = site.anybody.get(path, **dates)
        assert answer.status_code in (200, 404), answer.text
        if answer.status_code == 404:
            continue
        told[name] = answer.json[field] if field else answer.json["trigger"]["on"]
        if field is None:
            words = answer.json["sentences"][0]
            told[name + ", in words"] = words.removeprefix("The report was published ")
        if name == "recommendation":
            told["recommendation's target"] = answer.json["targets"][0]["set_on"]
    for name, field in (("responses", "trigger_on"), ("recommendations", "raised_on")):
        for one in site.anybody.reads(f"/api/{name}", report=report.reference, **dates)["items"]:
            told[one["links"]["self"], "listed"] = one[field]
    for one in site.anybody.reads("/api/reports", **dates)["items"]:
        if one["report"] == report.reference:
            told["report, listed"] = one["published_on"]
    for name in ("recommendation", "response"):
        path = getattr(report, name)
        for one in site.anybody.reads(f"{path}/history")["items"] if not dates else ():
            if one["type"] in ("recommendation-raised", "response-duty-arose"):
                told[name, one["position"], "in the trail"] = one["known_on"]
    return told


NOW = (
    ("2025-05-20", "on 20 May 2025"),
    ("2025-04-30", "on 30 April 2025"),
    (None, "The day on which the report was published is not known."),
    ("2025-06", "in June 2025"),
)


@pytest.mark.sampled
@pytest.mark.parametrize(("now", "words"), some(NOW, 4))
def test_a_corrected_day_is_everywhere_the_reports_and_again_when_that_is_undone(
    corrected, now, words
):
    site, report, correct = corrected
    first = all_of(site, report)
    assert len(first) == 15
    before = site.position

    slip = correct(now)["event"]["id"]

    for dates in ({}, {"effective_on": "2025-12-01"}):
        said = all_of(site, report, **dates)
        assert {one for name, one in said.items() if "words" not in name} == {now}
        assert all(words in one for name, one in said.items() if "words" in name)
    undone = site.hmicfrs.act(f"/api/entries/{slip}/retraction", on_its_word(site))
    assert {name: one for name, one in all_of(site, report).items() if name in first} == first
    site.hmicfrs.act(f"/api/entries/{undone}/retraction", on_its_word(site))
    assert {one for name, one in all_of(site, report).items() if "words" not in name} == {now}
    then = {"known_at": before, "effective_on": "2025-11-24"}
    assert set(all_of(site, report, **then).values()) <= set(first.values())


def test_a_duty_is_there_on_every_day_on_which_its_report_is(corrected):
    site, report, correct = corrected

    correct(None)

    site.catch_up()
    path = f"/api/responses/{report.reference}/{FIRE}"
    for on, verdict in (
        ("2025-11-24", "not_due"),
        ("2025-12-10", "due"),
        ("2026-01-09", "not_looked_for"),
        ("2026-01-10", "not_looked_for"),
    ):
        found = site.anybody.reads(report.response, effective_on=on)
        said = (found["verdict"], found["due_on"], found["trigger_on"])
        assert said == ("not_shown", None, None)
        by_hand = site.anybody.reads(path, effective_on=on)
        assert (by_hand["due_on"], by_hand["rule"]["id"]) == ("2025-12-24", "manual")
        assert by_hand["verdict"] == verdict
        asked = {"report": report.reference, "effective_on": on}
        assert site.anybody.reads("/api/compliance", **asked)["total"]["responses"] == 2
        years = site.anybody.reads("/api/compliance", group_by="year", **asked)["items"]
        assert [one["year"] for one in years] == [None]
        assert site.anybody.get(report.recommendation, effective_on=on).status_code == 200
    for path in (report.path, report.response, report.recommendation):
        assert site.anybody.get(path, effective_on="2025-11-23").status_code == 404


def test_a_day_that_becomes_known_gives_the_duty_its_last_day_at_once(site):
    report = site.publish(published_on=None)
    site.clerk.act(f"{report.response}/statement", statement("2025-07-09"))
    found = site.anybody.reads(report.response)
    assert (found["due_on"], found["verdict"]) == (None, "not_shown")

    recorded = correct_day(site, report, FIRST)

    assert [one["type"] for one in recorded["events"]] == ["entry-corrected", "response-duty-arose"]
    for asked in ({}, {"effective_on": "2025-06-01"}):
        found = site.anybody.reads(report.response, **asked)
        assert (found["trigger_on"], found["due_on"]) == (FIRST, "2025-07-10")
    assert site.anybody.reads(report.recommendation, effective_on=FIRST)["raised_on"] == FIRST


def test_the_working_by_hand_says_one_day_whatever_it_was_first(corrected):
    site, report, correct = corrected

    correct("2025-05-20")

    said = site.anybody.reads(f"/api/responses/{report.reference}/{FIRE}/working")
    assert said["trigger"]["on"] == "2025-05-20"
    assert said["sentences"][0].startswith("The report was published on 20 May 2025")
    assert said["sentences"][1].endswith("was corrected on 10 January 2026, to 20 May 2025.")
    assert (said["due_on"], said["counting"]) == (
        "2025-12-24",
        "24 December 2025 is the day that the source gives.",
    )


def test_pages_exports_and_what_changed_say_that_day_too(corrected):
    site, report, correct = corrected
    before = site.position
    correct("2025-06")
    site.catch_up()

    for path, says in (
        (report.recommendation, "<dt>Raised</dt><dd>June 2025</dd>"),
        (report.response, "<dt>Report published</dt><dd>June 2025"),
        (f"/api/responses/{report.reference}/{FIRE}", "<dt>Report published</dt><dd>June 2025"),
    ):
        assert says in site.anybody.get(path.removeprefix("/api")).text
    trail = site.anybody.get(report.recommendation.removeprefix("/api")).text
    assert "16 May 2025" not in trail
    asked = {"from": before, "effective_on": "2025-12-01", "report": report.reference}
    changed = site.anybody.reads("/api/changes", **asked)["items"]
    assert {(one["change"], one["about"]["links"]["self"]) for one in changed} == {
        ("verdict_changed", report.response),
        ("due_moved", report.response),
        ("corrected", report.path),
        ("entered_late", report.response),
    }
    correct(None)
    site.catch_up()
    changed = site.anybody.reads("/api/changes", **asked)["items"]
    assert "removed" not in {one["change"] for one in changed}
    moved = next(one for one in changed if one["change"] == "due_moved")
    assert (moved["from"]["due_on"], moved["to"]["due_on"]) == ("2025-07-10", None)


def test_a_takeover_and_a_revision_move_no_day(corrected):
    site, report, correct = corrected
    correct("2025-05-20")

    site.hmicfrs.records(f"{report.path}/takeover", {"source": PAGE})
    seen = {"field": "title", "now": "Now another", "seen_on": "2025-12-01", "source": PAGE}
    site.hmicfrs.records(f"{report.path}/revisions", seen)

    said = all_of(site, report)
    assert {one for name, one in said.items() if "words" not in name} == {"2025-05-20"}


# A recommendation that was raised on a day of its own


@pytest.fixture
def added(corrected):
    site, report, correct = corrected
    more = {"occurred_on": "2025-09-01", "source": PAGE} | recommendation("7")
    entry = site.clerk.records(f"{report.path}/recommendations", more)["event"]["id"]
    return site, report, correct, entry, f"/api/recommendations/{report.reference}/7/{FORCE}"


def test_a_recommendation_raised_later_keeps_its_own_day_and_none_before_the_report(added):
    site, report, correct, _, added_later = added

    for now, raised_on in (
        ("2025-05-20", "2025-09-01"),
        (None, "2025-09-01"),
        ("2025-10-01", "2025-10-01"),
        ("2025-09", "2025-09-01"),
    ):
        correct(now)
        assert site.anybody.reads(added_later)["raised_on"] == raised_on
        assert site.anybody.reads(report.recommendation)["raised_on"] == now
    assert site.anybody.get(added_later, effective_on="2025-08-31").status_code == 404


def test_one_whose_day_is_corrected_to_the_reports_follows_that_from_then_on(added):
    site, _, correct, entry, added_later = added
    now = {"field": "occurred_on", "now": FIRST} | WHY

    site.clerk.records(of(entry), now)
    correct("2025-05-20")

    assert site.anybody.reads(added_later)["raised_on"] == "2025-05-20"


# Entries that stand again, and copies


def test_a_day_is_undone_once_the_report_stands_and_the_duties_follow_it(site):
    report = site.publish(recommendations=[])
    entry = report.entry("report-published")
    slip = correct_day(site, report, "2017-05-01")["event"]["id"]
    assert site.anybody.reads(report.response)["rule"]["id"] == "pa96-s55-2001"
    aside = site.hmicfrs.act(f"/api/entries/{entry}/retraction", WHY)
    undo = f"/api/entries/{slip}/retraction"
    assert aside in problem_of(
        site.hmicfrs.post(undo, on_its_word(site)), 409, "refused:set-aside"
    )["detail"]  # fmt: skip
    site.hmicfrs.act(f"/api/entries/{aside}/retraction", WHY)

    undone = site.hmicfrs.records(undo, on_its_word(site))

    assert [one["type"] for one in undone["events"]] == ["entry-retracted", "response-duty-arose"]
    found = site.anybody.reads(report.response)
    assert (found["rule"]["id"], found["trigger_on"]) == ("pa96-s55", FIRST)
    assert (found["due_on"], found["verdict"]) == ("2025-07-10", "overdue")


def test_a_reports_day_is_not_moved_past_a_copy_of_a_response(new_site):
    site = new_site
    site.clock.set("2025-05-20")
    copy = site.capture()
    site.clock.set("2025-11-24")
    report = site.publish()
    cited = {"source": {"capture": copy}}
    site.clerk.records(f"{report.response}/statement", statement(None) | cited)
    entry = of(report.entry("report-published"))

    later = by_its_page(site, "2025-05-21")

    site.refuses(
        site.hmicfrs,
        entry,
        later,
        "not-before-the-report",
        "A response was there by 20 May 2025, before the report was published, on 21 May 2025.",
    )
    correct_day(site, report, "2025-05-20")


def test_no_response_is_recorded_that_was_there_before_its_report(new_site):
    site = new_site
    site.clock.set("2025-05-15")
    copy = site.capture()
    site.clock.set("2025-11-24")
    report = site.publish()
    cited = {"source": {"capture": copy}}

    site.refuses(
        site.clerk,
        f"{report.response}/statement",
        statement(None) | cited,
        "not-before-the-report",
        "A response was there by 15 May 2025, before the report was published, on 16 May 2025.",
    )


# A statement of several reports is one thing in several entries


@pytest.fixture
def of_two(site):
    """Return the entries of a statement that covers two reports, and the addresses of both."""
    one, other = site.publish(), site.publish()
    said = statement(
        url="https://pfcc.example/a",
        parts=["comments", "reply"],
        also=[{"report": other.reference, "explanations": []}],
        source=NOTE,
    )
    events = site.clerk.records(f"{one.response}/statement", said)["events"]
    return site, events, (one.response, other.response)


@pytest.mark.parametrize("first", [0, 1])
def test_a_statement_is_corrected_in_all_its_reports_and_so_is_that_undone(of_two, first):
    """The passage on a recommendation has the statement's day too."""
    site, events, responses = of_two
    of_both = [each["id"] for each in events if each["type"] == "response-published"]
    for field, now, told in (
        ("url", "https://pfcc.example/b", lambda said: said["statements"][0]["url"]),
        ("text", "I welcome both.", lambda said: said["statements"][0]["text"]),
        ("parts.0", "chief_officer_comments", lambda said: said["statements"][0]["parts"]),
        ("published_on", "2025-07-12", lambda said: (said["published_on"], said["verdict"])),
    ):
        whole = {each["id"] for each in events} if field == "published_on" else set(of_both)
        before = told(site.anybody.reads(responses[0]))
        asked = {"field": field, "now": now} | WHY

        slip = site.clerk.records(of(of_both[first]), asked)["events"]

        assert {one["data"]["target"] for one in slip} == whole, field
        here, there = (told(site.anybody.reads(one)) for one in responses)
        assert here == there != before
        site.clerk.records(f"/api/entries/{slip[first]['id']}/retraction", WHY)
        assert [told(site.anybody.reads(one)) for one in responses] == [before, before]


def test_the_capture_of_a_statement_is_corrected_in_all_of_its_entries(new_site):
    site = new_site
    site.clock.set("2025-07-01")
    copy = site.capture(url="https://pfcc.example/a")
    site.clock.set("2025-11-24")
    one, other = site.publish(), site.publish()
    also = [{"report": other.reference, "explanations": []}]
    said = statement(None, also=also, source=NOTE)
    entry = site.clerk.act(f"{one.response}/statement", said)
    assert site.anybody.reads(other.response)["verdict"] == "not_shown"

    cited = site.clerk.act(of(entry), {"field": "source.capture", "now": copy} | WHY)

    for each in (one, other):
        found = site.anybody.reads(each.response)
        assert (found["verdict"], found["bases"]["published"]) == ("in_time", "captured")
        assert found["coverage"]["explained_by_due"] == (1 if each is one else 0)
    site.clerk.records(f"/api/entries/{cited}/retraction", WHY)
    for each in (one, other):
        assert site.anybody.reads(each.response)["verdict"] == "not_shown"
