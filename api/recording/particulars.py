"""What the forms of some acts have beside the fields of their events: one table, a row for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import marshmallow as ma
from flask import Response

from api.reading import words
from api.reading.page import rendered
from api.reading.texts import text_of
from api.recording import corrections, reviews, which_recommendation
from api.recording.form_fields import Given
from api.recording.submission import Where, path_in_words
from api.requests import current, questions
from api.requests.acts import recommendation_named
from ledger.acts.revision import REVISABLE
from ledger.acts.table import Act
from ledger.events import (
    AccountOpened,
    AnyEvent,
    AssuranceSought,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    MeetingHeld,
    PaperIssued,
    RecommendationReviewed,
    RecordKeptHere,
    RedactionSought,
    RepeatNoted,
    ReportRevised,
    ResponseDutyArose,
    ResponsePublished,
    ScopeGranted,
    ScopeRevoked,
    StatementRevised,
    Superseded,
    TextRedacted,
    TextReleased,
    UpdateReceived,
)
from ledger.events.entry import texts
from ledger.events.service import SCOPES
from ledger.states.duties import MANUAL
from ledger.states.effect import DAY_FIELDS, in_effect
from ledger.states.service import WELSH_AREAS, Account
from projections.questions import lists
from projections.questions import report as report_question
from projections.questions import trail as trail_question

MOST_WORDS = 240
"""At most so many letters of a recommendation stand above the response's passage about it."""
MOST_REPORTS = 200
"""At most so many reports are offered as choices."""
Choices = dict[str, tuple[tuple[str, str], ...]]
"""The choices of fields that a schema leaves open, by their path."""
_Answer = TypeVar("_Answer")
About = tuple[str, str] | None
"""The subject of a form: its name and its address."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the form of an act has of its own. Its functions take the parts of the form's path, and
    what was filled in."""

    page_before: Callable[[Act, Where, Account, Given, About], Response | None] | None = None
    """The page that asks what the act is about; None if the address says it."""
    schema: Callable[[Where, Given], ma.Schema | None] | None = None
    """The schema of the form, if it isn't that of the act's request."""
    title: Callable[[Where, Given], str | None] | None = None
    begins_with: Callable[[Where, Given], Mapping[str, str] | None] | None = None
    """The values that the form begins with."""
    choices: Callable[[Where], Choices] | None = None
    legends: Callable[[Where, Given], dict[str, tuple[str, str]]] | None = None
    """The headings of rows and groups, and the text that each is about."""
    settled: Callable[[Where, Given], set[str]] | None = None
    """The paths of fields that the form does not ask for, since its page has settled them."""
    rare: Callable[[Where, Given], set[str]] | None = None
    """The paths of fields that are rarely needed here."""
    takes: tuple[str, ...] = ()
    """Names that its address takes beside those of its fields."""


def of(act: Act) -> Particulars:
    """Return what the form of an act has of its own."""
    return _PARTICULARS.get(act.event, _NONE)


def _correctable(where: Where, given: Given) -> corrections.Correctable | None:
    """Return the field that a correction is about, if the address or the form names one."""
    path = given.get("field")
    return corrections.field_of(current.ledger().entry(where["entry_id"]), path) if path else None


def _which_field(
    act: Act, where: Where, account: Account, given: Given, about: About
) -> Response | None:
    """Ask which field is wrong, unless the address names one that can be corrected."""
    entry = current.ledger().entry(where["entry_id"])
    fields = corrections.fields_of(entry)
    if given.get("field") in {one.path for one in fields}:
        return None
    return rendered("which-field.html", fields=fields, entry_id=entry.id, about=about)


def _of_field(
    ask: Callable[[corrections.Correctable], _Answer],
) -> Callable[[Where, Given], _Answer | None]:
    """Return the function that asks about the field that a correction is about, if there is one."""

    def asked(where: Where, given: Given) -> _Answer | None:
        found = _correctable(where, given)
        return ask(found) if found else None

    return asked


def _settled_by_field(where: Where, given: Given) -> set[str]:
    """Settle the field that is corrected; where a missing day is added, the reason too."""
    found = _correctable(where, given)
    if found is None:
        return set()
    return {"field", "reason"} if found.is_missing and given.get("reason") else {"field"}


def _rare_in_correction(where: Where, given: Given) -> set[str]:
    """Return the source, unless a day or a source is corrected: a word needs none as a rule."""
    path = given.get("field", "")
    return set() if path in DAY_FIELDS or path.startswith("source.") else {"source"}


