"""Bundles: the whole record of one recommendation, with the proofs needed to check it.

A bundle has the streams of the recommendation, of its report, and of the responses of the bodies
that answer for it. They reach up to the newest checkpoint, or to the position asked for. The proofs
lead to the checkpoint over these entries that most witnesses cosigned. If nobody cosigned one, they
lead to the newest; for a bundle as known then, to the first that covers the position.

A bundle as known then always has the same entries. Once it leads to a cosigned checkpoint, its
bytes stay the same too, unless a later one has more witnesses. A redaction changes it, as it
changes every answer. The files of the ZIP are described in `ledger.verify.bundle`.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from msgspec.structs import asdict

from ledger.dates import london_date
from ledger.errors import NotKnownThen, NotRecorded
from ledger.events import ClockWasWrong, TextRedacted
from ledger.events.entry import Entry, decode
from ledger.events.streams import (
    RecommendationId,
    recommendation_stream,
    report_stream,
    response_stream,
)
from ledger.events.texts import Text
from ledger.log.reading import LogReading
from ledger.log.storage import Stored
from ledger.seal import log_files
from ledger.seal.checkpoints import NotSealedYet, Sealed, Sealing
from ledger.states.service import Account, Service
from ledger.verify import note, tree
from ledger.verify.bundle import CHECKPOINT, ENTRIES, TEXTS, proof_name
from ledger.verify.checkpoint import Proof
from projections.answers.readers import Reader
from projections.as_of import At
from projections.streams import Streams

_README = """\
The record of recommendation {number} of {report} to {addressee},
from the log {origin}, as known at position {position}.

as_of.json       what was asked for, and the position that this means
entries.jsonl    {count} entries, one a line, byte for byte as the log has them
texts.jsonl      the texts that you may read, each with the salt that opens its commitment
proofs/          for each entry, the proof that it is in the log (c2sp.org/tlog-proof@v1)
log.checkpoint   the signed checkpoint that the proofs lead to, over {size} entries,
                 cosigned by {witnesses}

Check it by `answerable verify` or `answerable-verify.pyz verify`, with a verifier key of the log
that you have from somewhere else, and with those of the witnesses that you ask for:

    answerable verify THIS.zip --key VKEY --witness VKEY

