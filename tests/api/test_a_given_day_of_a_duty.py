"""A day that a person gave with a duty was a slip: it is corrected, and the duty is worked out anew
in the same transaction. On whose word, as of a report's day."""

from datetime import date

import pytest

from ledger.acts.decision import Notice
from ledger.acts.service import adopt_rule
from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from ledger.states.service import SETUP
from tests.api.founding import FEW_BODIES
from tests.api.site import NOTE, PAGE, statement
from tests.api.test_rules import DOCUMENTED
from tests.projections.test_replay_oracle import rows

FOUNDING = FEW_BODIES

JTAI = DOCUMENTED[0]
"""70 working days of receiving."""


@pytest.fixture(autouse=True)
def adopted(site):
    if (JTAI.id, JTAI.version) not in site.ledger.service().rules:
        site.ledger.record(SETUP, adopt_rule, JTAI, Notice())


@pytest.fixture
def owed(site):
    """A report of March whose response is due, wrongly, by 14 July; and the duty's entry."""
    report = site.publish(bodies=[], kind="other", published_on="2025-03-28")
    duty = {"rule": JTAI.id, "trigger_on": "2025-04-01", "source": NOTE}
    return report, site.clerk.act(f"{report.response}/duties", duty)


def correct(now, **more):
    reason = "It was received another day."
    return {"field": "trigger_on", "now": now, "reason": reason} | more


def path(entry):
    return f"/api/entries/{entry}/corrections"


def test_it_is_worked_out_anew_in_the_same_transaction(site, owed):
    report, duty = owed
    before = site.position
    source = site.own_page()

    made = site.clerk.records(path(duty), correct("2025-04-02", source=source))

    assert [one["type"] for one in made["events"]] == ["entry-corrected", "response-duty-arose"]
    anew = made["events"][1]["data"]
    assert (anew["trigger_on"], anew["due_on"]) == ("2025-04-02", "2025-07-15")
    assert anew["because"] == made["event"]["id"]
    assert anew["counting"].startswith("2 April 2025 is not counted")
    found = site.anybody.reads(report.response)
    assert (found["trigger_on"], found["due_on"]) == ("2025-04-02", "2025-07-15")
    then = site.anybody.reads(report.response, known_at=before)
    assert (then["trigger_on"], then["due_on"]) == ("2025-04-01", "2025-07-14")
    working = site.anybody.reads(f"{report.response}/working")
    assert any("worked out anew" in one for one in working["sentences"]), working["sentences"]
    site.catch_up()
    assert "2 April 2025" in site.anybody.get(report.response.removeprefix("/api")).text
    listed = site.anybody.reads("/api/responses", report=report.reference)["items"][0]
    assert (listed["due_on"], listed["days"]) == (found["due_on"], found["days"])
    log = read(rows(site))
    said = answers(World(log, len(log.lines), date(2025, 11, 24))).responses[report.response]
    for name in ("due_on", "original_due_on", "trigger_on", "verdict", "days", "bases"):
        assert said[name] == found[name], name


def test_a_correction_that_betters_the_verdict_after_the_last_day_is_told(site, owed):
    report, duty = owed
    site.clerk.records(f"{report.response}/statement", statement("2025-07-15", explanations=[]))
    assert site.anybody.reads(report.response)["verdict"] == "late"

    made = site.clerk.records(path(duty), correct("2025-04-02", source=site.own_page()))
    site.catch_up()

    found = site.anybody.reads(report.response)
    assert found["verdict"] == "in_time"
    assert [one["entry"] for one in found["improved_later"]] == [made["event"]["id"]]
    log = read(rows(site))
    said = answers(World(log, len(log.lines), date(2025, 11, 24))).responses[report.response]
    assert said["verdict"] == "in_time"


def test_a_slip_is_corrected_on_any_source_while_no_last_day_has_passed(site):
    fresh = site.publish(bodies=[], kind="other", published_on="2025-10-01")
    duty = {"rule": JTAI.id, "trigger_on": "2025-10-10", "source": NOTE}
    entry = site.clerk.act(f"{fresh.response}/duties", duty)

    site.refuses(site.clerk, path(entry), correct("2025-10-13"), "publisher-page", "any source")
    site.clerk.act(path(entry), correct("2025-10-13", source=NOTE))
    assert site.anybody.reads(fresh.response)["trigger_on"] == "2025-10-13"
    site.refuses(
        site.clerk,
        path(entry),
        correct("2025-10-01T", source=NOTE),
        "unfit",
        "trigger_on",
        status=422,
    )
    for day, kind, says in (
        ("2025-09-30", "trigger-on", "before the report was published"),
        ("2026-01-05", "not-in-the-future", "has not come yet"),
        (None, "publisher-page", "stays due on a day"),
    ):
        site.refuses(site.clerk, path(entry), correct(day, source=NOTE), kind, says)


