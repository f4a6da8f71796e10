"""A sealed log, fifty receipts of it, and fifty that were tampered with; the tools of others."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.events.entry import line
from ledger.postgres.connections import pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.seal.checkpoints import Sealed
from ledger.states.service import SETUP
from ledger.verify.checkpoint import Proof, parse_proof
from tests.api.conftest import founding, shared_site, site  # noqa: F401 - fixtures of these tests
from tests.transparency.sealing import Sealing

INSTALLED = Path(__file__).resolve().parents[2] / ".foreign"
HOW = "is not installed: make foreign installs it, where it can"


def tool(path: Path | str) -> str:
    """Return the path of a tool that somebody else wrote; the test is skipped where it is not
    there."""
    found = shutil.which(str(path))
    if found is None:
        pytest.skip(f"{Path(path).name} {HOW}")
    return found


@dataclass(frozen=True)
class Receipt:
    """An entry's bytes and what is said to prove it; `fault` says what was tampered with."""

    entry: bytes
    proof: Proof
    fault: str | None = None

    @property
    def size(self) -> int:
        return int(self.proof.checkpoint.split("\n")[1])

    @property
    def root(self) -> str:
        return self.proof.checkpoint.split("\n")[2]


@dataclass(frozen=True)
class Given:
    """The log's key and the receipts, good and bad."""

    vkey: str
    good: list[Receipt]
    bad: list[Receipt]


@pytest.fixture
def sealing(database_url: str, tmp_path: Path) -> Iterator[Sealing]:
    """Yield a log with every body of the register in it, sealed in two checkpoints."""
    with pool(database_url, max_size=4) as connections:
        log = Ledger(connections, database_url)
        log.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        sealing = Sealing(log, database_url, tmp_path)
        sealing.run("key", "create")
        sealing.seal()
        sealing.run("token", "create", "--name", "someone", "--scope", "admin")
        sealing.seal()
        yield sealing
        sealing.close()


@pytest.fixture
def given(sealing: Sealing) -> Given:
    """Fifty receipts, and the same fifty each with one thing changed."""
    with pool(sealing.url, max_size=2) as connections:
        rows = connections.getconn()
        stored = rows.execute(
            "SELECT state, position, recorded_at FROM ledger.entries ORDER BY position"
        ).fetchall()
        connections.putconn(rows)
        chosen = random.Random(50).sample(stored, 50)
        sealed = Sealed(connections)
        good = [Receipt(line(*row), parse_proof(sealed.receipt(row[1]))) for row in chosen]
    tampers = [_entry, _hash, _index, _root, _signature]
    bad = [tampers[n % len(tampers)](one) for n, one in enumerate(good)]
    return Given(next(iter(sealing.keys.known)), good, bad)


def _entry(one: Receipt) -> Receipt:
    return replace(one, entry=one.entry.replace(b'"position"', b'"Position"'), fault="entry")


def _hash(one: Receipt) -> Receipt:
    first, *rest = one.proof.hashes
    flipped = bytes([first[0] ^ 1]) + first[1:]
    return replace(one, proof=replace(one.proof, hashes=(flipped, *rest)), fault="hash")


def _index(one: Receipt) -> Receipt:
    return replace(one, proof=replace(one.proof, index=one.proof.index ^ 1), fault="index")


def _root(one: Receipt) -> Receipt:
    """Another root, under the old signature."""
    root = one.root
    other = ("B" if root[0] == "A" else "A") + root[1:]
    note = one.proof.checkpoint.replace(root, other)
    return replace(one, proof=replace(one.proof, checkpoint=note), fault="root")


def _signature(one: Receipt) -> Receipt:
    text, _, signature = one.proof.checkpoint.rpartition(" ")
    other = signature[:20] + ("B" if signature[20] == "A" else "A") + signature[21:]
    note = f"{text} {other}"
    return replace(one, proof=replace(one.proof, checkpoint=note), fault="signature")
