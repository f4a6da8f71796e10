"""The main job on the real page: recorded, judged and served, through the API and by pages. Then it
is edited: one passage has other words, and it has a day of its own."""

import io
import os
import pty
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, Page

from api.cli import main
from tests.conftest import cells
from tests.e2e.service import Service

pytestmark = pytest.mark.long

REPORT = "hmicfrs-2025-05-16-improving-the-response-to-organised-immigration-crime"


@pytest.fixture(scope="module")
def page_file(shared: Path) -> Path:
    return shared / "seeds" / "cumbria-organised-immigration-crime-response.txt"


@pytest.fixture(scope="module")
def imported(service: Service, page_file: Path) -> dict[str, Any]:
    """Return the answer of the first import, once the read models have it."""
    answer: dict[str, Any] = service.command_json(
        "import", str(page_file), "--body", "cumbria-pfcc", "--yes"
    )
    return answer


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def test_importing_it_records_one_report_and_leaves_nothing_unread(imported):
    assert imported["reports"] == [REPORT]
    assert imported["recorded"] == 13
    assert imported["unread"] == []


def test_the_response_is_due_on_day_56_and_not_shown_to_be_in_time(service, imported):
    response = service.get(f"/api/responses/{REPORT}/cumbria-pfcc")

    assert response["rule"]["id"] == "pa96-s55"
    assert response["rule"]["version"] == 3
    assert response["due_on"] == "2025-07-10"
    assert response["published_on"] is None
    assert response["verdict"] == "not_shown"
    coverage = response["coverage"]
    assert coverage["listed_by"] == "response"
    assert (coverage["addressed"], coverage["explained_now"]) == (4, 4)
    assert coverage["explained_by_due"] is None


def test_importing_it_again_records_nothing(service, imported, page_file):
    before = service.position()

    again = service.command_json("import", str(page_file), "--body", "cumbria-pfcc", "--yes")

    assert (again["recorded"], again["already"]) == (0, 12)
    assert again["reports"] == [REPORT]
    assert service.position() == before


SHOWN = {
    "/": "Improving the response to organised immigration crime",
    "/reports": "Improving the response to organised immigration crime",
    f"/reports/{REPORT}": "Recommendation 04",
    f"/recommendations/{REPORT}/04/cumbria-constabulary": "31 December 2025",
    f"/responses/{REPORT}/cumbria-pfcc": "Not shown",
}


@pytest.mark.sampled
@pytest.mark.parametrize(("width", "path"), cells((1280, 375), SHOWN, 3))
def test_a_page_shows_it_without_a_fault_in_the_console(service, imported, tab, path, width):
    says = SHOWN[path]
    tab.set_viewport_size({"width": width, "height": 900})
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(message.text))

    answer = tab.goto(service.url + path)

    assert answer is not None
    assert answer.status == 200
    assert says in tab.inner_text("main")
    overflow = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    assert faults == []


def test_the_samples_hold_neither_this_office_nor_this_report(service):
    folder = Path(__file__).parents[2] / "examples"
    samples = [path for path in folder.iterdir() if path.suffix in {".txt", ".html"}]
    texts = [path.read_text(encoding="utf-8").casefold() for path in samples]

    assert len(samples) == 3
    assert not any("cumbria" in text or "immigration" in text for text in texts)


WAS = "I'm assured that Cumbria Police will work closely with HMICFRS"
NOW = "I was shown how Cumbria Police works closely with HMICFRS"
FOUR = f"/recommendations/{REPORT}/04/cumbria-constabulary"
BODY = ("--body", "cumbria-pfcc")


