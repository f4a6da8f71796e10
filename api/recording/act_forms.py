"""A form for each act, at the path of its request."""

import functools
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from api.reading import words
from api.reading.error_pages import not_asked_that
from api.reading.page import to
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
    path_in_words,
    sent,
)
from api.recording.which_meeting import AT_MEETINGS
from api.requests import current, questions
from api.requests.acts import decided, recorder_of, subject, wants
from api.requests.parsing import takes_form
from api.schemas.acts import SCHEMAS
from ledger.acts.correction import correctable
from ledger.acts.table import ACTS, BODY, ENTRY, MEETING, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.application import How
from ledger.errors import Fault
from ledger.events import (
    AccountClosed,
    AccountOpened,
    EntryCorrected,
    ScopeGranted,
    ScopeRevoked,
)
from ledger.events.entry import Entry, texts
from ledger.events.service import SCOPES
from ledger.intake.proposals.look_alikes import LooksAlike
from ledger.states.effect import DAY_FIELDS
from ledger.states.service import Account
from projections.questions import report as report_question

MOST_WORDS = 240
"""At most so many letters of a recommendation stand above the response's passage about it."""
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
    ours = ("act", "date") if which else () if act else of_page
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


def _shown(act: Act, where: Where) -> Response:
    """Show the form, with the values that the address gives."""
    account = recorder_of(act)
    given = asked_for()
    for name, value in _suggested(act, where):
        given.setdefault(name, value)
    return _form(act, where, account, given)


def _sent(act: Act, where: Where) -> Response:
    """Record what was filled in, or show the form again."""

    def done(account: Account, said: dict[str, Any], how: How) -> Response:
        first = functools.partial(ask_first, act, where, said, request.form)
        return to(_after(act, where, decided(account, act, where, said, how, first).entries))

    return sent(
        SCHEMAS[act.event](), lambda: recorder_of(act), done, functools.partial(_form, act, where)
    )


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
) -> Response:
    """Return the page of a form, with what was filled in."""
    _, stream = subject(act, where)
    entries = current.ledger().read_stream(stream) if stream else []
    expected = (form or {}).get("expected", "")
    since = int(expected) if moved_on and expected.isdecimal() else len(entries)
    version = str(entries[-1].version if entries else 0)
    return drawn(
        SCHEMAS[act.event](),
        Filled(given, faults or (), _choices(act, where), _legends(act, where, given)),
        once(form or {})
        | {name: form[name] for name in CONFIRMED if form and form.get(name)}
        | {"expected": version if moved_on or not expected else expected},
        status=status,
        title=title_of(act),
        says=act.says or (act.event.__doc__ or "").split("\n\n")[0],
        account=account,
        alike=alike,
        ask=ask,
        begins=ADMINISTRATION if act.scope == "admin" else None,
        about=_about(act, where),
        since=[one for one in entries if one.version > since],
        back=back,
    )


def _choices(act: Act, where: Where) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the choices of fields that the schema leaves open: the fields of an entry that an act
    on it may name, and scopes in words."""
    if act.event in (AccountOpened, ScopeGranted, ScopeRevoked):
        return dict.fromkeys(("scope", "scopes"), words.scopes_to_choose(SCOPES))
    if act.on != ENTRY or "field" not in SCHEMAS[act.event]().fields:
        return {}
    entry = current.ledger().entry(where["entry_id"])
    paths = [path for path, _ in texts(entry)]
    if act.event is EntryCorrected:
        own = SCHEMAS[type(entry.data)]().fields if type(entry.data) in SCHEMAS else {}
        paths = correctable(entry, next((name for name in own if name in DAY_FIELDS), None))
    return {"field": tuple((path, path_in_words(path)) for path in paths)}


def _suggested(act: Act, where: Where) -> list[tuple[str, str]]:
    """Return the values that a form begins with: for a response, a row for each recommendation that
    it answers; for a meeting's paper, the present position and day."""
    if act.event.TOPIC == "paper-issued":
        when = questions.question().as_of
        return [("known_at", str(when.position)), ("effective_on", when.effective_on)]
    if act.event.TOPIC != "response-published":
        return []
    at = questions.question()
    report = report_question.report(at, where["report"])
    own = {where["body"], *at.register.forces_of(where["body"])}
    return [
        (f"explanations.{row}.{name}", said)
        for row, each in enumerate(rec for rec in report.recommendations if rec.addressee in own)
        for name, said in (("number", each.number), ("addressee", each.addressee))
    ]


def _legends(act: Act, where: Where, given: Given) -> dict[str, tuple[str, str]]:
    """Return the headings of a response's rows: the recommendation of each, and the beginning of
    its text if the person may read it."""
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
    return found


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
    return page_address("entry", {"entry_id": first.id} | seen)
