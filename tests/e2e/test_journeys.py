"""A panel member, a stranger and an auditor come to a real service with a real browser. They use
the keyboard alone, no JavaScript, or a telephone. Axe looks at each page that they may meet."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import html5lib
import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.conftest import examples, some, whole
from tests.e2e.pace import Paced
from tests.e2e.service import Service
from tests.pages.test_in_browser import LOOKS, UNFOLDED, looked_at, looks_of

pytestmark = pytest.mark.long

WIDTH = 375
MOST_TABS = 150
"""So many times somebody presses the key at most, to reach what a page has."""
LISTS = (
    "/reports",
    "/across/vetting-2022/4",
    "/recommendations?target=passed&year=2023",
    "/recommendations?kind=none",
    "/responses",
    "/responses?verdict=late&year=1999",
    "/compliance",
    "/compliance?group_by=year",
    "/meetings",
    "/search",
    "/search?q=police",
    "/late-entries?late_by=14",
    "/changes?from=1",
    "/help",
)


@pytest.fixture
def phone(browser: Browser, service: Service) -> Iterator[Page]:
    """Yield a tab without JavaScript, as wide as a telephone, which asks nobody else for
    anything."""
    context = browser.new_context(
        java_script_enabled=False,
        viewport={"width": WIDTH, "height": 812},
        base_url=service.url,
        reduced_motion="reduce",
    )
    page, asked = context.new_page(), set[str]()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    yield page
    context.close()
    assert asked == {urlsplit(service.url).netloc}


STOPS = """(() => {
  const group = one => [...document.getElementsByName(one.name)]
  const first = one => group(one).find(other => other.checked) || group(one)[0]
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    one => one.type !== "hidden" && !one.disabled && one.tabIndex >= 0 && one.checkVisibility()
      && (one.type !== "radio" || one === first(one)))
})()"""
"""The elements that Tab comes to on a page, in their order."""
AHEAD = f"""([kind, words]) => {{
  const stops = {STOPS}, at = stops.indexOf(document.activeElement)
  const shown = one => (one.innerText || "").trim().split(/\\s+/).join(" ")
  const sought = one => kind ? one.localName === kind && shown(one).startsWith(words)
    : [one.name, shown(one)].includes(words)
  for (let n = 1; n <= stops.length; n++)
    if (sought(stops[(at + n) % stops.length])) {{
      if (n > 1) stops[(at + n - 1) % stops.length].focus()
      return n
    }}
  return 1
}}"""
"""How many times Tab is pressed to reach something; the focus is put on what is before it."""


def go_to(page: Page | Paced, words: str, kind: str = "") -> None:
    """Press Tab until the focus is on a link, a field or a button: with these words, or of a kind
    with words that begin so. All but the last time are counted, and not pressed: a test of its own
    comes to each stop of a page."""
    ahead: int = page.evaluate(AHEAD, [kind, words])
    if isinstance(page, Paced):
        page.keystrokes += ahead - 1
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        what, name, shown = focused(page)
        if (what == kind and shown.startswith(words)) if kind else words in (name, shown):
            assert ahead <= MOST_TABS
            return
    raise AssertionError(f"“{words}” is not reached by keyboard at {page.url}")


def focused(page: Page | Paced) -> tuple[str, str, str]:
    """Return the element that has the focus: what it is, its name, its words."""
    what, name, shown = page.evaluate(
        "(one => one === document.body ? ['', '', ''] : [one.localName, one.name, one.innerText])"
        "(document.activeElement)"
    )
    return what, name, " ".join((shown or "").split())


def stops_of(page: Page) -> int:
    """Press Tab through a page that was opened just now, and return the number of stops. Tab comes
    to each link, field and button once, in their order. `make test` ends after 25."""
    stops = page.evaluate_handle(STOPS)
    many: int = stops.evaluate("all => all.length")
    for n in range(examples(min(many, 25), many)):
        page.keyboard.press("Tab")
        assert stops.evaluate("(all, n) => all[n] === document.activeElement", n), focused(page)
    return many


def _words(of: Locator) -> str:
    return " ".join(of.inner_text().split())


def follow(page: Page, words: str) -> None:
    """Reach a link by keyboard, and open it; what comes is no wider than the telephone."""
    go_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def look_for(page: Page, words: str) -> None:
    """Type words into the field at the top of every page."""
    go_to(page, "q")
    page.keyboard.press("Control+A")
    page.keyboard.type(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.sampled
@pytest.mark.parametrize("address", some(["/recommendations?target=passed", "/compliance"], 2))
def test_tab_comes_to_each_stop_of_a_page_once_in_its_order(phone, address):
    phone.goto(address)
    assert stops_of(phone) > 20


OFFICE = "devon-and-cornwall-pcc"
PANEL = "devon-and-cornwall-police-and-crime-panel"
MET = "2026-01-15"


@pytest.fixture
def met(service: Service) -> None:
    """The panel of an office met once."""
    clerk = service.token("panel-clerk", "record", body=PANEL)
    held = f"{service.url}/api/meetings/{PANEL}/{MET}/held"
    answer = service.session.post(held, json={}, headers=clerk, timeout=30)
    assert answer.status_code in (201, 409), answer.text
    service.caught_up()


@pytest.mark.usefixtures("met")
def test_a_panel_member_learns_what_to_ask_about_and_takes_it_to_the_meeting(phone, service):
    phone.goto("/")
    look_for(phone, "devon")
    follow(phone, "Devon and Cornwall Police and Crime Commissioner")
    lines = phone.locator(".asks li")
    last = lines.last.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] < 812  # all of it on the first screen
    assert "Last met 15 January 2026." in phone.locator("main").inner_text()

    passed = _words(phone.locator(".asks a[href='#targets']"))
    assert "past target and not claimed complete" in passed
    go_to(phone, passed)
    phone.keyboard.press("Enter")
    assert phone.url.endswith(f"/bodies/{OFFICE}#targets")
    longest = phone.locator("section[aria-labelledby=targets] li").first
    follow(phone, _words(longest.locator("a")))
    assert "Target" in phone.locator(".box").inner_text()
    newest = phone.locator(".step summary").first
    go_to(phone, _words(newest))
    phone.keyboard.press("Enter")
    assert phone.locator(".step details[open] .by").first.is_visible()

    follow(phone, _words(phone.locator(".crumbs a").first))
    assert phone.url.partition("?")[0].endswith(f"/bodies/{OFFICE}")
    follow(phone, "What changed since then")
    assert f"since_meeting={PANEL}/{MET}" in phone.url
    phone.go_back()
    follow(phone, "Pack for the meeting")
    assert "Inspectors’ recommendations: pack for a meeting" in phone.locator("h1").inner_text()
    phone.go_back()
    go_to(phone, _words(phone.locator(".dates summary").first))
    phone.keyboard.press("Enter")
    go_to(phone, "known_at")
    phone.keyboard.type(str(service.position()))
    with phone.expect_navigation():
        phone.keyboard.press("Enter")
    assert "You are reading the past." in phone.locator(".dates").inner_text()
    follow(phone, "Return to now")
    assert "known_at" not in phone.url


@pytest.fixture
def national(service: Service) -> str:
    """Return the path of a recommendation to all 43 forces, whose target has passed."""
    clerk = service.token("national-clerk", "admin")
    report = {
        "reference": "national-custody",
        "title": "Custody across the country",
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": "2024-02-05",
        "bodies": [],
        "source": {"url": "https://hmicfrs.example/custody"},
        "recommendations": [
            {
                "number": "3",
                "text": "Chief constables should look after everybody in custody.",
                "addressees": ["all-chief-constables"],
                "target": {"on": "2024-12-31"},
            }
        ],
    }
    answer = service.session.post(
        f"{service.url}/api/reports", json=report, headers=clerk, timeout=30
    )
    assert answer.status_code in (201, 409), answer.text
    service.caught_up()
    return "/recommendations/national-custody/3/devon-and-cornwall-police"


@pytest.mark.soak
@pytest.mark.parametrize("begins", ["recommendation", "pack"])
def test_a_panel_member_finds_what_other_forces_were_asked_in_two_taps(phone, national, begins):
    at = national if begins == "recommendation" else f"/bodies/{OFFICE}/pack"
    phone.goto(at)
    said = "The other 42 bodies that got Recommendation 3"
    assert phone.get_by_role("link", name=said).count() == 1

    follow(phone, said)  # the first tap

    assert phone.url.endswith("/across/national-custody/3")
    names = phone.locator(".across h2").all_inner_texts()
    assert len(names) == 43
    assert names == sorted(names)
    words = phone.locator("main").inner_text()
    assert words.count("Chief constables should look after everybody in custody.") == 1
    assert "Not kept here." in words
    assert "%" not in words
    whole = phone.locator("main").bounding_box()
    assert whole is not None
    assert whole["height"] < 43 * 300

    follow(phone, "Kent Police")  # the second: all about one of them
    assert phone.url.endswith("/recommendations/national-custody/3/kent-police")


@pytest.mark.soak
def test_a_stranger_finds_an_area_a_recommendation_and_what_is_not_proven(phone):
    phone.goto("/")
    look_for(phone, "devon")
    follow(phone, "Devon and Cornwall Police and Crime Commissioner")
    assert "Devon and Cornwall" in phone.locator("h1").inner_text()

    look_for(phone, "violence reduction")
    found = _words(phone.locator(".lines a").first)
    assert "violence reduction" in phone.locator(".lines").inner_text()
    follow(phone, found)
    assert "/recommendations/" in phone.url
    assert "violence reduction" in phone.locator("main").inner_text()

    follow(phone, "Compliance")
    assert "Not compared" in phone.locator("main").inner_text()
    number = phone.locator("tbody a[href*='/responses']").first
    link = _words(number)
    assert link.endswith("Avon and Somerset Police and Crime Commissioner")
    many, _, _ = link.partition(" ")
    follow(phone, link)
    assert phone.url.partition("?")[0].endswith("/responses")
    assert phone.locator(".lines > li").count() == int(many)

    follow(phone, "What each verdict means, and how days are counted")
    go_to(phone, "Response to a report of the inspectors of constabulary: 56 days")
    phone.keyboard.press("Enter")
    assert "16 May 2025 is day 1, 10 July 2025 is day 56" in phone.locator("main").inner_text()
    follow(phone, "What is not proven")
    assert phone.url.endswith("/help#not-proven")


@pytest.mark.soak
def test_a_stranger_keeps_a_list_by_what_he_chooses_and_takes_it_away_again(phone):
    phone.goto("/recommendations")
    go_to(
        phone,
        "Filters: body, standing, finished, called complete, target, questions, kind, publisher, "
        "year",
    )
    phone.keyboard.press("Enter")
    go_to(phone, "target")
    phone.keyboard.type("Pass")
    follow(phone, "Show these")
    assert phone.url.endswith("/recommendations?target=passed")
    assert (
        "Target: Passed, and no claim of completion stands" in phone.locator(".chosen").inner_text()
    )
    assert "Past its target" in phone.locator(".lines").inner_text()

    follow(phone, "remove the filter Target")
    assert phone.url.endswith("/recommendations")


@pytest.mark.soak
def test_an_auditor_reads_what_was_entered_late_an_entry_and_what_changed_and_prints_it(phone):
    phone.goto("/")
    phone.locator(".menu summary").click()
    phone.locator(".menu").get_by_role("link", name="Late entries").click()
    with phone.expect_download() as file:  # the third click
        phone.get_by_role("link", name="ODS of all of these as a file").click()
    assert file.value.suggested_filename.startswith("late-entries-")
    assert phone.url.endswith("/late-entries?late_by=14")
    entry = _words(phone.locator(".entries a").first)
    follow(phone, entry)
    assert "/entries/" in phone.url
    assert "recorded" in phone.locator("main").inner_text().lower()

    phone.goto("/changes?from=1")
    assert "New: " in phone.locator("main").inner_text()
    summary = phone.locator("main section details summary").first.inner_text()
    go_to(phone, summary)
    phone.keyboard.press("Enter")
    assert phone.locator("main section details[open]").count() == 1

    phone.emulate_media(media="print")
    assert not phone.locator(".masthead").is_visible()
    sheet = phone.locator('link[href^="/print.css"]').get_attribute("href")
    assert sheet
    box = phone.request.get(sheet).text()
    assert "known_at=" in box
    assert 'counter(page) " of " counter(pages)' in box


@pytest.fixture(scope="module")
def tab(browser: Browser, service: Service) -> Iterator[Page]:
    context = browser.new_context(base_url=service.url, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.sampled
@pytest.mark.parametrize("address", some(LISTS, 8))
def test_axe_finds_nothing_in_light_in_dark_with_all_unfolded_and_in_print(tab, address):
    tab.goto(address)
    fits(tab)
    if whole():
        looked_at(tab, LOOKS)  # folded
    tab.evaluate(UNFOLDED)
    fits(tab)
    looked_at(tab, looks_of(LISTS.index(address)))


def fits(tab: Page) -> None:
    for width in (1280, WIDTH):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.soak
def test_the_pages_of_webhooks_are_sound_and_axe_finds_nothing(browser, service):
    speaks = service.token("integrator", "subscribe", body=OFFICE)
    asked = {"url": "https://hooks.example.org/answerable"}
    made = service.session.post(
        f"{service.url}/api/subscriptions", json=asked, headers=speaks, timeout=30
    )
    assert made.status_code == 201, made.text
    context = browser.new_context(
        base_url=service.url, reduced_motion="reduce", extra_http_headers=speaks
    )
    tab = context.new_page()
    one = f"/subscriptions/{made.json()['subscription']['id']}"
    for number, address in enumerate(("/subscriptions", one)):
        whole = service.session.get(service.url + address, headers=speaks, timeout=30)
        html5lib.HTMLParser(strict=True).parse(whole.text)
        tab.goto(address)
        fits(tab)
        looked_at(tab, looks_of(number))
    context.close()
