"""The sealer goes to another machine: a folder of data for each, and each sealer a process. No
position is signed twice, and who holds an older checkpoint sees the same log."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.seal.notebook import Notebook
from ledger.verify import verify
from tests.keys.keyed_log import ORIGIN
from tests.processes import Python, open_files, until
from tests.transparency.sealing import Sealing


@contextmanager
def sealer(sealing: Sealing, folder: Path) -> Iterator[None]:
    """Run the sealer of a machine, which has its notebook open, until it is told to end."""
    environment = sealing.environment | {"ANSWERABLE_DATA": str(folder)}
    with (folder / "sealer.log").open("a") as log:
        process = Python(*("-m", "api", "worker", "--only", "sealer"), env=environment, log=log)
        notebook = str(folder / "sealer" / "notebook.sqlite")
        try:
            until(lambda: notebook in open_files(process.pid))
            yield
        finally:
            process.terminate()
            assert process.wait(20) == 0, (folder / "sealer.log").read_text()


def sealed(sealing: Sealing) -> int:
    """Record something, and wait until it is sealed: at which size."""
    position = sealing.entry()
    until(lambda: sealing.sizes[-1:] == [position])
    return position


def held(sealing: Sealing) -> str:
    until(sealing.why_held)
    return sealing.why_held() or ""


def roots(folder: Path) -> dict[int, bytes]:
    """Return what a notebook has signed."""
    notebook = Notebook(folder / "sealer" / "notebook.sqlite", ORIGIN)
    try:
        return {one.size: one.root for one in notebook.signed_after(0)}
    finally:
        notebook.close()


def continues(sealing: Sealing, kept: Path, out: Path) -> None:
    """Check that the holder of an older checkpoint verifies the log of now."""
    sealing.run("export", "log", str(out))
    vkeys = [word for vkey in sealing.keys.known for word in ("--key", vkey)]
    assert verify.main([str(out / "log.jsonl"), *vkeys, "--since", str(kept)], "verify") == 0


@pytest.mark.soak
def test_the_sealer_goes_to_another_machine_with_key_and_notebook(
    sealing: Sealing, tmp_path: Path
) -> None:
    old, early, new = sealing.folder, tmp_path / "early", tmp_path / "new"
    data = shutil.ignore_patterns("early", "new", "out", "*.log", "*.checkpoint")
    kept = tmp_path / "kept.checkpoint"
    with sealer(sealing, old):
        sealed(sealing)
        kept.write_text(sealing.notes[-1])
        shutil.copytree(old, early, ignore=data)
        copied_at = max(roots(early))
        with sealer(sealing, early):  # the wrong way: while the old one runs
            before = [sealed(sealing) for _ in range(3)]
            assert max(roots(early)) == copied_at
    with sealer(sealing, early):  # the wrong way: with what was copied while the old one ran
        sealing.entry()
        assert "it is an older copy, or a new one. Let no other sealer run" in held(sealing)
    assert sealing.sizes[-1] == before[-1]
    signed_by_old = roots(old)

    shutil.copytree(old, new, ignore=data)
    with sealer(sealing, new):
        until(lambda: sealing.sizes[-1] == sealing.position)
        after = [sealed(sealing) for _ in range(3)]

    assert len(set(sealing.sizes)) == len(sealing.sizes)
    assert signed_by_old.items() <= roots(new).items()
    assert min(set(roots(new)) - set(signed_by_old)) > max(signed_by_old)
    assert sealing.sizes[-3:] == after
    continues(sealing, kept, tmp_path / "out")
    notebook = str(new / "sealer" / "notebook.sqlite")
    assert (
        "Nothing found."
        in sealing.run("audit", "--notebook", notebook, "--since", str(kept)).stdout
    )


def test_without_the_notebook_it_holds_until_one_is_made_from_an_exported_log(
    sealing: Sealing, tmp_path: Path
) -> None:
    new, kept, out = tmp_path / "new", tmp_path / "kept.checkpoint", tmp_path / "out"
    new.mkdir()
    sealing.seal()
    first = sealing.sizes[-1]
    kept.write_text(sealing.notes[-1])
    last = sealing.entry()
    sealing.seal()
    shutil.copy(sealing.current, new)

    with sealer(sealing, new):
        sealing.entry()
        assert "answerable recover --from" in held(sealing)
    assert sealing.sizes[-1] == last
    shutil.rmtree(new / "sealer")

    continues(sealing, kept, out)
    sealing.run("recover", "--data", str(new), "--from", str(out))
    with sealer(sealing, new):
        until(lambda: sealing.sizes[-1] == sealing.position)
    assert {first, last} <= set(roots(new))
    continues(sealing, kept, tmp_path / "again")
