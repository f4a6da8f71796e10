"""Redaction: one account seeks it, another confirms it, and the text is gone from the log."""

from ledger.acts.decision import Decision, Log, Told
from ledger.acts.knowledge import has_say
from ledger.acts.reach import Reached, reached
from ledger.errors import NotAllowed, Refused
from ledger.events import CaptureKept, RedactionSought, TextRedacted
from ledger.events.entry import Entry
from ledger.events.knowledge import Basis
from ledger.events.texts import Text
from ledger.log.redactions import BYTES
from ledger.states.effect import DAY_FIELDS, known, value_at


def seek_redaction(
    decision: Decision, target: Entry, told: Told, *, field: str, basis: Basis
) -> Entry:
    """Ask that a text be deleted. Set aside or not, an entry shows its texts, so any is taken."""
    _is_text(target, field)
    _all_theirs(decision, [(target, field)])
    _not_redacted(decision, target, field)
    for one in _open(decision, target):
        if _sought(one).field == field:
            raise Refused(
                "sought-already",
                f"The redaction of “{field}” is sought already, by entry {one.id}: another "
                f"account than {one.recorded_by} confirms it there.",
            )
    event = RedactionSought(target=target.id, field=field, basis=basis)
    return decision.add(target.stream, event, told, by=decision.account.body)


def confirm_redaction(decision: Decision, named: Entry, told: Told) -> Entry:
    """Delete the text, and all that repeats it, each with an entry of its own.

    `named` is the request, or the entry whose text it is about, if that has one request.
    """
    request = _request(decision, named)
    sought = _sought(request)
    target = next(one for one in decision.stream(request.stream) if one.id == sought.target)
    unconfirmed(decision, request)
    _not_redacted(decision, target, sought.field)
    if decision.account.name == request.recorded_by:
        raise Refused(
            "same-account",
            f"{request.recorded_by} sought this redaction: another account has to confirm it.",
        )
    _all_theirs(decision, [(target, sought.field)])
    gone = [
        one
        for one in reached(decision, target, sought.field, sought.basis)
        if not _redacted(decision, one.entry, one.field)
    ]
    _all_theirs(decision, [(one.entry, one.field) for one in gone])
    _is_held(gone, decision.log)
    recorded = [_redact(decision, one, request, told) for one in gone]
    return recorded[0]


def unconfirmed(decision: Decision, request: Entry) -> None:
    """Refused where a request was confirmed, or set aside."""
    for one in known(decision.stream(request.stream)):
        if isinstance(one.data, TextRedacted) and one.data.sought == request.id:
            raise Refused("redacted-already", f"This redaction was confirmed, by entry {one.id}.")
        if one.id == request.id and not one.in_effect:
            raise Refused("set-aside", f"This request was set aside, by {one.set_aside_by}.")


def _redact(decision: Decision, one: Reached, request: Entry, told: Told) -> Entry:
    event = TextRedacted(
        target=one.entry.id,
        field=one.field,
        basis=_sought(request).basis,
        sought=request.id,
        length=one.length,
    )
    return decision.add(one.entry.stream, event, told, by=decision.account.body)


def _sought(request: Entry) -> RedactionSought:
    assert isinstance(request.data, RedactionSought)
    return request.data


def _request(decision: Decision, named: Entry) -> Entry:
    """The request that is meant: itself, or the only one about an entry."""
    if isinstance(named.data, RedactionSought):
        return named
    match _open(decision, named):
        case [one]:
            return one
        case []:
            raise Refused(
                "not-sought",
                "No redaction of this entry is sought: seek it first, at "
                f"/api/entries/{named.id}/redaction.",
            )
        case several:
            raise Refused(
                "which-redaction",
                "Several redactions of this entry are sought, confirm each by its own entry: "
                + ", ".join(one.id for one in several)
                + ".",
            )


def _open(decision: Decision, target: Entry) -> list[Entry]:
    """The requests about an entry that are neither confirmed nor set aside."""
    entries = decision.stream(target.stream)
    confirmed = {one.data.sought for one in entries if isinstance(one.data, TextRedacted)}
    return [
        one.entry
        for one in known(entries)
        if isinstance(one.data, RedactionSought)
        and one.data.target == target.id
        and one.in_effect
        and one.id not in confirmed
        and not _redacted(decision, target, one.data.field)
    ]


def _redacted(decision: Decision, target: Entry, field: str) -> Entry | None:
    """The entry by which a text was redacted, if it was."""
    for one in decision.stream(target.stream):
        match one.data:
            case TextRedacted(target=target.id, field=redacted) if redacted == field:
                return one
    return None


def _not_redacted(decision: Decision, target: Entry, field: str) -> None:
    if (by := _redacted(decision, target, field)) is not None:
        raise Refused("redacted-already", f"“{field}” was redacted already, by entry {by.id}.")


def _is_held(gone: list[Reached], held: Log) -> None:
    """Refused where nothing of it is there: then nothing would be deleted, and the log would say
    that it was."""
    there = held.openings([one.entry.position for one in gone if one.field != BYTES])
    if not any(
        held.bytes_at(one.entry.position) is not None
        if one.field == BYTES
        else (one.entry.position, one.field) in there
        for one in gone
    ):
        raise Refused(
            "nothing-held",
            "None of this text is here any more, so there is nothing to delete. Whoever runs the "
            "service finds out by `answerable audit` whether it was lost, and brings it back from "
            "a backup before it is redacted.",
        )


def _is_text(target: Entry, field: str) -> None:
    if field == BYTES and isinstance(target.data, CaptureKept):
        return
    try:
        value = value_at(target, field)
    except (KeyError, IndexError, ValueError, AttributeError):
        value = None
    if isinstance(value, Text):
        return
    if field in DAY_FIELDS or isinstance(value, str | int):
        raise Refused(
            "no-text",
            f"“{field}” is no text: titles, addresses, days and listed words are in the entry "
            "itself, and cannot be redacted.",
        )
    raise Refused("no-such-text", f"{target.data.an_entry()} has no text “{field}”.")


def _all_theirs(decision: Decision, places: list[tuple[Entry, str]]) -> None:
    """NotAllowed unless the account's body has a say over all these texts; an admin has."""
    account = decision.account
    if account.may("admin"):
        return
    others = [entry for entry, field in places if not has_say(decision, entry, field)]
    if others:
        raise NotAllowed(
            f"{account.name} has no say over these texts, which others recorded: "
            + ", ".join(f"{one.id} ({one.recorded_by})" for one in others)
            + ". An account with the scope “admin” has."
        )
