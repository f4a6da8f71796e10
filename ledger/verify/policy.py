"""The keys that a verifier trusts: the log's, the witnesses', and how many witnesses are needed."""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path

from ledger.verify.note import COSIGNATURE, ED25519, NoteError, VerifierKey, parse_vkey
from ledger.verify.pieces import whole
from ledger.verify.report import USAGE, shown, why

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NONE = "none"
_DEEPEST = 50
"""So deep groups may lie within one another."""
_MOST = 1_000_000
"""Bytes of a policy at most."""


class PolicyError(ValueError):
    """A policy says something that cannot be followed: the message says what."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of witnesses and groups, of which so many must cosign."""

    least: int
    members: tuple[str, ...]
    depth: int = 1
    """The number of groups that lie within one another, this one included."""


@dataclass(frozen=True)
class Policy:
    """The log's keys; the witnesses, by name; and the group or witness that is the quorum."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = _NONE
    urls: Mapping[str, str] = field(default_factory=dict)
    """Where a witness takes checkpoints, by its name, for those that say it."""

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Every key whose signature counts for something."""
        return (*self.logs, *self.witnesses.values())

    def satisfied_by(self, cosigned: Iterable[VerifierKey]) -> bool:
        """Return whether the keys that cosigned a checkpoint are a quorum."""
        return self.quorum == _NONE or self._witnessed(self.quorum, set(cosigned))

    def _witnessed(self, name: str, cosigned: set[VerifierKey]) -> bool:
        if name in self.witnesses:
            return self.witnesses[name] in cosigned
        group = self.groups[name]
        return sum(self._witnessed(one, cosigned) for one in group.members) >= group.least


def of(keys: Sequence[str], witnesses: Sequence[str] = (), quorum: int | None = None) -> Policy:
    """Return the policy of some verifier keys: every witness is needed, or `quorum` of them. It may
    raise PolicyError."""
    lines = [f"log {key}" for key in keys]
    lines += [f"witness w{n} {key}" for n, key in enumerate(witnesses)]
    least = len(witnesses) if quorum is None else quorum
    if not 0 <= least <= len(witnesses):
        raise PolicyError(f"A quorum of {least} among {len(witnesses)} witnesses cannot be had.")
    if least:
        names = " ".join(f"w{n}" for n in range(len(witnesses)))
        lines.append(f"group all-of-them {least} {names}")
    return parse("\n".join([*lines, f"quorum {'all-of-them' if least else _NONE}"]))


def parse(text: str) -> Policy:
    """Parse the policy in a file. PolicyError, with the line, if it is none."""
    logs: list[VerifierKey] = []
    witnesses: dict[str, VerifierKey] = {}
    groups: dict[str, Group] = {}
    quorum: list[str] = []
    urls: dict[str, str] = {}
    publics, grouped = set[bytes](), set[str]()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            if _CONTROL.search(line):
                raise PolicyError("it has a control character")
            match words:
                case ["log", vkey] | ["log", vkey, _]:
                    logs.append(_key(vkey, ED25519, publics))
                case ["witness", name, vkey, *url] if len(url) < 2:
                    _fresh(name, witnesses, groups)
                    witnesses[name] = _key(vkey, COSIGNATURE, publics)
                    urls.update((name, one) for one in url)
                case ["group", name, least, *members] if members:
                    _fresh(name, witnesses, groups)
                    groups[name] = _group(least, members, witnesses, groups, grouped)
                case ["quorum", name] if not quorum:
                    if name != _NONE and name not in witnesses and name not in groups:
                        raise PolicyError(f"“{name}” is not defined above")
                    quorum.append(name)
                case _:
                    raise PolicyError("it is none of log, witness, group and (once) quorum")
        except (PolicyError, NoteError) as error:
            sentence = str(error).removesuffix(".")
            raise PolicyError(f"Line {number} of the policy: {sentence}.") from None
    if not quorum or not logs:
        raise PolicyError("A policy needs a line “log VKEY” and a line “quorum NAME” (or none).")
    return Policy(tuple(logs), witnesses, groups, quorum[0], urls)


def _key(vkey: str, kind: int, publics: set[bytes]) -> VerifierKey:
    """Add a key, and note its bytes."""
    found = parse_vkey(vkey)
    if found.kind != kind:
        wanted = "of a log (type 1)" if kind == ED25519 else "of a witness (type 4)"
        raise PolicyError(f"“{vkey}” is not the key {wanted}")
    if found.public in publics:
        raise PolicyError(f"“{vkey}” is given twice")
    publics.add(found.public)
    return found


def _fresh(name: str, witnesses: Mapping[str, object], groups: Mapping[str, object]) -> None:
    if name == _NONE or name in witnesses or name in groups:
        raise PolicyError(f"the name “{name}” is taken")


def _group(
    least: str,
    members: list[str],
    witnesses: Mapping[str, object],
    groups: dict[str, Group],
    grouped: set[str],
) -> Group:
    """Add a group, and note its members."""
    for one in members:
        if one not in witnesses and one not in groups:
            raise PolicyError(f"“{one}” is not defined above")
        if one in grouped:
            raise PolicyError(f"“{one}” is a member already")
        grouped.add(one)
    if least not in ("all", "any") and not re.fullmatch("[1-9][0-9]{0,3}", least):
        raise PolicyError(f"“{least}” is none of all, any and a number")
    if (
        depth := 1 + max((groups[one].depth for one in members if one in groups), default=0)
    ) > _DEEPEST:
        raise PolicyError(f"groups lie within one another more than {_DEEPEST} deep")
    needed = {"all": len(members), "any": 1}.get(least) or int(least)
    if needed > len(members):
        raise PolicyError(f"it needs {needed} of {len(members)}")
    return Group(needed, tuple(members), depth)


def add_policy(parser: argparse.ArgumentParser) -> None:
    """Add the options that say whose signatures count."""
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


def options(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None
) -> tuple[argparse.Namespace, Policy]:
    """Return the options and their policy. SystemExit, after a message, if they are wrong."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names of others may have what no code page has
            stream.reconfigure(errors="backslashreplace")
    given = parser.parse_args(arguments)
    try:
        return given, _policy_of(given)
    except PolicyError as error:
        parser.exit(USAGE, f"{parser.prog}: {shown(str(error))}\n")


def _policy_of(given: argparse.Namespace) -> Policy:
    """Return the policy that the options state. Raise PolicyError if they state none, or two."""
    if given.policy is None:
        if not given.key:
            raise PolicyError("Say whose signature you trust: --key VKEY, or --policy FILE.")
        return of(given.key, given.witness, given.quorum)
    if given.key or given.witness or given.quorum is not None:
        raise PolicyError("A policy says it all: no --key, --witness or --quorum beside it.")
    try:
        raw = whole(given.policy, _MOST)
    except OSError as error:
        raise PolicyError(why(error)) from None
    return parse(raw.decode(errors="surrogateescape"))
