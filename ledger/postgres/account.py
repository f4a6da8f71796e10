"""As whom the embedded PostgreSQL runs: it refuses root, and must reach its files."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.postgres.binaries import Binaries

# Nothing of the caller's environment (PGDATA, PGPORT, locale…) reaches the server.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}
UNPRIVILEGED = ("postgres", "nobody")

# $0 is the program, the arguments are directories: can this account enter them and run it?
REACHES = 'for d do cd "$d" || exit 1; done; exec "$0" --version'


@dataclass(frozen=True)
class Account:
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
        """Give this account a file or directory that we have just made."""
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


def accounts(data: Path, cluster: Path | None) -> Iterator[Account]:
    """The accounts to try, best first. A cluster that is there already is run by its owner."""
    me = os.geteuid()
    if me != 0:
        if _named(me):
            yield Account()
        yield from _namespaces()  # initdb wants a user that has a name
    elif cluster is None:
        yield from unprivileged(data)
        yield from _namespaces()
    elif (owner := cluster.stat()).st_uid == 0:
        yield from _namespaces()
    else:
        yield Account(uid=owner.st_uid, gid=owner.st_gid)


def owner_of(data: Path) -> Account | None:
    """For root: the ordinary user who owns a data directory, if one does."""
    owner = data.stat()
    if os.geteuid() != 0 or owner.st_uid == 0 or not _named(owner.st_uid):
        return None
    return Account(uid=owner.st_uid, gid=owner.st_gid)


def unprivileged(data: Path) -> Iterator[Account]:
    """For root: the user who owns the data directory, else those that every system has."""
    if (owner := owner_of(data)) is not None:
        yield owner
    for user in _users():
        yield Account(uid=user.pw_uid, gid=user.pw_gid)


def _namespaces() -> Iterator[Account]:
    """Ourselves under another name: outside the files are ours, inside we aren't root."""
    if unshare := shutil.which("unshare"):
        for user in _users():
            mapping = (f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}")
            yield Account((unshare, "--user", *mapping))


def _users() -> list[pwd.struct_passwd]:
    found = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    return [found[name] for name in UNPRIVILEGED if name in found]


def _named(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False
