"""Questions about one subject, whose answers are always fresh: from the read models where they have
come so far, else, and with a trail, worked out from the log itself."""

import re
from collections.abc import Container, Sequence
from dataclasses import asdict
from datetime import date
from difflib import get_close_matches
from functools import partial
from operator import attrgetter
from typing import Any, LiteralString

from psycopg import sql
from psycopg.errors import UndefinedColumn, UndefinedTable

from ledger.dates import in_words, london_date
from ledger.errors import Fault, NotAllowed, NotKnownThen, NotRecorded, Unfit
from ledger.events import CaptureKept, RecommendationReviewed, streams
from ledger.events.entry import Entry, texts
from ledger.events.recommendation import CAUSES
from ledger.events.response import RESPONSE
from ledger.states.effect import KNOWLEDGE, Known, happened, known
from ledger.states.report import report as report_in
from ledger.states.response import duty_names, of_duty, retraction_of
from ledger.states.response import responses as standing
from projections.answers import (
    Answers,
    Improved,
    Json,
    Order,
    as_happened,
    copy_held,
    may_fetch,
    trail_entries,
)
from projections.head import head
from projections.questions import improvements
from projections.questions.question import Question
from projections.states.report import passages_revised_in
from projections.states.response import (
    chief_officer,
    disapplications,
    duty,
    extensions,
    publications,
    silence,
)
from projections.states.values import JudgedResponse, RecommendationState, ReportState
from projections.tables.segments import retracted_on, state_on, subject_of, subjects_of
from projections.tables.tables import (
    HERE,
    RECOMMENDATIONS,
    REPORTS,
    RESPONSES,
    State,
    Subject,
    Table,
    decoded,
)
from projections.verdict import working as workings
from projections.verdict.working import corrected_days, set_aside


def report(question: Question, reference: str) -> Json:
    """A report with its recommendations and the responses owed to it."""
    rows = _rows_below(question, reference)
    if rows is None:
        question.log.read_report_ahead(reference)
    state = _report(question, reference)
    below = _read_below(question, reference) if rows is None else rows
    recommendations = [one for one in below if isinstance(one, RecommendationState)]
    recommendations.sort(key=lambda one: (one.key_order, one.key, one.addressee))
    responses = [one for one in below if isinstance(one, JudgedResponse)]
    responses.sort(key=lambda one: (one.body, one.name != RESPONSE, one.name))
    if rows is None:
        improved = _improved(question, responses)
    else:
        improved = improvements.of_rows(question, responses)
    answers = question.answers([state, *recommendations, *responses], recommendations, improved)
    return {
        **answers.report(state),
        "recommendations": [answers.recommendation(one) for one in recommendations],
        "responses": [answers.response(one) for one in responses],
        "version": _version(question, streams.report_stream(reference)),
        "as_of": question.as_of,
    }


_BELOW = (
    sql.SQL(
        """
    SELECT one.state, NULL FROM projections.recommendations AS one
     WHERE one.report = %(report)s AND {here}
     UNION ALL
    SELECT NULL, one.state FROM projections.responses AS one
     WHERE one.report = %(report)s AND {here}
    """
    )
    .format(here=HERE.format(one=sql.Identifier("one")))
    .as_bytes()
)


def _rows_below(question: Question, reference: str) -> list[State] | None:
    """What is about a report, from the read models; None where they have not come so far."""
    rows = _in_rows(question, _BELOW, prepare=False, report=reference)
    if rows is None:
        return None
    return [decoded(RECOMMENDATIONS, one) if one else decoded(RESPONSES, two) for one, two in rows]


def _in_rows(
    question: Question, query: bytes, prepare: bool = True, **given: str
) -> list[tuple[Any, ...]] | None:
    """What the read models answer; None where they have not come so far, or are being built."""
    if question.now is None or question.now.reached < question.when.position:
        return None
    try:
        return question.conn.execute(query, {**given, **question.dates}, prepare=prepare).fetchall()
    except (UndefinedColumn, UndefinedTable):
        return None


