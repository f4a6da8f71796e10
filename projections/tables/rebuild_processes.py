"""The work of a rebuild: in processes side by side, one a processor, or in this one.

Each holds a few reports at a time, and writes their rows to the fresh tables; or builds an index.
"""

import gc
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any

import psycopg

from ledger.events.streams import SERVICE
from ledger.postgres.connections import connect
from projections.streams.reader import LogReader
from projections.streams.timeline import Timeline
from projections.streams.whole_reports import HeldReader
from projections.tables import indexes
from projections.tables.projector import set_states
from projections.tables.rectangles import Rectangles
from projections.tables.tables import NEXT

WORTHWHILE = 20_000
"""Fewer entries are worked out before other processes have started."""

Doing = Callable[[Callable[[Any], int], Sequence[Any]], Iterator[int]]
"""Does the same with each of several things: the results as they come."""


@contextmanager
def side_by_side(url: str, upto: int, total: int) -> Iterator[Doing]:
    """Processes that work side by side, if that many entries are worth it."""
    if total < WORTHWHILE or processors() == 1:
        _start(url, upto)
        try:
            yield map
        finally:
            _stop()
        return
    with ProcessPoolExecutor(processors(), get_context("spawn"), _begin, (url, upto)) as pool:

        def doing(work: Callable[[Any], int], each: Sequence[Any]) -> Iterator[int]:
            for done in as_completed([pool.submit(work, one) for one in each]):
                yield done.result()

        try:
            yield doing
        finally:
            pool.shutdown(cancel_futures=True)


def processors() -> int:
    """How many processors this process may use: so many processes work side by side."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class _Worker:
    """What a process has at hand for each portion."""

    conn: psycopg.Connection
    upto: int
    timeline: Timeline


_worker: _Worker | None = None


def _begin(url: str, upto: int) -> None:
    """Begin a process of one's own. What it holds has no cycles, and looking for some in the
    entries of a portion, again and again, would take a tenth of its time."""
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _start(url, upto)


def _end_with_parent() -> None:
    """A rebuild that was killed leaves nobody who goes on writing into the next one's tables."""
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)


def _start(url: str, upto: int) -> None:
    global _worker  # noqa: PLW0603  # one a process, made by its initializer
    conn = connect(url, autocommit=True)
    _worker = _Worker(conn, upto, Timeline(LogReader(conn, upto).stream(SERVICE, upto)))


def _stop() -> None:
    global _worker  # noqa: PLW0603
    if _worker is not None:
        _worker.conn.close()
    _worker = None


def build_index(statement: str) -> int:
    """Build one index, which is none of the entries."""
    assert _worker is not None
    indexes.build(_worker.conn, NEXT, statement)
    return 0


def work_out(references: Sequence[str]) -> int:
    """Work out the rows of some reports, and write them: how many entries there were."""
    assert _worker is not None
    conn, upto = _worker.conn, _worker.upto
    done = 0
    with conn.transaction():
        rectangles = Rectangles(NEXT, fresh=True)
        for reference in references:
            log = LogReader(conn, upto)
            entries = log.about(reference)
            reader = HeldReader(entries, _worker.timeline, log)
            set_states(conn, entries, reader, rectangles)
            done += len(entries)
        rectangles.write(conn)
    return done
