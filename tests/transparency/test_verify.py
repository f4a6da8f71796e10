"""`verify` on a whole log: an honest one passes, and each way of changing it is refused by name."""

import json

import pytest

from ledger.verify import note, verify
from ledger.verify.seal import named
from ledger.verify.sightings import Sighting
from tests.transparency import trees
from tests.transparency.made import (
    CLERK,
    KEY,
    NOON,
    ORIGIN,
    OTHER,
    STREAM,
    WITNESSES,
    Say,
    compact,
    cosigned,
    entry_id,
    small,
)


@pytest.fixture
def log():
    return small()


@pytest.fixture
def check(tmp_path, capsys):
    """Verifies a log: the checks by name, each (ok, all that is said)."""

    def run(log, sealed=None, *options, key=KEY.vkey, expect, texts=True):
        path = log.write(tmp_path, log.reseal() if sealed is None else sealed, texts=texts)
        code = verify.main([str(path), "--key", key, "--json", *map(str, options)])
        answer = json.loads(capsys.readouterr().out)
        found = {one["check"]: one for one in answer["checks"]}
        failed = {name for name, one in found.items() if one["ok"] is False}
        assert failed == (set(expect.split()) if isinstance(expect, str) else expect)
        assert (code, answer["ok"]) == ((0, True) if not failed else (1, False))
        return {name: " ".join([one["says"], *one["faults"]]) for name, one in found.items()}

    return run


def held(tmp_path, text, name="held.checkpoint"):
    path = tmp_path / name
    path.write_text(text)
    return "--since", path


def test_an_honest_log_passes_and_says_what_it_found(log, check):
    says = check(log, expect="")

    assert says["checkpoint"].startswith(f"{ORIGIN}, 11 entries, signed by {ORIGIN}+")
    assert says["root"] == "the entries lead to the root that is signed"
    assert says["openings"] == (
        "4 texts match what the log holds; 2 held for the office, not here; 1 redacted"
    )
    assert says["redactions"].startswith("1 logged")
    assert says["keys"] == "signed by a key that the log has in use at this size"
    assert says["outside evidence"] == "entries 1 to 11: none"


def test_it_says_what_it_does_not_prove(log, tmp_path, capsys):
    path = log.write(tmp_path, log.reseal())

    assert verify.main([str(path), "--key", KEY.vkey]) == 0

    last = capsys.readouterr().out.partition("This does not prove:\n")[2]
    assert "that what an entry says is true" in last
    assert "recorded_at is the operator's word" in last


def test_without_the_texts_openings_are_not_checked_and_it_says_so(log, check):
    assert check(log, texts=False, expect="")["openings"].startswith("not checked")


def test_without_a_checkpoint_from_before_it_says_what_that_leaves_open(log, check):
    says = check(log, expect="")

    assert says["since"].startswith("not checked, no checkpoint from before was given")
    assert says["recorded_at"] == "never runs backwards, no witness's clock to hold it against"


def test_an_empty_file_of_checkpoints_is_named_as_such(log, check, tmp_path):
    says = check(log, None, *held(tmp_path, "", "log.witnessed.jsonl"), expect="since")

    assert "log.witnessed.jsonl: It is empty" in says["since"]


# Files that were converted on their way: it is not the log that is wrong.


@pytest.mark.parametrize(
    ("convert", "why"),
    [
        (lambda raw: raw.replace(b"\n", b"\r\n"), "it ends with a carriage return"),
        (lambda raw: b"\xef\xbb\xbf" + raw, "it begins with a byte order mark"),
    ],
    ids=["line ends", "byte order mark"],
)
def test_a_log_that_was_converted_is_told_from_one_that_was_edited(
    log, tmp_path, capsys, convert, why
):
    path = log.write(tmp_path, log.reseal())
    path.write_bytes(convert(path.read_bytes()))

    assert verify.main([str(path), "--key", KEY.vkey]) == 1
    assert f"line 1: {why}: the file was converted on its way" in capsys.readouterr().out


def test_a_converted_checkpoint_is_told_from_an_edited_one(log, check):
    for sealed, why in (
        (log.reseal().replace("\n", "\r\n"), "It has carriage returns"),
        ("\ufeff" + log.reseal(), "It begins with a byte order mark"),
    ):
        says = check(log, sealed, expect="checkpoint")
        assert says["checkpoint"].startswith(f"{why}: the file was converted on its way")


