"""gunicorn runs as many processes as the settings say, which share the application; it says why it
does not start."""

import base64
import re
import subprocess
import sys
from contextlib import suppress

import requests

from tests.e2e.service import clean_environment, free_port
from tests.processes import ROOT, Python

ORIGIN = "log.example/town"
BY_SETTINGS = ["--config", "python:api.web"]


def gunicorn(url, *options, port=None, **settings):
    """gunicorn with these options, as it is started: its process, and what it says."""
    given = {"database_url": url, "origin": ORIGIN} | settings
    environment = {f"ANSWERABLE_{name.upper()}": str(value) for name, value in given.items()}
    address = f"127.0.0.1:{port or free_port()}"
    return Python(
        *("-m", "gunicorn", "api.app:create_app()", "--bind", address),
        *("--no-control-socket", *options),
        env=clean_environment() | environment,
    )


def test_the_application_is_made_before_there_are_processes():
    begins = (
        "import api.app, api.web, gc\n"
        "api.web.on_starting(None)\n"
        "print(len(api.app.prepared), gc.get_threshold() == api.web.GARBAGE)\n"
        "api.web.on_exit(None)\n"
    )
    process = Python("-c", begins, env=clean_environment())

    assert process.says().strip() == "1 True"


def test_the_settings_say_how_many_processes(site):
    options = [*BY_SETTINGS, "--print-config"]
    process = gunicorn(site.url, *options, web_processes=3)

    said = process.says()

    told = dict(re.findall(r"^(\w+) += (.*)$", said, re.MULTILINE))
    assert (told["workers"], told["worker_class"], told["asgi_loop"]) == ("3", "asgi", "asyncio")


def test_more_connections_than_the_database_takes_do_not_start(site):
    process = gunicorn(site.url, *BY_SETTINGS, web_processes=20)

    try:
        said = process.says()
    finally:
        process.terminate()  # where it started after all

    assert process.returncode != 0
    assert "The database takes 197 connections, and the settings come to 235" in said
    assert "Lower one of the settings, or raise the database's max_connections" in said


def test_a_process_lets_itself_have_the_files_that_its_connections_need():
    code = """if True:
        from resource import RLIMIT_NOFILE, getrlimit, setrlimit
        import api.web
        setrlimit(RLIMIT_NOFILE, (256, 3000))
        api.web.allow_files()
        print(*getrlimit(RLIMIT_NOFILE))
    """
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)

    assert told.stdout == b"3000 3000\n"


def test_a_client_writes_no_line_into_the_access_log_or_a_terminal(site):
    port = free_port()
    name = base64.b64encode(b"a\n127.0.0.1 - forged\x1b[2J\xc2\x9b2J:x").decode()
    asked = {"Authorization": f"Basic {name}", "User-Agent": "b\x9b2J"}
    process = gunicorn(site.url, *BY_SETTINGS, "--access-logfile", "-", port=port)
    try:
        while process.poll() is None:
            with suppress(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}/healthz", headers=asked, timeout=60)
                break
    finally:
        process.terminate()
    said = process.says()

    lines = [line for line in said.split("\n") if "/healthz" in line]
    assert len(lines) == 1
    assert lines[0].isprintable()
    assert r"a\n127.0.0.1 - forged\x1b[2J\x9b2J" in lines[0]
