"""How a reader is shown what states hold: names, texts, revisions, and that a text is held."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ledger.clock import rfc3339
from ledger.log.redactions import Redaction
from ledger.states.service import Service
from projections.answers.texts import Opened, texts_of
from projections.moment import At
from projections.states.response_values import ResponseState
from projections.states.values import RecommendationState, ReportState, RevisionLine, Said

Json = dict[str, Any]
State = ReportState | RecommendationState | ResponseState


class Shown:
    """What one reader is shown, for the two dates of a question."""

    def __init__(
        self, when: At, service: Service, opened: Opened, since: Mapping[int, datetime]
    ) -> None:
        """`since`: when the texts were recorded that the reader may not read, by position."""
        self._when = when
        self._service = service
        self._opened = opened
        self._since = since

    def name(self, body: str | None) -> str | None:
        """A body's name in the register, or its id where it is not in it."""
        if body is None:
            return None
        found = self._service.bodies.get(body)
        return found.name if found else body

    @property
    def opened(self) -> Opened:
        """The texts of this answer, opened for its reader."""
        return self._opened

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
        last = revised(revisions, field, self._when.effective_on)
        return last.value if last else first

    def _revised_text(
        self, revisions: Sequence[RevisionLine], field: str, first: Said | None
    ) -> str | Redaction | None:
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


def revised(
    revisions: Sequence[RevisionLine], field: str, effective_on: date
) -> RevisionLine | None:
    """What a field says since its last revision that had been seen by a day, if there was one."""
    seen = [r for r in revisions if r.field == field and r.hi <= effective_on.isoformat()]
    return seen[-1] if seen else None
