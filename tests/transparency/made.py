"""A small log made by hand, sealed and cosigned, with its texts; and what may be done to it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.verify import checkpoint, note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.note import SigningKey
from tests.transparency import trees

ORIGIN = "log.example/answers"
KEY = note.generate(ORIGIN)
WITNESSES = tuple(note.generate(f"witness.example/w{n}") for n in range(3))
CLERK, OTHER = "cumbria-pfcc/clerk-1", "cumbria-pfcc/clerk-2"
STREAM = "recommendation/a-report/2/cumbria-pfcc"
NOON = 1_780_315_200
"""2026-06-01T12:00:00Z; entry N was recorded N seconds later."""


def compact(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry_id(position: int) -> str:
    return f"0198f000-0000-7000-8000-{position:012x}"


@dataclass
class Log:
    """Lines of log.jsonl and log.texts.jsonl, as they will be written."""

    lines: list[bytes] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def add(
        self, topic: str, data: dict[str, Any], stream: str = STREAM, by: str = CLERK, **more: Any
    ) -> str:
        """One more entry, whose texts are those of `say`: its id."""
        position = len(self.lines) + 1
        self.versions[stream] = self.versions.get(stream, 0) + 1
        event = {
            "batch": None,
            "by": None,
            "data": {name: self._held(value) for name, value in data.items()},
            "id": entry_id(position),
            "occurred_on": None,
            "provenance": "first_hand",
            "recorded_by": by,
            "schema": 1,
            "source": None,
            "stream": stream,
            "type": topic,
            "version": self.versions[stream],
        }
        at = f"2026-06-01T12:{position // 60:02}:{position % 60:02}.000000Z"
        whole = {"event": event, "position": position, "recorded_at": at} | more
        self.lines.append(compact(whole))
        return entry_id(position)

    def _held(self, value: Any) -> Any:
        """Return a `say` as its commitment, and put its opening beside the log."""
        if not isinstance(value, Say):
            return value
        position = len(self.lines) + 1
        salt = hashlib.sha256(f"{position} {value.text}".encode()).digest()
        sha256 = hashlib.sha256(b"answerable/text/v1\0" + salt + value.text.encode()).hexdigest()
        if value.shown:
            self.texts.append(
                {"position": position, "sha256": sha256, "salt": salt.hex(), "text": value.text}
            )
        return {"audience": value.audience, "lang": "en", "sha256": sha256}

    def reseal(self, size: int | None = None, key: SigningKey = KEY, origin: str = ORIGIN) -> str:
        """Return the checkpoint of the lines as they are now."""
        some = self.lines[:size]
        return checkpoint.sign(Checkpoint(origin, len(some), trees.root(some)), key)

    def change(self, position: int, /, **members: Any) -> None:
        """Write an entry anew with other members, of the event or beside it."""
        whole = json.loads(self.lines[position - 1])
        for name, value in members.items():
            part = whole if name in whole else whole["event"]
            assert name in part
            part[name] = value
        self.lines[position - 1] = compact(whole)

    def write(self, folder: Path, sealed: str, *, texts: bool = True) -> Path:
        """Write the three files, and return the path of log.jsonl."""
        (folder / "log.jsonl").write_bytes(b"".join(line + b"\n" for line in self.lines))
        (folder / "log.checkpoint").write_text(sealed)
        if texts:
            lines = (
                json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n"
                for one in self.texts
            )
            (folder / "log.texts.jsonl").write_text("".join(lines))
        return folder / "log.jsonl"


@dataclass(frozen=True)
class Say:
    """A text; `shown` says whether its opening is beside the log."""

    text: str
    audience: str = "public"
    shown: bool = True


def cosigned(sealed: str, *witnesses: SigningKey, at: int = NOON + 60) -> str:
    """Return a checkpoint with the lines of witnesses that saw it."""
    text = note.split(sealed)[0]
    return sealed + "".join(note.cosignature(text, one, at) for one in witnesses)


def small() -> Log:
    """Return a log of eleven entries in which each kind of missing text is there for its reason."""
    log = Log()
    log.add("key-added", {"vkey": KEY.vkey}, "service", "service/setup")
    published = {"title": "A report with a “name”", "publisher": "an-inspectorate"}
    log.add("report-published", published, "report/a-report")
    raised = log.add("recommendation-raised", {"number": "2", "text": Say("Publish a plan.")})
    asked = log.add("assurance-sought", {"question": Say("When?", "office", shown=False)})
    said = log.add("update-received", {"text": Say("Soon, says J. Smith.", shown=False)})
    opened = log.add("update-received", {"text": Say("It is done.", "office")})
    log.add("text-released", {"target": opened, "field": "text"})
    about = {"target": said, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    log.add("text-redacted", {**about, "sought": sought, "length": 20}, by=OTHER)
    text = json.loads(log.lines[2])["event"]["data"]["text"]
    now, why = Say("Publish a plan of it."), Say("A slip.", "office", shown=False)
    corrected = {"target": raised, "field": "text", "was": text, "now": now, "reason": why}
    log.add("entry-corrected", corrected)
    log.add("closure-proposed", {"reason": Say('“Done”,\n"as they say".')})
    assert asked == entry_id(4)
    return log
