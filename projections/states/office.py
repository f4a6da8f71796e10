"""The holders of a body's office, and the days on which it is over, from the register. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from ledger import dates
from ledger.states.service import Service
from projections.states.values import OfficeOver
from projections.verdict.silence import Holder, KeepingSaid


def office_over(
    line: Sequence[str], register: Callable[[date], Service], days: Iterable[date]
) -> tuple[OfficeOver, ...]:
    """Return the days on which an office is over and nobody follows it.

    `line` are its holders, one after the other; `register` gives the register as it stands on a
    day; `days` are those on which an entry about bodies takes effect.
    """
    turns = {date.min, *days}
    for each in sorted(turns):
        there = register(each)
        for one in line:
            if (ends := there.bodies[one].ends if one in there.bodies else None) is not None:
                turns.add(dates.shifted(date.fromisoformat(ends), 1))
            turns |= {after.on for after in there.successions.get(one, ())}
    found: list[OfficeOver] = []
    starts = sorted(turns)
    for since, until in zip(starts, [*starts[1:], date.max], strict=True):
        if (last_day := register(since).office_ended_on(line)) is None:
            continue
        if found and (found[-1].until, found[-1].last_day) == (since, last_day):
            found[-1] = OfficeOver(found[-1].since, until, last_day)
        else:
            found.append(OfficeOver(since, until, last_day))
    return tuple(found)


def holders(register: Service, line: Iterable[tuple[str, date]]) -> tuple[Holder, ...]:
    """Return the holders of an office, each with its last day and with its statements on keeping
    its record here. `line` are the holders, each with its first day."""
    found: list[Holder] = []
    for one, since in line:
        said = (
            KeepingSaid(
                each.entry,
                dates.first_day(each.since),
                dates.first_day(each.until) if each.until is not None else None,
            )
            for each in register.keepings.get(one, ())
        )
        found.append(Holder(one, since, register.term(one).ends, tuple(said)))
    return tuple(found)
