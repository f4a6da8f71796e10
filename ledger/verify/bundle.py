"""A bundle: some streams of a log, each entry with its proof, and the texts that come with them.

A ZIP of `log.checkpoint`, `entries.jsonl`, `texts.jsonl` and `proofs/{position}.tlog-proof`.
"""

import stat
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ledger.verify.checkpoint import parse_proof, verify_proof
from ledger.verify.line import LineError, LoggedEntry, read
from ledger.verify.note import NoteError
from ledger.verify.order import Order, WrongClocks, says_so
from ledger.verify.pieces import lines, pieces, whole
from ledger.verify.policy import Policy
from ledger.verify.report import Faults, Report
from ledger.verify.seal import Clocks, Keys, SignedCheckpoint, continues
from ledger.verify.texts import LEAST, Openings, Redactions, check_redactions
from ledger.verify.texts import openings as read_openings
from ledger.verify.tree import EMPTY_ROOT, leaf_hash

CHECKPOINT = "log.checkpoint"
ENTRIES = "entries.jsonl"
TEXTS = "texts.jsonl"
MAX_BYTES = 200_000_000
"""The most that a bundle may have, once unpacked."""
MAX_FILES = 100_000
_NAMED = 20

_PLAIN = (ZIP_STORED, ZIP_DEFLATED)
"""How a file may be packed: other ways may need any amount of memory."""
_HEAD = struct.Struct("<4s2xHH4xLLLHH")
"""The header of a file in a ZIP: a mark, flags, the way of packing, the checksum, both sizes
(packed and unpacked), and the lengths of two names."""
_ODD = frozenset('\\:;~*?"<>|')
"""Characters that no name of ours has. An unpacking program may read them as something else, or cut
them off."""
_DAMAGED = (
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""The errors that a file raises which is no ZIP, or an encrypted or damaged one."""


class BundleError(ValueError):
    """A file is no bundle: the message says why."""


def proof_name(position: int) -> str:
    """Return the name of an entry's proof in a bundle."""
    return f"proofs/{position}.tlog-proof"


def read_bundle(path: Path) -> dict[str, bytes]:
    """Read the files of a bundle, by name. Raise BundleError if it is no bundle, and OSError if it
    cannot be read."""
    raw = whole(path, MAX_BYTES)
    if raw.count(b"PK\1\2") > MAX_FILES:  # a line of its table each, before any is taken
        raise BundleError(f"{path} has more than {MAX_FILES:,} files.")
    try:
        with ZipFile(BytesIO(raw)) as archive:
            listed = archive.infolist()
            if sum(one.file_size for one in listed) > MAX_BYTES:
                raise BundleError(f"{path}: it has more than {MAX_BYTES:,} bytes once unpacked.")
            if len({_plainly(one.filename) for one in listed}) < len(listed):
                raise BundleError(f"{path} has two files of one name: who unpacks it sees another.")
            if astray := [one.filename for one in listed if _leads_elsewhere(one)]:
                raise BundleError(f"{path} would unpack “{astray[0]}” somewhere else: don't.")
            if any(one.compress_type not in _PLAIN for one in listed):
                raise BundleError(f"{path} is packed in another way than ZIP's usual one.")
            if _hides(raw, listed, archive.start_dir):
                raise BundleError(
                    f"{path} was not packed by us, and may hold more than its table of contents "
                    "says: take the bundle as it came, or fetch it again."
                )
            files = {one.filename: _unpacked(archive, one) for one in listed}
    except BundleError:
        raise
    except _DAMAGED as error:
        raise BundleError(f"{path} is no ZIP that can be read ({error}).") from None
    for name in (CHECKPOINT, ENTRIES):
        if name not in files:
            raise BundleError(f"{path} has no {name}, so it is no bundle.")
    if files[ENTRIES].count(b"\n") > len(files):
        raise BundleError(f"{path} has more entries than files, and each needs a proof.")
    texts = files.get(TEXTS, b"")
    if texts.count(b"\n") * LEAST > len(texts):
        raise BundleError(f"{path} has lines among its texts that are too short for one.")
    return files


def _unpacked(archive: ZipFile, one: ZipInfo) -> bytes:
    """Unpack a file of a bundle, up to the size that the ZIP states."""
    with archive.open(one) as file:
        return file.read(one.file_size + 1)


def _hides(raw: bytes, listed: Sequence[ZipInfo], end: int) -> bool:
    """Return whether a ZIP has anything but the files of its table, one after the other, each with
    the header that the table states.

    Such a ZIP would show other files to a program that unpacks it from its front.
    """
    at = 0
    for one in sorted(listed, key=lambda one: one.header_offset):
        mark, *said, name, more = _HEAD.unpack_from(raw, at)
        sizes = [one.flag_bits, one.compress_type, one.CRC, one.compress_size, one.file_size]
        if (one.header_offset, mark, said) != (at, b"PK\3\4", sizes) or more or one.extra:
            return True
        at += _HEAD.size + name + one.compress_size
    return at != end


def _plainly(name: str) -> str:
    """Return a name as a file system compares it that ignores case, or the two ways to write an
    accent."""
    name = unicodedata.normalize("NFC", name.removesuffix("/")).casefold()
    return unicodedata.normalize("NFC", name)


def _leads_elsewhere(one: ZipInfo) -> bool:
    """Return whether a file is a link, or its name leads out of the folder where it is unpacked, or
    means another path on some system."""
    name = one.orig_filename
    parts = name.removesuffix("/").split("/")
    astray = any(not part or part[-1] in " ." for part in parts)  # Windows cuts both off
    utf8 = name.isascii() or one.flag_bits & 0x800
    odd = not name.isprintable() or not _ODD.isdisjoint(name) or not utf8
    return astray or odd or stat.S_ISLNK(one.external_attr >> 16)


def verify_bundle(
    report: Report,
    files: dict[str, bytes],
    policy: Policy,
    sealed: SignedCheckpoint,
    held: Sequence[SignedCheckpoint],
) -> None:
    """Check every entry of a bundle against the checkpoint in it."""
    form, included = report.faults("entries"), report.faults("inclusion")
    clocks = Clocks(sealed, held)
    keys, redactions, wrong = Keys(), Redactions(), WrongClocks()
    redactions.take(files[ENTRIES])
    wrong.take(files[ENTRIES])
    order = Order(report.faults, clocks, wrong, whole=False)
    openings = None
    if TEXTS in files:
        texts = read_openings(pieces(BytesIO(files[TEXTS])))
        openings = Openings(report.faults, texts, redactions, whole=False)
    check_redactions(report.faults, redactions, whole=False)
    about_keys, raws = False, lines(files[ENTRIES])
    proved: set[str] = set()
    for number, raw in enumerate(raws, 1):
        try:
            line = read(raw)
            if not line.canonical:
                form.add(f"line {number}: it is not canonical JSON (RFC 8785)")
            if (name := proof_name(line.position)) not in proved:  # else it stands twice
                proved.add(name)
                _included(included, files, line, policy, sealed)
            order.take(line)
            keys.take(line)
            about_keys = about_keys or (line.stream == "service" and not says_so(line))
            if openings is not None:
                openings.take(line)
        except LineError as error:
            form.add(f"line {number}: {error}")
    if not raws:
        form.add("there is none")
    form.end(f"{len(raws):,} lines, each an entry")
    included.end("each entry is in the log of the checkpoint")
    order.end()
    clocks.tell(report)
    if openings is not None:
        openings.end()
    else:
        report.add("openings", "not checked: the texts are not here", ok=None)
    if about_keys:
        keys.end(report, sealed, whole=False)
    else:
        says = "not checked: what the log says of its keys is not in a bundle"
        report.add("keys", says, ok=None)
    if others := sorted(files.keys() - {CHECKPOINT, ENTRIES, TEXTS} - proved):
        more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
        says = f"not checked, nobody signed them: {', '.join(others[:_NAMED])}{more}"
        report.add("other files", says, ok=None)
    known = {0: EMPTY_ROOT, sealed.checkpoint.size: sealed.checkpoint.root}
    continues(report, sealed, held, known)


def _included(
    faults: Faults,
    files: dict[str, bytes],
    line: LoggedEntry,
    policy: Policy,
    sealed: SignedCheckpoint,
) -> None:
    name = proof_name(line.position)
    if name not in files:
        faults.add(f"entry {line.position} has no proof")
        return
    try:
        proof = parse_proof(files[name])
        opened = verify_proof(proof, leaf_hash(line.raw), policy.keys, sealed.checkpoint.origin)
    except (NoteError, ValueError) as error:
        faults.add(f"entry {line.position}: {error}")
        return
    if proof.index != line.position - 1:
        faults.add(f"entry {line.position} has the proof of entry {proof.index + 1}")
    elif opened.checkpoint != sealed.checkpoint:
        faults.add(f"entry {line.position} has a proof for another checkpoint")
