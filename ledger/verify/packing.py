"""Makes `answerable-verify.pyz`: the verifier as one file, for Python 3.11 and `cryptography`.

It is the programs of two wings, none of which needs anything of ours but the files beside it: the
import contracts say so. The same sources give the same bytes, so that anybody can make it again and
compare.
"""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_LEDGER = Path(__file__).parents[1]
_WINGS = ("verify", "replay")
_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = b"from ledger.verify.verifier import main\n\nmain()\n"
_DAY = (1980, 1, 1, 0, 0, 0)


def pack(target: Path) -> list[str]:
    """Write the file; the names of the files in it. OSError."""
    names = packed()
    sources = {"ledger/__init__.py": b"", "__main__.py": _MAIN}
    sources |= {f"ledger/{name}": (_LEDGER / name).read_bytes() for name in names}
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
    """The files of the two wings, but for this one and those that `python -m` runs."""
    files = (path for wing in _WINGS for path in (_LEDGER / wing).glob("*.py"))
    left_out = {Path(__file__).name, "__main__.py"}
    return sorted(f"{path.parent.name}/{path.name}" for path in files if path.name not in left_out)


if __name__ == "__main__":
    made = Path(sys.argv[1])
    sys.stdout.write(f"{made}: {', '.join(pack(made))}\n")
