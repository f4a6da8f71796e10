"""The pages in a real browser: accessible, silent in its console, and never wider than a phone."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.pages.answers import PAGES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADDRESSES = {
    **PAGES,
    "past": f"{PAGES['recommendation']}?known_at=2025-07-20&effective_on=2025-07-20",
    "error": "/reports/none",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
VIOLATIONS = {"resultTypes": ["violations"]}  # of what passes one node a rule is described
SCHEMES: dict[Literal["light", "dark"], dict[str, object]] = {
    "light": {"runOnly": RULES, **VIOLATIONS},
    "dark": {"runOnly": {"type": "rule", "values": COLOURS}, **VIOLATIONS},
}
"""What is checked in either scheme: the dark one differs in its colours alone."""
NOTHING_IS_PRESSED = {"rules": {"target-size": {"enabled": False}}}
"""On paper."""
WIDTHS: dict[int, tuple[Literal["light", "dark"], ...]] = {1280: ("light", "dark"), 375: ("light",)}
"""In which schemes at which width: no colour depends on it."""
STYLES = Path(__file__).parents[2] / "api" / "pages" / "static" / "answerable.css"
IN_THE_PAGE = Axe("null")
"""Runs the script that is there already."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "these tests need Chromium: make test installs it"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """One for all pages, which opens each anew; colours as they are, not on their way."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def complaints(tab: Page) -> Iterator[list[str]]:
    """What the console of the tab has been told."""
    said: list[str] = []

    def note(message: object) -> None:
        said.append(str(message))

    tab.on("console", note)
    tab.on("pageerror", note)
    yield said
    tab.remove_listener("console", note)
    tab.remove_listener("pageerror", note)


@pytest.mark.parametrize("page", ADDRESSES)
def test_a_page_is_accessible_and_fits(tab, complaints, site, page):
    tab.goto(site + ADDRESSES[page])
    tab.evaluate(Axe().axe_script)
    for folded in tab.locator("details > summary").all():
        folded.click()
    for width, schemes in WIDTHS.items():
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in schemes:
            tab.emulate_media(color_scheme=scheme)
            found = IN_THE_PAGE.run(tab, options=SCHEMES[scheme])
            assert found.response["passes"]
            assert found.violations_count == 0, f"{width}, {scheme}: {found.generate_report()}"
    tab.emulate_media(media="print", color_scheme="light")
    found = IN_THE_PAGE.run(tab, options=SCHEMES["light"] | NOTHING_IS_PRESSED)
    assert found.violations_count == 0, f"print: {found.generate_report()}"
    tab.emulate_media(media="screen")

    assert [one for one in complaints if "404 (NOT FOUND)" not in one] == []


def test_the_banner_of_what_is_made_up_is_accessible_too(tab, shelf, site):
    shelf.synthetic = True
    tab.goto(f"{site}/")
    tab.evaluate(Axe().axe_script)
    for width, schemes in WIDTHS.items():
        tab.set_viewport_size({"width": width, "height": 800})
        for scheme in schemes:
            tab.emulate_media(color_scheme=scheme)
            found = IN_THE_PAGE.run(tab, options=SCHEMES[scheme])
            assert found.violations_count == 0, f"{width}, {scheme}: {found.generate_report()}"


def test_no_colour_depends_on_the_width():
    """So that those of the dark scheme are looked at in one width."""
    style = STYLES.read_text("utf-8")
    sized = re.findall(r"@media [^{]*width[^{]*\{(.*?)\n\}", style, re.DOTALL)

    assert len(sized) == len(re.findall(r"@media [^{]*width", style)) > 0
    for rules in sized:
        assert not re.search(r"[{;]\s*(--|color|background|opacity|filter|mix-)", rules), rules


def test_the_pages_work_without_javascript_and_by_keyboard(browser, site):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()

    tab.goto(site + "/")
    tab.keyboard.press("Tab")
    assert tab.locator(":focus").inner_text() == "Skip to the content"
    tab.select_option("#body", index=1)
    tab.get_by_role("button", name="Show what concerns it").click()
    tab.get_by_role("link", name="Improving the response").click()
    tab.get_by_text("See another day").click()
    tab.fill("#known_at", "20/07/2025")
    tab.get_by_role("button", name="Show that day").click()

    assert "known_at=2025-07-20" in tab.url
    assert tab.get_by_text("You are reading the past.").is_visible()
    context.close()
