"""`verify`: a log, a bundle, a receipt or a served log, checked by anybody, without a database.

Needs Python 3.11 and `cryptography`, nothing else: `python -m ledger.verify`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ledger.verify.bundle import CHECKPOINT, BundleError, read_bundle, verify_bundle
from ledger.verify.checkpoint import Proof, parse_proof
from ledger.verify.line import LineError, LoggedEntry, read
from ledger.verify.mirror import MirrorError, fetch_checkpoint, mirror, prefix_of
from ledger.verify.order import Order, WrongClocks
from ledger.verify.pieces import LongLineError, first, lines, pieces, plain, whole
from ledger.verify.policy import Policy, add_policy, options
from ledger.verify.report import DONE, FAILED, USAGE, Report, why
from ledger.verify.seal import (
    NO_CLOCK,
    Clocks,
    Keys,
    SignedCheckpoint,
    continues,
    held_before,
    in_words,
    seal,
)
from ledger.verify.sightings import SightingError, checkpoints_in
from ledger.verify.texts import Openings, Redactions, check_redactions
from ledger.verify.texts import openings as read_openings
from ledger.verify.tree import EMPTY_ROOT, Frontier, ProofError, leaf_hash, verify_inclusion

_MOST = 1_000_000
"""Bytes of a checkpoint at most."""


def main(arguments: Sequence[str] | None = None, program: str = "verify") -> int:
    """Run the command: 0 where every check passed, 1 where one failed, 2 for wrong usage."""
    parser = _parser(program)
    try:
        given, policy = options(parser, arguments)
        if (unread := _unread(given)) is not None:
            parser.exit(USAGE, f"{program}: {unread}\n")
    except SystemExit as end:  # it has been said what is wrong
        return int(end.code or 0)
    report = Report()
    try:
        _verify(report, given, policy)
    except (OSError, BundleError, MirrorError, SightingError, LongLineError, ProofError) as error:
        report.add("reading", why(error), ok=False)
    answer = json.dumps(report.as_json()) if given.json else report.as_text()
    sys.stdout.write(answer + "\n")
    return DONE if report.ok else FAILED


def _unread(given: argparse.Namespace) -> str | None:
    """Return which of the options given do not apply to this target, as a sentence; None if all
    do."""
    what, apart = "a log", list[str]()
    if "://" in given.target:
        what, apart = "an address", ["receipt", "checkpoint"]
    elif given.receipt is not None:
        what, apart = "a receipt", ["checkpoint", "texts"]
    elif given.target.endswith(".zip"):
        what, apart = "a bundle", ["texts"]
    unread = [f"--{name}" for name in apart if getattr(given, name) is not None]
    return f"Beside {what} there is no {' and no '.join(unread)}." if unread else None


def _verify(report: Report, given: argparse.Namespace, policy: Policy) -> None:
    since = [one for path in given.since for one in checkpoints_in(path)]
    if "://" in given.target:
        prefix = prefix_of(given.target)
        text = fetch_checkpoint(prefix)
        if (found := _sealed(report, text, given, policy, since)) is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log.jsonl"
            mirror(prefix, text, log)
            verify_log(report, log, given.texts and plain(given.texts), *found)
        return
    target = Path(given.target)
    if given.receipt is not None:
        proof = parse_proof(whole(given.receipt, _MOST))
        found = _sealed(report, proof.checkpoint.encode(), given, policy, since)
        if found is not None:
            raw = whole(target, _MOST).removesuffix(b"\n")
            verify_receipt(report, raw, proof, *found)
        return
    if given.target.endswith(".zip"):
        files = read_bundle(target)
        text = files[CHECKPOINT] if given.checkpoint is None else whole(given.checkpoint, _MOST)
        found = _sealed(report, text, given, policy, since)
        if found is not None:
            verify_bundle(report, files, policy, *found)
        return
    log = target / "log.jsonl" if target.is_dir() else target
    beside = given.checkpoint or log.with_suffix(".checkpoint")
    texts = given.texts or log.with_suffix(".texts.jsonl")
    found = _sealed(report, whole(beside, _MOST), given, policy, since)
    if found is not None:
        there = given.texts is not None or texts.exists()
        verify_log(report, plain(log), plain(texts) if there else None, *found)


def _sealed(
    report: Report,
    text: bytes,
    given: argparse.Namespace,
    policy: Policy,
    since: list[tuple[str, bytes]],
) -> tuple[SignedCheckpoint, list[SignedCheckpoint]] | None:
    sealed = seal(report, text, policy, given.origin)
    if sealed is None:
        return None
    return sealed, held_before(report, since, policy, sealed.checkpoint.origin)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Check a log against its signed checkpoint, from the bytes of its entries up.",
        epilog="Exit: 0 every check passed, 1 one failed, 2 wrong usage. Take the key from "
        "somewhere else than the log.",
    )
    parser.add_argument(
        "target",
        help="log.jsonl (or its directory), bundle.zip, the log's URL, or with --receipt the line "
        "of an entry",
    )
    add_policy(parser)
    parser.add_argument(
        "--since",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a checkpoint, receipt or watcher's file that you hold: the log has to begin with it "
        "(repeat)",
    )
    parser.add_argument(
        "--receipt",
        type=Path,
        metavar="FILE",
        help="the receipt of the entry whose line the target is, as /api/entries/…/raw gives it",
    )
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="the checkpoint, where it lies elsewhere"
    )
    parser.add_argument(
        "--texts", type=Path, metavar="FILE", help="the texts, where they lie elsewhere"
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    return parser


def verify_log(
    report: Report,
    log: Path,
    texts: Path | None,
    sealed: SignedCheckpoint,
    held: Sequence[SignedCheckpoint],
) -> None:
    """Check every entry of a file, one a line. Raise OSError if a file cannot be read."""
    size = sealed.checkpoint.size
    form, root = report.faults("entries"), report.faults("root")
    keys, frontier, number, more = Keys(), Frontier(), 0, 0
    roots = {0: EMPTY_ROOT}
    wanted = sorted({one.checkpoint.size for one in held}, reverse=True)
    redactions, wrong = _beforehand(log, size)
    clocks = Clocks(sealed, held)
    order = Order(report.faults, clocks, wrong, whole=True)
    with ExitStack() as files:
        openings = None
        if texts is not None:
            opened = pieces(files.enter_context(texts.open("rb")))
            openings = Openings(report.faults, read_openings(opened), redactions, whole=True)
        check_redactions(report.faults, redactions, whole=True)
        for piece in pieces(files.enter_context(log.open("rb"))):
            raws, before = lines(piece), number
            if len(raws) > size - before:
                more += len(raws) - (size - before)
                del raws[size - before :]
            _grow(frontier, raws, wanted, roots)
            for number, raw in enumerate(raws, before + 1):
                canonical = True
                try:
                    line = read(raw)
                    if not (canonical := line.canonical):
                        form.add(f"line {number}: it is not canonical JSON (RFC 8785)")
                    order.take(line)
                    keys.take(line)
                    if openings is not None:
                        openings.take(line)
                except LineError as error:
                    if canonical:  # else that is said
                        form.add(f"line {number}: {error}")
        if openings is not None:
            openings.end()
        else:
            report.add("openings", "not checked: the texts are not here", ok=None)
    form.end(f"{number:,} lines, each an entry")
    if more:
        root.add(f"{more:,} lines come after the {size:,} that are sealed")
    if number < size:
        root.add(f"{size - number:,} of the {size:,} sealed entries are not here")
    elif frontier.root() != sealed.checkpoint.root:
        root.add("the entries lead to another root: one was changed, moved, put in or left out")
    root.end("the entries lead to the root that is signed")
    order.end()
    clocks.tell(report)
    keys.end(report, sealed)
    continues(report, sealed, held, roots, whole=True)
    keys.held(report, held)


def _beforehand(log: Path, size: int) -> tuple[Redactions, WrongClocks]:
    """Read what entries say of others that may come before them."""
    redactions, wrong = Redactions(), WrongClocks()
    with log.open("rb") as file:
        for piece in first(pieces(file), size):
            redactions.take(piece)
            wrong.take(piece)
    return redactions, wrong


def _grow(
    frontier: Frontier, raws: list[bytes], wanted: list[int], roots: dict[int, bytes]
) -> None:
    """Add entries to the tree, and note its roots at the sizes that are wanted, of which the
    smallest is last."""
    leaves, start, done = [leaf_hash(raw) for raw in raws], frontier.size, 0
    while wanted and wanted[-1] <= start + len(leaves):
        size = wanted.pop()
        frontier.extend(leaves[done : size - start])
        done = size - start
        roots[size] = frontier.root()
    frontier.extend(leaves[done:])


def verify_receipt(
    report: Report,
    raw: bytes,
    proof: Proof,
    sealed: SignedCheckpoint,
    held: Sequence[SignedCheckpoint],
) -> None:
    """Check that an entry is the one that a receipt proves. `raw`: its line, as it was hashed."""
    line = _entry(report, raw, proof)
    at = sealed.checkpoint
    try:
        verify_inclusion(proof.index, at.size, leaf_hash(raw), proof.hashes, at.root)
        report.add("inclusion", f"entry {proof.index + 1:,} of the log of the checkpoint")
    except ProofError as error:
        report.add("inclusion", str(error), ok=False)
    if line is not None:
        _times(report, line, Clocks(sealed, held))
    report.add("keys", "not checked: what the log says of its keys is not here", ok=None)
    continues(report, sealed, held, {0: EMPTY_ROOT, at.size: at.root})


def _entry(report: Report, raw: bytes, proof: Proof) -> LoggedEntry | None:
    try:
        line = read(raw)
    except LineError as error:
        report.add("entries", str(error), ok=False)
        return None
    if not line.canonical:
        report.add("entries", "it is not canonical JSON (RFC 8785)", ok=False)
    elif line.position != proof.index + 1:
        says = f"it says that it is entry {line.position}, the receipt is of {proof.index + 1}"
        report.add("entries", says, ok=False)
    else:
        report.add("entries", "one entry; its texts are not here, so they are not checked")
    return line


def _times(report: Report, line: LoggedEntry, clocks: Clocks) -> None:
    """Report the outside evidence for an entry, and whether its own time fits."""
    fault = clocks.fault(line.position, line.recorded_at)
    outside = next((one for one in clocks.ranges if line.position <= one.last), None)
    if outside is None:
        return
    fits = "fits what witnesses saw" if outside.seen else NO_CLOCK
    report.add("recorded_at", fault or fits, ok=fault is None)
    report.add("outside evidence", f"entry {line.position:,}: {in_words(outside)}", ok=None)
    report.outside.append(outside)
