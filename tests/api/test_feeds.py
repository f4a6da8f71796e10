"""The log for feed readers, and days for calendars: read by others' parsers."""

import re
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import feedparser  # type: ignore[import-untyped]
import pytest
import vobject  # type: ignore[import-untyped]
from icalendar import Calendar

from tests.api.addresses import PANEL
from tests.api.founding import FEW_BODIES
from tests.api.site import FORCE, NOTE, PFCC, problem_of, statement
from tests.api.test_sealed import sealed  # noqa: F401

CALENDAR, FEED = "/feeds/deadlines.ics", "/feeds/entries.atom"


def events(site, body=PFCC) -> dict[str, Any]:
    """The events of a calendar by their UID, as one library has them; another one reads them too,
    and finds the same."""
    answer = site.anybody.get(CALENDAR, body=body)
    assert answer.status_code == 200, answer.text
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    found = {str(one["uid"]): one for one in Calendar.from_ical(answer.data).walk("VEVENT")}
    read = vobject.readOne(answer.text)
    read.validate(raiseException=True)
    theirs = {one.uid.value: one for one in getattr(read, "vevent_list", [])}
    assert theirs.keys() == found.keys()
    for uid, one in theirs.items():
        assert one.dtstart.value == found[uid].decoded("dtstart")
        assert one.summary.value == str(found[uid]["summary"])
        assert one.sequence.value == str(found[uid]["sequence"])
    return found


def about(site, report, what, body=PFCC) -> Any:
    """The one event about something of a report."""
    found = [
        one
        for uid, one in events(site, body).items()
        if uid.startswith(f"{what}/") and f"/{report.reference}" in str(one["url"])
    ]
    assert len(found) == 1, found
    return found[0]


