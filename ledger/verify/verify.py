"""`verify`: a log, a bundle, a receipt or a served log, checked by anybody, without a database.

Needs Python 3.11 and `cryptography`, nothing else: `python -m ledger.verify`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ledger.verify import options
from ledger.verify import proof as proofs
from ledger.verify.bundle import CHECKPOINT, BundleError, read_bundle, verify_bundle
from ledger.verify.log import verify_log
from ledger.verify.mirror import MirrorError, fetch_checkpoint, mirror, prefix_of
from ledger.verify.options import DONE, FAILED, add_policy
from ledger.verify.pieces import LongLineError, plain, whole
from ledger.verify.policy import Policy
from ledger.verify.receipt import verify_receipt
from ledger.verify.report import Report
from ledger.verify.seal import Sealed, held_before, seal
from ledger.verify.sightings import KeptError, checkpoints_in
from ledger.verify.tree import ProofError


def main(arguments: Sequence[str] | None = None, program: str = "verify") -> int:
    """Run the command: 0 where every check passed, 1 where one failed, 2 for wrong usage."""
    parser = _parser(program)
    try:
        given, policy = options.parse(parser, arguments)
        if (unread := _unread(given)) is not None:
            parser.exit(options.USAGE, f"{program}: {unread}\n")
    except SystemExit as end:  # it has been said what is wrong
        return int(end.code or 0)
    report = Report()
    try:
        _verify(report, given, policy)
    except (OSError, BundleError, MirrorError, KeptError, LongLineError, ProofError) as error:
        report.add("reading", options.in_words(error), ok=False)
    answer = json.dumps(report.as_json()) if given.json else report.as_text()
    sys.stdout.write(answer + "\n")
    return DONE if report.ok else FAILED


_MOST = 1_000_000
"""Bytes of a checkpoint at most."""


def _unread(given: argparse.Namespace) -> str | None:
    """What was given to be checked and would not be looked at, as a sentence."""
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
        proof = proofs.parse(whole(given.receipt, _MOST))
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
) -> tuple[Sealed, list[Sealed]] | None:
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
