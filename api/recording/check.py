"""The check before a form is recorded: what will be recorded, and how it will then read.

The act is decided as it always is. Then `look` raises NotChecked, so that nothing is stored. So the
check refuses what recording would refuse, and its verdicts are those of the projector. Its page
carries the fields of the form, and the server keeps nothing. Sent again as `checked`, with each
tick set, the same form is recorded, once by its key.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask import Response

from api.reading import act_sentences, response_sentences, words
from api.reading import recommendation_sentences as sentences
from api.reading.entry_fields import value_in_words
from api.reading.page import rendered
from api.reading.texts import apart, body_of
from api.recording import corrections
from api.recording.form_fields import FormField
from api.requests import questions
from ledger.acts.decision import Decision
from ledger.acts.recommendation import placed
from ledger.date_phrases import read_date
from ledger.dates import in_words, last_day
from ledger.errors import Refused
from ledger.events import (
    AnyEvent,
    CommissionerStatementIssued,
    EntryCorrected,
    RecommendationEvent,
    RecommendationRaised,
    Reopened,
    RepeatNoted,
    ResponsePublished,
)
from ledger.events.entry import Entry
from ledger.events.response import RESPONSE as THE_RESPONSE
from ledger.events.streams import recommendation_of, report_of
from ledger.events.texts import LANGUAGES, Text
from ledger.states.effect import in_effect
from ledger.states.recommendation import ENDED, fold
from projections.questions.question import Question
from projections.questions.supposed import Judged, Reading, Supposed, supposed

CHECKED, CHANGE, SURE = "checked", "change", "sure"
"""The fields of the check's page: its answer, its way back to the form, and its ticks."""
_FEW = 8
"""At most so many entries, and so many readings, are named one by one."""
_ALSO_WHEN_CLOSED = CommissionerStatementIssued | Reopened | RepeatNoted
"""Acts that nobody has to confirm for a recommendation that is closed."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick that has to be set before an act is recorded: its name, the fact that asks for it, and
    what the person confirms."""

    name: str
    fact: str
    confirms: str


class NotChecked(Refused):
    """A decision that is not stored, since nobody has checked it yet or a tick is missing."""

    def __init__(self, decision: Decision, ticks: list[Tick]) -> None:
        super().__init__("not-checked", "Check it before you record it.")
        self.decision, self.ticks = decision, ticks


def look(decision: Decision, fields: Collection[FormField], form: Mapping[str, str]) -> None:
    """Raise NotChecked unless the form says that a person has checked this decision, with the ticks
    that it asks for."""
    asked = ticks(decision, fields)
    if not form.get(CHECKED) or any(not form.get(f"{SURE}.{one.name}") for one in asked):
        raise NotChecked(decision, asked)


def ticks(decision: Decision, fields: Collection[FormField]) -> list[Tick]:
    """Return the ticks that have to be set before a decision is recorded."""
    return [*_second_response(decision), *_what_is_closed(decision), *_before(decision, fields)]


def _second_response(decision: Decision) -> Iterator[Tick]:
    """Yield a tick for a response to a report that has one already."""
    new = {one.id for one in decision.entries}
    for entry in decision.entries:
        if not isinstance(entry.data, ResponsePublished):
            continue
        duties = set(entry.data.duties or (THE_RESPONSE,))
        for one in in_effect(decision.stream(entry.stream)):
            if (
                one.id not in new
                and isinstance(one.data, ResponsePublished)
                and duties & set(one.data.duties or (THE_RESPONSE,))
            ):
                day = one.entry.occurred_on
                when = f"on {in_words(day)}" if day else "on a day not known"
                at = f" at {one.data.url}" if one.data.url else ""
                recorder = decision.service.name(body_of(one.original.recorded_by))
                yield Tick(
                    f"second-{one.original.position}",
                    f"A response is recorded already: published {when}{at}, recorded by "
                    f"{apart(recorder)} (entry {one.original.position}). "
                    f"{_same_in_another_language(one.data, entry.data)}If that one is "
                    "wrong, correct it or retract it instead.",
                    "This is one more response, published beside it",
                )


def _same_in_another_language(there: ResponsePublished, new: ResponsePublished) -> str:
    """Return what to do if a new response in another language is the recorded one's translation."""
    if there.text is None or new.text is None or there.text.lang == new.text.lang:
        return ""
    return (
        f"It is in {LANGUAGES[there.text.lang]}. If yours is the same in "
        f"{LANGUAGES[new.text.lang]}, it is no second response: go to its page, and add the text "
        "in the other language there. "
    )


