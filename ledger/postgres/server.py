"""Make the PostgreSQL cluster of a data directory, and start its server."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ledger.postgres.account import Account, accounts, owner_of, unprivileged
from ledger.postgres.binaries import Binaries, EmbeddedError, copied, find
from ledger.postgres.process import PORT, SOCKET, SOCKET_PREFIX, exists, postmaster, remove_socket

SUPERUSER = "postgres"
SOCKET_BYTES = 107  # sun_path on Linux, without its final NUL
POINTER = "postgres.at"
ELSEWHERE = Path("/var/lib/answerable")
START_SECONDS = 300  # recovery after a crash may take minutes
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
    binaries, account = _means(data, find(bin_dir, made_by), made_by is not None)
    cluster = home(data) / "postgres"
    if made_by is None:
        _initialise(cluster, binaries, account)
    log = cluster.parent / "postgres.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    account.own(descriptor)
    os.close(descriptor)
    if stale := postmaster(cluster):
        remove_socket(stale.socket_dir)
    sockets = _socket_directory(data, account, binaries)
    settings = {"unix_socket_directories": f'"{sockets}"', **SETTINGS}
    command = [binaries.program("postgres"), "-D", "."]
    command += [f"--{name}={value}" for name, value in settings.items()]
    deadline = time.monotonic() + ORPHAN_SECONDS
    while said := _launch(account, command, log, environment):
        if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
            with suppress(OSError):
                sockets.rmdir()
            raise EmbeddedError(
                f"PostgreSQL {binaries.version} doesn't start in {cluster}: mend what its log "
                f"{log} says at its end:\n{_tail(said)}"
            )
        time.sleep(0.2)  # the children of a server that was killed: they end within seconds


def _launch(account: Account, command: list[str], log: Path, environment: Mapping[str, str]) -> str:
    """Start the server and wait until it answers; what it said where it ended instead."""
    cluster = log.parent / "postgres"
    if stale := postmaster(cluster):
        # Another process may have that number by now, and the server would take it for its rival.
        # It ignores its grandparent, and still finds out by itself whether the data are in use.
        environment = {**environment, "PG_GRANDPARENT_PID": str(stale.pid)}
    written = log.stat().st_size
    code, number = _run(account, ["/bin/sh", "-c", DETACHED, *command], cluster, environment)
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


def _means(data: Path, binaries: Binaries, made: bool) -> tuple[Binaries, Account]:
    """Binaries, and an account that may run them on the data; root may move the data's home."""
    place = home(data)
    cluster = place / "postgres" if made else None
    if not made and (owner := owner_of(data)) is not None:
        # Another user's directory: the cluster has to be theirs, or root would shut them out.
        usable = binaries if owner.reaches(binaries) else copied(binaries, _open(ELSEWHERE))
        if owner.reaches(usable, place):
            return usable, owner
    for account in accounts(data, cluster):
        if account.reaches(binaries, cluster or place):
            return binaries, account
    if os.geteuid() != 0:
        raise EmbeddedError(
            f"You can't run PostgreSQL in {place}, or not its programs in {binaries.directory}: "
            "run as the owner of the data directory, or name another one in ANSWERABLE_DATA."
        )
    if not made and place == data:
        place = _elsewhere(data)
    for account in accounts(data, cluster) if made else unprivileged(data):
        usable = binaries if account.reaches(binaries) else copied(binaries, _open(ELSEWHERE))
        if account.reaches(usable, cluster or place):
            if place != home(data):
                (data / POINTER).write_text(f"{place}\n", "utf-8")
            return usable, account
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


def _initialise(cluster: Path, binaries: Binaries, account: Account) -> None:
    """Make a cluster beside its place and move it there whole: there is never half a cluster."""
    for left in cluster.parent.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.parent))
    account.own(unfinished)
    command = [binaries.program("initdb"), *INITDB, "--pgdata=."]
    code, said = _run(account, command, unfinished, {})
    if code:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise EmbeddedError(
            f"PostgreSQL {binaries.version} can't make a database in {cluster}: mend what it "
            f"says:\n{_tail(said)}"
        )
    unfinished.rename(cluster)


def _socket_directory(data: Path, account: Account, binaries: Binaries) -> Path:
    """A directory for the socket: with a short path, always the same, and the server's alone."""
    name = SOCKET_PREFIX + sha256(os.fsencode(data)).hexdigest()[:10]
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 (made ours below)
        if len(os.fsencode(f"{folder}/{name}/{SOCKET}")) > SOCKET_BYTES:
            continue
        try:
            made = _private(Path(folder, name), account)
        except OSError:
            continue
        if account.reaches(binaries, made):
            return made
        made.rmdir()
    raise EmbeddedError(
        "No temporary folder lets the server in and has a path short enough for its socket "
        f"({SOCKET_BYTES} bytes): name one in TMPDIR."
    )


def _private(wanted: Path, account: Account) -> Path:
    """Make this directory, in place of ours from before; another where somebody else has it."""
    owner = os.geteuid() if account.uid is None else account.uid
    with suppress(FileNotFoundError):
        there = wanted.lstat()
        if there.st_uid == owner and stat.S_ISDIR(there.st_mode):
            remove_socket(wanted)
    try:
        wanted.mkdir(0o700)
    except FileExistsError:
        wanted = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=wanted.parent))
    account.own(wanted)
    return wanted


def _run(
    account: Account, command: list[str], cwd: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run to the end, even when interrupted: what is half started would be an orphan."""
    process = account.start(command, cwd, environment)
    try:
        said, _ = process.communicate()
    except BaseException:
        process.communicate()
        raise
    return process.returncode, said


def _tail(said: str) -> str:
    return "\n".join(said.splitlines()[-LOG_LINES:])
