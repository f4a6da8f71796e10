"""Accounts, tokens and subscriptions as requests ask about them, by the API or by a form: who asks,
and what the answer has. `api.store.tokens` decides what may be done about a token. An account sees
its own subscriptions, and `admin` sees all."""

from datetime import date, datetime
from typing import Any

import marshmallow as ma
from flask import g

from api.requests import callers, current
from api.requests.answers import idempotent
from api.schemas import accounts as answers
from api.schemas.derive import Day, Plain, Strict
from api.store import subscriptions, tokens
from api.store.subscriptions import SCOPE, Subscription
from api.store.tokens import Asker, Token
from ledger.dates import is_exact, london_date, rfc3339
from ledger.errors import NotRecorded
from ledger.events.entry import Entry
from ledger.events.service import SCOPES
from ledger.events.streams import SERVICE
from ledger.log.append import Request
from ledger.log.reading import Snapshot
from ledger.states.service import Account


def _last_day(left_out: str) -> Day:
    says = f"The last day on which it is valid, in London. Left out: {left_out}"
    return Day(allow_none=True, validate=_whole, metadata={"description": says})


def _whole(day: str) -> None:
    if not is_exact(day):
        raise ma.ValidationError("Give a whole day, such as 2026-12-31.")


class AskedToken(Strict):
    """The fields of a request for a token."""

    account = Plain(
        metadata={"description": "The account that it acts for; default: the one that asks."}
    )
    scopes = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(SCOPES)),
        required=True,
        validate=ma.validate.Length(min=1, error="Choose what it may do."),
        metadata={"description": "Its scopes, within its account's: as few as it needs."},
    )
    expires_on = _last_day(
        "the longest that is set here (ANSWERABLE_TOKEN_DAYS), or until it is ended."
    )


class AskedRotation(Strict):
    """The fields of a request to rotate a token."""

    overlap_days = ma.fields.Integer(
        strict=True,
        load_default=tokens.USUAL_OVERLAP,
        validate=ma.validate.Range(min=0, max=tokens.MOST_OVERLAP),
        metadata={
            "description": "How many more days the old token stays valid, so that nothing stops; "
            "0: until the end of today."
        },
    )
    expires_on = _last_day(
        "for as many days as the old one was made for; if that had no last day, as for a new token."
    )


def made(asked: dict[str, Any], request: Request | None = None) -> tuple[Token, str]:
    """Make the token that is asked for. Return it as stored, and the token itself."""
    by = asker(request)
    return tokens.make(
        current.ledger(),
        by,
        asked.get("account", by.account.name),
        asked["scopes"],
        _day(asked),
        current.settings().token_days,
    )


def rotated(
    name: str, asked: dict[str, Any], request: Request | None = None
) -> tuple[Token, str, date]:
    """Rotate a token as asked. Return the new one as stored, the token itself, and the old one's
    last day."""
    return tokens.rotate(
        current.ledger(),
        asker(request),
        name,
        asked["overlap_days"],
        _day(asked),
        current.settings().token_days,
    )


def _day(asked: dict[str, Any]) -> date | None:
    given = asked.get("expires_on")
    return date.fromisoformat(given) if given else None


def asker(request: Request | None = None) -> Asker:
    """Return the requester of a change of tokens. Raise Unauthorized, or SignInAnew if the person
    must first prove who they are. `request` is the form's own idempotent request, if there is
    one."""
    by = callers.account_needed()
    callers.needs_proof()
    return Asker(by, g.get("token"), request or idempotent(by))


def own_tokens() -> list[answers.Token]:
    """Return the tokens of the account that asks; for `admin`, all."""
    by = callers.account_needed()
    look = current.ledger().look()
    with current.ledger().pool.connection() as conn:
        found = tokens.kept(conn, None if by.may("admin") else by.name)
    return [shown(look, one) for one in found]


def one_token(name: str) -> answers.Token:
    """Return a token of the account that asks; for `admin`, anybody's. Raise NotRecorded if it is
    unknown."""
    by = callers.account_needed()
    look = current.ledger().look()
    with current.ledger().pool.connection() as conn:
        return shown(look, tokens.one(conn, by, name))


