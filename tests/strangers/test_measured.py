"""Pages and sheets by people who never saw the suggester: what it makes of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.application import Ledger
from tests.servers import new_database
from tests.strangers.from_duty import FromDuty
from tests.strangers.measuring_sheets import MeasuredSheet
from tests.strangers.suggesting import Tally
from tests.strangers.table import (
    empty_log,
    from_duty_measured,
    in_document,
    rendered,
    sheets_measured,
    suggestions_measured,
)


@pytest.fixture(scope="module")
def pages() -> dict[str, list[Tally]]:
    return suggestions_measured()


@pytest.fixture(scope="module")
def sheets(postgres, migrated) -> list[MeasuredSheet]:
    @contextmanager
    def new_log() -> Iterator[Ledger]:
        with new_database(postgres, migrated) as url, empty_log(url) as log:
            yield log

    return sheets_measured(new_log)


@pytest.fixture(scope="module")
def begun() -> dict[str, list[FromDuty]]:
    return from_duty_measured()


def test_the_document_says_what_is_measured(pages, begun, sheets):
    assert in_document() == rendered(pages, begun, sheets)


def test_no_sure_suggestion_is_wrong(pages):
    assert [wrong for tallies in pages.values() for one in tallies for wrong in one.wrong] == []


def test_from_the_duty_no_sure_speaker_and_no_sure_day_is_wrong(begun):
    assert [wrong for found in begun.values() for one in found for wrong in one.wrong] == []


def test_from_the_duty_nine_passages_of_ten_are_right_or_left_to_the_person(begun):
    for found in begun.values():
        passages = sum((one.facts["passages"] for one in found), Counter[str]())
        assert passages["right"] + passages["open"] >= 0.9 * passages.total(), found


def test_no_row_of_a_sheet_is_wrong_and_every_bad_one_is_listed(sheets):
    assert [row for sheet in sheets for row in sheet.rows if row[0] in ("wrong", "missed")] == []
