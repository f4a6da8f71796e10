"""The things that all answers to one question share: its dates, its register, and the texts opened
for its reader. Also the texts of one answer, which collects the redactions among them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ledger.dates import rfc3339
from ledger.log import redactions
from ledger.states.service import Service
from projections import offices
from projections.answers.parts import Office, Redaction, Revision, Succession, Withheld
from projections.answers.readers import Opened, texts_of
from projections.as_of import At
from projections.states.values import (
    JudgedResponse,
    RecommendationState,
    ReportState,
    RevisionLine,
    TextRef,
)

State = ReportState | RecommendationState | JudgedResponse


class AnswerContext:
    """The context that answers are made from, together with a state."""

    def __init__(
        self, when: At, register: Service, opened: Opened, since: Mapping[int, datetime]
    ) -> None:
        """`since` gives the moments at which the texts that the reader may not read were recorded,
        by position."""
        self.when = when
        self.register = register
        self.opened = opened
        self._since = since

    @property
    def day(self) -> date:
        """The day asked about."""
        return self.when.effective_on

    def name(self, body: str) -> str:
        """Return a body's name in the register, or its id if it is not there."""
        return self.register.name(body)

    def named(self, body: str | None) -> str | None:
        """Return the name of a body, if there is one."""
        return None if body is None else self.register.name(body)

    def texts(self) -> "Texts":
        """Return the texts of one new answer."""
        return Texts(self.opened, self.day)

    def held(self, state: State) -> list[Withheld]:
        """Return the texts of a state that its reader may not read, each with the body that holds
        it and since when."""
        if not self._since:
            return []  # this reader may read every text of the answer
        return [
            Withheld(
                field=said.field,
                by=(by := said.recorded_by.partition("/")[0]),
                by_name=self.name(by),
                since=rfc3339(self._since[said.position]),
            )
            for said in dict.fromkeys(texts_of(state))
            if not self.opened.may_read(said) and self.opened.redaction(said) is None
        ]

    def is_followed(self, body: str) -> bool:
        """Return whether another body follows this one. Few bodies are followed."""
        return body in self.register.successions

    def office(self, line: Sequence[tuple[str, date]], assigned_on: date, *, done: bool) -> Office:
        """Return who a matter belongs to, for a body that another follows. `line` are the holders,
        one after the other. Nothing that is `done` counts as taken over."""
        found = offices.held(self.register, line, assigned_on)
        return Office(
            counted_with=found.counted_with,
            counted_with_name=self.name(found.counted_with),
            now=found.now,
            now_name=self.name(found.now),
            taken_over=found.left_behind and not done,
            successions=[
                Succession(
                    from_=one,
                    from_name=self.name(one),
                    to=after.successor,
                    to_name=self.name(after.successor),
                    on=after.on.isoformat(),
                    entry=after.entry,
                )
                for one, after in found.follow
            ],
        )


class Texts:
    """The texts of one answer. A redacted text is null in it, and `redacted` has the reason, by the
    path in the answer (`statements.0.text`)."""

    def __init__(self, opened: Opened, day: date) -> None:
        self._opened = opened
        self._today = day.isoformat()
        self.redacted: dict[str, Redaction] = {}

    def text(self, said: TextRef | None, *path: str | int) -> str | None:
        """Return the text for a path of the answer. Return None if it is held, was redacted, or
        does not exist."""
        if said is None:
            return None
        found = self._opened.shown(said)
        if isinstance(found, redactions.Redaction):
            where = ".".join(map(str, path))
            self.redacted[where] = Redaction(on=found.on, basis=found.basis, entry=found.entry)
            return None
        return found

    def revised_text(
        self,
        lines: Sequence[RevisionLine],
        field: str,
        first: TextRef | None,
        *path: str | int,
    ) -> str | None:
        """Return the latest wording of a field by the day asked about."""
        last = last_revision(lines, field, self._today)
        return self.text(last.text if last else first, *path)

    def revised(self, lines: Sequence[RevisionLine], field: str, first: str | None) -> str | None:
        """Return the latest value of a field that is not a text."""
        last = last_revision(lines, field, self._today)
        return last.value if last else first

    def revisions(self, lines: Sequence[RevisionLine], *path: str | int) -> list[Revision]:
        """Return the revisions that had been seen by the day asked about."""
        seen = [line for line in lines if line.hi <= self._today]
        return [self._revision(line, *path, n) for n, line in enumerate(seen)]

    def _revision(self, line: RevisionLine, *path: str | int) -> Revision:
        was = self.text(line.was_text, *path, "was") if line.was_text else line.was_value
        now = self.text(line.text, *path, "now") if line.text else line.value
        if line.field != "passage":
            return Revision(
                entry=line.entry, field=line.field, was=was, now=now, seen_on=line.seen_on
            )
        return Revision(
            entry=line.entry,
            field=line.field,
            was=was,
            now=now,
            seen_on=line.seen_on,
            number=line.number,
            addressee=line.addressee,
            how=line.how,
        )


def last_revision(lines: Sequence[RevisionLine], field: str, today: str) -> RevisionLine | None:
    """Return the last revision of a field that had been seen by a day, or None."""
    seen = [one for one in lines if one.field == field and one.hi <= today]
    return seen[-1] if seen else None
