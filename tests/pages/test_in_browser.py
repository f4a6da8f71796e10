"""The pages in a real browser: accessible, silent in its console, and never wider than a phone."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, Page

from tests.conftest import some, whole
from tests.pages.conftest import address_of
from tests.pages.recorded import PAGES

ADDRESSES = {
    **PAGES,
    "past": f"{PAGES['response']}?known_at=2025-07-20&effective_on=2025-07-20",
    "error": "/reports/none",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
VIOLATIONS = {"resultTypes": ["violations"]}  # one node is described for each rule that passes
SCHEMES: dict[Literal["light", "dark"], dict[str, object]] = {
    "light": {"runOnly": RULES, **VIOLATIONS},
    "dark": {"runOnly": {"type": "rule", "values": COLOURS}, **VIOLATIONS},
}
"""Rules that axe checks in each scheme. The dark scheme differs from the light one in its colours
alone."""
Look = tuple[Literal["screen", "print"], int, Literal["light", "dark"]]
LOOKS: dict[Look, list[str]] = {
    ("screen", 1280, "light"): [],
    ("screen", 1280, "dark"): [],
    ("screen", 375, "light"): COLOURS,
    ("print", 1280, "light"): ["target-size"],
}
"""Every way in which a page is looked at (medium, width, scheme), with the rules that axe leaves
out there. No colour depends on the width. Nothing is pressed on paper."""
UNFOLDED = "document.querySelectorAll('details').forEach(one => one.open = true)"
STYLES = Path(__file__).parents[2] / "api" / "reading" / "static" / "answerable.css"
FOUND = """asked => axe.run(document, asked)
  .then(found => JSON.stringify([found.violations, found.passes.length]))"""
"""A script that returns the violations that axe finds, and how many rules are kept. To return all
that axe says would take as long as the looking."""


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """Yield one tab, which opens every page anew. Nothing moves in it, so that no colour is seen on
    its way to another."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def complaints(tab: Page) -> Iterator[list[str]]:
    """Yield the messages of the tab's console, as they come."""
    said: list[str] = []

    def note(message: object) -> None:
        said.append(str(message))

    tab.on("console", note)
    tab.on("pageerror", note)
    yield said
    tab.remove_listener("console", note)
    tab.remove_listener("pageerror", note)


def by_axe(tab: Page, asked: dict[str, object]) -> AxeResults:
    """Return axe's findings about a page that has its script."""
    violations, passes = json.loads(tab.evaluate(FOUND, asked))
    assert passes
    return AxeResults({"violations": violations})


def looked_at(tab: Page, looks: Iterable[Look]) -> None:
    """Look at a page that is open, however it is shown: it is accessible."""
    tab.evaluate(AXE_SCRIPT)
    for look in looks:
        medium, width, scheme = look
        tab.set_viewport_size({"width": width, "height": 800})
        tab.emulate_media(media=medium, color_scheme=scheme)
        left_out = {rule: {"enabled": False} for rule in LOOKS.get(look, [])}
        options = SCHEMES[scheme] | ({"rules": left_out} if left_out else {})
        found = by_axe(tab, options)
        assert found.violations_count == 0, f"{look}: {found.generate_report()}"
    tab.emulate_media(media="screen", color_scheme="light")


def looks_of(number: int) -> Iterable[Look]:
    """Return the ways in which the page of this number is looked at. Every page is looked at as on
    a telephone, without its colours, which take five times as long as all else. One page in three
    is looked at in colours too. `make soak` looks at each page in every way. A test that asks this
    is marked `sampled`."""
    *coloured, plain = sorted(LOOKS, key=lambda look: LOOKS[look] == COLOURS)
    turned, coloured_too = divmod(number, 3)
    if whole():
        return LOOKS
    return (plain,) if coloured_too else (plain, coloured[turned % len(coloured)])


@pytest.mark.sampled
@pytest.mark.parametrize("page", some(ADDRESSES, 6))
def test_a_page_is_accessible_and_fits(tab, complaints, address, page):
    tab.goto(address + ADDRESSES[page])
    tab.evaluate(UNFOLDED)
    for width in (1280, 375):
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    looked_at(tab, looks_of(list(ADDRESSES).index(page)))

    assert [one for one in complaints if "404 (NOT FOUND)" not in one] == []


@pytest.mark.soak
def test_the_banner_of_a_made_up_log_is_accessible_too(tab, made_up):
    with address_of(made_up) as address:
        tab.goto(f"{address}/")
        looked_at(tab, [look for look in LOOKS if look[0] == "screen" and look[1] == 1280])


def test_no_colour_depends_on_the_width():
    """The colours of the dark scheme are therefore looked at in one width."""
    style = STYLES.read_text("utf-8")
    sized = re.findall(r"@media [^{]*width[^{]*\{(.*?)\n\}", style, re.DOTALL)

    assert len(sized) == len(re.findall(r"@media [^{]*width", style)) > 0
    for rules in sized:
        assert not re.search(r"[{;]\s*(--|color|background|opacity|filter|mix-)", rules), rules


def test_the_pages_work_without_javascript_and_by_keyboard(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()

    tab.goto(address + "/")
    tab.keyboard.press("Tab")
    assert tab.locator(":focus").inner_text() == "Skip to the content"
    tab.select_option("#body", index=1)
    tab.get_by_role("button", name="Show what concerns it").click()
    tab.get_by_role("link", name="Recommendation 05").first.click()
    tab.get_by_text("See another day").click()
    tab.fill("#known_at", "20/07/2025")
    tab.get_by_role("button", name="Show that day").click()

    assert "known_at=2025-07-20" in tab.url
    assert tab.get_by_text("You are reading the past.").is_visible()
    context.close()
