"""An inspectorate's own page, read once for everybody: what it recommends, to whom, and what on it
is no recommendation."""

import pytest

from ledger.date_phrases import DatePhrase
from ledger.intake.pages.values import RecommendationRead, Suggestion
from ledger.register import body_named, shipped_bodies
from tests.intake.suggesting import suggested

CONSTABLES = "all chief constables"
OFFICES = "all local policing bodies"
FIRE = "all fire authorities"


def read(*parts: str, heading: str = "Cold cells") -> Suggestion:
    page = f"<html><body><main><h1>{heading}</h1>{''.join(parts)}</main></body></html>"
    (found,) = suggested(page.encode(), "page.html", "hmicfrs", listed=True)
    return found


def of(*parts: str, heading: str = "Cold cells") -> tuple[RecommendationRead, ...]:
    return read(*parts, heading=heading).recommendations


def on(one: RecommendationRead) -> str | None:
    return one.target.on if isinstance(one.target, DatePhrase) else None


def test_a_target_before_the_colon_and_its_bullets_are_one_recommendation():
    (one,) = of(
        "<h2>Recommendations</h2><h3>Recommendation 1</h3>",
        "<p>By 30 April 2027, chief constables should:</p>",
        "<ul><li>heat the cells;</li><li>count the blankets.</li></ul>",
        "<p>We will come back in 2028.</p>",
    )
    assert one.text == (
        "By 30 April 2027, chief constables should:\n- heat the cells;\n- count the blankets."
    )
    assert (one.addressees, on(one)) == ((CONSTABLES,), "2027-04-30")


def test_groups_are_addressees_and_the_college_that_they_work_with_is_a_partner():
    both, fire, working, named = of(
        "<h2>Recommendations</h2>",
        "<p>Recommendation 1: Chief constables and police and crime commissioners should meet.</p>",
        "<p>Recommendation 2: By 1 May 2027, fire and rescue authorities should publish plans.</p>",
        "<p>Recommendation 3: Forces, working with the College of Policing, should act.</p>",
        "<p>Recommendation 4: Local policing bodies should ask, in each area.</p>",
    )
    assert both.addressees == (CONSTABLES, OFFICES)
    assert fire.addressees == (FIRE,)
    assert (working.addressees, working.partners) == ((CONSTABLES,), ("College of Policing",))
    assert named.addressees == (OFFICES,)


def test_a_report_on_one_force_asks_that_force():
    cause, first, second, afi = of(
        "<h2>Responding</h2><h3>Cause of concern</h3>",
        "<p>The force isn’t answering calls.</p><p>We looked at forty calls.</p>",
        "<h4>Recommendations</h4>",
        "<p>By 1 June 2027, Kent Police should:</p><ul><li>answer; and</li><li>log it.</li></ul>",
        "<p>By 1 July 2027, the force should tell us how.</p>",
        "<h3>Area for improvement</h3><p>The force needs to improve its records.</p>",
        "<p>It should have done so in 2020.</p>",
        heading="PEEL 2027: An inspection of Kent Police",
    )
    assert (cause.number, cause.kind) == ("cause-of-concern-1", "cause_of_concern")
    assert cause.text == "The force isn’t answering calls."
    assert (first.parent, second.parent, afi.parent) == (cause.number, cause.number, None)
    assert (afi.number, afi.numbered_by) == ("afi-1", "us")
    assert {one.addressees for one in (cause, second, afi)} == {("kent-police",)}
    assert first.addressees == ("Kent Police",)


def test_the_service_of_a_report_on_one_service_is_its_authority():
    found = of(
        "<p><strong>Areas for improvement</strong></p>",
        "<ul><li>The service should visit homes.</li><li>The service should count them.</li></ul>",
        heading="Merseyside Fire and Rescue Service 2027",
    )
    assert [(one.number, one.addressees) for one in found] == [
        ("afi-1", ("merseyside-fire",)),
        ("afi-2", ("merseyside-fire",)),
    ]


