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
_FORCE_OF = {one.id: [held.body for held in one.holds] for one in shipped_bodies()}


@pytest.fixture(
    scope="module", params=["first", "second", "fourth", "fifth", "strangers", "layouts"]
)
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


def members_of(bodies: list[str]) -> dict[str, list[str]]:
    """Return whom of some bodies, and of their forces, each group of addressees means."""
    return {
        "all chief constables": [force for body in bodies for force in _FORCE_OF[body]],
        "all local policing bodies": bodies,
        "all fire authorities": bodies,
    }


def _request(report: Mapping[str, Any], owing: list[str]) -> dict[str, Any]:
    """Return the request that publishes a report. Of a group of addressees it names those that
    the cases have pages of, and nobody outside the register. No rule covers a super-complaint, or
    a commissioner's response about a fire service."""
    members = members_of(owing)
    raised = [
        one | {"addressees": whom}
        for one in report["recommendations"]
        if (
            whom := [x for to in one["addressees"] for x in members.get(to, [to]) if x in _FORCE_OF]
        )
    ]
    kind = report["kind"]
    bound = [one for one in owing if kind != "fire_inspection" or one.endswith("-fire")]
    bodies = [] if kind == "super_complaint" else bound
    return {**report, "recommendations": raised, "bodies": bodies, "source": SOURCE}