def alarms(event) -> list[int]:
    return [one.decoded("trigger") // timedelta(days=1) for one in event.walk("VALARM")]


FOUNDING = FEW_BODIES
"""How a log is read as a feed is seen of one that begins with few bodies."""


@pytest.fixture
def known(site):
    """Return a site whose read models catch up before each look."""

    def of(report, what, body=PFCC):
        site.catch_up()
        return about(site, report, what, body)

    return of


def test_a_response_is_in_the_calendar_on_the_last_day_on_which_it_is_in_time(site, report, known):
    found = known(report, "response")

    assert found.decoded("dtstart") == date(2025, 7, 10)
    assert found.decoded("dtend") == date(2025, 7, 11)
    assert "VALUE=DATE" in found["dtstart"].params.to_ical().decode()
    assert alarms(found) == [-28, -14, -3]
    assert found["status"] == "CONFIRMED"
    title = site.anybody.reads(f"/api/reports/{report.reference}")["title"]
    assert title in found["summary"]
    assert "day 56" in found["description"]


def test_an_answered_duty_reminds_no_more_and_its_day_stays(site, report, known):
    before = known(report, "response")
    site.clerk.records(f"{report.response}/statement", statement())
    after = known(report, "response")

    assert (before["uid"], before["dtstart"].dt) == (after["uid"], after["dtstart"].dt)
    assert after["sequence"] > before["sequence"]
    assert alarms(after) == []
    assert after["status"] == "CONFIRMED"


def test_an_entry_that_changes_no_day_leaves_its_sequence(site, report, known):
    before = known(report, "response")
    site.clerk.records(
        f"{report.response}/invitations", {"reply_by": "2025-12-20", "occurred_on": None}
    )

    assert known(report, "response") == before


def test_a_corrected_day_of_a_report_moves_the_last_day_under_the_same_uid(site, known):
    report = site.publish(site.hmicfrs, published_on="2025-11-03")
    before = known(report, "response")
    site.hmicfrs.records(
        f"/api/entries/{report.entry('report-published')}/corrections",
        {
            "field": "published_on",
            "now": "2025-11-04",
            "reason": "misread",
            "source": site.own_page(),
        },
    )
    after = known(report, "response")

    assert (after["uid"], after.decoded("dtstart")) == (before["uid"], date(2025, 12, 29))
    assert after["sequence"] > before["sequence"]


def test_a_report_that_is_set_aside_leaves_its_days_cancelled(site, known):
    report = site.publish(recommendations=[{**recommendation_with_target()}])
    before = known(report, "response")
    target = known(report, "target")
    assert (target.decoded("dtstart"), alarms(target)) == (date(2026, 4, 30), [-28, -14, -3])
    for one in reversed(report.answer["events"]):
        if one["type"] in ("report-published", "recommendation-raised"):
            site.clerk.records(f"/api/entries/{one['id']}/retraction", {"reason": "entered twice"})

    for was, what in ((before, "response"), (target, "target")):
        now = known(report, what)
        assert (now["uid"], now["dtstart"].dt) == (was["uid"], was["dtstart"].dt)
        assert now["status"] == "CANCELLED"
        assert now["sequence"] > was["sequence"]
        assert alarms(now) == []


def recommendation_with_target() -> dict[str, Any]:
    return {
        "number": "02",
        "text": "Answer calls in time.",
        "addressees": [FORCE],
        "target": {"on": "2026-04-30"},
    }


def test_a_target_moves_with_the_last_that_was_set(site, report, known):
    site.force.records(
        f"{report.recommendation}/targets",
        {"on": "2026-03", "origin": "force", "reason": "Said so.", "occurred_on": "2025-11-01"},
    )
    first = known(report, "target")
    set_again = site.force.act(
        f"{report.recommendation}/targets",
        {"on": "2026-05-01", "origin": "force", "reason": "Later.", "occurred_on": "2025-11-02"},
    )
    moved = known(report, "target")
    site.force.records(f"/api/entries/{set_again}/retraction", {"reason": "a slip"})
    back = known(report, "target")

    days = [one.decoded("dtstart") for one in (first, moved, back)]
    assert days == [date(2026, 3, 31), date(2026, 5, 1), date(2026, 3, 31)]
    assert first["sequence"] < moved["sequence"] < back["sequence"]
    assert len({str(one["uid"]) for one in (first, moved, back)}) == 1


def test_a_withdrawn_recommendation_has_a_target_no_more(site, report, known):
    site.force.records(
        f"{report.recommendation}/targets",
        {"on": "2026-03-01", "origin": "force", "reason": "Said so.", "occurred_on": "2025-11-01"},
    )
    site.hmicfrs.records(
        f"{report.recommendation}/withdrawals",
        {"reason": "Overtaken.", "occurred_on": "2025-11-20"},
    )

    assert known(report, "target")["status"] == "CANCELLED"


def test_a_reply_that_was_asked_for_has_a_day_until_it_came_or_the_question_was_set_aside(
    site, report, known
):
    path = f"{report.recommendation}/assurances"
    asked = {"of": FORCE, "question": "Is it secret?", "occurred_on": "2025-11-01"}
    entry = site.clerk.act(path, asked | {"reply_by": "2025-12-15"})
    open_ = known(report, "reply")
    assert alarms(open_) == [-28, -14, -3]
    assert "secret" not in site.anybody.get(CALENDAR, body=PFCC).text

    reply = {"text": "Yes.", "answers": entry, "occurred_on": "2025-11-20"}
    update = site.force.act(f"{report.recommendation}/updates", reply)
    assert alarms(known(report, "reply")) == []
    site.force.records(f"/api/entries/{update}/retraction", {"reason": "a slip"})
    assert alarms(known(report, "reply")) == [-28, -14, -3]
    site.clerk.records(f"/api/entries/{entry}/retraction", {"reason": "asked by mistake"})
    gone = known(report, "reply")

    assert (gone["uid"], gone["status"]) == (open_["uid"], "CANCELLED")


def test_a_meeting_is_there_from_its_first_paper_on(site, report):
    site.catch_up()
    path = f"/api/meetings/{PANEL}/2026-01-22"
    paper: dict[str, Any] = {
        "title": "Custody",
        "known_at": site.position,
        "effective_on": "2025-11-20",
    }
    paper |= {"occurred_on": "2025-11-20"}
    issued = site.panel.act(f"{path}/papers", paper)
    site.catch_up()
    (uid,) = [one for one in events(site) if "2026-01-22" in one]
    to_come = events(site)[uid]
    site.panel.records(f"/api/entries/{issued}/retraction", {"reason": "called off"})
    site.catch_up()
    off = events(site)[uid]

    assert (to_come.decoded("dtstart"), alarms(to_come)) == (date(2026, 1, 22), [-28, -14, -3])
    assert to_come["summary"].endswith("meets")
    assert off["status"] == "CANCELLED"
    assert off["sequence"] > to_come["sequence"]


def test_the_force_and_who_answers_for_it_have_the_same_days(site, report, known):
    known(report, "response")

    assert events(site).keys() == events(site, FORCE).keys()


def test_a_disapplied_duty_is_cancelled(site, known):
    report = site.publish(site.hmicfrs, published_on="2025-11-03")
    before = known(report, "response")
    site.clerk.records(
        f"{report.response}/disapplications",
        {
            "basis": "recorded_in_error",
            "decided_by": "The chief executive",
            "occurred_on": "2025-11-20",
            "source": NOTE,
        },
    )

    after = known(report, "response")
    assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")


def test_a_body_without_days_has_a_calendar_that_says_whose_it_is(site):
    answer = site.anybody.get(CALENDAR, body="hmi-probation")
    read = Calendar.from_ical(answer.data)

    assert read.walk("VEVENT") == []
    assert read.subcomponents
    assert "what is due" in str(read["name"])
    vobject.readOne(answer.text).validate(raiseException=True)


def test_long_titles_are_folded_and_what_means_something_in_a_calendar_is_not_read_so(site, known):
    title = "“Ünïcode”\x07; a title, with \\ and " + "ü" * 150
    report = site.publish(title=title)

    assert title.replace("\x07", "\ufffd") in known(report, "response")["summary"]


@pytest.mark.parametrize(
    ("asked", "field"), [({}, "body"), ({"body": "camelot"}, "body"), ({"body": PFCC, "x": 1}, "x")]
)
def test_a_calendar_of_nobody_is_refused_with_a_sentence(site, asked, field):
    (fault,) = problem_of(site.anybody.get(CALENDAR, **asked), 422, "unfit")["errors"]

    assert fault["field"].endswith(field)


@pytest.mark.parametrize(("path", "asked"), [(CALENDAR, {"body": PFCC}), (FEED, {"limit": 3})])
def test_a_reader_who_comes_again_hears_in_few_bytes_that_nothing_changed(site, path, asked):
    site.publish()
    site.catch_up()
    first = site.anybody.get(path, **asked)
    again = site.anybody.get(path, {"If-None-Match": first.headers["ETag"]}, **asked)
    site.publish()
    site.catch_up()
    later = site.anybody.get(path, {"If-None-Match": first.headers["ETag"]}, **asked)

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.data) == (304, b"")
    assert later.status_code == 200


