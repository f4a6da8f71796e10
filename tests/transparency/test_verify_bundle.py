"""`verify` on a bundle: some entries of a log, each with its proof."""

import io
import json
import struct
import time
import warnings
import zipfile
import zlib

import pytest

from ledger.verify import verify
from ledger.verify.checkpoint import Proof, parse_proof
from tests.transparency import trees
from tests.transparency.made import CLERK, KEY, WITNESSES, cosigned, entry_id, small

POSITIONS = range(3, 12)
"""The whole stream of one recommendation."""


def bundle(log, sealed=None, positions=POSITIONS):
    """Return the files of a bundle, by name."""
    sealed = log.reseal() if sealed is None else sealed
    texts = [one for one in log.texts if one["position"] in positions]
    files = {
        "log.checkpoint": sealed.encode(),
        "entries.jsonl": b"".join(log.lines[at - 1] + b"\n" for at in positions),
        "texts.jsonl": b"".join(json.dumps(one).encode() + b"\n" for one in texts),
        "README.txt": b"Read me.",
    }
    for at in positions:
        hashes = tuple(trees.path(at - 1, log.lines))
        files[f"proofs/{at}.tlog-proof"] = Proof(at - 1, hashes, sealed).text.encode()
    return files


@pytest.fixture
def check(tmp_path, capsys):
    def run(files, *options, expect=""):
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, body in files.items():
                archive.writestr(name, body)
        code = verify.main([str(path), "--key", KEY.vkey, "--json", *map(str, options)])
        answer = json.loads(capsys.readouterr().out)
        found = {one["check"]: one for one in answer["checks"]}
        failed = {name for name, one in found.items() if one["ok"] is False}
        assert failed == set(expect.split())
        assert code == bool(failed)
        return {name: " ".join([one["says"], *one["faults"]]) for name, one in found.items()}

    return run


def test_an_honest_bundle_passes_within_half_a_second(check):
    began = time.process_time()
    says = check(bundle(small()))

    assert time.process_time() - began < 0.5
    assert says["inclusion"] == "each entry is in the log of the checkpoint"
    assert says["positions"] == "grow"
    assert says["openings"].startswith("4 texts match")
    assert says["keys"].startswith("not checked")


def test_an_edited_entry_is_refused(check):
    files = bundle(small())
    files["entries.jsonl"] = files["entries.jsonl"].replace(b'"number":"2"', b'"number":"3"')

    says = check(files, expect="inclusion")
    assert "entry 3: The inclusion proof of leaf 2 leads to another root" in says["inclusion"]


def test_each_flipped_hash_of_each_proof_is_refused(check):
    for at in POSITIONS:
        good = parse_proof(bundle(small())[f"proofs/{at}.tlog-proof"])
        for n, one in enumerate(good.hashes):
            files = bundle(small())
            hashes = [*good.hashes[:n], bytes([one[0] ^ 1]) + one[1:], *good.hashes[n + 1 :]]
            wrong = Proof(good.index, tuple(hashes), good.checkpoint)
            files[f"proofs/{at}.tlog-proof"] = wrong.text.encode()
            check(files, expect="inclusion")


def test_a_missing_or_anothers_proof_is_refused(check):
    files = bundle(small())
    del files["proofs/5.tlog-proof"]
    assert "entry 5 has no proof" in check(files, expect="inclusion")["inclusion"]

    files["proofs/5.tlog-proof"] = files["proofs/6.tlog-proof"]
    check(files, expect="inclusion")


def test_a_proof_for_another_checkpoint_is_refused(check):
    log = small()
    files = bundle(log)
    del log.lines[10]
    hashes = tuple(trees.path(2, log.lines))
    files["proofs/3.tlog-proof"] = Proof(2, hashes, log.reseal()).text.encode()

    assert "for another checkpoint" in check(files, expect="inclusion")["inclusion"]


def test_a_version_that_was_left_out_is_refused(check):
    positions = [at for at in POSITIONS if at != 5]

    assert "not 3" in check(bundle(small(), None, positions), expect="versions")["versions"]


def test_an_id_that_stands_twice_is_refused(check):
    log = small()
    log.change(11, id=entry_id(6))

    assert "entry 11 has the id of an earlier" in check(bundle(log), expect="ids")["ids"]


def test_a_redaction_that_was_left_out_explains_nothing(check):
    says = check(bundle(small(), None, range(3, 9)), expect="openings")

    assert "entry 5 has no text for “text”" in says["openings"]


def test_a_bundle_that_leaves_out_how_a_key_ended_does_not_vouch_for_it(check):
    log = small()
    log.add("key-compromised", {"vkey": KEY.vkey, "from_size": 1}, "service", "service/setup")

    says = check(bundle(log, None, [1, *POSITIONS]))["keys"]
    assert says.startswith("not checked: nothing here ends the key")
    check(bundle(log, None, [1, *range(3, 13)]), expect="keys")


def test_an_empty_bundle_proves_nothing(check):
    assert "there is none" in check(bundle(small(), None, []), expect="entries")["entries"]


def test_the_checkpoint_that_the_reader_holds_has_to_be_this_one(check, tmp_path):
    held, log = tmp_path / "held", small()
    held.write_text(cosigned(log.reseal(), WITNESSES[0]))
    assert "begins with the 11" in check(bundle(log), "--since", held)["since"]

    held.write_text(log.reseal(7))
    assert "verify the whole log" in check(bundle(log), "--since", held, expect="since")["since"]


