"""Who holds the office of a body, and on which days it is over, as the register says it. Pure."""

from collections.abc import Callable, Iterable
from datetime import date

from ledger import dates
from ledger.states.service import Service
from projections.states.values import OfficeOver
from projections.verdict.silence import Holder, KeepingSaid


def office_over(
    body: str, chain: Iterable[str], register: Callable[[date], Service], days: Iterable[date]
) -> tuple[OfficeOver, ...]:
    """Return the days on which a body's office is over and nobody follows it.

    `chain`: the body and all that ever follow it; `register`: as it stands on a day; `days`: those
    on which something that was said of bodies begins to count.
    """
    turns = {date.min, *days}
    for each in sorted(turns):
        there = register(each)
        for one in chain:
            if (ends := there.bodies[one].ends if one in there.bodies else None) is not None:
                turns.add(dates.shifted(date.fromisoformat(ends), 1))
            if (after := there.successions.get(one)) is not None:
                turns.add(after.on)
    found: list[OfficeOver] = []
    starts = sorted(turns)
    for since, until in zip(starts, [*starts[1:], date.max], strict=True):
        if (last_day := register(since).office_ended_on(body)) is None:
            continue
        if found and (found[-1].until, found[-1].last_day) == (since, last_day):
            found[-1] = OfficeOver(found[-1].since, until, last_day)
        else:
            found.append(OfficeOver(since, until, last_day))
    return tuple(found)


def holders(register: Service, body: str) -> tuple[Holder, ...]:
    """Return who holds the office of a body, one after the other, and what each said of keeping its
    record here."""
    found: list[Holder] = []
    since = date.min
    for one in register.followers_ever(body):
        said = (
            KeepingSaid(
                each.entry,
                dates.first_day(each.since),
                dates.first_day(each.until) if each.until is not None else None,
            )
            for each in register.keepings.get(one, ())
        )
        found.append(Holder(one, since, register.term(one).ends, tuple(said)))
        if (after := register.successions.get(one)) is not None:
            since = max(since, after.on)
    return tuple(found)
