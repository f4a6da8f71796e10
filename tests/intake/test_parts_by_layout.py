"""Where a part ends, and what tables, lists and speakers say, in pages made up for these tests."""

import pytest

from ledger.date_phrases import DatePhrase
from ledger.intake.pages.page import read_page
from ledger.intake.pages.values import Page, UnreadablePage

TITLE = "<h1>Police cells: a view</h1><p>Report published: 1 March 2024</p>"
ONE = "<h2>Recommendations</h2><p>Recommendation 1: Forces should mend the cells.</p>"


def html(*parts: str) -> Page:
    return read_page("\n".join(parts).encode(), filename="page.html")


def text(*lines: str) -> Page:
    return read_page("\n".join(lines).encode(), filename="page.txt")


def unread(page: Page) -> list[str]:
    return [each.text for each in page.unread]


def said(page: Page) -> dict[str, str]:
    return {each.key: each.text for each in page.statement.passages}


def table(*rows: str) -> Page:
    header = "<tr><th>Ref<th>Recommendation<th>Addressed to<th>Deadline<th>PCC response<th>Status"
    return html(TITLE, "<table>", header, *(f"<tr>{row}" for row in rows), "</table><p>Bye.</p>")


def test_a_row_of_a_table_is_a_recommendation_with_what_its_columns_say():
    page = table(
        "<td>R2<td>Cells should be mended.<td>College of Policing; Home Office<td>30/04/2024"
        "<td>I have written.<td>Open",
        "<td>R5<td>Cells should be painted.<td>Chief constables<td>Immediately<td>Good.<td>Done",
    )
    two, five = page.recommendations
    assert (two.number, two.addressees) == ("2", ("College of Policing", "Home Office"))
    assert two.target == DatePhrase("2024-04-30", "30/04/2024")
    assert (five.addressees, five.target) == (("force",), DatePhrase(None, "Immediately"))
    assert said(page) == {"2": "I have written.", "5": "Good."}
    assert unread(page) == ["Open", "Done", "Bye."]


def test_a_cell_over_two_rows_answers_both():
    page = table(
        "<td>R2<td>Cells should be mended.<td>Forces<td>May 2024<td rowspan=2>Both, gladly.<td>-",
        "<td>R5<td>Cells should be painted.<td>Forces<td>May 2024<td>-",
    )
    assert said(page) == {"2": "Both, gladly.", "5": "Both, gladly."}


def test_a_table_with_other_headers_is_no_table_of_recommendations():
    page = html(TITLE, ONE, "<table><tr><th>Month<th>PCC response<tr><td>May<td>Yes.</table>")
    assert [each.key for each in page.recommendations] == ["1"]
    assert [each.how for each in page.statement.passages] == ["not_found"]


def test_a_numbered_list_numbers_them_where_the_page_says_how_many_there_are():
    items = "<ol><li>Forces should mend cells.<li>Forces should count keys.</ol>"
    said_so = html(TITLE, "<p>Its two recommendations are:</p>", items)
    unsaid = html(TITLE, "<p>Its recommendations are:</p>", items)
    too_few = html(TITLE, "<p>Its three recommendations are:</p>", items)
    assert [each.key for each in said_so.recommendations] == ["1", "2"]
    for page in (unsaid, too_few):
        assert [each.key for each in page.recommendations] == ["item-1", "item-2"]


def test_what_two_people_say_below_an_area_for_improvement_is_about_it():
    page = html(
        TITLE,
        "<h2>Custody</h2><h3>Area for improvement</h3><p>The force should mend cells.</p>",
        "<p><em>Chief Constable:</em> They are mended.</p><p>Commissioner: I went to see.</p>",
        "<h2>Keys</h2><h3>Area for improvement</h3><p>The force should count keys.</p>",
        "<p><em>Chief Constable:</em> We did.</p><p>Commissioner: So did I.</p>",
        "<p>Share this page</p><p>Wellington House</p>",
    )
    assert said(page) == {"afi-1": "I went to see.", "afi-2": "So did I."}
    assert [each.text for each in page.chief_officer_comments] == ["They are mended.", "We did."]
    assert unread(page) == ["Custody", "Keys", "Wellington House"]


