"""The sample pages, read exactly: they show three layouts."""

import tomllib
from pathlib import Path

import pytest

from ledger.intake.pages.draft_file import read_draft
from ledger.intake.pages.final_page import surely, unsure
from tests.intake.changing import no_report
from tests.intake.suggesting import suggested

EXAMPLES = Path(__file__).parents[2] / "examples"


def read(name):
    """Return a sample as it is recorded: by its draft, or by what it surely says."""
    path = EXAMPLES / name
    if path.suffix == ".toml":
        return read_draft(path, no_report).page
    body = next(one["body"] for one in listed() if one["file"] == name)
    (found,) = suggested(path.read_bytes(), name, body)
    assert unsure(found) == []
    return surely(found)


def how(page):
    return {each.key: each.how for each in page.passages}


def listed(*, sheets=False):
    """Return the pages among the samples, or the sheets: each with the body whose it is."""
    index = tomllib.loads((EXAMPLES / "samples.toml").read_text(encoding="utf-8"))
    return [
        {"file": file, "body": sample["body"]}
        for sample in index["sample"]
        for file in sample["files"]
        if file.endswith(".csv") == sheets
    ]


def test_every_sample_is_listed_and_every_listed_sample_is_there():
    pages = {path.stem for path in EXAMPLES.iterdir() if path.suffix in (".txt", ".html")}
    sheets = {f"backlog/{path.name}" for path in (EXAMPLES / "backlog").iterdir()}
    assert {Path(sample["file"]).stem for sample in listed()} == pages
    assert {sample["file"] for sample in listed(sheets=True)} == sheets


@pytest.mark.parametrize("sample", listed(), ids=lambda sample: sample["file"])
def test_a_sample_leaves_nothing_unread_and_belongs_to_the_body_it_is_named_for(sample):
    page = read(sample["file"])
    assert page.unread == ()
    assert page.publishers == ("hmicfrs",)
    assert page.kind == "national_thematic"
    assert sample["file"].startswith(sample["body"])


def test_labels_and_values_in_a_text_file():
    page = read("devon-and-cornwall-pcc-serious-youth-violence.txt")
    title = "An inspection of how well the police tackle serious youth violence"
    assert page.title.value == title
    assert page.published_on == "2023-03-08"
    assert page.cites.startswith("Section 55 of the Police Act 1996 (as amended")
    assert page.key_findings.text.count("\n- ") == 3
    assert page.answered_on is None
    assert [each.number for each in page.recommendations] == ["02", "03"]
    assert {each.target.on for each in page.recommendations} == {"2024-03-31"}
    assert page.recommendations[1].partners == ("violence reduction units",)
    assert how(page) == {"2": "named", "3": "named"}
    assert [each.key for each in page.assurances] == ["2"]


def test_headings_and_paragraphs_in_html():
    page = read("west-yorkshire-mayor-race-disparity.toml")
    title = (
        "Race and policing: An inspection of race disparity in police criminal justice "
        "decision-making"
    )
    assert page.title.value == title
    assert page.published_on == "2023-08-25"
    assert page.answered_on == "2023-10-12"
    assert page.cites is None
    first, second, fourth = page.recommendations
    assert (first.addressees, first.target.on) == (("Home Office",), "2024-08")
    assert (second.target.on, second.target.phrase) == (None, "Within twelve months")
    assert second.partners == ("College of Policing", "National Police Chiefs’ Council")
    assert fourth.text.count("\n- ") == 2
    assert how(page) == {"1": "not_found", "2": "named", "4": "named"}
    assert len(page.passages[1].lines) == 2
    [assurance] = page.assurances
    assert assurance.key == "2"
    last = page.paragraphs[-1].text
    assert last == "Progress will be reported at the Mayor’s performance meeting in public."


def test_folded_lines_and_a_general_statement():
    page = read("kent-pcc-activism-and-impartiality.txt")
    assert page.title.value == "An inspection into activism and impartiality in policing"
    assert page.published_on == "2024-09-10"
    assert page.answered_on == "2024-10-24"
    assert [each.key for each in page.recommendations] == ["4", "10", "12"]
    assert [each.target.on for each in page.recommendations] == [None, "2025-03-31", "2025-06-30"]
    assert page.recommendations[2].addressees == ("College of Policing",)
    assert how(page) == {"4": "general", "10": "general", "12": "general"}
    assert page.passages[0].text.startswith("I support all the recommendations")
    assert len(page.paragraphs) == 2
