"""A page as blocks: paragraphs, headings and bullets in reading order, each with its line.

Text files come to this, with what they hold in escaped tags; and HTML, by Lexbor's parser. Scripts
and styles are ignored, and nothing is fetched. The parser keeps no line numbers, so each start tag
is given its own before parsing; lines inside an element are counted in its text.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ledger.intake.pages.decoding import HTML_SUFFIXES, UnreadablePage

_NOT_SHOWN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")
_CLEANING = {**_CONTROLS, **_NOT_SHOWN}

BULLET = re.compile(r"[-•*–—·▪●◦] ")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_SHOWN_TAG = (
    r"</?(?:p|ul|ol|li|br|div|h[1-6]|table|tr|td|th|tbody|thead|dl|dt|dd|blockquote|strong|b|em|i|u|a"
    r"|span|font|sup|sub)(?=[\s/>])[^<>]*>"
)
_NO_TAG = re.compile(rf"<(?!{_SHOWN_TAG[1:]})", re.IGNORECASE)
_SECTION = re.compile(r"\s*[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}\.?\s*")
# A line that begins something continues no paragraph: a label, or a number by a label.
_BEGINS = re.compile(
    r"[^:]{2,60}:(?: |$)|(?:Rec|Recommendation|AFI|Area for improvement|R) ?\.? ?[0-9]", re.I
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
    rows: int = 1
    """How many rows it covers."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or bullet: its cleaned text, and the line on which it begins.

    `lead` is the bold words at its start (the whole text, if all of it is bold); `level` is a
    heading's, 1 to 6, or 0; `cell` marks what a table or definition list shows as a label;
    `parted` says that a line across the page stands above it;
    `place` is that of a table's cell; `quoted` says that it stands in a quotation (blockquote);
    `number` is that of an item of a numbered list, at its first words; `link`: it leads elsewhere.
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
    number: int | None = None
    link: bool = False

    @property
    def stands_out(self) -> bool:
        """Return whether the page shows the whole block as a heading or a label."""
        return self.level > 0 or self.cell or (self.lead != "" and self.lead == self.text)


def clean(text: str) -> str:
    """Return a text with single spaces and without invisible characters; quotation marks and dashes
    stay as they are."""
    return " ".join(text.translate(_CLEANING).split())


def plain(blocks: Sequence[Block]) -> str:
    """Return blocks as one text: a line for each, `- ` before bullets."""
    return "\n".join(f"- {block.text}" if block.bullet else block.text for block in blocks)


def _text_blocks(text: str, filename: str) -> Iterator[Block]:
    """Yield the blocks of a text file; a tab parts a label from its value, on one line."""
    lines = [*_unfolded(text)]
    for place, (line, paragraph) in enumerate(lines):
        columns = [column for column in paragraph.split("\t") if clean(column)]
        beside = [lines[near][1] for near in (place - 1, place + 1) if 0 <= near < len(lines)]
        alone = len(columns) == 1 and not any(clean(each) for each in beside)
        for number, column in enumerate(columns):
            cell = number == 0 and len(columns) > 1
            for block in _paragraph(column, line, filename):
                if cell:
                    yield replace(block, cell=True)
                elif alone and _is_heading(block):
                    yield replace(block, lead=block.text)
                else:
                    yield block


def _is_heading(block: Block) -> bool:
    is_short = len(block.text.split()) <= _HEADING_WORDS and not block.bullet
    return is_short and block.text[:1].isupper() and _HEADING.fullmatch(block.text) is not None


def _marked_up(text: str, line: int, filename: str, *, bullet: bool) -> Iterator[Block]:
    """Yield the blocks of a text in which tags stand as text (`<p>`, `&lt;p&gt;`), all on
    `line`."""
    markup = _NO_TAG.sub("&lt;", _ENTITY.sub(lambda match: html.unescape(match[0]), text))
    root = LexborHTMLParser(f"<body>{markup}").root
    within = _Walk(filename, items=int(bullet), told=True)
    for block in within.blocks(root) if root is not None else ():
        yield replace(block, line=line)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; a paragraph that was folded at a width is put together again.

    A file counts as folded if no line is over 100 characters and several come near the longest.
    Then a line goes on in the next one if that line's first word would not have fitted.
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
            if fits or BULLET.match(following) or _BEGINS.match(following):
                break
            paragraph += " " + following
            number += 1
        number += 1
        yield first, paragraph


