"""`watch`: keep each checkpoint of a log with one's own clock, and fail where it was rewritten.

One line of cron makes anybody a witness of a log: whoever watches holds, from then on, a signed
size and root that no later log can contradict unfound. Works with any log that C2SP tlog-tiles
describes. Needs Python 3.11 and `cryptography`, nothing else.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ledger.verify import checkpoint as checkpoints
from ledger.verify.checkpoint import Checkpoint, Opened
from ledger.verify.mirror import MirrorError, fetch_checkpoint, prefix_of, reader
from ledger.verify.note import COSIGNATURE, ED25519, NoteError
from ledger.verify.policy import Policy, add_policy, options
from ledger.verify.report import DONE, FAILED, shown, why
from ledger.verify.sightings import Book, Sighting, SightingError, book
from ledger.verify.tree import (
    EMPTY_ROOT,
    ProofError,
    TileError,
    consistency_proof,
    hash_at,
    verify_consistency,
)

_TOO_FEW = "too few for the quorum."
"""How a finding ends that says nothing against a checkpoint itself: what is signed holds."""


class Finding(Exception):
    """The log contradicts what was seen of it: the message says how."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of a look at a log."""

    checkpoint: Checkpoint
    cosigned: int
    """The number of the policy's witnesses that cosigned it."""
    before: Sighting | None
    """The newest checkpoint that was held before."""
    held: int
    """Checkpoints held now."""


def look(prefix: str, policy: Policy, origin: str | None, kept: Book, now: str) -> Seen:
    """Fetch the checkpoint of a log, compare it with those kept, and keep it.

    Raise Finding if the log shrank or forked, or if its witnesses are too few: the checkpoint is
    kept as evidence. Raise NoteError if no trusted key signed it, and MirrorError if it cannot be
    read.
    """
    text = fetch_checkpoint(prefix)
    opened = checkpoints.open(text, policy.keys, origin)
    last = newest(kept.lines, policy, origin)
    try:
        if last is not None:
            _follows(last[1], opened, reader(prefix))
        cosigned = opened.note.signed_by(COSIGNATURE)
        if not policy.satisfied_by(cosigned):
            raise Finding(
                f"{len(cosigned)} of {len(policy.witnesses)} witnesses cosigned the checkpoint of "
                f"{opened.checkpoint.size:,} entries: {_TOO_FEW}"
            )
    except Finding as finding:
        kept.add(Sighting(now, prefix, text.decode(), str(finding)))
        raise
    kept.add(Sighting(now, prefix, text.decode()))
    before = None if last is None else last[0]
    return Seen(opened.checkpoint, len(cosigned), before, len(kept.lines))


def newest(
    lines: Sequence[Sighting], policy: Policy, origin: str | None
) -> tuple[Sighting, Opened] | None:
    """Return the largest checkpoint that contradicted nothing, whether enough cosigned it or not;
    None if there is none. Raise SightingError if any is not signed."""
    found: tuple[Sighting, Opened] | None = None
    for number, kept in enumerate(lines, 1):
        if not holds(kept):
            continue
        try:
            opened = checkpoints.open(kept.checkpoint, policy.keys, origin)
        except NoteError as error:
            raise SightingError(
                f"What is kept in line {number} is not signed as it was: {error}"
            ) from None
        if found is None or opened.checkpoint.size > found[1].checkpoint.size:
            found = kept, opened
    return found


def holds(kept: Sighting) -> bool:
    """Return whether a checkpoint contradicted nothing. It may have too few cosignatures."""
    return kept.finding is None or kept.finding.endswith(_TOO_FEW)


def follows(old: Checkpoint, new: Checkpoint, read: Callable[[str], bytes]) -> None:
    """Check that a log grew from one checkpoint into another, by its tiles.

    Raise Finding if it did not. Raise MirrorError or TileError if the tiles cannot be read.
    """
    if old.origin != new.origin:
        raise Finding(f"This is the log “{new.origin}”; what you hold is of “{old.origin}”.")
    if new.size < old.size:
        raise Finding(
            f"You hold a checkpoint of {old.size:,} entries, the log shows {new.size:,}: cut off, "
            "or an old copy is served."
        )
    for one in (old, new):
        if one.size == 0 and one.root != EMPTY_ROOT:
            raise Finding("A log of no entries has one root, and what is signed here is another.")
    if old.size == 0:
        return
    proof = consistency_proof(old.size, new.size, hash_at(new.size, read))
    try:
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    except ProofError as error:
        raise Finding(
            f"The log of {new.size:,} entries does not begin with the {old.size:,} that you hold: "
            f"it was rewritten, or is shown differently to others. {error}"
        ) from None


