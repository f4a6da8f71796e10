"""A log read from where it is served, as C2SP tlog-tiles lays it out: checkpoint and entries."""

import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import lru_cache
from http.client import HTTPException, HTTPMessage
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Protocol
from urllib.parse import urlsplit

from ledger.verify import checkpoint, note
from ledger.verify.tree import (
    HASH_BYTES,
    WIDTH,
    Tile,
    TileError,
    parse_entry_bundle,
    parse_path,
    tile_at,
)

_SECONDS = 60
"""The longest silence, and the longest time for a whole answer with its headers."""
_IN_ALL, _WHOLE = 900, 3600
"""Seconds that the tiles of one question may take together, and a whole log's entries."""
_REMEMBERED = 256
"""So many tiles are kept, the newest."""
_MOST = {"checkpoint": 1_000_000, "tile": WIDTH * 65_537}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"([^%@:\[\]\\\s]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")
"""A host and a port, of which every reader sees the same: no escape, no user."""


class MirrorError(Exception):
    """The log could not be read from its address: the message says what to do."""


def prefix_of(url: str) -> str:
    """Return the address below which the log's files lie: the one given, or its `/log` if it names
    a site alone. Plain http is allowed for this machine alone. It may raise MirrorError."""
    parts = urlsplit(checked(url))
    if parts.query or parts.fragment:
        raise MirrorError(f"{url} is not the address of a log.")
    return url.rstrip("/") + ("/log" if parts.path in ("", "/") else "")


