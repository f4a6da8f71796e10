"""Readiness, with every reason against it, for `/readyz` and `status`.

A reason has a name, which stays the same for monitors, and a sentence that says what to do.
docs/run.md explains each. The relay is never a reason: its broker is elsewhere, and no client here
depends on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from api.feeds import webhooks
from api.store import subscriptions
from ledger import clock
from ledger.log.condition import Condition, condition, for_reading
from ledger.log.follower import Progress, progress
from ledger.log.redactions import Held, held_against_the_log
from ledger.postgres.migrate import pending
from ledger.seal import sealer
from ledger.seal.checkpoints import waiting
from ledger.seal.vouch import is_vouched
from projections.read_models import patrol, schemas, tables

LONGEST = 10.0
"""The seconds that an entry may wait for its seal; on a standby, for a follower too."""
ALWAYS = (tables.PROJECTOR, sealer.NAME)
"""The followers that every service has."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for which the service is not ready."""

    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """The state that was looked at, and the reasons found in it."""

    migrations_missing: Sequence[int]
    followers: Sequence[Progress]
    held_against_the_log: Sequence[Held]
    webhooks: Mapping[str, int]
    """The number of subscriptions by state."""
    reasons: Sequence[Reason]


def look(conn: psycopg.Connection, url: str) -> Readiness:
    """Return the readiness of the service over the database of a URL, to which `conn` is
    connected."""
    if missing := pending(conn):
        numbers = ", ".join(f"{one:03}" for one in missing)
        says = f"Migrations {numbers} are missing: run `answerable migrate`."
        return Readiness(missing, (), (), {}, [Reason("migrations-missing", says)])
    database, receivers = condition(conn), subscriptions.standings(conn)
    sent_to = receivers["active"] + receivers["failing"] > 0
    expected = (*ALWAYS, webhooks.NAME) if sent_to else ALWAYS
    followers, held = progress(conn, expected), held_against_the_log(conn)
    reasons = [
        *_writes(database, for_reading(url)),
        *_sealed(conn, database.standby),
        *(
            reason
            for one in followers
            if one.name in expected
            for reason in _follower(one, database.standby)
        ),
        *_read_models(conn, followers),
    ]
    if held:
        says = f"{len(held):,} texts that the log calls redacted are here: `answerable erase`."
        reasons.append(Reason("held-against-the-log", says))
    return Readiness((), followers, held, receivers, reasons)


def of_followers(conn: psycopg.Connection, names: Sequence[str]) -> list[Reason]:
    """Return the reasons why followers do not go on; the sealer's login may ask this too."""
    standby = condition(conn).standby
    seal = _sealed(conn, standby) if sealer.NAME in names else ()
    followers = [one for one in progress(conn, names) if one.name in names]
    return [*seal, *(reason for one in followers for reason in _follower(one, standby))]


def another_origin(given: str, log: str | None) -> Iterator[Reason]:
    """Yield a reason if the log has another name than the settings."""
    if log not in (None, given):
        says = f"The log of this database is {log}, and ANSWERABLE_ORIGIN is {given}: set that one."
        yield Reason("another-origin", says)


def _writes(database: Condition, reads: bool) -> Iterator[Reason]:
    """Yield the reasons why nothing can be recorded here, unless this process is for reading
    only."""
    if database.read_only and not reads:
        what = "is a standby" if database.standby else "is set read-only"
        says = (
            f"The database takes no writes: it {what}. Let ANSWERABLE_DATABASE_URL lead to the "
            "primary; for a process that only reads, add target_session_attrs=standby to it."
        )
        yield Reason("takes-no-writes", says)
    if (says_clock := database.clocks(clock.now())) is not None:
        yield Reason("clocks-disagree", says_clock)


def _sealed(conn: psycopg.Connection, standby: bool) -> Iterator[Reason]:
    """Yield a reason if an entry has waited too long for its seal. Yield another if the log takes
    no entries because the sealer does not vouch for this server's log. A standby takes no entries
    anyway."""
    seal = waiting(conn)
    if seal.size > 0 and not standby and not is_vouched(conn):
        says = (
            "Nothing is recorded until the sealer has compared this server's log with what it "
            "signed: start it, or see what its log says (docs/keys.md)."
        )
        yield Reason("not-vouched", says)
    if seal.seconds > LONGEST:
        says = (
            f"Entry {seal.size + 1:,} has waited for its seal for {seal.seconds:,.0f} s: start the "
            "sealer (`answerable worker --only sealer`), or see what its log says."
        )
        yield Reason("not-sealed", says)


def _follower(one: Progress, standby: bool) -> Iterator[Reason]:
    """Yield the reason why a follower does not go on. A standby does not show who leads."""
    if one.held_at is not None:
        says = f"The {one.name} is held at position {one.held_at:,}: {one.held_why}"
        yield Reason(f"{one.name}-held", says)
    elif standby and one.waited > LONGEST:
        says = (
            f"Position {one.position + 1:,} has waited for the {one.name} for {one.waited:,.0f} s: "
            "look at the primary."
        )
        yield Reason(f"{one.name}-behind", says)
    elif not standby and not one.led:
        says = (
            f"No process leads the {one.name}: start it (`answerable worker --only {one.name}`), "
            "or see what its log says."
        )
        yield Reason(f"{one.name}-not-led", says)


def _read_models(conn: psycopg.Connection, followers: Sequence[Progress]) -> Iterator[Reason]:
    """Yield a reason for each row that differs from the log, and one while the read models are
    being built."""
    for says in patrol.differences(conn):
        yield Reason("row-differs", says)
    (models,) = (one for one in followers if one.name == tables.PROJECTOR)
    upto = schemas.being_built_up_to(conn)
    if upto is None:
        far = models.held_why or "the projector builds them"
        says = f"The read models of this version are not there yet: {far}. Wait until all are."
        yield Reason("read-models-being-built", says)
    elif models.position < upto:
        says = (
            f"The read models are being built: {models.position:,} of {upto:,} entries are in "
            "them. Wait until all are."
        )
        yield Reason("read-models-being-built", says)
