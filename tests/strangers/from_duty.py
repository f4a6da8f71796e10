"""How a page comes out that begins from its duty, so that its report and recommendations are known:
each passage right and sure, left to a person, lost, or sure and wrong."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.date_phrases import find_target
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block, plain
from ledger.intake.pages.suggestions import page_blocks, suggest
from ledger.intake.pages.values import (
    SPEAKERS,
    Piece,
    RecommendationRead,
    RecordedReport,
    Suggestion,
)
from tests.strangers.suggesting import resolver
from tests.strangers.truth import HERE, alike

_MOST_LABEL = 40
"""The most characters of a label before a passage."""
VERDICTS = ("right", "open", "lost", "wrong")
_BY = {"commissioner": "commissioner", "chief officer": "chief_officer", "force": "force"}


@dataclass
class FromDuty:
    """The passages of one page, each with its verdict, and what is wrong."""

    file: str
    facts: dict[str, Counter[str]] = field(
        default_factory=lambda: {"passages": Counter(), "day": Counter()}
    )
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def add(self, fact: str, verdict: str, what: str) -> None:
        self.facts[fact][verdict] += 1
        if verdict in ("wrong", "lost"):
            listed = self.wrong if verdict == "wrong" else self.lost
            listed.append(f"{self.file}: {fact}: {what}")


def measure_from_duty(page: dict[str, Any], folder: Path = HERE) -> FromDuty:
    """Hold a page that begins from each of its duties against what is true of it."""
    path, found = folder / page["file"], FromDuty(page["file"])
    blocks = page_blocks(path.read_bytes(), path.name)
    for true in page.get("report", []):
        recorded = as_recorded(blocks, true)
        (one,) = suggest(blocks, path.name, resolver(page["body"]), recorded=recorded)
        _passages(found, one, true)
        _day(found, one, true.get("response", ""))
    return found


def as_recorded(blocks: list[Block], true: dict[str, Any]) -> RecordedReport:
    """Return the report of a page as a log would have it, in the page's words."""
    listed = [
        RecommendationRead(
            number=number,
            key=key_of(number),
            kind="recommendation",
            text=(text := _whole_text(blocks, begins, ends)),
            target=find_target(text),
            addressees=tuple(addressees),
            partners=(),
            line=1,
        )
        for number, begins, ends, addressees, _ in true.get("recommendations", [])
    ]
    return RecordedReport(
        "report",
        true["title"],
        true.get("published_on") or None,
        true.get("kind") or "national_thematic",
        tuple(true.get("publishers") or ("hmicfrs",)),
        tuple(listed),
    )


def _whole_text(blocks: list[Block], begins: str, ends: str) -> str:
    """Return the text that begins and ends so, as it stands on the page in the fewest blocks."""
    texts = []
    for place, block in enumerate(blocks):
        at = alike(block.text).find(alike(begins))
        for last in range(place, min(place + 12, len(blocks)) if at >= 0 else place):
            if alike(blocks[last].text).endswith(alike(ends)):
                first = re.sub(r"^.*?(?=" + re.escape(begins[:12]) + ")", "", block.text)
                texts.append("\n".join([first, plain(blocks[place + 1 : last + 1])]).strip())
                break
    return min(texts, key=len, default=begins if begins == ends else f"{begins} {ends}")


def _passages(found: FromDuty, one: Suggestion, true: dict[str, Any]) -> None:
    pieces = list(one.pieces)
    known = set()
    for of, by, begins in true.get("passages", []):
        here = [n for n, piece in enumerate(pieces) if _begins(piece, begins) and n not in known]
        if not here:
            found.add("passages", "lost", f"“{begins}” is on no piece")
            continue
        # A block that stands in two parts may begin so twice.
        n = next((n for n in here if pieces[n].part in SPEAKERS), here[0])
        known.add(n)
        wanted = {_key(each) for each in of.split(", ") if each}
        found.add(
            "passages", _verdict(pieces[n], by, wanted), f"{pieces[n]}, and true is {by} {of}"
        )
    for n, piece in enumerate(pieces):
        surely = piece.part in SPEAKERS and not piece.is_open and not piece.bullet
        if surely and n not in known and not _is_left_out(piece, found.file):
            found.add("passages", "wrong", f"{piece}, and no such passage is true")


def _verdict(piece: Piece, by: str, wanted: set[str]) -> str:
    if piece.is_open:
        return "open"
    if piece.part not in SPEAKERS:
        return "lost"
    right = _BY[piece.part] == by and {_key(each) for each in piece.of} == wanted
    return "right" if right else "wrong"


def _begins(piece: Piece, begins: str) -> bool:
    """Return whether a passage begins in a piece. Either may have a label before it."""
    text, wanted = alike(piece.text), alike(begins)
    said = {wanted[:60], _bare(wanted)[:60]}
    starts = any(each.startswith(one) for each in (text, _bare(text)) for one in said)
    return starts or f" {wanted[:60]}" in text[: len(wanted) + _MOST_LABEL]


def _bare(text: str) -> str:
    """Return a text without the number before it."""
    return re.sub(r"^(?:rec(?:ommendation)?\.? )?[0-9]+[.:] ", "", text)


def _is_left_out(piece: Piece, file: str) -> bool:
    """Return whether the truth may leave a paragraph out: the strangers' lists only what is about
    recommendations."""
    return file.startswith("pages/") and piece.part == "commissioner" and not piece.of


def _key(number: str) -> str:
    return key_of(number) if number != "all" else "all"


def _day(found: FromDuty, one: Suggestion, true: str) -> None:
    said = one.response_published_on
    verdict = "open" if said is None or not said.sure else "wrong"
    if said is not None and verdict == "wrong" and said.value == true:
        verdict = "right"
    found.add("day", verdict, f"{said}, and true is {true or 'none'}")
