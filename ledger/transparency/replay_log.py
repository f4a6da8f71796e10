"""An exported log as `replay` reads it: one canonical line an entry, and what was known when.

The form is the one that the log's own page describes (docs/log.md): a line is
`{"event":STATE,"position":N,"recorded_at":"T"}`, and line N is the entry at position N.
Standard library only; nothing else of ours is used by any module of `replay`.
"""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2}))?", re.ASCII
)
"""A day, or a moment with its zone."""
ABOUT_AN_ENTRY = ("entry-corrected", "entry-retracted")


class Refused(Exception):
    """The log, or the question, cannot be used as it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `recorded_on` is the civil date in London at `recorded_at`."""

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

    A correction is filed with its target, a retraction with its own; everything else with its
    stream. So one file of lines says all there is to know of its acts.
    """

    lines: list[Line] = field(default_factory=list)
    by_id: dict[str, Line] = field(default_factory=dict)
    filed: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    streams: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    below: dict[tuple[str, str | None], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """The streams of a kind, by report and all of them (None), as they began."""
    rules: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """The rules, by id and version: none is ever changed or taken back."""
    redacted: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """At which positions a text of each stream's entries was deleted."""

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.by_id[line.id] = line
        if line.stream not in self.streams:
            kind, _, rest = line.stream.partition("/")
            for report in (None, rest.partition("/")[0]):
                self.below[kind, report].append(line.stream)
        self.streams[line.stream].append(line)
        about = line
        while about.type in ABOUT_AN_ENTRY:
            about = self.by_id[about.data["target"]]
        self.filed[about.stream].append(line)
        if line.type == "rule-adopted":
            self.rules[line.data["id"], line.data["version"]] = line.data
        if line.type == "text-redacted":
            self.redacted[self.by_id[line.data["target"]].stream].append(line.position)


def london(moment: datetime) -> date:
    """The civil date in London at a moment: 23:01 UTC on 15 May is 16 May."""
    return moment.astimezone(LONDON).date()


def read(rows: Iterable[bytes | str]) -> Log:
    """The log that lines of a file are, from its first entry.

    Raises:
        Refused: a line is no entry, or positions or times are not in order.
    """
    log = Log()
    for n, row in enumerate(rows, 1):
        try:
            found = json.loads(row)
            recorded_at = datetime.fromisoformat(found["recorded_at"])
            line = Line(found["position"], recorded_at, london(recorded_at), found["event"])
            _ = line.id, line.type, line.stream, line.event["version"], line.data
        except (ValueError, TypeError, KeyError) as error:
            raise Refused(f"Line {n} is no entry of a log: export it again.") from error
        if line.position != n:
            raise Refused(
                f"Line {n} says that it is the entry at position {line.position}: something is"
                " missing or out of order. Export the whole log again."
            )
        if log.lines and recorded_at < log.lines[-1].recorded_at:
            raise Refused(f"Line {n} was recorded before the line above it, which cannot be.")
        try:
            log.add(line)
        except KeyError as error:
            raise Refused(f"Line {n} is about the entry {error}, which is not above it.") from error
    return log


def position(lines: Sequence[Line], known_at: str | None, today: date) -> int:
    """The position that `known_at` means: a position, a moment (RFC 3339), or a past day.

    A moment is the last entry not recorded later; a bare date the end of that day in London. None
    is the last entry of all.

    Raises:
        Refused: it is none of these, lies in the future, or is past the end of the log.
    """
    if known_at is None:
        return len(lines)
    if known_at.isascii() and known_at.isdigit():
        if int(known_at) > len(lines):
            raise Refused(f"The log ends at position {len(lines)}: give one up to that.")
        return int(known_at)
    try:
        if _MOMENT.fullmatch(known_at) is None:
            raise ValueError
        if len(known_at) == 10:
            day = date.fromisoformat(known_at)
            if day >= today:
                raise Refused(f"{day} is not over in London: give a day that is, or a moment.")
            end = datetime.combine(day + timedelta(days=1), datetime.min.time(), LONDON)
            moment = end.astimezone(UTC) - timedelta(microseconds=1)
        else:
            moment = datetime.fromisoformat(known_at.upper().replace(" ", "T"))
            if moment >= datetime.combine(today + timedelta(days=1), datetime.min.time(), LONDON):
                raise Refused(f"{known_at} has not come yet.")
    except ValueError as error:
        raise Refused(
            f"“{known_at}” is no position, no moment such as 2025-07-20T12:00:00Z, and no day."
        ) from error
    return bisect_right(lines, moment, key=lambda one: one.recorded_at)
