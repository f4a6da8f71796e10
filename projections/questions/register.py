"""Questions about the register: its bodies and their ties, the rules, and the keys of the log."""

from collections.abc import Mapping
from typing import TypeVar

from ledger.dates import rfc3339
from ledger.errors import Fault, Unfit
from projections.answers.parts import NamedBody
from projections.answers.register import (
    BodiesList,
    KeyAdded,
    KeysList,
    LogKey,
    RulesList,
    body_listed,
    rule_adopted,
)
from projections.questions.question import Question, recorded_at

_One = TypeVar("_One")


def bodies(question: Question, after: str | None = None, limit: int | None = None) -> BodiesList:
    """Return the register of bodies, or a page of it. Raise Unfit if `after` is not one of them."""
    register = question.register
    here, then = _page(register.bodies, after, limit)
    return BodiesList(
        items=[body_listed(register, one.id) for one in here],
        next=then,
        as_of=question.as_of,
    )


def rules(question: Question, after: str | None = None, limit: int | None = None) -> RulesList:
    """Return the adopted rules in every version, or a page of them. Raise Unfit if `after` is not
    one of them."""
    each = {f"{name}/{version}": one for (name, version), one in question.register.rules.items()}
    here, then = _page(each, after, limit)
    return RulesList(items=list(map(rule_adopted, here)), next=then, as_of=question.as_of)


def _page(
    each: Mapping[str, _One], after: str | None, limit: int | None
) -> tuple[list[_One], str | None]:
    """Return at most `limit` things after a name, and the last one's name if more follow."""
    names = list(each)
    if after and after not in each:
        sentence = f"“{after[:80]}” is no cursor: give the one that the last page gave as next."
        raise Unfit(sentence, Fault("after", sentence))
    begin = names.index(after) + 1 if after else 0
    here = names[begin : None if limit is None else begin + limit]
    goes_on = bool(here) and here[-1] != names[-1]
    return [each[name] for name in here], here[-1] if goes_on else None


def keys(question: Question) -> KeysList:
    """Return the keys that seal or sealed the log, in the order in which they came into use."""
    found = question.register.keys
    since = recorded_at(question.conn, {one.added for one in found.known.values()})
    return KeysList(
        items=[
            LogKey(
                vkey=one.vkey,
                in_use=one.in_use,
                added=KeyAdded(position=one.added, recorded_at=rfc3339(since[one.added])),
                retired_from=one.retired_from,
                compromised_from=one.compromised_from,
            )
            for one in found.known.values()
        ],
        held_from=found.held_from,
        as_of=question.as_of,
    )


def office_of(question: Question, body: str) -> str:
    """Return the local policing body that holds a force to account on the day asked about; for any
    other body, the body itself."""
    return next((one.id for one in question.register.responders_for(body)), body)


def offices_of(question: Question, body: str) -> list[NamedBody]:
    """Return the local policing bodies that a panel holds to account, or that hold a force to
    account, on the day asked about."""
    register, day = question.register, question.when.effective_on
    held = [
        one
        for one in register.bodies.values()
        if one.panel == body and register.term(one.id).holds(day)
    ]
    return [NamedBody(id=one.id, name=one.name) for one in held or register.responders_for(body)]


def forces_of(question: Question, body: str) -> list[str]:
    """Return the forces that a body holds to account on the day asked about."""
    return question.register.forces_of(body)
