"""gunicorn's configuration: its own `asgi` worker, as many processes as the settings say, and an
application that is made before they are forked, so that they share it.

Each process then connects it to its own ledger (api/app.py), by its own connections. The code is
that of the start: a new version needs a restart, not a reload (SIGHUP).
"""

import gc
import os
import resource
import shutil
import socket
import tempfile
from contextlib import suppress
from importlib import import_module
from typing import Any

from gunicorn.glogging import Logger

from ledger import diagnostics, settings
from ledger.postgres.connections import DatabaseUnreachable, check_capacity, connect
from ledger.verify.report import shown

KEEP_ALIVE = 75
"""The seconds that an idle connection stays open. Proxies keep theirs for 60 s or less, so a proxy
never sends a request on a connection that is just closing."""
FILES = 8192
"""The files that a process may have open, if the machine allows it: its connections, and its own.
The usual 1,024 are too few for 1,000 streams."""

STOP_SECONDS = 3
"""The seconds that a process has to end its requests when it is told to stop. Streams end at
once."""
TAKE_SECONDS = 30
"""The seconds after which the kernel closes a connection whose client takes nothing, or is gone."""

GARBAGE = 50_000, 20, 20
"""The numbers of new objects after which a process collects garbage. Requests leave few cycles:
with Python's usual 700, collecting takes a twelfth of the time of an answer."""

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"


class Log(Logger):
    """gunicorn's two logs, in the form of our own lines. Of a request they have its id and its
    route: no address, no query, no header, nobody's name."""

    def setup(self, cfg: Any) -> None:
        """Have gunicorn make its handlers, and format their records."""
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(diagnostics.Lines())

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write the line of a request that was answered. Its id and its route come from
        `diagnostics.about`."""
        took = 1000 * request_time.seconds + request_time.microseconds / 1000
        facts = {
            "method": shown(req.method),
            "status": resp.status,
            "bytes": resp.sent,
            "milliseconds": round(took, 1),
        }
        self.access_log.info("request", extra={"facts": facts})


diagnostics.take_warnings()
_settings = settings.load(os.environ)

worker_class = "asgi"
asgi_loop = "asyncio"
asgi_lifespan = "on"
asgi_disconnect_grace_period = 0  # a client that is gone gives its place back at once
graceful_timeout = STOP_SECONDS
logger_class = Log
keepalive = KEEP_ALIVE
forwarded_allow_ips = ""  # no header may replace the path, scheme or address of a request
workers = _settings.web_processes


def on_starting(_arbiter: object) -> None:
    """Make the application once, before the processes, and keep its code out of garbage
    collection. The processes add their counts up in files (`api/requests/answers.py`), in a folder
    that must exist before the library is imported. Raise SettingsError if they would need more
    connections than the database takes."""
    allow_files()
    if _COUNTS not in os.environ:
        os.environ[_COUNTS] = tempfile.mkdtemp(prefix="answerable-counts-")
    gc.disable()  # nothing here is garbage, and collecting adds a tenth to the time of loading
    import_module("api.app").prepare()
    gc.freeze()
    gc.enable()
    gc.set_threshold(*GARBAGE)
    if _settings.database_url is not None:
        with suppress(DatabaseUnreachable), connect(_settings.database_url) as conn:
            check_capacity(conn, _settings)


def when_ready(arbiter: Any) -> None:
    """Let the kernel end connections whose clients take nothing or are gone. Accepted connections
    inherit this from the listening socket."""
    for listener in arbiter.LISTENERS:
        if listener.sock.family != socket.AF_UNIX:
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                wait = 1000 * TAKE_SECONDS
                listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait)


def child_exit(_arbiter: object, worker: Any) -> None:
    """Stop counting the open requests of a process that ended."""
    import_module("prometheus_client.multiprocess").mark_process_dead(worker.pid)


def on_exit(_arbiter: object) -> None:
    """Remove the folder of counts."""
    shutil.rmtree(os.environ[_COUNTS], ignore_errors=True)


def allow_files() -> None:
    """Let this process and its children have FILES open, or as many as the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
