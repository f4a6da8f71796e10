"""The things that all answers to one question share: its dates, its register, and the texts opened
for its reader."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ledger.dates import rfc3339
from ledger.states.service import Service
from projections import offices
from projections.answers.parts import Office, Succession, ToldBy, Withheld
from projections.answers.readers import Opened, texts_of
from projections.as_of import At
from projections.states.values import (
    DecisionLine,
    GradeLine,
    JudgedResponse,
    RecommendationState,
    RepeatLine,
    ReportState,
    SourceLine,
)

State = ReportState | GradeLine | RecommendationState | JudgedResponse


class AnswerContext:
    """The context that answers are made from, together with a state."""

    def __init__(
        self, when: At, register: Service, opened: Opened, since: Mapping[int, datetime]
    ) -> None:
        """`since` gives the moments at which the texts that the reader may not read were recorded,
        by position."""
        self.when = when
        self.day = when.effective_on
        self.register = register
        self.name = register.name
        self.opened = opened
        self._since = since

    def told(self, line: DecisionLine | RepeatLine | GradeLine) -> ToldBy:
        """Return whose act something is, and who reported it."""
        source = line.source if isinstance(line, DecisionLine) else line
        return ToldBy(
            entry=line.entry,
            by=line.by,
            by_name=self.name(line.by) if line.by else None,
            provenance=source.provenance,
            on=line.on,
            recorded_by=source.recorded_by,
            reported_by_name=self.reporter(source),
        )

    def reporter(self, source: SourceLine | RepeatLine | GradeLine) -> str | None:
        """Return the name of the body that reported an act; None if it is known first hand."""
        if source.provenance != "reported":
            return None
        return self.name(source.recorded_by.partition("/")[0])

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
