"""One year of one office, told over HTTP; what it comes to is compared with figures by hand."""

from typing import Any

import pytest

from tests.conftest import some
from tests.story import figures, figures_then
from tests.story.after_the_year import NOT_LISTED
from tests.story.office import to
from tests.story.on_a_phone import HEIGHT, IN_SHORT, PAGES
from tests.story.pages import DRONES_REF, FIRST_PASSAGE, THEN_PASSAGE
from tests.story.reports import MAYOR, PANEL, PCC
from tests.story.under_the_mayor import SERGEANT

pytestmark = pytest.mark.long

NOW = figures_then.ENDS[-1]


def counts(found: dict[str, Any]) -> dict[str, Any]:
    """What is counted of a group, without its name and who held the office before and after."""
    names = {"body", "body_name", "follows", "followed_by", "office_ended_on", "kind", "year"}
    names |= {"record_kept_here", "successors"}
    return {name: value for name, value in found.items() if name not in names}


def test_thirty_reports_and_240_recommendations_are_recorded(told):
    for what, count in (("reports", 30), ("recommendations", 240)):
        assert len(told.office.asks(what, limit=500, effective_on=NOW)["items"]) == count


def test_every_response_has_the_last_day_and_the_verdict_that_a_calendar_gives(told):
    items = told.office.asks("responses", limit=500, effective_on=NOW)["items"]

    found = {one["report"]: (one["due_on"], one["verdict"], one["days"]) for one in items}
    assert found == figures.RESPONSES


def test_the_compliance_table_by_body(told):
    found = told.office.asks("compliance", effective_on=NOW)

    assert [(one["body"], one["body_name"]) for one in found["items"]] == [
        (MAYOR, "Mayor of Westmoor"),
        (PCC, "Police and Crime Commissioner for Westmoor"),
    ]
    assert counts(found["items"][0]) == figures.MAYOR
    assert counts(found["items"][1]) == figures.COMMISSIONER
    assert found["total"] == figures.TOTAL


@pytest.mark.parametrize(
    ("group", "by_hand"), [("kind", figures.BY_KIND), ("year", figures.BY_YEAR)]
)
def test_the_compliance_table_by_kind_and_by_year(told, group, by_hand):
    found = told.office.asks("compliance", effective_on=NOW, group_by=group)

    assert {one[group]: one["verdicts"] for one in found["items"]} == by_hand
    assert found["total"] == figures.TOTAL


@pytest.mark.parametrize("quarter", range(4))
def test_as_known_at_the_end_of_each_quarter(told, quarter):
    then = {"known_at": told.ends[quarter], "effective_on": figures_then.ENDS[quarter]}

    total = told.office.asks("compliance", **then)["total"]
    items = told.office.asks("recommendations", limit=500, **then)["items"]

    del total["verdicts_by_basis"]
    assert total == figures_then.THEN[quarter]
    standing = [one["status"] for one in items]
    assert {word: standing.count(word) for word in set(standing)} == figures_then.STANDING[quarter]


def test_where_the_recommendations_stand_against_their_targets(told):
    def found(standing: str) -> int:
        asked = {"target": standing, "limit": 500, "effective_on": NOW}
        return len(told.office.asks("recommendations", **asked)["items"])

    assert {standing: found(standing) for standing in figures_then.TARGETS} == figures_then.TARGETS
    moved = told.office.asks(to("custody", "5"), effective_on=NOW)["target"]
    assert (moved["original_on"], moved["on"], moved["moves"]) == ("2025-03-31", "2025-10-31", 1)


def test_the_sheets_were_read_and_the_row_that_had_moved_on_was_refused(told):
    notes = [told.notes[f"{one} sheet"] for one in ("first", "second", "third", "fourth")]

    # 3 + 5 + 8; 1 + 8 + 4 + 3; 1 + 2 + 8; 8 + 1 + 5 of which one is refused; and each the file.
    assert [one["recorded"] for one in notes] == [17, 17, 12, 14]
    assert [one["unread"] for one in notes[:3]] == [[], [], []]
    (refused,) = notes[3]["unread"]
    assert refused["why"] == "moved on since the sheet was made: version 2, now 3"
    assert told.office.asks(to("vetting", "5"))["claim"] is None


def test_the_pages_were_read(told):
    pages = {name: told.notes[name] for name in ("fraud", "drones", "shops", "night")}

    # The report, eight recommendations, the duty, the response, eight passages, the capture.
    assert {name: one["recorded"] for name, one in pages.items()} == dict.fromkeys(pages, 20)
    assert [one["unread"] for one in pages.values()] == [[], [], [], []]