def _what_is_closed(decision: Decision) -> Iterator[Tick]:
    """Yield a tick for an act on a recommendation that is closed, withdrawn or superseded, and for
    opening one again that is not closed."""
    for entry in decision.entries:
        act = entry.data
        if not isinstance(act, RecommendationEvent) or isinstance(act, RecommendationRaised):
            continue
        found = decision.report(str(report_of(entry.stream)))
        acts = placed(decision, found, decision.stream(entry.stream))
        own = next((one for one in acts if one.entry == entry.id), None)
        standing = fold(acts, until=own.place if own else None)
        if isinstance(act, Reopened) and standing.status != "closed":
            yield Tick(
                f"open-{recommendation_of(entry.stream).key}",
                f"Recommendation {recommendation_of(entry.stream).key} is not closed here.",
                "It was closed before, and that is not recorded here",
            )
        if isinstance(act, _ALSO_WHEN_CLOSED) or standing.status not in {"closed", *ENDED}:
            continue
        since = f" since {in_words(standing.ended_on)}" if standing.ended_on else ""
        yield Tick(
            f"closed-{recommendation_of(entry.stream).key}",
            f"Recommendation {recommendation_of(entry.stream).key} is {standing.status}{since}. "
            "This does not open it again.",
            "I want to record this all the same",
        )


def _before(decision: Decision, fields: Collection[FormField]) -> Iterator[Tick]:
    """Yield a tick for each day of the form that is before the report was published."""
    for reference in dict.fromkeys(
        filter(None, (report_of(one.stream) for one in decision.entries))
    ):
        published = decision.report(reference).day
        if published is None:
            continue
        for one in _days(fields):
            on = read_date(one.value).on
            if on and last_day(on) < published:
                yield Tick(
                    f"before-{one.id}",
                    f"{one.label}: {in_words(on)} is before the report was published, on "
                    f"{in_words(published)}.",
                    "The day is right",
                )


def _days(fields: Collection[FormField]) -> Iterator[FormField]:
    for one in fields:
        if one.kind == "day" and one.value:
            yield one
        yield from _days(one.parts)


def page(
    found: NotChecked,
    fields: Collection[FormField],
    form: Mapping[str, str],
    hidden: list[tuple[str, str]],
    **more: object,
) -> Response:
    """Return the page that says what will be recorded, and how it will then read."""
    at = questions.question()
    missing = [one for one in found.ticks if not form.get(f"{SURE}.{one.name}")]
    readings = [one for one in supposed(at, found.decision.entries) if one.after or one.before]
    changed = [one for one in readings if _says(one.before) != _says(one.after)]
    shown = changed or readings
    others = [one for one in found.decision.entries if not isinstance(one.data, EntryCorrected)]
    return rendered(
        "check.html",
        200 if not form.get(CHECKED) else 422,
        entries=[
            *_corrected(at, found.decision),
            *_each_once(_sentence(at, one) for one in others[:_FEW]),
        ],
        more_entries=_counted(others[_FEW:]),
        readings=[_then(one) for one in shown[:_FEW]],
        more_readings=len(shown[_FEW:]),
        filled=list(_filled(fields, at)),
        ticks=found.ticks,
        missing=missing if form.get(CHECKED) else [],
        form=form,
        hidden=hidden,
        **more,
    )


@dataclass(frozen=True, slots=True)
class _Acted:
    """A decided entry as sentences about acts need it."""

    event: AnyEvent
    by: str | None
    by_name: str | None
    recorded_by: str
    recorded_at: str
    known_on: str | None


def _sentence(at: Question, entry: Entry) -> str:
    """Return a decided entry in words: who did what, when, and on whose word."""
    name = at.register.name
    by_name = name(entry.by) if entry.by else None
    acted = _Acted(entry.data, entry.by, by_name, entry.recorded_by, "", entry.occurred_on)
    said = act_sentences.act(acted)
    if entry.data.DATED:
        said += f", {words.day(entry.occurred_on)}" if entry.occurred_on else ", on a day not known"
    return f"{said}. {_whose_word(at, entry)}"


def _whose_word(at: Question, entry: Entry) -> str:
    """Return a sentence about whose word a decided entry is."""
    name = at.register.name
    office = body_of(entry.recorded_by)
    if entry.provenance == "reported" and entry.by:
        return f"The word is {apart(name(entry.by))}’s, as reported by {apart(name(office))}."
    return f"On {apart(name(office))}’s own word."


