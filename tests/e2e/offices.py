"""An office that records in a log whose cluster can be copied, frozen, killed and promoted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote

import requests
from click.testing import CliRunner

from api.cli import main
from api.store import tokens
from ledger.acts.decision import Notice
from ledger.acts.service import open_account, set_up
from ledger.application import Ledger
from ledger.events import AccountOpened
from ledger.postgres.connections import connect_owner, pool
from ledger.postgres.migrate import migrate
from ledger.register import shipped_bodies, shipped_rules
from ledger.states.service import SETUP
from tests.api.reading import serving
from tests.clusters import Cluster
from tests.e2e.service import clean_environment
from tests.keys.keyed_log import ORIGIN
from tests.processes import SECONDS, Python

KEEPER = "service/keeper"
LOOKED = "EXISTS (SELECT FROM ledger.vouch WHERE server_started = pg_postmaster_start_time())"


def begun(cluster: Cluster) -> str:
    """Begin a log in a cluster's empty database: the token of an account that records in it."""
    with connect_owner(cluster.url()) as owner:
        migrate(owner)
    with pool(cluster.url(), max_size=4) as connections:
        log = Ledger(connections, cluster.url())
        log.record(SETUP, set_up, shipped_bodies()[:5], shipped_rules())
        account = AccountOpened(account=KEEPER, body=None)
        log.record(SETUP, open_account, account, Notice(), scopes=("admin",))
        with connections.connection() as conn:
            return tokens.create(conn, KEEPER, ["admin"], None)[1]


@dataclass
class Office:
    """An office that records in a log, and the writes that were acknowledged to it."""

    data: Path
    token: str
    acknowledged: dict[int, str] = field(default_factory=dict)
    """The act that each position was acknowledged to first."""
    twice: list[int] = field(default_factory=list)
    """Positions that were acknowledged to a second act as well."""

    def write(self, web: str, words: str, *, expect: int = 201, key: str | None = None) -> Any:
        """Keep a letter: what the service answers."""
        named = {"Idempotency-Key": key} if key else {}
        answer = requests.post(
            f"{web}/api/captures",
            files={"file": ("letter.txt", BytesIO(words.encode()))},
            headers={"Authorization": f"Bearer {self.token}"} | named,
            timeout=SECONDS,
        )
        assert answer.status_code == expect, answer.text
        said = answer.json()
        if answer.status_code == 201:
            act = said["event"]["id"]
            if self.acknowledged.setdefault(said["position"], act) != act:
                self.twice.append(said["position"])
        return said

    def sealed(self, web: str, words: str, on: Cluster) -> None:
        """Keep a letter, and wait until it is sealed."""
        position = self.write(web, words)["position"]
        on.until(f"(SELECT max(size) FROM ledger.checkpoints) >= {position}")

    def environment(self, database: str) -> dict[str, str]:
        return clean_environment() | {
            "ANSWERABLE_DATABASE_URL": database,
            "ANSWERABLE_DATA": str(self.data),
            "ANSWERABLE_ORIGIN": ORIGIN,
        }

    def command(self, database: str, *arguments: str, expect: int | None = 0) -> str:
        """Call the command on a database: what it says. None: however it ends."""
        done = CliRunner().invoke(main, arguments, env=dict(self.environment(database)))
        assert expect is None or done.exit_code == expect, done.output
        return done.output

    @contextmanager
    def following(self, database: str, *names: str, **more: str) -> Iterator[Python]:
        """Yield a process of its own with these followers; `more` is added to its environment."""
        with TemporaryFile() as log:
            command = ("-m", "api", "worker", "--only", ",".join(names))
            process = Python(*command, env=self.environment(database) | more, log=log)
            try:
                yield process
            finally:
                process.terminate()
                process.wait(SECONDS)


@contextmanager
def served(office: Office, database: str) -> Iterator[str]:
    """Yield the service on a database, web and sealer: the address of the web."""
    with office.following(database, "sealer"), serving(database, ORIGIN, data=office.data) as web:
        yield web.url


def wherever(*clusters: Cluster) -> str:
    """Return the URL of whichever of these takes writes."""
    hosts = ",".join(quote(str(one.folder), safe="") for one in clusters)
    options = "target_session_attrs=read-write"
    return f"postgresql://postgres@/answerable?host={hosts}&{options}"
