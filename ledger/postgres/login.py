"""The login that the service itself connects as: made beside the schema, with the app role alone.

Whoever runs the web and the followers then holds no way to change or drop what the log is kept in.
"""

from psycopg import Connection, conninfo, errors, sql
from psycopg.rows import TupleRow

from ledger.errors import AnswerableError
from ledger.postgres.connections import APP_ROLE


class LoginError(AnswerableError):
    """The service's login can't be made or given its role; the sentence says what to do."""


def ensure_login(owner: Connection[TupleRow], url: str) -> bool:
    """See that the user of a database URL is there and may act as the app role: whether it was
    made. One that is there keeps its password; the user who migrates is left as it is.

    The password goes to the server as a SCRAM verifier (RFC 5802), so that no log has it.
    """
    given = conninfo.conninfo_to_dict(url)
    user, password = given.get("user"), given.get("password")
    if user is None or user == owner.info.user:
        return False
    name, role = sql.Identifier(str(user)), sql.Identifier(APP_ROLE)
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
            may = owner.execute("SELECT pg_has_role(%s, %s, 'SET')", [user, APP_ROLE]).fetchone()
            if may != (True,):
                owner.execute(
                    sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(role, name)
                )
    except errors.Error as error:
        raise LoginError(
            f"This user can't make the login {user} ({error.diag.message_primary}): migrate as a "
            f"superuser or with CREATEROLE, or make it yourself and GRANT {APP_ROLE} to it."
        ) from error
    return there is None