def test_green_was_claimed_and_then_taken_back(told):
    """What the panel was told in December and in March, and which was right when."""
    path = to("custody", "3")

    december = told.office.asks(path, known_at=told.ends[0], effective_on="2024-12-17")
    march = told.office.asks(path, known_at=told.ends[1], effective_on="2025-03-25")

    assert (december["status"], december["claim"]["means"]) == ("claimed_complete", "complete")
    assert (march["status"], march["claim"]["means"]) == ("refused", "off_track")
    review = told.office.asks(f"entries/{told.notes['red']['custody', '3']}")
    assert review["disputed_by"] == [told.notes["dispute"]]


def test_the_assurances_without_a_reply(told):
    items = told.office.asks("recommendations", limit=500, effective_on=NOW)["items"]

    waiting = [(one["report"], one["number"]) for one in items if one["assurances"]["open"]]
    assert waiting == [("children", "1"), ("vetting", "5")]
    assert told.office.asks(to("calls", "2"))["assurances"]["answered"] == 1


def test_a_closure_that_the_office_tells_reads_so(told):
    closed = told.office.asks(to("calls", "1"))["closed"]

    assert (closed["by"], closed["provenance"], closed["on"]) == (
        "hmicfrs", "reported", "2025-04-22",
    )  # fmt: skip


def test_the_mayor_answers_for_what_the_commissioner_owed(told):
    def owed(day: str) -> int:
        asked = {"body": MAYOR, "limit": 500, "effective_on": day}
        return len(told.office.asks("responses", **asked)["items"])

    # Until 6 May nothing; from the 7th the commissioner's 19; at the end eleven more.
    assert [owed(day) for day in ("2025-05-06", "2025-05-07", NOW)] == [0, 19, 30]
    trail = told.office.asks(f"responses/vetting/{PCC}/history")["items"]
    published = next(one for one in trail if one["type"] == "response-published")
    assert (published["by"], published["provenance"]) == (MAYOR, "first_hand")


def test_the_force_has_the_name_of_the_day(told):
    def name(day: str) -> str:
        found: str = told.office.asks(to("custody", "1"), effective_on=day)["addressee_name"]
        return found

    assert name("2025-03-31") == "Westmoor Constabulary"
    assert name("2025-04-01") == "Westmoor Police"


def test_two_corrections_one_retraction_and_what_rested_on_them(told):
    def first(report: str, body: str, ends: int) -> tuple[str, str, int | None]:
        then = {"known_at": told.ends[ends], "effective_on": figures_then.ENDS[ends]}
        found = told.office.asks(f"responses/{report}/{body}", **then)
        return found["due_on"], found["verdict"], found["days"]

    assert first("calls", PCC, 1) == ("2025-01-15", "late", 6)
    assert first("calls", PCC, 2) == ("2025-01-15", "in_time", None)
    # By what was known in June six days were left until 6 July, as entered then.
    assert first("homes", MAYOR, 2) == ("2025-07-06", "due", 6)
    assert first("homes", MAYOR, 3) == ("2025-07-09", "in_time", None)
    assert first("crowds", PCC, 2) == ("2025-06-25", "in_time", None)
    entries = told.office.asks("entries", type="entry-corrected", limit=500)["items"]
    # One of a report; one of a statement, in its nine entries.
    assert len(entries) == 10
    assert len({one["time"] for one in entries}) == 2
    retracted = told.office.asks("entries", type="entry-retracted", limit=500)["items"]
    assert len(retracted) == 9


def test_a_decision_that_came_too_late_stands_beside_the_verdict(told):
    found = told.office.asks(f"responses/children/{PCC}", effective_on=NOW)

    assert found["headline"].startswith("14 days late")
    assert "not to apply" in found["headline"]


def test_the_sergeant_is_named_nowhere(told):
    assert told.notes["by the same"].status_code == 409
    assert "another account" in told.notes["by the same"].json()["detail"]
    places = {(one["stream"].split("/")[0], one["data"]["field"])
              for one in told.notes["redacted"]["events"]}  # fmt: skip
    assert places == {("recommendation", "text"), ("response", "text")}
    for path in (
        f"responses/search/{MAYOR}", f"responses/search/{MAYOR}/history",
        to("search", "8"), f"{to('search', '8')}/history", "reports/search",
    ):  # fmt: skip
        for then in ({}, {"known_at": told.notes["name"]["position"]}):
            answer = told.office.session.get(f"{told.office.url}/api/{path}", params=then)
            assert answer.status_code == 200
            assert SERGEANT not in answer.text


