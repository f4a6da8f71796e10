"""The recommendations of the country at the end of each quarter, by status: as known at that end,
and as known now."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from psycopg import sql

from ledger.dates import london_date
from ledger.states.recommendation import Status
from projections.questions.question import Question
from projections.read_models.rectangles import quarter

Group = Literal["open", "claimed", "closed"]
GROUPS: Mapping[Group, tuple[Status, ...]] = {
    "open": ("open", "refused", "reopened"),
    "claimed": ("claimed_complete", "closure_proposed"),
    "closed": ("closed",),
}
"""What is counted together. Withdrawn and superseded recommendations belong to none."""
MOST = 40
"""At most so many quarters, the latest ones."""

# A step counts as known then from the later of its two quarters on: the one in which it was
# recorded, and the one at whose end it holds.
_STEPS = """
    SELECT quarter, greatest(quarter, date_trunc('quarter', recorded_on::timestamp)::date) AS known,
           status, sum(steps) AS steps
      FROM projections.status_steps
     WHERE quarter <= %(d)s AND {known} GROUP BY quarter, known, status
"""
_RECORDED_BEFORE = sql.SQL("recorded_on < %(before)s")
_RECORDED_BEFORE_ENTRY = sql.SQL(
    "recorded_on < (SELECT (counted_at AT TIME ZONE 'Europe/London')::date"
    "                 FROM ledger.counted_entries WHERE position = %(k)s)"
)


@dataclass(frozen=True, slots=True)
class QuarterEnd:
    """The numbers at the end of a quarter."""

    on: date
    """Its last day."""
    then: Mapping[Group, int]
    """As known on that day."""
    now: Mapping[Group, int]


def quarter_ends(question: Question) -> list[QuarterEnd]:
    """Return the numbers at the end of each quarter that is over, since the first recommendation.

    Steps are kept by the day of recording. So `now` means everything that is recorded if the
    question is about now, and otherwise everything recorded up to the end of the last day that is
    over at the moment asked about.
    """
    lists = question.listed
    query = sql.SQL(_STEPS).format(known=_known(lists))
    rows = lists.conn.execute(query, {**lists.dates, "before": _before(lists)}).fetchall()
    then: dict[date, Counter[str]] = {}
    now: dict[date, Counter[str]] = {}
    for began, known, status, steps in rows:
        then.setdefault(known, Counter())[status] += int(steps)
        now.setdefault(began, Counter())[status] += int(steps)
    first = min(now, default=None)
    if first is None:
        return []
    found: list[QuarterEnd] = []
    as_then, as_now = Counter[str](), Counter[str]()
    for began, last in _quarters(first, lists.when.effective_on):
        as_then.update(then.get(began, {}))
        as_now.update(now.get(began, {}))
        found.append(QuarterEnd(last, _grouped(as_then), _grouped(as_now)))
    return found[-MOST:]


def _known(lists: Question) -> sql.Composable:
    if lists.when.known_at is None:
        return sql.SQL("TRUE")
    return _RECORDED_BEFORE_ENTRY if lists.when.moment is None else _RECORDED_BEFORE


def _before(lists: Question) -> date | None:
    """Return the first London day that is not over at the moment asked about."""
    moment = lists.when.moment
    return london_date(moment + timedelta(microseconds=1)) if moment else None


def _grouped(counts: Mapping[str, int]) -> dict[Group, int]:
    return {group: sum(counts.get(one, 0) for one in of) for group, of in GROUPS.items()}


def _quarters(first: date, day: date) -> Iterator[tuple[date, date]]:
    """Yield the quarters from one on that end before a day, each by its first and last day."""
    began = first
    while (after := quarter(began + timedelta(days=95))) <= day:
        yield began, after - timedelta(days=1)
        began = after
