"""Changes that an administrator of the database can make to a log: each a function over a trial.

They work as the superuser, with the triggers off. They also change columns, texts and cached
hashes, as a careful forger would.
"""

import dataclasses
import json
from uuid import UUID

import psycopg
import rfc8785

from ledger.acts.correction import correct_entry
from ledger.acts.decision import Notice
from ledger.acts.redaction import confirm_redaction, seek_redaction
from ledger.audit.tree import Growing
from ledger.events import ReportPublished
from ledger.events.entry import Entry, decode, encode, line, new_id
from ledger.events.texts import say
from ledger.verify.tree import leaf_hash
from projections.states.values import RecommendationState
from tests.audit.trial import CLERK, KEEPER, Trial

STATUS = RecommendationState.__struct_fields__.index("status")
TABLES = ("entries", "texts", "captures")


def edit_state(trial: Trial) -> int:
    """Say in an entry that word came first hand: canonical, and every column agrees."""
    position: int = trial.value(
        "SELECT min(position) FROM ledger.entries WHERE topic = 'recommendation-raised'"
    )
    state = trial.value("SELECT state FROM ledger.entries WHERE position = %s", position)
    said = json.loads(state) | {"provenance": "first_hand"}
    trial.tamper(
        "UPDATE ledger.entries SET state = %(state)s WHERE position = %(position)s",
        state=rfc8785.dumps(said),
        position=position,
    )
    return position


def edit_state_and_hashes(trial: Trial) -> int:
    """Edit the state and every stored hash of it: leaves, tiles and their roots."""
    position = edit_state(trial)
    cache_hashes_again(trial)
    return position


def cache_hashes_again(trial: Trial) -> None:
    """Make all leaf hashes and tiles from the entries as they are now."""
    growing, leaves = Growing(), b""
    with psycopg.connect(trial.url) as connection:
        connection.execute("SET session_replication_role = replica")
        for state, at, instant in connection.execute(
            "SELECT state, position, recorded_at FROM ledger.entries ORDER BY position"
        ).fetchall():
            leaf = leaf_hash(line(state, at, instant))
            leaves += leaf
            for tile in growing.see(leaf):
                connection.execute(
                    "UPDATE ledger.tiles SET root = %s, hashes = %s WHERE level = %s AND tile = %s",
                    [tile.root, tile.hashes, tile.level, tile.index],
                )
        before = 0
        for (size,) in connection.execute(
            "SELECT size FROM ledger.checkpoints ORDER BY size"
        ).fetchall():
            connection.execute(
                "UPDATE ledger.checkpoints SET leaves = %s WHERE size = %s",
                [leaves[before * 32 : size * 32], size],
            )
            before = size


def edit_time(trial: Trial) -> int:
    """Let an entry have been recorded a moment earlier, still after the one ahead of it."""
    position: int = trial.value(
        "SELECT max(one.position) FROM ledger.entries one"
        " JOIN ledger.entries other ON other.position = one.position - 1"
        " WHERE one.recorded_at > other.recorded_at + interval '2 microseconds'"
    )
    trial.tamper(
        "UPDATE ledger.entries SET recorded_at = recorded_at - interval '1 microsecond'"
        " WHERE position = %(position)s",
        position=position,
    )
    return position


def edit_column(trial: Trial) -> int:
    """Move an update to another stream, in the column alone."""
    position: int = trial.value(
        "SELECT position FROM ledger.entries WHERE topic = 'update-received'"
        " ORDER BY position OFFSET 20 LIMIT 1"
    )
    trial.tamper(
        "UPDATE ledger.entries SET topic = 'withdrawn' WHERE position = %(position)s",
        position=position,
    )
    return position


def delete(trial: Trial) -> int:
    """Delete an entry with its texts, from the middle of its stream."""
    position: int = trial.value(
        "SELECT min(position) FROM ledger.texts JOIN ledger.entries one USING (position)"
        " WHERE position > (SELECT max(position) / 2 FROM ledger.entries) AND EXISTS ("
        "  SELECT FROM ledger.entries later"
        "   WHERE later.stream = one.stream AND later.version = one.version + 1)"
    )
    for table in TABLES:
        trial.tamper(f"DELETE FROM ledger.{table} WHERE position = %(position)s", position=position)
    return position


def swap(trial: Trial) -> int:
    """Let two entries of one moment, in two streams, change places, with their texts."""
    position: int = trial.value(
        "SELECT one.position FROM ledger.entries one"
        " JOIN ledger.entries other ON other.position = one.position + 1"
        " WHERE one.recorded_at = other.recorded_at AND one.stream <> other.stream"
        " AND one.position > 200 ORDER BY 1 LIMIT 1"
    )
    for table in TABLES:
        trial.tamper(
            f"UPDATE ledger.{table} SET position = position + 1000000"
            f" WHERE position IN (%(one)s, %(one)s + 1)",
            f"UPDATE ledger.{table} SET position = 2 * %(one)s + 1 - (position - 1000000)"
            " WHERE position > 1000000",
            one=position,
        )
    return position


def insert_between(trial: Trial) -> int:
    """Put an entry in among the others, which move on by one."""
    position = _middle(trial)
    for table in TABLES:
        trial.tamper(
            f"UPDATE ledger.{table} SET position = position + 1000000"
            " WHERE position >= %(position)s",
            f"UPDATE ledger.{table} SET position = position - 999999 WHERE position > 1000000",
            position=position,
        )
    put_in(trial, position, position - 1)
    return position


def append_old(trial: Trial) -> int:
    """Put an entry at the end, which says that it was recorded long ago."""
    position = trial.position + 1
    put_in(trial, position, 1)
    return position


