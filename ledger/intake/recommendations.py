"""Reads the recommendations out of the parts of a page that list them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ledger.events.recommendation import Kind
from ledger.intake.addressees import find_addressees
from ledger.intake.blocks import Block, plain
from ledger.intake.date_phrases import DateProblem, find_target
from ledger.intake.numbers import Numbered, match_bare_number, match_number, our_number, shown
from ledger.intake.reading import RecommendationRead
from ledger.intake.sections import Section
from ledger.streams import key_of

Note = Callable[[int, str, str], None]
"""Lists something as unread: line, words, why."""

_ASKS = re.compile(r"\b(?:should|must|needs? to|ought to|(?:is|are) to|recommends?)\b", re.I)
_GOES_ON = (":", ";", ",")


@dataclass(slots=True)
class _Draft:
    """A recommendation while its blocks are gathered. `open` until something else comes."""

    kind: Kind
    line: int
    label: str = ""
    number: str | None = None
    under_heading: bool = False
    blocks: list[Block] = field(default_factory=list)
    open: bool = True

    def takes(self, block: Block) -> bool:
        """Whether a block without a number goes on with this recommendation."""
        if not self.open or block.level:
            return False
        if not self.blocks or self.under_heading or block.bullet:
            return True
        return self.blocks[-1].text.endswith(_GOES_ON) or block.text[0].islower()


def read_recommendations(
    sections: Sequence[Section], note: Note
) -> tuple[list[RecommendationRead], dict[int, list[str]]]:
    """The recommendations in page order; and, by a part's position, the keys that stand in it."""
    read: dict[str, RecommendationRead] = {}
    placed: dict[int, list[str]] = {}
    ours: dict[Kind, int] = {}
    for place, section in enumerate(sections):
        if section.part != "recommendations":
            continue
        for draft in _drafts(section, note):
            if draft.number is None:
                ours[draft.kind] = ours.get(draft.kind, 0) + 1
            one = _finish(draft, ours.get(draft.kind, 0), note)
            if one is None:
                continue
            if one.key in read:
                note(one.line, f"{one.label} {one.text}".strip(), _twice(one, read[one.key]))
                continue
            read[one.key] = one
            placed.setdefault(place, []).append(one.key)
    return list(read.values()), placed


def _twice(one: RecommendationRead, before: RecommendationRead) -> str:
    return f"recommendation {one.number} was read already, on line {before.line}"


def _drafts(section: Section, note: Note) -> list[_Draft]:
    for matcher in (match_number, match_bare_number):
        numbers = [matcher(block) for block in section.blocks]
        if any(numbers):
            return _numbered(section, numbers, note)
    return _unnumbered(section, note)


def _numbered(section: Section, numbers: Sequence[Numbered | None], note: Note) -> list[_Draft]:
    drafts: list[_Draft] = []
    for block, number in zip(section.blocks, numbers, strict=True):
        if number is not None:
            alone = number.alone and not block.bullet
            kind = number.kind or section.kind
            draft = _Draft(kind, block.line, number.words, number.number, alone)
            if number.rest:
                draft.blocks.append(Block(number.rest, block.line))
            drafts.append(draft)
        elif not drafts:
            note(block.line, block.text, "stands before the first numbered recommendation")
        elif drafts[-1].takes(block):
            drafts[-1].blocks.append(block)
        else:
            drafts[-1].open = False
            note(block.line, block.text, "stands among the recommendations without a number")
    return drafts


def _unnumbered(section: Section, note: Note) -> list[_Draft]:
    drafts: list[_Draft] = []
    # `Recommendation: …` introduces one; what follows it on the page is something else.
    only_one = section.label is not None and section.label.value != ""
    for block in section.blocks:
        last = drafts[-1] if drafts else None
        asks = _ASKS.search(block.text) is not None or (block.bullet and section.kind != _PLAIN)
        in_list = last is not None and last.open and block.bullet and _has_list(last)
        if in_list and last is not None:
            last.blocks.append(block)
        elif asks and not block.level and not (only_one and drafts):
            drafts.append(_Draft(section.kind, block.line, blocks=[block]))
        else:
            if last is not None:
                last.open = False
            note(block.line, block.text, "stands among the recommendations and asks nothing")
    return drafts


_PLAIN: Kind = "recommendation"


def _has_list(draft: _Draft) -> bool:
    """Whether a recommendation goes on in bullets: it ended with a colon before them."""
    return any(not block.bullet and block.text.endswith(":") for block in draft.blocks)


def _finish(draft: _Draft, position: int, note: Note) -> RecommendationRead | None:
    text = plain(
        [
            Block(block.text, block.line, bullet=place > 0 and block.bullet)
            for place, block in enumerate(draft.blocks)
        ]
    )
    if not text:
        note(draft.line, draft.label, "a number with no recommendation after it")
        return None
    if draft.number is None:
        number = our_number(position, draft.kind)
    else:
        number = shown(draft.number, draft.kind)
    target = find_target(text)
    if isinstance(target, DateProblem):
        note(draft.line, target.phrase, target.why)
    found = find_addressees(text, target.phrase if target else None)
    for words in found.unread:
        note(draft.line, words, f"no addressee or partner of {number} that is understood here")
    if not found.addressees and not found.unread:
        note(draft.line, text, f"does not say to whom {number} is addressed")
    return RecommendationRead(
        number=number,
        key=key_of(number),
        numbered_by="us" if draft.number is None else "publisher",
        kind=draft.kind,
        label=draft.label,
        text=text,
        target=target,
        addressees=found.addressees,
        addressee_phrase=found.phrase,
        partners=found.partners,
        line=draft.line,
    )
