"""How an office lays its pages out, as the log remembers it: which words of the last page that was
recorded stood above its parts. Derived from the page's bytes and what was recorded of them.
"""

from collections.abc import Sequence

from ledger.errors import AnswerableError
from ledger.events import CaptureKept, ReportPublished, ResponsePublished
from ledger.events.entry import Entry
from ledger.events.streams import capture_stream, report_of, report_stream
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.suggest import page_blocks
from ledger.intake.pages.words import Means, fold, match_label
from ledger.intake.proposals.wordings import folded
from ledger.log.reading import LogReading

_MOST_WORDS = 10
_SUFFIX = {"text/html": ".html", "text/plain": ".txt"}


def labels_of(log: LogReading, body: str) -> dict[str, Means]:
    """By words that stood right above a part of the body's last page: the part. Words that are
    labels anyway are left out; so is all of a page whose bytes were redacted."""
    answered = [
        entry
        for entry in log.read_below("response/")
        if isinstance(entry.data, ResponsePublished)
        and entry.stream.endswith(f"/{body}")
        and entry.source is not None
        and entry.source.capture is not None
    ]
    if not answered:
        return {}
    last = answered[-1]
    capture = last.source.capture if last.source else None
    try:
        kept = log.read_stream(capture_stream(capture or ""))[0]
        assert isinstance(kept.data, CaptureKept)
        suffix = _SUFFIX.get(kept.data.media_type)
        if suffix is None:
            return {}
        blocks = page_blocks(log.kept(kept).body, f"page{suffix}")
    except AnswerableError:
        return {}
    found: dict[str, Means] = {}
    for means, words in _parts(log, last):
        if (label := _above(blocks, words)) is not None:
            found[label] = means
    return found


def _parts(log: LogReading, last: Entry) -> list[tuple[Means, str]]:
    """The parts that were recorded of a page, each with its first words."""
    parts: list[tuple[Means, str]] = []
    for entry in log.read_stream(report_stream(report_of(last.stream) or "")):
        if isinstance(entry.data, ReportPublished):
            parts.append(("title", entry.data.title))
    said = {last.position: "commissioner"}
    for entry in log.read_stream(last.stream):
        if entry.data.TOPIC == "chief-officer-comments-received":
            said[entry.position] = "chief officer"
    for (position, field), opening in log.openings(list(said)).items():
        if field == "text":
            means: Means = "commissioner" if said[position] == "commissioner" else "chief officer"
            parts.append((means, opening.body.split("\n", 1)[0]))
    return parts


def _above(blocks: Sequence[Block], words: str) -> str | None:
    """The words of the block above the first that has these, where they may be a label."""
    wanted = folded(words)
    place = next((n for n, one in enumerate(blocks) if folded(one.text) == wanted), 0)
    if place == 0:
        return None
    label = blocks[place - 1]
    short = len(label.text.split()) <= _MOST_WORDS and not label.text.endswith(".")
    return fold(label.text).rstrip(" :") if short and match_label(label) is None else None
