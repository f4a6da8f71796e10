"""A small log served as C2SP tlog-tiles over real HTTP, which can be made to lie."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from ledger.verify import checkpoint as checkpoints
from ledger.verify import note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.note import SigningKey
from ledger.verify.tree import TileError, entry_bundle, hash_tile, parse_path
from tests.transparency import trees

ORIGIN = "log.example/answerable"


class Served:
    """A served log. It holds `entries`; partial tiles go once they are full."""

    def __init__(self) -> None:
        """An empty log with a fresh key."""
        self.key: SigningKey = note.generate(ORIGIN)
        self.entries: list[bytes] = []
        self.cosignatures = ""
        self.shown: int | None = None
        """The size of the checkpoint that is served, where the tiles are ahead of it."""
        self.url = ""

    def grow(self, *entries: str) -> None:
        """More entries at the end."""
        self.entries += [entry.encode() for entry in entries]

    @property
    def checkpoint(self) -> str:
        """The signed note of now, and the cosignatures under it."""
        shown = self.entries[: self.shown]
        found = Checkpoint(self.key.name, len(shown), trees.root(shown))
        return checkpoints.sign(found, self.key) + self.cosignatures

    def answer(self, path: str) -> bytes | None:
        """Return the bytes below /log/, or None."""
        if path == "checkpoint":
            return self.checkpoint.encode()
        try:
            tile = parse_path(path)
        except TileError:
            return None
        span = 256 ** (tile.level or 0)
        if tile.width < 256 and (tile.index + 1) * 256 * span <= len(self.entries):
            return None  # a partial tile may go once it is full
        first = tile.index * 256
        if (first + tile.width) * span > len(self.entries):
            return None
        if tile.level is None:
            return entry_bundle(self.entries[first : first + tile.width])
        each = range(first, first + tile.width)
        return hash_tile(trees.root(self.entries[n * span : (n + 1) * span]) for n in each)


@contextmanager
def serving(log: Served) -> Iterator[Served]:
    """Serve it at `log.url` on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = log.answer(self.path.removeprefix("/log/"))
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    log.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield log
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
