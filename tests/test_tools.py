"""Programs that the tests need are installed, or named in a sentence; CI runs them on two
Pythons."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def programs(tmp_path):
    """A folder to look for programs in, with a few that every system has."""
    for name in ("bash", "basename", "dirname", "grep", "id", "ls", "sed", "sh"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    return tmp_path


def ran(programs, *command):
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


def put(programs, name, script):
    (programs / name).write_text(f"#!{shutil.which('sh')}\n{script}\n")
    (programs / name).chmod(0o755)


def test_a_user_who_may_not_install_is_told_all_that_is_missing(programs):
    put(programs, "id", "echo 1000")

    done = ran(programs, "sh", "tests/tools.sh")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    for package in ("chromium", "curl", "openssl", "xxd"):
        assert package in done.stderr
    assert "sudo apt-get install" in done.stderr


def test_root_installs_what_is_missing_and_nothing_else(programs):
    put(programs, "id", "echo 0")
    put(programs, "chromium-browser", "")
    put(programs, "curl", "")
    put(programs, "apt-get", f'echo "$@" >> {programs}/said')

    done = ran(programs, "sh", "tests/tools.sh")

    assert done.returncode == 0, done.stderr
    said = (programs / "said").read_text()
    assert "--no-install-recommends xxd" in said
    assert "curl" not in said
    assert "chromium" not in said


@pytest.mark.parametrize(
    ("there", "made"),
    [
        ({"python3.11": 0, "python3.12": 0, "python3.13": 0},
         ["check python3.13", "test python3.13 tests/golden", "test python3.11"]),
        ({"python3.12": 0, "python3.13": 1, "python3": 0}, ["check python3.12", "test python3.12"]),
        ({"python3": 1}, ["check python3", "test python3"]),
    ],
    ids=["three", "one that can make environments", "a bare Debian's"],
)  # fmt: skip
def test_ci_takes_the_oldest_and_the_newest_python_that_can_be_used(programs, there, made):
    for name, code in there.items():
        put(programs, name, f"exit {code}")
    said = "$1 ${2#PYTHON=} ${only%% *}"
    put(programs, "make", f"only=${{4#ARGS=}}; echo {said} >> {programs}/said")

    done = ran(programs, "bash", ".ci/run")

    assert done.returncode == 0, done.stderr
    assert (programs / "said").read_text().splitlines() == made


def test_a_failure_on_one_python_ends_ci(programs):
    for name in ("python3.11", "python3.13"):
        put(programs, name, "exit 0")
    put(programs, "make", f'echo "$1" >> {programs}/said; [ "$1" = check ]')

    assert ran(programs, "bash", ".ci/run").returncode != 0
    assert (programs / "said").read_text().split() == ["check", "test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
