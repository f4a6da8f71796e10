"""The entries by themselves: positions, times, columns, canonical bytes, versions; and in whose
name they stand, tokens speak and requests were made: accounts that the log opened, and had not
closed.

`service/setup` sets a log up in its first transaction. The commands of whoever runs the service use
its name since then for accounts, keys and the register, and for a list that is compared; nobody
records under it what is said of a report, so that whoever writes to the log beside the service
cannot hide behind its name.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import rfc8785
from psycopg.rows import dict_row

from ledger.audit.findings import Check, Kind, part, positions
from ledger.audit.log import EARLIEST, LATEST, Row, number
from ledger.dates import rfc3339
from ledger.events import AccountClosed, AccountOpened, ClockWasWrong, ScopeGranted
from ledger.events.entry import Entry, decode, latest_form, plain
from ledger.events.streams import SERVICE, kind
from ledger.states.service import OF_COMMANDS, SETUP

AHEAD = timedelta(minutes=1)
"""As much as `ledger.append` allows the clocks to differ."""
_COLUMNS = {"event_id": "id", "stream": "stream", "version": "version", "topic": "type"}
"""Each column beside the state, and the name under which the state says the same."""
_MOST = 2**53 - 1
_SETUP_MAY = frozenset({SERVICE, "capture"})


class Order:
    """Positions are contiguous from 1, and recorded_at never runs backwards."""

    def __init__(self) -> None:
        self.positions = Check("positions", "entries", "contiguous from 1")
        self.times = Check("times", "entries", "recorded_at never runs backwards")
        self.position = 0
        self._latest: datetime | None = None
        self._said: datetime | None = None

    def see(self, row: Row) -> None:
        """The next row."""
        self.positions.checked += 1
        self.times.checked += 1
        missing = range(self.position + 1, row.position)
        if missing:
            self.positions.find(
                Kind.POSITION_MISSING,
                missing[0],
                f"{positions(missing[0], missing[-1])} missing: append gives contiguous positions, "
                "so that they were deleted.",
            )
        stepped_back = self._said is not None and row.recorded_at < self._said
        stepped_back = stepped_back and row.topic != ClockWasWrong.TOPIC
        self._said = row.recorded_at
        if self._latest is not None and (row.counted_at < self._latest or stepped_back):
            self.times.find(
                Kind.RECORDED_BACKWARDS,
                row.position,
                f"Position {row.position:,} says that it was recorded at "
                f"{rfc3339(row.recorded_at)}, before an entry that stands ahead of it "
                f"({rfc3339(self._latest)}): it was put in later, or its time was changed.",
            )
        else:
            self._latest = row.counted_at
        self.position = row.position

    def end(self, now: datetime) -> None:
        """All rows were seen, at a time by the database's clock."""
        if self._latest is not None and self._latest > now + AHEAD:
            self.times.find(
                Kind.RECORDED_AHEAD,
                self.position,
                f"Position {self.position:,} or one ahead of it says that it was recorded at "
                f"{rfc3339(self._latest)}; the database's "
                f"clock says {rfc3339(now)}.",
            )


class Bytes:
    """Each state is canonical JSON and an entry of ours, and the columns beside it agree."""

    def __init__(self) -> None:
        self.columns = Check("columns", "entries", "each column says what its entry says")
        self.states = Check("states", "entries", "canonical JSON (RFC 8785) of a known form")

    def see(self, row: Row) -> Entry | None:
        """The next row: its entry, where it can be read."""
        self.columns.checked += 1
        self.states.checked += 1
        at = row.position
        try:
            said = json.loads(row.state, parse_float=_no_fraction, parse_int=_whole)
        except (ValueError, RecursionError) as error:
            self.states.find(Kind.NOT_AN_ENTRY, at, f"Position {at:,} is no JSON of ours: {error}.")
            return None
        if not _canonical(said, row.state):
            self.states.find(
                Kind.NOT_CANONICAL, at, f"Position {at:,} is JSON, but not in its canonical form."
            )
        self._compare(row, said)
        try:
            entry = decode(row.state, row.position, row.recorded_at, row.counted_at)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            self.states.find(Kind.NOT_AN_ENTRY, at, f"Position {at:,} is no entry: {error}")
            return None
        told = latest_form(type(entry.data), said["schema"], said["data"])
        if more := _more({**said, "data": told}, plain(entry)):
            self.states.find(
                Kind.UNKNOWN_FIELD,
                at,
                f"Position {at:,} says something in “{more}”, which this version does not know.",
            )
        return entry

    def _compare(self, row: Row, said: Any) -> None:
        inside = said if isinstance(said, dict) else {}
        for column, name in _COLUMNS.items():
            value = getattr(row, column)
            there = value if isinstance(value, int) else str(value)
            if there != inside.get(name):
                self.columns.find(
                    Kind.COLUMN_DIFFERS,
                    row.position,
                    f"Position {row.position:,}: the column {column} says “{there}”, "
                    f"the entry “{inside.get(name)}”.",
                )


