"""Gathers the recommendations of a page, by its labels, numbers and tables. An inspectorate's own
page needs nothing else; of a response it is known afterwards who speaks about which. Pure."""

import re
from dataclasses import replace

from ledger.date_phrases import DatePhrase, read_date
from ledger.events.recommendation import Kind
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.recommendations import (
    ASKS,
    CAUSES,
    RECOMMENDS,
    Request,
    Requests,
    to_whom,
)
from ledger.intake.pages.speakers import I, evidence, is_site
from ledger.intake.pages.tables import Cell, Row
from ledger.intake.pages.voice import INTRODUCES
from ledger.intake.pages.walk import MOST_OF_A_LINK, Walk
from ledger.intake.pages.words import (
    LISTS,
    PARAGRAPH,
    PLAINLY,
    Label,
    Numbered,
    column,
    mentions,
    split_number,
)

_CALLED_STANDARDS = re.compile(r"\b(?:standards?|expectations?|criteria)\b[^.]{0,80}:$", re.I)
_LEADS = re.compile(
    r"\b(?:should|must|needs? to|recommend(?: that .{3,200})?|to)(?:,? [a-z]+){0,3} ?:$"
)
_TO = re.compile(r"(?:to|for)\b", re.IGNORECASE)
_NEAR = 3
"""So many paragraphs below its number, a recommendation may begin."""
_NO_LABEL = "no label of its own says that the report's recommendations stand here"


