"""`token`: bearer tokens of role accounts."""

import json
from datetime import date, datetime

import click

from api.commands.context import Context, data_option, json_option, ledger, passes
from api.store import tokens
from ledger.acts.service import grant_scope, open_account
from ledger.clock import london_date
from ledger.decision import Told
from ledger.errors import AnswerableError, NotRecorded
from ledger.events import AccountOpened, ScopeGranted
from ledger.events.service import SCOPES, Scope
from ledger.service import SETUP


class CannotMake(AnswerableError):
    """The token would be good for nothing."""


@click.group()
def token() -> None:
    """API tokens. Each speaks for a role account, whose scopes stand in the log."""


@token.command("create")
@click.option("--name", required=True, help="The role, such as clerk-2.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(SCOPES),
    help="record: write; office: read office texts; admin: everything. May be given again.",
)
@click.option("--body", help="The body that it records for, by its id.")
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which it is good."
)
@json_option
@data_option
@passes
def create(
    here: Context, name: str, scopes: tuple[Scope, ...], body: str | None, expires: datetime | None
) -> None:
    """Make a token. It is printed once, alone on the last line."""
    account_name = f"{body or 'service'}/{name}"
    with ledger(here.settings, begins=True) as (log, _):
        last, today = expires and expires.date(), london_date(log.now())
        if last is not None and last < today:
            raise CannotMake(f"{last} is over: --expires is the last day on which it is good.")
        service = log.service()
        if account_name not in service.accounts:
            log.record(SETUP, open_account, AccountOpened(account=account_name, body=body), Told())
        has = log.account(account_name).scopes
        for scope in scopes:
            if scope not in has:
                event = ScopeGranted(account=account_name, scope=scope)
                log.record(SETUP, grant_scope, event, Told())
        with log.log.pool.connection() as conn:
            name_, made = tokens.create(conn, account_name, last)
    if here.json:
        click.echo(json.dumps({"id": name_, "account": account_name, "token": made}))
        return
    click.echo(f"Token {name_} for {account_name}; it is not shown again:", err=True)
    click.echo(made)


@token.command("list")
@json_option
@data_option
@passes
def list_(here: Context) -> None:
    """Every token: id, account, until when, revoked or not."""
    with ledger(here.settings) as (log, _), log.log.pool.connection() as conn:
        found = tokens.all_of_them(conn)
    items = [
        {
            "id": one.id,
            "account": one.account,
            "created_at": one.created_at.isoformat(),
            "expires_on": _iso(one.expires_on),
            "revoked": one.revoked_at is not None,
        }
        for one in found
    ]
    lines = [
        f"{one['id']}  {one['account']}"
        + (f"  until {one['expires_on']}" if one["expires_on"] else "")
        + ("  revoked" if one["revoked"] else "")
        for one in items
    ]
    here.answer(
        {"tokens": items},
        "\n".join(lines) or "No tokens yet: `answerable token create --name N --scope record`.",
    )


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@json_option
@data_option
@passes
def revoke(here: Context, token_id: str) -> None:
    """End a token at once."""
    with ledger(here.settings) as (log, _), log.log.pool.connection() as conn:
        if not tokens.revoke(conn, token_id):
            raise NotRecorded(f"No token “{token_id}” is good; see `answerable token list`.")
    here.answer({"revoked": token_id}, f"Token {token_id} is revoked.")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
