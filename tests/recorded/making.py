"""Record the log and its answers: `python -m tests.recorded.making [log] answers`.

`log` makes `log.sql.gz`: seeded offices, lives in which every act happens, a seal. `answers` asks
what stands in `questions.py` of it, and writes `answers.jsonl.gz`, and the pages among them to
`pages.jsonl.gz`, since their words change more often. The answers are those of the tree before a
change; afterwards no byte differs but what was meant to (test_recorded.py).
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from api.requests import current
from ledger.acts.decision import Told
from ledger.acts.key import add_key
from ledger.acts.service import begin_synthetic
from ledger.events import KeyAdded
from ledger.postgres.binaries import find
from ledger.postgres.connections import connect, connect_owner
from ledger.postgres.embedded import embedded
from ledger.postgres.migrate import migrate
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.states.service import SETUP
from ledger.synthetic.seed import seed
from ledger.verify import note
from projections.tables import projector
from tests.api import town as towns
from tests.api.town import Town
from tests.projections.every_act import Step, step
from tests.projections.living import live
from tests.recorded.questions import TODAY, commands, over_http

HERE = Path(__file__).parent
LOG, TOKENS = HERE / "log.sql.gz", HERE / "tokens.json"
ANSWERS, PAGES = HERE / "answers.jsonl.gz", HERE / "pages.jsonl.gz"
ORIGIN = "log.example/town"


def drawn(chance: Random, most: int) -> list[Step]:
    return [step(chance) for _ in range(chance.randint(most // 2, most))]


def no_key(one: Step) -> bool:
    """Whether it brings no key but ours into use: the log is to be sealed."""
    return one.does != "service" or one.nth % 8 != 7


def make_log() -> None:
    """Fill a log with all that can happen, seal it, and write it down."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "data") as running:
        url = running.owner_url
        with connect_owner(url) as owner:
            migrate(owner)
        with towns.founding(url) as tokens:
            TOKENS.write_text(json.dumps(tokens, indent=1) + "\n")
        with towns.opened(url, tokens) as town, towns.by_its_clock(town):
            town.ledger.record(SETUP, begin_synthetic)
            chance = Random("lives")
            town.clock.set("2025-03-03")
            lives = [
                (chance.randint(0, 1000), [one for one in drawn(chance, 60) if no_key(one)])
                for _ in range(12)
            ]
            live(town, date(2025, 6, 2), lives)
            town.clock.set("2026-09-01")
            seed(town.ledger, 1_500, 4, lambda done, of: None)
            key = note.generate(ORIGIN)
            town.ledger.record(SETUP, add_key, KeyAdded(vkey=key.vkey), Told())
            (HERE / "vkey").write_text(key.vkey + "\n")
            signing = Path(folder) / "signing.key"
            signing.write_text(key.text)
            with closing(Notebook(Path(folder) / "notebook.sqlite", ORIGIN)) as notebook:
                sealer = Sealer(url, notebook, signing)
                sealer.catch_up()
                sealer.close()
            town.clock.set("2026-09-02")
            town.clerk.upload(b"<p>One more page</p>", url="https://hmicfrs.example/more")
        dumped = subprocess.run(
            [
                *(find(None, None).program("pg_dump"), "--inserts"),
                *("--exclude-table-data=projections.*", "--exclude-table=projections.*"),
                url,
            ],
            check=True,
            capture_output=True,
        )
    with gzip.GzipFile(LOG, "wb", mtime=0) as file:
        file.write(dumped.stdout)


def restore(url: str) -> None:
    """Fill an empty database of the owner's with the log, which knows a clock that is set."""
    towns.Clock(url).set(TODAY)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "dump.sql"
        script.write_bytes(gzip.decompress(LOG.read_bytes()))
        subprocess.run(
            [
                *(find(None, None).program("psql"), "--quiet", "--no-psqlrc"),
                *("--set", "ON_ERROR_STOP=1", "--file", script, url),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    with connect_owner(url) as owner:
        migrate(owner)
    with connect(url, autocommit=True) as conn:
        projector.prepare(conn)


@contextmanager
def recorded(url: str) -> Iterator[Town]:
    """The town of the log, restored into an empty database, on the day on which it is asked."""
    restore(url)
    with towns.opened(url, json.loads(TOKENS.read_text())) as town, towns.by_its_clock(town):
        town.clock.set(TODAY)
        town.catch_up()
        yield town


def answers(town: Town) -> dict[str, dict[str, Any]]:
    """Every question with its answer."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        (Path(folder) / "vkey").write_text((HERE / "vkey").read_text().strip())
        patch.setenv("ANSWERABLE_DATABASE_URL", town.url)
        patch.setenv("ANSWERABLE_ORIGIN", ORIGIN)
        # The seeded part makes the log synthetic; what is recorded are the pages of a true one.
        patch.setattr(current, "synthetic", lambda: False)
        for question, answer in [*over_http(town), *commands(town, Path(folder))]:
            found.setdefault(question, answer)
    return found


def is_page(answer: dict[str, Any]) -> bool:
    """Whether an answer is a page, or leads on to one."""
    return str(answer.get("headers", {}).get("Content-Type")).startswith("text/html")


def make_answers() -> None:
    """Ask, and write the answers down."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "data") as running:
        with connect_owner(running.owner_url) as owner:
            migrate(owner)  # makes the roles
        url = running.url("asked")
        with psycopg.connect(running.owner_url, autocommit=True) as conn:
            conn.execute("CREATE DATABASE asked TEMPLATE template0")
        with recorded(url) as town:
            found = answers(town)
    for path, of_pages in ((ANSWERS, False), (PAGES, True)):
        with gzip.GzipFile(path, "wb", mtime=0) as file:
            for question, answer in found.items():
                if is_page(answer) is of_pages:
                    line = json.dumps([question, answer], ensure_ascii=False, sort_keys=True)
                    file.write(line.encode() + b"\n")
    statuses = [one["status"] for one in found.values()]
    print({status: statuses.count(status) for status in sorted(set(statuses))})  # noqa: T201


if __name__ == "__main__":
    os.environ.setdefault("TMPDIR", "/dev/shm")
    if "log" in sys.argv:
        make_log()
    if "answers" in sys.argv:
        make_answers()
