"""docker-compose.yml without a container engine: its services as processes, by its own commands,
environment and users, on a PostgreSQL whose owner is no superuser. Only addresses are changed."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from ruamel.yaml import YAML

from ledger.log.follower import LOCKS
from tests.api.brokers import PROGRAM
from tests.clusters import Cluster, primary
from tests.e2e.service import free_port
from tests.processes import ENDS_WITH_US, SECONDS

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ORIGIN = "https://answerable.example/log"
"""The setting that an operator puts into `.env`."""
OUTSIDERS = {"sealer": 10002, "keeper": 10002}
"""Containers have one user and are kept apart by the engine. Processes are kept apart by users."""


def apart() -> bool:
    """Return whether processes here can have other users and read-only folders."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


@dataclass(frozen=True, slots=True)
class PlainDatabase:
    """A PostgreSQL on a port of this machine, with passwords. The database `answerable` belongs to
    the user `answerable`, who has CREATEROLE and is no superuser."""

    cluster: Cluster
    credentials: Path
    """The folder of the secrets, as `deploy/credentials.sh` makes it."""

    def credential(self, name: str) -> str:
        """Return one of the secrets."""
        return (self.credentials / name).read_text().strip()

    def url(self, login: str, database: str = "answerable") -> str:
        """Return the URL of a database for a login: `owner`, `service` or `sealer`."""
        return self.credential(f"{login}-url").removesuffix("answerable") + database

    def users_that_lead(self) -> set[str]:
        """Return the logins whose connections lead a follower."""
        with psycopg.connect(self.url("owner")) as conn:
            rows = conn.execute(
                "SELECT usename FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE locktype = 'advisory' AND classid = %s",
                [LOCKS],
            ).fetchall()
        return {name for (name,) in rows}


