"""Decision records keep the form that record 0000 lays down."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def test_no_two_records_have_one_number():
    numbers = [int(record.name[:4]) for record in RECORDS]

    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_a_page_and_ends_with_its_check(record):
    text = record.read_text()

    assert text.startswith(f"# {int(record.name[:4])}. ")
    assert len(text.splitlines()) <= 60
    assert len(text.split()) <= 700
    assert text.strip().splitlines()[-1].startswith("**Check:**")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_the_check_of_a_record_names_a_file_that_is_there(record):
    check = record.read_text().strip().splitlines()[-1]

    named = re.findall(r"`([\w/]+\.(?:py|toml))`", check)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