def checked(url: str) -> str:
    """Return an address that may be asked: https, or http on this machine. It may raise
    MirrorError."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise MirrorError(f"{url} is no address ({error}).") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise MirrorError(f"{url}: give an address that begins with https://.")
    if not _HOST.fullmatch(parts.netloc):
        raise MirrorError(f"{url} names no host.")
    return url


def reader(prefix: str) -> Callable[[str], bytes]:
    """Return a reader of tiles by their paths, for `tiles.hash_at`.

    It raises MirrorError, also once all tiles together take longer than a quarter of an hour. If a
    partial tile has gone, it takes the first bytes of the full tile.
    """
    ask = _asker(prefix, _IN_ALL)

    @lru_cache(maxsize=_REMEMBERED)
    def read(path: str) -> bytes:
        tile = parse_path(path)
        try:
            return ask(path)
        except MirrorError:
            if tile.width == WIDTH:
                raise
            return ask(tile.full.path)[: tile.width * HASH_BYTES]

    return read


def _asker(prefix: str, seconds: int) -> Callable[[str], bytes]:
    """Return a function that asks for one tile after another. It raises MirrorError, also once all
    of them took too long."""
    until = time.monotonic() + seconds

    def ask(path: str) -> bytes:
        if time.monotonic() > until:
            raise MirrorError(f"{prefix} takes too long to answer all that is asked of it.")
        return _get(f"{prefix}/{path}", _MOST["tile"])

    return ask


def fetch_checkpoint(prefix: str) -> bytes:
    """Fetch the newest checkpoint that is served. It may raise MirrorError."""
    return _get(f"{prefix}/checkpoint", _MOST["checkpoint"])


def mirror(prefix: str, text: bytes, target: Path) -> None:
    """Write the entries that a checkpoint covers to a file, one a line.

    It takes no more than half of the room that is left, and an hour. It may raise MirrorError or
    OSError. Nothing is verified here: the file is what verification begins with.
    """
    try:
        size = checkpoint.parse(note.split(text)[0]).size
    except note.NoteError as error:
        raise MirrorError(f"{prefix}/checkpoint: {error}") from None
    with target.open("wb") as file:
        room = shutil.disk_usage(target.parent).free // 2
        entries(_asker(prefix, _WHOLE), size, file, room)


def entries(
    read: Callable[[str], bytes], size: int, file: IO[bytes], room: int | None = None
) -> None:
    """Write each entry of a tree of a size to a file, from its bundles. Raise MirrorError if a
    bundle is damaged, or if they have more bytes than there is room for."""
    for index in range(-(-size // WIDTH)):
        tile = tile_at(None, index, size)
        assert tile is not None
        try:
            bundle = _bundle(read, tile)
        except TileError as error:
            raise MirrorError(f"{tile.path}: {error}") from None
        if any(b"\n" in entry for entry in bundle):
            raise MirrorError(f"{tile.path}: an entry has a line break in it, so it is none.")
        file.writelines(entry + b"\n" for entry in bundle)
        if room is not None and file.tell() > room:
            raise MirrorError(f"The log goes on after {room:,} bytes: there is no room for more.")


def _bundle(read: Callable[[str], bytes], tile: Tile) -> list[bytes]:
    """Fetch the entries of a bundle; those of the full one, if the partial one has gone."""
    try:
        return parse_entry_bundle(read(tile.path), tile.width)
    except MirrorError:
        if tile.width == WIDTH:
            raise
        return parse_entry_bundle(read(tile.full.path), WIDTH)[: tile.width]


class _SameKind(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only to what could have been given in the first place."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        checked(newurl)
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise MirrorError(f"{req.full_url} sends on to {newurl}: no log elsewhere does that.")
        host = urlsplit(newurl).hostname or ""
        if req.type == "https" and host != urlsplit(req.full_url).hostname and _is_number(host):
            raise MirrorError(f"{req.full_url} sends on to {host}, which is no name of a log.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_number(host: str) -> bool:
    """Return whether a host is this machine, an IP address, or a name of a private network. A
    redirect may not lead there."""
    _, dot, last = host.rstrip(".").rpartition(".")
    return not dot or last in ("", "localhost") or last[0].isdigit()


class _Nowhere(urllib.request.HTTPRedirectHandler):
    """Follows none: what is sent to somebody is for nobody else."""

    def redirect_request(self, *_: object) -> None:
        return None


def post(request: urllib.request.Request, seconds: int, most: int) -> bytes:
    """Send a request to the very address that it is for; so much of the answer, in bytes.

    Raises MirrorError where it may not be asked, HTTPError, OSError, HTTPException, ValueError.
    """
    checked(request.full_url)
    until = time.monotonic() + seconds

    def send() -> bytes:
        try:
            opener = urllib.request.build_opener(_Nowhere)
            with opener.open(request, timeout=seconds) as answer:
                return _read(answer, most, until)
        except urllib.error.HTTPError as error:
            with error:
                says = BytesIO(_read(error, most, until))
            raise urllib.error.HTTPError(
                request.full_url, error.code, error.msg, error.headers, says
            ) from None

    return _within(seconds, send)


def _get(url: str, most: int) -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})  # noqa: S310
    until = time.monotonic() + _SECONDS

    def ask() -> bytes:
        opener = urllib.request.build_opener(_SameKind)
        with opener.open(request, timeout=_SECONDS) as answer:
            return _read(answer, most + 1, until)

    try:
        body = _within(_SECONDS, ask)
    except urllib.error.HTTPError as error:
        error.close()
        raise MirrorError(f"{url} answers {error.code}.") from None
    except (OSError, HTTPException, ValueError) as error:  # ValueError: a name that is no host's
        raise MirrorError(f"{url} cannot be read ({error}).") from None
    if len(body) > most:
        raise MirrorError(f"{url} has more than {most:,} bytes.")
    return body


def _within(seconds: float, read: Callable[[], bytes]) -> bytes:
    """Return the answer of a call. Raise TimeoutError if it takes longer, whatever it waits for (a
    name, a handshake, a slow header); the call is abandoned."""
    done: SimpleQueue[bytes | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            done.put(read())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            done.put(error)

    Thread(target=run, daemon=True).start()
    try:
        found = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError("it takes too long to answer") from None
    if isinstance(found, BaseException):
        raise found
    return found


class _Answer(Protocol):
    """An answer that comes in piece by piece."""

    def read1(self, n: int, /) -> bytes: ...


def _read(answer: _Answer, most: int, until: float) -> bytes:
    """Read an answer, or its first bytes. Raise TimeoutError if it is not complete in time."""
    parts, left = [], most
    # A chunk that says it has less than no bytes brings more than was asked for.
    while left > 0 and (part := answer.read1(min(left, 1 << 16))):
        if time.monotonic() > until:
            raise TimeoutError("it takes too long to answer")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)[:most]