def _corrected(at: Question, decision: Decision) -> list[str]:
    """Return a sentence about the field that a decision corrects: what it will say, what it says
    now, and in how many entries. It is one field, which a statement may say in several entries."""
    found = [(one, one.data) for one in decision.entries if isinstance(one.data, EntryCorrected)]
    if not found:
        return []
    entry, act = found[0]
    target = next(one for one in decision.stream(entry.stream) if one.id == act.target)
    who = words.short(entry.by or "", at.register.name(entry.by) if entry.by else None)
    said = (
        f"{apart(who or body_of(entry.recorded_by))} corrected "
        f"{corrections.called(target, act.field)}: {corrections.in_words(act.field, act.now)}"
    )
    if not isinstance(act.was, Text):
        said += f" (until now: {corrections.in_words(act.field, act.was)})"
    if others := len(found) - 1:
        said += f", here and in {words.count(others, 'entry', 'entries')} that came with it"
    return [f"{said}. {_whose_word(at, entry)}"]


def _each_once(said: Iterable[str]) -> list[str]:
    """Return sentences, each once with the number of entries that it is about."""
    return [
        one if many == 1 else f"{one} ({words.count(many, 'entry', 'entries')})"
        for one, many in Counter(said).items()
    ]


def _counted(entries: list[Entry]) -> list[str]:
    """Return how many entries of each kind there are beside those that are named."""
    topics = [one.data.TOPIC for one in entries]
    return [
        f"{topics.count(topic):,} more: {topic.replace('-', ' ')}"
        for topic in dict.fromkeys(topics)
    ]


@dataclass(frozen=True, slots=True)
class Then:
    """How something reads now and will then read, in words."""

    what: str
    now: str | None
    then: str
    headline: str
    same: bool


def _then(one: Supposed) -> Then:
    now, then = _says(one.before), _says(one.after)
    headline = one.after.headline if isinstance(one.after, Judged) else ""
    return Then(
        _what(one), now or None, then or "It will no longer be there", headline, now == then
    )


def _what(one: Supposed) -> str:
    """Return the subject of a reading by its name: `Response of Kent to “A report”`."""
    match one.after or one.before:
        case Judged(line=line):
            return f"{words.duty(line.name)} of {line.body_name} to “{apart(one.title)}”"
        case found:
            assert found is not None
            numbered = words.numbered(found.kind, found.number)
            return f"{numbered} to {found.addressee_name}, in “{apart(one.title)}”"


def _says(one: Reading | None) -> str:
    """Return a verdict, or a standing with its target, in words; empty if it doesn't exist."""
    if one is None:
        return ""
    if isinstance(one, Judged):
        return response_sentences.verdict(one.line)
    return f"{sentences.status(one)}. {sentences.target_in_short(one)}".strip().rstrip(".")


def _filled(fields: Collection[FormField], at: Question) -> Iterator[tuple[str, str, str]]:
    """Yield what was filled in: the label of each field, its value in words, and who will read a
    text. A field that the page has settled stands in its heading alone."""
    for one in fields:
        if one.kind == "hidden" and one.path != "reason":
            continue
        if one.parts and all(part.kind == "hidden" for part in one.parts):
            yield one.label, one.help, ""
        elif one.parts:
            for label, said, audience in _filled(one.parts, at):
                yield (f"{one.label}: {label}" if one.path.count(".") else label), said, audience
        elif said := _in_words(one, at):
            yield one.label, said, _AUDIENCES.get(one.audience or "", "")


_AUDIENCES = {
    "public": "Everybody will read this.",
    "office": "Only the office, its force or commissioner, and auditors will read this.",
}


def _in_words(one: FormField, at: Question) -> str:
    """Return the value of a field in words; empty if it has none."""
    if one.unknown:
        return "not known"
    match one.kind:
        case "day":
            return words.day(found) if (found := read_date(one.value).on) else one.value
        case "choice":
            return dict(one.options).get(one.value, one.value)
        case "choices":
            chosen = dict(one.options)
            return ", ".join(chosen.get(value, value) for value in one.values)
        case "lines":
            names = words.names(at)
            lines = map(str.strip, one.value.split("\n"))
            return ", ".join(value_in_words(names, one.path, line) for line in lines if line)
        case "body":
            return at.register.name(one.value) if one.value in at.register.bodies else one.value
        case _:
            return one.value
