"""The question of a request, at its two dates or between two moments, and its filters."""

import re
from collections.abc import Mapping
from typing import Any, cast

from flask import g, request

from api.requests.callers import account
from api.requests.current import is_sealed, ledger, sealed, settings, waits
from ledger.errors import Fault, Refused, Unfit
from projections.as_of import as_far_as
from projections.head import head
from projections.questions import filters as named_filters
from projections.questions.question import Question, asking
from projections.questions.span import Between, between
from projections.waiting import NotThereYet

_MOMENTS = {"known_at", "effective_on", "min_position", "from", "to", "since_meeting"}


def filters(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filters of a list's request: all fields but its moments and empty ones, as
    `with_ids` does."""
    found = with_ids(asked)
    return {name: value for name, value in found.items() if name not in _MOMENTS and value != ""}


def with_ids(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request asks, with the ids of the bodies that it names. Raise Unfit if it names
    a body or a report that does not exist."""
    return named_filters.with_ids(ledger(), asked)


def of_this_log(asked: Mapping[str, Any]) -> None:
    """Raise Refused for a position of another log, since positions of two logs cannot be
    compared."""
    ours, theirs = settings().origin, asked.get("origin")
    if theirs and theirs != ours:
        raise Refused(
            "another-log",
            f"This log is {ours}, not {theirs[:200]}: your position is of that one. Read this one "
            "from its beginning (after=0).",
        )


def question() -> Question:
    """Return the request's question at its two dates, after waiting for its `min_position`. There
    is one for each request; its connection is released when the request ends."""
    if "question" not in g:
        g.question = _begin(asked("known_at"), asked("effective_on"))
    return cast(Question, g.question)


def _begin(known_at: str | None = None, effective_on: str | None = None) -> Question:
    g.asking = asking(
        ledger(),
        account(),
        known_at,
        effective_on,
        min_position=_min_position(),
        patience=settings().follow_wait,
        waits=waits(),
    )
    begun = cast(Question, g.asking.__enter__())
    begun.lang = g.get("lang", "en")  # a page in Welsh has the Welsh names of bodies
    return begun


def let_go(_: BaseException | None) -> None:
    """Give back the connection of the request's question, if it asked one."""
    if (begun := g.pop("asking", None)) is not None:
        begun.__exit__(None, None, None)


def question_sealed() -> Question:
    """Return a question about what is sealed, which alone leaves as entries.

    A question about a position or moment waits for its seal. Where no sealer ever signed, the
    horizon is the log's end.
    """
    wanted, horizon = question(), sealed().size()
    asked_for = wanted.when
    if horizon == 0 or asked_for.position <= horizon:
        return wanted
    least = asked_for.position if asked_for.known_at is not None else _min_position()
    if least > horizon:
        if not is_sealed(least):
            raise NotThereYet(f"The log is sealed up to {horizon}, not yet to {least}. Try again.")
        horizon = sealed().size()
    if horizon < asked_for.position:
        return wanted.at(as_far_as(wanted.conn, asked_for, horizon))
    return wanted


def asked(name: str) -> str | None:
    """Return the value of a name in the address; None for an empty field of a form."""
    return request.args.get(name) or None


def present() -> Question:
    """Return the question as known now, for a request about two moments."""
    if "now" not in g:
        g.now = _begin()
    return cast(Question, g.now)


def compared(since: str | None = None) -> tuple[Question, Between]:
    """Return the question at the second of the request's two moments, and the span, after waiting
    for its `min_position`. `since` stands for the first moment if the request gives none.
    `known_at` is another name of `to`."""
    until, known_at = asked("to"), asked("known_at")
    if until is not None and known_at is not None and until != known_at:
        sentence = "to and known_at are one thing here: give one of them."
        raise Unfit(sentence, Fault("to", sentence))
    now = present()
    found = between(
        now.conn,
        now.now or head(now.conn),
        since=asked("from") or since,
        until=until or known_at,
        effective_on=asked("effective_on"),
        since_meeting=asked("since_meeting"),
        patience=now.patience,
        waits=now.waits,
    )
    return now.at(found.second), found


def _min_position() -> int:
    given = asked("min_position")
    if given is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,16}", given):
        sentence = f"“{given[:80]}” is no position: give min_position as a whole number."
        raise Unfit(sentence, Fault("min_position", sentence))
    return int(given)
