"""A page becomes a draft, a person looks at it, and records it; at a real service."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "examples"
PAGE = EXAMPLES / "west-yorkshire-mayor-race-disparity.html"
BODY = "west-yorkshire-mayor"
TITLE = (
    "Faith and policing: An inspection of race disparity in police criminal justice decision-making"
)


@pytest.fixture
def page(tmp_path):
    """Return a page that was never imported, and the path of its draft."""
    path = tmp_path / "page.html"
    text = PAGE.read_text(encoding="utf-8").replace("Race and policing:", "Faith and policing:")
    path.write_text(text, encoding="utf-8")
    return path, tmp_path / "draft.toml"


def confirm(draft):
    """Take the question marks away, say whose a passage is that tells what the force says, and the
    report's title and day, as a person does who looked."""
    text = draft.read_text(encoding="utf-8").replace('part = "? ', 'part = "')
    text = text.replace('part = "?"', 'part = "commissioner 2"')
    text = text.replace('\ntitle = ""', f'\ntitle = "{TITLE}"')
    text = text.replace('\npublished_on = ""', '\npublished_on = "2023-08-25"', 1)
    draft.write_text(text, encoding="utf-8")


def test_a_clerk_drafts_a_page_sees_what_it_comes_to_and_records_it_once(service, page):
    path, draft = page
    before = service.position()
    refused = service.command("import", str(path), "--body", BODY, "--yes", expect=1)
    assert "the report's title" in refused.stderr
    assert f"answerable draft page.html --body {BODY}" in refused.stderr

    said = service.command_json("draft", str(path), "--body", BODY, "--out", str(draft))
    assert (said["is"], len(said["reports"])) == ("response", 1)
    assert [one["text"].split(" that ")[0] for one in said["left"]] == ["The force tells us"]
    report = said["reports"][0]
    assert report["title"] == {"value": None, "sure": False}
    assert [one["sure"] for one in report["recommendations"]] == [True, True, True]
    assert report["recommendations"][1]["addressees"] == ["west-yorkshire-police"]
    assert {one["sure"] for one in report["passages"]} == {False}

    unsure = service.command("import", str(draft), "--yes", expect=1)
    assert "take the “?” away if it is, or write what it is" in unsure.stderr
    confirm(draft)
    shown = service.command("import", str(draft), "--dry-run")
    assert "response of Mayor of West Yorkshire, published on 12 October 2023" in shown.stdout
    assert service.position() == before

    done = service.command_json("import", str(draft), "--yes")
    assert done["recorded"] > 0
    assert service.command_json("import", str(draft), "--yes")["recorded"] == 0
    itself = service.command_json("import", str(path), "--body", BODY, "--yes")
    assert (itself["recorded"], itself["already"]) == (0, 1), "it was settled by the draft"
    (reference,) = done["reports"]
    answer = service.get(f"/api/responses/{reference}/{BODY}", min_position=service.position())
    assert answer["published_on"] == "2023-10-12"
    assert answer["coverage"]["explained_now"] == 2

    from_duty = draft.parent / "from-duty.toml"
    named = service.command("draft", str(path), "--body", BODY)
    assert f"This looks like the response to “{TITLE}”" in named.stderr
    assert f"--report {reference}" in named.stderr
    begun = service.command_json(
        "draft", str(path), "--body", BODY, "--report", reference, "--out", str(from_duty)
    )
    (known,) = begun["reports"]
    assert known["title"] == {"value": TITLE, "sure": True}
    assert known["published_on"] == {"value": "2023-08-25", "sure": True}
    assert known["publishers"] == {"value": ["hmicfrs"], "sure": True}
    assert [one["number"] for one in known["recommendations"]] == ["2", "4"]
    confirm(from_duty)
    assert service.command_json("import", str(from_duty), "--yes")["recorded"] == 0


def test_a_draft_begins_from_no_report_that_is_not_recorded(service, page):
    refused = service.command(
        "draft", str(page[0]), "--body", BODY, "--report", "no-such-report", expect=1
    )
    assert "no-such-report" in refused.stderr


def test_a_fault_in_a_draft_is_refused_with_its_line_and_records_nothing(service, page):
    path, draft = page
    service.command_json("draft", str(path), "--body", BODY, "--out", str(draft))
    confirm(draft)
    text = draft.read_text(encoding="utf-8").replace('"2023-08-25"', '"2023-08-35"')
    draft.write_text(text, encoding="utf-8")
    line = text.split("\n").index(next(one for one in text.split("\n") if "08-35" in one)) + 1
    before = service.position()

    refused = service.command("import", str(draft), "--yes", expect=1)

    assert f"draft.toml, line {line}: “2023-08-35” is no day" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert service.position() == before


def test_without_a_file_the_draft_is_shown(service, page):
    shown = service.command("draft", str(page[0]), "--body", BODY)
    assert "[[block]]" in shown.stdout
    assert "Look at: the report's title" in shown.stderr
    assert json.dumps(BODY) in shown.stdout
