"""The container files are right as far as they can be without a container engine."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from api.web import KEEP_ALIVE
from ledger.log import captures
from ledger.postgres.connections import LISTENING
from ledger.settings import Settings

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def compose():
    return YAML(typ="safe").load(ROOT / "docker-compose.yml")


@pytest.fixture(scope="module")
def dockerfile():
    """The instructions, comments dropped and continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [line.split(maxsplit=1) for line in lines if line.strip()]


def test_the_compose_file_fits_the_compose_specification():
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    answer = subprocess.run(
        [*check, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_secret_is_in_the_environment_and_each_has_a_file_that_the_script_makes(
    compose, tmp_path
):
    text = (ROOT / "docker-compose.yml").read_text()
    script = ["sh", str(ROOT / "deploy/credentials.sh"), str(tmp_path / "credentials")]

    made = subprocess.run(script, capture_output=True, text=True, check=False)
    again = subprocess.run(script, capture_output=True, text=True, check=False)

    assert re.findall(r"\$\{(.*?)\}", text) == ["ANSWERABLE_ORIGIN:?set ANSWERABLE_ORIGIN"]
    assert (made.returncode, again.returncode) == (0, 1), made.stderr
    assert "nothing is changed" in again.stderr
    assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o700
    files = {one["file"].removeprefix("./") for one in compose["secrets"].values()}
    assert files == {f"credentials/{one.name}" for one in (tmp_path / "credentials").iterdir()}
    assert "/credentials/\n" in (ROOT / ".gitignore").read_text()


def test_each_service_that_stays_up_says_whether_it_is_well(compose):
    ends = {"migrate", "keeper", "backup"}

    assert {n for n, one in compose["services"].items() if "healthcheck" not in one} == ends


def test_no_service_fills_the_disk_with_what_it_says_or_takes_all_memory(compose):
    for name, one in compose["services"].items():
        assert one["logging"] == {"driver": "local"}, name
        assert "mem_limit" in one or name == "database", name  # which has its own settings


def test_nothing_is_served_before_the_schema_is_there(compose):
    for name in ("web", "stream", "worker", "webhooks", "sealer"):
        needs = compose["services"][name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully", name
    needs = compose["services"]["migrate"]["depends_on"]
    assert needs["database"]["condition"] == "service_healthy"


def test_each_service_is_given_its_own_login_and_nothing_that_runs_is_given_the_owner(compose):
    given = {name: set(one.get("secrets", ())) for name, one in compose["services"].items()}

    everyone = {"service-url", "secret-key"}
    assert given == {
        "database": {"owner-password"},
        "migrate": {"owner-url", "service-url", "sealer-url"},
        "keeper": {"owner-url", "service-url", "sealer-url"},
        "backup": {"owner-url", "service-url", "sealer-url"},
        "web": everyone,
        "stream": everyone,
        "worker": everyone,
        "webhooks": everyone,
        "relay": everyone,
        "sealer": {"sealer-url"},
        "proxy": set(),
        "broker": set(),
    }
    for name, one in compose["services"].items():
        named = {str(x) for key, x in one.get("environment", {}).items() if key.endswith("_FILE")}
        assert named == {f"/run/secrets/{secret}" for secret in given[name]}, name
    for name in ("keeper", "backup"):
        assert compose["services"][name]["profiles"] == [name], "it is never up"


def test_the_database_outlives_its_container(compose):
    mounts = [mount.split(":")[:2] for mount in compose["services"]["database"]["volumes"]]

    assert ["database", "/var/lib/postgresql"] in mounts
    assert "database" in compose["volumes"]


def test_the_database_archives_its_wal_where_the_backups_are(compose):
    database, backup = (compose["services"][name] for name in ("database", "backup"))

    assert database["volumes"][:2] == [
        "backups:/backups",
        "./deploy/archive-wal.sh:/archive-wal.sh:ro",
    ]
    assert "archive_command=sh /archive-wal.sh /backups/wal %p %f" in database["command"][-1]
    assert "archive_mode=on" in database["command"][-1]
    assert backup["volumes"] == ["backups:/backups"]
    assert "answerable backup create /backups --keep" in backup["command"][-1]


def test_the_key_and_the_notebook_outlive_their_container_and_nobody_else_has_them(compose):
    mounted = {
        name: [mount.split(":")[0] for mount in service.get("volumes", [])]
        for name, service in compose["services"].items()
    }

    assert [name for name, mounts in mounted.items() if "sealer" in mounts] == ["sealer", "keeper"]
    for name in ("sealer", "keeper"):
        assert compose["services"][name]["volumes"] == ["sealer:/var/lib/answerable/data"]
    assert "sealer" in compose["volumes"]


def test_compose_serves_with_the_command_of_the_image(compose, dockerfile):
    image = json.loads(next(rest for word, rest in dockerfile if word == "CMD"))

    command = [part for word in compose["services"]["web"]["command"] for part in word.split("=")]

    assert command == image
    assert compose["services"]["stream"]["command"] == compose["services"]["web"]["command"]


def test_both_web_servers_know_that_a_proxy_stands_before_them_and_streams_need_few(compose):
    web, stream = (compose["services"][name]["environment"] for name in ("web", "stream"))

    assert web["ANSWERABLE_PROXIES"] == stream["ANSWERABLE_PROXIES"] == 1
    assert stream["ANSWERABLE_WEB_PROCESSES"] == 1
    assert stream["ANSWERABLE_WEB_CONNECTIONS"] + LISTENING <= 4


def test_gunicorn_knows_every_option_of_the_command(dockerfile):
    command = json.loads(next(rest for word, rest in dockerfile if word == "CMD"))
    gunicorn = Path(sys.executable).with_name("gunicorn")

    known = subprocess.run([gunicorn, "--help"], capture_output=True, text=True, check=True).stdout

    options = [word for word in command if word.startswith("--")]
    assert "--no-control-socket" in options
    assert [option for option in options if option not in known] == []


def test_every_file_that_the_image_copies_exists(dockerfile):
    copied = [rest.split()[:-1] for word, rest in dockerfile if word == "COPY"]

    sources = [name for names in copied if not names[0].startswith("--from") for name in names]

    assert sources
    assert [name for name in sources if not (ROOT / name).exists()] == []


def test_the_image_does_not_run_as_root(dockerfile):
    last_stage = [word for word, _ in dockerfile][::-1].index("FROM")

    users = [rest for word, rest in dockerfile[-last_stage:] if word == "USER"]

    assert users == ["10001"]


def test_the_group_that_the_wal_is_archived_for_is_the_group_of_the_image(compose, dockerfile):
    database = compose["services"]["database"]["command"][-1]
    made = next(rest for word, rest in dockerfile if word == "RUN" and "useradd" in rest)

    groups = set(re.findall(r"--group=(\d+)", database))

    assert groups == set(re.findall(r"groupadd --gid (\d+) answerable", made))
    assert groups == set(re.findall(r"useradd .*--gid (\d+)", made)) != set()


def test_the_image_that_plays_wal_back_has_the_locale_of_the_image_of_postgresql(dockerfile):
    begins = next(
        n
        for n, (word, rest) in enumerate(dockerfile)
        if (word, rest.split()[-1]) == ("FROM", "backup")
    )
    run = next(rest for word, rest in dockerfile[begins:] if word == "RUN")

    assert "install --yes --no-install-recommends locales postgresql-18" in run
    assert "localedef --inputfile=en_US --charmap=UTF-8 en_US.UTF-8" in run


def test_a_script_names_each_image_by_the_digest_that_the_registry_gives(tmp_path):
    """A program in place of `docker` says one digest of every image: no registry is asked here."""
    digest = f"sha256:{'0123456789abcdef' * 4}"
    table = f"Name: an image\\nDigest: {digest}"
    (tmp_path / "docker").write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        f'*"{{{{.Manifest"*) printf "{table}\\n" ;;  # as buildx does, whatever follows\n'
        f"*) echo {digest} ;;\n"
        "esac\n"
    )
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "deploy").mkdir()
    for name in ("docker-compose.yml", "Dockerfile", "deploy/pin-images.sh"):
        (tmp_path / name).write_text((ROOT / name).read_text())

    def call(*words):
        script = ["sh", str(tmp_path / "deploy/pin-images.sh"), *words]
        path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        done = subprocess.run(script, env=path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    before, pinned, after = call("--check"), call(), call("--check")

    assert (before[0], pinned[0], after) == (1, 0, (0, ""))
    compose = (tmp_path / "docker-compose.yml").read_text()
    images = re.findall(r"image: (\S+)", compose)
    assert {one for one in images if not one.startswith("answerable")} == {
        f"{one}@{digest}" for one in ("postgres:18", "nginx:1.28-alpine", "nats:2.11-alpine")
    }
    assert f"FROM python:3.13-slim@{digest} AS build" in (tmp_path / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def nginx():
    """Return the proxy's settings without comments."""
    return re.sub(r"#.*", "", (ROOT / "nginx.conf").read_text())


def number(text, setting, unit="s"):
    """Return the value of a setting of nginx, in its unit."""
    found = re.search(rf"\b{setting} (\d+){unit};", text)
    assert found, setting
    return int(found[1])


def test_the_proxy_alone_can_be_reached_and_from_this_machine(compose):
    reached = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}

    assert reached == {"proxy": ["127.0.0.1:8000:80"]}
    assert compose["services"]["proxy"]["depends_on"]["web"]["condition"] == "service_healthy"
    for name in ("web", "stream"):
        assert f"server {name}:8000;" in (ROOT / "nginx.conf").read_text()


def test_the_proxy_is_of_one_version_and_has_the_settings_that_are_here(compose):
    proxy = compose["services"]["proxy"]

    assert re.fullmatch(r"nginx:1\.\d+-alpine(@sha256:[0-9a-f]{64})?", proxy["image"])
    assert proxy["volumes"] == ["./nginx.conf:/etc/nginx/conf.d/default.conf:ro"]


def test_the_proxy_holds_slow_clients_and_bounds_each_address(nginx):
    for setting in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        assert number(nginx, setting) <= 20
    for setting in ("proxy_request_buffering on", "limit_conn connections", "limit_req zone="):
        assert setting in nginx
    assert "proxy_next_upstream off;" in nginx


def test_the_proxy_holds_no_stream_back(nginx):
    stream = nginx.partition("location = /api/entries/stream {")[2].partition("}")[0]

    assert "proxy_buffering off;" in stream
    assert "limit_conn streams" in stream
    assert "proxy_pass http://stream;" in stream
    assert number(stream, "proxy_read_timeout") > Settings.stream_heartbeat * 2


def test_the_proxy_lets_idle_connections_go_before_the_web_server_does(nginx):
    upstream = nginx.partition("upstream web {")[2].partition("}")[0]

    assert number(upstream, "keepalive_timeout") < KEEP_ALIVE


def test_the_proxy_takes_the_largest_capture_and_not_much_more(nginx):
    assert number(nginx, "client_max_body_size", "m") * 2**20 > captures.MAX_BYTES
