"""Acts on the service stream: accounts, scopes, bodies, rules, lists compared; the first of all."""

import re
from dataclasses import replace

from ledger.acts.decision import Decision, Told, has_word
from ledger.errors import Refused
from ledger.events import (
    AccountClosed,
    AccountOpened,
    Batch,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ListCompared,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
)
from ledger.events.entry import Entry
from ledger.events.service import BODY_KINDS
from ledger.events.streams import BODY_ID, HOST, SERVICE
from ledger.register import fingerprint, why_no_rule
from ledger.states.service import SETUP, Account

_ROLE = re.compile(r"[a-z0-9-]{1,80}/[a-z0-9-]{1,80}")
_SETUP_BATCH = Batch("setup", "imported")


def set_up(
    decision: Decision, bodies: tuple[BodyRegistered, ...], rules: tuple[RuleAdopted, ...]
) -> None:
    """The first entries of a log, once: the service's account, the shipped rules and register."""
    if decision.service.version:
        return
    told = Told(batch=_SETUP_BATCH)
    decision.add(SERVICE, AccountOpened(account=SETUP.name, body=None), told, by=None)
    decision.add(SERVICE, ScopeGranted(account=SETUP.name, scope="admin"), told, by=None)
    for rule in rules:
        decision.add(SERVICE, rule, told, by=None)
    for body in bodies:
        decision.add(SERVICE, body, told, by=None)


def open_account(decision: Decision, event: AccountOpened, told: Told) -> Entry:
    """Open a role account. Its name starts with its body's id, or with `service`."""
    decision.needs_admin()
    if not _ROLE.fullmatch(event.account):
        raise Refused(
            "account-name",
            f"“{event.account}” is no account's name: give body/role in lower-case letters, digits "
            "and hyphens, such as cumbria-pfcc/clerk-2.",
        )
    if event.body is not None:
        decision.body(event.body)
    if event.account.partition("/")[0] != (event.body or "service"):
        raise Refused(
            "account-name", f"“{event.account}” does not start with its body, {event.body}."
        )
    if event.account in decision.service.closed:
        raise Refused("account-closed", f"The account “{event.account}” was closed; name another.")
    if event.account in decision.service.accounts:
        raise Refused("account-exists", f"The account “{event.account}” is open already.")
    return decision.add(SERVICE, event, told, by=None)


def grant_scope(decision: Decision, event: ScopeGranted, told: Told) -> Entry:
    """Give an account a scope that it does not have."""
    decision.needs_admin()
    account = decision.service.accounts.get(event.account)
    opened_here = any(
        isinstance(e.data, AccountOpened) and e.data.account == event.account
        for e in decision.entries
    )
    if account is None and not opened_here:
        raise Refused("unknown-account", f"There is no account “{event.account}”.")
    if account is not None and event.scope in account.scopes:
        raise Refused("scope-granted", f"“{event.account}” has the scope “{event.scope}” already.")
    return decision.add(SERVICE, event, told, by=None)


def register_body(decision: Decision, event: BodyRegistered, told: Told) -> Entry:
    """Enter a body in the register."""
    decision.needs_admin()
    if not BODY_ID.fullmatch(event.id):
        raise Refused(
            "body-id", f"“{event.id}” is no id: lower-case letters, digits and hyphens, 80 at most."
        )
    if event.id in decision.service.bodies:
        raise Refused("body-exists", f"“{event.id}” is in the register already.")
    for named in (event.force, event.panel):
        if named is not None:
            decision.body(named)
    _are_hosts(event.websites)
    _closers_known(decision, event.closes_by, event.id)
    return decision.add(SERVICE, event, told, by=None)


