"""States and entries as answers: plain dicts in the contract's shapes, for one reader and one pair
of dates; null where a text was redacted, and beside it why.

Who may read which text is said here, and one query opens all that an answer needs. A stream's
entries are a trail: what each said, for whom it is open, what set it aside, and what is held of the
captures that it cites.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, wraps
from operator import attrgetter
from typing import Any, Literal, TypeVar, get_args, get_type_hints

from msgspec.structs import asdict, replace

from ledger.dates import london_date, rfc3339
from ledger.events import (
    CaptureKept,
    EntryCorrected,
    EntryDisputed,
    RecommendationRaised,
    ResponseDutyArose,
)
from ledger.events.entry import Entry, bare, texts, to_plain
from ledger.events.response import RESPONSE
from ledger.events.texts import Audience, Opening, Text
from ledger.log.redactions import Place, Redaction
from ledger.states.duties import worked_out
from ledger.states.effect import CapturedOn, Known, happened, known
from ledger.states.report import Report
from ledger.states.service import Account, Service
from projections import offices
from projections.answers.register import kept_here
from projections.as_of import At
from projections.states import response
from projections.states.recommendation import days_overdue, target
from projections.states.response import publication
from projections.states.values import (
    DecisionLine,
    JudgedResponse,
    Kept,
    PublicationLine,
    RecommendationState,
    ReportState,
    RevisionLine,
    Said,
    TargetLine,
)
from projections.verdict.working import headline


@dataclass(frozen=True)
class Reader:
    """Who reads: an account, or anybody."""

    account: Account | None
    service: Service

    def may_read(self, audience: Audience, by: str | None, recorded_by: str) -> bool:
        """Return whether a text is open that is for an audience, in an act of a body, recorded by
        an account. Public texts are open to everybody, office texts by `offices`."""
        if audience == "public" or self.offices is None:
            return True
        return by in self.offices or recorded_by.partition("/")[0] in self.offices

    @cached_property
    def offices(self) -> frozenset[str] | None:
        """The bodies whose office texts are open to the reader; None: every body's.

        They are the reader's own body, those that it followed, and whoever holds one of them to
        account or is held to account by it, for accounts that record or have the scope `office`.
        An account of no body, an auditor's, reads them all. A panel reads what is public.
        """
        who = self.account
        if who is None or not (who.may("office") or who.may("record")):
            return frozenset()
        if who.may("admin"):
            return None
        if who.body is None:
            return None if who.may("office") else frozenset()
        own = self.service.with_predecessors([who.body])
        holding = {
            one for one in self.service.bodies if not own.isdisjoint(self.service.forces_of(one))
        }
        return frozenset(own.union(holding, *map(self.service.forces_of, own)))


class Opened:
    """The texts of one answer, opened as far as its reader may read them.

    `redactions` says which were redacted; it is asked once, and only where an opening is missing.
    """

    def __init__(
        self,
        reader: Reader,
        openings: dict[Place, Opening],
        released: Collection[Place] = frozenset(),
        redactions: Callable[[], dict[Place, Redaction]] = dict,
    ) -> None:
        self._reader = reader
        self._openings = openings
        self._released = released
        self._redactions = cache(redactions)
        self.redaction_met = False
        """Whether a text was asked for that was redacted."""
        self.some_gone = False
        """Whether a text of these states is no longer there (`is_gone`)."""

    def text(self, said: Said | None) -> str | None:
        """The text, or None where it is held or there is none."""
        if said is None:
            return None
        opening = self.opening(said)
        return opening.body if opening else None

    def shown(self, said: Said) -> str | Redaction | None:
        """The text, or that it was redacted; None where it is held."""
        opening = self._openings.get((said.position, said.field))
        if opening is None:
            return self.redaction(said)
        return opening.body if self.may_read(said) else None

    def may_read(self, said: Said) -> bool:
        """Whether the reader may read a text: by its audience, or since it was released."""
        return (
            said.audience == "public"
            or (said.position, said.field) in self._released
            or self._reader.may_read(said.audience, said.by, said.recorded_by)
        )

    def redaction(self, said: Said) -> Redaction | None:
        """That a text was redacted, for whoever asks."""
        place = (said.position, said.field)
        if place in self._openings:
            return None
        found = self._redactions().get(place)
        self.redaction_met = self.redaction_met or found is not None
        return found

    def opening(self, said: Said) -> Opening | None:
        """What opens a text that the reader may read."""
        if not self.may_read(said):
            return None
        return self._openings.get((said.position, said.field))

    def is_gone(self, said: Said) -> bool:
        """Whether a text that the reader could read is no longer there."""
        return (said.position, said.field) not in self._openings and self.may_read(said)


def positions(states: Iterable[Any]) -> list[int]:
    """The positions at which the texts of these states lie."""
    return sorted({said.position for said in texts_of(list(states))})


def texts_of(value: Any) -> list[Said]:
    """Every text of a state."""
    found: list[Said] = []
    _gather(value, found)
    return found


def _gather(value: Any, found: list[Said]) -> None:
    kind: Any = type(value)
    if kind is Said:
        found.append(value)
        return
    for inner in value if kind is tuple or kind is list else _looked_into(kind)(value):
        if inner:  # most are empty
            _gather(inner, found)


@cache
def _looked_into(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the fields of a state of a kind in which there can be texts."""
    match _with_texts(kind):
        case ():
            return lambda _: ()
        case (name,):
            return lambda value: (getattr(value, name),)
        case names:
            return attrgetter(*names)


