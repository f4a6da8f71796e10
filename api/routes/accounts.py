"""The account that asks and its permissions; all accounts with their scopes, from the log; and
tokens."""

from typing import Any

from flask import Response
from flask_wtf.csrf import generate_csrf
from msgspec.structs import asdict

from api.requests import callers, current
from api.requests.accounts import (
    AskedRotation,
    AskedToken,
    asker,
    every_account,
    made,
    one_token,
    own_tokens,
    rotated,
    shown,
    whole_account,
)
from api.requests.answers import json_answer, unkept
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas import accounts as answers
from api.store import tokens
from api.store.tokens import Token
from ledger.acts.table import ACCOUNTS

blueprint = Blueprint("accounts", __name__, description="Role accounts, their scopes and tokens.")

PATH = "/api/tokens"
_BEARER: dict[str, Any] = {"security": [{"bearer": []}]}
_ONCE: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key makes only one token. A repeated request is refused (409, "
    "`refused:shown-once`) and names the token, which was shown the first time.",
}


@blueprint.get("/api/me")
@blueprint.response(200, answers.Me)
@blueprint.doc(**_BEARER)
def me() -> Response:
    """Return the account that asks, by its token or by the session of a browser. A write by that
    session sends `csrf` as `X-CSRF-Token`."""
    account = callers.account_needed()
    session = callers.by_session()
    return json_answer(
        answers.Me(
            account=account.name,
            body=account.body,
            scopes=sorted(account.scopes),
            by="session" if session else "token",
            csrf=generate_csrf() if session else None,
        )
    )


@blueprint.get(ACCOUNTS)
@blueprint.response(200, answers.AccountsList)
@blueprint.doc(**_BEARER)
def accounts() -> Response:
    """Return every open account, with its scopes and the use of its tokens. Needs the scope
    `admin`."""
    return json_answer(answers.AccountsList(items=every_account()))


@blueprint.get(f"{ACCOUNTS}/<body>/<role>")
@blueprint.response(200, answers.AccountFound)
@blueprint.doc(**_BEARER)
def account(body: str, role: str) -> Response:
    """Return an account (`cumbria-pfcc/clerk-2`): its scopes, the entries that granted and revoked
    them, and its tokens. For the account itself, and for the scope `admin`."""
    return json_answer(whole_account(f"{body}/{role}"))


@blueprint.get(PATH)
@blueprint.response(200, answers.TokensList)
@blueprint.doc(**_BEARER)
def list_tokens() -> Response:
    """Return the tokens of the account that asks; for `admin`, all. The newest comes last."""
    return json_answer(answers.TokensList(items=own_tokens()))


@blueprint.get(f"{PATH}/<token_id>")
@blueprint.response(200, answers.Token)
@blueprint.doc(**_BEARER)
def token(token_id: str) -> Response:
    """Return one token: its scopes, who made it, and its last day."""
    return json_answer(one_token(token_id))


@blueprint.post(PATH)
@blueprint.arguments(AskedToken)
@blueprint.response(201, answers.TokenMade)
@blueprint.doc(**_BEARER, parameters=[_ONCE])
def make_token(asked: dict[str, Any]) -> Response:
    """Make a token of the account that asks or, for `admin`, of another. It is shown only in this
    answer: the same request again is refused (`refused:shown-once`), and names the token."""
    new, secret = made(asked)
    return _made(answers.TokenMade(**asdict(_now(new)), token=secret))


@blueprint.post(f"{PATH}/<token_id>/rotation")
@blueprint.arguments(AskedRotation)
@blueprint.response(201, answers.TokenRotated)
@blueprint.doc(**_BEARER, parameters=[_ONCE])
def rotate_token(asked: dict[str, Any], token_id: str) -> Response:
    """Make a token that replaces another, with its account and its present scopes. The old token
    stays valid for some days. A token may rotate itself."""
    new, secret, until = rotated(token_id, asked)
    made = answers.TokenRotated(**asdict(_now(new)), token=secret, until=until.isoformat())
    return _made(made)


@blueprint.delete(f"{PATH}/<token_id>")
@blueprint.response(204)
@blueprint.doc(**_BEARER)
def revoke_token(token_id: str) -> Response:
    """End a token at once, with all tokens that descend from it."""
    tokens.revoke(current.ledger(), asker(), token_id)
    return unkept(Response(status=204))


add_routes(blueprint, ACCOUNTS)


def _now(new: Token) -> answers.Token:
    return shown(current.ledger().look(), new)


def _made(new: answers.TokenMade) -> Response:
    answer = json_answer(new, 201)
    answer.headers["Location"] = f"{PATH}/{new.id}"
    return answer
