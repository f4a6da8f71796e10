"""What entries say about the texts of others: which are redacted, released or repeated, and why."""

import re
from dataclasses import dataclass, field
from typing import Any

from ledger.verify.line import Line, read
from ledger.verify.report import Faults, Report
from ledger.verify.retractions import Retraction, standing

REPEATING = (b"entry-corrected", b"report-revised", b"statement-revised")
"""The entries that may hold again, as `was`, what an earlier one holds."""
_OTHERS = (b"redaction-sought", b"text-redacted", b"text-released", b"entry-retracted")
_TOPICS = (*_OTHERS, *REPEATING)
_TOPIC = re.compile(b'"type":"(?:' + b"|".join(_TOPICS) + b')"')

Place = tuple[bytes, str]
"""An entry's id, and the path of a text in it."""


@dataclass(slots=True)
class Said:
    """What entries say about the texts of others, wherever in the log they say it."""

    redacted: dict[tuple[Place, bytes], int] = field(default_factory=dict)
    """By text and stream, the position of the last redaction that stands there."""
    released: set[Place] = field(default_factory=set)
    requests: dict[str, Line] = field(default_factory=dict)
    confirmed: dict[str, list[Line]] = field(default_factory=dict)
    """The redactions by the request that each names, in order."""
    retractions: dict[bytes, list[Retraction]] = field(default_factory=dict)
    """By stream, in order."""
    touched: set[bytes] = field(default_factory=set)
    """Ids of entries that have a text that is redacted or released."""
    repeated: set[bytes] = field(default_factory=set)
    """Commitments that stand as `was` in a correction or a revision."""

    def standing(self) -> set[tuple[str, int]]:
        """Id of a request, and position of a redaction by it, where it was not set aside by then,
        as far as the log is here."""
        asked: dict[bytes, list[tuple[str, int]]] = {}
        for sought, lines in self.confirmed.items():
            if (request := self.requests.get(sought)) is not None:
                of = asked.setdefault(request.stream, [])
                of += ((sought, line.position) for line in lines)
        found: set[tuple[str, int]] = set()
        for stream, several in asked.items():
            found |= standing(self.retractions.get(stream, ()), several)
        return found

    def is_redacted(self, line: Line, path: str) -> bool:
        """Whether a redaction of a text stands after its entry, in its stream: one elsewhere is of
        another entry, whatever it names."""
        return self.redacted.get(((line.id, path), line.stream), 0) > line.position

    def take(self, piece: bytes) -> None:
        """Lines of the log, of whatever kinds."""
        at = 0
        while (found := _TOPIC.search(piece, at)) is not None:
            end = piece.find(b"\n", found.end())
            at = len(piece) if end < 0 else end
            self._take(piece[piece.rfind(b"\n", 0, found.start()) + 1 : at])

    def _take(self, raw: bytes) -> None:
        try:
            line = read(raw)
            if line.type not in _TOPICS:
                return
            if line.type in REPEATING:
                self.repeated |= {sha256 for path, _, sha256 in line.paths() if path == "was"}
                return
            data = line.data()
            if line.type == b"entry-retracted":
                said = (line.position, line.id.decode(), _said(data, "target"))
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
            self.redacted[place, line.stream] = line.position
            sought = data.get("sought")
            self.confirmed.setdefault(sought if isinstance(sought, str) else "", []).append(line)
        else:
            self.released.add(place)


def redactions(report: Report, said: Said, *, whole: bool) -> None:
    """Check that each redaction was sought by one account and confirmed by another, at once.

    A confirmation takes what was asked for and whatever repeats it, each with an entry of its own:
    so one of them is what was asked for, and all have one moment, account and basis. Where the log
    is not here as a whole, the request and some of them may stand in other streams.
    """
    faults = Faults(report, "redactions")
    beyond, elsewhere, standing = 0, 0, said.standing()
    for sought, lines in said.confirmed.items():
        request = said.requests.get(sought)
        if request is None and not whole:
            elsewhere += len(lines)
            continue
        place, basis = (None, None) if request is None else (_place(request), _basis(request))
        for line in lines:
            if (fault := _unlike(line, lines[0], request, basis, standing)) is not None:
                faults.add(f"entry {line.position} redacts {fault}")
        asked = [line for line in lines if _place(line) == place]
        if request is not None and whole and not asked:
            says = "by a request for another text"
            faults.add(f"entry {lines[0].position} redacts {says}")
        beyond += len(lines) - len(asked)
    says = "none is logged"
    if said.redacted:
        says = f"{len(said.redacted):,} logged, each sought by one account and confirmed by another"
    if elsewhere:
        says += f"; but of {elsewhere:,} that is not checked: the requests are not here"
    if beyond:
        says += f"; {beyond:,} of texts beside the one that was asked for, which they say repeat it"
    faults.end(says)


def _unlike(
    line: Line, first: Line, request: Line | None, basis: str | None, standing: set[tuple[str, int]]
) -> str | None:
    """What is wrong with a redaction, beside its request, that one's basis, the first one by it,
    and the requests that stand where."""
    if request is None or request.position > line.position:
        return "what nobody asked to have redacted"
    if request.recorded_by == line.recorded_by:
        return "by the account that asked for it"
    if (line.recorded_at, line.recorded_by) != (first.recorded_at, first.recorded_by):
        return "by a request that was confirmed before"
    if basis is None or _basis(line) != basis:
        return "on another basis than was asked"
    if (request.id.decode(), line.position) not in standing:
        return "by a request that had been set aside"
    return None


def _basis(line: Line) -> str | None:
    found = line.data().get("basis")
    return found if isinstance(found, str) else None


def _place(line: Line) -> Place:
    data = line.data()
    return _said(data, "target").encode(), _said(data, "field")


def _said(data: dict[str, Any], name: str) -> str:
    """A text in what is said. KeyError where none stands there."""
    if not isinstance(found := data[name], str):
        raise KeyError(name)
    return found
