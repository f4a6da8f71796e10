"""The roles that a login of the database may act as."""

from typing import Literal, NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, class_row


class Login(NamedTuple):
    """A login, and whether it may act as a role; `may_act` is None if the role does not exist."""

    name: str
    may_act: bool | None


def login_as(
    conn: Connection[TupleRow], role: str, privilege: Literal["MEMBER", "SET"] = "MEMBER"
) -> Login:
    """Return the login of a connection, and whether it may act as a role."""
    with conn.cursor(row_factory=class_row(Login)) as cursor:
        found = cursor.execute(
            "SELECT session_user AS name, CASE WHEN to_regrole(%(role)s) IS NOT NULL"
            " THEN pg_has_role(session_user, %(role)s, %(privilege)s) END AS may_act",
            {"role": role, "privilege": privilege},
        ).fetchone()
    assert found is not None
    return found
