"""An older backup is restored: signed entries come back as they were, and readers miss nothing."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.app import create_app
from api.current import EXTENSION
from ledger.acts.capture import received
from ledger.application import Ledger
from ledger.database import connect, connect_owner, pool
from ledger.decision import Told
from ledger.events import SealingResumed, Source, UpdateReceived
from ledger.postgres_binaries import find
from ledger.service import SETUP
from ledger.settings import Settings
from ledger.streams import RecommendationId
from ledger.texts import say
from ledger.transparency.tiles import Tile, entry_bundle, tile_at
from tests.api.town import json_of
from tests.audit.trial import KEEPER, Trial, export
from tests.keys.desk import ORIGIN

SECRET = "Sergeant Quillfeather saw to it herself on the third of March."


@pytest.fixture
def dump(trial: Trial, tmp_path: Path) -> Path:
    """A backup of the log as it is now, by pg_dump."""
    file = tmp_path / "backup.dump"
    run("pg_dump", "--format", "custom", "--file", file, trial.url)
    return file


@pytest.fixture
def lost(trial: Trial, dump: Path) -> list[bytes]:
    """What is recorded and sealed after the backup: the canonical lines of the whole log."""
    log = trial.log
    told = Told(source=Source(url="https://www.example.org/updates"))
    raised = next(one for one in log.read(0, 400) if one.stream.startswith("recommendation/"))
    to = RecommendationId(*raised.stream.split("/")[1:])
    made, named = (
        log.receive_update(SETUP, to, UpdateReceived(text=say(said, "office")), told)
        for said in ("Half of it is done.", SECRET)
    )
    assert made.entries[0].position < named.entries[0].position
    trial.seal()
    log.keep_capture(SETUP, received(b"A letter of after the backup"), Told())
    for target, field in ((named.entries[0].id, "text"), (raised.id, "text")):
        sought = log.seek_redaction(SETUP, target, Told(), field=field, basis="court_order")
        log.confirm_redaction(log.account(KEEPER), sought.entries[0].id, Told())
    trial.seal()
    return trial.lines()


@pytest.fixture
def restored(
    trial: Trial, dump: Path, lost: list[bytes], empty_database_url: str
) -> Iterator[Trial]:
    """The backup, restored by pg_restore into a new database; folder, key and notebook as now."""
    run("pg_restore", "--exit-on-error", "--dbname", empty_database_url, dump)
    with pool(empty_database_url, max_size=4) as connections:
        again = Trial(Ledger(connections, empty_database_url), empty_database_url, trial.folder)
        yield again
        again.close()


def test_the_sealer_refuses_an_older_backup_and_says_what_to_do(restored, lost):
    before = restored.position

    why = restored.held()

    assert before < len(lost)
    assert f"The log has {before} entries, but {len(lost)} are signed" in why
    assert "`answerable recover`" in why
    assert restored.sizes[-1] == before


def test_the_signed_entries_come_back_byte_for_byte_and_sealing_goes_on(restored, lost):
    before = restored.position
    said = restored.run("recover").stdout

    assert said.startswith(f"Entries {before + 1} to {len(lost)} are back, as they were signed")
    assert restored.lines()[: len(lost)] == lost
    resumed = restored.log.read(len(lost), 10)
    assert [type(one.data) for one in resumed] == [SealingResumed]
    assert (resumed[0].data.because, resumed[0].data.at_size) == ("held", len(lost))
    (reason,) = restored.log.openings([resumed[0].position]).values()
    assert f"Entries {before + 1} to {len(lost)} were brought back" in reason.body
    restored.seal()
    assert restored.sizes[-1] == len(lost) + 1
    assert restored.why_held() is None


def test_every_checkpoint_from_before_is_one_of_the_log_again(trial, restored, lost):
    signed = trial.notes

    restored.run("recover")
    restored.seal()

    assert restored.notes[: len(signed)] == signed
    for one in signed:
        kept = restored.folder / "kept"
        kept.write_text(one, "utf-8")
        assert not SEALED & set(restored.audit("--since", str(kept)))


SEALED = {"root-differs", "log-shorter", "entry-differs", "two-checkpoints", "position-missing"}


def test_texts_that_are_gone_are_named_and_an_audit_names_them_too(restored, lost):
    answer = restored.json("recover")

    gone = answer["texts_gone"]
    assert [one["field"] for one in gone] == ["text"]
    assert len(answer["captures_gone"]) == 1
    restored.seal()
    found = restored.audit()
    assert set(found) - {"row-differs"} == {"text-missing", "capture-missing"}
    assert found["text-missing"][0]["position"] == gone[0]["position"]
    assert found["capture-missing"][0]["position"] == answer["captures_gone"][0]


def test_texts_come_back_from_a_file_of_them(trial, restored, lost, tmp_path):
    exported = export(trial, tmp_path / "exported")

    answer = restored.json("recover", "--texts", str(exported / "log.texts.jsonl"))

    assert answer["texts_gone"] == []
    assert answer["texts"] == 1
    restored.seal()
    assert set(restored.audit()) - {"row-differs"} == {"capture-missing"}


def test_what_was_redacted_after_the_backup_is_redacted_again(trial, restored, lost, tmp_path):
    """The backup still has the text: recovering the redaction deletes it, as it did at first."""
    exported = export(trial, tmp_path / "exported")
    texts = exported / "log.texts.jsonl"
    redacted = "SELECT count(*) FROM ledger.texts WHERE position = (SELECT min(position)"
    redacted += " FROM ledger.entries WHERE topic = 'recommendation-raised')"
    assert restored.value(redacted) == 1

    restored.run("recover", "--texts", str(texts))

    assert restored.value(redacted) == trial.value(redacted) == 0
    assert restored.value("SELECT count(*) FROM ledger.texts WHERE body = %s", SECRET) == 0


def test_readers_that_had_read_on_miss_nothing_and_get_nothing_twice(trial, restored, lost):
    had = positions(read(trial))
    last = had[-1]
    assert last == len(lost)
    assert read(restored, after=last) == []

    restored.run("recover")
    assert positions(read(restored, after=last)) == []  # nothing leaves unsealed
    restored.seal()

    assert positions(read(restored, after=last)) == [last + 1]
    behind = restored.value("SELECT max(position) - 3 FROM ledger.entries")
    assert positions(read(restored, after=behind)) == list(range(behind + 1, last + 2))
    assert [one["id"] for one in read(restored)][: len(had)] == [one["id"] for one in read(trial)]


def test_recovering_again_changes_nothing(restored, lost):
    restored.run("recover")
    restored.seal()
    before = restored.lines()

    said = restored.run("recover").stdout

    assert said.startswith("Nothing is missing")
    assert restored.lines() == before


def test_entries_that_were_recorded_after_the_restore_are_not_written_over(restored, lost):
    restored.log.keep_capture(SETUP, received(b"Too early"), Told())
    position = restored.position

    restored.refused(f"Position {position} of the database is not what was signed", "recover")


def test_a_notebook_that_was_changed_is_not_taken(restored, lost):
    with sqlite3.connect(restored.notebook_file) as db:
        db.execute(
            "UPDATE entries SET entry = ? WHERE position = ?",
            [lost[-1].replace(b"court_order", b"retentionxx"), len(lost)],
        )

    restored.refused("is not the log that was signed", "recover")


def test_it_comes_back_from_a_mirror_where_the_notebook_is_lost(trial, restored, lost, tmp_path):
    exported = export(trial, tmp_path / "exported")
    shutil.rmtree(restored.notebook_file.parent)

    restored.run("recover", "--from", str(exported))

    assert restored.lines()[: len(lost)] == lost
    restored.seal()
    assert restored.why_held() is None
    assert restored.notes[-2] == trial.notes[-1]
    assert not SEALED & set(restored.audit())


def test_it_comes_back_from_a_mirror_of_tiles(trial, restored, lost, tmp_path):
    folder = tmp_path / "mirror"
    for index in range(-(-len(lost) // 256)):
        tile = tile_at(None, index, len(lost))
        assert isinstance(tile, Tile)
        path = folder / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry_bundle(lost[index * 256 : index * 256 + tile.width]))
    (folder / "checkpoint").write_text(trial.notes[-1], "utf-8")

    restored.run("recover", "--from", str(folder))

    assert restored.lines()[: len(lost)] == lost


def test_a_mirror_by_another_key_or_of_other_bytes_is_refused(trial, restored, lost, tmp_path):
    exported = export(trial, tmp_path / "exported")
    log = exported / "log.jsonl"
    true = log.read_bytes()
    log.write_bytes(true.replace(b"court_order", b"retentionxx"))
    restored.refused("is not the log that was signed", "recover", "--from", str(exported))
    shutil.rmtree(restored.notebook_file.parent)
    restored.refused("do not have the root that was signed", "recover", "--from", str(exported))

    log.write_bytes(true)
    forged = trial.notes[-1].replace("\n\n", "\nextension\n\n")
    (exported / "log.checkpoint").write_text(forged, "utf-8")
    restored.refused("log.checkpoint", "recover", "--from", str(exported))


def test_a_mirror_that_is_older_than_the_notebook_is_refused(trial, dump, lost, restored, tmp_path):
    exported = export(restored, tmp_path / "exported")

    restored.refused("recover from the notebook", "recover", "--from", str(exported))


def test_a_text_that_opens_nothing_is_refused(restored, lost, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"sha256":"00","salt":"00","text":"x"}\n', "ascii")

    restored.refused("line 1", "recover", "--texts", str(texts))


ARGUMENTS = (
    "ARRAY[%(position)s]::bigint[], ARRAY[%(at)s]::timestamptz[], ARRAY[gen_random_uuid()],"
    " ARRAY['a/1'], ARRAY[%(version)s]::integer[], ARRAY['t'], ARRAY['x'::bytea]"
)


@pytest.mark.parametrize(
    ("position", "at", "version", "says"),
    [
        (0, "2100-01-01", 1, "does not continue it"),
        (2, "2100-01-01", 1, "does not continue it"),
        (1, "2001-01-01", 1, "was recorded at"),
        (1, "2100-01-01", 2, "is at version 0"),
    ],
)
def test_what_does_not_continue_the_log_is_not_restored(trial, position, at, version, says):
    head = trial.position
    with connect_owner(trial.url) as owner, pytest.raises(psycopg.Error, match=says) as refused:
        owner.execute(
            f"SELECT ledger.restore({ARGUMENTS})".encode(),
            {"position": head + position, "at": at, "version": version},
        )

    assert refused.value.sqlstate == "AN008"
    assert trial.position == head


def test_the_service_may_restore_nothing(trial):
    given = {"position": trial.position + 1, "at": "2100-01-01", "version": 1}
    for role in ("answerable_app", "answerable_sealer"):
        with (
            connect(trial.url, role=role) as service,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            service.execute(f"SELECT ledger.restore({ARGUMENTS})".encode(), given)


def read(trial: Trial, after: int = 0) -> list[dict[str, Any]]:
    """All entries that a reader gets after a position, page by page."""
    app = create_app(Settings(database_url=trial.url, origin=ORIGIN))
    client = app.test_client()
    found: list[dict[str, Any]] = []
    try:
        while True:
            answer = client.get("/api/entries", query_string={"after": after, "limit": 500})
            assert answer.status_code == 200, answer.text
            items = json_of(answer)["items"]
            if not items:
                return found
            found += items
            after = int(items[-1]["sequence"])
    finally:
        app.extensions[EXTENSION]["ledger"].log.pool.close()


def positions(entries: list[dict[str, Any]]) -> list[int]:
    return [int(one["sequence"]) for one in entries]


def run(program: str, *arguments: object) -> None:
    """One of PostgreSQL's programs."""
    command = [find(None, None).program(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
