"""Administration in a browser: accounts, their scopes and tokens; keys, the register, rules.

An entry of the log has the form of its act, below /record. A token is no entry: its forms are here,
made from the API's requests. A GET page changes nothing.
"""

import functools
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request, url_for

from api.reading import words
from api.reading.error_pages import not_asked_that
from api.reading.page import rendered, to
from api.recording import links, submission
from api.recording.form_fields import Filled, Given
from api.requests import accounts, callers, current, questions
from api.requests.accounts import AskedRotation, AskedToken
from api.requests.parsing import takes_form
from api.schemas.accounts import Token as TokenAnswer
from api.schemas.derive import Strict
from api.store import tokens
from ledger.application import How
from ledger.errors import Fault
from ledger.events.service import SCOPES
from ledger.states.service import SETUP, Account
from projections.questions import register

blueprint = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")

Shape = dict[str, Any]
_TAKES = {"admin.account": {"min_position"}, "admin.make_token": {"account", "scopes"}}
_ONCE = "It is shown once, after this form is sent: have the program’s settings at hand."


@blueprint.before_request
def read_address() -> Response | None:
    """Refuse an address with a name that its page does not take."""
    if request.method == "POST":  # a form is sent to its own address
        return None
    return not_asked_that(_TAKES.get(request.endpoint or "", ()))


@blueprint.get("")
def overview() -> Response:
    """Show everything that is administered here."""
    found = accounts.every_account()
    at = questions.question()
    ahead = sorted(
        (after.on, name, after.successor)
        for name, several in at.register.successions.items()
        for after in several
        if after.on > at.when.effective_on
    )
    return rendered(
        "admin.html",
        accounts=found,
        keys=register.keys(at),
        names=words.names(at),
        ahead=ahead,
        rules=list(at.register.rules.values()),
        longest=current.settings().token_days,
    )


@blueprint.get("/accounts/<body>/<role>")
def account(body: str, role: str) -> Response:
    """Show an account: its scopes, who granted them and when, and its tokens."""
    found = accounts.whole_account(f"{body}/{role}")
    return rendered(
        "account.html",
        found=found,
        body_name=questions.question().register.name(found.body) if found.body else None,
        by=callers.account_needed(),
        scopes=SCOPES,
        setup=SETUP.name,
        longest=current.settings().token_days,
    )


@blueprint.get("/tokens/<token_id>")
def token(token_id: str) -> Response:
    """Show a token: its scopes, who made it, when it was last used, and the forms for it."""
    return _token(accounts.one_token(token_id))


def _token(found: TokenAnswer, **more: Any) -> Response:
    its = [one for one in accounts.own_tokens() if one.account == found.account]
    return rendered(
        "token.html",
        one=found,
        made_by_it=[each for each in its if each.made_with == found.id],
        followed_by=[each for each in its if each.follows == found.id],
        by=callers.account_needed(),
        **more,
    )


@blueprint.get("/tokens")
def make_token() -> Response:
    """Show the form that makes a token."""
    return _shown(functools.partial(_form_of_token, accounts.asker().account))


@blueprint.post("/tokens")
@takes_form
def make_token_sent() -> Response:
    """Make a token, and show it once."""

    def done(by: Account, said: Shape, how: How) -> Response:
        made, secret = accounts.made(said, how.request)
        return _token(accounts.one_token(made.id), secret=secret)

    return submission.sent(AskedToken(), _who, done, _form_of_token)


@blueprint.get("/tokens/<token_id>/rotation")
def rotate_token(token_id: str) -> Response:
    """Show the form that rotates a token."""
    return _shown(functools.partial(_form_of_rotation, token_id, accounts.asker().account))


@blueprint.post("/tokens/<token_id>/rotation")
@takes_form
def rotate_token_sent(token_id: str) -> Response:
    """Make the token that replaces another, and show it once."""

    def done(by: Account, said: Shape, how: How) -> Response:
        made, secret, until = accounts.rotated(token_id, said, how.request)
        return _token(accounts.one_token(made.id), secret=secret, until=until)

    again = functools.partial(_form_of_rotation, token_id)
    return submission.sent(AskedRotation(), _who, done, again)


