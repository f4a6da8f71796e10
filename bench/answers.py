"""Measure what an answer over HTTP costs: a recommendation by id and a list of 50, beside a bare
Flask route with a bare SELECT, and an act. If another tree of ours is named, it is measured too.

python -m bench answers [--events 2000] [--pairs 15] [--each 40] [--tree TREE] [--trails 3 90 1000]

All are under the same gunicorn over the same database, and are asked by turns on one connection,
each question after the last answer. CPU is that of every process of the service, with PostgreSQL's.
Read this figure if other work runs on the machine.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from pathlib import Path

from flask import Flask, Response, jsonify
from psycopg_pool import ConnectionPool

from api.asgi import Served
from api.feeds.hub import Hub
from bench.beside import Tree, free_port, ready, rest, served
from bench.figures import Aim, Figure, compared, show
from ledger.seal.checkpoints import SealBell, Sealed
from ledger.settings import Settings
from tests.servers import data_directory

_ACT = {
    "question": "Is it done?",
    "occurred_on": None,
    "by": "cumbria-pfcc",
    "source": {"note": "a letter"},
}
_ONE = """
    SELECT state FROM projections.recommendations
     WHERE addressee = %s AND report = %s AND key = %s
       AND known_to > 2147483647 AND effective_to > current_date AND effective_from <= current_date
"""
_LIST = """
    SELECT report, key, addressee, status, state FROM projections.recommendations
     WHERE known_to > 2147483647 AND effective_to > current_date AND effective_from <= current_date
     ORDER BY report, key_order, key, addressee LIMIT 50
