"""The one-file verifier: `answerable-verify.pyz verify …`, or watch, compare and replay."""

import sys
from importlib import import_module
from zoneinfo import ZoneInfoNotFoundError

COMMANDS = {
    "verify": "ledger.verify.verify",
    "replay": "ledger.replay.replay",
    "watch": "ledger.verify.watch",
    "compare": "ledger.verify.compare",
}


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
