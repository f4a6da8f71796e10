"""Walks over the blocks of a page once, and says what each is: labels open parts, numbers open
recommendations, and what stands below belongs to them.

A row of a table is walked as its cells, the number first, then the recommendation, then the
others, each below the head of its column. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ledger.date_phrases import DatePhrase, read_date
from ledger.events.recommendation import Kind
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.passages import Speech
from ledger.intake.pages.recommendations import ASKS, CAUSES, Request, Requests, to_whom
from ledger.intake.pages.speakers import (
    ANOTHER,
    SALUTATION,
    SPOKEN,
    I,
    evidence,
    introduced,
    person,
    writes_to_the_office,
)
from ledger.intake.pages.subject import Subject
from ledger.intake.pages.tables import NO_CELL, Heads, heads_of, in_rows
from ledger.intake.pages.values import Part, Piece
from ledger.intake.pages.voice import INTRODUCES, Voice
from ledger.intake.pages.words import (
    PARAGRAPH,
    PLAINLY,
    Label,
    Means,
    Numbered,
    begins_about,
    fold,
    is_control,
    is_furniture,
    is_line,
    is_name,
    mentions,
    split_number,
)

_ONE_LINE = ("title", "day", "response day", "kind", "publisher", "field")
_PARTS = ("end", "recommendations", "standards", "findings")
_AGENCY = re.compile(
    r"(?:agency|agencies|to|for|owner|lead(?: agency| body)?|addressed to|directed (?:to|at)|body"
    r"|organisations?|recipients?|responsib[a-z]+(?: [a-z]+)?) ?: (?!.*\bshould\b)(.{2,120}?)\.?",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:by|by when|when|target(?: date)?|deadline|due(?: date)?|timescale|complete by) ?:"
    r" ([^:]{3,60}?)\.?",
    re.IGNORECASE,
)
_CALLED_STANDARDS = re.compile(r"\b(?:standards?|expectations?|criteria)\b[^.]{0,80}:$", re.I)
_RECOMMENDS = re.compile(
    r"(?:HMICFRS|We|The inspectorate|[A-Z][\w’' ]{2,60}) recommends?\b", re.ASCII
)
_LISTS = re.compile(r"\b(?:recommendations|areas for improvement)\b[^.]{0,60}:$")
_LEADS = re.compile(
    r"\b(?:should|must|needs? to|recommend(?: that .{3,200})?|to)(?:,? [a-z]+){0,3} ?:$"
)
_TO = re.compile(r"(?:to|for)\b", re.IGNORECASE)
_MOST_OF_A_LINK = 16


class Walk:
    """One pass over the blocks of one report: a piece for each, and what it comes to."""

    def __init__(self, page: PageRead, first: int, last: int) -> None:
        self.page, self.first, self.last = page, first, last
        self.blocks, self.labels = page.blocks, page.labels
        self.kinds = {one.kind for one in page.numbers if one}
        self.labelled = page.labelled
        self.pieces: dict[int, Piece] = {}
        """By the place of their blocks."""
        self.requests = Requests()
        self.values: list[tuple[Label, Block, int]] = []
        self.speeches: list[Speech] = []
        self.speech: Speech | None = None
        """Who speaks; None outside of everybody's words."""
        self.subject, self.voice = Subject(page, last), Voice()
        self.section: Means | None = None
        self.level = 0
        self.own = False
        self.kind: Kind = "recommendation"
        self.single = False
        self.under: tuple[str, ...] = ()
        self.when = ""
        """By when, as the heading above says."""
        self.lead = ""
        self.item: Request | None = None
        """The recommendation whose text may go on."""
        self.waits: Label | None = None
        self.cause: tuple[str, int] | None = None
        """The cause of concern above, and the level of its heading."""
        self.person: Part | None = None
        """The office-holder whose title stood last outside of everybody's words."""
        self.page_speaker: Part | None = None
        """The speaker whom the first heading of the page names."""

    def walk(self) -> None:
        """Give each block its piece."""
        span = range(self.first, self.last)
        for table, places in groupby(span, key=lambda n: (self.blocks[n].place or (0,))[0]):
            cells = [*places]
            heads = heads_of(self.page, cells) if table else {}
            for place in [] if heads else cells:
                self._block(place, self.blocks[place])
            if heads:
                self._table(cells, heads)

    # One block

    def _block(self, place: int, block: Block) -> None:
        label, number = self.labels[place], self.page.numbers[place]
        waits, self.waits = self.waits, None
        if place in self.page.welsh:
            self._piece(place, block.text, "not needed", why="it stands there in English too")
        elif waits is not None and label is None:
            self.values.append((waits, block, place))
            self._piece(place, block.text, "not needed", sure=True)
        elif place in self.page.signature:
            self._piece(place, block.text, "not needed", why="a signature")
            if place in self.page.signed or self.speech is None:
                self._end_speech()
                self.subject.clear()
        elif place in self.page.ties.words and not (self.speech and I.search(block.text)):
            self._restated(place, block, *self.page.ties.words[place])
        elif SALUTATION.fullmatch(block.text) and not self.page.listed:
            self._letter(place, block)
        elif number is not None and (label is None or label.means not in SPOKEN):
            self._numbered(place, block, number)
        elif label is not None and self._opens(label, block):
            self._label(place, block, label)
        elif label is not None and label.means == "field" and 0 < len(label.value.split()) < 8:
            self._piece(place, block.text, "not needed")
        elif self.speech is not None and not block.parted and not is_control(block.text):
            self._said(place, block)
        else:
            self._end_speech() if self.speech else None
            self._in_section(place, block)

    def _in_section(self, place: int, block: Block) -> None:
        """Take a block outside of everybody's words."""
        text, listed = block.text, self.page.listed
        over = block.level and block.level <= (self.level or 6)
        if self.section == "findings" and (listed or (self.own and not I.search(text))):
            self._piece(place, text, "report", sure=self.own)
        elif self.section == "findings" and not (
            block.level or evidence(text) is not None or self.page.recorded
        ):
            self._piece(place, text, "report")
        elif self.section == "standards" and not over:
            self._piece(place, text, "report" if listed else "not needed")
        elif self.section == "recommendations":
            self._asked(place, block)
        else:
            self.section = None if self.section == "standards" else self.section
            self._loose(place, block)

    def _restated(self, place: int, block: Block, numbers: tuple[str, ...], same: bool) -> None:
        """Take the words of recorded recommendations: what follows is about them."""
        speech, above = self.speech, self.subject.above
        if speech is not None and not (
            (self.subject.holds(numbers) and above is not None and above.place > speech.at)
            or (speech.own and not speech.about)
        ):
            self._end_speech()
        why = "" if same else "it begins as a recorded recommendation does"
        if len(numbers) == 1:
            self._piece(place, block.text, "recommendation", numbers, sure=same, why=why)
        else:
            self._piece(place, block.text, "report", why=why)
        self.subject.restated(place, numbers, self.speeches[-1].at if self.speeches else -1)

    def _end_speech(self) -> None:
        self.speech, self.section = None, None
        self.voice.begins()

    def _opens(self, label: Label, block: Block) -> bool:
        """Return whether a label opens something, where somebody may be speaking."""
        if label.means in SPOKEN and label.value[:1] in ("“", '"', "‘"):
            return False  # it introduces what somebody said
        if self.speech is None:
            return True
        if label.means in SPOKEN or label.means in _PARTS:
            whole = label.words == block.text.rstrip(" :") and is_line(block.text)
            whole = whole and ANOTHER.search(block.text) is None
            return label.own or block.stands_out or label.value != "" or whole
        return label.own and label.means in ("title", "response day", "day", "kind")

    def _label(self, place: int, block: Block, label: Label) -> None:
        first = place == self.first and block.place is None and not block.text.endswith(":")
        first = first and not label.value
        if label.means in SPOKEN and (block.level == 1 or (first and not block.level)):
            self.page_speaker = SPOKEN[label.means] if label.means != "both" else None
            self._piece(place, block.text, "not needed", sure=True)
        elif label.means in _ONE_LINE:
            if label.value:
                self.values.append((label, replace(block, text=label.value), place))
            self.waits = None if label.value else label
            self._piece(place, block.text, "not needed", sure=True)
        elif label.means in SPOKEN:
            self._speaks(place, block, label)
        else:
            self._end_speech()
            self.section, self.own, self.level = label.means, label.own, block.level
            self.item = None
            if label.means in ("end", "standards") or block.level:
                self.subject.above, self.subject.silent = None, 0
            if label.single and label.kind != "recommendation" and self.page.recorded:
                self.subject.only_of(label.kind, place, block.level)
            if label.means == "recommendations":
                self._list(place, block, label)
            elif label.value and label.means == "findings":
                self._piece(place, label.value, "report", sure=self.own)
            else:
                self._piece(place, block.text, "not needed", sure=not label.value)

    def _speaks(self, place: int, block: Block, label: Label) -> None:
        if self.page.of_london and "commissioner" in fold(label.words):
            label = replace(label, means="chief officer", own=False)  # of police
        speech = self._speech(place, label.means, own=label.own, level=block.level)
        speech.loose = label.value != ""
        if numbers := tuple(mentions(label.words)):
            self.subject.note(numbers, place, block.level)
        self.section, self.item = None, None
        if label.value:
            text = label.value if label.own or label.means != "force" else block.text
            self._said(place, replace(block, text=text, level=0))
        else:
            self._piece(place, block.text, "not needed", sure=True)

    def _speech(self, place: int, means: str, *, own: bool, level: int = 0) -> Speech:
        """Open somebody's words."""
        about = self.subject.speech_begins(
            place, level, self.speeches[-1] if self.speeches else None
        )
        self.speech = Speech(means, own, place, level=level, about=about)
        self.speeches.append(self.speech)
        self.voice.begins()
        return self.speech

    # Recommendations

    def _list(self, place: int, block: Block, label: Label) -> None:
        """Open a list of recommendations, or one cause of concern or area for improvement."""
        self.kind, self.single, self.lead = label.kind, label.single, ""
        several = re.search(r"(?:recommendation|area|cause|afi)s\b", fold(label.words))
        self.subject.ends_list, self.when = block.level if several else None, ""
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
        """Take a block that begins with a number by a label: of a recommendation, or of words about
        one."""
        asked = to_whom(number.rest) if number.rest else ""
        text = "" if asked else number.rest
        answers = text != "" and not ASKS.search(text) and evidence(text) is not None
        if self.page.recorded or answers or (self.speech and not self._raises(place, number)):
            self._about(place, block, number, text)
            return
        sure = self.section == "recommendations" and self.own
        if self.section != "recommendations":
            self._end_speech()
            self.section, self.own, self.cause = "recommendations", False, None
            self.kind = number.kind
        self.level = block.level or self.level
        item = self._request(block, number.number, number.kind)
        item.sure, item.addressed, item.numbered = sure, asked, True
        item.why = (
            "" if sure else "no label of its own says that the report's recommendations stand here"
        )
        self._open(item, place, block.level)
        titled = block.stands_out and text and not ASKS.search(text) and not text.endswith(".")
        if text and not titled:
            self._takes(item, place, replace(block, text=text))
        else:
            item.places.append(place)
            self._piece(place, block.text, "not needed", sure=True)

    def _request(self, block: Block, number: str, kind: Kind) -> Request:
        """Return a new recommendation below what stands above it; one without a number gets
        ours."""
        named = number or self.requests.name(kind)
        item = Request(named, kind, block.line, False, numbered=number != "", under=self.under)
        item.when = self.when
        item.why = "the page gives it no number by a label"
        item.parent = self.cause[0] if self.cause and kind == "recommendation" else None
        return item

    def _open(self, item: Request, place: int, level: int) -> None:
        self.item = self.requests.begin(item)
        if self.page.recorded is None:
            self.subject.note((item.number,), place, self.level)
        if item.kind in CAUSES:
            self.cause = (item.number, level)

    def _takes(self, item: Request, place: int, block: Block) -> None:
        """Take a block as words of a recommendation."""
        item.take(place, block)
        self._piece(place, block.text, "recommendation", (item.number,))

    def _about(self, place: int, block: Block, number: Numbered, text: str) -> None:
        """Take the number of a recommendation above somebody's words about it, or before them."""
        alone = not text or block.stands_out
        if self.speech is not None and not alone:
            self._said(place, block)
        elif self.speech is not None:
            self.subject.note((number.number,), place, block.level)
            self._piece(place, block.text, "not needed", sure=True)
        else:
            self.subject.note((number.number,), place, block.level)
            if alone or evidence(text) is None:
                self.section = None
                known = key_of(number.number) in map(key_of, self.subject.listed)
                why = "it names" if known else "the report, as recorded, does not have"
                why += f" recommendation {number.number}"
                self._piece(place, block.text, "not needed", why=why)
            else:
                self._loose(place, block)

    def _raises(self, place: int, number: Numbered) -> bool:
        """Return whether a number among somebody's words is a recommendation that was not given
        yet."""
        text = number.rest if not to_whom(number.rest) else ""
        if not text and place + 1 < self.last:
            text = self.blocks[place + 1].text
        asks = re.match(r"[A-Z][^.]*?\b(?:should|needs? to|must)\b", text) is not None
        return asks and number.number not in self.requests.numbers and evidence(text) is None

    def _asked(self, place: int, block: Block) -> None:
        """Take a block of a list of recommendations that no label numbers."""
        block = replace(block, text=PARAGRAPH.sub("", block.text, count=1))
        item, kind, text = self.item, self.kind, block.text
        who = None if self.page.listed else evidence(text)
        if who == "commissioner" or (who is not None and self.page.recorded):
            self._speaks_up(place, block)
            return
        waits = item if item is not None and not item.blocks else None
        when, whose = _WHEN.fullmatch(text), _AGENCY.fullmatch(text)
        if waits is not None and (when or whose):
            waits.target = when[1] if when else waits.target
            waits.addressed = whose[1] if whose and not when else waits.addressed
            self._piece(place, text, "not needed", why="it says whom the next asks, or by when")
            return
        if self.page.listed and _CALLED_STANDARDS.search(text):
            self.section, self.item, self.level = "standards", None, self.level or 6
            self._piece(place, text, "report")
            return
        asks = ASKS.search(text) is not None
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
                self._speaks_up(place, block)
                return
        report = self.page.listed or (kind in CAUSES and self.page.recorded is None)
        self._piece(
            place, text, "report" if report else "?", why="stands among the recommendations"
        )

    def _numbers_follow(self, place: int) -> bool:
        """Return whether a numbered list follows a line."""
        below = self.blocks[place + 1 : min(place + 2, self.last)]
        return any(one.number is not None or PLAINLY.match(one.text) for one in below)

    def _unnumbered(
        self, place: int, block: Block, kind: Kind, plainly: re.Match[str] | None
    ) -> None:
        number = plainly[1] if plainly else str(block.number) if block.number else ""
        if number in self.requests.numbers or kind != "recommendation":
            number = ""
        item = self._request(block, number, kind)
        item.lead, item.bullet = self.lead if number or block.bullet else "", block.bullet
        self._open(item, place, self.level)
        self._takes(item, place, replace(block, text=block.text[plainly.end() if plainly else 0 :]))

    def _heading(self, place: int, block: Block) -> None:
        """Take a heading among recommendations that is no label: whom they ask, what they are
        about, or an end."""
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

    # Words

    def _said(self, place: int, block: Block) -> None:
        """Take a block below somebody's label."""
        speech, text = self.speech, block.text
        assert speech is not None
        named = tuple(mentions(text))
        if is_site(text):
            self._piece(place, text, "not needed")
        elif isinstance(read_date(text), DatePhrase):
            self.values.append((Label("response day", "", text, own=False), block, place))
            self._piece(place, text, "not needed")
        elif self._is_heading(place, block, named) or (block.stands_out and not text.endswith(".")):
            named = named or self.subject.topic(place)
            if 0 < block.level <= speech.level - (named != ()):
                self._end_speech()
                self._loose(place, block)
                return
            self.subject.heading(place, block, named)
            speech.own = speech.own and named != ()  # what follows another heading may be anything
            self._piece(place, text, "not needed", sure=bool(named))
        elif is_name(text) and speech.pieces and not speech.row:
            self._piece(place, text, "not needed", why="a name")
        else:
            self._says(place, block, speech, *self.voice.whose(block, speech))

    def _says(self, place: int, block: Block, speech: Speech, part: Part, why: str) -> None:
        """Take a block as somebody's words, or leave it open."""
        text = block.text
        self._piece(place, text, part, why=why)
        self.subject.silent = 0
        if part in SPOKEN.values():
            speech.pieces.append(place)
        if part == "not needed":
            return
        if (under := self.subject.about(place, block, speech, self.pieces)) is not None:
            speech.under[place] = under

    def _letter(self, place: int, block: Block) -> None:
        """Open a letter: its speaker signs it, or else is told by whom it is written to."""
        signer = self.page.signer[place]
        if signer in (None, "?"):
            signer = "chief officer" if writes_to_the_office(block.text) else "commissioner"
        labelled = self.speech is not None and not self.speech.pieces and self.speech.own
        own = labelled and self.speech is not None and SPOKEN[self.speech.means] == signer
        self.subject.clear()
        self._speech(place, signer, own=own)
        self._piece(place, block.text, "not needed")

    def _loose(self, place: int, block: Block) -> None:
        """Take a block outside every part."""
        text, listed = block.text, self.page.listed
        if is_site(text):
            self._piece(place, text, "not needed", sure=True)
        elif self._is_heading(place, block, tuple(mentions(text))) or (
            (self.section == "end" or block.link) and len(text.split()) < _MOST_OF_A_LINK
        ):
            self.subject.heading(place, block, tuple(mentions(text)) or self.subject.topic(place))
            self._piece(place, text, "not needed")
        elif _LISTS.search(text) and not listed:
            self.section, self.own, self.single = "recommendations", False, False
            self.kind = "afi" if "improvement" in text else "recommendation"
            self._piece(place, text, "not needed", why=INTRODUCES)
        elif _RECOMMENDS.match(text) and (not self.labelled or not listed):
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
            self._speaks_up(place, block)

    def _speaks_up(self, place: int, block: Block) -> None:
        """Take a block that no label says what it is: somebody may begin to speak."""
        text = block.text
        who = introduced(text, person(text, self.person))
        self.person = person(text, self.person)
        who = self._first_person(place, block) if who is None else who
        recorded = self.page.recorded
        known = {one.key for one in recorded.recommendations} if recorded else set[str]()
        right_below = self.subject.above is not None and self.subject.above.place == place - 1
        unknown = self.subject.above is not None and not known & {
            *map(key_of, self.subject.above.numbers)
        }
        if unknown and right_below and who is None and ASKS.search(text):
            self._piece(place, text, "report", why="a recommendation that is not recorded")
            return
        if who in (None, "?"):
            why = "no label says what it is" if who is None else "somebody else speaks"
            self._piece(place, text, "?", why=why)
            return
        quoted = re.search(r"[“\"]", text) is not None
        speech = self._speech(place, who, own=False)
        speech.labelled, speech.loose = False, quoted or speech.about != ()
        if text.endswith(":") and not quoted:
            self._piece(place, text, "not needed", why=INTRODUCES)
            return
        speech.told = who if quoted else None
        self._says(place, block, speech, SPOKEN[who], "")
        if speech.loose:
            self.speech = None

    def _first_person(self, place: int, block: Block) -> Part | None:
        """Return who speaks in a paragraph below no label, by its own words and the signature that
        follows."""
        if self.page.news:
            return None  # news tells who said what
        found = evidence(block.text)
        signer = self.page.signer[place]
        if found == "commissioner" and I.search(block.text):
            return signer if signer not in (None, "?") else self.page_speaker or found
        return None if found == "force" and self.subject.above is None else found

    # Tables

    def _table(self, cells: Sequence[int], heads: Heads) -> None:
        """Take the cells of a table of recommendations, a row at a time."""
        until = 0
        """The row at which the recommendation of those above ends."""
        for row, columns in in_rows(self.page, cells, heads):
            self._end_speech()
            if row >= until:
                self.item = None
                self.subject.clear()
            self.subject.silent = 0
            for at, places in columns:
                if row == 0:
                    for place in places:
                        self._piece(place, self.blocks[place].text, "not needed", sure=True)
                    continue
                means, own = heads.get(at, (None, False))
                if means in ("number", "recommendations"):
                    until = max(until, row + (self.blocks[places[0]].place or NO_CELL).rows)
                self._cell(places, means, own)
        self._end_speech()
        self.item = None
        self.subject.clear()

    def _cell(self, places: Sequence[int], means: Means | None, own: bool) -> None:
        """Take the blocks of a cell, below the head of its column."""
        if means in SPOKEN:
            self.subject.silent = min(self.subject.silent, 1)
            speech = self._speech(places[0], means, own=own)
            speech.row = True
        for place in places:
            block, label = self.blocks[place], self.labels[place]
            if means in SPOKEN and label is not None and label.means in SPOKEN:
                self._speaks(place, block, label)
                self.speeches[-1].row = True
            elif means in SPOKEN:
                self._said(place, replace(block, level=0, lead=""))
            elif means == "number":
                found = re.search(r"[0-9]{1,3}[A-Za-z]?", block.text)
                plain = found[0] if found else block.text
                number = self.page.numbers[place]
                self._in_row(place, block, number.number if number else plain)
                self._piece(place, block.text, "not needed")
            elif means == "recommendations":
                self._cell_asks(place, block)
            elif means in ("target", "addressees", "field"):
                if self.item is not None and means == "target":
                    self.item.target = block.text
                elif self.item is not None and means == "addressees":
                    self.item.addressed += block.text
                self._piece(place, block.text, "not needed")
            else:
                self._piece(place, block.text, "?", why="stands in a column that is not known here")

    def _in_row(self, place: int, block: Block, number: str) -> None:
        """Begin the recommendation of a row, or note the recorded one. One without a number gets
        ours."""
        if self.page.recorded is None and self.item is None:
            item = self._request(block, number, "recommendation")
            item.why = "it stands in a table: see that each column is what it seems"
            self._open(item, place, 0)
        elif number and self.subject.above is None:
            self.subject.note((number,), place, 0)

    def _cell_asks(self, place: int, block: Block) -> None:
        labelled, text = self.page.numbers[place], block.text
        number, rest = split_number(text)
        number = labelled.number if labelled else number or "".join(self.subject.topic(place))
        text = labelled.rest if labelled else rest
        if (restated := self.page.ties.words.get(place)) is not None:
            self._in_row(place, block, number or restated[0][0])
            self._restated(place, block, *restated)
            return
        self._in_row(place, block, number)
        item = self.item
        if item is None or not text or not item.goes_on(block):
            short = item is None and len(block.text.split()) < _MOST_OF_A_LINK
            part: Part = "not needed" if short or not text else "?"
            self._piece(place, block.text, part, why="stands beside a recommendation")
            return
        item.kind = labelled.kind if labelled else item.kind
        self._takes(item, place, replace(block, text=text))

    def _is_heading(self, place: int, block: Block, named: tuple[str, ...]) -> bool:
        """Return whether a block is a heading: by its looks, or since it says recommendations and
        little else."""
        introduces = block.text.endswith(":") and not begins_about(block.text, ())
        marks = named != () and is_line(block.text) and not introduces
        return block.level > 0 or marks or place in self.page.ties.topics

    def _piece(
        self,
        place: int,
        text: str,
        part: Part,
        of: tuple[str, ...] = (),
        *,
        sure: bool = False,
        why: str = "",
    ) -> None:
        if part == "force" and self.page.whom.resolve("fire") is not None:
            part = "commissioner"  # an authority has no force: its service speaks for it
        block = self.blocks[place]
        bullet = block.bullet and part not in ("not needed", "other report")
        self.pieces[place] = Piece(place + 1, text, block.line, part, of, sure, sure, bullet, why)


def is_site(text: str) -> bool:
    """Return whether a line is the site's, and nobody's words."""
    return is_control(text) or (is_furniture(text) and evidence(text) is None)


def in_order(walk: Walk, blocks: Sequence[Block], begins: int) -> Iterator[Piece]:
    """Yield the pieces of a walk in page order; blocks outside are another report's, those before
    the first of them nobody's."""
    for place, block in enumerate(blocks):
        outside: Part = "not needed" if place < begins else "other report"
        yield walk.pieces.get(place) or Piece(place + 1, block.text, block.line, outside)