@pytest.fixture(scope="module")
def edited(page_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page as it is since, under the same name."""
    text = page_file.read_text(encoding="utf-8")
    assert text.count(WAS) == 1
    path: Path = tmp_path_factory.mktemp("since") / page_file.name
    path.write_text(text.replace(WAS, NOW) + "\n\nPublished 10 July 2025\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def answers(service: Service, imported: dict[str, Any], edited: Path) -> dict[str, Any]:
    """Return the answer of each step, up to the recording of the page's changes."""
    before, since = service.position(), str(edited)
    proposed = service.command_json("import", since, *BODY, "--dry-run")
    refused = service.command("import", since, *BODY, expect=1).stderr
    asked = {"position": service.position(), "refused": refused}
    recorded = service.command_json("import", since, *BODY, "--yes")
    return {"before": before, "proposed": proposed, "asked": asked, "recorded": recorded}


def test_it_proposes_one_revision_and_one_day_and_records_nothing_unconfirmed(answers):
    for answer in (answers["proposed"], answers["recorded"]):
        assert answer["revised"] == 1
        (day,) = answer["proposed"]
        assert (day["field"], day["was"], day["now"]) == ("published_on", None, "2025-07-10")
        assert answer["unread"] == []
        assert answer["reports"] == [REPORT]
    assert answers["proposed"]["recorded"] == 0
    assert answers["asked"]["position"] == answers["before"]
    assert "--yes" in answers["asked"]["refused"]


def test_it_records_exactly_one_revision_and_the_day_of_the_statements_entries(service, answers):
    after = answers["before"]
    listed = service.get("/api/entries", after=after, limit=500)["items"]
    types = [one["type"].removeprefix("answerable.").removesuffix(".v1") for one in listed]

    assert types.count("statement-revised") == 1
    assert types.count("capture-kept") == 1
    assert types.count("entry-corrected") == len(types) - 2 == 5
    assert answers["recorded"]["recorded"] == len(types)


def test_pages_show_both_texts_in_a_browser(service, answers, tab):
    tab.set_viewport_size({"width": 375, "height": 900})
    for address in (FOUR, f"/responses/{REPORT}/cumbria-pfcc"):
        answer = tab.goto(service.url + address)
        assert answer is not None
        assert answer.status == 200
        tab.locator("summary", has_text="As first published").first.click()
        shown = tab.inner_text("main")
        assert NOW in shown
        assert WAS in shown
        overflow = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0
    step = tab.locator(".step", has_text="changed what its response says")
    step.locator("summary").first.click()
    trail = step.inner_text()
    assert WAS in trail
    assert NOW in trail


def interactive(service: Service, page: Path, *replies: str) -> str:
    """Import a page at a terminal, and reply to each question in turn: what it showed."""
    ours, theirs = pty.openpty()
    command = ["import", str(page), *BODY, "--data", str(service.data)]
    shown = io.StringIO()
    with os.fdopen(theirs) as terminal, redirect_stdout(shown), redirect_stderr(shown):
        os.write(ours, "".join(f"{reply}\n" for reply in replies).encode())
        with patch("sys.stdin", terminal), suppress(SystemExit):
            main(command, prog_name="answerable")
    os.close(ours)
    return shown.getvalue()


def test_at_a_terminal_a_day_is_asked_about_by_itself(service, answers, edited, tmp_path):
    text = edited.read_text(encoding="utf-8")
    other = tmp_path / "other.txt"
    other.write_text(
        text.replace("organised immigration crime\n", "organised crime at sea\n", 1)
        .replace("16/05/2025", "02/06/2025")
        .replace("\nPublished 10 July 2025\n", "")
    )
    service.command_json("import", str(other), *BODY, "--yes")
    before = service.position()
    other.write_text(other.read_text() + "\nPublished 20 July 2025\n")

    shown = interactive(service, other, "n")

    assert "a date to confirm: the response was published on 20 July 2025" in shown
    assert "may carry a false date" in " ".join(shown.split())
    assert service.position() == before
    other.write_text(other.read_text().replace(NOW, WAS))
    kept = interactive(service, other, "y", "n")
    assert "2 entries recorded" in kept
    assert interactive(service, other, "y").count("entries recorded") == 1
    found = service.get(
        "/api/responses/hmicfrs-2025-06-02-improving-the-response-to-organised-crime-at-sea"
        "/cumbria-pfcc",
        min_position=service.position(),
    )
    assert found["published_on"] == "2025-07-20"
