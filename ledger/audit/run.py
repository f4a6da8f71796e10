"""The audit: one pass over the log in one snapshot, then the stores beside it and the guards in the
database."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ledger.audit.entries import AHEAD, Accounts, Bytes, as_columns_say, requests
from ledger.audit.findings import Another, Check, Kind, Progress, apart
from ledger.audit.guards import guards
from ledger.audit.log import EntryRow, instant, number, rows, snapshot
from ledger.audit.signatures import Given, Signatures, witnessed
from ledger.audit.stores import Captures, elsewhere, read_openings, read_redactions
from ledger.audit.tree import Growing, Notebook, Published, reading
from ledger.dates import rfc3339
from ledger.events.entry import Entry, line
from ledger.verify.order import Order, WrongClocks
from ledger.verify.texts import Openings, Redactions, check_redactions
from ledger.verify.tree import Frontier, leaf_hash

REPORT_EVERY = 1000
_NOT_SEALED = "nothing of this log is sealed yet"


@dataclass(frozen=True)
class Against:
    """The evidence that the log is compared with."""

    origin: str
    """The name of the log."""
    notebook: Path
    """The sealer's notebook, where it is at hand."""
    checkpoints: Sequence[Given] = ()
    """Checkpoints that somebody kept."""
    compared: Collection[str] = ()
    """Tables that are compared with the log row by row elsewhere, so that they hold nothing
    else."""


def audit(url: str, against: Against, progress: Progress) -> list[Check]:
    """Compare everything that the ledger holds with what it must be. Change nothing."""
    with ExitStack() as stack:
        # The notebook first: whatever it has then, the database has had before.
        book = stack.enter_context(reading(against.notebook, against.origin))
        another = stack.enter_context(snapshot(url))
        return [*_the_log(another, against, book, progress), *_beside(another, against)]


def _the_log(
    another: Another, against: Against, book: sqlite3.Connection | str, progress: Progress
) -> list[Check]:
    with another() as conn, another() as beside, another() as sealed:
        entries, accounts, tree = _Entries(beside), Accounts(), _Tree(sealed, against, book)

        def read() -> None:
            total = number(conn, "SELECT count(*) FROM ledger.entries")
            for done, row in enumerate(rows(conn), 1):
                said = line(row.state, row.position, row.recorded_at)
                entry = entries.see(row, said)
                apart([accounts.check], accounts.see, row.position, entry)
                tree.see(row.position, said, entry)
                if done % REPORT_EVERY == 0 or done == total:
                    progress(done, total)

        apart([*entries.checks, accounts.check, *tree.checks], read)
        entries.end(conn)
        tree.end(another, against)
    with another() as conn:
        apart([accounts.check], accounts.end, conn)
    asked = requests(another, accounts.knows)
    return [*entries.checks, accounts.check, asked, *tree.checks]


