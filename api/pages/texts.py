"""A text as a page shows it: open, held for its office, or redacted; in paragraphs and lists."""

from dataclasses import dataclass
from typing import Any, Literal

from api.pages.words import body_of
from ledger.events import forms

Block = tuple[Literal["p", "ul"], list[str]]
_DASHES = ("- ", "– ", "• ")


@dataclass(frozen=True, slots=True)
class Shown:
    """A text for a reader: its words, or why they are not shown and who holds them."""

    words: str | None = None
    lang: str = "en"
    held: bool = False
    held_by: str | None = None
    held_since: str | None = None
    redacted: bool = False
    redacted_on: str | None = None
    redacted_basis: str | None = None

    @property
    def blocks(self) -> list[Block]:
        return blocks(self.words or "")


def shown(value: Any, entry: dict[str, Any] | None = None) -> Shown | None:
    """A text of an answer (a string, or its commitment with what opens it); None if there is none.

    `entry` is the one that it was recorded with: who holds it, and since when. One that is
    neither open, held nor redacted is Shown with nothing: its words are not here.
    """
    if not value:
        return None
    if isinstance(value, str):
        return Shown(words=value)
    if isinstance(value.get("text"), str):
        return Shown(words=value["text"], lang=str(value.get("lang", "en")))
    if redaction := value.get("redacted"):
        known = redaction if isinstance(redaction, dict) else {}
        return Shown(redacted=True, redacted_on=known.get("on"), redacted_basis=known.get("basis"))
    if value.get("held") and entry is not None:
        return Shown(
            held=True, held_by=body_of(entry["recorded_by"]), held_since=entry["recorded_at"]
        )
    return Shown()


def gone(answer: dict[str, Any], path: str) -> dict[str, Any] | None:
    """That the text at a path of an answer was redacted, as `shown` takes it; None if it wasn't."""
    redaction = (answer.get("redacted") or {}).get(path)
    return {"redacted": redaction} if redaction else None


def blocks(words: str) -> list[Block]:
    """A paragraph a line, and lists where lines begin with a dash or a bullet; no word changes."""
    found: list[Block] = []
    for line in filter(None, map(str.strip, words.splitlines())):
        if not line.startswith(_DASHES):
            found.append(("p", [line]))
        elif found and found[-1][0] == "ul":
            found[-1][1].append(line[2:].strip())
        else:
            found.append(("ul", [line[2:].strip()]))
    return found


def web_address(url: str | None) -> str | None:
    """The address, if it is one of the web (http, https) that shows where it leads; else None: one
    of an older entry that has a name and password, or characters that are not seen, is no link."""
    return url if url and forms.why_not("url", url) is None else None
