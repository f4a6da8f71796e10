"""The audit of the ledger: one pass over the log in one snapshot, and what lies beside it."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ledger.audit.entries import Accounts, Bytes, Order, ids, requests, versions
from ledger.audit.findings import Another, Check, Progress, apart
from ledger.audit.guards import guards
from ledger.audit.log import Row, instant, number, rows, snapshot
from ledger.audit.signatures import Given, Signatures, witnessed
from ledger.audit.texts import Openings, elsewhere
from ledger.audit.tree import Growing, Notebook, Published, reading
from ledger.events.entry import Entry, line
from ledger.verify.tree import Frontier, leaf_hash

REPORT_EVERY = 1000
_NOT_SEALED = "nothing of this log is sealed yet"


@dataclass(frozen=True)
class Against:
    """What the log is held against, beside itself."""

    origin: str
    """The name of the log."""
    notebook: Path
    """The sealer's notebook, where it is at hand."""
    checkpoints: Sequence[Given] = ()
    """Checkpoints that somebody kept."""
    compared: Collection[str] = ()
    """Tables that are compared with the log row by row besides, so that they hold what it says
    alone."""


def audit(url: str, against: Against, progress: Progress) -> list[Check]:
    """Compare everything that the ledger holds with what it must be; changes nothing."""
    with ExitStack() as stack:
        # The notebook first: whatever it has then, the database has had before.
        book = stack.enter_context(reading(against.notebook, against.origin))
        another = stack.enter_context(snapshot(url))
        return [*_the_log(another, against, book, progress), *_beside(another, against)]


def _the_log(
    another: Another, against: Against, book: sqlite3.Connection | str, progress: Progress
) -> list[Check]:
    with another() as conn, another() as beside, another() as sealed:
        order, content, openings, accounts = Order(), Bytes(), Openings(beside), Accounts()
        orders, contents = [order.positions, order.times], [content.columns, content.states]
        opened, named = [openings.texts, openings.captures], [accounts.check]
        tree = _Tree(sealed, against, book)

        def read() -> None:
            total = number(conn, "SELECT count(*) FROM ledger.entries")
            for done, row in enumerate(rows(conn), 1):
                apart(orders, order.see, row)
                entry = apart(contents, content.see, row)
                apart(opened, openings.see, row.position, entry)
                apart(named, accounts.see, row.position, entry)
                tree.see(row, entry)
                if done % REPORT_EVERY == 0 or done == total:
                    progress(done, total)

        apart([*orders, *contents, *opened, *named, *tree.checks], read)
        apart(orders, lambda: order.end(instant(conn)))
        apart(opened, openings.end)
        tree.end(another, against)
    with another() as conn:
        apart(named, accounts.end, conn)
    asked = requests(another, accounts.knows)
    return [*orders, *contents, *opened, *named, asked, *tree.checks]


class _Tree:
    """The tree of the entries, and all that is compared with it."""

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

    def see(self, row: Row, entry: Entry | None) -> None:
        """The next row of the log, and its entry, where it is one."""
        said = line(row.state, row.position, row.recorded_at)
        leaf = leaf_hash(said)
        self.tree.append(leaf)
        tiles = list(self._growing.see(leaf))
        apart(self._hashes, self._published.see, leaf, self.tree, tiles)
        apart(self._signed, self._signatures.see, entry, self.tree)
        if self._notebook is not None:
            apart(self._noted, self._notebook.see, row.position, said, leaf, self.tree, tiles)

    def end(self, another: Another, against: Against) -> None:
        """All rows were seen."""
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
        versions(another),
        ids(another),
        elsewhere(another, against.compared),
        guards(another),
    ]
