"""Upgrades from the releases: their own programs serve while the present ones migrate.

Each release is installed from the history, with the dependencies of its lock. A checkout without
history, or a machine that reaches no packages, skips this with the words "not run".
"""

import gzip
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import requests

from tests.e2e.asking import asking, not_once
from tests.e2e.deployed import ROOT, told
from tests.e2e.units import PROGRAMS, USERS, Units, Version, unit, units
from tests.processes import until

pytestmark = [pytest.mark.long, pytest.mark.soak]

FIRST, SECOND = "9f024837", "ba576a2d"
"""The commits of 0.1.0, which the kept dump is of, and of 0.2.0."""
DUMP = ROOT / "tests/upgrade/v0.1.sql.gz"
ORIGIN = "example.org/upgrade"
"""The origin of the dump's log."""
SERVED = "--worker-tmp-dir=/dev/shm --no-control-socket --access-logfile=- api.app:create_app()"
Services = Mapping[str, tuple[str, Mapping[str, str]]]


def installed(commit: str, place: Path) -> Path:
    """Install a release from the history, as its image did. Return the folder of its programs."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"not run: the history lacks {commit}")
    place.mkdir()
    subprocess.run(["tar", "-x", "-C", str(place)], input=packed.stdout, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
    for words in (
        ("--require-hashes", "-r", "requirements.lock"),
        ("--require-hashes", "-r", "requirements-build.lock"),
        ("--no-deps", "--no-build-isolation", "."),
    ):
        pip = [str(place / "venv/bin/python"), "-m", "pip", "install", "--quiet", *words]
        done = subprocess.run(pip, cwd=place, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"not run: {commit} cannot be installed: {done.stderr[-300:]}")
    return place / "venv/bin"


@pytest.fixture
def second() -> Iterator[Units]:
    """The services of 0.2.0, as its docker-compose.yml has them, over an empty log."""
    with units() as up:
        web, owner = _settings(up, "service"), up.database.url("owner")
        sealer = {"ANSWERABLE_SEALER_DATABASE_URL": up.database.url("sealer")}
        signs = sealer | {"ANSWERABLE_ORIGIN": up.origin, "ANSWERABLE_DATA": "%S/answerable-sealer"}
        services = {
            "answerable-web": (f"{PROGRAMS}/gunicorn --config=python:api.web {SERVED}", web),
            "answerable-worker": (f"{PROGRAMS}/answerable worker --only projector,webhooks", web),
            "answerable-sealer": (f"{PROGRAMS}/answerable worker --only sealer", signs),
        }
        up.version = Version(installed(SECOND, up.folder / "former"), services=services)
        done = up.command("migrate", ANSWERABLE_MIGRATE_DATABASE_URL=owner, **sealer)
        assert done.returncode == 0, done.stderr
        yield up


@pytest.fixture
def first() -> Iterator[Units]:
    """The services of 0.1, as its docker-compose.yml has them, over the dump that is kept. It had
    one login, and no sealer."""
    with units(ORIGIN) as up:
        web = _settings(up, "owner")
        gunicorn = f"{PROGRAMS}/gunicorn --worker-class=gthread --workers=2 --threads=8"
        services = {
            "answerable-web": (f"{gunicorn} {SERVED}", web),
            "answerable-worker": (f"{PROGRAMS}/answerable worker", web),
        }
        up.version = Version(installed(FIRST, up.folder / "former"), services=services)
        up.database.cluster.do("ALTER ROLE answerable SUPERUSER")  # as the image of PostgreSQL did
        # The dump needs the roles, which `migrate` makes in whatever database it is given.
        roles = up.database.url("owner", "postgres")
        done = up.command("migrate", ANSWERABLE_DATABASE_URL=roles)
        assert done.returncode == 0, done.stderr
        script = up.folder / "dump.sql"
        script.write_bytes(gzip.decompress(DUMP.read_bytes()))
        psql = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={script}")
        up.database.cluster.run("psql", *psql, up.database.url("owner"))
        yield up


def _settings(up: Units, login: str) -> dict[str, str]:
    return {
        "ANSWERABLE_DATABASE_URL": up.database.url(login),
        "ANSWERABLE_SECRET_KEY": up.database.credential("secret-key"),
        "ANSWERABLE_ORIGIN": up.origin,
    }


def test_an_upgrade_from_0_2_0_loses_no_request_and_its_receipts_hold(second, tmp_path):
    site = serve(second)
    entry = requests.get(f"{site}/api/entries", {"limit": 1}, timeout=30).json()["items"][0]["id"]
    key = requests.get(f"{site}/log/key", timeout=30).text.strip()
    receipt, raw = tmp_path / "receipt", tmp_path / "raw"
    until(lambda: requests.get(f"{site}/api/entries/{entry}/receipt", timeout=30).ok)
    receipt.write_bytes(requests.get(f"{site}/api/entries/{entry}/receipt", timeout=30).content)
    raw.write_bytes(requests.get(f"{site}/api/entries/{entry}/raw", timeout=30).content)

    upgrade(second, site, second.token())

    checked = second.command("verify", str(raw), "--receipt", str(receipt), "--key", key)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    served = second.command("verify", site, "--key", key, "--since", str(receipt))
    assert served.returncode == 0, served.stdout + served.stderr


def test_an_upgrade_from_the_dump_of_0_1_loses_no_request(first):
    """The dump's key is not with it, as after a disk was lost: its sealer begins with another."""
    site = serve(first)
    entries = requests.get(f"{site}/api/entries", {"limit": 500}, timeout=30).json()["items"]
    before = {one["id"]: _raw(site, one["id"]) for one in entries}

    def take_a_new_key() -> None:
        state = first.state(unit("answerable-sealer.service"))
        given = {"ANSWERABLE_DATA": str(state)}
        (lost,) = (one["vkey"] for one in told(first.command("key", "list", "--json"))["keys"])
        because = ("--reason", "It is lost, and signed nothing.")
        for words in (("compromised", lost, "--from-size", "1", *because), ("resume", *because)):
            done = first.command("key", *words, **given)
            assert done.returncode == 0, done.stderr
        for path in state.rglob("*"):
            os.chown(path, USERS["answerable-sealer"], -1)

    token = first.token(ANSWERABLE_DATABASE_URL=first.database.url("owner"))
    upgrade(first, site, token, take_a_new_key)

    assert len(before) > 170
    assert before == {entry: _raw(site, entry) for entry in before}


