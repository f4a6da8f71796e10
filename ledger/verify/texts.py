"""Texts against their commitments, and the reason for each text that is missing.

An opening is a text beside the log, `{"position":N,"sha256":C,"salt":S,"text":T}`, one a line. Most
hold no escaped character: a regular expression finds many of those at once. Every other line goes
through the JSON parser.

A text may be missing if its entry says `office` and nothing released it, or if a redaction by two
accounts covers it. It may also be a text of an earlier entry that a correction or a revision
repeats. A text that a redaction covers must be missing. A redaction counts only while the log's
retractions leave its request in effect.
"""

import hashlib
import json
import re
from binascii import hexlify, unhexlify
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.verify.line import LoggedEntry, is_utf8, read, unique
from ledger.verify.report import Fault, FaultsOf

_DOMAIN = b"answerable/text/v1\x00"
_LINE = re.compile(
    rb'(?:\{"position":([1-9][0-9]{0,15}),"sha256":"([0-9a-f]{64})","salt":"([0-9a-f]{64})",'
    rb'"text":"([^"\\\x00-\x1f]*)"\}|([^\n]*))\n'
)
"""A line: an opening as we write it, or anything else, so that no line is passed over."""
LEAST = len('{"position":1,"sha256":"","salt":"","text":""}') + 2 * 64
"""The bytes of the shortest opening, however it is written."""
_HEX = re.compile("[0-9a-f]{64}")

REPEATING = ("entry-corrected", "report-revised", "statement-revised")
"""The entries whose `was` may repeat a text of an earlier entry."""
TOPICS = ("redaction-sought", "text-redacted", "text-released", "entry-retracted", *REPEATING)
"""The entries that say something about the texts of others."""
_TOPIC = re.compile(f'"type":"(?:{"|".join(TOPICS)})"'.encode())
BYTES = "bytes"
"""The name under which the bytes of a capture are redacted."""
MOST_STEPS = 10_000_000
"""So many steps are taken at most to follow retractions of retractions."""

Place = tuple[str, str]
"""An entry's id, and the path of a text in it."""
Retraction = tuple[int, str, str]
"""Its position, its id, and the id of the entry that it sets aside."""


class TooManyStepsError(ValueError):
    """Retractions of retractions go deeper than can be followed in a reasonable time."""


class Opening(NamedTuple):
    """A text that lies beside the log."""

    position: int
    sha256: str
    """The commitment that it claims to open."""
    fault: str | None
    """Why it is no opening, or does not open that commitment."""
    path: str | None = None
    """Where in the entry the text stands, if the store of the texts says it."""


def commitment(salt: bytes, text: bytes) -> bytes:
    """Return the commitment to a text (UTF-8): the hex of SHA-256 over a label, a zero byte, the
    salt and the text."""
    return hexlify(hashlib.sha256(_DOMAIN + salt + text).digest())


def openings(pieces: Iterable[bytes]) -> Iterator[Opening]:
    """Read each opening in pieces of whole lines, in order."""
    number = 0
    for piece in pieces:
        for position, wanted, salt, text, other in _lines(piece):
            number += 1
            if not position:
                yield _parsed(other, number)
            else:
                yield opening(int(position), wanted.decode(), unhexlify(salt), text)


def opening(
    position: int, sha256: str, salt: bytes, text: bytes, path: str | None = None
) -> Opening:
    """Return an opening, after a comparison of the text with its commitment."""
    fault = None
    if commitment(salt, text) != sha256.encode():
        fault = f"a text of entry {position:,} is not the one that was recorded"
    return Opening(position, sha256, fault, path)


def _lines(piece: bytes) -> Iterable[tuple[bytes, bytes, bytes, bytes, bytes]]:
    """Find the four parts of each opening in a piece; or no position, and the line."""
    ended = piece if piece.endswith(b"\n") or not piece else piece + b"\n"
    if is_utf8(ended):
        return _LINE.findall(ended)
    return [(b"", b"", b"", b"", line) for line in ended.split(b"\n")[:-1]]


def _parsed(raw: bytes, number: int) -> Opening:
    """Read an opening by the JSON parser."""
    try:
        if len(raw) < LEAST:
            raise ValueError("it is too short for one")
        said = json.loads(raw.decode(), object_pairs_hook=unique)
        if said.keys() != {"position", "sha256", "salt", "text"}:
            raise ValueError("it has other members")
        if type(said["position"]) is not int:
            raise ValueError("it is at no position")
        if not _HEX.fullmatch(said["sha256"]) or not _HEX.fullmatch(said["salt"]):
            raise ValueError("it has no hash or no salt")
        salt, text = unhexlify(said["salt"]), said["text"].encode()
    except (ValueError, AttributeError, TypeError, RecursionError):
        return Opening(0, "", f"line {number} of the texts is no opening")
    return opening(said["position"], said["sha256"], salt, text)


