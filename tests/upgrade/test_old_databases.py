"""Databases of versions that were released: opened, migrated and read, every entry of them."""

import gzip
import json
import os
import subprocess
from functools import cache, partial
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import rfc8785
from click.testing import CliRunner

from api.cli import main
from ledger.acts.decision import Notice
from ledger.acts.report import publish_report
from ledger.acts.retraction import retract_entry
from ledger.acts.service import adopt_rule
from ledger.application import Ledger
from ledger.audit.entries import Bytes
from ledger.audit.log import EntryRow
from ledger.dates import london_date
from ledger.errors import AnswerableError
from ledger.events import (
    BY_TOPIC,
    EVENTS,
    RecommendationReviewed,
    ReportPublished,
    ResponseDutyArose,
    Source,
    Superseded,
)
from ledger.events.entry import encode, line
from ledger.events.recommendation import RecommendationRef
from ledger.events.texts import say
from ledger.postgres.binaries import find
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.migrate import migrate, pending
from ledger.register import shipped_rules
from ledger.replay.answers import answers
from ledger.replay.log import read as read_log
from ledger.replay.world import World
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.states.service import SETUP
from projections.read_models import projector, schemas
from projections.read_models.rebuild import compare
from tests.log.values import RECORDED_AT
from tests.servers import new_database

pytestmark = pytest.mark.long

FOLDER = Path(__file__).parent
DUMPS = sorted(FOLDER.glob("*.sql.gz"))
ORIGIN = "example.org/upgrade"
OTHER = "hmi-probation"
"""An inspectorate that is none of constabulary."""


FIRST = FOLDER / "v0.1.sql.gz"


@pytest.fixture(scope="module")
def restored(postgres, migrated, tmp_path_factory):
    """Restores a dump once (its roles are there: `migrated`), and says in which database it is, as
    it was or migrated: those of the tests are copied from it."""

    @cache
    def restore(dump: Path, is_migrated: bool) -> str:
        name = f"old_{DUMPS.index(dump)}{'_migrated' * is_migrated}"
        template = restore(dump, False) if is_migrated else "template0"
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        url = postgres.url(name)
        if is_migrated:
            with connect_owner(url) as owner:
                migrate(owner)
            return name
        script = tmp_path_factory.mktemp(name) / "dump.sql"
        script.write_bytes(gzip.decompress(dump.read_bytes()))
        subprocess.run(
            [
                *(find(None, None).program("psql"), "--quiet", "--no-psqlrc"),
                *("--set", "ON_ERROR_STOP=1", "--file", script, url),
            ],
            check=True,
            capture_output=True,
        )
        return name

    return restore


@pytest.fixture(params=DUMPS, ids=lambda path: path.name.removesuffix(".sql.gz"))
def old_database(request, postgres, restored):
    """Yield the owner's URL of a database restored from a dump."""
    with new_database(postgres, restored(request.param, False)) as url:
        yield url


@pytest.fixture(params=DUMPS, ids=lambda path: path.name.removesuffix(".sql.gz"))
def migrated_database(request, postgres, restored):
    """Yield the owner's URL of such a database, migrated."""
    with new_database(postgres, restored(request.param, True)) as url:
        yield url


def test_it_migrates_and_every_entry_reads_and_encodes_to_the_same_bytes(old_database):
    with connect_owner(old_database) as owner:
        migrate(owner)
        assert pending(owner) == []

    with pool(old_database) as connections:
        log = Ledger(connections, old_database)
        stored = log.log.select_notifications(1, 10_000)
        entries = log.read(0, 10_000)

    assert [one.id for one in stored] == list(range(1, len(stored) + 1))
    latest = [_has_latest_form(one.state) for one in stored]
    same = [encode(entry) == one.state for entry, one in zip(entries, stored, strict=True)]
    assert same == latest


def _has_latest_form(state):
    said = json.loads(state)
    return said["schema"] == BY_TOPIC[said["type"]].SCHEMA


def command(given, *arguments, expect=0):
    """Return the answer of a command over a database."""
    done = CliRunner().invoke(main, [*arguments, "--json"], env=os.environ | given)
    assert done.exit_code == expect, done.output
    return json.loads(done.stdout)


def test_it_is_sealed_rebuilt_exported_verified_and_audited(migrated_database, tmp_path):
    """Its key is not with it, as after a disk was lost."""
    old_database = migrated_database
    with pool(old_database) as connections:
        log = Ledger(connections, old_database)
        (vkey,), head = log.service().keys.in_use, log.head()
    told = {
        "ANSWERABLE_DATABASE_URL": old_database,
        "ANSWERABLE_DATA": str(tmp_path),
        "ANSWERABLE_ORIGIN": ORIGIN,
    }
    answerable = partial(command, told)

    lost = ("--from-size", "1", "--reason", "It is lost, and signed nothing.")
    answerable("key", "compromised", vkey, *lost)
    new = answerable("key", "resume", "--reason", "Another is made.")["vkey"]
    notebook = Notebook(tmp_path / "sealer" / "notebook.sqlite", ORIGIN)
    sealer = Sealer(old_database, notebook, tmp_path / "signing.key")
    sealer.catch_up()
    sealer.close()
    notebook.close()
    rebuilt = answerable("rebuild")
    files = answerable("export", "log", str(tmp_path / "log"), "--office-texts")

    assert rebuilt["position"] == head + 3  # there were no read models yet
    assert (files["sealed"], files["entries"]) == (True, head + 3)
    verified = answerable("verify", str(tmp_path / "log"), "--key", new)
    assert verified["size"] == head + 3
    assert answerable("audit")["findings"] == 0