def test_recommendations_below_a_cause_of_concern_belong_to_it():
    page = html(
        TITLE,
        "<p>The Metropolitan Police Service (MPS) was visited.</p>",
        "<h2>Cause of concern: cells</h2><p>The MPS doesn’t mend its cells.</p>",
        "<p>Recommendation 1: The MPS should mend them.</p>",
        "<h2>Other recommendations</h2><p>Recommendation 2: Forces should count keys.</p>",
    )
    cause, one, two = page.recommendations
    assert (cause.key, cause.kind) == ("cause-of-concern-1", "cause_of_concern")
    assert cause.text == "The MPS doesn’t mend its cells."
    assert {cause.addressees, one.addressees} == {("Metropolitan Police Service",)}
    assert (one.parent, two.parent) == ("cause-of-concern-1", None)


def test_whom_a_heading_addresses_is_no_part_of_the_text():
    page = text(
        *("Report title: Cells", "Report published: 1 March 2024", ""),
        *("Recommendation 1 – to the Home Office", "The Home Office should pay."),
    )
    [one] = page.recommendations
    assert (one.text, one.addressees) == ("The Home Office should pay.", ("Home Office",))


@pytest.mark.parametrize(
    "after",
    ["<hr><p>Need another format?</p>", "<p>« Previous: Keys</p><p>Need another format?</p>"],
)
def test_a_statement_ends_where_the_page_draws_a_line_or_shows_a_control(after):
    page = html(TITLE, ONE, "<h2>Our response</h2><h3>Recommendation 1</h3><p>Yes.</p>", after)
    assert said(page) == {"1": "Yes."}
    assert unread(page) == ["Need another format?"]


def test_the_comments_of_the_chief_officer_end_at_the_next_heading():
    page = html(
        *(TITLE, ONE, "<h2>Comments of the Chief Constable</h2><p>We accept it.</p>"),
        *("<h2>Closing remarks</h2><p>I accept recommendation 1.</p>",),
    )
    assert [each.text for each in page.chief_officer_comments] == ["We accept it."]
    assert unread(page) == ["Closing remarks", "I accept recommendation 1."]


def test_a_recommendation_named_in_a_quotation_is_named_by_somebody_else():
    words = "The Chief Constable told me: “We have done recommendation 1.”"
    page = html(TITLE, ONE, f"<h2>Our response</h2><p>{words}</p>")
    assert [each.how for each in page.statement.passages] == ["not_found"]
    assert unread(page) == [words]


def test_headings_are_headings_in_html_that_was_escaped():
    escaped = ONE + "<h3>PCC comments</h3><p><b>Recommendation One</b><br>The force&rsquo;s.</p>"
    page = html(TITLE, f"<div>{escaped.replace('&', '&amp;').replace('<', '&lt;')}</div>")
    assert said(page) == {"1": "The force’s."}


def test_a_label_and_its_date_may_stand_in_two_languages():
    page = html(
        "<p><b>Adroddiad / Report:</b> Police cells</p>",
        "<p><b>Cyhoeddwyd gan AHEF / Published by HMICFRS:</b> 8 Tachwedd 2024 / 8 November 2024",
        "<p><b>Ymateb / Our response published:</b> 20 Rhagfyr 2024 / 21 December 2024</p>" + ONE,
    )
    assert page.report.title.text == "Police cells"
    assert page.report.published_on == "2024-11-08"
    assert page.response_published_on is None
    assert unread(page) == ["20 Rhagfyr 2024 / 21 December 2024"]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("A joint thematic inspection of custody", "joint"),
        ("National child protection inspection: Kent Police", "child_protection"),
        ("PEEL 2023–25: An inspection of Kent Police", "peel"),
        ("PEEL spotlight report: Custody", None),
        ("An inspection of custody", None),
    ],
)
def test_a_kind_is_taken_from_a_title_that_says_it(title, kind):
    page = html(f"<p>Report title: {title}</p>", ONE)
    assert page.report.kind == kind


def test_a_sentence_may_say_on_what_day_the_report_came():
    page = html(
        "<h1>Police cells</h1><p>HMICFRS published its report on Friday 9 February 2024.</p>", ONE
    )
    assert page.report.published_on == "2024-02-09"


def test_a_heading_about_a_response_is_no_title():
    with pytest.raises(UnreadablePage, match="no report title"):
        html("<h1>Our response: police cells</h1>", ONE)


def test_a_line_above_a_page_without_headings_or_labels_is_its_title():
    parts = ("", "The recommendations", "", "Recommendation 1: Forces should act.")
    page = text("Menu", "Police cells and keys", *parts)
    assert page.report.title.text == "Police cells and keys"
    with pytest.raises(UnreadablePage, match="no report title"):
        text("Police cells and keys", "More about police cells", *parts)
