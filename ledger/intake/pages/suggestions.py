"""Suggests what each block of a page is: whose words, about which recommendation, of which report.

One pass over the blocks: labels open parts, numbers open recommendations, and what stands below
belongs to them. A suggestion is sure where the page says it by a label of its own and leaves one
reading. Everything else is unsure, and a person settles it. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ledger.events.recommendation import Kind
from ledger.events.streams import key_of
from ledger.intake.pages.addressees import Whom
from ledger.intake.pages.blocks import Block, bounded, check_length, text_blocks
from ledger.intake.pages.decoding import HTML_SUFFIXES, page_text
from ledger.intake.pages.facts import BARE_DAY, Labelled, subject_of
from ledger.intake.pages.html_process import read_html
from ledger.intake.pages.kinds import kind_of_page, looks_like_news
from ledger.intake.pages.passages import Speech, judge
from ledger.intake.pages.recommendations import (
    ASKS,
    CAUSES,
    Request,
    Requests,
    counted,
    read,
    to_whom,
)
from ledger.intake.pages.speakers import (
    SALUTATION,
    SPOKEN,
    WE,
    I,
    evidence,
    fitting,
    introduced,
    person,
    signatures,
    unquoted,
    writes_to_the_office,
)
from ledger.intake.pages.values import (
    Part,
    Piece,
    RecordedReport,
    Resolve,
    Suggestion,
)
from ledger.intake.pages.words import (
    Label,
    Means,
    Numbered,
    column,
    fold,
    is_control,
    is_furniture,
    match_label,
    match_number,
    mentions,
)

_MOST_REPORTS = 12
"""A page with more titles is a list of reports."""
_ONE_LINE = ("title", "day", "response day", "kind", "publisher", "field")
_OF_LONDON = ("mopac", "city-of-london-common-council")
"""The offices whose chief officer is called the Commissioner."""
_AGENCY = re.compile(
    r"(?:agency|agencies|to|for|owner|lead(?: agency| body)?|addressed to|directed (?:to|at)|body"
    r"|organisations?|recipients?|responsib[a-z]+(?: [a-z]+)?) ?: (?!.*\bshould\b)(.{2,120}?)\.?",
    re.IGNORECASE,
)
_CALLED_STANDARDS = re.compile(r"\b(?:standards?|expectations?|criteria)\b[^.]{0,80}:$", re.I)
_PARTS = ("end", "recommendations", "standards", "findings")
_PLAINLY = re.compile(r"\(?([0-9]{1,3})[.)] (?=\S)")
_RECOMMENDS = re.compile(
    r"(?:HMICFRS|We|The inspectorate|[A-Z][\w’' ]{2,60}) recommends?\b", re.ASCII
)
_LISTS = re.compile(r"\b(?:recommendations|areas for improvement)\b[^.]{0,60}:$")
_PUBLISHED = re.compile(r"\b(?:published|HMICFRS|inspectorate|inspection)\b", re.IGNORECASE)
_MOST_OF_A_LINK = 16
_MOST_OF_A_HEAD = 10
"""Words that the head of a column has at most."""
_FEW_WORDS = 4
"""A line of so few words may stand in a recommendation and be somebody's too."""
_SAME = 50
"""Characters by which a recommendation that is repeated is known."""


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
    file = Path(filename).name
    labels = [match_label(block) for block in blocks]
    begins: list[int] = []
    titles: list[str] = []
    for place, label in enumerate(labels):
        if label is not None and label.means == "title" and label.own:
            following = blocks[place + 1].text if place + 1 < len(blocks) else ""
            value = fold(label.value or following)
            if value not in titles:
                titles.append(value)
                begins.append(place)
    if len(begins) < 2:
        begins, titles = _headed(blocks, labels)
    spans = [(0, len(blocks))]
    if 1 < len(begins) <= _MOST_REPORTS and not listed:
        spans = [*zip(begins, [*begins[1:], len(blocks)], strict=True)]
        if recorded is not None:
            wanted = fold(recorded.title)
            mine = [s for s, title in zip(spans, titles, strict=True) if wanted in title]
            spans = mine or [(0, len(blocks))]
    page = _Page(file, blocks, labels, resolve, listed, recorded)
    page.first = begins[0] if len(spans) > 1 or spans[0][0] else 0
    return [_Walk(page, *span).suggestion() for span in spans]


def _headed(blocks: Sequence[Block], labels: Sequence[Label | None]) -> tuple[list[int], list[str]]:
    """Return the headings that part a page about several reports, with their words: below each it
    says when the report was published, and the numbers of recommendations begin anew."""
    for level in (2, 3):
        begins: list[int] = []
        seen: set[str] = set()
        again = False
        for place, block in enumerate(blocks):
            below = blocks[place + 1 : place + 3]
            if block.level == level and labels[place] is None:
                if any(_PUBLISHED.search(one.text) for one in (block, *below)):
                    begins.append(place)
                    seen = set() if len(begins) == 1 else seen
            elif begins and (number := match_number(block)) is not None:
                again = again or (len(begins) > 1 and number.number in seen)
                seen.add(number.number)
        if again:
            return begins, [fold(blocks[place].text) for place in begins]
    return [], []