@pytest.mark.parametrize("old_database", [FIRST], ids=["v0.1"], indirect=True)
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


def test_its_read_models_are_built_and_equal_those_of_a_rebuild(migrated_database):
    old_database = migrated_database
    with connect(old_database, autocommit=True) as conn:
        schemas.prepare(conn)
    follower = projector.follower(old_database)
    follower.catch_up()
    follower.close()

    done = compare(old_database, lambda reached, of: None)

    assert done.position > 0
    assert set(done.differences.values()) == {0}


# The verdicts that method 1 gave on the first dump, by what is known of its only response: each
# with the day from which it stood. A question inside a transaction is answered as at the end of it,
# so nobody could ask about the duty alone (position 173).
METHOD_1 = {
    "all of it": [("2024-09-10", "not_due"), ("2024-10-21", "due"), ("2024-10-24", "in_time")],
    "its duty alone": [("2024-09-10", "not_due"), ("2024-10-21", "due"), ("2024-11-05", "overdue")],
}
# Those of them that moved (docs/law.md has the table): an import recorded the duty, nobody looked.
MOVED = {("its duty alone", "2024-11-05"): "not_looked_for"}


@pytest.mark.parametrize("known", METHOD_1)
@pytest.mark.parametrize("migrated_database", [FIRST], ids=["v0.1"], indirect=True)
def test_the_verdicts_that_moved_since_are_listed(migrated_database, known):
    if known == "its duty alone":
        with connect_owner(migrated_database) as owner:
            owner.execute("ALTER TABLE ledger.entries DISABLE TRIGGER USER")
            owner.execute("DELETE FROM ledger.entries WHERE position > 173")
            owner.execute("ALTER TABLE ledger.entries ENABLE TRIGGER USER")
    with connect(migrated_database, autocommit=True) as conn:
        schemas.prepare(conn)
    follower = projector.follower(migrated_database)
    follower.catch_up()
    follower.close()

    with connect(migrated_database) as conn:
        rows = conn.execute(
            "SELECT known_from, effective_from::text, verdict FROM projections.responses"
            " ORDER BY known_from, effective_from"
        ).fetchall()

    by_position: dict[int, list[tuple[str, str]]] = {known_from: [] for known_from, _, _ in rows}
    for known_from, day, word in rows:
        by_position[known_from].append((day, word))
    now = [(day, MOVED.get((known, day), word)) for day, word in METHOD_1[known]]
    assert by_position
    assert all(found == now for found in by_position.values())


@pytest.mark.parametrize("migrated_database", [FIRST], ids=["v0.1"], indirect=True)
def test_a_duty_of_version_2_keeps_its_rule_and_can_be_taken_off(migrated_database):
    """Version 2 bound by the reports of any inspectorate, so that it made duties that version 3
    does not."""
    with pool(migrated_database) as connections:
        log = Ledger(connections, migrated_database)
        (second,) = [one for one in shipped_rules() if (one.id, one.version) == ("pa96-s55", 2)]
        log.record(SETUP, adopt_rule, second, Notice())
        own = log.account("kent-pcc/import")
        note = Source(note=say("its page"))
        made = log.record(
            own,
            publish_report,
            ReportPublished(title="A joint look", kind="national_thematic", publisher=OTHER),
            Notice(occurred_on="2024-02-01", source=note),
            reference="a-joint-look",
            bodies=["kent-pcc"],
        )
        duty = next(one for one in made.entries if isinstance(one.data, ResponseDutyArose))
        command({"ANSWERABLE_DATABASE_URL": migrated_database}, "register", "adopt")
        newest = max(nth for name, nth in log.service().rules if name == "pa96-s55")
        with pytest.raises(AnswerableError, match="rule"):
            log.record(
                own,
                publish_report,
                ReportPublished(title="One more", kind="national_thematic", publisher=OTHER),
                Notice(occurred_on="2024-02-02", source=note),
                reference="one-more",
                bodies=["kent-pcc"],
            )
        before = log.head()
        reason = say("The report was none of the inspectors of constabulary.")

        def retract(decision):
            there = next(one for one in decision.stream(duty.stream) if one.id == duty.id)
            retract_entry(decision, there, Notice(), reason=reason)

        log.decide(own, retract)
        position, today = log.head(), london_date(log.now())
        stored = log.log.select_notifications(1, 10_000)
    read_ = read_log([line(one.state, one.id, one.recorded_at) for one in stored])

    assert isinstance(duty.data, ResponseDutyArose)
    assert (duty.data.rule.version, newest) == (2, 3)
    path = "/api/responses/a-joint-look/kent-pcc"
    then = answers(World(read_, before, today)).responses[path]
    assert (then["rule"]["version"], then["verdict"]) == (2, "not_looked_for")
    assert path not in answers(World(read_, position, today)).responses
    with connect(migrated_database, autocommit=True) as conn:
        schemas.prepare(conn)
    follower = projector.follower(migrated_database)
    follower.catch_up()
    follower.close()
    with connect(migrated_database) as conn:
        rows = conn.execute(
            "SELECT known_to, verdict FROM projections.responses"
            " WHERE report = 'a-joint-look' AND effective_to > %s",
            [today],
        ).fetchall()
    assert rows == [(position, "not_looked_for")]


