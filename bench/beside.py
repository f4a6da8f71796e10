"""Measure this tree beside another of the same project: python -m bench.beside TREE [--events N]

Both record the same synthetic years (`answerable seed`) and serve them with `answerable run`. Both
are asked the same by turns, over HTTP. This shows whether a change of the code's parts costs
anything. The other tree has its own `.venv` (`make install` there).
"""

import argparse
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.figures import Aim, Figure, compared, show
from tests.servers import data_directory

NO_WORSE = Aim("≤", 1.03)
_SECONDS = 120


@dataclass(frozen=True)
class Tree:
    """A tree of the project, served with what was seeded."""

    folder: Path
    data: Path
    port: int
    token: str
    process: int = 0
    """The process of `answerable run`."""

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [self.folder / ".venv/bin/answerable", *words, "--data", self.data],
            check=False,
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"{self.folder}: answerable {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def ask(self, line: http.client.HTTPConnection, path: str, body: object = None) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        line.request("GET" if body is None else "POST", path, sent, headers)
        answer = line.getresponse()
        said = answer.read()
        if answer.status >= 400:
            sys.exit(f"{self.folder}: {path}: {answer.status} {said[:300]!r}")
        return said


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m bench.beside", description=__doc__)
    words.add_argument("tree", type=Path, help="the other tree, installed")
    words.add_argument("--events", type=int, default=20_000, help="entries to seed (20,000)")
    words.add_argument("--pairs", type=int, default=31, help="pairs of each request (31)")
    words.add_argument("--rebuilds", type=int, default=9, help="pairs of rebuilds (9)")
    words.add_argument("--only", default="", help="the questions with this in their name")
    asked = words.parse_args()
    here = Path(__file__).parents[1]
    with ExitStack() as stack:
        ours, theirs = (
            stack.enter_context(
                served(tree.resolve(), stack.enter_context(data_directory()), asked.events)
            )
            for tree in (here, asked.tree)
        )
        rows = _requests(ours, theirs, asked.pairs, asked.only)
        rows += _rebuilds(ours, theirs, asked.rebuilds)
    show(f"This tree beside {asked.tree}, {asked.events:,} entries, ms", ("ours", "theirs"), rows)


@contextmanager
def served(folder: Path, data: Path, events: int) -> Iterator[Tree]:
    tree = Tree(folder, data, free_port(), "")
    print(f"{folder}: {events:,} entries are recorded …", file=sys.stderr)
    tree.command("seed", "--events", str(events))
    made = json.loads(
        tree.command("token", "create", "--name", "bench", "--scope", "admin", "--json")
    )
    process = subprocess.Popen(
        [folder / ".venv/bin/answerable", "run", "--data", data, "--port", str(tree.port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ready(tree.port)
        yield Tree(folder, data, tree.port, made["token"], process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_SECONDS)


def _requests(ours: Tree, theirs: Tree, pairs: int, only: str) -> list[Figure]:
    trees = (ours, theirs)
    lines = [http.client.HTTPConnection("127.0.0.1", tree.port, timeout=_SECONDS) for tree in trees]
    one = json.loads(ours.ask(lines[0], "/api/recommendations?limit=1"))["items"][0]
    owed = json.loads(ours.ask(lines[0], "/api/responses?limit=1"))["items"][0]
    ends = [
        json.loads(tree.ask(line, "/api/recommendations?limit=1"))["as_of"]["position"]
        for tree, line in zip(trees, lines, strict=True)
    ]
    last = min(ends)  # trees of different versions record the same years in more entries or fewer
    recommendation = f"/recommendations/{one['report']}/{one['key']}/{one['addressee']}"
    response = f"/responses/{owed['report']}/{owed['body']}"
    numbers = count(1)
    rows = []

    def update() -> Callable[[Tree, http.client.HTTPConnection], object]:
        said = {
            "text": f"Update {next(numbers)}.",
            "occurred_on": None,
            "source": {"note": "e-mail of today"},
        }
        return lambda tree, line: tree.ask(line, f"/api{recommendation}/updates", said)

    def read(path: str) -> Callable[[], Callable[[Tree, http.client.HTTPConnection], object]]:
        return lambda: lambda tree, line: tree.ask(line, path)

    def whole() -> Callable[[Tree, http.client.HTTPConnection], object]:
        def walk(tree: Tree, line: http.client.HTTPConnection) -> object:
            after, pages = "", 0
            while pages < 20:
                said = json.loads(tree.ask(line, f"/api/recommendations?limit=500{after}"))
                pages += 1
                if not said.get("next"):
                    break
                after = f"&after={said['next']}"
            return pages

        return walk

    questions = {
        "an update, with its receipt": update,
        "one recommendation": read(f"/api{recommendation}"),
        "one response": read(f"/api{response}"),
        "a recommendation's page": read(recommendation),
        "its page, in the past": read(f"{recommendation}?known_at={last - 1}"),
        "a response's page": read(response),
        "a body's page": read(f"/bodies/{owed['body']}"),
        "a list of 50": read("/api/recommendations?limit=50"),
        "a list of 50, in the past": read(f"/api/recommendations?limit=50&known_at={last // 2}"),
        "the list, page after page": whole,
        "compliance": read("/api/compliance"),
        "what changed lately": read(f"/api/changes?from={max(1, last - 1000)}"),
    }
    for name, question in questions.items():
        if only not in name:
            continue
        figures: list[tuple[float, float]] = []
        for number in range(pairs + 2):
            took = {}
            for n in (0, 1) if number % 2 else (1, 0):
                ask = question()
                began = time.perf_counter()
                ask(trees[n], lines[n])
                took[n] = (time.perf_counter() - began) * 1000
                rest(trees[n], lines[n])
            if number >= 2:  # the first two warm up
                figures.append((took[0], took[1]))
        rows.append(_row(name, figures))
        print(f"{name}: {rows[-1].ratio:.2f}", file=sys.stderr)
    return rows


def rest(tree: Tree, line: http.client.HTTPConnection) -> None:
    """Wait until a tree's followers have done their work, so that it does not slow the other
    tree."""
    while any(one["lag"] for one in json.loads(tree.ask(line, "/readyz"))["followers"]):
        time.sleep(0.005)


def _rebuilds(ours: Tree, theirs: Tree, pairs: int) -> list[Figure]:
    figures = []
    for number in range(pairs):
        took = {}
        for tree in (ours, theirs) if number % 2 else (theirs, ours):
            began = time.perf_counter()
            tree.command("rebuild")
            took[tree.folder] = (time.perf_counter() - began) * 1000
        figures.append((took[ours.folder], took[theirs.folder]))
    return [_row("a rebuild", figures)] if figures else []


def _row(name: str, figures: list[tuple[float, float]]) -> Figure:
    return compared(name, [one for one, _ in figures], [other for _, other in figures], NO_WORSE)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def ready(port: int) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/readyz")
            if line.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            line.close()
        time.sleep(0.2)
    sys.exit(f"No service was ready on port {port} within {_SECONDS} s.")


if __name__ == "__main__":
    main()
