"""The units for systemd: `make test` reads them, `make soak` starts them as they are shipped.

A test that a machine cannot run is skipped with the words "not run", and never counts as passed.
"""

import subprocess
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.e2e.deployed import BIN
from tests.e2e.units import FOLDER, PROGRAMS, USERS, Units, systemd_is_here, unit, units
from tests.processes import until

pytestmark = pytest.mark.long

CLIENTS = 4


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
    for name in ("answerable-sealer", "answerable-worker"):
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
        "answerable-sealer": {"sealer-url"},
        "answerable-witness": {"service-url", "sealer-url"},
    }


def test_every_service_is_bounded_in_what_it_writes_and_in_its_memory():
    for path in FOLDER.glob("*.service"):
        one = unit(path.name)
        assert one.value("ProtectSystem") == "strict", path
        assert one.value("CapabilityBoundingSet") == "", path
        assert one.value("User") in USERS, path
        if one.values.get("Type") != ["oneshot"]:
            assert one.value("MemoryMax"), path


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
    """Four clients read and record, each request on a connection of its own, while it is stopped
    and started again five times."""
    token = _token(up)
    ended = threading.Event()
    answered: list[int] = []
    failed: list[str] = []
    recorded: list[str] = []
    numbers = count(1)

    def ask() -> None:
        while not ended.is_set():
            number = next(numbers)
            body = {"id": f"body-{number}", "name": f"Body {number}", "kind": "national_body"}
            try:
                if number % 2:
                    answer = requests.get(f"{site}/api/reports", timeout=60)
                else:
                    headers = {"Authorization": f"Bearer {token}"}
                    answer = requests.post(
                        f"{site}/api/bodies", json=body, headers=headers, timeout=60
                    )
            except requests.RequestException as error:
                failed.append(repr(error))
                continue
            answered.append(answer.status_code)
            if answer.status_code == 201:
                recorded.append(body["id"])

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(5):
        _more(answered)
        up.stop("answerable-web")
        up.start("answerable-web")
    _more(answered)
    ended.set()
    for client in clients:
        client.join()

    assert failed == []
    assert set(answered) == {200, 201}
    known = requests.get(f"{site}/api/bodies?min_position=1&limit=500", timeout=30).text
    assert [name for name in recorded if f'"{name}"' not in known] == []


def _more(answered: list[int]) -> None:
    """Wait until every client had some more answers."""
    before = len(answered)
    until(lambda: len(answered) > before + 5 * CLIENTS)


def _token(up: Units) -> str:
    """Return a token of an account that may do everything, made as the service's user."""
    environment = {
        "ANSWERABLE_DATABASE_URL": up.database.url("service"),
        "ANSWERABLE_ORIGIN": "https://answerable.example/log",
        "PATH": "/usr/bin:/bin",
    }
    words = [str(BIN / "answerable"), "token", "create", "--name", "clerk", "--scope", "admin"]
    made = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[-1]


@pytest.mark.soak
def test_each_service_ends_in_its_time(up, site):
    """This comes last: nothing is started again."""
    for name in ("answerable-web", "answerable-stream", "answerable-worker", "answerable-sealer"):
        assert up.stop(name) < 5, up.said(name)
