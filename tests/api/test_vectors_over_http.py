"""The domain's further vectors, over HTTP alone: how due dates are counted, and a page imported.

The table of verdicts itself is in test_vectors.py.
"""

from pathlib import Path

import pytest

from api.commands import imports
from tests.api.founding import People
from tests.api.town import PFCC, statement


@pytest.fixture(scope="module")
def people(keeping: People) -> People:
    """The office keeps its record here: what is silent is overdue."""
    return keeping


EXAMPLE = Path(__file__).parents[2] / "examples/kent-pcc-activism-and-impartiality.txt"


def listed(town, report):
    """The same as the database has it, which answers lists."""
    town.catch_up()
    (one,) = town.anybody.reads("/api/responses", report=report.reference)["items"]
    return one["due_on"], one["verdict"], one["days"]


@pytest.mark.parametrize(
    ("published_on", "due_on"),
    [
        ("2025-05-16", "2025-07-10"),
        ("2025-02-28", "2025-04-24"),
        ("2024-02-05", "2024-03-31"),  # a Sunday: no roll-forward
        ("2017-05-02", "2017-06-26"),
        ("2023-12-31", "2024-02-24"),
    ],
)
def test_the_day_of_publication_is_day_one_of_56(town, published_on, due_on):
    report = town.publish(published_on=published_on)

    found = town.anybody.reads(report.response)

    assert (found["due_on"], found["verdict"]) == (due_on, "overdue")
    assert listed(town, report) == (due_on, "overdue", found["days"])


def test_before_may_2017_no_period_was_set(town):
    report = town.publish(published_on="2017-05-01")

    found = town.anybody.reads(report.response)
    working = town.anybody.reads(f"{report.response}/working")

    assert (found["due_on"], found["verdict"], found["days"]) == (None, "no_period", None)
    assert listed(town, report) == (None, "no_period", None)
    assert found["rule"]["id"] == "pa96-s55-2001"
    assert any("no period was set" in one for one in [working["counting"], *working["sentences"]])


@pytest.mark.parametrize(
    ("received", "verdict", "basis"),
    [("2025-07-10", "in_time", "captured"), ("2025-07-11", "not_shown", "captured")],
)
def test_the_last_day_on_which_a_copy_shows_that_it_was_in_time(new_town, received, verdict, basis):
    town = new_town
    town.clock.set("2025-05-20")
    page = "https://hmicfrs.justiceinspectorates.gov.uk/a"
    report = town.publish(source={"url": page, "capture": town.fetched(page)})
    town.clock.set(f"{received}T22:59:00+00:00")  # 23:59 in London
    seen = town.capture(b"<p>Our response</p>", url="https://pfcc.example/a")
    town.clock.set("2025-11-24")

    town.clerk.records(f"{report.response}/statement", statement(None, source={"capture": seen}))

    town.catch_up()
    found = town.anybody.reads(report.response)
    assert (found["verdict"], found["bases"]["published"]) == (verdict, basis)
    assert found["bases"]["trigger"] == "publisher"
    assert found["basis"] == "captured"
    listed = town.anybody.reads("/api/responses", basis="captured", report=report.reference)
    assert [one["verdict"] for one in listed["items"]] == [verdict]


def test_a_minute_past_midnight_in_london_is_the_day_after(new_town):
    town = new_town
    town.clock.set("2025-05-20")
    report = town.publish()
    town.clock.set("2025-07-10T23:01:00+00:00")
    seen = town.capture(b"<p>Our response</p>", url="https://pfcc.example/a")

    town.clerk.records(f"{report.response}/statement", statement(None, source={"capture": seen}))

    assert town.anybody.reads(report.response)["verdict"] == "not_shown"


def test_a_page_that_was_imported_shows_its_copy_at_every_entry_that_rests_on_it(new_town):
    town = new_town
    page = imports.page_file(EXAMPLE, "https://www.kent-pcc.example/response")
    imports.record(town.ledger, [page], "kent-pcc")
    town.catch_up()
    (found,) = town.anybody.reads("/api/responses", body="kent-pcc")["items"]

    history = town.anybody.reads(f"{found['links']['self']}/history")["items"]
    shown = town.anybody.get(found["links"]["page"]).text

    (copy,) = {one["capture"]["id"]: one["capture"] for one in history}.values()
    assert town.anybody.get(copy["href"]).data == EXAMPLE.read_bytes()
    assert copy["received_on"] == "2025-11-24"
    assert f"Copy held, received 24 November 2025, SHA-256 <code>{copy['sha256']}" in shown
    assert f'href="{copy["href"]}"' in shown
    assert found["bases"]["trigger"] == "stated"
    assert PFCC not in copy["held_by"]
