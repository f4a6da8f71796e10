"""Texts against their commitments; and that each missing one is missing for a logged reason.

An opening is a text beside the log, `{"position":N,"sha256":C,"salt":S,"text":T}`, one a line. Most
hold no escaped character, and are found many at once by what stands around the text; every other
line goes through the JSON parser.

A text may be missing where the entry says `office` and nothing released it, where a redaction by
two accounts covers it, and where a correction or revision repeats what an earlier entry holds.
A text that a redaction covers must be missing: whoever still hands it out is found out. And a
redaction is none where its request had been set aside by then, by the retractions of the log.
"""

import hashlib
import json
import re
from binascii import hexlify, unhexlify
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger.verify.line import LoggedEntry, is_utf8, read, unique
from ledger.verify.report import Faults, Report

Opening = tuple[int, str, str | None]
"""Position, commitment in hex, and what is wrong with it by itself."""

_DOMAIN = b"answerable/text/v1\x00"
_LINE = re.compile(
    rb'(?:\{"position":([1-9][0-9]{0,15}),"sha256":"([0-9a-f]{64})","salt":"([0-9a-f]{64})",'
    rb'"text":"([^"\\\x00-\x1f]*)"\}|([^\n]*))\n'
)
"""A line: an opening as we write it, or whatever else it is. So none is passed over."""
LEAST = len('{"position":1,"sha256":"","salt":"","text":""}') + 2 * 64
"""No opening has fewer bytes, however it is written."""
_HEX = re.compile("[0-9a-f]{64}")

REPEATING = ("entry-corrected", "report-revised", "statement-revised")
"""The entries that may hold again, as `was`, what an earlier one holds."""
_OTHERS = ("redaction-sought", "text-redacted", "text-released", "entry-retracted")
_TOPICS = (*_OTHERS, *REPEATING)
_TOPIC = re.compile(f'"type":"(?:{"|".join(_TOPICS)})"'.encode())
MOST_STEPS = 10_000_000
"""So many steps are taken at most to follow retractions of retractions."""

Place = tuple[str, str]
"""An entry's id, and the path of a text in it."""
Retraction = tuple[int, str, str]
"""Its position, its id, and the id of the entry that it sets aside."""


class TooManyStepsError(ValueError):
    """Retractions of retractions go deeper than can be followed in a reasonable time."""


def commitment(salt: bytes, text: bytes) -> bytes:
    """The commitment to a text (UTF-8): hex of SHA-256 of a label, a zero byte, salt and text."""
    return hexlify(hashlib.sha256(_DOMAIN + salt + text).digest())


def openings(pieces: Iterable[bytes]) -> Iterator[Opening]:
    """Each opening in pieces of whole lines, in order."""
    number = 0
    for piece in pieces:
        for position, wanted, salt, text, other in _lines(piece):
            number += 1
            if not position:
                yield _parsed(other, number)
            elif commitment(unhexlify(salt), text) == wanted:
                yield int(position), wanted.decode(), None
            else:
                yield _another(int(position), wanted.decode())


def _lines(piece: bytes) -> Iterable[tuple[bytes, bytes, bytes, bytes, bytes]]:
    """The parts of each opening in a piece; or no position, and the line."""
    ended = piece if piece.endswith(b"\n") or not piece else piece + b"\n"
    if is_utf8(ended):
        return _LINE.findall(ended)
    return [(b"", b"", b"", b"", line) for line in ended.split(b"\n")[:-1]]


def _parsed(raw: bytes, number: int) -> Opening:
    try:
        if len(raw) < LEAST:
            raise ValueError("it is too short for one")
        said = json.loads(raw.decode(), object_pairs_hook=unique)
        if said.keys() != {"position", "sha256", "salt", "text"}:
            raise ValueError("it says something else")
        if type(said["position"]) is not int:
            raise ValueError("it is at no position")
        if not _HEX.fullmatch(said["sha256"]) or not _HEX.fullmatch(said["salt"]):
            raise ValueError("its hashes are another's")
        found = commitment(unhexlify(said["salt"]), said["text"].encode())
    except (ValueError, AttributeError, TypeError, RecursionError):
        return 0, "", f"line {number} of the texts is no opening"
    position, wanted = said["position"], said["sha256"]
    return (position, wanted, None) if found.decode() == wanted else _another(position, wanted)


def _another(position: int, wanted: str) -> Opening:
    return position, wanted, f"a text of entry {position} is not the one that was recorded"


