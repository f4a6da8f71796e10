"""A form for each act, at the path of its request."""

import functools
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Response, request

from api.reading import words
from api.reading.error_pages import not_asked_that
from api.reading.page import rendered, to
from api.reading.texts import text_of
from api.recording import corrections, form_fields, reviews
from api.recording.check import NotChecked, look
from api.recording.check import page as check_page
from api.recording.confirmations import ask_first
from api.recording.form_fields import Filled, Given
from api.recording.links import ADMINISTRATION, account_page, endpoint_of, page_address, title_of
from api.recording.submission import (
    CONFIRMED,
    AskFirst,
    Where,
    asked_for,
    blueprint,
    drawn,
    once,
    own_fields,
    path_in_words,
    sent,
)
from api.recording.thing import thing
from api.recording.which_meeting import AT_MEETINGS
from api.requests import browser_sessions, current, questions
from api.requests.acts import decided, recommendation_named, recorder_of, subject, wants
from api.requests.parsing import takes_form
from api.schemas.acts import SCHEMAS
from ledger.acts.table import ACTS, BODY, ENTRY, MEETING, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.application import How
from ledger.errors import Fault
from ledger.events import (
    AccountClosed,
    AccountOpened,
    AssuranceSought,
    EntryCorrected,
    MeetingHeld,
    RecommendationReviewed,
    ScopeGranted,
    ScopeRevoked,
    UpdateReceived,
)
from ledger.events.entry import Entry, texts
from ledger.events.service import SCOPES
from ledger.intake.proposals.look_alikes import LooksAlike
from ledger.states.effect import in_effect
from ledger.states.service import WELSH_AREAS, Account
from projections.questions import report as report_question
from projections.questions import trail as trail_question

MOST_WORDS = 240
"""At most so many letters of a recommendation stand above the response's passage about it."""
Choices = dict[str, tuple[tuple[str, str], ...]]
"""The choices of fields that a schema leaves open, by their path."""
_TAKES = {"record.draft": ("everybody", "report", "duty", "body")}
"""The parameters of pages that are no form of an act."""


@blueprint.before_request
def read_address() -> Response | None:
    """Refuse an address with a name that is no field of its form."""
    which = request.endpoint == "record.which_meeting"
    act = (
        AT_MEETINGS.get(request.args.get("act", "")) if which else _acts.get(request.endpoint or "")
    )
    own = SCHEMAS[act.event]().fields if act else {}
    inside = {name for name in request.args if "." in name and name.partition(".")[0] in own}
    if request.method != "GET":
        return None
    of_page = _TAKES.get(request.endpoint or "", ("min_position",))
    of_act = ("q",) if act is not None and act.event is RecommendationReviewed else ()
    ours = ("act", "date") if which else of_act if act else of_page
    return not_asked_that({*own, *inside, *ours})


def _add(act: Act) -> None:
    """Add the form of an act, at the path of its request below /record."""
    path = act.path.removeprefix("/api").replace("{", "<").replace("}", ">")
    endpoint = endpoint_of(act)

    def shown(**where: str) -> Response:
        return _shown(act, where)

    @takes_form
    def taken(**where: str) -> Response:
        return _sent(act, where)

    taken.wants = functools.partial(wants, act)  # type: ignore[attr-defined]
    blueprint.add_url_rule(path, endpoint, shown, methods=["GET"])
    blueprint.add_url_rule(path, f"{endpoint}_sent", taken, methods=["POST"])


_acts = {f"record.{endpoint_of(act)}": act for act in ACTS}
for _act in ACTS:
    _add(_act)


def _schema(act: Act, where: Where, given: Given) -> ma.Schema:
    """Return the schema of a form: that of the act's request. The form of a correction takes the
    new value of one field, as that is declared."""
    if act.event is EntryCorrected and (path := given.get("field")):
        return corrections.schema_of(current.ledger().entry(where["entry_id"]), path)
    return SCHEMAS[act.event]()


def _shown(act: Act, where: Where) -> Response:
    """Show the form, with the values that the address gives. A correction asks first for the field
    that is wrong."""
    account = recorder_of(act)
    given = asked_for()
    if act.event is EntryCorrected:
        entry = current.ledger().entry(where["entry_id"])
        fields = corrections.fields_of(entry)
        if given.get("field") not in {one.path for one in fields}:
            about = _about(act, where)
            return rendered("which-field.html", fields=fields, entry_id=entry.id, about=about)
    if act.event is RecommendationReviewed and not given.get("recommendation.report"):
        return reviews.which_recommendation(act, where, account)
    for name, value in _suggested(act, where, given):
        given.setdefault(name, value)
    return _form(act, where, account, given)


