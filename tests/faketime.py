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


@dataclass
class Watch:
    """The file that the server takes the time from."""

    file: Path
    url: str

    def set(self, shift: str) -> None:
        """Put its clock forward or back, by so many seconds of the true time."""
        replacement = self.file.with_suffix(".new")
        replacement.write_text(f"{shift}\n", "ascii")
        replacement.chmod(0o644)
        replacement.replace(self.file)

    @property
    def database(self) -> Database:
        return Database(self.url)


@contextmanager
def watched() -> Iterator[Watch]:
    """A server of its own under libfaketime, with a migrated database. Where the library is not
    installed the test is not run."""
    found = [path for each in LIBRARIES for path in Path("/").glob(each.lstrip("/"))]
    if not found:
        pytest.skip("needs libfaketime (apt-get install libfaketime), which is not installed")
    with tempfile.TemporaryDirectory(prefix="answerable-clock-") as folder:
        Path(folder).chmod(0o755)  # the server runs as another user where the tests run as root
        watch = Watch(Path(folder) / "clock", "")
        watch.set("+0")
        environment = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(watch.file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        with temporary_server(environment=environment) as running:
            watch.url = running.owner_url
            with connect_owner(watch.url) as owner:
                migrate(owner)
            yield watch
