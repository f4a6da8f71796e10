"""How far the log is sealed, as every page says it, and as `/log` shows it."""

from flask import g

from api.pages.words import moment
from api.requests import current
from ledger.seal.checkpoints import Sealing

NOBODY = "nobody yet"


def newest() -> Sealing | None:
    """The newest checkpoint."""
    return current.sealed().checkpoint()


def size() -> int:
    """How many entries are sealed."""
    return found.size if (found := _of_request()) else 0


def in_words() -> str:
    """How far the log is sealed, and how far somebody else answers for it."""
    found = _of_request()
    if found is None:
        return "Nothing of this log is sealed yet."
    return (
        f"Sealed up to entry {found.size} on {moment(found.sealed_at.isoformat())}. "
        f"Last checkpoint cosigned or stamped by somebody else: {outside()}."
    )


def outside() -> str:
    """The newest checkpoint that somebody else answers for: its size, date, and who."""
    if (found := current.witnessed().horizon()) is None:
        return NOBODY
    return f"{found.size} entries, {found.how} on {moment(found.at.isoformat())} by {found.who}"


def _of_request() -> Sealing | None:
    if "seal" not in g:
        g.seal = newest()
    found: Sealing | None = g.seal
    return found
