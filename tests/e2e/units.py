"""The units of deploy/systemd without a service manager: each started as a process by its own
command, environment, credentials and user. Only addresses and folders are changed."""

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.deployed import BIN, ORIGIN, ROOT, PlainDatabase, apart, plain_database
from tests.processes import SECONDS

FOLDER = ROOT / "deploy/systemd"
USERS = {
    "answerable": 10001,
    "answerable-sealer": 10002,
    "answerable-backup": pwd.getpwnam("nobody").pw_uid,  # PostgreSQL asks for a user with a name
}
PROGRAMS = "/opt/answerable/bin"
"""Where the units have the programs; the tests have their own environment's in their place."""
SETTINGS = {"ANSWERABLE_CHECKPOINTS_TO": "dir:%S/answerable-sealer"}
"""The settings of /etc/answerable/answerable.env, beside the origin."""
_ACTIVATED = (
    "import os, sys; os.dup2(int(os.environ.pop('LISTENER')), 3);"
    "os.environ |= {'LISTEN_FDS': '1', 'LISTEN_PID': str(os.getpid())};"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""Gives a command the socket as systemd does: as file 3, under the process's own number."""


@dataclass(frozen=True)
class Unit:
    """A unit of deploy/systemd, with what answerable-.service.d adds to each service."""

    name: str
    values: dict[str, list[str]]
    """Each key of the unit, with its values in their order."""

    def value(self, key: str) -> str:
        """Return the only value of a key."""
        (value,) = self.values[key]
        return value


def unit(name: str) -> Unit:
    """Read a unit."""
    files = [FOLDER / name]
    if name.endswith(".service"):
        files += sorted((FOLDER / "answerable-.service.d").iterdir())
    values: dict[str, list[str]] = {}
    for line in (line for file in files for line in file.read_text().splitlines()):
        if line and not line.startswith(("#", "[")):
            key, value = line.split("=", 1)
            values.setdefault(key, []).append(value)
    return Unit(name, values)


@dataclass(frozen=True)
class Version:
    """A version of the code that the services run."""

    programs: Path = BIN
    """The folder of its programs."""
    code: Path | None = None
    """The folder of its code, if that is not the code that its programs were installed with."""
    services: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    """The command and the settings of each service of a release that had no units."""


@dataclass
class Units:
    """The services of deploy/systemd, as processes of this machine."""

    folder: Path
    database: PlainDatabase
    apart: bool
    """True if each process has the user and the folders that systemd would give it."""
    origin: str
    version: Version = field(default_factory=Version)
    """The version that processes run which start from now on."""
    sockets: dict[str, socket.socket] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    def listen(self, name: str) -> str:
        """Open a socket unit; its address."""
        listener = socket.create_server(
            ("127.0.0.1", 0), backlog=int(unit(f"{name}.socket").value("Backlog"))
        )
        self.sockets[name] = listener
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def start(self, name: str) -> None:
        """Start a service; one of type `notify` has said that it is ready."""
        one = unit(f"{name}.service")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            place = self.folder / f"{name}.notify"
            place.unlink(missing_ok=True)
            notified.bind(str(place))
            place.chmod(0o666)
            notified.settimeout(SECONDS)
            with (self.folder / f"{name}.log").open("a") as log:
                self.running[name] = subprocess.Popen(
                    self._words(one, self._command(name)),
                    env=self._environment(one) | {"NOTIFY_SOCKET": str(place)},
                    pass_fds=[self.sockets[name].fileno()] if name in self.sockets else [],
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    text=True,
                    start_new_session=True,
                )
            if one.values.get("Type") == ["notify"]:
                try:
                    said = notified.recv(4096)
                except TimeoutError as error:
                    raise AssertionError(f"{name} is not ready: {self.said(name)}") from error
                assert b"READY=1" in said

    def run(self, name: str) -> list["subprocess.CompletedProcess[str]"]:
        """Run the commands of a service that ends by itself, until one fails."""
        one, done = unit(f"{name}.service"), []
        for command in one.values["ExecStart"]:
            done.append(
                subprocess.run(
                    self._words(one, command),
                    env=self._environment(one),
                    cwd="/",
                    capture_output=True,
                    text=True,
                    timeout=SECONDS,
                    check=False,
                )
            )
            if done[-1].returncode:
                break
        return done

    def stop(self, name: str) -> float:
        """Stop a service, which systemd has to call a success; how many seconds that took."""
        process, since = self.running.pop(name), time.monotonic()
        process.terminate()
        process.wait(int(unit(f"{name}.service").value("TimeoutStopSec")))
        assert process.returncode in (0, -signal.SIGTERM), self.said(name)
        return time.monotonic() - since

    def command(self, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the version, with the service's login and more settings."""
        given = {"PATH": "/usr/bin:/bin", "ANSWERABLE_ORIGIN": self.origin}
        # Under load a server may take longer to let somebody in than a command waits.
        given["ANSWERABLE_DATABASE_URL"] = self.database.url("service") + "?connect_timeout=60"
        given |= settings
        if self.version.code is not None:
            given["PYTHONPATH"] = str(self.version.code)
        program = str(self.version.programs / "answerable")
        return subprocess.run(
            [program, *words], env=given, cwd="/", capture_output=True, text=True, check=False
        )

    def token(self, **settings: str) -> str:
        """Return a token of an account that may do everything."""
        made = self.command("token", "create", "--name", "clerk", "--scope", "admin", **settings)
        assert made.returncode == 0, made.stderr
        return made.stdout.split()[-1]

    def said(self, name: str) -> str:
        """Return the output of a service."""
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        """End all that runs, and close the sockets."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(SECONDS)
        for listener in self.sockets.values():
            listener.close()

    def _command(self, name: str) -> str:
        """Return the command that a service is started by."""
        if name in self.version.services:
            return self.version.services[name][0]
        return unit(f"{name}.service").value("ExecStart")

    def _words(self, one: Unit, command: str) -> list[str]:
        programs = str(self.version.programs)
        command = command.replace(PROGRAMS, programs).replace("%S", self._state_root(one))
        words = shlex.split(command)
        name = one.name.removesuffix(".service")
        if self.apart:
            user, volume = USERS[one.value("User")], self.state(one)
            words = [str(Path(__file__).with_name("container.sh")), str(user), str(volume), *words]
        return [sys.executable, "-c", _ACTIVATED, *words] if name in self.sockets else words

    def _environment(self, one: Unit) -> dict[str, str]:
        name = one.name.removesuffix(".service")
        given = [shlex.split(line) for line in one.values["Environment"]]
        environment = dict(word.split("=", 1) for words in given for word in words)
        environment |= {"ANSWERABLE_ORIGIN": self.origin, **SETTINGS}
        if name in self.version.services:
            environment = dict(self.version.services[name][1])
        places = {"%d": str(self._credentials(one)), "%S": self._state_root(one)}
        for mark, place in places.items():
            environment = {key: text.replace(mark, place) for key, text in environment.items()}
        environment["PATH"] = f"{self.version.programs}:/usr/sbin:/usr/bin:/bin"
        if self.version.code is not None:
            environment["PYTHONPATH"] = str(self.version.code)
        if name in self.sockets:
            environment["LISTENER"] = str(self.sockets[name].fileno())
        if self.apart:
            environment |= {"CODE": str(ROOT), "OWN_HOME": str(Path.home())}
            environment["DATA"] = f"/var/lib/answerable/{self.state(one).name}"
        return environment

    def _state_root(self, one: Unit) -> str:
        """Return the folder of all state directories, as the unit sees it."""
        return "/var/lib/answerable" if self.apart else str(self.state(one).parent)

    def state(self, one: Unit) -> Path:
        """Return the folder that the unit may write to; one without any has an empty one."""
        name = one.values.get("StateDirectory", ["nothing"])[0]
        place = self.folder / "state" / name
        if not place.exists():
            place.mkdir(parents=True, mode=0o700)
            if self.apart:
                os.chown(place, USERS[one.value("User")], -1)
        return place

    def _credentials(self, one: Unit) -> Path:
        """Return the folder of the credentials that the unit loads, for its user alone."""
        place = self.folder / "credentials" / one.name
        if not place.exists():
            place.mkdir(parents=True)
            for loaded in one.values["LoadCredential"]:
                name, source = loaded.split(":")
                assert source == f"/etc/answerable/credentials/{name}"
                (place / name).write_text(self.database.credential(name))
                (place / name).chmod(0o400)
            for each in (place, *place.iterdir()):
                if self.apart:
                    os.chown(each, USERS[one.value("User")], -1)
            place.chmod(0o500)
        return place


@contextmanager
def units(origin: str = ORIGIN) -> Iterator[Units]:
    """Yield the units with a database, none of them started yet."""
    with plain_database() as database, tempfile.TemporaryDirectory(prefix="units-") as folder:
        Path(folder).chmod(0o755)
        started = Units(Path(folder), database, apart(), origin)
        try:
            yield started
        finally:
            started.end()


def systemd_is_here() -> bool:
    """Return whether systemd's own reader of units is installed; it need not run."""
    return shutil.which("systemd-analyze") is not None