@cache
def _with_texts(kind: Any) -> tuple[str, ...]:
    """The fields of a state in which there can be texts, by their types: few of many."""
    if not issubclass(kind, Kept):
        return ()
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _can_hold_texts(hints[name]))


def _can_hold_texts(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, Kept):
        return hint is Said or bool(_with_texts(hint))
    return any(map(_can_hold_texts, get_args(hint)))


Json = dict[str, Any]
State = ReportState | RecommendationState | JudgedResponse
Improved = dict[tuple[str, str, str], list[Json]]
"""What bettered the verdicts on responses, by report, body and name of the duty."""

_Of = TypeVar("_Of", bound=State)


def settles(answer: Callable[["Answers", _Of], Json]) -> Callable[["Answers", _Of], Json]:
    """Make a method's answer say null for each redacted text that it holds; its `redacted` says
    of each, by its path in the answer (`statements.0.text`), when, on what basis, by which entry.
    """

    @wraps(answer)
    def settled(answers: "Answers", state: _Of) -> Json:
        gone: Json = {}
        said = answer(answers, state)
        if answers.opened.redaction_met:
            said = _without(said, "", gone)
        said["redacted"] = gone
        return said

    return settled


def _without(value: Any, path: str, gone: Json) -> Any:
    if isinstance(value, Redaction):
        gone[path] = to_plain(value)
        return None
    dot = f"{path}." if path else ""
    if isinstance(value, dict):
        return {name: _without(inner, f"{dot}{name}", gone) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, f"{dot}{n}", gone) for n, inner in enumerate(value)]
    return value


DONE_WITH = ("in_time", "disapplied", "no_period")
"""The verdicts that leave nothing to put right."""


