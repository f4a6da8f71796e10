"""The pages as a browser prints them: each sheet says where it is from; no item is torn apart."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from msgspec import to_builtins
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.conftest import some
from tests.pages.answers import PAGES
from tests.pages.lives import LIFE
from tests.pages.shelf import Shelf

AT = "known_at=57&effective_on=2025-11-25"
MANY = 24
Printed = Callable[[str], list[str]]


@pytest.fixture
def printed(browser: Browser, site: str) -> Iterator[Printed]:
    """Prints a page on A4: the words of each sheet, in one line."""
    context = browser.new_context()
    tab = context.new_page()

    def sheets(address: str) -> list[str]:
        tab.goto(site + address)
        made = PdfReader(BytesIO(tab.pdf(format="A4", prefer_css_page_size=True)))
        return [" ".join(one.extract_text().split()) for one in made.pages]

    yield sheets
    context.close()


def many_past_their_target(shelf: Shelf) -> list[str]:
    """A pack with so many recommendations, each of some lines: the marks by which each begins and
    ends."""
    words = "Chief constables should make sure that they record and look into each of these. " * 5
    body = shelf.body(shelf.at(None, None), "cumbria-pfcc")
    rec = to_builtins(body.passed[0])
    marks = [f"{n:03}" for n in range(1, MANY + 1)]
    shelf.body_ = {
        "passed": [
            rec | {"number": one, "key": one, "text": f"Begins{one} {words} Ends{one}"}
            for one in marks
        ],
        "counts": to_builtins(body.counts) | {"passed": MANY},
    }
    return marks


@pytest.mark.sampled
@pytest.mark.parametrize("page", some(["pack", "recommendation", "response", "body", "changes"], 3))
def test_each_sheet_has_its_number_and_the_address_with_position_and_day(printed, page):
    address = PAGES[page]
    sheets = printed(f"{address}{'&' if '?' in address else '?'}{AT}")

    for number, sheet in enumerate(sheets, start=1):
        assert f"page {number} of {len(sheets)}" in sheet
        found = "".join(sheet.split())  # an address is broken where it is too long for a line
        assert f"https://answerable.example{address.partition('?')[0]}" in found
        assert "known_at=57" in found
        assert "effective_on=2025-11-25" in found


def test_a_pack_begins_with_a_cover_and_no_recommendation_is_split(printed, shelf):
    marks = many_past_their_target(shelf)

    sheets = printed(f"{PAGES['pack']}?{AT}")

    assert "Position 57 of the log" in sheets[0]
    assert not re.search("Begins|Ends", sheets[0])
    assert len(sheets) > 4
    for one in marks:
        (begins,) = (n for n, sheet in enumerate(sheets) if f"Begins{one}" in sheet)
        (ends,) = (n for n, sheet in enumerate(sheets) if f"Ends{one}" in sheet)
        assert begins == ends, f"{one} begins on sheet {begins + 1} and ends on {ends + 1}"
        assert f"Recommendation {one}" in sheets[begins]


def test_a_trail_of_fifteen_entries_is_whole_on_two_sheets_at_most(printed, shelf):
    entries = shelf.trails[LIFE]
    assert len(entries) == 15

    sheets = printed(f"{PAGES['life']}?{AT}")

    assert len(sheets) <= 2
    for one in entries:
        assert f"Entry {one['position']} not sealed yet" in " ".join(sheets)
    assert "Superseded Standing Another recommendation took its place." in sheets[0]
    for leads_on in ("See another day", "Order it as it was recorded", "Skip to the content"):
        assert leads_on not in " ".join(sheets)


def test_what_an_entry_says_is_on_paper_once(printed):
    sheets = " ".join(printed(f"{PAGES['life']}?{AT}"))

    for said in ("No evidence was sent.", "Recommendation 4 asks for more."):
        assert sheets.count(said) == 1, said


def test_a_sheet_of_what_is_made_up_says_so(printed, shelf):
    shelf.synthetic = True

    sheets = printed(f"{PAGES['pack']}?{AT}")

    assert all("Made up: nothing on this sheet happened" in one for one in sheets)