@contextmanager
def plain_database() -> Iterator[PlainDatabase]:
    """Yield a server with an empty database, whose secrets were made as operators make them."""
    port = free_port()
    with primary(port=port) as cluster, TemporaryDirectory(prefix="credentials-") as folder:
        make = ["sh", str(ROOT / "deploy/credentials.sh"), folder, f"127.0.0.1:{port}"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        made = PlainDatabase(cluster, Path(folder))
        password = made.credential("owner-password")
        cluster.do(f"CREATE ROLE answerable LOGIN CREATEROLE PASSWORD '{password}'")
        cluster.do("ALTER DATABASE answerable OWNER TO answerable")
        cluster.stop()
        (cluster.data / "pg_hba.conf").write_text(
            "local all,replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        cluster.start("listen_addresses=127.0.0.1")
        yield made


@dataclass
class Deployed:
    """The services of docker-compose.yml, as processes of this machine."""

    folder: Path
    database: PlainDatabase
    compose: Mapping[str, Any]
    """What docker-compose.yml says."""
    apart: bool
    """True if each process has the user and the folders that a container would give it."""
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    @property
    def services(self) -> Any:
        return self.compose["services"]

    def start(self, name: str, *command: str) -> None:
        """Start a service, by its own command or another."""
        self._begin(
            name, **self._as_container(name, [*(command or self.services[name]["command"])])
        )

    def _begin(self, name: str, args: Sequence[str], **how: Any) -> None:
        """Start a process, which ends with the test run, and write its output into a file."""
        with (self.folder / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(
                [*ENDS_WITH_US, *args],
                **how,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def run(
        self, name: str, *command: str, seconds: float = SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command as `docker compose run --rm NAME …` would, or the service's own."""
        given = command or self.services[name]["command"]
        how = self._as_container(name, list(given))
        return subprocess.run(**how, capture_output=True, text=True, timeout=seconds, check=False)

    def answers_to_compose(self, name: str) -> bool:
        """Return whether a service is healthy, by the command that compose asks it with."""
        _, *command = self.services[name]["healthcheck"]["test"]
        return self.run(name, *command).returncode == 0

    def stop(self, name: str) -> float:
        """Stop a service as compose does; how many seconds that took."""
        process, since = self.running.pop(name), time.monotonic()
        process.terminate()
        process.wait(SECONDS)
        return time.monotonic() - since

    def said(self, name: str) -> str:
        """Return the output of a service."""
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        """End all that runs."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(SECONDS)

    def _as_container(self, name: str, command: list[str]) -> dict[str, Any]:
        """How a service's process is started: its command, environment, and where."""
        one = self.services[name]
        environment = {key: str(value) for key, value in one["environment"].items()}
        volume = self.folder / (one.get("volumes", [name])[0].split(":")[0])
        user = OUTSIDERS.get(name, 10001)
        if not volume.exists():
            volume.mkdir(mode=0o700)
            if self.apart:
                os.chown(volume, user, user)
        words = [self._with_addresses(name, word) for word in command]
        environment = {key: self._with_addresses(name, x) for key, x in environment.items()}
        environment |= {"PATH": f"{BIN}:/usr/sbin:/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
        environment |= {"TZ": "UTC"}
        if not self.apart:
            return {"args": words, "env": environment, "cwd": volume}
        places = {"DATA": "/var/lib/answerable/data", "OWN_HOME": str(Path.home())}
        places |= {"CODE": str(ROOT), "SECRETS": str(self._secrets(name))}
        box = str(Path(__file__).with_name("container.sh"))
        return {"args": [box, str(user), str(volume), *words], "env": environment | places}

    def _with_addresses(self, name: str, text: str) -> str:
        """Return a text of the compose file, with this machine's addresses in place of the
        network's."""
        text = re.sub(r"\$\{ANSWERABLE_ORIGIN:\?[^}]*\}", ORIGIN, text)
        if not self.apart:
            text = text.replace("/run/secrets", str(self._secrets(name)))
        if re.search(r":8000\b", text):
            port = self.ports.setdefault(name, free_port())
            text = re.sub(r"\b(0\.0\.0\.0|127\.0\.0\.1):8000\b", f"127.0.0.1:{port}", text)
        if "//broker:4222" in text:
            text = text.replace("//broker:4222", f"//127.0.0.1:{self.ports['broker']}")
        return text

    def _secrets(self, name: str) -> Path:
        """Return the folder of the secrets that a service is given, and of no other."""
        place = self.folder / f"secrets-{name}"
        if not place.exists():
            place.mkdir()
            for secret in self.services[name]["secrets"]:
                file = Path(self.compose["secrets"][secret]["file"])
                assert file.parent == Path("credentials")
                (place / secret).write_text(self.database.credential(file.name))
        return place

    # The broker

    def start_broker(self) -> str:
        """Start nats-server as compose does; its address."""
        port, place = self.ports.setdefault("broker", free_port()), self.folder / "broker"
        place.mkdir(exist_ok=True)
        ours = {"/data": str(place), "=8222": f"={free_port()}"}
        given = self.services["broker"]["command"]
        for theirs, here in ours.items():
            given = [word.replace(theirs, here) for word in given]
        self._begin("broker", [PROGRAM, *given, "--addr=127.0.0.1", f"--port={port}"])
        return f"nats://127.0.0.1:{port}"

    # The proxy

    def start_proxy(self) -> str:
        """Start nginx with the shipped settings; its address."""
        port = self.ports["proxy"] = free_port()
        shipped = (ROOT / "nginx.conf").read_text()
        for name in ("web", "stream"):
            assert f"server {name}:8000;" in shipped
            shipped = shipped.replace(
                f"server {name}:8000;", f"server 127.0.0.1:{self.ports[name]};"
            )
        assert "listen 80;" in shipped
        shipped = shipped.replace("listen 80;", f"listen 127.0.0.1:{port};")
        place = self.folder / "nginx"
        place.mkdir()
        (place / "default.conf").write_text(shipped)
        temporary = "\n".join(
            f"{one}_temp_path {place}/{one};"
            for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        around = "user root;\n" if os.geteuid() == 0 else ""
        (place / "nginx.conf").write_text(
            f"{around}daemon off;\nworker_processes 1;\npid {place}/pid;\n"
            f"error_log stderr;\nevents {{ worker_connections 512; }}\n"
            f"http {{\naccess_log off;\n{temporary}\ninclude {place}/default.conf;\n}}\n"
        )
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        assert nginx is not None
        self._begin(
            "proxy", [nginx, "-p", str(place), "-e", "stderr", "-c", str(place / "nginx.conf")]
        )
        return f"http://127.0.0.1:{port}"


def nginx_is_here() -> bool:
    """Return whether there is an nginx to start."""
    return shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") is not None


def compose_file() -> Any:
    """Return what docker-compose.yml says."""
    return YAML(typ="safe").load(ROOT / "docker-compose.yml")


@contextmanager
def deployment(folder: Path) -> Iterator[Deployed]:
    """Yield the database, and the services of docker-compose.yml, none of them started yet."""
    folder.chmod(0o755)
    with plain_database() as database:
        deployed = Deployed(folder, database, compose_file(), apart())
        try:
            yield deployed
        finally:
            deployed.end()


def told(done: "subprocess.CompletedProcess[str]") -> Any:
    """Return the JSON that a command answered with."""
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)
