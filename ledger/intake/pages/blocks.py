"""A page as blocks: paragraphs, headings and bullets in reading order, each with its line.

Both kinds of file come to this. What a text file holds in escaped tags is laid out here too.
"""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

_NOT_SHOWN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")
_CLEANING = {**_CONTROLS, **_NOT_SHOWN}

BULLET = re.compile(r"[-•*–—·▪●◦] ")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_BREAKING = "p|ul|ol|li|br|div|h[1-6]|table|tr|td|th|tbody|thead|dl|dt|dd|blockquote"
_TAG = re.compile(
    rf"<(?P<end>/?)(?:(?P<breaks>{_BREAKING})|(?P<bold>strong|b)|em|i|u|a|span|font|sup|sub)"
    r"(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
# A dash that begins an item inside a list: at its start, or after the end of the item before.
_DASH_ITEM = re.compile(r"(?:^|(?<=[;:,.])|(?<=; and)|(?<=; or)) ?[-–•] ")
# A line between blank lines is a heading in a text file, if it is short and no sentence.
_HEADING_WORDS = 8
_HEADING = re.compile(r"[^\W\d_][^\t]*[\w’'\")]", re.DOTALL)
# A text file counts as folded at a width if it is no wider, with so many lines near the widest.
_WIDEST, _FOLDS = 100, 4


class CellPlace(NamedTuple):
    """Where a table's cell stands: the table, counted on the page, its row and column."""

    table: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or bullet: its cleaned text, and the line on which it begins.

    `lead` is the bold words at its start (the whole text, if all of it is bold); `level` is a
    heading's, 1 to 6, or 0; `cell` marks what a table or definition list shows as a label;
    `parted` says that a line across the page stands above it;
    `place` is that of a table's cell; `quoted` says that it stands in a quotation (blockquote).
    """

    text: str
    line: int
    level: int = 0
    bullet: bool = False
    lead: str = ""
    cell: bool = False
    parted: bool = False
    place: CellPlace | None = None
    quoted: bool = False

    @property
    def stands_out(self) -> bool:
        """Whether the page shows the whole block as a heading or a label."""
        return self.level > 0 or self.cell or (self.lead != "" and self.lead == self.text)


def clean(text: str) -> str:
    """Single spaces, nothing invisible; quotation marks and dashes stay as they are."""
    return " ".join(text.translate(_CLEANING).split())


def plain(blocks: Sequence[Block]) -> str:
    """Blocks as one text: a line for each, `- ` before bullets."""
    return "\n".join(f"- {block.text}" if block.bullet else block.text for block in blocks)


def text_blocks(text: str, begins: Callable[[str], bool]) -> Iterator[Block]:
    """The blocks of a text file; a tab parts a label from its value, on one line.

    `begins` says whether a line opens something (a label, a number), and continues no paragraph.
    """
    lines = [*_unfolded(text, begins)]
    for place, (line, paragraph) in enumerate(lines):
        columns = [column for column in paragraph.split("\t") if clean(column)]
        beside = [lines[near][1] for near in (place - 1, place + 1) if 0 <= near < len(lines)]
        alone = len(columns) == 1 and not any(clean(each) for each in beside)
        for number, column in enumerate(columns):
            cell = number == 0 and len(columns) > 1
            for block in marked_up(column, line):
                if cell:
                    yield replace(block, cell=True)
                elif alone and _is_heading(block):
                    yield replace(block, lead=block.text)
                else:
                    yield block


def _is_heading(block: Block) -> bool:
    is_short = len(block.text.split()) <= _HEADING_WORDS and not block.bullet
    return is_short and block.text[:1].isupper() and _HEADING.fullmatch(block.text) is not None


def marked_up(text: str, line: int, *, bullet: bool = False) -> Iterator[Block]:
    """The blocks of a text in which tags may stand as text (`<p>`, `&lt;p&gt;`), all on `line`.

    A dash begins an item where a list is open, since pages leave `<ul>` unclosed.
    """
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    in_list, is_item, start, piece = False, bullet, 0, ""
    level, lead_ends, leads = 0, 0, False
    for tag in _TAG.finditer(text):
        piece += text[start : tag.start()]
        start = tag.end()
        opens = not tag["end"]
        if tag["bold"]:
            lead_ends = len(piece) if leads and not opens else lead_ends
            leads = opens and not clean(piece)
            continue
        name = (tag["breaks"] or "").lower()
        if not name:
            continue
        yield from _pieces(piece, line, in_list, is_item, level, clean(piece[:lead_ends]))
        piece, lead_ends = "", 0
        if name[0] == "h":
            level = int(name[1]) if opens else 0
        if name in ("ul", "ol"):
            in_list, is_item = opens, bullet
        elif name == "li":
            is_item = opens or bullet
        elif name == "p" and opens:
            in_list = False
    lead = clean(piece[:lead_ends])
    yield from _pieces(piece + text[start:], line, in_list, is_item, level, lead)


def _pieces(
    text: str, line: int, in_list: bool, is_item: bool, level: int, lead: str
) -> Iterator[Block]:
    text = clean(text)
    before, *items = _DASH_ITEM.split(text) if in_list else [text]
    if BULLET.match(before):
        before, is_item = before[2:], True
    if before := before.strip():
        lead = lead if before.startswith(lead) else ""
        yield Block(before, line, level, bullet=is_item, lead=lead)
    for item in items:
        if item.strip():
            yield Block(item.strip(), line, bullet=True)


def _unfolded(text: str, begins: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; a paragraph that was folded at a width is put together again.

    A file counts as folded if no line is over 100 characters and several come near the longest.
    Then a line goes on in the next if that line's first word would not have fitted.
    """
    lines = [line.strip() for line in text.split("\n")]
    width = max(map(len, lines))
    folded = 40 <= width <= _WIDEST and sum(len(line) > width - 15 for line in lines) >= _FOLDS
    number = 0
    while number < len(lines):
        first, paragraph = number + 1, lines[number]
        while folded and number + 1 < len(lines) and lines[number] and lines[number + 1]:
            following = lines[number + 1]
            fits = len(lines[number]) + 1 + len(following.split()[0]) <= width
            if fits or BULLET.match(following) or begins(following):
                break
            paragraph += " " + following
            number += 1
        number += 1
        yield first, paragraph
