"""A working says what was set aside of all that the verdict rests on, and by what."""

import re
from html import unescape
from typing import Any

import pytest

from tests.api.founding import FEW_BODIES
from tests.api.site import NOTE, PAGE, PFCC, Site, statement
from tests.api.test_the_whole_life import MORE_TIME, by_hand

FOUNDING = FEW_BODIES

WHY = {"reason": "A slip."}


@pytest.fixture
def there(new_site: Site) -> Site:
    new_site.clock.set("2025-07-20")
    new_site.clerk.records(f"/api/bodies/{PFCC}/keeping", {"from": "2017-01-01"})
    return new_site


def corrects(site: Site, entry: str, now: str | None, field: str = "published_on") -> str:
    said = {"field": field, "now": now}
    return site.clerk.act(f"/api/entries/{entry}/corrections", WHY | said)


def retracts(site: Site, entry: str) -> str:
    return site.clerk.act(f"/api/entries/{entry}/retraction", WHY)


def working(site: Site, path: str, **asked: Any) -> tuple[list[tuple[str, str]], list[str]]:
    """(entry, by) of all that was set aside, and the sentences; the page has each of them."""
    site.catch_up()
    found = site.anybody.reads(f"{path}/working", **asked)
    page = site.anybody.get(path.removeprefix("/api"), **asked).text
    words = unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))
    for sentence in found["sentences"]:
        assert sentence in words
    return [(one["entry"], one["by"]) for one in found["set_aside"]], found["sentences"]


def test_a_correction_that_was_retracted_and_one_that_another_replaced(there):
    report = there.publish()
    entry = there.clerk.act(f"{report.response}/statement", statement("2025-07-14"))
    there.clock.set("2025-07-21")
    first = corrects(there, entry, "2025-07-10")
    there.clock.set("2025-07-22")
    second = corrects(there, entry, "2025-07-11")
    before = there.position
    there.clock.set("2025-07-23")
    retraction = retracts(there, second)

    aside, sentences = working(there, report.response, known_at=before)
    assert aside == [(first, second)]
    assert (
        "The correction of the day of the response to 10 July 2025, made on 21 July 2025, was "
        "replaced on 22 July 2025 by another: it does not count."
    ) in sentences
    aside, sentences = working(there, report.response)
    assert aside == [(second, retraction)]
    assert (
        "The correction of the day of the response to 11 July 2025, made on 22 July 2025, was set "
        "aside on 23 July 2025: it does not count."
    ) in sentences
    assert any("corrected on 21 July 2025, to 10 July 2025" in one for one in sentences)
    assert there.anybody.reads(report.response)["verdict"] == "in_time"


def test_a_response_that_was_retracted_and_a_retraction_that_was_undone(there):
    report = there.publish()
    entry = there.clerk.act(f"{report.response}/statement", statement("2025-07-10"))
    there.clock.set("2025-07-21")
    retraction = retracts(there, entry)

    aside, sentences = working(there, report.response)
    assert aside == [(entry, retraction)]
    says = "A response, entered on 20 July 2025, was set aside on 21 July 2025"
    assert f"{says}: it does not count." in sentences
    assert sentences[-1].startswith("Overdue by 11 days")

    there.clock.set("2025-07-22")
    undone = retracts(there, retraction)
    aside, sentences = working(there, report.response)
    assert aside == [(retraction, undone)]
    assert f"{says}; that was undone on 22 July 2025." in sentences

    again = retracts(there, undone)
    assert working(there, report.response)[0] == [(entry, retraction)]
    retracts(there, again)
    assert working(there, report.response)[0] == [(retraction, undone)]


def test_a_day_of_the_report_that_was_corrected_twice_and_the_duty_worked_out_anew(there):
    report = there.publish()
    published = report.entry("report-published")
    duty = report.entry("response-duty-arose")
    there.clock.set("2025-07-21")

    def moves(day):
        corrected = {"field": "published_on", "now": day, "source": there.own_page()}
        return there.clerk.act(f"/api/entries/{published}/corrections", WHY | corrected)

    first = moves("2025-05-17")
    there.catch_up()
    aside, sentences = working(there, report.response)
    ((old, new),) = aside
    assert old == duty
    assert there.anybody.reads(f"/api/entries/{new}")["type"] == "response-duty-arose"
    assert (
        "The duty as it was worked out on 20 July 2025, to be met by 10 July 2025, does not "
        "count: it was worked out anew on 21 July 2025."
    ) in sentences
    second = moves("2025-05-18")
    aside, sentences = working(there, report.response)
    assert aside[0][0] == duty
    assert (first, second) in aside
    assert len(aside) == 3
    assert any("The correction of the day of the report to 17 May 2025" in one for one in sentences)


def test_an_extension_and_its_correction(there):
    report = there.publish()
    path = by_hand(there, report)
    granted = there.admin.act(f"{path}/extensions", MORE_TIME)
    shorter = {"field": "due_on", "now": "2025-08-20", "reason": "A slip.", "source": NOTE}
    first = there.admin.act(f"/api/entries/{granted}/corrections", shorter)
    second = there.admin.act(f"/api/entries/{granted}/corrections", shorter | {"now": "2025-08-21"})

    aside, sentences = working(there, path)
    assert aside == [(first, second)]
    assert any("“due on” of the extension to 20 August 2025" in one for one in sentences)
    retraction = there.admin.act(f"/api/entries/{granted}/retraction", WHY)
    aside, sentences = working(there, path)
    assert (granted, retraction) in aside
    assert any(one.startswith("An extension, entered on 20 July 2025, was") for one in sentences)


def test_entries_that_the_verdict_does_not_rest_on_are_not_listed(there):
    report = there.publish()
    entry = there.clerk.act(f"{report.response}/statement", statement("2025-07-10"))
    for now in ("Other words.", "Others again."):
        corrects(there, entry, now, field="text")
    title = {"field": "title", "now": "Another title", "source": PAGE} | WHY
    titled = there.clerk.act(f"/api/entries/{report.entry('report-published')}/corrections", title)
    retracts(there, titled)
    update = {"text": "It goes on.", "occurred_on": "2025-07-01", "source": NOTE}
    retracts(there, there.clerk.act(f"{report.recommendation}/updates", update))

    assert working(there, report.response)[0] == []


def test_an_entry_that_bettered_a_verdict_and_was_set_aside_since_is_said_to_be(there):
    report = there.publish()
    entry = there.clerk.act(f"{report.response}/statement", statement("2025-07-14"))
    correction = corrects(there, entry, "2025-07-10")
    path = report.response.removeprefix("/api")
    there.catch_up()
    assert "That entry was set aside since." not in there.anybody.get(path).text

    retracts(there, correction)
    there.catch_up()
    one = there.anybody.reads(report.response)
    shown = there.anybody.get(path).text
    bettered = [each["entry"] for each in one["improved_later"]]
    assert shown.count("That entry was set aside since.") == bettered.count(correction)
