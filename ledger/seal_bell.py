"""Waiting for a seal: one listener a process, which wakes every request that waits.

It starts with the first one that waits, and ends with the pool of connections. While entries have
waited for more than two seconds the sealer is stuck, or there is none: then nobody waits for it.
"""

import threading
import time

import psycopg

from ledger import logs
from ledger.doorbell import PATIENCE, Doorbell
from ledger.errors import LogUnreachable
from ledger.sealed import CHANNEL, Sealed, Waiting

STUCK = 2.0
"""Seconds that an entry has waited when the sealer is taken to be stuck."""


class SealBell:
    """Rings when the log is sealed further. Make it after forking."""

    def __init__(self, sealed: Sealed, url: str) -> None:
        self._sealed = sealed
        self._url = url
        self._rung = threading.Condition()
        self._now: Waiting | None = None
        self._waiting = 0
        self._thread: threading.Thread | None = None

    def wait_for(self, position: int, seconds: float) -> bool:
        """Wait until the entry at a position is sealed, so long at most: whether it is.

        Not at all while the sealer is stuck.
        """
        deadline = time.monotonic() + seconds
        with self._rung:
            self._waiting += 1
            self._listen()
            unknown = self._now is None
        try:
            looked = self._looked() if unknown else None
            with self._rung:
                self._now = self._now or looked
                while True:
                    now = self._now
                    if now is not None and now.size >= position:
                        return True
                    left = deadline - time.monotonic()
                    if left <= 0 or (now is not None and now.seconds > STUCK):
                        return False
                    self._rung.wait(left)
        finally:
            with self._rung:
                self._waiting -= 1

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
                    logs.warning("the seal bell cannot listen", why=str(error))
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
            logs.warning("the seal bell heard nothing", why=str(error))
            return Waiting(0, float("inf"))
