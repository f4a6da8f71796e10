"""`replay` shares no code with the answers of the site, and agrees with them at any two dates.

Random histories with every act are recorded side by side through the real ledger. At random
positions and days all answers about them, every count and the changes are compared.
"""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import get_args

import pytest

from ledger.acts.table import ACTS
from ledger.dates import london_date
from ledger.events import EVENTS
from ledger.events.entry import line
from ledger.replay.answers import Answers, answers
from ledger.replay.log import Log, ending, last_day, read
from ledger.replay.world import World
from ledger.states.recommendation import Status
from projections.read_models import tables
from projections.read_models.rebuild import compare
from projections.verdict.compliance import BASES, VERDICTS
from tests.api.site import Site
from tests.projections.comparing import compared, compared_changes
from tests.projections.every_act import NOT_DRAWN
from tests.projections.living import Lived, drawn, live

pytestmark = pytest.mark.long

SAME = dict.fromkeys(tables.NAMES, 0)
"""No table of the read models has a row that differs."""
Asked = list[tuple[int, int]]
"""As known how many entries before the last, and how many days after the first."""


def questions(chance: Random) -> Asked:
    return [(chance.randrange(10**6), chance.randint(-80, 300)) for _ in range(8)]


TOWNS, SIDE_BY_SIDE = 100, 20


def rows(site: Site) -> list[bytes]:
    """Return the lines of a site's log, as it is exported."""
    found: list[bytes] = []
    while batch := site.ledger.log.select_notifications(len(found) + 1, 5000):
        found += [line(one.state, one.id, one.recorded_at) for one in batch]
    return found


def seen_in(log: Log, began: int, refused: Counter[str], asked: list[Answers]) -> Counter[str]:
    """By verdict, basis, status and type of entry, and what was refused."""
    seen: Counter[str] = Counter(f"entry {one.type}" for one in log.lines[began:])
    seen.update(f"refused {one}" for one in refused.elements())
    for said in asked:
        seen.update(f"verdict {one['verdict']}" for one in said.responses.values())
        seen.update(f"basis {one['basis']}" for one in said.responses.values())
        seen.update(f"status {one['status']}" for one in said.recommendations.values())
        seen["improved"] += sum(len(one["improved_later"]) for one in said.responses.values())
    return seen


def questioned(
    site: Site, began: int, first: date, asked: Asked
) -> tuple[list[str], Log, list[Answers]]:
    """Ask about what was recorded after a position: every difference, the log, the answers."""
    log, found = read(rows(site)), []
    mine: dict[tuple[int, date], Answers] = {}
    for n, later in asked:
        known_at = ending(log.lines, site.position - n % (site.position - began))
        today = london_date(site.ledger.now())
        on = first + timedelta(days=later)
        on = min(on, last_day(log.lines, known_at, today))  # a later day cannot be asked about
        mine[known_at, on] = answers(World(log, known_at, on))
        found += compared(site, log, mine[known_at, on], known_at, on)
    found += compared_changes(site, log, mine)
    return found, log, list(mine.values())


def test_replay_and_the_site_agree_at_any_two_dates(lived: Lived, lived_site: Site, tmp_path):
    found, log, mine = questioned(lived_site, lived.began, lived.first, questions(Random(8)))

    assert found == [], kept(rows(lived_site), tmp_path)
    seen = seen_in(log, lived.began, lived.refused, mine)
    assert len([one for one in seen if one.startswith("entry ")]) > 20
    assert len([one for one in seen if one.startswith("verdict ")]) > 3
    assert seen["improved"]


def test_a_rebuild_of_these_histories_says_what_following_them_said(lived_site: Site):
    assert compare(lived_site.url, lambda _position, _head: None).differences == SAME


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """What came about in the towns, by verdict, basis, status and type of entry."""
    return Counter()


@pytest.mark.soak
@pytest.mark.parametrize("town", range(TOWNS))
def test_replay_and_the_site_agree_in_a_town(new_site, tmp_path, seen, town):
    seed = SystemRandom().randrange(10**9)  # always another town
    chance = Random(seed)
    with new_site() as site:
        began, first = site.position, london_date(site.ledger.now()) + timedelta(days=1)
        lives = live(site, first, drawn(chance, SIDE_BY_SIDE))
        found, log, mine = questioned(site, began, first, questions(chance))
        assert found == [], f"{seed}: {kept(rows(site), tmp_path)}"
    refused = sum((one.refused for one in lives), Counter[str]())
    seen.update(seen_in(log, began, refused, mine))


@pytest.mark.soak
def test_everything_came_about_in_these_towns(seen):
    missing = {one.TOPIC for one in EVENTS} - {one.removeprefix("entry ") for one in seen}
    assert missing <= {act.event.TOPIC for act in ACTS if act.word in NOT_DRAWN}
    assert {f"verdict {one}" for one in VERDICTS} <= seen.keys()
    assert {f"status {one}" for one in get_args(Status)} <= seen.keys()
    assert {f"basis {one}" for one in BASES} <= seen.keys()


def kept(log: list[bytes], folder: Path) -> str:
    """Where a log lies for `answerable replay`."""
    path = folder / "log.jsonl"
    path.write_bytes(b"\n".join(log))
    return str(path)
