"""The units for systemd: `make test` reads them, `make soak` starts them as they are shipped.

A test that a machine cannot run is skipped with the words "not run", and never counts as passed.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ledger.postgres.migrate import newest
from tests.e2e.asking import asking, not_once
from tests.e2e.deployed import BIN, ROOT
from tests.e2e.units import (
    FOLDER,
    PROGRAMS,
    USERS,
    Units,
    Version,
    systemd_is_here,
    unit,
    units,
)
from tests.processes import until

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def migrated() -> Iterator[Units]:
    """The units after `systemctl start answerable-migrate`."""
    with units() as all_of_them:
        for done in all_of_them.run("answerable-migrate"):
            assert done.returncode == 0, done.stderr
        yield all_of_them


@pytest.fixture(scope="module")
def up(migrated: Units) -> Units:
    """All services, as systemd starts them."""
    for name in ("answerable-sealer", "answerable-worker", "answerable-webhooks"):
        migrated.start(name)
    for name in ("answerable-web", "answerable-stream"):
        migrated.listen(name)
        migrated.start(name)
    return migrated


@pytest.fixture(scope="module")
def site(up: Units) -> str:
    """The address of the web server, once it can do everything."""
    address = "http://127.0.0.1:{}".format(up.sockets["answerable-web"].getsockname()[1])
    until(lambda: requests.get(f"{address}/readyz", timeout=30).status_code == 200)
    return address


def test_systemd_reads_every_unit_without_a_word(tmp_path):
    if not systemd_is_here():
        pytest.skip("not run: systemd is not installed (sh tests/tools.sh)")
    for file in FOLDER.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(FOLDER)
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(file.read_text().replace(PROGRAMS, str(BIN)))
    names = [str(path) for path in sorted(tmp_path.iterdir()) if path.is_file()]

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_each_service_has_the_credentials_that_it_needs_and_none_that_runs_the_owners():
    loaded = {
        path.stem: {one.split(":")[0] for one in unit(path.name).values["LoadCredential"]}
        for path in FOLDER.glob("*.service")
    }

    assert loaded == {
        "answerable-backup": {"owner-url", "service-url"},
        "answerable-migrate": {"owner-url", "service-url", "sealer-url"},
        "answerable-web": {"service-url", "secret-key"},
        "answerable-stream": {"service-url", "secret-key"},
        "answerable-worker": {"service-url", "secret-key"},
        "answerable-webhooks": {"service-url", "secret-key"},
        "answerable-sealer": {"sealer-url"},
        "answerable-witness": {"service-url", "sealer-url"},
    }


def test_each_service_that_goes_on_is_started_by_the_steps_and_restarted_by_an_upgrade():
    go_on = {one.stem for one in FOLDER.glob("*.service") if "WantedBy" in unit(one.name).values}
    postinst = (ROOT / "deploy/debian/postinst").read_text()
    steps = (ROOT / "docs/run.md").read_text()

    def named(text: str, after: str) -> set[str]:
        (words,) = re.findall(rf"{after} ((?:answerable-[a-z.]+[`\\\s]+)+)", text)
        return {one for one in re.findall(r"answerable-[a-z.]+", words) if "." not in one}

    assert named(steps, "enable --now") == go_on
    assert named(postinst, "enable --now") == go_on
    assert named(postinst, "try-restart") == go_on


def test_every_service_is_bounded_in_what_it_writes_and_in_its_memory():
    for path in FOLDER.glob("*.service"):
        one = unit(path.name)
        assert one.value("ProtectSystem") == "strict", path
        assert one.value("CapabilityBoundingSet") == "", path
        assert one.value("User") in USERS, path
        if one.values.get("Type") != ["oneshot"]:
            assert one.value("MemoryMax"), path


def test_a_server_that_a_busy_machine_starts_slowly_is_not_ended_after_systemds_90_seconds():
    for path in FOLDER.glob("*.service"):
        one = unit(path.name)
        if one.values.get("Type") == ["notify"]:
            assert one.value("TimeoutStartSec") == "5min", path


@pytest.mark.soak
def test_no_process_has_a_secret_in_its_environment(up, site):
    secrets = [one.read_text().strip() for one in up.database.credentials.iterdir()]
    assert len(secrets) > 1
    for name, process in up.running.items():
        environment = Path(f"/proc/{process.pid}/environ").read_text()
        assert not [text for text in secrets if text in environment], name


@pytest.mark.soak
def test_the_nightly_backup_is_made_restored_and_audited(up, site):
    made, checked = up.run("answerable-backup")

    assert made.returncode == 0, made.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Restored and audited: nothing found." in checked.stdout


@pytest.mark.soak
def test_the_nightly_witness_copies_the_newest_checkpoint(up, site):
    (done,) = up.run("answerable-witness")

    assert done.returncode == 0, done.stdout + done.stderr
    (copy,) = (up.folder / "state/answerable-sealer").glob("*.checkpoint")
    published = requests.get(f"{site}/log/checkpoint", timeout=30).text
    assert copy.read_text().splitlines()[0] == published.splitlines()[0]


@pytest.mark.soak
def test_a_restart_of_the_web_server_drops_no_request(up, site):
    with asking(site, up.token()) as clients:
        for _ in range(5):
            up.stop("answerable-web")
            up.start("answerable-web")
            clients.more()

    assert clients.failed == []
    assert clients.refused == []
    assert not_once(clients, up.database) == []


@pytest.mark.soak
def test_an_upgrade_loses_no_request_and_refuses_none_but_while_it_migrates(up, site):
    """The next version has one more migration, and read models of another shape. The steps are
    those of docs/run.md."""
    up.version = _next_version(up.folder / "next")
    with asking(site, up.token()) as clients:
        (migrated, adopted) = up.run("answerable-migrate")
        assert (migrated.returncode, adopted.returncode) == (0, 0), migrated.stderr
        for name in (
            "answerable-web",
            "answerable-worker",
            "answerable-webhooks",
            "answerable-sealer",
        ):
            up.stop(name)
            up.start(name)
        upgraded = time.monotonic()
        until(lambda: requests.get(f"{site}/readyz", timeout=30).status_code == 200)

    assert clients.failed == []
    assert {kind for kind, _ in clients.refused} <= {"outdated", "not-there-yet", "not-vouched"}
    assert [kind for kind, at in clients.refused if at > upgraded + 10] == []
    assert not_once(clients, up.database) == []


def _next_version(place: Path) -> Version:
    """Make the code of a next version: its last migration and its read models are new."""
    for name in ("ledger", "projections", "api"):
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, place / name, ignore=without)
    migrations = place / "ledger/postgres/migrations"
    (migrations / f"{newest() + 1:03}_of_the_next.sql").write_text("SELECT 1;\n")
    with (place / "projections/read_models/schema.sql").open("a") as file:
        file.write("-- Of the next version.\n")
    return Version(code=place)


@pytest.mark.soak
def test_each_service_ends_in_its_time(up, site):
    """This comes last: nothing is started again."""
    for name in ("web", "stream", "worker", "webhooks", "sealer"):
        name = f"answerable-{name}"
        assert up.stop(name) < 5, up.said(name)
