"""Suggests what each block of a page is: whose words, about which recommendation, of which report.

It goes by structure and few words. A suggestion is sure where the page says it by a label of its
own and leaves one reading; everything else is unsure, and a person settles it. Words are sure where
the speaker says "I" of a recommendation that is named, and nobody else is introduced. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ledger.date_phrases import DatePhrase, find_target, read_date
from ledger.events.recommendation import Kind
from ledger.events.streams import key_of
from ledger.intake.pages.addressees import find_addressees, meant, split_names
from ledger.intake.pages.blocks import Block, bounded, check_length, plain, text_blocks
from ledger.intake.pages.decoding import HTML_SUFFIXES, page_text
from ledger.intake.pages.facts import BARE_DAY, HMICFRS, QUOTED, Labelled
from ledger.intake.pages.html_process import read_html
from ledger.intake.pages.values import (
    Is,
    Part,
    Piece,
    RecommendationRead,
    RecordedReport,
    Resolve,
    Suggested,
    Suggestion,
)
from ledger.intake.pages.words import (
    ALL,
    ANOTHER,
    OF_THE_FORCE,
    OPENS,
    VAGUELY,
    WE,
    I,
    Label,
    Means,
    count_mentions,
    fold,
    is_control,
    is_furniture,
    match_label,
    match_number,
    mentions,
)

SPOKEN: dict[str, Part] = {
    "commissioner": "commissioner",
    "both": "commissioner",
    "chief officer": "chief officer",
    "force": "force",
}
_LEADS_ON = re.compile(r"(?:contact|read more|for (?:more|further)|download|view|click)\b", re.I)
_BARELY = re.compile(r"\b(?:as (?:for|to)|on|for|number) [0-9]{1,2}(?:[,.;]| (?:and|I)\b)", re.I)
"""A recommendation named by its figure alone."""
_GENERAL = re.compile(
    r"HMICFRS|\binspect|\brecommendations\b(?! [0-9])|\b(?:this|the) report\b", re.I
)
_OF_ANOTHER = re.compile(
    r"\brec(?:ommendation)?s? [0-9][^.]{0,30}? (?:of|in|from) (?:the|its|our|an?|that|HMICFRS['’]s)"
    r"\b[^.]{0,40}\b(?:report|inspection|review)\b",
    re.IGNORECASE,
)


@dataclass
class Speech:
    """The pieces under one label that says whose they are, and what stood before."""

    means: str
    own: bool
    pieces: list[int] = field(default_factory=list)
    under: dict[int, tuple[str, bool]] = field(default_factory=dict)
    """By piece: the number of the sub-heading above it, and whether it stands right below."""
    about: str | None = None


def judge(
    speech: Speech,
    pieces: list[Piece],
    blocks: Sequence[Block],
    numbers: Mapping[str, str],
    sure_of: Mapping[str, str],
    *,
    alone: bool,
    alternate: bool,
) -> None:
    """Settle what each piece of somebody's words is about, and whether that is sure. `alone`: only
    they speak for the office; `alternate`: speakers take turns, a recommendation each."""
    texts = [pieces[n].text for n in speech.pieces]
    if not texts:
        return
    trusted = speech.own and speech.means in ("commissioner", "chief officer")
    if speech.means in ("commissioner", "both") and OPENS.match(texts[0]):
        trusted = True
    strong = _strong(texts, I if speech.means != "chief officer" else WE, speech.means)
    said = [mentions(_unquoted(text)) for text in texts]
    names = [bool(said[n]) or ALL.search(text) is not None for n, text in enumerate(texts)]
    headed = [speech.under.get(n) for n in speech.pieces]
    anywhere = any(names) or any(headed)
    broken = next(
        (n for n in range(len(texts)) if _breaks(texts, n, speech, pieces, blocks)), len(texts)
    )
    for n, at in enumerate(speech.pieces):
        piece = pieces[at]
        if piece.bullet and n > 0:
            before = pieces[speech.pieces[n - 1]]
            pieces[at] = replace(piece, of=before.of, sure=before.sure, of_sure=before.of_sure)
            continue
        between = any(strong[:n]) and any(strong[n + 1 :]) and not names[n]
        neutral = between and headed[n] is None and not OF_THE_FORCE.search(texts[n])
        sure = trusted and n < broken and (strong[n] or neutral)
        of: tuple[str, ...] = tuple(numbers.get(key, key) for key in said[n])
        of_sure = all(key in sure_of for key in said[n]) and not VAGUELY.search(texts[n])
        of_sure = of_sure and count_mentions(texts[n]) < 2 and not _OF_ANOTHER.search(texts[n])
        of_sure = of_sure and not _BARELY.search(texts[n])
        head = headed[n]
        if head is not None:
            of = of or (head[0],)
            below = head[1] or any(headed[m] not in (None, head) for m in range(n, len(texts)))
            of_sure = of == (head[0],) and key_of(head[0]) in sure_of and below
        elif ALL.search(texts[n]):
            of, of_sure = ("all",), bool(numbers) and len(sure_of) == len(numbers)
        elif not of and speech.about is not None and alternate:
            of, of_sure = (speech.about,), False
        elif not of:
            last = n == len(texts) - 1 and _GENERAL.search(texts[n]) is not None
            opening = not any(names[:n]) and not any(headed[:n])
            of_sure = of_sure and anywhere and (opening or last) and alone
        pieces[at] = replace(piece, of=of, sure=sure, of_sure=of_sure and not alternate)


def _strong(texts: Sequence[str], speaks: re.Pattern[str], means: str) -> list[bool]:
    """Return, for each paragraph, whether its words show who speaks, as a commissioner's `I`
    does."""
    told = re.compile(r"\bI (?:have |also |then |had )?(?:asked|invited) the chief\b", re.I)
    return [
        speaks.search(_unquoted(text)) is not None
        and (means != "chief officer" or not (told.search(text) or "hief Constable" in text))
        for text in texts
    ]


def _breaks(
    texts: Sequence[str], n: int, speech: Speech, pieces: Sequence[Piece], blocks: Sequence[Block]
) -> bool:
    """Return whether at a paragraph somebody else begins to speak, so that nothing after it is
    sure."""
    text = texts[n]
    bullets = n + 1 < len(texts) and pieces[speech.pieces[n + 1]].bullet
    return (
        ANOTHER.search(text) is not None
        or text[:1] in "“\"‘'"
        or _LEADS_ON.match(text) is not None
        or (text.endswith(":") and not bullets)
        or any(len(m[1].split()) > 12 for m in QUOTED.finditer(text))
        or blocks[pieces[speech.pieces[n]].block - 1].quoted
    )


def _unquoted(text: str) -> str:
    return re.sub(r"[“\"][^”\"]*[”\"]", "…", text)


_FEW_WORDS = 4
"""A line of so few words may stand in a recommendation and be somebody's too."""
_MOST_REPORTS = 12
"""A page with more titles is a list of reports."""
_ONE_LINE = ("title", "day", "response day", "kind", "publisher", "field")
_PLAINLY = re.compile(r"([0-9]{1,3})[.)] (?=[A-Z‘“])")
_SALUTATION = re.compile(r"dear .{3,60}", re.IGNORECASE)
_SOON = re.compile(
    r"\b(?:straight away|immediate|urgent|as soon as|prompt|without delay"
    r"|within|by (?:the )?[A-Z0-9])",
    re.I,
)
_ANSWERED = re.compile(
    rf"\b(?:response|comments?|update|action|progress|status|accepted)\b ?[:–-]|{I.pattern}"
    rf"|{OF_THE_FORCE.pattern}"
)
_NEWS = re.compile(r"\bcommissioner\b.{0,40}\b(?:said|added|welcomed|commented)\b", re.IGNORECASE)