# An HTML parser's time grows with the square of what is left open; real pages stay far below.
MOST_TAGS = 20_000
MOST_OPEN = 256
MOST_BLOCKS = 20_000
MOST_CHARACTERS, MOST_OF_A_BLOCK = 1_000_000, 100_000
"""Limits of the text that a page shows, and of one paragraph."""

_LINE = "data-source-line"
_START_TAG = re.compile(r"<[a-zA-Z][^\s/>]*")
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,20})")
_UNCLOSED = re.compile(r"<[a-zA-Z][^<>]{0,200}=\"[^\"<>\n]{0,200}(?=\n\s*<[a-zA-Z/])")
"""A tag whose quotation mark is never closed, at the end of its line: it would hide the rest."""
_OUR_MARKS = re.compile(rf" {_LINE}=[0-9]+ ")


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
_IGNORED = _names("script style template svg math iframe object noembed noframes")
_BLOCKS = _names(
    "address article aside blockquote body button caption dd details div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html label legend li main nav ol "
    "option p pre section select summary table tbody td textarea tfoot th thead title tr ul"
)
_BOLD = _names("b strong")
_NEVER_THE_SITES = _names("html body main article table tbody tr")
_FURNITURE = _names("title nav footer button select label textarea")
_HEADINGS = _names("h1 h2 h3 h4 h5 h6 summary dt")
_ROLES = _names("navigation contentinfo search")
# Names that sites give, as class or id, to what is theirs and not the page's.
_OF_THE_SITE = _names(
    "footer foot site-footer page-footer nav navigation menu site-nav breadcrumb breadcrumbs crumb "
    "crumbs cookie cookies cookie-banner cookie-notice cookie-message skip-link share social-share "
    "share-links"
)
# A line that ends so, or before a small letter, goes on in the line below it.
_GOES_ON = re.compile(r"(?:^|\s)(?:an?|the|of|to|in|on|at|by|for|from|with|and|or|that|its|their)$")
# Limits of a table's cell.
_MOST_COLUMNS = 40
_MOST_COVERED = 1000


def read_blocks(text: str, filename: str) -> Iterator[Block]:
    """Yield the blocks of a page, by what its file is. `UnreadablePage` for one with too much text,
    or with none."""
    if not filename.lower().endswith(HTML_SUFFIXES):
        check_length(len(text), filename)
        yield from bounded(_text_blocks(text, filename), filename)
        return
    _check_tags(text, filename)
    parser = LexborHTMLParser(_with_lines(_UNCLOSED.sub(r'\g<0>">', text)))
    if parser.root is not None:
        yield from bounded(_Walk(filename).blocks(parser.root), filename)


def bounded(blocks: Iterator[Block], filename: str) -> Iterator[Block]:
    """Pass on the blocks of a page. `UnreadablePage` where they are more than a page can have."""
    characters = 0
    for count, block in enumerate(blocks, start=1):
        characters += len(block.text)
        if count > MOST_BLOCKS:
            raise UnreadablePage(
                f"{filename} has more than {MOST_BLOCKS:,} lines of text, which no response page "
                "has: save the response page alone."
            )
        check_length(characters, filename)
        if len(block.text) > MOST_OF_A_BLOCK:
            raise UnreadablePage(
                f"{filename}, line {block.line}: a paragraph of {len(block.text):,} characters is "
                f"longer than any that a page has; {MOST_OF_A_BLOCK:,} is the most. Save the "
                "response page alone, with its paragraphs."
            )
        yield block


def check_length(characters: int, filename: str) -> None:
    """Raise UnreadablePage if a page has more characters of text than a page can have."""
    if characters > MOST_CHARACTERS:
        raise UnreadablePage(
            f"{filename} has more than {MOST_CHARACTERS:,} characters of text, which no response "
            "page has: save the response page alone."
        )


def _check_tags(text: str, filename: str) -> None:
    opened = 0
    for tags, tag in enumerate(_ANY_TAG.finditer(text), start=1):
        if tag[2].lower() in _FORMATTING:
            opened = max(opened + (-1 if tag[1] else 1), 0)
        if tags > MOST_TAGS or opened > MOST_OPEN:
            raise UnreadablePage(
                f"{filename} has more tags than a page can have ({MOST_TAGS:,}, of which "
                f"{MOST_OPEN} left open): save the response page alone."
            )


def _with_lines(text: str) -> str:
    line, counted = 1, 0

    def mark(tag: re.Match[str]) -> str:
        nonlocal line, counted
        line += text.count("\n", counted, tag.start())
        counted = tag.start()
        return f"{tag[0]} {_LINE}={line} "

    return _START_TAG.sub(mark, text)


