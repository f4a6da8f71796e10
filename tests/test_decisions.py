"""Decision records keep the form of docs/decisions/README.md, and its index has each."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))


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


def test_the_index_has_each_record_by_its_title():
    index = (FOLDER / "README.md").read_text("utf-8")
    listed = re.findall(r"^- \[(\d+)\]\((\S+)\) (.+)$", index, re.MULTILINE)

    titled = [re.match(r"# (\d+)\. (.+)", record.read_text("utf-8")) for record in RECORDS]
    wanted = {
        (title[1], record.name, title[2])
        for record, title in zip(RECORDS, titled, strict=True)
        if title
    }
    assert sorted(listed) == sorted(wanted)


def test_a_record_that_the_code_names_is_there():
    numbers = {record.name[:4] for record in RECORDS}
    named = {
        (path.relative_to(ROOT).as_posix(), number)
        for wing in ("ledger", "projections", "api", "tests", "bench", "docs")
        for path in (ROOT / wing).rglob("*")
        if path.suffix in (".py", ".sql", ".md", ".html")
        for number in re.findall(r"decisions/(\d{4})\b", path.read_text("utf-8"))
    }
    assert {(where, number) for where, number in named if number not in numbers} == set()