@dataclass(slots=True)
class Redactions:
    """The acts of the log about texts: redactions and their requests, releases, retractions, and
    corrections that repeat a text."""

    redacted: dict[tuple[Place, str], int] = field(default_factory=dict)
    """By text and stream, the position of the last redaction there."""
    released: set[Place] = field(default_factory=set)
    requests: dict[str, LoggedEntry] = field(default_factory=dict)
    confirmed: dict[str, list[LoggedEntry]] = field(default_factory=dict)
    """The redactions by the request that each names, in order."""
    retractions: dict[str, list[Retraction]] = field(default_factory=dict)
    """By stream, in order."""
    touched: set[str] = field(default_factory=set)
    """Ids of entries with a text that is redacted or released."""
    repeated: set[str] = field(default_factory=set)
    """Commitments that a correction or a revision repeats as `was`."""

    def in_effect(self) -> set[tuple[str, int]]:
        """Return (id of a request, position of a redaction by it) where nothing in this log had set
        the request aside. It may raise TooManyStepsError."""
        asked: dict[str, list[tuple[str, int]]] = {}
        for sought, several in self.confirmed.items():
            if (request := self.requests.get(sought)) is not None:
                of = asked.setdefault(request.stream, [])
                of += ((sought, one.position) for one in several)
        found: set[tuple[str, int]] = set()
        for stream, questions in asked.items():
            found |= standing(self.retractions.get(stream, ()), questions)
        return found

    def is_redacted(self, entry: LoggedEntry, path: str) -> bool:
        """Return whether a redaction of a text comes after its entry, in the same stream. A
        redaction in another stream is of another entry, whatever it names."""
        return self.redacted.get(((entry.id, path), entry.stream), 0) > entry.position

    def take(self, piece: bytes) -> None:
        """Read lines of the log, of whatever kinds."""
        at = 0
        while (found := _TOPIC.search(piece, at)) is not None:
            end = piece.find(b"\n", found.end())
            at = len(piece) if end < 0 else end
            self._take(piece[piece.rfind(b"\n", 0, found.start()) + 1 : at])

    def _take(self, raw: bytes) -> None:
        try:
            entry = read(raw)
            if entry.type not in TOPICS:
                return
            if entry.type in REPEATING:
                self.repeated |= {text.sha256 for text in entry.texts if text.path == "was"}
                return
            if entry.type == "entry-retracted":
                said = (entry.position, entry.id, _string(entry.data, "target"))
                self.retractions.setdefault(entry.stream, []).append(said)
                return
            place = _place(entry)
        except (ValueError, KeyError):
            return  # the check of the entries themselves names this fault
        if entry.type == "redaction-sought":
            self.requests[entry.id] = entry
            return
        self.touched.add(place[0])
        if entry.type == "text-redacted":
            self.redacted[place, entry.stream] = entry.position
            sought = entry.data.get("sought")
            self.confirmed.setdefault(sought if isinstance(sought, str) else "", []).append(entry)
        else:
            self.released.add(place)


