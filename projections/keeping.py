"""The rule by which the record about a recommendation is kept here. Its addressee says so, or the
body that holds the addressee to account, each by its own statement (`RecordKeptHere`).

The statement covers matters from its first day on, and holds until its end or the end of the
office. Where nobody has said so, a decision that is missing here may have been taken all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import sql

from ledger.dates import is_exact
from ledger.states.service import Service
from projections.states.values import RecommendationState


@dataclass(frozen=True, slots=True)
class Kept:
    """The days (end excluded) such that the record about a recommendation raised on one of them is
    kept here."""

    since: date
    until: date


def kept(register: Service, addressee: str) -> list[Kept]:
    """Return the stretches of days for which the record about recommendations to a body is kept
    here, on the register's day. They do not overlap."""
    owners = _owners(register, addressee)
    turns = sorted({said.since for one in owners for said in register.keepings.get(one, ())})
    return [
        Kept(date.fromisoformat(since), date.fromisoformat(until) if until else date.max)
        for since, until in zip(turns, [*turns[1:], None], strict=False)
        if any(_holds(register, one, since) for one in owners)
    ]


def is_kept(register: Service, state: RecommendationState) -> bool:
    """Return whether the record about a recommendation is kept here on the register's day."""
    if not register.keepings or state.raised_on is None or not is_exact(state.raised_on):
        return False
    raised_on = date.fromisoformat(state.raised_on)
    return any(one.since <= raised_on < one.until for one in kept(register, state.addressee))


KEPT = sql.SQL(
    """
    unnest(%(kept_of)s::text[], %(kept_since)s::date[], %(kept_until)s::date[])
        AS kept (addressee, since, until)
    """
)
"""`kept` in SQL, as rows of all addressees."""
IS_KEPT = sql.SQL(
    """
    kept.addressee = one.addressee AND kept.since <= one.raised_on AND one.raised_on < kept.until
    """
)
"""The join of a row `one` of recommendations with `KEPT`. It has at most one match."""


def parameters(register: Service) -> dict[str, Any]:
    """Return the parameters of `KEPT`."""
    each = [
        (addressee, one)
        for addressee in sorted(set(_concerned(register)))
        for one in kept(register, addressee)
    ]
    return {
        "kept_of": [addressee for addressee, _ in each],
        "kept_since": [one.since for _, one in each],
        "kept_until": [one.until for _, one in each],
    }


def _owners(register: Service, addressee: str) -> list[str]:
    """Return the bodies whose statements cover what is recommended to a body: the holder of its
    office, and the bodies that hold it to account."""
    responders = (one.id for one in register.responders_for(addressee))
    return list(dict.fromkeys([register.office(addressee), *responders]))


def _concerned(register: Service) -> Iterator[str]:
    """Yield the bodies that a statement of any body may cover."""
    for one in register.keepings:
        yield from register.with_predecessors([one])
        yield from register.forces_of(one)


def _holds(register: Service, body: str, raised_on: str) -> bool:
    """Return whether a body's statement on matters of a day holds on the register's day."""
    said = register.kept_here(body, raised_on)
    if said is None or register.day is None:
        return said is not None
    lasts = said.until is None or said.until >= register.day.isoformat()
    return lasts and register.term(body).holds(register.day)