@blueprint.get("/tokens/<token_id>/end")
def end_token(token_id: str) -> Response:
    """Show the form that ends a token."""
    return _shown(functools.partial(_form_of_end, token_id, accounts.asker().account))


@blueprint.post("/tokens/<token_id>/end")
@takes_form
def end_token_sent(token_id: str) -> Response:
    """End a token at once."""

    def done(by: Account, said: Shape, how: How) -> Response:
        tokens.revoke(current.ledger(), accounts.asker(), token_id)
        return to(url_for("admin.token", token_id=token_id))

    return submission.sent(Strict(), _who, done, functools.partial(_form_of_end, token_id))


def _who() -> Account:
    return accounts.asker().account


def _shown(drawn: "functools.partial[Response]") -> Response:
    """Return a form with the values that the address gives."""
    return drawn(Given(list(request.args.items(multi=True))))


def _form_of_token(by: Account, given: Given, *more: Any, **named: Any) -> Response:
    name = given.get("account") or by.name
    its = current.ledger().service().accounts.get(name)
    giveable = [one for one in SCOPES if its and its.may(one) and by.may(one)]
    options = {"scopes": words.scopes_to_choose(giveable or SCOPES)}
    return _drawn(
        AskedToken(exclude=["account"]),
        given,
        *more,
        options=options,
        hidden={"account": name},
        title="Make a token",
        says="A token lets a program ask and record for an account, without anybody signed in. "
        "Give each program one of its own, with as little as it needs, so that one can be ended "
        "without the others.",
        account=by,
        about=(name, links.account_page(name)),
        button="Make it",
        **named,
    )


def _form_of_rotation(
    token_id: str, by: Account, given: Given, *more: Any, **named: Any
) -> Response:
    found = accounts.one_token(token_id)
    given = Given(given)
    given.setdefault("overlap_days", str(tokens.USUAL_OVERLAP))
    return _drawn(
        AskedRotation(),
        given,
        *more,
        title="Rotate it",
        says="Another token takes its place, with its account and what it may still do. This one "
        "is good beside it for some days, so that the program can be given the new one without a "
        "gap.",
        account=by,
        about=(f"Token {token_id} of {found.account}", _address(token_id)),
        button="Make the one that takes its place",
        **named,
    )


def _form_of_end(token_id: str, by: Account, given: Given, *more: Any, **named: Any) -> Response:
    found = accounts.one_token(token_id)
    return _drawn(
        Strict(),
        given,
        *more,
        title="End it",
        says="Whatever sends this token is refused from now on. That is not taken back: where a "
        "program still needs one, rotate it instead.",
        hint="Who ended it, and when, is kept.",
        account=by,
        about=(f"Token {token_id} of {found.account}", _address(token_id)),
        button="End it",
        **named,
    )


def _drawn(
    schema: ma.Schema,
    given: Given,
    faults: list[Fault] | None = None,
    *,
    form: dict[str, str] | None = None,
    options: dict[str, tuple[tuple[str, str], ...]] | None = None,
    hidden: dict[str, str] | None = None,
    hint: str = _ONCE,
    status: int = 200,
    **more: Any,
) -> Response:
    """Return a form about tokens, with what was filled in. A refused form gets a new key: if it had
    been sent before, it now makes another token."""
    return submission.drawn(
        schema,
        Filled(given, faults or (), options or {}),
        submission.once({} if status == 409 else form or {}) | (hidden or {}),
        status=status,
        hint=hint,
        nothing="Nothing was done yet",
        begins=links.ADMINISTRATION if more["account"].may("admin") else None,
        **more,
    )


def _address(token_id: str) -> str:
    return url_for("admin.token", token_id=token_id)
