"""A remark of somebody else on a recommendation: it stands in the record, and changes nothing."""

import pytest

from tests.api.test_evidence import update

REMARK = {"text": "We saw the store.", "remark": True, "by": "hmicfrs", "occurred_on": "2025-09-09"}
LETTER = {"source": {"note": "Its letter of 9 September."}}


@pytest.fixture
def updates(report) -> str:
    return f"{report.recommendation}/updates"


def test_a_remark_of_the_inspectorate_takes_no_claim_back_and_is_no_update(site, report, updates):
    site.force.act(updates, update())
    before = site.clerk.reads(report.recommendation)

    entry = site.clerk.act(updates, REMARK | LETTER)

    found = site.clerk.reads(report.recommendation)
    assert (found["status"], found["last_update_on"]) == ("claimed_complete", "2025-09-01")
    assert found["claim"] == before["claim"]
    said = site.clerk.reads(f"/api/entries/{entry}")
    assert (said["by"], said["data"]["remark"], said["provenance"]) == ("hmicfrs", True, "reported")
    page = site.clerk.get(report.recommendation.removeprefix("/api")).text
    assert "made a remark" in page


@pytest.mark.parametrize(
    "more",
    [{"by": None}, {"claim": {"as_stated": "GREEN", "means": "complete"}}],
)
def test_a_remark_is_somebody_elses_and_claims_nothing(site, report, updates, more):
    said = {name: value for name, value in (REMARK | LETTER | more).items() if value is not None}

    answer = site.clerk.post(updates, said)

    assert answer.status_code == 409
    assert "A remark is of somebody else" in answer.json["detail"]