class _Page:
    """What is known of a whole page before it is walked."""

    def __init__(
        self,
        file: str,
        blocks: Sequence[Block],
        labels: Sequence[Label | None],
        resolve: Resolve,
        listed: bool,
        recorded: RecordedReport | None,
    ) -> None:
        self.file, self.blocks, self.resolve = file, blocks, resolve
        self.listed, self.recorded = listed, recorded
        self.first = 0
        """Where the first of its reports begins."""
        if listed:  # an inspectorate's page has nobody's response
            labels = [None if one and one.means in SPOKEN else one for one in labels]
        else:
            labels = [None if one and one.means == "standards" else one for one in labels]
        self.labels = labels
        self.recorded_keys = {one.key for one in recorded.recommendations} if recorded else set()
        self.of_fire = resolve("fire") is not None
        self.numbers = [match_number(block) for block in blocks]
        self.signed, self.signature = signatures(blocks)
        self.signer = _ahead(self.signed, len(blocks))
        self.restated = _restated(blocks, self.numbers, recorded)
        kinds = {one.kind for one in self.numbers if one}
        self.numbered: frozenset[Kind] = frozenset(kinds)
        """The kinds of recommendations to which the page gives numbers by a label."""
        self.labelled = bool(kinds) or any(
            one is not None and one.means == "recommendations" and (one.own or one.single)
            for one in labels
        )
        """Whether the page says by labels where its recommendations stand."""
        self.of_london = resolve("office") in _OF_LONDON
        self.news = looks_like_news(blocks)
        subject = subject_of(blocks, resolve) if listed else None
        self.whom = Whom(resolve, listed, subject)


def _ahead(signed: Mapping[int, Part | None], count: int) -> list[Part | None]:
    """Return, for each block, who signs next after it; None where nobody does."""
    found: list[Part | None] = [None] * (count + 1)
    for place in range(count - 1, -1, -1):
        found[place] = signed[place] or "?" if place in signed else found[place + 1]
    return found


def _restated(
    blocks: Sequence[Block],
    numbers: Sequence[Numbered | None],
    recorded: RecordedReport | None,
) -> dict[int, tuple[str, bool]]:
    """Return the blocks that have the words of a recorded recommendation, each with its number, and
    whether they are the same words."""
    openings: dict[str, str] = {}
    lines: dict[str, str] = {}
    for one in recorded.recommendations if recorded else ():
        for n, line in enumerate(one.text.split("\n")):
            words = fold(line.removeprefix("- ")).rstrip(" .;")
            if n == 0 and len(words) >= _SAME // 2:
                openings[words[:_SAME]] = one.number
            if len(words.split()) > _FEW_WORDS:
                lines[words] = one.number
    found: dict[int, tuple[str, bool]] = {}
    for place, (block, number) in enumerate(zip(blocks, numbers, strict=True)):
        for text in (block.text, number.rest if number else _PLAINLY.sub("", block.text)):
            words = fold(text).rstrip(" .;")
            if words in lines:
                found[place] = lines[words], True
            elif words[:_SAME] in openings:
                found[place] = openings[words[:_SAME]], False
    return found


@dataclass
class _Columns:
    """The columns of a table of recommendations, by their heads, and the row that is read."""

    table: int
    means: Mapping[int, tuple[Means, bool]]
    row: int = -1
    item: Request | None = None
    about: tuple[str, ...] = ()
    speeches: dict[int, Speech] = field(default_factory=dict)
    """By column: what somebody says in this row."""