def test_once_a_last_day_has_passed_the_publishers_own_word_is_needed(site, owed):
    report, duty = owed
    for source in (NOTE, PAGE, {"capture": site.capture()}):
        site.refuses(
            site.clerk,
            path(duty),
            correct("2025-11-10", source=source),
            "publisher-page",
            "once a day has passed by which a response is due: 14 July 2025",
        )
    assert site.anybody.reads(report.response)["due_on"] == "2025-07-14"


def test_the_retraction_of_a_correction_works_it_out_anew_too(site, owed):
    report, duty = owed
    made = site.clerk.act(path(duty), correct("2025-04-02", source=site.own_page()))
    retraction = f"/api/entries/{made}/retraction"

    site.refuses(site.clerk, retraction, {"reason": "No."}, "publisher-page", "own word")
    back = site.clerk.records(retraction, {"reason": "No.", "source": site.own_page()})

    assert [one["type"] for one in back["events"]] == ["entry-retracted", "response-duty-arose"]
    found = site.anybody.reads(report.response)
    assert (found["trigger_on"], found["due_on"]) == ("2025-04-01", "2025-07-14")


def test_the_first_entry_of_a_duty_is_corrected_and_nothing_else_of_it(site, owed):
    report, duty = owed
    made = site.clerk.records(path(duty), correct("2025-04-02", source=site.own_page()))
    anew = made["events"][1]["id"]

    site.refuses(
        site.clerk, path(anew), correct("2025-04-03"), "not-correctable", f"first one, {duty}"
    )
    for field in ("due_on", "counting", "rule.id", "occurred_on"):
        said = correct("2025-08-01", field=field)
        site.refuses(site.clerk, path(duty), said, "not-correctable", "only `trigger_on`")
    by_rule = site.publish()
    site.refuses(
        site.clerk,
        path(by_rule.entry("response-duty-arose")),
        correct("2025-05-20"),
        "not-correctable",
        "counts from the report's day",
    )
    again = site.clerk.act(path(duty), correct("2025-04-03", source=site.own_page()))
    assert site.anybody.reads(report.response)["trigger_on"] == "2025-04-03"
    assert again


def test_a_last_day_that_was_given_by_hand_is_corrected_too(site):
    report = site.publish(bodies=[], kind="other", published_on="2025-10-01")
    duty = {"rule": "manual", "due_on": "2025-12-10", "source": NOTE}
    entry = site.clerk.act(f"{report.response}/duties", duty)
    said = {"field": "due_on", "reason": "Misread."}

    site.clerk.act(path(entry), said | {"now": "2025-12-01", "source": NOTE})

    found = site.anybody.reads(report.response)
    assert (found["due_on"], found["verdict"]) == ("2025-12-01", "due")
    for day, kind, says in (
        ("2025-12", "due-on", "is no day"),
        ("2025-09-30", "due-on", "before its report"),
        (None, "due-on", "needs its due date"),
        ("2025-11-01", "publisher-page", "1 November 2025"),
    ):
        more = {"now": day, "source": NOTE}
        site.refuses(site.clerk, path(entry), said | more, kind, says)


def test_an_extension_that_was_applied_for_in_time_stays_so(site):
    report = site.publish(bodies=[], kind="other", published_on="2025-10-01")
    duty = {"rule": "manual", "due_on": "2025-12-10", "source": NOTE}
    entry = site.clerk.act(f"{report.response}/duties", duty)
    site.clerk.act(
        f"{report.response}/extensions",
        {
            "applied_on": "2025-11-20",
            "granted_on": "2025-11-21",
            "granted_by": "The council",
            "due_on": "2026-01-10",
            "basis": "A long list.",
            "occurred_on": "2025-11-21",
        },
    )

    said = {"field": "due_on", "now": "2025-11-10", "reason": "Misread."}
    source = {"source": site.own_page()}
    site.refuses(site.clerk, path(entry), said | source, "extension", "was due already")
    site.clerk.act(path(entry), said | source | {"now": "2025-12-05"})
    found = site.anybody.reads(report.response)
    assert (found["due_on"], found["original_due_on"]) == ("2026-01-10", "2025-12-05")


def test_the_reports_day_is_not_corrected_to_one_after_the_period_began(site, owed):
    report, _ = owed
    said = {"field": "published_on", "now": "2025-04-02", "reason": "A slip."}

    site.refuses(
        site.clerk,
        path(report.entry("report-published")),
        said | {"source": site.own_page()},
        "trigger-on",
        "before the report was published",
    )
