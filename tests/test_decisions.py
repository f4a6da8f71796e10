"""Decision records keep the form that record 0000 lays down."""

from pathlib import Path

import pytest

RECORDS = sorted((Path(__file__).parents[1] / "docs" / "decisions").glob("*.md"))


def test_records_are_numbered_in_order():
    numbers = [int(record.name[:4]) for record in RECORDS]

    assert numbers == list(range(len(RECORDS)))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_a_page_and_ends_with_its_check(record):
    text = record.read_text()

    assert text.startswith(f"# {int(record.name[:4])}. ")
    assert len(text.splitlines()) <= 60
    assert len(text.split()) <= 700
    assert text.strip().splitlines()[-1].startswith("**Check:**")
