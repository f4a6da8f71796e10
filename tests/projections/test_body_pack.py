"""The counts and lists of a body's page agree with its whole lists, read page by page."""

from collections import Counter
from math import inf
from typing import Any

import pytest

from ledger.dates import last_day
from projections.questions import pack
from projections.questions.pack import ATTENTION, CLAIMED
from tests.api.site import FORCE, PFCC, TODAY, Site, recommendation
from tests.conftest import cells
from tests.projections.test_paging import paged

BODIES = (PFCC, FORCE, "dorset-pcc", "cumbria-police-fire-and-crime-panel", "hmicfrs")
DATES: tuple[dict[str, Any], ...] = (
    {},
    {"known_at": 700, "effective_on": "2019-03-31"},
    {"effective_on": "2021-06-30"},
)


@pytest.fixture(scope="module")
def seeded(seeded_site: Site) -> Site:
    days = ("2025-09-01", "2025-08", "2025-11-01", "2026-12-31", "2025-08-31")
    report = seeded_site.publish(
        recommendations=[
            recommendation(str(n), target={"on": day}) for n, day in enumerate(days, 2)
        ]
    )
    for n in (3, 3, 5):
        seeded_site.clerk.act(
            f"/api/recommendations/{report.reference}/{n}/{FORCE}/assurances",
            {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-10-01"},
        )
    seeded_site.catch_up()
    return seeded_site


def _worst_first(one: dict[str, Any]) -> tuple[int, float, str]:
    """By verdict, then the longest by which it is late or overdue, then the oldest."""
    days = one["days"] if one["verdict"] != "due" else None
    longest = -days if days is not None else inf
    return ATTENTION.index(one["verdict"]), longest, one["due_on"] or ""


def naive(site: Site, body: str, asked: dict[str, Any]) -> dict[str, Any]:
    lists = {name: paged(site, f"/api/{name}", 500, body=body, **asked)
             for name in ("reports", "responses", "recommendations")}  # fmt: skip
    wanting = [one for one in lists["responses"] if one["verdict"] in ATTENTION]
    wanting.sort(key=_worst_first)
    passed = [one for one in lists["recommendations"] if one["target"]["standing"] == "passed"]
    passed.sort(key=lambda one: last_day(one["target"]["on"]))
    waiting = [
        (question["occurred_on"] or "never", one["links"], question["entry"])
        for one in lists["recommendations"]
        for question in one["assurances"]["items"]
        if question["answered_by"] is None
    ]
    asked_of = [asked[1:] for asked in sorted(waiting, key=lambda asked: asked[0])]
    recommendations = lists["recommendations"]
    claimed = [one for one in recommendations if one["status"] in CLAIMED]
    decided = [one for one in recommendations if one["status"] in ("refused", "reopened")]
    return {
        "reports": len(lists["reports"]),
        "responses": Counter(one["verdict"] for one in lists["responses"]),
        "recommendations": Counter(one["status"] for one in lists["recommendations"]),
        "attention": [(one["links"], one["days"], one["basis"]) for one in wanting],
        "passed": [(one["links"], one["target"]) for one in passed],
        "unanswered": asked_of,
        "claimed": sorted({*map(_name, claimed), *map(_name, decided)}),
        "counts": {
            "attention": len(wanting),
            "passed": len(passed),
            "unanswered": len(asked_of),
            "claimed": len(claimed),
            "claimed_after_target": sum(bool(_days_after_target(one)) for one in claimed),
            "refused": sum(one["status"] == "refused" for one in recommendations),
            "reopened": sum(one["status"] == "reopened" for one in recommendations),
        },
    }


def _name(one: dict[str, Any]) -> str:
    return str(one["links"]["self"])


def _days_after_target(one: dict[str, Any]) -> int | None:
    found: int | None = one["claim"] and one["claim"]["days_after_target"]
    return found


def told(found: dict[str, Any]) -> dict[str, Any]:
    counts = {name: many for name, many in found["counts"].items() if name != "entries_since"}
    return {name: found[name] for name in ("reports", "responses", "recommendations")} | {
        "counts": counts,
        "claimed": sorted(map(_name, found["claimed"])),
        "attention": [(one["links"], one["days"], one["basis"]) for one in found["attention"]],
        "passed": [(one["links"], one["target"]) for one in found["passed"]],
        "unanswered": [(one["links"], one["assurance"]["entry"]) for one in found["unanswered"]],
    }


@pytest.mark.sampled
@pytest.mark.parametrize(("body", "asked"), cells(BODIES, DATES, 4))
def test_it_is_what_the_whole_lists_say(seeded, body, asked, monkeypatch):
    monkeypatch.setattr(pack, "SHOWN", 10_000)
    seeded.clock.set(max(asked.get("effective_on", TODAY), TODAY))

    found = told(seeded.clerk.reads(f"/api/bodies/{body}", **asked))

    assert found == naive(seeded, body, asked)
    if body == PFCC and not asked:
        assert found["counts"]["attention"]
        assert found["counts"]["passed"]
        assert found["counts"]["unanswered"] == 3


def test_a_page_lists_the_first_items_that_want_attention_and_counts_all(seeded, monkeypatch):
    seeded.clock.set(TODAY)
    whole = seeded.clerk.reads(f"/api/bodies/{PFCC}")
    assert whole["counts"]["passed"] > 2
    monkeypatch.setattr(pack, "SHOWN", 2)

    found = seeded.clerk.reads(f"/api/bodies/{PFCC}")
    page = seeded.clerk.get(f"/bodies/{PFCC}").text

    assert found["passed"] == whole["passed"][:2]
    assert found["counts"] == whole["counts"]
    assert f">All {whole['counts']['passed']} recommendations past their target</a>" in page


def test_the_home_page_leads_to_the_body_that_is_chosen(seeded):
    answer = seeded.anybody.get("/bodies", body=PFCC, known_at="700", effective_on="2019-03-31")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/bodies/{PFCC}?known_at=700&effective_on=2019-03-31"
    every = seeded.anybody.get("/bodies", known_at="700").text
    assert f'href="/bodies/{PFCC}?known_at=700"' in every
    home = seeded.anybody.get("/").text
    assert 'action="/bodies"' in home
    assert f'href="/bodies/{PFCC}"' in home
