"""Bundles: all that the log holds about one recommendation, with what it takes to check it.

The streams of the recommendation, of the responses of the bodies that answer for it, and of its
report, up to the newest checkpoint. What is in the ZIP: see `ledger.transparency.verify_bundle`.
"""

from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ledger import log_files
from ledger.entry import Entry, decode
from ledger.errors import NotRecorded
from ledger.reading import LogReading
from ledger.sealed import NotSealedYet, Sealed
from ledger.service import Account
from ledger.storage import Stored
from ledger.streams import (
    RecommendationId,
    recommendation_stream,
    report_stream,
    response_stream,
)
from ledger.texts import Audience, Text
from ledger.transparency import tiles, tree
from ledger.transparency.proof import Proof
from ledger.transparency.verify_bundle import CHECKPOINT, ENTRIES, TEXTS, proof_name
from projections.texts import Reader

_README = """\
The record of recommendation {number} of {report} to {addressee},
from the log {origin}, at {size} entries.

entries.jsonl    {count} entries, one a line, byte for byte as the log has them
texts.jsonl      the texts that you may read, each with the salt that opens its commitment
proofs/          for each entry, the proof that it is in the log (c2sp.org/tlog-proof@v1)
log.checkpoint   the signed checkpoint that the proofs lead to

Check it by `answerable verify` or `answerable-verify.pyz verify`, with a verifier key of the log
that you have from somewhere else:

    answerable verify THIS.zip --key VKEY

What that proves, what it does not, and how to do without our program: docs/verify.md.
Texts for the office that you may not read are not here; their entries are.
"""
_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Held:
    """A text of an entry, as far as it takes to know who may read it."""

    audience: Audience
    by: str | None
    recorded_by: str


def bundle(log: LogReading, sealed: Sealed, account: Account | None, of: RecommendationId) -> bytes:
    """The ZIP, for a reader. NotRecorded, NotSealedYet, RedactionNotSealed."""
    if (sealing := sealed.checkpoint()) is None:
        raise NotSealedYet("Nothing of this log is sealed yet: no sealer has run.")
    entries = _entries(log, of, sealing.size)
    reader = Reader(account, log.service())

    def may_read(entry: Entry, text: Text) -> bool:
        return reader.may_read(_Held(text.audience, entry.by, entry.recorded_by))

    public = log_files.released(decode(one.state) for one in entries)
    openings, _ = log_files.texts_of(log, entries, public, may_read)
    log_files.redactions_are_sealed(log, sealing.size)
    files = {
        "README.txt": _README.format(
            number=of.key,
            report=of.report,
            addressee=of.addressee,
            origin=sealing.note.partition("\n")[0],
            size=sealing.size,
            count=len(entries),
        ).encode(),
        CHECKPOINT: sealing.note.encode(),
        ENTRIES: b"".join(log_files.canonical(one) + b"\n" for one in entries),
        TEXTS: b"".join(openings),
    }
    hash_at = tiles.hash_at(sealing.size, lambda path: sealed.tile(path)[1])
    for one in entries:
        hashes = tree.inclusion_proof(one.id - 1, sealing.size, hash_at)
        proof = Proof(one.id - 1, tuple(hashes), sealing.note)
        files[proof_name(one.id)] = proof.text.encode()
    return _zipped(files)


def _entries(log: LogReading, of: RecommendationId, size: int) -> list[Stored]:
    about = recommendation_stream(of.report, of.key, of.addressee)
    bodies = log.service().bodies
    answering = [body for body, known in bodies.items() if known.force == of.addressee]
    streams = [about, report_stream(of.report)]
    streams += [response_stream(of.report, body) for body in (of.addressee, *answering)]
    found = {stream: log.log.select_events(stream) for stream in dict.fromkeys(streams)}
    if not found[about]:
        raise NotRecorded(f"Nothing is recorded under “{about}”.")
    if found[about][0].id > size:
        raise NotSealedYet(f"“{about}” is recorded, and not sealed yet: ask again in a moment.")
    entries = [one for stored in found.values() for one in stored if one.id <= size]
    return sorted(entries, key=lambda one: one.id)


def _zipped(files: dict[str, bytes]) -> bytes:
    """The same files give the same bytes."""
    body = BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(name, _DAY), files[name], ZIP_DEFLATED)
    return body.getvalue()