# The bytes of the log, under a checkpoint from before.


def test_an_edited_entry_is_refused(log, check):
    sealed = log.reseal()
    log.change(2, data={"title": "Another report"})

    assert "one was changed" in check(log, sealed, expect="root")["root"]


def test_swapped_entries_are_refused(log, check):
    sealed = log.reseal()
    log.lines[1], log.lines[2] = log.lines[2], log.lines[1]

    says = check(log, sealed, expect="root positions recorded_at")
    assert "entry 3 comes after entry 1" in says["positions"]


def test_a_removed_entry_is_refused(log, check):
    sealed = log.reseal()
    del log.lines[3]

    says = check(log, sealed, expect="root positions versions")
    assert "1 of the 11 sealed entries are not here" in says["root"]
    assert "entry 5 comes after entry 3" in says["positions"]


def test_an_inserted_entry_is_refused(log, check):
    sealed = log.reseal()
    log.lines.insert(3, log.lines[3])

    says = check(log, sealed, expect="root positions versions ids openings")
    assert "1 lines come after the 11 that are sealed" in says["root"]


def test_a_truncated_tail_is_refused(log, check):
    sealed = log.reseal()
    del log.lines[9:], log.texts[2:]

    assert "2 of the 11 sealed entries" in check(log, sealed, expect="root")["root"]


