"""Many histories in one site at once, so that one question is about all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.api.site import NOTE, PFCC, Site, statement
from tests.api.site import recommendation as recommended
from tests.projections.every_act import BODIES, FORCES, Life, Step, step

History = tuple[int, list[Step]]
"""Which report it begins with, and the steps."""


@dataclass(frozen=True)
class Lived:
    """A database with a site in which histories were lived through."""

    template: str
    began: int
    """The last position before."""
    first: date
    last: date
    refused: Counter[str]


def drawn(chance: Random, many: int) -> list[History]:
    """Return so many histories, all from one seed, so that none comes to be what its neighbour
    is."""
    return [
        (chance.randint(0, 1000), [step(chance) for _ in range(chance.randint(20, 50))])
        for _ in range(many)
    ]


def begin(site: Site, first: date, nth: int) -> Life:
    """Publish a report of some days before a day, and one beside it."""
    address = f"https://first.example/{site.position}"
    both = {"addressees": list(FORCES)}
    published = (first - timedelta(days=(0, 3, 50, 70)[nth % 4])).isoformat()
    report = site.publish(
        site.admin,
        source=NOTE,
        key_findings="Much was found.",
        published_on=(published, published, published[:7], None)[nth // 4 % 4],
        bodies=list(BODIES) if nth % 3 else [PFCC],
        same_as=[address],
        **({"publishers": ["hmicfrs", "hmi-prisons"]} if nth % 6 == 0 else {}),
        listed_by=("report", "report", "response")[nth // 5 % 3],
        recommendations=[
            recommended("1", kind="cause_of_concern", **both),
            recommended("02", **({"parent": "1"} if nth % 2 else {}), **both),
            recommended("3", **both, target={"on": first.isoformat(), "phrase": "Now"}),
            recommended("afi-1", kind="afi", **both),
        ],
    )
    other = site.publish(
        site.admin,
        source=NOTE,
        kind=("state_of_policing", "peel")[nth // 7 % 2],
        published_on=("2017-05-01", published)[nth // 3 % 2],
        bodies=[],
        recommendations=[recommended("1")],
    )
    due = max((first + timedelta(days=nth % 60 - 10)).isoformat(), published)
    duty = {"rule": "manual", "due_on": due, "source": NOTE}
    by_hand = site.admin.records(f"/api/responses/{other.reference}/{BODIES[nth % 2]}/duties", duty)
    life = Life(site, first, address, report, other, first)
    life.remember(by_hand["events"])
    for one in (report, other):
        life.remember(one.answer["events"])
    if nth % 4:  # the chief officer's comments, and now and then a response without them
        said = {"occurred_on": first.isoformat(), "text": "C.", "source": NOTE}
        life.remember(site.clerk.records(f"{report.response}/comments", said)["events"])
    if nth % 4 in (1, 2):
        said = statement(first.isoformat(), explanations=[]) | {"by": PFCC, "source": NOTE}
        life.remember(site.admin.records(f"{report.response}/statement", said)["events"])
    return life


def live(site: Site, first: date, histories: Sequence[History]) -> list[Life]:
    """Live through histories side by side from one day on, each day's steps one by one in turn."""
    site.clock.set(f"{first}T08:00:00+00:00")
    site.clerk.post(f"/api/bodies/{PFCC}/keeping", {"from": "2005-01-01"})  # once: then it is said
    lives = [begin(site, first, nth) for nth, _ in histories]
    due: list[tuple[date, int, int, Step]] = []
    for n, (_, steps) in enumerate(histories):
        day = first
        for k, one in enumerate(steps):
            day += timedelta(days=one.later)
            due.append((day, k, n, one))
    today = first
    for day, _, n, one in sorted(due, key=lambda each: each[:3]):
        if day != today:
            site.clock.set(f"{day}T09:00:00+00:00")
            today = day
        lives[n].take(one, day)
        if one.catch_up:
            site.catch_up()
    site.catch_up()
    return lives
