"""A body's own word that it keeps its record here: who may give it, end it and take it back."""

from ledger import dates
from ledger.acts.decision import Decision, Notice
from ledger.errors import NotAllowed, Refused
from ledger.events import RecordKeptHere
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE


def keep_record_here(
    decision: Decision, body: str, notice: Notice, *, since: str, until: str | None = None
) -> Entry:
    """Record that a body keeps its record here, or until when it does. The body alone says so.

    A later entry replaces an earlier one for the reports published from its first day on.
    """
    only_that_body(decision, body)
    decision.act_of(notice, body)
    event = RecordKeptHere(body=body, since=since, until=until)
    for name, day in (("from", since), ("until", until)):
        if day is not None and not dates.is_exact(day):
            raise Refused("keeping", f"“{day}” is no day: give {name} to the day.")
    if until is not None:
        if until < since:
            raise Refused("keeping", "The last day lies before the first: correct one of them.")
        not_over(decision, until)
    there = decision.service.kept_here(body, since)
    if there is not None and (there.since, there.until) == (event.since, event.until):
        raise Refused("kept-already", f"This is recorded already: /api/entries/{there.entry}.")
    return decision.add(SERVICE, event, notice, by=body)


def only_that_body(decision: Decision, body: str) -> None:
    """Raise NotAllowed unless the account is the body's: no other body can say this for it."""
    registered = decision.body(body)
    if decision.account.body != body:
        raise NotAllowed(
            f"Only an account of {registered.name} says whether it keeps its record here: ask that "
            "body to record it."
        )


def not_over(decision: Decision, until: str) -> None:
    """Refuse a last day before the day of recording: a body cannot undo what its record said."""
    if until < decision.today.isoformat():
        raise Refused(
            "keeping-over",
            f"A record is kept here at least until the day on which its end is recorded: give "
            f"{dates.in_words(decision.today)} or a later day instead of {dates.in_words(until)}.",
        )
