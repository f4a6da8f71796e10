"""The questions about one subject, read from the log itself and so always fresh; and, by
`Lists` and `Packs`, those about many."""

from ledger import streams
from ledger.clock import london_date
from ledger.dates import in_words
from ledger.entry import Entry
from ledger.errors import NotAllowed, NotKnownThen, NotRecorded
from ledger.events import CaptureKept
from projections import working
from projections.answers import Json
from projections.captures import may_fetch
from projections.changes import Changes
from projections.corrected_days import corrected_days
from projections.judging import disapplications, duty, extensions, listed, publications
from projections.log_list import LogList
from projections.moment import At
from projections.names import Names
from projections.one_subject import OneSubject
from projections.pack import Packs
from projections.reader import LogReader
from projections.response_state import ListedLine, ResponseState
from projections.set_aside import set_aside
from projections.state import RecommendationState, ReportState
from projections.subjects import subject_of
from projections.tables import RECOMMENDATIONS, REPORTS, Subject
from projections.totals import Totals
from projections.trail import Order, as_happened


class Register(OneSubject, Packs, Totals, Changes, LogList, Names):
    """Answers one reader's questions."""

    def report(self, when: At, reference: str) -> Json:
        """A report with its recommendations and the responses owed to it."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            state = self._one(when, (REPORTS, (reference,)), reader, f"report “{reference}”")
            assert isinstance(state, ReportState)
            below = [
                known
                for stream in reader.read_below(reference)
                if (known := self._known(when, subject_of(stream), reader)) is not None
            ]
            recommendations = [one for one in below if isinstance(one, RecommendationState)]
            recommendations.sort(key=lambda one: (len(one.key), one.key, one.addressee))
            responses = [one for one in below if isinstance(one, ResponseState)]
            states = [state, *recommendations, *responses]
            answers = self._answers(
                conn, when, reader, states, recommendations, self._improved(when, reader, responses)
            )
            return {
                **answers.report(state),
                "recommendations": [answers.recommendation(one) for one in recommendations],
                "responses": [answers.response(one) for one in responses],
                "version": self._version(reader, streams.report_stream(reference), when),
                "as_of": when.as_of,
            }

    def recommendation(self, when: At, reference: str, number: str, addressee: str) -> Json:
        """Where a recommendation to a body stands."""
        key = _key(number)
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            what = f"recommendation {number} of “{reference}” to “{addressee}”"
            state = self._one(when, (RECOMMENDATIONS, (addressee, reference, key)), reader, what)
            assert isinstance(state, RecommendationState)
            stream = streams.recommendation_stream(reference, key, addressee)
            return {
                **self._answers(
                    conn, when, reader, [state], self._children(when, reader, state)
                ).recommendation(state),
                "report_title": self._title(reader, reference, when),
                "stream": stream,
                "version": self._version(reader, stream, when),
                "as_of": when.as_of,
            }

    def response(self, when: At, reference: str, body: str) -> Json:
        """What a body owes and published about a report, with the verdict."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            state = self._response(when, reference, body, reader)
            recommendations = [
                one
                for line in state.listed
                if isinstance(
                    one := self._known(when, _subject(line, reference), reader), RecommendationState
                )
            ]
            states = [state, *recommendations]
            answers = self._answers(
                conn, when, reader, states, recommendations, self._improved(when, reader, [state])
            )
            stream = streams.response_stream(reference, body)
            return {
                **answers.response(state),
                "report_title": self._title(reader, reference, when),
                "recommendations": [answers.recommendation(one) for one in recommendations],
                "stream": stream,
                "version": self._version(reader, stream, when),
                "as_of": when.as_of,
            }

    def working(self, when: At, reference: str, body: str) -> Json:
        """How the verdict on a response was reached."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            state = self._response(when, reference, body, reader)
            opened = self._answers(conn, when, reader, [state]).opened
            of_report = reader.stream(streams.report_stream(reference), when.position)
            own = reader.stream(streams.response_stream(reference, body), when.position)
            found = working.working(
                duty(state, when.effective_on),
                publications(state),
                disapplications(state, opened),
                effective_on=when.effective_on,
                extensions=extensions(state, when.effective_on, opened),
                set_aside=set_aside(of_report, own),
                corrected=corrected_days(of_report) | corrected_days(own),
                listed=[listed(line) for line in state.listed],
                listed_by=state.listed_by,
            )
            return {**found, "report": reference, "body": body, "as_of": when.as_of}

    def trail(self, when: At, stream: str, order: Order = "recorded") -> Json:
        """Every entry of a stream that was known, in the order of the log or as it happened."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            entries = reader.stream(stream, when.position)
            if not entries:
                raise NotRecorded(f"Nothing is recorded under “{stream}”.")
            items = self._trail(conn, reader, entries, when.position)
            if order == "happened":
                places = self._as_happened(reader, entries, stream, when.position)
                items.sort(key=lambda item: places.index(item["id"]))
            return {"items": items, "stream": stream, "order": order, "as_of": when.as_of}

    def _as_happened(
        self, reader: LogReader, entries: list[Entry], stream: str, position: int
    ) -> list[str]:
        captured_on = reader.context(position).captured_on
        return as_happened(entries, reader.report_about(stream, position), captured_on)

    def meeting(self, when: At, panel: str, day: str) -> Json:
        """A meeting of a panel: whether it was held, its papers, what it reviewed."""
        found = self.trail(when, streams.meeting_stream(panel, day))
        items = [item for item in found["items"] if item["in_effect"]]
        return {
            "panel": panel,
            "date": day,
            "held": any(item["type"] == "meeting-held" for item in items),
            "papers": [item for item in items if item["type"] == "paper-issued"],
            "reviews": [item for item in items if item["type"] == "recommendation-reviewed"],
            "version": found["items"][-1]["version"],
            "as_of": when.as_of,
        }

    def entry(self, when: At, entry_id: str) -> Json:
        """One entry as the trail shows it."""
        entry = self._ledger.entry(entry_id)
        if entry.position > when.position:
            raise NotKnownThen(f"The entry “{entry_id}” was not recorded yet.")
        found = self.trail(when, entry.stream)
        one: Json = next(item for item in found["items"] if item["id"] == entry.id)
        return {**one, "as_of": when.as_of}

    def capture(self, when: At, name: str) -> Entry:
        """The entry of a capture whose bytes this reader may fetch. NotAllowed where not."""
        with self._connection() as conn:
            reader = LogReader(conn, upto=when.position)
            found = reader.stream(streams.capture_stream(name), when.position)
        entry = next((one for one in found if isinstance(one.data, CaptureKept)), None)
        if entry is None:
            if self._ledger.read_stream(streams.capture_stream(name)):
                raise NotKnownThen(f"The capture “{name}” was not kept yet.")
            raise NotRecorded(f"No capture “{name}” is kept.")
        if not may_fetch(self._reader(), entry):
            since = in_words(london_date(entry.instant))
            raise NotAllowed(
                f"This capture is for the office: {entry.recorded_by.partition('/')[0]} holds it "
                f"since {since}. Ask with a token of that body, its force, or an auditor: one that "
                "records or has the scope “office”."
            )
        return entry

    def rules(self, when: At) -> Json:
        """The rules adopted, every version."""
        return self._of_service(when, lambda service: service.rules.values())


def _subject(line: ListedLine, reference: str) -> Subject:
    return RECOMMENDATIONS, (line.addressee, reference, line.key)


def _key(number: str) -> str:
    try:
        return streams.key_of(number)
    except ValueError as error:
        raise NotRecorded(str(error)) from None
