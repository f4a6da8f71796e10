"""Every word of an accepted page comes out somewhere: nothing is dropped silently."""

import html as entities
import re
from collections import Counter
from collections.abc import Iterator

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from ledger.intake.pages.page import read_page
from ledger.intake.pages.values import Page, UnreadablePage
from tests.conftest import examples

LINES = (
    "Report title: Police cells",
    "Inspection Title:\tPolice cells",
    "Report title",
    "Police cells",
    "Date Published: 01/03/2024",
    "Published 1 March 2024",
    "Report published:",
    "Response published: 9 April 2024",
    "1 March 2024",
    "Type of inspection:\tNational Thematic",
    "Key findings",
    "HMICFRS found this.",
    "Summary: all is well",
    "Recommendations:",
    "Recommendation: Forces should mend their cells.",
    "Areas for improvement",
    "Rec 01: By 1 May 2024, chief constables should mend the cells.",
    "Recommendation 2",
    "R3 The Home Office should pay:",
    "3. Forces should count keys.",
    "AFI 1 – The force needs to listen.",
    "- by 1 May 2024;",
    "* and then some",
    "Our response:",
    "PCC response",
    "Chief Constable's comments:",
    "On recommendation 1, I will seek assurance that it is done.",
    "I support all the recommendations.",
    "Recommendations 2 and 7 are hard.",
    "Related documents",
    "Share this page",
    "Home > Police",
    "© Us",
    "Section 55 of the Police Act 1996 says so.",
    "Kent Police and Crime Commissioner",
)

words = st.text(st.sampled_from("abc XY. :,-\t“’"), max_size=40)
lines = st.lists(st.one_of(st.sampled_from(LINES), words), max_size=25)
start = st.sampled_from((LINES[0] + "\n" + LINES[16], LINES[1] + "\n" + LINES[4], LINES[0]))
TAGS = ("p", "h1", "h2", "h3", "li", "td", "th", "dt", "dd", "strong", "div", "blockquote")


def parts(page: Page) -> Iterator[str]:
    """All that a page's reading holds of its words, each once."""
    report = page.report
    yield report.title.text
    for words in (report.kind_words, report.publisher_words, report.key_findings):
        yield words.text if words else ""
    for date in (report.published, page.response_published):
        yield date.words if date else ""
    for each in page.recommendations:
        yield f"{each.label} {each.text}"
    for found in (
        page.statement.paragraphs,
        page.chief_officer_comments,
        page.labels,
        page.furniture,
        page.unread,
    ):
        for one in found:
            yield one.text


def count(texts: Iterator[str] | list[str]) -> Counter:
    return Counter(word for text in texts for word in re.findall(r"\w+", text))


@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=examples(100, 3000))
@given(start, lines)
def test_every_word_of_a_text_page_is_accounted_for(first, more):
    source = "\n".join([first, *more])
    try:
        page = read_page(source.encode(), filename="page.txt")
    except UnreadablePage:
        reject()
    assert not count([source]) - count(parts(page))


@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=examples(100, 3000))
@given(start, st.lists(st.tuples(st.sampled_from(TAGS), st.one_of(st.sampled_from(LINES), words))))
def test_every_word_of_an_html_page_is_accounted_for(first, more):
    given_lines = [*(("p", line) for line in first.split("\n")), *more]
    source = "\n".join(f"<{tag}>{entities.escape(line)}</{tag}>" for tag, line in given_lines)
    try:
        page = read_page(source.encode(), filename="page.html")
    except UnreadablePage:
        reject()
    assert not count([line for _, line in given_lines]) - count(parts(page))


@given(start, lines)
def test_every_line_number_is_one_of_the_file(first, more):
    source = "\n".join([first, *more])
    try:
        page = read_page(source.encode(), filename="page.txt")
    except UnreadablePage:
        reject()
    last = source.count("\n") + 1
    shown = (page.labels, page.furniture, page.unread, page.recommendations)
    assert all(1 <= each.line <= last for found in shown for each in found)
    assert all(1 <= each.line <= last for each in page.statement.paragraphs)