def _read_below(question: Question, reference: str) -> list[State]:
    """The same, worked out from the log itself."""
    position, below = question.when.position, question.log.read_below(reference)
    subjects = [one for name in below for one in subjects_of(name, question.log, position)]
    return [state for one in subjects if (state := _known(question, one)) is not None]


def report_itself(question: Question, reference: str) -> Json:
    """What a report says of itself, without what it recommends and who owes a response."""
    return question.answers([state := _report(question, reference)]).report(state)


def recommendation(
    question: Question, reference: str, number: str, addressee: str, *, with_trail: bool = False
) -> Json:
    """Where a recommendation to a body stands. `with_trail`: its trail is asked for, too, so that
    all its texts are opened at once."""
    try:
        key = streams.key_of(number)
    except ValueError as error:
        raise NotRecorded(str(error)) from None
    what = f"recommendation {number} of “{reference}” to “{addressee}”"
    stream = streams.recommendation_stream(reference, key, addressee)
    row = None if with_trail else _row(question, stream, (addressee, reference, key))
    if row is not None:
        state, about, version = row
        answers = question.answers([state], _children(question, state))
        said = _named(about.title, about.publisher, answers)
    else:
        question.log.read_subject_ahead(stream)
        if with_trail:
            _open_ahead(question, stream)
        found = _there(question, (RECOMMENDATIONS, (addressee, reference, key)), what)
        assert isinstance(found, RecommendationState)
        state, version = found, _version(question, stream)
        answers = question.answers([state], _children(question, state))
        said = _about(question, reference, answers)
    return {
        **answers.recommendation(state),
        **said,
        "stream": stream,
        "version": version,
        "as_of": question.as_of,
    }


def _beside_its_report(table: Table, found_by: LiteralString) -> bytes:
    """The query for a row at the two dates, its report's, and the version of its stream."""
    return (
        sql.SQL(
            """
    SELECT one.state, about.state,
           (SELECT version FROM ledger.entries WHERE stream = %(stream)s AND position <= %(k)s
             ORDER BY version DESC LIMIT 1)
      FROM projections.{table} AS one
      JOIN projections.reports AS about ON about.report = one.report AND {about_here}
     WHERE one.report = %(report)s AND {found_by} AND {one_here}
    """
        )
        .format(
            table=sql.Identifier(table.name),
            found_by=sql.SQL(found_by),
            about_here=HERE.format(one=sql.Identifier("about")),
            one_here=HERE.format(one=sql.Identifier("one")),
        )
        .as_bytes()
    )


_ROW = _beside_its_report(
    RECOMMENDATIONS,
    "one.addressee = %(addressee)s AND one.key_order = %(order)s AND one.key = %(key)s",
)


def _row(
    question: Question, stream: str, of: tuple[str, str, str]
) -> tuple[RecommendationState, ReportState, int] | None:
    """A recommendation and its report as the read models have them, with the version of its
    stream; None where they have not come so far, or it is not there."""
    addressee, reference, key = of
    rows = _in_rows(
        question,
        _ROW,
        stream=stream,
        addressee=addressee,
        report=reference,
        order=streams.key_order(key),
        key=key,
    )
    if not rows:
        return None
    (row,) = rows
    return decoded(RECOMMENDATIONS, row[0]), decoded(REPORTS, row[1]), row[2]


def response(
    question: Question,
    reference: str,
    body: str,
    name: str | None = None,
    *,
    with_trail: bool = False,
) -> Json:
    """What a body owes and published about a report, with the verdict: on the duty of a name, or
    on the response, or on the first that there is; and all its duties in short. `with_trail`: as
    of a recommendation."""
    stream = streams.response_stream(reference, body)
    row = None if with_trail else _response_row(question, stream, body, reference, name)
    if row is None and (gone := _retracted(question, reference, body, name)) is not None:
        return gone
    if row is not None:
        state, about, version = row
        duties, recommendations = [state], _listed_rows(question, state)
        improved = improvements.of_rows(question, [state])
        answers = question.answers([state, *recommendations], recommendations, improved)
        said = _named(about.title, about.publisher, answers)
    else:
        state, duties = _response(question, reference, body, name)
        if with_trail:
            lines = [
                streams.recommendation_stream(reference, one.key, one.addressee)
                for one in state.listed
            ]
            _open_ahead(question, stream, *lines)
        found = [
            _known(question, (RECOMMENDATIONS, (line.addressee, reference, line.key)))
            for line in state.listed
        ]
        recommendations = [one for one in found if isinstance(one, RecommendationState)]
        version, improved = _version(question, stream), _improved(question, [state])
        answers = question.answers([*duties, *recommendations], recommendations, improved)
        said = _about(question, reference, answers)
    return {
        **answers.response(state),
        "duties": [
            {name: shown[name] for name in _IN_SHORT} for shown in map(answers.response, duties)
        ],
        **said,
        "recommendations": [answers.recommendation(one) for one in recommendations],
        "stream": stream,
        "version": version,
        "as_of": question.as_of,
    }


