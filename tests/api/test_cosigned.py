"""Receipts and bundles that are asked for later lead to a checkpoint that witnesses cosigned: each
witness a process of its own, asked over HTTP by `answerable witness`."""

import json
import zipfile
from contextlib import ExitStack, contextmanager

import pytest

from api.commands import witnesses as witness_command
from ledger.verify import note, tree, verify
from ledger.verify.checkpoint import parse_proof, verify_proof
from tests.api.conftest import fresh_site
from tests.api.founding import FEW_BODIES
from tests.api.site import FORCE
from tests.transparency.honest_witness import witnessing
from tests.transparency.sealing import Sealing as SealedLog


class Watched:
    """A sealed site with a report, and the witnesses that know its log."""

    def __init__(self, site, sealing, witnesses, folder):
        self.site, self.sealing, self.witnesses, self.folder = site, sealing, witnesses, folder
        self.report = site.publish()
        self.vkey = sealing.json("key", "show")["vkey"]

    def ask(self):
        """Record something: the answer."""
        said = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}
        return self.site.clerk.records(f"{self.report.recommendation}/assurances", said)

    def sealed(self):
        """Record something and seal it: the id of its entry."""
        entry = self.ask()["event"]["id"]
        self.sealing.seal()
        return entry

    def cosigned(self, *which):
        """Have some of the witnesses cosign the newest checkpoint."""
        for n in which:
            done = self.sealing.json("witness", self.witnesses[n].url, self.witnesses[n].vkey)
            assert done["witnesses"][0]["detail"] == "cosigned", done

    def receipt(self, entry):
        """The receipt of an entry, checked: (size of its checkpoint, names of who cosigned)."""
        text = self.site.anybody.get(f"/api/entries/{entry}/receipt").text
        leaf = tree.leaf_hash(self.site.anybody.get(f"/api/entries/{entry}/raw").data)
        keys = [note.parse_vkey(one) for one in (self.vkey, *self.vkeys)]
        opened = verify_proof(parse_proof(text), leaf, keys)
        names = {key.name for key in opened.note.signed_by(note.COSIGNATURE)}
        return opened.checkpoint.size, names

    @property
    def vkeys(self):
        return [one.vkey for one in self.witnesses]

    def bundle(self, **asked):
        """The bundle of the recommendation, as a file."""
        answer = self.site.anybody.get(f"{self.report.recommendation}/bundle", **asked)
        assert answer.status_code == 200, answer.text
        path = self.folder / "bundle.zip"
        path.write_bytes(answer.data)
        return path


FOUNDING = FEW_BODIES
"""How a log is cosigned is seen of one that begins with few bodies."""


@contextmanager
def watching(site, folder):
    sealing = SealedLog(site.ledger, site.url, folder)
    sealing.run("key", "create")
    with ExitStack() as running:
        log = sealing.json("key", "show")["vkey"]
        named = [f"witness.example/{n}" for n in range(2)]
        both = [running.enter_context(witnessing(name, log)) for name in named]
        yield Watched(site, sealing, both, folder)
    sealing.close()


@pytest.fixture(scope="module")
def shared_watched(postgres, founding, tmp_path_factory):
    with (
        fresh_site(postgres, founding) as site,
        watching(site, tmp_path_factory.mktemp("watched")) as made,
    ):
        yield made


@pytest.fixture
def watched(shared_watched):
    """The site of the file, with a report of the test's own."""
    shared_watched.report = shared_watched.site.publish()
    return shared_watched


@pytest.fixture
def own_watched(new_site, tmp_path):
    with watching(new_site, tmp_path) as made:
        yield made


