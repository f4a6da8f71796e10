"""A way out of a wrong duty: one duty is retracted, or the body that it names says that it was
recorded in error, and whoever recorded it answers."""

import re
from datetime import date
from html import unescape

import pytest

from ledger.replay.answers import answers
from ledger.replay.log import ending, read
from ledger.replay.world import World
from tests.api.founding import COUNTRY
from tests.api.signing_in import browser, provided
from tests.api.site import FORCE, NOTE, PFCC, Site, json_of, problem_of, statement
from tests.projections.comparing import compared
from tests.projections.test_replay_oracle import rows

FOUNDING = COUNTRY


WHY = {"reason": "It was never owed."}
KENT = "kent-pcc"


@pytest.fixture
def wrong(site):
    """A report that Cumbria's clerk recorded, with a duty of Kent's office."""
    return site.publish(bodies=[PFCC, KENT])


def duty_of(site: Site, report, body: str) -> str:
    """The entry of a body's duty."""
    events = report.answer["events"]
    return next(str(one["id"]) for one in events if one["stream"].endswith(f"/{body}"))


def response_of(report, body: str = KENT) -> str:
    return f"/api/responses/{report.reference}/{body}"


def retract(site: Site, report, body: str = KENT, who=None):
    path = f"/api/entries/{duty_of(site, report, body)}/retraction"
    return (who or site.clerk).records(path, WHY)["event"]


# --- retraction


def test_its_recorder_retracts_a_duty_and_its_address_still_answers(site, wrong):
    event = retract(site, wrong)

    found = site.anybody.reads(response_of(wrong))
    assert (found["verdict"], found["due_on"], found["days"]) == (None, None, None)
    assert found["retracted"]["entry"] == event["id"]
    assert found["retracted"]["by"] == "cumbria-pfcc/clerk"
    assert found["headline"].startswith("This duty was retracted on 24 November 2025, by")
    assert site.anybody.reads(response_of(wrong, PFCC))["verdict"] is not None
    site.catch_up()
    owed = site.anybody.reads("/api/responses", report=wrong.reference)["items"]
    assert [one["body"] for one in owed] == [PFCC]
    assert site.anybody.reads(response_of(wrong))["verdict"] is None
    totals = site.anybody.reads("/api/compliance", group_by="body", body=KENT)
    assert KENT not in str(totals["items"])


def test_it_is_refused_for_none_of_its_publications_which_answer_on(site, wrong):
    path = f"{response_of(wrong, PFCC)}/statement"
    site.clerk.records(path, statement("2025-07-01", explanations=[]))

    retract(site, wrong, PFCC)

    found = site.anybody.reads(response_of(wrong, PFCC))
    assert found["verdict"] is None
    assert [one["published_on"] for one in found["statements"]] == ["2025-07-01"]
    site.catch_up()
    page = site.anybody.get(f"/responses/{wrong.reference}/{PFCC}").text
    assert "This duty was retracted" in page
    assert "1 July 2025" in page


def test_its_extension_gives_a_duty_without_a_period_no_last_day(site):
    report = site.publish(bodies=[], published_on="2017-05-01")
    by_hand = {"rule": "manual", "due_on": "2025-11-01", "source": NOTE}
    duty = site.clerk.act(f"{report.response}/duties", by_hand)
    granted = {"applied_on": "2025-10-20", "granted_on": "2025-10-21", "due_on": "2025-11-10"}
    said = {"granted_by": "HMICFRS", "basis": "It asked.", "occurred_on": None, "source": NOTE}
    site.admin.records(f"{report.response}/extensions", granted | said)
    site.clerk.records(f"/api/entries/{duty}/retraction", WHY)
    site.clerk.records(f"{report.response}/duties", {"rule": "pa96-s55-2001", "source": NOTE})

    assert site.anybody.reads(report.response)["verdict"] == "no_period"
    log = read(rows(site))
    mine = answers(World(log, len(log.lines), date(2025, 11, 24)))
    assert mine.responses[report.response]["verdict"] == "no_period"


def test_what_it_added_about_a_recommendation_later_answers_on(site, wrong):
    site.clerk.records(
        f"{response_of(wrong, PFCC)}/statement", statement("2025-07-01", explanations=[])
    )
    added = {"field": "passage", "number": "02", "addressee": FORCE, "now": "We agree."}
    site.clerk.records(f"{response_of(wrong, PFCC)}/revisions", added | {"seen_on": "2025-09-01"})
    path = f"/api/recommendations/{wrong.reference}/02/{FORCE}"
    before = site.anybody.reads(path)["statements"]

    retract(site, wrong, PFCC)

    assert len(before) == 1
    assert site.anybody.reads(path)["statements"] == before
    (published,) = site.anybody.reads(response_of(wrong, PFCC))["statements"]
    assert [one["now"] for one in published["revisions"]] == ["We agree."]
    site.catch_up()
    log = read(rows(site))
    mine = answers(World(log, len(log.lines), date(2025, 11, 24)))
    assert compared(site, log, mine, len(log.lines), date(2025, 11, 24)) == []


