"""Sets of pages that were told after those of offices and inspectorates, drafted as a user drafts
them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.commands.drafts import as_json
from ledger.acts.decision import Decision
from ledger.application import Ledger
from ledger.intake.pages.blocks import read_blocks
from ledger.intake.pages.decoding import page_text
from ledger.intake.proposals.draft import PageFile
from ledger.intake.proposals.page import suggested
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies
from ledger.states.service import SETUP
from tests.api.site import Site
from tests.told.commands import draft
from tests.told.conftest import members_of
from tests.told.scoring import (
    UNSAID,
    Score,
    score_day,
    score_passages,
    score_recommendations,
    score_report_facts,
)

Truths = Mapping[str, Any]
Drafts = Mapping[tuple[str, str | None], Any]
Drafting = Callable[..., Any]


@dataclass(frozen=True)
class Marks:
    """What holds of a set of pages, so that it isn't lost again."""

    settled: float
    """So many passages of one have their speaker and recommendations, or are left to a person."""
    right: float
    """So many need nobody to correct them."""
    addressees: float
    """So many recommendations of inspectorates have their addressees; 0 if the set has none."""
    misnamed: frozenset[str]
    """The pages that are called what they are not."""


MARKS = {
    "first": Marks(0.98, 0.85, 0.98, frozenset()),
    "second": Marks(0.98, 0.9, 0.98, frozenset({"x02-index.html"})),
    "fourth": Marks(0.9, 0.8, 0.95, frozenset()),
    "fifth": Marks(0.95, 0.85, 0.98, frozenset()),
    "strangers": Marks(0.92, 0.9, 0, frozenset()),
    "layouts": Marks(0.93, 0.9, 0, frozenset()),
}


@pytest.fixture
def marks(told: Path) -> Marks:
    return MARKS[told.name]


@pytest.fixture(scope="module")
def drafting(log: Site, told: Path) -> Iterator[Drafting]:
    """Yield what drafts a page as `answerable draft` does: every page over one ledger, and read
    once."""

    @cache
    def read(page: str) -> PageFile:
        raw = (told / "pages" / page).read_bytes()
        return PageFile(page, [*read_blocks(page_text(raw, page), page)], raw, "text/html")

    with pool(log.url) as connections:
        ledger = Ledger(connections, log.url)
        decision = Decision(ledger, SETUP)

        def drafted(page: str, body: str, report: str | None = None, listed: bool = False) -> Any:
            found = suggested(decision, read(page), body, listed=listed, report=report)
            return as_json(decision.service, found, body)

        yield drafted


@pytest.fixture(scope="module")
def from_duties(drafting: Drafting, truths: Truths) -> Drafts:
    """Return the drafts of offices' pages, each from the reports that the page answers."""
    return {
        (page, reference): drafting(page, truth["body"], reference)
        for page, truth in truths.items()
        if truth["is"] == "response"
        for reference in answered(truth)
    }


@pytest.fixture(scope="module")
def from_pages(drafting: Drafting, truths: Truths) -> Drafts:
    """Return the drafts of offices' pages from the pages alone, and of each page that is none."""
    return {
        (page, None): drafting(page, truth["body"])
        for page, truth in truths.items()
        if truth["is"] is not None
    }


@pytest.fixture(scope="module")
def of_inspectorates(drafting: Drafting, truths: Truths) -> Drafts:
    """Return the drafts of inspectorates' own pages."""
    return {
        (page, None): drafting(page, truth["body"], listed=True)
        for page, truth in truths.items()
        if truth["is"] is None
    }


@pytest.fixture(scope="module")
def scored_from_duties(from_duties: Drafts, truths: Truths) -> Score:
    score = Score()
    for (page, reference), answer in from_duties.items():
        score.add(score_passages(page, about(truths[page], reference), answer))
        score.add(score_day(page, truths[page], answer))
    return score