def test_the_page_that_changed_shows_both_texts(told):
    assert (told.notes["met again"]["recorded"], told.notes["met again"]["revised"]) == (2, 1)
    (line,) = told.office.asks(to(DRONES_REF, "3"))["statements"]

    assert line["as_first_published"] == FIRST_PASSAGE
    assert line["text"] == THEN_PASSAGE
    found = told.office.asks(f"responses/{DRONES_REF}/{PCC}")
    assert len(found["statements"]) == 1
    assert found["coverage"]["explained_now"] == 8


def test_the_four_meetings_and_what_their_papers_were_made_from(told):
    items = told.office.asks("meetings", panel=PANEL)["items"]

    days = [one["date"] for one in items]
    assert days == ["2025-09-23", "2025-06-24", "2025-03-25", "2024-12-17"]
    for day, end in zip(reversed(days), told.ends, strict=True):
        meeting = told.office.asks(f"meetings/{PANEL}/{day}")
        assert meeting["held"]
        assert [one["data"]["known_at"] for one in meeting["papers"]] == [end]


def test_the_inspectorates_own_list_was_compared(told):
    (hmicfrs,) = [
        one["compared"] for one in told.office.asks("lists-compared")["items"]
        if one["publisher"] == "hmicfrs"
    ]  # fmt: skip

    # 28 of the 29 that are here, and one that is not.
    assert hmicfrs["count"] == 29
    assert hmicfrs["missing_count"] == 1
    assert [one["reference"] for one in told.notes["compared"]["unlisted"]] == [NOT_LISTED]


def test_what_is_recorded_as_it_happens_rests_on_the_log_itself(told):
    first = told.office.asks("compliance", report="boats")["total"]
    second = told.office.asks("compliance", report="boats-elsewhere")["total"]

    assert first["verdicts_by_basis"] == {"in_time": {"recorded": 1}}
    assert second["verdicts_by_basis"] == {"disapplied": {"publisher": 1}}
    assert (first["improved_later"], second["improved_later"]) == (0, 0)


def test_what_wants_attention_before_the_panel_meets(told):
    """All that the mayor answers for, what passed to him in May included, and the rest apart."""
    found = told.office.asks(f"bodies/{MAYOR}", effective_on=NOW)

    assert [one["report"] for one in found["attention"]] == [
        *("peel-summer", "data"),  # overdue, by the last day
        *("peel-2025", "crowds", "knives"),  # late
        "ports",  # not shown
        "dogs",  # due in eight days
    ]
    # Their target passed on 31 March, in the commissioner's time.
    custody = [("custody", number) for number in ("3", "6", "7", "8")]
    assert len(found["passed"]) == figures_then.TARGETS["passed"] - len(custody)
    over = found["taken_over"]
    assert [one["report"] for one in over["responses"]] == [
        *("firearms", "children", "roads", "stores", "children-again"),  # late, the longest first
        *("rural", DRONES_REF),  # not shown
    ]
    assert [(one["report"], one["number"]) for one in over["recommendations"]] == custody
    assert [(one["report"], one["number"]) for one in found["unanswered"]] == [
        ("children", "1"),
        ("vetting", "5"),
    ]
    assert found["last_meeting"]["date"] == "2025-09-23"
    assert found["recommendations"] == figures_then.OF_THE_MAYOR
    assert found["responses"] == figures.MAYOR["verdicts"]


@pytest.mark.sampled
def test_the_pages_fit_a_telephone_and_the_browser_has_nothing_to_say(told, browser):
    told.office.get("/api/reports", min_position=told.office.newest())
    complaints: list[str] = []
    with browser.new_page(viewport={"width": 375, "height": HEIGHT}) as tab:
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        for address, words in some(PAGES.items(), 2):
            answer = tab.goto(told.office.url + address)
            assert answer is not None
            assert answer.status == 200
            assert words in " ".join(tab.inner_text("main").split()), address
            assert tab.evaluate("document.documentElement.scrollWidth") <= 375
        tab.goto(f"{told.office.url}/bodies/{MAYOR}?effective_on={NOW}")
        brief = tab.get_by_role("list", name="In short")
        said = brief.inner_text()
        # As of today: no banner of the past stands above it.
        tab.goto(f"{told.office.url}/bodies/{MAYOR}")
        box = brief.bounding_box()

    assert complaints == []
    assert box is not None
    assert box["y"] + box["height"] <= HEIGHT
    assert [sentence for sentence in IN_SHORT if sentence not in said] == []


def test_the_read_models_are_those_of_a_rebuild(told):
    assert set(told.office.run("rebuild", "--verify")["differences"].values()) == {0}
