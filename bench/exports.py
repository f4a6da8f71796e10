"""Measure exports of 20,000 rows as files, and the bare library that writes the same cells: python
-m bench exports [--entries 110000] [--times 9] [--folder FOLDER]

Each is made in a process of its own, by turns. Measured are its time on the clock and on the
processor, from the question to the last byte, and the peak memory of the process.
"""

import argparse
import csv
import io
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import xlsxwriter

from api.files.exports import FORMS, Export, Form, write_export
from bench import grown
from bench.grown import Grown
from ledger.application import Ledger
from ledger.postgres.connections import pool
from ledger.postgres.embedded import Running, embedded
from projections.questions.exports import ExportedRow
from projections.questions.question import asking
from tests.servers import temporary_server

ROWS = 20_000
MOST_SECONDS, MOST_MB = 3, 200
Cells = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Made:
    """A file that was made."""

    rows: int
    seconds: float
    processor: float
    """Seconds of processor, which other work beside does not add to so much."""
    peak_mb: float


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench exports", description=__doc__)
    parser.add_argument("--entries", type=int, default=110_000, help="of the log that is seeded")
    parser.add_argument("--times", type=int, default=9, help="how often each file is made")
    parser.add_argument("--folder", type=Path, help="where the database is kept, on a real disk")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        place = embedded(given.folder) if given.folder else temporary_server()
        measure(stack.enter_context(place), given.entries, given.times)


def measure(server: Running, entries: int, times: int) -> None:
    """Print a line for each form: medians of so many files, and what the library takes for the
    same cells where there is one."""
    log = grown.grown(server, entries)
    if not grown.is_built(log):
        grown.build(log)
    print(f"\nExports of {ROWS:,} rows (aims: {MOST_SECONDS} s, {MOST_MB} MB)")
    ours: dict[Form, list[Made]] = {form: [] for form in FORMS}
    theirs: dict[Form, list[Made]] = {form: [] for form in BARE}
    for _ in range(times):
        for form in FORMS:
            ours[form].append(_alone(_export, log, form))
            if form in BARE:
                theirs[form].append(_alone(_bare, log, form))
    for form in FORMS:
        print(f"{form:6}{_said(ours[form])}")
        if form in BARE:
            print(f"{'':6}{_said(theirs[form])}: the bare library, the same cells at hand")


def _said(files: Sequence[Made]) -> str:
    seconds = statistics.median(one.seconds for one in files)
    processor = statistics.median(one.processor for one in files)
    peak = max(one.peak_mb for one in files)
    return (
        f"{files[0].rows:8,} rows {seconds:6.2f} s {processor:6.2f} s of processor {peak:5.0f} MB"
    )


def _alone(make: Callable[[Grown, Form], Made], log: Grown, form: Form) -> Made:
    with ProcessPoolExecutor(1, get_context("spawn")) as one:
        return one.submit(make, log, form).result()


def _export(log: Grown, form: Form) -> Made:
    with pool(log.url, max_size=2) as connections:
        ledger = Ledger(connections, log.url)
        ledger.service()
        began, worked = time.perf_counter(), time.process_time()
        with asking(ledger) as question, tempfile.TemporaryFile() as file:
            export = Export("recommendations", question.when, log.name, "public", {}, None, False)
            rows = write_export(file, form, export, islice(export.lines(question), ROWS))
        return _made(rows, began, worked)


def _bare(log: Grown, form: Form) -> Made:
    """Measure the bare library: it writes the same cells, which are read before."""
    with pool(log.url, max_size=2) as connections, asking(Ledger(connections, log.url)) as question:
        export = Export("recommendations", question.when, log.name, "public", {}, None, False)
        lines = list(islice(export.lines(question), ROWS))
    cells = [[column.get(line) for column in export.columns] for line in lines]
    began, worked = time.perf_counter(), time.process_time()
    with tempfile.TemporaryFile() as file:
        BARE[form](file, cells, lines)
    return _made(len(cells), began, worked)


def _made(rows: int, began: float, worked: float) -> Made:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Made(rows, time.perf_counter() - began, time.process_time() - worked, peak)


def _xlsx(file: Any, cells: Cells, lines: Sequence[ExportedRow]) -> None:
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False})
    page = book.add_worksheet()
    for n, row in enumerate(cells):
        for at, value in enumerate(row):
            if isinstance(value, int):
                page.write_number(n, at, value)
            elif value:
                page.write_string(n, at, value)
    book.close()


def _csv(file: Any, cells: Cells, lines: Sequence[ExportedRow]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    csv.writer(text).writerows(cells)
    text.flush()
    text.detach()


def _jsonl(file: Any, cells: Cells, lines: Sequence[ExportedRow]) -> None:
    for line in lines:
        file.write(json.dumps(line.item, ensure_ascii=False).encode() + b"\n")


BARE: dict[Form, Callable[[Any, Cells, Sequence[ExportedRow]], None]] = {
    "xlsx": _xlsx,
    "csv": _csv,
    "jsonl": _jsonl,
}
