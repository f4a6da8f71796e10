"""The main job on the real page: recorded, judged and served, through the API and by pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

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
    service.get("/api/reports", min_position=service.position())
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
