"""The body that a duty or a recommendation belongs to, at two dates, where one body succeeds
another.

It is of whoever holds the office, until it is settled: answered or ended, or its last day over.
From then on it is counted with whoever held the office on the day that settled it. An open matter
passes to a successor on its first day without any act on that day. A matter that was late before
stays with the body that was late, and its successor's page lists it apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg import sql

from ledger.states.service import Service, Succession
from projections.states.values import RecommendationState
from projections.verdict.compliance import Verdict

FIRST, LAST = date.min, date.max


@dataclass(frozen=True, slots=True)
class Held:
    """The holder of a matter that was given to a body, on a day."""

    counted_with: str
    """The body that held the office on the day that settled the matter, else its holder."""
    now: str
    """The body that holds the office on the day asked about."""
    follow: tuple[tuple[str, Succession], ...]
    """Every known succession of that office, future ones included: predecessor, successor and
    first day."""

    @property
    def left_behind(self) -> bool:
        """Return whether it was settled before whoever holds the office now held it."""
        return self.counted_with != self.now


def held(register: Service, body: str, settled_on: date) -> Held | None:
    """Return whose a matter of a body is; None where that is followed by nobody, as almost always.

    `register` stands on the day asked about; `settled_on` is that day, or an earlier one that
    settled the matter.
    """
    if body not in register.successions:
        return None
    follow: list[tuple[str, Succession]] = []
    counted_with = now = body
    on = FIRST
    for at in register.followers_ever(body):
        if (after := register.successions.get(at)) is None:
            break
        follow.append((at, after))
        # A body that was succeeded before its own first day never held the office.
        on = max(on, after.on)
        if on <= settled_on:
            counted_with = after.successor
        if register.day is None or on <= register.day:
            now = after.successor
    return Held(counted_with, now, tuple(follow))


def response_settled_on(found: Verdict, on: date) -> date:
    """Return the day by which a response is whose it is: answered, its last day over, or the day
    asked."""
    over = [day_after(found.due_on)] if found.due_on is not None else []
    answered = [found.answered_on] if found.answered_on is not None else []
    return min([on, *over, *answered])


def recommendation_settled_on(state: RecommendationState, on: date) -> date:
    """Return the same of a recommendation: ended, its target over, or the day asked about."""
    days = [on]
    if state.passes_after is not None:
        days.append(day_after(date.fromisoformat(state.passes_after)))
    if state.ended_on is not None:
        days.append(date.fromisoformat(state.ended_on))
    return min(days)


def day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


RESPONSE_SETTLED = sql.SQL("least(%(d)s::date, one.due_on + 1, one.answered_on)")
"""`response_settled_on`, of a row `one` of responses."""
RECOMMENDATION_SETTLED = sql.SQL("least(%(d)s::date, one.passes_after + 1, one.ended_on)")
"""`recommendation_settled_on`, of a row `one` of recommendations."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """The days (end excluded) for which the matters of a body belong to the body asked about: it
    is that body, held its office, or is held to account by it."""

    body: str
    since: date = FIRST
    until: date = LAST


def tenures(register: Service, body: str) -> list[Tenure]:
    """Return the bodies whose matters are a body's own, each with its days, as the register
    stands. They are the body itself, its predecessors, its forces and the body that answers for
    it; for a panel also the bodies that it holds to account, with their forces."""
    found = [
        Tenure(body, until=_until(register, body)),
        *(
            Tenure(before, since, _until(register, body))
            for before, since in _followed(register, body)
        ),
    ]
    term, forces = register.term(body), set(register.forces_until(body))
    registered = register.bodies.get(body)
    for one in registered.holds if registered else ():
        if one.body not in forces:
            continue
        begins = [date.fromisoformat(one.begins)] if one.begins else []
        begins += [term.begins] if term.begins else []
        begins += [
            on
            for before, on in _followed(register, body)
            if one.body in register.forces_until(before)
        ]
        since = max(begins, default=FIRST)
        ends = [day_after(date.fromisoformat(one.ends))] if one.ends else []
        until = min([*ends, _until(register, body)])
        found.append(Tenure(one.body, since, until))
        found += [Tenure(before, since, until) for before, _ in _followed(register, one.body)]
    scrutinised = [one.id for one in register.bodies.values() if one.panel == body]
    others = [
        *scrutinised,
        *(force for one in scrutinised for force in register.forces_until(one)),
        *(responder.id for responder in register.responders_for(body)),
    ]
    for other in others:
        found += [Tenure(one) for one in sorted(register.with_predecessors([other]))]
    return list({one.body: one for one in reversed(found)}.values())[::-1]


def taken_over(own: Sequence[Tenure]) -> list[Tenure]:
    """Return the days before a body's own: what was settled then, others left behind."""
    return [Tenure(one.body, FIRST, one.since) for one in own if one.since != FIRST]


def _until(register: Service, body: str) -> date:
    """Return the first day on which a body's matters are those of the one that follows it."""
    after = register.successions.get(body)
    if after is None or body not in register.successors:
        return LAST
    return after.on


def _followed(register: Service, body: str) -> Iterable[tuple[str, date]]:
    """Return all that a body follows, and from which day what they had is its own."""
    direct = [one for one, after in register.successors.items() if after == body]
    for one in direct:
        since = register.successions[one].on
        for before in sorted(register.with_predecessors([one])):
            yield before, since


def within(
    tenures: Sequence[Tenure], column: sql.Composable, settled: sql.Composable
) -> sql.Composable:
    """Return the condition that a matter is a body's own, by the body in a column and the day that
    settled it. Nothing, where every tenure has no end."""
    if all((one.since, one.until) == (FIRST, LAST) for one in tenures):
        return sql.SQL("")
    return sql.SQL(
        """
        AND EXISTS (
            SELECT FROM unnest(%(tenure_of)s::text[], %(tenure_since)s::date[],
                               %(tenure_until)s::date[]) AS tenure (body, since, until)
             WHERE tenure.body = {column}
               AND {settled} >= tenure.since AND {settled} < tenure.until)
        """
    ).format(column=column, settled=settled)


def parameters(tenures: Sequence[Tenure]) -> dict[str, Any]:
    """Return the parameters of `within`."""
    return {
        "tenure_of": [one.body for one in tenures],
        "tenure_since": [one.since for one in tenures],
        "tenure_until": [one.until for one in tenures],
    }


def offices(register: Service) -> dict[str, Any]:
    """Return who holds which office from when until when (excluded), for the database
    (`HELD_BY`)."""
    rows = []
    for body in register.successors:
        *former, last = register.followers(body)
        since = FIRST
        for one in former:
            on = max(since, register.successions[one].on)
            rows.append((body, one, since, on))
            since = on
        rows.append((body, last, since, LAST))
    of, by, since_, until = zip(*rows, strict=True) if rows else ((), (), (), ())
    return {
        "office_of": list(of),
        "office_by": list(by),
        "office_since": list(since_),
        "office_until": list(until),
    }


HELD_BY = sql.SQL(
    """
    LEFT JOIN unnest(%(office_of)s::text[], %(office_by)s::text[], %(office_since)s::date[],
                     %(office_until)s::date[]) AS office (body, held_by, since, until)
      ON office.body = one.body AND {settled} >= office.since AND {settled} < office.until
    """
).format(settled=RESPONSE_SETTLED)
"""Joined to rows `one`: `office.held_by`, where another than `one.body` may have the matter."""
