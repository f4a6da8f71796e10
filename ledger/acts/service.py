"""Acts on the service stream: accounts, scopes, bodies, rules, lists compared; the first of all."""

import re
from collections.abc import Iterable
from dataclasses import fields, replace

from ledger.acts.decision import Decision, Notice, has_word
from ledger.acts.succession import follows_its_term, follows_once
from ledger.dates import rfc3339
from ledger.errors import Refused
from ledger.events import (
    AccountClosed,
    AccountOpened,
    Batch,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ClockWasWrong,
    ListCompared,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
)
from ledger.events.entry import Entry
from ledger.events.service import BODY_KINDS, Scope
from ledger.events.streams import BODY_ID, HOST, SERVICE
from ledger.register import HELD, Succession, fingerprint, why_no_rule, why_no_term
from ledger.states.service import SEED, SETUP, Account, changed

_ROLE = re.compile(r"[a-z0-9-]{1,80}/[a-z0-9-]{1,80}")
_SETUP_BATCH = Batch("setup", "imported")


def set_up(
    decision: Decision,
    bodies: tuple[BodyRegistered, ...],
    rules: tuple[RuleAdopted, ...],
    successions: tuple[Succession, ...] = (),
) -> None:
    """Record the first entries of a log: the service's account, the shipped rules and register. Do
    nothing if the log has begun."""
    if decision.service.version:
        return
    notice = Notice(batch=_SETUP_BATCH)
    decision.add(SERVICE, AccountOpened(account=SETUP.name, body=None), notice, by=None)
    decision.add(SERVICE, ScopeGranted(account=SETUP.name, scope="admin"), notice, by=None)
    for rule in rules:
        decision.add(SERVICE, rule, notice, by=None)
    for body in bodies:
        decision.add(SERVICE, body, notice, by=None)
    for one in successions:
        said = Notice(source=one.source, batch=_SETUP_BATCH)
        decision.add(SERVICE, one.event, said, by=None)


def begin_synthetic(decision: Decision) -> None:
    """Say that everything in this log is made up, before its first report. Nothing takes that back.
    Refuse it if there are reports, because nobody could then tell which of them are true."""
    decision.needs_admin()
    if decision.service.synthetic:
        return
    if decision.below("report/"):
        raise Refused(
            "not-beside-real-ones",
            "This log holds reports, and synthetic ones are never put beside real ones: name a new "
            "data directory, or an empty database.",
        )
    decision.add(SERVICE, AccountOpened(account=SEED, body=None), Notice(), by=None)
    decision.add(SERVICE, ScopeGranted(account=SEED, scope="admin"), Notice(), by=None)


def open_account(
    decision: Decision, event: AccountOpened, notice: Notice, scopes: Iterable[Scope] = ()
) -> Entry:
    """Open a role account, with what it may do. Its name starts with its body's id, or with
    `service`."""
    decision.needs_admin()
    if not _ROLE.fullmatch(event.account):
        raise Refused(
            "account-name",
            f"“{event.account}” is no account's name: give body/role in lower-case letters, digits "
            "and hyphens, such as cumbria-pfcc/clerk-2.",
        )
    if event.body is not None:
        decision.body(event.body)
    if (first := event.account.partition("/")[0]) != (event.body or "service"):
        raise Refused(
            "account-name",
            f"“{event.account}” does not start with its body, {event.body}."
            if event.body
            else f"“{event.account}” starts with {first}: say that as its body, or call an account "
            "of no body service/….",
        )
    if event.account == SEED:
        raise Refused(
            "account-name",
            f"“{SEED}” is kept for synthetic logs, which `answerable seed` begins: give another "
            "name.",
        )
    if event.account in decision.service.closed:
        raise Refused("account-closed", f"The account “{event.account}” was closed; name another.")
    if event.account in decision.service.accounts:
        raise Refused("account-exists", f"The account “{event.account}” is open already.")
    opened = decision.add(SERVICE, event, notice, by=None)
    for scope in dict.fromkeys(scopes):
        grant_scope(decision, ScopeGranted(account=event.account, scope=scope), notice)
    return opened


def grant_scope(decision: Decision, event: ScopeGranted, notice: Notice) -> Entry:
    """Give an account a scope that it does not have."""
    decision.needs_admin()
    account = decision.service.accounts.get(event.account)
    opened_here = any(
        isinstance(e.data, AccountOpened) and e.data.account == event.account
        for e in decision.entries
    )
    if account is None and not opened_here:
        raise _unknown(event.account)
    if account is not None and event.scope in account.scopes:
        raise Refused("scope-granted", f"“{event.account}” has the scope “{event.scope}” already.")
    return decision.add(SERVICE, event, notice, by=None)


def register_body(decision: Decision, event: BodyRegistered, notice: Notice) -> Entry:
    """Enter a body in the register."""
    decision.needs_admin()
    if not BODY_ID.fullmatch(event.id):
        raise Refused(
            "body-id", f"“{event.id}” is no id: lower-case letters, digits and hyphens, 80 at most."
        )
    if event.id in decision.service.bodies:
        raise Refused("body-exists", f"“{event.id}” is in the register already.")
    _names_bodies(decision, event)
    _has_term(event)
    _are_hosts(event.websites)
    _closers_known(decision, event.closes_by, event.id)
    return decision.add(SERVICE, event, notice, by=None)


