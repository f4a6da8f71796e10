"""An exported log as `replay` reads it: one canonical line an entry, and what was known when.

The form is the one that the log's own page describes (docs/log.md): a line is
`{"event":STATE,"position":N,"recorded_at":"T"}`, and line N is the entry at position N.
Standard library only; nothing else of ours is used by any module of `replay`.
"""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2}))?", re.ASCII
)
"""A day, or a moment with its zone."""
RESPONSE = "response"
"""The name of the duty that is meant where an entry names none."""
ABOUT_AN_ENTRY = ("entry-corrected", "entry-retracted")
MAX_BYTES = 70_000
"""A line has no more: an entry is 65,535 bytes at most."""
AT_MOST, EACH = 2_000_000, 500
"""Lines that may be looked at again: in all, and for each line more."""
DEEPEST = 100
"""The deepest nesting of JSON that is read. Python's own limit cannot be relied on."""
_PARTS = re.compile(rb'"(?:[^"\\]|\\.)*"?|([\[{])|[\]}]', re.DOTALL)
UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""The errors of JSON from somebody else that has another form than it should."""


class Refused(Exception):
    """The log, or the question, cannot be used as it is; the message says what to do."""


CLOCK_WAS_WRONG = "clock-was-wrong"


@dataclass(slots=True)
class LogEntry:
    """One entry. It counts as recorded at `recorded_at`: by its own word, or where the log's clock
    was wrong then, by that of the entry that says so. `recorded_on` is the civil date in London."""

    position: int
    recorded_at: datetime
    recorded_on: date
    event: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.event["id"])

    @property
    def type(self) -> str:
        return str(self.event["type"])

    @property
    def stream(self) -> str:
        return str(self.event["stream"])

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.event["data"]
        return found


@dataclass(slots=True)
class Log:
    """All lines in order, by the entry's id, and filed by what they are about.

    A correction is filed with its target, a retraction with its own, and everything else with its
    stream. So the lines of one file are all that is known of its acts. Lines about one of the
    duties that a body owes about a report are filed under that duty as well (`of_duty`).
    """

    lines: list[LogEntry] = field(default_factory=list)
    by_id: dict[str, LogEntry] = field(default_factory=dict)
    filed: dict[str, list[LogEntry]] = field(default_factory=lambda: defaultdict(list))
    streams: dict[str, list[LogEntry]] = field(default_factory=lambda: defaultdict(list))
    below: dict[tuple[str, str | None], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """The streams of a kind, by report and all of them (None), as they began."""
    rules: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """The rules, by id and version: none is ever changed or taken back."""
    kept: dict[str, LogEntry] = field(default_factory=dict)
    """The entry that a capture was kept by, by the capture's stream."""
    redacted: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """At which positions a text of each stream's entries was deleted."""
    duties: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """The names of the duties that arose, by the stream of the response."""
    registers: dict[int, Any] = field(default_factory=dict)
    """The state of the service's stream, by the number of its lines: kept for `world`."""
    looked: int = 0
    """How many lines were looked at again, to ask what was known at each of many positions."""
    _duties: dict[str, list[str]] = field(default_factory=dict)
    """The names of the duties that a line is about, by its id."""
    _answered: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """The names of the duties that a statement answers, by the stream of the response and the id of
    the statement. One statement can answer for several reports."""
    _about: dict[str, str] = field(default_factory=dict)
    """By the id of what is about an entry, the stream of the act that it is about in the end."""

    def add(self, line: LogEntry) -> None:
        """Add a line. Raise KeyError if it is about an entry that did not come before it."""
        stream = line.stream
        if line.type in ABOUT_AN_ENTRY:
            target = line.data["target"]
            stream = self._about[line.id] = self._about.get(target) or self.by_id[target].stream
        self.lines.append(line)
        self.by_id[line.id] = line
        if line.stream not in self.streams:
            kind, _, rest = line.stream.partition("/")
            for report in (None, rest.partition("/")[0]):
                self.below[kind, report].append(line.stream)
        self.streams[line.stream].append(line)
        self.filed[stream].append(line)
        if stream.startswith("response/"):
            self._file_by_duty(stream, line)
        if line.type == "rule-adopted":
            self.rules[line.data["id"], line.data["version"]] = line.data
        if line.type == "capture-kept":
            self.kept.setdefault(line.stream, line)
        if line.type == "text-redacted":
            self.redacted[self.by_id[line.data["target"]].stream].append(line.position)

    def _file_by_duty(self, stream: str, line: LogEntry) -> None:
        data = line.data
        if line.type in (*ABOUT_AN_ENTRY, "entry-disputed"):
            names = self._duties[data["target"]]
        elif line.type == "statement-revised":
            names = self._answered.get((stream, data["statement"]), [])
        elif line.type == "response-published":
            names = self._answered[stream, data["statement"]] = data.get("duties") or [RESPONSE]
        elif line.type == "response-duty-arose":
            names = [data.get("name") or RESPONSE]
            self.duties[stream][names[0]] = None
        else:
            names = [data.get("duty") or RESPONSE]
        self._duties[line.id] = names
        self.look(len(names))
        for name in names:
            self.filed[of_duty(stream, name)].append(line)

    def look(self, lines: int) -> None:
        """Count so many lines that will be looked at again.

        Raise Refused if that is more than a log of this size needs for real reports: such a log was
        made so that nobody reaches its end.
        """
        self.looked += lines
        if self.looked > AT_MOST + EACH * len(self.lines):
            raise Refused(
                "The log says so much of one report, response or body that working it out would"
                " take hours. No real one is like that: ask who wrote it."
            )


