"""The bodies that must respond to a report, with the rule and the due date of each, as a report's
preview shows them.

A national thematic concerns every local policing body; any other report the local policing bodies
of the forces that it addresses. Rules that bind by what a report asks (those of commissioners, of
the IOPC) concern the addressees themselves. Pure.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger import dates
from ledger.events import RuleAdopted
from ledger.states import duties
from ledger.states.duties import Due
from ledger.states.service import GROUPS, Service

NATIONAL_THEMATIC = "national_thematic"


_SECTION = re.compile(r"\bs\. ?[0-9]+[A-Z]*")
MOST_NAMED = 6
"""How many bodies a sentence names; of more it says how many."""


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
        """Return whether the rule counts from another day than the report's. A person has to give
        that day with the duty."""
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


def in_words(
    service: Service, bound: Sequence[Responder], published_on: str | None, today: date
) -> list[str]:
    """Return who must respond and by when, a sentence without its end for each rule and question:
    “Who must respond (s.55): all 43 commissioners, by 14 January 2027”."""
    there = service.on(dates.last_day(published_on) if published_on else today)
    groups: dict[tuple[str, str | None], list[Responder]] = {}
    for one in bound:
        groups.setdefault((one.rule.id, one.asks), []).append(one)
    said = []
    for (rule_id, asks), members in groups.items():
        first = members[0]
        section = _SECTION.search(first.rule.citation)
        whose = f"Who must respond ({section[0] if section else rule_id})"
        bodies = [one.body for one in members]
        if set(bodies) == set(there.members(GROUPS[1])) and len(bodies) > MOST_NAMED:
            who = f"all {len(bodies)} commissioners"
        elif len(bodies) > MOST_NAMED:
            who = f"{len(bodies)} bodies"
        else:
            who = " and ".join(there.name(one) for one in bodies)
        due_on = first.due.due_on
        by = f"by {dates.in_words(due_on)}" if due_on else _no_day(first)
        ask = f". A person answers first: {asks}" if asks else ""
        said.append(f"{whose}: {who}, {by}{ask}")
    return said


def _no_day(one: Responder) -> str:
    if one.rule.gives is None:
        return "without a last day: the rule sets no period"
    if one.needs_a_day:
        return f"from the day on which it was {one.rule.counts_from}, which a person gives"
    return "by a day that cannot be told, since the report’s day is not known"


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
