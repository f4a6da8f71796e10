"""A log with a life behind it, read models and all, to be tampered with as the superuser."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from click.testing import CliRunner

from api.cli import main
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.acts.redaction import confirm_redaction, seek_redaction
from ledger.acts.service import grant_scope, open_account, set_up
from ledger.audit.run import Against, audit
from ledger.audit.signatures import given
from ledger.events import AccountOpened, ScopeGranted
from ledger.events.entry import line
from ledger.postgres.connections import connect
from ledger.register import shipped_bodies, shipped_rules
from ledger.seed import seed
from ledger.states.service import SETUP, Account
from projections.read_models import projector, schemas
from projections.read_models.tables import NAMES, NEXT, SCHEMA
from tests.keys.keyed_log import ORIGIN
from tests.transparency.sealing import Sealing

ENTRIES = 240
AREAS = ("avon-and-somerset", "bedfordshire", "cambridgeshire", "cheshire")
"""The areas in the register. They are few, since each audit reads all of it."""
KEEPER = "service/keeper"
CLERK = Account("service/clerk", None, frozenset({"admin"}))
"""The account that records in these tests."""
SECRET = "Sergeant Quillfeather saw to it herself on the third of March."
SEALED = {"root-differs", "log-shorter", "entry-differs", "two-checkpoints", "position-missing"}
"""Findings in a log that is not the one that was signed."""


def silent(done: int, of: int) -> None:
    """Ignore the progress."""


@dataclass
class Trial(Sealing):
    """A log of one's own, and the command over it."""

    def tamper(self, *statements: str, **parameters: Any) -> None:
        """Do this to the database as its superuser, with its triggers switched off."""
        with self.untriggered() as connection:
            for statement in statements:
                connection.execute(statement.encode(), parameters or None)

    def value(self, query: str, *parameters: Any) -> Any:
        """Return the one value that a query answers with."""
        (found,) = self.database.rows(query, *parameters)
        return found

    def audit(self, *arguments: str) -> dict[str, list[dict[str, Any]]]:
        """Return the findings of an audit by their kind. An audit with findings ends with 1."""
        command = ["audit", "--json", *arguments]
        done = CliRunner().invoke(main, command, env=dict(self.environment))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        said = json.loads(done.stdout)
        kinds: dict[str, list[dict[str, Any]]] = {}
        for check in said["checks"]:
            for one in check["findings"]:
                kinds.setdefault(one["kind"], []).append(one)
        assert done.exit_code == (1 if said["findings"] else 0)
        assert bool(kinds) == bool(said["findings"])
        return kinds

    def audit_of_the_log(self, *since: str) -> dict[str, list[dict[str, Any]]]:
        """Return the findings of an audit that leaves the read models out, which take most of its
        time. It serves where something is wrong with the log or beside it. `since`: files of
        checkpoints that somebody kept."""
        compared = {f"{schema}.{name}" for schema in (SCHEMA, NEXT) for name in NAMES}
        kept = [one for path in since for one in given(Path(path))]
        against = Against(ORIGIN, self.notebook_file, kept, compared)
        kinds: dict[str, list[dict[str, Any]]] = {}
        for check in audit(self.url, against, silent):
            for one in check.findings:
                kinds.setdefault(one.kind, []).append(asdict(one))
        return kinds

    def audit_in_words(self, *arguments: str, expect: int = 0) -> str:
        """Return the answer of the command as text."""
        return self.run("audit", *arguments, expect=expect).stdout

    def lines(self) -> list[bytes]:
        """Return the canonical lines of the log."""
        stored = self.log.log.select_notifications(1, 100_000)
        return [line(one.state, one.id, one.recorded_at) for one in stored]

    def follow(self) -> None:
        """Bring the read models to the end of the log."""
        follow(self.url)


def live(trial: Trial) -> None:
    """Fill a log: reports and their years, captures, a text and a capture that were redacted; and
    seal it, in several checkpoints."""
    log = trial.log
    bodies = tuple(one for one in shipped_bodies() if one.area in (*AREAS, None))
    log.record(SETUP, set_up, bodies, shipped_rules())
    trial.run("key", "create")
    trial.seal()
    for name in (KEEPER, CLERK.name):
        log.record(SETUP, open_account, AccountOpened(account=name, body=None), Notice())
        log.record(SETUP, grant_scope, ScopeGranted(account=name, scope="admin"), Notice())
    seed(log, ENTRIES, 3, silent)
    trial.seal()
    pages = [
        log.record(CLERK, keep_capture, received(body, address), Notice()).entries[0]
        for body, address in (
            (b"<html>A page</html>", "https://www.example.org/a"),
            (b"<html>Another page</html>", "https://www.example.org/b"),
            (b"A letter of the third of March", None),
        )
    ]
    finding = next(entry for entry in log.read(0, 1000) if entry.stream == "report/seed-00002")
    for target, field in ((pages[1].id, "bytes"), (finding.id, "key_findings")):
        sought = log.record(
            CLERK, seek_redaction, log.entry(target), Notice(), field=field, basis="personal_data"
        )
        log.record(
            log.account(KEEPER), confirm_redaction, log.entry(sought.entries[0].id), Notice()
        )
    trial.seal()
    for _ in range(2):
        log.record(CLERK, keep_capture, received(b"One more letter"), Notice())
        trial.seal()
    trial.follow()


def follow(url: str) -> None:
    with connect(url, autocommit=True) as conn:
        schemas.prepare(conn)
    follower = projector.follower(url)
    follower.catch_up()
    follower.close()


def export(trial: Trial, folder: Path) -> Path:
    """Write the sealed entries with every text, as `export log` does, without its code."""
    folder.mkdir(exist_ok=True)
    with psycopg.connect(trial.url) as connection:
        size, signed = connection.execute(
            "SELECT size, note FROM ledger.checkpoints ORDER BY size DESC LIMIT 1"
        ).fetchone() or (0, "")
        rows = connection.execute(
            "SELECT state, position, recorded_at FROM ledger.entries"
            " WHERE position <= %s ORDER BY position",
            [size],
        ).fetchall()
        said = connection.execute(
            "SELECT position, encode(commitment, 'hex'), encode(salt, 'hex'), body"
            " FROM ledger.texts WHERE position <= %s ORDER BY position, field",
            [size],
        ).fetchall()
    (folder / "log.checkpoint").write_text(signed, "utf-8")
    (folder / "log.jsonl").write_bytes(b"".join(line(*row) + b"\n" for row in rows))
    names = ("position", "sha256", "salt", "text")
    texts = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in said)
    (folder / "log.texts.jsonl").write_text("".join(f"{one}\n" for one in texts), "utf-8")
    return folder