def verified(capsys, watched, path, *witnesses, expect=0, more=()):
    """The checks of `verify`, by name, where these are the witnesses that are asked for."""
    asked = [part for vkey in witnesses for part in ("--witness", vkey)]
    code = verify.main([str(path), "--key", watched.vkey, *asked, *more, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert code == expect, said
    return {one["check"]: one["says"] for one in said["checks"]}


def test_a_receipt_that_is_asked_for_later_leads_to_the_checkpoint_that_most_cosigned(watched):
    before = watched.sealed()
    assert watched.receipt(before)[1] == set()
    watched.cosigned(0)
    one = watched.sealing.sizes[-1]
    between = watched.sealed()
    watched.sealed()
    watched.cosigned(0, 1)
    both = watched.sealing.sizes[-1]
    after = watched.sealed()
    watched.cosigned(0, 1)
    last = watched.sealing.sizes[-1]
    uncosigned = watched.sealed()

    names = {f"witness.example/{n}" for n in range(2)}
    assert one < both < last
    assert watched.receipt(before) == (both, names)
    assert watched.receipt(between) == (both, names)
    assert watched.receipt(after) == (last, names)
    assert watched.receipt(uncosigned) == (watched.sealing.sizes[-1], set())


def test_a_receipt_leads_to_the_oldest_of_checkpoints_that_as_many_cosigned(watched):
    entry = watched.sealed()
    watched.sealed()
    watched.cosigned(0)
    size = watched.sealing.sizes[-1]
    watched.sealed()
    watched.cosigned(1)

    assert watched.receipt(entry) == (size, {"witness.example/0"})


def test_a_request_that_is_sent_again_has_the_receipt_that_it_had(watched):
    path = f"{watched.report.recommendation}/assurances"
    said = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}
    key = {"Idempotency-Key": "once"}
    watched.site.clerk.post(path, said, key)
    watched.sealing.seal()
    first = watched.site.clerk.post(path, said, key)
    watched.cosigned(0, 1)

    assert isinstance(first.json["receipt"], str)
    assert watched.site.clerk.post(path, said, key).data == first.data


def test_a_witness_stands_once_under_a_checkpoint_however_often_it_cosigned_it(own_watched):
    entry = own_watched.sealed()
    own_watched.cosigned(0, 0)
    first, last = own_watched.sealing.database.rows(
        "SELECT line FROM ledger.cosignatures ORDER BY seen_at"
    )

    def lines(text):
        return [f"{line}\n" for line in text.splitlines() if line.startswith("— witness")]

    kept = own_watched.site.anybody.get("/log/witnessed").text.splitlines()
    said = [json.loads(line)["checkpoint"] for line in kept]
    assert [lines(one) for one in said] == [[first], [last]]
    assert lines(own_watched.site.anybody.get(f"/api/entries/{entry}/receipt").text) == [first]
    assert lines(own_watched.site.anybody.get("/log/checkpoint").text) == [last]


def test_a_policy_decides_what_verify_says_of_a_bundle(watched, capsys):
    watched.sealed()
    known_at = watched.site.position
    watched.sealed()
    one, other = watched.vkeys
    for asked in ({}, {"known_at": known_at}):
        says = verified(capsys, watched, watched.bundle(**asked), one, expect=1)
        assert "0 of 1 cosigned it, too few for the quorum; not witness" in says["witnesses"]

    watched.cosigned(0)
    watched.site.publish()
    watched.sealing.seal()  # the newest checkpoint is nobody's but the log's own

    for asked in ({}, {"known_at": known_at}):
        path = watched.bundle(**asked)
        says = verified(capsys, watched, path, one)
        assert says["witnesses"] == "1 of 1 cosigned it"
        assert "entries was seen by witness.example/0+" in says["horizon"]
        assert "by 20" in says["outside evidence"]
        says = verified(capsys, watched, path, one, other, expect=1)
        assert "1 of 2 cosigned it, too few for the quorum; not wit" in says["witnesses"]
        assert (
            "you gave no key for them: witness.example/0+"
            in (verified(capsys, watched, path)["witnesses"])
        )
        with zipfile.ZipFile(path) as files:
            assert "cosigned by witness.example/0+" in files.read("README.txt").decode()


def test_a_policy_decides_what_verify_says_of_a_receipt(watched, capsys):
    path = f"/api/entries/{watched.sealed()}"
    one, other = watched.vkeys

    def check(*witnesses, expect):
        entry, receipt = watched.folder / "entry", watched.folder / "receipt"
        entry.write_bytes(watched.site.anybody.get(f"{path}/raw").data)
        receipt.write_bytes(watched.site.anybody.get(f"{path}/receipt").data)
        more = ("--receipt", str(receipt))
        return verified(capsys, watched, entry, *witnesses, expect=expect, more=more)

    check(one, expect=1)
    watched.cosigned(0)
    watched.sealed()
    says = check(one, expect=0)
    assert says["witnesses"] == "1 of 1 cosigned it"
    assert ": by 20" in says["outside evidence"]
    assert "1 of 2 cosigned it, too few" in check(one, other, expect=1)["witnesses"]


def test_a_bundle_as_known_then_is_the_same_again_once_it_was_cosigned(own_watched):
    own_watched.sealed()
    known_at = own_watched.site.position
    own_watched.sealed()
    own_watched.cosigned(0)
    path = own_watched.bundle(known_at=known_at)
    first = path.read_bytes()
    own_watched.sealed()
    own_watched.cosigned(1)
    own_watched.sealing.run("key", "rotate")
    own_watched.sealed()

    assert own_watched.bundle(known_at=known_at).read_bytes() == first


def test_a_bundle_goes_on_past_a_cosigned_checkpoint_that_does_not_cover_it(watched, capsys):
    watched.sealed()
    watched.cosigned(0, 1)
    watched.sealed()

    says = verified(capsys, watched, watched.bundle(), *watched.vkeys, expect=1)
    assert f"{watched.sealing.sizes[-1]:,} entries" in says["checkpoint"]
    watched.cosigned(0, 1)
    verified(capsys, watched, watched.bundle(), *watched.vkeys)


def test_no_witness_is_asked_about_an_old_checkpoint_while_entries_wait_for_the_sealer(
    watched, monkeypatch
):
    watched.sealed()
    watched.ask()
    monkeypatch.setattr(witness_command, "_MOST_WAITED", 0)

    done = watched.sealing.json("witness", watched.witnesses[0].url, watched.vkeys[0], expect=1)
    assert done["witnesses"][0]["ok"] is False
    assert "has waited for the sealer for" in done["witnesses"][0]["detail"]


def test_a_cosignature_dated_before_the_checkpoint_is_not_kept(watched, monkeypatch):
    entry = watched.sealed()
    monkeypatch.setattr(witness_command, "_APART", -1_000_000_000)

    done = watched.sealing.json("witness", watched.witnesses[0].url, watched.vkeys[0], expect=1)
    assert "before it was there: not kept" in done["witnesses"][0]["detail"]
    assert watched.receipt(entry)[1] == set()