def of_duty(stream: str, name: str) -> str:
    """Return where the lines about one duty are filed, by the stream of the response."""
    return f"{stream}/{name}"


def london(moment: datetime) -> date:
    """Return the civil date in London at a moment: 23:01 UTC on 15 May is 16 May."""
    return moment.astimezone(LONDON).date()


def rows_of(file: BinaryIO) -> Iterator[bytes]:
    """Read the lines of a file. Raise Refused if a line is longer than an entry may be."""
    n = 0
    while row := file.readline(MAX_BYTES):
        n += 1
        if len(row) == MAX_BYTES and not row.endswith(b"\n"):
            raise Refused(f"Line {n} goes on for more than {MAX_BYTES:,} bytes: it is no entry.")
        yield row


def too_deep(row: bytes | str) -> bool:
    """Return whether a line has more lists and objects in one another than are read."""
    raw = row.encode("utf-8", "surrogatepass") if isinstance(row, str) else row
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for part in _PARTS.finditer(raw):
        if part[1]:
            depth += 1
            if depth > DEEPEST:
                return True
        elif part[0][:1] != b'"':
            depth -= 1
    return False


def shown(text: str) -> str:
    """Return a text for one line of a terminal, with every character spelt out that could move the
    cursor or hide."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def read(rows: Iterable[bytes | str]) -> Log:
    """Read a log from its lines, from its first entry on.

    Raises: Refused: a line is no entry, or positions or times are not in order.
    """
    log, said_last = Log(), None
    for n, row in enumerate(rows, 1):
        if too_deep(row):
            raise Refused(
                f"Line {n} has more than {DEEPEST} lists and objects in one another: it is no entry"
                " of a log. Export it again."
            )
        try:
            found = json.loads(row)
            recorded_at = datetime.fromisoformat(found["recorded_at"])
            line = LogEntry(found["position"], recorded_at, london(recorded_at), found["event"])
            _ = line.id, line.type, line.stream, line.event["version"]
            if recorded_at.tzinfo is None or not isinstance(line.data, dict):
                raise ValueError(row)
        except UNREADABLE as error:
            raise Refused(f"Line {n} is no entry of a log: export it again.") from error
        if line.position != n:
            raise Refused(
                f"Line {n} says that it is the entry at position {line.position}: something is"
                " missing or out of order. Export the whole log again."
            )
        if said_last is not None and recorded_at < said_last:
            if line.type != CLOCK_WAS_WRONG:
                raise Refused(f"Line {n} was recorded before the line above it, which cannot be.")
            _count_as(log, line)
        said_last = recorded_at
        if line.id in log.by_id:
            raise Refused(f"Line {n} has the number of a line above it, {line.id}.")
        try:
            log.add(line)
        except KeyError as error:
            raise Refused(f"Line {n} is about the entry {error}, which is not above it.") from error
        except UNREADABLE as error:
            raise Refused(f"Line {n} says what no entry of ours says.") from error
    return log


def _count_as(log: Log, wrong: LogEntry) -> None:
    """Let the lines that were recorded by a wrong clock count as recorded at the moment of the line
    that says so, where their own is later. Raise Refused if that is earlier than what is before."""
    first = wrong.data.get("first_position")
    if type(first) is not int or not 1 <= first < wrong.position:
        raise Refused(f"Line {wrong.position} says of no line above it that a clock was wrong.")
    if first > 1 and log.lines[first - 2].recorded_at > wrong.recorded_at:
        raise Refused(
            f"Line {wrong.position} was recorded before line {first - 1}, which cannot be."
        )
    for at in range(first - 1, wrong.position - 1):
        if (line := log.lines[at]).recorded_at > wrong.recorded_at:
            line.recorded_at, line.recorded_on = wrong.recorded_at, wrong.recorded_on


@dataclass(frozen=True, slots=True)
class Asked:
    """The two dates of a question: a position, and a day that was not over when it was known."""

    position: int
    on: date


def asked(lines: Sequence[LogEntry], known_at: str | None, on: date | None, now: datetime) -> Asked:
    """Return the position and the day that `known_at` and a day stand for.

    `known_at` is a position, a moment or a past day; None is now. A position inside a transaction
    stands for its end. A moment (RFC 3339) stands for the last entry not recorded later, and a past
    day for its end in London.

    The default for the day is the London day of `known_at`, and no day after that is allowed. For a
    position, that is the last day on which nothing more was recorded.

    Raises: Refused: a value is none of these, or nobody knew then what it asks.
    """
    if known_at is None:
        place, own = len(lines), london(now)
        until = own
    elif known_at.isascii() and known_at.isdigit():
        if len(known_at) > 19 or not 1 <= int(known_at) <= len(lines):
            raise Refused(f"The log has the positions 1 to {len(lines)}: give one of them.")
        place = ending(lines, int(known_at))
        own = lines[place - 1].recorded_on
        until = last_day(lines, place, london(now))
    else:
        moment = _moment(known_at, now)
        place = bisect_right(lines, moment, key=lambda one: one.recorded_at)
        own = until = london(moment)
    if on is not None and on > until:
        raise Refused(
            f"Nobody knew then what would happen by {on}: the last day that can be asked about is"
            f" {until}."
        )
    return Asked(place, on or own)


def ending(lines: Sequence[LogEntry], place: int) -> int:
    """Return the end of the transaction in which a position lies: its entries share their
    moment."""
    moment = lines[place - 1].recorded_at
    while place < len(lines) and lines[place].recorded_at == moment:
        place += 1
    return place


def last_day(lines: Sequence[LogEntry], place: int, today: date) -> date:
    """Return the last day about which anything can be known at a position: the London day of the
    moment before the next entry. After the last entry that is today, or its own day if that is
    later."""
    if place < len(lines):
        return london(lines[place].recorded_at - timedelta(microseconds=1))
    return max(today, lines[place - 1].recorded_on)


def _moment(known_at: str, now: datetime) -> datetime:
    try:
        if _MOMENT.fullmatch(known_at) is None:
            raise ValueError
        if len(known_at) == 10:
            day = date.fromisoformat(known_at)
            if day >= london(now):
                raise Refused(f"{day} is not over in London: give a day that is, or a moment.")
            end = datetime.combine(day + timedelta(days=1), datetime.min.time(), LONDON)
            return end.astimezone(UTC) - timedelta(microseconds=1)
        moment = datetime.fromisoformat(known_at.upper().replace(" ", "T"))
    except ValueError as error:
        raise Refused(
            f"“{known_at}” is no position, no moment such as 2025-07-20T12:00:00Z, and no day."
        ) from error
    if moment > now:
        raise Refused(f"{known_at} has not come yet.")
    return moment
