"""`verify` on one entry with its receipt."""

import json

import pytest

from ledger.verify import verify
from ledger.verify.checkpoint import Proof
from tests.transparency import trees
from tests.transparency.made import KEY, NOON, WITNESSES, cosigned, small


@pytest.fixture
def check(tmp_path, capsys):
    """Checks an entry's line with a receipt: the checks that failed, and what each says."""

    def run(raw, receipt, *options):
        (tmp_path / "entry").write_bytes(raw)
        (tmp_path / "receipt").write_text(receipt)
        files = [str(tmp_path / "entry"), "--receipt", str(tmp_path / "receipt")]
        code = verify.main([*files, "--key", KEY.vkey, "--json", *options])
        checks = json.loads(capsys.readouterr().out)["checks"]
        failed = {one["check"] for one in checks if one["ok"] is False}
        assert code == bool(failed)
        return failed, {one["check"]: one["says"] for one in checks}

    return run


def receipt(log, position, sealed=None):
    hashes = tuple(trees.path(position - 1, log.lines))
    return Proof(position - 1, hashes, sealed or log.reseal()).text


def test_an_entry_is_in_the_log_that_its_receipt_proves(check):
    log = small()
    for position, raw in enumerate(log.lines, 1):
        for line in (raw, raw + b"\n"):
            failed, says = check(line, receipt(log, position))
            assert failed == set()
            assert says["inclusion"] == f"entry {position} of the log of the checkpoint"


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        (lambda raw: raw.replace(b'"number":"2"', b'"number":"3"'), {"inclusion"}),
        (lambda raw: raw.replace(b'"position":3', b'"position":4'), {"entries", "inclusion"}),
        (lambda raw: raw.replace(b'","', b'", "', 1), {"entries", "inclusion"}),
        (lambda _: b"", {"entries", "inclusion"}),
        (lambda _: small().lines[3], {"entries", "inclusion"}),
    ],
)
def test_another_entry_is_not(check, changed, failed):
    log = small()

    assert check(changed(log.lines[2]), receipt(log, 3))[0] == failed


def test_a_text_that_is_no_receipt_is_refused_in_a_sentence(check):
    log = small()

    failed, says = check(log.lines[2], log.reseal())
    assert failed == {"reading"}
    assert says["reading"].startswith("This is no proof in the form of c2sp.org/tlog-proof@v1")


def test_an_entry_that_is_dated_after_a_witness_saw_it_is_refused(check):
    log = small()
    early = cosigned(log.reseal(), WITNESSES[0], at=NOON - 3600)
    trusted = ("--witness", WITNESSES[0].witness.vkey)

    failed, says = check(log.lines[2], receipt(log, 3, early), *trusted)
    assert (failed, says["recorded_at"]) == (
        {"recorded_at"},
        "entry 3 is dated after a witness saw it",
    )
    seen = cosigned(log.reseal(), WITNESSES[0])
    failed, says = check(log.lines[2], receipt(log, 3, seen), *trusted)
    assert (failed, says["outside evidence"]) == (set(), "entry 3: by 2026-06-01T12:01:00Z")


def test_an_older_receipt_is_not_called_a_log_that_was_cut_off(check, tmp_path):
    log = small()
    (tmp_path / "held").write_text(log.reseal())
    older = Proof(2, tuple(trees.path(2, log.lines[:7])), log.reseal(7)).text

    failed, says = check(log.lines[2], older, "--since", str(tmp_path / "held"))
    assert failed == {"since"}
    assert says["since"].endswith("it is older, and nothing ties it to yours: verify the whole log")