def test_as_known_before_the_duty_stands(site, wrong):
    then = site.position
    retract(site, wrong)

    assert site.anybody.reads(response_of(wrong), known_at=then)["verdict"] is not None
    problem = problem_of(site.anybody.get(f"{response_of(wrong)}/working"), 404, "not-recorded")
    assert "No verdict is worked out" in problem["detail"]


def test_every_form_of_it_is_set_aside_and_a_later_day_makes_it_not_anew(site):
    report = site.publish(bodies=[PFCC, KENT], published_on="2025-11-20")
    published = report.entry("report-published")
    moved = {"field": "published_on", "now": "2025-11-19", "reason": "A slip.", "source": NOTE}
    site.clerk.records(f"/api/entries/{published}/corrections", moved)

    retract(site, report)

    assert site.anybody.reads(response_of(report))["verdict"] is None
    site.clerk.records(f"/api/entries/{published}/corrections", moved | {"now": "2025-11-18"})
    assert site.anybody.reads(response_of(report))["verdict"] is None
    assert site.anybody.reads(response_of(report, PFCC))["due_on"] == "2026-01-12"


def test_it_stands_again_as_the_reports_day_is_now(site):
    report = site.publish(bodies=[KENT], published_on="2025-11-20")
    event = retract(site, report)
    published = report.entry("report-published")
    moved = {"field": "published_on", "now": "2025-11-19", "reason": "A slip.", "source": NOTE}
    site.clerk.records(f"/api/entries/{published}/corrections", moved)

    site.clerk.records(f"/api/entries/{event['id']}/retraction", WHY)

    assert site.anybody.reads(response_of(report))["due_on"] == "2026-01-13"


def test_it_does_not_stand_again_beside_one_that_was_recorded_anew(site, wrong):
    event = retract(site, wrong)
    site.clerk.records(f"{response_of(wrong)}/duties", {})
    assert site.anybody.reads(response_of(wrong))["verdict"] is not None

    site.refuses(
        site.clerk,
        f"/api/entries/{event['id']}/retraction",
        WHY,
        "duty-exists",
        "was recorded anew since it was retracted",
    )


def test_an_administrator_retracts_it_and_another_body_is_told_what_to_do(site, wrong):
    path = f"/api/entries/{duty_of(site, wrong, KENT)}/retraction"
    problem = problem_of(site.caller("dorset").post(path, WHY), 403, "not-allowed")
    assert "cumbria-pfcc recorded it" in problem["detail"]
    assert "recorded_in_error" in problem["detail"]

    retract(site, wrong, who=site.admin)


# --- the body named says that it does not owe it

DENIED = {
    "basis": "recorded_in_error",
    "decided_by": "Dorset's office",
    "occurred_on": "2025-11-20",
}
DORSET = "dorset-pcc"


@pytest.fixture
def denied(site):
    """A report to which Cumbria's clerk recorded a duty of Dorset, which denies it."""
    report = site.publish(bodies=[DORSET])
    looked = {"looked_on": "2025-08-01", "where": "Its page of responses.", "source": NOTE}
    site.clerk.records(f"{response_of(report, DORSET)}/lookups", looked)
    return report


def verdict(site: Site, report, **asked):
    return site.anybody.reads(response_of(report, DORSET), **asked)


def test_silence_is_no_breach_once_the_body_named_says_that_it_does_not_owe_this(site, denied):
    assert verdict(site, denied)["verdict"] == "overdue"
    then = site.position

    site.caller("dorset").records(f"{response_of(denied, DORSET)}/disapplications", DENIED)

    found = verdict(site, denied)
    assert (found["verdict"], found["days"]) == ("not_shown", None)
    assert (
        found["headline"] == "Dorset Police and Crime Commissioner says that it does not owe this."
    )
    assert verdict(site, denied, effective_on="2025-07-12")["verdict"] == "not_shown"
    assert verdict(site, denied, known_at=then)["verdict"] == "overdue"
    site.catch_up()
    listed = site.anybody.reads("/api/responses", report=denied.reference)["items"]
    assert [one["verdict"] for one in listed] == ["not_shown"]


def test_the_page_leads_the_body_named_to_the_form_and_then_says_what_settles_it(site, denied):
    path = response_of(denied, DORSET).removeprefix("/api")
    with provided(site):
        dorset = browser(site)
        dorset.signs_in("dorset-pcc/clerk")
        page = dorset.get(path).text
        assert "Is the duty itself wrong?" in page
        leads = re.search(r'href="([^"]+)">Say that Dorset[^<]+ does not owe it', page)
        assert leads is not None
        form = dorset.get(unescape(leads[1])).text
        assert "The body does not owe it: the duty was recorded in error" in form

        site.caller("dorset").records(f"{response_of(denied, DORSET)}/disapplications", DENIED)
        page = dorset.get(path).text
    assert "Is the duty itself wrong?" not in page
    assert "whoever recorded the duty retracts it, or confirms it with a source" in page


def test_an_unlooked_for_response_reads_not_shown_too(site):
    report = site.publish(bodies=[DORSET])
    assert verdict(site, report)["verdict"] == "not_looked_for"
    site.caller("dorset").records(f"{response_of(report, DORSET)}/disapplications", DENIED)
    assert verdict(site, report)["verdict"] == "not_shown"


