"""Sentences about acts: who did what, and how long afterwards it was recorded."""

from typing import Protocol

from api.reading.texts import apart, body_of
from api.reading.words import CLAIMS, day, lag, short, short_moment_day
from ledger.events import (
    BY_TOPIC,
    AnyEvent,
    ResponseDutyArose,
    StatementRevised,
    TargetDateSet,
    UpdateReceived,
)
from ledger.events.recommendation import Claim
from projections.language import Table, say

ACTS = {
    "report-published": "published the report",
    "report-revised": "changed what the report’s page says",
    "report-graded": "graded a body",
    "report-taken-over": "took the report over",
    "response-duty-arose": "A response is owed",
    "duty-disapplied": "said that the duty does not apply",
    "duty-confirmed": "confirmed that the duty stands",
    "extension-granted": "was given more time",
    "chief-officer-comments-invited": "asked the chief officer for comments",
    "chief-officer-comments-received": "sent the chief officer’s comments",
    "response-published": "published its response",
    "response-looked-for": "looked for the response and did not find it",
    "statement-revised": "changed what its response says",
    "copy-sent": "sent a copy of its response",
    "recommendation-raised": "raised it",
    "assurance-sought": "asked for assurance",
    "update-received": "gave an update",
    "commissioner-statement-issued": "answered it in its response",
    "target-date-set": "set the target",
    "closure-proposed": "asked for closure",
    "closure-confirmed": "closed it",
    "closure-refused": "refused closure",
    "reopened": "opened it again",
    "withdrawn": "withdrew it",
    "superseded": "put another in its place",
    "repeat-noted": "noted that it repeats an earlier one",
    "paper-issued": "issued a paper",
    "meeting-held": "met",
    "recommendation-reviewed": "reviewed it",
    "capture-kept": "kept a copy",
    "account-opened": "opened an account",
    "account-closed": "closed an account",
    "scope-granted": "gave an account a right",
    "scope-revoked": "took a right from an account",
    "key-added": "added a key",
    "key-retired": "retired a key",
    "key-compromised": "said that a key is not to be trusted",
    "sealing-resumed": "went on sealing",
    "clock-was-wrong": "said that the clock was wrong",
    "body-registered": "registered a body",
    "body-changed": "changed what the register says of a body",
    "body-succeeded": "recorded that a body follows another",
    "record-kept-here": "said that it keeps its record here",
    "rule-adopted": "adopted a rule",
    "list-compared": "compared a list of reports",
    "entry-corrected": "corrected an entry",
    "entry-retracted": "set an entry aside",
    "entry-disputed": "disputes an entry",
    "text-released": "opened a text to everybody",
    "redaction-sought": "asked that a text be deleted",
    "text-redacted": "deleted a text",
}
"""The words for an act, by the type of the entry. It follows the name of who did it. `done` gives a
text for a type that is missing here."""
_SAID = Table(ACTS)


class Acted(Protocol):
    """An entry as a sentence about it needs it."""

    @property
    def event(self) -> AnyEvent: ...
    @property
    def by(self) -> str | None: ...
    @property
    def by_name(self) -> str | None: ...
    @property
    def recorded_by(self) -> str: ...
    @property
    def recorded_at(self) -> str: ...
    @property
    def known_on(self) -> str | None: ...


def act(entry: Acted) -> str:
    """`HMICFRS refused closure`: who did what, of an entry as a trail has it."""
    return " ".join(part for part in act_in_two(entry) if part)


def done(topic: str) -> str:
    """Return what somebody did by an entry of this type. If ACTS lacks the type, return the first
    sentence of the event's declaration."""
    if topic in ACTS:
        return _SAID[topic]
    said = " ".join((BY_TOPIC[topic].__doc__ or topic).split())
    return said.partition(". ")[0].rstrip(".")


def act_in_two(entry: Acted) -> tuple[str, str]:
    """Return the same in two parts, the second being the one that can be corrected: (`Cumbria
    Constabulary:`, `on track`)."""
    event = entry.event
    topic = event.TOPIC
    did = done(topic)
    if isinstance(event, StatementRevised) and event.field == "translation" and event.was is None:
        did = say("published its response in another language too")
    who = apart(short(entry.by or "", entry.by_name) or body_of(entry.recorded_by))
    match event:
        case ResponseDutyArose(due_on=due):  # the law brings it about, and nobody does
            return (say("%(owed)s, by", owed=did), day(due)) if due else (did, "")
        case UpdateReceived(remark=True):
            return say("%(who)s made a remark", who=who), ""
        case UpdateReceived(claim=Claim(means=means)):
            return f"{who}:", CLAIMS.get(means, means)
        case TargetDateSet(on=on):
            return say("%(who)s %(did)s:", who=who, did=did), day(on)
        case _ if topic in ACTS:
            return say("%(who)s %(did)s", who=who, did=did), ""
        case _:
            return f"{who}: {did}", ""


def recorded(entry: Acted) -> str:
    """Return when an act was recorded: `recorded the same day`, `recorded 22 days after`, `recorded
    on 1 August 2025`."""
    after = lag(entry.known_on, entry.recorded_at)
    return say("recorded %(when)s", when=after or short_moment_day(entry.recorded_at))
