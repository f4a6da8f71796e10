"""The two dates of a question: the day is that of what was known, and what may have been in time by
what is recorded is accused of nothing."""

import re
from datetime import date, datetime, timedelta

import psycopg
import pytest

from ledger.dates import Interval, interval
from tests.api.site import FORCE, NOTE, problem_of, recommendation, statement
from tests.api.test_the_whole_life import MORE_TIME, by_hand
from tests.projections.sites import fresh_site

WHY = {"reason": "As agreed."}


@pytest.fixture(scope="module")
def site(postgres, founding):
    """One of its own day, in which each test publishes what it asks about."""
    with fresh_site(postgres, founding) as here:
        yield here


@pytest.fixture(scope="module")
def later_site(postgres, founding):
    """One of October 2026, with a report that was answered."""
    with fresh_site(postgres, founding) as here:
        yield here


@pytest.fixture(scope="module")
def answered(later_site):
    """Return a report of 2 August 2026, due on 26 September, answered and recorded on 11
    September."""
    site = later_site
    site.clock.set("2026-08-02")
    report = site.publish(published_on="2026-08-02")
    site.clock.set("2026-09-11")
    site.clerk.records(f"{report.response}/statement", statement("2026-09-11", explanations=[]))
    site.clock.set("2026-10-22")
    site.catch_up()
    return report


@pytest.mark.parametrize(("given", "position"), [("36,517", "36517"), ("1,036,517", "1036517")])
def test_a_position_is_read_as_pages_show_it(later_site, answered, given, position):
    answer = later_site.anybody.get(answered.response, known_at=given)
    page = later_site.anybody.get(answered.response.removeprefix("/api"), known_at=given)

    assert f", before {position}: " in problem_of(answer, 422, "not-known-yet")["detail"]
    assert page.status_code == 302
    assert f"known_at={position}" in page.headers["Location"]


@pytest.mark.parametrize("given", ["36,51", "1,2345", ",517", "36,,517", "0,000"])
def test_what_only_looks_like_a_position_is_refused(later_site, answered, given):
    answer = later_site.anybody.get(answered.response, known_at=given)

    problem_of(answer, 422, "unfit")


@pytest.mark.parametrize("known_at", ["2026-09-06", "2026-09-06T12:00:00Z", "its position"])
def test_a_body_that_answered_in_time_was_never_overdue(later_site, answered, known_at):
    asked = {"known_at": known_at}
    if known_at == "its position":
        asked = {"known_at": str(answered.answer["position"])}
    day = "2026-08-02" if known_at == "its position" else "2026-09-06"
    one = later_site.anybody.reads(answered.response, **asked)
    listed = later_site.anybody.reads("/api/responses", report=answered.reference, **asked)
    counted = later_site.anybody.reads("/api/compliance", report=answered.reference, **asked)
    page = later_site.anybody.get(answered.response.removeprefix("/api"), **asked).text

    assert one["verdict"] == "not_due"
    assert [each["verdict"] for each in listed["items"]] == ["not_due"]
    assert counted["total"]["verdicts"] == {"not_due": 1}
    assert 'class="tag tag-not_due"' in page
    for answer in (one, listed, counted):
        assert answer["as_of"]["effective_on"] == day
    assert later_site.anybody.reads(answered.response)["verdict"] == "in_time"


def test_a_position_may_be_asked_about_days_until_more_was_recorded(later_site, answered):
    known = {"known_at": answered.answer["position"]}
    last = later_site.anybody.reads(answered.response, effective_on="2026-09-11", **known)
    refused = later_site.anybody.get(answered.response, effective_on="2026-09-12", **known)

    assert (last["verdict"], last["days"]) == ("not_due", 15)
    assert refused.status_code == 422
    assert "effective_on=2026-09-11 or an earlier day" in refused.json["detail"]


def test_a_cited_page_and_a_next_page_can_be_asked_for_long_after_the_last_entry(
    later_site, answered
):
    for path in (answered.response, "/api/responses"):
        page = later_site.anybody.get(
            path.removeprefix("/api") if path != "/api/responses" else "/"
        )
        (cited, *_) = re.findall(r'href="([^"]*known_at=\d+&amp;effective_on=[^"]*)"', page.text)
        assert "effective_on=2026-10-22" in cited
        assert later_site.anybody.get(cited.replace("&amp;", "&")).status_code == 200
    later_site.publish(published_on="2026-08-02")
    later_site.clock.set("2026-11-20")
    later_site.catch_up()
    first = later_site.anybody.get("/api/reports", limit=1)
    (after,) = re.findall("<(.*)>", first.headers["Link"])
    assert later_site.anybody.get(after).json["as_of"]["effective_on"] == "2026-11-20"


def test_a_position_inside_a_transaction_is_its_end(site):
    report = site.publish()
    site.catch_up()
    entries = report.answer["events"]
    assert len(entries) > 2

    for known_at in range(entries[0]["position"], report.answer["position"] + 1):
        asked = {"known_at": known_at, "effective_on": "2025-05-16"}
        found = site.anybody.reads(report.path, **asked)
        assert found["as_of"]["position"] == report.answer["position"]
        assert len(found["responses"]) == len(found["recommendations"]) == 1


def test_two_commands_have_no_moment_in_common_while_the_clock_stands(another_site):
    site = another_site
    report = site.publish()
    stands = (
        "CREATE OR REPLACE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz VOLATILE"
        f" LANGUAGE sql AS $$ SELECT '{site.ledger.now().isoformat()}'::timestamptz $$"
    )
    with psycopg.connect(site.url, autocommit=True) as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(stands.encode())
    sought = {"of": FORCE, "question": "Done?", "occurred_on": None}
    path = f"{report.recommendation}/assurances"
    told = [site.clerk.records(path, sought) for _ in range(2)]

    first, second = (datetime.fromisoformat(one["event"]["recorded_at"]) for one in told)
    assert second - first == timedelta(microseconds=1)