def _questions(where: Where) -> Choices:
    """Return the questions about a recommendation by their words, those without a reply first."""
    stream, at = recommendation_named(**where).stream, questions.question()
    acts = in_effect(current.ledger().read_stream(stream))
    replied = {one.data.answers for one in acts if isinstance(one.data, UpdateReceived)}
    asked = [one for one in acts if isinstance(one.data, AssuranceSought)]
    found = []
    for one in sorted(asked, key=lambda one: one.id in replied):
        said = text_of(trail_question.entry(at, one.id), "question")
        beginning = words.beginning((said and said.words) or "its words are held", MOST_WORDS)
        who = at.register.name(one.entry.by) if one.entry.by else "Somebody"
        on = f", {words.day(one.entry.occurred_on)}" if one.entry.occurred_on else ""
        has_reply = " (has a reply)" if one.id in replied else ""
        found.append((one.id, f"“{beginning}” {who}{on}{has_reply}"))
    return {"answers": tuple(found)}


def _texts_of_entry(where: Where) -> Choices:
    """Return the texts of an entry that an act on it may name."""
    entry = current.ledger().entry(where["entry_id"])
    return {"field": tuple((path, path_in_words(path)) for path, _ in texts(entry))}


def _rules(where: Where) -> Choices:
    """Return the rules by which a duty may arise, and none: then its last day is given."""
    rules = {one.id: one.title for one in current.ledger().service().rules.values()}
    return {"rule": ((MANUAL, "No rule: the last day is given below"), *rules.items())}


_PARTS = {
    "text": "Its whole text",
    "passage": "What it says of a recommendation",
    "chief_officer_comments": "The chief officer’s comments",
    "translation": "Its text in the other language",
    "url": "Its address",
}
"""The words for what of a response can come to say something else."""


def _as_known_now(where: Where, given: Given) -> Mapping[str, str]:
    """Return the present position and day, which a meeting's paper is made for."""
    when = questions.question().as_of
    return {"known_at": str(when.position), "effective_on": when.effective_on}


def _rows_of_response(where: Where, given: Given) -> Mapping[str, str]:
    """Return a row for each recommendation that a response answers; in Wales, a place for its text
    in Welsh."""
    at = questions.question()
    report = report_question.report(at, where["report"])
    own = {where["body"], *at.register.forces_of(where["body"])}
    found = {
        f"explanations.{row}.{name}": said
        for row, each in enumerate(rec for rec in report.recommendations if rec.addressee in own)
        for name, said in (("number", each.number), ("addressee", each.addressee))
    }
    registered = at.register.bodies.get(where["body"])
    if registered is not None and registered.area in WELSH_AREAS:
        found["translations.0.lang"] = "cy"
    return found


def _recommendations_of_rows(where: Where, given: Given) -> dict[str, tuple[str, str]]:
    """Return the recommendation of each row, and the beginning of its text if the person may read
    it; and what a text in Welsh is."""
    report = report_question.report(questions.question(), where["report"])
    said = {(each.number, each.addressee): each.text or "" for each in report.recommendations}
    found: dict[str, tuple[str, str]] = {}
    for name, number in given.items():
        row = name.removesuffix(".number")
        if name.startswith("explanations.") and row != name and number:
            text = said.get((number, given.get(f"{row}.addressee", "")), "")
            found[row] = f"Recommendation {number}", words.beginning(text, MOST_WORDS)
    if any(name.startswith("translations.0.") for name in given):
        found["translations.0"] = "In Welsh", ""
        found["text"] = "Text in English", "The whole text of what was published."
    return found


def _adds_welsh(given: Given) -> bool:
    """Return whether a revision is about the text of a response in Welsh."""
    return given.get("field") == "translation"


def _text_in_welsh(where: Where, given: Given) -> dict[str, tuple[str, str]]:
    said = "Text in Welsh", "The whole text as it is published in Welsh."
    return {"now": said} if _adds_welsh(given) else {}


def _settled_by_welsh(where: Where, given: Given) -> set[str]:
    """Settle which field is revised, and the fields that a passage alone has."""
    return {"field", "number", "addressee", "how"} if _adds_welsh(given) else set()


def _which_reviewed(
    act: Act, where: Where, account: Account, given: Given, about: About
) -> Response | None:
    if given.get("recommendation.report"):
        return None
    return which_recommendation.ask(act, where, about, reviews.reviewable(where))


def _settled_by_review(where: Where, given: Given) -> set[str]:
    """Settle the day, and the recommendation that was reviewed."""
    return {"occurred_on", *which_recommendation.settled(given, "recommendation")}


def _which_repeated(
    act: Act, where: Where, account: Account, given: Given, about: About
) -> Response | None:
    """Ask which recommendation of an earlier report is repeated: one to the same body."""
    if given.get("of.report"):
        return None
    report, own = where["report"], recommendation_named(**where)
    wanted = which_recommendation.Wanted(
        field="of",
        subject=about[0] if about else "",
        listed="To the same body, in earlier reports",
        none="No recommendation of an earlier report to this body is recorded.",
        addressee=where["body"],
        after=f"{report}/{own.key}/{own.addressee}",
        without=lambda one: one.report == report,
    )
    return which_recommendation.ask(act, where, about, wanted)


