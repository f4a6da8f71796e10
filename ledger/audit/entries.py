"""The entries by themselves: columns and canonical bytes; and the accounts in whose name they
stand, tokens speak and requests were made.

`service/setup` sets a log up in its first transaction. Since then, commands of the operator use its
name for accounts, keys and the register, and for a list that is compared. Nothing about a report is
recorded under it, so whoever writes to the log beside the service cannot hide behind that name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ledger.audit.findings import Check, Kind, part
from ledger.audit.log import EARLIEST, LATEST, EntryRow, number
from ledger.dates import rfc3339
from ledger.events import AccountClosed, AccountOpened, ScopeGranted
from ledger.events.entry import Entry, decode, latest_form, plain
from ledger.events.streams import SERVICE, kind
from ledger.states.service import OF_COMMANDS, SETUP
from ledger.verify.line import LineError, LoggedEntry, read

AHEAD = timedelta(minutes=1)
"""As much as `ledger.append` allows the clocks to differ."""
_COLUMNS = {"event_id": "id", "stream": "stream", "version": "version", "topic": "type"}
"""Each column beside the state, and the name under which the state says the same."""
_SETUP_MAY = frozenset({SERVICE, "capture"})


class Bytes:
    """The check that each state is canonical JSON and an entry of ours, and that the columns
    agree."""

    def __init__(self) -> None:
        self.columns = Check("columns", "entries", "each column says what its entry says")
        self.states = Check("states", "entries", "canonical JSON (RFC 8785) of a known form")

    def see(self, row: EntryRow, line: bytes) -> tuple[LoggedEntry | None, Entry | None]:
        """Check the next row and its line. Return its entry as a verifier reads it, and as the
        service does; None where that cannot be read."""
        self.columns.checked += 1
        self.states.checked += 1
        at = row.position
        try:
            logged = read(line)
        except LineError as error:
            says = f"Position {at:,} is no entry: {error}."
            self.states.find(Kind.NOT_AN_ENTRY, at, says)
            return None, None
        if not logged.canonical:
            says = f"Position {at:,} is JSON, but not in its canonical form."
            self.states.find(Kind.NOT_CANONICAL, at, says)
        self._compare(row, logged)
        try:
            entry = decode(row.state, at, row.recorded_at, row.counted_at)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            self.states.find(Kind.NOT_AN_ENTRY, at, f"Position {at:,} is no entry: {error}")
            return logged, None
        latest = latest_form(type(entry.data), logged.event["schema"], logged.data)
        if more := _more({**logged.event, "data": latest}, plain(entry)):
            says = f"Position {at:,} says something in “{more}”, which this version does not know."
            self.states.find(Kind.UNKNOWN_FIELD, at, says)
        return logged, entry

    def _compare(self, row: EntryRow, logged: LoggedEntry) -> None:
        """Compare the columns of a row with what its entry says."""
        for column, name in _COLUMNS.items():
            value, said = getattr(row, column), getattr(logged, name)
            there = value if isinstance(value, int) else str(value)
            if there != said:
                self.columns.find(
                    Kind.COLUMN_DIFFERS,
                    row.position,
                    f"Position {row.position:,}: the column {column} says “{there}”, "
                    f"the entry “{said}”.",
                )


def as_columns_say(row: EntryRow, line: bytes) -> LoggedEntry:
    """Return an entry by the columns of its row, which do not depend on its bytes."""
    at = rfc3339(row.recorded_at)
    version, position = row.version, row.position
    named = (str(row.event_id), row.stream, row.topic)
    return LoggedEntry(line, *named, version, position, at, "", {"data": {}}, [], canonical=False)


def _more(said: Any, known: Any, path: str = "") -> str | None:
    """Return the path of what is said beyond what is known, if anything is."""
    if isinstance(said, dict):
        here = known if isinstance(known, dict) else {}
        for name, value in said.items():
            inside = f"{path}.{name}" if path else name
            if name not in here and value is not None:
                return inside
            if found := _more(value, here.get(name), inside):
                return found
    elif isinstance(said, list) and isinstance(known, list):
        for n, (value, one) in enumerate(zip(said, known, strict=False)):
            if found := _more(value, one, f"{path}.{n}"):
                return found
    return None


_AWAY = {
    "session": (Kind.SESSION_UNKNOWN, "End it: `answerable session end --account`"),
    "subscription": (Kind.SUBSCRIPTION_UNKNOWN, "Delete it from api.subscriptions"),
}
"""The name of a finding, and what to do about it, by what speaks for nobody."""


@dataclass(slots=True)
class _Account:
    """An account as the log has it: until when, and all scopes that it ever had."""

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
        """Check the next entry; None if the row at the position is none."""
        if entry is None:
            return
        self.check.checked += 1
        self._began = self._began or entry.instant
        self._take(entry)
        self._recorded_by(position, entry)

    def end(self, conn: psycopg.Connection) -> None:
        """Check the tokens, sessions and subscriptions, after all entries."""
        if self._by_setup:
            self.check.holds += (
                f"; {self._by_setup:,} by {SETUP.name} about accounts, keys and the register, by "
                "whoever runs its commands"
            )
        if conn.execute("SELECT to_regclass('api.tokens')").fetchone() == (None,):
            return
        self._see_tokens(conn)
        self._see_others(conn)

    def _see_tokens(self, conn: psycopg.Connection) -> None:
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

    def _see_others(self, conn: psycopg.Connection) -> None:
        """Look at whom sessions and subscriptions speak for."""
        found = conn.execute(
            """
            SELECT 'session', left(encode(sha256, 'hex'), 8), account, begun_at
              FROM api.sessions CROSS JOIN LATERAL (
                   SELECT said ->> 'account' UNION
                   SELECT jsonb_array_elements_text(said -> 'accounts')
                    WHERE jsonb_typeof(said -> 'accounts') = 'array'
              ) AS whose (account)
             WHERE account IS NOT NULL
            UNION ALL SELECT 'subscription', id, account, created_at FROM api.subscriptions
            ORDER BY 1, 2, 3
            """
        ).fetchall()
        for what, name, account, begun_at in found:
            self.check.checked += 1
            if (fault := self._nobodys(account, begun_at)) is None:
                continue
            kind, away = _AWAY[what]
            self.check.find(
                kind,
                0,
                f"The {what} {name} speaks for {account}, {fault}: the service makes no such "
                f"{what}. {away}, and look at what was recorded in that name.",
            )

    def knows(self, account: str) -> bool:
        """Return whether the log ever opened an account; True for any account if not all entries
        could be read."""
        return account in self._accounts or self.check.not_checked is not None

    def _take(self, entry: Entry) -> None:
        event = entry.data
        if isinstance(event, AccountOpened):
            self._accounts.setdefault(event.account, _Account())
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

    def _nobodys(self, name: str, made: object, *, is_good: bool = True) -> str | None:
        """Return why nobody can speak for an account since a moment; None where somebody can."""
        if name in OF_COMMANDS and is_good:
            return "as which commands alone record"
        account = self._accounts.get(name)
        if account is None:
            return "an account that the log never opened"
        closed = account.closed_at
        if is_good and closed is not None and isinstance(made, datetime) and made > closed:
            return "and was made after that account was closed"
        return None

    def _fault(self, token: Mapping[str, object]) -> str | None:
        """Return what is wrong with a token, by the accounts of the log."""
        made, revoked = token["created_at"], token["revoked_at"]
        if token["ends_on_no_day"] or {made, revoked} & {EARLIEST, LATEST}:
            return "by a day that no calendar has"
        name = str(token["account"])
        if (fault := self._nobodys(name, made, is_good=revoked is None)) is not None:
            return fault
        account = self._accounts[name]
        scopes = token.get("scopes")
        more = set(scopes) - account.scopes if isinstance(scopes, list) else set()
        if more and "admin" not in account.scopes:
            return f"with the scope {', '.join(sorted(more))}, which that account never had"
        return None


@part("requests", "requests", "each made entries of its account, that stand together")
def requests(check: Check, conn: psycopg.Connection, knows: Callable[[str], bool]) -> None:
    """Check that each idempotent request made the entries of one command of its account, which is
    an account of the log (`knows`), and that no other request made the same.

    Else somebody who repeats a request would be answered with what another recorded.
    """
    check.checked = number(conn, "SELECT count(*) FROM ledger.requests")
    with conn.cursor("audit_requests") as cursor:
        cursor.execute(
            """
            SELECT r.account, r.key, r.first_position, r.last_position,
                   r.first_position <= r.last_position AND octet_length(r.fingerprint) = 32
                   AND (r.first_position > max(r.last_position) OVER (
                       ORDER BY r.first_position, r.last_position
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) IS NOT FALSE
                   AND (SELECT count(*) = r.last_position::numeric - r.first_position + 1
                               AND min(e.recorded_at) = max(e.recorded_at)
                          FROM ledger.entries e
                         WHERE e.position BETWEEN r.first_position AND r.last_position
                           AND position(convert_to(format('"recorded_by":%s,', to_json(r.account)),
                                                   'UTF8') IN e.state) > 0)
              FROM ledger.requests r ORDER BY r.first_position, r.last_position
            """
        )
        for account, key, first, last, fits in cursor:
            if fits and knows(account):
                continue
            check.find(
                Kind.REQUEST_DIFFERS,
                first,
                f"The request “{key}” of {account} says that it made positions {first:,} to "
                f"{last:,}, which no command of that account did.",
            )