# Atom


def parsed(answer) -> Any:
    """A feed as feedparser reads it, which finds no fault with it."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(answer.data, response_headers={"content-type": answer.content_type})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def link(found, relation) -> str | None:
    return next((one.href for one in found.feed.links if one.rel == relation), None)


def read_all(site, **asked) -> list[Any]:
    """The entries of all pages, by their links."""
    entries: list[Any] = []
    address: str | None = None
    while True:
        answer = site.anybody.client.get(address) if address else site.anybody.get(FEED, **asked)
        found = parsed(answer)
        entries += found.entries
        if (address := link(found, "next")) is None:
            return entries
        address = re.sub("^https?://[^/]+", "", address)


def list_all(site, **asked) -> list[dict[str, Any]]:
    """The entries of all pages of the list, however many the site has by now."""
    listed: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = site.anybody.reads("/api/entries", after=after, limit=500, **asked)
        listed += page["items"]
        after = page["next"]
    return listed


def test_all_pages_of_the_feed_are_the_log_from_its_end_to_its_beginning(site, report):
    site.catch_up()
    pages = read_all(site, limit=19)  # four at least
    listed = list_all(site)

    assert [one.id for one in pages] == [f"urn:uuid:{one['id']}" for one in reversed(listed)]
    assert [one.updated for one in pages] == [one["time"] for one in reversed(listed)]


@pytest.mark.parametrize(
    "asked",
    [{"by": FORCE, "late_by": 3}, {"report": True, "body": PFCC, "type": "recommendation-raised"}],
    ids="-".join,
)
def test_the_feed_takes_the_filters_of_the_list(site, report, asked):
    update = {"text": "Done.", "occurred_on": "2025-11-01"}
    site.force.records(f"{report.recommendation}/updates", update)
    site.catch_up()
    if "report" in asked:
        asked = asked | {"report": report.reference}
    listed = list_all(site, **asked)

    found = read_all(site, limit=7, **asked)

    assert listed
    assert [one.id for one in found] == [f"urn:uuid:{one['id']}" for one in reversed(listed)]


def test_an_entry_of_the_feed_leads_to_its_page_its_line_and_its_receipt_and_tells_no_text(
    site, report
):
    text = {"text": "Nobody but the office reads this.", "audience": "public"}
    path = f"{report.recommendation}/updates"
    entry = site.force.act(path, {"text": text, "occurred_on": "2025-11-01"})
    site.catch_up()
    answer = site.anybody.get(FEED, limit=1)
    (one,) = parsed(answer).entries

    assert one.id == f"urn:uuid:{entry}"
    assert one.title.startswith("Update received: ")
    assert [tag.term for tag in one.tags] == ["update-received"]
    assert "Nobody but the office" not in answer.text
    tree = ElementTree.fromstring(answer.data)
    content = tree.find(".//{*}entry/{*}content")
    assert content is not None
    for href, kind in ((content.attrib["src"], "application/json"), (one.link, "text/html")):
        led = site.anybody.client.get(re.sub("^https?://[^/]+", "", href))
        assert led.status_code == 200
        assert led.content_type.startswith(kind)


def test_a_title_that_no_document_of_xml_can_have_is_in_the_feed_as_far_as_it_can_be(site):
    site.publish(title="A bell \x07 & <b>more</b>")
    site.catch_up()
    titles = [one.title_detail.value for one in parsed(site.anybody.get(FEED)).entries]

    assert "A bell \ufffd & <b>more</b>" in titles[0]


def test_nothing_is_in_the_feed_before_it_is_sealed(sealed):  # noqa: F811
    site = sealed.site
    sealed.seal()
    site.publish()
    site.catch_up()
    before = parsed(site.anybody.get(FEED, limit=1)).entries[0].id
    last = site.anybody.get("/api/entries", after=site.position - 1).json["items"]
    sealed.seal()
    after = parsed(site.anybody.get(FEED, limit=1)).entries[0].id

    assert last == []
    assert after != before


def test_a_page_of_the_feed_stays_as_it_is_while_the_log_grows(site, report):
    asked = {"before": site.position, "limit": 5}
    site.catch_up()
    before = parsed(site.anybody.get(FEED, **asked)).entries
    site.publish()
    site.catch_up()

    assert parsed(site.anybody.get(FEED, **asked)).entries == before


@pytest.mark.parametrize("asked", [{"limit": 0}, {"before": 0}, {"body": "camelot"}, {"after": 1}])
def test_a_feed_refuses_parameters_that_it_does_not_take(site, asked):
    problem_of(site.anybody.get(FEED, **asked), 422, "unfit")