@dataclass(slots=True)
class Said:
    """What entries say about the texts of others, wherever in the log they say it."""

    redacted: dict[tuple[Place, str], int] = field(default_factory=dict)
    """By text and stream, the position of the last redaction that stands there."""
    released: set[Place] = field(default_factory=set)
    requests: dict[str, LoggedEntry] = field(default_factory=dict)
    confirmed: dict[str, list[LoggedEntry]] = field(default_factory=dict)
    """The redactions by the request that each names, in order."""
    retractions: dict[str, list[Retraction]] = field(default_factory=dict)
    """By stream, in order."""
    touched: set[str] = field(default_factory=set)
    """Ids of entries that have a text that is redacted or released."""
    repeated: set[str] = field(default_factory=set)
    """Commitments that stand as `was` in a correction or a revision."""

    def standing(self) -> set[tuple[str, int]]:
        """Id of a request, and position of a redaction by it, where it was not set aside by then,
        as far as the log is here."""
        asked: dict[str, list[tuple[str, int]]] = {}
        for sought, lines in self.confirmed.items():
            if (request := self.requests.get(sought)) is not None:
                of = asked.setdefault(request.stream, [])
                of += ((sought, line.position) for line in lines)
        found: set[tuple[str, int]] = set()
        for stream, several in asked.items():
            found |= standing(self.retractions.get(stream, ()), several)
        return found

    def is_redacted(self, line: LoggedEntry, path: str) -> bool:
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
                self.repeated |= {text.sha256 for text in line.texts if text.path == "was"}
                return
            data = line.data
            if line.type == "entry-retracted":
                said = (line.position, line.id, _said(data, "target"))
                self.retractions.setdefault(line.stream, []).append(said)
                return
            place = _place(line)
        except (ValueError, KeyError):
            return  # a fault that is named where the entries themselves are checked
        if line.type == "redaction-sought":
            self.requests[line.id] = line
            return
        self.touched.add(place[0])
        if line.type == "text-redacted":
            self.redacted[place, line.stream] = line.position
            sought = data.get("sought")
            self.confirmed.setdefault(sought if isinstance(sought, str) else "", []).append(line)
        else:
            self.released.add(place)


class Openings:
    """The texts beside the log, one a line in the log's order, against the entries as they come."""

    def __init__(self, report: Report, texts: Iterable[bytes], said: Said, *, whole: bool) -> None:
        """`texts`: in pieces of whole lines. `whole`: every entry comes, so that what a correction
        repeats has been here before."""
        self._faults = Faults(report, "openings")
        self._whole = whole
        self._said = said
        self._next = openings(texts)
        self._ahead = next(self._next, None)
        self._seen: set[str] = set()
        self._gone: set[str] = set()
        """The commitments to texts that were redacted, of the entries so far."""
        self._met: set[tuple[Place, str]] = set()
        """The redactions of which there is a text."""
        self._opened = self._office = self._redacted = 0

    def take(self, line: LoggedEntry) -> None:
        said = self._said
        touched = line.id in said.touched
        opened = self._open(line)
        if touched:
            self._see_redacted(line)
        if not self._gone.isdisjoint(opened):
            self._faults.add(
                f"a text for position {line.position} is here, though the log says that it was "
                "redacted"
            )
        if len(opened) != len(line.texts):
            self._look_for_others(line, opened, touched=touched)
        if said.repeated:
            self._seen |= said.repeated.intersection(one.sha256 for one in line.texts)

    def end(self) -> None:
        while self._ahead is not None:
            self._faults.add(f"a text for position {self._ahead[0]}, where no entry is")
            self._ahead = next(self._next, None)
        if self._whole:
            for one, position in self._said.redacted.items():
                if one not in self._met:
                    self._faults.add(f"entry {position} redacts what no entry of its stream holds")
        also = [
            f"{count:,} {what}"
            for count, what in (
                (self._office, "held for the office, not here"),
                (self._redacted, "redacted"),
            )
            if count
        ]
        self._faults.end("; ".join([f"{self._opened:,} texts match what the log holds", *also]))

    def _open(self, line: LoggedEntry) -> list[str]:
        """The texts of an entry that are here, each once; after all those before it."""
        found: list[str] = []
        held = {one.sha256 for one in line.texts}
        at, ahead = line.position, self._ahead
        while ahead is not None and ahead[0] <= at:
            position, sha256, fault = ahead
            if fault is not None:
                self._faults.add(fault)
            elif position < at or sha256 not in held:
                self._faults.add(f"a text for position {position} that no entry there holds")
            elif sha256 in found:
                self._faults.add(f"a text for position {position} that stands here twice")
            else:
                found.append(sha256)
            ahead = next(self._next, None)
        self._ahead = ahead
        self._opened += len(found)
        return found

    def _see_redacted(self, line: LoggedEntry) -> None:
        """Note which texts of an entry must not be here, nor be repeated by any after it. (Of a
        capture the bytes are redacted, which are nowhere here.)"""
        if line.type == "capture-kept":
            self._met.add(((line.id, "bytes"), line.stream))
        for path, _, sha256 in line.texts:
            if self._said.is_redacted(line, path):
                self._gone.add(sha256)
                self._met.add(((line.id, path), line.stream))

    def _look_for_others(self, line: LoggedEntry, opened: list[str], *, touched: bool) -> None:
        """Account for the texts of an entry that are not here: mostly they are the office's."""
        missing = [one.audience for one in line.texts if one.sha256 not in opened]
        office = all(audience == "office" for audience in missing)
        if office and not touched and line.type not in REPEATING:
            self._office += len(missing)
        else:
            self._account_for(line, opened)

    def _account_for(self, line: LoggedEntry, opened: list[str]) -> None:
        for path, audience, sha256 in line.texts:
            if sha256 in opened:
                continue
            if self._said.is_redacted(line, path):
                self._redacted += 1
            elif audience == "office" and (line.id, path) not in self._said.released:
                self._office += 1
            elif (
                path == "was"
                and line.type in REPEATING
                and (sha256 in self._seen or not self._whole)
            ):
                continue
            else:
                self._faults.add(
                    f"entry {line.position} has no text for “{path}”, and nothing says why"
                )


