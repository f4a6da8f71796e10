"""In time means all of it, over HTTP: the vectors, as answer, list and working say them.

One site's clock goes from May to November 2025. Each vector has a report of its own with the
publisher's page held, and records its acts on its days.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.postgres.embedded import Running
from tests.api.conftest import fresh_site
from tests.api.founding import RECORD_KEPT, Founding
from tests.api.site import NOTE, Caller, Published, Site, statement
from tests.api.test_vectors import with_its_page
from tests.conftest import some
from tests.vectors_of_parts import LATER, VECTORS, Act, Added, Asked, Came, Out

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""
CHOSEN = [
    vector
    for verdict in sorted({one.verdict for one in VECTORS})
    for vector in some((one for one in VECTORS if one.verdict == verdict), 3)
]
"""Of each verdict one vector in three, in `make soak` all:
tests/test_incomplete.py and tests/test_replay_vectors.py try each of them, without a site."""
ACTS = [(n, act) for n, vector in enumerate(CHOSEN) for act in vector.acts]
CAPTURED = {act.captured for _, act in ACTS if isinstance(act, Came | Out) and act.captured}
DAYS = sorted({"2025-05-20", LATER, *CAPTURED, *(act.recorded for _, act in ACTS)})


@pytest.fixture(scope="module")
def recorded(postgres: Running, founding: Founding) -> Iterator[tuple[Site, list[Published]]]:
    """The site after all was recorded, and the report of each vector."""
    with fresh_site(postgres, founding) as site:
        reports: list[Published] = []
        captures: dict[str, str] = {}
        received: dict[int, str] = {}
        for day in DAYS:
            site.clock.set(day)
            if not reports:
                reports = [with_its_page(site, n) for n in range(len(CHOSEN))]
            if day in CAPTURED:
                captures[day] = site.capture(url=f"https://pfcc.example/{day}")
            for n, act in ACTS:
                if act.recorded == day:
                    path, body = request(act, captures)
                    made = teller(site, act).act(f"{reports[n].response}/{path}", body)
                    received[n] = made if isinstance(act, Came) else received.get(n, "")
        for n, act in ACTS:
            if isinstance(act, Came) and act.disputed:
                path = f"/api/entries/{received[n]}/disputes"
                site.clerk.records(path, {"text": "They did not come."})
        site.catch_up()
        yield site, reports


def teller(site: Site, act: Act) -> Caller:
    """Return the caller who records an act."""
    if isinstance(act, Came):
        return {"body": site.clerk, "force": site.force, "another": site.panel}[act.by]
    return site.clerk


def request(act: Act, captures: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the request that records an act."""
    match act:
        case Came():
            note = {"capture": captures[act.captured]} if act.captured else NOTE
            return "comments", {"occurred_on": act.on, "text": "We agree.", "source": note}
        case Asked():
            return "invitations", {"occurred_on": act.on, "reply_by": act.before}
        case Out():
            source = {"capture": captures[act.captured]} if act.captured else None
            if not act.parts:
                return "statement", {"published_on": act.on, "explanations": []}
            words = f"What we say: {', '.join(act.parts)}."  # others record each part
            said = statement(act.on, text=words, explanations=[], source=source)
            return "statement", said | {"parts": [*act.parts]}
        case Added():
            said = {"field": "chief_officer_comments", "now": "We agree.", "seen_on": act.seen_on}
            return "revisions", said


@pytest.mark.sampled
@pytest.mark.parametrize("n", range(len(CHOSEN)), ids=[one.about for one in CHOSEN])
def test_answer_list_and_working_give_the_verdict(recorded, n):
    site, reports = recorded
    vector, report = CHOSEN[n], reports[n]
    dates = {"effective_on": vector.on} | ({"known_at": vector.known_at} if vector.known_at else {})

    found = site.anybody.reads(report.response, **dates)
    working = site.anybody.reads(f"{report.response}/working", **dates)
    listed = site.anybody.reads(
        "/api/responses", report=report.reference, verdict=vector.verdict, **dates
    )

    said = (found["verdict"], found["days"], found["bases"]["published"])
    assert said == (vector.verdict, vector.days, vector.published)
    for field in ("verdict", "days", "at_least", "basis", "bases", "due_on"):
        assert working[field] == found[field] == listed["items"][0][field]
    assert found["headline"] in working["sentences"]
    used = {one["entry"] for one in working["used"]}
    history = {one["id"] for one in site.anybody.reads(f"{report.response}/history")["items"]}
    assert used <= history


def test_the_page_the_pack_and_the_counts_have_the_word(recorded):
    site, reports = recorded
    n = next(n for n, one in enumerate(CHOSEN) if one.about == "without theirs")
    body = site.anybody.reads("/api/bodies/cumbria-pfcc")
    many = sum(one.verdict == "incomplete" for one in CHOSEN if one.on == LATER)

    page = site.anybody.get(reports[n].response.removeprefix("/api")).text
    assert "In time without the chief officer’s comments, which it had received" in page
    assert "tag-incomplete" in page
    assert body["responses"]["incomplete"] >= many
    assert "incomplete" in {one["verdict"] for one in body["attention"]}
    counted = site.anybody.reads("/api/compliance")["total"]["verdicts"]
    assert counted["incomplete"] == body["responses"]["incomplete"]
    assert "incomplete" in site.anybody.get("/bodies/cumbria-pfcc").text
