"""The ways in which offices lay a response out, in pages made up for these tests."""

import pytest

from ledger.intake.pages.page import read_page
from ledger.intake.pages.values import Page

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


@pytest.mark.parametrize(
    "title",
    [
        "<h1>Police cells: a view</h1>",
        "<h1>Our response to ‘Police cells: a view’</h1>",
        '<h1>Commissioner\'s response to "Police cells: a view"</h1>',
        "<h1>Commissioner’s response to HMICFRS report: Police cells: a view</h1>",
        "<h1>Response to Police cells: a view</h1>",
        "<p><b>Report title</b> Police cells: a view</p>",
        "<table><tr><td>Inspection title</td><td>Police cells: a view</td></tr></table>",
        "<dl><dt>Title</dt><dd>‘Police cells: a view’</dd></dl>",
        "<h2>Title of the report</h2><p>Police cells: a view</p>",
        "<p>Report title: Police cells: a view<br>Date: 1 March 2024</p>",
    ],
)
def test_a_title_is_found_beside_its_label_or_in_the_main_heading(title):
    page = html(title, "<h2>Recommendations</h2>", f"<p>Rec 1: {RECOMMENDATION}</p>")
    assert page.report.title.text == "Police cells: a view"
    assert page.unread == ()


def test_the_name_of_the_office_in_a_heading_is_no_title():
    page = html(
        "<h1>Kent Police and Crime Commissioner</h1>",
        "<h1>Police cells</h1>",
        f"<h3>Recommendation 1</h3><p>{RECOMMENDATION}</p>",
    )
    assert page.report.title.text == "Police cells"
    assert [each.rule for each in page.furniture] == ["the name of the office"]


@pytest.mark.parametrize(
    "date", ["Published 1 March 2024", "Report published on 1 March 2024", "Published: 01/03/2024"]
)
def test_the_day_of_the_report_may_follow_its_label_in_several_ways(date):
    page = text("Report title: Cells", date, "Recommendations", f"Rec 1: {RECOMMENDATION}")
    assert page.report.published_on == "2024-03-01"
    assert page.response_published is None


def test_a_month_alone_is_a_month_alone():
    page = text("Report title: Cells", "Date published: March 2024", f"Rec 1: {RECOMMENDATION}")
    assert page.report.published_on == "2024-03"


def test_two_dates_for_one_thing_settle_nothing():
    page = text(
        "Report title: Cells",
        "Report published: 1 March 2024",
        "Date published: 2 March 2024",
        f"Rec 1: {RECOMMENDATION}",
    )
    assert page.report.published_on is None
    assert unread(page) == [(2, "1 March 2024"), (3, "2 March 2024")]


def test_a_plain_label_goes_before_one_that_could_mean_the_page():
    page = text(
        "Published: 9 June 2024",
        "Report title: Cells",
        "Report published: 1 March 2024",
        f"Rec 1: {RECOMMENDATION}",
    )
    assert page.report.published_on == "2024-03-01"
    assert unread(page) == [(1, "9 June 2024")]
    assert page.unread[0].why.startswith("it may be the day of the page")
    assert page.response_published is None
    assert page.page_day is not None
    assert page.page_day.on == "2024-06-09"


@pytest.mark.parametrize(
    "lines",
    [
        ("Our response:", "Published 9 June 2024", "I welcome it."),
        ("Our response:", "I welcome it.", "Published 9 June 2024"),
        ("Our response:", "I welcome it.", "Published: 9 June 2024", "Related links:", "Elsewhere"),
        ("Our response:", "Response published: 9 June 2024", "I welcome it."),
    ],
)
def test_a_day_at_the_beginning_or_end_of_the_response_is_its_own(lines):
    page = with_recommendations(f"Rec 1: {RECOMMENDATION}", *lines)
    assert page.response_published_on == "2024-06-09"
    assert page.statement.text == "I welcome it."
    assert page.report.published_on == "2024-03-01"


def test_a_day_within_the_response_is_part_of_its_text():
    page = with_recommendations(
        f"Rec 1: {RECOMMENDATION}", "Our response:", "I like", "Published 9 June 2024", "a lot."
    )
    assert page.response_published is None
    assert page.statement.text == "I like\nPublished 9 June 2024\na lot."


@pytest.mark.parametrize(
    ("label", "number", "key"),
    [
        ("Rec 02:", "02", "2"),
        ("Recommendation 2:", "2", "2"),
        ("Recommendation no. 12 –", "12", "12"),
        ("R2", "2", "2"),
        ("3a.", "3a", "3a"),
        ("3)", "3", "3"),
        ("Recommendation 3A", "3A", "3a"),
        ("AFI 1:", "AFI 1", "afi-1"),
        ("Area for improvement 1", "AFI 1", "afi-1"),
        ("Cause of concern 1:", "Cause of concern 1", "cause-of-concern-1"),
    ],
)
def test_numbers_keep_their_form_and_get_a_key(label, number, key):
    page = with_recommendations(f"{label} {RECOMMENDATION}")
    [one] = page.recommendations
    assert (one.number, one.key, one.numbered_by) == (number, key, "publisher")
    assert one.label == label
    assert one.text == RECOMMENDATION
    assert page.unread == ()


