"""Rows of a list that match a report here, that are only like one, and that match none."""

import pytest

from ledger.events import ListedReport
from ledger.intake.proposals.report_list import RecordedReport, compare

HERE = RecordedReport(
    "custody",
    ("hmicfrs",),
    ("Custody: an inspection",),
    "2025-05-16",
    frozenset({"https://hmicfrs.example/custody"}),
)


def listed(title="Custody: an inspection", published_on="2025-05-16", url=None) -> ListedReport:
    return ListedReport(title=title, published_on=published_on, url=url)


def test_a_report_is_found_by_its_address_whatever_its_title_and_day():
    found = compare([listed("Cells", None, "https://hmicfrs.example/custody")], [HERE], "hmicfrs")

    assert [one.reference for one in found.matched] == ["custody"]
    assert (found.missing, found.unlisted, found.perhaps) == ((), (), ())


def test_a_report_is_found_by_its_exact_title_and_day():
    found = compare([listed(url="https://hmicfrs.example/moved")], [HERE], "hmicfrs")

    assert [one.reference for one in found.matched] == ["custody"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (listed(published_on="2025-05-17"), "the same title, recorded as published on 2025-05-16"),
        (listed(published_on=None), "the same title, recorded as published on 2025-05-16"),
        (listed(published_on="2025-05"), "the same title, recorded as published on 2025-05-16"),
        (
            listed("CUSTODY – an inspection"),
            "a title that differs in case or punctuation, and the same day",
        ),
    ],
)
def test_a_row_that_is_only_like_a_report_is_perhaps_it_and_missing(row, why):
    found = compare([row], [HERE], "hmicfrs")

    assert found.matched == ()
    assert found.missing == (row,)
    assert [(one.listed, one.reference, one.why) for one in found.perhaps] == [
        (row, "custody", why)
    ]


@pytest.mark.parametrize("title", ["Custody: an inspection of it", "Custody", "An inspection"])
def test_a_title_that_is_another_is_not_even_perhaps(title):
    found = compare([listed(title)], [HERE], "hmicfrs")

    assert (found.matched, found.perhaps) == ((), ())
    assert len(found.missing) == len(found.unlisted) == 1


def test_a_report_whose_day_is_not_known_to_the_day_is_never_found_by_title():
    here = RecordedReport("custody", ("hmicfrs",), HERE.titles, "2025-05", frozenset())

    found = compare([listed(published_on="2025-05")], [here], "hmicfrs")

    assert found.matched == ()
    assert found.perhaps[0].why == "the same title, and the same day"


def test_each_report_is_one_row_and_each_row_one_report():
    twin = RecordedReport("custody-2", ("hmicfrs",), HERE.titles, HERE.published_on, frozenset())
    rows = [listed(), listed(url="https://hmicfrs.example/custody"), listed(), listed("Custody.")]

    found = compare(rows, [HERE, twin], "hmicfrs")

    by_row = {one.listed: one.reference for one in found.matched}
    assert by_row == {rows[1]: "custody", rows[0]: "custody-2"}
    assert found.missing == (rows[3],)


def test_a_second_row_with_the_same_address_is_perhaps():
    address = "https://hmicfrs.example/custody"

    found = compare([listed(url=address), listed("Cells", None, address)], [HERE], "hmicfrs")

    assert len(found.matched) == 1
    assert found.perhaps[0].why == "the same address, which another report of the list has too"


def test_a_report_of_another_publisher_is_none_of_its():
    other = RecordedReport("cells", ("cqc",), HERE.titles, HERE.published_on, HERE.addresses)

    found = compare([listed(url="https://hmicfrs.example/custody")], [other], "hmicfrs")

    assert (found.matched, found.unlisted) == ((), ())
    assert found.perhaps[0].why == "the same address, recorded as published by cqc"