def test_while_the_read_models_lag_nobody_is_accused_of_what_is_recorded_meanwhile(another_site):
    site = another_site
    site.clock.set("2026-08-02")
    report = site.publish(published_on="2026-08-02")
    site.catch_up()
    site.clock.set("2026-09-11")
    with site.behind():
        site.clerk.records(f"{report.response}/statement", statement("2026-09-11", explanations=[]))
        site.clock.set("2026-10-22")

        listed = site.anybody.reads("/api/responses", report=report.reference)

        assert listed["as_of"]["effective_on"] == "2026-09-11"
        assert [one["verdict"] for one in listed["items"]] == ["not_due"]
        later = site.anybody.get("/api/responses", effective_on="2026-10-01")
        assert later.status_code == 503


@pytest.fixture
def aimed(site):
    """Return a recommendation whose target was 30 June 2025."""
    return site.publish(recommendations=[recommendation("02", target={"on": "2025-06-30"})])


def target(site, report, on):
    """Return the standing of its target on a day, and check it in the list and by each filter."""
    site.catch_up()
    one = site.anybody.reads(report.recommendation, effective_on=on)["target"]
    asked = {"report": report.reference, "effective_on": on}
    (listed,) = site.anybody.reads("/api/recommendations", **asked)["items"]
    assert listed["target"] == one
    for word in ("ahead", "passed", "over"):
        found = site.anybody.reads("/api/recommendations", target=word, **asked)["items"]
        assert bool(found) == (word == one["standing"]), word
    return one["standing"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("closures", WHY),
        ("updates", {"text": "U.", "claim": {"as_stated": "Done!", "means": "complete"}}),
        ("withdrawals", WHY),
        ("targets", WHY | {"on": "2025-12-31", "origin": "internal"}),
    ],
)
def test_no_target_has_passed_while_it_may_have_been_done_with_already(site, aimed, act, said):
    dated = {"occurred_on": "2025-08", "source": NOTE}
    who = {"updates": site.force, "targets": site.clerk}.get(act, site.admin)
    who.records(f"{aimed.recommendation}/{act}", said | dated)

    assert target(site, aimed, "2025-06-30") == "ahead"
    assert target(site, aimed, "2025-07-31") == "passed"
    assert target(site, aimed, "2025-08-01") == target(site, aimed, "2025-08-30") == "over"
    assert target(site, aimed, "2025-08-31") == ("ahead" if act == "targets" else "over")


def test_a_target_that_an_undated_act_holds_open_names_the_act_and_the_page_says_why(site, aimed):
    claim = CLAIM | {"occurred_on": "2025-06", "source": NOTE}
    entry = site.force.act(f"{aimed.recommendation}/updates", claim)
    day = {"effective_on": "2025-06-30"}
    assert "undated" not in site.anybody.reads(aimed.recommendation, **day)["target"]
    later = {"text": "It goes on.", "occurred_on": "2025-06-20", "source": NOTE}
    site.force.act(f"{aimed.recommendation}/updates", later)
    site.clerk.act(f"{aimed.recommendation}/targets", SOONER)
    site.catch_up()

    asked = {"effective_on": "2025-06-25"}
    found = site.anybody.reads(aimed.recommendation, **asked)
    page = site.anybody.get(aimed.recommendation.removeprefix("/api"), **asked).text

    assert (found["status"], found["target"]["standing"]) == ("open", "over")
    held = {"entry": entry, "type": "update-received", "occurred_on": "2025-06"}
    assert found["target"]["undated"] == [held]
    assert "Nothing shows whether it was met." in page
    assert "1 act without an exact day may have ended the recommendation or moved" in page
    assert "update received (June 2025)</a>. Once the day is known" in page


SOONER = WHY | {"on": "2025-06-10", "origin": "internal", "occurred_on": "2025-06-01"}
CLAIM = {"text": "All done.", "claim": {"as_stated": "Complete", "means": "complete"}}


def test_more_time_that_may_have_been_granted_already_accuses_nobody(site):
    path = by_hand(site, site.publish(), "2025-06-30")
    granted = MORE_TIME | {"applied_on": "2025-06-20", "due_on": "2025-07-20", "source": NOTE}
    granted |= {"occurred_on": "2025-07"}
    site.admin.records(f"{path}/extensions", granted)
    for day in ("2025-07-19", "2025-07-25", "2025-07-31"):
        site.clerk.records(f"{path}/lookups", {"looked_on": day, "where": "Its page."})
    site.catch_up()

    def said(on):
        one = site.anybody.reads(path, effective_on=on)
        asked = {"report": path.split("/")[3], "effective_on": on}
        listed = site.anybody.reads("/api/responses", **asked)["items"]
        counted = site.anybody.reads("/api/compliance", **asked)["total"]
        assert one["verdict"] in {each["verdict"] for each in listed}
        assert counted["verdicts"][one["verdict"]] >= 1
        return one["verdict"], one["days"], one["at_least"]

    assert said("2025-07-19") == ("not_shown", None, False)
    assert said("2025-07-25") == ("overdue", 5, True)
    assert said("2025-07-31") == ("overdue", 11, True)
    sentences = site.anybody.reads(f"{path}/working", effective_on="2025-07-25")["sentences"]
    assert any("More time was granted on a day that is not exactly known" in s for s in sentences)
    assert "Overdue by at least 5 days" in sentences[-1]


def test_a_capture_shows_that_an_act_had_happened_when_the_capture_came():
    report, received = date(2025, 5, 16), date(2025, 7, 9)

    found = interval("2025-07-14", not_before=report, received_by=received)

    assert found == Interval(received, received)