def page_blocks(data: bytes, filename: str) -> list[Block]:
    """Return the blocks of a page that it shows, menus and the like left out."""
    text = page_text(data, filename)
    file = Path(filename).name
    if file.lower().endswith(HTML_SUFFIXES):
        return [*read_html(text, file)]
    check_length(len(text), file)
    return [*bounded(text_blocks(text, _begins_something), file)]


def _begins_something(line: str) -> bool:
    """Return whether a line of a text file has a label or a number, and so continues nothing."""
    block = Block(line, 0)
    return match_label(block) is not None or match_number(block) is not None


def suggest(
    blocks: Sequence[Block],
    filename: str,
    resolve: Resolve,
    known: Mapping[str, Means] | None = None,
    *,
    listed: bool = False,
    recorded: RecordedReport | None = None,
) -> list[Suggestion]:
    """Return what a page is suggested to say: one suggestion for each report that it answers. A
    page with two titles of reports by their own labels has two.

    `resolve` gives the id of a body by its name; `known` has labels of the office's earlier pages,
    as a person settled them. `listed`: it is said to be a report's own list of recommendations.
    `recorded` is the report that it is said to answer: then one suggestion comes back.
    """
    file = Path(filename).name
    labels = [_known(match_label(block), block, known or {}) for block in blocks]
    begins: list[int] = []
    titles: set[str] = set()
    for place, label in enumerate(labels):
        if label is not None and label.means == "title" and label.own:
            following = blocks[place + 1].text if place + 1 < len(blocks) else ""
            value = fold(label.value or following)
            if value not in titles:
                titles.add(value)
                begins.append(place)
    if not 1 < len(begins) <= _MOST_REPORTS:
        return [_Walk(file, blocks, labels, resolve, 0, len(blocks), listed, recorded).suggestion()]
    ends = [*begins[1:], len(blocks)]
    if recorded is not None:
        title = fold(recorded.title)
        places = [*zip(begins, ends, strict=True)]
        first, last = next(
            ((n, end) for n, end in places if title in fold(" ".join(_words(blocks, n)))),
            (0, len(blocks)),
        )
        return [_Walk(file, blocks, labels, resolve, first, last, listed, recorded).suggestion()]
    return [
        _Walk(file, blocks, labels, resolve, first, last, listed).suggestion()
        for first, last in zip(begins, ends, strict=True)
    ]