class Openings:
    """The texts beside the log, in the log's order, against the entries as they come."""

    def __init__(
        self,
        faults: FaultsOf,
        texts: Iterator[Opening],
        redactions: Redactions,
        *,
        whole: bool,
        complete: bool = False,
    ) -> None:
        """Begin the check. `whole` says that every entry comes, so that what a correction repeats
        came before. `complete` says that every text should be here, also those for the office."""
        self._faults = faults("openings")
        self._whole = whole
        self._complete = complete
        self._redactions = redactions
        self._next = texts
        self._ahead = next(self._next, None)
        self._seen: set[str] = set()
        self._gone: set[str] = set()
        """The commitments to texts that were redacted, of the entries so far."""
        self._met: set[tuple[Place, str]] = set()
        """The redactions for which a text was found."""
        self._opened = self._office = self._redacted = 0

    def take(self, entry: LoggedEntry) -> None:
        """Check the next entry."""
        touched = entry.id in self._redactions.touched
        here = self._here(entry)
        if touched:
            self._see_redacted(entry)
        if not self._gone.isdisjoint(here):
            self._faults.add(
                f"a text for position {entry.position:,} is here, though the log says that it was "
                "redacted",
                Fault.TEXT_STILL_HELD,
                entry.position,
            )
        if len(here) != len(entry.texts):
            self._account_for_missing(entry, here, touched=touched)
        if self._redactions.repeated:
            self._seen |= self._redactions.repeated.intersection(one.sha256 for one in entry.texts)

    def end(self) -> None:
        """Check what is left after the last entry."""
        while self._ahead is not None:
            position = self._ahead.position
            says = f"a text for position {position:,}, where no entry is"
            self._faults.add(says, Fault.TEXT_WITHOUT_ENTRY, position)
            self._ahead = next(self._next, None)
        if self._whole:
            for one, position in self._redactions.redacted.items():
                if one not in self._met:
                    says = f"entry {position:,} redacts what no entry of its stream holds"
                    self._faults.add(says, Fault.REDACTION_OF_NOTHING, position)
        says = f"{self._opened:,} texts match what the log holds"
        if self._office:
            says += f"; {self._office:,} held for the office, not here"
        if self._redacted:
            says += f"; {self._redacted:,} redacted"
        self._faults.end(says)

    def _here(self, entry: LoggedEntry) -> set[str]:
        """Return the commitments of an entry for which a text is here, the right one or not;
        after all texts for entries before it."""
        found: set[str] = set()
        held = {one.path: one.sha256 for one in entry.texts}
        commitments = set(held.values())
        while (one := self._ahead) is not None and one.position <= entry.position:
            sha256 = one.sha256 if one.path is None else held.get(one.path)
            if one.position == entry.position and sha256 is not None and sha256 in commitments:
                self._compare(one, sha256, twice=sha256 in found)
                found.add(sha256)
            else:
                says = (
                    one.fault or f"a text for position {one.position:,} that no entry there holds"
                )
                self._faults.add(says, Fault.TEXT_WITHOUT_ENTRY, one.position)
            self._ahead = next(self._next, None)
        return found

    def _compare(self, one: Opening, sha256: str, *, twice: bool) -> None:
        """Compare an opening with the commitment of its entry at that place."""
        if one.fault is not None or one.sha256 != sha256:
            says = one.fault or f"a text of entry {one.position:,} is not the one that was recorded"
            self._faults.add(says, Fault.TEXT_DIFFERS, one.position)
        elif twice:
            says = f"a text for position {one.position:,} that stands here twice"
            self._faults.add(says, Fault.TEXT_WITHOUT_ENTRY, one.position)
        else:
            self._opened += 1

    def _see_redacted(self, entry: LoggedEntry) -> None:
        """Note which texts of an entry must not be here, nor be repeated by a later entry. (Of a
        capture the bytes are redacted, which are not among the texts.)"""
        if entry.type == "capture-kept":
            self._met.add(((entry.id, BYTES), entry.stream))
        for path, _, sha256 in entry.texts:
            if self._redactions.is_redacted(entry, path):
                self._gone.add(sha256)
                self._met.add(((entry.id, path), entry.stream))

    def _account_for_missing(self, entry: LoggedEntry, here: set[str], *, touched: bool) -> None:
        """Find the reason for each text of an entry that is not here."""
        missing = [one for one in entry.texts if one.sha256 not in here]
        plain = not touched and not self._complete and entry.type not in REPEATING
        if plain and all(one.audience == "office" for one in missing):
            self._office += len(missing)  # as most of them are
            return
        for path, audience, sha256 in missing:
            if self._redactions.is_redacted(entry, path):
                self._redacted += 1
            elif self._may_be_kept_back(entry, path, audience):
                self._office += 1
            elif not self._repeats(entry, path, sha256):
                says = f"entry {entry.position:,} has no text for “{path}”, and nothing says why"
                self._faults.add(says, Fault.TEXT_MISSING, entry.position)

    def _may_be_kept_back(self, entry: LoggedEntry, path: str, audience: str) -> bool:
        """Return whether a text is the office's, and was not released."""
        released = (entry.id, path) in self._redactions.released
        return audience == "office" and not released and not self._complete

    def _repeats(self, entry: LoggedEntry, path: str, sha256: str) -> bool:
        """Return whether a correction or a revision repeats the text of an earlier entry."""
        known = sha256 in self._seen or not self._whole
        return path == "was" and entry.type in REPEATING and known