def cut_tail(trial: Trial) -> int:
    """Delete the last entries, with their texts, and all checkpoints and hashes over them."""
    left = trial.position - 2
    for table in TABLES:
        trial.tamper(f"DELETE FROM ledger.{table} WHERE position > %(left)s", left=left)
    trial.tamper(
        "DELETE FROM ledger.checkpoints WHERE size > %(left)s",
        "UPDATE follow.positions SET position = least(position, %(left)s)",
        left=left,
    )
    return left


def rewrite_text(trial: Trial) -> int:
    """Rewrite a text, and its row's commitment with it."""
    position: int = trial.value("SELECT max(position) / 2 FROM ledger.entries")
    position = trial.value("SELECT min(position) FROM ledger.texts WHERE position > %s", position)
    trial.tamper(
        "UPDATE ledger.texts SET body = 'Forged.', commitment = sha256("
        "  'answerable/text/v1'::bytea || '\\x00'::bytea || salt || 'Forged.'::bytea)"
        " WHERE position = %(position)s",
        position=position,
    )
    return position


def put_back(trial: Trial) -> int:
    """Redact a text as the service does, and put it into its table again."""
    position, row = redact(trial)
    _insert(trial, row)
    return position


def put_back_as_was(trial: Trial) -> int:
    """Put a redacted text into its table again, where a later correction repeats its commitment
    without its words."""
    _, row = redact(trial)
    position = correct(trial, *row[:2])
    _insert(trial, (position, "was", *row[2:]))
    return position


Row = tuple[int, str, bytes, bytes, str]
"""A row of ledger.texts."""


def correct(trial: Trial, position: int, field: str) -> int:
    """Say what the text of an entry should have been, and seal it: the correction's position."""
    (target,) = trial.log.read(position - 1, 1)
    now, reason = say("Without it."), say("It is gone.")
    done = trial.log.record(
        CLERK,
        correct_entry,
        trial.log.entry(target.id),
        Notice(),
        field=field,
        now=now,
        reason=reason,
    )
    trial.seal()
    trial.follow()
    return done.entries[0].position


def redact(trial: Trial) -> tuple[int, Row]:
    """Redact a text by two accounts, and return its position and its row as it was."""
    with psycopg.connect(trial.url) as connection:
        row: Row = connection.execute(
            "SELECT t.position, t.field, t.commitment, t.salt, t.body FROM ledger.texts t"
            " JOIN ledger.entries e USING (position) WHERE topic = 'recommendation-raised'"
            " AND field = 'text' ORDER BY position LIMIT 1"
        ).fetchone() or (0, "", b"", b"", "")
    log = trial.log
    (target,) = log.read(row[0] - 1, 1)
    sought = log.record(
        CLERK,
        seek_redaction,
        log.entry(target.id),
        Notice(),
        field=row[1],
        basis="entered_in_error",
    )
    log.record(log.account(KEEPER), confirm_redaction, log.entry(sought.entries[0].id), Notice())
    trial.seal()
    trial.follow()
    return row[0], row


def _insert(trial: Trial, row: Row) -> None:
    with psycopg.connect(trial.url) as connection:
        connection.execute("INSERT INTO ledger.texts VALUES (%s, %s, %s, %s, %s)", row)


def delete_text(trial: Trial) -> int:
    """Delete a text, without a redaction."""
    position: int = trial.value("SELECT max(position) FROM ledger.texts")
    trial.tamper("DELETE FROM ledger.texts WHERE position = %(position)s", position=position)
    return position


def edit_row(trial: Trial) -> int:
    """Withdraw a recommendation on the pages alone."""
    row = (
        " FROM projections.recommendations"
        " WHERE known_to = 9223372036854775807 AND effective_to = '9999-12-31'"
        " ORDER BY addressee, report, key LIMIT 1"
    )
    position: int = trial.value(f"SELECT known_from {row}")
    trial.tamper(
        "UPDATE projections.recommendations SET status = 'withdrawn',"
        f"  state = jsonb_set(state::jsonb, '{{{STATUS}}}', '\"withdrawn\"')"
        f" WHERE (addressee, report, key, known_from, effective_from) ="
        f" (SELECT addressee, report, key, known_from, effective_from {row})"
    )
    return position


def put_in(trial: Trial, position: int, moment_of: int, title: str = "Never published") -> None:
    """Put an entry where none is, canonical and with its columns, at the moment of another."""
    stored = trial.value(
        "SELECT state FROM ledger.entries WHERE stream = 'report/seed-00003' AND version = 1"
    )
    old = decode(stored)
    assert isinstance(old.data, ReportPublished)
    entry = dataclasses.replace(
        old,
        id=new_id(),
        stream="report/forged",
        version=1,
        data=dataclasses.replace(old.data, title=title, key_findings=None),
    )
    insert(trial, entry, position, moment_of)


def insert(trial: Trial, entry: Entry, position: int, moment_of: int) -> None:
    """Insert an entry's row at a position."""
    trial.tamper(
        "INSERT INTO ledger.entries SELECT %(position)s::bigint, recorded_at, %(id)s, %(stream)s,"
        " %(version)s, %(topic)s, %(state)s FROM ledger.entries WHERE position = %(moment)s",
        position=position,
        id=UUID(entry.id),
        stream=entry.stream,
        version=entry.version,
        topic=entry.data.TOPIC,
        state=encode(entry),
        moment=moment_of,
    )


def _middle(trial: Trial) -> int:
    """Return a position with a text, somewhere in the middle."""
    found: int = trial.value(
        "SELECT min(position) FROM ledger.texts"
        " WHERE position > (SELECT max(position) / 2 FROM ledger.entries)"
    )
    return found
