"""One entry against its receipt: the line that `/raw` gives, and the proof that the log has it."""

from collections.abc import Sequence

from ledger.verify.line import Line, LineError
from ledger.verify.proof import Proof
from ledger.verify.report import Report
from ledger.verify.seal import Clocks, Sealed, continues, in_words
from ledger.verify.shape import Lines
from ledger.verify.tree import EMPTY_ROOT, ProofError, leaf_hash, verify_inclusion


def verify_receipt(
    report: Report, raw: bytes, proof: Proof, sealed: Sealed, held: Sequence[Sealed]
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


def _entry(report: Report, raw: bytes, proof: Proof) -> Line | None:
    try:
        line = Lines().read(raw)
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


def _times(report: Report, line: Line, clocks: Clocks) -> None:
    """What clocks outside say of it, and whether its own time fits."""
    fault = clocks.fault(line.position, line.recorded_at)
    outside = next((one for one in clocks.ranges if line.position <= one.last), None)
    if outside is None:
        return
    seen = outside.after is not None or outside.by is not None
    fits = "fits what witnesses saw" if seen else "no witness's clock to hold it against"
    report.add("recorded_at", fault or fits, ok=fault is None)
    report.add("outside evidence", f"entry {line.position:,}: {in_words(outside)}", ok=None)
    report.outside.append(outside)
