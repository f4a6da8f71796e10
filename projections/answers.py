"""States as answers: plain dicts in the contract's shapes, for one reader and one pair of dates."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from ledger import dates
from ledger.service import Service
from projections import compliance
from projections.compliance import Disapplication, Duty, Publication, Verdict
from projections.coverage import Coverage, Explained, Listed, coverage
from projections.moment import At
from projections.state import (
    PublicationLine,
    RecommendationState,
    ReportState,
    ResponseState,
    RevisionLine,
    Said,
    TargetLine,
)
from projections.texts import Opened

Json = dict[str, Any]


class Answers:
    """Makes the answers to one question."""

    def __init__(self, when: At, service: Service, opened: Opened) -> None:
        self._when = when
        self._service = service
        self._opened = opened

    def name(self, body: str | None) -> str | None:
        """A body's name in the register, or its id where it is not in it."""
        if body is None:
            return None
        found = self._service.bodies.get(body)
        return found.name if found else body

    def report(self, state: ReportState) -> Json:
        path = f"/reports/{state.report}"
        return {
            "report": state.report,
            "title": self._revised(state.revisions, "title", state.title),
            "kind": state.kind,
            "publisher": state.publisher,
            "publisher_name": self.name(state.publisher),
            "published_on": state.published_on,
            "basis": state.basis,
            "same_as": list(state.same_as),
            "cites": self._revised_text(state.revisions, "cites", state.cites),
            "key_findings": self._revised_text(state.revisions, "key_findings", state.key_findings),
            "revisions": self._revisions(state.revisions),
            "links": {"self": f"/api{path}", "page": path},
        }

    def recommendation(self, state: RecommendationState) -> Json:
        number = state.number
        path = f"/recommendations/{state.report}/{state.key}/{state.addressee}"
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
            "text": self._text(state.text),
            "partners": [
                (self.name(line.body) if line.body else self._text(line.name))
                for line in state.partners
            ],
            "status": state.status,
            "raised_on": state.raised_on,
            "target": self._target(state),
            "targets": [self._target_line(line) for line in state.targets],
            "assurances": {
                "open": sum(line.answered_by is None for line in state.assurances),
                "answered": sum(line.answered_by is not None for line in state.assurances),
                "items": [
                    {
                        "entry": line.entry,
                        "of": line.of,
                        "of_name": self.name(line.of),
                        "question": self._text(line.question),
                        "reply_by": line.reply_by,
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
            "closed": state.closed
            and {
                "entry": state.closed.entry,
                "by": state.closed.by,
                "by_name": self.name(state.closed.by),
                "provenance": state.closed.provenance,
                "on": state.closed.on,
                "recorded_by": state.closed.recorded_by,
                "source_note": self._text(state.closed.note),
            },
            "links": {"self": f"/api{path}", "history": f"/api{path}/history", "page": path},
        }

    def response(self, state: ResponseState) -> Json:
        found, covered = self.verdict(state), self.coverage(state)
        path = f"/responses/{state.report}/{state.body}"
        today = self._when.effective_on
        published = [line for line in state.publications if _publication(line, state).hi <= today]
        parts = {part for line in published for part in _parts(line, today)}
        received = any(date.fromisoformat(one.hi) <= today for one in state.comments_received)
        return {
            "report": state.report,
            "body": state.body,
            "body_name": self.name(state.body),
            "rule": {
                "id": state.rule_id,
                "version": state.rule_version,
                "citation": state.citation,
            },
            "trigger_on": state.trigger_on,
            "due_on": due_on(state, self._when.effective_on),
            "original_due_on": state.due_on,
            "published_on": found.published_on,
            "verdict": found.verdict,
            "days": found.days,
            "at_least": found.at_least,
            "basis": found.basis,
            "bases": {"trigger": found.bases.trigger, "published": found.bases.published},
            "coverage": {
                "listed_by": covered.listed_by,
                "addressed": covered.addressed,
                "explained_by_due": covered.explained_by_due,
                "explained_now": covered.explained_now,
                "general": covered.general,
            },
            "parts": sorted(parts),
            "comments_received_not_published": received and "chief_officer_comments" not in parts,
            "improved_later": [],
            "headline": compliance.headline(found),
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
                    "recorded_on": line.recorded_on,
                }
                for line in state.disapplied
                if line.hi <= self._when.effective_on.isoformat()
            ],
            "duty_entry": state.duty,
            "links": {
                "self": f"/api{path}",
                "working": f"/api{path}/working",
                "history": f"/api{path}/history",
                "page": path,
            },
        }

    def verdict(self, state: ResponseState) -> Verdict:
        return verdict(state, self._when.effective_on)

    @property
    def opened(self) -> Opened:
        """The texts of this answer, opened for its reader."""
        return self._opened

    def coverage(self, state: ResponseState) -> Coverage:
        found = self.verdict(state)
        return coverage(
            [listed(line) for line in state.listed],
            listed_by=state.listed_by,
            due_on=_day(due_on(state, self._when.effective_on)),
            verdict=found.verdict,
            effective_on=self._when.effective_on,
        )

    def _text(self, said: Said | None) -> str | None:
        return self._opened.text(said)

    def _revised(
        self, revisions: Sequence[RevisionLine], field: str, first: str | None
    ) -> str | None:
        last = revised(revisions, field, self._when.effective_on)
        return last.value if last else first

    def _revised_text(
        self, revisions: Sequence[RevisionLine], field: str, first: Said | None
    ) -> str | None:
        last = revised(revisions, field, self._when.effective_on)
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

    def _target_line(self, line: TargetLine) -> Json:
        return {
            "on": line.on,
            "phrase": self._text(line.phrase),
            "origin": line.origin,
            "entry": line.entry,
            "set_on": line.set_on,
        }

    def _target(self, state: RecommendationState) -> Json:
        dated = [line.on for line in state.targets if line.on]
        current, original = (dated[-1], dated[0]) if dated else (None, None)
        today = self._when.effective_on
        standing, days = "none", None
        if current is not None:
            passed = (today - dates.last_day(current)).days
            done = state.status in {"closed", "claimed_complete", "withdrawn", "superseded"}
            standing = "passed" if passed > 0 and not done else "ahead"
            days = abs(passed) if not (done and passed > 0) else None
        moves = sum(one != other for one, other in pairwise(dated))
        return {
            "standing": standing,
            "on": current,
            "original_on": original,
            "moves": moves,
            "days": days,
        }


