"""What the commands of a verifier share: exit codes, and whom they are told to trust."""

import argparse
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from ledger.verify import policy as policies
from ledger.verify.pieces import whole
from ledger.verify.policy import Policy, PolicyError

DONE, FAILED, USAGE = 0, 1, 2
_MOST = 1_000_000
"""Bytes of a policy at most."""


def add_policy(parser: argparse.ArgumentParser) -> None:
    """The options that say whose signatures count."""
    parser.add_argument(
        "--key", action="append", default=[], metavar="VKEY", help="a key of the log (repeat)"
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="a witness's key (repeat)"
    )
    parser.add_argument(
        "--quorum", type=int, metavar="N", help="so many witnesses have to have cosigned (all)"
    )
    parser.add_argument("--policy", type=Path, metavar="FILE", help="a policy (C2SP tlog-policy)")
    parser.add_argument("--origin", help="the log's name, where it is not that of its key")


def parse(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None
) -> tuple[argparse.Namespace, Policy]:
    """The options and the policy that they say; SystemExit, once it is said what is wrong."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names of others may have what no code page has
            stream.reconfigure(errors="backslashreplace")
    given = parser.parse_args(arguments)
    try:
        return given, _policy_of(given)
    except PolicyError as error:
        parser.exit(USAGE, f"{parser.prog}: {shown(str(error))}\n")


def _policy_of(given: argparse.Namespace) -> Policy:
    """The policy that the options say. PolicyError where they say none, or two."""
    if given.policy is None:
        if not given.key:
            raise PolicyError("Say whose signature you trust: --key VKEY, or --policy FILE.")
        return policies.of(given.key, given.witness, given.quorum)
    if given.key or given.witness or given.quorum is not None:
        raise PolicyError("A policy says it all: no --key, --witness or --quorum beside it.")
    try:
        raw = whole(given.policy, _MOST)
    except OSError as error:
        raise PolicyError(in_words(error)) from None
    return policies.parse(raw.decode(errors="surrogateescape"))


def in_words(error: Exception) -> str:
    """What was in the way, as a sentence: of a file, its name and why it cannot be used."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}."
    return str(error)


def shown(text: str) -> str:
    """A text for one line of a terminal: whatever could move its cursor, or hide in it, spelt out.

    What is verified was written by others, who may try to write over what we say.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode()
