"""Clerks take in what arrives, in a real browser: a page, a report's own list, a sheet that comes
back. By keyboard, without JavaScript, on a telephone, at the pace of a person."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import examples, some
from tests.e2e.pace import Paced
from tests.e2e.service import Service
from tests.e2e.test_journeys import go_to, stops_of
from tests.e2e.test_recording import (
    as_the_same,
    at_a_browser,
    check,
    fill,
    fits,
    press,
    violations,
)

pytestmark = pytest.mark.long

BODY, FORCE = "cumbria-pfcc", "cumbria-constabulary"
URL = "https://cumbria-pfcc.gov.uk/hmicfrs-responses"
ASKED = (
    "publish how many items of lost property they hold, and for how long",
    "train everybody who works at a front counter to record what is handed in",
    "agree with the councils of their area who keeps what is found on a road",
    "count the keys of their cells at the end of each shift",
    "tell the owner within a week that something of theirs was found",
    "name an officer who answers for the store, and for what leaves it",
    "photograph what is of value when it is handed in",
    "ask an auditor from outside to look at the store once a year",
    "keep medicines apart from all else, and locked away",
    "write down why something was destroyed, and who decided it",
    "give what nobody asked for to a charity after a year",
    "report to their commissioner each quarter what was lost in the store",
)
TITLE = "Lost, found and kept: how forces look after property"
QUESTION = "Why has the date moved?"
HELD = "Held: how forces keep what is nobody’s"
REPORT = f"""Report title: {TITLE}
Report published: 3 March 2025
Type of inspection: National thematic
Inspecting body: HMICFRS

Recommendations

