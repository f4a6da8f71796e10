"""A copy of the log lacks signed entries, and went on by itself. Its own entries are written out,
and recorded again in the log that has all signed entries."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.acts.recommendation import receive_update
from ledger.acts.service import open_account
from ledger.events import AccountOpened, Source, UpdateReceived
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from tests.audit.trial import CLERK, Trial
from tests.keys.keyed_log import ORIGIN

TOLD = Notice(source=Source(url="https://www.example.org/fork"))


@pytest.fixture
def fork(restored: Trial) -> Trial:
    """Record entries in the backup, as could be done before the fence: a capture, an account, and
    two updates. The signed log has another update to one of the two recommendations."""
    restored.tamper("DELETE FROM ledger.checkpoints", "DELETE FROM ledger.vouch")
    log = restored.log
    raised = [one for one in log.read(0, 400) if one.stream.startswith("recommendation/")]
    reports = {one.stream.split("/")[1]: one for one in reversed(raised)}
    apart = next(one for one in reports.values() if one.stream != raised[0].stream)
    log.record(CLERK, keep_capture, received(b"A letter that the fork has"), Notice())
    for one, said in ((raised[0], "It clashes."), (apart, "It does not clash.")):
        to = RecommendationId(*one.stream.split("/")[1:])
        log.record(CLERK, receive_update, to, UpdateReceived(text=say(said, "office")), TOLD)
    log.record(CLERK, open_account, AccountOpened(account="service/new", body=None), Notice())
    return restored


def written(trial: Trial, path: Path) -> list[Any]:
    """Write the unsealed tail of a trial out: the lines of the file."""
    answer = trial.json("recover", "--unsealed", str(path))
    lines = [json.loads(one) for one in path.read_text("utf-8").splitlines()]
    assert answer["entries"] == lines[0]["entries"] == len(lines) - 1
    return lines


def test_the_unsealed_tail_has_every_entry_text_and_byte_after_the_common_part(fork, tmp_path):
    path = tmp_path / "tail.jsonl"
    common = fork.position - 4

    head, *lines = written(fork, path)

    assert head == {"origin": ORIGIN, "after": common, "entries": 4}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    stored = fork.lines()[common:]
    raw = path.read_bytes().splitlines()[1:]
    assert all(one.startswith(b'{"entry":' + two) for one, two in zip(raw, stored, strict=True))
    said = [[text["text"] for text in one["texts"] if text["field"] == "text"] for one in lines]
    assert said == [[], ["It clashes."], ["It does not clash."], []]
    assert [("bytes" in one) for one in lines] == [True, False, False, False]


def test_a_log_without_an_unsealed_tail_gives_an_empty_one(went_on, tmp_path):
    head, *lines = written(went_on, tmp_path / "tail.jsonl")

    assert (head["after"], lines) == (went_on.position, [])


def test_acts_of_a_fork_are_recorded_again_byte_for_byte_and_what_clashes_is_named(
    fork, went_on, tmp_path
):
    path = tmp_path / "tail.jsonl"
    events = [one["entry"]["event"] for one in written(fork, path)[1:]]
    states = {one["id"]: one for one in events}
    before = went_on.position

    answer = went_on.json("recover", "--record", str(path))

    assert (answer["recorded"], answer["already"]) == (2, 0)
    assert [one["type"] for one in answer["by_hand"]] == ["update-received", "account-opened"]
    assert "What it rests on has changed since" in answer["by_hand"][0]["why"]
    assert "decide it anew" in answer["by_hand"][1]["why"]
    again = [json.loads(one) for one in went_on.lines()[before:]]
    assert [one["event"] for one in again] == [states[one["event"]["id"]] for one in again]
    assert [one["event"]["type"] for one in again] == ["capture-kept", "update-received"]
    (text,) = went_on.log.openings([before + 2]).values()
    assert text.body == "It does not clash."
    assert went_on.log.bytes_at(before + 1) == b"A letter that the fork has"
    went_on.seal()
    assert went_on.why_held() is None
    assert not went_on.audit_of_the_log()


def test_a_tail_that_is_given_twice_is_recorded_once(fork, went_on, tmp_path):
    path = tmp_path / "tail.jsonl"
    written(fork, path)
    went_on.run("recover", "--record", str(path))
    before = went_on.position

    answer = went_on.json("recover", "--record", str(path))

    assert (answer["recorded"], answer["already"]) == (0, 2)
    assert went_on.position == before


def test_a_text_that_was_changed_in_the_file_is_refused(fork, went_on, tmp_path):
    path = tmp_path / "tail.jsonl"
    written(fork, path)
    path.write_text(path.read_text("utf-8").replace("It clashes.", "It rhymes."), "utf-8")

    went_on.refused("does not open its commitment", "recover", "--record", str(path))


def test_a_tail_is_never_written_over_a_file(fork, tmp_path):
    path = tmp_path / "tail.jsonl"
    path.write_text("mine", "utf-8")

    fork.refused("Name a new file", "recover", "--unsealed", str(path))

    assert path.read_text("utf-8") == "mine"


def test_a_tail_of_another_log_is_refused(fork, went_on, tmp_path):
    path = tmp_path / "tail.jsonl"
    path.write_text('{"origin": "other.example/log", "after": 1, "entries": 0}\n', "utf-8")

    went_on.refused("is of the log “other.example/log”", "recover", "--record", str(path))
