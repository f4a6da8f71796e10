"""A whole log against a checkpoint, from the bytes of its entries up."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ledger.transparency.tree import EMPTY_ROOT, Frontier, leaf_hash
from ledger.transparency.verify_entries import Keys, Order
from ledger.transparency.verify_line import LineError
from ledger.transparency.verify_openings import blocks
from ledger.transparency.verify_report import Faults, Report
from ledger.transparency.verify_said import Said, redactions
from ledger.transparency.verify_seal import Clocks, Sealed, continues
from ledger.transparency.verify_shape import Lines
from ledger.transparency.verify_texts import Openings


def verify_log(
    report: Report, log: Path, texts: Path | None, sealed: Sealed, held: Sequence[Sealed]
) -> None:
    """Check every entry of a file, one a line. OSError where a file cannot be read."""
    size = sealed.checkpoint.size
    form, whole = Faults(report, "entries"), Faults(report, "root")
    order = Order(report, Clocks(sealed, held), whole=True)
    keys, frontier, more, lines = Keys(), Frontier(), 0, Lines()
    roots = {one.checkpoint.size: EMPTY_ROOT for one in held if one.checkpoint.size == 0}
    wanted = {one.checkpoint.size for one in held}
    with ExitStack() as files:
        openings = None
        if texts is not None:
            said = _said(log, size)
            pieces = blocks(files.enter_context(texts.open("rb")))
            openings = Openings(report, pieces, said, whole=True)
            redactions(report, said, whole=True)
        for raw in files.enter_context(log.open("rb")):
            if frontier.size >= size:
                more += 1
                continue
            entry = raw[:-1] if raw.endswith(b"\n") else raw
            frontier.append(leaf_hash(entry))
            if frontier.size in wanted:
                roots[frontier.size] = frontier.root()
            try:
                line = lines.read(entry)
                if not line.canonical:
                    form.add(f"line {frontier.size}: it is not canonical JSON (RFC 8785)")
                order.take(line)
                keys.take(line)
                if openings is not None:
                    openings.take(line)
            except LineError as error:
                form.add(f"line {frontier.size}: {error}")
        if openings is not None:
            openings.end()
        else:
            report.add("openings", "not checked: the texts are not here", ok=None)
    form.end(f"{frontier.size:,} lines, each an entry")
    if more:
        whole.add(f"{more:,} lines come after the {size:,} that are sealed")
    if frontier.size < size:
        whole.add(f"{size - frontier.size:,} of the {size:,} sealed entries are not here")
    elif frontier.root() != sealed.checkpoint.root:
        whole.add("the entries lead to another root: one was changed, moved, put in or left out")
    whole.end("the entries lead to the root that is signed")
    order.end(report)
    keys.end(report, sealed)
    continues(report, sealed, held, roots)


def _said(log: Path, size: int) -> Said:
    said = Said()
    with log.open("rb") as lines:
        for _, raw in zip(range(size), lines, strict=False):
            said.take(raw[:-1])
    return said