"""


def bare() -> Served:
    """Return the least application that could answer: two routes, each of which sends one
    statement, served as ours is."""
    app = Flask("bare")
    url = os.environ["ANSWERABLE_DATABASE_URL"]
    pool = ConnectionPool(url, min_size=1, open=True)

    @app.get("/api/recommendations/<report>/<key>/<addressee>")
    def one(report: str, key: str, addressee: str) -> Response:
        with pool.connection() as conn:
            (state,) = conn.execute(_ONE, [addressee, report, key]).fetchone() or ("",)
        return jsonify(report=report, key=key, addressee=addressee, state=state)

    @app.get("/api/recommendations")
    def many() -> Response:
        with pool.connection() as conn:
            return jsonify(items=conn.execute(_LIST).fetchall())

    @app.get("/readyz")
    def readyz() -> Response:
        return jsonify(followers=[])

    bell = SealBell(Sealed(pool), url)
    return Served(app, Hub(bell, most=0, most_each=0, heartbeat=15), Settings.web_threads)


def main(given: list[str]) -> None:
    """Serve, ask by turns, and print the figures."""
    words = argparse.ArgumentParser(prog="python -m bench answers", description=__doc__)
    words.add_argument("--events", type=int, default=2000, help="entries to seed (2,000)")
    words.add_argument("--pairs", type=int, default=15, help="pairs of rounds (15)")
    words.add_argument("--each", type=int, default=40, help="requests a round (40)")
    words.add_argument("--tree", type=Path, help="another tree of the project, installed")
    words.add_argument(
        "--trails", type=int, nargs="*", default=[], help="acts on trails of so many entries alone"
    )
    words.add_argument("--folder", type=Path, help="where the data lie meanwhile, on a real disk")
    asked = words.parse_args(given)
    with ExitStack() as stack:

        def tree(folder: Path) -> Tree:
            data = stack.enter_context(data_directory(asked.folder))
            return stack.enter_context(served(folder, data, asked.events))

        ours = tree(Path(__file__).parents[1])
        others = {"a bare Flask route": stack.enter_context(_bare(ours))}
        if asked.tree is not None:
            others[str(asked.tree)] = tree(asked.tree.resolve())
        for name, theirs in others.items():
            rows = _on_trails if asked.trails else _rows
            show(f"Beside {name}", ("ours", "theirs"), rows(ours, theirs, asked))


def _rows(ours: Tree, theirs: Tree, asked: argparse.Namespace) -> list[Figure]:
    line = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=60)
    items = json.loads(ours.ask(line, "/api/recommendations?limit=500"))["items"]
    line.close()
    each = cycle([f"/api/recommendations/{o['report']}/{o['key']}/{o['addressee']}" for o in items])
    a_list = cycle(["/api/recommendations?limit=50"])
    twice = Aim("≥", 2) if theirs.token else None
    rows = []
    for name, paths, acts, at_once, aim in (
        ("one recommendation", each, False, 1, twice),
        ("a list of 50", a_list, False, 1, None),
        ("an act, with its receipt", each, True, 1, None),
        ("the same, eight writers", each, True, 8, None),
    ):
        if acts and not theirs.token:
            continue
        rows += _by_turns(ours, theirs, asked, name, paths, acts, at_once, aim)
    return rows


def _on_trails(ours: Tree, theirs: Tree, asked: argparse.Namespace) -> list[Figure]:
    """Measure acts on eight recommendations each of whose trails has so many entries to begin
    with."""
    if not theirs.token:  # the bare route records nothing
        return []
    line = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=60)
    items = json.loads(ours.ask(line, "/api/recommendations?limit=500"))["items"]
    line.close()
    rows = []
    for nth, entries in enumerate(asked.trails):
        on = [
            f"/api/recommendations/{one['report']}/{one['key']}/{one['addressee']}"
            for one in items[8 * nth : 8 * nth + 8]
        ]
        for tree in (ours, theirs):
            _lengthen(tree, on, entries)
        paths = cycle(on)
        for at_once in (1, 8):
            name = f"trails of {entries:,}, {at_once} at once"
            rows += _by_turns(ours, theirs, asked, name, paths, True, at_once, None)
    return rows


def _lengthen(tree: Tree, on: list[str], entries: int) -> None:
    """Record acts on each of these recommendations until its trail has so many entries."""

    def lengthen(path: str) -> None:
        line = http.client.HTTPConnection("127.0.0.1", tree.port, timeout=60)
        version = json.loads(tree.ask(line, path))["version"]
        _asked(tree, line, [path] * (entries - version), True)
        line.close()

    with ThreadPoolExecutor(len(on)) as several:
        for _ in several.map(lengthen, on):
            pass


def _by_turns(
    ours: Tree,
    theirs: Tree,
    asked: argparse.Namespace,
    name: str,
    paths: Iterator[str],
    acts: bool,
    at_once: int,
    aim: Aim | None,
) -> list[Figure]:
    """Ask both by turns, and return requests a second and ms of CPU."""
    found: dict[int, list[tuple[float, float]]] = {ours.port: [], theirs.port: []}
    for turn in range(asked.pairs + 1):
        there = [next(paths) for _ in range(asked.each)]
        for tree in (ours, theirs) if turn % 2 else (theirs, ours):
            found[tree.port].append(_round(tree, there, acts, at_once))
    mine, other = (found[tree.port][1:] for tree in (ours, theirs))  # the first warms up
    (ours_a_second, ours_cpu), (theirs_a_second, theirs_cpu) = (
        zip(*of, strict=True) for of in (mine, other)
    )
    return [
        compared(f"{name}: a second", ours_a_second, theirs_a_second, aim),
        compared("… ms of CPU", ours_cpu, theirs_cpu, Aim("≤", 8, "ours") if acts else None),
    ]


def _round(tree: Tree, paths: list[str], acts: bool, at_once: int) -> tuple[float, float]:
    """Return the requests a second on this many connections, and ms of CPU in all processes for
    each."""
    lines = [http.client.HTTPConnection("127.0.0.1", tree.port, timeout=60) for _ in range(at_once)]
    rest(tree, lines[0])
    spent, began = _cpu(tree), time.perf_counter()
    with ThreadPoolExecutor(at_once) as several:
        parts = [paths[n::at_once] for n in range(at_once)]
        for _ in several.map(lambda line, part: _asked(tree, line, part, acts), lines, parts):
            pass
    took = time.perf_counter() - began
    cpu = _cpu(tree) - spent
    for line in lines:
        line.close()
    return len(paths) / took, 1000 * cpu / len(paths)


def _asked(tree: Tree, line: http.client.HTTPConnection, paths: list[str], acts: bool) -> None:
    """Ask for one after the other, on one connection."""
    for path in paths:
        if acts:
            tree.ask(line, f"{path}/assurances", _ACT | {"of": path.rpartition("/")[2]})
            continue
        line.request("GET", path)
        answer = line.getresponse()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status} {answer.read(300)!r}")
        answer.read()


def _cpu(tree: Tree) -> float:
    """Return the seconds of CPU that a tree's processes have used, with those that ended."""
    (server,) = tree.data.glob("**/postmaster.pid")
    of_it = {tree.process, int(server.read_text("utf-8").split()[0])}
    spent, parents = {}, {}
    for one in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            said = one.read_text("utf-8").rpartition(")")[2].split()
            number = int(one.parent.name)
            parents[number] = int(said[1])
            spent[number] = sum(map(int, said[11:15]))
    while more := {one for one, parent in parents.items() if parent in of_it} - of_it:
        of_it |= more
    return sum(spent.get(one, 0) for one in of_it) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _bare(ours: Tree) -> Iterator[Tree]:
    """Serve the bare routes over the same database, under a gunicorn like ours."""
    database = json.loads(ours.command("status", "--json"))["database"]
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "bench.answers:bare()"),
            *("--bind", f"127.0.0.1:{port}", "--config", "python:api.web"),
            *("--log-level", "warning", "--no-control-socket"),
        ],
        cwd=ours.folder,
        env=os.environ | {"ANSWERABLE_DATABASE_URL": database},
    )
    try:
        ready(port)
        yield Tree(ours.folder, ours.data, port, "", process.pid)
    finally:
        process.terminate()
        process.wait(20)
