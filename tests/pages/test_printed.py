"""The pages as a browser prints them: each sheet says where it is from; no item is torn apart."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.api.site import TODAY, Site
from tests.api.site import recommendation as recommended
from tests.conftest import some
from tests.pages.conftest import address_of
from tests.pages.recorded import PAGES, recommendation

MANY = 24
Printed = Callable[[Site, str], list[str]]


def now(site: Site) -> str:
    """Return the two dates of an address, as they are now."""
    return f"known_at={site.position}&effective_on={TODAY}"


@pytest.fixture
def printed(browser: Browser) -> Iterator[Printed]:
    """Prints a page of a site on A4, as it is now: the words of each sheet, in one line."""
    context = browser.new_context()
    tab = context.new_page()

    def sheets(site: Site, address: str) -> list[str]:
        with address_of(site) as host:
            tab.goto(f"{host}{address}{'&' if '?' in address else '?'}{now(site)}")
            made = PdfReader(BytesIO(tab.pdf(format="A4", prefer_css_page_size=True)))
        return [" ".join(one.extract_text().split()) for one in made.pages]

    yield sheets
    context.close()


def many_past_their_target(site: Site) -> list[str]:
    """Publish so many recommendations past their target, each of some lines: the marks by which
    each begins and ends."""
    words = "Chief constables should make sure that they record and look into each of these. " * 5
    marks = [f"{n:03}" for n in range(101, 101 + MANY)]
    site.publish(
        title="Many",
        recommendations=[
            recommended(one, text=f"Begins{one} {words} Ends{one}", target={"on": "2025-06-01"})
            for one in marks
        ],
    )
    return marks


@pytest.mark.sampled
@pytest.mark.parametrize("page", some(["pack", "recommendation", "response", "body", "changes"], 5))
def test_each_sheet_has_its_number_and_the_address_with_position_and_day(printed, site, page):
    address = PAGES[page]
    sheets = printed(site, address)

    for number, sheet in enumerate(sheets, start=1):
        assert f"page {number} of {len(sheets)}" in sheet
        found = "".join(sheet.split())  # an address is broken where it is too long for a line
        assert address.partition("?")[0] in found
        assert now(site).partition("&")[0] in found
        assert f"effective_on={TODAY}" in found


def test_a_pack_begins_with_a_cover_and_no_recommendation_is_split(printed, new_site):
    marks = many_past_their_target(new_site)

    sheets = printed(new_site, PAGES["pack"])

    assert f"Position {new_site.position:,} of the log" in sheets[0]
    assert not re.search("Begins|Ends", sheets[0])
    assert len(sheets) > 4
    for one in marks:
        (begins,) = (n for n, sheet in enumerate(sheets) if f"Begins{one}" in sheet)
        (ends,) = (n for n, sheet in enumerate(sheets) if f"Ends{one}" in sheet)
        assert begins == ends, f"{one} begins on sheet {begins + 1} and ends on {ends + 1}"
        assert f"Recommendation {one}" in sheets[begins]


def test_a_trail_of_fifteen_entries_is_whole_on_two_sheets_at_most_and_says_each_text_once(
    printed, site
):
    entries = site.anybody.reads(f"{recommendation('09')}/history")["items"]
    assert len(entries) == 15

    sheets = printed(site, PAGES["life"])

    assert len(sheets) <= 2
    for one in entries:
        assert f"Entry {one['position']} not sealed yet" in " ".join(sheets)
    assert "Superseded Standing Another recommendation took its place." in sheets[0]
    for leads_on in ("See another day", "Order it as it was recorded", "Skip to the content"):
        assert leads_on not in " ".join(sheets)
    for said in ("No evidence was sent.", "Number 4 asks for more."):
        assert " ".join(sheets).count(said) == 1, said


@pytest.mark.soak
def test_a_sheet_of_a_made_up_log_says_so(printed, made_up):
    sheets = printed(made_up, PAGES["pack"])

    assert all("Made up: nothing on this sheet happened" in one for one in sheets)