def duty(state: ResponseState, effective_on: date) -> Duty:
    """The duty that a verdict is about, with the extensions granted by the day asked about."""
    return Duty(
        entry=state.duty,
        rule_id=state.rule_id,
        rule_version=state.rule_version,
        citation=state.citation,
        has_period=state.has_period,
        trigger_entry=state.trigger,
        trigger_on=state.trigger_on,
        trigger_basis=state.trigger_basis,
        due_on=_day(due_on(state, effective_on)),
        counting=state.counting,
        arose_hi=date.fromisoformat(state.arose),
    )


def publications(state: ResponseState) -> list[Publication]:
    """The publications that count: those whose parts include the body's comments."""
    return [_publication(line, state) for line in state.publications if "comments" in line.parts]


def disapplications(state: ResponseState, opened: Opened | None = None) -> list[Disapplication]:
    """The disapplications in effect. Who decided is a text: it is told where texts are opened."""
    return [
        Disapplication(
            entry=line.entry,
            hi=date.fromisoformat(line.hi),
            recorded_on=date.fromisoformat(line.recorded_on),
            basis=line.basis,
            decided_by=(opened and opened.text(line.decided_by)) or "a party not named here",
        )
        for line in state.disapplied
    ]


def due_on(state: ResponseState, effective_on: date) -> str | None:
    """The day by which it is due, with the extensions that had been granted by a day."""
    granted = [line.due_on for line in state.extended if line.hi <= effective_on.isoformat()]
    return max(granted, default=state.due_on)


def revised(
    revisions: Sequence[RevisionLine], field: str, effective_on: date
) -> RevisionLine | None:
    """What a field says since its last revision that had been seen by a day, if there was one."""
    seen = [r for r in revisions if r.field == field and r.hi <= effective_on.isoformat()]
    return seen[-1] if seen else None


def verdict(state: ResponseState, effective_on: date) -> Verdict:
    """The verdict on a response for a day."""
    return compliance.verdict(
        duty(state, effective_on), publications(state), disapplications(state), effective_on
    )


def listed(line: Any) -> Listed:
    """A recommendation to explain, as coverage counts it."""
    return Listed(
        number=line.number,
        key=line.key,
        kind=line.kind,
        hi=date.fromisoformat(line.hi),
        explained=tuple(
            Explained(
                how=one.how,
                lo=_day(one.lo),
                hi=date.fromisoformat(one.hi),
                entry=one.entry,
                until=_day(one.until),
            )
            for one in line.explained
        ),
    )


def _publication(line: PublicationLine, state: ResponseState) -> Publication:
    return Publication(
        entry=line.entry,
        position=line.position,
        occurred_on=line.occurred_on,
        not_before=_day(state.not_before),
        recorded_on=date.fromisoformat(line.recorded_on),
        captured_on=_day(line.captured_on),
        own_word=_own_word(line, state),
    )


def _parts(line: PublicationLine, today: date) -> tuple[str, ...]:
    """The parts of a publication; the chief officer's comments also where they were added later."""
    comments = revised(line.revisions, "chief_officer_comments", today)
    added = comments is not None and comments.text is not None
    return tuple(dict.fromkeys((*line.parts, *(("chief_officer_comments",) if added else ()))))


def _own_word(line: PublicationLine, state: ResponseState) -> bool:
    return line.text.recorded_by.partition("/")[0] == state.body


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