What that proves, what it does not, and how to do without our program: docs/verify.md.
Texts for the office that you may not read are not here; their entries are. A stream of which a text
was redacted later goes on, past that position, to the entry that says so.
"""
_DAY = (1980, 1, 1, 0, 0, 0)


def bundle(
    log: LogReading,
    sealed: Sealed,
    account: Account | None,
    of: RecommendationId,
    when: At,
) -> bytes:
    """Return the ZIP for a reader. Raise NotRecorded, NotKnownThen, NotSealedYet or
    RedactionNotSealed.

    Both dates are recorded in it, but the entries depend on the position alone.
    """
    if (newest := sealed.checkpoint()) is None:
        raise NotSealedYet("Nothing of this log is sealed yet: no sealer has run.")
    when = _within(when, newest)
    found = _streams(log, of, when)
    known = [one for stored in found for one in _known(stored, when.position, newest.size)]
    entries = sorted([*known, *_wrong_clocks(log, known, newest.size)], key=lambda one: one.id)
    reader = Reader(account, log.service().on(london_date(log.now())))

    def may_read(entry: Entry, text: Text) -> bool:
        return reader.may_read(text.audience, entry.by, entry.recorded_by)

    public = log_files.released(decode(one.state) for one in entries)
    openings, _ = log_files.texts_of(log, entries, public, may_read)
    log_files.redactions_are_sealed(log, newest.size)
    sealing = sealed.best_over(entries[-1].id)
    if sealing is None and when.known_at is None:
        sealing = newest
    elif sealing is None:
        sealing = sealed.first_over(max(when.position, entries[-1].id))
    files = {
        "README.txt": _README.format(
            number=of.key,
            report=of.report,
            addressee=of.addressee,
            origin=sealing.note.partition("\n")[0],
            position=when.position,
            size=sealing.size,
            witnesses=", ".join(note.cosigners(sealing.note)) or "nobody yet",
            count=len(entries),
        ).encode(),
        "as_of.json": _as_of(when),
        CHECKPOINT: sealing.note.encode(),
        ENTRIES: b"".join(log_files.canonical(one) + b"\n" for one in entries),
        TEXTS: b"".join(openings),
        **_proofs(sealed, sealing, entries),
    }
    return _zipped(files)


def _wrong_clocks(log: LogReading, known: Sequence[Stored], size: int) -> list[Stored]:
    """Return the sealed entries because of which any of these counts as recorded at another
    moment."""
    found = []
    for one in log.log.select_notifications(1, size, stop=size, topics=[ClockWasWrong.TOPIC]):
        data = one.entry.data
        assert isinstance(data, ClockWasWrong)
        if any(data.first_position <= each.id < one.id for each in known):
            found.append(one)
    return found


def _within(when: At, newest: Sealing) -> At:
    """Return the same question up to the sealed position. Raise NotSealedYet if it asks for
    more."""
    if when.known_at is None:
        return replace(when, position=newest.size)
    if when.position > newest.size:
        raise NotSealedYet(
            f"The log is sealed up to {newest.size}, not yet to {when.position}: ask again in a "
            "moment."
        )
    return when


def _streams(log: LogReading, of: RecommendationId, when: At) -> list[Sequence[Stored]]:
    """Return the streams of a bundle, complete."""
    about = recommendation_stream(of.report, of.key, of.addressee)
    bodies = _service(log, when.position).bodies
    answering = [
        body
        for body, known in bodies.items()
        if any(held.body == of.addressee for held in known.holds)
    ]
    streams = [about, report_stream(of.report)]
    streams += [response_stream(of.report, body) for body in (of.addressee, *answering)]
    found = {stream: log.log.select_events(stream) for stream in dict.fromkeys(streams)}
    if not found[about]:
        raise NotRecorded(f"Nothing is recorded under “{about}”.")
    if found[about][0].id > when.position:
        if when.known_at is None:
            raise NotSealedYet(f"“{about}” is recorded, and not sealed yet: ask again in a moment.")
        raise NotKnownThen(f"“{about}” was not known at position {when.position}.")
    return list(found.values())


def _service(log: LogReading, position: int) -> Service:
    with log.pool.connection() as conn:
        return Streams(conn, position).service(position)


def _known(stored: Sequence[Stored], position: int, size: int) -> list[Stored]:
    """Return the entries of a stream up to a position. If one of their texts was redacted later,
    continue up to the redaction, since a stream with a gap would not verify. `size` is the sealed
    size."""
    upto = position
    positions: dict[str, int] = {}
    for one in stored:
        entry = one.entry
        positions[entry.id] = one.id
        if isinstance(entry.data, TextRedacted) and position < one.id <= size:
            upto = one.id if positions[entry.data.target] <= upto else upto
    return [one for one in stored if one.id <= upto]


def _proofs(sealed: Sealed, sealing: Sealing, entries: Sequence[Stored]) -> dict[str, bytes]:
    """Return the proof of each entry, by the name of its file."""
    hash_at = tree.hash_at(sealing.size, lambda path: sealed.tile(path)[1])
    files = {}
    for one in entries:
        hashes = tree.inclusion_proof(one.id - 1, sealing.size, hash_at)
        files[proof_name(one.id)] = Proof(one.id - 1, tuple(hashes), sealing.note).text.encode()
    return files


def _as_of(when: At) -> bytes:
    """Return the file of the two dates. If the question gave no dates, the day is null, so that the
    file is the same on every day."""
    said = asdict(when.as_of)
    if when.known_at is None and not when.day_given:
        said = {**said, "effective_on": None}
    return f"{json.dumps(said, ensure_ascii=False)}\n".encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    """Return the files as a ZIP: the same files give the same bytes."""
    body = BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(name, _DAY), files[name], ZIP_DEFLATED)
    return body.getvalue()
