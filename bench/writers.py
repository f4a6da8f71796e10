"""Writers: processes, or threads of one process, that append one event after another."""

import multiprocessing
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

from bench.figures import Aim, Figure, compared, percentile

_spawning = multiprocessing.get_context("spawn")
WARM_UP = 0.5
Appender = Callable[[str, int], Callable[[], object]]
"""Returns, for a database and a writer's number, a function that appends one more event. Writers of
one process share its connections."""


@dataclass(frozen=True)
class Run:
    """The appends of all writers between start and stop."""

    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Return the appends per second of all writers together."""
        return len(self.latencies) / self.seconds

    @property
    def p99(self) -> float:
        """Return the milliseconds within which 99 of 100 appends were done."""
        return percentile(self.latencies, 0.99) * 1000

    @property
    def longest(self) -> float:
        """Return the milliseconds that the longest append took."""
        return max(self.latencies) * 1000


def with_and_without(runs: Mapping[str, Sequence[Run]]) -> list[Figure]:
    """Return what something costs appends: the runs `with` it beside those `without`, pair by
    pair."""
    with_it, without = runs["with"], runs["without"]
    return [
        compared(
            "appends a second",
            [run.rate for run in with_it],
            [run.rate for run in without],
            Aim("≥", 0.9),
        ),
        compared(
            "99 of 100 within, ms", [run.p99 for run in with_it], [run.p99 for run in without]
        ),
    ]


class Writers:
    """A number of processes, each with some threads, that stay connected and are idle between
    runs."""

    def __init__(self, appender: Appender, url: str, many: int, threads: int = 1) -> None:
        self._stop = _spawning.RawValue("b", 0)
        self._pipes: list[Connection[Any, Any]] = []
        self._processes = []
        for number in range(many):
            mine, its = _spawning.Pipe()
            process = _spawning.Process(
                target=_work, args=(appender, url, number, threads, its, self._stop), daemon=True
            )
            process.start()
            assert mine.recv() == "ready"  # one by one: theirs can't make its table twice at once
            self._pipes.append(mine)
            self._processes.append(process)
        self.run(WARM_UP)

    def run(self, seconds: float) -> Run:
        """Append for this many seconds."""
        self.start()
        time.sleep(seconds)
        return self.stop()

    def start(self) -> None:
        self._stop.value = 0
        self._started = time.perf_counter()
        for pipe in self._pipes:
            pipe.send("go")

    def stop(self) -> Run:
        self._stop.value = 1
        found: list[float] = []
        for pipe in self._pipes:
            latencies = array("d")
            latencies.frombytes(pipe.recv_bytes())
            found += latencies
        return Run(time.perf_counter() - self._started, found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.send("end")
        for process in self._processes:
            process.join()


def _work(
    appender: Appender,
    url: str,
    number: int,
    threads: int,
    pipe: "Connection[Any, Any]",
    stop: Any,
) -> None:
    writers = [appender(url, number * threads + nth) for nth in range(threads)]
    with ThreadPoolExecutor(threads) as executor:
        pipe.send("ready")
        while pipe.recv() == "go":
            latencies = array("d")
            for found in executor.map(lambda one_more: _appended(one_more, stop), writers):
                latencies += found
            pipe.send_bytes(latencies.tobytes())


def _appended(one_more: Callable[[], object], stop: Any) -> "array[float]":
    """Append until told to stop, and return the seconds that each took."""
    latencies = array("d")
    before = time.perf_counter()
    while not stop.value:
        one_more()
        after = time.perf_counter()
        latencies.append(after - before)
        before = after
    return latencies