def every_account() -> list[answers.Account]:
    """Return the open accounts, by name. Needs the scope `admin`."""
    callers.needs(callers.account_needed(), "admin")
    log = current.ledger()
    look = log.look()
    with log.pool.connection() as conn:
        found = tokens.kept(conn)
    today = london_date(look.now)
    return [
        _account(one, [each for each in found if each.account == name], today)
        for name, one in sorted(look.service.accounts.items())
    ]


def whole_account(name: str) -> answers.AccountFound:
    """Return an account that is or was open: the requester's own or, for `admin`, any. Raise
    NotRecorded if it never existed, and NotAllowed if it is another's."""
    by, log = callers.account_needed(), current.ledger()
    if by.name != name:
        callers.needs(by, "admin", "looking at another account")
    history = [one for one in log.read_stream(SERVICE) if getattr(one.data, "account", 0) == name]
    if not history:
        raise NotRecorded(f"There is no account “{name[:80]}”.")
    look = log.look()
    with log.pool.connection() as conn:
        found = tokens.kept(conn, name)
    body = getattr(history[0].data, "body", None)
    there = look.service.accounts.get(name) or Account(name, body)
    its = [shown(look, one) for one in found]
    return answers.AccountFound(
        account=name,
        body=there.body,
        scopes=sorted(there.scopes),
        tokens=sum(one.good for one in its),
        used_on=_last_used(found),
        open=name in look.service.accounts,
        history=[_act(one) for one in history],
        all_tokens=its,
    )


def shown(look: Snapshot, one: Token) -> answers.Token:
    """Return a token as its account sees it, by a snapshot of the log."""
    service, today = look.service, london_date(look.now)
    return answers.Token(
        id=one.id,
        account=one.account,
        scopes=tokens.may_now(service, one),
        created_at=rfc3339(one.created_at),
        made_by=one.made_by,
        made_with=one.made_with,
        follows=one.follows,
        expires_on=_iso(one.expires_on),
        used_on=_iso(one.used_on),
        revoked_at=moment(one.revoked_at),
        revoked_by=one.revoked_by,
        good=one.good_on(today) and service.caller(one.account) is not None,
    )


def _account(one: Account, its: list[Token], today: date) -> answers.Account:
    return answers.Account(
        account=one.name,
        body=one.body,
        scopes=sorted(one.scopes),
        tokens=sum(each.good_on(today) for each in its),
        used_on=_last_used(its),
    )


def _last_used(its: list[Token]) -> str | None:
    return _iso(max((each.used_on for each in its if each.used_on), default=None))


def _act(one: Entry) -> answers.ActOnAccount:
    return answers.ActOnAccount(
        id=one.id,
        position=one.position,
        recorded_at=rfc3339(one.instant),
        recorded_by=one.recorded_by,
        type=one.data.TOPIC,
        scope=getattr(one.data, "scope", None),
    )


def moment(at: datetime | None) -> str | None:
    """Return a moment as answers have it, or None if there is none."""
    return None if at is None else rfc3339(at)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def subscriber() -> Account:
    """Return the account that asks. Raise Unauthorized without one, and NotAllowed if it lacks the
    scope."""
    account = callers.account_needed()
    callers.needs(account, SCOPE, "a subscription")
    return account


def own_subscriptions() -> list[Subscription]:
    """Return the subscriptions of the account that asks."""
    account = subscriber()
    with current.ledger().pool.connection() as conn:
        return subscriptions.every(conn, None if account.may("admin") else account.name)


def own_subscription(name: str) -> Subscription:
    """Return a subscription of the account that asks. Raise NotRecorded if it is unknown or
    another's."""
    account = subscriber()
    with current.ledger().pool.connection() as conn:
        found = subscriptions.one(conn, name)
    if found is None or (found.account != account.name and not account.may("admin")):
        raise NotRecorded(f"{account.name} has no subscription “{name[:80]}”.")
    return found
