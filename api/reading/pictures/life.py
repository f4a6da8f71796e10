"""The life of a recommendation, on one line of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.reading import words
from api.reading.pictures.axis import Tick, years_on
from api.reading.pictures.flags import LANE, Flag, flags
from api.reading.pictures.shapes import LEFT, RIGHT, Marks, marks
from ledger.dates import first_day, last_day
from projections.answers.recommendation import RecommendationState
from projections.language import say


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or is to happen, on a day as far as it is known."""

    shape: str
    label: str
    said: str
    on: str | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days on one of which something happened."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Life:
    """A recommendation as a line of days: acts above it, targets below it."""

    events: Sequence[Event]
    above: Sequence[Flag]
    below: Sequence[Flag]
    marks: Sequence[Marks]
    stretches: Sequence[Stretch]
    ticks: Sequence[Tick]
    today_x: float
    end_x: float
    y: int
    """The middle of the line."""
    height: int

    @property
    def sentence(self) -> str:
        """The picture in words."""
        return "; ".join(f"{one.said}, {words.day(one.on)}" for one in self.events) + "."


def events_of(found: RecommendationState, today: date) -> list[Event]:
    """Return what happened to a recommendation by a day, and its targets, in the order of days.
    Those whose day isn't known come last."""
    dated = [one for one in found.targets if one.on and not one.to_confirm]
    several = len(dated) > 1
    there = [Event("raised", say("raised"), say("Raised"), found.raised_on)]
    for n, target in enumerate(dated, start=1):
        shape = "target" if n == len(dated) else "former"
        number = f" {n}" if several else ""
        said = f"{say('Target')}{number}"
        if shape == "former":
            said = say("%(target)s, which was moved", target=said)
        there.append(Event(shape, f"{say('target')}{number}", said, target.on))
    if claim := found.claim:
        is_done = claim.means == "complete"
        said = words.CLAIMS.get(claim.means, claim.means)
        what = say("claimed") if is_done else said
        what_it_said = say("The force said: %(claim)s", claim=said)
        there.append(Event("claim", what, what_it_said, claim.since))
    for shape, label, said, decided in (
        ("refused", say("refused"), say("Closure refused"), found.refused),
        ("closed", say("closed"), say("Closed"), found.closed),
        ("reopened", say("reopened"), say("Opened again"), found.reopened),
    ):
        if decided:
            there.append(Event(shape, label, said, decided.on))
    there.append(Event("today", say("today"), say("Today"), today.isoformat()))
    return sorted(there, key=lambda one: (one.on is None, one.on or ""))


def draw_life(found: RecommendationState, today: date) -> Life | None:
    """Return a recommendation as a line of days, or None if it isn't known when it was raised."""
    events = events_of(found, today)
    if found.raised_on is None:
        return None
    spans = {one: _span(one, today) for one in events if one.on is not None}
    first = min(lo for lo, _ in spans.values())
    days = max((max(hi for _, hi in spans.values()) - first).days, 1)

    def x(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / days, 1)

    at = {one: x(lo + (hi - lo) // 2) for one, (lo, hi) in spans.items()}
    is_target = {one: one.shape in ("target", "former") for one in at}
    above = flags((at[one], one.label) for one in at if not is_target[one])
    below = flags((at[one], one.label) for one in at if is_target[one])
    y = LANE * (1 + max(one.lane for one in above)) + 10
    under = y + 10 + LANE * (1 + max((one.lane for one in below), default=-1))
    shapes: dict[str, list[tuple[float, float]]] = {}
    for one in at:
        shapes.setdefault(one.shape, []).append((at[one], y))
    return Life(
        events, above, below,
        [marks(name, places) for name, places in shapes.items()],
        [Stretch(x(lo), x(hi) - x(lo)) for lo, hi in spans.values() if lo < hi],
        years_on(first, first + timedelta(days), x(first), x(first + timedelta(days))),
        x(today), max(at.values()), y, under + LANE,
    )  # fmt: skip


def _span(event: Event, today: date) -> tuple[date, date]:
    """Return the days on one of which something happened: by today, but for a target."""
    assert event.on is not None
    lo, hi = first_day(event.on), last_day(event.on)
    return (lo, hi) if event.shape in ("target", "former") else (min(lo, today), min(hi, today))
