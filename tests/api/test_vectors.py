"""The domain's vectors, over HTTP: the verdict on a response, asked on a day, as known at one.

One site's clock goes from May to November 2025. Each case records a report of its own with the
publisher's page held (due on 10 July), and statements on its days.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.commands import imports
from ledger.postgres.embedded import Running
from tests.api.conftest import fresh_site
from tests.api.founding import RECORD_KEPT, Founding
from tests.api.site import PFCC, Published, Site, statement
from tests.vectors import CASES, LATER, Case

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


EXAMPLE = Path(__file__).parents[2] / "examples/kent-pcc-activism-and-impartiality.txt"
DAYS = ["2025-05-20", "2025-07-01", "2025-07-05", "2025-08-01", "2025-09-01", LATER]


@pytest.fixture(scope="module")
def recorded(postgres: Running, founding: Founding) -> Iterator[tuple[Site, list[Published]]]:
    """The site after all cases were recorded, and the report of each."""
    with fresh_site(postgres, founding) as site:
        reports: list[Published] = []
        captures: dict[tuple[int, int], str] = {}
        for day in DAYS:
            site.clock.set(day)
            if not reports:
                reports = [with_its_page(site, n) for n in range(len(CASES))]
            for n, case in enumerate(CASES):
                for nth, said in enumerate(case.said):
                    if said.captured == day:
                        captures[(n, nth)] = site.capture(url=f"https://pfcc.example/{n}/{nth}")
                    if said.recorded == day:
                        source = {"capture": captures[(n, nth)]} if said.captured else None
                        body = statement(said.published_on, source=source)
                        site.clerk.records(f"{reports[n].response}/statement", body)
        site.catch_up()
        yield site, reports


def with_its_page(site: Site, n: int) -> Published:
    page = f"https://hmicfrs.example/vectors/{n}"
    source = {"url": page, "capture": site.capture(url=page, by=site.hmicfrs)}
    return site.publish(same_as=[page], source=source)


def asked(case: Case) -> dict[str, str]:
    return {"effective_on": case.asked_on} | ({"known_at": case.known_at} if case.known_at else {})


@pytest.mark.parametrize("n", range(len(CASES)))
def test_answer_working_and_list_give_the_verdict_its_days_and_its_basis(recorded, n):
    site, reports = recorded
    case = CASES[n]
    dates = asked(case)

    found = site.anybody.reads(reports[n].response, **dates)
    working = site.anybody.reads(f"{reports[n].response}/working", **dates)
    listed = site.anybody.reads(
        "/api/responses", report=reports[n].reference, verdict=case.verdict, **dates
    )

    said = (found["verdict"], found["days"], found["at_least"])
    assert said == (case.verdict, case.days, case.at_least)
    assert found["bases"] == {"trigger": "publisher", "published": case.published}
    assert found["basis"] == (case.published or "publisher")
    assert found["due_on"] == "2025-07-10"
    for field in ("verdict", "days", "at_least", "basis", "bases", "due_on"):
        assert working[field] == found[field] == listed["items"][0][field]
    assert working["trigger"]["entry"] == reports[n].entry("report-published")
    assert working["rule"]["id"] == "pa96-s55"
    assert working["counting"] == "16 May 2025 is day 1, 10 July 2025 is day 56."
    assert found["headline"] in working["sentences"]
    assert {one["entry"] for one in working["used"]} <= {
        one["entry"] for one in site.anybody.reads(reports[n].response)["statements"]
    }


@pytest.mark.parametrize(
    ("received", "verdict", "basis"),
    [
        ("2025-07-10T22:59:00+00:00", "in_time", "captured"),  # 23:59 in London
        ("2025-07-10T23:01:00+00:00", "not_shown", "captured"),
    ],
)
def test_the_last_day_on_which_a_copy_shows_that_it_was_in_time(new_site, received, verdict, basis):
    site = new_site
    site.clock.set("2025-05-20")
    page = "https://hmicfrs.justiceinspectorates.gov.uk/a"
    report = site.publish(source={"url": page, "capture": site.fetched(page)})
    site.clock.set(received)
    seen = site.capture(b"<p>Our response</p>", url="https://pfcc.example/a")
    site.clock.set("2025-11-24")

    site.clerk.records(f"{report.response}/statement", statement(None, source={"capture": seen}))

    site.catch_up()
    found = site.anybody.reads(report.response)
    assert (found["verdict"], found["bases"]["published"]) == (verdict, basis)
    assert found["bases"]["trigger"] == "publisher"
    assert found["basis"] == "captured"
    listed = site.anybody.reads("/api/responses", basis="captured", report=report.reference)
    assert [one["verdict"] for one in listed["items"]] == [verdict]


def test_a_page_that_was_imported_shows_its_copy_at_every_entry_that_rests_on_it(whole_site):
    site = whole_site
    page = imports.page_file(EXAMPLE, "https://www.kent-pcc.example/response")
    imports.record(site.ledger, [page], "kent-pcc")
    site.catch_up()
    (found,) = site.anybody.reads("/api/responses", body="kent-pcc")["items"]

    history = site.anybody.reads(f"{found['links']['self']}/history")["items"]
    shown = site.anybody.get(found["links"]["page"]).text

    (copy,) = {one["capture"]["id"]: one["capture"] for one in history}.values()
    assert site.anybody.get(copy["href"]).data == EXAMPLE.read_bytes()
    assert copy["received_on"] == "2025-11-24"
    assert f"Copy held, received 24 November 2025, SHA-256 <code>{copy['sha256']}" in shown
    assert f'href="{copy["href"]}"' in shown
    assert found["bases"]["trigger"] == "stated"
    assert PFCC not in copy["held_by"]
