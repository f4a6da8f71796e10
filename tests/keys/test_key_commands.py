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
from tests.keys.desk import ORIGIN, Desk


def made(desk: Desk) -> str:
    vkey: str = desk.json("key", "create")["vkey"]
    return vkey


def shown(desk: Desk) -> str:
    return desk.run("key", "show").stdout.splitlines()[-1]


def name_of(vkey: str, how: str = "retired") -> str:
    return f"signing.key.{how}-{vkey.split('+', 2)[1]}"


def all_private(desk: Desk) -> bool:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in desk.folder.iterdir()}
    return modes == {0o600}


def test_a_key_is_made_once(desk):
    vkey = made(desk)

    assert shown(desk) == vkey
    assert desk.keys.in_use == [vkey]
    assert desk.files == ["signing.key"]
    assert all_private(desk)
    desk.refused("holds a key already", "key", "create")


def test_a_rotation_brings_a_new_key_and_keeps_the_one_before_it(desk):
    old = made(desk)

    answer = desk.json("key", "rotate")

    assert shown(desk) == answer["vkey"] != old
    assert answer["retired"] == old
    assert desk.files == ["signing.key", name_of(old)]
    assert note.parse((desk.folder / name_of(old)).read_text()).vkey == old
    assert all_private(desk)
    assert desk.keys.in_use == [answer["vkey"]]


def test_the_new_vkey_is_alone_on_the_last_line(desk):
    made(desk)

    assert desk.run("key", "rotate").stdout.splitlines()[-1] == shown(desk)


@pytest.mark.parametrize("before", ["os.link", "os.rename"], ids=["keeping", "switching"])
def test_a_rotation_killed_after_its_entry_is_ended_by_the_next_call(desk, before):
    old = made(desk)
    desk.killed(before, "key", "rotate")
    assert shown(desk) == old
    (new,) = desk.keys.in_use
    then = desk.position

    answer = desk.json("key", "rotate")

    assert (answer["vkey"], answer["retired"]) == (new, old)
    assert shown(desk) == new
    assert desk.files == ["signing.key", name_of(old)]
    assert desk.position == then
    assert all_private(desk)


def test_a_rotation_killed_after_its_entry_is_ended_when_the_service_starts(desk):
    old = made(desk)
    desk.killed("os.rename", "key", "rotate")

    commands.ensure(Settings(data=desk.folder, origin=ORIGIN), desk.log)

    assert [shown(desk)] == desk.keys.in_use != [old]
    assert desk.files == ["signing.key", name_of(old)]


def test_a_key_that_was_written_and_never_recorded_is_the_next_one(desk):
    old = made(desk)
    lying = key_file.propose(desk.current, ORIGIN)  # and killed before its entry
    assert shown(desk) == old

    assert desk.json("key", "rotate")["vkey"] == lying.vkey


def test_a_key_that_was_cut_off_while_it_was_written_is_made_again(desk):
    made(desk)
    (desk.folder / "signing.key.new").write_text("PRIVATE+KEY+log.exam")

    vkey = desk.json("key", "rotate")["vkey"]

    assert desk.keys.in_use == [vkey] == [shown(desk)]


def test_a_first_key_killed_after_its_entry_takes_its_name_when_the_service_starts(desk):
    desk.killed("os.rename", "key", "create")
    assert desk.files == ["signing.key.new"]

    commands.ensure(Settings(data=desk.folder, origin=ORIGIN), desk.log)

    assert desk.keys.in_use == [shown(desk)]
    assert desk.files == ["signing.key"]


def test_a_key_given_by_hand_is_recorded_when_the_log_has_none(desk):
    given = note.generate(ORIGIN)
    desk.current.write_text(given.text)

    commands.ensure(Settings(data=desk.folder, origin=ORIGIN), desk.log)

    assert desk.keys.in_use == [given.vkey]


def test_a_start_without_the_key_of_the_log_adds_none(desk, tmp_path):
    vkey = made(desk)
    elsewhere = Settings(data=tmp_path / "fresh", origin=ORIGIN)

    with pytest.raises(key_file.KeyFileError, match="ANSWERABLE_SIGNING_KEY_FILE") as refused:
        commands.ensure(elsewhere, desk.log)

    assert vkey in str(refused.value)
    assert desk.keys.in_use == [vkey]
    assert not (tmp_path / "fresh" / "signing.key").exists()


def test_a_lost_key_is_replaced_in_the_way_that_the_refusal_names(desk):
    lost = made(desk)
    desk.current.unlink()
    desk.refused("is not in", "key", "create")

    size = str(desk.position + 1)
    desk.run("key", "compromised", lost, "--from-size", size, "--reason", "The disk was lost.")
    new = desk.json("key", "resume", "--reason", "The disk was lost; a new key.")["vkey"]

    commands.ensure(Settings(data=desk.folder, origin=ORIGIN), desk.log)
    assert desk.keys.in_use == [new] == [shown(desk)]


