"""Follows which recommendations a page speaks about: those that a heading, a line, a row or the
first words of somebody name. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ledger.events.recommendation import Kind
from ledger.events.streams import key_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.passages import Speech
from ledger.intake.pages.speakers import SPOKEN
from ledger.intake.pages.values import Piece
from ledger.intake.pages.words import (
    begins_about,
    goes_on,
    is_general,
    match_number,
    subjects,
)


@dataclass(frozen=True)
class Above:
    """The recommendations that stand above: in a heading, a row or a line of their own, or at the
    beginning of somebody's words."""

    numbers: tuple[str, ...]
    place: int
    level: int = 0
    by: Literal["heading", "label", "words"] = "heading"
    """`label`: a number with which a paragraph begins; `words`: its first sentence names them."""
    heading: tuple[str, ...] = ()
    """All that the heading names, where only some of them stand below it."""


class Subject:
    """The recommendations that stand above, while a page is walked."""

    def __init__(self, page: PageRead, last: int) -> None:
        self.page, self.last = page, last
        self.listed = [one.number for one in page.known]
        self.names = {one.key: one.number for one in page.known}
        self.above: Above | None = None
        self.silent = 0
        """How many stood above since somebody last spoke: of a list nobody's words are about the
        last one."""
        self.ends_list: int | None = None
        """The level of a list's label, until somebody speaks."""
        self._ordinals = False
        """True once somebody counts them: the first recommendation, the second."""

    def clear(self) -> None:
        """Forget what stood above."""
        self.above = None

    def note(self, numbers: tuple[str, ...], place: int, level: int) -> None:
        """Note the recommendations that stand above what follows."""
        numbers = tuple(self.names.get(key_of(one), one) for one in numbers)
        if self.above is None or self.above.numbers != numbers:
            alike = self.above is not None and self.above.level == level
            self.silent = self.silent + 1 if alike else 1
        self.above = Above(numbers, place, level)

    def heading(self, place: int, block: Block, named: tuple[str, ...]) -> None:
        """Note a heading: the recommendations that it names, or an end of those above."""
        if named:
            self.note(named, place, block.level)
        elif self.above and self.above.level == 0 and self.above.place == place - 1:
            self.above = replace(
                self.above, place=place, level=block.level
            )  # the title of a number
        elif block.level and self.above and block.level <= (self.above.level or 6):
            self.above = None

    def topic(self, place: int) -> tuple[str, ...]:
        """Return the recommendation that a heading is about by its words."""
        return (self.page.ties.topics[place],) if place in self.page.ties.topics else ()

    def only_of(self, kind: Kind, place: int, level: int) -> None:
        """Note the one recorded recommendation of a kind below a label for one without a number."""
        one = [each.number for each in self.page.known if each.kind == kind]
        self.above = Above((one[0],), place, level) if len(one) == 1 else None

    def holds(self, numbers: tuple[str, ...]) -> bool:
        """Return whether recommendations are among those that stand above."""
        heading = (self.above.heading or self.above.numbers) if self.above is not None else ()
        return self.above is not None and {*numbers} <= {*heading}

    def restated(self, place: int, numbers: tuple[str, ...], spoke: int) -> None:
        """Note recorded recommendations by their words. Of those that a heading above names, they
        stand for all whose words don't follow. `spoke`: where somebody last began to speak."""
        above = self.above
        if above is None or not self.holds(numbers) or above.place < spoke:
            level = above.level if above is not None and self.holds(numbers) else 0
            self.note(numbers, place, level)
            return
        later = {
            one
            for at, (found, _) in self.page.ties.words.items()
            if place < at < self.last
            for one in found
        }
        heading = above.heading or above.numbers
        stands = tuple(one for one in heading if one in numbers or one not in later)
        self.above = replace(above, numbers=stands, place=place, heading=heading)

    def speech_begins(self, place: int, level: int, before: Speech | None) -> tuple[str, ...]:
        """Return what goes on above somebody's words, unless it ended a list, or somebody else
        spoke about it below a label of the same rank."""
        above = self.above
        ends = above is not None and (
            above.by != "heading" or self.silent > 1 or 0 < level < above.level
        )
        if above is not None and before is not None:
            ends = ends or (above.place > before.at and before.labelled and self.silent == 0)
        if above is not None and self.ends_list is not None and not self.page.listed:
            more = any(self.page.numbers[place : self.last])
            more = more or any(place < at < self.last for at in self.page.ties.words)
            ends = ends or (level <= self.ends_list and not more)
        self.above, self.ends_list = (None if ends else above), None
        self.silent = 0 if self.above is None else self.silent
        return self.above.numbers if self.above else ()

    def about(
        self, place: int, block: Block, speech: Speech, pieces: Mapping[int, Piece]
    ) -> tuple[tuple[str, ...], bool] | None:
        """Return the recommendations above that a paragraph of a speech is about, and whether it
        stands right below them."""
        text = block.text
        counts = self._ordinals or "recommend" in text[:60]
        begins = begins_about(text, self.listed if counts else None)
        if not begins and (self.above is None or self.above.by != "heading"):
            begins = self._topic_of(place)
        if begins:
            by: Literal["label", "words"] = "label" if match_number(block) else "words"
            self.above = Above(begins, place, by=by)
            self._ordinals = counts
        above = self.above
        if above is None:
            return None
        between = {pieces[n].part for n in range(above.place + 1, place) if n in pieces}
        between -= {"not needed", "recommendation"}
        spoken = above.by != "heading" or not between.isdisjoint(SPOKEN.values())
        unknown = self.page.begun and self.names.keys().isdisjoint(map(key_of, above.numbers))
        if unknown or self._ends(place, text, above, spoken=spoken):
            return None
        first = speech.labelled and speech.pieces == [place] and speech.at > above.place
        near = above.by == "heading" and above.heading in ((), above.numbers)
        near = near and (not between or (first and between <= {*SPOKEN.values()}))
        return above.numbers, near

    def _topic_of(self, place: int) -> tuple[str, ...]:
        """Return the recommendation whose topic a paragraph begins with."""
        return (self.page.ties.prose[place],) if place in self.page.ties.prose else ()

    def _ends(self, place: int, text: str, above: Above, *, spoken: bool) -> bool:
        """Return whether a paragraph is no more about the recommendations above it: the last one of
        a letter never is, if another one is."""
        if place + 1 in self.page.signature and place != above.place and spoken:
            return True
        if above.by == "heading":
            return False
        if subjects(text):
            return True
        return place != above.place and (
            is_general(text) or (above.by == "words" and not goes_on(text))
        )
