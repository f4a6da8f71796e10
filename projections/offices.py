"""The body that a duty or a recommendation belongs to, at two dates, where one body succeeds
another.

An open matter belongs to the holder of the office, and passes to a successor on its first day
without any act. When the matter is answered or ended, or its last day is over, it is assigned to
the body that holds the office on that day, and counts there from then on. A matter that was late
before stays with the body that was late, and the successor's page lists it apart.
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
    """The body that a matter belongs to on a day."""

    counted_with: str
    """The body to which the matter was assigned; its holder if it is open."""
    now: str
    """The body that holds the office on the day asked about."""
    follow: tuple[tuple[str, Succession], ...]
    """Every known succession of that office, future ones included: the predecessor, and its
    succession with successor and first day. A divided body has several."""

    @property
    def left_behind(self) -> bool:
        """Return whether it was assigned before the present holder took over."""
        return self.counted_with != self.now


def held(register: Service, line: Sequence[tuple[str, date]], assigned_on: date) -> Held:
    """Return the body that a matter belongs to on the register's day.

    `line` are the holders of its office, one after the other, each with its first day.
    `assigned_on` is the register's day, or the earlier one on which the matter was assigned.
    """
    return Held(
        counted_with=[one for one, since in line if since <= assigned_on][-1],
        now=[one for one, since in line if register.day is None or since <= register.day][-1],
        follow=tuple(
            (one, after) for one, _ in line for after in register.successions.get(one, ())
        ),
    )


def response_assigned_on(found: Verdict, on: date) -> date:
    """Return the day on which a response is assigned. It is the first of: the day on which it was
    answered, the day after its last day, and the day asked about."""
    over = [day_after(found.due_on)] if found.due_on is not None else []
    answered = [found.answered_on] if found.answered_on is not None else []
    return min([on, *over, *answered])


def recommendation_assigned_on(state: RecommendationState, on: date) -> date:
    """Return the same for a recommendation: the day on which it ended, the day after its target, or
    the day asked about."""
    days = [on]
    if state.passes_after is not None:
        days.append(day_after(date.fromisoformat(state.passes_after)))
    if state.ended_on is not None:
        days.append(date.fromisoformat(state.ended_on))
    return min(days)


def day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def ended_on(register: Service, body: str) -> date | None:
    """Return the last day of a body's office, if it is over and nobody follows it. A divided body
    is followed by several."""
    line = [one for one, _ in register.line(body)]
    return None if line[-1] in register.successors else register.office_ended_on(line)


RESPONSE_ASSIGNED = sql.SQL("least(%(d)s::date, one.due_on + 1, one.answered_on)")
"""`response_assigned_on` in SQL, for a row `one` of responses."""
RECOMMENDATION_ASSIGNED = sql.SQL("least(%(d)s::date, one.passes_after + 1, one.ended_on)")
"""`recommendation_assigned_on` in SQL, for a row `one` of recommendations."""


COUNTED_WITH = sql.SQL(
    """
    CASE WHEN one.line IS NULL THEN one.body ELSE (
        SELECT held.body FROM unnest(one.line, one.line_since) WITH ORDINALITY
                              AS held (body, since, place)
         WHERE held.since <= {assigned} ORDER BY held.place DESC LIMIT 1) END
    """
).format(assigned=RESPONSE_ASSIGNED)
"""`Held.counted_with` in SQL, for a row `one` of responses."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """The days (end excluded) for which the matters of a body belong to the body asked about. The
    latter is the body itself, a successor, or a body that holds it to account."""

    body: str
    since: date = FIRST
    until: date = LAST
    through: str | None = None
    """For a divided body: only the matters that this successor holds at some time."""
    last: str | None = None
    """Only the matters that pass from this body to nobody."""


def tenures(register: Service, body: str) -> list[Tenure]:
    """Return the bodies whose matters are a body's own, each with its days, as the register stands.
    They are the body itself, its predecessors, its forces and the bodies that answer for it. For a
    panel they are also the bodies that it holds to account, with their forces."""
    found = _held_by(register, body, body, FIRST)
    for before, since in _followed(register, body):
        found += _held_by(register, body, before, since)
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
        found.append(Tenure(other))
        for before, _ in _followed(register, other):
            found += _passing_to(register, other, before)
    return list(dict.fromkeys(found))


def _held_by(register: Service, body: str, given_to: str, since: date) -> list[Tenure]:
    """Return the days for which a body holds the matters that it, or a body before it, was
    given."""
    through = body if given_to != body and register.is_divided(given_to) else None
    until = _until(register, body)
    found = [Tenure(given_to, since, until, through)]
    if len(register.successors.get(body, ())) > 1:
        found.append(Tenure(given_to, until, LAST, through, last=body))
    return found


def _passing_to(register: Service, body: str, before: str) -> list[Tenure]:
    """Return the matters of a former body that another holds at some time, and those that stay with
    a divided body before it."""
    if not register.is_divided(before):
        return [Tenure(before)]
    on_the_way = {
        one
        for line in register.lines(before)
        if body in (names := [name for name, _ in line])
        for one in names[: names.index(body)]
    }
    stay = sorted(one for one in on_the_way if len(register.successors.get(one, ())) > 1)
    return [Tenure(before, through=body), *(Tenure(before, last=one) for one in stay)]


def taken_over(own: Sequence[Tenure]) -> list[Tenure]:
    """Return the days before a body's own: matters assigned then were left behind by others."""
    return [
        Tenure(one.body, FIRST, one.since, one.through)
        for one in own
        if one.since != FIRST and one.last is None
    ]


