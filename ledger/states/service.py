"""The state of the service stream: accounts and scopes, the register, the rules, the keys. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

from ledger.events import (
    AccountClosed,
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    KeyAdded,
    KeyCompromised,
    KeyRetired,
    KnowledgeEvent,
    ListCompared,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
)
from ledger.events.entry import Entry
from ledger.states import keys
from ledger.states.keys import Keys


@dataclass(frozen=True, slots=True)
class Account:
    """A role account: who records. `body` is None for the service's own accounts."""

    name: str
    body: str | None
    scopes: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        """Whether it has a scope; `admin` may do everything."""
        return scope in self.scopes or "admin" in self.scopes

    def by_token(self, scopes: Iterable[str]) -> "Account":
        """The account as a token with these scopes speaks for it: they are at most its own."""
        return replace(self, scopes=frozenset(filter(self.may, scopes)))


SETUP = Account("service/setup", None, frozenset({"admin"}))
"""The account by which the service records what it sets up itself."""


@dataclass(frozen=True, slots=True)
class Service:
    """What the service stream says, up to `version`."""

    version: int = 0
    accounts: Mapping[str, Account] = field(default_factory=dict)
    bodies: Mapping[str, BodyRegistered] = field(default_factory=dict)
    rules: Mapping[tuple[str, int], RuleAdopted] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)
    closed: frozenset[str] = frozenset()
    """Names of accounts that were closed: they are never opened again."""
    successors: Mapping[str, str] = field(default_factory=dict)
    """Bodies that ended, to those that follow them."""

    def responders_for(self, force: str) -> list[BodyRegistered]:
        """The local policing bodies that hold a force to account."""
        return [body for body in self.bodies.values() if body.force == force]

    def with_predecessors(self, bodies: Iterable[str]) -> set[str]:
        """Bodies, and all that they follow, however far back."""
        found: set[str] = set()
        more = set(bodies)
        while more:
            found |= more
            more = {one for one, after in self.successors.items() if after in more} - found
        return found

    def followers(self, body: str) -> list[str]:
        """A body, and those that followed it, one after the other."""
        found = [body]
        while (after := self.successors.get(found[-1])) is not None and after not in found:
            found.append(after)
        return found

    def speaks_for(self, body: str | None, *others: str | None) -> bool:
        """Whether a body is one of others, or followed one of them and has its papers since."""
        return body is not None and any(
            body in self.followers(other) for other in others if other is not None
        )

    def concerns(self, body: str, other: str) -> bool:
        """Whether two bodies are the same, or one holds the other to account or scrutinises it.

        A body that followed another has taken on what that one owed and was asked.
        """
        return any(
            self._deals_with(one, two)
            for one in self.with_predecessors([body])
            for two in self.followers(other)
        )

    def answers_for(self, body: str, addressee: str) -> bool:
        """Whether what is addressed to one is a body's own to answer: it is the addressee, or holds
        that to account, or has followed one that did."""
        owners = {addressee, *(one.id for one in self.responders_for(addressee))}
        return self.speaks_for(body, *owners)

    def _deals_with(self, body: str, other: str) -> bool:
        if body == other:
            return True
        for one, two in ((body, other), (other, body)):
            if (found := self.bodies.get(one)) and two in (found.force, found.panel):
                return True
        forces_of_panel = {b.force for b in self.bodies.values() if b.panel == body}
        return other in forces_of_panel


def evolve(service: Service, entry: Entry) -> Service:
    """The state after one more entry of the stream."""
    event, now = entry.data, partial(replace, service, version=entry.version)
    match event:
        case AccountOpened():
            account = Account(event.account, event.body)
            return now(accounts={**service.accounts, event.account: account})
        case ScopeGranted():
            account = service.accounts[event.account]
            account = replace(account, scopes=account.scopes | {event.scope})
            return now(accounts={**service.accounts, event.account: account})
        case ScopeRevoked():
            account = service.accounts[event.account]
            account = replace(account, scopes=account.scopes - {event.scope})
            return now(accounts={**service.accounts, event.account: account})
        case AccountClosed():
            left = {name: one for name, one in service.accounts.items() if name != event.account}
            return now(accounts=left, closed=service.closed | {event.account})
        case BodyChanged():
            return now(bodies={**service.bodies, event.id: _changed(service, event)})
        case BodySucceeded():
            return now(successors={**service.successors, event.id: event.successor})
        case BodyRegistered():
            return now(bodies={**service.bodies, event.id: event})
        case RuleAdopted():
            return now(rules={**service.rules, (event.id, event.version): event})
        case KeyAdded() | KeyRetired() | KeyCompromised() | SealingResumed():
            return now(keys=keys.evolve(service.keys, event, entry.position))
        case ListCompared():
            return now()
        case _ if isinstance(event, KnowledgeEvent):
            return now()  # it changes how an entry reads, never what is registered
        case _:
            raise ValueError(f"{event.TOPIC} does not belong in the service stream")


def _changed(service: Service, event: BodyChanged) -> BodyRegistered:
    """A body as it is registered after a change: what the change leaves out stays."""
    given: dict[str, Any] = {each.name: getattr(event, each.name) for each in fields(event)}
    told = {name: value for name, value in given.items() if value is not None}
    return replace(service.bodies[event.id], **told)


def fold(service: Service | None, entries: Iterable[Entry]) -> Service | None:
    """The state after further entries; None where there is none (as the library's folds are)."""
    for entry in entries:
        service = evolve(service or Service(), entry)
    return service
