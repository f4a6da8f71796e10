"""An older backup is restored: signed entries come back as they were, and readers miss nothing."""

import json
import os
from typing import Any

import pytest

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.application import Ledger
from ledger.events import SealingResumed
from ledger.postgres.connections import pool
from ledger.settings import Settings
from tests.api import site as sites
from tests.api.reading import serving
from tests.api.site import json_of
from tests.audit import forging
from tests.audit.trial import CLERK, SEALED, SECRET, Trial, export
from tests.keys.keyed_log import ORIGIN


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


def test_every_checkpoint_from_before_is_one_of_the_log_again(went_on, restored, lost):
    signed = went_on.notes

    restored.run("recover")
    restored.seal()

    assert restored.notes[: len(signed)] == signed
    since = []
    for number, one in enumerate(signed):
        kept = restored.folder / f"kept-{number}"
        kept.write_text(one, "utf-8")
        since.append(str(kept))
    assert not SEALED & set(restored.audit_of_the_log(*since))


def test_texts_that_are_gone_are_named_and_an_audit_names_them_too(restored, lost):
    answer = restored.json("recover")

    gone = answer["texts_gone"]
    assert [one["field"] for one in gone] == ["text"]
    assert len(answer["captures_gone"]) == 1
    restored.seal()
    found = restored.audit_of_the_log()
    assert set(found) == {"text-missing", "capture-missing"}
    assert found["text-missing"][0]["position"] == gone[0]["position"]
    assert found["capture-missing"][0]["position"] == answer["captures_gone"][0]


def test_texts_come_back_from_a_file_of_them(went_on, restored, lost, tmp_path):
    exported = export(went_on, tmp_path / "exported")

    answer = restored.json("recover", "--texts", str(exported / "log.texts.jsonl"))

    assert answer["texts_gone"] == []
    assert answer["texts"] == 1
    restored.seal()
    assert set(restored.audit_of_the_log()) == {"capture-missing"}


def test_a_redaction_after_the_backup_is_done_again(went_on, restored, lost, tmp_path):
    """The backup still has the text: recovering the redaction deletes it, as it did at first."""
    exported = export(went_on, tmp_path / "exported")
    texts = exported / "log.texts.jsonl"
    redacted = "SELECT count(*) FROM ledger.texts WHERE position = (SELECT min(position)"
    redacted += " FROM ledger.entries WHERE topic = 'recommendation-raised')"
    assert restored.value(redacted) == 1

    restored.run("recover", "--texts", str(texts))

    assert restored.value(redacted) == went_on.value(redacted) == 0
    assert restored.value("SELECT count(*) FROM ledger.texts WHERE body = %s", SECRET) == 0


def test_a_redacted_text_does_not_come_back_with_a_correction_of_it(went_on, restored, tmp_path):
    """A file of texts from before the redaction has what a later correction says that it `was`."""
    exported = export(went_on, tmp_path / "exported")
    position, row = forging.redact(went_on)
    forging.correct(went_on, position, row[1])

    answer = restored.json("recover", "--texts", str(exported / "log.texts.jsonl"))

    assert answer["texts"] == 1  # the text of the update in `lost`
    assert restored.value("SELECT count(*) FROM ledger.texts WHERE commitment = %s", row[2]) == 0
    assert "was" not in {one["field"] for one in answer["texts_gone"]}


def test_readers_that_had_read_on_miss_nothing_and_get_nothing_twice(went_on, restored, lost):
    had = positions(read(went_on))
    last = had[-1]
    assert last == len(lost)
    assert read(restored, after=last) == []

    restored.run("recover")
    assert positions(read(restored, after=last)) == []  # nothing leaves unsealed
    restored.seal()

    assert positions(read(restored, after=last)) == [last + 1]
    behind = restored.value("SELECT max(position) - 3 FROM ledger.entries")
    assert positions(read(restored, after=behind)) == list(range(behind + 1, last + 2))
    assert [one["id"] for one in read(restored)][: len(had)] == [one["id"] for one in read(went_on)]


@pytest.mark.soak
def test_a_stream_goes_on_over_an_older_backup_as_if_nothing_had_been(went_on, restored, lost):
    """One reader had read to the end before the database was lost, and one had not. Both come again
    with their last id: one before the log is recovered, and one after."""
    with serving(went_on.url, ORIGIN) as web, web.follow() as first, web.follow() as second:
        first.upto(len(lost))
        second.upto(restored.position + 2)
    assert first.ids == list(range(1, len(lost) + 1))

    with serving(restored.url, ORIGIN, stream_heartbeat=1) as web:
        with web.follow(first.ids[-1]) as early:
            early.sign_of_life()
            restored.run("recover")
            early.sign_of_life()  # nothing leaves unsealed
            restored.seal()
            assert early.upto(len(lost) + 1) == [len(lost) + 1]
        with web.follow(second.ids[-1]) as late, web.follow() as new:
            late.upto(len(lost) + 1)
            new.upto(len(lost) + 1)

    assert new.came == first.came + early.came
    assert new.came == second.came + late.came
    recovered = json.loads(early.came[0].data)
    assert recovered["type"] == "answerable.sealing-resumed.v1"


def test_recovering_again_changes_nothing(restored, lost):
    restored.run("recover")
    restored.seal()
    before = restored.lines()

    said = restored.run("recover").stdout

    assert said.startswith("Nothing is missing")
    assert restored.lines() == before


def test_entries_that_were_recorded_after_the_restore_are_not_written_over(restored, lost):
    restored.tamper("DELETE FROM ledger.checkpoints", "DELETE FROM ledger.vouch")
    restored.log.record(CLERK, keep_capture, received(b"Too early"), Notice())
    position = restored.position

    why = f"Position {position} of the database is not what was signed"
    restored.refused(why, "recover")


def test_a_log_comes_back_whole_where_there_is_no_backup_at_all(went_on, lost, database_url):
    with pool(database_url, max_size=4) as connections:
        fresh = Trial(Ledger(connections, database_url), database_url, went_on.folder)
        said = fresh.run("recover").stdout
        fresh.seal()

        assert said.startswith(f"Entries 1 to {len(lost):,} are back, as they were signed")
        assert "more (all of them: --json)" in said
        assert fresh.lines()[: len(lost)] == lost
        assert fresh.notes[: len(went_on.notes)] == went_on.notes
        assert not SEALED & set(fresh.audit_of_the_log())
        fresh.close()


def test_a_text_that_opens_nothing_is_refused(restored, lost, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"sha256":"00","salt":"00","text":"x"}\n', "ascii")

    restored.refused("line 1", "recover", "--texts", str(texts))


def test_a_pipe_of_texts_is_not_waited_for(restored, lost, tmp_path):
    texts = tmp_path / "texts.jsonl"
    os.mkfifo(texts)

    restored.refused("is no plain file", "recover", "--texts", str(texts))


def read(trial: Trial, after: int = 0) -> list[dict[str, Any]]:
    """Return all entries that a reader gets after a position, page by page."""
    found: list[dict[str, Any]] = []
    with sites.an_app(Settings(database_url=trial.url, origin=ORIGIN)) as app:
        client = app.test_client()
        while True:
            answer = client.get("/api/entries", query_string={"after": after, "limit": 500})
            assert answer.status_code == 200, answer.text
            items = json_of(answer)["items"]
            if not items:
                return found
            found += items
            after = int(items[-1]["sequence"])


def positions(entries: list[dict[str, Any]]) -> list[int]:
    return [int(one["sequence"]) for one in entries]
