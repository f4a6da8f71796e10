"""The beginning of a form: the thing itself, where it stands now, and whose word is recorded."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.reading import act_sentences, response_sentences, words
from api.reading import recommendation_sentences as sentences
from api.reading.entry_fields import text_in_words
from api.reading.texts import apart, body_of
from api.recording.submission import Where
from api.requests import current, questions
from api.requests.acts import subject
from ledger.acts.table import ENTRY, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.events import RedactionSought, TextRedacted
from ledger.events.streams import kind, report_of
from ledger.states.service import Account
from projections.answers.trail import TrailEntry
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
_NOT_ASKED = "No request to delete a text of this entry is open: there is nothing to confirm."
_OWN = "This is your own office’s word."
_OWN_NEEDS_NONE = "Not needed: this is your own office’s word."
_NEEDS_SOURCE = "Needed, since you record what another body did."


@dataclass(frozen=True, slots=True)
class Thing:
    """The subject of a form: its words, how it reads now, and whose word the form records."""

    words: str | None = None
    stands: tuple[str, ...] = ()
    whose: str | None = None

    @property
    def needs_source(self) -> str | None:
        """Whether the form needs a source, in words; None if it does not know whose word it
        records."""
        if self.whose is None:
            return None
        return _OWN_NEEDS_NONE if self.whose == _OWN else _NEEDS_SOURCE


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
        stands = tuple(map(_reads, readings))
        if act.on == RECOMMENDATION:
            stands = (_addressed(at, where["report"], where["body"]), *stands)
        return Thing(text, stands, whose)
    if act.on == ENTRY:
        entry = trail_question.entry(at, where["entry_id"])
        on = f", {words.day(entry.occurred_on)}" if entry.occurred_on else ""
        who = apart(at.register.name(body_of(entry.recorded_by)))
        recorded = f"Recorded by {who} on {words.moment_day(entry.recorded_at)}."
        stands = ()
        if act.event is TextRedacted:
            stands = tuple(_to_be_deleted(at, entry)) or (_NOT_ASKED,)
        elif kind(entry.stream) in ("recommendation", "response"):
            title = report_question.title(at, str(report_of(entry.stream)))
            about = [f"In “{apart(title)}”."] if title else []
            stands = (*about, *(f"Now: {_reads(one)}" for one in today(at, entry.stream)))
        return Thing(f"{act_sentences.act(entry)}{on}", (*stands, recorded), whose)
    return Thing(whose=whose)


def _addressed(at: Question, report: str, body: str) -> str:
    """Return whom a recommendation is addressed to, and by which report."""
    to = f"To {apart(at.register.name(body))}"
    title = report_question.title(at, report)
    return f"{to}, in “{apart(title)}”." if title else f"{to}."


def _to_be_deleted(at: Question, named: TrailEntry) -> Iterator[str]:
    """Yield which text the confirmation of a redaction deletes, and on what ground, for each open
    request: the one that is named, or those about the entry that is named."""
    known = current.ledger().read_stream(named.stream)
    done = {one.data.sought for one in known if isinstance(one.data, TextRedacted)}
    for one in known:
        sought = one.data
        if not isinstance(sought, RedactionSought) or one.id in done:
            continue
        if named.id not in (one.id, sought.target):
            continue
        about = trail_question.entry(at, sought.target)
        who = apart(at.register.name(body_of(about.recorded_by)))
        yield (
            f"The text: {text_in_words(sought.field)}, of entry {about.position:,} "
            f"({act_sentences.act(about)}), recorded by {who} on "
            f"{words.moment_day(about.recorded_at)}."
        )
        asked = trail_question.entry(at, one.id)
        yield (
            f"Asked for by {apart(at.register.name(body_of(asked.recorded_by)))} "
            f"({words.role(asked.recorded_by)}) on {words.moment_day(asked.recorded_at)}. Ground: "
            f"{words.word(sought.basis)}."
        )


def _reads(one: Judged | Stands) -> str:
    """Return how a subject reads now, in words."""
    if isinstance(one, Judged):
        return f"{words.duty(one.line.name)}: {response_sentences.verdict(one.line)}."
    return f"{sentences.status(one)}. {sentences.target_in_short(one)}".strip()


def _whose(at: Question, act: Act, where: Where, account: Account) -> str | None:
    """Return whose word a form records; None if that is whoever records it, or is not known."""
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
        return _OWN
    if at.register.speaks_for(account.body, *bodies):
        return None  # by its day it is the office's own, or that of whom the office follows
    names = " and ".join(apart(at.register.name(one)) for one in bodies)
    return f"{does} {names}: record what it said, and how you know."
