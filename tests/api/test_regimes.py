"""Each regime of docs/law.md, from the report to the verdict and its working, and by `replay`."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from tests.api.founding import KEPT_IN_THE_COUNTRY
from tests.api.site import NOTE, PFCC, Site, statement
from tests.projections.test_replay_oracle import rows

FOUNDING = KEPT_IN_THE_COUNTRY
"""What is silent is overdue."""


NOT_READ = "The wording was not read: it is counted from the day itself."


@dataclass(frozen=True)
class Regime:
    """A report, who answers it, how the duty is recorded and what is published; and the answers."""

    about: str
    report: dict[str, Any]
    published_on: str | None
    rule: str
    due_on: str | None
    verdict: str
    days: int | None
    says: str
    """How its last day is counted."""
    reads: bool = True
    body: str = PFCC
    duty: dict[str, Any] | None = None
    """The request for the duty, where it does not come with the report."""
    acts: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Acts that are recorded before the response."""
    parts: list[str] = field(default_factory=lambda: ["comments"])


REGIMES = [
    Regime(
        "a custody inspection, answered with the chief officer's comments",
        {"kind": "custody", "published_on": "2025-05-16"},
        "2025-07-10",
        "pa96-s55 v3",
        "2025-07-10",
        "in_time",
        None,
        "16 May 2025 is day 1, 10 July 2025 is day 56.",
        acts=(("comments", {"occurred_on": "2025-06-20", "text": "We agree.", "source": NOTE}),),
        parts=["comments", "chief_officer_comments"],
    ),
    Regime(
        "a letter after a revisit, answered without them",
        {"kind": "revisit_letter", "published_on": "2025-05-16"},
        "2025-07-10",
        "pa96-s55 v3",
        "2025-07-10",
        "incomplete",
        None,
        "16 May 2025 is day 1, 10 July 2025 is day 56.",
        acts=(("comments", {"occurred_on": "2025-06-20", "text": "We agree.", "source": NOTE}),),
    ),
    Regime(
        "a report before 2 May 2017",
        {"kind": "peel", "published_on": "2017-05-01"},
        "2025-07-10",
        "pa96-s55-2001 v3",
        None,
        "no_period",
        None,
        "Comments were due; no period was set.",
    ),
    Regime(
        "a report of the Victims' Commissioner, answered a day late",
        {
            "kind": "commissioner_report",
            "published_on": "2025-05-16",
            "publisher": "victims-commissioner",
        },
        "2025-07-11",
        "dvcva04-s49a v1",
        "2025-07-10",
        "late",
        1,
        f"16 May 2025 is day 1, 10 July 2025 is day 56. {NOT_READ}",
        reads=False,
        body="ministry-of-justice",
    ),
    Regime(
        "a report of the Domestic Abuse Commissioner, answered in time by a force",
        {
            "kind": "commissioner_report",
            "published_on": "2022-01-31",
            "publisher": "domestic-abuse-commissioner",
        },
        "2022-03-27",
        "daa21-s16 v2",
        "2022-03-27",
        "in_time",
        None,
        f"31 January 2022 is day 1, 27 March 2022 is day 56. {NOT_READ}",
        reads=False,
        body="cumbria-constabulary",
    ),
    Regime(
        "a recommendation of the IOPC, made before it was published, and more time granted",
        {"kind": "iopc", "published_on": "2025-05-16", "publisher": "iopc"},
        "2025-06-20",
        "iopc-28b v2",
        "2025-06-23",
        "in_time",
        None,
        "1 April 2025 is day 1, 26 May 2025 is day 56.",
        duty={"trigger_on": "2025-04-01", "source": NOTE},
        acts=(
            (
                "extensions",
                {
                    "occurred_on": "2025-05-22",
                    "applied_on": "2025-05-20",
                    "granted_on": "2025-05-22",
                    "granted_by": "Independent Office for Police Conduct",
                    "due_on": "2025-06-23",
                    "basis": "The investigation went on.",
                    "source": NOTE,
                },
            ),
        ),
    ),
    Regime(
        "an inspection of the British Transport Police, by the rule that a person named",
        {"kind": "force_inspection", "published_on": "2025-05-16"},
        "2025-07-11",
        "pa96-s55-btpa v1",
        "2025-07-10",
        "late",
        1,
        f"16 May 2025 is day 1, 10 July 2025 is day 56. {NOT_READ}",
        reads=False,
        body="british-transport-police-authority",
        duty={"rule": "pa96-s55-btpa", "source": NOTE},
    ),
    Regime(
        "a super-complaint, by the day that its report determines",
        {"kind": "super_complaint", "published_on": "2025-05-16"},
        None,
        "manual v2",
        "2025-08-15",
        "overdue",
        101,
        "15 August 2025 is the day that the source gives.",
        duty={"rule": "manual", "due_on": "2025-08-15", "source": NOTE},
    ),
    Regime(
        "a fire and rescue inspection",
        {"kind": "fire_inspection", "published_on": "2025-05-16"},
        "2025-11-01",
        "no-statutory-period v1",
        None,
        "no_period",
        None,
        "No period is set.",
        body="cumbria-fire",
    ),
    Regime(
        "State of Policing",
        {"kind": "state_of_policing", "published_on": "2025-05-16"},
        None,
        "no-statutory-period v1",
        None,
        "no_period",
        None,
        "No period is set.",
    ),
]