def test_a_number_alone_stands_before_its_text():
    page = with_recommendations("Recommendation 2", "", RECOMMENDATION, "", "Rec 3", RECOMMENDATION)
    assert [each.key for each in page.recommendations] == ["2", "3"]
    assert page.recommendations[0].text == RECOMMENDATION


def test_areas_for_improvement_without_numbers_get_ours_in_page_order():
    page = html(
        "<h1>Police cells</h1><p>Date published: 1 March 2024</p>",
        "<h2>Areas for improvement</h2>",
        "<ul><li>The force needs to mend its cells.</li>",
        "<li>The force doesn’t always count its keys.</li></ul>",
    )
    assert [each.key for each in page.recommendations] == ["afi-1", "afi-2"]
    assert {each.numbered_by for each in page.recommendations} == {"us"}
    assert {each.kind for each in page.recommendations} == {"afi"}


def test_recommendations_without_numbers_never_claim_to_be_the_publishers():
    page = with_recommendations(
        "The inspectorate asks for two things.",
        "- By 1 May 2024, chief constables should mend the cells.",
        "- Forces should count their keys.",
        "Our response:",
        "I welcome recommendation 1.",
    )
    assert [each.key for each in page.recommendations] == ["item-1", "item-2"]
    assert how(page) == {"item-1": "not_found", "item-2": "not_found"}
    assert unread(page) == [
        (4, "The inspectorate asks for two things."),
        (8, "recommendation 1"),
    ]


def test_causes_of_concern_and_recommendations_may_share_numbers():
    page = with_recommendations(
        "Rec 1: Forces should count their keys.",
        "Causes of concern",
        "Cause of concern 1: The force must mend its cells.",
        "Accelerated cause of concern 1: The force must free the prisoner.",
    )
    assert [(each.key, each.kind) for each in page.recommendations] == [
        ("1", "recommendation"),
        ("cause-of-concern-1", "cause_of_concern"),
        ("accelerated-cause-of-concern-1", "accelerated_cause_of_concern"),
    ]


def test_bullets_and_unfinished_sentences_belong_to_the_recommendation_above():
    page = with_recommendations(
        "Rec 1: By 1 May 2024, forces should:",
        "- mend their cells; and",
        "- count their keys.",
        "This was said before.",
        "Rec 2: Forces should sleep.",
    )
    assert page.recommendations[0].text.split("\n") == [
        "By 1 May 2024, forces should:",
        "- mend their cells; and",
        "- count their keys.",
    ]
    assert unread(page) == [(7, "This was said before.")]


def test_what_stands_outside_every_part_is_furniture_by_a_rule_or_unread():
    page = html(
        "<head><title>Cells</title><script>if (a<b) { x() }</script><style>p{}</style></head>",
        "<body><nav>Menu</nav><p>Home > Police > Cells</p>",
        "<p>The weather is fine.</p><h1>Police cells</h1><p>Report published: 1 March 2024</p>",
        f"<p>Rec 1: {RECOMMENDATION}</p>",
        "<h2>Related documents</h2><p>A map of the cells</p>",
        "<footer>© Us</footer></body>",
    )
    assert unread(page) == [(3, "The weather is fine.")]
    assert [each.text for each in page.furniture] == [
        "Cells",
        "Menu",
        "Home > Police > Cells",
        "A map of the cells",
        "© Us",
    ]


def test_a_text_without_an_addressee_or_a_label_without_a_value_is_unread():
    page = text(
        "Report title: Cells",
        "Type of inspection:",
        "Date published: 1 March 2024",
        "Rec 1: Cells.",
    )
    assert unread(page) == [(2, "Type of inspection:"), (4, "Cells.")]


def test_a_page_may_list_no_recommendations():
    page = text(
        "Report title: Cells",
        "Report published: 1 March 2024",
        "Our response:",
        "I support all the recommendations.",
    )
    assert page.recommendations == ()
    assert page.statement.text == "I support all the recommendations."


def test_a_recommendation_without_a_date_on_the_page_leaves_the_day_unknown():
    assert text("Report title: Cells", f"Rec 1: {RECOMMENDATION}").report.published is None


def test_lines_of_html_are_those_of_the_file():
    page = html(
        "<!doctype html>",
        "<!-- a comment",
        "of two lines --><h1>",
        "Police cells</h1>",
        "<script>",
        "</script><p",
        ">Report published:",
        "1 March 2024</p>",
        "<p>Rec 1: Forces should",
        "mend their cells.</p>",
    )
    assert page.report.title.line == 4
    assert page.recommendations[0].line == 9