class _Words(NamedTuple):
    """Words of one element, with the line on which they begin."""

    text: str
    line: int
    bold: bool
    breaks: bool = False
    """True of the end of a line (`<br>`) within a paragraph."""


class _Walk:
    """One pass over the tree in reading order: words gather until a block begins or ends."""

    def __init__(self, filename: str, items: int = 0, *, told: bool = False) -> None:
        self._filename, self._told = filename, told
        """`told`: tags that stood as text were read, and are not read again."""
        self._characters = 0
        self._words: list[_Words] = []
        self._line = 1
        self._level = self._bold = self._quotes = self._paragraphs = 0
        self._items = items
        self._cell = self._parted = self._link = False
        self._lists: list[int | None] = []
        self._number: int | None = None
        """The number of a list's item whose first words are still to come."""
        self._table = _Tables()

    def blocks(self, root: LexborNode) -> Iterator[Block]:
        steps: list[tuple[LexborNode, bool]] = [(root, True)]
        while steps:
            node, enters = steps.pop()
            if node.is_text_node:
                self._text(node.text_content or "")
                continue
            tag = node.tag or ""
            if not node.is_element_node:
                self._line += (node.comment_content or "").count("\n") if tag == "-comment" else 0
                if tag != "-document":
                    continue
            if tag in _BLOCKS:
                yield from self._flush()
            if enters and (tag in _IGNORED or _is_of_the_site(tag, node)):
                self._line += (node.html or "").count("\n")
                continue
            if not enters:
                self._turn(tag, -1)
                self._table.leave(tag)
                continue
            self._enter(tag, node.attributes)
            steps.append((node, False))
            child = node.last_child
            while child is not None:
                steps.append((child, True))
                child = child.prev
        yield from self._flush()

    def _enter(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        line = re.match(r"[0-9]{1,9}", attributes.get(_LINE) or "")
        if line is not None:
            self._line = int(line[0])
        self._turn(tag, 1)
        self._parted = self._parted or tag == "hr"
        if tag in ("ol", "ul"):
            starts = _number(attributes.get("start") or "")
            self._lists.append((1 if starts is None else starts) if tag == "ol" else None)
        elif tag == "li" and self._lists:
            self._number = at = self._lists[-1]
            self._lists[-1] = None if at is None else at + 1
        self._table.enter(tag, attributes)

    def _turn(self, tag: str, by: int) -> None:
        if tag in _BOLD:
            self._bold += by
        elif tag == "a":
            self._link = True
        elif tag == "br" and by > 0:
            self._words.append(_Words(" ", self._line, self._bold > 0, breaks=True))
        elif tag == "li":
            self._items += by
        elif tag == "p":
            self._paragraphs += by
        elif tag in ("ol", "ul") and by < 0:
            self._lists.pop()
        elif tag == "blockquote":
            self._quotes += by
        elif tag in ("th", "dt", "summary"):
            self._cell = by > 0
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._level = int(tag[1]) if by > 0 else 0

    def _text(self, text: str) -> None:
        self._characters += len(text) if text.strip() else 0
        check_length(self._characters, self._filename)
        if text.strip():
            before = len(text) - len(text.lstrip())
            line = self._line + text.count("\n", 0, before)
            self._words.append(_Words(_OUR_MARKS.sub("", text), line, self._bold > 0))
        elif text:
            self._words.append(_Words(" ", self._line, self._bold > 0))
        self._line += text.count("\n")

    def _flush(self) -> Iterator[Block]:
        words, self._words = self._words, []
        if not _joined(words):
            return
        parted, self._parted = self._parted, False
        link, self._link = self._link, False
        number, self._number = self._number, None
        for line in _lines(words):
            for n, block in enumerate(self._line_blocks(line)):
                yield replace(
                    block,
                    level=block.level or self._level,
                    cell=block.cell or (self._cell and n == 0),
                    parted=parted,
                    place=self._table.place,
                    quoted=self._quotes > 0,
                    number=number,
                    link=link,
                )
                parted, number = False, None

    def _line_blocks(self, words: Sequence[_Words]) -> list[Block]:
        """Return the blocks of a line: one, or one for each item that begins with a dash."""
        whole = "".join(one.text for one in words)
        at = next(n for n, one in enumerate(words) if clean(one.text))
        bullets = self._items > 0
        if not self._told and ("<" in whole or "&" in whole):
            return [*_marked_up(whole, words[at].line, self._filename, bullet=bullets)]
        after = words[at + 1 :] if _SECTION.fullmatch(words[at].text) else words
        lead = _joined([*takewhile(_leads, after)])
        in_list = self._lists != [] and not self._paragraphs
        return [*_pieces(clean(whole), words[at].line, in_list, bullets, lead)]


def _lines(words: Sequence[_Words]) -> Iterator[Sequence[_Words]]:
    """Yield the words of a paragraph by its lines. A line that plainly goes on in the next one is
    no line of its own: files made of others' pages break a paragraph anywhere."""
    line: list[_Words] = []
    for n, one in enumerate(words):
        if one.breaks and _joined(line) and not _goes_on(line, words[n + 1 :]):
            yield line
            line = []
        line.append(one)
    if _joined(line):
        yield line


def _goes_on(line: Sequence[_Words], words: Sequence[_Words]) -> bool:
    """Return whether a line goes on in the words below it, and is no label above them."""
    below = [*takewhile(lambda one: not one.breaks, words)]
    before, after = _joined(line), _joined(below)
    if not after or before.endswith((".", ":", ";", "?", "!")):
        return False
    label = all(map(_leads, line)) and not all(map(_leads, below))
    return not label and (after[0].islower() or _GOES_ON.search(before) is not None)


def _joined(words: Sequence[_Words]) -> str:
    return clean("".join(one.text for one in words))


def _leads(one: _Words) -> bool:
    """Return whether words are bold, or are none."""
    return one.bold or not one.text.strip()


def _pieces(text: str, line: int, in_list: bool, bullet: bool, lead: str) -> Iterator[Block]:
    """Yield a text as a block; in an open list, a dash begins an item, since pages leave `<ul>`
    unclosed."""
    before, *items = _DASH_ITEM.split(text) if in_list else [text]
    dash = BULLET.match(before) is not None
    if before := before[2:].strip() if dash else before.strip():
        lead = lead if _SECTION.sub("", before, count=1).startswith(lead) else ""
        yield Block(before, line, bullet=bullet or dash, lead=lead)
    for item in items:
        if item.strip():
            yield Block(item.strip(), line, bullet=True)


def _paragraph(text: str, line: int, filename: str) -> Iterator[Block]:
    if "<" in text or "&" in text:
        yield from _marked_up(text, line, filename, bullet=False)
    else:
        yield from _pieces(clean(text), line, False, False, "")


def _number(words: str) -> int | None:
    return int(words) if re.fullmatch(r"[0-9]{1,4}", words) else None


def _is_of_the_site(tag: str, node: LexborNode) -> bool:
    """Return whether all that an element holds is not shown, or is the site's: by its tag, its
    role, or the name that it has as class or id."""
    attributes = node.attributes
    if "hidden" in attributes and tag not in ("html", "body"):
        return True
    if tag == "header" and node.parent is not None and node.parent.tag == "body":
        return node.css_first("h1") is None
    if tag == "button" and node.parent is not None and node.parent.tag in _HEADINGS:
        return False
    if tag in _FURNITURE or (attributes.get("role") or "") in _ROLES:
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split()
    named = tag not in _NEVER_THE_SITES and not _OF_THE_SITE.isdisjoint(names)
    return named and node.css_first("h1, main, article") is None


class _Tables:
    """Follows the tags of a page, and says in which cell of a table it stands."""

    def __init__(self) -> None:
        self.place: CellPlace | None = None
        self._count = self._depth = self._row = self._column = 0
        self._taken: dict[int, int] = {}
        """By column: the first row that a cell above leaves free."""

    def enter(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._count, self._row, self._taken = self._count + 1, -1, {}
        elif self._depth != 1:
            return
        elif tag == "tr":
            self._row, self._column = self._row + 1, 0
        elif tag in ("td", "th"):
            while self._column < _MOST_COLUMNS and self._taken.get(self._column, 0) > self._row:
                self._column += 1
            covers = min(_number(attributes.get("rowspan") or "") or 1, _MOST_COVERED)
            self.place = CellPlace(self._count, self._row, self._column, covers)
            across = _number(attributes.get("colspan") or "") or 1
            for _ in range(min(across, _MOST_COLUMNS)):
                self._taken[self._column] = self._row + covers
                self._column += 1

    def leave(self, tag: str) -> None:
        if tag == "table":
            self._depth = max(self._depth - 1, 0)
        if self._depth == 0 or (self._depth == 1 and tag in ("td", "th")):
            self.place = None
