"""Texts and captures beside the log: each commitment is opened, or a redaction says why not; and no
text lies in any other store.

A redaction was sought by one account and confirmed by another, for what it is, while the request
stood. The service lets nothing else through, so what is found here was put into the log beside it.
"""

import re
from collections.abc import Collection, Iterator
from typing import Generic, TypeVar
from uuid import UUID

import psycopg
from psycopg import sql

from ledger.audit.findings import Check, Kind, part
from ledger.audit.log import CaptureRow, TextRow, capture_rows, text_rows
from ledger.events import CaptureKept, EntryRetracted, RedactionSought, TextRedacted
from ledger.events.entry import Entry, decode, texts
from ledger.events.texts import commitment
from ledger.log import captures
from ledger.log.captures import StoredBytes
from ledger.log.redactions import BYTES
from ledger.states.effect import known
from ledger.verify.texts import Retraction, standing

_WAS = "was"
"""What a correction or a revision replaces: it has the commitment of an earlier entry's text, and
no text of its own. (`recover` of earlier versions put one there.)"""
_Row = TypeVar("_Row", TextRow, CaptureRow)
_Said = tuple[Entry, RedactionSought]
_Done = tuple[Entry, TextRedacted]
_NAMED = 10
"""Of so many redactions it is named what had set their requests aside: that takes a while."""
LOOKED_FOR = 50
"""So many texts are looked for elsewhere, spread over the log."""
_PLAIN = re.compile(r"[A-Za-z ]{24,80}")
"""Words that every store spells alike, whatever it escapes."""
_MAY_HOLD_TEXT = frozenset({"ledger.texts", "ledger.captures", "ledger.entries"})


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


