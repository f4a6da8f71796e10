"""Files made so that whoever checks them never ends, ends in a traceback, or is told too much."""

import json
import os
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.verify import compare, verify
from ledger.verify.checkpoint import Checkpoint, Proof, parse_proof
from ledger.verify.report import Outside
from ledger.verify.seal import Clocks, SignedCheckpoint
from tests.conftest import examples
from tests.transparency import trees
from tests.transparency.made import (
    CLERK,
    KEY,
    OTHER,
    STREAM,
    Say,
    compact,
    entry_id,
    small,
)
from tests.transparency.test_verify_bundle import bundle

DEEP = 1_500


@pytest.fixture
def run(capsys):
    """Verifies what lies at a path: the checks by name, each (ok, all that is said)."""

    def run(path, *options):
        code = verify.main([str(path), "--key", KEY.vkey, "--json", *map(str, options)])
        answer = json.loads(capsys.readouterr().out)
        assert code == (0 if answer["ok"] else 1)
        checks = answer["checks"]
        return {
            one["check"]: (one["ok"], " ".join([one["says"], *one["faults"]])) for one in checks
        }

    return run


def failed(found):
    return {name: says for name, (ok, says) in found.items() if ok is False}


# A folder that somebody sent.


@pytest.mark.parametrize("name", ["log.jsonl", "log.checkpoint", "log.texts.jsonl"])
@pytest.mark.parametrize("what", ["a pipe", "a link to what never ends", "a folder"])
def test_a_log_that_is_no_plain_file_is_refused_at_once(run, tmp_path, name, what):
    log = small()
    log.write(tmp_path, log.reseal())
    path = tmp_path / name
    path.unlink()
    if what == "a pipe":
        os.mkfifo(path)
    elif what == "a folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")

    assert failed(run(tmp_path)) == {"reading": f"{path} is no plain file."}


@pytest.mark.parametrize("name", ["log.jsonl", "log.texts.jsonl"])
def test_a_line_without_end_is_not_read_to_its_end(run, tmp_path, name):
    log = small()
    log.write(tmp_path, log.reseal())
    with (tmp_path / name).open("ab") as file:
        file.truncate(1 << 40)

    assert "A line goes on for" in failed(run(tmp_path))["reading"]


def test_a_checkpoint_without_end_is_not_read_to_its_end(run, tmp_path):
    log = small()
    log.write(tmp_path, log.reseal())
    with (tmp_path / "log.checkpoint").open("ab") as file:
        file.truncate(1 << 40)

    assert "has more than 1,000,000 bytes" in failed(run(tmp_path))["reading"]
    given = ("--checkpoint", tmp_path / "log.checkpoint")
    assert "has more than 1,000,000 bytes" in failed(run(tmp_path, *given))["reading"]


@pytest.fixture(params=["a pipe", "a link to what never ends"])
def no_file(request, tmp_path):
    """Something of a name that is no plain file."""

    def no_file(name):
        path = tmp_path / name
        if request.param == "a pipe":
            os.mkfifo(path)
        else:
            path.symlink_to("/dev/zero")
        return path

    return no_file


@pytest.mark.parametrize("option", ["--since", "--checkpoint", "--texts"])
def test_a_file_beside_a_log_that_is_no_plain_file_is_refused(run, tmp_path, no_file, option):
    path, log = no_file("log.witnessed.jsonl"), small()
    given = [log.write(tmp_path, log.reseal()), option, path]

    assert failed(run(*given)) == {"reading": f"{path} is no plain file."}


def test_a_bundle_that_is_no_plain_file_is_refused(run, no_file):
    path = no_file("bundle.zip")

    assert failed(run(path)) == {"reading": f"{path} is no plain file."}


