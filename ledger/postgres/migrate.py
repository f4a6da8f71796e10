"""Bring a database to the schema of this code: numbered SQL files, each run once, in order.

It also makes two logins: the service's, with the app role alone, and the sealer's, with that of the
sealer alone. Neither can change or drop what the log is kept in, and the sealer's reads no text.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from psycopg import Connection, conninfo, errors, sql
from psycopg.rows import TupleRow

from ledger.errors import AnswerableError
from ledger.postgres.connections import APP_ROLE, OWNER_ROLE, SEALER_ROLE

FILE_NAME = re.compile(r"(\d{3})_[a-z0-9_]+\.sql")
LOCK = 0x616E7377  # "answ": the advisory lock of this database's migrations
LOCK_TIMEOUT = "60s"
ROLE_TRIES = 20  # roles are shared by all databases of a server, which may migrate at once

_THERE_ALREADY = (
    errors.DuplicateColumn,
    errors.DuplicateFunction,
    errors.DuplicateObject,
    errors.DuplicateSchema,
    errors.DuplicateTable,
)


class MigrationError(AnswerableError):
    """The database can't be brought to this code's schema; the sentence says what to do."""


@dataclass(frozen=True)
class Migration:
    """One file: `number` counts from 1 without a gap, `sha256` is of its text with LF ends."""

    number: int
    name: str
    sql: bytes
    sha256: str


def newest() -> int:
    """Return the number of this code's last migration."""
    names = (entry.name for entry in (files("ledger.postgres") / "migrations").iterdir())
    return max(int(found[1]) for name in names if (found := FILE_NAME.fullmatch(name)))


def migrate(
    connection: Connection[TupleRow],
    directory: Traversable | None = None,
    *,
    upto: int | None = None,
) -> list[int]:
    """Apply what is pending, or of that what has a number up to `upto`, and return its numbers; two
    at once both succeed.

    The connection is the owner's, in autocommit mode. Each file runs in a transaction of its own
    as `answerable_owner`, with `search_path` empty but for `pg_catalog`: it qualifies every name.
    Raises MigrationError.
    """
    if not connection.autocommit:
        raise ValueError("migrate() makes its own transactions: give it an autocommit connection.")
    known = migrations(directory)
    with _lock(connection):
        _prepare(connection)
        waiting = _pending(connection, known)
        waiting = [one for one in waiting if upto is None or one.number <= upto]
        for migration in waiting:
            _apply(connection, migration)
    return [migration.number for migration in waiting]


def pending(connection: Connection[TupleRow], directory: Traversable | None = None) -> list[int]:
    """Return the numbers of the files not applied yet; change nothing. Raises MigrationError."""
    return [migration.number for migration in _pending(connection, migrations(directory))]


def migrations(directory: Traversable | None = None) -> list[Migration]:
    """Read the files of a directory (default: those of the package) in order. Raises
    MigrationError."""
    place = files("ledger.postgres") / "migrations" if directory is None else directory
    found = []
    for entry in place.iterdir() if place.is_dir() else ():
        if not entry.name.endswith(".sql"):
            continue
        match = FILE_NAME.fullmatch(entry.name)
        if not match:
            raise MigrationError(f"{entry.name} isn't named like 001_a_few_words.sql: rename it.")
        sql = entry.read_bytes().replace(b"\r\n", b"\n")
        found.append(Migration(int(match[1]), entry.name, sql, sha256(sql).hexdigest()))
    found.sort(key=lambda migration: migration.name)
    for expected, migration in enumerate(found, 1):
        if migration.number != expected:
            raise MigrationError(
                f"{migration.name} stands where number {expected:03} belongs: number the "
                "migrations from 001, each once, without a gap."
            )
    return found


def _pending(connection: Connection[TupleRow], known: list[Migration]) -> list[Migration]:
    """Return the files that are not applied, after a check that those applied are the ones we
    know."""
    exists = connection.execute("SELECT to_regclass('public.answerable_migrations')").fetchone()
    if exists is None or exists[0] is None:
        return known
    rows = connection.execute(
        "SELECT number, name, sha256 FROM public.answerable_migrations ORDER BY number"
    ).fetchall()
    applied = {number or 0: (name, digest) for number, name, digest in rows}
    if 0 in applied:
        raise MigrationError(
            "public.answerable_migrations has a row without a number, which no version of "
            "Answerable writes: take it out, and call `answerable audit`."
        )
    last = max(applied, default=0)
    if last > len(known):
        raise MigrationError(
            f"The database has {applied[last][0]!a} (number {last}), unknown to this version of "
            "Answerable: install the version that migrated it, or a newer one. If "
            "there is none, somebody put the row in: `answerable audit`."
        )
    for migration in known:
        name, digest = applied.get(migration.number, (migration.name, migration.sha256))
        if digest != migration.sha256:
            raise MigrationError(
                f"{migration.name} has changed since it was applied (as {name!a}): restore it, and "
                "put the change into a new migration."
            )
    waiting = [migration for migration in known if migration.number not in applied]
    if waiting and waiting[0].number < last:
        raise MigrationError(_row_is_gone(waiting[0]))
    return waiting


def _row_is_gone(migration: Migration) -> str:
    return (
        f"{migration.name} was applied to this database, and its row in "
        "public.answerable_migrations is gone: somebody deleted it. Put it back: "
        f"number {migration.number}, name {migration.name}, sha256 {migration.sha256}. Then call "
        "`answerable audit`."
    )