def _retracted(question: Question, reference: str, body: str, name: str | None) -> Json | None:
    """Answer for a duty that was retracted: no verdict, and what was published. None where the duty
    stands, or another one of the body that is asked for by no name."""
    stream, when = streams.response_stream(reference, body), question.when
    entries = question.log.stream(stream, when.position)
    names = [name] if name else list(duty_names(entries))
    if any(one.name in names for one in standing(entries)):
        return None
    wanted = next((one for one in (RESPONSE, *names) if one in names), None)
    retraction = retraction_of(entries, wanted) if wanted else None
    if wanted is None or retraction is None:
        return None
    state = retracted_on((body, reference, wanted), question.log, when.position, when.effective_on)
    if not isinstance(state, JudgedResponse):
        return None
    answers = question.answers([state], [], {})
    found = answers.response(state)
    recorded = london_date(retraction.original.instant)
    by = retraction.original.recorded_by
    return {
        **found,
        **dict.fromkeys(("verdict", "days", "basis", "bases", "coverage", "between")),
        **dict.fromkeys(("due_on", "original_due_on")),
        "at_least": False,
        "improved_later": [],
        "headline": f"This duty was retracted on {in_words(recorded)}, by {by}: nothing is owed "
        "under it.",
        "retracted": {"entry": retraction.id, "on": recorded.isoformat(), "by": by},
        "duties": [],
        **_about(question, reference, answers),
        "recommendations": [],
        "stream": stream,
        "version": _version(question, stream),
        "as_of": question.as_of,
    }


_RESPONSE_ROW = _beside_its_report(RESPONSES, "one.body = %(body)s")
_LISTED_ROWS = (
    sql.SQL(
        """
    SELECT one.addressee, one.key, one.state FROM projections.recommendations AS one
      JOIN unnest((SELECT %(bodies)s::text[]), (SELECT %(orders)s::text[]),
                  (SELECT %(keys)s::text[])) AS line (addressee, key_order, key)
           USING (addressee, key_order, key)
     WHERE one.report = %(report)s AND {here}
    """
    )
    .format(here=HERE.format(one=sql.Identifier("one")))
    .as_bytes()
)
"""Planned once a connection (docs/decisions/0074-statements-are-planned-once.md)."""


def _response_row(
    question: Question, stream: str, body: str, reference: str, name: str | None
) -> tuple[JudgedResponse, ReportState, int] | None:
    """The only duty of a body about a report, and the report, as the read models have them, with
    the version of its stream; None where they have not come so far, where it has another name or
    is not there, or where there are several, which stand in the order in which they arose."""
    rows = _in_rows(question, _RESPONSE_ROW, stream=stream, body=body, report=reference)
    if rows is None or len(rows) != 1:
        return None
    (row,) = rows
    state = decoded(RESPONSES, row[0])
    if name and name != state.name:
        return None
    return state, decoded(REPORTS, row[1]), row[2]


def _listed_rows(question: Question, state: JudgedResponse) -> list[RecommendationState]:
    """The recommendations that a response has to explain, as the read models have them."""
    if not state.listed:
        return []
    given = {
        "report": state.report,
        "bodies": [one.addressee for one in state.listed],
        "orders": [streams.key_order(one.key) for one in state.listed],
        "keys": [one.key for one in state.listed],
        **question.dates,
    }
    rows = question.conn.execute(_LISTED_ROWS, given, prepare=True).fetchall()
    found = {(addressee, key): decoded(RECOMMENDATIONS, text) for addressee, key, text in rows}
    named = [(one.addressee, one.key) for one in state.listed]
    return [found[one] for one in named if one in found]


