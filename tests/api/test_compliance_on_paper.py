"""The page of compliance for the whole country, on paper and at every width."""

from contextlib import closing
from io import BytesIO

from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.api.founding import COUNTRY
from tests.api.site import Site, recommendation
from tests.pages.conftest import address_of

FOUNDING = COUNTRY


def test_compliance_of_the_country_is_three_sheets_with_a_hatching_for_each_verdict(
    browser: Browser, new_site: Site
) -> None:
    everybody = "all-local-policing-bodies"
    new_site.publish(
        recommendations=[recommendation(addressees=[everybody])],
        bodies=[everybody],
        published_on="2025-05-16",
    )

    with address_of(new_site) as host, closing(browser.new_page()) as tab:
        tab.goto(f"{host}/compliance")
        sheets = [one.extract_text() for one in PdfReader(BytesIO(tab.pdf(format="A4"))).pages]
        tab.emulate_media(media="print")
        drawn = tab.eval_on_selector_all(
            ".key rect", "all => all.map(one => getComputedStyle(one).fill)"
        )
        tab.emulate_media(media="screen")
        for width in range(320, 1600, 64):  # 640: a window of 1280 at 200 %
            tab.set_viewport_size({"width": width, "height": 800})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, width
        link = tab.locator("tbody a[href*='/responses']").first.text_content()

    assert len(sheets) <= 3
    assert "Wiltshire Police and Crime Commissioner" in "".join(sheets)
    assert len(set(drawn)) == len(drawn)
    assert link == "1 not looked for, Avon and Somerset Police and Crime Commissioner"
