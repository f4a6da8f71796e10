"""`replay` is alone: Python's standard library and its own files, and no more."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ledger.replay import replay

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "ledger" / "replay").glob("*.py"))
PACKAGE = "ledger.replay"


def imported(file: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            found.add(str(node.module))
            found.update(f"{node.module}.{name.name}" for name in node.names)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_imports_the_standard_library_and_the_others_of_replay_alone(file):
    own = {f"{PACKAGE}.{one.stem}" for one in FILES}

    others = {one for one in imported(file) if not {one, one.rpartition(".")[0]} & own}

    assert {name.partition(".")[0] for name in others} <= sys.stdlib_module_names


def test_the_packages_above_it_are_empty():
    for package in ("ledger", PACKAGE):
        assert (ROOT / package.replace(".", "/") / "__init__.py").read_text() == ""


def test_the_import_contracts_name_its_folder():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]

    alone = next(one for one in contracts if one.get("containers") == ["ledger"])
    unused = next(one for one in contracts if one["name"].startswith("What replay checks"))

    assert alone["layers"][-1] == "verify | replay"
    assert (unused["protected_modules"], unused["allowed_importers"]) == (
        [PACKAGE],
        ["api.commands.replay"],
    )


def test_it_runs_without_any_environment_or_installed_package(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"")
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r});"
        "from ledger.replay.replay import main; code = main(sys.argv[1:]);"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('api', 'projections')];"
        f"assert {{m for m in sys.modules if m.startswith('ledger.')}} <= "
        f"{{{PACKAGE!r}, *(f'{PACKAGE}.{{n}}' for n in {[one.stem for one in FILES]!r})}};"
        "sys.exit(code)"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(log), "--effective-on=2025-07-10"],
        capture_output=True,
        text=True,
        env={},
        cwd=os.sep,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "As known at position 0 of 0, effective on 2025-07-10.\n"
        "0 recommendations: none\n"
        "0 responses: none\n"
    )


def test_a_word_that_is_no_day_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        replay.main(["log.jsonl", "--effective-on", "20250710"])

    assert ended.value.code == 2
    assert "“20250710” is no day: give it as YYYY-MM-DD" in capsys.readouterr().err
