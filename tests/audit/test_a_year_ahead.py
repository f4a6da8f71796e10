"""The clock of the whole machine is a year ahead for a while, and then right again.

PostgreSQL runs under libfaketime, and this process reads its own clock through `clock.now`. The
count of seconds (`clock.latest`) stays right, as on a real machine. It is wrong only in a process
that begins while the clock is wrong.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import requests

from ledger import clock
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.acts.recommendation import receive_update
from ledger.acts.service import clock_was_wrong
from ledger.application import Ledger
from ledger.dates import rfc3339
from ledger.errors import ClockUnsure, NotAllowed, Refused
from ledger.events import ClockWasWrong, Source, UpdateReceived
from ledger.events.entry import Entry
from ledger.events.recommendation import Claim
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.postgres.connections import pool
from ledger.replay.log import read as log_of
from ledger.replay.replay import main as replay
from ledger.states.service import SETUP, Account
from projections.read_models.rebuild import compare
from tests.audit.test_tampering_outside import site_of
from tests.audit.trial import CLERK, Trial, live
from tests.faketime import HOUR_BACK, YEAR_ON, Watch, watched

pytestmark = pytest.mark.long

YEAR = timedelta(seconds=int(YEAR_ON))


@dataclass
class Machine:
    """A machine with a log on it, whose clock can be set."""

    watch: Watch
    trial: Trial
    patch: pytest.MonkeyPatch

    def set(self, shift: timedelta) -> None:
        """Set the clock of the machine: the database's and ours."""
        true = _true_now
        self.watch.set(f"{shift.total_seconds():+.0f}")
        self.patch.setattr(clock, "now", lambda: true() + shift)

    def start_anew(self, shift: timedelta) -> None:
        """Let this process have begun while the clock was so."""
        true = _true_now
        self.patch.setattr(clock, "latest", lambda: true() + shift)

    def write(self) -> Entry:
        """Record a letter."""
        return self.trial.log.record(CLERK, keep_capture, received(b"One"), Notice()).entries[0]

    def update(self, words: str) -> Entry:
        """Record that a recommendation is claimed to be done, on a day that is not known: it
        counts from the day of recording on."""
        log = self.trial.log
        raised = next(one for one in log.read(0, 400) if one.stream.startswith("recommendation/"))
        to = RecommendationId(*raised.stream.split("/")[1:])
        told = Notice(source=Source(url="https://www.example.org/updates"))
        claim = Claim(say("It is done.", "office"), "complete")
        act = UpdateReceived(text=say(words, "office"), claim=claim)
        return log.record(CLERK, receive_update, to, act, told).entries[0]


_true_now = clock.now


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Watch, Trial]]:
    """Yield a server under libfaketime, with a log that was lived in."""
    with watched() as watch, pool(watch.url, max_size=4) as connections:
        folder = tmp_path_factory.mktemp("year")
        trial = Trial(Ledger(connections, watch.url), watch.url, folder)
        live(trial)
        yield watch, trial
        trial.close()


