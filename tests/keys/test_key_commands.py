"""The commands about the signing key: what they record, and what lies in the folder after them."""

import stat

import pytest

from api.commands import keys as commands
from ledger.acts.decision import Notice
from ledger.acts.key import add_key
from ledger.events import KeyAdded
from ledger.seal import key_file
from ledger.settings import Settings
from ledger.states.service import SETUP
from ledger.verify import note
from tests.keys.keyed_log import ORIGIN, KeyedLog


def made(keyed_log: KeyedLog) -> str:
    vkey: str = keyed_log.json("key", "create")["vkey"]
    return vkey


def shown(keyed_log: KeyedLog) -> str:
    return keyed_log.run("key", "show").stdout.splitlines()[-1]


def name_of(vkey: str, how: str = "retired") -> str:
    return f"signing.key.{how}-{vkey.split('+', 2)[1]}"


def all_private(keyed_log: KeyedLog) -> bool:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in keyed_log.folder.iterdir()}
    return modes == {0o600}


def test_a_key_is_made_once(keyed_log):
    vkey = made(keyed_log)

    assert shown(keyed_log) == vkey
    assert keyed_log.keys.in_use == [vkey]
    assert keyed_log.files == ["signing.key"]
    assert all_private(keyed_log)
    keyed_log.refused("holds a key already", "key", "create")


def test_a_rotation_brings_a_new_key_and_keeps_the_one_before_it(keyed_log):
    old = made(keyed_log)

    answer = keyed_log.json("key", "rotate")

    assert shown(keyed_log) == answer["vkey"] != old
    assert answer["retired"] == old
    assert keyed_log.files == ["signing.key", name_of(old)]
    assert note.parse((keyed_log.folder / name_of(old)).read_text()).vkey == old
    assert all_private(keyed_log)
    assert keyed_log.keys.in_use == [answer["vkey"]]


def test_the_new_vkey_is_alone_on_the_last_line(keyed_log):
    made(keyed_log)

    assert keyed_log.run("key", "rotate").stdout.splitlines()[-1] == shown(keyed_log)


@pytest.mark.parametrize("before", ["os.link", "os.rename"], ids=["keeping", "switching"])
def test_a_rotation_killed_after_its_entry_is_ended_by_the_next_call(keyed_log, before):
    old = made(keyed_log)
    keyed_log.killed(before, "key", "rotate")
    assert shown(keyed_log) == old
    (new,) = keyed_log.keys.in_use
    then = keyed_log.position

    answer = keyed_log.json("key", "rotate")

    assert (answer["vkey"], answer["retired"]) == (new, old)
    assert shown(keyed_log) == new
    assert keyed_log.files == ["signing.key", name_of(old)]
    assert keyed_log.position == then
    assert all_private(keyed_log)


def test_a_rotation_killed_after_its_entry_is_ended_when_the_service_starts(keyed_log):
    old = made(keyed_log)
    keyed_log.killed("os.rename", "key", "rotate")

    commands.ensure(Settings(data=keyed_log.folder, origin=ORIGIN), keyed_log.log)

    assert [shown(keyed_log)] == keyed_log.keys.in_use != [old]
    assert keyed_log.files == ["signing.key", name_of(old)]


def test_a_key_that_was_written_and_never_recorded_is_the_next_one(keyed_log):
    old = made(keyed_log)
    lying = key_file.propose(keyed_log.current, ORIGIN)  # and killed before its entry
    assert shown(keyed_log) == old

    assert keyed_log.json("key", "rotate")["vkey"] == lying.vkey


def test_a_key_that_was_cut_off_while_it_was_written_is_made_again(keyed_log):
    made(keyed_log)
    (keyed_log.folder / "signing.key.new").write_text("PRIVATE+KEY+log.exam")

    vkey = keyed_log.json("key", "rotate")["vkey"]

    assert keyed_log.keys.in_use == [vkey] == [shown(keyed_log)]


def test_a_first_key_killed_after_its_entry_takes_its_name_when_the_service_starts(keyed_log):
    keyed_log.killed("os.rename", "key", "create")
    assert keyed_log.files == ["signing.key.new"]

    commands.ensure(Settings(data=keyed_log.folder, origin=ORIGIN), keyed_log.log)

    assert keyed_log.keys.in_use == [shown(keyed_log)]
    assert keyed_log.files == ["signing.key"]


def test_a_key_given_by_hand_is_recorded_when_the_log_has_none(keyed_log):
    given = note.generate(ORIGIN)
    keyed_log.current.write_text(given.text)

    commands.ensure(Settings(data=keyed_log.folder, origin=ORIGIN), keyed_log.log)

    assert keyed_log.keys.in_use == [given.vkey]


def test_a_start_without_the_key_of_the_log_adds_none(keyed_log, tmp_path):
    vkey = made(keyed_log)
    elsewhere = Settings(data=tmp_path / "fresh", origin=ORIGIN)

    with pytest.raises(key_file.KeyFileError, match="ANSWERABLE_SIGNING_KEY_FILE") as refused:
        commands.ensure(elsewhere, keyed_log.log)

    assert vkey in str(refused.value)
    assert keyed_log.keys.in_use == [vkey]
    assert not (tmp_path / "fresh" / "signing.key").exists()