@part("streams", "streams", "versions contiguous from 1, in the order of the log")
def versions(check: Check, conn: psycopg.Connection) -> None:
    """Each stream's versions are contiguous from 1, in the order of the log."""
    check.checked = number(conn, "SELECT count(DISTINCT stream) FROM ledger.entries")
    with conn.cursor("audit_versions") as cursor:
        cursor.execute(
            """
            SELECT stream, version, position, was, was_at FROM (
                SELECT stream, version, position, lag(version, 1, 0) OVER by_version AS was,
                       lag(position, 1, 0::bigint) OVER by_version AS was_at
                  FROM ledger.entries
                WINDOW by_version AS (PARTITION BY stream ORDER BY version)
            ) AS pairs WHERE version <> was + 1::bigint OR position < was_at
            ORDER BY position
            """
        )
        for stream, version, position, was, was_at in cursor:
            if version != was + 1:
                check.find(
                    Kind.VERSION_MISSING,
                    position,
                    f"{stream}: version {version} at position {position:,} follows version {was}"
                    f"{f' at {was_at:,}' if was_at else ', of which there is none'}.",
                )
            else:
                check.find(
                    Kind.VERSION_OUT_OF_ORDER,
                    position,
                    f"{stream}: version {version} stands at position {position:,}, ahead of "
                    f"version {was} at {was_at:,}.",
                )


@part("ids", "entries", "each has its own")
def ids(check: Check, conn: psycopg.Connection) -> None:
    """No two entries have one id. A constraint says so too, which an administrator can drop."""
    check.checked = number(conn, "SELECT count(*) FROM ledger.entries")
    with conn.cursor("audit_ids") as cursor:
        cursor.execute(
            """
            SELECT event_id, min(position), max(position) FROM ledger.entries
             GROUP BY event_id HAVING count(*) > 1 ORDER BY 2
            """
        )
        for event_id, first, last in cursor:
            check.find(
                Kind.ID_TWICE,
                last,
                f"Positions {first:,} and {last:,} have one id, {event_id}: what refers to it may "
                "be taken for either.",
            )


def _canonical(said: Any, state: bytes) -> bool:
    """Whether bytes are the canonical form of what they say (whole numbers only)."""
    try:
        if state.isascii():  # then RFC 8785 is what json writes, many times as fast
            plain = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            return plain.encode() == state
        return rfc8785.dumps(said) == state
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError):
        return False


def _more(said: Any, known: Any, path: str = "") -> str | None:
    """The path of something said beyond what is known; None where there is nothing."""
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


def _no_fraction(text: str) -> None:
    raise ValueError(f"{text} is no whole number")


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) > _MOST:
        raise ValueError(f"{text} is over 2^53 - 1")
    return value


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
        """The next entry; None where the row at the position is none."""
        if entry is None:
            return
        self.check.checked += 1
        self._began = self._began or entry.instant
        self._take(entry)
        self._recorded_by(position, entry)

    def end(self, conn: psycopg.Connection) -> None:
        """All entries were seen: look at the tokens, sessions and subscriptions."""
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
                f"The {what} {name} speaks for {account}, {fault}: nothing of ours makes such a "
                f"one. {away}, and look at what was recorded in that name.",
            )

    def knows(self, account: str) -> bool:
        """Whether the log ever opened an account; any may be, where not all could be read."""
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
        """What is wrong with a token, by the accounts of the log."""
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
    """Each request kept under an idempotency key made entries of one command of its account, which
    is one of the log (`knows`), and no other request made the same.

    Else somebody who repeats it would be answered with what another recorded.
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
