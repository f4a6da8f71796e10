"""Clerks record in a real browser: by keyboard alone, without JavaScript, on a telephone. They sign
in at the provider for trying out, mend a slip, redact in two, and lose no typing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import requests
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.conftest import some, whole
from tests.e2e.pace import Paced
from tests.e2e.service import Service
from tests.e2e.test_journeys import WIDTH, go_to, stops_of
from tests.pages.test_in_browser import COLOURS, RULES, VIOLATIONS, by_axe

pytestmark = pytest.mark.long

BODY, FORCE = "kent-pcc", "kent-police"
PANEL = "kent-and-medway-police-and-crime-panel"
QUESTION = "When will every custody record say so?"


_cookies: dict[tuple[Path, str, str], Any] = {}
"""Cookies of signed-in browsers, by service, role and body."""


@contextmanager
def at_a_browser(browser: Browser, service: Service, role: str, body: str = BODY) -> Iterator[Page]:
    """Somebody of the office who has signed in, by keyboard and without JavaScript; who did so in a
    test before this one is still signed in."""
    whose = service.data, role, body
    context = browser.new_context(
        java_script_enabled=False,
        viewport={"width": WIDTH, "height": 812},
        base_url=service.url,
        reduced_motion="reduce",
    )
    context.add_cookies(_cookies.get(whose, []))
    page = context.new_page()
    if whose not in _cookies:
        page.goto("/sign-in")
        press(page, "Sign in at ")
        sign_in(page, role, body)
    try:
        yield page
        _cookies[whose] = context.cookies()
    finally:
        context.close()


def sign_in(page: Page, role: str, body: str = BODY) -> None:
    """Pick a role at the provider, and wait for the page that this leads to."""
    page.select_option("#role", role)
    page.select_option("#body", body)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in in this role").press("Enter")


def check(page: Page) -> None:
    """Reach the button of a form by keyboard, and have it checked."""
    press(page, "Check before you record", kind="button")


def send(page: Page) -> None:
    """Have a form checked, and record it, as far as nothing is wrong."""
    check(page)
    if page.locator("button[name=checked]").count():
        press(page, "Record", kind="button")


def press(page: Page, words: str, kind: str = "a") -> None:
    """Reach a link or a button by keyboard whose words begin so, and open it."""
    go_to(page, words, kind)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fill(page: Page, field: str, text: str) -> None:
    """Reach a field by keyboard, and type: the words come at once, which no page can tell that has
    no scripts."""
    go_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def fits(page: Page) -> None:
    width: Any = page.locator("html").bounding_box()
    assert width["width"] <= WIDTH
    assert page.locator("main").bounding_box()["width"] <= WIDTH  # type: ignore[index]


def recommendation(service: Service) -> str:
    """Return the page of a recommendation to the office's force."""
    found = service.get("/api/recommendations", addressee=FORCE, limit=1)["items"][0]
    return f"/recommendations/{found['report']}/{found['key']}/{FORCE}"


def test_a_panels_clerk_records_a_meeting_with_two_reviews(
    browser: Browser, service: Service
) -> None:
    with at_a_browser(browser, service, "clerk", PANEL) as unpaced:
        clerk = Paced(unpaced)
        page = cast(Page, clerk)
        page.goto("/record")
        fits(page)
        said = page.locator("main").inner_text()
        for act_of_an_office in ("Record a response", "its sheet", "a register", "Enter a report"):
            assert act_of_an_office not in said
        fill(page, "date", "16/10/2026")
        press(page, "Record that we met", kind="button")
        fits(page)
        send(page)
        assert "It is recorded as held" in page.locator("main").inner_text()
        for outcome, question in (("Noted.", ""), ("The force reports monthly.", QUESTION)):
            press(page, "Record a review")
            fits(page)
            page.locator("main .lines a").nth(1 if question else 0).focus()
            with page.expect_navigation():
                page.keyboard.press("Enter")
            fits(page)
            assert "recommendation.report" not in page.locator("main").inner_text()
            fill(page, "question", question)
            fill(page, "outcome", outcome)
            clerk.reads = not question
            send(page)
        clerk.within(5, "A meeting with two reviews")
        page.goto("/record")
        said = page.locator("main").inner_text()
        assert "We met. No paper, 2 reviews." in said
        assert "1 question of 16 October 2026, and nothing said since" in said
        assert QUESTION in said
        with as_the_same(browser, service, unpaced) as seen:
            for address in ("/record", f"/record/meetings/{PANEL}/2026-10-16/reviews"):
                seen.goto(address)
                fits(seen)
                assert violations(seen, coloured=True) == [], address
    found = service.get(f"/api/meetings/{PANEL}/2026-10-16")
    assert found["held"]
    assert len({str(one["data"]["recommendation"]) for one in found["reviews"]}) == 2


