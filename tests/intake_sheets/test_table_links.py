"""Rows that stand twice, and rows that fall with others."""

import pytest

from tests.intake_sheets.importer import BACKLOG, EXPLANATIONS, RECOMMENDATIONS, REPORTS, RESPONSES

OWED = "report,body,published on,text,parts\n"


def listed(answer):
    """Return the file, the row and the reason of each row that is not taken."""
    return [(one["file"], one["row"], one["why"]) for one in answer["unread"]]


@pytest.mark.parametrize(
    ("file", "again", "why"),
    [
        (0, REPORTS.splitlines()[1], "the same report stands in row 2 already"),
        (
            1,
            "stores-2024,Rec 2,b,Kent Police; cumbria constabulary,,,,",
            "the same recommendation to the same addressee stands in row 3 already",
        ),
        (2, RESPONSES.splitlines()[1], "the same part of the same response stands in row 2 alre"),
        (3, EXPLANATIONS.splitlines()[1], "the same explanation stands in row 2 already"),
    ],
)
def test_a_row_that_stands_twice_is_rejected_the_second_time(importer, file, again, why):
    files = list(BACKLOG)
    files[file] += f"{again}\n"

    name, row, first = listed(importer.takes(*files))[0]

    assert (name, row) == (f"{file + 1}.csv", len(files[file].splitlines()))
    assert first.startswith(why)


def test_one_number_to_two_addressees_in_two_rows_is_no_double(importer):
    kent = "stores-2024,02,Label it.,Kent Police,cause of concern,,,by 1 October 2024\n"
    assert importer.takes(REPORTS, RECOMMENDATIONS + kent)["unread"] == []


def test_rows_of_a_rejected_report_fall_with_it(importer):
    answer = importer.takes(REPORTS.replace("national thematic", "pear"), *BACKLOG[1:])

    assert answer["recorded"] == 0
    assert [one[2] for one in listed(answer)[1:]] == ["its report in 1.csv, row 2 is rejected"] * 5


def test_a_response_falls_whole_with_one_of_its_explanations(importer):
    answer = importer.takes(*BACKLOG[:3], EXPLANATIONS.replace("not found", "not fuond"))

    assert {one[:2] for one in listed(answer)} == {("3.csv", 2), ("4.csv", 2), ("4.csv", 3)}
    assert "its explanation in 4.csv, row 3 is rejected" in [one[2] for one in listed(answer)]
    assert [one.TOPIC for one in importer.events("response/")] == ["response-duty-arose"]


def test_an_explanation_needs_its_response(importer):
    (alone, _) = importer.takes(REPORTS, RECOMMENDATIONS, EXPLANATIONS)["unread"]
    assert "no row of responses has the response of cumbria-pfcc to stores-2024" in alone["why"]
    owed = OWED + "stores-2024,cumbria-pfcc,,,\n"
    (without, _) = importer.takes(REPORTS, RECOMMENDATIONS, owed, EXPLANATIONS)["unread"]
    assert "has no comments" in without["why"]


def test_parts_published_apart_are_two_rows_and_the_explanations_go_to_the_comments(importer):
    apart = (
        OWED + "stores-2024,cumbria-pfcc,2 May 2024,They say.,chief officer comments\n"
        "stores-2024,cumbria-pfcc,2 May 2024,I welcome it.,\n"
    )

    assert importer.takes(REPORTS, RECOMMENDATIONS, apart, EXPLANATIONS)["unread"] == []

    entries = [one for one in importer.log.read_below("response/") if "parts" in dir(one.data)]
    comments = [one.id for one in entries if "comments" in one.data.parts]
    said = {
        one.statement for one in importer.events("recommendation/") if hasattr(one, "statement")
    }
    assert len(entries) == 2
    assert said == {one.data.statement for one in entries if one.id in comments}
