"""The streams of a process: how many there are at once, how they read, and that they end with it.

The seal bell wakes them all; no stream has a connection to the database. Pages are read in turns,
few at a time, and who wants the same page at the same moment gets the same bytes, read once.
"""

import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from ledger.log.doorbell import PATIENCE
from ledger.seal.bell import SealBell

TURNS = 2
"""How many streams use the database at once."""
_GRACE = 1.0
"""Seconds that streams have to end by themselves."""
_MOST_PAGES = 32


@dataclass(frozen=True, slots=True)
class Page:
    """What a stream sends next, which may be nothing, and the position up to which that is all."""

    text: bytes
    upto: int


class Hub:
    """The streams of a process. Make it after forking."""

    def __init__(self, bell: SealBell, most: int) -> None:
        self.bell = bell
        self.most = most
        self._parent = os.getppid()
        self._turns = threading.BoundedSemaphore(TURNS)
        self._ending = threading.Event()
        self._changed = threading.Condition()
        self._open = 0
        self._lines: set[socket.socket] = set()
        self._horizon = 0
        self._pages: dict[Hashable, Page] = {}

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """While a stream uses the database: whether its turn came within so many seconds. Take no
        turn within a turn."""
        mine = self._turns.acquire(timeout=seconds)
        try:
            yield mine
        finally:
            if mine:
                self._turns.release()

    def page(self, wanted: Hashable, after: int, horizon: int, read: Callable[[], Page]) -> Page:
        """What `read` gives: what is wanted after a position up to the horizon; nothing, where the
        turn does not come. It is read once for all who ask for the same, and so must not depend on
        who asks."""
        key = (wanted, after)
        with self.turn(PATIENCE) as mine:
            if not mine:
                return Page(b"", after)
            with self._changed:
                if horizon != self._horizon:
                    self._horizon = horizon
                    self._pages.clear()
                kept = self._pages.get(key)
            if kept is not None:
                return kept
            page = read()
            with self._changed:
                # A page that does not go on, since the read models are behind, is no answer later.
                if page.upto > after and horizon == self._horizon:
                    if len(self._pages) >= _MOST_PAGES:
                        self._pages.clear()
                    self._pages[key] = page
            return page

    def enter(self, line: socket.socket | None) -> bool:
        """Take a place for a stream over a connection, where that is known; False: all are taken.
        Whoever has one must `leave`."""
        with self._changed:
            if self._open >= self.most or self._ending.is_set():
                return False
            self._open += 1
            if line is not None:
                self._lines.add(line)
            return True

    def leave(self, line: socket.socket | None) -> None:
        """Give the place of a stream back."""
        with self._changed:
            self._open -= 1
            if line is not None:
                self._lines.discard(line)
            self._changed.notify_all()

    def ends(self, line: socket.socket | None) -> bool:
        """Whether the stream over a connection is to end: with the process, or since its reader
        is gone, or since the web server that this process served is."""
        if self._ending.is_set() or line is None:
            return self._ending.is_set()
        poll = select.poll()
        poll.register(line, getattr(select, "POLLRDHUP", 0))
        return bool(poll.poll(0)) or os.getppid() != self._parent

    def rest(self, seconds: float) -> None:
        """Wait so long, or until the process ends."""
        self._ending.wait(seconds)

    def end(self) -> None:
        """End all streams at once, also those whose reader takes nothing; and begin none."""
        self._ending.set()
        self.bell.let_go()
        with self._changed:
            self._changed.wait_for(lambda: not self._open, _GRACE)
            left = list(self._lines)
        for line in left:
            hang_up(line)


def hang_up(line: socket.socket) -> None:
    """End a connection after what was sent on it, unless it has ended."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def end_with_the_process(hub: Callable[[], Hub]) -> None:
    """Wrap what a web server set to happen at the signals that end it: its streams end first.

    By a thread, since the signal may come while anything is locked. Does nothing where no web
    server is: in a thread of a larger program, or where the signals are as Python sets them.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        before = signal.getsignal(number)
        if callable(before) and before is not signal.default_int_handler:
            signal.signal(number, _ending_first(hub, before))
            signal.siginterrupt(number, False)


def _ending_first(
    hub: Callable[[], Hub], before: Callable[[int, FrameType | None], object]
) -> Callable[[int, FrameType | None], None]:
    def end(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=hub().end, name="ending streams").start()
        before(number, frame)

    return end
