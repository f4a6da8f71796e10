"""`account`: role accounts, their scopes, and their end."""

import click

from api.commands.context import Context, data_option, json_option, ledger, passes
from ledger.acts.decision import Told
from ledger.acts.service import close_account, revoke_scope
from ledger.events import AccountClosed, ScopeRevoked
from ledger.events.service import SCOPES, Scope
from ledger.states.service import SETUP


@click.group()
def account() -> None:
    """Role accounts. `answerable token create` opens one, with its scopes."""


@account.command("list")
@json_option
@data_option
@passes
def list_(here: Context) -> None:
    """Every account that is open, with its scopes."""
    with ledger(here.settings) as (log, _):
        found = log.service().accounts.values()
    items = [{"account": one.name, "body": one.body, "scopes": sorted(one.scopes)} for one in found]
    lines = [f"{one.name}  {' '.join(sorted(one.scopes))}" for one in found]
    here.answer({"accounts": items}, "\n".join(lines))


@account.command("revoke")
@click.argument("name")
@click.option("--scope", required=True, type=click.Choice(SCOPES), help="The scope to take away.")
@json_option
@data_option
@passes
def revoke(here: Context, name: str, scope: Scope) -> None:
    """Take a scope from an account, for all its tokens."""
    with ledger(here.settings) as (log, _):
        event = ScopeRevoked(account=name, scope=scope)
        log.record(SETUP, revoke_scope, event, Told())
    here.answer({"account": name, "revoked": scope}, f"{name} has the scope {scope} no more.")


@account.command("close")
@click.argument("name")
@json_option
@data_option
@passes
def close(here: Context, name: str) -> None:
    """Close an account for good; its tokens end with it."""
    with ledger(here.settings) as (log, _):
        log.record(SETUP, close_account, AccountClosed(account=name), Told())
    here.answer({"closed": name}, f"{name} is closed.")
