"""Follows who speaks below somebody's label: they themselves, or somebody whom their words
introduce. Pure."""

import re

from ledger.intake.pages.blocks import Block
from ledger.intake.pages.passages import Speech
from ledger.intake.pages.speakers import (
    SPOKEN,
    WE,
    I,
    evidence,
    fitting,
    introduced,
    person,
    unquoted,
)
from ledger.intake.pages.values import Part
from ledger.intake.pages.words import match_number, mentions

INTRODUCES = "it introduces what follows"


class Voice:
    """Whose words follow, while a page is walked."""

    def __init__(self) -> None:
        self._inset: Part | None = None
        """The speaker whom the block before introduced."""
        self._holds = False
        """True while that speaker goes on without quotation marks."""

    def begins(self) -> None:
        """Forget who was introduced: somebody's words begin or end."""
        self._inset = None

    def whose(self, block: Block, speech: Speech) -> tuple[Part, str]:
        """Return whose words a block is below somebody's label, and why that is left open."""
        number = match_number(block)
        text, usual = number.rest if number else block.text, SPOKEN[speech.means]
        quotes = block.quoted or text[:1] in '“"‘'
        who = introduced(text, person(text, speech.told))
        within = re.search(r"[“\"]", text) is not None
        if who is not None and not (quotes and who == usual):
            speech.told = who if who != "?" else speech.told
            if who != usual and speech.until is None:
                speech.until = len(speech.pieces)
            if within:
                self._inset, self._holds = who, not text.endswith(("”", '"', "”.", '".'))
                return who, "" if who != "?" else "somebody else speaks"
            self._inset, self._holds = (who, True) if text.endswith(":") else (None, False)
            bare = text.endswith(":") and len(text.split()) < 12
            bare = bare and not mentions(text) and not I.search(text)
            return ("not needed", INTRODUCES) if bare else (usual, "")
        if self._inset is not None and (quotes or block.bullet or self._holds):
            self._holds = self._holds and text.endswith(":")
            return self._inset, "" if self._inset != "?" else "somebody else speaks"
        if self._inset is not None:
            if evidence(text) == "force" and self._inset in ("force", "chief officer"):
                return self._inset, ""
            after, self._inset = self._inset, None
            if after != usual and evidence(text) != usual:
                return "?", "it is not said whose words go on"
        if quotes and speech.told is not None and not block.quoted:
            return speech.told, ""
        if speech.means == "both":
            found = evidence(text) or speech.last
            if speech.last == "commissioner" and not WE.search(unquoted(text)):
                found = speech.last
            speech.last = found
            return (found, "") if found else ("?", "the label does not say who speaks")
        part = fitting(text, usual)
        return part, "" if part != "?" else "its words are not those of whom the label names"
