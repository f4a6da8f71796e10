"""The state of a response: the duties, and what was published to meet them. Pure.

A body may owe several duties about one report, each by a name: a response, and an action plan
within 28 days. Each is judged as if the body owed nothing else: by the entries that are about it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.events import (
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    CopySent,
    DutyConfirmed,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ExtensionGranted,
    RedactionSought,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
    StatementRevised,
    TextRedacted,
    TextReleased,
)
from ledger.events.entry import Entry
from ledger.events.response import RESPONSE
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
    def name(self) -> str:
        """The duty's name."""
        return self.duty_event.name or RESPONSE

    @property
    def forms(self) -> tuple[Known, ...]:
        """Every form of the duty in effect, by position: a corrected report's day makes it anew."""
        return tuple(act for act in self.acts if isinstance(act.data, ResponseDutyArose))

    @property
    def recorder(self) -> str:
        """The body that recorded the duty first, or `service`."""
        return self.forms[0].original.recorded_by.partition("/")[0]

    @property
    def denied(self) -> Known | None:
        """The act by which the body named says that another body recorded the duty in error, where
        nobody has confirmed the duty since."""
        if self.recorder == self.duty.entry.stream.rpartition("/")[2]:
            return None
        found = None
        for act in sorted(self.acts, key=lambda one: one.original.position):
            if isinstance(act.data, DutyConfirmed):
                found = None
            elif (
                isinstance(act.data, DutyDisapplied)
                and act.data.basis == "recorded_in_error"
                and act.entry.provenance == "first_hand"
            ):
                found = act
        return found

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
        """Return what a field of a publication says after its revisions, in the order of the
        acts."""
        assert isinstance(published.data, ResponsePublished)
        if last := self.revisions(published.data.statement, field)[-1:]:
            return last[0].now
        if field == "translation":
            return one.text if (one := published.data.translation) is not None else None
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
        """Return the revisions of a field of a statement, in order: of a passage, that of one
        recommendation, by its key and addressee."""
        return [
            act.data
            for act in self.acts
            if isinstance(act.data, StatementRevised)
            and (act.data.statement, act.data.field) == (statement, field)
            and (field != "passage" or passage_of(act.data) == (key, addressee))
        ]


def passage_of(revised: StatementRevised) -> tuple[str, str]:
    """Return the recommendation whose passage a revision is about: its key and addressee."""
    assert revised.number is not None, "a passage is of a number"
    assert revised.addressee is not None, "and of an addressee"
    return key_of(revised.number), revised.addressee


def explanation(entries: Iterable[Entry], statement: str) -> Known | None:
    """Return what a statement as first published says of the recommendation of a stream, if
    anything."""
    for one in in_effect(entries):
        if isinstance(one.data, CommissionerStatementIssued) and one.data.statement == statement:
            return one
    return None


def response(entries: Sequence[Entry], name: str | None = None) -> Response | None:
    """Return the response that a stream's entries give, or None where no duty is in effect.

    `name`: of one duty, with the acts that are about it; None: with all acts, whichever duty they
    are about, and the duty that was recorded last.
    """
    acts = in_effect(entries if name is None else of_duty(entries, name))
    duties = [act for act in acts if isinstance(act.data, ResponseDutyArose)]
    return Response(duties[-1], tuple(acts)) if duties else None


def duty_names(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the names of the duties that ever arose in a stream, in the order in which they
    did."""
    arose = (one.data for one in entries if isinstance(one.data, ResponseDutyArose))
    return tuple(dict.fromkeys(one.name or RESPONSE for one in arose))


def responses(entries: Sequence[Entry]) -> list[Response]:
    """Return the response to each duty that is in effect, in the order in which they first
    arose."""
    found = (response(entries, name) for name in duty_names(entries))
    return [one for one in found if one is not None]


def of_duty(entries: Sequence[Entry], name: str) -> Sequence[Entry]:
    """Return the entries of a stream that are about one duty, what was done to those included: the
    stream as it would be if the body owed nothing else."""
    if duty_names(entries) == (name,):
        return entries
    about: dict[str, tuple[str, ...]] = {}
    published: dict[str, tuple[str, ...]] = {}
    for one in entries:
        about[one.id] = _duties_of(one, about, published)
        if isinstance(one.data, ResponsePublished):
            published[one.data.statement] = about[one.id]
    return [one for one in entries if name in about[one.id]]


def _duties_of(
    one: Entry, about: Mapping[str, tuple[str, ...]], published: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the duties that an entry is about; `about`: those of the entries before it,
    `published`: of the statements before it."""
    match one.data:
        case ResponseDutyArose(name=name):
            return (name or RESPONSE,)
        case (
            DutyDisapplied(duty=name)
            | DutyConfirmed(duty=name)
            | ExtensionGranted(duty=name)
            | ChiefOfficerCommentsInvited(duty=name)
            | ChiefOfficerCommentsReceived(duty=name)
            | ResponseLookedFor(duty=name)
        ):
            return (name or RESPONSE,)
        case ResponsePublished(duties=names):
            return names or (RESPONSE,)
        case StatementRevised(statement=statement):
            return published.get(statement, ())
        case CopySent():
            return tuple(name for names in published.values() for name in names)
        case (
            EntryCorrected(target=target)
            | EntryRetracted(target=target)
            | EntryDisputed(target=target)
            | TextReleased(target=target)
            | RedactionSought(target=target)
            | TextRedacted(target=target)
        ):
            return about.get(target, ())
        case _:
            raise AssertionError(f"{one.data.TOPIC} stands in the stream of a response")


def retraction_of(entries: Sequence[Entry], name: str) -> Known | None:
    """Return the last retraction in effect of a duty; None where none is."""
    duties = {
        one.id
        for one in entries
        if isinstance(one.data, ResponseDutyArose) and (one.data.name or RESPONSE) == name
    }
    found = [
        one
        for one in known(entries)
        if one.in_effect and isinstance(one.data, EntryRetracted) and one.data.target in duties
    ]
    return found[-1] if found else None


def as_if_standing(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of a stream as if no duty had been retracted."""
    aside = {one.id for one in entries if isinstance(one.data, ResponseDutyArose)}
    found = []
    for one in entries:
        if isinstance(one.data, EntryRetracted) and one.data.target in aside:
            aside.add(one.id)
        else:
            found.append(one)
    return found


def entries_of_statement(entries: Iterable[Entry], statement: str) -> list[Known]:
    """Return the entries of one statement in a stream: correcting or retracting it does so to
    all."""
    return [one for one in known(entries) if getattr(one.data, "statement", None) == statement]
