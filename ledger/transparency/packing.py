"""Makes `answerable-verify.pyz`: the verifier as one file, for Python 3.11 and `cryptography`.

The same sources give the same bytes, so that anybody can make it again and compare.
"""

import ast
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_HERE = Path(__file__).parent
_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = b"from ledger.transparency.verifier import main\n\nmain()\n"
_DAY = (1980, 1, 1, 0, 0, 0)


def pack(target: Path) -> list[str]:
    """Write the file; the names of the modules in it. OSError."""
    names = packed()
    sources = {"ledger/__init__.py": b"", "__main__.py": _MAIN}
    for name in ("__init__", *names):
        sources[f"ledger/transparency/{name}.py"] = (_HERE / f"{name}.py").read_bytes()
    with target.open("wb") as file:
        file.write(_SHEBANG)
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for path in sorted(sources):
                entry = ZipInfo(path, _DAY)
                entry.create_system, entry.external_attr = 3, 0o644 << 16  # on Windows too
                archive.writestr(entry, sources[path], ZIP_DEFLATED)
    target.chmod(0o755)
    return names


def packed() -> list[str]:
    """The modules beside this one that need nothing of ours but one another."""
    needs = {path.stem: _needs(path) for path in _HERE.glob("*.py") if path.stem != "__init__"}
    del needs["packing"]
    while outside := [name for name, others in needs.items() if not others <= needs.keys()]:
        for name in outside:
            del needs[name]
    return sorted(needs)


def _needs(path: Path) -> set[str]:
    """The modules of this folder that one imports; anything else of ours by its whole name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "ledger.transparency":
            found |= {f"ledger.transparency.{one.name}" for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
    return {
        name.removeprefix("ledger.transparency.")
        for name in found
        if name.partition(".")[0] not in sys.stdlib_module_names | {"cryptography"}
    }


if __name__ == "__main__":
    made = Path(sys.argv[1])
    sys.stdout.write(f"{made}: {', '.join(pack(made))}\n")