class Redactions:
    """Requests and confirmations, as the entries come. A finding goes to the texts' check."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._sought: dict[str, _Said] = {}
        self._confirmed: dict[str, list[_Done]] = {}
        self._retractions: dict[str, list[Entry]] = {}
        """By stream, in order."""

    def see(self, entry: Entry | None) -> None:
        """The next entry; None where the row is none."""
        if entry is None:
            return
        if isinstance(entry.data, RedactionSought):
            self._sought.setdefault(entry.id, (entry, entry.data))
        elif isinstance(entry.data, EntryRetracted):
            self._retractions.setdefault(entry.stream, []).append(entry)
        elif isinstance(entry.data, TextRedacted):
            self._confirmed.setdefault(entry.data.sought, []).append((entry, entry.data))

    def end(self) -> None:
        """All entries were seen."""
        faults = sorted(self._faults(), key=lambda one: one[0].position)
        named = 0
        for entry, fault, request in faults:
            by = ""
            if request is not None and named < _NAMED:
                by, named = f", by entry {self._aside_by(request, entry.position)}", named + 1
            self._find(entry, fault + by)
        for sought, several in self._confirmed.items():
            if (said := self._sought.get(sought)) is None:
                continue
            asked = said[1].target, said[1].field
            if all((one.target, one.field) != asked for _, one in several):
                self._find(several[0][0], "by a request for another text")

    def _faults(self) -> Iterator[tuple[Entry, str, Entry | None]]:
        """Each redaction that is none, why, and its request, where that had been set aside."""
        stood = self._standing()
        for sought, several in self._confirmed.items():
            said = self._sought.get(sought)
            for entry, redacted in several:
                if said is None or said[0].position > entry.position:
                    yield entry, "what nobody had asked to have redacted", None
                elif (fault := _unlike(entry, redacted, *said)) is not None:
                    yield entry, fault, None
                elif (sought, entry.position) not in stood:
                    yield entry, "by a request that had been set aside", said[0]
                elif (fault := _again(entry, several[0][0])) is not None:
                    yield entry, fault, None

    def _standing(self) -> set[tuple[str, int]]:
        """Id of a request, and position of a redaction by it, where it was not set aside."""
        asked: dict[str, list[tuple[str, int]]] = {}
        for sought, several in self._confirmed.items():
            if (said := self._sought.get(sought)) is not None:
                of = asked.setdefault(said[0].stream, [])
                of += ((sought, entry.position) for entry, _ in several)
        found: set[tuple[str, int]] = set()
        for stream, questions in asked.items():
            retractions = map(_retraction, self._retractions.get(stream, ()))
            found |= standing(retractions, questions)
        return found

    def _aside_by(self, request: Entry, at: int) -> str | None:
        """The id of the entry that had set a request aside at a position."""
        several = self._retractions.get(request.stream, ())
        then = known([request, *(one for one in several if one.position < at)])
        return next(one.set_aside_by for one in then if one.id == request.id)

    def _find(self, entry: Entry, fault: str) -> None:
        says = f"Position {entry.position:,} redacts {fault}: it did not come through the service."
        self.check.find(Kind.REDACTION_ALONE, entry.position, says)


def _retraction(entry: Entry) -> Retraction:
    assert isinstance(entry.data, EntryRetracted)
    return entry.position, entry.id, entry.data.target


def _unlike(
    entry: Entry, redacted: TextRedacted, request: Entry, sought: RedactionSought
) -> str | None:
    if request.recorded_by == entry.recorded_by:
        return f"by {entry.recorded_by}, who had asked for it"
    return None if sought.basis == redacted.basis else "on another basis than was asked"


def _again(entry: Entry, first: Entry) -> str | None:
    if (first.recorded_at, first.recorded_by) != (entry.recorded_at, entry.recorded_by):
        return f"by a request that was confirmed at position {first.position:,}"
    return None


@part("stores", "texts looked for", "in no table but ledger.texts")
def elsewhere(check: Check, conn: psycopg.Connection, compared: Collection[str]) -> None:
    """Texts are in no other store: a number of them are looked for in every other table, but those
    that are compared with the log row by row. Each row is taken as text, in which bytes are hex."""
    needles = _sample(conn)
    check.checked = len(needles)
    if not needles:
        check.not_checked = "there is no text of 24 letters to look for"
        return
    for schema, table in _other_tables(conn):
        if f"{schema}.{table}" in _MAY_HOLD_TEXT or f"{schema}.{table}" in compared:
            continue
        query = sql.SQL(
            "SELECT DISTINCT needle FROM {} AS t,"
            " LATERAL (SELECT (t.*)::text OFFSET 0) AS w (said), unnest(%s::text[]) AS needle"
            " WHERE strpos(w.said, needle) > 0"
            " OR strpos(w.said, encode(convert_to(needle, 'UTF8'), 'hex')) > 0"
        ).format(sql.Identifier(schema, table))
        try:
            with conn.transaction():
                found = conn.execute(query, [list(needles)]).fetchall()
        except psycopg.Error as error:
            check.fails(f"The rows of {schema}.{table}", error)
            continue
        for (needle,) in found:
            if not _is_plain_too(conn, needle):
                check.find(
                    Kind.TEXT_ELSEWHERE,
                    needles[needle],
                    f"{schema}.{table} holds words of a text of position {needles[needle]:,}, "
                    "so that redacting it would leave them there.",
                )


def _sample(conn: psycopg.Connection) -> dict[str, int]:
    """Plain words of texts, spread over the log, with the position of each."""
    found: dict[str, int] = {}
    rows = conn.execute(
        """
        SELECT t.position, left(t.body, 4000)
          FROM generate_series(1, %(many)s) AS nth
          CROSS JOIN (SELECT coalesce(max(position), 0) AS head FROM ledger.texts) AS log
          CROSS JOIN LATERAL (
              SELECT position, body FROM ledger.texts
               WHERE position >= nth * log.head / %(many)s ORDER BY position, field LIMIT 1
          ) AS t
        """,
        {"many": LOOKED_FOR},
    ).fetchall()
    for position, body in rows:
        if plain := max(_PLAIN.findall(body), key=len, default=""):
            found.setdefault(plain.strip(), position)
    return found


def _other_tables(conn: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """The tables that this role may read."""
    yield from conn.execute(
        """
        SELECT n.nspname, c.relname FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname <> 'information_schema'
           AND n.nspname !~ '^pg_'
           AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
         ORDER BY 1, 2
        """
    ).fetchall()


def _is_plain_too(conn: psycopg.Connection, needle: str) -> bool:
    """Whether an entry says these words in a plain field (a title), so that they are no text's."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM ledger.entries WHERE position(%s::bytea IN state) > 0)",
        [needle.encode()],
    ).fetchone()
    return row is not None and bool(row[0])