class _Walk:
    """One pass over the blocks of one report, and what it comes to."""

    def __init__(self, page: _Page, first: int, last: int) -> None:
        self.page, self.first, self.last = page, first, last
        self.blocks, self.labels = page.blocks, page.labels
        self.begins = first if first == page.first else -1
        self.pieces: list[Piece] = []
        self.requests = Requests()
        self.item: Request | None = None
        """The recommendation whose text may go on."""
        self.last_item: tuple[tuple[str, ...], int] | None = None
        """The numbers of the recommendations that stand above, and the count of pieces then."""
        self.item_level = 0
        self.standing: set[tuple[str, ...]] = set()
        """All that stood above so."""
        self.speeches: list[Speech] = []
        self.speech: Speech | None = None
        """Who speaks; None outside of everybody's words."""
        self.inset: Part | None = None
        """Whose words were introduced in the block before."""
        self.inset_holds = False
        self.values: list[tuple[Label, Block, int]] = []
        self.section: Means | None = None
        self.level = 0
        self.own = False
        self.kind: Kind = "recommendation"
        self.single = False
        self.under: tuple[str, ...] = ()
        self.lead = ""
        self.waits: Label | None = None
        self.cause: tuple[str, int] | None = None
        """The cause of concern above, and the level of its heading."""
        self.columns: _Columns | None = None
        self.person: Part | None = None
        """Whose title stood last outside of everybody's words."""
        self.page_speaker: Part | None = None
        """Whose page its first heading says it is."""

    def suggestion(self) -> Suggestion:
        for place, block in enumerate(self.blocks):
            if not self.first <= place < self.last:
                before = place < self.begins
                self._piece(place, block.text, "not needed" if before else "other report")
                continue
            if block.place is not None and self._in_columns(block):
                assert self.columns is not None
                if block.place.row == 0:
                    self._piece(place, block.text, "not needed", sure=True)
                else:
                    self._cell(place, block, self.columns)
                continue
            self.columns = None
            self._block(place, block)
        return self._judged()

    # One block

    def _block(self, place: int, block: Block) -> None:
        label, number = self.labels[place], self.page.numbers[place]
        if self.waits is not None and label is None:
            waits, self.waits = self.waits, None
            self.values.append((waits, block, place))
            self._piece(place, block.text, "not needed", sure=True)
            return
        self.waits = None
        if place in self.page.signature:
            self._piece(place, block.text, "not needed", why="a signature")
            if place in self.page.signed or self.speech is None:
                self._end_speech()
        elif (dated := BARE_DAY.fullmatch(block.text)) is not None and not block.bullet:
            means: Means = "response day" if self.speeches else "day"
            found = Label(means, block.text, dated[1], own=False)
            self.values.append((found, replace(block, text=dated[1]), place))
            self._piece(place, block.text, "not needed", why="it may be the day of the page")
        elif place in self.page.restated and not (self.speech and I.search(block.text)):
            self._restated(place, block, *self.page.restated[place])
        elif SALUTATION.fullmatch(block.text) and not self.page.listed:
            self._letter(place, block)
        elif number is not None and (label is None or label.means == "recommendations"):
            self._numbered(place, block, number)
        elif label is not None and self._opens(label, block):
            self._label(place, block, label)
        elif label is not None and label.means == "field" and 0 < len(label.value.split()) < 8:
            self._piece(place, block.text, "not needed")
        elif self.speech is not None and (block.parted or is_control(block.text)):
            self._end_speech()
            self._loose(place, block)
        elif self.speech is not None:
            self._said(place, block)
        elif self.section == "findings":
            self._found(place, block)
        elif self.section == "standards":
            self._standard(place, block)
        elif self.section == "recommendations":
            self._asked(place, block)
        else:
            self._loose(place, block)

    def _found(self, place: int, block: Block) -> None:
        """Take a block below a label of findings: the report's words, unless somebody answers."""
        if self.page.listed or (self.own and not I.search(block.text)):
            self._piece(place, block.text, "report", sure=self.own, bullet=block.bullet)
        elif block.level or evidence(block.text) is not None or self.page.recorded is not None:
            self._loose(place, block)
        else:
            self._piece(place, block.text, "report", bullet=block.bullet)

    def _restated(self, place: int, block: Block, number: str, same: bool) -> None:
        """Take the words of a recorded recommendation in running text: what follows is about it."""
        heading = self.speech.heading if self.speech else None
        above = self.speech is not None and self.speech.own and not self.speech.about
        if self.speech is not None and (above or (heading and number in heading[0])):
            self.speech.heading = ((number,), len(self.pieces))
        else:
            self._end_speech()
            self._note((number,), 0)
        self._restates(place, block, number, sure=same)

    def _restates(self, place: int, block: Block, number: str, *, sure: bool) -> None:
        """Take the words of a recorded recommendation."""
        why = "" if sure else "it begins as a recorded recommendation does"
        self._piece(
            place, block.text, "recommendation", (number,), sure=sure, bullet=block.bullet, why=why
        )

    def _passes(self, block: Block, numbers: tuple[str, ...]) -> None:
        """Note a heading: the recommendations that it names, or an end of those above."""
        if numbers:
            self._note(numbers, block.level)
        elif block.level and block.level <= (self.item_level or 6):
            self.last_item = None

    def _end_speech(self) -> None:
        self.speech, self.inset = None, None
        self.section = None

    def _note(self, numbers: tuple[str, ...], level: int) -> None:
        """Note the recommendations that stand above what follows."""
        self.last_item, self.item_level = (numbers, len(self.pieces)), level
        self.standing.add(numbers)

    def _opens(self, label: Label, block: Block) -> bool:
        """Return whether a label opens something, where somebody may be speaking."""
        if label.means in SPOKEN and label.value[:1] in ("“", '"', "‘"):
            return False  # it introduces what somebody said
        if self.speech is None:
            return True
        if label.means in SPOKEN or label.means in _PARTS:
            whole = label.means in SPOKEN and label.words == block.text
            return label.own or block.stands_out or label.value != "" or whole
        return label.own and label.means in ("title", "response day", "day", "kind")

    def _label(self, place: int, block: Block, label: Label) -> None:
        first = place == self.first and block.place is None and not block.text.endswith(":")
        first = first and not label.value
        if label.means in SPOKEN and (block.level == 1 or (first and not block.level)):
            self.page_speaker = SPOKEN[label.means] if label.means != "both" else None
            self._piece(place, block.text, "not needed", sure=True)
            return
        if label.means in _ONE_LINE:
            if label.value:
                self.values.append((label, replace(block, text=label.value), place))
            else:
                self.waits = label
            self._piece(place, block.text, "not needed", sure=True)
            return
        if label.means in SPOKEN:
            self._speaks(place, block, label)
            return
        self._end_speech()
        self.section, self.own, self.level = label.means, label.own, block.level
        self.item = None
        if label.means == "recommendations":
            self._list(place, block, label)
        elif not label.value:
            self._piece(place, block.text, "not needed", sure=True)
        elif label.means == "findings":
            self._piece(place, label.value, "report", sure=self.own)
        else:
            self._piece(place, block.text, "not needed")

    def _speaks(self, place: int, block: Block, label: Label) -> None:
        if self.page.of_london and "commissioner" in fold(label.words):
            label = replace(label, means="chief officer", own=False)  # of police
        speech = self._speech(label.means, own=label.own, about=self._after_item())
        speech.level, speech.loose = block.level, label.value != ""
        if numbers := tuple(mentions(label.words)):
            speech.heading = (numbers, len(self.pieces))
            self._note(numbers, block.level)
        self.section, self.item = None, None
        if label.value:
            text = label.value if label.own or label.means != "force" else block.text
            self._said(place, replace(block, text=text, level=0))
        else:
            self._piece(place, block.text, "not needed", sure=True)

    def _speech(self, means: str, *, own: bool, about: tuple[str, ...] = ()) -> Speech:
        self.speech = Speech(means, own, about=about)
        self.speeches.append(self.speech)
        self.inset = None
        return self.speech

    def _after_item(self) -> tuple[str, ...]:
        """Return the recommendations above, where only words about them stand between."""
        if self.last_item is None:
            return ()
        parts = {piece.part for piece in self.pieces[self.last_item[1] :]}
        return () if parts & {"report", "other report"} else self.last_item[0]

    # Recommendations

    def _list(self, place: int, block: Block, label: Label) -> None:
        """Open a list of recommendations, or one cause of concern or area for improvement."""
        self.kind, self.single = label.kind, label.single
        self.lead = ""
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
        answers = text and not ASKS.search(text) and evidence(text) is not None
        if (
            self.page.recorded is not None
            or answers
            or (self.speech and not self._raises(place, number))
        ):
            self._about(place, block, number, text)
            return
        sure = self.section == "recommendations" and self.own
        kind = number.kind
        if self.section != "recommendations":
            self._end_speech()
            self.section, self.own, self.kind, self.cause = "recommendations", False, kind, None
        self.level = block.level or self.level
        parent = self.cause[0] if self.cause and kind == "recommendation" else None
        item = Request(number.number, kind, block.line, sure, addressed=asked, parent=parent)
        item.under = self.under
        if not sure:
            item.why = "no label of its own says that the report's recommendations stand here"
        self._open(item)
        if kind in CAUSES:
            self.cause = (item.number, block.level)
        titled = block.stands_out and text and not ASKS.search(text) and not text.endswith(".")
        if text and not titled:
            item.take(place, replace(block, text=text))
            self._piece(place, text, "recommendation", (item.number,))
        else:
            item.places.append(place)
            self._piece(place, block.text, "not needed", sure=True)

    def _open(self, item: Request) -> None:
        self.item = self.requests.begin(item)
        self._note((item.number,), self.level)

    def _about(self, place: int, block: Block, number: Numbered, text: str) -> None:
        """Take the number of a recommendation above somebody's words about it."""
        if self.speech is None or (text and not block.stands_out):
            if self.speech is None:
                self._note((number.number,), block.level)
                if not text or block.stands_out or evidence(text) is None:
                    self._piece(place, block.text, "not needed", why="a recommendation's number")
                    self.section = None
                    return
                self._loose(place, block)
            else:
                self._said(place, block)
            return
        self.speech.heading = ((number.number,), len(self.pieces))
        self._note((number.number,), block.level)
        self._piece(place, block.text, "not needed", sure=True)

    def _raises(self, place: int, number: Numbered) -> bool:
        """Return whether a number among somebody's words is a recommendation that was not given
        yet."""
        if number.number in self.requests.numbers:
            return False
        text = number.rest if not to_whom(number.rest) else ""
        if not text and place + 1 < self.last:
            text = self.blocks[place + 1].text
        begins = (
            r"(?:By|Within|With immediate|Not later|No later)\b.*"
            r"|(?:The|All|Each|Every|Police|Chief|Forces|Fire)\b.{0,80}"
        )
        return re.match(rf"(?:{begins})\b(?:should|needs? to|must)\b", text) is not None

    def _asked(self, place: int, block: Block) -> None:
        """Take a block of a list of recommendations that no label numbers."""
        item, kind = self.item, self.kind
        if item is not None and not item.blocks and (whose := _AGENCY.fullmatch(block.text)):
            item.addressed = whose[1]
            self._piece(place, block.text, "not needed", why="it says whom the next asks")
            return
        if self.page.listed and _CALLED_STANDARDS.search(block.text):
            self.section, self.item, self.level = "standards", None, self.level or 6
            self._piece(place, block.text, "report")
            return
        asks = ASKS.search(block.text) is not None
        may_count = asks or (self.page.listed and self.own) or self.lead != ""
        may_count = may_count or (item is not None and item.announces)
        plainly = _PLAINLY.match(block.text) if may_count and not block.level else None
        if item is not None and not plainly and item.goes_on(block):
            item.take(place, block)
            self._piece(place, block.text, "recommendation", (item.number,), bullet=block.bullet)
            return
        if item is not None and item.announces and (plainly or block.number is not None):
            self._announced(item)
            self._unnumbered(place, block, kind, plainly)
            return
        if item is not None and item.blocks and not block.level:
            item.sure, item.why = False, item.why or "other words follow it"
        if block.text.endswith("should:") and (block.level or self._numbers_follow(place, block)):
            self.lead, self.item, self.single = block.text, None, False
            self._piece(place, block.text, "report")
            return
        if block.level:
            self._heading(place, block)
            return
        first = self.single and item is None
        begins = first or (self.lead != "" and (block.bullet or block.number is not None))
        begins = begins or (asks and not (kind in self.page.numbered and kind not in CAUSES))
        lone = self.single and kind != "recommendation" and item is not None
        if lone and kind in CAUSES and asks:
            kind, begins, lone = "recommendation", "recommendation" not in self.page.numbered, False
        if asks and block.number is None and not plainly:
            self.lead = ""
        if (plainly or begins) and not lone:
            self._unnumbered(place, block, kind, plainly)
            return
        if item is not None and item.blocks:
            self.item = None
            if not self.page.listed and evidence(block.text) is not None:
                self._speaks_up(place, block)
                return
        report = self.page.listed or (kind in CAUSES and self.page.recorded is None)
        part: Part = "report" if report else "?"
        self._piece(place, block.text, part, why="stands among the recommendations")

    def _numbers_follow(self, place: int, block: Block) -> bool:
        """Return whether a line that stands out announces a numbered list."""
        below = self.blocks[place + 1 : place + 2]
        numbered = any(one.number is not None or _PLAINLY.match(one.text) for one in below)
        return block.stands_out and numbered

    def _announced(self, item: Request) -> None:
        """Take the words that announce a numbered list as its lead: each item is one of its own."""
        self.lead, item.blocks = item.text, []
        self.pieces[-1] = replace(self.pieces[-1], part="report", of=())

    def _unnumbered(
        self, place: int, block: Block, kind: Kind, plainly: re.Match[str] | None
    ) -> None:
        number = plainly[1] if plainly else str(block.number) if block.number else ""
        if number and (number in self.requests.numbers or kind != "recommendation"):
            number = ""
        item = Request(
            number or self.requests.name(kind), kind, block.line, False, numbered=bool(number)
        )
        item.why = "the page gives it no number by a label"
        item.under = self.under
        if self.lead and (number or block.bullet):
            item.lead = self.lead
        item.parent = self.cause[0] if self.cause and kind == "recommendation" else None
        self._open(item)
        if kind in CAUSES:
            self.cause = (item.number, self.level)
        text = block.text[plainly.end() :] if plainly else block.text
        item.take(place, replace(block, text=text))
        self._piece(place, text, "recommendation", (item.number,))

    def _heading(self, place: int, block: Block) -> None:
        """Take a heading among recommendations that is no label: what it is about, or an end."""
        self.own = False  # text after another heading may be about another report
        if whom := self.page.whom.heading(block.text):
            self.under = whom
        self._piece(place, block.text, "not needed", why="stands among the recommendations")
        if self.single or (self.level and block.level <= self.level):
            self.section, self.single = None, False
            if self.cause is not None and block.level <= (self.cause[1] or 6):
                self.cause = None
        self.item = None

    def _standard(self, place: int, block: Block) -> None:
        """Take a block of what an inspectorate measures by, until the next heading."""
        if block.level and block.level <= (self.level or 6):
            self.section = None
            self._loose(place, block)
        else:
            self._piece(place, block.text, "report" if self.page.listed else "not needed")

    # Words

    def _said(self, place: int, block: Block) -> None:
        speech = self.speech
        assert speech is not None
        named = mentions(block.text)
        if is_furniture(block.text) and evidence(block.text) is None:
            self._piece(place, block.text, "not needed")
            return
        if block.level or (block.stands_out and not block.text.endswith(".")):
            if not named and 0 < block.level <= speech.level:
                self._end_speech()
                self._loose(place, block)
                return
            if named:
                speech.heading = (tuple(named), len(self.pieces))
            else:
                speech.heading = None
                speech.own = False  # text after an unknown heading may be anything
            self._piece(place, block.text, "not needed", sure=bool(named))
            return
        part, why = self._whose(block, speech)
        if speech.heading is not None:
            of, at = speech.heading
            speech.under[len(self.pieces)] = (of, at == len(self.pieces) - 1)
        if part in SPOKEN.values():
            speech.pieces.append(len(self.pieces))
        self._piece(place, block.text, part, why=why, bullet=block.bullet)

    def _whose(self, block: Block, speech: Speech) -> tuple[Part, str]:
        """Return whose words a block is below somebody's label, and why that is left open."""
        text, usual = block.text, SPOKEN[speech.means]
        quotes = block.quoted or text[:1] in '“"‘'
        who = introduced(text, person(text, speech.told))
        within = re.search(r"[“\"]", text) is not None
        if who is not None and not (quotes and who == usual):
            speech.told = who if who != "?" else speech.told
            if who != usual and speech.until is None:
                speech.until = len(speech.pieces)
            if within:
                self.inset, self.inset_holds = who, not text.endswith(("”", '"', "”.", '".'))
                return who, "" if who != "?" else "somebody else speaks"
            self.inset, self.inset_holds = (who, True) if text.endswith(":") else (None, False)
            bare = text.endswith(":") and len(text.split()) < 12
            bare = bare and not mentions(text) and not I.search(text)
            return ("not needed", "it introduces what follows") if bare else (usual, "")
        if self.inset is not None and (quotes or block.bullet or self.inset_holds):
            self.inset_holds = self.inset_holds and block.text.endswith(":")
            return self.inset, "" if self.inset != "?" else "somebody else speaks"
        if self.inset is not None:
            if evidence(text) == "force" and self.inset in ("force", "chief officer"):
                return self.inset, ""
            after, self.inset = self.inset, None
            if after != usual and evidence(text) != usual:
                return "?", "it is not said whose words go on"
        if quotes and speech.told is not None and not block.quoted:
            return speech.told, ""
        if speech.means == "both":
            found = evidence(text) or speech.last
            if speech.last == "commissioner" and not WE.search(unquoted(text)):
                found = speech.last
            speech.last = found
            return (found, "") if found else ("?", "the label does not say who speaks")
        part = fitting(text, usual)
        return part, "" if part != "?" else "its words are not those of whom the label names"

    def _letter(self, place: int, block: Block) -> None:
        """Open a letter: its speaker signs it, or else is told by whom it is written to."""
        signer = self.page.signer[place]
        if signer in (None, "?"):
            signer = "chief officer" if writes_to_the_office(block.text) else "commissioner"
        labelled = self.speech is not None and not self.speech.pieces and self.speech.own
        own = labelled and self.speech is not None and SPOKEN[self.speech.means] == signer
        self._speech(signer, own=own)
        self._piece(place, block.text, "not needed")

    def _loose(self, place: int, block: Block) -> None:
        """Take a block outside every part."""
        text = block.text
        if is_furniture(text):
            self._piece(place, text, "not needed", sure=True)
        elif block.level or (self.section == "end" and len(text.split()) < _MOST_OF_A_LINK):
            self._passes(block, tuple(mentions(text)))
            self._piece(place, text, "not needed")
        elif _LISTS.search(text) and not self.page.listed:
            self.section, self.own, self.single = "recommendations", False, False
            self.kind = "afi" if "improvement" in text else "recommendation"
            self._piece(place, text, "not needed", why="it introduces what follows")
        elif _RECOMMENDS.match(text) and (not self.page.labelled or not self.page.listed):
            self.kind, self.single, self.item = "recommendation", True, None
            self.section = "recommendations"
            self._asked(place, block)
        elif self.page.listed:
            self._unlabelled(place, block)
        else:
            self._speaks_up(place, block)

    def _unlabelled(self, place: int, block: Block) -> None:
        """Take a block of a report's own page outside its lists of recommendations."""
        if self.page.labelled:
            called = _CALLED_STANDARDS.search(block.text) is not None
            self.section = "standards" if called else self.section
            self._piece(place, block.text, "report", bullet=block.bullet)
            return
        self.kind, self.single = "recommendation", False
        self._asked(place, block)

    def _speaks_up(self, place: int, block: Block) -> None:
        """Take a block that no label says what it is: somebody may begin to speak."""
        text = block.text
        who = introduced(text, person(text, self.person))
        self.person = person(text, self.person)
        if who in (None, "?"):
            who = self._first_person(place, block) if who is None else who
        about = self._after_item()
        right_below = self.last_item is not None and self.last_item[1] == len(self.pieces) - 1
        known = self.page.recorded_keys
        right_below = (
            right_below
            and self.last_item is not None
            and not (known & {*map(key_of, self.last_item[0])})
        )
        if who is None and right_below and ASKS.search(text):
            self._piece(place, text, "report", why="a recommendation that is not recorded")
            return
        if who in (None, "?"):
            why = "no label says what it is" if who is None else "somebody else speaks"
            self._piece(place, text, "?", why=why, bullet=block.bullet)
            return
        quoted = re.search(r"[“\"]", text) is not None
        speech = self._speech(who, own=False, about=about)
        speech.loose = quoted or about != ()
        if text.endswith(":") and not quoted:
            self._piece(place, text, "not needed", why="it introduces what follows")
            return
        speech.told = who if quoted else None
        speech.pieces.append(len(self.pieces))
        self._piece(place, text, SPOKEN[who], bullet=block.bullet)
        if speech.loose:
            self.speech = None

    def _first_person(self, place: int, block: Block) -> Part | None:
        """Return who speaks in a paragraph below no label, by its own words and the signature that
        follows."""
        if self.page.news:
            return None  # news tells who said what
        found = evidence(block.text)
        signer = self.page.signer[place]
        if found == "commissioner" and signer not in (None, "?") and I.search(block.text):
            return signer
        if found == "force" and self.last_item is None:
            return None
        if found == "commissioner" and self.page_speaker is not None and I.search(block.text):
            return self.page_speaker
        return found

    # Tables

    def _in_columns(self, block: Block) -> bool:
        """Return whether a cell stands in a table of recommendations, by the heads of columns."""
        assert block.place is not None
        if self.columns is None or self.columns.table != block.place.table:
            self.columns = _Columns(block.place.table, self._heads(block.place.table))
        return bool(self.columns.means)

    def _heads(self, table: int) -> dict[int, tuple[Means, bool]]:
        """Return what each column of a table says, by its first row; nothing if it is none of
        recommendations."""
        found: dict[int, tuple[Means, bool]] = {}
        for block in self.blocks[len(self.pieces) :]:
            if block.place is None or (block.place.table, block.place.row) != (table, 0):
                break
            if len(block.text.split()) > _MOST_OF_A_HEAD:
                return {}
            if (means := column(block.text)) is not None:
                found[block.place.column] = means
        named = {one for one, _ in found.values()}
        speaks = not named.isdisjoint(SPOKEN)
        fits = "recommendations" in named or ("number" in named and speaks)
        return found if fits and len(found) > 1 else {}

    def _cell(self, place: int, block: Block, columns: _Columns) -> None:
        """Take a cell of a table of recommendations, by the head of its column."""
        assert block.place is not None
        if block.place.row != columns.row:
            columns.row, columns.item, columns.about, columns.speeches = (
                block.place.row,
                None,
                (),
                {},
            )
            self._end_speech()
        means, own = columns.means.get(block.place.column, ("end", False))
        if means == "number":
            found = re.search(r"[0-9]{1,3}[A-Za-z]?", block.text)
            self._row(columns, block, found[0] if found else block.text, numbered=True)
            self._piece(place, block.text, "not needed")
        elif means == "recommendations":
            self._cell_asks(place, block, columns)
        elif means in ("target", "addressees"):
            if columns.item is not None:
                columns.item.target = block.text if means == "target" else columns.item.target
                columns.item.addressed += block.text if means == "addressees" else ""
            self._piece(place, block.text, "not needed")
        elif means in SPOKEN:
            self._cell_says(place, block, columns, means, own=own)
        elif block.place.column in columns.means and means == "field":
            self._piece(place, block.text, "not needed")
        else:
            self._piece(place, block.text, "?", why="stands in a column that is not known here")

    def _row(self, columns: _Columns, block: Block, number: str, *, numbered: bool) -> None:
        """Begin the recommendation of a row, or note the recorded one."""
        columns.about = (number,)
        for speech in columns.speeches.values():
            speech.row = speech.row or columns.about
        if self.page.recorded is not None:
            return
        if columns.item is None:
            columns.item = Request(number, "recommendation", block.line, False, numbered=numbered)
            columns.item.why = "it stands in a table: see that each column is what it seems"
            self.requests.begin(columns.item)

    def _cell_asks(self, place: int, block: Block, columns: _Columns) -> None:
        numbered, own = self.page.numbers[place], re.match(r"([0-9]{1,3})[.)] (.+)", block.text)
        text = numbered.rest if numbered else own[2] if own else block.text
        restated = self.page.restated.get(place)
        number = numbered.number if numbered else own[1] if own else ""
        number = restated[0] if restated else number
        if bare := re.fullmatch(r"[0-9]{1,3}[a-z]?", block.text):
            number, text = bare[0], ""
        if not columns.about or (number and columns.item is None):
            named = number or (
                self.requests.name("recommendation") if not self.page.recorded else ""
            )
            if named:
                self._row(columns, block, named, numbered=bool(number))
        item = columns.item
        if restated is not None:
            self._restates(place, block, number, sure=restated[1])
            return
        if item is None or not text or not item.goes_on(block):
            known = self.page.recorded is not None and len(block.text.split()) < _MOST_OF_A_LINK
            part: Part = "not needed" if known or not text else "?"
            self._piece(place, block.text, part, why="stands beside a recommendation")
            return
        if numbered is not None and numbered.kind != "recommendation":
            item.kind = numbered.kind
        item.take(place, replace(block, text=text))
        self._piece(place, text, "recommendation", (item.number,), bullet=block.bullet)

    def _cell_says(
        self, place: int, block: Block, columns: _Columns, means: Means, *, own: bool
    ) -> None:
        assert block.place is not None
        speech = columns.speeches.get(block.place.column)
        if speech is None:
            speech = self._speech(means, own=own)
            speech.row = columns.about
            columns.speeches[block.place.column] = speech
        self.speech = speech
        part, why = self._whose(block, speech)
        if part in SPOKEN.values():
            speech.pieces.append(len(self.pieces))
        self._piece(place, block.text, part, why=why, bullet=block.bullet)

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
        if part == "force" and self.page.of_fire:
            part = "commissioner"  # an authority has no force: its service speaks for it
        line = self.blocks[place].line
        self.pieces.append(Piece(place + 1, text, line, part, of, sure, sure, bullet, why))

    # The result

    def _judged(self) -> Suggestion:
        page = self.page
        mine = self.blocks[0 if self.begins >= 0 else self.first : self.last]
        facts = Labelled(
            mine, self.values, self.blocks, self.labels, page.resolve, page.listed
        ).facts()
        if page.recorded is not None:
            facts = {"response_published_on": facts["response_published_on"]}
        items, renamed, dropped = self.requests.without_repeats()
        counts = counted(items)
        found = [
            read(one, counts[key_of(one.number)], facts.get("published_on"), page.whom)
            for one in items
        ]
        if not all(one.sure for one in found):
            # A page that is unlike itself in one is not trusted in the causes above others.
            found = [replace(one, sure=one.sure and one.parent is None) for one in found]
        recorded = page.recorded.recommendations if page.recorded else ()
        numbers = {one.key: one.number for one in recorded or found}
        sure_of = {one.key for one in recorded} or {one.key for one in found if one.sure}
        self._settle(numbers, sure_of, renamed)
        repeats = {place + 1 for place in dropped}
        sure_texts = {one.number for one in found if one.sure}
        pieces = [
            replace(p, part="not needed", of=(), why="it says again what stands above")
            if p.part == "recommendation" and p.block in repeats
            else replace(p, sure=True, of_sure=True)
            if p.part == "recommendation" and p.of[0] in sure_texts and not recorded
            else p
            for p in self.pieces
        ]
        return Suggestion(
            file=page.file,
            kind_of_page=kind_of_page(
                mine,
                bool(found) and not page.recorded,
                self.speeches,
                listed=page.listed,
                news=page.news,
            ),
            pieces=tuple(pieces),
            recommendations=tuple(recorded or found),
            recorded=page.recorded,
            **facts,
        )

    def _settle(
        self, numbers: Mapping[str, str], sure_of: set[str], renamed: Mapping[str, str]
    ) -> None:
        """Settle what each passage is about, and what of it is sure."""
        self.pieces = [
            replace(p, of=tuple(renamed.get(n, n) for n in p.of)) if p.of else p
            for p in self.pieces
        ]
        about = {one.about for one in self.speeches if one.about}
        alternate = len(about) > 1 and 2 * len(about) >= len(self.standing)
        spoken = [x for x in self.speeches if x.pieces and SPOKEN[x.means] == "commissioner"]
        for speech in self.speeches:
            speech.rename(renamed)
            judge(
                speech,
                self.pieces,
                self.blocks,
                numbers,
                sure_of,
                alone=len(spoken) == 1,
                alternate=alternate,
                each=alternate and about >= self.standing,
            )