_IN_SHORT = (
    *("name", "rule", "due_on", "published_on", "verdict", "days", "at_least", "headline"),
    "links",
)


def working(question: Question, reference: str, body: str, name: str | None = None) -> Json:
    """How the verdict on a duty was reached: as named, else the response, else the first.
    NotRecorded where it was retracted."""
    if (gone := _retracted(question, reference, body, name)) is not None:
        raise NotRecorded(
            f"{gone['headline']} No verdict is worked out; what was published is at "
            f"/api/responses/{reference}/{body}."
        )
    (state, _), when = _response(question, reference, body, name), question.when
    answers = question.answers([state])
    opened = answers.opened
    places = {line.looked.entry: opened.text(line.where) for line in state.lookups}
    of_report = question.log.stream(streams.report_stream(reference), when.position)
    stream = question.log.stream(streams.response_stream(reference, body), when.position)
    own = of_duty(stream, state.name)
    found = workings.working(
        duty(state, when.effective_on),
        publications(state),
        disapplications(state, opened.text),
        effective_on=when.effective_on,
        chief_officer=chief_officer(state),
        extensions=extensions(state, when.effective_on, opened.text),
        set_aside=set_aside(of_report, own),
        corrected=corrected_days(of_report) | corrected_days(own),
        listed=state.listed,
        listed_by=state.listed_by,
        silence=silence(state),
        places={entry: words for entry, words in places.items() if words},
        name=question.register.name,
    )
    return {
        **found,
        "report": reference,
        "body": body,
        "name": state.name,
        "as_of": question.as_of,
    }


def trail(
    question: Question,
    stream: str,
    order: Order = "recorded",
    after: int = 0,
    limit: int | None = None,
) -> Json:
    """Every entry of a stream that was known, in the order of the log or as it happened; or a page
    of them, of those after the one at a position. `next` is the position after which more follow.
    Unfit where no entry of the stream is at that position."""
    entries: list[Entry] = []
    if limit is not None and order == "recorded":
        entries = _enough_for(question, stream, after, limit)
    entries = entries or question.log.stream(stream, question.when.position)
    if not entries:
        raise NotRecorded(f"Nothing is recorded under “{stream}”.")
    by_id = {entry.id: entry.position for entry in entries}
    ids = _as_happened(question, entries, stream) if order == "happened" else list(by_id)
    begin = 0
    if after:
        begin = next((n for n, one in enumerate(ids, 1) if by_id[one] == after), 0)
        if not begin:
            sentence = f"No entry of this history is at position {after}: give what `next` said."
            raise Unfit(sentence, Fault("after", sentence))
    here = ids[begin:] if limit is None else ids[begin : begin + limit]
    places = {one: place for place, one in enumerate(here)}
    items = entries_of_trail(question, entries, places)
    return {
        "items": sorted(items, key=lambda item: places[item["id"]]),
        "next": by_id[here[-1]] if begin + len(here) < len(ids) else None,
        "stream": stream,
        "order": order,
        "as_of": question.as_of,
    }


def _enough_for(question: Question, stream: str, after: int, limit: int) -> list[Entry]:
    """What a page of a long stream is made of: the entry that it comes after, its own, one more,
    and what changed any. None, where entries of its own tell of others, which can be anywhere."""
    upto = question.when.position
    found = [one for one in question.log.part(stream, after, limit + 2) if one.position <= upto]
    page = [one for one in found if one.position >= after][: limit + 2]
    tells = any(
        isinstance(one.data, KNOWLEDGE) or any(path == "was" for path, _ in texts(one))
        for one in page
    )
    return [] if tells or not page else found