class _Entries:
    """The entries and what lies beside them, held against what a verifier holds a log against."""

    def __init__(self, beside: psycopg.Connection) -> None:
        self._order = [
            Check("positions", "entries", "contiguous from 1"),
            Check("times", "entries", "recorded_at never runs backwards"),
            Check("streams", "entries", "versions contiguous in each stream"),
            Check("ids", "entries", "each has its own"),
        ]
        self._texts = Check("texts", "texts", "each opens its commitment, or was redacted")
        self._redacted = Check("redactions", "redactions", "each of two accounts")
        self._kept = Check("captures", "captures", "each is what its entry says, or redacted")
        self._bytes = Bytes()
        self._contents = [self._bytes.columns, self._bytes.states]
        others = [self._texts, self._redacted, self._kept]
        self.checks = [*self._order, *self._contents, *others]
        named = ("positions", "recorded_at", "versions", "ids", "openings", "redactions")
        faults = dict(zip(named, [*self._order, self._texts, self._redacted], strict=True))
        read = apart([self._redacted], read_redactions, beside)
        redactions, wrong = read or (Redactions(), WrongClocks())
        self._checker = Order(faults.__getitem__, None, wrong, whole=True)
        self._openings = apart(
            [self._texts],
            lambda: Openings(
                faults.__getitem__, read_openings(beside), redactions, whole=True, complete=True
            ),
        )
        self._captures = apart([self._kept], Captures, self._kept, beside, redactions)
        self._redacted.checked = len(redactions.redacted)
        apart([self._redacted], check_redactions, faults.__getitem__, redactions, whole=True)
        self._last = 0

    def see(self, row: EntryRow, said: bytes) -> Entry | None:
        """Check the next row and its line; return its entry, if this version can read it."""
        for check in self._order:
            check.checked += 1
        self._last = row.position
        apart(self._order, self._checker.take, as_columns_say(row, said))
        logged, entry = apart(self._contents, self._bytes.see, row, said) or (None, None)
        if logged is not None:
            self._texts.checked += sum(one.path != "was" for one in logged.texts)
            if self._openings is not None:
                apart([self._texts], self._openings.take, logged)
            if self._captures is not None:
                apart([self._kept], self._captures.see, logged, entry)
        return entry

    def end(self, conn: psycopg.Connection) -> None:
        """End the checks after the last row."""
        apart(self._order, self._end_order, conn)
        if self._openings is not None:
            apart([self._texts], self._openings.end)
        if self._captures is not None:
            apart([self._kept], self._captures.end)

    def _end_order(self, conn: psycopg.Connection) -> None:
        """Compare the last moment with the database's clock."""
        now, latest = instant(conn), self._checker.counted
        if latest > rfc3339(now + AHEAD):
            self._order[1].find(
                Kind.RECORDED_AHEAD,
                self._last,
                f"Position {self._last:,} or one ahead of it says that it was recorded at "
                f"{latest}; the database's clock says {rfc3339(now)}.",
            )
        self._checker.end()


class _Tree:
    """The tree of the entries, and everything that is compared with it."""

    def __init__(
        self, conn: psycopg.Connection, against: Against, book: sqlite3.Connection | str
    ) -> None:
        self.tree = Frontier()
        self._growing = Growing()
        self._published = Published()
        self._hashes = [self._published.roots, self._published.hashes]
        self._notebook = None if isinstance(book, str) else Notebook(book)
        noted = Check("notebook", "", "", not_checked=book if isinstance(book, str) else None)
        self._noted = [self._notebook.check if self._notebook else noted]
        sizes = self._notebook.sizes if self._notebook else ()
        self._signatures = Signatures(against.origin, against.checkpoints, sizes)
        self._signed = [self._signatures.check]
        self.checks = [*self._hashes, *self._signed, *self._noted]
        apart(self._hashes, self._published.begin, conn)

    def see(self, position: int, said: bytes, entry: Entry | None) -> None:
        """Take the next line of the log, and its entry, if this version can read it."""
        leaf = leaf_hash(said)
        self.tree.append(leaf)
        tiles = list(self._growing.see(leaf))
        apart(self._hashes, self._published.see, leaf, self.tree, tiles)
        apart(self._signed, self._signatures.see, entry, self.tree)
        if self._notebook is not None:
            apart(self._noted, self._notebook.see, position, said, leaf, self.tree, tiles)

    def end(self, another: Another, against: Against) -> None:
        """End the checks after the last row."""
        apart(self._hashes, self._published.end, self.tree)
        if self._notebook is not None:
            apart(self._noted, self._notebook.end, self.tree)
        # Read anew: by now it has all that is published in the database's snapshot.
        with reading(against.notebook, against.origin) as book, another() as conn:
            known = None if self._notebook is None or isinstance(book, str) else book
            apart(self._signed, self._signatures.end, conn, self.tree, known)
        for check in (*self._hashes, *self._signed):
            if not check.checked and not check.found:
                check.not_checked = check.not_checked or _NOT_SEALED


def _beside(another: Another, against: Against) -> list[Check]:
    return [
        witnessed(another),
        elsewhere(another, against.compared),
        guards(another),
    ]