def _follows(old: Opened, new: Opened, read: Callable[[str], bytes]) -> None:
    try:
        follows(old.checkpoint, new.checkpoint, read)
    except Finding as finding:
        raise Finding(
            f"{finding} {signers(old, 'the one that you hold', new, 'the one that is shown')}"
        ) from None


def signers(one: Opened, which: str, other: Opened, which_other: str) -> str:
    """Name the keys that signed two contradicting checkpoints, and what to do about it."""
    keys, others = (
        # A verifier key begins with its name and its hash, which tell it from others.
        sorted("+".join(key.vkey.split("+")[:2]) for key in opened.note.signed_by(ED25519))
        for opened in (one, other)
    )
    if both := [key for key in keys if key in others]:
        whose = (
            f"Both are signed by {', '.join(both)}: whoever has that key made both, its owner or a "
            "thief."
        )
    else:
        whose = (
            f"Signed by {', '.join(keys)} is {which}, by {', '.join(others)} {which_other}: ask "
            "which of these keys was in use, and whether one was stolen."
        )
    return (
        f"{whose} Keep both, and show them to the log's operator, by another way than its site, "
        "and to others who watch it. Until the log says which key is compromised, and from which "
        "size on, rely on what both have in common alone."
    )


def main(arguments: Sequence[str] | None = None, program: str = "watch") -> int:
    """Run the command: 0 all is well, 1 something was found or could not be read, 2 usage."""
    try:
        given, policy = options(_parser(program), arguments)
    except SystemExit as end:  # it has been said what is wrong
        return int(end.code or 0)
    clock = datetime.now(UTC)  # noqa: TID251 - an entry point, which imports no ledger.clock
    now = clock.strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        with book(given.keep) as kept:
            seen = look(prefix_of(given.url), policy, given.origin, kept, now)
    except BlockingIOError:
        return _refused(given, f"{given.keep} is in use by another watcher.", found=False)
    except Finding as finding:
        says = f"{finding} Kept in {given.keep}: the signed checkpoint is the evidence."
        return _refused(given, says, found=True)
    except (NoteError, MirrorError, TileError, SightingError, OSError) as error:
        return _refused(given, why(error), found=False)
    _say(given, seen)
    return DONE


def _say(given: argparse.Namespace, seen: Seen) -> None:
    at = seen.checkpoint
    if given.json:
        held = None if seen.before is None else seen.before.seen_at
        answer = {
            "ok": True,
            "origin": at.origin,
            "size": at.size,
            "root": at.root.hex(),
            "cosigned": seen.cosigned,
            "held_since": held,
            "kept": seen.held,
        }
        sys.stdout.write(json.dumps(answer) + "\n")
        return
    begins = (
        "the first checkpoint that you hold of it: nothing to compare with yet"
        if seen.before is None
        else f"it begins with what you saw on {seen.before.seen_at}"
    )
    kept = f"Kept in {given.keep} ({seen.held:,})."
    sys.stdout.write(f"{shown(at.origin)}: {at.size:,} entries; {begins}. {kept}\n")


def _refused(given: argparse.Namespace, says: str, *, found: bool) -> int:
    if given.json:
        sys.stdout.write(json.dumps({"ok": False, "finding": found, "detail": says}) + "\n")
    else:
        sys.stderr.write(f"{'FOUND: ' if found else ''}{shown(says)}\n")
    return FAILED


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Keep a log's newest checkpoint with the time of your clock, and fail where "
        "the log does not continue what you kept before. Run it daily from cron.",
        epilog="Exit: 0 all is well, 1 something was found or could not be read, 2 wrong usage. "
        "Send the file to another watcher and set both side by side with compare.",
    )
    parser.add_argument("url", help="where the log is served: https://example.org or …/log")
    add_policy(parser)
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("watched.jsonl"),
        metavar="FILE",
        help="the file of what was seen (watched.jsonl)",
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main(program="python -m ledger.verify.watch"))