def _apply(connection: Connection[TupleRow], migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
            connection.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
            connection.execute(migration.sql)
            connection.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())  # whatever the file left
            connection.execute(
                "INSERT INTO public.answerable_migrations (number, name, sha256) "
                "VALUES (%s, %s, %s)",
                (migration.number, migration.name, migration.sha256),
            )
    except _THERE_ALREADY as error:
        raise MigrationError(f"{_row_is_gone(migration)} (Applied anew: {error})") from error
    except errors.Error as error:
        raise MigrationError(
            f"{migration.name} failed and was undone; those before it are kept. Mend it: {error}"
        ) from error
    finally:
        if not connection.closed:
            connection.execute("RESET ROLE")  # a file may have set it for the session
            connection.execute("RESET search_path")


@contextmanager
def _lock(connection: Connection[TupleRow]) -> Iterator[None]:
    """Let one migrator at a time work on a database; another waits for a minute."""
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
            connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    except errors.LockNotAvailable as error:
        raise MigrationError(
            f"Another process has been migrating this database for {LOCK_TIMEOUT}: wait until it "
            "is done, and try again."
        ) from error
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _prepare(connection: Connection[TupleRow]) -> None:
    """Make the roles and the table of migrations, as far as they are missing.

    Roles belong to the whole server, and no lock reaches across its databases: where another
    database's migration was quicker, look again.
    """
    try:
        for attempt in range(1, ROLE_TRIES + 1):
            try:
                with connection.transaction():
                    for statement in _missing(connection):
                        connection.execute(statement.encode())
                break
            except (errors.DuplicateObject, errors.UniqueViolation, errors.InternalError_):
                if attempt == ROLE_TRIES:
                    raise
        _make_table(connection)
    except errors.Error as error:
        raise MigrationError(
            f"This user can't prepare the database's roles ({error.diag.message_primary}): migrate "
            "as a superuser, or as the database's owner with CREATEROLE, by "
            "ANSWERABLE_MIGRATE_DATABASE_URL. Where another database of this server has the roles "
            f"already, the owner needs them too: GRANT {APP_ROLE}, {OWNER_ROLE}, {SEALER_ROLE} TO "
            "the owner WITH ADMIN TRUE."
        ) from error


def _missing(connection: Connection[TupleRow]) -> Iterator[str]:
    """Yield the statements that are still needed; none if all was prepared before."""

    def yes(question: str) -> bool:
        row = connection.execute(question.encode()).fetchone()
        return row is not None and bool(row[0])

    for role in (APP_ROLE, OWNER_ROLE, SEALER_ROLE):
        if not yes(f"SELECT to_regrole('{role}') IS NOT NULL"):
            yield f"CREATE ROLE {role} NOLOGIN"
    if not yes(f"SELECT pg_has_role('{OWNER_ROLE}', '{APP_ROLE}', 'SET')"):
        yield f"GRANT {APP_ROLE} TO {OWNER_ROLE} WITH SET TRUE"
    for role in (APP_ROLE, OWNER_ROLE, SEALER_ROLE):
        if not yes(f"SELECT pg_has_role(current_user, '{role}', 'SET')"):
            yield f"GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE"
    if not yes(f"SELECT has_database_privilege('{OWNER_ROLE}', current_database(), 'CREATE')"):
        row = connection.execute("SELECT quote_ident(current_database())").fetchone()
        yield f"GRANT CREATE ON DATABASE {row[0] if row else ''} TO {OWNER_ROLE}"


def _make_table(connection: Connection[TupleRow]) -> None:
    row = connection.execute("SELECT to_regclass('public.answerable_migrations')").fetchone()
    if row and row[0]:
        return
    with connection.transaction():
        connection.execute(f"GRANT CREATE ON SCHEMA public TO {OWNER_ROLE}".encode())
        connection.execute(f"SET LOCAL ROLE {OWNER_ROLE}".encode())
        connection.execute(
            "CREATE TABLE public.answerable_migrations ("
            "number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, "
            "applied_at timestamptz NOT NULL DEFAULT now())"
        )
        connection.execute("GRANT SELECT ON public.answerable_migrations TO PUBLIC")
        connection.execute("RESET ROLE")
        connection.execute(f"REVOKE CREATE ON SCHEMA public FROM {OWNER_ROLE}".encode())


class LoginError(AnswerableError):
    """A login can't be made or given its role; the sentence says what to do."""


def ensure_login(owner: Connection[TupleRow], url: str, role: str = APP_ROLE) -> bool:
    """Make the user of a database URL, if it is missing, and let it act as a role. Return whether
    it was made.

    A user that is there keeps its password. The user who migrates is left as it is. The password
    goes to the server as a SCRAM verifier (RFC 5802), so that no log has it. Raises LoginError.
    """
    given = conninfo.conninfo_to_dict(url)
    user, password = given.get("user"), given.get("password")
    if user is None or user == owner.info.user:
        return False
    name = sql.Identifier(str(user))
    try:
        with owner.transaction():
            there = owner.execute("SELECT FROM pg_roles WHERE rolname = %s", [user]).fetchone()
            if there is None:
                owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
                if password is not None:
                    verifier = owner.pgconn.encrypt_password(
                        str(password).encode(), str(user).encode(), b"scram-sha-256"
                    ).decode()
                    owner.execute(
                        sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier))
                    )
            may = owner.execute("SELECT pg_has_role(%s, %s, 'SET')", [user, role]).fetchone()
            if may != (True,):
                owner.execute(
                    sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
                        sql.Identifier(role), name
                    )
                )
    except errors.Error as error:
        raise LoginError(
            f"This user can't make the login {user} ({error.diag.message_primary}): migrate as a "
            f"superuser or with CREATEROLE, or make it yourself and GRANT {role} to it."
        ) from error
    return there is None
