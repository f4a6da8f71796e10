"""Cumbria's commissioner gives way to a mayor on 10 May 2027, which is recorded in November 2026.

One response is overdue then, one is open, one was in time, and one is due on the commissioner's
last day. Every answer is right on the day before, on the day and on the day after, at both clocks.
"""

from datetime import date

import pytest

from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from tests.api.conftest import fresh_site
from tests.api.founding import RECORD_KEPT
from tests.api.signing_in import browser, provided
from tests.api.site import FORCE, NOTE, PAGE, PFCC, Site, recommendation, statement
from tests.projections.test_replay_oracle import rows

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


MAYOR = "cumbria-mayor"
BEFORE, DAY, AFTER = "2027-05-09", "2027-05-10", "2027-05-11"
NAMES = {
    PFCC: "Cumbria Police, Fire and Crime Commissioner",
    MAYOR: "Mayor of Cumbria",
}
REPORTS = {
    "overdue": "2027-03-01",  # due on 25 April
    "last-day": "2027-03-15",  # due on 9 May
    "open": "2027-04-01",  # due on 26 May
    "in-time": "2027-02-01",
}


def follows(site: Site, on: str = DAY) -> str:
    site.admin.records(
        "/api/bodies",
        {
            "id": MAYOR,
            "name": NAMES[MAYOR],
            "kind": "local_policing_body",
            "area": "cumbria",
            "forces": [{"body": FORCE, "from": on}],
            "panel": "cumbria-police-fire-and-crime-panel",
            "begins": on,
        },
    )
    said = {"from": PFCC, "to": MAYOR, "on": on, "source": NOTE}
    return site.admin.act("/api/bodies/successions", said)


def publish(site: Site, name: str) -> None:
    day = REPORTS[name]
    site.clock.set(day)
    site.hmicfrs.records(
        "/api/reports",
        {
            "reference": name,
            "title": f"A report ({name})",
            "kind": "force_inspection",
            "publisher": "hmicfrs",
            "published_on": day,
            "bodies": [PFCC],
            "recommendations": [
                recommendation("1", target={"on": "2027-04-30"}),
                recommendation("2", target={"on": "2027-06-30"}),
                recommendation("3"),
            ]
            if name == "open"
            else [],
            "source": PAGE,
        },
    )


@pytest.fixture(scope="module")
def year(postgres, founding):
    """A site in which that happened, for those who only read."""
    with fresh_site(postgres, founding) as here:
        yield told(here)


def told(new_site: Site) -> Site:
    """The site on 20 May 2027, with all that came before."""
    new_site.clock.set("2026-11-27")
    follows(new_site)
    for name in sorted(REPORTS, key=REPORTS.__getitem__):
        publish(new_site, name)
    new_site.clock.set("2027-04-02")
    new_site.clerk.records("/api/responses/in-time/cumbria-pfcc/statement", plain("2027-02-20"))
    new_site.clock.set("2027-04-20")
    asked = {"of": FORCE, "question": "How many?", "occurred_on": "2027-04-20"}
    path = f"/api/recommendations/open/3/{FORCE}"
    new_site.clerk.records(f"{path}/assurances", asked)
    closed = {"reason": "Done.", "occurred_on": "2027-05-01", "source": PAGE}
    new_site.clock.set("2027-05-02")
    new_site.hmicfrs.records(f"/api/recommendations/open/2/{FORCE}/closures", closed)
    new_site.clock.set("2027-05-20")
    keeps_its_own_record(new_site)
    new_site.catch_up()
    return new_site


def keeps_its_own_record(site: Site) -> None:
    """The mayor says what the commissioner said before: a successor says its own."""
    clerk = site.account(f"{MAYOR}/clerk", MAYOR, "record")
    clerk.records(f"/api/bodies/{MAYOR}/keeping", {"from": "2017-01-01"})


def plain(day: str):
    return statement(day, explanations=[])


def counted(site: Site, **asked) -> dict[str, dict[str, int]]:
    found = site.anybody.reads("/api/compliance", group_by="body", **asked)["items"]
    return {one["body"]: one["verdicts"] for one in found}


def with_whom(site: Site, name: str, **asked):
    office = site.anybody.reads(f"/api/responses/{name}/{PFCC}", **asked)["office"]
    return office["counted_with"], office["now"], office["taken_over"]


def test_a_duty_is_found_by_either_body_also_after_it_passed(year):
    for body in (PFCC, MAYOR):
        items = year.anybody.reads("/api/responses", body=body, effective_on=DAY)["items"]
        assert {one["report"] for one in items} == set(REPORTS)
        file = year.anybody.get("/api/responses.json", body=body, effective_on=DAY).get_json()
        assert len(file["responses"] if "responses" in file else file["items"]) == len(REPORTS)


def test_late_duties_are_listed_with_the_successor_apart(year):
    before = year.anybody.reads(f"/api/bodies/{MAYOR}", effective_on=BEFORE)
    assert before["attention"] == before["taken_over"]["responses"] == []

    mayor = year.anybody.reads(f"/api/bodies/{MAYOR}", effective_on=DAY)
    assert [one["report"] for one in mayor["attention"]] == ["last-day"]
    assert [one["report"] for one in mayor["taken_over"]["responses"]] == ["overdue"]
    assert [one["number"] for one in mayor["taken_over"]["recommendations"]] == ["1"]
    assert mayor["recommendations"] == {"open": 1}  # the second was closed before, the first late
    assert [one["number"] for one in mayor["unanswered"]] == ["3"]

    pfcc = year.anybody.reads(f"/api/bodies/{PFCC}", effective_on=DAY)
    assert [one["report"] for one in pfcc["attention"]] == ["overdue"]
    assert [one["number"] for one in pfcc["passed"]] == ["1"]
    assert pfcc["recommendations"] == {"open": 1, "closed": 1}
    assert pfcc["unanswered"] == []


