"""The one-file verifier: `answerable-verify.pyz verify …`, or watch, compare and replay.

This file runs in it, and makes it: `python -m ledger.verify.verifier answerable-verify.pyz`. It is
the programs of two wings, for Python 3.11 and `cryptography`; none of them needs anything of ours
but the files beside it: the import contracts say so. The same sources give the same bytes, so that
anybody can make it again and compare.
"""

import sys
from importlib import import_module
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfoNotFoundError

COMMANDS = {
    "verify": "ledger.verify.verify",
    "replay": "ledger.replay.replay",
    "watch": "ledger.verify.watch",
    "compare": "ledger.verify.compare",
}
_LEDGER = Path(__file__).parents[1]
_WINGS = ("verify", "replay")
_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = b"from ledger.verify.verifier import main\n\nmain()\n"
_DAY = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Run the command that the first argument names, and end with its exit code."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        usage = f"usage: {sys.argv[0]} {{{','.join(COMMANDS)}}} … (each has --help)"
        asked = sys.argv[1:2] in (["-h"], ["--help"])
        (sys.stdout if asked else sys.stderr).write(f"{usage}\n")
        sys.exit(0 if asked else 2)
    try:
        command = import_module(COMMANDS[sys.argv[1]])
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "cryptography":
            raise
        sys.stderr.write(
            f"{sys.argv[1]} needs the package cryptography, which this Python has not: "
            "`pip install cryptography`.\n"
        )
        sys.exit(2)
    except ZoneInfoNotFoundError:
        sys.stderr.write(
            f"{sys.argv[1]} needs the database of time zones, which this system has not: "
            "`pip install tzdata`.\n"
        )
        sys.exit(2)
    sys.exit(command.main(sys.argv[2:]))


def pack(target: Path) -> list[str]:
    """Write the file, and return the names of the files in it. Raise OSError if it cannot be
    written."""
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
    """List the files of the two wings, except those that `python -m` runs."""
    files = (path for wing in _WINGS for path in (_LEDGER / wing).glob("*.py"))
    return sorted(f"{path.parent.name}/{path.name}" for path in files if path.name != "__main__.py")


if __name__ == "__main__":
    made = Path(sys.argv[1])
    sys.stdout.write(f"{made}: {', '.join(pack(made))}\n")
