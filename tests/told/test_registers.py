"""Registers that were told after those of an inspectorate and of an office, imported by a mapping
as a user imports them: one quarter's export, then the next one's."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.postgres.embedded import Running
from tests.api.conftest import fresh_site
from tests.api.founding import founded
from tests.api.site import Site
from tests.told.commands import REGISTERS, TODAY, answer

ACCUSES = {"overdue", "late", "incomplete"}


@pytest.fixture
def site(postgres: Running) -> Iterator[Site]:
    """Yield a log that holds no report yet."""
    with fresh_site(postgres, founded(postgres)) as opened:
        opened.clock.set(TODAY)
        yield opened


@pytest.fixture(params=["register-a", "register-b"])
def register(request: pytest.FixtureRequest) -> Path:
    return REGISTERS / str(request.param)


@pytest.fixture
def truth(register: Path) -> dict[str, Any]:
    """Return what a careful clerk would record of a register."""
    found: dict[str, Any] = json.loads((register / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def take(site: Site, register: Path) -> Callable[..., Any]:
    """Return how an export of the register is imported by its mapping."""

    def imported(sheet: str, *options: str) -> Any:
        mapping = str(register / "map.toml")
        return answer(
            site.url, "import", str(register / sheet), "--map", mapping, *(options or ["--yes"])
        )

    return imported


def recorded(site: Site) -> dict[str, Any]:
    """Return the recommendations that are recorded, by the publisher's number, or else by report
    and number."""
    titles = {one["report"]: one["title"] for one in site.anybody.reads("/api/reports")["items"]}
    listed = site.anybody.reads("/api/recommendations", limit=500)["items"]
    found = {name_of(one, titles): one for one in listed}
    assert len(found) == len(listed), "two rows are one recommendation"
    return found


def name_of(one: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Return the name of a recommendation in the truth. One that we numbered goes by its words."""
    if one["publisher_number"]:
        return str(one["publisher_number"])
    number = one["number"].removeprefix("Recommendation ").lstrip("0")
    return f"{titles[one['report']]}|{number if number.isdigit() else one['text']}"


def acts_of(site: Site, one: Mapping[str, Any]) -> set[tuple[str, str | None]]:
    """Return the acts on a recommendation, each with its day."""
    path = f"/api/recommendations/{one['report']}/{one['number']}/{one['addressee']}/history"
    return {(act["type"], act["occurred_on"]) for act in site.anybody.reads(path)["items"]}


def holds(site: Site, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Assert that the log has what a clerk expects of a quarter."""
    found = recorded(site)
    assert len(found) - len(before) == wanted["recommendations"]
    assert {name: found[name]["status"] for name in wanted["standing"]} == wanted["standing"]
    for name, acts in wanted["acts"].items():
        assert {(act["type"], act["on"]) for act in acts} <= acts_of(site, found[name]), name


def test_a_dry_run_records_nothing(site, truth, take):
    before = site.position

    take(truth["sheet"][0], "--dry-run")

    assert site.position == before


def test_two_quarters_give_each_recommendation_its_acts_on_their_days(site, truth, take):
    first, second = truth["sheet"]

    said = take(first)

    assert len(said["reports"]) == truth["quarter-1"]["reports"]
    assert [one["line"] for one in said["unread"]] == truth["unread"]
    holds(site, truth["quarter-1"], {})
    assert take(first)["recorded"] == 0

    before = recorded(site)
    take(second)

    holds(site, truth["quarter-2"], before)
    assert take(second)["recorded"] == 0


def test_no_register_accuses_anybody(site, truth, take):
    for sheet in truth["sheet"]:
        take(sheet)

    verdicts = {one["verdict"] for one in site.anybody.reads("/api/responses", limit=500)["items"]}

    assert not verdicts & ACCUSES


def test_themes_stand_in_the_words_of_the_register(site, truth, take):
    take(truth["sheet"][0])

    found = recorded(site)

    assert {name: found[name]["theme"] for name in truth["themes"]} == truth["themes"]
