"""The page of a body's matters that are due, with the next step of each."""

from flask import Response, url_for
from flask_wtf.csrf import generate_csrf

from api.reading.page import rendered, to
from api.reading.response_sentences import is_published
from api.recording.desk import desk
from api.recording.links import OWING
from api.recording.submission import blueprint
from api.requests import browser_sessions, callers, questions
from api.requests.parsing import takes_form
from ledger.states.service import Account
from projections.answers.response import ResponseState, ResponseWanting
from projections.questions import lists, pack
from projections.questions import response as response_question
from projections.questions.question import Question

SHOWN = 20
"""So many matters of each kind are shown; a link leads to the others. The page holds a secret, so
it is not compressed."""
_ASKED_KEEPING = "asked-keeping"
"""The mark of a session that was asked whether the office keeps its record here."""


@blueprint.get("")
def due() -> Response:
    """Show the matters that are due for the body that is signed in, with the next step of each; to
    a panel its desk."""
    account = callers.account_needed()
    callers.needs(account, "record", "recording")
    at = questions.question()
    body = at.register.bodies.get(account.body) if account.body else None
    if body is not None and body.kind == "panel":
        return desk(at, account, body)
    found = pack.body(at, account.body, most=SHOWN) if account.body and body else None
    not_shown = [one for one in found.attention if one.verdict == "not_shown"] if found else []
    return rendered(
        "record.html",
        account=account,
        found=found,
        asks_keeping=_asks_keeping(at, account),
        csrf_token=generate_csrf(),
        without_period=_without_period(at, account.body) if found else [],
        undated={(each.report, each.body): _undated(at, each) for each in not_shown[:20]},
    )


def _without_period(at: Question, body: str | None) -> list[ResponseState]:
    """Return the responses that a body owes without a deadline, and that are not recorded."""
    owed = lists.responses(at, responder=body, verdict="no_period", counted=True).items
    return [one for one in owed if not is_published(one)]


def _asks_keeping(at: Question, account: Account) -> bool:
    """Return whether the page asks if the office keeps its record here. It does until the office
    has said so, or was asked in this session. Only bodies that can owe a response are asked."""
    body = at.register.bodies.get(account.body or "")
    if body is None or body.kind not in OWING or at.register.keepings.get(body.id):
        return False
    return not browser_sessions.session().get(_ASKED_KEEPING)


@blueprint.post("/not-now")
@takes_form
def not_now() -> Response:
    """Do not ask again in this session whether the office keeps its record here."""
    sent = browser_sessions.form_sent()
    callers.needs(callers.account_needed(), "record", "recording")
    browser_sessions.of_this_session(sent.get("csrf_token"))
    browser_sessions.session()[_ASKED_KEEPING] = True
    return to(url_for("record.due"))


def _undated(at: Question, each: ResponseWanting) -> str | None:
    """Return the entry of a response's first publication whose day is not known, or None."""
    owed = response_question.owed(at, each.report, each.body, each.name)
    statements = response_question.response(owed).statements
    return next((one.entry for one in statements if one.published_on is None), None)