def check_redactions(faults: FaultsOf, redactions: Redactions, *, whole: bool) -> None:
    """Check that each redaction was sought by one account and confirmed by another, at once.

    A confirmation takes what was asked for and whatever repeats it, with an entry for each. So one
    of these entries is about what was asked for, and all have one moment, account and basis. Where
    only a part of the log is here, the request and some of them may stand in other streams.
    """
    found = faults("redactions")
    beyond = elsewhere = 0
    try:
        in_effect = redactions.in_effect()
    except TooManyStepsError as error:
        found.add(str(error), Fault.REDACTION_ALONE)
        found.end("")
        return
    for sought, several in redactions.confirmed.items():
        request = redactions.requests.get(sought)
        if request is None and not whole:
            elsewhere += len(several)
            continue
        place, basis = (None, None) if request is None else (_place(request), _basis(request))
        for one in several:
            if (fault := _unlike(one, several[0], request, basis, in_effect)) is not None:
                says = f"entry {one.position:,} redacts {fault}"
                found.add(says, Fault.REDACTION_ALONE, one.position)
        asked = [one for one in several if _place(one) == place]
        if request is not None and whole and not asked:
            says = f"entry {several[0].position:,} redacts by a request for another text"
            found.add(says, Fault.REDACTION_ALONE, several[0].position)
        beyond += len(several) - len(asked)
    says = "none is logged"
    if many := len(redactions.redacted):
        says = f"{many:,} logged, each sought by one account and confirmed by another"
    if elsewhere:
        says += f"; but of {elsewhere:,} that is not checked: the requests are not here"
    if beyond:
        says += f"; {beyond:,} of texts beside the one that was asked for, which they say repeat it"
    found.end(says)


def _unlike(
    one: LoggedEntry,
    first: LoggedEntry,
    request: LoggedEntry | None,
    basis: str | None,
    in_effect: set[tuple[str, int]],
) -> str | None:
    """Return what is wrong with a redaction; None where nothing is.

    It is compared with its request, the basis of that, the first redaction by the same request,
    and the requests in effect at each position.
    """
    if request is None or request.position > one.position:
        return "what nobody asked to have redacted"
    if request.recorded_by == one.recorded_by:
        return "by the account that asked for it"
    if (one.recorded_at, one.recorded_by) != (first.recorded_at, first.recorded_by):
        return "by a request that was confirmed before"
    if basis is None or _basis(one) != basis:
        return "on another basis than was asked"
    if (request.id, one.position) not in in_effect:
        return "by a request that had been set aside"
    return None


def _basis(entry: LoggedEntry) -> str | None:
    found = entry.data.get("basis")
    return found if isinstance(found, str) else None


def _place(entry: LoggedEntry) -> Place:
    """Return which text an entry is about. Raise KeyError if it does not say."""
    return _string(entry.data, "target"), _string(entry.data, "field")


def _string(data: dict[str, Any], name: str) -> str:
    """Return a member that is a string. Raise KeyError if it is none."""
    if not isinstance(found := data[name], str):
        raise KeyError(name)
    return found


def standing(
    retractions: Iterable[Retraction], asked: Iterable[tuple[str, int]]
) -> set[tuple[str, int]]:
    """Return those of the (id of a request, position) asked at which nothing had set the request
    aside.

    A retraction counts at the positions after its own, and sets aside a request or an earlier
    retraction. Each one turns over what it sets aside, and so on up to the request: 64 steps at
    most, since the service records no longer chain. A longer chain of an older log takes more.
    Raise TooManyStepsError if they are more than any honest log needs.
    """
    questions = sorted(set(asked), key=lambda one: one[1])
    above: dict[str, str | None] = {request: None for request, _ in questions}
    """The entry that each retraction sets aside; None for a request."""
    against = dict.fromkeys(above, 0)
    """How many retractions in effect set each aside."""
    coming = deque(sorted(retractions))
    found, steps = set(), 0
    for request, at in questions:
        while coming and coming[0][0] < at:
            position, own, target = coming.popleft()
            if target not in above or own in above:
                continue  # it sets nothing aside; or its id stands twice, which is found elsewhere
            above[own], against[own] = target, 0
            steps += _turn_over(above, against, target)
            if steps > MOST_STEPS:
                raise TooManyStepsError(
                    f"retractions of retractions up to position {position:,} are nested so "
                    "deep that they are not followed: the service records no such chain"
                )
        if not against[request]:
            found.add((request, at))
    return found


def _turn_over(above: dict[str, str | None], against: dict[str, int], target: str) -> int:
    """Count one more retraction against a target, and what follows from that for all above it.
    Return the number of steps."""
    steps, more = 0, True
    node: str | None = target
    while node is not None:
        steps += 1
        was = against[node] == 0
        against[node] += 1 if more else -1
        more = against[node] == 0
        node = above[node] if more != was else None
    return steps