def _sent(act: Act, where: Where) -> Response:
    """Check what was filled in, record it once it is checked, or show the form again."""

    def done(account: Account, said: dict[str, Any], how: How) -> Response:
        first = functools.partial(ask_first, act, said, request.form)
        fields = form_fields.fields_of(schema, Filled(own_fields(request.form)))
        last = functools.partial(look, fields=fields, form=request.form)
        return to(_after(act, where, decided(account, act, where, said, how, first, last).entries))

    schema = _schema(act, where, own_fields(browser_sessions.form_sent()))
    return sent(schema, lambda: recorder_of(act), done, functools.partial(_form, act, where))


def _form(
    act: Act,
    where: Where,
    account: Account,
    given: Given,
    faults: list[Fault] | None = None,
    *,
    form: Mapping[str, str] | None = None,
    status: int = 200,
    back: bool = False,
    moved_on: bool = False,
    alike: LooksAlike | None = None,
    ask: AskFirst | None = None,
    check: NotChecked | None = None,
) -> Response:
    """Return the page of a form, with what was filled in; or of its check, if it is to be
    checked."""
    _, stream = subject(act, where)
    entries = current.ledger().read_stream(stream) if stream else []
    expected = (form or {}).get("expected", "")
    since = int(expected) if moved_on and expected.isdecimal() else len(entries)
    version = str(entries[-1].version if entries else 0)
    schema, choices = _schema(act, where, given), _choices(act, where)
    hidden_fields = _settled(act, where, given, choices)
    legends = _legends(act, where, given)
    rare = {"source"} if act.on == MEETING and account.body == where["panel"] else set()
    filled = Filled(given, faults or (), choices, legends, hidden_fields, rare)
    hidden = (
        once(form or {})
        | {name: form[name] for name in CONFIRMED if form and form.get(name)}
        | {"expected": version if moved_on or not expected else expected}
    )
    begins = ADMINISTRATION if act.scope == "admin" else None
    same: dict[str, Any] = {
        "title": _title(act, where, given),
        "account": account,
        "begins": begins,
    }
    same["about"] = _about(act, where)
    if check is not None and form is not None:
        fields = form_fields.fields_of(schema, filled)
        carried = [*hidden.items(), *given.items(multi=True)]
        return check_page(check, fields, form, carried, **same)
    return drawn(
        schema,
        filled,
        hidden,
        status=status,
        thing=thing(act, where, account),
        says=_says(act),
        alike=alike,
        ask=ask,
        since=[one for one in entries if one.version > since],
        back=back,
        **same,
    )


def _says(act: Act) -> str:
    """Return what an act is and changes, in a sentence or two."""
    if act.event is EntryCorrected:
        return "The entry stays as it was recorded. Everybody will read the correction beside it."
    return act.says or (act.event.__doc__ or "").split("\n\n")[0]


def _settled(act: Act, where: Where, given: Given, choices: Choices) -> set[str]:
    """Return the paths of fields that a form does not ask for, since its page has settled them.

    They are the field that a correction is about, and its reason where a missing day is added; the
    day of what was done at a meeting, and the recommendation that was reviewed; a choice that has
    nothing to choose from."""
    settled: set[str] = set()
    if act.event is EntryCorrected and given.get("field"):
        found = corrections.field_of(current.ledger().entry(where["entry_id"]), given["field"])
        settled |= {"field", "reason"} if found.is_missing and given.get("reason") else {"field"}
    if act.event is UpdateReceived and not choices.get("answers"):
        settled.add("answers")
    if act.event in (MeetingHeld, RecommendationReviewed):
        settled.add("occurred_on")
    if act.event is RecommendationReviewed:
        settled |= {name for name in given if name.startswith("recommendation.")}
        if not choices.get("paper"):
            settled.add("paper")
    return settled


def _title(act: Act, where: Where, given: Given) -> str:
    """Return the title of a form; that of a correction names its field."""
    if act.event is EntryCorrected and (path := given.get("field")):
        return corrections.field_of(current.ledger().entry(where["entry_id"]), path).title
    return "Answer the question" if given.get("answers") else title_of(act)


def _choices(act: Act, where: Where) -> Choices:
    """Return the choices of fields that the schema leaves open.

    They are the texts of an entry that an act on it may name, the questions that an update may
    answer, a meeting's papers, and scopes in words."""
    if act.event is UpdateReceived:
        return {"answers": _questions(where)}
    if act.event is RecommendationReviewed:
        return {"paper": reviews.papers_of(where)}
    if act.event in (AccountOpened, ScopeGranted, ScopeRevoked):
        return dict.fromkeys(("scope", "scopes"), words.scopes_to_choose(SCOPES))
    if act.on != ENTRY or "field" not in SCHEMAS[act.event]().fields:
        return {}
    entry = current.ledger().entry(where["entry_id"])
    return {"field": tuple((path, path_in_words(path)) for path, _ in texts(entry))}


