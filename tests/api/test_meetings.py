"""A panel's meeting: its papers, that it was held, what it reviewed."""

import pytest

from tests.api.founding import FEW_BODIES
from tests.api.site import FORCE, PFCC, problem_of
from tests.api.test_recommendation_page import words

FOUNDING = FEW_BODIES

PANEL = "cumbria-police-fire-and-crime-panel"


def _meeting(day):
    return f"/api/meetings/{PANEL}/{day}"


def _paper(site, **changed):
    return {
        "title": "Responses to inspections",
        "known_at": site.position,
        "effective_on": "2025-10-01",
        "occurred_on": "2025-10-02",
    } | changed


def test_a_paper_is_cited_by_what_was_reviewed_with_it(site, report):
    path = _meeting("2025-10-09")
    paper = site.panel.act(f"{path}/papers", _paper(site))
    site.panel.records(f"{path}/held", {})
    site.panel.records(
        f"{path}/reviews",
        {
            "recommendation": {"report": report.reference, "number": "2", "addressee": FORCE},
            "question": "When will it be done?",
            "outcome": "An answer by December.",
            "paper": paper,
            "occurred_on": "2025-10-09",
        },
    )

    found = site.anybody.reads(path)

    assert found["held"]
    assert [one["id"] for one in found["papers"]] == [paper]
    assert found["reviews"][0]["texts"]["outcome"]["text"] == "An answer by December."
    listed = site.anybody.reads("/api/meetings", panel=PANEL)["items"]
    assert "2025-10-09" in [one["date"] for one in listed]


def test_acts_of_a_meeting_happen_on_the_day_of_its_address(site, report):
    path = _meeting("2025-10-16")
    ref = {"report": report.reference, "number": "2", "addressee": FORCE}
    said = {"recommendation": ref, "outcome": "Noted."}

    review = site.panel.records(f"{path}/reviews", said)
    for again in (
        review,
        *(
            site.panel.records(f"{path}/reviews", said | {"occurred_on": day})
            for day in (None, "2025-10-16")
        ),
    ):
        assert again["event"]["occurred_on"] == "2025-10-16"
    for day in ("2025-10-15", "2025-10", "2025-10-17"):
        elsewhen = said | {"occurred_on": day}
        site.refuses(site.panel, f"{path}/reviews", elsewhen, "meeting-day", "leave occurred_on")
        site.refuses(site.panel, f"{path}/held", {"occurred_on": day}, "meeting-day", "that day")
    site.panel.records(f"{path}/held", {"occurred_on": "2025-10-16"})
    site.refuses(
        site.panel,
        f"/api/entries/{review['event']['id']}/corrections",
        {"field": "occurred_on", "now": "2025-10-15", "reason": "A slip."},
        "meeting-day",
        "on its day, 2025-10-16",
    )


def test_a_meeting_of_another_day_than_a_day_or_in_the_future_is_refused(site):
    for day in ("soon", "2025-02-30", "2025-13-01", "2025-00-01", "0000-01-01", "2025-10"):
        problem = site.refuses(
            site.panel, f"{_meeting(day)}/held", {}, "unfit", "is no day", status=422
        )
        assert problem["errors"][0]["field"] == "date"
    site.refuses(site.panel, f"{_meeting('2031-01-01')}/held", {}, "not-in-the-future", "not come")


def test_the_body_whose_recommendation_was_reviewed_has_a_right_of_reply(site, report):
    path = _meeting("2025-10-15")
    ref = {"report": report.reference, "number": "2", "addressee": FORCE}
    said = {"recommendation": ref, "outcome": "Red, not green.", "occurred_on": None}
    review = site.panel.act(f"{path}/reviews", said)

    dispute = site.force.act(f"/api/entries/{review}/disputes", {"text": "It was green in part."})

    assert site.anybody.reads(f"/api/entries/{review}")["disputed_by"] == [dispute]
    site.catch_up()
    page = site.anybody.get(path.removeprefix("/api")).text
    # Beside the review, and in the trail.
    assert page.count("Disputed by Cumbria Constabulary") == 2
    answer = site.dorset.post(f"/api/entries/{review}/disputes", {"text": "Nor ours."})
    problem_of(answer, 403, "not-allowed")


def test_only_panels_have_meetings(site):
    site.refuses(site.admin, "/api/meetings/hmicfrs/2025-10-09/held", {}, "no-panel", "is no panel")


