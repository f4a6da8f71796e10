"""Suggests what each block of a page is: whose words, about which recommendation, of which report.

A suggestion is sure where the page says it by a label of its own and leaves one reading. Everything
else is unsure, and a person settles it. Pure.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from ledger.events.streams import key_of
from ledger.intake.pages.addressees import Whom
from ledger.intake.pages.blocks import Block, read_blocks
from ledger.intake.pages.decoding import HTML_SUFFIXES, page_text
from ledger.intake.pages.facts import Labelled, subject_of
from ledger.intake.pages.gatherer import Gatherer
from ledger.intake.pages.html_process import read_html
from ledger.intake.pages.kinds import kind_of_page, looks_like_news
from ledger.intake.pages.listener import Listener
from ledger.intake.pages.page_read import PageRead
from ledger.intake.pages.passages import judge
from ledger.intake.pages.recommendations import read
from ledger.intake.pages.speakers import SALUTATION, SPOKEN, signatures
from ledger.intake.pages.values import Part, RecommendationRead, RecordedReport, Resolve, Suggestion
from ledger.intake.pages.walk import in_order
from ledger.intake.pages.words import (
    Label,
    fold,
    is_line,
    is_welsh,
    match_label,
    match_number,
    mentions,
)

_MOST_REPORTS = 12
"""A page with more titles is a list of reports."""
_OF_LONDON = ("mopac", "city-of-london-common-council")
"""The offices whose chief officer is called the Commissioner."""
_OF_A_REPORT = re.compile(r"\b(?:response|comments) (?:to|on)\b|[‘“]|\breport\b", re.I)
_PUBLISHED = re.compile(r"\b(?:published|HMICFRS|inspectorate|inspection)\b", re.IGNORECASE)
_FEW_WORDS = 4
"""A line of so few words may stand in a recommendation and be somebody's too."""


def page_blocks(data: bytes, filename: str) -> list[Block]:
    """Return the blocks of a page that it shows, menus and the like left out."""
    text, file = page_text(data, filename), Path(filename).name
    marked_up = file.lower().endswith(HTML_SUFFIXES) or "<" in text or "&" in text
    return [*(read_html if marked_up else read_blocks)(text, file)]


def suggest(
    blocks: Sequence[Block],
    filename: str,
    resolve: Resolve,
    *,
    listed: bool = False,
    recorded: RecordedReport | None = None,
) -> list[Suggestion]:
    """Return what a page is suggested to say: one suggestion for each report that it answers. A
    page with two titles of reports by their own labels has two.

    `resolve` gives the id of a body by its name. `listed`: it is said to be a report's own list of
    recommendations. `recorded`: the report that a person says the page answers; then there is one
    suggestion.
    """
    page = _page(blocks, resolve, listed, recorded)
    begins, titles = _titled(page) or _headed(page)
    if recorded is not None and len(begins) < 2:
        begins, titles = _of_title(page, recorded.title)
    spans, before = [(0, len(blocks))], 0
    if 1 < len(begins) <= _MOST_REPORTS and not listed:
        spans = [*zip(begins, [*begins[1:], len(blocks)], strict=True)]
        before = begins[0]
        if recorded is not None:
            mine = [s for s, one in zip(spans, titles, strict=True) if _is(recorded.title, one)]
            spans, before = (mine, before) if mine else ([(0, len(blocks))], 0)
    return [_suggestion(page, *span, before, Path(filename).name, recorded) for span in spans]


def _page(
    blocks: Sequence[Block], resolve: Resolve, listed: bool, recorded: RecordedReport | None
) -> PageRead:
    """Return what is known of a page before it is walked."""
    # An inspectorate's page has nobody's response, and a response measures nobody by standards.
    never = (*SPOKEN,) if listed else ("standards",)
    times = Counter(block.text for block in blocks)
    labels: list[Label | None] = []
    for block in blocks:
        again = times[block.text] > 1 and is_line(block.text)  # what repeats is a label
        label = match_label(replace(block, lead=block.text) if again else block)
        names = label and label.means == "recommendations" and mentions(label.words)
        labels.append(None if label is None or label.means in never or names else label)
    numbers = [match_number(block) for block in blocks]
    signed, signature = signatures(blocks)
    signer: list[Part | None] = [None] * (len(blocks) + 1)
    for place in range(len(blocks) - 1, -1, -1):
        signer[place] = signed[place] or "?" if place in signed else signer[place + 1]
    page = PageRead(
        blocks=blocks,
        labels=labels,
        numbers=numbers,
        whom=Whom(resolve, listed, subject_of(blocks, resolve) if listed else None),
        listed=listed,
        welsh=_welsh(blocks),
        signed=signed,
        signature=signature,
        signer=signer,
        news=looks_like_news(blocks),
        of_london=resolve("office") in _OF_LONDON,
    )
    if recorded is not None:
        page = page.knowing(recorded.recommendations, recorded.title, begun=True)
    return page


def _titled(page: PageRead) -> tuple[list[int], list[str]] | None:
    """Return the places of labels of two or more reports' titles, with the titles."""
    begins: dict[str, int] = {}
    for place, label in enumerate(page.labels):
        if label is not None and label.means == "title" and label.own:
            following = "".join(one.text for one in page.blocks[place + 1 : place + 2])
            begins.setdefault(fold(label.value or following), place)
    return ([*begins.values()], [*begins]) if len(begins) > 1 else None


