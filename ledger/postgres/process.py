"""The server process of a PostgreSQL cluster: find it, tell whether it answers, stop it."""

import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ledger.postgres.binaries import EmbeddedError

PORT = 5432  # nothing listens on TCP: the number only names the socket
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PREFIX = "answerable-"
STOP_SECONDS = 60


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
