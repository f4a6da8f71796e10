"""A clerk records ten years of an inspectorate's register in a real browser, and the next quarter's
export: by keyboard, without JavaScript, on a telephone, at the pace of a person."""

import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page

from tests import a_register
from tests.e2e.pace import Paced
from tests.e2e.service import Service
from tests.e2e.test_recording import as_the_same, at_a_browser, fits, press, violations

pytestmark = pytest.mark.long

BODY, FORCE = "kent-pcc", "kent-police"


def downloaded(page: Page, to: Path) -> Path:
    """Download the mapping by its button."""
    with page.expect_download() as came:
        page.get_by_role("button", name="Download the mapping").first.click()
    came.value.save_as(to)
    return to


def is_accessible(seen: Page, file: Path) -> None:
    """The three pages of a register, as a browser sees them that scripts can look into."""
    seen.goto("/record/register")
    assert violations(seen) == []
    seen.set_input_files("#f-file", file)
    seen.get_by_role("button", name="Read it").click()
    assert violations(seen) == []
    for box in seen.locator("li.unsure input[type=checkbox]").all():
        box.check()
    seen.get_by_role("button", name="Check before you record").last.click()
    seen.locator("#sum").wait_for()
    assert violations(seen) == []


def counted(service: Service) -> dict[str, int]:
    """Return how many recommendations to the force stand as what."""
    found: dict[str, int] = {}
    after = None
    while True:
        asked: dict[str, Any] = {"addressee": FORCE, "limit": 500}
        asked |= {"after": after} if after else {}
        page = service.get("/api/recommendations", min_position=service.position(), **asked)
        for one in page["items"]:
            found[one["status"]] = found.get(one["status"], 0) + 1
        if (after := page["next"]) is None:
            return found


@pytest.mark.soak
def test_a_clerk_records_a_register_of_300_rows_and_then_the_next_quarters(
    browser: Browser, empty: Service, tmp_path: Path
) -> None:
    first, second = tmp_path / "register.csv", tmp_path / "next.csv"
    few = tmp_path / "few.csv"
    few.write_bytes(a_register.csv_of(a_register.rows()[: 2 * a_register.EACH]))
    first.write_bytes(a_register.csv_of(a_register.rows()))
    second.write_bytes(a_register.csv_of(a_register.next_rows()))
    had, duties = counted(empty), empty.get("/api/responses", responder=BODY)["items"]
    with at_a_browser(browser, empty, "clerk", BODY) as page:
        with as_the_same(browser, empty, page) as seen:
            is_accessible(seen, few)
        clerk = Paced(page)
        paced = cast(Page, clerk)
        paced.goto("/record")
        press(paced, "Record a register")
        fits(paced)
        paced.set_input_files("#f-file", first)
        press(paced, "Read it", kind="button")
        fits(paced)
        for box in page.locator("li.unsure input[type=checkbox]").all():
            clerk.clicks, clerk.thoughts = clerk.clicks + 1, clerk.thoughts + 1
            box.check()
        press(paced, "Check before you record", kind="button")
        fits(paced)
        shown = page.locator("main").text_content() or ""
        assert "The column “Lead officer”: nothing of it is recorded." in shown
        assert shown.count("New report:") == a_register.REPORTS, shown
        clerk.reads = False
        press(paced, "Record it", kind="button")
        clerk.within(15, "A register of 300 rows and 30 reports")
        mapping = downloaded(page, tmp_path / "map.toml")
        assert tomllib.loads(mapping.read_text())["theme"] == "Theme"
    found = counted(empty)
    assert sum(found.values()) == sum(had.values()) + a_register.REPORTS * a_register.EACH
    assert {"closed", "claimed_complete", "reopened", "superseded", "open"} <= set(found)
    assert empty.get("/api/responses", responder=BODY)["items"] == duties

    with at_a_browser(browser, empty, "clerk", BODY) as page:
        clerk = Paced(page)
        paced = cast(Page, clerk)
        paced.goto("/record/register")
        paced.set_input_files("#f-file", second)
        paced.set_input_files("#f-map", mapping)
        press(paced, "Read it", kind="button")
        shown = page.locator("#sum ~ ul").inner_text()
        assert shown.count("New report:") == a_register.MORE // a_register.EACH, shown
        clerk.reads = False
        press(paced, "Record it", kind="button")
        clerk.within(3, "The next quarter's export, with 20 new rows")
        before = empty.position()
        page.goto("/record/register")
        page.set_input_files("#f-file", second)
        page.set_input_files("#f-map", mapping)
        press(page, "Read it", kind="button")
        assert "There is nothing to record." in page.locator("main").inner_text()
        assert empty.position() == before
    after = counted(empty)
    assert sum(after.values()) == sum(found.values()) + a_register.MORE
    assert after["closed"] >= found["closed"] + a_register.CHANGED
