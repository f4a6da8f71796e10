"""What was owed and what was published, as known at a position: a response's verdict on a day.

Kept apart from the rest of the world, so that the same response can be asked about at every
position that there was (`improvement`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.replay.effect import Act, Interval, in_effect, received_on
from ledger.replay.log import Log
from ledger.replay.verdict import Duty, Publication, Verdict, verdict
from ledger.replay.world import Report, place, report_at


@dataclass(frozen=True, slots=True)
class Owed:
    """A response as known at a position: the duty that counts, what moved or lifted it by a day."""

    report: Report
    arose: Act
    duty: Duty
    published: list[Publication]
    """The publications in effect that have the body's comments, whenever they were."""

    def on(self, day: date) -> Verdict:
        return verdict(self.duty, [one.days for one in self.published], day)


def owed(log: Log, reference: str, body: str, known_at: int, on: date) -> Owed | None:
    """A response at two dates; None where no duty had arisen by them."""
    report = report_at(log, reference, known_at)
    if report is None or report.days.hi > on:
        return None
    acts = in_effect(log.filed.get(f"response/{reference}/{body}", []), known_at)
    days = {act.id: place(log, report, act) for act in acts}
    arose = _last([act for act in acts if act.type == "response-duty-arose"])
    if arose is None:
        return None
    return Owed(report, arose, _duty(log, arose, acts, days, on), publications(log, report, acts))


def publications(log: Log, report: Report, acts: Sequence[Act]) -> list[Publication]:
    """Those of the acts by which the body's own comments were published."""
    return [
        Publication(
            place(log, report, act),
            act.line.recorded_on,
            received_on(log, act),
            report.not_before,
            act.occurred_on,
        )
        for act in acts
        if act.type == "response-published" and "comments" in act.data.get("parts", ("comments",))
    ]


def _duty(log: Log, arose: Act, acts: Sequence[Act], days: dict[str, Interval], on: date) -> Duty:
    happened = sorted(
        (act for act in acts if days[act.id].hi <= on),
        key=lambda act: (days[act.id].hi, act.position),
    )
    due_on = original_due_on(log, arose)
    for act in happened:
        if act.type == "extension-granted":  # it gives more time, or it changes nothing
            due_on = max(due_on or date.min, date.fromisoformat(act.data["due_on"]))
    disapplied = any(
        act.type == "duty-disapplied" and due_on is not None and act.line.recorded_on <= due_on
        for act in happened
    )
    has_period = due_on is not None or _period(log, arose) is not None
    return Duty(due_on, _latest(due_on, acts, days, on), has_period, disapplied)


def _latest(
    due_on: date | None, acts: Sequence[Act], days: dict[str, Interval], on: date
) -> date | None:
    """The last day with every extension that may have been granted by then; the last day of all,
    where a disapplication was recorded by that day and not by the other."""
    if due_on is None:
        return None
    latest = due_on
    for act in acts:
        if act.type == "extension-granted" and (days[act.id].lo or date.min) <= on:
            latest = max(latest, date.fromisoformat(act.data["due_on"]))
    lifted = (
        act.type == "duty-disapplied"
        and days[act.id].hi <= on
        and due_on < act.line.recorded_on <= latest
        for act in acts
    )
    return date.max if any(lifted) else latest


def original_due_on(log: Log, arose: Act) -> date | None:
    """The last day of the period, counted anew; where the rule sets none, the day that was given.

    The day of publication is day 1: "beginning with the day on which the report is published"
    (Police Act 1996, s.55(5A)).
    """
    days, day_1 = _period(log, arose), arose.occurred_on
    if days is None:
        given = arose.data.get("due_on")
        return date.fromisoformat(given) if given else None
    if day_1 is None or len(day_1) < len("2025-05-16"):
        return None
    return date.fromisoformat(day_1) + timedelta(days=days - 1)


def _period(log: Log, arose: Act) -> int | None:
    """The days of the period that the rule sets, in the version that the duty names."""
    rule = arose.data["rule"]
    days: int | None = log.rules[rule["id"], rule["version"]].get("period_days")
    return days


def _last(acts: Sequence[Act]) -> Act | None:
    return max(acts, key=lambda act: act.position, default=None)
