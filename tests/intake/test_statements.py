"""How the statement is found on a page, and which of its paragraphs answer what."""

import pytest

from ledger.intake.pages.page import read_page
from ledger.intake.pages.values import Page, UnreadablePage

RECOMMENDATION = "By 1 May 2024, chief constables should mend the cells."


def text(*lines: str) -> Page:
    return read_page("\n".join(lines).encode(), filename="page.txt")


def html(*parts: str) -> Page:
    return read_page("\n".join(parts).encode(), filename="page.html")


def with_recommendations(*lines: str) -> Page:
    return text("Report title: Cells", "Report published: 1 March 2024", "Recommendations:", *lines)


def unread(page: Page) -> list[tuple[int, str]]:
    return [(each.line, each.text) for each in page.unread]


def how(page: Page) -> dict[str, str]:
    return {each.key: each.how for each in page.statement.passages}


def test_a_statement_for_each_recommendation_is_read_by_its_place():
    page = html(
        "<h1>Police cells</h1><p>Report published: 1 March 2024</p>",
        "<h2>Recommendation 1</h2><p>Forces should mend their cells.</p>",
        "<h3>Chief constable’s response</h3><p>They are being mended.</p>",
        "<h3>PCC response</h3><p>I shall go and see.</p>",
        "<h2>Recommendation 2</h2><p>Forces should count their keys.</p>",
        "<h3>PCC response</h3><p>I have counted them.</p>",
    )
    assert [each.key for each in page.recommendations] == ["1", "2"]
    assert [each.text for each in page.statement.passages] == [
        "I shall go and see.",
        "I have counted them.",
    ]
    assert how(page) == {"1": "named", "2": "named"}
    assert [each.text for each in page.chief_officer_comments] == ["They are being mended."]
    assert page.unread == ()


def test_a_number_inside_one_statement_is_a_heading_and_no_recommendation():
    page = html(
        "<h1>Police cells</h1><p>Report published: 1 March 2024</p>",
        f"<h2>Recommendations</h2><p>Recommendation 1: {RECOMMENDATION}</p>",
        "<h2>Our response</h2><h3>Recommendation 1</h3><p>We shall see.</p><ul><li>Soon.</li></ul>",
        "<h3>Recommendation 2</h3><p>Nor shall we forget this.</p>",
        "<h3>In closing</h3><p>Thank you.</p>",
    )
    assert [each.key for each in page.recommendations] == ["1"]
    assert page.statement.passages[0].text == "We shall see.\n- Soon."
    assert [each.text for each in page.statement.other][-2:] == ["In closing", "Thank you."]
    assert unread(page) == [(4, "Recommendation 2")]


def test_comments_of_the_chief_officer_are_not_the_statement():
    page = with_recommendations(
        f"Rec 1: {RECOMMENDATION}",
        "Comments from the Chief Constable:",
        "Recommendation 1 is in hand.",
        "Commissioner’s comments:",
        "I support all the recommendations.",
    )
    assert [each.text for each in page.chief_officer_comments] == ["Recommendation 1 is in hand."]
    assert page.statement.text == "I support all the recommendations."
    assert how(page) == {"1": "general"}


def test_what_is_named_is_named_and_the_rest_is_covered_in_general():
    page = with_recommendations(
        f"Rec 1: {RECOMMENDATION}",
        "Rec 2: Forces should count their keys.",
        "Our response:",
        "I accept both recommendations.",
        "On recommendation 2, I will seek assurance that they are counted daily. It matters.",
    )
    assert how(page) == {"1": "general", "2": "named"}
    [assurance] = page.statement.assurances
    assert assurance.key == "2"
    assert assurance.question.startswith("On recommendation 2, I will seek assurance that")
    assert assurance.question.endswith("daily.")


def test_an_assurance_with_no_recommendation_has_no_key():
    page = with_recommendations(
        f"Rec 1: {RECOMMENDATION}",
        "Our response:",
        "I will seek assurance that all this is done.",
        "I'm assured by the Chief Constable, and have sought no assurance that it is right.",
    )
    assert [each.key for each in page.statement.assurances] == [None]


def test_words_about_a_response_in_prose_open_no_part():
    page = with_recommendations(f"Rec 1: {RECOMMENDATION}", "The police response was slow.")
    assert page.statement.text == ""
    with pytest.raises(UnreadablePage):
        text("Report title: Cells", "The police response was slow.")


def test_numbered_paragraphs_under_a_numbered_label_are_the_statement():
    page = html(
        "<h1>Commissioner’s response to HMICFRS report: Police cells</h1>",
        "<p>Published: 1 March 2024</p>",
        "<h2>1. Police &amp; Crime Commissioner comments:</h2>",
        "<p>1.1 I welcome the report.</p><h2>2. Overview</h2><p>2.1 Cells are cold.</p>",
    )
    assert page.report.title.text == "Police cells"
    assert [each.line for each in page.statement.paragraphs] == [4, 4, 4]
    assert page.unread == ()


def test_answers_below_recommendations_without_any_label_are_unread_and_not_guessed():
    page = html(
        "<h1>Police cells</h1>",
        f"<p>Recommendation: {RECOMMENDATION}</p><p>The force should be thanked for this.</p>",
        "<p>Recommendation: Forces should count their keys.</p>",
    )
    assert [each.key for each in page.recommendations] == ["item-1", "item-2"]
    assert page.statement.text == ""
    assert unread(page) == [(2, "The force should be thanked for this.")]