def trail_by_the_day(question: Question, stream: str, order: Order = "recorded") -> Json:
    """The trail of a stream for a page: what had happened by the day asked about, and what was
    said of that since; of a recommendation, the reviews by panels too. `later`: how many entries
    tell of what had not happened by then."""
    when, log = question.when, question.log
    entries = log.stream(stream, when.position)
    if not entries:
        raise NotRecorded(f"Nothing is recorded under “{stream}”.")
    entries = [*entries, *_reviews(question, stream)]
    last_days = {one.id: _last_day(question, one) for one in known(entries)}
    there: set[str] = set()
    for entry in sorted(entries, key=attrgetter("position")):  # a target before what is about it
        said_of = entry.data.target if isinstance(entry.data, KNOWLEDGE) else None
        if said_of in there or (said_of is None and last_days[entry.id] <= when.effective_on):
            there.add(entry.id)
    items = [one for one in entries_of_trail(question, entries) if one["id"] in there]
    items.sort(
        key=lambda one: (last_days[one["id"]] if order == "happened" else date.min, one["position"])
    )
    return {
        "items": items,
        "later": len(entries) - len(items),
        "order": order,
        "as_of": question.as_of,
    }


def _reviews(question: Question, stream: str) -> list[Entry]:
    """The reviews of a recommendation by panels, and what was said of them since. The read models
    tell in which meetings there are any, and the log itself where they have not come yet."""
    if streams.kind(stream) != "recommendation":
        return []
    name = streams.recommendation_of(stream)
    reached = (question.now or head(question.conn)).reached
    rows = question.conn.execute(
        """
        SELECT meeting FROM projections.reviews
         WHERE report = %(report)s AND key = %(key)s AND addressee = %(addressee)s
         UNION
        SELECT stream FROM ledger.entries
         WHERE position > %(reached)s AND topic = 'recommendation-reviewed'
        """,
        {**asdict(name), "reached": reached},
    ).fetchall()
    meetings = sorted(meeting for (meeting,) in rows)
    question.log.read_ahead(meetings)
    found: list[Entry] = []
    for meeting in meetings:
        of_it: set[str] = set()
        for entry in question.log.stream(meeting, question.when.position):
            match entry.data:
                case RecommendationReviewed(recommendation=of):
                    reviewed = (of.report, streams.key_of(of.number), of.addressee)
                    is_of_it = reviewed == (name.report, name.key, name.addressee)
                case _:
                    is_of_it = getattr(entry.data, "target", None) in of_it
            if is_of_it:
                of_it.add(entry.id)
                found.append(entry)
    return found


def _last_day(question: Question, one: Known) -> date:
    """The last day on which an act can have happened."""
    captured_on = question.log.context(question.when.position).captured_on
    about = question.log.report_about(one.original.stream, question.when.position)
    if about is None:
        return happened(one, report_day=None, captured_on=captured_on).hi
    return about.happened(one, captured_on).hi


def entries_of_trail(
    question: Question, entries: list[Entry], shown: Container[str] | None = None
) -> list[Json]:
    """Whole streams, entry by entry as a trail shows them; `shown`: of those with these ids."""
    log, position = question.log, question.when.position
    revised = passages_revised_in(entries)
    log.read_ahead(revised)
    beside = [one for name in revised for one in log.stream(name, position)]
    here = [one for one in entries if shown is None or one.id in shown]
    former = {text.sha256 for one in here for path, text in texts(one) if path == "was"}
    said_before = [
        one
        for one in (*beside, *(entries if former else ()))
        if any(text.sha256 in former for _, text in texts(one))
    ]
    opened = question.opened([one.position for one in (*here, *said_before)])
    copies = _copies(question, here)
    about = partial(log.report_about, position=position)
    service = log.service(position)
    return trail_entries(entries, here, opened, service, copies, about, said_before)


def meeting(question: Question, panel: str, day: str) -> Json:
    """A meeting of a panel: whether it was held, its papers, what it reviewed."""
    found = trail(question, streams.meeting_stream(panel, day))
    items = [item for item in found["items"] if item["in_effect"]]
    return {
        "panel": panel,
        "date": day,
        "held": any(item["type"] == "meeting-held" for item in items),
        "papers": [item for item in items if item["type"] == "paper-issued"],
        "reviews": [item for item in items if item["type"] == "recommendation-reviewed"],
        "version": found["items"][-1]["version"],
        "as_of": question.as_of,
    }


