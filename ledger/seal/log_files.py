"""The log as files that anybody can check: entries, the checkpoint over them, texts beside them.

Line N of `log.jsonl` is the entry at position N. `log.texts.jsonl` has the openings of texts, one
a line in the log's order: `{"position","sha256","salt","text"}`. `log.checkpoint` is the signed
checkpoint; where there is one, the other two go as far as it does. `log.witnessed.jsonl` has every
checkpoint that a witness cosigned, for the outside times of entries; `log.stamps/` has each time
stamp (RFC 3161) as `SIZE-N.tsr`, beside the text that it stamps, `SIZE-N.txt`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.events import TextRedacted, TextReleased
from ledger.events.entry import Entry, line, texts
from ledger.events.texts import Text
from ledger.log.reading import LogReading
from ledger.log.storage import Stored
from ledger.seal.checkpoints import NotSealedYet, Sealing
from ledger.seal.witnesses import Stamp
from ledger.verify.sightings import Sighting

LOG, CHECKPOINT, TEXTS = "log.jsonl", "log.checkpoint", "log.texts.jsonl"
WITNESSED, STAMPS = "log.witnessed.jsonl", "log.stamps"
_AT_ONCE = 5000

MayRead = Callable[[Entry, Text], bool]
"""A rule for whoever gets the files: whether they may read an entry's text that was not
released."""
Places = frozenset[tuple[str, str]]
"""(entry id, field) of texts."""


class RedactionNotSealed(NotSealedYet):
    """A text is gone, and no checkpoint covers the entry that says why (404, try again)."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many entries and texts were written, and how many texts are held back."""

    entries: int
    texts: int
    held: int


def write_log(
    folder: Path,
    log: LogReading,
    sealing: Sealing | None,
    witnessed: Iterable[Sighting],
    stamps: Iterable[Stamp],
    may_read: MayRead,
) -> Written:
    """Write the files; each takes its name once it is whole. OSError, RedactionNotSealed."""
    folder.mkdir(parents=True, exist_ok=True)
    stop = None if sealing is None else sealing.size
    public = released(_of_topic(log, 0, TextReleased.TOPIC))
    lines, beside = folder / f"{LOG}.part", folder / f"{TEXTS}.part"
    count = opened = held = 0
    try:
        with lines.open("wb") as file, beside.open("wb") as openings:
            while batch := log.log.select_notifications(count + 1, _AT_ONCE, stop):
                file.writelines(canonical(one) + b"\n" for one in batch)
                found, held_back = texts_of(log, batch, public, may_read)
                openings.writelines(found)
                opened, held = opened + len(found), held + held_back
                count = batch[-1].id
        if sealing is not None:
            redactions_are_sealed(log, sealing.size)
        lines.replace(folder / LOG)
        beside.replace(folder / TEXTS)
    finally:
        lines.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)
    if sealing is not None:
        (folder / CHECKPOINT).write_text(sealing.note, encoding="utf-8", newline="")
    else:
        (folder / CHECKPOINT).unlink(missing_ok=True)
    (folder / WITNESSED).write_bytes(b"".join(kept.line for kept in witnessed))
    for number, stamp in enumerate(stamps, 1):
        (folder / STAMPS).mkdir(exist_ok=True)
        name = folder / STAMPS / f"{stamp.size}-{number}"
        name.with_suffix(".txt").write_text(stamp.text, encoding="utf-8", newline="")
        name.with_suffix(".tsr").write_bytes(stamp.token)
    return Written(count, opened, held)


def canonical(one: Stored) -> bytes:
    """Return the line of an entry, without its newline: the bytes that the leaf of the tree
    hashes."""
    return line(one.state, one.id, one.recorded_at)


def texts_of(
    log: LogReading, batch: Sequence[Stored], public: Places, may_read: MayRead
) -> tuple[list[bytes], int]:
    """Return the lines of the openings of some entries, and how many were held back."""
    openings = log.openings([one.id for one in batch])
    found: list[bytes] = []
    held = 0
    for stored in batch:
        entry = stored.entry
        for field, text in texts(entry):
            opening = openings.get((entry.position, field))
            if opening is None:
                continue
            if not ((entry.id, field) in public or may_read(entry, text)):
                held += 1
                continue
            said = {
                "position": entry.position,
                "sha256": text.sha256,
                "salt": opening.salt.hex(),
                "text": opening.body,
            }
            found.append(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
            found[-1] += b"\n"
    return found, held


def released(entries: Iterable[Entry]) -> Places:
    """Return every text that some entries release."""
    return frozenset(
        (one.data.target, one.data.field) for one in entries if isinstance(one.data, TextReleased)
    )


def redactions_are_sealed(log: LogReading, size: int) -> None:
    """Check that no text is gone by an entry after the first `size`. RedactionNotSealed."""
    for one in _of_topic(log, size, TextRedacted.TOPIC):
        raise RedactionNotSealed(
            f"A text was redacted by entry {one.position}, which no checkpoint covers yet, so this "
            "would not verify. Try again in a moment; if it stays so, see to the sealer."
        )


def _of_topic(log: LogReading, after: int, topic: str) -> Iterator[Entry]:
    while batch := log.read(after, _AT_ONCE, [topic]):
        yield from batch
        after = batch[-1].position
