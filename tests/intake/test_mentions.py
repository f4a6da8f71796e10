"""Which recommendations a paragraph speaks of."""

import pytest

from ledger.intake.pages.statement import find_mentions, speaks_of_all

LISTED = ["2", "3a", "4", "8", "9", "15", "afi-1"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("With regards to recommendation 2, I agree.", {"2"}),
        ("Recommendation 02 is done.", {"2"}),
        ("recommendations 8 and 9", {"8", "9"}),
        ("Recommendations 2, 4, and 8.", {"2", "4", "8"}),
        ("recommendations 2 to 8", {"2", "4", "8"}),
        ("recommendations 8–9", {"8", "9"}),
        ("recommendation 8 and recommendation 9", {"8", "9"}),
        ("recommendation 8 and 9, I agree", {"8", "9"}),
        ("recommendation 2 and 15 officers", {"2"}),
        ("recommendation two is done", {"2"}),
        ("rec 4 and Rec. 9", {"4", "9"}),
        ("recs 4 & 9", {"4", "9"}),
        ("R2 and R4", {"2", "4"}),
        ("recommendation 3A", {"3a"}),
        ("AFI 1 is done", {"afi-1"}),
        ("area for improvement 1", {"afi-1"}),
        ("the recommendations are good", set()),
        ("recommendations, 8 of them", set()),
        ("recommendation 2019", set()),
    ],
)
def test_a_mention_names_its_recommendations(text, keys):
    assert find_mentions(text, LISTED).keys == keys


def test_a_recommendation_that_the_page_does_not_list_is_said_so():
    found = find_mentions("Recommendations 2 and 5 are hard.", LISTED)
    assert found.keys == {"2"}
    assert found.unlisted == ("Recommendations 5",)


@pytest.mark.parametrize(
    "text",
    [
        "The Commissioner supports all the recommendations.",
        "I accept all four recommendations made.",
        "We welcome each of the recommendations",
        "I accept both of these recommendations.",
        "I accept the recommendations in full.",
        "I cannot support all of HMICFRS’s recommendations.",
    ],
)
def test_a_text_may_speak_of_all_of_them(text):
    assert speaks_of_all(text)


@pytest.mark.parametrize(
    "text",
    [
        "We take the recommendations seriously.",
        "I support recommendation 2.",
        "All officers were told. The recommendations were read.",
    ],
)
def test_other_words_about_recommendations_are_not_about_all(text):
    assert not speaks_of_all(text)