def entry(question: Question, entry_id: str) -> Json:
    """One entry as the trail shows it."""
    named = question.ledger.entry(entry_id)
    if named.position > question.when.position:
        raise NotKnownThen(f"The entry “{entry_id}” was not recorded yet.")
    entries = question.log.stream(named.stream, question.when.position)
    (found,) = entries_of_trail(question, entries, {named.id})
    return {**found, "as_of": question.as_of}


_AROUND = 500
"""So many entries before and after one are looked at for those recorded with it."""


def recorded_with(question: Question, position: int) -> list[Json]:
    """The entries recorded in one act with the one at a position, itself among them, as far as
    they are near: their ids, positions and types."""
    rows = question.conn.execute(
        """
        SELECT e.event_id::text, e.position, e.topic
          FROM ledger.entries AS e JOIN ledger.entries AS o ON o.position = %(at)s
         WHERE e.position BETWEEN %(at)s - %(around)s AND %(at)s + %(around)s
           AND e.recorded_at = o.recorded_at
         ORDER BY e.position
        """,
        {"at": position, "around": _AROUND},
    ).fetchall()
    return [{"id": name, "position": at, "type": topic} for name, at, topic in rows]


def capture(question: Question, name: str) -> Entry:
    """The entry of a capture whose bytes this reader may fetch. NotAllowed where not."""
    found = question.log.stream(streams.capture_stream(name), question.when.position)
    kept = next((one for one in found if isinstance(one.data, CaptureKept)), None)
    if kept is None:
        if question.ledger.read_stream(streams.capture_stream(name)):
            raise NotKnownThen(f"The capture “{name}” was not kept yet.")
        raise NotRecorded(f"No capture “{name}” is kept.")
    if not may_fetch(question.reader, kept):
        since = in_words(london_date(kept.instant))
        raise NotAllowed(
            f"This capture is for the office: {kept.recorded_by.partition('/')[0]} holds it "
            f"since {since}. Ask with a token of that body, its force, or an auditor: one that "
            "records or has the scope “office”."
        )
    return kept


def title(question: Question, reference: str) -> str | None:
    """The title of a report, None where it was not known."""
    entries = question.log.stream(streams.report_stream(reference), question.when.position)
    found = report_in(entries)
    return found.data.title if found else None


_MOST_ALIKE = 500
"""Among so many references those near another are looked for."""


def reports_near(question: Question, given: str) -> list[tuple[str, str]]:
    """The reports whose references are near one that is given, with their titles."""
    asked = given.lower()[:80]
    longest = max(re.findall(r"[a-z]{4,}", asked), key=len, default=asked)
    rows = question.conn.execute(
        """
        SELECT DISTINCT report FROM projections.reports
         WHERE starts_with(report, %(begins)s) OR strpos(report, %(word)s) > 0
         LIMIT %(most)s
        """,
        {"begins": asked[:8], "word": longest, "most": _MOST_ALIKE},
    ).fetchall()
    near = get_close_matches(asked, [name for (name,) in rows], 4, 0.6)
    named = [(one, title(question, one)) for one in near]
    return [(one, called) for one, called in named if called is not None]


def _about(question: Question, reference: str, answers: Answers) -> Json:
    """What is said of a report beside what is about it."""
    found = question.log.report(reference, question.when.position)
    if found is None:
        return {"report_title": None, "publisher": None, "publisher_name": None}
    return _named(found[0].data.title, found[0].data.publisher, answers)


def _named(title: str, publisher: str, answers: Answers) -> Json:
    return {
        "report_title": title,
        "publisher": publisher,
        "publisher_name": answers.name(publisher),
    }


def _open_ahead(question: Question, *names: str) -> None:
    """Open the texts of whole streams about a report, and of the report's own, at once."""
    position = question.when.position
    about = [streams.report_stream(str(streams.report_of(names[0]))), *names]
    question.opened(
        [entry.position for name in about for entry in question.log.stream(name, position)]
    )