class Answers:
    """Makes the answers to one question."""

    def __init__(
        self,
        when: At,
        service: Service,
        opened: Opened,
        since: Mapping[int, datetime],
        children: Sequence[RecommendationState] = (),
        improved: Improved | None = None,
    ) -> None:
        """`since`: when the texts were recorded that the reader may not read, by position."""
        self._when = when
        self._service = service
        self._opened = opened
        self._since = since
        self._improved = improved or {}
        self._children: dict[tuple[str, str, str | None], list[RecommendationState]] = {}
        for one in sorted(children, key=lambda one: one.key_order):
            parent = (one.report, one.addressee, one.parent_key)
            self._children.setdefault(parent, []).append(one)

    def name(self, body: str | None) -> str | None:
        """A body's name in the register, or its id where it is not in it."""
        return None if body is None else self._service.name(body)

    @property
    def opened(self) -> Opened:
        """The texts of this answer, opened for its reader."""
        return self._opened

    @settles
    def report(self, state: ReportState) -> Json:
        path = f"/reports/{state.report}"
        return {
            "report": state.report,
            "title": self.title(state),
            "kind": state.kind,
            "publisher": state.publisher,
            "publisher_name": self.name(state.publisher),
            "publishers": [{"id": one, "name": self.name(one)} for one in state.publishers],
            "published_on": state.published_on,
            "basis": state.basis,
            "same_as": list(state.same_as),
            "cites": self._revised_text(state.revisions, "cites", state.cites),
            "key_findings": self._revised_text(state.revisions, "key_findings", state.key_findings),
            "revisions": self._revisions(state.revisions),
            "held": self._held(state),
            "links": {"self": f"/api{path}", "page": path},
        }

    def title(self, state: ReportState) -> str:
        """A report's title, as its page has come to say."""
        return self._revised(state.revisions, "title", state.title) or state.title

    def about_report(self, state: ReportState) -> Json:
        """What is said of a report beside something that is about it."""
        return {
            "report_title": self.title(state),
            "publisher": state.publisher,
            "publisher_name": self.name(state.publisher),
        }

    @settles
    def recommendation(self, state: RecommendationState) -> Json:
        number = state.number
        path = _path(state, state.key)
        latest = state.statements[-1] if state.statements else None
        claim = state.claim
        return {
            "report": state.report,
            "number": number,
            "key": state.key,
            "addressee": state.addressee,
            "addressee_name": self.name(state.addressee),
            "kind": state.kind,
            "parent": state.parent,
            "children": [
                {
                    "number": one.number,
                    "kind": one.kind,
                    "status": one.status,
                    "links": _links(one),
                }
                for one in self._children.get((state.report, state.addressee, state.key), ())
            ],
            "text": self._text(state.text),
            "partners": [
                (self.name(line.body) if line.body else self._text(line.name))
                for line in state.partners
            ],
            "status": state.status,
            "raised_on": state.raised_on,
            "office": self._office(
                state.addressee,
                lambda: self._service.line(state.addressee),
                lambda: offices.recommendation_settled_on(state, self._when.effective_on),
                done=state.ended_on is not None,
            ),
            "target": target(state, self._when.effective_on) | self._proposed(state),
            "targets": [self._target_line(line) for line in state.targets],
            "assurances": {
                "open": (unanswered := state.unanswered),
                "answered": len(state.assurances) - unanswered,
                "items": [
                    {
                        "entry": line.entry,
                        "of": line.of,
                        "of_name": self.name(line.of),
                        "question": self._text(line.question),
                        "reply_by": line.reply_by,
                        "days_overdue": days_overdue(line, self._when.effective_on),
                        "occurred_on": line.occurred_on,
                        "answered_by": line.answered_by,
                    }
                    for line in state.assurances
                ],
            },
            "claim": claim
            and {
                "entry": claim.entry,
                "as_stated": self._text(claim.as_stated),
                "means": claim.means,
                "expected_on": claim.expected_on,
                "occurred_on": claim.occurred_on,
                "since": claim.since,
                "days_after_target": state.days_after_target,
            },
            "last_update_on": state.last_update_on,
            "stance": latest.stance if latest else None,
            "statement": latest
            and {
                "id": latest.statement,
                "how": latest.how_now,
                "text": self._text(latest.text_now),
            },
            "statements": [
                {
                    "entry": line.entry,
                    "statement": line.statement,
                    "by": line.by,
                    "by_name": self.name(line.by),
                    "how": line.how_now,
                    "stance": line.stance,
                    "text": self._text(line.text_now),
                    "reason": self._text(line.reason),
                    "occurred_on": None if line.added else line.occurred_on,
                    "recorded_at": line.recorded_at,
                    "added": line.added,
                    "as_first_published": self._text(line.text) if line.revisions else None,
                    "revisions": self._revisions(line.revisions),
                }
                for line in state.statements
            ],
            "closed": state.closed and self._decision(state.closed),
            "refused": state.refused and self._decision(state.refused),
            "reopened": state.reopened and self._decision(state.reopened),
            "held": self._held(state),
            "links": _links(state)
            | {"history": f"/api{path}/history"}
            | ({"parent": f"/api{_path(state, state.parent_key)}"} if state.parent_key else {}),
        }

    @settles
    def response(self, state: JudgedResponse) -> Json:
        path, named = f"/responses/{state.report}/{state.body}", asked_by(state.name)
        today = self._when.effective_on
        found, ended_on = state.found.on(today), response.office_ended_on(state, today)
        published = [line for line in state.publications if publication(line, state).hi <= today]
        parts = {part for line in published for part in _parts(line, today)}
        received = any(one.interval.hi <= today for one in state.comments_received)
        perhaps = [
            line.parts
            for line in state.publications
            if (publication(line, state).lo or date.min) <= today
        ]
        return {
            "report": state.report,
            "body": state.body,
            "body_name": self.name(state.body),
            "name": state.name,
            "rule": {
                "id": state.rule_id,
                "version": state.rule_version,
                "citation": state.citation,
                "read": state.read,
            },
            "office": self._office(
                state.body,
                lambda: [(one.body, one.since) for one in state.holders],
                lambda: offices.response_settled_on(found, today),
                done=found.verdict in DONE_WITH,
            ),
            "office_ended_on": ended_on.isoformat() if ended_on else None,
            "trigger_on": state.trigger_on,
            "due_on": found.due_on and found.due_on.isoformat(),
            "original_due_on": state.due_on,
            "published_on": found.published_on,
            "between": found.between
            and {
                "lo": found.between.lo and found.between.lo.isoformat(),
                "hi": found.between.hi.isoformat(),
            },
            "verdict": found.verdict,
            "days": found.days,
            "at_least": found.at_least,
            "basis": found.basis,
            "bases": asdict(found.bases),
            "coverage": asdict(state.covered)
            | {"causes_of_concern": asdict(state.covered.causes_of_concern)},
            "parts": sorted(parts),
            "comments_received_not_published": received
            and all(perhaps)  # of one without parts it is not known which it has
            and "chief_officer_comments" not in parts.union(*perhaps),
            "improved_later": self._improved.get((state.report, state.body, state.name), []),
            "headline": headline(found, self._service.name),
            "statements": [
                {
                    "entry": line.entry,
                    "statement": line.statement,
                    "text": self._revised_text(line.revisions, "text", line.text),
                    "url": self._revised(line.revisions, "url", line.url),
                    "revisions": self._revisions(line.revisions),
                    "parts": list(_parts(line, today)),
                    "published_on": line.occurred_on,
                    "recorded_at": line.recorded_at,
                }
                for line in published
            ],
            "disapplied": [
                {
                    "entry": line.entry,
                    "basis": line.basis,
                    "decided_by": self._text(line.decided_by),
                    "same_as_report": line.same_as_report,
                    "decided_on": line.decided_on,
                    "recorded_on": line.recorded_on,
                }
                for line in state.disapplied
                if line.hi <= self._when.effective_on.isoformat()
            ],
            "lookups": [
                {
                    "entry": line.looked.entry,
                    "looked_on": line.looked_on,
                    "by": line.looked.by,
                    "by_name": self.name(line.looked.by),
                    "recorded_by": line.recorded_by,
                    "where": self._text(line.where),
                    "url": line.url,
                }
                for line in state.lookups
                if line.looked.interval.hi <= today
            ],
            "record_kept_here": kept_here(self._service, state.body),
            "duty_entry": state.duty,
            "held": self._held(state),
            "links": {
                "self": f"/api{path}{named}",
                "working": f"/api{path}/working{named}",
                "history": f"/api{path}/history",
                "page": f"{path}{named}",
            },
        }

    def _office(
        self,
        body: str,
        line: Callable[[], Sequence[tuple[str, date]]],
        settled_on: Callable[[], date],
        *,
        done: bool,
    ) -> Json | None:
        """Return whose a matter of a body is that another follows; None where none does. `line`:
        who holds it, one after the other. What is `done` with is taken over by nobody."""
        if body not in self._service.successions:
            return None  # as almost always
        found = offices.held(self._service, line(), settled_on())
        return {
            "counted_with": found.counted_with,
            "counted_with_name": self.name(found.counted_with),
            "now": found.now,
            "now_name": self.name(found.now),
            "taken_over": found.left_behind and not done,
            "successions": [
                {
                    "from": one,
                    "from_name": self.name(one),
                    "to": after.successor,
                    "to_name": self.name(after.successor),
                    "on": after.on.isoformat(),
                    "entry": after.entry,
                }
                for one, after in found.follow
            ],
        }

    def _decision(self, line: DecisionLine) -> Json:
        teller = None  # the body whose account told of another's decision
        if line.provenance == "reported":
            teller = self.name(line.recorded_by.partition("/")[0])
        return {
            "entry": line.entry,
            "by": line.by,
            "by_name": self.name(line.by),
            "provenance": line.provenance,
            "on": line.on,
            "reason": self._text(line.reason),
            "recorded_by": line.recorded_by,
            "reported_by_name": teller,
            "source_note": self._text(line.note),
            "source_url": line.url,
            "undoes": line.undoes,
            "ground": line.ground,
        }

    def _target_line(self, line: TargetLine) -> Json:
        return {
            "on": line.on,
            "phrase": self._text(line.phrase),
            "origin": line.origin,
            "entry": line.entry,
            "set_on": line.set_on,
            **({"worked_out": True} if line.worked_out else {}),
            **({"to_confirm": True} if line.to_confirm else {}),
        }

    def _proposed(self, state: RecommendationState) -> Json:
        """Return the day that the words of a target give, where nobody has confirmed it since the
        report's day was last corrected; `on` is null where they give none."""
        said = next((line for line in state.targets if line.phrase), None)
        if said is None or said.phrase is None or (said.on and not said.worked_out):
            return {}
        words = self._text(said.phrase)
        if not isinstance(words, str):
            return {}
        found = worked_out(words, state.raised_on)
        confirmed = [line.on for line in state.targets if line.worked_out and not line.to_confirm]
        if confirmed and confirmed[-1] == found.on:
            return {}
        return {"proposed": {"on": found.on, "words": words, "why": found.why, "entry": said.entry}}

    def _held(self, state: State) -> list[Json]:
        """The texts of a state that its reader may not read: which, held by whom, since when."""
        if not self._since:
            return []  # this reader may read all that the answer says
        return [
            {
                "field": said.field,
                "by": (by := said.recorded_by.partition("/")[0]),
                "by_name": self.name(by),
                "since": rfc3339(self._since[said.position]),
            }
            for said in dict.fromkeys(texts_of(state))
            if not self._opened.may_read(said) and self._opened.redaction(said) is None
        ]

    def _text(self, said: Said | None) -> str | Redaction | None:
        """A text, or that it was redacted; None where it is held or there is none."""
        return None if said is None else self._opened.shown(said)

    def _revised(
        self, revisions: Sequence[RevisionLine], field: str, first: str | None
    ) -> str | None:
        last = _last_revision(revisions, field, self._when.effective_on)
        return last.value if last else first

    def _revised_text(
        self, revisions: Sequence[RevisionLine], field: str, first: Said | None
    ) -> str | Redaction | None:
        last = _last_revision(revisions, field, self._when.effective_on)
        return self._text(last.text if last else first)

    def _revisions(self, lines: Sequence[RevisionLine]) -> list[Json]:
        """Those that had been seen by the day asked about."""
        today = self._when.effective_on.isoformat()
        return [self._revision(line) for line in lines if line.hi <= today]

    def _revision(self, line: RevisionLine) -> Json:
        said = {
            "entry": line.entry,
            "field": line.field,
            "was": self._text(line.was_text) if line.was_text else line.was_value,
            "now": self._text(line.text) if line.text else line.value,
            "seen_on": line.seen_on,
        }
        if line.field != "passage":
            return said
        whose = {"number": line.number, "addressee": line.addressee, "how": line.how}
        return said | whose


