"""RFC 8785: the library that makes our canonical bytes passes the vectors of its standard."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from ledger.events.entry import MAX_ENTRY_BYTES

NAMES = ["arrays", "french", "structures", "unicode", "values", "weird"]


@pytest.fixture
def vector(shared: Path) -> Callable[[str, str], bytes]:
    return lambda folder, name: (shared / "vectors" / "jcs" / folder / name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_each_vector_gives_its_canonical_bytes(vector: Any, name: str) -> None:
    given = json.loads(vector("input", f"{name}.json"))

    found = rfc8785.dumps(given)

    assert found == vector("output", f"{name}.json").removesuffix(b"\n")
    assert found == bytes.fromhex(vector("outhex", f"{name}.txt").decode())
    assert len(found) < MAX_ENTRY_BYTES


def test_no_vector_is_left_out(shared: Path) -> None:
    assert [file.stem for file in sorted((shared / "vectors/jcs/input").iterdir())] == NAMES
