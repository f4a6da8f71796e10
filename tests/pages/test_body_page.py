"""A body's page: in a few sentences what wants attention before its panel meets, then the lists."""

from tests.pages.answers import NAMES, PFCC, TITLE
from tests.pages.test_pages import said

PAGE = f"/bodies/{PFCC}"


def test_it_says_first_what_wants_attention(client):
    text = said(client, PAGE)

    brief = text[text.index(NAMES[PFCC]) : text.index("Responses overdue")]
    for sentence in (
        "1 was late.",
        "1 recommendation passed its target, with no closure or claim of completion that stands.",
        "1 assurance was sought without a reply on record.",
        "What changed since its panel met on 16 July 2025.",
        "1 report concerns it, 1 response owed, 5 recommendations.",
    ):
        assert sentence in brief, brief


def test_then_come_the_lists(client):
    text = said(client, PAGE)

    assert f"{TITLE} Late by 4 days due 10 July 2025 · published 14 July 2025 · on some" in text
    assert "1 September 2025, 85 days ago (at first 1 June 2025, moved 1 time)." in text
    assert "Last claim: complete, September 2025." in text
    assert "Are the plans embedded?" in text


def test_of_a_body_without_trouble_it_alleges_none_and_praises_nothing(client, shelf):
    shelf.body_ = {"attention": [], "passed": [], "unanswered": []}
    shelf.body_ |= {"responses": {}, "recommendations": {}, "last_meeting": None}
    text = said(client, PAGE)

    assert "No response is recorded as overdue, late, not shown or due soon." in text
    assert "No recommendation is recorded as past its target." in text
    assert "No assurance is recorded as sought without a reply." in text
    assert "No meeting of its panel is recorded: what changed in the last four weeks." in text
    assert "No recommendation that concerns it is recorded." in text


def test_a_question_that_is_for_the_office_is_said_to_be_held(client, shelf):
    for one in shelf.recommendation_["assurances"]["items"]:
        one["question"] = None

    assert "The question is for the office, and not open to the public." in said(client, PAGE)


def test_a_body_that_is_in_no_register_has_no_page(client):
    assert "is not in the register" in said(client, "/bodies/atlantis-pcc", 404)