def test_its_key_of_grades_its_standards_and_its_findings_are_no_recommendations():
    (one,) = of(
        "<h2>Our judgments</h2><p>A good force should answer its calls.</p>",
        "<h3>Key to grades</h3><ul><li>Adequate: the force should meet the standard.</li></ul>",
        "<h2>What good looks like</h2><p>Forces should know what they need.</p>",
        "<h2>Findings</h2><p>The force should be proud of this.</p>",
        "<h2>Recommendations</h2><p>Recommendation 1: Chief constables should heat cells.</p>",
        "<h2>Annex A: our standards</h2><p>Forces should meet each of them.</p>",
    )
    assert one.number == "1"


def test_a_recommendation_that_the_page_says_twice_is_one():
    text = "<h3>Recommendation 1</h3><p>Chief constables should heat their cells.</p>"
    found = read(f"<h2>Summary of recommendations</h2>{text}", f"<h2>Cells</h2>{text}")
    assert [one.number for one in found.recommendations] == ["1"]
    repeated = [piece for piece in found.pieces if piece.text.startswith("Chief constables")]
    assert [piece.part for piece in repeated] == ["recommendation", "not needed"]


def test_a_numbered_list_below_whom_it_asks_is_a_recommendation_each():
    found = of(
        "<h2>Recommendations</h2><p>The Home Office should:</p>",
        "<ol><li>fund the cells;</li><li>by 1 May 2027, visit them.</li></ol>",
        "<h3>Chief constables should:</h3><ol start='3'><li>heat them.</li></ol>",
    )
    assert [(one.number, one.text, one.addressees, on(one)) for one in found] == [
        ("1", "fund the cells;", ("Home Office",), None),
        ("2", "by 1 May 2027, visit them.", ("Home Office",), "2027-05-01"),
        ("3", "heat them.", (CONSTABLES,), None),
    ]


def test_a_heading_says_whom_a_list_asks_that_does_not():
    found = of(
        "<h2>Recommendations for police and crime commissioners</h2>",
        "<p>1. By 1 May 2027, publish the plan.</p>",
        "<h2>Recommendations to chief constables</h2><p>2. By 1 May 2027, follow it.</p>",
    )
    assert [(one.number, one.addressees) for one in found] == [
        ("1", (OFFICES,)),
        ("2", (CONSTABLES,)),
    ]


def test_how_soon_each_time_is_no_target():
    (one,) = of("<p>Recommendation 1: Forces should review each file within five days.</p>")
    assert one.target is None


def test_a_lists_first_line_is_suggested_as_its_title_and_never_surely():
    (found,) = suggested(b"Cold cells\n\n1. Chief constables should act.\n", "a.txt", "hmicfrs",
                         listed=True)  # fmt: skip
    assert found.title is not None
    assert (found.title.value, found.title.sure) == ("Cold cells", False)


@pytest.mark.parametrize(
    "name",
    [
        "hmicfrs",
        "HMICFRS",
        "His Majesty’s Inspectorate of Constabulary and Fire & Rescue Services",
        "Her Majesty's Inspectorate of Constabulary and Fire and Rescue Services (HMICFRS)",
        "HM Inspectorate of Constabulary and Fire & Rescue Services",
    ],
)
def test_a_body_is_meant_by_any_of_its_names(name):
    assert body_named(name, {body.id: body for body in shipped_bodies()}) == "hmicfrs"


def test_a_name_of_two_bodies_means_neither():
    bodies = {body.id: body for body in shipped_bodies()}
    assert body_named("Essex County Fire and Rescue Service", bodies) is None


def test_whom_a_recommendation_asks_may_be_said_in_longer_words():
    said = (
        "We recommend that the National Crime Agency reviews its cells.",
        "The IOPC recommends that Kent Police should review its cells.",
        "Police and crime commissioners and their mayoral equivalents should visit.",
        "The Director General of the National Crime Agency should act.",
        "The Ministry of Housing, Communities and Local Government, with the Home Office, should.",
    )
    found = of(*(f"<p>Recommendation {n}: {text}</p>" for n, text in enumerate(said, start=1)))
    assert [one.addressees for one in found] == [
        ("National Crime Agency",),
        ("Kent Police",),
        (OFFICES,),
        ("National Crime Agency",),
        ("Ministry of Housing, Communities and Local Government",),
    ]