def owed_and_asked(service: Service) -> str:
    """Record a report, a response to it of a day that is not known, and a question to the force.
    Return the report's reference."""
    speaks = service.token("asks", "record", body=BODY)

    def post(path: str, said: dict[str, Any]) -> Any:
        address = f"{service.url}/api/{path}"
        done = service.session.post(address, json=said, headers=speaks, timeout=30)
        assert done.status_code == 201, done.text
        return done.json()

    source = {"note": "its page"}
    made = post("reports", {
        "title": "How letters are answered", "kind": "peel", "publisher": "hmicfrs",
        "published_on": "2026-05-18", "bodies": [BODY], "source": source,
        "recommendations": [{"number": "1", "text": "Answer each letter.", "addressees": [FORCE]}],
    })  # fmt: skip
    report: str = made["event"]["stream"].removeprefix("report/")
    said: dict[str, Any] = {"text": "We accept it.", "published_on": None, "explanations": []}
    post(f"responses/{report}/{BODY}/statement", said)
    asked = {"of": FORCE, "question": "Is each letter answered?", "occurred_on": "2026-11-02"}
    post(f"recommendations/{report}/1/{FORCE}/assurances", asked)
    return report


@pytest.mark.soak
def test_a_clerk_adds_a_day_answers_a_question_and_records_no_second_response(
    browser: Browser, service: Service
) -> None:
    report = owed_and_asked(service)
    with at_a_browser(browser, service, "clerk") as seen:
        page = cast(Page, paced := Paced(seen))
        page.goto(f"/responses/{report}/{BODY}")
        press(page, "Add the day it was published")
        fits(seen)
        fill(page, "now", "8/7/2026")
        page.select_option("[name='source.how']", "records")
        check(page)
        fits(seen)
        assert "It will then read: In time" in page.locator("main").inner_text()
        paced.reads = False
        press(page, "Record", kind="button")
        assert "IN TIME" in page.locator(".standing").inner_text().upper()
        paced.within(4, "A day that was missing")

        page = cast(Page, paced := Paced(seen))
        paced.page.goto("/record")  # she looks for one line of it
        go_to(page, "record the reply", "a")
        question = page.locator(f"a[href*='{report}'][href*='answers=']")
        with page.expect_navigation():
            question.press("Enter")
        fits(seen)
        assert (
            "“Is each letter answered?”" in page.locator("#f-answers option:checked").inner_text()
        )
        fill(page, "text", "Yes, within ten days, since October.")
        fill(page, "occurred_on", "27/11/2026")
        page.select_option("[name='source.how']", "letter")
        check(page)
        fits(seen)
        assert "Kent Police" in page.locator("#what-heading + ul").inner_text()
        paced.reads = False
        press(page, "Record", kind="button")
        paced.within(2, "The force's letter")
        found = service.get(
            f"/api/recommendations/{report}/1/{FORCE}", min_position=service.position()
        )
        assert found["assurances"]["open"] == 0

        page = seen
        before = service.position()
        page.goto(f"/record/responses/{report}/{BODY}/statement")
        fill(page, "text", "We accept it.")
        fill(page, "published_on", "9 July 2026")
        check(page)
        press(page, "Record", kind="button")
        assert "Error: Check" in page.title()
        assert page.locator("section[autofocus]:focus").count() == 1
        assert "Set the tick" in page.locator("section[autofocus]").inner_text()
        fits(page)
        press(page, "Cancel")
        assert service.position() == before


