"""Positions inside one command of several entries: answers follow from the entries up to there."""

from datetime import date

import pytest

from ledger.events.entry import line
from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from tests.api.site import FORCE, explanation, recommendation, statement

ON = date(2025, 11, 24)


@pytest.fixture
def report(site):
    numbers = ("02", "03", "04")
    made = site.publish(recommendations=[recommendation(number) for number in numbers])
    said = [explanation("02"), explanation("03", how="general")]
    issued = site.clerk.records(
        f"{made.response}/statement", statement("2025-07-10", explanations=said)
    )
    revised = {
        "field": "passage",
        "number": "04",
        "addressee": FORCE,
        "now": "I accept it.",
        "seen_on": "2025-07-11",
    }
    site.clerk.records(f"{made.response}/revisions", revised)
    return made, issued["event"]["id"]


def both(site, path, known_at):
    """Return an answer of the site and one of `replay`, as known at a position."""
    rows = site.ledger.log.select_notifications(1, 5000)
    log = read(line(one.state, one.id, one.recorded_at) for one in rows)
    mine = answers(World(log, known_at, ON))
    theirs = site.anybody.reads(path, known_at=known_at, effective_on=ON.isoformat())
    return theirs, (mine.responses | mine.recommendations)[path]


def test_a_statement_explains_nothing_once_its_publication_is_set_aside(site, report):
    page, publication = report
    before = site.position
    site.clerk.records(f"/api/entries/{publication}/retraction", {"reason": "Another's."})
    site.catch_up()

    for known_at in range(before, site.position + 1):
        explained, general = (3, 1) if known_at == before else (None, None)  # nobody looked
        for answer in both(site, page.response, known_at):
            assert answer["coverage"]["explained_now"] == explained
            assert answer["coverage"]["general"] == general


def test_a_passage_that_came_by_a_revision_goes_with_the_publication(site, report):
    page, publication = report
    before = site.position
    site.clerk.records(f"/api/entries/{publication}/retraction", {"reason": "Another's."})
    site.catch_up()
    added = f"/api/recommendations/{page.reference}/4/{FORCE}"

    for known_at in range(before, site.position + 1):
        for answer in both(site, added, known_at):
            assert (answer["statement"] is not None) == (known_at == before)
