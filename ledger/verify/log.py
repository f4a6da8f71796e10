"""A whole log against a checkpoint, from the bytes of its entries up."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ledger.verify.entries import Keys, Order
from ledger.verify.line import LineError
from ledger.verify.pieces import first, lines, pieces
from ledger.verify.redactions import Said, redactions
from ledger.verify.report import Faults, Report
from ledger.verify.seal import Clocks, Sealed, continues
from ledger.verify.shape import Lines
from ledger.verify.texts import Openings
from ledger.verify.tree import EMPTY_ROOT, Frontier, leaf_hash


def verify_log(
    report: Report, log: Path, texts: Path | None, sealed: Sealed, held: Sequence[Sealed]
) -> None:
    """Check every entry of a file, one a line. OSError where a file cannot be read."""
    size = sealed.checkpoint.size
    form, whole = Faults(report, "entries"), Faults(report, "root")
    order = Order(report, Clocks(sealed, held), whole=True)
    keys, frontier, shapes, number, more = Keys(), Frontier(), Lines(), 0, 0
    roots = {0: EMPTY_ROOT}
    wanted = sorted({one.checkpoint.size for one in held}, reverse=True)
    said = _said(log, size)
    with ExitStack() as files:
        openings = None
        if texts is not None:
            opened = pieces(files.enter_context(texts.open("rb")))
            openings = Openings(report, opened, said, whole=True)
        redactions(report, said, whole=True)
        for piece in pieces(files.enter_context(log.open("rb"))):
            raws, before = lines(piece), number
            if len(raws) > size - before:
                more += len(raws) - (size - before)
                del raws[size - before :]
            _grow(frontier, raws, wanted, roots)
            for number, raw in enumerate(raws, before + 1):
                canonical = True
                try:
                    line = shapes.read(raw)
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
        whole.add(f"{more:,} lines come after the {size:,} that are sealed")
    if number < size:
        whole.add(f"{size - number:,} of the {size:,} sealed entries are not here")
    elif frontier.root() != sealed.checkpoint.root:
        whole.add("the entries lead to another root: one was changed, moved, put in or left out")
    whole.end("the entries lead to the root that is signed")
    order.end(report)
    keys.end(report, sealed)
    continues(report, sealed, held, roots, whole=True)
    keys.held(report, held)


def _said(log: Path, size: int) -> Said:
    said = Said()
    with log.open("rb") as file:
        for piece in first(pieces(file), size):
            said.take(piece)
    return said


def _grow(
    frontier: Frontier, raws: list[bytes], wanted: list[int], roots: dict[int, bytes]
) -> None:
    """More entries; and the roots of the sizes among them that are wanted, the smallest last."""
    leaves, start, done = [leaf_hash(raw) for raw in raws], frontier.size, 0
    while wanted and wanted[-1] <= start + len(leaves):
        size = wanted.pop()
        frontier.extend(leaves[done : size - start])
        done = size - start
        roots[size] = frontier.root()
    frontier.extend(leaves[done:])
