"""`answerable run` and the commands around it, as a user meets them."""

import os
import signal
import threading
from pathlib import Path

import psycopg
import pytest
import requests
from click.testing import CliRunner

from api.cli import main
from ledger.postgres.embedded import LOCK, running
from tests.e2e.service import Service, ending, inside, stop
from tests.processes import children, open_files, until

pytestmark = pytest.mark.long


def _processes_of(data: Path) -> list[str]:
    """Return the command lines of processes that have to do with a data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(data) in command or f"ANSWERABLE_DATA={data}" in environment:
            found.append(command)
    return found


def _update(service: Service, path: str, headers: dict[str, str], n: int) -> requests.Response:
    """Post one update to a recommendation."""
    body = {
        "text": f"Update {n}",
        "occurred_on": None,
        "source": {"note": "a letter"},
    }
    return service.session.post(
        f"{service.url}{path}/updates", json=body, headers=headers, timeout=30
    )


def test_it_prints_the_address_the_key_the_token_command_and_how_to_stop(service):
    words = [line.split()[0] for line in service.printed]

    assert words[-1] == "open"
    assert {"database", "sample", "log", "key", "token", "stop"} <= set(words)


def test_it_is_ready_and_alive(service):
    assert service.get("/healthz") == {"status": "ok"}
    assert service.get("/readyz")["status"] == "ready"


def test_only_the_command_itself_holds_the_lock_of_the_database(service):
    def holds(process: int) -> bool:
        return str(service.data / LOCK) in open_files(process)

    run = service.process.pid
    parts = children(run)

    assert len(parts) == 4
    assert holds(run)
    assert not any(map(holds, parts))


def test_ctrl_c_leaves_nothing_running_and_a_second_start_finds_everything_and_is_ready_at_once(
    service,
):
    position, printed, process = service.position(), len(service.printed), service.process
    with ending(service, "--sample"):
        stop(service)
        left = _processes_of(service.data)
    asked = [service.session.get(f"{service.url}/readyz", timeout=30) for _ in range(50)]

    assert {answer.status_code for answer in asked} == {200}
    assert not [line for line in service.printed if line.startswith("not ready")]
    assert left == []
    assert process.returncode in (0, 130)
    assert service.position() == position
    assert not any(line.startswith("sample") for line in service.printed[printed:])


def test_after_kill_9_of_everything_each_acknowledged_write_is_there(service):
    headers = service.token("writer-to-the-end", "admin")
    path = service.get("/api/recommendations", limit=1)["items"][0]["links"]["self"]
    acknowledged: list[str] = []
    enough = threading.Event()

    def write() -> None:
        for n in range(10_000):
            try:
                answer = _update(service, path, headers, n)
            except requests.RequestException:
                return
            if answer.status_code == 201:
                acknowledged.append(answer.json()["event"]["id"])
                if len(acknowledged) >= 25:
                    enough.set()

    writer = threading.Thread(target=write)
    with ending(service):
        writer.start()
        assert enough.wait(60)
        postgres = int(running_postmaster(service.data))
        os.kill(postgres, signal.SIGKILL)
        os.kill(service.process.pid, signal.SIGKILL)
        writer.join(60)
        service.process.wait(10)

    entries = [service.get(f"/api/entries/{one}")["id"] for one in acknowledged]
    assert entries == acknowledged
    with psycopg.connect(service.status()["database"]) as connection:
        row = connection.execute("SELECT count(*), max(position) FROM ledger.entries").fetchone()
    assert row is not None
    assert row[0] == row[1]


def test_the_worker_that_projects_looks_at_the_read_models_too(service):
    """It does so when it starts, where there are read models, and then each minute."""
    with psycopg.connect(service.status()["database"], autocommit=True) as conn:
        until(lambda: conn.execute("SELECT FROM follow.patrol").fetchall())

        rows = conn.execute("SELECT difference FROM follow.patrol WHERE difference <> ''")
        assert rows.fetchall() == []


def running_postmaster(data: Path) -> str:
    """Return the process id of the embedded server of a data directory."""
    found = running(data)
    assert found is not None
    with psycopg.connect(found.owner_url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        return Path(f"/proc/{row[0]}/stat").read_text().rpartition(")")[2].split()[1]


def test_the_export_is_the_canonical_lines_byte_for_byte(service, tmp_path):
    service.command("export", "log", str(tmp_path))

    lines = (tmp_path / "log.jsonl").read_bytes().split(b"\n")
    newest = service.get("/api/entries", after=len(lines) - 6, limit=5)["items"]
    assert len(newest) == 4 or len(newest) == 5
    for one in newest:
        raw = service.session.get(f"{service.url}/api/entries/{one['id']}/raw", timeout=10)
        assert lines[int(one["sequence"]) - 1] == raw.content


def test_a_rebuild_equals_the_live_read_models(service):
    done = service.command_json("rebuild", "--verify")

    assert set(done["differences"].values()) == {0}


def test_a_token_is_alone_on_the_last_line_and_ends_when_it_is_revoked(service):
    headers = service.token("brief", "office")
    assert service.session.get(f"{service.url}/api/bodies", headers=headers, timeout=9).ok

    listed = service.command_json("token", "list")["tokens"]
    name = next(one["id"] for one in listed if one["account"] == "service/brief")
    service.command("token", "revoke", name)

    answer = service.session.get(f"{service.url}/api/bodies", headers=headers, timeout=9)
    assert answer.status_code == 401


def test_a_key_is_made_once_and_shown(service):
    vkey = service.command("key", "show").stdout.strip().splitlines()[-1]

    assert vkey.startswith("localhost/answerable+")
    service.command("key", "create", expect=1)


def test_everything_bad_about_the_settings_is_said_at_once():
    given = {"ANSWERABLE_PORT": "0", "ANSWERABLE_DATABASE_URL": "mysql://x"}
    done = CliRunner().invoke(main, ["config", "check"], env=given)

    assert done.exit_code == 1
    assert "ANSWERABLE_PORT" in done.stderr
    assert "ANSWERABLE_DATABASE_URL" in done.stderr


def test_status_of_a_directory_where_nothing_runs_says_what_to_do(tmp_path):
    done = inside("status", "--data", str(tmp_path / "nowhere"))

    assert "answerable run" in done.stdout
