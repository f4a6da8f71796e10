"""An act as a request records it, by the API or by a form: its subject, its account, and its
recording exactly once."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import g

from api.requests import callers, current
from ledger.acts.decision import Decision
from ledger.acts.table import BODY, ENTRY, MEETING, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.application import How, Recorded, rests_on
from ledger.errors import NotRecorded
from ledger.events.streams import (
    RecommendationId,
    key_of,
    meeting_stream,
    report_stream,
    response_stream,
)
from ledger.states.service import Account

Subject = tuple[tuple[Any, ...], str | None]
"""The subject of an act, as its function takes it, and the stream of its version."""


def recorder_of(act: Act) -> Account:
    """Return the account that asks, if it may record such an act. Raise Unauthorized, NotAllowed,
    or SignInAnew if the person must first prove who they are."""
    account = callers.account_needed()
    callers.needs(account, "record", "recording")
    callers.needs(account, act.scope)
    if act.needs_proof:
        callers.needs_proof()
    return account


def decided(
    account: Account,
    act: Act,
    where: dict[str, str],
    sent: dict[str, Any],
    how: How,
    first: Callable[[Decision], None] | None = None,
    last: Callable[[Decision], None] | None = None,
) -> Recorded:
    """Decide an act, and record it. Raise AnswerableError if it is refused, also by `first` or
    `last`, checks made before and after it is decided. Nothing is checked if this very request was
    recorded before."""
    of, stream = subject(act, where)

    def decide(decision: Decision) -> None:
        if first is not None:
            first(decision)
        act.decide(decision, *of, **sent)
        if last is not None:
            last(decision)

    return current.ledger().decide(account, decide, how, stream, g.pop("look", None))


def wants(act: Act, where: dict[str, str]) -> list[str]:
    """Return the streams that an act will read, as far as the parts of its path name them."""
    if act.on == ENTRY:
        return []
    with suppress(NotRecorded):
        return rests_on(subject(act, where)[1])
    return []


def subject(act: Act, where: dict[str, str]) -> Subject:
    """Return the subject that the parts of an act's path name. Raise NotRecorded if it is
    unknown."""
    if act.on == RECOMMENDATION:
        to = recommendation_named(**where)
        return (to,), to.stream
    if act.on == RESPONSE:
        owed = where["report"], where["body"]
        return owed, response_stream(*owed)
    if act.on == MEETING:
        meeting = where["panel"], where["date"]
        return meeting, meeting_stream(*meeting)
    if act.on == ENTRY:
        entry = current.ledger().entry(where["entry_id"])
        return (entry,), entry.stream
    if act.on == REPORT:
        return (where["report"],), report_stream(where["report"])
    if act.on == BODY:
        return (where["body"],), None
    return (), None


def recommendation_named(report: str, number: str, body: str) -> RecommendationId:
    """Return the recommendation that a path names. Raise NotRecorded if its number is invalid."""
    try:
        return RecommendationId(report, key_of(number), body)
    except ValueError as error:
        raise NotRecorded(str(error)) from None
