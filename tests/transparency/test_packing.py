"""`answerable-verify.pyz`: one file, which runs where there is Python and `cryptography` alone."""

import ast
import subprocess
import sys
import venv
from importlib.metadata import distributions
from pathlib import Path

import pytest

from ledger.verify.verifier import pack, packed
from tests.transparency.made import KEY, small

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


def ran(command, cwd=None):
    return subprocess.run(command, check=False, cwd=cwd, capture_output=True, text=True)


def imported(file):
    """Return every module that a file imports; one of ours by its whole name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in ("ledger.verify", "ledger.replay"):
            found |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found


NEEDED = {"cryptography", "cffi", "pycparser", "typing_extensions"}
"""Packages that are installed with `cryptography`, on one Python or another."""


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """Return a Python of an environment that holds `cryptography` and what that needs, nothing
    else."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/*/site-packages")
    for one in distributions():
        if one.name.replace("-", "_") in NEEDED:
            for top in {Path(file).parts[0] for file in one.files or ()} - {"..", "__pycache__"}:
                (packages / top).symlink_to(one.locate_file(top))
    return python


@pytest.fixture
def pyz(tmp_path):
    target = tmp_path / "answerable-verify.pyz"
    pack(target)
    return target


def test_the_one_file_verifies_in_an_environment_with_cryptography_alone(
    bare_python, pyz, tmp_path
):
    def run(*arguments):
        command = [bare_python, "-I", pyz, *arguments]
        return ran(command, cwd=tmp_path)

    log = small()
    path = log.write(tmp_path, log.reseal())
    listing = "from importlib.metadata import distributions as d; print(*(one.name for one in d()))"
    names = {name.replace("-", "_") for name in ran([bare_python, "-Ic", listing]).stdout.split()}
    assert {"cryptography"} <= names <= NEEDED

    done = run("verify", path, "--key", KEY.vkey)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Every check passed." in done.stdout

    path.write_bytes(path.read_bytes().replace(b"Publish", b"Publisj").replace(b"title", b"tltie"))
    assert run("verify", path, "--key", KEY.vkey).returncode == 1
    assert run("verify", path).returncode == 2
    assert run("nonsense").returncode == 2
    assert run("replay", "--help").returncode == 0
    assert run("--help").stdout.startswith("usage: ")


def test_without_cryptography_it_says_what_to_install_and_replays_all_the_same(pyz, tmp_path):
    log = small()
    path = log.write(tmp_path, log.reseal())

    def run(*arguments):
        return ran([sys.executable, "-I", "-S", pyz, *arguments], cwd=tmp_path)

    refused = run("verify", path, "--key", KEY.vkey)
    assert refused.returncode == 2
    assert refused.stderr == (
        "verify needs the package cryptography, which this Python has not: "
        "`pip install cryptography`.\n"
    )

    inspectorate = {"id": "an-inspectorate", "name": "An inspectorate", "kind": "inspectorate"}
    log.add("body-registered", inspectorate, "service", "service/setup")
    replayed = run("replay", log.write(tmp_path, log.reseal()))
    assert (replayed.returncode, replayed.stderr) == (0, "")


WITHOUT_FCNTL = """
import runpy, sys
sys.modules["fcntl"] = None
for command in ("verify", "compare", "watch", "replay"):
    sys.argv = ["x", command, "--help"]
    try:
        runpy.run_path(sys.path[-1], run_name="__main__")
    except SystemExit as ended:
        print(command, "ends with", ended.code)
"""


def test_it_runs_where_there_is_no_fcntl(pyz):
    said = f"import sys; sys.path.append({str(pyz)!r}){WITHOUT_FCNTL}"
    done = ran([sys.executable, "-c", said])

    assert (done.returncode, done.stderr) == (0, "")
    for command in ("verify", "compare", "watch", "replay"):
        assert f"{command} ends with 0" in done.stdout


def test_without_the_time_zones_it_says_what_to_install(pyz, tmp_path):
    said = (
        "import runpy, sys, zoneinfo; zoneinfo.reset_tzpath([]); sys.modules['tzdata'] = None;"
        f"sys.argv = ['x', 'replay', 'log']; runpy.run_path({str(pyz)!r}, run_name='__main__')"
    )
    done = ran([sys.executable, "-c", said])
    assert done.returncode == 2
    assert done.stderr == (
        "replay needs the database of time zones, which this system has not: "
        "`pip install tzdata`.\n"
    )


def test_the_same_sources_give_the_same_file(pyz, tmp_path):
    pack(tmp_path / "again.pyz")

    assert (tmp_path / "again.pyz").read_bytes() == pyz.read_bytes()


def test_the_file_needs_only_the_standard_library_and_cryptography():
    names = packed()
    ours = {f"ledger.{name.removesuffix('.py').replace('/', '.')}" for name in names}
    needed = {one for name in names for one in imported(ROOT / "ledger" / name)}

    assert {"ledger.verify.verify", "ledger.verify.tree", "ledger.replay.replay"} <= ours
    assert {one for one in needed if one.startswith("ledger")} <= ours
    assert {one.partition(".")[0] for one in needed} <= (
        sys.stdlib_module_names | {"cryptography", "ledger"}
    )


def test_the_module_and_the_command_are_the_same_verifier(tmp_path):
    log = small()
    path = log.write(tmp_path, log.reseal())
    answers = []
    for command in (["ledger.verify"], ["api", "verify"]):
        done = ran(
            [sys.executable, "-m", *command, path, "--key", KEY.vkey],
            cwd=ROOT,
        )
        answers.append((done.returncode, done.stdout))

    assert answers[0] == answers[1]
    assert answers[0][0] == 0
