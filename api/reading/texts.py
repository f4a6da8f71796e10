"""Words of others as a page shows them: a text open, held for its office, or redacted; in
paragraphs and lists; apart, so that they reorder nothing beside them.

What is written from right to left, and characters that turn the direction, would do that (Unicode
Annex 9). Whatever a template prints comes through `isolated`, so that no template can forget it.
Where there are no elements (a page's title, the choices of a form) characters do what `<bdi>` does
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

Block = tuple[Literal["p", "ul"], list[str]]
_DASHES = ("- ", "– ", "• ")
_FIRST_STRONG, _END = "\u2068", "\u2069"
_TURNS = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""What is written from right to left, or turns the direction."""


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


class WithRedactions(Protocol):
    """An answer whose texts may have been redacted."""

    @property
    def redacted(self) -> Mapping[str, Redaction]: ...


def gone(answer: WithRedactions, path: str) -> Shown | None:
    """Return that the text at a path of an answer was redacted; None if it wasn't."""
    redaction = answer.redacted.get(path)
    if redaction is None:
        return None
    return Shown(redacted=True, redacted_on=redaction.on, redacted_basis=redaction.basis)


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


def in_blocks(words: str) -> Markup:
    """The same as elements of a page. In Python, since a paper has four hundred texts: a template
    takes four times as long."""
    found = []
    for form, lines in blocks(words):
        each, around = ("p", "{}") if form == "p" else ("li", "<ul>{}</ul>")
        said = "".join(f"<{each}{turned(one)}>{escape(isolated(one))}</{each}>" for one in lines)
        found.append(f"  {around.format(said)}")
    return Markup("\n".join(found))  # noqa: S704  # all that others wrote is escaped


def web_address(url: str | None) -> str | None:
    """The address, if it is one of the web (http, https) that shows where it leads; else None: one
    of an older entry that has a name and password, or characters that are not seen, is no link."""
    return url if url and texts.why_unfit("url", url) is None else None


def body_of(account: str) -> str:
    """The body of a role account: `cumbria-pfcc` of `cumbria-pfcc/clerk-2`."""
    return account.partition("/")[0]


def isolated(value: Any) -> Any:
    """What a template prints: words that can turn the direction stand in a `<bdi>` of their own."""
    if not isinstance(value, str) or value.isascii() or not _turns(value):
        return value
    return Markup("<bdi>{}</bdi>").format(balanced(value))


def apart(value: str) -> str:
    """Words of others within a sentence of ours, where no element can stand."""
    return f"{_FIRST_STRONG}{balanced(value)}{_END}" if _turns(value) else value


def without_elements(html: str) -> Markup:
    """The same isolation for a place that takes no element."""
    plain = html.replace("<bdi>", _FIRST_STRONG).replace("</bdi>", _END)
    return Markup(plain)  # noqa: S704  # a part of a page, escaped already


def turned(words: str) -> Markup:
    """The attribute of a paragraph whose first letter is written from right to left: it stands at
    the right, too. `dir="auto"` would not look into its `<bdi>`."""
    first = next((way for ch in words if (way := bidirectional(ch)) in ("L", "R", "AL")), "L")
    return Markup("") if first == "L" else Markup(' dir="rtl"')


def bare(value: Any) -> Markup:
    """A value of an attribute, which is not words on the page."""
    return escape(value)


def balanced(text: str) -> str:
    """The same words, which end every isolate that they begin, and none of ours around them."""
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