""" + "\n\n".join(
    f"Recommendation {n}: By 30 September 2025, chief constables should {asked}."
    for n, asked in enumerate(ASKED, start=1)
)


@pytest.fixture
def page_file(shared: Path) -> Path:
    return shared / "seeds" / "cumbria-organised-immigration-crime-response.txt"


@contextmanager
def at_a_pace(browser: Browser, service: Service) -> Iterator[tuple[Page, Paced]]:
    """Yield a clerk who is signed in, as one who is counted. A `Paced` is used like a page."""
    with at_a_browser(browser, service, "clerk", BODY) as page:
        paced = Paced(page)
        yield cast(Page, paced), paced


TITLE_OF_PAGE = "Improving the response to organised immigration crime"
PUBLISHED = "2025-05-16"


@pytest.fixture
def owed(empty: Service, page_file: Path, tmp_path: Path) -> tuple[str, Path]:
    """Return a recorded report with the body's duty, and the page that answers it: the real one
    under another title."""
    title = TITLE_OF_PAGE.replace("Improving", "Bettering")
    text = page_file.read_text(encoding="utf-8")
    asked = dict(re.findall(r"Rec (0[0-9]): (By [^<\n]+)", text))
    assert [*asked] == ["02", "04", "08", "09"]
    report = {
        "title": title,
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": PUBLISHED,
        "bodies": [BODY],
        "source": {"url": "https://hmicfrs.example/bettering"},
        "recommendations": [
            {"number": number, "text": words, "addressees": [FORCE]}
            for number, words in asked.items()
        ],
    }
    clerk = empty.token("owes", "record", body=BODY)
    keeping = {"from": "2025-05-01", "source": {"note": "the office's own word"}}
    recorded = []
    for address, body in ((f"bodies/{BODY}/keeping", keeping), ("reports", report)):
        answer = empty.session.post(
            f"{empty.url}/api/{address}", json=body, headers=clerk, timeout=30
        )
        assert answer.status_code == 201, answer.text
        recorded.append(answer.json()["event"]["stream"])
    empty.caught_up()
    page = tmp_path / "page.txt"
    page.write_text(text.replace(TITLE_OF_PAGE, title), encoding="utf-8")
    return recorded[-1].removeprefix("report/"), page


def test_a_clerk_records_the_real_page_from_its_duty_in_two_minutes(
    browser: Browser, empty: Service, owed: tuple[str, Path]
) -> None:
    report, file = owed
    with at_a_pace(browser, empty) as (page, clerk):
        page.goto("/record")
        press(page, "record the response from its page")
        fits(page)
        page.set_input_files("#f-file", file)
        clerk.paste("url", URL)
        press(page, "Read it", kind="button")
        fits(page)
        assert clerk.page.locator("[name='report.title']").count() == 0
        assert clerk.page.locator("[name^='recommendation.']").count() == 0
        fill(page, "response.published_on", "9 July 2025")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        fits(page)
        comes_to = clerk.page.locator(".proposed").inner_text()
        assert "Cumbria Police, Fire and Crime Commissioner, published on 9 July 2025" in comes_to
        assert "assurance" not in comes_to
        clerk.reads = False
        press(page, "Record it", kind="button")
        clerk.within(2, "The real page, from its duty")
        assert f"/responses/{report}/{BODY}" in page.url
    answer = empty.get(f"/api/responses/{report}/{BODY}", min_position=empty.position())
    assert answer["published_on"] == "2025-07-09"
    assert answer["coverage"]["explained_now"] == 4


@pytest.mark.soak
def test_a_report_of_twelve_recommendations_is_entered_once_for_every_force(
    browser: Browser, empty: Service
) -> None:
    with at_a_pace(browser, empty) as (page, clerk):
        page.goto("/record")
        press(page, "Enter a report’s recommendations from its text")
        clerk.paste("pasted", REPORT)
        press(page, "Read it", kind="button")
        fits(page)
        assert page.locator("details.listed").count() == len(ASKED)
        press(page, "Check before you record", kind="button")
        fits(page)
        assert "to aberdeen" not in page.locator("#comes-to ~ ul").inner_text().lower()
        clerk.reads = False
        press(page, "Record it", kind="button")
        fits(page)
        assert "/reports/" in page.url, page.locator("main").inner_text()
        clerk.within(10, "A report of twelve recommendations, for every force")
        report = page.url.partition("/reports/")[2].split("?")[0]
    position = empty.position()
    found = empty.get(f"/api/reports/{report}", min_position=position)["recommendations"]
    assert len(found) == len(ASKED) * 43
    last = empty.get(f"/api/recommendations/{report}/12/{FORCE}")
    assert last["target"]["on"] == "2025-09-30"


@pytest.fixture(scope="module")
def asked(empty: Service) -> None:
    """A report that asks twelve things of the force, whatever others have recorded; and a question
    of the office about the second."""
    report = {
        "title": HELD,
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": "2025-03-04",
        "bodies": [BODY],
        "source": {"url": URL},
        "recommendations": [
            {"number": str(n), "text": f"Chief constables should {words}.", "addressees": [FORCE]}
            for n, words in enumerate(ASKED, start=1)
        ],
    }
    clerk = empty.token("asks", "record", body=BODY)
    answer = empty.session.post(f"{empty.url}/api/reports", json=report, headers=clerk, timeout=30)
    assert answer.status_code == 201, answer.text
    second = f"{answer.json()['event']['stream'].partition('/')[2]}/2/{FORCE}"
    question = {"of": FORCE, "question": QUESTION, "occurred_on": "2025-06-02"}
    address = f"{empty.url}/api/recommendations/{second}/assurances"
    sought = empty.session.post(address, json=question, headers=clerk, timeout=30)
    assert sought.status_code == 201, sought.text
    empty.caught_up()


@pytest.mark.usefixtures("asked")
def test_the_quarters_sheet_goes_out_comes_back_and_a_slip_in_it_is_mended(
    browser: Browser, empty: Service, tmp_path: Path
) -> None:
    with at_a_pace(browser, empty) as (page, clerk):
        page.goto("/record")
        press(page, "Send the force its sheet")
        fits(page)
        with page.expect_download() as sheet:
            press_link(page, "CSV")
        filled = fill_in(Path(sheet.value.path()), tmp_path / "back.csv")
        page.set_input_files("#f-file", filled)
        press(page, "Check before you record", kind="button")
        fits(page)
        assert "Not taken: how it stands: “nearly” is none of" in page.locator("main").inner_text()
        assert f"in answer to “{QUESTION}”" in page.locator("main").inner_text()
        with page.expect_download() as left:
            press_link(page, "Take what was not taken", kind="button")
        clerk.reads = False
        press(page, "Record ", kind="button")
        fits(page)
        assert "11 updates recorded" in page.locator("main").inner_text()
        clerk.within(5, "The quarter's sheet, out and back")
        with Path(left.value.path()).open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["Why not taken"].startswith("how it stands: “nearly”")
        empty.caught_up()
        open_ = empty.get("/api/recommendations", addressee=FORCE, assurances="open")["items"]
        assert QUESTION not in str(open_)

        slip = Paced(clerk.page)
        page = cast(Page, slip)
        found = empty.get("/api/recommendations", addressee=FORCE, limit=100)["items"]
        one = next(each for each in found if each["status"] == "claimed_complete")
        there = f"/recommendations/{one['report']}/{one['key']}/{FORCE}"
        entry = empty.get(f"/api{there}/history")["items"][-1]["id"]
        page.goto(f"/entries/{entry}")
        press(page, "Correct it")
        press(page, "Correct: what it claims", kind="")
        page.select_option("[name='now']", "on_track")
        fill(page, "reason", "Green is on track.")
        check(page)
        slip.reads = False
        press(page, "Record", kind="button")
        slip.within(3, "A slip that is mended")
    corrected = empty.get(f"/api{there}", min_position=empty.position())
    assert corrected["status"] == "open"


def press_link(page: Page, words: str, kind: str = "a") -> None:
    """Reach by keyboard what downloads a file, and press it: no other page comes."""
    go_to(page, words, kind)
    page.keyboard.press("Enter")


def fill_in(sheet: Path, to: Path) -> Path:
    """Return the sheet as the force sends it back: twelve rows, of the report that is `asked`, of
    which one says what is no claim. Each answers its question, if it has one."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: HELD not in "".join(row.values()))
    assert len(rows) >= 12
    for n, row in enumerate(rows[:12]):
        stands = "nearly" if n == 3 else "Complete" if n == 5 else "On track"
        row |= {"What you did": "It is begun.", "How it stands": stands, "On what day": "2/9/2025"}
        row["Answers the question"] = "Yes" if row["Question"] else ""
    with to.open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, rows[0])
        written.writeheader()
        written.writerows(rows)
    return to