@pytest.fixture(scope="module")
def scored_from_pages(from_pages: Drafts, truths: Truths, reports: Mapping[str, Any]) -> Score:
    score = Score()
    for (page, _), answer in from_pages.items():
        truth = truths[page]
        score.add(score_passages(page, truth, answer))
        if truth["is"] != "response":
            continue
        score.add(score_day(page, truth, answer))
        about_these = [reports[one] for one in answered(truth)]
        score.add(score_recommendations(page, restated(about_these), answer, own(truth["body"])))
        for report in answer["reports"]:
            score.add(score_report_facts(page, about_these, report))
    return score


@pytest.fixture(scope="module")
def scored_of_inspectorates(of_inspectorates: Drafts, truths: Truths) -> Score:
    score, members = Score(), groups()
    for (page, _), answer in of_inspectorates.items():
        score.add(score_recommendations(page, truths[page], answer, members))
        for report in answer["reports"]:
            score.add(score_report_facts(page, [truths[page]["facts"]], report))
    return score


def answered(truth: Mapping[str, Any]) -> list[str]:
    """Return the references of the reports that a page answers."""
    return [truth["report"], *truth.get("also", [])]


def restated(reports: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is true of the recommendations that a response may repeat from its reports."""
    listed = [one for report in reports for one in report["recommendations"]]
    return {
        "recommendations": [
            {"parent": UNSAID, "target": None, **one, "to": one["addressees"]} for one in listed
        ]
    }


def own(body: str) -> dict[str, frozenset[str]]:
    """Return whom each group of addressees means on the page of one body."""
    return {group: frozenset(members) for group, members in members_of([body]).items()}


def about(truth: Mapping[str, Any], reference: str | None) -> dict[str, Any]:
    """Return what is true of a page from the duty of one report. Nobody speaks about that report in
    what answers another one."""
    passages = [
        {**one, "by": "nobody"} if one.get("report", truth["report"]) != reference else one
        for one in truth["passages"]
    ]
    return {**truth, "passages": passages}


def groups() -> dict[str, frozenset[str]]:
    """Return the members of each group of addressees, as a draft may list them."""
    kinds = {
        "all chief constables": "force",
        "all local policing bodies": "local_policing_body",
        "all fire authorities": "fire_authority",
    }
    return {
        group: frozenset(one.id for one in shipped_bodies() if one.kind == kind and not one.ends)
        for group, kind in kinds.items()
    }


def test_the_command_answers_a_draft_alike(log, told, truths, from_duties):
    (page, report), drafted = next(iter(from_duties.items()))

    answer = draft(log.url, told / "pages" / page, truths[page]["body"], "--report", report)

    assert {part: answer[part] for part in drafted} == drafted


def test_nothing_sure_is_wrong_from_the_duty(scored_from_duties):
    assert scored_from_duties.surely_wrong == []


def test_nothing_sure_is_wrong_from_the_page_alone(scored_from_pages):
    assert scored_from_pages.surely_wrong == []


def test_nothing_sure_is_wrong_on_inspectorates_pages(scored_of_inspectorates):
    assert scored_of_inspectorates.surely_wrong == []


def test_passages_have_their_speaker_and_recommendations_or_are_left_to_a_person(
    scored_from_duties, marks
):
    assert scored_from_duties.passages.total() > 50
    assert scored_from_duties.passages_settled >= marks.settled, "\n".join(
        scored_from_duties.faults
    )


def test_most_passages_need_nobody_to_correct_them(scored_from_duties, marks):
    passages = scored_from_duties.passages
    assert passages["right"] >= marks.right * passages.total(), passages


def test_recommendations_have_their_addressees(scored_of_inspectorates, marks):
    assert scored_of_inspectorates.addressees_right >= marks.addressees, "\n".join(
        scored_of_inspectorates.faults
    )


def test_all_pages_but_the_known_ones_are_called_what_they_are(
    from_duties, from_pages, truths, marks
):
    drafts = [*from_duties.items(), *from_pages.items()]
    misnamed = {page for (page, _), answer in drafts if answer["is"] != truths[page]["is"]}
    assert misnamed <= marks.misnamed
