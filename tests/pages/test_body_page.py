"""A body's page: in a few sentences what wants attention before its panel meets, then the lists."""

from tests.pages.answers import ASKED, NAMES, PFCC, TITLE
from tests.pages.test_pages import said

PAGE = f"/bodies/{PFCC}"


def test_it_says_first_what_wants_attention(client):
    text = said(client, PAGE)

    brief = text[text.index(NAMES[PFCC]) : text.index("Calendar")]
    for sentence in (
        "Holds to account Cumbria Constabulary. Last met 16 July 2025.",
        "1 response late",
        "1 recommendation past target, nobody says it is done",
        "1 claimed, not confirmed",
        "1 question without a reply",
        "What changed since 16 July 2025 (37 entries)",
    ):
        assert sentence in brief, brief


def test_then_come_the_lists_with_words(client):
    text = said(client, PAGE)

    assert f"{TITLE} Late by 4 days. Due 10 July 2025. Published 14 July 2025." in text
    assert "Recommendation 04: “By 31 December 2025, chief constables should make sure" in text
    assert "Past its target by 85 days. Cumbria Constabulary: complete, Sept 2025." in text
    assert "“Are the plans embedded?” Asked of Cumbria Constabulary, on a day not known." in text
    assert "1 report, 1 response owed, 5 recommendations." in text


def test_a_disapplication_after_the_last_day_is_named_beside_the_verdict(client, shelf):
    late = {"decided_on": "2026-05-03", "recorded_on": "2026-05-04"}
    shelf.response_["disapplied"] = [late]

    assert "Late by 4 days. Said on 3 May 2026 not to apply, after the last day." in said(
        client, PAGE
    )


def test_of_a_body_without_trouble_it_alleges_none_and_praises_nothing(client, shelf):
    none = ("attention", "passed", "claimed", "refused", "reopened", "unanswered")
    shelf.body_ = {"attention": [], "passed": [], "claimed": [], "unanswered": []}
    shelf.body_ |= {"responses": {}, "recommendations": {}, "last_meeting": None}
    shelf.body_["counts"] = dict.fromkeys((*none, "claimed_after_target"), 0)
    text = said(client, PAGE)

    assert "Nothing that is recorded here is late, past its target, claimed without" in text
    assert "What changed in the last four weeks" in text


def test_of_a_body_of_which_nothing_is_recorded_it_says_what_that_does_not_say(client, shelf):
    shelf.body_ = {"reports": 0, "attention": [], "passed": [], "claimed": [], "unanswered": []}

    text = said(client, PAGE)

    assert "Nothing is recorded here. That does not say that there is nothing." in text
    assert "overdue" not in text


def test_a_question_that_is_for_the_office_is_said_to_be_held(client, shelf):
    for one in shelf.recommendation_["assurances"]["items"]:
        one["question"] = None

    assert "A question that the office holds" in said(client, PAGE)


def test_a_body_that_is_in_no_register_has_no_page(client):
    assert "is not in the register" in said(client, "/bodies/atlantis-pcc", 404)


def test_a_pack_says_from_which_position_and_day_it_is_and_how_it_is_recorded_as_a_paper(client):
    text = said(client, f"/bodies/{PFCC}/pack?known_at=57&effective_on=2025-11-25")

    assert "pack for a meeting of" in text
    assert "As of 25 November 2025: what happened later is not here" in text
    assert "Position 57 of the log: what was recorded later is not here" in text
    assert f"https://answerable.example/bodies/{PFCC}/pack?known_at=57" in text
    assert (
        "An account of the panel, or of the office that it holds to account, records this" in text
    )
    for part in (
        *("Changes since the last meeting", "Responses late, incomplete or overdue"),
        *("Can’t be shown to be in time", "Past target, nobody says done"),
        *("Closure refused, or reopened", "Claimed, not confirmed"),
        "Questions without a reply",
    ):
        assert text.count(part) >= 1, part
    assert ASKED in text


def test_a_pack_counts_every_claim_also_those_beyond_the_first_hundred(client, shelf):
    counts = {"attention": 1, "passed": 1, "unanswered": 1, "claimed": 130, "refused": 1}
    claim = shelf.recommendation_ | {"report_title": shelf.report_["title"]}
    by = {"by": "hmicfrs", "by_name": "HMICFRS", "on": "2025-09-01"}
    refused = claim | {"status": "refused", "refused": by}
    shelf.body_ = {"counts": counts | {"reopened": 0}, "claimed": [refused, claim]}

    text = said(client, f"/bodies/{PFCC}/pack")

    assert "Claimed, not confirmed: 130" in text
    assert "Closure refused by HMICFRS, 1 Sept 2025." in text
    assert "The first 1 of 130; its list has all." in text


def test_a_pack_of_nothing_says_so_part_by_part(client, shelf):
    empty: list[object] = []
    counts = dict.fromkeys(
        ("attention", "passed", "unanswered", "claimed", "refused", "reopened"), 0
    )
    lists = {"attention": empty, "passed": empty, "unanswered": empty, "claimed": empty}
    shelf.body_ = lists | {"counts": counts, "responses": {}, "last_meeting": None}

    text = said(client, f"/bodies/{PFCC}/pack")

    assert "No meeting of its panel is recorded, so nothing is compared." in text
    assert "None is recorded as past its target." in text
    assert "No question is recorded without a reply." in text
