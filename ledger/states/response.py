"""The state of a response: the duty, and what was published to meet it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.events import (
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    ExtensionGranted,
    ResponseDutyArose,
    ResponsePublished,
    StatementRevised,
)
from ledger.events.entry import Entry
from ledger.events.streams import key_of
from ledger.events.texts import Text
from ledger.states.effect import Known, in_effect, known


@dataclass(frozen=True, slots=True)
class Response:
    """A response stream's acts in effect."""

    duty: Known
    """The duty as last worked out: a corrected report's day makes it anew."""
    acts: tuple[Known, ...]
    """All acts in effect, the duty's forms included, by position unless put in another order."""

    @property
    def duty_event(self) -> ResponseDutyArose:
        assert isinstance(self.duty.data, ResponseDutyArose)
        return self.duty.data

    @property
    def published(self) -> tuple[Known, ...]:
        """Every publication in effect, by position."""
        return tuple(act for act in self.acts if isinstance(act.data, ResponsePublished))

    @property
    def due_on(self) -> str | None:
        """The day by which it is due, extensions included."""
        granted = [a.data.due_on for a in self.acts if isinstance(a.data, ExtensionGranted)]
        days = (self.duty_event.due_on, *granted)
        return max((day for day in days if day is not None), default=None)

    def as_revised(self, published: Known, field: str) -> str | Text | None:
        """What a field of a publication says after its revisions, in the order of the acts."""
        assert isinstance(published.data, ResponsePublished)
        if last := self.revisions(published.data.statement, field)[-1:]:
            return last[0].now
        if field != "chief_officer_comments":
            first: str | Text | None = getattr(published.data, field)
            return first
        if field not in published.data.parts:
            return None
        received = [
            a.data.text for a in self.acts if isinstance(a.data, ChiefOfficerCommentsReceived)
        ]
        return received[-1] if received else None

    def revisions(
        self, statement: str, field: str, key: str | None = None, addressee: str | None = None
    ) -> list[StatementRevised]:
        """The revisions of a field of a statement, in order: of a passage, that of one
        recommendation, by its key and addressee."""
        return [
            act.data
            for act in self.acts
            if isinstance(act.data, StatementRevised)
            and (act.data.statement, act.data.field) == (statement, field)
            and (field != "passage" or passage_of(act.data) == (key, addressee))
        ]


def passage_of(revised: StatementRevised) -> tuple[str, str]:
    """The recommendation whose passage a revision is about: its key and addressee."""
    assert revised.number is not None, "a passage is of a number"
    assert revised.addressee is not None, "and of an addressee"
    return key_of(revised.number), revised.addressee


def explanation(entries: Iterable[Entry], statement: str) -> Known | None:
    """What a statement as first published says of the recommendation of a stream, if anything."""
    for one in in_effect(entries):
        if isinstance(one.data, CommissionerStatementIssued) and one.data.statement == statement:
            return one
    return None


def response(entries: Iterable[Entry]) -> Response | None:
    """The response that a stream's entries give, or None where no duty is in effect."""
    acts = in_effect(entries)
    duties = [act for act in acts if isinstance(act.data, ResponseDutyArose)]
    return Response(duties[-1], tuple(acts)) if duties else None


def entries_of_statement(entries: Iterable[Entry], statement: str) -> list[Known]:
    """The entries of one statement in a stream: correcting or retracting it does so to all."""
    return [one for one in known(entries) if getattr(one.data, "statement", None) == statement]
