"""A PostgreSQL of one's own in a data directory, for trying out and tests, not for production.

Each user holds a shared lock on a file in the data directory, and an exclusive one while starting
or stopping the server. The last user to leave gets the exclusive lock at once, and stops the
server; if users were killed, the next one finds the server still running.

PostgreSQL refuses to run as root. An ordinary user runs it in the data directory. Root runs it as
the ordinary user who owns the data directory. If root owns it, root runs PostgreSQL as an
unprivileged user of the system, in a folder below /var/lib/answerable that a pointer in the data
directory names.
"""

import fcntl
import os
import pwd
import random
import secrets
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import errors

from ledger.postgres.binaries import Binaries, EmbeddedError, copied, find

# Nothing of the caller's environment (PGDATA, PGPORT, locale…) reaches the server.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}
UNPRIVILEGED = ("postgres", "nobody")
# $0 is the program, the arguments are directories: can this user enter them and run it?
REACHES = 'for d do cd "$d" || exit 1; done; exec "$0" --version'
DATABASE = "answerable"
SUPERUSER = "postgres"
LOCK = "in-use.lock"
POINTER = "postgres.at"
ELSEWHERE = Path("/var/lib/answerable")
CLUSTER, LOG = "postgres", "postgres.log"
PORT = 5432  # nothing listens on TCP: the number only names the socket
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PREFIX = "answerable-"
SOCKET_BYTES = 107  # sun_path on Linux, without its final NUL
START_SECONDS = 300  # recovery after a crash may take minutes; so long others wait for it
FAST_SECONDS = 3  # for a server that ends its sessions and writes everything
KILL_SECONDS = 2
SILENT_SECONDS = 5  # for a server that is there, but doesn't answer
ORPHAN_SECONDS = 15  # for the children of a killed server to notice
LOG_LINES = 8
INITDB = [
    f"--username={SUPERUSER}",
    "--auth-local=trust",  # the socket lies in a directory that only the owner enters
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale-provider=libc",
    "--locale=C",
    "--data-checksums",
    "--no-instructions",
]
# Given at each start, so that clusters made earlier get them too. fsync stays on.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "cluster_name": "answerable",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "max_parallel_maintenance_workers": "0",  # an index is built beside the appends, not before
    "huge_pages": "off",
    "log_checkpoints": "off",
    # Statements and details may hold texts that are not public: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_locks: set[int] = set()


@dataclass(frozen=True)
class SystemUser:
    """The user who runs a program: ourselves, or another user if we are root."""

    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: list[str], cwd: Path, environment: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a command to its end, and return its exit code and what it printed.

        It has a session of its own, so that Ctrl-C at a terminal does not reach it. We wait for it
        even when interrupted, because a server that is half started would be an orphan.
        """
        process = subprocess.Popen(
            command,
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
        try:
            said, _ = process.communicate()
        except BaseException:
            process.communicate()
            raise
        return process.returncode, said

    def own(self, path: Path | int) -> None:
        """Give this user a file or directory that we have just made."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, binaries: Binaries, *directories: Path) -> bool:
        """Return whether this user can enter the directories and run the binaries."""
        command = ["/bin/sh", "-c", REACHES, binaries.program("postgres"), *map(str, directories)]
        return self.run(command, Path("/"))[0] == 0


def unprivileged() -> SystemUser:
    """Return the user of the system that PostgreSQL runs as for root."""
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return SystemUser(found.pw_uid, found.pw_gid)
    raise EmbeddedError(
        "PostgreSQL doesn't run as root, and this system has neither a user “postgres” nor "
        "“nobody”: add one, run as an ordinary user, or name a server in ANSWERABLE_DATABASE_URL."
    )


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


def _let_go() -> None:
    """Let go of the locks in a forked process. Otherwise it would hold its parent's locks longer
    than the parent lives."""
    while _locks:
        os.close(_locks.pop())


os.register_at_fork(after_in_child=_let_go)


