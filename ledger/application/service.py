"""What concerns the service itself: accounts, bodies, rules, keys, captures."""

from ledger.acts import capture, key, service
from ledger.application.deciding import NOTHING_SPECIAL, Deciding, How
from ledger.decision import Told
from ledger.errors import NotAllowed
from ledger.events import (
    AccountClosed,
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    KeyAdded,
    KeyCompromised,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
)
from ledger.reading import Recorded
from ledger.register import Body, Rule
from ledger.service import SETUP, Account


class ServiceActs(Deciding):
    """What concerns the service itself: accounts, bodies, rules, keys, captures."""

    def set_up(self, bodies: tuple[Body, ...], rules: tuple[Rule, ...]) -> bool:
        """Record the first entries of a log, once: whether this call did."""
        if self.service().version:
            return False
        self.decide(SETUP, lambda d: service.set_up(d, bodies, rules))
        return True

    def open_account(
        self, by: Account, event: AccountOpened, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.open_account(d, event, told), how)

    def close_account(
        self, by: Account, event: AccountClosed, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.close_account(d, event, told), how)

    def grant_scope(
        self, by: Account, event: ScopeGranted, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.grant_scope(d, event, told), how)

    def revoke_scope(
        self, by: Account, event: ScopeRevoked, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.revoke_scope(d, event, told), how)

    def register_body(
        self, by: Account, event: BodyRegistered, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.register_body(d, event, told), how)

    def change_body(
        self, by: Account, event: BodyChanged, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.change_body(d, event, told), how)

    def succeed_body(
        self, by: Account, event: BodySucceeded, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.succeed_body(d, event, told), how)

    def adopt_rule(
        self, by: Account, event: RuleAdopted, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: service.adopt_rule(d, event, told), how)

    def add_key(
        self, by: Account, event: KeyAdded, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: key.add_key(d, event, told), how)

    def rotate_key(
        self, by: Account, event: KeyAdded, retired: str, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: key.rotate_key(d, event, retired, told), how)

    def compromise_key(
        self, by: Account, event: KeyCompromised, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(_admin(by), lambda d: key.compromise_key(d, event, told), how)

    def resume_sealing(
        self,
        by: Account,
        event: SealingResumed,
        told: Told,
        *,
        adding: KeyAdded | None = None,
        how: How = NOTHING_SPECIAL,
    ) -> Recorded:
        return self.decide(
            _admin(by), lambda d: key.resume_sealing(d, event, told, adding=adding), how
        )

    def keep_capture(
        self, by: Account, came: capture.Received, told: Told, how: How = NOTHING_SPECIAL
    ) -> Recorded:
        return self.decide(by, lambda d: capture.keep_capture(d, came, told), how)


def _admin(account: Account) -> Account:
    if not account.may("admin"):
        raise NotAllowed(f"{account.name} lacks the scope “admin”, which this needs.")
    return account
