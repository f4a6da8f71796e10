"""Backups are restored here by an owner who is no superuser, as a small office has one."""

import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from ledger import clock
from tests.e2e.deployed import PlainDatabase, plain_database
from tests.e2e.service import clean_environment
from tests.processes import SECONDS, Python, until

pytestmark = pytest.mark.long

ORIGIN = "https://answerable.example/log"
CONTENTS = {
    "ledger.entries": "position",
    "ledger.texts": "position, field",
    "ledger.captures": "position",
    "ledger.requests": "account, key",
    "ledger.checkpoints": "size",
    "ledger.tiles": "level, tile",
    "api.tokens": "id",
    "api.subscriptions": "id",
}
"""Tables that a restored database must have row by row, and their order."""


@dataclass
class Site:
    """A database with a plain owner, and a data directory for its sealer."""

    server: PlainDatabase
    data: Path
    database: str = "answerable"

    def run(self, *words: str) -> Result:
        """Run a command with all three logins."""
        return CliRunner().invoke(main, words, env=self.environment())

    def told(self, *words: str) -> Any:
        """Run a command that must succeed; its JSON."""
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def environment(self) -> dict[str, str]:
        urls = {
            "MIGRATE_DATABASE_URL": self.url("owner"),
            "DATABASE_URL": self.url("service"),
            "SEALER_DATABASE_URL": self.url("sealer"),
        }
        given = {"DATA": str(self.data), "ORIGIN": ORIGIN, **urls}
        return {f"ANSWERABLE_{name}": text for name, text in given.items()}

    def url(self, login: str) -> str:
        return self.server.url(login, self.database)

    def rows(self, table: str) -> list[Any]:
        """Read a table by the roles that have it."""
        role = "answerable_app" if table.startswith("api.") else "answerable_owner"
        with psycopg.connect(self.url("owner")) as conn:
            conn.execute(f"SET ROLE {role}".encode())
            query = f"SELECT * FROM {table} ORDER BY {CONTENTS[table]}"
            return conn.execute(query.encode()).fetchall()

    def is_empty(self) -> bool:
        """Return whether nothing of ours is in the database."""
        with psycopg.connect(self.url("owner")) as conn:
            there = conn.execute("SELECT to_regclass('public.answerable_migrations')").fetchone()
        return there == (None,)

    def record_more(self, folder: Path) -> None:
        """Keep another page."""
        page = folder / "page.html"
        page.write_text(f"<p>Response {len(self.rows('ledger.entries'))} that was published.</p>")
        self.told("capture", str(page), "--body", "cumbria-pfcc")

    def sealed(self) -> int:
        """Return how many entries are sealed."""
        return len(self.rows("ledger.checkpoints")) and self.rows("ledger.checkpoints")[-1][0]

    def all_sealed(self) -> None:
        """Wait until the sealer has sealed everything."""
        until(lambda: self.sealed() >= len(self.rows("ledger.entries")))

    @contextmanager
    def sealing(self) -> Iterator[None]:
        """Run the sealer and the projector, in one process, for as long as the block lasts."""
        with TemporaryFile() as log:
            command = ("-m", "api", "worker", "--only", "projector,sealer")
            sealer = Python(*command, env=clean_environment() | self.environment(), log=log)
            try:
                yield
            finally:
                sealer.terminate()
                sealer.wait(SECONDS)


