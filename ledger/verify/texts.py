"""Texts against their commitments; and that each missing one is missing for a logged reason.

A text may be missing where the entry says `office` and nothing released it, where a redaction by
two accounts covers it, and where a correction or revision repeats what an earlier entry holds.
A text that a redaction covers must be missing: whoever still hands it out is found out.
"""

from collections.abc import Iterable

from ledger.verify.line import Line
from ledger.verify.openings import openings
from ledger.verify.redactions import REPEATING, Place, Said
from ledger.verify.report import Faults, Report


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
        self._seen: set[bytes] = set()
        self._gone: set[bytes] = set()
        """The commitments to texts that were redacted, of the entries so far."""
        self._met: set[tuple[Place, bytes]] = set()
        """The redactions of which there is a text."""
        self._opened = self._office = self._redacted = self._repeated = 0

    def take(self, line: Line) -> None:
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
        if len(opened) != len(line.hashes):
            self._look_for_others(line, opened, touched=touched)
        if said.repeated:
            self._seen |= said.repeated.intersection(line.hashes)

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

    def _open(self, line: Line) -> list[bytes]:
        """The texts of an entry that are here, each once; after all those before it."""
        found: list[bytes] = []
        at, ahead = line.position, self._ahead
        while ahead is not None and ahead[0] <= at:
            position, sha256, fault = ahead
            if fault is not None:
                self._faults.add(fault)
            elif position < at or sha256 not in line.hashes:
                self._faults.add(f"a text for position {position} that no entry there holds")
            elif sha256 in found:
                self._faults.add(f"a text for position {position} that stands here twice")
            else:
                found.append(sha256)
            ahead = next(self._next, None)
        self._ahead = ahead
        self._opened += len(found)
        return found

    def _see_redacted(self, line: Line) -> None:
        """Note which texts of an entry must not be here, nor be repeated by any after it. (Of a
        capture the bytes are redacted, which are nowhere here.)"""
        if line.type == b"capture-kept":
            self._met.add(((line.id, "bytes"), line.stream))
        for path, _, sha256 in line.paths():
            if self._said.is_redacted(line, path):
                self._gone.add(sha256)
                self._met.add(((line.id, path), line.stream))

    def _look_for_others(self, line: Line, opened: list[bytes], *, touched: bool) -> None:
        """Account for the texts of an entry that are not here: mostly they are the office's."""
        missing = [
            audience
            for audience, sha256 in zip(line.audiences, line.hashes, strict=True)
            if sha256 not in opened
        ]
        office = all(audience == b"office" for audience in missing)
        if office and not touched and line.type not in REPEATING:
            self._office += len(missing)
        else:
            self._account_for(line, opened)

    def _account_for(self, line: Line, opened: list[bytes]) -> None:
        for path, audience, sha256 in line.paths():
            if sha256 in opened:
                continue
            if self._said.is_redacted(line, path):
                self._redacted += 1
            elif audience == b"office" and (line.id, path) not in self._said.released:
                self._office += 1
            elif path == "was" and line.type in REPEATING and self._was_said(sha256):
                self._repeated += 1
            else:
                self._faults.add(
                    f"entry {line.position} has no text for “{path}”, and nothing says why"
                )

    def _was_said(self, sha256: bytes) -> bool:
        return sha256 in self._seen or not self._whole