@pytest.mark.sampled
def test_a_page_that_is_too_large_is_refused(
    browser: Browser, empty: Service, tmp_path: Path
) -> None:
    large = tmp_path / "large.txt"
    large.write_bytes(b"a " * examples(5_500_000, 25_000_000))
    with at_a_browser(browser, empty, "clerk", BODY) as page:
        before = empty.position()  # to sign in for the first time records an account
        ways = (("draft", "no page is"), ("sheet", "no sheet of updates is"))
        for address, refusal in some(ways, 2):
            page.goto(f"/record/{address}")
            page.set_input_files("#f-file", large)
            press(page, "Read it" if address == "draft" else "Check before", kind="button")
            told: Any = page.locator("main").inner_text()
            assert "larger than 10,485,760 bytes" in told
            assert refusal in told
    assert empty.position() == before


def click(seen: Page, words: str) -> None:
    """Press the last button with these words, and wait for what comes."""
    with seen.expect_navigation():
        seen.get_by_role("button", name=words).last.click()


def look_at_a_draft(seen: Page, service: Service, page_file: Path, folder: Path) -> None:
    """Its two pages, one with a fold that is open, and a mistake."""
    said: list[str] = []
    seen.on("console", lambda one: said.append(one.text))
    seen.goto("/record/draft")
    assert violations(seen) == []
    seen.set_input_files("#f-file", page_file)
    click(seen, "Read it")
    assert stops_of(seen) > 30
    fits(seen)
    seen.locator(".blocks summary").first.click()
    seen.locator("[name='block.0.of']").fill("all")
    seen.locator("[name='block.1.part']").select_option("")
    assert violations(seen) == []
    click(seen, "Check before you record")
    assert seen.locator("#mistakes").count() == 1
    assert violations(seen) == []
    assert said == [one for one in said if "422" in one]


def look_at_a_sheet(seen: Page, service: Service, page_file: Path, folder: Path) -> None:
    """Its two pages, and a mistake."""
    seen.goto("/record/sheet")
    fits(seen)
    assert violations(seen) == []
    click(seen, "Check before you record")
    assert violations(seen) == []
    raw = service.session.get(f"{service.url}/api/bodies/{FORCE}/updates-sheet.csv", timeout=30)
    (folder / "out.csv").write_bytes(raw.content)
    seen.set_input_files("#f-file", fill_in(folder / "out.csv", folder / "back.csv"))
    click(seen, "Check before you record")
    fits(seen)
    assert violations(seen) == []


def look_at_two_that_look_alike(
    seen: Page, service: Service, page_file: Path, folder: Path
) -> None:
    """A report's list under a title that is spelt otherwise, with a response to it."""
    report = REPORT.replace(TITLE, f"{HELD}?").replace("3 March", "4 March")
    seen.goto("/record/draft")
    seen.locator("[name='pasted']").fill(f"{report}\n\nCommissioner's response\n\nGood.\n")
    click(seen, "Read it")
    for tick in seen.locator("[name$='.sure']").all():
        tick.check()
    click(seen, "Check before you record")
    assert seen.locator("#alike").inner_text() == "Is it the same report?"
    assert "12" in seen.locator("#alike ~ table").inner_text()
    fits(seen)
    assert violations(seen) == []
    click(seen, "The same")
    comes_to = seen.locator("main").inner_text()
    assert f"The response to {HELD}, 4 March 2025" in comes_to
    assert "New: report" not in comes_to


@pytest.mark.sampled
@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    "look", some((look_at_a_draft, look_at_a_sheet, look_at_two_that_look_alike), 3)
)
def test_each_step_is_accessible(
    browser: Browser,
    empty: Service,
    page_file: Path,
    tmp_path: Path,
    look: Callable[[Page, Service, Path, Path], None],
) -> None:
    with (
        at_a_browser(browser, empty, "clerk", BODY) as signed_in,
        as_the_same(browser, empty, signed_in) as seen,
    ):
        look(seen, empty, page_file, tmp_path)
