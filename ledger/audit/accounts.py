"""In whose name entries stand, and tokens speak: accounts that the log opened, and had not closed.

`service/setup` sets a log up in its first transaction. The commands of whoever runs the service use
its name since then for accounts, keys and the register, and for a list that is compared; nobody
records under it what is said of a report, so that whoever writes to the log beside the service
cannot hide behind its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg.rows import dict_row

from ledger.audit.findings import Check, Kind
from ledger.audit.log import EARLIEST, LATEST
from ledger.events import AccountClosed, AccountOpened, ScopeGranted
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE, kind
from ledger.states.service import SETUP

_SETUP_MAY = frozenset({SERVICE, "capture"})


@dataclass(slots=True)
class _Account:
    """An account as the log has it: from where on, until when, and all scopes that it ever had."""

    opened_at: int
    closed_at: datetime | None = None
    scopes: set[str] = field(default_factory=set)


class Accounts:
    """Entries and tokens against the accounts of the log, as the entries come."""

    def __init__(self) -> None:
        self.check = Check("accounts", "entries and tokens", "each of an account of this log")
        self._accounts: dict[str, _Account] = {}
        self._began: datetime | None = None
        self._by_setup = 0

    def see(self, position: int, entry: Entry | None) -> None:
        """The next entry; None where the row at the position is none."""
        if entry is None:
            return
        self.check.checked += 1
        self._began = self._began or entry.instant
        self._take(entry)
        self._recorded_by(position, entry)

    def end(self, conn: psycopg.Connection) -> None:
        """All entries were seen: look at the tokens."""
        if self._by_setup:
            self.check.holds += (
                f"; {self._by_setup:,} by {SETUP.name} about accounts, keys and the register, by "
                "whoever runs its commands"
            )
        if conn.execute("SELECT to_regclass('api.tokens')").fetchone() == (None,):
            return
        with conn.cursor(row_factory=dict_row) as cursor:
            tokens = cursor.execute(
                """
                SELECT id, account, created_at, revoked_at, scopes,
                       expires_on NOT BETWEEN '0001-01-01' AND '9999-12-31' AS ends_on_no_day
                  FROM api.tokens ORDER BY id
                """
            ).fetchall()
        for token in tokens:
            self.check.checked += 1
            if (fault := self._fault(token)) is not None:
                self.check.find(
                    Kind.TOKEN_UNKNOWN,
                    0,
                    f"The token {token['id']} speaks for {token['account']}, {fault}: no command "
                    "makes such a token. End it: `answerable token revoke`, and look at what was "
                    "recorded in that name.",
                )

    def knows(self, account: str) -> bool:
        """Whether the log ever opened an account; any may be, where not all could be read."""
        return account in self._accounts or self.check.not_checked is not None

    def _take(self, entry: Entry) -> None:
        event = entry.data
        if isinstance(event, AccountOpened):
            self._accounts.setdefault(event.account, _Account(entry.position))
        elif isinstance(event, AccountClosed) and event.account in self._accounts:
            self._accounts[event.account].closed_at = entry.instant
        elif isinstance(event, ScopeGranted) and event.account in self._accounts:
            self._accounts[event.account].scopes.add(event.scope)

    def _recorded_by(self, position: int, entry: Entry) -> None:
        by = entry.recorded_by
        known = self._accounts.get(by)
        if known is None or (known.closed_at is not None and known.closed_at < entry.instant):
            state = "the log had not opened" if known is None else "had been closed"
            self.check.find(
                Kind.ACCOUNT_UNKNOWN,
                position,
                f"Position {position:,} stands in the name of {by}, an account that {state}: it "
                "did not come through the service.",
            )
        elif by == SETUP.name and entry.instant != self._began:
            self._by_setup += 1
            if kind(entry.stream) not in _SETUP_MAY:
                self.check.find(
                    Kind.SETUP_AFTER_START,
                    position,
                    f"Position {position:,} ({entry.data.TOPIC}) stands in the name of {by}, which "
                    "records nothing about a report after the log's first transaction: it did not "
                    "come through the service. (Versions before 0.2 seeded trial logs so.)",
                )

    def _fault(self, token: Mapping[str, object]) -> str | None:
        """What is wrong with a token, by the accounts of the log."""
        account = self._accounts.get(str(token["account"]))
        if account is None:
            return "an account that the log never opened"
        made, revoked = token["created_at"], token["revoked_at"]
        if token["ends_on_no_day"] or {made, revoked} & {EARLIEST, LATEST}:
            return "by a day that no calendar has"
        if (
            account.closed_at is not None
            and revoked is None
            and isinstance(made, datetime)
            and made > account.closed_at
        ):
            return "and was made after that account was closed"
        scopes = token.get("scopes")
        more = set(scopes) - account.scopes if isinstance(scopes, list) else set()
        if more and "admin" not in account.scopes:
            return f"with the scope {', '.join(sorted(more))}, which that account never had"
        return None
