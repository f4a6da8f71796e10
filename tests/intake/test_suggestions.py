"""Suggestions about a page: whose words it has, of how many reports it is, or that it is no
response."""

import pytest

from ledger.intake.pages.final_page import unsure
from tests.intake.suggesting import suggested
from tests.told.commands import HERE

BODY = "kent-pcc"
LAYOUTS = HERE / "layouts" / "pages"


def page(*parts: str) -> bytes:
    return "\n\n".join(
        (
            "Inspection title:\tCold cells",
            "Date published:\t04/03/2024",
            "Type of inspection:\tNational thematic",
            "Inspecting body:\tHMICFRS",
            "Recommendations:",
            "Rec 1: By 30 June 2024, chief constables should heat their cells.",
            "Commissioner's response:",
            *parts,
        )
    ).encode()


def said(*parts: str) -> list[tuple[str, tuple[str, ...], bool]]:
    (found,) = suggested(page(*parts), "page.txt", BODY)
    return [
        (piece.part, piece.of, piece.sure and piece.of_sure)
        for piece in found.pieces
        if piece.part in ("commissioner", "chief officer", "force", "?")
    ]


@pytest.mark.parametrize(
    ("marks", "numbers"), [(("1. ", "2) "), ["1", "2"]), (("", ""), ["item-1", "item-2"])]
)
def test_a_reports_own_list_is_split_where_it_only_numbers_or_not_even_that(marks, numbers):
    asked = "By 1 May 2024, chief constables should"
    one, two = marks
    text = f"{one}{asked} mend the cells.\n\n{two}{asked}:\n- count them; and\n- heat them.\n"
    (found,) = suggested(text.encode(), "list.txt", BODY, listed=True)
    read = found.recommendations
    assert [each.number for each in read] == numbers
    assert read[0].text == f"{asked} mend the cells."
    assert read[1].text == f"{asked}:\n- count them; and\n- heat them."
    assert {each.sure for each in read} == {False}


def test_first_person_words_under_the_commissioners_label_are_sure():
    assert said("I welcome this report.", "On recommendation 1, I have been to see.") == [
        ("commissioner", (), True),
        ("commissioner", ("1",), True),
    ]


@pytest.mark.parametrize(
    "words",
    [
        "On recommendation 1, we have bought heaters.",
        "On recommendation 1, the force has bought heaters.",
        "The Chief Constable has provided the following response on recommendation 1:",
        "“On recommendation 1, I have bought heaters for every cell that I have.”",
        "On recommendation 1 of the report of 2019, I said enough.",
        "I support the second recommendation.",
        "On recommendation 9, I have been to see.",
    ],
)
def test_words_that_leave_open_who_speaks_or_of_what_are_unsure(words):
    last = said("I welcome this report.", words, "I thank the inspectors of HMICFRS.")[1]
    assert last[2] is False


def test_after_somebody_else_begins_to_speak_nothing_is_sure():
    found = said(
        "I welcome this report.",
        "The Chief Constable has told my office as follows:",
        "On recommendation 1, I have bought heaters.",
    )
    assert [sure for _, _, sure in found[1:]] == [False, False]


def test_two_comments_of_the_commissioner_are_not_surely_about_nothing():
    first, _, second = said(
        "I welcome recommendation 1.",
        "Force response:",
        "Heaters came.",
        "PCC comment:",
        "I am glad.",
    )
    assert first == ("commissioner", ("1",), True)
    assert second[0] == "commissioner"
    assert second[2] is False


def test_words_under_the_chief_constables_label_are_never_the_commissioners():
    found = said("I welcome this report.", "Chief Constable's comments:", "I am grateful.")
    assert found[-1][0] == "chief officer"


def test_a_recommendation_that_goes_on_or_is_answered_within_is_unsure():
    for more in (
        " The force has done so.",
        " Response: I agree.",
        "\n\nThis is about blankets too.",
    ):
        data = page("I welcome this report.").replace(
            b"their cells.", b"their cells." + more.encode()
        )
        (found,) = suggested(data, "page.txt", BODY)
        assert [one.sure for one in found.recommendations] == [False]


def test_a_page_with_two_reports_has_a_suggestion_of_each():
    path = LAYOUTS / "08.html"
    first, second = suggested(path.read_bytes(), path.name, "derbyshire-pcc")
    assert first.title is not None
    assert second.title is not None
    assert first.title.value != second.title.value
    assert len(first.pieces) == len(second.pieces)
    assert {p.part for p in first.pieces} >= {"other report", "commissioner"}


@pytest.mark.parametrize(
    ("name", "is_", "why"),
    [("02.html", "index", "a list of reports"), ("03.html", "news", "a news item")],
)
def test_a_page_that_is_no_response_says_what_it_is(name, is_, why):
    (found,) = suggested((LAYOUTS / name).read_bytes(), name, BODY)
    assert found.kind_of_page == is_
    assert why in unsure(found)[0]


def test_something_else_is_no_response():
    (found,) = suggested(b"Leek soup\n\nTake two leeks, and wash them.\n", "soup.txt", BODY)
    assert found.kind_of_page == "other"
