"""Listens to a page whose recommendations are known: who speaks in each block, and about which of
them. Pure."""

import re
from dataclasses import replace

from ledger.date_phrases import DatePhrase, read_date
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.passages import Speech
from ledger.intake.pages.recommendations import ASKS, RECOMMENDS, to_whom
from ledger.intake.pages.speakers import (
    SPOKEN,
    I,
    evidence,
    introduced,
    is_site,
    person,
    writes_to_the_office,
)
from ledger.intake.pages.subject import Subject
from ledger.intake.pages.tables import Cell, Row
from ledger.intake.pages.values import Part
from ledger.intake.pages.voice import INTRODUCES, Voice
from ledger.intake.pages.walk import MOST_OF_A_LINK, Walk
from ledger.intake.pages.words import (
    LISTS,
    Label,
    Numbered,
    fold,
    is_blank,
    is_name,
    mentions,
    several,
    split_number,
)

_MOST_OF_A_FIELD = 100
"""Characters of a target, a status or the like in a table."""
_AMONG = "stands among the recommendations"


class Listener(Walk):
    """A walk over a response."""

    def __init__(self, page: PageRead, first: int, last: int) -> None:
        super().__init__(page, first, last)
        self.speeches: list[Speech] = []
        self.speech: Speech | None = None
        """Who speaks; None outside of everybody's words."""
        self.subject, self.voice = Subject(page, last), Voice()
        self.person: Part | None = None
        """The office-holder whose title stood last outside of everybody's words."""

    @property
    def _speaking(self) -> bool:
        return self.speech is not None

    @property
    def _in_a_table(self) -> bool:
        return self.speech is not None and self.blocks[self.speech.at].place is not None

    def _ends(self) -> None:
        self.speech, self.section = None, None
        self.voice.begins()

    def _signature(self, place: int) -> None:
        self._ends()
        self.subject.clear()

    def _restated(self, place: int, block: Block, *, asked: bool = False) -> bool:
        """Take the words of known recommendations: what follows is about them. `asked`: they stand
        where recommendations do."""
        if place not in self.page.ties.words or (self.speech and I.search(block.text)):
            return False
        numbers, same = self.page.ties.words[place]
        speech, above = self.speech, self.subject.above
        if speech is not None and not (
            (self.subject.holds(numbers) and above is not None and above.place > speech.at)
            or (speech.own and not speech.about)
        ):
            self._ends()
        why = "" if same else f"it has words of recommendation {', '.join(numbers)}"
        if not (same or asked or ASKS.search(block.text)):
            self._piece(place, block.text, "?", why=why)  # an answer may repeat them
        elif len(numbers) == 1:
            self._piece(place, block.text, "recommendation", numbers, sure=same, why=why)
        else:
            self._piece(place, block.text, "report", why=why)
        self.subject.restated(place, numbers, self.speeches[-1].at if self.speeches else -1)
        return True

    def _part(self, place: int, block: Block, label: Label) -> None:
        if label.means == "end" or block.level:
            self.subject.above, self.subject.silent = None, 0
        if label.single and label.kind != "recommendation":
            self.subject.only_of(label.kind, place, block.level)
        if label.means == "recommendations":
            self.subject.ends_list = block.level if several(label) else None
        if label.value and label.means == "findings":
            self._piece(place, label.value, "report", sure=self.own)
        elif label.value and label.means == "recommendations" and not block.stands_out:
            self._outside(place, replace(block, text=label.value, level=0))
        else:
            self._piece(place, block.text, "not needed", sure=not label.value)

    def _speaks(self, place: int, block: Block, label: Label) -> None:
        if self.page.of_london and "commissioner" in fold(label.words):
            label = replace(label, means="chief officer", own=False)  # of police
        speech = self._speech(place, label.means, own=label.own, level=block.level)
        speech.loose = label.value != ""
        if numbers := tuple(mentions(label.words)):
            self.subject.note(numbers, place, block.level)
        self.section = None
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

    def _numbered(self, place: int, block: Block, number: Numbered) -> None:
        """Take the number of a recommendation above somebody's words about it, or before them."""
        text = "" if to_whom(number.rest) else number.rest
        alone = not text or block.stands_out
        if self.speech is not None and not alone:
            self._said(place, block)
            return
        if self.speech is not None and self.speech.loose and block.level:
            self._ends()  # a label beside its words does not reach below a heading
        self.subject.note((number.number,), place, block.level)
        if self.speech is None and not alone and evidence(text) is not None:
            self._outside(place, block)
            return
        self.section = None
        known = key_of(number.number) in self.subject.names
        why = "it names" if known else "the report, as recorded, does not have"
        why += f" recommendation {number.number}"
        sure = self.speech is not None
        self._piece(place, block.text, "not needed", sure=sure, why="" if sure else why)

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
        elif self._is_heading(place, block, named) or (
            block.stands_out and not text.endswith(".") and evidence(text) is None
        ):
            named = named or self.subject.topic(place)
            if 0 < block.level <= speech.level - (named != ()):
                self._ends()
                self._outside(place, block)
                return
            self.subject.heading(place, block, named)
            speech.own = speech.own and named != ()  # what follows another heading may be anything
            self._piece(place, text, "not needed", sure=bool(named))
        elif is_blank(text) or (is_name(text) and speech.pieces and not speech.row):
            self._piece(place, text, "not needed", why="it says nothing")
            self.subject.silent = 0
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

    def _outside(self, place: int, block: Block) -> None:
        text, named = block.text, tuple(mentions(block.text))
        if self.section == "findings" and self.own and evidence(text) != "commissioner":
            self._piece(place, text, "report", sure=True)
        elif is_site(text):
            self._piece(place, text, "not needed", sure=True)
        elif self._is_heading(place, block, named) or (
            (self.section == "end" or block.link) and len(text.split()) < MOST_OF_A_LINK
        ):
            self.subject.heading(place, block, named or self.subject.topic(place))
            self._piece(place, text, "not needed")
        elif LISTS.search(text):
            self.section = "recommendations"
            self._piece(place, text, "not needed", why=INTRODUCES)
        elif RECOMMENDS.match(text) or (
            self.section == "recommendations" and ASKS.search(text) and evidence(text) is None
        ):
            self._piece(place, text, "report", why=_AMONG)
        else:
            self._speaks_up(place, block)

    def _speaks_up(self, place: int, block: Block) -> None:
        """Take a block that no label says what it is: somebody may begin to speak."""
        text = block.text
        who = introduced(text, person(text, self.person))
        self.person = person(text, self.person)
        who = self._first_person(place, block) if who is None else who
        above = self.subject.above
        right_below = above is not None and above.place == place - 1
        unknown = above is not None and self.subject.names.keys().isdisjoint(
            map(key_of, above.numbers)
        )
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

    def _row(self, row: Row) -> None:
        self._ends()
        if not row.goes_on:
            self.subject.clear()
            self.subject.silent = 0

    def _cell(self, cell: Cell) -> None:
        if cell.means in SPOKEN:
            self.subject.silent = min(self.subject.silent, 1)
            self._speech(cell.places[0], cell.means, own=cell.own).row = True
        for place in cell.places:
            block, label = self.blocks[place], self.labels[place]
            if cell.means in SPOKEN and label is not None and label.means in SPOKEN:
                self._speaks(place, block, label)
                self.speeches[-1].row = True
            elif cell.means in SPOKEN:
                self._said(place, replace(block, level=0, lead=""))
            elif cell.means in ("number", "recommendations"):
                self._names(place, block, only=cell.means == "number")
            elif cell.means and evidence(block.text) is None and len(block.text) < _MOST_OF_A_FIELD:
                self._piece(place, block.text, "not needed")
            else:
                self._piece(place, block.text, "?", why="stands in a column that is not known here")

    def _names(self, place: int, block: Block, *, only: bool) -> None:
        """Take what names the recommendation of a row: its number or topic, and its words."""
        number = (
            named.number if (named := self.page.numbers[place]) else split_number(block.text)[0]
        )
        number = number or "".join(self.subject.topic(place))
        if only and not number and (found := re.search(r"[0-9]{1,3}[A-Za-z]?", block.text)):
            number = found[0]
        if number:
            self.subject.note((number,), place, 0)
        if not self._restated(place, block, asked=True):
            part: Part = "not needed" if number or only else "report"
            self._piece(place, block.text, part, why="stands beside a recommendation")
