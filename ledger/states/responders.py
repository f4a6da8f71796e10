"""Who must respond to a report, under which rule and by when: what a report's preview shows.

A national thematic concerns every local policing body; any other report the local policing bodies
of the forces that it addresses. Rules that bind by what a report asks (those of commissioners, of
the IOPC) concern the addressees themselves. Pure.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger import dates
from ledger.events import RuleAdopted
from ledger.states import duties
from ledger.states.duties import Due
from ledger.states.service import GROUPS, Service

NATIONAL_THEMATIC = "national_thematic"


@dataclass(frozen=True, slots=True)
class Responder:
    """A body that a rule binds to respond to a report."""

    body: str
    rule: RuleAdopted
    due: Due
    asks: str | None
    """The question that a person answers before the rule binds the body; None: it asks nothing."""

    @property
    def needs_a_day(self) -> bool:
        """Whether the rule counts from another day than the report's, which a person has to give
        with the duty."""
        return self.rule.counts_from != "published"


def responders(
    service: Service,
    *,
    kind: str,
    publishers: Sequence[str],
    published_on: str | None,
    addressees: Iterable[str],
    today: date,
) -> tuple[Responder, ...]:
    """Return whom the newest adopted rules bind to respond to a report, by the register as it
    stands on the report's day (on today, where that is not known).

    A rule that lists kinds of body binds those; one that lists none binds whoever is addressed, if
    it sets a period.
    """
    there = service.on(dates.last_day(published_on) if published_on else today)
    addressed = [one for one in dict.fromkeys(addressees) if one in there.bodies]
    bodies = there.members(GROUPS[1]) if kind == NATIONAL_THEMATIC else []
    for one in addressed:
        bodies += [one, *(office.id for office in there.responders_for(one))]
    names = names_of(service, publishers)
    found = []
    for body in dict.fromkeys(bodies):
        registered = there.bodies[body]
        rule = duties.choose(
            service.rules.values(),
            report_kind=kind,
            publishers=names,
            body_kind=registered.kind,
            published_on=published_on,
        )
        if rule is None:
            continue
        if registered.kind not in rule.bodies and (rule.gives is None or body not in addressed):
            continue
        due = duties.due(rule, published_on if rule.counts_from == "published" else None)
        asks = duties.question(rule, report_kind=kind, publishers=len(publishers))
        found.append(Responder(body, rule, due, asks))
    return tuple(found)


def names_of(service: Service, publishers: Collection[str]) -> frozenset[str]:
    """Return the names by which rules mean publishers: their ids and kinds, and the ids of the
    bodies that they follow or that follow them."""
    return frozenset(
        name
        for one in publishers
        if one in service.bodies
        for name in (
            service.bodies[one].kind,
            *service.with_predecessors([one]),
            *service.followers_ever(one),
        )
    )