def _raw(site: str, entry: str) -> bytes:
    return requests.get(f"{site}/api/entries/{entry}/raw", timeout=30).content


def serve(up: Units) -> str:
    """Start the services of a release. Return the address of its web server."""
    site = up.listen("answerable-web")
    for name in up.version.services:
        up.start(name)
    until(lambda: requests.get(f"{site}/readyz", timeout=30).status_code == 200)
    return site


def upgrade(up: Units, site: str, token: str, mend: Callable[[], None] = lambda: None) -> None:
    """Upgrade by the steps of docs/run.md while clients ask; `mend` is what else this log needs.
    No request is lost, and none refused but from the migration until the site is ready."""
    with asking(site, token) as clients:
        up.version = Version()
        began = time.monotonic()
        logins = {
            "ANSWERABLE_MIGRATE_DATABASE_URL": up.database.url("owner"),
            "ANSWERABLE_SEALER_DATABASE_URL": up.database.url("sealer"),
        }
        done = up.command("migrate", **logins)
        assert done.returncode == 0, done.stderr
        migrated = time.monotonic()
        clients.more()  # processes of the release still serve
        for name in list(up.running):
            up.stop(name)
        for name in ("answerable-web", "answerable-worker"):
            up.start(name)
        restarted = time.monotonic()
        mend()
        up.start("answerable-sealer")
        until(lambda: requests.get(f"{site}/readyz", timeout=30).status_code == 200)
        ready = time.monotonic()
        done = up.command("register", "adopt")
        assert done.returncode == 0, done.stderr

    moments = [at - began for _, at in clients.refused]
    sys.stdout.write(
        f"migrated after {migrated - began:.1f} s, restarted after {restarted - began:.1f} s,"
        f" ready after {ready - began:.1f} s; {dict(clients.answered)}; refused from"
        f" {min(moments):.1f} s to {max(moments):.1f} s:"
        f" {dict(Counter(kind for kind, _ in clients.refused))}\n"
    )
    assert clients.failed == []
    assert {kind for kind, _ in clients.refused} <= {"unreachable", "not-there-yet", "not-vouched"}
    assert 0 < min(moments) < max(moments) < ready - began
    assert not_once(clients, up.database) == []
    first = next(name for name in clients.recorded if name.startswith("keyed"))
    clients.record(first)  # its key was given to the release
    assert (clients.recorded[-1], clients.failed) == (first, [])
    assert not_once(clients, up.database) == []