def adopt_rule(decision: Decision, event: RuleAdopted, told: Told) -> Entry:
    """Bring a rule into force in this log, as the next version of its id."""
    decision.needs_admin()
    if fault := why_no_rule(event):
        raise Refused("rule-unfit", f"The rule {event.id} is refused: each one {fault}.")
    for whose in event.publishers or ():
        if whose not in BODY_KINDS and whose not in decision.service.bodies:
            raise Refused(
                "rule-unfit",
                f"“{whose}” of its publishers is neither a body in the register nor a kind.",
            )
    latest = max((v for (i, v) in decision.service.rules if i == event.id), default=0)
    if event.version != latest + 1:
        raise Refused(
            "rule-version",
            f"Version {event.version} of {event.id} cannot follow version {latest}.",
        )
    event = replace(event, sha256=fingerprint(event))
    return decision.add(SERVICE, event, told, by=None)


def revoke_scope(decision: Decision, event: ScopeRevoked, told: Told) -> Entry:
    """Take a scope from an account that has it."""
    decision.needs_admin()
    if event.scope not in _account(decision, event.account).scopes:
        raise Refused("no-such-scope", f"“{event.account}” does not have the scope {event.scope}.")
    return decision.add(SERVICE, event, told, by=None)


def close_account(decision: Decision, event: AccountClosed, told: Told) -> Entry:
    """Close an account for good: its name is never opened again."""
    decision.needs_admin()
    _account(decision, event.account)
    if event.account == SETUP.name:
        raise Refused("setup-stays", "The service's own account stays open.")
    return decision.add(SERVICE, event, told, by=None)


def change_body(decision: Decision, event: BodyChanged, told: Told) -> Entry:
    """Change what the register says of a body, from this position on."""
    decision.needs_admin()
    decision.body(event.id)
    said = (event.name, event.panel, event.force, event.closes_by, event.websites)
    if all(value is None for value in said):
        raise Refused(
            "nothing-changed", "Say what changed: name, panel, force, closes_by or websites."
        )
    _are_hosts(event.websites)
    for named in (event.force, event.panel):
        if named is not None:
            decision.body(named)
    _closers_known(decision, event.closes_by or (), event.id)
    return decision.add(SERVICE, event, told, by=decision.account.body)


def succeed_body(decision: Decision, event: BodySucceeded, told: Told) -> Entry:
    """Record which body follows one that ended."""
    decision.needs_admin()
    decision.body(event.id)
    decision.body(event.successor)
    if event.id == event.successor:
        raise Refused("own-successor", "A body does not follow itself.")
    if event.id in decision.service.followers(event.successor):
        raise Refused(
            "own-successor",
            f"“{event.id}” follows “{event.successor}” already, so it is not followed by it.",
        )
    if event.id in decision.service.successors:
        raise Refused(
            "succeeded-once",
            f"“{event.id}” is followed by “{decision.service.successors[event.id]}” already.",
        )
    return decision.add(SERVICE, event, told, by=decision.account.body)


def _are_hosts(websites: tuple[str, ...] | None) -> None:
    for one in websites or ():
        if not HOST.fullmatch(one):
            raise Refused(
                "website",
                f"“{one[:80]}” is no host of a website: give it like www.example.gov.uk, in lower "
                "case, without https:// and path.",
            )


def _closers_known(decision: Decision, closes_by: tuple[str, ...], body: str) -> None:
    for closer in closes_by:
        if closer not in (body, *BODY_KINDS) and closer not in decision.service.bodies:
            raise Refused(
                "closes-by",
                f"“{closer}” is neither in the register of bodies nor a kind of body "
                f"({', '.join(BODY_KINDS)}): closes_by names who may confirm a closure.",
            )


def compare_list(decision: Decision, event: ListCompared, told: Told) -> Entry:
    """Record a comparison. Without the list that was compared it says nothing."""
    decision.body(event.publisher)
    if not has_word(told.source):
        raise Refused("source-required", "Say which list was compared: keep it as a capture.")
    unnamed = event.count - event.matched - len(event.missing)
    if not 0 <= event.matched <= event.count or event.unlisted < 0 or unnamed < 0:
        raise Refused("counts", "The counts of this comparison do not go together.")
    return decision.add(SERVICE, event, told, by=decision.account.body)


def _account(decision: Decision, name: str) -> Account:
    if (found := decision.service.accounts.get(name)) is None:
        raise Refused("unknown-account", f"There is no account “{name}” that is open.")
    return found