def asked_by(name: str) -> str:
    """What follows the path of a response to ask about one duty; nothing for the response."""
    return "" if name == RESPONSE else f"?name={name}"


def _path(state: RecommendationState, key: str) -> str:
    """The address of a recommendation of the same report to the same body."""
    return f"/recommendations/{state.report}/{key}/{state.addressee}"


def _links(state: RecommendationState) -> dict[str, str]:
    path = _path(state, state.key)
    return {"self": f"/api{path}", "page": path}


def _parts(line: PublicationLine, today: date) -> tuple[str, ...]:
    """The parts of a publication; the chief officer's comments also where they were added later."""
    comments = _last_revision(line.revisions, "chief_officer_comments", today)
    added = comments is not None and comments.text is not None
    return tuple(dict.fromkeys((*line.parts, *(("chief_officer_comments",) if added else ()))))


def _last_revision(
    revisions: Sequence[RevisionLine], field: str, effective_on: date
) -> RevisionLine | None:
    """What a field says since its last revision that had been seen by a day, if there was one."""
    seen = [r for r in revisions if r.field == field and r.hi <= effective_on.isoformat()]
    return seen[-1] if seen else None


Order = Literal["recorded", "happened"]
"""Of a trail: as it was recorded, or as it happened."""
ORDERS: tuple[Order, ...] = get_args(Order)
About = Callable[[str], Report | None]
"""The report that a stream is about, as known then, if it is about one that is in effect."""