def _words(blocks: Sequence[Block], place: int) -> list[str]:
    """Return the words of a title's label, and of the block below it."""
    return [one.text for one in blocks[place : place + 2]]


def _recorded_lines(recorded: RecordedReport | None) -> dict[str, str]:
    """Return the number of each recorded recommendation, by its lines as compared."""
    if recorded is None:
        return {}
    return {
        fold(line.removeprefix("- ")): one.number
        for one in recorded.recommendations
        for line in one.text.split("\n")
        if len(line.split()) > _FEW_WORDS
    }


def _known(label: Label | None, block: Block, known: Mapping[str, Means]) -> Label | None:
    """Return a label, or words that were one on an earlier page of the office."""
    if label is not None or not known:
        return label
    means = known.get(fold(block.text).rstrip(" :"))
    return Label(means, block.text, "", own=False) if means else None


@dataclass
class _Item:
    """A recommendation while its blocks are gathered."""

    number: str
    kind: Kind
    line: int
    sure: bool
    numbered: bool = True
    target: str = ""
    addressed: str = ""
    parent: str | None = None
    why: str = ""
    blocks: list[Block] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


class _Walk:
    """One pass over the blocks of one report, and what it comes to."""

    def __init__(
        self,
        file: str,
        blocks: Sequence[Block],
        labels: Sequence[Label | None],
        resolve: Resolve,
        first: int,
        last: int,
        listed: bool,
        recorded: RecordedReport | None = None,
    ) -> None:
        self.file, self.blocks, self.labels, self.resolve = file, blocks, labels, resolve
        self.first, self.last = first, last
        self.recorded, self.lines = recorded, _recorded_lines(recorded)
        titles = (n for n, one in enumerate(labels) if one and one.means == "title" and one.own)
        self.begins = first if first == next(titles, 0) else -1
        self.pieces: list[Piece] = []
        self.items: list[_Item] = []
        self.numbers: set[str] = set()
        """The numbers of `items`."""
        self.speeches: list[Speech] = []
        self.values: list[tuple[Label, Block, int]] = []
        self.outside = "recommendations" if listed else None
        """The section of what stands below no label."""
        self.section: str | None = self.outside
        self.own = False
        self.kind: Kind = "recommendation"
        self.waits: Label | None = None
        self.open = False
        self.heading: tuple[str, int] | None = None
        self.cause: str | None = None

    def suggestion(self) -> Suggestion:
        columns: dict[int, Means | str] = {}
        table, row = 0, -1
        for place, block in enumerate(self.blocks):
            if not self.first <= place < self.last:
                before = place < self.begins
                self._piece(place, block.text, "not needed" if before else "other report")
                continue
            if block.place is not None and block.place.table != table:
                table, row = block.place.table, -1
                columns = _header(self.blocks, table, self.labels)
            if block.place is not None and columns:
                if block.place.row == 0:
                    self._piece(place, block.text, "not needed", sure=True)
                else:
                    self._cell(place, block, columns, new_row=block.place.row != row)
                    row = block.place.row
                continue
            self._block(place, block)
        return self._judged()

    # One block

    def _block(self, place: int, block: Block) -> None:
        label, number = self.labels[place], match_number(block)
        if self.lines and (said := self._repeats(block)) is not None:
            self._repeated(place, block, said)
            return
        if self.waits is not None and label is None:
            waits, self.waits = self.waits, None
            self.values.append((waits, block, place))
            self._piece(place, block.text, "not needed", sure=True)
            return
        self.waits = None
        if (dated := BARE_DAY.fullmatch(block.text)) is not None and not block.bullet:
            means: Means = "response day" if self.speeches else "day"
            found = Label(means, block.text, dated[1], own=False)
            self.values.append((found, replace(block, text=dated[1]), place))
            self._piece(place, block.text, "not needed", why="it may be the day of the page")
            return
        spoken = self.section in SPOKEN
        if number is not None and (label is None or label.means == "recommendations"):
            if spoken and not self._raises(place, number.number):
                if not number.rest or block.stands_out:
                    self.heading = (number.number, len(self.pieces))
                    self._piece(place, block.text, "not needed", sure=True)
                else:
                    self._said(place, block)
                return
            self._number(place, block)
        elif label is not None and (not spoken or self._interrupts(label, block)):
            self._label(place, block, label)
        elif spoken and (block.parted or is_control(block.text)):
            self.section = None
            self._loose(place, block)
        elif spoken:
            self._said(place, block)
        elif self.section == "findings":
            self._piece(place, block.text, "report", sure=self.own, bullet=block.bullet)
        elif self.section == "recommendations":
            self._asked(place, block)
        else:
            self._loose(place, block)

    def _repeats(self, block: Block) -> str | None:
        """Return the number of the recorded recommendation whose words a block repeats."""
        number = match_number(block)
        texts = (block.text, number.rest if number else "", _PLAINLY.sub("", block.text, count=1))
        return next((self.lines[fold(one)] for one in texts if fold(one) in self.lines), None)

    def _repeated(self, place: int, block: Block, number: str) -> None:
        """Take the words of a recorded recommendation. What follows may be about it."""
        item = _Item(number, "recommendation", block.line, True)
        item.places.append(place)
        self.items.append(item)
        self.section = self.outside
        self._piece(place, block.text, "recommendation", (number,), sure=True, bullet=block.bullet)

    def _raises(self, place: int, number: str) -> bool:
        """Return whether a number among somebody's words is a recommendation that was not given
        yet."""
        if number in self.numbers:
            return False
        numbered = match_number(self.blocks[place])
        text = numbered.rest if numbered and numbered.rest else ""
        if not text and place + 1 < self.last:
            text = self.blocks[place + 1].text
        begins = (
            r"(?:By|Within|With immediate|Not later)\b.*|(?:The|All|Police|Chief|Forces)\b.{0,80}"
        )
        return re.match(rf"(?:{begins})\b(?:should|needs to)\b", text) is not None

    def _interrupts(self, label: Label, block: Block) -> bool:
        if label.means in SPOKEN or label.means in ("end", "recommendations"):
            return label.own or block.stands_out or label.value != ""
        return label.own and label.means in ("title", "response day", "day", "kind")

    def _label(self, place: int, block: Block, label: Label) -> None:
        self.heading = None
        if label.means in _ONE_LINE:
            if label.value:
                self.values.append((label, replace(block, text=label.value), place))
            else:
                self.waits = label
            self._piece(place, block.text, "not needed", sure=True)
            if self.section not in SPOKEN:
                self.section = self.outside
            return
        self.section, self.own, self.kind = label.means, label.own, label.kind
        self.open = False
        self.cause = None
        if label.means in SPOKEN:
            last = self.items[-1].number if self.items else None
            right_after = last is not None and self._after_item()
            self.speeches.append(
                Speech(label.means, label.own, about=last if right_after else None)
            )
        if not label.value:
            self._piece(place, block.text, "not needed", sure=True)
        elif label.means in SPOKEN:
            self._said(place, replace(block, text=label.value))
        elif label.means == "findings":
            self._piece(place, label.value, "report", sure=self.own)
        else:
            self._asked(place, replace(block, text=label.value, level=0))

    def _after_item(self) -> bool:
        """Return whether only words about the last recommendation stand between it and here."""
        parts = [p.part for p in self.pieces if p.block - 1 > self.items[-1].places[-1]]
        return all(part in ("chief officer", "force", "not needed", "?") for part in parts)

    def _number(self, place: int, block: Block) -> None:
        number = match_number(block)
        assert number is not None
        sure = self.section == "recommendations" and self.own
        if self.section != "recommendations":
            self.section, self.own = "recommendations", False
        kind = number.kind if number.kind != "recommendation" else self.kind
        item = _Item(number.number, kind, block.line, sure, parent=self.cause)
        if not sure:
            item.why = "no label of its own says that the report's recommendations stand here"
        self.items.append(item)
        self.numbers.add(item.number)
        self.open = True
        if number.rest and not re.match(r"[–-]? ?to ", number.rest):
            item.blocks.append(replace(block, text=number.rest, bullet=False, level=0))
            item.places.append(place)
            self._piece(place, number.rest, "recommendation", (item.number,))
        else:
            item.places.append(place)
            self._piece(place, block.text, "not needed", sure=True)
        if kind in ("cause_of_concern", "accelerated_cause_of_concern"):
            self.cause = item.number

    def _asked(self, place: int, block: Block) -> None:
        """Take a block among the recommendations that no label numbers."""
        last = self.items[-1] if self.items else None
        asks = re.search(r"\b(?:should|must|needs? to|recommends?)\b", block.text)
        numbered = _PLAINLY.match(block.text) if asks and not block.level else None
        if self.open and last is not None and not block.level:
            ended = last.blocks and not last.blocks[-1].text.endswith((":", ";", ",", "; and"))
            goes_on = block.bullet and not (ended and not last.blocks[-1].bullet)
            if not numbered and (not last.blocks or goes_on):
                last.blocks.append(block)
                last.places.append(place)
                self._piece(
                    place, block.text, "recommendation", (last.number,), bullet=block.bullet
                )
                return
            if ended:
                self.open = False
                last.why = last.why or "other words follow it among the recommendations"
                last.sure = False
        unlike = last is None or not last.numbered or last.kind != self.kind
        if numbered or (asks and not block.level and unlike):
            count = sum(not one.numbered and one.kind == self.kind for one in self.items) + 1
            name = "item" if self.kind == "recommendation" else self.kind.replace("_", "-")
            called = numbered[1] if numbered else f"{name}-{count}"
            item = _Item(called, self.kind, block.line, False, numbered=bool(numbered))
            item.why = "the page gives it no number by a label"
            item.blocks.append(replace(block, text=block.text[numbered.end() if numbered else 0 :]))
            item.places.append(place)
            self.items.append(item)
            self.numbers.add(item.number)
            self.open = True
            self._piece(place, item.blocks[0].text, "recommendation", (item.number,))
            return
        self.open = False
        if block.level:
            self.own = False  # text after another heading may be about another report
        part: Part = "not needed" if block.level else "?"
        self._piece(place, block.text, part, why="stands among the recommendations")

    def _said(self, place: int, block: Block) -> None:
        if not self.speeches or self.section not in SPOKEN:
            return
        speech = self.speeches[-1]
        if block.level or (block.stands_out and not block.text.endswith(".")):
            self.heading = None
            speech.own = False  # text after an unknown heading may be anything
            self._piece(place, block.text, "not needed", why="a heading among somebody's words")
            return
        if self.heading is not None:
            number, at = self.heading
            speech.under[len(self.pieces)] = (number, at == len(self.pieces) - 1)
        speech.pieces.append(len(self.pieces))
        self._piece(place, block.text, SPOKEN[speech.means], bullet=block.bullet)

    def _loose(self, place: int, block: Block) -> None:
        """Take a block outside every part."""
        if is_furniture(block.text):
            self._piece(place, block.text, "not needed", sure=True)
        elif _SALUTATION.fullmatch(block.text):
            self.section, self.own = "commissioner", False
            self.speeches.append(Speech("commissioner", own=False))
            self._piece(place, block.text, "not needed")
        elif block.level or self.section == "end":
            self._piece(place, block.text, "not needed")
        elif re.match(rf"(?:{HMICFRS}|We) recommends?\b", block.text):
            self.kind = "recommendation"
            self._asked(place, block)
            self.section = None
        else:
            why = "no label says what it is"
            self._piece(place, block.text, "?", why=why, bullet=block.bullet)

    def _cell(
        self, place: int, block: Block, columns: Mapping[int, Means | str], *, new_row: bool
    ) -> None:
        """Take a cell of a table of recommendations, by the header of its column."""
        assert block.place is not None
        means = columns.get(block.place.column, "other")
        item = self.items[-1] if self.items else None
        if new_row or item is None:
            item = _Item("", "recommendation", block.line, False)
            item.why = "it stands in a table: see that each column is what it seems"
            self.items.append(item)
            self.numbers.add(item.number)
        of = (item.number,) if item.number else ()
        if means == "number":
            found = re.search(r"[0-9]{1,3}[A-Za-z]?", block.text)
            item.number = found[0] if found else block.text
            self._piece(place, block.text, "not needed")
        elif means == "recommendations":
            numbered = match_number(block)
            own = re.match(r"([0-9]{1,3})[.)] (.+)", block.text)
            text = own[2] if own else block.text
            if numbered is not None and numbered.rest:
                item.number, text = numbered.number, numbered.rest
            item.number = item.number or (own[1] if own else f"item-{len(self.items)}")
            self.numbers.add(item.number)
            item.numbered = not item.number.startswith("item-")
            item.blocks.append(replace(block, text=text))
            item.places.append(place)
            self._piece(place, text, "recommendation", (item.number,), bullet=block.bullet)
        elif means in ("target", "addressees"):
            item.target, item.addressed = (
                (block.text, item.addressed) if means == "target" else (item.target, block.text)
            )
            self._piece(place, block.text, "not needed")
        elif means in SPOKEN:
            self._piece(place, block.text, SPOKEN[str(means)], of, bullet=block.bullet)
        else:
            self._piece(place, block.text, "?", why="stands in a column that is not known here")

    def _piece(
        self,
        place: int,
        text: str,
        part: Part,
        of: tuple[str, ...] = (),
        *,
        sure: bool = False,
        bullet: bool = False,
        why: str = "",
    ) -> None:
        line = self.blocks[place].line
        self.pieces.append(Piece(place + 1, text, line, part, of, sure, sure, bullet, why))

    # The result

    def _judged(self) -> Suggestion:
        mine = self._mine()
        labelled = Labelled(mine, self.values, self.blocks, self.labels, self.resolve)
        facts = labelled.facts()
        report_day: Suggested[str] | None = facts["published_on"]
        items = [one for one in self.items if one.blocks and one.number]
        counts = {key_of(one.number): 0 for one in items}
        for one in items:
            counts[key_of(one.number)] += 1
        read = [self._recommendation(one, counts, report_day) for one in items]
        is_ = self._is(read)
        if self.recorded is not None:
            read = [*self.recorded.recommendations]
            only_day = {"response_published_on": facts["response_published_on"]}
            facts = only_day | {"recorded": self.recorded}
        if not all(one.sure for one in read):
            # A page that is unlike itself in one is not trusted in the causes above others.
            read = [replace(one, sure=one.sure and one.parent is None) for one in read]
        sure_of = {one.key: one.number for one in read if one.sure}
        numbers = {one.key: one.number for one in read}
        about = [speech.about for speech in self.speeches if speech.means != "force"]
        alternate = len({one for one in about if one}) > 1
        spoken = [x for x in self.speeches if x.pieces and SPOKEN[x.means] == "commissioner"]
        how = {"alone": len(spoken) == 1, "alternate": alternate}
        for speech in self.speeches:
            judge(speech, self.pieces, self.blocks, numbers, sure_of, **how)
        pieces = [
            replace(p, sure=True, of_sure=True)
            if p.part == "recommendation" and key_of(p.of[0]) in sure_of
            else p
            for p in self.pieces
        ]
        return Suggestion(
            file=self.file,
            kind_of_page=is_,
            pieces=tuple(pieces),
            recommendations=tuple(read),
            **facts,
        )

    def _mine(self) -> Sequence[Block]:
        return self.blocks[0 if self.begins >= 0 else self.first : self.last]

    def _is(self, read: Sequence[RecommendationRead]) -> Is:
        blocks = self._mine()
        if read or any(speech.pieces for speech in self.speeches):
            return "response"
        words = [block.text for block in blocks]
        if any(_NEWS.search(text) for text in words):
            return "news"
        long = sum(len(text.split()) > 25 for text in words)
        about = sum(bool(re.search(r"\b(?:response|report|inspection|PEEL)\b", t)) for t in words)
        if about >= 4 and long <= 3:
            return "index"
        speaks = any(I.search(t) or re.search(r"\brespon", t) for t in words if len(t) > 60)
        named = any(re.search(HMICFRS, t) for t in words)
        return "response" if speaks and named and long else "other"

    def _recommendation(
        self, item: _Item, counts: Mapping[str, int], report_day: Suggested[str] | None
    ) -> RecommendationRead:
        first, *more = item.blocks
        text = plain([replace(first, bullet=False), *more])
        target = read_date(item.target) if item.target else find_target(text)
        phrase = target.phrase if isinstance(target, DatePhrase) else None
        if item.addressed:
            addressed = tuple(meant(name) for name in split_names(item.addressed))
            partners, why = find_addressees(text, phrase).partners, ""
        else:
            found = find_addressees(text, phrase)
            addressed, partners, why = found.addressees, found.partners, found.why
        unknown = [n for n in addressed if self.resolve(n) is None]
        day = report_day.value if report_day else None
        for wrong, because in (
            (item.why and not item.sure, item.why),
            (why != "", why),
            (not addressed, "does not say in known words whom it asks"),
            (bool(unknown), f"“{', '.join(unknown)}” is not in the register of bodies"),
            (counts[key_of(item.number)] > 1, f"number {item.number} stands on the page twice"),
            (target is not None and phrase is None, getattr(target, "why", "")),
            (day and target and target.on and target.on <= day, "its target is before the report"),
            (" should " not in f" {text} ".replace(",", " "), "asks nothing by “should”"),
            (not text[:1].isupper(), "does not begin as a sentence"),
            (_ANSWERED.search(text) is not None, "somebody's answer may stand in it"),
            (not text.rstrip("”’\"'").endswith((".", ";")), "does not end as a sentence"),
            (target is None and _SOON.search(text) is not None, "wants it soon, in words"),
            (len(text) > 1500, "is long: see where it ends"),
            (item.kind != "recommendation", "is no plain recommendation"),
            (item.parent is not None, "stands below a cause of concern"),
            (any(b.text.endswith(":") for b in item.blocks[-1:]), "ends with a colon"),
        ):
            if wrong:
                item.sure, item.why = False, because
                break
        return RecommendationRead(
            number=item.number,
            key=key_of(item.number),
            kind=item.kind,
            text=text,
            target=target,
            addressees=addressed,
            partners=partners,
            line=item.line,
            blocks=tuple(place + 1 for place in item.places),
            parent=item.parent,
            numbered_by="publisher" if item.numbered else "us",
            sure=item.sure,
            why=item.why,
        )


def _header(
    blocks: Sequence[Block], table: int, labels: Sequence[Label | None]
) -> dict[int, Means | str]:
    """Return what each column of a table says, by its first row; nothing if it is none of
    recommendations."""
    columns: dict[int, Means | str] = {}
    for block, label in zip(blocks, labels, strict=True):
        if block.place is None or block.place.table != table or block.place.row != 0:
            continue
        words = fold(block.text).rstrip(" :")
        if re.fullmatch(r"(?:rec(?:ommendation)? ?)?(?:no\.?|number|ref\.?|reference|#)", words):
            means: Means | str = "number"
        elif re.fullmatch(r".*\b(?:target|deadline|due|by when|timescale).*", words):
            means = "target"
        elif re.fullmatch(r"address.*|to whom", words):
            means = "addressees"
        elif words == "update":
            means = "force"
        else:
            means = label.means if label else "other"
        columns[block.place.column] = means
    return columns if "recommendations" in columns.values() and len(columns) > 1 else {}