def _questions(where: Where) -> tuple[tuple[str, str], ...]:
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
    return tuple(found)


def _suggested(act: Act, where: Where, given: Given) -> list[tuple[str, str]]:
    """Return the values that a form begins with: for a response, a row for each recommendation that
    it answers, and in Wales a place for the text in Welsh; for a meeting's paper, the present
    position and day; for a correction, the present value."""
    if act.event is EntryCorrected:
        entry = current.ledger().entry(where["entry_id"])
        return list(corrections.begins_with(entry, given["field"]).items())
    if act.event.TOPIC == "paper-issued":
        when = questions.question().as_of
        return [("known_at", str(when.position)), ("effective_on", when.effective_on)]
    if act.event.TOPIC != "response-published":
        return []
    at = questions.question()
    report = report_question.report(at, where["report"])
    own = {where["body"], *at.register.forces_of(where["body"])}
    found = [
        (f"explanations.{row}.{name}", said)
        for row, each in enumerate(rec for rec in report.recommendations if rec.addressee in own)
        for name, said in (("number", each.number), ("addressee", each.addressee))
    ]
    registered = at.register.bodies.get(where["body"])
    if registered is not None and registered.area in WELSH_AREAS:
        found.append(("translations.0.lang", "cy"))
    return found


def _legends(act: Act, where: Where, given: Given) -> dict[str, tuple[str, str]]:
    """Return the headings of a response's rows, or of a review: the recommendation of each, and the
    beginning of its text if the person may read it."""
    if act.event is RecommendationReviewed:
        return reviews.heading(given)
    if act.event.TOPIC != "response-published":
        return {}
    report = report_question.report(questions.question(), where["report"])
    said = {(each.number, each.addressee): each.text or "" for each in report.recommendations}
    found: dict[str, tuple[str, str]] = {}
    for name, number in given.items():
        row = name.removesuffix(".number")
        if name.startswith("explanations.") and row != name and number:
            text = said.get((number, given.get(f"{row}.addressee", "")), "")
            found[row] = f"Recommendation {number}", words.beginning(text, MOST_WORDS)
    if translations := {".".join(name.split(".")[:2]) for name in given if _IN_WELSH in name}:
        found |= dict.fromkeys(translations, ("The same response in Welsh", _ONE_RESPONSE))
        found["text"] = "Text in English", "The whole text of what was published."
    return found


_IN_WELSH = "translations."
_ONE_RESPONSE = (
    "One response in two languages has two texts. It counts as published on the day of the first."
)


def _about(act: Act, where: Where) -> tuple[str, str] | None:
    """Return the subject of a form: its name and its address."""
    match act.on:
        case "/api/recommendations/{report}/{number}/{body}":
            called, page = f"Recommendation {where['number']}", "recommendation"
        case "/api/responses/{report}/{body}":
            called, page = "The response", "response"
        case "/api/reports/{report}":
            title = report_question.title(questions.question(), where["report"])
            called, page = title or where["report"], "report"
        case "/api/meetings/{panel}/{date}":
            called, page = f"The meeting of {words.day(where['date'])}", "meeting"
        case "/api/entries/{entry_id}":
            position = current.ledger().entry(where["entry_id"]).position
            called, page = f"Entry {position}", "entry"
        case "/api/bodies/{body}":
            called, page = questions.question().register.name(where["body"]), "body"
        case _:
            return None
    return called, page_address(page, where)


def _after(act: Act, where: Where, entries: tuple[Entry, ...]) -> str:
    """Return the address that shows a recorded act, once the read models have it."""
    seen = {"min_position": str(entries[-1].position)}
    first = entries[0]
    pages = {
        RECOMMENDATION: "recommendation",
        RESPONSE: "response",
        MEETING: "meeting",
        BODY: "body",
    }
    if act.on in pages:
        return page_address(pages[act.on], where | seen)
    if act.event.STREAM == "report":
        reference = first.stream.removeprefix("report/")
        return page_address("report", {"report": reference} | seen)
    if act.on == REPORT:
        return page_address("report", where | seen)
    if isinstance(
        changed := first.data, AccountOpened | ScopeGranted | ScopeRevoked | AccountClosed
    ):
        return account_page(changed.account)
    if isinstance(changed, EntryCorrected) and (page := _page_of(first.stream, seen)):
        return page
    return page_address("entry", {"entry_id": first.id} | seen)


def _page_of(stream: str, seen: Where) -> str | None:
    """Return the page of a recommendation or a response, by its stream; None for other streams."""
    match stream.split("/"):
        case ["recommendation", report, number, body]:
            return page_address(
                "recommendation", {"report": report, "number": number, "body": body} | seen
            )
        case ["response", report, body]:
            return page_address("response", {"report": report, "body": body} | seen)
        case _:
            return None