@pytest.fixture
def machine(lived: tuple[Watch, Trial], monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    watch, trial = lived
    yield Machine(watch, trial, monkeypatch)
    watch.set("+0")


def put_right(machine: Machine) -> Entry:
    """Put the clock right, and return the entry by which somebody says so."""
    machine.set(timedelta(0))
    machine.start_anew(timedelta(0))
    answer = machine.trial.json("clock-was-wrong")
    return machine.trial.log.read(answer["position"] - 1, 1)[0]


def test_a_jump_is_refused_before_anything_is_recorded(machine):
    before = machine.trial.position
    machine.set(YEAR)

    with pytest.raises(ClockUnsure, match="The clock jumped, so nothing is recorded"):
        machine.write()

    assert machine.trial.position == before
    machine.set(timedelta(0))
    machine.write()
    machine.trial.seal()


def test_less_than_a_day_is_no_jump(machine):
    machine.set(timedelta(hours=20))

    entry = machine.write()

    machine.set(timedelta(0))
    assert entry.instant > clock.now() + timedelta(hours=19)
    put_right(machine)
    machine.trial.seal()


def test_no_checkpoint_is_dated_by_a_database_whose_clock_is_wrong(machine):
    machine.trial.seal()
    entry = machine.write()
    for shift in (HOUR_BACK, YEAR_ON):
        machine.watch.set(shift)

        assert "The database's clock is not that of the sealer" in machine.trial.held()

    assert machine.trial.sizes[-1] == entry.position - 1
    machine.watch.set("+0")
    machine.trial.seal()
    assert machine.trial.audit_of_the_log() == {}


def test_a_sealer_that_counted_signs_nothing_of_a_jump(machine):
    size = machine.trial.sizes[-1]
    machine.set(YEAR)
    machine.start_anew(YEAR)
    machine.write()  # by a process that has counted nothing
    machine.start_anew(timedelta(0))

    assert "the clock jumped" in machine.trial.held()

    assert machine.trial.sizes[-1] == size
    put_right(machine)
    machine.trial.seal()
    assert machine.trial.sizes[-1] == machine.trial.position


@pytest.mark.parametrize("sealed", [True, False], ids=["and signed", "and not signed"])
def test_after_a_year_ahead_and_back_the_log_goes_on_by_a_keepers_act(machine, sealed):
    trial = machine.trial
    machine.set(YEAR)
    machine.start_anew(YEAR)
    ahead = [machine.update("By a wrong clock"), machine.write()]
    if sealed:
        trial.seal()
    machine.set(timedelta(0))
    machine.start_anew(timedelta(0))
    with pytest.raises(ClockUnsure, match="its last entry was recorded at"):
        machine.write()

    said = put_right(machine)

    assert isinstance(said.data, ClockWasWrong)
    assert said.data.first_position == ahead[0].position
    after = machine.write()
    trial.seal()
    assert trial.why_held() is None
    assert trial.sizes[-1] == after.position
    again = trial.log.read(ahead[0].position - 1, 4)
    assert [one.instant for one in again] == [said.instant] * 3 + [after.instant]
    assert [one.recorded_at > clock.now() + YEAR / 2 for one in again] == [True, True, False, False]
    assert trial.audit_of_the_log() == {}


def test_verify_replay_audit_and_known_at_agree_on_when_it_was(machine, tmp_path):
    trial = machine.trial
    trial.follow()
    before = trial.log.read(trial.position - 1, 1)[0]
    machine.set(YEAR)
    machine.start_anew(YEAR)
    first = machine.update("A year ahead")
    trial.follow()
    said = put_right(machine)
    after = machine.update("And right again")
    trial.seal()
    trial.follow()

    assert trial.audit() == {}
    assert set(compare(trial.url, lambda done, of: None).differences.values()) == {0}
    folder = tmp_path / "exported"
    trial.run("export", "log", str(folder))
    vkey = next(iter(trial.keys.known))
    checks = trial.run("verify", str(folder / "log.jsonl"), "--key", vkey).stdout
    assert "never runs backwards but where the log says that its clock was wrong" in checks
    bundle = tmp_path / "bundle.zip"
    _, report, number, body = first.stream.split("/")
    trial.run("export", "bundle", f"{report}/{number}/{body}", str(bundle))
    said_of_it = trial.run("verify", str(bundle), "--key", vkey).stdout
    assert "where the log says that its clock was wrong" in said_of_it
    log = str(folder / "log.jsonl")
    with (folder / "log.jsonl").open("rb") as lines:
        read = log_of(lines)
    assert read.lines[first.position - 1].recorded_at == said.instant
    with site_of(trial) as address:

        def get(path: str, **asked: str) -> requests.Response:
            return requests.get(f"{address}{path}", params=asked, timeout=30)

        position = {
            at: get("/api/reports", known_at=at).json()["as_of"]["position"]
            for at in (
                str(before.position),
                str(first.position),
                rfc3339(said.instant - timedelta(microseconds=1)),
                rfc3339(said.instant),
                rfc3339(after.instant),
            )
        }
        assert list(position.values()) == [
            before.position,
            said.position,
            before.position,
            said.position,
            after.position,
        ]
        for at in position:
            assert replay([log, "--known-at", at, "--compare", address]) == 0
        entry = get(f"/api/entries/{first.id}").json()
        assert entry["recorded_at"] == rfc3339(said.instant)
        raw = json.loads(get(f"/api/entries/{first.id}/raw").text)
        assert raw["recorded_at"] > rfc3339(clock.now() + YEAR / 2)


def test_a_log_that_lacks_the_keepers_act_is_refused_by_verify_and_replay(machine, tmp_path):
    trial = machine.trial
    machine.set(YEAR)
    machine.start_anew(YEAR)
    machine.write()
    put_right(machine)
    machine.write()
    trial.seal()
    folder = tmp_path / "exported"
    trial.run("export", "log", str(folder))
    log = folder / "log.jsonl"
    there = log.read_text("utf-8")
    log.write_text(there.replace('"clock-was-wrong"', '"clock-was-wrung"'), "utf-8")
    vkey = next(iter(trial.keys.known))

    checks = trial.run("verify", str(log), "--key", vkey, expect=1).stdout

    assert "is dated before the one in front of it" in checks
    assert replay([str(log)]) == 1


def test_while_the_clock_is_right_nobody_can_say_that_it_was_wrong(machine):
    machine.set(timedelta(0))
    position = machine.trial.position

    machine.trial.refused("No entry lies more than a minute ahead", "clock-was-wrong")
    event = ClockWasWrong(first_position=position)
    for account, error in (
        (SETUP, Refused),
        (Account("a/b", None, frozenset({"record"})), NotAllowed),
    ):
        with pytest.raises(error):
            machine.trial.log.record(account, clock_was_wrong, event, Notice())


def test_a_position_before_which_entries_lie_ahead_is_refused_with_the_right_one(machine):
    machine.set(YEAR)
    machine.start_anew(YEAR)
    first, second = machine.write(), machine.write()
    machine.set(timedelta(0))
    machine.start_anew(timedelta(0))

    machine.trial.refused(
        f"give {first.position}", "clock-was-wrong", "--first-position", str(second.position)
    )

    put_right(machine)
    machine.trial.seal()


def test_entries_of_the_days_in_which_no_sealer_ran_are_sealed(machine):
    machine.trial.seal()
    entry = machine.write()
    machine.set(timedelta(days=3))
    machine.start_anew(timedelta(days=3))

    machine.trial.seal()

    assert machine.trial.sizes[-1] == entry.position