def _headed(page: PageRead) -> tuple[list[int], list[str]]:
    """Return the headings that part a page about several reports, with their words: below each it
    says when the report was published, and the numbers of recommendations begin anew."""
    for level in (2, 3):
        begins: list[int] = []
        seen: set[str] = set()
        again = False
        for place, block in enumerate(page.blocks):
            below = page.blocks[place + 1 : place + 3]
            if block.level == level and page.labels[place] is None:
                if any(_PUBLISHED.search(one.text) for one in (block, *below)):
                    begins.append(place)
                    seen = set() if len(begins) == 1 else seen
            elif begins and (number := page.numbers[place]) is not None:
                again = again or (len(begins) > 1 and number.number in seen)
                seen.add(number.number)
        if again:
            return begins, [fold(page.blocks[place].text) for place in begins]
    return [], []


def _is(title: str, text: str) -> bool:
    """Return whether a text has the title of a report, or its part before a colon."""
    short = re.split(r"[:–—?]", title)[0]
    return fold(title) in fold(text) or (len(short.split()) > 1 and fold(short) in fold(text))


def _of_title(page: PageRead, title: str) -> tuple[list[int], list[str]]:
    """Return the headings of one level, with their words, if the title of a report is one of them
    and what stands below it has numbers that stand below another one too."""
    titles = [
        place
        for place, (block, label) in enumerate(zip(page.blocks, page.labels, strict=True))
        if block.stands_out
        and (label is None or label.means == "field" or _OF_A_REPORT.search(block.text))
        and not mentions(block.text)
        and place not in page.signature
        and not SALUTATION.fullmatch(block.text)
    ]
    for level in range(7):
        begins = [place for place in titles if page.blocks[place].level == level]
        below = [
            {key for block in page.blocks[first + 1 : last] for key in mentions(block.text)}
            for first, last in pairwise([*begins, len(page.blocks)])
        ]
        mine = [n for n, place in enumerate(begins) if _is(title, page.blocks[place].text)]
        if len(mine) == 1:
            others = {key for n, keys in enumerate(below) if n not in mine for key in keys}
            if below[mine[0]] & others:
                return begins, [page.blocks[place].text for place in begins]
    return [], []


def _read(
    page: PageRead, gatherer: Gatherer, mine: Sequence[Block]
) -> Sequence[RecommendationRead]:
    """Return the recommendations that were gathered, as read."""
    items = gatherer.requests.without_repeats()
    day = Labelled(mine, gatherer.values, page, None).facts()["published_on"]
    counts = Counter(key_of(one.number) for one in items)
    found = [read(one, counts[key_of(one.number)], day, page.whom) for one in items]
    if not all(one.sure for one in found):
        # A page that is unlike itself in one is not trusted in the causes above others.
        found = [replace(one, sure=one.sure and one.parent is None) for one in found]
    return found


def _welsh(blocks: Sequence[Block]) -> dict[int, bool]:
    """Return the paragraphs in Welsh of a page that has as many in English, and whether an English
    one stands on both sides of each."""
    texts = {n: one.text for n, one in enumerate(blocks) if not one.stands_out}
    welsh = {n: is_welsh(text) for n, text in texts.items()}
    english = sum(len(text.split()) > _FEW_WORDS for n, text in texts.items() if not welsh[n])
    if sum(welsh.values()) > english:
        return {}
    in_order = [False, *welsh.values(), False]
    near = {n: in_order[at] or in_order[at + 2] for at, n in enumerate(welsh)}
    return {n: not near[n] for n, one in welsh.items() if one}


def _suggestion(
    page: PageRead, first: int, last: int, before: int, file: str, recorded: RecordedReport | None
) -> Suggestion:
    """Return the suggestion for one report of a page, whose blocks are from `first` to `last`."""
    own = 0 if first == before else first
    mine = page.blocks[own:last]
    gatherer = Gatherer(page, first, last)
    listed: Sequence[RecommendationRead] = page.known
    if recorded is None:
        gatherer.walk()
        listed = _read(page, gatherer, mine)
        page = page if page.listed else page.knowing(listed)
    walk = gatherer if page.listed else Listener(page, first, last)
    if walk is not gatherer:
        walk.walk()
    speeches = walk.speeches if isinstance(walk, Listener) else []
    facts = Labelled(mine, walk.values, page, recorded).facts()
    numbers = {one.key: one.number for one in listed}
    sure_of = {one.key for one in listed if recorded or one.sure}
    there = {place - 1: one for one in listed for place in one.blocks}
    pieces = [*in_order(walk, before)]
    for n, one in enumerate(pieces):
        if one.part == "recommendation" and recorded is None:
            if n not in there:
                says = "it says again what stands above"
                pieces[n] = replace(one, part="not needed", of=(), why=says)
            else:
                sure, text = there[n].key in sure_of, gatherer.pieces[n].text  # without its label
                number = there[n].number
                pieces[n] = replace(one, text=text, of=(number,), sure=sure, of_sure=sure)
    judge(speeches, pieces, page, numbers, sure_of)
    return Suggestion(
        file=file,
        kind_of_page=kind_of_page(
            mine,
            bool(listed) and recorded is None,
            speeches,
            listed=page.listed,
            news=page.news,
        ),
        pieces=tuple(pieces),
        recommendations=tuple(listed),
        recorded=recorded,
        **facts,
    )
