"""Tests that run in several processes: each that fails is seen, however its process ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOOKS = """
from tests import together

def pytest_addoption(parser):
    together.add_option(parser)

def pytest_runtestloop(session):
    return together.run(session, lambda item: str(item.path))
"""
GOOD = """
import pytest

@pytest.fixture(scope="module")
def thing():
    yield 1
    print("taken down")

@pytest.mark.parametrize("number", range(20))
def test_good(thing, number):
    assert thing
"""


def run(folder: Path, *options: str, **files: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of some files in three processes."""
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --together 3\n")
    (folder / "conftest.py").write_text(HOOKS)
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, folder],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "100"}
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # to import them takes a second
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_all_are_run_once_and_what_fails_is_told_as_by_one_process(tmp_path: Path) -> None:
    fails = "def test_fails():\n    print('said before')\n    assert 1 == 2, 'this is why'\n"
    broken = (
        "import pytest\n@pytest.fixture\ndef broken():\n    yield\n    raise OSError('after')\n"
        "def test_ends_badly(broken):\n    pass\n"
    )
    warns = "import warnings\ndef test_warns():\n    warnings.warn('look here')\n"
    skips = "import pytest\ndef test_skips():\n    pytest.skip('not here')\n"
    done = run(tmp_path, "-rs", a=GOOD, b=GOOD, c=fails, d=broken, e=warns, f=skips)
    assert done.returncode == 1, done.stdout
    for said in ("this is why", "said before", "OSError: after", "look here", "not here"):
        assert said in done.stdout
    assert "1 failed, 42 passed, 1 skipped, 1 warning, 1 error" in done.stdout
    assert not done.stderr


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_test_fails_whose_process_ends(tmp_path: Path, end: str) -> None:
    dies = f"import os\ndef test_dies():\n    {end}\ndef test_after():\n    pass\n"
    done = run(tmp_path, a=GOOD, b=dies, c=GOOD)
    assert done.returncode == 1, done.stdout
    assert "FAILED test_b.py::test_dies" in done.stdout
    assert "1 failed, 40 passed" in done.stdout
    assert "2 tests were not run" in done.stdout


def test_it_stops_at_the_first_that_fails_where_that_is_asked(tmp_path: Path) -> None:
    fails = "def test_fails():\n    assert False\n"
    waits = "from threading import Event\ndef test_waits():\n    Event().wait(50)\n"
    done = run(tmp_path, "-x", a=fails, b=waits, c=waits, d=GOOD)
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout
    assert "stopping after 1 failures" in done.stdout


def test_what_breaks_between_the_tests_is_told(tmp_path: Path) -> None:
    breaks = "\ndef pytest_runtest_protocol(item):\n    1 / 0\n"
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "conftest.py").write_text(breaks)
    (tmp_path / "b" / "test_b.py").write_text(GOOD)
    done = run(tmp_path, a=GOOD)
    assert done.returncode == 1, done.stdout
    assert "ZeroDivisionError" in done.stdout


@pytest.mark.parametrize("passes", [True, False])
def test_nothing_is_left_of_temporary_files_unless_a_test_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, passes: bool
) -> None:
    there = tmp_path / "temporary"
    there.mkdir()
    monkeypatch.setenv("TMPDIR", str(there))
    writes = (
        "def test_writes(tmp_path_factory, request):\n"
        "    (tmp_path_factory.mktemp('mine') / request.path.name).touch()\n"
        f"    assert {passes}\n"
    )
    done = run(tmp_path, "-o", "tmp_path_retention_policy=failed", a=writes, b=writes, c=writes)
    assert done.returncode == (0 if passes else 1), done.stdout
    left = {one.name for one in there.rglob("test_*.py")}
    assert left == (set() if passes else {"test_a.py", "test_b.py", "test_c.py"})
