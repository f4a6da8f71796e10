"""The version stands in pyproject.toml; whatever else says it says the same."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

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