def test_both_bodies_name_each_other_with_the_day_also_before_it(year):
    for day, words in ((BEFORE, "To be replaced by"), (DAY, "Replaced by")):
        answer = year.anybody.reads(f"/api/bodies/{PFCC}", effective_on=day)
        assert answer["followed_by"]["body"] == MAYOR
        assert answer["followed_by"]["on"] == DAY
        page = year.anybody.get(f"/bodies/{PFCC}", effective_on=day).text
        assert words in page
        assert "10 May 2027" in page
    mayor = year.anybody.reads(f"/api/bodies/{MAYOR}", effective_on=DAY)
    assert [one["body"] for one in mayor["follows"]] == [PFCC]
    page = year.anybody.get(f"/bodies/{MAYOR}", effective_on=DAY).text
    assert "Took over from" in page
    assert "Taken over" in page
    items = year.anybody.reads("/api/compliance", group_by="body", effective_on=DAY)["items"]
    assert {one["body"]: one["followed_by"] and one["followed_by"]["on"] for one in items} == {
        PFCC: DAY,
        MAYOR: None,
    }


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (BEFORE, "From 10 May 2027 on Mayor of Cumbria follows"),
        (DAY, "It was open then, and passed to Mayor of Cumbria."),
    ],
)
def test_the_page_of_a_duty_names_the_other_with_the_day(year, day, words):
    assert words in year.anybody.get(f"/responses/open/{PFCC}", effective_on=day).text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("open", "It was open then, and passed to Mayor of Cumbria."),
        ("in-time", f"It was done with by then, and is counted with {NAMES[PFCC]}."),
        ("overdue", "which held the office when its last day had passed; Mayor of Cumbria has"),
        ("last-day", "It was open then, and passed to Mayor of Cumbria."),
    ],
)
def test_the_page_of_each_duty_says_whose_it_is(year, name, words):
    page = year.anybody.get(f"/responses/{name}/{PFCC}", effective_on=AFTER).text
    assert words in page
    assert "Mayor of Cumbria follows" in page


def test_an_old_token_records_nothing_and_the_successors_account_answers(new_site):
    year = told(new_site)
    path = f"/api/responses/open/{PFCC}/statement"
    said = plain("2027-05-20")
    year.refuses(year.clerk, path, said, "office-ended", MAYOR)
    assert year.clerk.reads(f"/api/responses/open/{PFCC}")["verdict"] == "due"
    answer = year.admin.records(path, said | {"source": PAGE})
    assert answer["event"]["by"] == MAYOR
    year.catch_up()
    found = year.anybody.reads(f"/api/responses/open/{PFCC}")
    assert found["verdict"] == "in_time"
    assert with_whom(year, "open") == (MAYOR, MAYOR, False)


def test_the_successors_account_corrects_what_a_clerk_of_the_former_office_recorded(new_site):
    publish(new_site, "open")
    follows(new_site)
    path = f"/api/responses/open/{PFCC}"
    new_site.clock.set("2027-05-05")
    entry = new_site.clerk.act(f"{path}/statement", plain("2027-05-04") | {"source": NOTE})
    new_site.clock.set("2027-05-20")
    mayor = new_site.account(f"{MAYOR}/clerk", MAYOR, "record")
    for field, now in (("published_on", "2027-05-03"), ("source.note", "The website's log.")):
        said = {"field": field, "now": now, "reason": "A slip."}
        mayor.act(f"/api/entries/{entry}/corrections", said)
    sought = {"field": "text", "basis": "personal_data"}
    mayor.act(f"/api/entries/{entry}/redaction", sought)
    new_site.catch_up()
    found = new_site.anybody.reads(path)
    assert found["published_on"] == "2027-05-03"


def test_comments_that_the_successor_received_are_required_of_it(new_site):
    year = told(new_site)
    mayor = year.caller(f"{MAYOR}/clerk")
    path = f"/api/responses/open/{PFCC}"
    came = {"text": "We agree.", "occurred_on": "2027-05-15", "by": FORCE, "source": NOTE}
    mayor.records(f"{path}/comments", came)
    mayor.records(f"{path}/statement", plain("2027-05-20"))
    year.clock.set("2027-06-01")
    year.catch_up()
    assert year.anybody.reads(path)["verdict"] == "incomplete"
    log = read(rows(year))
    mine = answers(World(log, year.position, date(2027, 6, 1))).responses
    assert mine[path]["verdict"] == "incomplete"


def test_a_form_leaves_open_whether_its_source_is_needed_since_that_goes_by_the_day(year):
    with provided(year):
        mayor = browser(year)
        mayor.signs_in(f"{MAYOR}/clerk")

        page = mayor.client.get(f"/record/responses/open/{PFCC}/copies").text

    assert "Needed only where you record what another body did." in page
    assert "This is the word of" not in page
