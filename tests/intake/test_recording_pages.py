"""From a page to entries: what the page leaves open, a person settles."""

from dataclasses import replace
from pathlib import Path

import pytest

from api.commands.imports import import_account, page_file, propose, record
from ledger.acts.decision import Notice
from ledger.acts.report import publish_report
from ledger.application import Ledger
from ledger.errors import Refused
from ledger.events import RecommendationRaised, ReportPublished, Source
from ledger.events.texts import say
from ledger.intake.pages.final_page import final_page
from ledger.intake.proposals.draft import Intake
from ledger.intake.proposals.page import suggestions
from tests.servers import FreshDatabase

BODY, FORCE = "kent-pcc", "kent-police"
PAGE = """Report title: Police cells
Report published: 1 March 2024
Type of inspection: National thematic
Inspectorate: HMICFRS

Cause of concern 1:
Kent Police should mend its cells.
Recommendation 1: Chief constables should mend them.
Recommendation 2: Police and crime commissioners and chief constables should go and see.
Recommendation 3: The Home Office should pay.

Commissioner's response:

I welcome this report. On recommendation 2, I have been to see.
"""

WITHOUT_KIND = PAGE.replace("Type of inspection: National thematic\n", "")


@pytest.fixture
def log(begun_database: FreshDatabase) -> Ledger:
    import_account(begun_database.ledger, BODY)
    return begun_database.ledger


def take(log: Ledger, folder: Path, page: str = PAGE) -> Intake:
    path = folder / "page.txt"
    path.write_text(page, encoding="utf-8")
    service = log.service()
    file = page_file(path, None)
    (found,) = suggestions(file, service.bodies[BODY], service)
    files = [replace(file, final=final_page(found))]  # left as it is suggested
    intake = propose(log, files, BODY)
    record(log, files, BODY)
    return intake


def raised(log: Ledger) -> dict[tuple[str, str], RecommendationRaised]:
    entries = log.read_below("recommendation/")
    return {
        (entry.stream.split("/")[2], entry.stream.split("/")[3]): entry.data
        for entry in entries
        if isinstance(entry.data, RecommendationRaised)
    }


def test_a_page_without_a_kind_says_how_to_give_it_and_records_nothing(log, tmp_path):
    with pytest.raises(Refused, match="give it in a draft"):
        take(log, tmp_path, WITHOUT_KIND)
    assert log.read_below("report/") == []


def test_a_report_recorded_by_hand_needs_no_kind(log, tmp_path):
    event = ReportPublished(title="Police cells", kind="peel", publisher="hmicfrs")
    told = Notice(occurred_on="2024-03-01", source=Source(note=say("their page", "office")))
    log.record(log.account(f"{BODY}/import"), publish_report, event, told, reference="cells")

    assert take(log, tmp_path, WITHOUT_KIND).reports == ["cells"]


def test_recommendations_go_to_the_force_and_the_office_and_to_no_other(log, tmp_path):
    intake = take(log, tmp_path)

    assert set(raised(log)) == {
        ("cause-of-concern-1", FORCE),
        ("1", FORCE),
        ("2", FORCE),
        ("2", BODY),
    }
    why = [one.why for one in intake.unread]
    assert (
        "recommendation 3 is addressed to Home Office, for which Kent Police and Crime "
        "Commissioner does not answer" in why
    )


def test_a_recommendation_has_its_cause_of_concern_where_that_has_the_same_addressee(log, tmp_path):
    intake = take(log, tmp_path)

    found = raised(log)
    assert found["1", FORCE].parent == "Cause of concern 1"
    assert found["2", BODY].parent is None
    assert any("is not recorded for kent-pcc" in one.why for one in intake.unread)