def test_a_lost_key_is_replaced_in_the_way_that_the_refusal_names(keyed_log):
    lost = made(keyed_log)
    keyed_log.current.unlink()
    keyed_log.refused("is not in", "key", "create")

    size = str(keyed_log.position + 1)
    keyed_log.run("key", "compromised", lost, "--from-size", size, "--reason", "The disk was lost.")
    new = keyed_log.json("key", "resume", "--reason", "The disk was lost; a new key.")["vkey"]

    commands.ensure(Settings(data=keyed_log.folder, origin=ORIGIN), keyed_log.log)
    assert keyed_log.keys.in_use == [new] == [shown(keyed_log)]


def test_a_folder_that_takes_no_file_changes_nothing(keyed_log, tmp_path):
    old = made(keyed_log)
    (keyed_log.folder / "signing.key.new").mkdir()

    keyed_log.refused("signing.key.new", "key", "rotate")

    assert keyed_log.keys.in_use == [old]


def test_a_rotation_without_a_key_is_refused(keyed_log):
    keyed_log.refused("`answerable key create`", "key", "rotate")


def test_a_compromise_holds_sealing_and_says_how_to_go_on(keyed_log):
    vkey = made(keyed_log)

    said = keyed_log.run(
        "key", "compromised", vkey, "--from-size", "9", "--reason", "A lost laptop."
    )

    assert "answerable key resume" in said.stdout
    assert keyed_log.keys.held_from == 9
    listed = keyed_log.json("key", "list")
    assert listed["held_from"] == 9
    assert listed["keys"] == [
        {"vkey": vkey, "in_use": False, "retired_from": None, "compromised_from": 9}
    ]
    keyed_log.refused("key resume", "key", "rotate")


def test_sealing_goes_on_by_a_new_key_after_the_last_checkpoint_that_proves(keyed_log):
    old = made(keyed_log)
    keyed_log.run("key", "compromised", old, "--from-size", "9", "--reason", "A lost laptop.")

    new = keyed_log.json("key", "resume", "--reason", "A new machine.")["vkey"]

    entries = keyed_log.log.read(keyed_log.position - 2, 2)
    assert [entry.data.TOPIC for entry in entries] == ["key-added", "sealing-resumed"]
    assert (entries[1].data.vkey, entries[1].data.at_size) == (new, 8)
    assert shown(keyed_log) == new
    assert keyed_log.files == ["signing.key", name_of(old, "compromised")]
    assert all_private(keyed_log)


def test_after_a_compromise_no_key_is_taken_that_lay_beside_it(keyed_log):
    old = made(keyed_log)
    lying = key_file.propose(keyed_log.current, ORIGIN)
    keyed_log.run("key", "compromised", old, "--from-size", "9", "--reason", "The disk was copied.")

    new = keyed_log.json("key", "resume", "--reason", "A new machine.")["vkey"]

    assert new not in (old, lying.vkey)
    assert name_of(lying.vkey, "unused") in keyed_log.files


def test_sealing_goes_on_where_the_compromised_key_is_gone(keyed_log):
    old = made(keyed_log)
    keyed_log.run("key", "compromised", old, "--from-size", "9", "--reason", "It was stolen.")
    keyed_log.current.unlink()

    new = keyed_log.json("key", "resume", "--reason", "A new machine.")["vkey"]

    assert [shown(keyed_log)] == [new] == keyed_log.keys.in_use


def test_sealing_killed_while_it_goes_on_is_ended_by_the_next_call(keyed_log):
    old = made(keyed_log)
    keyed_log.run("key", "compromised", old, "--from-size", "9", "--reason", "A lost laptop.")
    keyed_log.killed("os.rename", "key", "resume", "--reason", "A new machine.")
    then = keyed_log.position

    answer = keyed_log.json("key", "resume", "--reason", "A new machine.")

    assert [answer["vkey"]] == keyed_log.keys.in_use == [shown(keyed_log)]
    assert keyed_log.position == then


def test_sealing_does_not_go_on_unless_it_had_stopped(keyed_log):
    made(keyed_log)

    keyed_log.refused("nothing has stopped it", "key", "resume", "--reason", "For luck.")
    assert keyed_log.run("key", "resume", "--held", "--reason", "R.", expect=2).exit_code == 2


def test_a_sealer_that_had_stopped_by_itself_goes_on_by_the_same_key(keyed_log):
    vkey = made(keyed_log)

    answer = keyed_log.json("key", "resume", "--held", "--at-size", "9", "--reason", "Restored.")

    assert answer["vkey"] == vkey
    assert keyed_log.files == ["signing.key"]


def test_a_key_of_another_log_that_lies_there_is_not_taken(keyed_log):
    made(keyed_log)
    other = key_file.propose(keyed_log.current, "log.example/other")
    keyed_log.log.record(SETUP, add_key, KeyAdded(vkey=note.generate(ORIGIN).vkey), Notice())

    assert keyed_log.json("key", "rotate")["vkey"].split("+")[0] == ORIGIN
    assert name_of(other.vkey, "unused") in keyed_log.files


def test_rotations_at_once_come_one_after_the_other(keyed_log):
    first = made(keyed_log)

    keyed_log.at_once("key", "rotate", times=2)

    assert keyed_log.keys.in_use == [shown(keyed_log)]
    ended = [vkey for vkey in keyed_log.keys.known if vkey != shown(keyed_log)]
    assert ended[0] == first
    assert keyed_log.files == sorted(["signing.key", *map(name_of, ended)])
    assert len(ended) == 2


@pytest.mark.parametrize("reason", ["", "  ", "half \udc80"])
def test_a_reason_says_something(keyed_log, reason):
    vkey = made(keyed_log)

    keyed_log.run("key", "compromised", vkey, "--from-size", "1", "--reason", reason, expect=2)

    assert keyed_log.keys.in_use == [vkey]