def superuser(server: PlainDatabase) -> psycopg.Connection:
    """Return a connection of the server's superuser."""
    return psycopg.connect(server.cluster.url(), autocommit=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A log with entries, texts, a capture, a token and a checkpoint; its sealer goes on. Its
    server has an empty database `untouched` too."""
    folder = tmp_path_factory.mktemp("backed-up")
    with plain_database() as server:
        here = Site(server, folder / "data")
        with superuser(server) as conn:
            conn.execute("CREATE DATABASE untouched OWNER answerable")
        here.told("migrate")
        here.told("seed", "--events", "40")
        here.record_more(folder)
        assert here.run("token", "create", "--name", "clerk", "--scope", "admin").exit_code == 0
        with here.sealing():
            here.all_sealed()
            yield here


@pytest.fixture(scope="module")
def backup(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    made = site.told("backup", "create", str(tmp_path_factory.mktemp("backups")))
    return Path(made["folder"])


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Site]:
    """An empty database on a server that never had a log."""
    with plain_database() as server:
        yield Site(server, tmp_path / "data")


@pytest.fixture
def untouched(site: Site, tmp_path: Path) -> Site:
    """An empty database that stays so."""
    return Site(site.server, tmp_path / "data", "untouched")


def test_where_a_process_has_both_logins_each_follower_uses_its_own(site):
    until(lambda: site.server.users_that_lead() == {"answerable_service", "answerable_seals"})


def test_restored_by_a_plain_owner_it_has_every_row_and_goes_on(site, backup, empty, tmp_path):
    done = empty.told("backup", "restore", str(backup))

    assert done["position"] == len(site.rows("ledger.entries"))
    assert done["held_against_the_log"] == 0
    assert len(site.rows("ledger.captures")) == 1
    assert len(site.rows("api.tokens")) == 1
    for table in CONTENTS:
        assert empty.rows(table) == site.rows(table), table
    kept = tmp_path / "sealer"  # the sealer's folder, which is backed up apart
    shutil.copytree(site.data, kept)
    beside = Site(empty.server, kept)
    audited = beside.run("audit", "--json")
    assert json.loads(audited.stdout)["findings"] == 0, audited.stdout
    recorded = len(empty.rows("ledger.entries"))
    with beside.sealing():
        words = ("token", "create", "--name", "later", "--scope", "office")
        until(lambda: beside.run(*words).exit_code == 0)  # once the sealer has looked
        until(lambda: empty.sealed() > recorded)


def test_a_backup_is_restored_and_audited_by_one_command_without_the_database(site, backup):
    environment = {name: text for name, text in site.environment().items() if "URL" not in name}

    done = CliRunner().invoke(
        main, ["backup", "check", str(backup.parent), "--json"], env=environment
    )

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["findings"] == []


def test_a_backup_that_lacks_what_a_checkpoint_elsewhere_has_is_found(
    site, backup, tmp_path, monkeypatch
):
    site.record_more(tmp_path)
    site.all_sealed()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("ANSWERABLE_CHECKPOINTS_TO", f"dir:{elsewhere}")
    site.told("witness")
    (kept,) = elsewhere.iterdir()

    done = site.run("backup", "check", str(backup), "--since", str(kept))

    assert done.exit_code == 1
    assert "findings (docs/audit.md)" in done.stdout


def test_a_file_that_was_changed_is_named_and_nothing_is_restored(backup, untouched, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in backup.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    entries = copy / "ledger.entries.copy.zst"
    entries.write_bytes(entries.read_bytes()[:-1])

    checked = untouched.run("backup", "check", str(copy))
    restored = untouched.run("backup", "restore", str(copy))

    assert (checked.exit_code, restored.exit_code) == (1, 1)
    assert "ledger.entries.copy.zst is not the file that was written" in checked.stdout
    assert "nothing was restored" in restored.stderr
    assert untouched.is_empty()


def test_a_database_that_is_in_use_is_not_restored_into(site, backup):
    before = site.rows("ledger.entries")

    done = site.run("backup", "restore", str(backup))

    assert done.exit_code == 1
    assert "restore into an empty one" in done.stderr
    assert site.rows("ledger.entries") == before


def test_a_backup_of_a_newer_version_is_refused(backup, untouched, tmp_path):
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["migrations"].append(["999_newer.sql", "0" * 64])
    for file in backup.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    done = untouched.run("backup", "restore", str(tmp_path))

    assert done.exit_code == 1
    assert "the version that made it" in done.stderr
    assert untouched.is_empty()


def test_so_many_are_kept_and_their_files_are_for_their_owner_alone(site, tmp_path):
    made = [site.told("backup", "create", str(tmp_path), "--keep", "2") for _ in range(2)]
    made.append(site.told("backup", "create", str(tmp_path / "elsewhere")))
    site.record_more(tmp_path)
    made.append(site.told("backup", "create", str(tmp_path), "--keep", "2"))

    assert len(list(tmp_path.glob("*/manifest.json"))) == 2
    assert Path(made[-1]["folder"]).exists()
    assert not list(tmp_path.glob("unfinished-*"))
    for path in Path(made[-1]["folder"]).iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_without_a_backup_is_said_so(untouched, tmp_path):
    done = untouched.run("backup", "check", str(tmp_path))

    assert done.exit_code == 1
    assert "There is no backup in" in done.stderr


# With the archive of PostgreSQL's WAL


@contextmanager
def archiving(data: Path) -> Iterator[tuple[Site, Path]]:
    """A log whose PostgreSQL archives its WAL, as docs/run.md says; and where its backups are."""
    with plain_database() as server:
        cluster, folder = server.cluster, server.cluster.folder / "backups"
        (folder / "wal").mkdir(parents=True)
        cluster.user.own(folder / "wal")
        shutil.copy(Path(__file__).parents[2] / "deploy" / "archive-wal.sh", folder)
        with superuser(server) as conn:
            conn.execute("ALTER ROLE answerable REPLICATION")
        with (cluster.data / "pg_hba.conf").open("a") as file:
            file.write("host replication all 127.0.0.1/32 scram-sha-256\n")
        cluster.stop()
        command = f"archive_command=sh {folder}/archive-wal.sh {folder}/wal %p %f"
        given = ("listen_addresses=127.0.0.1", "archive_mode=on")
        cluster.start(*given, shlex.quote(command))
        yield Site(server, data), folder


def archive(site: Site) -> None:
    """Let the server archive all that it has written."""
    with superuser(site.server) as conn:
        last = conn.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        done = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
        until(lambda: conn.execute(done, last).fetchone() == (True,))


@pytest.mark.soak
def test_after_the_data_directory_is_lost_all_that_was_archived_is_restored(tmp_path, empty):
    with archiving(tmp_path / "sealer") as (site, folder):
        site.told("migrate")
        site.told("seed", "--events", "40")
        site.told("backup", "create", str(folder), "--keep", "1")
        archive(site)
        made = site.told("backup", "create", str(folder), "--keep", "1")
        first = json.loads((Path(made["folder"]) / "manifest.json").read_text())["base"][
            "first_wal"
        ]
        kept = [one.name[:24] for one in (folder / "wal").iterdir()]
        with site.sealing():
            site.record_more(tmp_path)
            site.all_sealed()
        known, moment = len(site.rows("ledger.entries")), clock.now().isoformat()
        site.record_more(tmp_path)
        archive(site)
        lost = {table: site.rows(table) for table in CONTENTS}
        site.server.cluster.kill()
        shutil.rmtree(site.server.cluster.data)

        checked = site.told("backup", "check", str(folder))
        restored = empty.told("backup", "restore", str(folder), "--wal")
        with superuser(empty.server) as conn:
            conn.execute("CREATE DATABASE earlier OWNER answerable")
        before = Site(empty.server, empty.data, "earlier")
        earlier = before.told("backup", "restore", str(folder), "--to", moment)
        (folder / "wal" / f"{first}.gz").unlink()
        with_a_gap = site.run("backup", "check", str(folder))

    assert (checked["findings"], checked["wal_reaches"]) == ([], known + 1)
    assert {table: empty.rows(table) for table in CONTENTS} == lost
    assert (restored["position"], earlier["position"]) == (known + 1, known)
    assert all(name >= first for name in kept), "what no backup needs is removed"
    assert with_a_gap.exit_code == 1
    assert "The WAL has a gap" in with_a_gap.stdout


def test_where_the_wal_is_not_archived_a_backup_beside_its_folder_is_refused(site, tmp_path):
    (tmp_path / "wal").mkdir()

    done = site.run("backup", "create", str(tmp_path))

    assert done.exit_code == 1
    assert "set archive_mode and archive_command" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["wal"]
