"""PostgreSQL under libfaketime: a server whose clock tests set."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import migrate
from tests.log.making import Database
from tests.servers import temporary_server

HOUR_BACK, YEAR_ON = "-3600", "+31536000"
LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def library() -> Path | None:
    """Return where libfaketime lies, if it is installed."""
    found = (path for each in LIBRARIES for path in Path("/").glob(each.lstrip("/")))
    return next(found, None)


@dataclass
class Clock:
    """The file that a server takes the time from."""

    file: Path

    def set(self, shift: str) -> None:
        """Put the clock forward or back, by so many seconds of the true time."""
        replacement = self.file.with_suffix(".new")
        replacement.write_text(f"{shift}\n", "ascii")
        replacement.chmod(0o644)
        replacement.replace(self.file)

    def environment(self, library: Path) -> dict[str, str]:
        """Return the variables with which a server takes the time from here."""
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@contextmanager
def clock() -> Iterator[Clock]:
    """Yield a clock that is right until it is set."""
    with tempfile.TemporaryDirectory(prefix="answerable-clock-") as folder:
        Path(folder).chmod(0o755)  # the server runs as another user where the tests run as root
        made = Clock(Path(folder) / "clock")
        made.set("+0")
        yield made


@dataclass
class Watch(Clock):
    """A clock, and the owner's URL of a database whose server goes by it."""

    url: str

    @property
    def database(self) -> Database:
        return Database(self.url)


@contextmanager
def watched() -> Iterator[Watch]:
    """A server of its own under libfaketime, with a migrated database. Where the library is not
    installed the test is not run."""
    found = library()
    if found is None:
        pytest.skip("needs libfaketime (apt-get install libfaketime), which is not installed")
    with clock() as made, temporary_server(environment=made.environment(found)) as running:
        with connect_owner(running.owner_url) as owner:
            migrate(owner)
        yield Watch(made.file, running.owner_url)
