"""A form for each act, at the path of its request."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from flask import Response, request

from api.reading import words
from api.reading.error_pages import not_asked_that
from api.reading.page import to
from api.recording import copies, form_fields, particulars
from api.recording.check import NotChecked, look
from api.recording.check import page as check_page
from api.recording.confirmations import ask_first
from api.recording.form_fields import Filled, Given
from api.recording.links import (
    ADMINISTRATION,
    account_page,
    endpoint_of,
    lead_of,
    page_address,
    title_of,
)
from api.recording.particulars import Choices
from api.recording.submission import (
    CONFIRMED,
    AskFirst,
    Where,
    asked_for,
    blueprint,
    drawn,
    once,
    own_fields,
    sent,
)
from api.recording.thing import thing
from api.recording.which_meeting import AT_MEETINGS
from api.requests import browser_sessions, current, questions
from api.requests.acts import decided, recorder_of, subject, wants
from api.requests.parsing import takes_form
from api.schemas.acts import SCHEMAS
from ledger.acts.table import ACTS, BODY, MEETING, RECOMMENDATION, REPORT, RESPONSE, Act
from ledger.application import How, rests_on
from ledger.errors import Fault
from ledger.events import (
    AccountClosed,
    AccountOpened,
    EntryCorrected,
    ScopeGranted,
    ScopeRevoked,
)
from ledger.events.entry import Entry
from ledger.intake.proposals.look_alikes import LooksAlike
from ledger.states.service import Account
from projections.questions import report as report_question

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
    ours = ("act", "date") if which else particulars.of(act).takes if act else of_page
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
    """Return the schema of a form: that of the act's request, unless the form has its own."""
    own = particulars.of(act).schema
    return (own and own(where, given)) or SCHEMAS[act.event]()


def _shown(act: Act, where: Where) -> Response:
    """Show the form, with the values that the address gives, or the page that comes before it."""
    account = recorder_of(act)
    given, own = asked_for(), particulars.of(act)
    before = own.page_before and own.page_before(act, where, account, given, _about(act, where))
    if before:
        return before
    begins_with = own.begins_with and own.begins_with(where, given)
    for name, value in (begins_with or {}).items():
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
    own, schema = particulars.of(act), _schema(act, where, given)
    reports = [one for name in rests_on(stream) for one in current.ledger().read_stream(name)]
    choices = _choices(act, where, account, given, reports)
    settled = {path for path, there in choices.items() if not there}
    settled |= own.settled(where, given) if own.settled else set()
    begins_from = thing(act, where, account)
    legends = dict(own.legends(where, given)) if own.legends else {}
    if needs := begins_from.needs_source:
        legends["source"] = form_fields.LABELS["source"], needs
    rare = own.rare(where, given) if own.rare else set()
    if act.on == MEETING and account.body == where["panel"]:
        rare.add("source")
    filled = Filled(given, faults or (), choices, legends, settled, rare)
    hidden = (
        once(form or {})
        | {name: form[name] for name in CONFIRMED if form and form.get(name)}
        | {"expected": version if moved_on or not expected else expected}
    )
    begins = ADMINISTRATION if act.scope == "admin" else None
    same: dict[str, Any] = {
        "title": (own.title and own.title(where, given)) or title_of(act),
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
        thing=begins_from,
        says=lead_of(act),
        alike=alike,
        ask=ask,
        since=[one for one in entries if one.version > since],
        back=back,
        **same,
    )


def _choices(
    act: Act, where: Where, account: Account, given: Given, about: Sequence[Entry]
) -> Choices:
    """Return the choices of fields that the schema leaves open: those of the act's own, and the
    copies that it may cite."""
    own, fields = particulars.of(act).choices, SCHEMAS[act.event]().fields
    found = dict(own(where)) if own else {}
    asked = {
        "source.capture": "source" in fields,
        "capture": "capture" in fields,
        "now": given.get("field") == "source.capture",
    }
    if paths := [path for path, is_asked in asked.items() if is_asked]:
        chosen = next((given[path] for path in paths if given.get(path)), None)
        found |= dict.fromkeys(paths, copies.to_choose(about, account.body, chosen))
    return found


def _about(act: Act, where: Where) -> tuple[str, str] | None:
    """Return the subject of a form: its name and its address."""
    at = questions.question()
    title = where.get("report", "")
    title = (title and report_question.title(at, title)) or title
    match act.on:
        case "/api/recommendations/{report}/{number}/{body}":
            called, page = f"Recommendation {where['number']} of “{title}”", "recommendation"
        case "/api/responses/{report}/{body}":
            called, page = f"The response to “{title}”", "response"
        case "/api/reports/{report}":
            called, page = title, "report"
        case "/api/meetings/{panel}/{date}":
            panel = at.register.name(where["panel"])
            called, page = f"{panel}, {words.day(where['date'])}", "meeting"
        case "/api/entries/{entry_id}":
            position = current.ledger().entry(where["entry_id"]).position
            called, page = f"Entry {position:,}", "entry"
        case "/api/bodies/{body}":
            called, page = at.register.name(where["body"]), "body"
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