def may_fetch(reader: Reader, entry: Entry) -> bool:
    """Whether a reader may fetch the bytes of a CaptureKept entry: by the rule of texts."""
    assert isinstance(entry.data, CaptureKept)
    return reader.may_read(entry.data.audience, entry.by, entry.recorded_by)


def copy_held(entry: Entry, reader: Reader, there: Collection[int]) -> dict[str, Any]:
    """What an entry's trail says of a capture. `there` are the positions whose bytes are there."""
    assert isinstance(entry.data, CaptureKept)
    said = entry.data
    name = entry.stream.removeprefix("capture/")
    redacted = entry.position not in there
    readable = not redacted and may_fetch(reader, entry)
    return {
        "id": name,
        "entry": entry.id,
        "received_on": london_date(entry.instant).isoformat(),
        "received_at": rfc3339(entry.instant),
        "sha256": said.sha256,
        "salted": said.salted,
        "media_type": said.media_type,
        "length": said.length,
        "audience": said.audience,
        "url": said.url,
        "how": said.how or "uploaded",
        "host": said.host,
        "held_by": entry.recorded_by.partition("/")[0],
        "readable": readable,
        "redacted": redacted,
        "href": f"/api/captures/{name}",
    }


def trail_entries(
    entries: list[Entry],
    shown: Sequence[Entry],
    opened: Opened,
    service: Service,
    copies: Mapping[str, Json],
    about: About,
    said_before: Sequence[Entry] = (),
) -> list[Json]:
    """Each entry that is shown of whole streams in the contract's shape, by position; `copies` are
    the captures by their ids, `about` tells the reports that give some entries their day.

    What a correction or a revision says that a text `was` is opened where that was recorded, in
    the entries of `said_before`.
    """
    by_id = {entry.id: entry for entry in entries}
    those = {entry.id for entry in shown}
    formers = {
        text.sha256: _said(entry, path, text)
        for entry in said_before
        for path, text in texts(entry)
        if path != "was"
    }
    disputes: dict[str, list[str]] = {}
    for entry in entries:
        if isinstance(entry.data, EntryDisputed):
            disputes.setdefault(entry.data.target, []).append(entry.id)
    return [
        {
            **bare(one.original),
            "by_name": one.original.by and service.name(one.original.by),
            "texts": {
                path: _opened(one.original, path, text, opened, by_id, formers)
                for path, text in texts(one.original)
            },
            "in_effect": one.in_effect,
            "set_aside_by": one.set_aside_by,
            "disputed_by": disputes.get(one.id, []),
            "corrected_by": {path: entry.id for path, entry in one.corrected_by.items()},
            "known_on": _on_its_day(one, about).entry.occurred_on,
            "capture": copies.get(_capture_of(one.entry) or ""),
        }
        for one in known(entries)
        if one.id in those
    ]


