"""Texts against their commitments; and that each missing one is missing for a logged reason.

A text may be missing where the entry says `office` and nothing released it, where a redaction by
two accounts covers it, and where a correction or revision repeats what an earlier entry holds.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ledger.transparency.verify_line import Line, LineError, commitment, read
from ledger.transparency.verify_report import Faults, Report

_TOPIC = re.compile(
    rb'"type":"(?:text-(?:redacted|released)|redaction-sought|entry-corrected|'
    rb'(?:report|statement)-revised)"'
)
_TAIL = 200
"""The type of an entry stands within this many bytes of the line's end."""
_REPEATING = (b"entry-corrected", b"report-revised", b"statement-revised")
_SALT_BYTES = 32
_PLAIN = re.compile(
    rb'\{"position":([1-9][0-9]*),"sha256":"([0-9a-f]{64})","salt":"([0-9a-f]{64})",'
    rb'"text":"([^"\\\x00-\x1f]*)"\}\n?'
)
"""An opening as we write it, where no character of the text is escaped: most are."""

Place = tuple[bytes, str]
"""An entry's id, and the path of a text in it."""


@dataclass(slots=True)
class Said:
    """What entries say about the texts of others, wherever in the log they say it."""

    redacted: dict[Place, Line] = field(default_factory=dict)
    released: set[Place] = field(default_factory=set)
    requests: dict[str, Line] = field(default_factory=dict)
    touched: set[bytes] = field(default_factory=set)
    """Ids of entries that have a text in one of the first two."""
    repeated: set[bytes] = field(default_factory=set)
    """Commitments that stand as `was` in a correction or a revision."""

    def take(self, raw: bytes) -> None:
        """One line of the log, of whatever kind."""
        if _TOPIC.search(raw, max(len(raw) - _TAIL, 0)) is None:
            return
        try:
            line = read(raw)
            if line.type in _REPEATING:
                self.repeated |= {sha256 for path, _, sha256 in line.paths() if path == "was"}
                return
            data = line.data()
            place = (str(data["target"]).encode(), str(data["field"]))
        except (LineError, KeyError):
            return  # a fault that is named where the entries themselves are checked
        if line.type == b"redaction-sought":
            self.requests[line.id.decode()] = line
            return
        self.touched.add(place[0])
        if line.type == b"text-redacted":
            self.redacted.setdefault(place, line)
        else:
            self.released.add(place)


def redactions(report: Report, said: Said, *, whole: bool) -> None:
    """Check that each redaction was sought by one account and confirmed by another.

    Where the log is not here as a whole, the request may stand in another stream.
    """
    faults = Faults(report, "redactions")
    for line in said.redacted.values():
        request = said.requests.get(str(line.data().get("sought")))
        if request is None and not whole:
            continue
        if request is None or request.position > line.position:
            faults.add(f"entry {line.position} redacts what nobody asked to have redacted")
        elif request.recorded_by == line.recorded_by:
            faults.add(f"entry {line.position} redacts by the account that asked for it")
    count = len(said.redacted)
    faults.end(f"{count:,} logged, each sought by one account and confirmed by another")


@dataclass(slots=True)
class _Opening:
    position: int
    sha256: bytes
    fault: str | None


class Openings:
    """The texts beside the log, one a line in the log's order, against the entries as they come."""

    def __init__(self, report: Report, lines: Iterable[bytes], said: Said, *, whole: bool) -> None:
        """`whole`: every entry comes, so that what a correction repeats has been here before."""
        self._faults = Faults(report, "openings")
        self._whole = whole
        self._said = said
        self._next = _openings(lines)
        self._ahead = next(self._next, None)
        self._seen: set[bytes] = set()
        self._opened = self._office = self._redacted = self._repeated = 0

    def take(self, line: Line) -> None:
        opened = self._open(line) if self._ahead is not None else set()
        missing = [one for one in line.texts if one[1] not in opened]
        if missing:
            office = all(audience == b"office" for audience, _ in missing)
            if office and line.id not in self._said.touched and line.type not in _REPEATING:
                self._office += len(missing)
            else:
                self._account_for(line, opened)
        if self._said.repeated:
            self._seen |= self._said.repeated.intersection(sha256 for _, sha256 in line.texts)

    def end(self) -> None:
        while self._ahead is not None:
            self._faults.add(f"a text for position {self._ahead.position}, where no entry is")
            self._ahead = next(self._next, None)
        also = [
            f"{count:,} {what}"
            for count, what in (
                (self._office, "held for the office, not here"),
                (self._redacted, "redacted"),
            )
            if count
        ]
        self._faults.end("; ".join([f"{self._opened:,} texts match what the log holds", *also]))

    def _open(self, line: Line) -> set[bytes]:
        found: set[bytes] = set()
        wanted = {sha256 for _, sha256 in line.texts}
        while (one := self._ahead) is not None and one.position <= line.position:
            if one.fault is not None:
                self._faults.add(one.fault)
            elif one.position < line.position or one.sha256 not in wanted:
                self._faults.add(f"a text for position {one.position} that no entry there holds")
            else:
                found.add(one.sha256)
                self._opened += 1
            self._ahead = next(self._next, None)
        return found

    def _account_for(self, line: Line, opened: set[bytes]) -> None:
        for path, audience, sha256 in line.paths():
            if sha256 in opened:
                continue
            place = (line.id, path)
            if place in self._said.redacted:
                self._redacted += 1
            elif audience == b"office" and place not in self._said.released:
                self._office += 1
            elif path == "was" and line.type in _REPEATING and self._was_said(sha256):
                self._repeated += 1
            else:
                self._faults.add(
                    f"entry {line.position} has no text for “{path}”, and nothing says why"
                )

    def _was_said(self, sha256: bytes) -> bool:
        return sha256 in self._seen or not self._whole


def _openings(lines: Iterable[bytes]) -> Iterator[_Opening]:
    """Each opening, with what is wrong with it by itself."""
    for number, raw in enumerate(lines, 1):
        try:
            position, sha256, salt, text = _read(raw)
        except (ValueError, KeyError, TypeError, RecursionError):
            yield _Opening(0, b"", f"line {number} of the texts is no opening")
            continue
        fault = None
        if len(salt) != _SALT_BYTES or commitment(salt, text).encode() != sha256:
            fault = f"a text of entry {position} is not the one that was recorded"
        yield _Opening(position, sha256, fault)


def _read(raw: bytes) -> tuple[int, bytes, bytes, bytes]:
    """Position, commitment in hex, salt, and the text in UTF-8."""
    if (match := _PLAIN.fullmatch(raw)) is not None:
        position, sha256, salt, text = match.groups()
        return int(position), sha256, bytes.fromhex(salt.decode()), text
    said = json.loads(raw)
    return (
        int(said["position"]),
        str(said["sha256"]).encode(),
        bytes.fromhex(said["salt"]),
        str(said["text"]).encode(),
    )
