"""Rows that stand twice, and rows that fall with others."""

import pytest

from tests.intake_sheets.tables import (
    EXPLANATIONS,
    RECOMMENDATIONS,
    REPORTS,
    RESPONSES,
    STORES,
    read,
)


@pytest.mark.parametrize(
    ("files", "row", "words"),
    [
        ((REPORTS + STORES + STORES,), 3, "the same report stands in row 2 already"),
        (
            (RECOMMENDATIONS + "r,02,a,force,\nr,Rec 2,b,x; Force,\n",),
            3,
            "the same recommendation to the same addressee stands in row 2 already",
        ),
        (
            (RESPONSES + "r,b,,x\nr,B,,y\n",),
            3,
            "the same part of the same response stands in row 2 already",
        ),
    ],
)
def test_a_row_that_stands_twice_is_rejected_the_second_time(files, row, words):
    table = read(*files)
    assert [(one.place.row, one.reason) for one in table.rejected] == [(row, words)]


def test_one_number_to_two_addressees_in_two_rows_is_no_double():
    assert read(RECOMMENDATIONS + "r,2,a,force,\nr,2,a,durham-constabulary,\n").rejected == ()


def test_rows_of_a_rejected_report_fall_with_it():
    table = read(
        REPORTS + STORES.replace("peel", "pear"),
        RECOMMENDATIONS + "stores-2024,2,a,force,\nother,2,a,force,\n",
        RESPONSES + "stores-2024,b,,x\n",
        EXPLANATIONS + "stores-2024,b,2,force,named\n",
    )
    assert [row.report for row in table.recommendations] == ["other"]
    assert table.responses == ()
    assert [one.reason for one in table.rejected[1:]] == [
        "its report in 1.csv, row 2 is rejected"
    ] * 3


def test_a_response_falls_whole_with_one_of_its_explanations():
    table = read(
        RESPONSES + "r,b,,x\nr,c,,x\n",
        EXPLANATIONS + "r,b,2,force,named\nr,b,3,force,nmaed\nr,c,2,force,general\n",
    )
    assert [row.body for row in table.responses] == ["c"]
    assert {str(one.place) for one in table.rejected} == {
        "1.csv, row 2",
        "2.csv, row 2",
        "2.csv, row 3",
    }


def test_an_explanation_needs_its_response():
    (alone,) = read(EXPLANATIONS + "r,b,2,force,named\n").rejected
    assert "no row of responses has the response of b to r" in alone.reason
    owed = read(RESPONSES + "r,b,,\n", EXPLANATIONS + "r,b,2,force,named\n")
    assert "has no comments" in owed.rejected[0].reason
    assert len(owed.responses) == 1


def test_parts_published_apart_are_two_rows_and_the_explanations_go_to_the_comments():
    table = read(
        "report,body,parts,text\nr,b,chief officer comments,x\nr,b,,y\n",
        EXPLANATIONS + "r,b,2,force,named\n",
    )
    assert [len(row.explanations) for row in table.responses] == [0, 1]
