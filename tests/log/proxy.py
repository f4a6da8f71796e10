"""A proxy between the service and PostgreSQL that cuts the connection at a chosen moment."""

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo

Moment = Literal["before it arrives", "while it runs", "after the commit"]
APPEND = b"ledger.append"
READS = b"FROM ledger.counted_entries"
READY = b"Z\x00\x00\x00\x05I"  # ReadyForQuery, in no transaction: it is committed


class Proxy:
    """Forwards all connections to a socket; `cuts` lists what befalls the next appends."""

    def __init__(self, server: str, listener: socket.socket, url: str) -> None:
        self.url = url
        self.folder = Path(listener.getsockname()).parent
        self.cuts: list[Moment] = []
        self.before_the_cut: Callable[[], object] = int
        """Called after a commit, before its acknowledgement is cut off."""
        self.blind = False
        """True if the log cannot be read any more once all cuts have been made."""
        self.sent = threading.Event()
        """Set when an append that will be cut while it runs has gone to the server."""
        self.cut_now = threading.Event()
        self._server = server
        self._listener = listener
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._start(self._forward, client)

    def _forward(self, client: socket.socket) -> None:
        """One connection: what the client says goes to the server, in a thread of its own."""
        cut: list[Moment] = []
        with client, socket.socket(socket.AF_UNIX) as server, ended(client, server):
            server.connect(self._server)
            self._start(self._ask, client, server, cut)
            while data := server.recv(65536):
                if cut == ["after the commit"]:
                    while READY not in data:
                        data += server.recv(65536)
                    self.before_the_cut()
                    break
                client.sendall(data)

    def _ask(self, client: socket.socket, server: socket.socket, cut: list[Moment]) -> None:
        with ended(client, server):
            while data := client.recv(65536):
                if APPEND in data and self.cuts:
                    cut.append(self.cuts.pop(0))
                    if cut == ["before it arrives"]:
                        break
                    if cut == ["while it runs"]:
                        server.sendall(data)
                        self.sent.set()
                        self.cut_now.wait()
                        break
                elif READS in data and self.blind and not self.cuts:
                    break
                server.sendall(data)

    def _start(self, target: Callable[..., object], *args: object) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


@contextmanager
def ended(*ends: socket.socket) -> Iterator[None]:
    """Forward until one end breaks; then shut both down. To close a socket in which another thread
    reads would not end it: that thread would hold it open, and the client would wait for ever."""
    with suppress(OSError):
        yield
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(url: str) -> Iterator[Proxy]:
    """Yield a proxy before the database of a URL, which names the directory of a Unix socket."""
    given = conninfo_to_dict(url)
    name = f".s.PGSQL.{given.get('port', '5432')}"
    with (
        tempfile.TemporaryDirectory(prefix="proxy-") as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        listener.bind(str(Path(folder, name)))
        listener.listen()
        made = Proxy(str(Path(str(given["host"]), name)), listener, make_conninfo(url, host=folder))
        try:
            yield made
        finally:
            made.cut_now.set()
            listener.shutdown(socket.SHUT_RDWR)
            made.join()