def adopt_rule(decision: Decision, event: RuleAdopted, notice: Notice) -> Entry:
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
    return decision.add(SERVICE, event, notice, by=None)


def clock_was_wrong(decision: Decision, event: ClockWasWrong, notice: Notice) -> Entry:
    """Say that the clock was ahead from a position on, so that the log goes on now that it is
    right. Later entries count as recorded at this entry's moment at the latest."""
    decision.needs_admin()
    first, last, instant = decision.log.ahead()
    if first is None or last is None:
        raise Refused(
            "clock-right",
            "No entry lies more than a minute ahead of the clock, so nothing keeps the log from "
            "going on. Put the clock right first, if it is wrong.",
        )
    if not 1 <= event.first_position <= first:
        raise Refused(
            "first-position",
            f"Position {first:,} is the first that was recorded ahead of the clock, which says "
            f"{rfc3339(instant)}: give {first}, or an earlier position if the clock was wrong "
            "before.",
        )
    return decision.add(SERVICE, event, notice, by=None)


def revoke_scope(decision: Decision, event: ScopeRevoked, notice: Notice) -> Entry:
    """Take a scope from an account that has it, for all its tokens."""
    decision.needs_admin()
    if event.account == SETUP.name:
        raise Refused("setup-stays", "The service's own account keeps what it may.")
    if event.scope not in _account(decision, event.account).scopes:
        raise Refused("no-such-scope", f"“{event.account}” does not have the scope {event.scope}.")
    return decision.add(SERVICE, event, notice, by=None)


def close_account(decision: Decision, event: AccountClosed, notice: Notice) -> Entry:
    """Close an account for good: its name is never opened again."""
    decision.needs_admin()
    _account(decision, event.account)
    if event.account == SETUP.name:
        raise Refused("setup-stays", "The service's own account stays open.")
    return decision.add(SERVICE, event, notice, by=None)


def change_body(decision: Decision, event: BodyChanged, notice: Notice) -> Entry:
    """Change what the register says of a body, from this position on."""
    decision.needs_admin()
    there = decision.body(event.id)
    names = [each.name for each in fields(BodyChanged) if each.name != "id"]
    if all(getattr(event, name) is None for name in names):
        raise Refused(
            "nothing-changed", f"Say what changed: {', '.join(names[:-1])} or {names[-1]}."
        )
    _are_hosts(event.websites)
    _names_bodies(decision, event)
    _has_term(changed(there, event))
    _closers_known(decision, event.closes_by or (), event.id)
    return decision.add(SERVICE, event, notice, by=decision.account.body)


def succeed_body(decision: Decision, event: BodySucceeded, notice: Notice) -> Entry:
    """Record which body follows one that ends, and from when: the day may lie ahead."""
    decision.needs_admin()
    ends, follows = decision.body(event.id), decision.body(event.successor)
    if event.id == event.successor:
        raise Refused("own-successor", "A body does not follow itself.")
    if ends.kind != follows.kind:
        raise Refused(
            "successor-kind",
            f"{follows.name} is of the kind {follows.kind} and does not follow {ends.name}, of the "
            f"kind {ends.kind}: a body is followed by one of its own kind.",
        )
    entry = decision.add(SERVICE, event, notice, by=decision.account.body)
    follows_once(decision.service, entry)
    follows_its_term(decision, entry)
    return entry


def _names_bodies(decision: Decision, event: BodyRegistered | BodyChanged) -> None:
    for held in event.holds:
        found = decision.body(held.body)
        if found.kind not in HELD:
            raise Refused("force", f"“{held.body}” is no force: it is of the kind {found.kind}.")
    if event.panel is not None:
        decision.body(event.panel)


def _has_term(body: BodyRegistered) -> None:
    if fault := why_no_term(body):
        raise Refused("body-term", f"The body {body.id} is refused: each one {fault}.")


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


def compare_list(decision: Decision, event: ListCompared, notice: Notice) -> Entry:
    """Record a comparison. Without the list that was compared it says nothing."""
    decision.body(event.publisher)
    if not has_word(notice.source):
        raise Refused("source-required", "Say which list was compared: keep it as a capture.")
    unnamed = event.count - event.matched - len(event.missing)
    if not 0 <= event.matched <= event.count or event.unlisted < 0 or unnamed < 0:
        raise Refused("counts", "The counts of this comparison do not go together.")
    return decision.add(SERVICE, event, notice, by=decision.account.body)


def _account(decision: Decision, name: str) -> Account:
    if (found := decision.service.accounts.get(name)) is None:
        raise _unknown(name)
    return found


def _unknown(account: str) -> Refused:
    return Refused("unknown-account", f"There is no account “{account[:80]}” that is open.")
