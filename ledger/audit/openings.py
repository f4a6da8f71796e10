"""Texts and captures beside the log: each commitment is opened, or a redaction says why not."""

from collections.abc import Iterator
from typing import Generic, TypeVar
from uuid import UUID

import psycopg

from ledger.audit.findings import Check, Kind
from ledger.audit.log import CaptureRow, TextRow, capture_rows, text_rows
from ledger.audit.redactions import Redactions
from ledger.events import CaptureKept, TextRedacted
from ledger.events.entry import Entry, decode, texts
from ledger.events.texts import commitment
from ledger.log import captures
from ledger.log.captures import StoredBytes
from ledger.log.redactions import BYTES

_WAS = "was"
"""What a correction or a revision replaces: it has the commitment of an earlier entry's text, and
no text of its own. (`recover` of earlier versions put one there.)"""
_Row = TypeVar("_Row", TextRow, CaptureRow)


def _uuid(said: str) -> UUID | None:
    """The id of an entry, in its one spelling; None for what is none."""
    try:
        found = UUID(said)
    except ValueError:
        return None
    return found if str(found) == said else None


class _Beside(Generic[_Row]):
    """Rows by position, taken up as far as the log has been read."""

    def __init__(self, found: Iterator[_Row]) -> None:
        self._found: Iterator[_Row] = found
        self._next: _Row | None = None

    def upto(self, position: int | None) -> Iterator[_Row]:
        """The rows not taken yet, up to a position (None: all)."""
        while (row := self._next or next(self._found, None)) is not None:
            if position is not None and row.position > position:
                self._next = row
                return
            self._next = None
            yield row


