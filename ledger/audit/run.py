"""The audit of the ledger: one pass over the log in one snapshot, the stores beside the log, and
the guards in the database.

The guards are everything in the schemas of the migrations, the privileges there, and the settings
that switch guards off. They are compared with catalogue.tsv, which keeps what the migrations make;
a test compares that file with a database that was just migrated (`python -m tests.audit.catalogue`
writes it anew). A guard that was changed or taken away shows that somebody could change the record.
A guard that was put back again shows nothing: the entries themselves are compared with what was
signed.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psycopg

from ledger.audit.entries import AHEAD, Accounts, Bytes, as_columns_say, requests
from ledger.audit.findings import Another, Check, Kind, Progress, apart, part
from ledger.audit.log import EntryRow, instant, number, rows, snapshot
from ledger.audit.signatures import Given, Signatures, witnessed
from ledger.audit.texts import Captures, elsewhere, read_openings, read_redactions
from ledger.audit.tree import Growing, Notebook, Published, reading
from ledger.dates import rfc3339
from ledger.events.entry import Entry, line
from ledger.postgres.connections import OWNER_ROLE
from ledger.verify.order import Order, WrongClocks
from ledger.verify.texts import Openings, Redactions, check_redactions
from ledger.verify.tree import Frontier, leaf_hash

REPORT_EVERY = 1000
_NOT_SEALED = "nothing of this log is sealed yet"
Catalogue = dict[tuple[str, str], str]
"""The properties of the database, by the thing and its property, both in words."""
_QUERY = files("ledger.audit") / "catalogue.sql"
_KEPT = files("ledger.audit") / "catalogue.tsv"
_HASHED = {"body", "query", "words"}
"""Properties that are kept as a hash, which says nothing to a reader."""


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


@part("guards", "properties of the database", "all as the migrations have them")
def guards(check: Check, conn: psycopg.Connection) -> None:
    """Check that the database is what the migrations make, and that nothing interferes with a
    table."""
    wanted, there = expected(), catalogue(conn)
    check.checked = len(wanted)
    things = {one for one, _ in wanted}, {one for one, _ in there}
    named: set[str] = set()
    for thing, what in sorted(wanted.keys() | there.keys()):
        ought, found = wanted.get((thing, what)), there.get((thing, what))
        if ought == found:
            continue
        if thing in named:
            continue
        if thing not in things[0] & things[1]:  # gone or added as a whole
            named.add(thing)
        kind, says = _difference(things, thing, what, ought, found)
        is_name = "." in says.partition(" ")[0]
        check.find(kind, 0, says if is_name else says[0].upper() + says[1:])
    for table, what in _in_the_way(conn):
        check.find(
            Kind.GUARD_CHANGED,
            0,
            f"{table} has {what}, which no migration made: what is written or read may not be what "
            "is there. Take it away, and look at every other finding.",
        )
    check.holds += _who_owns(conn)


def _difference(
    things: tuple[set[str], set[str]], thing: str, what: str, ought: str | None, found: str | None
) -> tuple[Kind, str]:
    """Return what a difference is, in a sentence. `things` are the expected ones, and those that
    are there."""
    again = "Put it back as the migrations have it, and look at every other finding."
    away = "Take it away, and look at every other finding."
    if thing not in things[1]:
        return Kind.GUARD_MISSING, f"{thing} is gone. {again}"
    if thing not in things[0]:
        shown = "" if what in _HASHED else f" ({what}: {found})"
        return Kind.GUARD_CHANGED, f"{thing}{shown} is made by no migration. {away}"
    if found == "switched off":
        return Kind.GUARD_MISSING, f"{thing} is switched off. {again}"
    if found is None:
        return Kind.GUARD_MISSING, f"{thing} has lost this: {what}, {ought}. {again}"
    if ought is None:
        return Kind.GUARD_CHANGED, f"{thing}: {what}, {found}, which no migration made. {away}"
    if what in _HASHED:
        are = "are not those" if what == "words" else "is not that"
        return Kind.GUARD_CHANGED, f"the {what} of {thing} {are} of the migrations. {again}"
    differs = f"its {what} is “{found}”, not “{ought}”"
    return Kind.GUARD_CHANGED, f"{thing} is not as the migrations have it: {differs}. {again}"


def catalogue(conn: psycopg.Connection) -> Catalogue:
    """Read what stands in the schemas of a database, within a transaction."""
    conn.execute("SAVEPOINT catalogue")
    try:
        conn.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        rows = conn.execute(_QUERY.read_bytes()).fetchall()
    finally:
        conn.execute("ROLLBACK TO SAVEPOINT catalogue")  # with the search_path
    found: Catalogue = {}
    for thing, what, how in rows:  # several may have one name: join them
        before = found.get((thing, what))
        found[thing, what] = how if before is None else f"{before}; {how}"
    return found


def expected() -> Catalogue:
    """Read what the migrations make."""
    rows = (line.split("\t") for line in _KEPT.read_text("utf-8").splitlines())
    return {(thing, what): how for thing, what, how in rows}


def written(found: Catalogue) -> str:
    """Write a catalogue in the form of the file that keeps it."""
    return "".join(f"{thing}\t{what}\t{how}\n" for (thing, what), how in sorted(found.items()))


def _in_the_way(conn: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Find what interferes with a read model's table.

    A rule or a policy may show other rows to another role. A trigger or a foreign key may change
    what is written. A comment may hold a text. A view in a table's place has a rule as well.
    """
    yield from conn.execute(
        """
        SELECT n.nspname || '.' || c.relname, w.what
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL (
              SELECT 'a rewrite rule ' || r.rulename AS what
                FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid
              UNION ALL SELECT 'row security' WHERE c.relrowsecurity
              UNION ALL SELECT 'a trigger ' || t.tgname
                FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
              UNION ALL SELECT 'a foreign key ' || k.conname || ' of ' || k.conrelid::regclass
                FROM pg_catalog.pg_constraint k
               WHERE k.contype = 'f' AND c.oid IN (k.confrelid, k.conrelid)
              UNION ALL SELECT DISTINCT 'a comment'
                FROM pg_catalog.pg_description d
               WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid
                 AND NOT (d.objsubid = 0 AND c.relname IN ('responses', 'reports')
                          -- of which shape the tables are, and up to where they are built
                          AND d.description ~
                              '^([0-9a-f]{1,64}|being built up to position [0-9]{1,16})$')
              UNION ALL SELECT 'no rows of its own' WHERE c.relkind NOT IN ('r', 'i', 'v')
              UNION ALL SELECT 'an index that is not valid, ' || i.indexrelid::regclass
                FROM pg_catalog.pg_index i
               WHERE i.indrelid = c.oid AND NOT (i.indisvalid AND i.indisready)
          ) w
         WHERE n.nspname IN ('projections', 'projections_next') ORDER BY 1, 2
        """
    ).fetchall()


def _who_owns(conn: psycopg.Connection) -> str:
    """Name who may act as the owner, and so take a guard away. No table says whether they
    should."""
    rows = conn.execute(
        """
        WITH RECURSIVE acting AS (
            SELECT member FROM pg_auth_members WHERE roleid = to_regrole(%s) UNION
            SELECT m.member FROM acting a JOIN pg_auth_members m ON m.roleid = a.member
        )
        SELECT pg_get_userbyid(member)::text FROM acting ORDER BY 1 LIMIT 20
        """,
        [OWNER_ROLE],
    ).fetchall()
    names = ", ".join(name for (name,) in rows)
    return f"; who may take them away, superusers beside: {names or 'nobody'}"
