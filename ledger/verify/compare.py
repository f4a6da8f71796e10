"""`compare`: two watchers' files side by side, since a log may show each of them another face.

Two checkpoints of one size have one root, or the log forked, and both signatures prove it. Sizes
that only one of the two saw are held against the newest of all, by the tiles of the log (`--url`).
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ledger.verify import checkpoint as checkpoints
from ledger.verify.checkpoint import Opened
from ledger.verify.mirror import MirrorError, prefix_of, reader
from ledger.verify.note import NoteError
from ledger.verify.pieces import whole
from ledger.verify.policy import Policy, add_policy, options
from ledger.verify.report import DONE, FAILED, shown, why
from ledger.verify.sightings import MOST, Sighting, SightingError, parse
from ledger.verify.tree import TileError
from ledger.verify.watch import Finding, follows, holds, signers


@dataclass
class Compared:
    """The result of a comparison of two files. Sizes are in entries."""

    findings: list[str] = field(default_factory=list)
    common: list[int] = field(default_factory=list)
    """Sizes that both saw, with one root."""
    forked: list[int] = field(default_factory=list)
    """Sizes that were seen with more than one root, by one or both."""
    tied: list[int] = field(default_factory=list)
    """Sizes shown, by the tiles, to lie under the newest checkpoint of all."""
    loose: list[int] = field(default_factory=list)
    """Sizes that only one of them saw, and that nothing confirms."""
    parted: bool = False
    """True if each saw something after all that both saw, so that nothing shows them to be of one
    log."""

    @property
    def ok(self) -> bool:
        """Return whether something was compared, and nothing found."""
        return not self.findings and not self.parted and bool(self.common or self.tied)


def compare(
    a: tuple[str, Sequence[Sighting]],
    b: tuple[str, Sequence[Sighting]],
    policy: Policy,
    origin: str | None,
    read: Callable[[str], bytes] | None,
) -> Compared:
    """Compare two files, each with its name. Raise SightingError if one keeps no checkpoint, or one
    that no trusted key signed."""
    result = Compared()
    for name, lines in (a, b):
        if not lines:
            raise SightingError(f"{name} keeps no checkpoint: there is nothing to compare with.")
    seen = [(name, list(_opened(name, lines, policy, origin))) for name, lines in (a, b)]
    every = [(name, kept, one) for name, lines in seen for kept, one in lines]
    good = {one.checkpoint for _, kept, one in every if holds(kept)}
    refused = [
        f"{name}, {kept.seen_at}: {kept.finding}"
        for name, kept, one in every
        if one.checkpoint not in good
    ]
    if len(origins := {one.checkpoint.origin for _, _, one in every}) > 1:
        result.findings.append(f"These are different logs: {', '.join(sorted(origins))}.")
        return result
    first: dict[int, tuple[str, Sighting, Opened]] = {}
    forked: set[int] = set()
    for name, kept, opened in every:
        one = opened.checkpoint
        other = first.setdefault(one.size, (name, kept, opened))
        if other[2].checkpoint.root != one.root:
            forked.add(one.size)
            whose = signers(other[2], f"what {other[0]} saw", opened, f"what {name} saw")
            result.findings.append(
                f"At {one.size:,} entries {other[0]} saw the root "
                f"{other[2].checkpoint.root.hex()} on {other[1].seen_at}, {name} saw "
                f"{one.root.hex()} on {kept.seen_at}: the log forked, and its own signatures "
                f"prove it. {whose}"
            )
    sizes_a, sizes_b = ({one.checkpoint.size for _, one in lines} for _, lines in seen)
    result.common = sorted((sizes_a & sizes_b) - forked)
    result.forked = sorted(forked)
    _tie(result, {size: one for size, (_, _, one) in first.items()}, (sizes_a, sizes_b), read)
    if result.findings or not result.tied:  # else what was refused is shown to be of the same log
        result.findings = refused + result.findings
    return result


def _opened(
    name: str, lines: Sequence[Sighting], policy: Policy, origin: str | None
) -> Iterable[tuple[Sighting, Opened]]:
    for kept in lines:
        try:
            yield kept, checkpoints.open(kept.checkpoint, policy.keys, origin)
        except NoteError as error:
            raise SightingError(f"{name}, {kept.seen_at}: {error}") from None


def _tie(
    result: Compared,
    first: dict[int, Opened],
    both: tuple[set[int], set[int]],
    read: Callable[[str], bytes] | None,
) -> None:
    """Hold every size against the newest by the tiles; without them say which are loose."""
    alone = (both[0] ^ both[1]) - set(result.forked)
    if read is None or result.findings or len(first) == 1:
        result.loose = sorted(alone)
        last = max(result.common, default=-1)
        parted = all(max(sizes, default=-1) > last for sizes in both)
        result.parted = parted and not result.forked
        return
    newest = first[max(first)]
    for size in sorted(first):
        try:
            follows(first[size].checkpoint, newest.checkpoint, read)
            result.tied.append(size)
        except Finding as finding:
            at = f"the one of {size:,} entries"
            whose = signers(first[size], at, newest, f"the one of {max(first):,}")
            result.findings.append(f"{finding} {whose}")


def main(arguments: Sequence[str] | None = None, program: str = "compare") -> int:
    """Run the command: 0 both saw one log, 1 they did not or nothing shows it, 2 usage."""
    try:
        given, policy = options(_parser(program), arguments)
    except SystemExit as end:  # it has been said what is wrong
        return int(end.code or 0)
    try:
        paths = (given.a, given.b)
        files = [(str(path), parse(whole(path, MOST), str(path))) for path in paths]
        read = None if given.url is None else reader(prefix_of(given.url))
        result = compare(files[0], files[1], policy, given.origin, read)
    except (SightingError, MirrorError, TileError, OSError) as error:
        result = Compared([why(error)])
    _say(given, result)
    return DONE if result.ok else FAILED


def _say(given: argparse.Namespace, result: Compared) -> None:
    if given.json:
        answer = {
            "ok": result.ok,
            "findings": result.findings,
            "common": result.common,
            "forked": result.forked,
            "tied": result.tied,
            "not_compared": result.loose,
            "parted": result.parted,
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        return
    for finding in result.findings:
        sys.stderr.write(f"FOUND: {shown(finding)}\n")
    lines = [f"Sizes that both saw, with the same root: {_sizes(result.common)}."]
    if result.forked:
        lines.append(f"Sizes that were seen with more than one root: {_sizes(result.forked)}.")
    if result.tied:
        lines.append(f"Shown by the log's tiles to be one log: {_sizes(result.tied)}.")
    if result.loose:
        lines.append(
            f"Seen by one alone and compared with nothing: {_sizes(result.loose)}."
            + ("" if given.url else " Give --url, where the log is served.")
        )
    if result.parted:
        lines.append("After that each saw what the other did not: nothing shows it to be one log.")
    if result.ok:
        lines.append("Both were shown one log, as far as they looked.")
    sys.stdout.write("\n".join(lines) + "\n")


def _sizes(sizes: Sequence[int]) -> str:
    """Write out at most five sizes."""
    shown = [f"{size:,}" for size in sizes[-5:]]
    more = [f"… ({len(sizes)} in all)"] if len(sizes) > 5 else []
    return "; ".join([*shown, *more]) or "none"


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Set two watchers' files side by side: was the same log shown to both?",
        epilog="Exit: 0 both saw one log, 1 they did not or nothing shows it, 2 wrong usage.",
    )
    parser.add_argument("a", type=Path, metavar="A", help="a file that watch keeps")
    parser.add_argument("b", type=Path, metavar="B", help="another watcher's")
    add_policy(parser)
    parser.add_argument("--url", help="where the log is served, to hold other sizes against it")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main(program="python -m ledger.verify.compare"))