def test_an_unsealed_entry_is_refused(log, check):
    sealed = log.reseal(10)

    assert "1 lines come after" in check(log, sealed, expect="root openings")["root"]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_an_unsealed_entry_explains_no_missing_text(log, check, tmp_path, capsys, end):
    log.texts = [one for one in log.texts if one["position"] < 11]
    about = {"target": entry_id(11), "field": "reason", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    log.add("text-redacted", {**about, "sought": sought, "length": 20}, by=OTHER)
    check(log, expect="")

    path = log.write(tmp_path, log.reseal(12))
    path.write_bytes(b"\n".join(log.lines) + end)
    assert verify.main([str(path), "--key", KEY.vkey]) == 1
    assert "entry 11 has no text for “reason”" in capsys.readouterr().out


def test_every_byte_of_an_entry_counts(log, check):
    sealed = log.reseal()
    line = log.lines[2]
    for at in (0, 40, len(line) // 2, len(line) - 1):
        log.lines[2] = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
        with pytest.raises(AssertionError, match="root"):
            check(log, sealed, expect="")


# The signature, and who is trusted.


def test_another_key_is_refused(log, check):
    says = check(log, key=note.generate(ORIGIN).vkey, expect="checkpoint")

    assert list(says) == ["checkpoint"]
    assert says["checkpoint"] == (
        "No key that you trust signed this. Under it stands "
        f"{'+'.join(KEY.vkey.split('+')[:2])}. If yours was rotated, take the next one from "
        "elsewhere than the log; give both."
    )


def test_another_origin_is_refused(log, check):
    sealed = log.reseal(origin="log.example/other")

    assert "of the log “log.example/other”" in check(log, sealed, expect="checkpoint")["checkpoint"]
    says = check(log, None, "--origin", "log.example/other", expect="checkpoint")
    assert "not of “log.example/other”" in says["checkpoint"]


def test_a_changed_signature_or_size_is_refused(log, check):
    sealed = log.reseal()

    for wrong in (sealed.replace("\n11\n", "\n12\n"), sealed[:-8] + "AAAAAA=\n", "", "\xff\n\n"):
        check(log, wrong, expect="checkpoint")


def test_a_quorum_of_witnesses_is_needed(log, check):
    keys = [part for one in WITNESSES for part in ("--witness", one.witness.vkey)]
    two = cosigned(log.reseal(), *WITNESSES[:2])

    missing = f"not {named(WITNESSES[2].witness)}"
    says = check(log, two, *keys, "--quorum", 2, expect="")
    assert says["witnesses"] == f"2 of 3 cosigned it; {missing}"
    says = check(log, two, *keys, expect="witnesses")
    assert says["witnesses"] == f"2 of 3 cosigned it, too few for the quorum; {missing}"
    assert "was seen by as many witnesses as you ask for" in says["horizon"]
    check(log, log.reseal(), *keys, "--quorum", 1, expect="witnesses")
    check(log, cosigned(log.reseal(), WITNESSES[0], WITNESSES[0]), *keys[:4], expect="witnesses")


def test_it_says_how_far_somebody_outside_answers_for_the_log_and_who(log, check, tmp_path):
    one, other, _ = WITNESSES
    held = tmp_path / "held"
    held.write_text(cosigned(log.reseal(7), one))
    trusted = ["--witness", one.witness.vkey]
    now = cosigned(log.reseal(), other)

    says = check(log, now, *trusted, "--quorum", 0, "--since", held, expect="")
    assert says["horizon"] == (
        f"the checkpoint of 7 entries was seen by {named(one.witness)}, by 2026-06-01T12:01:00Z; "
        "the 4 entries after it are the log's word alone"
    )
    assert says["witnesses"].endswith(f"you gave no key for them: {named(other.witness)}")
    says = check(log, now, expect="")
    assert says["witnesses"].startswith("none asked for: this is the log's own word alone; under")
    assert says["horizon"].endswith("the log's word alone")


def test_a_witness_that_says_1970_is_taken_at_its_word(log, check):
    sealed = cosigned(log.reseal(), WITNESSES[0], at=0)

    says = check(log, sealed, "--witness", WITNESSES[0].witness.vkey, expect="recorded_at")
    assert says["horizon"].endswith(f"{named(WITNESSES[0].witness)}, by 1970-01-01T00:00:00Z")
    assert "entry 1 is dated after a witness saw it" in says["recorded_at"]


def test_a_policy_file_says_the_same(log, tmp_path, capsys):
    lines = [f"log {KEY.vkey}"]
    lines += [f"witness w{n} {one.witness.vkey}" for n, one in enumerate(WITNESSES)]
    policy = tmp_path / "policy"
    policy.write_text("\n".join([*lines, "group two 2 w0 w1 w2", "quorum two", ""]))
    path = log.write(tmp_path, cosigned(log.reseal(), *WITNESSES[1:]))

    assert verify.main([str(path), "--policy", str(policy)]) == 0
    log.write(tmp_path, cosigned(log.reseal(), WITNESSES[1]))
    assert verify.main([str(path), "--policy", str(policy)]) == 1


# Texts.


def test_a_rewritten_text_is_refused(log, check):
    log.texts[0]["text"] = "Publish no plan."

    says = check(log, expect="openings")
    assert "a text of entry 3 is not the one that was recorded" in says["openings"]
    assert "nothing says why" not in says["openings"]


def test_a_text_deleted_without_a_redaction_is_refused(log, check):
    del log.texts[-1]

    says = check(log, expect="openings")
    assert "entry 11 has no text for “reason”, and nothing says why" in says["openings"]


def test_a_released_text_has_to_be_here_though_it_was_for_the_office(log, check):
    del log.texts[1]

    assert "entry 6 has no text for “text”" in check(log, expect="openings")["openings"]


def test_a_text_that_no_entry_holds_is_refused(log, check):
    log.texts[0]["position"] = 2
    check(log, expect="openings")
    log.texts[0]["position"] = 99
    check(log, expect="openings")


def test_a_line_that_is_no_opening_is_refused(log, check):
    for wrong in ({}, {"position": "3"}, {**log.texts[0], "salt": "00"}):
        other = small()
        other.texts.insert(0, wrong)
        check(other, expect="openings")


def test_a_text_that_a_correction_repeats_has_to_stand_in_an_earlier_entry(log, check):
    made_up = {"audience": "public", "lang": "en", "sha256": "ab" * 32}
    data = json.loads(log.lines[9])["event"]["data"]
    log.change(10, data={**data, "was": made_up})

    assert "entry 10 has no text for “was”" in check(log, expect="openings")["openings"]


def test_a_redaction_that_nobody_sought_or_one_account_alone_is_refused(log, check):
    log.change(9, recorded_by=CLERK)
    says = check(log, expect="redactions")
    assert "entry 9 redacts by the account that asked for it" in says["redactions"]

    data = json.loads(log.lines[8])["event"]["data"]
    log.change(9, data={**data, "sought": entry_id(1)})
    assert "what nobody asked to have redacted" in check(log, expect="redactions")["redactions"]


# Logs that cannot be right, though the operator signed them.


def test_a_hole_in_a_streams_versions_is_refused(log, check):
    log.change(11, version=12)

    assert f"entry 11 is version 12 of {STREAM}, not 9" in check(log, expect="versions")["versions"]


def test_a_hole_in_the_positions_is_refused(log, check):
    log.change(11, position=12)
    log.texts[-1]["position"] = 12

    assert "entry 12 comes after entry 10" in check(log, expect="positions")["positions"]


def test_a_recorded_at_that_runs_backwards_is_refused(log, check):
    log.change(11, recorded_at="2026-06-01T12:00:09.999999Z")

    says = check(log, expect="recorded_at")
    assert "entry 11 is dated before the one in front of it" in says["recorded_at"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'{"event":{"batch":null,"by"',
        b"\xff" * 40,
        b'{"event":{"batch":' + b"[" * 100_000,
        b'{"event":{"batch":' + b" " * 65_535,
    ],
)
def test_a_line_that_is_no_entry_is_refused(log, check, line):
    log.lines.append(line)

    assert "line 12: it " in check(log, expect="entries")["entries"]


def test_a_text_in_another_order_of_keys_is_found_all_the_same(log, check):
    line = log.lines[2]
    data = json.loads(line)["event"]["data"]["text"]
    turned = json.dumps(dict(reversed(data.items())), separators=(",", ":")).encode()
    log.lines[2] = line.replace(compact(data), turned)
    del log.texts[0]

    says = check(log, expect="entries openings")
    assert "entry 3 has no text for “text”" in says["openings"]


def test_a_line_that_says_two_things_at_once_is_refused(log, check):
    log.lines[1] = log.lines[1].replace(b'"data":{', b'"\\u0069d":"x","data":{', 1)
    log.lines[1] = log.lines[1].replace(b'"position":2', b'"position":2,"position":2')
    check(log, expect="entries")

    line = small().lines[1].replace(b'"version":1}', b'"version":1,"\\u0069d":"x"}')
    log.lines[1] = line
    check(log, expect="entries positions")


# Keys.


def test_a_checkpoint_signed_only_by_a_retired_key_is_refused(log, check):
    old, new = KEY, note.generate(ORIGIN)
    log.add("key-added", {"vkey": new.vkey}, "service", "service/setup")
    log.add("key-retired", {"vkey": old.vkey, "from_size": 14}, "service", "service/setup")

    check(log, log.reseal(key=old), expect="")
    log.add("closure-refused", {"reason": Say("Not so.")})
    says = check(log, log.reseal(key=old), expect="keys")
    assert says["keys"] == f"signed by {old.vkey}, retired from size 14 on"
    check(log, log.reseal(key=new), key=new.vkey, expect="")


def test_verify_says_if_a_fork_was_signed_by_a_key_that_the_log_calls_compromised(
    log, tmp_path, capsys
):
    new, thief = note.generate(ORIGIN), small()
    thief.add("update-received", {"text": Say("By a thief.")})
    since = held(tmp_path, thief.reseal())
    log.add("key-added", {"vkey": new.vkey}, "service", "service/setup")
    log.add("key-compromised", {"vkey": KEY.vkey, "from_size": 12}, "service", "service/setup")
    path = log.write(tmp_path, log.reseal(key=new))

    assert verify.main([str(path), "--key", KEY.vkey, "--key", new.vkey, *map(str, since)]) == 1
    says = capsys.readouterr().out
    assert "FAIL  since: at 12 entries this log had another root" in says
    assert f"as the log says, signed by {KEY.vkey}, compromised from size 12 on" in says


@pytest.mark.parametrize("topic", ["key-retired", "key-compromised"])
def test_a_key_that_the_log_ends_and_never_began_is_not_said_to_be_in_use(log, check, topic):
    other = note.generate(ORIGIN)
    log.add(topic, {"vkey": other.vkey, "from_size": 99}, "service", "service/setup")

    says = check(log, log.reseal(key=other), key=other.vkey, expect="")
    assert says["keys"].startswith("the log does not name the key that signed it")


@pytest.mark.parametrize(
    ("topic", "sizes"),
    [("key-retired", (3, 90)), ("key-compromised", (0, 90)), ("key-compromised", (5, 90))],
)
def test_a_key_that_ended_does_not_come_back(log, check, topic, sizes):
    for size in sizes:
        log.add(topic, {"vkey": KEY.vkey, "from_size": size}, "service", "service/setup")
    log.add("key-added", {"vkey": KEY.vkey}, "service", "service/setup")

    assert check(log, expect="keys")["keys"].startswith(f"signed by {KEY.vkey}, ")


def test_a_retirement_holds_only_from_after_its_own_entry(log, check):
    log.add("key-retired", {"vkey": KEY.vkey, "from_size": 3}, "service", "service/setup")

    check(log, expect="")


def test_a_checkpoint_signed_only_by_a_compromised_key_is_refused(log, check):
    data = {"vkey": KEY.vkey, "from_size": 12, "reason": Say("The laptop was stolen.")}
    log.add("key-compromised", data, "service", "service/setup")

    assert "compromised from size 12 on" in check(log, expect="keys")["keys"]


def test_an_entry_about_a_key_in_another_form_is_refused(log, check):
    log.add("key-retired", {"vkey": KEY.vkey}, "service", "service/setup")

    assert "from no size on" in check(log, expect="entries")["entries"]


def test_a_key_that_the_log_does_not_name_is_remarked(log, check):
    log.change(1, data={"vkey": "another"})

    assert "does not name the key" in check(log, expect="")["keys"]


# Checkpoints that the reader holds from earlier.


def test_a_log_that_begins_with_what_the_reader_holds_passes(log, check, tmp_path):
    for size in (0, 1, 7, 11):
        says = check(log, None, *held(tmp_path, log.reseal(size)), expect="")
        assert says["since"] == f"begins with the {size} entries of the checkpoint you hold"


def test_a_fork_is_refused(log, check, tmp_path):
    since = held(tmp_path, log.reseal(7))
    log.change(2, data={"title": "Another report"})

    assert "a fork" in check(log, None, *since, expect="since")["since"]


def test_a_log_that_is_shorter_than_what_the_reader_holds_is_refused(log, check, tmp_path):
    since = held(tmp_path, log.reseal())
    del log.lines[10], log.texts[-1]

    assert "cut off" in check(log, None, *since, expect="since")["since"]


def test_a_held_checkpoint_that_nobody_trusted_signed_is_refused(log, check, tmp_path):
    since = held(tmp_path, log.reseal(7, key=note.generate(ORIGIN)))

    assert "No key that you trust" in check(log, None, *since, expect="since")["since"]


def test_a_signed_checkpoint_that_a_watcher_refused_is_held_against_the_log(log, check, tmp_path):
    forked = small()
    forked.change(5, recorded_by=OTHER)
    kept = Sighting("2026-06-02T06:00:00Z", "https://log.example", forked.reseal(7), "rewritten")
    given = held(tmp_path, kept.line.decode())

    says = check(log, None, *given, expect="since")
    assert "at 7 entries this log had another root than the one you hold" in says["since"]


def test_a_receipt_is_held_as_well_as_a_checkpoint(log, check, tmp_path):
    hashes = "".join(f"{note.to_base64(one)}\n" for one in trees.path(2, log.lines[:7]))
    receipt = f"c2sp.org/tlog-proof@v1\nindex 2\n{hashes}\n{log.reseal(7)}"
    since = held(tmp_path, receipt)

    assert "begins with the 7" in check(log, None, *since, expect="")["since"]


def test_outside_evidence_is_given_for_each_range_of_entries(log, tmp_path, capsys):
    keys = ("--witness", WITNESSES[0].witness.vkey)
    since = held(tmp_path, cosigned(log.reseal(7), WITNESSES[0], at=NOON + 10))
    path = log.write(tmp_path, cosigned(log.reseal(), WITNESSES[0], at=NOON + 60))

    verify.main([str(path), "--key", KEY.vkey, *keys, *map(str, since), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"]
    assert answer["outside"] == [
        {"first": 1, "last": 7, "after": None, "by": NOON + 10},
        {"first": 8, "last": 11, "after": NOON + 10, "by": NOON + 60},
    ]


def test_a_backdated_entry_is_refused(log, check, tmp_path):
    keys = ("--witness", WITNESSES[0].witness.vkey)
    since = held(tmp_path, cosigned(log.reseal(7), WITNESSES[0], at=NOON + 7200))
    sealed = cosigned(log.reseal(), WITNESSES[0], at=NOON + 7260)

    says = check(log, sealed, *keys, *since, expect="recorded_at")
    assert "entry 8 is dated more than an hour before a witness saw the" in says["recorded_at"]
    assert "it was sealed so late, or backdated" in says["recorded_at"]


@pytest.mark.parametrize(
    ("times", "needed", "by"),
    [
        ((60, 90, -9_000_000), 2, 60),
        ((60, 90, -9_000_000), 3, 90),
        ((60, 90, -9_000_000), 1, -9_000_000),
        ((60, 90, 9_000_000), 2, 90),
        ((60, 90), 3, None),
    ],
)
def test_as_many_clocks_are_believed_as_the_policy_takes_witnesses(
    log, tmp_path, capsys, times, needed, by
):
    """One witness in league with the log has seen it long before it was there."""
    sealed = log.reseal()
    for witness, at in zip(WITNESSES, times, strict=False):
        sealed += cosigned(log.reseal(), witness, at=NOON + at).removeprefix(log.reseal())
    options = [word for one in WITNESSES for word in ("--witness", one.witness.vkey)]
    path = log.write(tmp_path, sealed)

    verify.main([str(path), "--key", KEY.vkey, "--json", *options, "--quorum", str(needed)])

    (outside,) = json.loads(capsys.readouterr().out)["outside"]
    assert outside["by"] == (None if by is None else NOON + by)


def test_an_entry_that_is_dated_after_it_was_seen_is_refused(log, check):
    sealed = cosigned(log.reseal(), WITNESSES[0], at=NOON - 3600)

    says = check(log, sealed, "--witness", WITNESSES[0].witness.vkey, expect="recorded_at")
    assert "entry 1 is dated after a witness saw it" in says["recorded_at"]


# Usage.


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--key", "nonsense"],
        ["--key", KEY.vkey, "--witness", KEY.vkey],
        ["--key", KEY.vkey, "--quorum", "1"],
        ["--key", KEY.vkey, "--policy", "policy"],
        ["--policy", "nowhere"],
        ["--nonsense"],
    ],
)
def test_wrong_usage_is_told_from_a_failed_check(log, tmp_path, capsys, options):
    path = log.write(tmp_path, log.reseal())

    assert verify.main([str(path), *options]) == 2
    assert capsys.readouterr().err


def test_a_file_that_is_not_there_is_a_failed_check(tmp_path, capsys):
    assert verify.main([str(tmp_path / "log.jsonl"), "--key", KEY.vkey]) == 1
    assert "log.checkpoint" in capsys.readouterr().out


# A log that writes at the reader.


def test_a_log_moves_no_cursor_and_forges_no_line(log, tmp_path, capsys):
    forged = "\x1b[2J\rok    root\u202e\x9b: \nEvery check passed."
    log.add("update-received", {forged: Say("Hidden.", shown=False)})
    path = log.write(tmp_path, log.reseal())

    assert verify.main([str(path), "--key", KEY.vkey]) == 1

    out = capsys.readouterr().out
    assert "\\x1b[2J\\rok    root\\u202e\\x9b: \\nEvery check passed." in out
    assert not any(one in out for one in "\x1b\r\u202e\x9b")
    assert "\nEvery check passed." not in out


def test_bytes_that_are_no_unicode_are_refused_in_a_sentence(log, check):
    log.lines[9] = log.lines[9].replace(STREAM.encode(), STREAM.encode() + b"\xf1")
    lone = json.loads(log.lines[6])["event"]["data"] | {"field": "lone"}
    log.change(7, data=lone)
    log.lines[6] = log.lines[6].replace(b'"lone"', b'"\\ud800"')

    says = check(log, expect="entries positions versions openings")
    assert "line 10: it is not UTF-8" in says["entries"]
    assert "line 7: it is not canonical JSON" in says["entries"]
