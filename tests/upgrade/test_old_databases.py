"""Databases of versions that were released: opened, migrated and read, every entry of them."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.events import EVENTS
from ledger.events.entry import encode
from ledger.postgres.binaries import find
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.migrate import migrate, pending
from projections.tables import projector
from projections.tables.rebuild import compare

DUMPS = sorted(Path(__file__).parent.glob("*.sql.gz"))


@pytest.fixture(params=DUMPS, ids=lambda path: path.name.removesuffix(".sql.gz"))
def old_database(request, empty_database_url, migrated, tmp_path):
    """The owner's URL of a database restored from a dump (its roles are there: `migrated`)."""
    script = tmp_path / "dump.sql"
    script.write_bytes(gzip.decompress(request.param.read_bytes()))
    subprocess.run(
        [
            *(find(None, None).program("psql"), "--quiet", "--no-psqlrc"),
            *("--set", "ON_ERROR_STOP=1", "--file", script, empty_database_url),
        ],
        check=True,
        capture_output=True,
    )
    return empty_database_url


def test_it_migrates_and_every_entry_reads_and_encodes_to_the_same_bytes(old_database):
    with connect_owner(old_database) as owner:
        migrate(owner)
        assert pending(owner) == []

    with pool(old_database) as connections:
        log = Ledger(connections, old_database)
        stored = log.log.select_notifications(1, 10_000)
        entries = log.read(0, 10_000)

    assert [one.id for one in stored] == list(range(1, len(stored) + 1))
    assert [encode(entry) for entry in entries] == [one.state for one in stored]


def test_its_tokens_keep_what_their_accounts_have_when_it_migrates(old_database):
    names = ("kent-pcc/clerk", "kent-pcc/import", "service/setup", "kent-pcc/nobody")
    with connect_owner(old_database) as owner:
        for n, name in enumerate(names):
            owner.execute(
                "INSERT INTO api.tokens (id, sha256, account) VALUES (%s, %s, %s)",
                [name, bytes([n]) * 32, name],
            )
        owner.execute(
            """
            INSERT INTO ledger.entries
                   (position, recorded_at, event_id, stream, version, topic, state)
            SELECT max(position) + 1, now(), gen_random_uuid(), 'service',
                   max(version) FILTER (WHERE stream = 'service') + 1, 'scope-revoked',
                   '{"data":{"account":"kent-pcc/import","scope":"record"}}'
              FROM ledger.entries
            """
        )
        migrate(owner)
        rows = owner.execute("SELECT id, scopes FROM api.tokens").fetchall()

    assert dict(rows) == {
        "kent-pcc/clerk": ["record"],
        "kent-pcc/import": [],
        "service/setup": ["admin"],
        "kent-pcc/nobody": [],
    }


def test_its_read_models_are_built_and_equal_those_of_a_rebuild(old_database):
    with connect_owner(old_database) as owner:
        migrate(owner)
    with connect(old_database, autocommit=True) as conn:
        projector.prepare(conn)
    follower = projector.follower(old_database)
    follower.catch_up()
    follower.close()

    done = compare(old_database, lambda reached, of: None)

    assert done.position > 0
    assert set(done.differences.values()) == {0}


def test_it_adopts_the_websites_that_are_shipped_since_once(old_database):
    with connect_owner(old_database) as owner:
        migrate(owner)
    command = [sys.executable, "-m", "api", "register", "adopt", "--json"]
    environment = os.environ | {"ANSWERABLE_DATABASE_URL": old_database}

    done = [subprocess.check_output(command, env=environment, text=True) for _ in range(2)]

    first, second = (json.loads(one)["recorded"] for one in done)
    assert "hmicfrs: hmicfrs.justiceinspectorates.gov.uk, hmicfrs.gov.uk" in first
    assert second == []
    with pool(old_database) as connections:
        bodies = Ledger(connections, old_database).service().bodies
    assert bodies["hmicfrs"].websites == ("hmicfrs.justiceinspectorates.gov.uk", "hmicfrs.gov.uk")
    assert bodies["hmicfrs"].closes_by == ("hmicfrs",)


def test_the_first_dump_holds_every_event_that_its_version_had():
    text = gzip.decompress(DUMPS[0].read_bytes()).decode()

    had = {event.TOPIC for event in EVENTS if f"'{event.TOPIC}'" in text}
    assert len(had) >= 23
