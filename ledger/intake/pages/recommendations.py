"""Reads the recommendations out of the parts of a page that list them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.date_phrases import DateProblem, find_target, read_date
from ledger.events.recommendation import Kind
from ledger.events.streams import key_of
from ledger.intake.pages.addressees import (
    find_addressees,
    find_addressees_of_cause,
    listed_addressees,
)
from ledger.intake.pages.blocks import Block, plain
from ledger.intake.pages.numbers import (
    IN_FIGURES,
    NUMBER,
    WORDS,
    Numbered,
    match_bare_number,
    match_number,
    match_ordinal,
    our_number,
    shown,
)
from ledger.intake.pages.sections import Section
from ledger.intake.pages.values import Note, RecommendationRead

_ASKS = re.compile(r"\b(?:should|must|needs? to|ought to|(?:is|are) to|recommends?)\b", re.I)
_GOES_ON = (":", ";", ",")
_CAUSES: tuple[Kind, ...] = ("cause_of_concern", "accelerated_cause_of_concern")
# `Recommendation 1 – to the Home Office`, before the text.
_TO_WHOM = re.compile(r"(?:to|for|addressed to) (.{2,120}[^.:;?!])")
_HOW_MANY = re.compile(rf"\b([0-9]{{1,2}}|{'|'.join(WORDS)}) recommendations\b", re.IGNORECASE)


@dataclass(slots=True)
class _Item:
    """A recommendation while its blocks are gathered. `open` until something else comes."""

    kind: Kind
    line: int
    label: str = ""
    number: str | None = None
    under_heading: bool = False
    under_cause: bool = False
    addressed: Block | None = None
    due: Block | None = None
    blocks: list[Block] = field(default_factory=list)
    open: bool = True

    def takes(self, block: Block) -> bool:
        """Whether a block without a number goes on with this recommendation."""
        if not self.open or block.level:
            return False
        if not self.blocks or self.under_heading or block.bullet:
            return True
        return self.blocks[-1].text.endswith(_GOES_ON) or block.text[0].islower()


def read_recommendations(sections: Sequence[Section], note: Note) -> list[RecommendationRead]:
    """The recommendations in page order; each part is told the keys of those that stand in it."""
    read: dict[str, RecommendationRead] = {}
    ours: dict[Kind, int] = {}
    for section in sections:
        if section.part != "recommendations":
            continue
        cause: str | None = None
        for item in _items(section, note):
            if item.number is None:
                ours[item.kind] = ours.get(item.kind, 0) + 1
                number = our_number(ours[item.kind], item.kind)
            else:
                number = shown(item.number, item.kind)
            if item.kind in _CAUSES:
                cause = number
            one = _finish(item, number, cause if item.under_cause else None, note)
            if one is None:
                continue
            if one.key in read:
                why = f"recommendation {one.number} was read already, on line {read[one.key].line}"
                note(one.line, f"{one.label} {one.text}".strip(), why)
                continue
            read[one.key] = one
            section.keys.append(one.key)
    return list(read.values())


def _items(section: Section, note: Note) -> list[_Item]:
    if section.row:
        return [_of_a_row(section)]
    if _is_numbered_list(section):
        return _numbered(section, [match_ordinal(block) for block in section.blocks], note)
    for matcher in (match_number, match_bare_number):
        numbers = [matcher(block) for block in section.blocks]
        if any(numbers):
            return _numbered(section, numbers, note)
    return _unnumbered(section, note)


def _names_whom(words: str) -> bool:
    """Whether what follows a number is only whom it is addressed to: `to the Home Office`."""
    found = _TO_WHOM.fullmatch(words)
    return found is not None and not listed_addressees(found[1]).unread


def _is_numbered_list(section: Section) -> bool:
    """Whether the list that recommendations stand in numbers them as their publisher does.

    That is so where the page says how many there are, and lists as many; another list has numbers
    of its own, or stands within a recommendation.
    """
    items = [block for block in section.blocks if block.ordinal is not None]
    said = _HOW_MANY.search(section.label.words) if section.label else None
    return (
        said is not None
        and len(items) == int(IN_FIGURES.get(said[1].lower(), said[1]))
        and section.blocks[0] is items[0]
        and all(_ASKS.search(block.text) for block in items)
        and not any(match_number(block) for block in section.blocks)
    )


def _of_a_row(section: Section) -> _Item:
    """The recommendation in a row of a table, with what its other columns say of it."""
    item = _Item(section.kind, section.line)
    for block in section.blocks:
        match block.column:
            case "number":
                found = match_number(block) or match_bare_number(block)
                item.label = block.text
                bare = block.text if re.fullmatch(NUMBER, block.text) else None
                item.number = found.number if found else bare
            case "addressees":
                item.addressed = block
            case "target":
                item.due = block
            case _:
                item.blocks.append(block)
    return item


def _numbered(section: Section, numbers: Sequence[Numbered | None], note: Note) -> list[_Item]:
    items: list[_Item] = []
    under_cause = False
    for block, number in zip(section.blocks, numbers, strict=True):
        if number is not None:
            heading = _names_whom(number.rest)
            alone = (number.alone or heading) and not block.bullet
            kind = number.kind or section.kind
            words = block.text if heading else number.words
            item = _Item(kind, block.line, words, number.number, alone)
            item.under_cause = under_cause and kind == "recommendation"
            if number.rest and not heading:
                item.blocks.append(Block(number.rest, block.line))
            items.append(item)
        elif not items and section.kind in _CAUSES and not block.level:
            # What the cause is; the recommendations below it belong to it.
            items.append(_Item(section.kind, block.line, blocks=[block]))
            under_cause = True
        elif not items:
            note(block.line, block.text, "stands before the first numbered recommendation")
        elif items[-1].takes(block):
            items[-1].blocks.append(block)
        else:
            items[-1].open = False
            under_cause = under_cause and not block.level
            note(block.line, block.text, "stands among the recommendations without a number")
    return items


def _unnumbered(section: Section, note: Note) -> list[_Item]:
    items: list[_Item] = []
    # `Recommendation: …` introduces one; what follows it on the page is something else.
    only_one = section.label is not None and section.label.value != ""
    for block in section.blocks:
        last = items[-1] if items else None
        asks = _ASKS.search(block.text) is not None or (block.bullet and section.kind != _PLAIN)
        asks = asks or (section.kind in _CAUSES and not items)
        in_list = last is not None and last.open and block.bullet and _has_list(last)
        if in_list and last is not None:
            last.blocks.append(block)
        elif asks and not block.level and not (only_one and items):
            items.append(_Item(section.kind, block.line, blocks=[block]))
        else:
            if last is not None:
                last.open = False
            note(block.line, block.text, "stands among the recommendations and asks nothing")
    return items


_PLAIN: Kind = "recommendation"


def _has_list(item: _Item) -> bool:
    """Whether a recommendation goes on in bullets: it ended with a colon before them."""
    return any(not block.bullet and block.text.endswith(":") for block in item.blocks)


def _finish(item: _Item, number: str, parent: str | None, note: Note) -> RecommendationRead | None:
    text = plain(
        [
            Block(block.text, block.line, bullet=place > 0 and block.bullet)
            for place, block in enumerate(item.blocks)
        ]
    )
    if not text:
        note(item.line, item.label, "a number with no recommendation after it")
        return None
    target = read_date(item.due.text) if item.due else find_target(text)
    if isinstance(target, DateProblem):
        note(item.line, target.phrase, target.why)
    if item.addressed:
        found = listed_addressees(item.addressed.text)
    elif item.kind in _CAUSES:
        found = find_addressees_of_cause(text)
    else:
        found = find_addressees(text, target.phrase if target else None)
    for words in found.unread:
        note(item.line, words, f"no addressee or partner of {number} that is understood here")
    if not found.addressees and not found.unread:
        note(item.line, text, f"does not say to whom {number} is addressed")
    return RecommendationRead(
        number=number,
        key=key_of(number),
        numbered_by="us" if item.number is None else "publisher",
        kind=item.kind,
        label=item.label,
        text=text,
        target=target,
        addressees=found.addressees,
        addressee_phrase=found.phrase,
        partners=found.partners,
        line=item.line,
        parent=parent,
    )