def test_a_late_publication_stands_with_the_bodys_word_beside(site, denied):
    said = statement("2025-07-14", explanations=[])
    site.caller("dorset").records(f"{response_of(denied, DORSET)}/statement", said)
    site.caller("dorset").records(f"{response_of(denied, DORSET)}/disapplications", DENIED)

    found = verdict(site, denied)
    assert (found["verdict"], found["days"]) == ("late", 4)
    assert "says that it does not owe this" in found["headline"]


@pytest.mark.parametrize(
    ("parts", "expected", "says"),
    [
        (["comments", "chief_officer_comments"], "in_time", "In time with the chief officer’s"),
        (["comments"], "incomplete", "In time without the chief officer’s comments"),
    ],
)
def test_a_publication_in_time_stands_with_the_bodys_word_beside(
    site, denied, parts, expected, says
):
    dorset, path = site.caller("dorset"), response_of(denied, DORSET)
    received = {"occurred_on": "2025-06-20", "text": "We agree.", "source": NOTE}
    dorset.records(f"{path}/comments", received)
    said = statement("2025-07-01", explanations=[], parts=parts)
    dorset.records(f"{path}/statement", said)
    before = verdict(site, denied)["verdict"]

    dorset.records(f"{path}/disapplications", DENIED)

    found = verdict(site, denied)
    assert before == found["verdict"] == expected
    assert found["headline"].startswith(says)
    assert "says that it does not owe this" in found["headline"]
    site.catch_up()
    log = read(rows(site))
    mine = answers(World(log, len(log.lines), date(2025, 11, 24)))
    assert mine.responses[path]["verdict"] == expected
    assert compared(site, log, mine, len(log.lines), date(2025, 11, 24)) == []


def test_its_force_or_another_does_not_say_so_for_it(site, denied):
    reported = DENIED | {"source": NOTE}
    site.admin.records(f"{response_of(denied, DORSET)}/disapplications", reported)
    assert verdict(site, denied)["verdict"] == "overdue"


def test_a_confirmation_restores_the_verdict(site, denied):
    path = response_of(denied, DORSET)
    stands = {"reason": "Its force was inspected.", "occurred_on": "2025-11-21"}
    site.refuses(
        site.clerk, f"{path}/confirmations", stands, "nothing-to-confirm", "nothing to confirm"
    )
    site.caller("dorset").records(f"{path}/disapplications", DENIED)

    problem_of(site.caller("dorset").post(f"{path}/confirmations", stands), 403, "not-allowed")
    site.refuses(
        site.clerk, f"{path}/confirmations", stands, "source-required", "that the duty stands"
    )
    event = site.clerk.records(f"{path}/confirmations", stands | {"source": NOTE})["event"]

    assert event["type"] == "duty-confirmed"
    assert verdict(site, denied)["verdict"] == "overdue"
    site.refuses(
        site.hmicfrs,
        f"{path}/confirmations",
        stands | {"source": NOTE},
        "nothing-to-confirm",
        "nothing to confirm",
    )


def test_a_body_does_not_deny_a_duty_that_it_recorded_itself(site):
    report = site.publish()
    path = response_of(report, PFCC)
    site.clerk.records(f"{path}/disapplications", DENIED)

    found = site.anybody.reads(path)
    assert found["verdict"] in ("overdue", "not_looked_for")


def test_lists_addresses_and_replay_agree_on_a_retracted_duty_after_each_entry(site):
    began = site.position
    report = site.publish(bodies=[PFCC, KENT], published_on="2025-11-20")
    plan = {"rule": "manual", "due_on": "2025-12-20", "name": "action-plan", "source": NOTE}
    named = site.admin.records(f"{response_of(report)}/duties", plan)["event"]
    moved = {"field": "published_on", "now": "2025-11-19", "reason": "A slip.", "source": NOTE}
    corrections = f"/api/entries/{report.entry('report-published')}/corrections"
    site.clerk.records(corrections, moved)
    first = retract(site, report)
    site.clerk.records(corrections, moved | {"now": "2025-11-18"})
    site.admin.records(f"/api/entries/{named['id']}/retraction", WHY)
    site.clerk.records(f"/api/entries/{first['id']}/retraction", WHY)
    site.admin.records(f"{response_of(report)}/duties", plan)
    retract(site, report)
    site.catch_up()

    log, on, retracted = read(rows(site)), date(2025, 11, 24), set()
    for position in sorted({ending(log.lines, n) for n in range(began + 1, site.position + 1)}):
        mine = answers(World(log, position, on))
        for name in ("response", "action-plan"):
            asked = {"name": name, "known_at": position}
            answer = site.anybody.get(response_of(report), **asked)
            query = "" if name == "response" else f"?name={name}"
            stands = answer.status_code == 200 and "retracted" not in json_of(answer)
            assert (response_of(report) + query in mine.responses) == stands
            if answer.status_code == 200 and not stands:
                assert json_of(answer)["verdict"] is None
                retracted.add(name)
    assert retracted == {"response", "action-plan"}
