"""The beginning of a form: the thing itself, where it stands now, and whose word is recorded."""

from dataclasses import dataclass

from api.reading import act_sentences, response_sentences, words
from api.reading import recommendation_sentences as sentences
from api.reading.texts import apart
from api.recording.submission import Where
from api.requests import questions
from api.requests.acts import subject
from ledger.acts.table import ENTRY, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.events.streams import kind, report_of
from ledger.states.service import Account
from projections.questions import report as report_question
from projections.questions import trail as trail_question
from projections.questions.question import Question
from projections.questions.supposed import Judged, Stands, today

_OF_THE_ADDRESSEE = ("update-received",)
_OF_THE_BODY = ("response-published", "statement-revised", "copy-sent")
_OF_THE_PUBLISHER = (
    "closure-confirmed",
    "closure-refused",
    "recommendation-raised",
    "reopened",
    "report-graded",
    "report-revised",
    "superseded",
    "withdrawn",
)


@dataclass(frozen=True, slots=True)
class Thing:
    """The subject of a form: its words, how it reads now, and whose word the form records."""

    words: str | None = None
    stands: tuple[str, ...] = ()
    whose: str | None = None


def thing(act: Act, where: Where, account: Account) -> Thing:
    """Return what the form of an act begins from."""
    at = questions.question()
    whose = _whose(at, act, where, account)
    if act.on in (RECOMMENDATION, RESPONSE):
        _, stream = subject(act, where)
        readings = today(at, str(stream))
        text = next((one.text for one in readings if isinstance(one, Stands)), None)
        if act.on == RESPONSE and (title := report_question.title(at, where["report"])):
            text = f"{at.register.name(where['body'])}, in answer to “{title}”"
        return Thing(text, tuple(map(_reads, readings)), whose)
    if act.on == ENTRY:
        entry = trail_question.entry(at, where["entry_id"])
        on = f", {words.day(entry.occurred_on)}" if entry.occurred_on else ""
        recorded = f"Recorded by {entry.recorded_by} on {words.moment_day(entry.recorded_at)}."
        stands: tuple[str, ...] = ()
        if kind(entry.stream) in ("recommendation", "response"):
            title = report_question.title(at, str(report_of(entry.stream)))
            about = [f"In “{apart(title)}”."] if title else []
            stands = (*about, *(f"Now: {_reads(one)}" for one in today(at, entry.stream)))
        return Thing(f"{act_sentences.act(entry)}{on}", (*stands, recorded), whose)
    return Thing(whose=whose)


def _reads(one: Judged | Stands) -> str:
    """Return how a subject reads now, in words."""
    if isinstance(one, Judged):
        return f"{words.duty(one.line.name)}: {response_sentences.verdict(one.line)}."
    return f"{sentences.status(one)}. {sentences.target_in_short(one)}".strip()


def _whose(at: Question, act: Act, where: Where, account: Account) -> str | None:
    """Return whose word a form records; None if it is the word of whoever records it."""
    topic, does = act.event.TOPIC, "This is the word of"
    if topic in (*_OF_THE_ADDRESSEE, *_OF_THE_BODY):
        bodies = [where["body"]]
    elif topic in _OF_THE_PUBLISHER and act.on in (RECOMMENDATION, REPORT):
        found = report_question.report(at, where["report"])
        bodies = [one.id for one in found.publishers]
        does = "This is the act of"
    else:
        return None
    if account.body in bodies:
        return "This is your own office’s word."
    names = " and ".join(apart(at.register.name(one)) for one in bodies)
    return f"{does} {names}: record what it said, and how you know."