def redactions(report: Report, said: Said, *, whole: bool) -> None:
    """Check that each redaction was sought by one account and confirmed by another, at once.

    A confirmation takes what was asked for and whatever repeats it, each with an entry of its own:
    so one of them is what was asked for, and all have one moment, account and basis. Where the log
    is not here as a whole, the request and some of them may stand in other streams.
    """
    faults = Faults(report, "redactions")
    beyond, elsewhere = 0, 0
    try:
        standing = said.standing()
    except TooManyStepsError as error:
        faults.add(str(error))
        faults.end("")
        return
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
    line: LoggedEntry,
    first: LoggedEntry,
    request: LoggedEntry | None,
    basis: str | None,
    standing: set[tuple[str, int]],
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
    if (request.id, line.position) not in standing:
        return "by a request that had been set aside"
    return None


def _basis(line: LoggedEntry) -> str | None:
    found = line.data.get("basis")
    return found if isinstance(found, str) else None


def _place(line: LoggedEntry) -> Place:
    data = line.data
    return _said(data, "target"), _said(data, "field")


def _said(data: dict[str, Any], name: str) -> str:
    """A text in what is said. KeyError where none stands there."""
    if not isinstance(found := data[name], str):
        raise KeyError(name)
    return found


def standing(
    retractions: Iterable[Retraction], asked: Iterable[tuple[str, int]]
) -> set[tuple[str, int]]:
    """Return those of the (id of a request, position) asked at which nothing had set the request
    aside.

    A retraction counts at the positions after its own, and sets aside a request or an earlier
    retraction. Each that comes turns over what it sets aside, and so on up to the request: 64
    steps at most, since the service records no longer chain. Where an older log has a longer one,
    it takes more steps. TooManyStepsError where they are more than an honest log needs.
    """
    questions = sorted(set(asked), key=lambda one: one[1])
    above: dict[str, str | None] = {request: None for request, _ in questions}
    """What each retraction sets aside; None for a request."""
    against = dict.fromkeys(above, 0)
    """How many retractions in effect set each aside."""
    coming = deque(sorted(retractions))
    found, steps = set(), 0
    for request, at in questions:
        while coming and coming[0][0] < at:
            position, own, target = coming.popleft()
            if target not in above or own in above:
                continue  # it sets nothing aside; or its id is another's, which is named elsewhere
            above[own], against[own] = target, 0
            node, begins = above[own], True
            while node is not None:
                steps += 1
                was = against[node] == 0
                against[node] += 1 if begins else -1
                begins = against[node] == 0
                node = above[node] if begins != was else None
            if steps > MOST_STEPS:
                raise TooManyStepsError(
                    f"retractions of retractions up to position {position} are nested so deep that "
                    "they are not followed: the service records no such chain"
                )
        if not against[request]:
            found.add((request, at))
    return found
