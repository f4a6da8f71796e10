"""Waiting for a seal: one listener a process, which wakes every request that waits.

It starts with the first one that waits, and ends with the pool of connections. While entries have
waited for more than two seconds the sealer is stuck, or there is none: then nobody waits for it,
but for streams, which have all the time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from ledger import diagnostics
from ledger.errors import LogUnreachable
from ledger.log.doorbell import PATIENCE, Doorbell
from ledger.seal.checkpoints import CHANNEL, Sealed, Waiting

STUCK = 2.0
"""Seconds that an entry has waited when the sealer is taken to be stuck."""
_UNSEEN = Waiting(0, float("inf"), 0)


class SealBell:
    """Rings when the log is sealed further. Make it after forking."""

    def __init__(self, sealed: Sealed, url: str) -> None:
        self._sealed = sealed
        self._url = url
        self._rung = threading.Condition()
        self._now: Waiting | None = None
        self._waiting = 0
        self._let_go = False
        self._thread: threading.Thread | None = None

    def wait_for(self, position: int, seconds: float) -> bool:
        """Wait until the entry at a position is sealed, so long at most: whether it is.

        Not at all while the sealer is stuck.
        """

        def enough(now: Waiting | None) -> bool:
            return now is not None and (now.size >= position or now.seconds > STUCK)

        return self._wait(seconds, enough).size >= position

    def wait_beyond(self, position: int, seconds: float) -> int:
        """Wait until more may leave than the entries up to a position, so long at most: up to which
        they may now; 0 where that is not to be seen.

        However long the sealer is stuck. Where nothing ever was sealed, one looks once a second.
        """

        def enough(now: Waiting | None) -> bool:
            return self._let_go or (now is not None and now.horizon > position)

        return self._wait(seconds, enough).horizon

    @contextmanager
    def heard(self) -> Iterator[None]:
        """While somebody follows, waiting just now or not: looked at once for all at each ring."""
        with self._rung:
            self._waiting += 1
        try:
            yield
        finally:
            with self._rung:
                self._waiting -= 1

    def let_go(self) -> None:
        """Wake all that wait in `wait_beyond`, and let nobody wait there any more."""
        with self._rung:
            self._let_go = True
            self._rung.notify_all()

    def _wait(self, seconds: float, enough: Callable[[Waiting | None], bool]) -> Waiting:
        """Wait until what is to be seen is enough, so long at most: what that is."""
        deadline = time.monotonic() + seconds
        with self.heard():
            with self._rung:
                self._listen()
                unknown = self._now is None
            looked = self._looked() if unknown else None
            with self._rung:
                self._now = self._now or looked
                while not enough(self._now) and (left := deadline - time.monotonic()) > 0:
                    self._rung.wait(left)
                return self._now or _UNSEEN

    def _listen(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._now = None
            self._thread = threading.Thread(target=self._run, name="seal bell", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        bell = Doorbell(self._url, CHANNEL)
        rung = False
        try:
            while not self._sealed.closed:
                try:
                    bell.open()  # before looking, so that nothing falls in between
                except (psycopg.Error, LogUnreachable) as error:
                    diagnostics.warning("the seal bell cannot listen", why=str(error))
                with self._rung:
                    # Rung for nobody: whoever comes next looks, and each process but the one
                    # that recorded something is spared it.
                    if nobody := rung and not self._waiting:
                        self._now = None
                now = None if nobody else self._looked()
                if now is not None:
                    with self._rung:
                        self._now = now
                        self._rung.notify_all()
                rung = bell.wait(PATIENCE, beyond=now.size if now else -1)
        finally:
            bell.close()

    def _looked(self) -> Waiting:
        """What is to be seen now; that it is stuck, where that cannot be seen."""
        try:
            return self._sealed.look()
        except (psycopg.Error, LogUnreachable) as error:
            diagnostics.warning("the seal bell heard nothing", why=str(error))
            return _UNSEEN
