"""Rules as data: adopted without a line of code, and what is judged by them, at both clocks."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ledger.acts.decision import Notice
from ledger.acts.service import adopt_rule
from ledger.register import read_rules
from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from ledger.states.service import SETUP
from tests.api.founding import RECORD_KEPT
from tests.api.site import NOTE, PFCC, statement
from tests.api.test_one_day import correct_day
from tests.projections.test_replay_oracle import rows

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


DOCUMENTED = read_rules((Path(__file__).parents[2] / "examples/rules.toml").read_text("utf-8"))
OURS = {
    "id": "local-scheme",
    "version": 1,
    "title": "A local scheme",
    "citation": "Decision of 3 March 2025",
    "text": "Within five working days of receipt.",
    "trigger": "received",
    "period": {"count": 5, "unit": "working_day"},
    "first_day": "not_counted",
    "reply_to": "the panel",
    "read": True,
}


@pytest.mark.parametrize(
    ("rule", "received", "due_on", "published", "verdict", "says"),
    [
        (
            "jtai-si-2015-1792",
            "2025-04-01",
            "2025-07-14",
            "2025-07-15",
            ("late", 1),
            "1 April 2025 is not counted, 14 July 2025 is working day 70.",
        ),
        (
            "maib-si-2012-1743",
            "2025-06-02",
            "2025-07-02",
            "2025-07-02",
            ("in_time", None),
            "2 June 2025 is not counted, 2 July 2025 is day 30.",
        ),
        (
            "local-ombudsman",
            "2025-05-31",
            "2025-08-30",
            "2025-08-31",
            ("late", 1),
            "3 months beginning with 31 May 2025 end on 30 August 2025.",
        ),
    ],
)
def test_a_documented_rule_is_adopted_and_judged_by(
    new_site, rule, received, due_on, published, verdict, says
):
    site = new_site
    for one in DOCUMENTED:
        site.ledger.record(SETUP, adopt_rule, one, Notice())
    report = site.publish(bodies=[], kind="other", published_on="2025-03-28")
    site.refuses(
        site.clerk,
        f"{report.response}/duties",
        {"rule": rule},
        "trigger-on",
        f"{rule} counts from the day on which it was received",
    )
    site.refuses(
        site.clerk,
        f"{report.response}/duties",
        {"rule": rule, "trigger_on": received},
        "source-required",
        "Say where the day is known from",
    )
    site.refuses(
        site.clerk,
        f"{report.response}/duties",
        {"rule": rule, "trigger_on": "2025-03-27", "source": NOTE},
        "trigger-on",
        "before the report was published, on 28 March 2025",
    )
    site.clerk.records(
        f"{report.response}/duties", {"rule": rule, "trigger_on": received, "source": NOTE}
    )
    owed = site.anybody.reads(report.response)
    assert (owed["due_on"], owed["trigger_on"], owed["verdict"]) == (due_on, received, "overdue")
    site.clerk.records(
        f"{report.response}/statement", statement(published_on=published, explanations=[])
    )

    found = site.anybody.reads(report.response)
    assert (found["verdict"], found["days"]) == verdict
    assert found["bases"]["trigger"] == "stated"
    working = site.anybody.reads(f"{report.response}/working")
    assert working["counting"].startswith(says)
    assert "The wording was not read" in working["counting"]
    assert working["trigger"]["on"] == received
    assert working["sentences"][0].startswith("It was received on ")
    log = read(rows(site))
    said = answers(World(log, len(log.lines), date(2025, 11, 24))).responses
    for name in ("due_on", "original_due_on", "trigger_on", "verdict", "days", "basis", "bases"):
        assert (
            said[f"/api{report.page}" if hasattr(report, "page") else report.response][name]
            == (found[name])
        ), name


def test_a_recommendation_is_made_before_it_is_published_but_never_due_before(whole_site):
    site = whole_site
    report = site.publish(
        site.admin, publisher="iopc", kind="iopc", published_on="2025-05-16", bodies=[], source=NOTE
    )
    duty = {"source": NOTE, "trigger_on": "2025-03-20"}
    site.refuses(
        site.clerk,
        f"{report.response}/duties",
        duty,
        "due-on",
        "A response would be due on 14 May 2025, before its report was published, on 16 May 2025.",
    )
    site.clerk.records(f"{report.response}/duties", duty | {"trigger_on": "2025-04-01"})

    owed = site.anybody.reads(report.response)
    assert (owed["rule"]["id"], owed["due_on"]) == ("iopc-28b", "2025-05-26")


def test_an_administrator_adopts_a_rule_over_http(new_site):
    site = new_site
    site.refuses(
        site.clerk, "/api/rules", OURS, "not-allowed", "lacks the scope “admin”", status=403
    )
    site.admin.records("/api/rules", OURS)

    rule = site.anybody.reads("/api/rules")["items"][-1]
    assert {name: rule[name] for name in OURS} == OURS
    assert len(rule["sha256"]) == 64
    again = OURS | {"text": "Within six."}
    site.refuses(
        site.admin, "/api/rules", again, "rule-version", "Version 1 of local-scheme cannot follow"
    )
    report = site.publish(bodies=[], kind="other", published_on="2025-05-16")
    site.clerk.records(
        f"{report.response}/duties",
        {"rule": "local-scheme", "trigger_on": "2025-05-22", "source": NOTE},
    )
    found = site.anybody.reads(report.response)  # the bank holiday of 26 May lies between
    assert (found["due_on"], found["rule"]["citation"]) == ("2025-05-30", OURS["citation"])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"period_days": 5}, "gives its period once, as period or as period_days"),
        ({"period": {"count": 0, "unit": "day"}}, "counts its version and its period from 1"),
        ({"period": {"count": 9999, "unit": "day"}}, "has a period of at most 4,000"),
        ({"period": None}, "says how it counts where it has a period, and only there"),
        ({"bodies": ["army"], "reports": ["peel"]}, "lists in `bodies` some of"),
        ({"bodies": ["force"]}, "lists kinds of body and of report, or neither"),
        ({"parts": ["reply"]}, "has the body's comments among its parts"),
        ({"publishers": ["camelot"]}, "“camelot” of its publishers is neither a body"),
        ({"id": "Not An Id"}, "has an id of 1 to 80"),
        ({"applies_from": "2025-05"}, "as days (YYYY-MM-DD)"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_a_sentence(site, changed, says):
    sent = {name: said for name, said in (OURS | changed).items() if said is not None}
    site.refuses(site.admin, "/api/rules", sent, "rule-unfit", says)


def test_a_rule_binds_by_itself_whom_it_names(new_site):
    site = new_site
    site.admin.records(
        "/api/bodies",
        {"id": "a-commissioner", "name": "A Commissioner", "kind": "national_body"},
    )
    rule = {
        "id": "explain",
        "version": 1,
        "title": "An explanation",
        "citation": "An Act",
        "text": "Within 28 days.",
        "bodies": ["local_policing_body", "force"],
        "reports": ["other"],
        "publishers": ["a-commissioner"],
        "period_days": 28,
        "per_recommendation": True,
    }
    site.admin.records("/api/rules", rule)

    theirs = site.publish(
        site.admin,
        publisher="a-commissioner",
        kind="other",
        published_on="2025-05-16",
        source=NOTE,
        bodies=[PFCC],
    )
    found = site.anybody.reads(theirs.response)
    assert (found["rule"]["id"], found["due_on"]) == ("explain", "2025-06-12")
    another = site.publish(bodies=[], kind="other")
    site.refuses(site.clerk, f"{another.response}/duties", {}, "no-rule", "No rule covers")


def test_a_later_version_moves_no_duty_though_the_reports_day_is_corrected(new_site):
    report = new_site.publish()
    first = new_site.ledger.look().service.rules["pa96-s55", 3]
    shorter = replace(first, version=4, period_days=28)
    new_site.ledger.record(SETUP, adopt_rule, shorter, Notice())

    correct_day(new_site, report, "2025-05-15")

    found = new_site.anybody.reads(report.response)
    assert (found["rule"]["version"], found["due_on"]) == (3, "2025-07-09")


def test_no_name_puts_a_rule_in_the_place_of_one_that_applies_by_itself(new_site):
    site = new_site
    site.ledger.record(SETUP, adopt_rule, DOCUMENTED[0], Notice())
    late = {"rule": DOCUMENTED[0].id, "trigger_on": "2025-06-01", "source": NOTE}
    report = site.publish(bodies=[])
    site.refuses(
        site.clerk,
        f"{report.response}/duties",
        late,
        "no-rule",
        f"Not {DOCUMENTED[0].id} but pa96-s55 covers",
    )
    some_day = site.publish(bodies=[], published_on="2017")
    site.refuses(
        site.clerk,
        f"{some_day.response}/duties",
        {"rule": "pa96-s55-2001"},
        "no-rule",
        "Not pa96-s55-2001 but pa96-s55 covers",
    )
