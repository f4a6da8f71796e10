"""A real page, read exactly. It is not part of the project: it is read from beside it."""

from pathlib import Path

import pytest

from ledger.date_phrases import DatePhrase
from ledger.intake.pages.final_page import surely, unsure
from tests.conftest import some
from tests.intake.suggesting import suggested

SEED = "cumbria-organised-immigration-crime-response.txt"
PLACE = Path(__file__).parents[3] / "shared" / "seeds" / SEED
UNIT = "Modern Slavery & Organised Immigration Crime Unit"


@pytest.fixture(scope="module")
def source() -> str:
    if not PLACE.exists():
        pytest.skip("the real page is kept outside the project, and is not beside it here")
    return PLACE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source):
    return read(source.encode())


def read(data):
    """Return what the page surely says."""
    (found,) = suggested(data, SEED, "cumbria-pfcc")
    return surely(found)


def edited(source, was, now):
    assert was in source
    return read(source.replace(was, now).encode())


def test_the_report_is_read(page):
    assert page.title.value == "Improving the response to organised immigration crime"
    assert page.published_on == "2025-05-16"
    assert (page.published.words, page.published.line) == ("16/05/2025", 16)
    assert page.kind == "national_thematic"
    assert page.publishers == ("hmicfrs",)


def test_the_law_is_cited_as_the_page_cites_it_mistake_and_all(page):
    assert page.cites.startswith("Section 33 of the Police Act 1996 (as amended by")
    assert page.cites.endswith("2017)")


def test_key_findings_are_plain_text_with_their_bullets(page):
    lines = page.key_findings.text.split("\n")
    assert [line.startswith("- ") for line in lines] == [False, False, *[True] * 5]
    assert "<" not in page.key_findings.text


def test_the_four_recommendations_keep_their_numbers_and_gaps(page):
    assert [each.number for each in page.recommendations] == ["02", "04", "08", "09"]
    assert [each.key for each in page.recommendations] == ["2", "4", "8", "9"]
    assert {each.numbered_by for each in page.recommendations} == {"publisher"}
    assert {each.kind for each in page.recommendations} == {"recommendation"}
    assert [each.line for each in page.recommendations] == [21, 23, 25, 27]


def test_each_text_is_whole_and_without_its_label(page):
    for each in page.recommendations:
        assert each.text.startswith("By 3")
        assert each.text.endswith(".")
        assert "<" not in each.text


def test_each_target_is_read_with_its_words(page):
    assert [each.target.on for each in page.recommendations] == [
        "2026-04-30",
        "2025-12-31",
        "2026-04-30",
        "2026-04-30",
    ]
    assert page.recommendations[1].target == DatePhrase("2025-12-31", "By 31 December 2025")


def test_chief_constables_are_addressed_and_partners_are_not(page):
    assert {each.addressees for each in page.recommendations} == {("force",)}
    assert [each.partners for each in page.recommendations] == [
        (),
        (),
        (UNIT,),
        (UNIT, "College of Policing"),
    ]


def test_each_passage_goes_to_the_recommendation_that_it_names(page):
    passages = {each.key: each for each in page.passages}
    assert list(passages) == ["2", "4", "8", "9"]
    for key, passage in passages.items():
        assert passage.how == "named"
        assert f"recommendation {key}," in passage.text
    assert passages["9"].text.startswith("Lastly")
    assert [each.lines for each in passages.values()] == [(37,), (39,), (41,), (43,)]


def test_paragraphs_about_no_recommendation_stay_with_the_response(page):
    lines = [each.line for each in page.paragraphs]
    assert lines == [31, 33, 35, 37, 39, 41, 43, 45]
    assert page.text.count("\n") == 7


def test_one_assurance_is_proposed_for_recommendation_4(page):
    [assurance] = page.assurances
    assert assurance.key == "4"
    assert assurance.question.startswith("I'll be looking for assurance that")
    assert assurance.question.endswith(".")


def test_no_date_of_the_response_is_made_up(page):
    assert page.answered is None
    assert page.answered_on is None


def test_nothing_on_the_page_is_unread(page):
    assert page.unread == ()


def test_spaces_that_do_not_break_and_windows_lines_change_nothing(source, page):
    data = source.replace("16/05/2025", "\u00a016/05/2025\u00a0").replace("Rec 02", "Rec\u00a002")
    again = read(data.replace("\n", "\r\n").encode())
    assert again == page


LABELS = [("R2:", "2"), ("Recommendation 2 –", "2"), ("Recommendation 02", "02"), ("REC. 2)", "2")]


@pytest.mark.sampled
@pytest.mark.parametrize(("label", "number"), some(LABELS, 2))
def test_a_number_may_be_labelled_in_other_ways(source, page, label, number):
    again = edited(source, "Rec 02:", label)
    assert (again.recommendations[0].number, again.recommendations[0].key) == (number, "2")
    assert again.recommendations[0].text == page.recommendations[0].text


def test_escaped_tags_are_read_like_tags(source, page):
    again = read(source.replace("<", "&lt;").replace(">", "&gt;").encode())
    assert again == page


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("16/05/2025", "05/13/2026", "no month 13"),
        ("Inspection Title:", "", "the report's title"),
        ("As Police, Fire & Crime Commissioner (PFCC) for Cumbria, ", "", "whose words they are"),
        (
            "I'll be keeping an eye on progress",
            "we keep an eye on progress",
            "line 43",
        ),
        ("With regards to recommendation 8,", "On recommendation 7,", "what they are about"),
        ("Rec 04:", "Rec 2:", "what they are about"),
        ("Type of Inspection:", "Date report published:\t1 May 2025\nKind:", "several days"),
    ],
)
def test_where_what_counts_is_not_sure_it_says_what_to_look_at(source, was, now, why):
    assert was in source
    (found,) = suggested(source.replace(was, now).encode(), SEED, "cumbria-pfcc")
    assert why in "; ".join(unsure(found))


def test_the_page_is_sure_in_all_that_counts(source):
    (found,) = suggested(source.encode(), SEED, "cumbria-pfcc")
    assert unsure(found) == []


def test_two_targets_leave_the_recommendation_to_a_person(source):
    again = edited(
        source, "Rec 04: By 31 December 2025", "Rec 04: By 31 December 2025 or 1 May 2026"
    )
    assert [one.key for one in again.recommendations] == ["2", "8", "9"]
    assert any("more than one date" in one.why for one in again.unread)


def test_a_stated_date_of_the_response_is_read(source):
    again = edited(
        source, "Type of Inspection:", "Response published:\t9 July 2025\nType of Inspection:"
    )
    assert again.answered_on == "2025-07-09"
    assert again.published_on == "2025-05-16"
