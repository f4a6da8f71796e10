"""Others' texts on a page: open, held or redacted; in paragraphs and lists; and isolated, so that
they reorder nothing beside them.

Text from right to left, and characters that turn the direction, would do that (Unicode Annex 9).
Everything that a template prints comes through `isolated`, so that no template can forget it. Where
elements are not possible (a page's title, the choices of a form), characters do what `<bdi>` does
elsewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from unicodedata import bidirectional

from markupsafe import Markup, escape

from ledger.events import texts
from projections.answers.parts import Redaction
from projections.answers.trail import TrailEntry

Block = tuple[Literal["p", "ul"], list[str]]
_DASHES = ("- ", "– ", "• ")
_FIRST_STRONG, _END = "\u2068", "\u2069"
_TURNS = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Characters that are written from right to left, or turn the direction."""


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


def shown(text: str | None, lang: str | None = None) -> Shown | None:
    """Return a text of an answer for a reader, in its language, or None."""
    return Shown(words=text, lang=lang or "en") if text else None


def text_of(entry: TrailEntry, path: str) -> Shown | None:
    """Return the text at a path of an entry for a reader; None if the entry has none there. A text
    that is neither open, held nor redacted is Shown with nothing: its words are not here."""
    if (text := entry.texts.get(path)) is None:
        return None
    if text.text:
        return Shown(words=text.text, lang=text.lang)
    if gone := text.redacted:
        return Shown(redacted=True, redacted_on=gone.on, redacted_basis=gone.basis)
    if text.held:
        held_by = body_of(entry.recorded_by)
        return Shown(held=True, held_by=held_by, held_since=entry.recorded_at)
    return Shown()


class WithRedactions(Protocol):
    """An answer whose texts may have been redacted."""

    @property
    def redacted(self) -> Mapping[str, Redaction]: ...


def gone(answer: WithRedactions, path: str) -> Shown | None:
    """Return the redaction of the text at a path of an answer, or None."""
    redaction = answer.redacted.get(path)
    if redaction is None:
        return None
    return Shown(redacted=True, redacted_on=redaction.on, redacted_basis=redaction.basis)


def blocks(words: str) -> list[Block]:
    """Return a paragraph for each line, and lists of lines that begin with a dash or a bullet. No
    word changes."""
    found: list[Block] = []
    for line in filter(None, map(str.strip, words.splitlines())):
        if not line.startswith(_DASHES):
            found.append(("p", [line]))
        elif found and found[-1][0] == "ul":
            found[-1][1].append(line[2:].strip())
        else:
            found.append(("ul", [line[2:].strip()]))
    return found


def in_blocks(words: str) -> Markup:
    """Return the same as elements of a page. It is made in Python, since a paper has four hundred
    texts and a template takes four times as long."""
    found = []
    for form, lines in blocks(words):
        each, around = ("p", "{}") if form == "p" else ("li", "<ul>{}</ul>")
        said = "".join(f"<{each}{turned(one)}>{escape(isolated(one))}</{each}>" for one in lines)
        found.append(f"  {around.format(said)}")
    return Markup("\n".join(found))  # noqa: S704  # all that others wrote is escaped


def web_address(url: str | None) -> str | None:
    """Return the address if it is http or https and shows where it leads; else None. An older
    entry's address with a name and password, or with invisible characters, is no link."""
    return url if url and texts.why_unfit("url", url) is None else None


def body_of(account: str) -> str:
    """Return the body of a role account: `cumbria-pfcc` for `cumbria-pfcc/clerk-2`."""
    return account.partition("/")[0]


def isolated(value: Any) -> Any:
    """Return a value for a template. Words that can turn the direction get a `<bdi>` of their
    own."""
    if not isinstance(value, str) or value.isascii() or not _turns(value):
        return value
    return Markup("<bdi>{}</bdi>").format(balanced(value))


def apart(value: str) -> str:
    """Return others' words for a sentence of ours, isolated by characters, since it can have no
    element."""
    return f"{_FIRST_STRONG}{balanced(value)}{_END}" if _turns(value) else value


def linked(words: object, address: str) -> Markup:
    """Return words as a link, for a sentence that has it inside."""
    return Markup('<a href="{}">{}</a>').format(address, isolated(words))


def without_elements(html: str) -> Markup:
    """Return the same isolation for a place that can have no element."""
    plain = html.replace("<bdi>", _FIRST_STRONG).replace("</bdi>", _END)
    return Markup(plain)  # noqa: S704  # a part of a page, escaped already


def turned(words: str) -> Markup:
    """Return the attribute of a paragraph whose first letter is written from right to left, so that
    it is aligned right too. `dir="auto"` would not look into its `<bdi>`."""
    first = next((way for ch in words if (way := bidirectional(ch)) in ("L", "R", "AL")), "L")
    return Markup("") if first == "L" else Markup(' dir="rtl"')


def bare(value: Any) -> Markup:
    """Return a value of an attribute, escaped only, since it is not shown as words."""
    return escape(value)


def option(words: str) -> Markup:
    """Return the words of a choice in a form, which takes no element."""
    return escape(apart(words))


def balanced(text: str) -> str:
    """Return the same words with every isolate closed, and without a character that would close
    ours."""
    depth, found = 0, []
    for ch in text:
        if ch in "\u2066\u2067\u2068":
            depth += 1
        elif ch == _END:
            if not depth:
                continue
            depth -= 1
        found.append(ch)
    return "".join(found) + _END * depth


def _turns(value: str) -> bool:
    return not isinstance(value, Markup) and _TURNS.search(value) is not None
