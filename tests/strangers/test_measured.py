"""Ten pages and six sheets by somebody who never saw the importer: what it makes of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.application import Ledger
from tests.conftest import new_database
from tests.strangers.measuring import Measured
from tests.strangers.measuring_sheets import MeasuredSheet
from tests.strangers.table import FIRST, all_measured, empty_log, figures, in_document, rendered

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
