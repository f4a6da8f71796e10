"""The pages and their truth, and a log that holds the reports that they answer."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.postgres.embedded import Running
from ledger.register import shipped_bodies
from tests.api.conftest import fresh_site
from tests.api.founding import founded
from tests.api.site import Site
from tests.told.commands import HERE, TODAY

SOURCE = {"url": "https://hmicfrs.example/report"}


@pytest.fixture(scope="module", params=["first", "second", "third"])
def told(request: pytest.FixtureRequest) -> Path:
    """Return the folder of a set of pages, with what is true of them."""
    return HERE / str(request.param)


@pytest.fixture(scope="module")
def truths(told: Path) -> dict[str, Any]:
    """Return what a careful clerk would settle, by the name of the page."""
    found: dict[str, Any] = json.loads((told / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def reports(told: Path) -> dict[str, Any]:
    """Return the reports that the pages answer, by reference."""
    found: dict[str, Any] = json.loads((told / "reports.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def log(postgres: Running, truths: dict[str, Any], reports: dict[str, Any]) -> Iterator[Site]:
    """Yield a log with the reports, and the duties of the bodies whose pages answer them."""
    with fresh_site(postgres, founded(postgres)) as site:
        site.clock.set(TODAY)
        for reference, report in reports.items():
            site.admin.records("/api/reports", _request(report, _owing(reference, truths)))
        yield site


def _owing(reference: str, truths: Mapping[str, Any]) -> list[str]:
    """Return the bodies with a page about a report."""
    owing = {
        truth["body"]
        for truth in truths.values()
        if reference in (truth.get("report"), *truth.get("also", []))
    }
    return sorted(owing)


def _request(report: Mapping[str, Any], owing: list[str]) -> dict[str, Any]:
    """Return the request that publishes a report. Of a group of addressees it names those that
    the cases have pages of. No rule covers a super-complaint: nobody owes a response to it."""
    force_of = {one.id: [held.body for held in one.holds] for one in shipped_bodies()}
    members = {
        "all chief constables": [force for body in owing for force in force_of[body]],
        "all local policing bodies": owing,
        "all fire authorities": owing,
    }
    raised = [
        one | {"addressees": [x for to in one["addressees"] for x in members.get(to, [to])]}
        for one in report["recommendations"]
    ]
    bound = [] if report["kind"] == "super_complaint" else owing
    return {**report, "recommendations": raised, "bodies": bound, "source": SOURCE}
