"""The commands of docs/verify.md, run block by block as they stand there, against a real export."""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from ledger.acts.service import begin_synthetic
from ledger.seed import seed
from ledger.states.service import SETUP
from tests.api.conftest import fresh_site
from tests.api.founding import COUNTRY
from tests.api.site import recommendation, statement
from tests.transparency.honest_witness import witnessing
from tests.transparency.made import KEY, small
from tests.transparency.sealing import Sealing

FOUNDING = COUNTRY


DOCUMENT = (Path(__file__).parents[2] / "docs" / "verify.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```\n\nPrints (.*?)\. ", DOCUMENT, re.MULTILINE | re.DOTALL)
"""Each block of commands, and what it is said to print where all is well."""
SIGNATURE, _, WHOLE, TEXT, _ = BLOCKS
TOOLS = ("sha256sum", "xxd", "openssl", "awk", "base64", "split")


class Hand:
    """Somebody who has an exported log, keys from elsewhere, and a checkpoint from before."""

    def __init__(self, folder, sealing, report, witness):
        self.folder, self.sealing, self.report, self.witness = folder, sealing, report, witness

    @property
    def keys(self):
        return list(self.sealing.keys.known)

    @property
    def signatures(self):
        """How many lines stand under the checkpoint."""
        return (self.folder / "log.checkpoint").read_text("utf-8").count("\n— ")

    def witnessed(self):
        """Have the newest checkpoint cosigned, and export the log anew."""
        self.sealing.run("witness", self.witness.url, self.witness.vkey)
        self.sealing.run("export", "log", str(self.folder))

    @contextmanager
    def changed(self, name, was, now):
        """While a file of the log is another in one place."""
        file = self.folder / name
        honest = file.read_bytes()
        assert was in honest
        file.write_bytes(honest.replace(was, now, 1))
        yield
        file.write_bytes(honest)

    def run(self, vkey, blocks=BLOCKS):
        """The exit code, and what each block printed, up to the first that failed."""
        ends = "\n} || exit\necho '== end'\n"
        script = "".join(f"{{\n{commands}{ends}" for commands, _ in blocks)
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "VKEY": vkey,
                "WITNESS": self.witness.vkey,
                "LC_ALL": "C.UTF-8",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.split("== end\n")

    def finds_all_well(self, vkey):
        assert len(BLOCKS) == DOCUMENT.count("```sh\n") == 5, "each says what it prints"
        code, printed = self.run(vkey)
        assert code == 0, printed
        for (_, said), found in zip(BLOCKS, printed[:-1], strict=True):
            words = "\n".join(re.findall("`([^`]*)`", said))
            pattern = re.escape(words).replace("…", ".+")
            assert re.fullmatch(f"{pattern}\n", found), (words, found)


@contextmanager
def kept_by_hand(site, folder, many):
    """A log with redacted texts, whose key was rotated just now, so that two keys sign its newest
    checkpoint; a witness cosigned it; a checkpoint from before is held. `many`: its entries."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    sealing = Sealing(site.ledger, site.url, folder)
    sealing.run("key", "create")
    site.ledger.record(SETUP, begin_synthetic)
    escaped = recommendation(text='Say:\n“Done”, or "when".')
    report = site.publish(recommendations=[escaped, recommendation("03")])
    said = {"text": "Sergeant Quillfeather was off sick.", "occurred_on": None}
    redact(site, site.force.act(f"{report.recommendation}/updates", said))
    site.clerk.act(f"{report.response}/statement", statement())
    site.clock.set("2026-11-01T10:00:00+00:00")  # the seeded reports go on for years
    seed(site.ledger, max(0, many - site.position), 20, lambda *_: None)
    sealing.seal()
    log = folder / "log"
    sealing.run("export", "log", str(log))
    shutil.copy(log / "log.checkpoint", log / "held.checkpoint")
    sealing.run("key", "rotate")
    sealing.seal()
    with witnessing("witness.example/one", *sealing.keys.known) as witness:
        made = Hand(log, sealing, report, witness)
        made.witnessed()
        yield made
    sealing.close()


@pytest.fixture(scope="module")
def hand(postgres, founding, tmp_path_factory):
    """One of several tiles."""
    with (
        fresh_site(postgres, founding) as site,
        kept_by_hand(site, tmp_path_factory.mktemp("hand"), 300) as made,
    ):
        made.site = site
        yield made


def redact(site, entry):
    about = {"field": "text", "basis": "personal_data"}
    sought = site.force.act(f"/api/entries/{entry}/redaction", about)
    site.admin.act(f"/api/entries/{sought}/redaction-confirmation", {})


def test_a_change_of_the_log_is_found_by_hand(hand):
    vkey = hand.keys[1]
    for name, was, now, says, passed in (
        ("log.jsonl", b'"hmicfrs', b'"hmicfrz', "differ", 2),
        ("log.texts.jsonl", b'"text":"By', b'"text":"Be', "", 3),
        ("log.checkpoint", b"\n\n", b"\nmore\n\n", "Signature Verification Failure", 0),
        ("log.checkpoint", b"witness.example", b"another.example", "error", 1),
        ("held.checkpoint", b"/keys\n4", b"/keys\n2", "differ", 4),
    ):
        with hand.changed(name, was, now):
            code, printed = hand.run(vkey)

        assert (code != 0, len(printed)) == (True, passed + 1), (name, printed)
        assert says in printed[passed]


def test_an_honest_log_is_found_so_by_hand_while_two_keys_sign_and_when_one_is_retired(hand):
    old, new = hand.keys
    assert hand.signatures == 3
    for vkey in (old, new):
        hand.finds_all_well(vkey)

    copied = {"to": "inspectorate", "occurred_on": None}
    hand.site.clerk.act(f"{hand.report.response}/copies", copied)
    hand.sealing.seal()
    hand.witnessed()

    assert hand.signatures == 2
    hand.finds_all_well(new)
    code, (printed,) = hand.run(old)
    assert code != 0
    assert "Verified" not in printed


@pytest.mark.soak
def test_a_log_of_a_hundred_thousand_entries_is_checked_by_hand(new_site, tmp_path):
    with kept_by_hand(new_site, tmp_path, 100_000) as hand:
        hand.finds_all_well(hand.keys[1])


@pytest.fixture
def by_hand(tmp_path):
    """A small log; runs blocks on it: the exit code, and what was printed."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    log = small()
    log.write(tmp_path, log.reseal())

    def run(*blocks):
        hand = Hand(tmp_path, None, None, SimpleNamespace(vkey=""))
        code, printed = hand.run(KEY.vkey, blocks)
        return code, printed[-1]

    return log, run


def test_a_line_after_the_last_that_has_no_end_is_found_by_hand(by_hand, tmp_path):
    log, run = by_hand
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(log.lines[-1].replace(b'"position":11', b'"position":12'))

    assert run(SIGNATURE, WHOLE) == (1, "")


def test_a_text_whose_beginning_went_into_its_salt_is_found_by_hand(by_hand, tmp_path):
    log, run = by_hand
    one = log.texts[0]
    assert one["text"] == "Publish a plan."
    one["salt"] += b"Publish a ".hex()
    one["text"] = "plan."
    log.write(tmp_path, log.reseal())

    assert run(TEXT) == (1, "")


def test_the_checkpoint_of_another_log_by_the_same_key_is_found_by_hand(by_hand, tmp_path):
    log, run = by_hand
    (tmp_path / "log.checkpoint").write_text(log.reseal(origin="another.example/log"))

    assert run(SIGNATURE) == (1, "")