@pytest.mark.parametrize("name", ["log.checkpoint", "entries.jsonl"])
def test_a_zip_without_such_a_file_is_no_bundle(check, name):
    files = bundle(small())
    del files[name]

    assert f"has no {name}" in check(files, expect="reading")["reading"]


def test_a_file_that_is_no_zip_is_no_bundle(tmp_path, capsys):
    (tmp_path / "bundle.zip").write_bytes(b"PK, but not more")

    assert verify.main([str(tmp_path / "bundle.zip"), "--key", KEY.vkey]) == 1
    assert "is no ZIP that can be read" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("texts.jsonl", "two files of one name"),
        ("texts.jsonl/", "two files of one name"),
        ("./texts.jsonl", "somewhere else"),
        ("proofs//1.tlog-proof", "somewhere else"),
        ("proofs/./1.tlog-proof", "somewhere else"),
        ("texts.jsonl.", "somewhere else"),
        ("texts.jsonl ", "somewhere else"),
        (".\\texts.jsonl", "somewhere else"),
        ("../../.bashrc", "somewhere else"),
        ("/etc/passwd", "somewhere else"),
        ("C:\\autoexec.bat", "somewhere else"),
        ("proofs\\..\\..\\x", "somewhere else"),
        ("proofs\\3.tlog-proof", "somewhere else"),
        ("entries.jsonl;1", "somewhere else"),
        ("entries.jsonl\x01", "somewhere else"),
        ("entries\u200c.jsonl", "somewhere else"),
        ("ENTRIE~1.JSO", "somewhere else"),
    ],
)
def test_a_name_that_would_unpack_elsewhere_is_refused(tmp_path, capsys, name, says):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"Another text.")
        for each, body in bundle(small()).items():
            with warnings.catch_warnings(action="ignore"):
                archive.writestr(each, body)

    assert verify.main([str(path), "--key", KEY.vkey]) == 1
    assert says in capsys.readouterr().out


def test_a_link_is_refused(tmp_path, capsys):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("README.html")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, b"/etc/passwd")
        for each, body in bundle(small()).items():
            archive.writestr(each, body)

    assert verify.main([str(path), "--key", KEY.vkey]) == 1
    assert "somewhere else" in capsys.readouterr().out


def other_name(files):
    """Return a file with a field by which some programs call it otherwise."""
    one = zipfile.ZipInfo("README.txt")
    said = struct.pack("<BI", 1, zlib.crc32(b"README.txt")) + b"entries.jsonl"
    one.extra = struct.pack("<HH", 0x7075, len(said)) + said
    return zipped(files | {one: b"Forged."})


def between(files):
    """Return a bundle in front of which stands a file of the same name as one of its own. Its table
    of contents says nothing of that file."""
    return zipped({"entries.jsonl": b"Forged."})[:60] + zipped(files)


def behind(files):
    """Return a bundle with such a file between its files and its table. Its end tells where the
    table begins now."""
    raw, forged = zipped(files), zipped({"entries.jsonl": b"Forged."})[:50]
    at = int.from_bytes(raw[-6:-2], "little")
    begins = (at + len(forged)).to_bytes(4, "little")
    return raw[:at] + forged + raw[at:-6] + begins + raw[-2:]


def said_otherwise(files):
    """Return a file of which what stands in front of it says another size than the table."""
    raw = bytearray(zipped(files))
    raw[22:26] = b"\1\0\0\0"
    return bytes(raw)


def zipped(files):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in files.items():
            archive.writestr(name, one)
    return body.getvalue()


@pytest.mark.parametrize("make", [other_name, between, behind, said_otherwise])
def test_a_bundle_that_another_program_would_unpack_otherwise_is_refused(tmp_path, capsys, make):
    files = bundle(small())
    del files["README.txt"]
    path = tmp_path / "bundle.zip"
    path.write_bytes(make(files))

    assert verify.main([str(path), "--key", KEY.vkey]) == 1
    said = capsys.readouterr().out  # newer readers of ZIPs go by the other name themselves
    assert "was not packed by us" in said or "two files of one name" in said


def test_a_packed_file_that_is_damaged_is_refused_in_a_sentence(tmp_path, capsys):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, body in bundle(small()).items():
            archive.writestr(each, body)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"log.checkpoint") + len(b"log.checkpoint")
    raw[at : at + 8] = b"\xff" * 8
    path.write_bytes(raw)

    assert verify.main([str(path), "--key", KEY.vkey]) == 1
    assert "is no ZIP that can be read" in capsys.readouterr().out


def test_files_that_nobody_signed_are_named(check):
    files = bundle(small()) | {"The commissioner's statement.pdf": b"Not a word of it."}

    says = check(files)["other files"]
    assert says == ("not checked, nobody signed them: README.txt, The commissioner's statement.pdf")


def test_without_its_texts_redactions_are_checked_all_the_same(check):
    log = small()
    log.change(9, recorded_by=CLERK)
    files = bundle(log)
    del files["texts.jsonl"]

    says = check(files, expect="redactions")
    assert "entry 9 redacts by the account that asked for it" in says["redactions"]
