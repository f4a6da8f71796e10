"""The blocks of an HTML page, by Lexbor's parser. Scripts and styles are ignored; nothing is
fetched.

The parser keeps no line numbers, so each start tag is given its own before parsing; lines inside
an element are counted in its text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ledger.intake.pages.blocks import BULLET, Block, CellPlace, clean, marked_up
from ledger.intake.pages.values import UnreadablePage

# An HTML parser's time grows with the square of what is left open; real pages stay far below.
MOST_TAGS = 20_000
MOST_OPEN = 256

_LINE = "data-source-line"
_START_TAG = re.compile(r"<[a-zA-Z][^\s/>]*")
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,20})")
_OUR_MARKS = re.compile(rf" {_LINE}=[0-9]+ ")


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
_IGNORED = _names("script style template svg math iframe object noembed noframes")
_BLOCKS = _names(
    "address article aside blockquote body br button caption dd details div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html label legend li main nav ol "
    "option p pre section select summary table tbody td textarea tfoot th thead title tr ul"
)
_BOLD = _names("b strong")
_NEVER_THE_SITES = _names("html body main article table tbody tr")
_FURNITURE = _names("title nav footer button select label textarea")
_ROLES = _names("navigation contentinfo search")
# Names that sites give, as class or id, to what is theirs and not the page's.
_OF_THE_SITE = _names(
    "footer foot site-footer page-footer nav navigation menu site-nav breadcrumb breadcrumbs crumb "
    "crumbs cookie cookies cookie-banner cookie-notice cookie-message skip-link share social-share "
    "share-links"
)
# Of a table's cell.
_MOST_COLUMNS = 40
_MOST_COVERED = 1000


def html_blocks(text: str, filename: str) -> Iterator[Block]:
    """The blocks of an HTML page. `UnreadablePage` for one with a wild number of tags."""
    _check_tags(text, filename)
    parser = LexborHTMLParser(_with_lines(text))
    if parser.root is not None:
        yield from _Walk().blocks(parser.root)


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


class _Walk:
    """One pass over the tree in reading order: words gather until a block begins or ends."""

    def __init__(self) -> None:
        self._words: list[tuple[str, int, bool]] = []
        self._line = 1
        self._level = self._bold = self._items = self._quotes = 0
        self._cell = self._parted = False
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
        self._table.enter(tag, attributes)

    def _turn(self, tag: str, by: int) -> None:
        if tag in _BOLD:
            self._bold += by
        elif tag == "li":
            self._items += by
        elif tag == "blockquote":
            self._quotes += by
        elif tag in ("th", "dt"):
            self._cell = by > 0
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._level = int(tag[1]) if by > 0 else 0

    def _text(self, text: str) -> None:
        if text.strip():
            before = len(text) - len(text.lstrip())
            line = self._line + text.count("\n", 0, before)
            self._words.append((_OUR_MARKS.sub("", text), line, self._bold > 0))
        elif text:
            self._words.append((" ", self._line, self._bold > 0))
        self._line += text.count("\n")

    def _flush(self) -> Iterator[Block]:
        words, self._words = self._words, []
        whole = "".join(text for text, _, _ in words)
        if not clean(whole):
            return
        line = next(line for text, line, _ in words if clean(text))
        parted, self._parted = self._parted, False
        if "<" in whole or "&" in whole:
            found = list(marked_up(whole, line, bullet=self._items > 0))
        else:
            lead = takewhile(lambda one: one[2] or not one[0].strip(), words)
            text = clean(whole)
            bullet = BULLET.match(text) is not None
            block = Block(
                text[2:].strip() if bullet else text,
                line,
                bullet=bullet or self._items > 0,
                lead=clean("".join(text for text, _, _ in lead)),
                cell=self._cell,
            )
            found = [block]
        for block in found:
            yield replace(
                block,
                level=block.level or self._level,
                parted=parted,
                place=self._table.place,
                quoted=self._quotes > 0,
            )
            parted = False


def _number(words: str) -> int | None:
    return int(words) if re.fullmatch(r"[0-9]{1,4}", words) else None


def _is_of_the_site(tag: str, node: LexborNode) -> bool:
    """Whether all that an element holds is not shown, or is the site's: by its tag, its role, or
    the name that it has as class or id."""
    attributes = node.attributes
    if "hidden" in attributes and tag not in ("html", "body"):
        return True
    if tag == "header" and node.parent is not None and node.parent.tag == "body":
        return node.css_first("h1") is None
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
            self.place = CellPlace(self._count, self._row, self._column)
            across = _number(attributes.get("colspan") or "") or 1
            for _ in range(min(across, _MOST_COLUMNS)):
                self._taken[self._column] = self._row + covers
                self._column += 1

    def leave(self, tag: str) -> None:
        if tag == "table":
            self._depth = max(self._depth - 1, 0)
        if self._depth == 0 or (self._depth == 1 and tag in ("td", "th")):
            self.place = None
