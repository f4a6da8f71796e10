"""The audit of the ledger: one pass over the log in one snapshot, and what lies beside it."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ledger.audit import stores
from ledger.audit.accounts import Accounts
from ledger.audit.entries import Bytes, Order, ids, versions
from ledger.audit.findings import Check, Progress
from ledger.audit.guards import guards
from ledger.audit.log import Row, instant, number, rows, snapshot
from ledger.audit.notebook import Notebook, reading
from ledger.audit.openings import Openings
from ledger.audit.published import Published
from ledger.audit.recomputed import Growing
from ledger.audit.signatures import Given, Signatures
from ledger.audit.witnessed import witnessed
from ledger.events.entry import line
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


def audit(url: str, against: Against, progress: Progress) -> list[Check]:
    """Compare everything that the ledger holds with what it must be; changes nothing."""
    with ExitStack() as stack:
        # The notebook first: whatever it has then, the database has had before.
        book = stack.enter_context(reading(against.notebook, against.origin))
        conn = stack.enter_context(snapshot(url))
        return [*_the_log(conn, against, book, progress), *_beside(conn)]


def _the_log(
    conn: psycopg.Connection, against: Against, book: sqlite3.Connection | str, progress: Progress
) -> list[Check]:
    total = number(conn, "SELECT count(*) FROM ledger.entries")
    order, content, openings, accounts = Order(), Bytes(), Openings(conn), Accounts()
    tree = _Tree(conn, against, book)
    for done, row in enumerate(rows(conn), 1):
        order.see(row)
        entry = content.see(row)
        openings.see(row.position, entry)
        accounts.see(row.position, entry)
        tree.see(row)
        tree.signatures.see(entry, tree.tree)
        if done % REPORT_EVERY == 0 or done == total:
            progress(done, total)
    order.end(instant(conn))
    openings.end()
    accounts.end(conn)
    return [
        order.positions,
        order.times,
        content.columns,
        content.states,
        openings.texts,
        openings.captures,
        accounts.check,
        stores.requests(conn, accounts.knows),
        *tree.end(conn, against),
    ]


class _Tree:
    """The tree of the entries, and all that is compared with it."""

    def __init__(
        self, conn: psycopg.Connection, against: Against, book: sqlite3.Connection | str
    ) -> None:
        self.tree = Frontier()
        self._growing = Growing()
        self._published = Published(conn)
        self._notebook = book if isinstance(book, str) else Notebook(book)
        sizes = self._notebook.sizes if isinstance(self._notebook, Notebook) else ()
        self.signatures = Signatures(against.origin, against.checkpoints, sizes)

    def see(self, row: Row) -> None:
        """The next row of the log."""
        entry = line(row.state, row.position, row.recorded_at)
        leaf = leaf_hash(entry)
        self.tree.append(leaf)
        self._published.see(leaf, self.tree)
        if isinstance(self._notebook, Notebook):
            self._notebook.see(row.position, entry, leaf, self.tree)
        for tile in self._growing.see(leaf):
            self._published.see_tile(tile)
            if isinstance(self._notebook, Notebook):
                self._notebook.see_tile(tile)

    def end(self, conn: psycopg.Connection, against: Against) -> list[Check]:
        """All rows were seen: what was found."""
        self._published.end(self.tree)
        if isinstance(self._notebook, Notebook):
            self._notebook.end(self.tree)
            notebook = self._notebook.check
        else:
            notebook = Check("notebook", "", "", not_checked=self._notebook)
        # Read anew: by now it has all that is published in the database's snapshot.
        with reading(against.notebook, against.origin) as book:
            known = book if isinstance(self._notebook, Notebook) else ""
            self.signatures.end(conn, self.tree, None if isinstance(known, str) else known)
        checks = [self._published.roots, self._published.hashes, self.signatures.check]
        for check in checks:
            if not check.checked and not check.found:
                check.not_checked = _NOT_SEALED
        return [*checks, notebook]


def _beside(conn: psycopg.Connection) -> list[Check]:
    return [
        witnessed(conn),
        versions(conn),
        ids(conn),
        stores.elsewhere(conn),
        guards(conn),
    ]
