"""`account`, `token` and `session`: role accounts, their scopes, and the tokens and sessions that
act for them."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click

from api.commands.context import Context, body_id, ledger, with_context
from api.store import sessions, tokens
from ledger.acts.decision import Decision, Notice
from ledger.acts.service import close_account, grant_scope, open_account, revoke_scope
from ledger.application import Ledger
from ledger.dates import london_date
from ledger.events import AccountClosed, AccountOpened, ScopeGranted, ScopeRevoked
from ledger.events.service import SCOPES, Scope
from ledger.states.service import SETUP

_scope_option = click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(SCOPES),
    help="record: write, and read the office texts of its body; office: only read these, or, "
    "without --body, those of every body (auditors); subscribe: get entries by webhooks; "
    "admin: everything. May be given again.",
)


_expires_option = click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which it is valid; at most ANSWERABLE_TOKEN_DAYS from today, if set.",
)


@click.group()
def account() -> None:
    """Role accounts. `answerable token create` opens one, with its scopes."""


@account.command("list")
@with_context
def list_accounts(here: Context) -> None:
    """List every open account with its scopes."""
    with ledger(here.settings) as (log, _):
        found = log.service().accounts.values()
    items = [{"account": one.name, "body": one.body, "scopes": sorted(one.scopes)} for one in found]
    lines = [f"{one.name}  {' '.join(sorted(one.scopes))}" for one in found]
    here.answer({"accounts": items}, "\n".join(lines))


@account.command("open")
@click.option("--name", required=True, help="The role, such as clerk-2.")
@_scope_option
@click.option("--body", help="The body that it records for, by its id or name.")
@with_context
def open_one(here: Context, name: str, scopes: tuple[Scope, ...], body: str | None) -> None:
    """Open an account for people who sign in, or grant an open one more scopes.

    The sign-in provider decides who acts for it (docs/record.md). No token is needed.
    """
    with ledger(here.settings, begins=True) as (log, _):
        body = body and body_id(log, body)
        account_name = f"{body or 'service'}/{name}"
        new, granted = opened(log, account_name, body, scopes)
    says = "is open" if new else "was open"
    has = ", ".join(granted) or "no scope that it had not"
    here.answer(
        {"account": account_name, "opened": new, "granted": granted},
        f"{account_name} {says}, and has {has} from now on.",
    )


@account.command("revoke")
@click.argument("name")
@click.option("--scope", required=True, type=click.Choice(SCOPES), help="The scope to take away.")
@with_context
def revoke_from_account(here: Context, name: str, scope: Scope) -> None:
    """Take a scope from an account, for all its tokens."""
    with ledger(here.settings) as (log, _):
        event = ScopeRevoked(account=name, scope=scope)
        log.record(SETUP, revoke_scope, event, Notice())
    here.answer({"account": name, "revoked": scope}, f"{name} has the scope {scope} no more.")


@account.command("close")
@click.argument("name")
@with_context
def close_for_good(here: Context, name: str) -> None:
    """Close an account for good; its tokens end with it."""
    with ledger(here.settings) as (log, _):
        log.record(SETUP, close_account, AccountClosed(account=name), Notice())
    here.answer({"closed": name}, f"{name} is closed.")


@click.group()
def token() -> None:
    """API tokens. Each acts for a role account, with at most the account's scopes, which are in the
    log."""


@token.command("create")
@click.option("--name", required=True, help="The role, such as clerk-2.")
@_scope_option
@click.option("--body", help="The body that it records for, by its id or name.")
@_expires_option
@with_context
def create_token(
    here: Context, name: str, scopes: tuple[Scope, ...], body: str | None, expires: datetime | None
) -> None:
    """Make a token with exactly these scopes. It is printed once, alone on the last line.

    An account that does not exist is opened, and missing scopes are granted to it, in the log.
    Other tokens of the account keep their scopes.
    """
    with ledger(here.settings, begins=True) as (log, _):
        body = body and body_id(log, body)
        account_name = f"{body or 'service'}/{name}"
        day, most = expires and expires.date(), here.settings.token_days
        tokens.last_day(day, london_date(log.now()), most)  # before anything is recorded
        granted = opened(log, account_name, body, scopes)[1]
        made, secret = tokens.make(log, tokens.COMMAND, account_name, scopes, day, most)
    if here.json:
        said = {"id": made.id, "account": made.account, "scopes": made.scopes, "token": secret}
        click.echo(json.dumps(said))
        return
    for scope in granted:
        click.echo(f"{account_name} has the scope {scope} from now on.", err=True)
    click.echo(f"Token {made.id} for {account_name}; it is not shown again:", err=True)
    click.echo(secret)


@token.command("list")
@with_context
def list_tokens(here: Context) -> None:
    """List every token: id, account, scopes, expiry, last use, and whether it is revoked."""
    with ledger(here.settings) as (log, _), log.pool.connection() as conn:
        found, service = tokens.kept(conn), log.service()
    items: list[dict[str, Any]] = [
        {
            "id": one.id,
            "account": one.account,
            "scopes": tokens.may_now(service, one),
            "created_at": one.created_at.isoformat(),
            "made_by": one.made_by,
            "made_with": one.made_with,
            "expires_on": one.expires_on and one.expires_on.isoformat(),
            "revoked": one.revoked_at is not None,
            "revoked_at": one.revoked_at and one.revoked_at.isoformat(),
            "revoked_by": one.revoked_by,
            "used_on": one.used_on and one.used_on.isoformat(),
            "follows": one.follows,
        }
        for one in found
    ]
    lines = [
        f"{one['id']}  {one['account']}  {' '.join(one['scopes']) or 'no scope'}"
        + (f"  until {one['expires_on']}" if one["expires_on"] else "")
        + (f"  last used {one['used_on']}" if one["used_on"] else "  not used yet")
        + (f"  revoked by {one['revoked_by'] or 'a command'}" if one["revoked"] else "")
        for one in items
    ]
    here.answer(
        {"tokens": items},
        "\n".join(lines) or "No tokens yet: `answerable token create --name N --scope record`.",
    )


@token.command("rotate")
@click.argument("token_id", metavar="ID")
@click.option(
    "--overlap-days",
    type=click.IntRange(0, tokens.MOST_OVERLAP),
    default=tokens.USUAL_OVERLAP,
    show_default=True,
    help="How many more days the old token stays valid; 0: until the end of today.",
)
@_expires_option
@with_context
def rotate_token(here: Context, token_id: str, overlap_days: int, expires: datetime | None) -> None:
    """Make a token that replaces another, with its account and its present scopes. It is printed
    once, alone on the last line. The old one stays valid for some days, so that nothing stops."""
    with ledger(here.settings) as (log, _):
        day, most = expires and expires.date(), here.settings.token_days
        made, secret, until = tokens.rotate(log, tokens.COMMAND, token_id, overlap_days, day, most)
    if here.json:
        said = {"id": made.id, "account": made.account, "scopes": made.scopes, "token": secret}
        click.echo(json.dumps({**said, "follows": token_id, "until": until.isoformat()}))
        return
    click.echo(f"Token {token_id} of {made.account} is good until {until}.", err=True)
    click.echo(f"Token {made.id} takes its place; it is not shown again:", err=True)
    click.echo(secret)


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@with_context
def revoke_token(here: Context, token_id: str) -> None:
    """End a token at once."""
    with ledger(here.settings) as (log, _):
        tokens.revoke(log, tokens.COMMAND, token_id)
    here.answer({"revoked": token_id}, f"Token {token_id} is revoked.")


@click.group()
def session() -> None:
    """Sessions of people who signed in by a browser (docs/record.md)."""


@session.command("list")
@with_context
def list_sessions(here: Context) -> None:
    """List the people who are signed in, with account and start."""
    with ledger(here.settings) as (log, _), log.pool.connection() as conn:
        found = sessions.of_people(conn, log.now())
    items = [
        {
            "person": one.person,
            "account": one.account,
            "begun_at": one.begun_at.isoformat(),
            "seen_at": one.seen_at.isoformat(),
        }
        for one in found
    ]
    lines = [f"{one['account']}  {one['person']}  since {one['begun_at']}" for one in items]
    here.answer({"sessions": items}, "\n".join(lines) or "Nobody is signed in.")


@session.command("end")
@click.option("--person", help="All sessions of one person, as `session list` has them.")
@click.option("--account", "account_name", help="All sessions of an account.")
@click.option("--all", "everybody", is_flag=True, help="Everybody's.")
@with_context
def end_sessions(
    here: Context, person: str | None, account_name: str | None, everybody: bool
) -> None:
    """Sign people out, in all their browsers, at once."""
    if sum((person is not None, account_name is not None, everybody)) != 1:
        raise click.UsageError("Say whose: --person, --account or --all.")
    with ledger(here.settings) as (log, _), log.pool.connection() as conn:
        ended = sessions.end_all(conn, person=person, account=account_name)
    here.answer({"ended": ended}, f"Sessions that ended: {ended}.")


def opened(
    log: Ledger, name: str, body: str | None, scopes: Iterable[Scope]
) -> tuple[bool, list[Scope]]:
    """Open an account if it does not exist, and grant it the scopes that it lacks. Return whether
    it was opened, and the scopes granted."""
    there = log.service().accounts.get(name)
    lacks = [one for one in dict.fromkeys(scopes) if there is None or not there.may(one)]

    def decide(decision: Decision) -> None:
        if there is None:
            open_account(decision, AccountOpened(account=name, body=body), Notice(), lacks)
            return
        for scope in lacks:
            grant_scope(decision, ScopeGranted(account=name, scope=scope), Notice())

    log.decide(SETUP, decide)
    return there is None, lacks
