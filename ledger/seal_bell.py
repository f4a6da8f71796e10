"""Waiting for a seal: one listener a process, which wakes every request that waits.

It starts with the first one that waits, and ends with the pool of connections. While entries have
waited for more than two seconds the sealer is stuck, or there is none: then nobody waits for it.
"""

import threading
import time

import psycopg
from psycopg_pool import ConnectionPool

from ledger import logs
from ledger.doorbell import PATIENCE, Doorbell
from ledger.errors import LogUnreachable
from ledger.sealed import CHANNEL, Waiting, waiting

STUCK = 2.0
"""Seconds that an entry has waited when the sealer is taken to be stuck."""


class SealBell:
    """Rings when the log is sealed further. Make it after forking."""

    def __init__(self, pool: ConnectionPool[psycopg.Connection], url: str) -> None:
        self._pool = pool
        self._url = url
        self._rung = threading.Condition()
        self._now: Waiting | None = None
        self._thread: threading.Thread | None = None

    def wait_for(self, position: int, seconds: float) -> bool:
        """Wait until the entry at a position is sealed, so long at most: whether it is.

        Not at all while the sealer is stuck.
        """
        deadline = time.monotonic() + seconds
        with self._rung:
            self._listen()
            while True:
                now = self._now
                if now is not None and now.size >= position:
                    return True
                left = deadline - time.monotonic()
                if left <= 0 or (now is not None and now.seconds > STUCK):
                    return False
                self._rung.wait(left)

    def _listen(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._now = None
            self._thread = threading.Thread(target=self._run, name="seal bell", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        bell = Doorbell(self._url, CHANNEL)
        try:
            while not self._pool.closed:
                self._look(bell)
                bell.wait(PATIENCE)
        finally:
            bell.close()

    def _look(self, bell: Doorbell) -> None:
        try:
            bell.open()  # before looking, so that nothing falls in between
            with self._pool.connection() as conn:
                now = waiting(conn)
        except (psycopg.Error, LogUnreachable) as error:
            logs.warning("the seal bell heard nothing", why=str(error))
            now = Waiting(self._now.size if self._now else 0, float("inf"))
        with self._rung:
            self._now = now
            self._rung.notify_all()
