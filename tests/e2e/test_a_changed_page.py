"""The real page, edited after it was imported: one passage in other words, and a day of its own."""

import io
import os
import pty
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from api.cli import main
from tests.e2e.service import Service
from tests.e2e.test_the_real_page import REPORT

pytestmark = pytest.mark.long

SEED = "cumbria-organised-immigration-crime-response.txt"
WAS = "I'm assured that Cumbria Police will work closely with HMICFRS"
NOW = "I was shown how Cumbria Police works closely with HMICFRS"
FOUR = f"/recommendations/{REPORT}/04/cumbria-constabulary"
BODY = ("--body", "cumbria-pfcc")


@pytest.fixture(scope="module")
def editions(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the page as it was, and as it is since, under the same name."""
    text = (shared / "seeds" / SEED).read_text(encoding="utf-8")
    assert text.count(WAS) == 1
    folder = tmp_path_factory.mktemp("editions")
    paths = folder / "first" / SEED, folder / "since" / SEED
    changed = text.replace(WAS, NOW) + "\n\nPublished 10 July 2025\n"
    for path, content in zip(paths, (text, changed), strict=True):
        path.parent.mkdir()
        path.write_text(content, encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def answers(service: Service, editions: tuple[Path, Path]) -> dict[str, Any]:
    """Return the answer of each step, up to the recording of the page's changes."""
    first, since = map(str, editions)
    service.command_json("import", first, *BODY, "--yes")
    before = service.position()
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


def test_pages_show_both_texts_in_a_browser(service, answers, browser):
    page = browser.new_page(viewport={"width": 375, "height": 900})
    for address in (FOUR, f"/responses/{REPORT}/cumbria-pfcc"):
        answer = page.goto(service.url + address)
        assert answer is not None
        assert answer.status == 200
        page.locator("summary", has_text="As first published").first.click()
        shown = page.inner_text("main")
        assert NOW in shown
        assert WAS in shown
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0
    step = page.locator(".step", has_text="changed what its response says")
    step.locator("summary").first.click()
    trail = step.inner_text()
    assert WAS in trail
    assert NOW in trail
    page.close()


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


def test_at_a_terminal_a_day_is_asked_about_by_itself(service, answers, editions, tmp_path):
    text = editions[1].read_text(encoding="utf-8")
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
