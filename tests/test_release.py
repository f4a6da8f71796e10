"""The version stands in pyproject.toml; whatever else says it says the same."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import main

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_installed_version_is_that_of_the_project():
    assert version("answerable") == PROJECT["version"], "run `make install`"


def test_the_newest_release_of_the_changelog_is_that_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    releases = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)

    assert releases[0] == PROJECT["version"]
    assert releases == sorted(releases, key=lambda one: [*map(int, one.split("."))], reverse=True)


def test_the_command_says_its_version():
    said = CliRunner().invoke(main, ["--version"]).output

    assert said.split()[-1] == version("answerable")


def test_the_image_bears_the_version():
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")

    labels = re.findall(r'org\.opencontainers\.image\.version="([^"]+)"', dockerfile)
    assert labels == [PROJECT["version"]]
    assert re.findall(r"image: answerable:(\S+)", compose) == [PROJECT["version"]]


@pytest.mark.soak  # it installs two environments
def test_a_release_names_each_locked_package_with_its_licences_and_is_signed(tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f"release {key.with_suffix('.pub').read_text()}")
    environment = os.environ | {"PYTHON": sys.executable}

    made = subprocess.run(
        ["sh", "deploy/release.sh", str(key)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == 0, made.stdout + made.stderr
    dist = ROOT / "dist"
    parts = json.loads((dist / "answerable.cdx.json").read_bytes())["components"]
    lock = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock, re.MULTILINE))
    assert {re.sub(r"[._]", "-", one["name"]).lower(): one["version"] for one in parts} == locked
    assert [one["name"] for one in parts if not one.get("licenses")] == []
    signature = ["-f", str(allowed), "-I", "release", "-n", "file", "-s", "SHA256SUMS.sig"]
    with (dist / "SHA256SUMS").open("rb") as sums:
        subprocess.run(["ssh-keygen", "-Y", "verify", *signature], cwd=dist, stdin=sums, check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=dist, check=True)


@pytest.mark.soak  # it fetches every locked package
def test_a_package_for_debian_has_every_unit_and_every_locked_package(tmp_path):
    if shutil.which("dpkg-deb") is None:
        pytest.skip("not run: dpkg-deb is not installed")

    made = subprocess.run(
        ["sh", "deploy/debian.sh"],
        cwd=ROOT,
        env=os.environ | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == 0, made.stdout + made.stderr
    (package,) = (ROOT / "dist").glob(f"answerable_{PROJECT['version']}_*.deb")
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path], check=True)
    units, shipped = tmp_path / "usr/lib/systemd/system", ROOT / "deploy/systemd"
    for path in (one for one in shipped.rglob("*") if one.is_file()):
        assert (units / path.relative_to(shipped)).read_bytes() == path.read_bytes()
    (packages,) = (tmp_path / "opt/answerable/lib").glob("python3.*/site-packages")
    found = {
        re.sub(r"[._]", "-", one.name.split("-")[0]).lower() for one in packages.glob("*.dist-info")
    }
    lock = (ROOT / "requirements.lock").read_text()
    assert found == {*re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE), "answerable"}
    for name in ("answerable", "gunicorn"):
        command = (tmp_path / "opt/answerable/bin" / name).read_text()
        assert command.startswith("#!/opt/answerable/bin/python\n")