class Gatherer(Walk):
    """A walk that gathers recommendations. Somebody's words are passed over, but for a number among
    them of which nothing was said yet."""

    def __init__(self, page: PageRead, first: int, last: int) -> None:
        super().__init__(page, first, last)
        self.kinds = {one.kind for one in page.numbers if one}
        self.labelled = page.labelled
        self.requests = Requests()
        self.speaks = False
        self.kind: Kind = "recommendation"
        self.single = False
        self.under: tuple[str, ...] = ()
        self.when = ""
        """By when, as the heading above says."""
        self.lead = self.next = ""
        """The words that announce recommendations, and the number of the next."""
        self.item: Request | None = None
        """The recommendation whose text may go on."""
        self.cause: tuple[str, int] | None = None
        """The cause of concern above, and the level of its heading."""

    @property
    def _speaking(self) -> bool:
        return self.speaks

    def _ends(self) -> None:
        self.speaks, self.section = False, None

    def _letter(self, place: int, block: Block) -> None:
        self.speaks = True

    def _speaks(self, place: int, block: Block, label: Label) -> None:
        self.speaks, self.section, self.item = True, None, None

    def _said(self, place: int, block: Block) -> None:
        """Pass over somebody's words."""

    def _part(self, place: int, block: Block, label: Label) -> None:
        self.item = None
        if label.means == "recommendations":
            self._list(place, block, label)
        elif label.value and label.means == "findings":
            self._piece(place, label.value, "report", sure=self.own)
        else:
            self._piece(place, block.text, "not needed", sure=not label.value)

    def _list(self, place: int, block: Block, label: Label) -> None:
        """Open a list of recommendations, or one cause of concern or area for improvement."""
        self.kind, self.single, self.lead, self.when = label.kind, label.single, "", ""
        self.under = self.page.whom.heading(label.words) if self.kind == "recommendation" else ()
        keeps = self.kind == "recommendation" and self.cause is not None
        if keeps and block.level and self.cause is not None and block.level < self.cause[1]:
            keeps = False
        self.cause = self.cause if keeps else None
        titled = label.value and not label.value.endswith(".") and not ASKS.search(label.value)
        if not label.value or (titled and block.stands_out):
            self._piece(place, block.text, "not needed", sure=not label.value)
        else:
            self._asked(place, replace(block, text=label.value, level=0))

    def _numbered(self, place: int, block: Block, number: Numbered) -> None:
        asked = to_whom(number.rest) if number.rest else ""
        text = "" if asked else number.rest
        answers = text != "" and not ASKS.search(text) and evidence(text) is not None
        if answers or (self.speaks and not self._raises(place, number)):
            self.section = self.section if self.speaks else None
            self._piece(place, block.text, "not needed")
            return
        sure = self.section == "recommendations" and self.own
        if self.section != "recommendations":
            self._ends()
            self.section, self.own, self.cause = "recommendations", False, None
            self.kind = number.kind
        self.level = block.level or self.level
        item = self._request(block, number.number, number.kind)
        item.sure, item.addressed, item.numbered = sure, asked, True
        item.why = "" if sure else _NO_LABEL
        self._open(item, block.level)
        titled = block.stands_out and text and not ASKS.search(text) and not text.endswith(".")
        if text and not titled:
            self._takes(item, place, replace(block, text=text))
        else:
            item.places.append(place)
            self._piece(place, block.text, "not needed", sure=True)

    def _raises(self, place: int, number: Numbered) -> bool:
        """Return whether a number among somebody's words is a recommendation that was not given
        yet."""
        below = [one.text for one in self.blocks[place + 1 : self.last][:2]]
        if number.rest and not self.blocks[place].stands_out:
            below = []
        asks = next((one for one in [number.rest, *below] if ASKS.search(one)), "")
        return asks != "" and number.number not in self.requests.numbers and evidence(asks) is None

    def _request(self, block: Block, number: str, kind: Kind) -> Request:
        """Return a new recommendation below what stands above it; one without a number gets
        ours."""
        named = number or self.requests.name(kind)
        item = Request(named, kind, block.line, False, numbered=number != "", under=self.under)
        item.when = self.when
        item.why = "the page gives it no number by a label"
        item.parent = self.cause[0] if self.cause and kind == "recommendation" else None
        return item

    def _open(self, item: Request, level: int) -> None:
        self.item = self.requests.begin(item)
        if item.kind in CAUSES:
            self.cause = (item.number, level)

    def _takes(self, item: Request, place: int, block: Block) -> None:
        """Take a block as words of a recommendation."""
        item.take(place, block)
        self._piece(place, block.text, "recommendation", (item.number,))

    def _asked(self, place: int, block: Block) -> None:
        """Take a block of a list of recommendations that no label numbers."""
        block = replace(block, text=PARAGRAPH.sub("", block.text, count=1))
        item, kind, text = self.item, self.kind, block.text
        if not self.page.listed and evidence(text) == "commissioner":
            self._speaks_up(text)
            return
        waits = item if item is not None and not item.blocks else None
        before, _, after = text.partition(": ")
        said = column(before) if after and not ASKS.search(after) else None
        if waits is not None and said and said[0] in ("target", "addressees"):
            setattr(waits, "target" if said[0] == "target" else "addressed", after.rstrip("."))
            self._piece(place, text, "not needed", why="it says whom the next asks, or by when")
            return
        if self.page.listed and _CALLED_STANDARDS.search(text):
            self.section, self.item, self.level = "standards", None, self.level or 6
            self._piece(place, text, "report")
            return
        asks = ASKS.search(text) is not None
        number, rest = split_number(text)
        when = text.endswith(":") and isinstance(read_date(text[:-1]), DatePhrase)
        if when or (number and not rest):
            self.when, self.next = text[:-1] if when else self.when, "" if when else number
            self._piece(place, text, "not needed", why="it says the number of the next, or by when")
            return
        if waits is not None and not asks and self._asks_below(place):
            self._piece(place, text, "report")
            return
        may_count = asks or (self.page.listed and self.own) or self.lead != ""
        plainly = PLAINLY.match(text) if may_count and not block.level else None
        if _LEADS.search(text) and (block.level or self._numbers_follow(place)):
            self.lead, self.item, self.single = text, None, False
            self._piece(place, text, "report")
            return
        listed = self.page.listed and self.own and kind not in self.kinds
        one_of_a_list = (self.lead != "" or listed) and block.number is not None
        if item is not None and not plainly and not one_of_a_list and item.goes_on(block):
            self._takes(item, place, block)
            return
        if item is not None and item.blocks and not block.level:
            item.sure, item.why = False, item.why or "other words follow it"
        if block.level:
            self._heading(place, block)
            return
        first = self.single and item is None
        begins = first or one_of_a_list or ((self.lead != "" or listed) and block.bullet)
        begins = begins or (asks and not (kind in self.kinds and kind not in CAUSES))
        begins = begins and (block.bullet or item is None or not item.bullet)
        lone = self.single and kind != "recommendation" and item is not None
        if lone and kind in CAUSES and asks:
            kind, begins, lone = "recommendation", "recommendation" not in self.kinds, False
        if asks and block.number is None and not plainly:
            self.lead = ""
        if (plainly or begins) and not lone:
            self._unnumbered(place, block, kind, plainly)
            return
        if item is not None and item.blocks:
            self.item = None
            if not self.page.listed and evidence(text) is not None:
                self._speaks_up(text)
                return
        self._piece(place, text, "report", why="stands among the recommendations")

    def _asks_below(self, place: int) -> bool:
        """Return whether a paragraph below asks something, before anything else begins."""
        for below in range(place + 1, min(place + 1 + _NEAR, self.last)):
            block = self.blocks[below]
            if block.level or self.labels[below] or self.page.numbers[below]:
                return False
            if ASKS.search(block.text):
                return not block.bullet
        return False

    def _numbers_follow(self, place: int) -> bool:
        """Return whether a numbered list follows a line."""
        below = self.blocks[place + 1 : min(place + 2, self.last)]
        return any(one.number is not None or PLAINLY.match(one.text) for one in below)

    def _unnumbered(
        self, place: int, block: Block, kind: Kind, plainly: re.Match[str] | None
    ) -> None:
        number = plainly[1] if plainly else str(block.number) if block.number else self.next
        self.next = ""
        if number in self.requests.numbers or kind != "recommendation":
            number = ""
        item = self._request(block, number, kind)
        item.lead, item.bullet = self.lead if number or block.bullet else "", block.bullet
        self._open(item, self.level)
        self._takes(item, place, replace(block, text=block.text[plainly.end() if plainly else 0 :]))

    def _heading(self, place: int, block: Block) -> None:
        """Take a heading among recommendations that is no label: whom they ask, what they are
        about, the number of the next, or an end."""
        self.next = split_number(block.text)[0]
        whom = self.page.whom.heading(block.text)
        self.own = self.own and whom != ()  # text below another heading may be about another report
        self.under = whom or (() if _TO.match(block.text) else self.under)
        when = read_date(block.text)
        self.when = block.text if isinstance(when, DatePhrase) else ""
        self._piece(place, block.text, "not needed", why="stands among the recommendations")
        if self.single or (self.level and block.level <= self.level):
            self.section, self.single = None, False
            if self.cause is not None and block.level <= (self.cause[1] or 6):
                self.cause = None
        self.item = None

    def _outside(self, place: int, block: Block) -> None:
        text, listed = block.text, self.page.listed
        over = block.level and block.level <= (self.level or 6)
        told = self.section == "findings" and not block.level and evidence(text) is None
        if LISTS.search(text) and (not listed or self.blocks[min(place + 1, self.last - 1)].bullet):
            self.section, self.own, self.single = "recommendations", listed, False
            self.kind = "afi" if "improvement" in text else "recommendation"
            self._piece(place, text, "not needed", why=INTRODUCES)
        elif self.section == "findings" and (
            (listed and not over) or (self.own and not (listed or I.search(text)))
        ):
            self._piece(place, text, "report", sure=self.own)
        elif told or (self.section == "standards" and not over):
            self._piece(place, text, "report")
        elif self.section == "recommendations":
            self._asked(place, block)
        else:
            if self.section == "standards" or (listed and over):
                self.section = None
            self._loose(place, block)

    def _loose(self, place: int, block: Block) -> None:
        """Take a block outside every part."""
        text, listed = block.text, self.page.listed
        if is_site(text):
            self._piece(place, text, "not needed", sure=True)
        elif self._is_heading(place, block, tuple(mentions(text))) or (
            (self.section == "end" or block.link) and len(text.split()) < MOST_OF_A_LINK
        ):
            self._piece(place, text, "not needed")
        elif RECOMMENDS.match(text) and (not self.labelled or not listed):
            self.kind, self.single, self.item = "recommendation", True, None
            self.section = "recommendations"
            self._asked(place, block)
        elif listed and self.labelled:  # outside its lists of recommendations
            called = _CALLED_STANDARDS.search(text) is not None
            self.section = "standards" if called else self.section
            self._piece(place, text, "report")
        elif listed:
            self.kind, self.single = "recommendation", False
            self._asked(place, block)
        else:
            self._speaks_up(text)

    def _speaks_up(self, text: str) -> None:
        """Note that somebody begins to speak; about a recommendation above, in one paragraph."""
        self.speaks = evidence(text) is not None and not self.requests.items

    # Tables

    def _row(self, row: Row) -> None:
        self.speaks = False
        if not row.goes_on:
            self.item = None

    def _cell(self, cell: Cell) -> None:
        for place in cell.places:
            block, number = self.blocks[place], self.page.numbers[place]
            if cell.means == "number":
                found = re.search(r"[0-9]{1,3}[A-Za-z]?", block.text)
                plain = found[0] if found else block.text
                self._begins(block, number.number if number else plain)
            elif cell.means == "recommendations":
                self._cell_asks(place, block)
            elif self.item is not None and cell.means == "target":
                self.item.target = block.text
            elif self.item is not None and cell.means == "addressees":
                self.item.addressed += block.text
            if place not in self.pieces:
                self._piece(place, block.text, "not needed", why="stands beside a recommendation")

    def _begins(self, block: Block, number: str) -> Request:
        """Return the recommendation of a row, or begin it. One without a number gets ours."""
        if self.item is None:
            item = self._request(block, number, "recommendation")
            item.why = "it stands in a table: see that each column is what it seems"
            self._open(item, 0)
            return item
        return self.item

    def _cell_asks(self, place: int, block: Block) -> None:
        labelled = self.page.numbers[place]
        number, text = (labelled.number, labelled.rest) if labelled else split_number(block.text)
        item = self._begins(block, number)
        if text and item.goes_on(block):
            item.kind = labelled.kind if labelled else item.kind
            self._takes(item, place, replace(block, text=text))