def test_a_folder_that_takes_no_file_changes_nothing(desk, tmp_path):
    old = made(desk)
    (desk.folder / "signing.key.new").mkdir()

    desk.refused("signing.key.new", "key", "rotate")

    assert desk.keys.in_use == [old]


def test_a_rotation_without_a_key_is_refused(desk):
    desk.refused("`answerable key create`", "key", "rotate")


def test_a_compromise_holds_sealing_and_says_how_to_go_on(desk):
    vkey = made(desk)

    said = desk.run("key", "compromised", vkey, "--from-size", "9", "--reason", "A lost laptop.")

    assert "answerable key resume" in said.stdout
    assert desk.keys.held_from == 9
    listed = desk.json("key", "list")
    assert listed["held_from"] == 9
    assert listed["keys"] == [
        {"vkey": vkey, "in_use": False, "retired_from": None, "compromised_from": 9}
    ]
    desk.refused("key resume", "key", "rotate")


def test_sealing_goes_on_by_a_new_key_after_the_last_checkpoint_that_proves(desk):
    old = made(desk)
    desk.run("key", "compromised", old, "--from-size", "9", "--reason", "A lost laptop.")

    new = desk.json("key", "resume", "--reason", "A new machine.")["vkey"]

    entries = desk.log.read(desk.position - 2, 2)
    assert [entry.data.TOPIC for entry in entries] == ["key-added", "sealing-resumed"]
    assert (entries[1].data.vkey, entries[1].data.at_size) == (new, 8)
    assert shown(desk) == new
    assert desk.files == ["signing.key", name_of(old, "compromised")]
    assert all_private(desk)


def test_after_a_compromise_no_key_is_taken_that_lay_beside_it(desk):
    old = made(desk)
    lying = key_file.propose(desk.current, ORIGIN)
    desk.run("key", "compromised", old, "--from-size", "9", "--reason", "The disk was copied.")

    new = desk.json("key", "resume", "--reason", "A new machine.")["vkey"]

    assert new not in (old, lying.vkey)
    assert name_of(lying.vkey, "unused") in desk.files


def test_sealing_goes_on_where_the_compromised_key_is_gone(desk):
    old = made(desk)
    desk.run("key", "compromised", old, "--from-size", "9", "--reason", "It was stolen.")
    desk.current.unlink()

    new = desk.json("key", "resume", "--reason", "A new machine.")["vkey"]

    assert [shown(desk)] == [new] == desk.keys.in_use


def test_sealing_killed_while_it_goes_on_is_ended_by_the_next_call(desk):
    old = made(desk)
    desk.run("key", "compromised", old, "--from-size", "9", "--reason", "A lost laptop.")
    desk.killed("os.rename", "key", "resume", "--reason", "A new machine.")
    then = desk.position

    answer = desk.json("key", "resume", "--reason", "A new machine.")

    assert [answer["vkey"]] == desk.keys.in_use == [shown(desk)]
    assert desk.position == then


def test_sealing_does_not_go_on_unless_it_had_stopped(desk):
    made(desk)

    desk.refused("nothing has stopped it", "key", "resume", "--reason", "For luck.")
    assert desk.run("key", "resume", "--held", "--reason", "R.", expect=2).exit_code == 2


def test_a_sealer_that_had_stopped_by_itself_goes_on_by_the_same_key(desk):
    vkey = made(desk)

    answer = desk.json("key", "resume", "--held", "--at-size", "9", "--reason", "Restored.")

    assert answer["vkey"] == vkey
    assert desk.files == ["signing.key"]


def test_a_key_of_another_log_that_lies_there_is_not_taken(desk):
    made(desk)
    other = key_file.propose(desk.current, "log.example/other")
    desk.log.record(SETUP, add_key, KeyAdded(vkey=note.generate(ORIGIN).vkey), Notice())

    assert desk.json("key", "rotate")["vkey"].split("+")[0] == ORIGIN
    assert name_of(other.vkey, "unused") in desk.files


def test_rotations_at_once_come_one_after_the_other(desk):
    first = made(desk)

    desk.at_once("key", "rotate", times=3)

    assert desk.keys.in_use == [shown(desk)]
    ended = [vkey for vkey in desk.keys.known if vkey != shown(desk)]
    assert ended[0] == first
    assert desk.files == sorted(["signing.key", *map(name_of, ended)])
    assert len(ended) == 3


@pytest.mark.parametrize("reason", ["", "  ", "half \udc80"])
def test_a_reason_says_something(desk, reason):
    vkey = made(desk)

    desk.run("key", "compromised", vkey, "--from-size", "1", "--reason", reason, expect=2)

    assert desk.keys.in_use == [vkey]
