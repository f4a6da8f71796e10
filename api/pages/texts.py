"""A text as a page shows it: open, held for its office, or redacted; in paragraphs and lists."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from api.pages.words import body_of

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
    gone: bool = False
    """Public, but its words are not here (any more)."""
    redacted: bool = False
    redacted_on: str | None = None
    redacted_basis: str | None = None

    @property
    def blocks(self) -> list[Block]:
        return blocks(self.words or "")


def shown(value: Any, entry: dict[str, Any] | None = None) -> Shown | None:
    """A text of an answer (a string, or its commitment with what opens it); None if there is none.

    `entry` is the one that it was recorded with: who holds it, and since when.
    """
    if not value:
        return None
    if isinstance(value, str):
        return Shown(words=value)
    lang = str(value.get("lang", "en"))
    if isinstance(value.get("text"), str):
        return Shown(words=value["text"], lang=lang)
    if redaction := value.get("redacted"):
        known = redaction if isinstance(redaction, dict) else {}
        return Shown(
            redacted=True,
            redacted_on=known.get("on") or known.get("recorded_at"),
            redacted_basis=known.get("basis"),
        )
    if not value.get("held"):
        return Shown(gone=True)
    entry = entry or {}
    account = entry.get("recorded_by")
    return Shown(
        held=True,
        held_by=value.get("held_by") or value.get("by") or (body_of(account) if account else None),
        held_since=value.get("held_since") or value.get("since") or entry.get("recorded_at"),
    )


def blocks(words: str) -> list[Block]:
    """Paragraphs, and lists where lines begin with a dash or a bullet; the words stay as they are."""
    found: list[Block] = []
    for paragraph in words.replace("\r\n", "\n").split("\n\n"):
        found.extend(_parts([line.strip() for line in paragraph.split("\n") if line.strip()]))
    return found


def web_address(url: str | None) -> str | None:
    """The address, if it is one of the web (http, https) that can be linked; else None."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and parts.hostname else None


def _parts(lines: list[str]) -> Iterator[Block]:
    items = [line.startswith(_DASHES) for line in lines]
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or items[end] != items[start]:
            part = lines[start:end]
            yield ("ul", [line[2:].strip() for line in part]) if items[start] else ("p", part)
            start = end
