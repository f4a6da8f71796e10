"""The container files are right as far as they can be without a container engine."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
SECRETS = ("POSTGRES_PASSWORD", "SERVICE_PASSWORD", "ANSWERABLE_SECRET_KEY")


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


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()

    used = re.findall(r"\$\{(\w+)(.*?)\}", text)

    assert set(SECRETS) <= {name for name, _ in used}
    assert all(rest.startswith(":?") for name, rest in used), used


def test_nothing_is_served_before_the_schema_is_there(compose):
    for name in ("web", "worker", "sealer"):
        needs = compose["services"][name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully", name
    needs = compose["services"]["migrate"]["depends_on"]
    assert needs["database"]["condition"] == "service_healthy"


def test_only_migrate_is_given_the_owner(compose):
    for name in ("web", "worker"):
        given = compose["services"][name]["environment"]
        assert "POSTGRES_PASSWORD" not in str(given), name
        assert "//answerable_service:" in given["ANSWERABLE_DATABASE_URL"], name
    given = compose["services"]["migrate"]["environment"]
    assert "//answerable:${POSTGRES_PASSWORD" in given["ANSWERABLE_MIGRATE_DATABASE_URL"]
    assert "//answerable_service:" in given["ANSWERABLE_DATABASE_URL"]


def test_the_database_outlives_its_container(compose):
    mounts = [mount.split(":")[:2] for mount in compose["services"]["database"]["volumes"]]

    assert mounts == [["database", "/var/lib/postgresql"]]
    assert "database" in compose["volumes"]


def test_the_key_and_the_notebook_outlive_their_container_and_nobody_else_has_them(compose):
    mounted = {
        name: [mount.split(":")[0] for mount in service.get("volumes", [])]
        for name, service in compose["services"].items()
    }

    assert [name for name, mounts in mounted.items() if "sealer" in mounts] == ["sealer"]
    assert compose["services"]["sealer"]["volumes"] == ["sealer:/var/lib/answerable/data"]
    assert "sealer" in compose["volumes"]


def test_compose_serves_with_the_command_of_the_image(compose, dockerfile):
    image = json.loads(next(rest for word, rest in dockerfile if word == "CMD"))

    command = [part for word in compose["services"]["web"]["command"] for part in word.split("=")]

    assert command == image


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
