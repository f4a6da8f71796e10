"""A clerk settles the real page of her office in a real browser, and records it: by keyboard,
without JavaScript, on a telephone; a page of 50 MB is refused."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.service import Service
from tests.e2e.test_journeys import WIDTH
from tests.e2e.test_recording import at_a_browser, fill, fits, press, violations

BODY = "cumbria-pfcc"
URL = "https://cumbria-pfcc.gov.uk/hmicfrs-responses"


@pytest.fixture
def page_file(shared: Path) -> Path:
    return shared / "seeds" / "cumbria-organised-immigration-crime-response.txt"


def test_a_clerk_settles_the_real_page_changes_one_thing_and_records_it(
    browser: Browser, empty: Service, page_file: Path
) -> None:
    before = empty.position()
    with at_a_browser(browser, empty, "clerk", BODY) as page:
        page.goto("/record")
        press(page, "Record a response from its page")
        fits(page)
        page.set_input_files("#f-file", page_file)
        fill(page, "url", URL)
        press(page, "Read it", kind="button")
        fits(page)
        fill(page, "response.published_on", "9 July 2025")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        fits(page)
        opened = empty.position()
        assert page.locator("#comes-to").inner_text() == "What it comes to", page.content()
        press(page, "Record it", kind="button")
        assert "/responses/" in page.url, page.locator("main").inner_text()
    assert empty.position() > opened >= before
    report = page.url.partition("/responses/")[2].split("/")[0]
    answer = empty.get(f"/api/responses/{report}/{BODY}", min_position=empty.position())
    assert answer["published_on"] == "2025-07-09"
    history = empty.get(f"/api/responses/{report}/{BODY}/history")["items"]
    assert {one["source"]["url"] for one in history if one["source"]} == {URL}


def test_each_step_is_accessible_and_a_page_of_50_mb_is_refused(
    browser: Browser, empty: Service, page_file: Path, tmp_path: Path
) -> None:
    with at_a_browser(browser, empty, "clerk", BODY) as signed_in:
        cookies = signed_in.context.cookies()
        with browser.new_context(
            viewport={"width": WIDTH, "height": 812}, base_url=empty.url
        ) as context:
            context.add_cookies(cookies)  # type: ignore[arg-type]  # as they were given
            seen = context.new_page()
            said: list[str] = []
            seen.on("console", lambda one: said.append(one.text))
            seen.goto("/record/draft")
            assert violations(seen) == []
            seen.set_input_files("#f-file", page_file)
            seen.get_by_role("button", name="Read it").click()
            fits(seen)
            assert violations(seen) == []
            seen.locator("[name='block.0.of']").fill("all")
            seen.locator("[name='block.1.part']").select_option("")
            seen.get_by_role("button", name="See what it comes to").last.click()
            assert seen.locator("#mistakes").count() == 1
            assert violations(seen) == []
            seen.screenshot(path=tmp_path / "draft.png", full_page=True)
            assert said == [one for one in said if "422" in one]
        large = tmp_path / "large.txt"
        large.write_bytes(b"a " * 25_000_000)
        before = empty.position()
        signed_in.goto("/record/draft")
        signed_in.set_input_files("#f-file", large)
        press(signed_in, "Read it", kind="button")
        assert "larger than 10,485,760 bytes" in signed_in.locator("main").inner_text()
        assert empty.position() == before