def test_what_a_sentence_calls_standards_is_no_recommendation():
    (one,) = of(
        "<h2>Recommendations</h2><h3>Recommendation 1</h3><p>Agency: Home Office</p>",
        "<p>The cells should be paid for.</p>",
        "<h2>Findings</h2><p>We measured by these standards:</p>",
        "<ul><li>the force should heat cells.</li></ul>",
    )
    assert (one.text, one.addressees) == ("The cells should be paid for.", ("Home Office",))


def test_a_paragraphs_own_number_is_none_of_its_words():
    cause, asked, afi = of(
        "<h2>Causes of concern and recommendations</h2>",
        "<p>6.1 <b>Cause of concern</b> The force does not write down why.</p>",
        "<p>6.2 <b>Recommendation</b> The force should write it down.</p>",
        "<h2>Areas for improvement</h2><p>6.3 The force should mend the cells.</p>",
        heading="An inspection of police custody suites in Kent",
    )
    assert (cause.text, asked.parent) == ("The force does not write down why.", cause.number)
    assert (afi.kind, afi.text) == ("afi", "The force should mend the cells.")
    assert {one.addressees for one in (cause, asked, afi)} == {("kent-police",)}


def test_a_heading_says_whom_or_by_when_for_what_stands_below_it():
    soon, later = of(
        "<h2>Recommendations</h2><h3>Immediately</h3>",
        "<p>We recommend that Kent Police acts.</p><h3>Within three months</h3>",
        "<p>We recommend that Kent Police shares what it learns.</p>",
    )
    assert [one.target and one.target.phrase for one in (soon, later)] == [
        "Immediately",
        "Within three months",
    ]
    (told,) = of("<h2>Recommendations</h2><h3>For police forces</h3><p>1. Tell victims why.</p>")
    assert (told.number, told.text, told.addressees) == ("1", "Tell victims why.", (CONSTABLES,))


def test_a_recommendation_whose_topic_is_called_standards_is_one():
    (one,) = of(
        "<h2>Recommendations</h2><h3>Recommendation 1: standards</h3>",
        "<p>The College of Policing and the Home Office should, by 1 May 2027, agree them.</p>",
    )
    assert (one.addressees, on(one)) == (("College of Policing", "Home Office"), "2027-05-01")


def test_a_column_called_who_has_the_addressees():
    (one,) = of(
        "<table><tr><th>#</th><th>What we recommend</th><th>Who</th><th>By when</th></tr>",
        "<tr><td>1</td><td>Open.</td><td>Chief constables</td><td>1 May 2027</td></tr></table>",
    )
    assert (one.number, one.text, one.addressees, on(one)) == (
        "1",
        "Open.",
        (CONSTABLES,),
        "2027-05-01",
    )


def test_a_small_table_below_a_number_says_the_words_whom_they_ask_and_by_when():
    found = of(
        *(
            f"<h3>Recommendation {n}</h3><table>"
            "<tr><th>Text</th><td>Cells should be warm.</td></tr>"
            "<tr><th>For</th><td>All chief constables</td></tr>"
            f"<tr><th>By</th><td>{n} May 2027</td></tr></table>"
            for n in (1, 2)
        )
    )
    assert [(one.number, one.addressees, on(one)) for one in found] == [
        ("1", (CONSTABLES,), "2027-05-01"),
        ("2", (CONSTABLES,), "2027-05-02"),
    ]


def test_areas_whose_numbers_begin_anew_are_numbered_by_us():
    found = of(
        "<h2>Calls</h2><p>AFI 1: The force should answer.</p>",
        "<h2>Crime</h2><p>AFI 1: The force should record.</p>",
        heading="PEEL 2027: Kent Police",
    )
    assert [(one.number, one.numbered_by) for one in found] == [("afi-1", "us"), ("afi-2", "us")]


def test_a_heading_ends_what_was_found():
    (one,) = of(
        "<h2>Summary</h2><p>Forces should know this, and do.</p>",
        "<h2>What we recommend</h2><p>1. Chief constables should heat their cells.</p>",
    )
    assert (one.number, one.addressees) == ("1", (CONSTABLES,))