HMICFRS_IN_WELSH = "Arolygiaeth Cwnstabliaeth a Gwasanaethau Tân ac Achub Ei Fawrhydi"


@pytest.mark.parametrize("migrated_database", [FIRST], ids=["v0.1"], indirect=True)
def test_it_adopts_what_is_shipped_since_once(migrated_database):
    given = {"ANSWERABLE_DATABASE_URL": migrated_database}

    not_adopted = command(given, "status", expect=1)["not_adopted"]
    first, second = (command(given, "register", "adopt")["recorded"] for _ in range(2))

    assert not_adopted == first
    assert {"pa96-s55 v3", "pa96-s55-2001 v3", "daa21-s16 v2", "iopc-28b v2"} <= set(first)
    assert command(given, "status", expect=1)["not_adopted"] == []
    hosts = "hmicfrs.justiceinspectorates.gov.uk, hmicfrs.gov.uk"
    assert f"hmicfrs: {hosts}; {HMICFRS_IN_WELSH}" in first
    assert second == []
    with pool(migrated_database) as connections:
        service = Ledger(connections, migrated_database).service()
    bodies = service.bodies
    assert bodies["hmicfrs"].websites == ("hmicfrs.justiceinspectorates.gov.uk", "hmicfrs.gov.uk")
    assert bodies["hmicfrs"].closes_by == ("hmicfrs",)
    assert {("pa96-s55", 1), ("pa96-s55", 2), ("iopc-28b", 1)} <= set(service.rules)
    assert service.rules["pa96-s55", 1].parts is None
    assert service.rules["dvcva04-s49a", 1].publishers == ("victims-commissioner",)
    assert "victims-commissioner" in bodies


@pytest.mark.parametrize(
    "migrated_database",
    [FOLDER / "before-addressee.sql.gz"],
    ids=["before-addressee"],
    indirect=True,
)
def test_an_entry_in_an_earlier_form_is_read_in_the_latest_and_keeps_its_bytes(migrated_database):
    with pool(migrated_database) as connections:
        log = Ledger(connections, migrated_database)
        stored = log.log.select_notifications(1, 10_000)
        read = {entry.position: entry.data for entry in log.read(0, 10_000)}

    old = {
        one.topic: (json.loads(one.state)["data"], read[one.id])
        for one in stored
        if not _has_latest_form(one.state)
    }
    then, now = (
        {"report": "follow-up", "number": "2", "body": "kent-police"},
        RecommendationRef("follow-up", "2", "kent-police"),
    )
    assert old.keys() == {"superseded", "recommendation-reviewed"}
    data, event = old["superseded"]
    assert isinstance(event, Superseded)
    assert (data["superseded_by"], event.superseded_by) == (then, now)
    data, event = old["recommendation-reviewed"]
    assert isinstance(event, RecommendationReviewed)
    assert (data["recommendation"], event.recommendation) == (then, now)


def test_a_field_that_was_put_into_an_entry_of_an_earlier_form_is_found():
    (file,) = (FOLDER.parent / "golden").glob("superseded.1.json")
    said = json.loads(json.loads(file.read_text("utf-8"))[0]["state"])

    def found(data):
        checked = Bytes()
        row = EntryRow(
            position=1,
            recorded_at=RECORDED_AT,
            counted_at=RECORDED_AT,
            event_id=UUID(said["id"]),
            stream=said["stream"],
            version=said["version"],
            topic=said["type"],
            state=rfc8785.dumps(said | {"data": data}),
        )
        checked.see(row, line(row.state, row.position, row.recorded_at))
        return [(str(one.kind), one.says) for one in checked.states.findings]

    data = said["data"]
    more = data | {"superseded_by": data["superseded_by"] | {"hint": "a word"}}
    assert found(data) == []
    ((kind, says),) = found(more)
    assert (kind, "data.superseded_by.hint" in says) == ("unknown-field", True)
    assert found(data | {"hint": "a word"})[0][0] == "unknown-field"


def test_the_first_dump_holds_every_event_that_its_version_had():
    text = gzip.decompress(FIRST.read_bytes()).decode()

    had = {event.TOPIC for event in EVENTS if f"'{event.TOPIC}'" in text}
    assert len(had) >= 23