@dataclass(frozen=True)
class Running:
    """A server that runs: the data directory, and the directory of its Unix socket."""

    data: Path
    socket_dir: Path

    @property
    def owner_url(self) -> str:
        """Return the URL of the database `answerable` for its owner, a superuser."""
        return self.url(DATABASE)

    def url(self, database: str) -> str:
        """Return the owner's URL of any database of this server."""
        where = f"host={quote(str(self.socket_dir), safe='')}&port={PORT}"
        return f"postgresql://{SUPERUSER}@/{quote(database, safe='')}?{where}"


@contextmanager
def embedded(
    data: Path, *, bin_dir: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Use the server of a data directory: join the one that runs, or start it.

    `environment` is added to that of a server that this call starts. Raises EmbeddedError. Signals
    are the caller's: turn SIGTERM into an exception, so that the server is stopped.
    """
    data = data.resolve()
    lock = _lock_file(data)
    _locks.add(lock)
    try:
        yield _join(lock, data, bin_dir, environment or {})
    finally:
        try:
            if _locked(lock, fcntl.LOCK_EX):
                stop(home(data) / CLUSTER)
        finally:
            _locks.remove(lock)
            os.close(lock)


def running(data: Path) -> Running | None:
    """Return the server of a data directory, if one runs; starts nothing. Raises EmbeddedError."""
    try:
        found = postmaster(home(data) / CLUSTER)
    except PermissionError as error:
        raise _forbidden(data, error) from error
    if found and found.socket_dir and found.answers():
        return Running(data.resolve(), found.socket_dir)
    return None


def when_recovered(data: Path, seconds: float) -> Running:
    """Return the server of a data directory once it has played its WAL back and lets somebody
    connect. Raise EmbeddedError if it ends before, or after so many seconds."""
    deadline, cluster = time.monotonic() + seconds, home(data) / CLUSTER
    while time.monotonic() < deadline:
        if there := running(data):
            return there
        server = postmaster(cluster)
        if server is None or not alive(server.pid, cluster):
            break
        time.sleep(0.05)
    said = (home(data) / LOG).read_text("utf-8", "replace")
    raise EmbeddedError(f"PostgreSQL did not come up. Its log ends:\n{_tail(said)}")


def begun(data: Path) -> bool:
    """Return whether a data directory has a database, running or not. One that is closed to us
    may."""
    try:
        os.stat(home(data.resolve()) / CLUSTER / "PG_VERSION")
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _join(lock: int, data: Path, bin_dir: Path | None, environment: Mapping[str, str]) -> Running:
    """Hold the shared lock on a server that answers."""
    deadline = time.monotonic() + START_SECONDS
    silent_since = None
    while time.monotonic() < deadline:
        if _locked(lock, fcntl.LOCK_EX):
            try:
                _ensure_started(data, bin_dir, environment)
            except OSError as error:
                raise _forbidden(data, error) from error
        if _locked(lock, fcntl.LOCK_SH):
            if found := running(data):
                return found
            fcntl.flock(lock, fcntl.LOCK_UN)  # it has just been stopped, or it broke down
            silent_since = silent_since or time.monotonic()
            if time.monotonic() > silent_since + SILENT_SECONDS:
                break
        time.sleep(random.uniform(0.01, 0.05))  # noqa: S311 (so that two don't keep in step)
    raise EmbeddedError(
        f"Other processes use the database of {data}, but it doesn't answer: stop them, and try "
        f"again; {home(data) / LOG} says what happened to it."
    )


def _ensure_started(data: Path, bin_dir: Path | None, environment: Mapping[str, str]) -> None:
    """Adopt a server whose users were killed, or start one. The caller has the exclusive lock."""
    deadline = time.monotonic() + SILENT_SECONDS
    while True:
        if not _adopted(data):
            try:
                start(data, bin_dir, environment)
            except EmbeddedError:
                if not _adopted(data):  # one that a killed process was just starting came first
                    raise
        try:
            if here := running(data):
                _make_database(here)
            return
        except psycopg.Error as error:  # it was just being killed, perhaps: then start another
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The database server of {data} has started, but can't be used: mend what it "
                    f"says: {error}"
                ) from error
            time.sleep(0.05)


def _adopted(data: Path) -> bool:
    """Return whether a server is there already, once it has come up, or gone away."""
    cluster = home(data) / CLUSTER
    since = time.monotonic()
    while (found := postmaster(cluster)) and alive(found.pid, cluster):
        if found.answers():
            return True
        if time.monotonic() > since + (SILENT_SECONDS if found.ready else START_SECONDS):
            stop(cluster)  # nobody uses it, and its socket has gone
        time.sleep(0.02)
    return False


def _make_database(here: Running) -> None:
    with psycopg.connect(here.url(SUPERUSER), autocommit=True) as connection:
        known = "SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s"
        if not connection.execute(known, (DATABASE,)).fetchone():
            # For a starter that was killed meanwhile the server may be making it already.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())


def _lock_file(data: Path) -> int:
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _forbidden(data, error) from error
    owner = data.stat()
    if os.geteuid() == os.fstat(lock).st_uid == 0 != owner.st_uid:
        os.fchown(lock, owner.st_uid, owner.st_gid)  # root must not shut the owner out
    return lock


def _locked(lock: int, kind: int) -> bool:
    """Take the lock, or change to it, if that is possible at once."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forbidden(data: Path, error: OSError) -> EmbeddedError:
    return EmbeddedError(
        f"The data directory {data} can't be used ({error.strerror}: {error.filename}): run as "
        "its owner, make room on its disk, or name another directory in ANSWERABLE_DATA."
    )


@dataclass(frozen=True)
class Postmaster:
    """The process that holds a cluster, as `postmaster.pid` describes it."""

    pid: int
    socket_dir: Path | None
    ready: bool

    def answers(self) -> bool:
        """Return whether it is ready and lets us connect."""
        if not (self.ready and self.socket_dir):
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket_dir / SOCKET))
            except OSError:
                return False
        return True


