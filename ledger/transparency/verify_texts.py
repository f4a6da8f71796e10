"""Texts against their commitments; and that each missing one is missing for a logged reason.

A text may be missing where the entry says `office` and nothing released it, where a redaction by
two accounts covers it, and where a correction or revision repeats what an earlier entry holds.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ledger.transparency.verify_canonical import unique
from ledger.transparency.verify_line import Line, commitment, read
from ledger.transparency.verify_report import Faults, Report

_TOPIC = re.compile(
    rb'"type":"(?:text-(?:redacted|released)|redaction-sought|entry-(?:corrected|retracted)|'
    rb'(?:report|statement)-revised)"'
)
_TAIL = 200
"""The type of an entry stands within this many bytes of the line's end."""
_REPEATING = (b"entry-corrected", b"report-revised", b"statement-revised")
_HEX = re.compile("[0-9a-f]{64}")
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
    confirmed: dict[str, list[Line]] = field(default_factory=dict)
    """The redactions by the request that each names, in order."""
    retractions: dict[bytes, list[tuple[int, str, str]]] = field(default_factory=dict)
    """By stream, in order: position and id of each, and the id of the entry that it sets aside."""
    touched: set[bytes] = field(default_factory=set)
    """Ids of entries that have a text in one of the first two."""
    repeated: set[bytes] = field(default_factory=set)
    """Commitments that stand as `was` in a correction or a revision."""

    def stands(self, request: Line, at: int) -> bool:
        """Whether a request was not set aside by a position, as far as the log is here. The newest
        retraction stands, and so each before it that no later one sets aside."""
        aside: set[str] = set()
        for position, own, target in reversed(self.retractions.get(request.stream, [])):
            if position < at and own not in aside:
                aside.add(target)
        return request.id.decode() not in aside

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
            if line.type == b"entry-retracted":
                said = (line.position, line.id.decode(), str(data["target"]))
                self.retractions.setdefault(line.stream, []).append(said)
                return
            place = _place(line)
        except (ValueError, KeyError):
            return  # a fault that is named where the entries themselves are checked
        if line.type == b"redaction-sought":
            self.requests[line.id.decode()] = line
            return
        self.touched.add(place[0])
        if line.type == b"text-redacted":
            self.redacted.setdefault(place, line)
            self.confirmed.setdefault(str(data.get("sought")), []).append(line)
        else:
            self.released.add(place)


def redactions(report: Report, said: Said, *, whole: bool) -> None:
    """Check that each redaction was sought by one account and confirmed by another, at once.

    A confirmation takes what was asked for and whatever repeats it, each with an entry of its own:
    so one of them is what was asked for, and all have one moment, account and basis. Where the log
    is not here as a whole, the request and some of them may stand in other streams.
    """
    faults = Faults(report, "redactions")
    beyond = 0
    for sought, lines in said.confirmed.items():
        request = said.requests.get(sought)
        if request is None and not whole:
            continue
        for line in lines:
            if (fault := _unlike(line, lines[0], request, said)) is not None:
                faults.add(f"entry {line.position} redacts {fault}")
        asked = [line for line in lines if request and _place(line) == _place(request)]
        if request is not None and whole and not asked:
            says = "by a request for another text"
            faults.add(f"entry {lines[0].position} redacts {says}")
        beyond += len(lines) - len(asked)
    says = f"{len(said.redacted):,} logged, each sought by one account and confirmed by another"
    if beyond:
        says += f"; {beyond:,} of texts beside the one that was asked for, which they say repeat it"
    faults.end(says)


def _unlike(line: Line, first: Line, request: Line | None, said: Said) -> str | None:
    """What is wrong with a redaction, beside its request and the first one by that."""
    if request is None or request.position > line.position:
        return "what nobody asked to have redacted"
    if request.recorded_by == line.recorded_by:
        return "by the account that asked for it"
    if (line.recorded_at, line.recorded_by) != (first.recorded_at, first.recorded_by):
        return "by a request that was confirmed before"
    if line.data().get("basis") != request.data().get("basis"):
        return "on another basis than was asked"
    return None if said.stands(request, line.position) else "by a request that had been set aside"


def _place(line: Line) -> Place:
    data = line.data()
    return str(data["target"]).encode(), str(data["field"])


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
        self._ids: set[bytes] = set()
        self._opened = self._office = self._redacted = self._repeated = 0

    def take(self, line: Line) -> None:
        if line.id in self._said.touched:
            if line.id in self._ids:
                self._faults.add(f"entry {line.position} has the number of an earlier entry")
            self._ids.add(line.id)
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
            elif one.sha256 in found:
                self._faults.add(f"a text for position {one.position} that stands here twice")
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
            redacted = self._said.redacted.get(place)
            if redacted is not None and _after(redacted, line):
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


def _after(redacted: Line, line: Line) -> bool:
    """Whether a redaction stands after an entry, in its stream: else it is of another entry."""
    return redacted.stream == line.stream and redacted.position > line.position


def _openings(lines: Iterable[bytes]) -> Iterator[_Opening]:
    """Each opening, with what is wrong with it by itself."""
    for number, raw in enumerate(lines, 1):
        try:
            position, sha256, salt, text = _read(raw)
        except (ValueError, AttributeError, TypeError, RecursionError):
            yield _Opening(0, b"", f"line {number} of the texts is no opening")
            continue
        fault = None
        if commitment(salt, text).encode() != sha256:
            fault = f"a text of entry {position} is not the one that was recorded"
        yield _Opening(position, sha256, fault)


def _read(raw: bytes) -> tuple[int, bytes, bytes, bytes]:
    """Position, commitment in hex, salt, and the text in UTF-8."""
    if (match := _PLAIN.fullmatch(raw)) is not None:
        position, sha256, salt, text = match.groups()
        return int(position), sha256, bytes.fromhex(salt.decode()), text
    said = json.loads(raw, object_pairs_hook=unique)
    if said.keys() != {"position", "sha256", "salt", "text"} or type(said["position"]) is not int:
        raise ValueError("it says something else")
    if not _HEX.fullmatch(said["sha256"]) or not _HEX.fullmatch(said["salt"]):
        raise ValueError("its hashes are another's")
    salt = bytes.fromhex(said["salt"])
    return said["position"], said["sha256"].encode(), salt, said["text"].encode()