def _on_its_day(one: Known, about: About) -> Known:
    if not isinstance(one.data, RecommendationRaised | ResponseDutyArose):
        return one  # most have a day of their own: no report is read for them
    found = about(one.original.stream)
    return found.on_its_day(one) if found else one


def as_happened(
    entries: Sequence[Entry], found: Report | None, captured_on: CapturedOn
) -> list[str]:
    """The ids of a trail's entries in the order in which standings count them: by the last day on
    which each can have happened, as it is known, then by position. What has no day of its own, as
    a correction, comes on the day on which it was recorded. `found`: the report that they are
    about, if they are about one."""

    def when(one: Known) -> tuple[date, int]:
        if found is None:
            hi = happened(one, report_day=None, captured_on=captured_on).hi
        else:
            hi = found.happened(one, captured_on).hi
        return hi, one.original.position

    return [one.id for one in sorted(known(entries), key=when)]


def _capture_of(entry: Entry) -> str | None:
    """The capture that an entry is, or cites as its source."""
    if isinstance(entry.data, CaptureKept):
        return entry.stream.removeprefix("capture/")
    return entry.source.capture if entry.source else None


def _said(entry: Entry, path: str, text: Text) -> Said:
    return Said(text.audience, text.lang, entry.position, path, entry.by, entry.recorded_by)


def _opened(
    entry: Entry,
    path: str,
    text: Text,
    opened: Opened,
    by_id: Mapping[str, Entry],
    formers: Mapping[str, Said],
) -> Json:
    said = _said(entry, path, text)
    if path == "was":
        said = formers.get(text.sha256, said)
    found: Json = {"sha256": text.sha256, "audience": said.audience, "lang": said.lang}
    if (redaction := opened.redaction(said)) is not None:
        return {**found, "redacted": to_plain(redaction)}
    if isinstance(entry.data, EntryCorrected) and path == "now" and not opened.may_read(said):
        # Whoever corrects it: what a text should have said is for those whom the text is for.
        target = by_id[entry.data.target]
        said = replace(said, by=target.by, recorded_by=target.recorded_by)
    if not opened.may_read(said):
        return {**found, "held": True}
    if (opening := opened.opening(said)) is not None:
        return {**found, "salt": opening.salt.hex(), "text": opening.body}
    return found
