"""`replay`, which shares no code with what answers, says at any two dates what answers say.

Histories at random, every act in them, recorded through the real ledger; at random positions and
days every recommendation's, every response's and every count's answer is compared.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.clock import london_date
from ledger.entry import line
from ledger.events import EVENTS
from ledger.recommendation import Status
from ledger.transparency.replay_answers import Answers, answers
from ledger.transparency.replay_compare import differences
from ledger.transparency.replay_log import Line, Log, read
from ledger.transparency.replay_world import World
from projections.compliance import BASES, VERDICTS
from tests.api.town import Town
from tests.projections.every_act import STEPS, Life, Step, live

ASKED = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(-80, 300)), min_size=2, max_size=3, unique=True
)
GROUPS = ("body", "kind", "year")


class Followed:
    """The lines of a town's log, read on from where the last reading ended."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.lines: list[Line] = []
        self._rows: list[bytes] = []

    def of(self, *reports: str) -> Log:
        """A log of what concerns some reports alone: the service, captures, and themselves."""
        while batch := self._town.ledger.log.select_notifications(len(self._rows) + 1, 5000):
            self._rows += [line(one.state, one.id, one.recorded_at) for one in batch]
        self.lines = read(self._rows).lines if not self.lines else self.lines
        if len(self.lines) < len(self._rows):
            self.lines = read(self._rows).lines
        log = Log()
        for one in self.lines:
            kind, *names = one.stream.split("/")
            if kind in ("service", "capture") or (names and names[0] in reports):
                log.add(one)
        return log


def of_the_site(town: Town, groups: Iterable[str], **asked: Any) -> Answers:
    """What the API answers, all pages of it."""

    def listed(path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        after: dict[str, str] = {}
        while True:
            page = town.anybody.reads(path, limit="500", **asked, **after)
            found |= {one["links"]["self"]: one for one in page["items"]}
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    return Answers(
        listed("/api/recommendations"),
        listed("/api/responses"),
        {by: town.anybody.reads("/api/compliance", group_by=by, **asked) for by in groups},
    )


def compared(town: Town, log: Log, life: Life, known_at: int, on: date) -> list[str]:
    """Every difference about the reports of a life, at two dates."""
    dates = {"known_at": str(known_at), "effective_on": on.isoformat()}
    group_by = GROUPS[known_at % len(GROUPS)]
    found = []
    for report in (life.report, life.other):
        mine = answers(World(log, known_at, on), report.reference)
        site = of_the_site(town, (group_by,), report=report.reference, **dates)
        counts = {group_by: mine.compliance[group_by]}
        found += differences(replace(mine, compliance=counts), site)
    return found


def agree(town: Town, examples: int) -> Counter[str]:
    """Live through so many histories; what was seen, by verdict, status and type of entry."""
    seen: Counter[str] = Counter()
    followed = Followed(town)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # a town that lives on cannot be made smaller
    )
    @given(st.lists(STEPS, min_size=25, max_size=45), ASKED, st.integers(0, 1000))
    def lives(steps: list[Step], asked: list[tuple[int, int]], nth: int) -> None:
        began = town.position
        first = max(date(2025, 6, 1), london_date(town.ledger.now()) + timedelta(days=1))
        life = live(town, first, steps, nth)
        log = followed.of(life.report.reference, life.other.reference)
        seen.update(f"entry {one.type}" for one in log.lines if one.position > began)
        for n, day in asked:
            known_at = town.position - n % (town.position - began)
            on = first + timedelta(days=day)
            assert compared(town, log, life, known_at, on) == []
            for report in (life.report, life.other):
                mine = answers(World(log, known_at, on), report.reference)
                seen.update(f"verdict {one['verdict']}" for one in mine.responses.values())
                seen.update(f"basis {one['basis']}" for one in mine.responses.values())
                seen.update(f"status {one['status']}" for one in mine.recommendations.values())
                seen["improved"] += sum(len(x["improved_later"]) for x in mine.responses.values())
        seen.update(f"refused {one}" for one in life.refused.elements())
        seen["histories"] += 1
        seen["questions"] += len(asked)

    lives()
    return seen


@pytest.mark.parametrize("examples", [8, pytest.param(2000, marks=pytest.mark.soak)])
def test_replay_and_the_site_agree_at_any_two_dates(new_town, examples):
    seen: Counter[str] = Counter()
    while seen["histories"] < examples:
        with new_town() as town:
            seen += agree(town, min(100, examples - seen["histories"]))

    assert seen["questions"] >= 2 * examples
    if examples > 1000:  # everything that there is has been seen
        missing = {one.TOPIC for one in EVENTS} - {one.removeprefix("entry ") for one in seen}
        assert missing == set()
        assert {f"verdict {one}" for one in VERDICTS} <= seen.keys()
        assert {f"status {one}" for one in get_args(Status)} <= seen.keys()
        assert {f"basis {one}" for one in BASES} <= seen.keys()
