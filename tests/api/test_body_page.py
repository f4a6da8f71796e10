"""The pages of bodies, over a real log: a panel's, a force's and an inspectorate's beside their
commissioner's."""

import pytest

from tests.api.addresses import PANEL
from tests.api.test_recommendation_page import words
from tests.api.town import FORCE, PFCC

COMPLETE = {"as_stated": "GREEN", "means": "complete"}


@pytest.fixture
def page(town):
    """A body's page, at any dates: its words."""

    def read(body, **asked):
        town.catch_up()
        return words(town.anybody.get(f"/bodies/{body}", **asked))

    return read


@pytest.mark.parametrize("body", [PFCC, PANEL, FORCE])
def test_a_panel_and_a_force_see_what_their_commissioner_sees(town, report, page, body):
    town.force.act(f"{report.recommendation}/targets", {
        "on": "2025-07-31", "origin": "force", "reason": "A plan.", "occurred_on": "2025-06-01",
    })  # fmt: skip

    text = page(body)

    assert "overdue" in text
    assert "past target, nobody says" in text
    assert report.reference  # its words, in the list
    assert "Past target, longest first" in text


def test_a_panels_page_has_its_meetings_and_names_whom_it_holds_to_account(town, page):
    town.panel.records(f"/api/meetings/{PANEL}/2025-10-22/held", {})

    text = page(PANEL)

    assert "Holds to account: Cumbria Police, Fire and Crime Commissioner" in text
    assert "Its meetings" in text
    assert "22 October 2025" in text


def test_an_inspectorates_page_lists_its_reports_and_what_it_refused(town, report, page):
    at = report.recommendation
    claim = {"text": "It is done.", "claim": COMPLETE, "occurred_on": "2025-06-30"}
    town.force.act(f"{at}/updates", claim)
    town.clerk.act(f"{at}/closure-proposals", {"reason": "Done.", "occurred_on": "2025-07-20"})
    town.hmicfrs.act(f"{at}/refusals", {"reason": "Not seen.", "occurred_on": "2025-09-01"})

    text = page("hmicfrs")

    assert "Reports that it published" in text
    assert "Closure refused by HMICFRS" in text
    assert "Closure refused" not in page("hmicfrs", effective_on="2025-08-15")
    assert "refused closure" in page(PFCC)


def test_a_body_of_which_nothing_is_recorded_says_what_that_does_not_say(page):
    text = page("northamptonshire-fire")

    assert "Nothing is recorded here. That does not say that there is nothing." in text