@pytest.mark.parametrize("name", ["entry", "receipt"])
def test_an_entry_or_receipt_that_is_no_plain_file_is_refused(run, tmp_path, no_file, name):
    path, log = no_file(name), small()
    hashes = tuple(trees.path(2, log.lines))
    said = {"entry": log.lines[2].decode(), "receipt": Proof(2, hashes, log.reseal()).text}
    (other,) = said.keys() - {name}
    (tmp_path / other).write_text(said[other])

    found = run(tmp_path / "entry", "--receipt", tmp_path / "receipt")
    assert failed(found) == {"reading": f"{path} is no plain file."}


def test_a_policy_or_a_watchers_file_that_is_no_plain_file_is_refused(tmp_path, no_file, capsys):
    path, log = no_file("another"), small()

    assert verify.main([str(log.write(tmp_path, log.reseal())), "--policy", str(path)]) == 2
    (tmp_path / "mine").write_bytes(b"")
    assert compare.main([str(tmp_path / "mine"), str(path), "--key", KEY.vkey]) == 1
    assert capsys.readouterr().err.count(f"{path} is no plain file.") == 2


# The verifier does what it is asked, or refuses.


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("https://log.example", ["--receipt", "x"], "an address there is no --receipt."),
        ("https://log.example", ["--checkpoint", "x"], "an address there is no --checkpoint."),
        ("entry", ["--receipt", "x", "--texts", "x"], "a receipt there is no --texts."),
        ("entry", ["--receipt", "x", "--checkpoint", "x"], "a receipt there is no --checkpoint."),
        ("bundle.zip", ["--texts", "x"], "a bundle there is no --texts."),
    ],
)
def test_an_option_that_would_be_ignored_is_wrong_usage(capsys, target, options, says):
    assert verify.main([target, "--key", KEY.vkey, *options]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"verify: Beside {says}\n")


# A bundle that somebody sent.


def packed(path, files, how=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return path


@pytest.mark.parametrize("how", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_bundle_is_packed_as_bundles_are(run, tmp_path, how):
    path = packed(tmp_path / "bundle.zip", bundle(small()), how)

    assert "another way" in failed(run(path))["reading"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("texts.jsonl", "Texts.jsonl"),
        ("pr\u00f3ofs", "pro\u0301ofs"),
        ("STRASSE", "stra\u00dfe"),
    ],
)
def test_two_names_that_one_folder_takes_for_one_are_refused(run, tmp_path, one, other):
    path = packed(tmp_path / "bundle.zip", bundle(small()) | {one: b"", other: b""})

    assert "two files of one name" in failed(run(path))["reading"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("texts.jsonl", "lines among its texts that are too short"),
        ("entries.jsonl", "more entries than files"),
    ],
)
def test_a_bundle_of_a_few_bytes_takes_no_room_for_many_lines(run, tmp_path, name, says):
    path = packed(tmp_path / "bundle.zip", bundle(small()) | {name: b"\n" * 5_000_000})
    tracemalloc.start()
    try:
        assert says in failed(run(path))["reading"]
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size < 100_000
    assert most < 20_000_000  # as a list of lines it would be 40 MB


