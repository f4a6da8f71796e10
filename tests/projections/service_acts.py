"""Acts of the service itself in a site: accounts, keys, rules, compared lists."""

from collections.abc import Callable, Sequence

from ledger.acts.decision import Notice
from ledger.acts.key import add_key, compromise_key, resume_sealing, rotate_key
from ledger.acts.service import (
    adopt_rule,
    close_account,
    compare_list,
    grant_scope,
    open_account,
    revoke_scope,
)
from ledger.application import Recorded
from ledger.events import (
    AccountClosed,
    AccountOpened,
    KeyAdded,
    KeyCompromised,
    ListCompared,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
    Source,
)
from ledger.events.texts import say
from ledger.states.service import SETUP
from tests.api.site import PFCC, Site


def of_the_service(site: Site, n: int) -> None:
    """Record an act of the service itself that changes no answer."""
    name, vkey = f"{PFCC}/role-{site.position}", f"log.example+{site.position}+AAAA"
    acts: Sequence[Callable[[], Recorded]] = (
        lambda: site.ledger.record(
            SETUP, open_account, AccountOpened(account=name, body=PFCC), Notice()
        ),
        lambda: site.ledger.record(SETUP, adopt_rule, _next_rule(site, n), Notice()),
        lambda: site.ledger.decide(
            SETUP,
            lambda decision: compare_list(
                decision,
                ListCompared(publisher="hmicfrs", count=3, matched=3, unlisted=0),
                Notice(source=Source(url="https://www.example.org/list")),
            ),
        ),
    )
    if n % 4 < len(acts):
        acts[n % 4]()
    elif n % 8 == 3:
        _account_life(site, name)
    else:
        _key_life(site, vkey)


def _account_life(site: Site, name: str) -> None:
    ledger = site.ledger
    ledger.record(SETUP, open_account, AccountOpened(account=name, body=PFCC), Notice())
    ledger.record(SETUP, grant_scope, ScopeGranted(account=name, scope="record"), Notice())
    ledger.record(SETUP, revoke_scope, ScopeRevoked(account=name, scope="record"), Notice())
    ledger.record(SETUP, close_account, AccountClosed(account=name), Notice())


def _key_life(site: Site, vkey: str) -> None:
    ledger = site.ledger
    ledger.record(SETUP, add_key, KeyAdded(vkey=vkey), Notice())
    ledger.record(SETUP, rotate_key, KeyAdded(vkey=f"{vkey}next"), vkey, Notice())
    because = KeyCompromised(vkey=f"{vkey}next", from_size=1, reason=say("It lay about."))
    ledger.record(SETUP, compromise_key, because, Notice())
    ledger.record(SETUP, add_key, KeyAdded(vkey=f"{vkey}last"), Notice())
    resumed = SealingResumed(
        vkey=f"{vkey}last", at_size=0, because="compromised", reason=say("All is well.")
    )
    ledger.record(SETUP, resume_sealing, resumed, Notice())


def _next_rule(site: Site, n: int) -> RuleAdopted:
    """Another version of the shipped rule, with another period."""
    rules = site.ledger.service().rules
    version = max(v for (name, v) in rules if name == "pa96-s55") + 1
    before = rules["pa96-s55", version - 1]
    return RuleAdopted(
        id="pa96-s55",
        version=version,
        title=before.title,
        citation=f"{before.citation} ({version})",
        text=before.text,
        bodies=before.bodies,
        reports=before.reports,
        match=before.match,
        applies_from=before.applies_from,
        applies_until=before.applies_until,
        period_days=(28, 56, None)[n // 4 % 3],
        sha256=before.sha256,
    )