def test_two_clerks_redact_and_typing_survives_the_end_of_a_session(
    browser: Browser, service: Service
) -> None:
    with (
        at_a_browser(browser, service, "clerk") as first,
        at_a_browser(browser, service, "clerk-2") as second,
    ):
        there = recommendation(service)
        said = {
            "text": "Sergeant Doe left the force.",
            "occurred_on": "2025-09-01",
            "source": {"note": "e-mail of 2 September"},
        }
        speaks = service.token("who-was-told", "record", body=BODY)
        address = f"{service.url}/api{there}/updates"
        told = service.session.post(address, json=said, headers=speaks, timeout=30)
        assert told.status_code == 201, told.text
        first.goto(f"/entries/{told.json()['event']['id']}")
        press(first, "Ask that a text be redacted")
        first.select_option("[name='field']", "text")
        first.select_option("[name='basis']", "personal_data")
        service.command("session", "end", "--account", f"{BODY}/clerk")
        send(first)
        assert "what you typed is below" in first.locator("h1").inner_text()
        with first.context.expect_page() as opened:
            first.get_by_role("link", name="Sign in, in another tab").click()
        sign_in(opened.value, "clerk")
        opened.value.close()
        first.get_by_role("button", name="send it again").click()
        assert first.locator("[name='basis']").input_value() == "personal_data"
        send(first)

        second.goto(first.url.split("?")[0])
        press(second, "Confirm the redaction")
        send(second)

        second.goto(there)
        assert "Sergeant Doe" not in second.content()


@pytest.mark.soak
def test_an_administrator_gives_a_program_a_token_and_ends_it(
    browser: Browser, service: Service
) -> None:
    name, asked = f"{BODY}/sheets", service.url + "/api/me"
    with at_a_browser(browser, service, "keeper") as page:
        page.goto("/record")
        press(page, "Administration")
        press(page, "Open an account")
        fill(page, "account", name)
        fill(page, "body", BODY)
        page.check("[name=scopes][value=record]")
        send(page)
        press(page, "Make a token")
        page.check("[name=scopes][value=record]")
        press(page, "Make it", kind="button")
        fits(page)
        secret = {"Authorization": f"Bearer {page.get_by_label('The token').inner_text()}"}
        assert requests.get(asked, headers=secret, timeout=30).json()["account"] == name

        page.goto(f"/admin/accounts/{name}")
        press(page, "Token ")
        token = page.url.partition("#")[0]
        press(page, "End it")
        press(page, "End it", kind="button")

        assert page.url.partition("#")[0] == token
        assert "do nothing any more" in page.content()
        assert requests.get(asked, headers=secret, timeout=30).status_code == 401
        with as_the_same(browser, service, page) as seen:
            for address in ("/admin", f"/admin/accounts/{name}", token, "/admin/tokens"):
                seen.goto(address)
                fits(seen)
                assert violations(seen) == [], address


@contextmanager
def as_the_same(browser: Browser, service: Service, page: Page) -> Iterator[Page]:
    """Yield the page of a signed-in person in a browser that scripts can look into."""
    screen: Any = {"width": WIDTH, "height": 812}
    with browser.new_context(viewport=screen, base_url=service.url) as context:
        context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # as they were given
        yield context.new_page()


@pytest.mark.sampled
def test_every_form_page_is_accessible(browser: Browser, service: Service) -> None:
    with at_a_browser(browser, service, "clerk") as page:
        there = recommendation(service)
        with as_the_same(browser, service, page) as seen:
            found = service.get("/api/responses", responder=BODY, limit=1)["items"][0]
            statement = f"/record/responses/{found['report']}/{BODY}/statement"
            update = f"/record{there}/updates"
            for address in some(("/sign-in", "/record", "/record/reports", statement), 4):
                seen.goto(address)
                fits(seen)
                assert violations(seen) == [], address
            seen.goto(update)
            fits(seen)
            assert stops_of(seen) >= 20
            with seen.expect_navigation():
                seen.get_by_role("button", name="Check before you record").last.click()
            assert seen.locator("#mistakes").count() == 1
            assert violations(seen, coloured=True) == []
            seen.fill("[name='text']", "All of it is done.")
            seen.fill("[name='source.note']", "letter of 2 March")
            seen.check("[name='occurred_on.unknown']")
            with seen.expect_navigation():
                seen.get_by_role("button", name="Check before you record").last.click()
            assert seen.locator("#what-heading").count() == 1
            fits(seen)
            assert violations(seen, coloured=True) == []


def violations(page: Page, *, coloured: bool = False) -> list[tuple[str, str]]:
    """Return what axe finds. It checks new colours only if asked to, which takes five times as long
    as all else, and always in `make soak`."""
    rules = {} if coloured or whole() else {rule: {"enabled": False} for rule in COLOURS}
    page.evaluate(AXE_SCRIPT)
    found = by_axe(page, {"runOnly": RULES, "rules": rules, **VIOLATIONS}).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]