def _is_of_recommendations(register: Service, one: Tenure) -> bool:
    """Return whether a tenure covers the recommendations to its body too. A recommendation to a
    divided body stays with it, whichever forces its successors hold."""
    line = [name for name, _ in register.line(one.body)]
    return one.through in (None, *line) and one.last in (None, line[-1])


def _until(register: Service, body: str) -> date:
    """Return the first day on which a body's matters belong to a successor."""
    came = register.successors.get(body, ())
    return max(
        (one.on for one in register.successions.get(body, ()) if one.successor in came),
        default=LAST,
    )


def _followed(register: Service, body: str) -> Iterable[tuple[str, date]]:
    """Yield all bodies before a body, each with the day from which their matters are its own."""
    for one, came in register.successors.items():
        for after in register.successions[one]:
            if after.successor == body and body in came:
                for before in sorted(register.with_predecessors([one])):
                    yield before, after.on


def within(
    tenures: Sequence[Tenure], column: sql.Composable, assigned: sql.Composable, *, lines: bool
) -> sql.Composable:
    """Return the SQL condition that a matter is a body's own, by the body in a column and the day
    on which it was assigned. It is empty if no tenure has bounds. `lines` says whether the rows
    `one` have the holders of the matter, one after the other."""
    if all(one == Tenure(one.body) for one in tenures):
        return sql.SQL("")
    return sql.SQL(
        """
        AND EXISTS (
            SELECT FROM unnest(%(tenure_of)s::text[], %(tenure_since)s::date[],
                               %(tenure_until)s::date[], %(tenure_through)s::text[],
                               %(tenure_last)s::text[], %(tenure_of_recommendations)s::bool[])
                        AS tenure (body, since, until, through, last, of_recommendations)
             WHERE tenure.body = {column}
               AND {assigned} >= tenure.since AND {assigned} < tenure.until AND {fits})
        """
    ).format(column=column, assigned=assigned, fits=_FITS_LINE if lines else _OF_RECOMMENDATIONS)


_OF_RECOMMENDATIONS = sql.SQL("tenure.of_recommendations")
_FITS_LINE = sql.SQL(
    """
    (tenure.through IS NULL OR tenure.through = ANY (coalesce(one.line, ARRAY[one.body])))
    AND (tenure.last IS NULL
         OR tenure.last = coalesce(one.line[cardinality(one.line)], one.body))
    """
)


def parameters(register: Service, tenures: Sequence[Tenure]) -> dict[str, Any]:
    """Return the parameters of `within`."""
    return {
        "tenure_of": [one.body for one in tenures],
        "tenure_since": [one.since for one in tenures],
        "tenure_until": [one.until for one in tenures],
        "tenure_through": [one.through for one in tenures],
        "tenure_last": [one.last for one in tenures],
        "tenure_of_recommendations": [_is_of_recommendations(register, one) for one in tenures],
    }
