"""Measure ourselves beside the library's own recorder: python -m bench [--quick] [what …]

`python -m bench growth` measures instead how the figures grow with the log. `exports` measures
files of lists, `pages` measures pages, and `streams` how soon an entry is with all who follow: see
growth.py, exports.py, pages.py, streams.py.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench import (
    answers,
    appends,
    exports,
    growth,
    pages,
    reads,
    rebuilds,
    seals,
    snapshot,
    stalls,
    streams,
)
from bench.figures import Figure, show, write
from ledger.postgres.embedded import Running
from tests.servers import temporary_server

OTHERS = {
    "answers": answers.main,
    "growth": growth.main,
    "exports": exports.main,
    "pages": pages.main,
    "streams": streams.main,
}
"""Measurements of seeded logs, each with arguments of its own."""
Table = tuple[str, tuple[str, str], Callable[[Running], list[Figure]]]


def tables(quick: bool, pairs: int | None = None) -> dict[str, list[Table]]:
    """Return what can be measured: by its name, the tables that it prints."""
    pairs, seconds = pairs or (5 if quick else 31), 0.4 if quick else 0.7
    long = 3 if quick else 11
    beside, calm = ("ours", "theirs"), ("with", "without")
    rows = 20_000 if quick else stalls.ROWS
    return {
        "appends": [
            ("Single appends, 1 writer", beside, lambda s: appends.measure(s, 1, pairs, seconds)),
            ("Single appends, 8 writers", beside, lambda s: appends.measure(s, 8, pairs, seconds)),
            (
                "Single appends, 8 threads of a process",
                beside,
                lambda s: appends.measure(s, 1, pairs, seconds, threads=8),
            ),
            (
                "Single appends, 32 threads of a process",
                beside,
                lambda s: appends.measure(s, 1, pairs, seconds, threads=32),
            ),
        ],
        "words": [
            (
                "The index of words, 1 writer",
                calm,
                lambda s: appends.indexed(s, "texts_words", 1, pairs, seconds),
            ),
            (
                "The index of words, 8 writers",
                calm,
                lambda s: appends.indexed(s, "texts_words", 8, pairs, seconds),
            ),
        ],
        "topics": [
            (
                "The index of types, 1 writer",
                calm,
                lambda s: appends.indexed(s, "entries_by_topic", 1, pairs, seconds),
            ),
            (
                "The index of types, 8 writers",
                calm,
                lambda s: appends.indexed(s, "entries_by_topic", 8, pairs, seconds),
            ),
        ],
        "stalls": [
            (
                "While an index is built and the table vacuumed",
                calm,
                lambda s: (
                    stalls.measure(s, "ours", long, rows) + stalls.measure(s, "theirs", long, rows)
                ),
            )
        ],
        "snapshot": [
            (
                "While a snapshot stays open",
                calm,
                lambda s: (
                    snapshot.measure(s, "ours", pairs, 1.5 * seconds)
                    + snapshot.measure(s, "theirs", pairs, 1.5 * seconds)
                ),
            )
        ],
        "reads": [
            ("Reading one's own write", beside, lambda s: reads.measure(s, 20 if quick else 200))
        ],
        "seals": [
            ("Sealing, 8 writers", calm, lambda s: seals.measure(s, 8, pairs, seconds)),
            (
                "Answers with their receipt over HTTP, 1 writer",
                calm,
                lambda s: seals.receipts(s, 1, *((3, 20) if quick else (15, 60))),
            ),
            (
                "Answers with their receipt over HTTP, 8 writers",
                calm,
                lambda s: seals.receipts(s, 8, *((3, 10) if quick else (15, 30))),
            ),
        ],
        "rebuilds": [
            (
                "Rebuilding the read models",
                beside,
                lambda s: rebuilds.measure(s, *((1, 20_000, 500) if quick else (9, 100_000, 1500))),
            )
        ],
    }


def main() -> None:
    if sys.argv[1:2] and (other := OTHERS.get(sys.argv[1])):
        other(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = list(tables(quick=True))
    parser.add_argument("what", nargs="*", help=f"{', '.join(names)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a short look, less certain")
    parser.add_argument("--write", action="store_true", help="write the ratios down")
    parser.add_argument("--folder", type=Path, help="where the data lie meanwhile, on a real disk")
    parser.add_argument("--pairs", type=int, help="how many pairs of each comparison")
    parser.add_argument("--flush", type=int, default=0, help="ms that each flush takes longer")
    arguments = parser.parse_args()
    if unknown := set(arguments.what) - set(names):
        parser.error(f"nothing is named {', '.join(sorted(unknown))}")
    found: dict[str, list[Figure]] = {}
    with temporary_server(inside=arguments.folder) as server:
        _slow_down(server, arguments.flush)
        print(_about(server))
        for name, of_it in tables(arguments.quick, arguments.pairs).items():
            for title, columns, measure in of_it:
                if arguments.what and name not in arguments.what:
                    continue
                found[title] = measure(server)
                show(title, columns, found[title])
    if arguments.write:
        write(found)


def _slow_down(server: Running, flush: int) -> None:
    """Let each flush of the server wait so many milliseconds first, as on a slower disk."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET commit_delay = {1000 * flush}".encode())
        connection.execute("ALTER SYSTEM SET commit_siblings = 0")
        connection.execute("SELECT pg_reload_conf()")


def _about(server: Running) -> str:
    with psycopg.connect(server.owner_url) as connection:
        version = connection.info.server_version // 10000
        fsync = connection.execute("SHOW fsync").fetchone()
        delay = connection.execute("SHOW commit_delay").fetchone()
    written = _sync(server.data)
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version} with "
        f"fsync {fsync[0] if fsync else '?'}; writing 8 kB to disk takes {written:.2f} ms, and "
        f"each flush waits {delay[0] if delay else '?'} µs first (commit_delay).\n"
        "Medians of interleaved pairs. The machine decides the figures: compare ratios alone."
    )


def _sync(folder: Path) -> float:
    """Return the milliseconds until a small write to this folder is safe: no append can be
    quicker."""
    took = []
    with Path(folder, "sync").open("wb", buffering=0) as file:
        for _ in range(100):
            started = time.perf_counter()
            file.write(bytes(8192))
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - started)
    return sorted(took)[50] * 1000


if __name__ == "__main__":
    main()
