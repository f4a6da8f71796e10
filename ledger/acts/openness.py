"""Acts on how an entry reads: the right of reply, and the release of an office text."""

from ledger.acts.decision import Decision, Told
from ledger.acts.knowledge import has_say, known_now
from ledger.errors import NotAllowed, Refused
from ledger.events import (
    EntryDisputed,
    KnowledgeEvent,
    RecommendationReviewed,
    TextReleased,
)
from ledger.events.entry import Entry
from ledger.events.streams import kind
from ledger.events.texts import Text
from ledger.states.effect import Known, value_at


def dispute_entry(decision: Decision, target: Entry, told: Told, *, text: Text) -> Entry:
    """Record that a body says that an entry about it is not right. It changes nothing else."""
    one = known_now(decision, target)
    if isinstance(one.data, KnowledgeEvent):
        raise Refused("not-disputable", f"{one.data.an_entry()} is not disputed: its target is.")
    if kind(target.stream) in ("service", "capture"):
        raise Refused(
            "not-disputable",
            f"{one.data.an_entry()} says nothing of a body that it could dispute.",
        )
    account = decision.account
    about = {one.entry.by, *target.stream.split("/")[2:]} - {None}
    if isinstance(one.data, RecommendationReviewed):  # in the panel's stream, about the addressee
        about.add(one.data.recommendation.body)
    concerned = account.body is not None and any(
        decision.service.concerns(account.body, body) for body in about if body
    )
    decision.act_of(told, *filter(None, (account.body or told.by,)))
    if not account.may("admin") and not concerned:
        raise NotAllowed(f"{account.name} is of no body that this entry is about.")
    event = EntryDisputed(target=target.id, text=text)
    return decision.add(target.stream, event, told, by=account.body)


def release_text(decision: Decision, target: Entry, told: Told, *, field: str) -> Entry:
    """Open an office text to everybody. The recording body does, or whose act it is, or one that
    followed either; a note of provenance the recording body alone."""
    one = known_now(decision, target)
    text = _text_of(one, field)
    if (since := one.corrected_by.get(field)) is not None:
        raise Refused(
            "corrected-since",
            f"“{field}” was corrected since, by {since.id}: release `now` of that. What it said "
            "before stays with those who could read it.",
        )
    _may_open(decision, one, field)
    if text.audience == "public":
        raise Refused("public-already", f"“{field}” is public already.")
    for entry in decision.stream(target.stream):
        match entry.data:
            case TextReleased(target=target.id, field=released) if released == field:
                raise Refused("public-already", f"“{field}” was released already.")
    event = TextReleased(target=target.id, field=field)
    return decision.add(target.stream, event, told, by=decision.account.body)


def _text_of(one: Known, field: str) -> Text:
    try:
        value = value_at(one.original, field)
    except (KeyError, IndexError, ValueError, AttributeError):
        value = None
    if not isinstance(value, Text):
        raise Refused("no-such-text", f"{one.data.an_entry()} has no text “{field}”.")
    return value


def _may_open(decision: Decision, one: Known, field: str) -> None:
    account, recorder = decision.account, one.original.recorded_by.partition("/")[0]
    if account.may("admin") or has_say(decision, one.entry, field):
        return
    raise NotAllowed(f"{account.name} has no say over who reads this: {recorder} recorded it.")