def recorded(site: Site, regime: Regime) -> str:
    """Record it all; the address of the response."""
    with_report = [regime.body] if regime.duty is None else []
    report = site.publish(
        site.admin, **regime.report, source=NOTE, bodies=with_report, recommendations=[]
    )
    response = f"/api/responses/{report.reference}/{regime.body}"
    if regime.duty is not None:
        site.admin.records(f"{response}/duties", regime.duty)
    for path, said in regime.acts:
        by = site.clerk if path == "comments" else site.admin  # received, on the office's own word
        by.records(f"{response}/{path}", said)
    if regime.published_on is not None:
        said = statement(regime.published_on, explanations=[], source=NOTE, by=regime.body)
        site.admin.records(f"{response}/statement", said | {"parts": regime.parts})
    return response


@pytest.mark.parametrize("regime", REGIMES, ids=lambda one: one.about)
def test_a_report_of_each_regime_comes_to_its_verdict(site, regime):
    response = recorded(site, regime)

    found = site.anybody.reads(response)
    working = site.anybody.reads(f"{response}/working")
    page = site.anybody.get(response.removeprefix("/api")).text

    rule = found["rule"]
    assert f"{rule['id']} v{rule['version']}" == regime.rule
    assert rule["read"] is working["rule"]["read"] is regime.reads
    assert ("its wording was not read" in page) is not regime.reads
    assert f"tag-{regime.verdict}" in page
    assert (found["due_on"], found["verdict"], found["days"]) == (
        regime.due_on,
        regime.verdict,
        regime.days,
    )
    assert working["counting"] == regime.says
    assert regime.says in working["sentences"]
    assert found["headline"] in working["sentences"]
    assert not any("judges the body’s own comments alone" in one for one in working["sentences"])
    log = read(rows(site))
    again = answers(World(log, len(log.lines), date(2025, 11, 24))).responses[response]
    for name in ("rule", "due_on", "original_due_on", "trigger_on", "verdict", "days", "basis"):
        assert again[name] == found[name], name


def test_a_day_after_the_end_of_the_period_is_no_day_to_apply_for_more_time(site):
    regime = next(one for one in REGIMES if one.rule == "iopc-28b v2")
    ((_, extension),) = regime.acts
    report = site.publish(site.admin, **regime.report, source=NOTE, bodies=[], recommendations=[])
    site.admin.records(f"{report.response}/duties", regime.duty)

    site.refuses(
        site.admin,
        f"{report.response}/extensions",
        extension | {"applied_on": "2025-05-27", "granted_on": "2025-05-27"},
        "extension",
        "after the response was due, on 26 May 2025",
    )
