"""Ten pages and six sheets by somebody who never saw the importer: what it makes of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.application import Ledger
from tests.conftest import new_database
from tests.strangers.measuring import Measured
from tests.strangers.measuring_sheets import MeasuredSheet
from tests.strangers.table import (
    FIRST,
    all_measured,
    empty_log,
    figures,
    in_document,
    rendered,
    share,
    total,
)

Everything = tuple[list[Measured], list[MeasuredSheet]]


@pytest.fixture(scope="module")
def measured(postgres, migrated) -> Everything:
    @contextmanager
    def new_log() -> Iterator[Ledger]:
        with new_database(postgres, migrated) as url, empty_log(url) as log:
            yield log

    return all_measured(new_log)


def test_the_document_says_what_is_measured(measured):
    assert in_document() == rendered(FIRST, figures(*measured))


@pytest.mark.parametrize("about", ["recommendations", "targets", "passages"])
def test_nine_of_ten_are_read_rightly_and_none_is_wrong_or_silently_missed(measured, about):
    pages, sheets = measured
    counts = total(figures(pages, sheets)["pages"].values(), about)
    assert share(counts) >= 0.9
    assert counts["right"] / (sum(counts.values()) - counts["others"]) >= 0.9
    assert (counts.get("wrong", 0), counts.get("silent", 0)) == (0, 0)


def test_nothing_wrong_is_recorded_of_the_reports_and_nothing_is_silent(measured):
    pages, _ = measured
    bad = [fact for page in pages for fact in page.facts if fact[1] in ("wrong", "silent")]
    assert bad == []
    assert [page.file for page in pages if page.refused] == []


def test_no_row_of_a_sheet_is_wrong_and_every_bad_one_is_listed(measured):
    _, sheets = measured
    assert [row for sheet in sheets for row in sheet.rows if row[0] in ("wrong", "missed")] == []