def _which_replaces(
    act: Act, where: Where, account: Account, given: Given, about: About
) -> Response | None:
    """Ask which recommendation takes the place of another: one to the same body that stands, or
    one that is not known."""
    if given.get("superseded_by.report") or given.get(which_recommendation.UNKNOWN):
        return None
    own = recommendation_named(**where)
    wanted = which_recommendation.Wanted(
        field="superseded_by",
        subject=about[0] if about else "",
        listed="To the same body",
        none="No other recommendation to this body is recorded.",
        addressee=where["body"],
        without=lambda one: (
            one.status in ("withdrawn", "superseded")
            or (one.report, one.key) == (own.report, own.key)
        ),
        unknown="It isn’t known which one takes its place",
    )
    return which_recommendation.ask(act, where, about, wanted)


def _settled_by_replacement(where: Where, given: Given) -> set[str]:
    """Settle the recommendation that takes its place: the chosen one, or none."""
    return which_recommendation.settled(given, "superseded_by") or {"superseded_by"}


def _reports_of(where: Where) -> Choices:
    """Return the reports that concern a body, the newest first, without the one that the duty is
    about."""
    found = lists.reports(questions.question(), body=where["body"], limit=MOST_REPORTS)
    return {
        "same_as_report": tuple(
            (
                one.report,
                f"{one.title}, {words.day(one.published_on)}" if one.published_on else one.title,
            )
            for one in found.items
            if one.report != where["report"]
        )
    }


def _source(where: Where, given: Given) -> set[str]:
    """Return the source of an act that is always the recorder's own."""
    return {"source"}


_NONE = Particulars()
_OF_A_TEXT = Particulars(choices=_texts_of_entry, rare=_source)
_OWN = Particulars(rare=_source)
_OF_SCOPES = Particulars(
    choices=lambda where: dict.fromkeys(("scope", "scopes"), words.scopes_to_choose(SCOPES))
)
_PARTICULARS: Mapping[type[AnyEvent], Particulars] = {
    EntryCorrected: Particulars(
        page_before=_which_field,
        schema=_of_field(corrections.schema_of),
        title=_of_field(lambda one: one.title),
        begins_with=_of_field(corrections.begins_with),
        settled=_settled_by_field,
        rare=_rare_in_correction,
    ),
    ReportRevised: Particulars(
        choices=lambda where: {"field": tuple((one, path_in_words(one)) for one in REVISABLE)}
    ),
    ResponseDutyArose: Particulars(choices=_rules),
    EntryRetracted: _OWN,
    EntryDisputed: _OWN,
    RecordKeptHere: _OWN,
    TextReleased: _OF_A_TEXT,
    RedactionSought: _OF_A_TEXT,
    TextRedacted: _OF_A_TEXT,
    UpdateReceived: Particulars(
        title=lambda where, given: "Answer the question" if given.get("answers") else None,
        choices=_questions,
    ),
    ResponsePublished: Particulars(begins_with=_rows_of_response, legends=_recommendations_of_rows),
    StatementRevised: Particulars(
        title=lambda where, given: "Add the text in Welsh" if _adds_welsh(given) else None,
        choices=lambda where: {"field": tuple(_PARTS.items())},
        legends=_text_in_welsh,
        settled=_settled_by_welsh,
    ),
    PaperIssued: Particulars(begins_with=_as_known_now),
    MeetingHeld: Particulars(settled=lambda where, given: {"occurred_on"}),
    RecommendationReviewed: Particulars(
        page_before=_which_reviewed,
        choices=lambda where: {"paper": reviews.papers_of(where)},
        legends=lambda where, given: which_recommendation.chosen(given, "recommendation"),
        settled=_settled_by_review,
        takes=("q",),
    ),
    RepeatNoted: Particulars(
        page_before=_which_repeated,
        legends=lambda where, given: which_recommendation.chosen(given, "of"),
        settled=lambda where, given: which_recommendation.settled(given, "of"),
        takes=("q",),
    ),
    Superseded: Particulars(
        page_before=_which_replaces,
        legends=lambda where, given: which_recommendation.chosen(given, "superseded_by"),
        settled=_settled_by_replacement,
        takes=("q", which_recommendation.UNKNOWN),
    ),
    DutyDisapplied: Particulars(choices=_reports_of),
    AccountOpened: _OF_SCOPES,
    ScopeGranted: _OF_SCOPES,
    ScopeRevoked: _OF_SCOPES,
}
