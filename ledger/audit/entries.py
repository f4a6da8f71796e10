"""The log by itself: positions, times, columns, canonical bytes, versions."""

import json
from datetime import datetime, timedelta
from typing import Any

import psycopg
import rfc8785

from ledger.audit.findings import Check, Kind, part
from ledger.audit.log import Row
from ledger.clock import rfc3339
from ledger.events.entry import Entry, decode, plain

AHEAD = timedelta(minutes=1)
"""As much as `ledger.append` allows the clocks to differ."""
_COLUMNS = {"event_id": "id", "stream": "stream", "version": "version", "topic": "type"}
"""Each column beside the state, and the name under which the state says the same."""
_MOST = 2**53 - 1


class Order:
    """Positions are contiguous from 1, and recorded_at never runs backwards."""

    def __init__(self) -> None:
        self.positions = Check("positions", "entries", "contiguous from 1")
        self.times = Check("times", "entries", "recorded_at never runs backwards")
        self.position = 0
        self._latest: datetime | None = None

    def see(self, row: Row) -> None:
        """The next row."""
        self.positions.checked += 1
        self.times.checked += 1
        missing = range(self.position + 1, row.position)
        if missing:
            those = f"Position {missing[0]:,} is"
            if missing[-1] > missing[0]:
                those = f"Positions {missing[0]:,} to {missing[-1]:,} are"
            self.positions.find(
                Kind.POSITION_MISSING,
                missing[0],
                f"{those} missing: append gives contiguous positions, so that they were deleted.",
            )
        if self._latest is not None and row.recorded_at < self._latest:
            self.times.find(
                Kind.RECORDED_BACKWARDS,
                row.position,
                f"Position {row.position:,} says that it was recorded at "
                f"{rfc3339(row.recorded_at)}, before an entry that stands ahead of it "
                f"({rfc3339(self._latest)}): it was put in later, or its time was changed.",
            )
        else:
            self._latest = row.recorded_at
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
            entry = decode(row.state, row.position, row.recorded_at)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            self.states.find(Kind.NOT_AN_ENTRY, at, f"Position {at:,} is no entry: {error}")
            return None
        if more := _more(said, plain(entry)):
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
    row = conn.execute("SELECT count(DISTINCT stream) FROM ledger.entries").fetchone()
    check.checked = row[0] if row else 0
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
    row = conn.execute("SELECT count(*) FROM ledger.entries").fetchone()
    check.checked = row[0] if row else 0
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