def test_a_meeting_says_who_refused_what_it_reviewed_and_when(site, report):
    path = _meeting("2025-10-17")
    ref = {"report": report.reference, "number": "2", "addressee": FORCE}
    said = {"recommendation": ref, "outcome": "Noted.", "occurred_on": None}
    site.panel.records(f"{path}/reviews", said)
    proposed = {"reason": "It is done.", "occurred_on": "2025-07-01"}
    site.clerk.act(f"{report.recommendation}/closure-proposals", proposed)
    refusal = {"reason": "Not seen.", "occurred_on": "2025-09-01"}
    site.hmicfrs.act(f"{report.recommendation}/refusals", refusal)
    site.catch_up()

    text = words(site.anybody.get(path.removeprefix("/api")))

    assert "Now: Closure refused by HMICFRS, 1 September 2025." in text


def test_meetings_are_listed_with_what_was_there_and_how_much_of_it_is_open(new_site):
    report = new_site.publish()
    ref = {"report": report.reference, "number": "Rec 02", "addressee": FORCE}
    for day in ("2025-06-12", "2025-09-11"):
        said = {"recommendation": ref, "outcome": "Noted.", "occurred_on": day}
        new_site.panel.records(f"{_meeting(day)}/reviews", said)
    new_site.panel.records(f"{_meeting('2025-09-11')}/held", {})
    new_site.panel.records(f"{_meeting('2026-01-15')}/papers", _paper(new_site))
    before = new_site.position
    new_site.hmicfrs.act(f"{report.recommendation}/closures", {"reason": "Seen.", **_NOW})
    new_site.catch_up()

    first = new_site.anybody.reads("/api/meetings", limit=2)
    rest = new_site.anybody.reads("/api/meetings", limit=2, after=first["next"])
    then = new_site.anybody.reads("/api/meetings", panel=PANEL, known_at=before)

    assert _told([*first["items"], *rest["items"]]) == [
        ("2026-01-15", False, 1, 0, 0),
        ("2025-09-11", True, 0, 1, 0),
        ("2025-06-12", False, 0, 1, 0),
    ]
    assert rest["next"] is None
    assert [one[4] for one in _told(then["items"])] == [0, 1, 1]


def test_a_meeting_of_which_all_was_set_aside_is_none(new_site):
    paper = new_site.panel.act(f"{_meeting('2025-10-16')}/papers", _paper(new_site))
    new_site.panel.records(f"/api/entries/{paper}/retraction", {"reason": "Another panel's."})
    new_site.catch_up()

    assert new_site.anybody.reads("/api/meetings")["items"] == []


_NOW = {"occurred_on": "2025-11-20"}


def _told(items):
    return [
        (one["date"], one["held"], one["papers"], one["reviewed"], one["still_open"])
        for one in items
    ]


def test_a_pack_is_recorded_as_the_paper_of_a_meeting_in_one_act(site, report):
    site.catch_up()
    pack = site.anybody.reads(f"/api/bodies/{PFCC}/pack")
    paper = pack["paper"]
    assert paper["to"] == f"/api/meetings/{PANEL}/{{date}}/papers"

    done = site.panel.records(paper["to"].format(date="2025-12-11"), paper["act"])

    assert done["event"]["data"]["known_at"] == pack["as_of"]["position"]
    assert done["event"]["data"]["effective_on"] == pack["as_of"]["effective_on"]
    dates = {"known_at": paper["act"]["known_at"], "effective_on": paper["act"]["effective_on"]}
    again = site.anybody.reads(f"/api/bodies/{PFCC}/pack", **dates)
    assert again["counts"] == pack["counts"]
    assert [one["report"] for one in again["attention"]] == [
        one["report"] for one in pack["attention"]
    ]


def test_a_pack_of_the_past_leaves_the_day_of_its_paper_open_and_stays_the_same(new_site):
    site = new_site
    site.publish()
    site.catch_up()
    dates = {"known_at": site.position, "effective_on": "2025-11-24"}
    path = f"/api/bodies/{PFCC}/pack"
    first, page = site.anybody.get(path, **dates), site.anybody.get(path[4:], **dates)

    site.clock.set("2031-01-01")

    assert site.anybody.get(path, **dates).data == first.data
    assert site.anybody.get(path[4:], **dates).data == page.data
    assert site.anybody.reads(path)["paper"]["act"]["occurred_on"] == "2031-01-01"
    paper = first.json["paper"]
    assert paper["act"]["occurred_on"] is None
    done = site.panel.records(paper["to"].format(date="2025-12-11"), paper["act"])
    assert done["event"]["data"]["known_at"] == dates["known_at"]


def test_a_pack_of_a_body_without_a_panel_leads_to_no_meeting(site):
    assert site.anybody.reads(f"/api/bodies/{FORCE}/pack")["paper"]["to"] is None


@pytest.mark.parametrize("day", ["£", "2025-13-45"])
def test_a_meeting_on_what_is_no_day_is_not_found(site, day):
    answer = site.anybody.get(f"/api/meetings/{PANEL}/{day}")

    problem_of(answer, 404, "not-recorded")
    assert f"on “{day}”" in answer.json["detail"]
