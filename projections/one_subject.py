"""What questions about one subject need: its state and its version, from the log itself."""

from collections.abc import Sequence

from ledger import streams
from ledger.errors import NotKnownThen, NotRecorded
from ledger.events.recommendation import CAUSES
from projections import improved_later
from projections.answers import Improved
from projections.asking import Asking
from projections.moment import At
from projections.reader import LogReader
from projections.response_state import ResponseState
from projections.segments import segments
from projections.state import RecommendationState
from projections.subjects import subject_of
from projections.tables import REPORTS, RESPONSES, State, Subject


class OneSubject(Asking):
    """Reads one subject as a reader asks for it."""

    def _one(self, when: At, subject: Subject, reader: LogReader, what: str) -> State:
        if (state := self._known(when, subject, reader)) is not None:
            return state
        if self._recorded_at_all(subject):
            raise NotKnownThen(
                f"The {what} was not known at position {when.position}, or had not happened by "
                f"{when.effective_on.isoformat()}."
            )
        raise NotRecorded(f"No {what} is recorded.")

    def _known(self, when: At, subject: Subject, reader: LogReader) -> State | None:
        for segment in segments(subject, reader, when.position):
            if segment.holds(when.effective_on):
                return segment.state
        return None

    def _recorded_at_all(self, subject: Subject) -> bool:
        table, key = subject
        if table is REPORTS:
            return bool(self._ledger.read_stream(streams.report_stream(key[0])))
        if table is RESPONSES:
            return bool(self._ledger.read_stream(streams.response_stream(key[1], key[0])))
        return bool(self._ledger.read_stream(streams.recommendation_stream(key[1], key[2], key[0])))

    def _children(
        self, when: At, reader: LogReader, state: RecommendationState
    ) -> list[RecommendationState]:
        """Recommendations among which are those that belong to a cause of concern, from the log."""
        if state.kind not in CAUSES:
            return []
        names = reader.recommendations_of(state.report, state.addressee)
        known = [self._known(when, subject_of(name), reader) for name in names]
        return [one for one in known if isinstance(one, RecommendationState)]

    def _improved(self, when: At, reader: LogReader, states: Sequence[ResponseState]) -> Improved:
        """What bettered the verdicts on these responses by an entry made after the last day."""
        return {
            (one.report, one.body): improved_later.read(
                reader, when.position, when.effective_on, one.report, one.body
            )
            for one in states
        }

    def _response(self, when: At, reference: str, body: str, reader: LogReader) -> ResponseState:
        what = f"duty of “{body}” to respond to “{reference}”"
        state = self._one(when, (RESPONSES, (body, reference)), reader, what)
        assert isinstance(state, ResponseState)
        return state

    def _version(self, reader: LogReader, stream: str, when: At) -> int:
        entries = reader.stream(stream, when.position)
        return entries[-1].version if entries else 0