class Openings:
    """Each text and capture that an entry commits to is there and opens it, or was redacted."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self.texts = Check("texts", "texts", "each opens its commitment, or was redacted")
        self.captures = Check("captures", "captures", "each is what its entry says, or redacted")
        self._redactions = Redactions(self.texts)
        self._conn = conn
        self._text_rows = _Beside(text_rows(conn))
        self._capture_rows = _Beside(capture_rows(conn))
        self._missing: dict[tuple[str, str], tuple[int, str]] = {}
        """What is not there, by the entry's id and the field: its position and stream."""
        self._again: dict[str, int] = {}
        """Of rows with a text that an earlier entry said: its commitment, and their position."""
        self._redacted: list[tuple[int, TextRedacted]] = []

    def see(self, position: int, entry: Entry | None) -> None:
        """The next entry; None where the row at the position is none."""
        self._see_texts(position, entry)
        self._see_capture(position, entry)
        self._redactions.see(entry)
        if entry is not None and isinstance(entry.data, TextRedacted):
            self._see_redaction(entry, entry.data)

    def end(self) -> None:
        """All entries were seen: what is still missing, nothing explains."""
        self._redactions.end()
        if self._again:
            self._see_repeated()
        for text in self._text_rows.upto(None):
            self._text_without_entry(text)
        for capture in self._capture_rows.upto(None):
            self._capture_without_entry(capture)
        for (entry_id, field), (position, _) in self._missing.items():
            check, kind, what = (
                (self.captures, Kind.CAPTURE_MISSING, "its bytes are")
                if field == BYTES
                else (self.texts, Kind.TEXT_MISSING, f"its text “{field}” is")
            )
            check.find(
                kind,
                position,
                f"Position {position:,} (entry {entry_id}): {what} not there, and no redaction "
                "says why.",
            )

    def _see_texts(self, position: int, entry: Entry | None) -> None:
        wanted = dict(texts(entry)) if entry is not None else {}
        repeated = wanted.pop(_WAS, None)
        self.texts.checked += len(wanted)
        for row in self._text_rows.upto(position):
            if row.position < position:
                self._text_without_entry(row)
                continue
            text = repeated if row.field == _WAS else wanted.pop(row.field, None)
            if row.field == _WAS and text is not None:
                self._again[text.sha256] = position
            if text is None:
                if entry is not None:  # else the entry cannot be read, which is found elsewhere
                    self._text_without_entry(row)
            elif not text.sha256 == row.commitment.hex() == commitment(row.salt, row.body):
                self.texts.find(
                    Kind.TEXT_DIFFERS,
                    position,
                    f"Position {position:,}: the text “{row.field}” does not open the commitment "
                    f"of its entry {entry.id if entry else ''}: it was rewritten.",
                )
        if entry is not None:
            for field in wanted:
                self._missing[(entry.id, field)] = (position, entry.stream)

    def _see_capture(self, position: int, entry: Entry | None) -> None:
        kept = entry.data if entry is not None and isinstance(entry.data, CaptureKept) else None
        if kept is not None:
            self.captures.checked += 1
        there = False
        for row in self._capture_rows.upto(position):
            if row.position < position or (kept is None and entry is not None):
                self._capture_without_entry(row)
                continue
            there = True
            if kept is None:
                continue
            same = captures.commitment(StoredBytes(row.body, row.salt)) == kept.sha256
            if not same or len(row.body) != kept.length or (row.salt is not None) != kept.salted:
                self.captures.find(
                    Kind.CAPTURE_DIFFERS,
                    position,
                    f"Position {position:,}: the bytes are not those that were received.",
                )
        if kept is not None and entry is not None and not there:
            self._missing[(entry.id, BYTES)] = (position, entry.stream)

    def _see_redaction(self, entry: Entry, said: TextRedacted) -> None:
        self._redacted.append((entry.position, said))
        found = self._missing.get((said.target, said.field))
        if found is not None and found[1] == entry.stream:
            del self._missing[(said.target, said.field)]
            return
        row = self._conn.execute(
            """
            SELECT e.position, e.stream,
                   EXISTS (SELECT FROM ledger.texts t
                            WHERE t.position = e.position AND t.field = %(field)s)
                OR %(field)s = 'bytes' AND EXISTS
                   (SELECT FROM ledger.captures c WHERE c.position = e.position)
              FROM ledger.entries e WHERE e.event_id = %(target)s
            """,
            {"target": _uuid(said.target), "field": said.field},
        ).fetchone()
        if row is not None and row[2]:
            self.texts.find(
                Kind.TEXT_STILL_HELD,
                row[0],
                f"Position {row[0]:,}: “{said.field}” was redacted at position "
                f"{entry.position:,}, and is still here, or again: `answerable erase` removes it.",
            )
        elif row is None or row[1] != entry.stream or row[0] >= entry.position:
            self.texts.find(
                Kind.REDACTION_OF_NOTHING,
                entry.position,
                f"Position {entry.position:,} redacts “{said.field}” of an entry that does not "
                "stand ahead of it in its stream.",
            )

    def _see_repeated(self) -> None:
        """A text that was redacted may lie where a later entry repeats its commitment."""
        for position, said in self._redacted:
            row = self._conn.execute(
                "SELECT state FROM ledger.entries WHERE event_id = %s", [_uuid(said.target)]
            ).fetchone()
            try:
                committed = dict(texts(decode(row[0]))) if row else {}
            except (ValueError, RecursionError):
                continue  # found where the entries themselves are checked
            text = committed.get(said.field)
            if text is not None and (again := self._again.get(text.sha256)) is not None:
                self.texts.find(
                    Kind.TEXT_STILL_HELD,
                    again,
                    f"Position {again:,}: “{_WAS}” repeats what was redacted at position "
                    f"{position:,}, and its text is here: nothing that records puts it there.",
                )

    def _text_without_entry(self, row: TextRow) -> None:
        self.texts.find(
            Kind.TEXT_WITHOUT_ENTRY,
            row.position,
            f"ledger.texts has “{row.field}” for position {row.position:,}, which commits to no "
            "such text.",
        )

    def _capture_without_entry(self, row: CaptureRow) -> None:
        self.captures.find(
            Kind.CAPTURE_WITHOUT_ENTRY,
            row.position,
            f"ledger.captures has bytes for position {row.position:,}, which keeps none.",
        )