def test_no_more_is_unpacked_than_a_file_says_that_it_has(run, tmp_path):
    path = packed(tmp_path / "bundle.zip", bundle(small()) | {"x": b"0" * 50_000_000})
    raw = path.read_bytes()
    path.write_bytes(raw.replace((50_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    tracemalloc.start()
    try:
        assert "no ZIP that can be read" in failed(run(path))["reading"]
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 10_000_000


def test_one_proof_is_read_for_one_entry(run, tmp_path, monkeypatch):
    read = []
    parse = parse_proof

    def noted(text):
        read.append(text)
        return parse(text)

    monkeypatch.setattr("ledger.verify.bundle.parse_proof", noted)
    files = bundle(small())
    files["entries.jsonl"] += files["entries.jsonl"].splitlines(keepends=True)[-1] * 3
    found = failed(run(packed(tmp_path / "bundle.zip", files)))

    assert set(found) >= {"positions", "versions", "ids"}
    assert len(read) == 9


def test_a_bundle_has_no_more_files_than_can_be_read_soon(run, tmp_path, monkeypatch):
    monkeypatch.setattr("ledger.verify.bundle.MAX_FILES", 12)
    path = packed(tmp_path / "bundle.zip", bundle(small()))

    assert "more than 12 files" in failed(run(path))["reading"]


@pytest.mark.sampled
def test_a_bundle_with_some_bytes_changed_is_refused_in_a_sentence_or_read(run, tmp_path):
    path = packed(tmp_path / "bundle.zip", {**bundle(small()), "\u00e9": b""})
    whole, random = path.read_bytes(), Random(1)
    starts = [n for n in range(len(whole)) if whole[n : n + 3] in (b"PK\x01", b"PK\x05", b"PK\x03")]
    for _ in range(examples(300, 5_000)):
        raw = bytearray(whole)
        for _ in range(random.randint(1, 3)):
            raw[min(len(raw) - 1, random.choice(starts) + random.randrange(60))] = random.choice(
                [0, 1, 8, 255, random.randrange(256)]
            )
        path.write_bytes(raw)
        run(path)


def test_a_name_of_a_file_that_is_no_unicode_is_refused_in_a_sentence(run, tmp_path):
    path = packed(tmp_path / "bundle.zip", {**bundle(small()), "\u00e9": b""})
    path.write_bytes(path.read_bytes().replace("\u00e9".encode(), b"\xff\xfe"))

    assert "no ZIP that can be read" in failed(run(path))["reading"]


def test_offsets_beyond_every_file_are_refused_in_a_sentence(run, tmp_path):
    path = packed(tmp_path / "bundle.zip", bundle(small()))
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x05\x06")
    raw[at + 12 : at + 20] = struct.pack("<LL", 0xFFFFFFFE, 0xFFFFFFFE)
    path.write_bytes(raw)

    assert "no ZIP that can be read" in failed(run(path))["reading"]


def test_a_bundle_does_not_say_of_a_redaction_that_somebody_sought_it_who_is_not_here(
    run, tmp_path
):
    log = small()
    del log.lines[7:], log.texts[3:]
    text = log.add("update-received", {"text": Say("Late.", shown=False)})
    about = {"target": text, "field": "text", "basis": "personal_data", "length": 5}
    log.add("text-redacted", {**about, "sought": entry_id(99)}, by=CLERK)
    path = packed(tmp_path / "bundle.zip", bundle(log, positions=range(3, len(log.lines) + 1)))

    log.versions[STREAM] = 7
    found = run(path)["redactions"]
    assert found[1].endswith("; but of 1 that is not checked: the requests are not here")


# A log that says what no entry of ours says.


def test_a_redaction_by_one_account_alone_is_found_without_the_texts(run, tmp_path):
    log = small()
    log.change(9, recorded_by=CLERK)
    path = log.write(tmp_path, log.reseal(), texts=False)

    assert failed(run(path)) == {
        "redactions": "1 found entry 9 redacts by the account that asked for it"
    }


def test_a_redaction_without_a_basis_is_refused(run, tmp_path):
    log = small()
    for at in (8, 9):
        said = json.loads(log.lines[at - 1])["event"]["data"]
        del said["basis"]
        log.change(at, data=said)

    assert set(failed(run(log.write(tmp_path, log.reseal())))) == {"redactions"}


@pytest.mark.parametrize("earlier", [2, 3, 11], ids=["nobody's", "a corrected one's", "its own"])
def test_each_entry_has_an_id_of_its_own_whether_anything_refers_to_it_or_not(
    run, tmp_path, earlier
):
    log = small()
    log.add("update-received", {"text": Say("Never.")})
    log.change(12, id=entry_id(earlier))
    assert failed(run(log.write(tmp_path, log.reseal()))) == {
        "ids": f"1 found entry 12 has the id of an earlier entry, {entry_id(earlier)}"
    }


@pytest.mark.parametrize("day", ["2026-02-30", "2026-19-01", "0000-01-01", "2026-06-39"])
def test_a_day_that_no_calendar_has_is_refused(run, tmp_path, day):
    log = small()
    for at in range(1, 12):
        log.change(at, recorded_at=f"{day}T12:00:00.000000Z")

    assert f"{day}, which is no day" in str(failed(run(log.write(tmp_path, log.reseal()))))


@pytest.mark.parametrize("hour", ["24", "29"])
def test_an_hour_that_no_clock_has_is_refused(run, tmp_path, hour):
    log = small()
    log.change(11, recorded_at=f"2026-06-01T{hour}:00:00.000000Z")

    assert set(failed(run(log.write(tmp_path, log.reseal())))) >= {"entries"}


@pytest.mark.parametrize("depth", [900, 985, DEEP])
@pytest.mark.parametrize(
    ("topic", "name", "stream"),
    [
        ("text-redacted", "target", STREAM),
        ("text-redacted", "field", STREAM),
        ("text-redacted", "sought", STREAM),
        ("text-redacted", "basis", STREAM),
        ("redaction-sought", "basis", STREAM),
        ("entry-retracted", "target", STREAM),
        ("text-released", "field", STREAM),
        ("entry-corrected", "was", STREAM),
        ("key-added", "vkey", "service"),
        ("key-retired", "from_size", "service"),
    ],
)
def test_deep_nesting_in_the_place_of_a_word_is_refused_in_a_sentence(
    run, tmp_path, topic, name, stream, depth
):
    log = small()
    text = log.add("update-received", {"text": Say("Late.", shown=False)})
    about = {"target": text, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    said = {**about, "sought": sought, "vkey": KEY.vkey, "from_size": 99, "length": 5}
    log.add(topic, said | {name: 0}, stream, by=OTHER)
    marker = compact({name: 0})[1:-1]
    deep = marker[:-1] + b'{"a":' * depth + b"{}" + b"}" * depth
    log.lines[-1] = log.lines[-1].replace(marker, deep, 1)

    assert failed(run(log.write(tmp_path, log.reseal())))


# Clocks.


def plainly(sealed, held):
    """Return the ranges, as each is defined."""
    seen = [one for one in (*held, sealed) if one.seen_by is not None]
    size = sealed.checkpoint.size
    ends = sorted({one.checkpoint.size for one in seen if one.checkpoint.size <= size} | {size})
    found = []
    for before, end in pairwise([0, *(one for one in ends if one)]):
        after = [one.seen_from for one in seen if one.checkpoint.size <= before]
        by = [one.seen_by for one in seen if one.checkpoint.size >= end]
        found.append(Outside(before + 1, end, max(after, default=None), min(by, default=None)))
    return found


def seen(size, at, again):
    held = Checkpoint("log", size, b"\0" * 32)
    return SignedCheckpoint(held, (), frozenset(), at, None if at is None else again)


_sealed = st.builds(seen, st.integers(0, 9), st.none() | st.integers(1, 50), st.integers(50, 99))


@given(_sealed, st.lists(_sealed, max_size=8))
def test_the_ranges_of_outside_evidence_are_as_each_is_defined(sealed, held):
    assert Clocks(sealed, held).ranges == plainly(sealed, held)


def test_many_cosigned_checkpoints_are_set_in_order_soon():
    held = [seen(size, size, size + 1) for size in range(1, 30_000)]
    began = time.process_time()
    ranges = Clocks(seen(30_000, 30_000, 30_001), held).ranges

    assert (len(ranges), ranges[-1]) == (30_000, Outside(30_000, 30_000, 30_000, 30_000))
    assert time.process_time() - began < 5


# A terminal that has not every letter.


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_name_that_a_code_page_has_not_is_spelt_out(tmp_path, options):
    log = small()
    sealed = log.reseal(origin="log.example/\u0175")
    path = log.write(tmp_path, sealed)
    done = subprocess.run(
        [sys.executable, "-m", "ledger.verify", path, "--key", KEY.vkey, *options],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "\\u0175" in done.stdout