def postmaster(cluster: Path) -> Postmaster | None:
    """Return the process that holds the cluster, alive or not; None if no process holds it."""
    try:
        lines = (cluster / "postmaster.pid").read_text("utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None  # there is none, or it is just being written
    directory = Path(lines[4]) if len(lines) > 4 and lines[4] else None
    return Postmaster(pid, directory, len(lines) > 7 and lines[7].strip() == "ready")


def alive(pid: int, cluster: Path) -> bool:
    """Return whether this process is the server of this cluster, and not a number used again."""
    process = Path("/proc", str(pid))
    try:
        if (process / "comm").read_text("utf-8", "replace").strip() != "postgres":
            return False
        return (process / "cwd").readlink() == cluster.resolve()  # one that has ended has none
    except OSError:
        return False


def stop(cluster: Path) -> None:
    """Stop the cluster's server, if one runs, and wait until it has gone.

    A server that stands still, or that hasn't written everything within FAST_SECONDS, is killed
    with its children: the next start recovers all that it acknowledged from its write-ahead log.
    Raises EmbeddedError.
    """
    server = postmaster(cluster)
    if server is None:
        return
    if alive(server.pid, cluster) and not _stands_still(server.pid):
        _signal(server.pid, signal.SIGINT)  # fast: sessions end, everything is written
        _wait_for_end(server.pid, cluster, FAST_SECONDS)
    if alive(server.pid, cluster):
        for process in (server.pid, *_children(server.pid)):
            _signal(process, signal.SIGKILL)
        _wait_for_end(server.pid, cluster, KILL_SECONDS)
    if alive(server.pid, cluster):
        raise EmbeddedError(
            f"The PostgreSQL server of {cluster} (process {server.pid}) can't be ended, even by "
            "SIGKILL: look at its disk. Nothing recorded is lost."
        )
    remove_socket(server.socket_dir)


def _signal(pid: int, which: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, which)


def _wait_for_end(pid: int, cluster: Path, seconds: float) -> None:
    """Wait until a server has ended, for so many seconds at most."""
    deadline = time.monotonic() + seconds
    while alive(pid, cluster) and time.monotonic() < deadline:
        time.sleep(0.01)


def _stands_still(pid: int) -> bool:
    """Return whether a process was stopped by a signal (state `T`, proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2][1] == "T"
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def remove_socket(directory: Path | None) -> None:
    """Remove what a server that has gone left of its socket's directory."""
    if directory and directory.name.startswith(SOCKET_PREFIX):
        for name in (SOCKET, f"{SOCKET}.lock"):
            with suppress(OSError):
                (directory / name).unlink()
        with suppress(OSError):
            directory.rmdir()


def home(data: Path) -> Path:
    """Return where cluster and server log are: the data directory, or where its pointer says."""
    pointer = data / POINTER
    return Path(pointer.read_text("utf-8").strip()) if pointer.exists() else data


def start(data: Path, bin_dir: Path | None, environment: Mapping[str, str]) -> None:
    """Make the cluster where there is none, and start its server; returns when it is ready.

    The caller holds the exclusive lock and has seen that no server runs. Raises EmbeddedError,
    OSError.
    """
    version = home(data) / CLUSTER / "PG_VERSION"
    binaries = find(bin_dir, int(version.read_text("utf-8")) if version.exists() else None)
    user = _user(data)
    place = home(data)
    binaries = usable(binaries, user, place)
    cluster, log = place / CLUSTER, place / LOG
    if not cluster.exists():
        _initialise(cluster, binaries, user)
    with suppress(FileExistsError):
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        user.own(descriptor)
        os.close(descriptor)
    if (stale := postmaster(cluster)) and not alive(stale.pid, cluster):
        # Another process may have its number by now, and the server would take that one for its
        # rival. The server still finds out by itself whether the data are in use.
        remove_socket(stale.socket_dir)
        (cluster / "postmaster.pid").unlink()
    sockets = _socket_directory(data, user, binaries)
    deadline = time.monotonic() + ORPHAN_SECONDS
    while said := _launch(user, binaries, place, sockets, environment):
        if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
            with suppress(OSError):
                sockets.rmdir()
            raise EmbeddedError(
                f"PostgreSQL {binaries.version} doesn't start in {cluster}: mend what its log "
                f"{log} says at its end:\n{_tail(said)}"
            )
        time.sleep(0.2)  # the children of a server that was killed: they end within seconds


def _launch(
    user: SystemUser,
    binaries: Binaries,
    place: Path,
    sockets: Path,
    environment: Mapping[str, str],
) -> str:
    """Start the server and wait until it answers; return what it said if it ended instead."""
    settings = {"unix_socket_directories": f'"{sockets}"', **SETTINGS}
    options = shlex.join(f"--{name}={value}" for name, value in settings.items())
    command = [binaries.program("pg_ctl"), "start", "-w", "-t", str(START_SECONDS)]
    command += ["-D", CLUSTER, "-l", LOG, "-o", options]
    written = (place / LOG).stat().st_size
    code, said = user.run(command, place, environment)
    if code == 0:
        return ""
    return (place / LOG).read_bytes()[written:].decode("utf-8", "replace") or said


def _user(data: Path) -> SystemUser:
    """Return who runs the server of a data directory, and is to own its cluster.

    Root's own cluster has its place below /var/lib/answerable, which this makes where it is needed.
    """
    place = home(data)
    cluster = place / CLUSTER
    if os.geteuid() != 0:
        if not cluster.exists() and not _has_name(os.geteuid()):
            raise EmbeddedError(
                f"PostgreSQL makes a database for users with a name only, and {os.geteuid()} has "
                "none: add this user to /etc/passwd, or name a server in ANSWERABLE_DATABASE_URL."
            )
        return SystemUser()
    made = cluster.exists()
    owner = (cluster if made else place).stat()
    if owner.st_uid != 0 and (made or _has_name(owner.st_uid)):
        return SystemUser(owner.st_uid, owner.st_gid)
    user = unprivileged()
    try:
        _move(data, cluster, user)
    except OSError as error:
        raise EmbeddedError(
            f"PostgreSQL doesn't run as root, and the place for root's data in {ELSEWHERE} can't "
            f"be made ({error.strerror}: {error.filename}): make room there, run as an ordinary "
            "user, or name a server in ANSWERABLE_DATABASE_URL."
        ) from error
    return user


def _move(data: Path, cluster: Path, user: SystemUser) -> None:
    """Give a data directory of root's a place for its cluster that the user can enter.

    Version 0.1 ran such a cluster as root in a user namespace: if there is one, it goes along. The
    old one is removed once the pointer names the new place.
    """
    place = Path(tempfile.mkdtemp(prefix="", dir=_open(ELSEWHERE)))
    place.chmod(0o755)
    user.own(place)
    (place / "data-directory").write_text(f"{data}\n", "utf-8")  # so that one sees whose it is
    if cluster.exists():
        shutil.copytree(cluster, place / CLUSTER, symlinks=True)
        for path in [place / CLUSTER, *(place / CLUSTER).rglob("*")]:
            if not path.is_symlink():
                user.own(path)
    pointer = data / f"{POINTER}.new"
    pointer.write_text(f"{place}\n", "utf-8")
    pointer.rename(data / POINTER)
    shutil.rmtree(cluster, ignore_errors=True)


def _open(folder: Path) -> Path:
    """Make a directory that every user can enter, where there is none."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    return folder


def usable(binaries: Binaries, user: SystemUser, place: Path) -> Binaries:
    """Return binaries that the user can run in this place: for root copies, if it can't read ours.

    Raises EmbeddedError.
    """
    if user.reaches(binaries, place):
        return binaries
    if os.geteuid() != 0:
        raise EmbeddedError(
            f"You can't run PostgreSQL in {place}, or not its programs in {binaries.directory}: "
            "run as the owner of the data directory, or name another one in ANSWERABLE_DATA."
        )
    if not user.reaches(binaries):
        binaries = copied(binaries, _open(ELSEWHERE))
    if not user.reaches(binaries, place):
        raise EmbeddedError(
            f"PostgreSQL doesn't run as root, and user {user.uid}, who owns the data, can't enter "
            f"{place}: let that user enter it, name another data directory in ANSWERABLE_DATA, "
            "or a server in ANSWERABLE_DATABASE_URL."
        )
    return binaries


def _initialise(cluster: Path, binaries: Binaries, user: SystemUser) -> None:
    """Make a cluster beside its place and move it there whole: there is never half a cluster."""
    for left in cluster.parent.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = cluster.with_name(f"postgres.new-{secrets.token_hex(4)}")
    command = [binaries.program("initdb"), *INITDB, f"--pgdata={unfinished.name}"]
    code, said = user.run(command, cluster.parent)
    if code:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise EmbeddedError(
            f"PostgreSQL {binaries.version} can't make a database in {cluster}: mend what it "
            f"says:\n{_tail(said)}"
        )
    unfinished.rename(cluster)


def _socket_directory(data: Path, user: SystemUser, binaries: Binaries) -> Path:
    """Return a directory for the socket: with a short path, always the same, and the server's
    alone."""
    name = SOCKET_PREFIX + sha256(os.fsencode(data)).hexdigest()[:10]
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 (made ours below)
        if len(os.fsencode(f"{folder}/{name}/{SOCKET}")) > SOCKET_BYTES:
            continue
        try:
            made = _private(Path(folder, name), user)
        except OSError:
            continue
        if user.reaches(binaries, made):
            return made
        made.rmdir()
    raise EmbeddedError(
        "No temporary folder lets the server in and has a path short enough for its socket "
        f"({SOCKET_BYTES} bytes): name one in TMPDIR."
    )


def _private(wanted: Path, user: SystemUser) -> Path:
    """Make this directory, in place of ours from before; another where somebody else has it."""
    owner = os.geteuid() if user.uid is None else user.uid
    with suppress(FileNotFoundError):
        there = wanted.lstat()
        if there.st_uid == owner and stat.S_ISDIR(there.st_mode):
            remove_socket(wanted)
    try:
        wanted.mkdir(0o700)
    except FileExistsError:
        wanted = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=wanted.parent))
    user.own(wanted)
    return wanted


def _tail(said: str) -> str:
    return "\n".join(said.splitlines()[-LOG_LINES:])