def _report(question: Question, reference: str) -> ReportState:
    state = _there(question, (REPORTS, (reference,)), f"report “{reference}”")
    assert isinstance(state, ReportState)
    return state


def _there(question: Question, subject: Subject, what: str) -> State:
    if (state := _known(question, subject)) is not None:
        return state
    if _recorded_at_all(question, subject):
        raise NotKnownThen(
            f"The {what} was not known at position {question.when.position}, or had not happened "
            f"by {question.when.effective_on.isoformat()}."
        )
    raise NotRecorded(f"No {what} is recorded.")


def _known(question: Question, subject: Subject) -> State | None:
    when = question.when
    return state_on(subject, question.log, when.position, when.effective_on)


def _recorded_at_all(question: Question, subject: Subject) -> bool:
    table, key = subject
    if table is REPORTS:
        stream = streams.report_stream(key[0])
    elif table is RESPONSES:
        stream = streams.response_stream(key[1], key[0])
        return key[2] in duty_names(question.ledger.read_stream(stream))
    else:
        stream = streams.recommendation_stream(key[1], key[2], key[0])
    return bool(question.ledger.read_stream(stream))


def _response(
    question: Question, reference: str, body: str, name: str | None
) -> tuple[JudgedResponse, list[JudgedResponse]]:
    """The duty of a name, or the response, or the first that there is; and all of them."""
    stream = streams.response_stream(reference, body)
    question.log.read_subject_ahead(stream)
    subjects = subjects_of(stream, question.log, question.when.position)
    found = [_known(question, one) for one in subjects]
    duties = [one for one in found if isinstance(one, JudgedResponse)]
    if not name and duties:
        return next((one for one in duties if one.name == RESPONSE), duties[0]), duties
    what = f"duty of “{body}” to respond to “{reference}”"
    if name and name != RESPONSE:
        what = f"duty “{name}” of “{body}” about “{reference}”"
    state = _there(question, (RESPONSES, (body, reference, name or RESPONSE)), what)
    assert isinstance(state, JudgedResponse)
    return state, duties


def _children(question: Question, state: RecommendationState) -> list[RecommendationState]:
    """Recommendations among which are those that belong to a cause of concern."""
    if state.kind not in CAUSES:
        return []
    names = question.log.recommendations_of(state.report, state.addressee)
    found = [_known(question, subject_of(name)) for name in names]
    return [one for one in found if isinstance(one, RecommendationState)]


def _improved(question: Question, states: Sequence[JudgedResponse]) -> Improved:
    """What bettered the verdicts on these responses by an entry made after the last day."""
    return {(one.report, one.body, one.name): improvements.of_log(question, one) for one in states}


def _version(question: Question, stream: str) -> int:
    entries = question.log.stream(stream, question.when.position)
    return entries[-1].version if entries else 0


def _as_happened(question: Question, entries: list[Entry], stream: str) -> list[str]:
    log, position = question.log, question.when.position
    about = log.report_about(stream, position)
    return as_happened(entries, about, log.context(position).captured_on)


def _copies(question: Question, entries: Sequence[Entry]) -> dict[str, Json]:
    """What is held of the captures that entries cite, or are, by their ids."""
    names = {
        one.entry.source.capture
        for one in known(entries)
        if one.entry.source is not None and one.entry.source.capture is not None
    } | {e.stream.removeprefix("capture/") for e in entries if isinstance(e.data, CaptureKept)}
    captures = [streams.capture_stream(name) for name in sorted(names)]
    question.log.read_ahead(captures)
    kept = [
        one
        for name in captures
        for one in question.log.stream(name, question.when.position)
        if isinstance(one.data, CaptureKept)
    ]
    there = _bytes_are_there(question, [one.position for one in kept])
    found = [copy_held(one, question.reader, there) for one in kept]
    return {one["id"]: one for one in found}


def _bytes_are_there(question: Question, positions: Sequence[int]) -> set[int]:
    """At which of these positions the bytes of captures are there."""
    if not positions:
        return set()
    query = "SELECT position FROM ledger.shown_captures WHERE position = ANY (%s)"
    return {position for (position,) in question.conn.execute(query, [list(positions)])}
