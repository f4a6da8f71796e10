"""Reads what a page says of the report that it answers: title, day, kind, publisher, law."""

import re
from collections.abc import Callable, Sequence

from ledger.date_phrases import DatePhrase, DateProblem, read_date
from ledger.events.report import ReportKind
from ledger.intake.pages.blocks import Block, plain
from ledger.intake.pages.furniture import CITES, furniture_rule
from ledger.intake.pages.labels import ONE_LINE, Part, fold, phrases
from ledger.intake.pages.sections import Section
from ledger.intake.pages.values import DateOnPage, Label, Note, ReportRead, Words

_PHRASES: dict[ReportKind, str] = {
    "peel": "peel, peel assessment, peel inspection",
    "national_thematic": "national thematic, national thematic inspection, thematic, "
    "thematic inspection",
    "force_inspection": "force inspection, force specific, force-specific",
    "child_protection": "child protection, child protection inspection, "
    "national child protection inspection",
    "pcc_commissioned": "pcc commissioned, pcc-commissioned, pcc commissioned inspection",
    "joint": "joint, joint inspection, joint thematic, joint thematic inspection",
    "revisit_letter": "revisit letter, revisit, letter after a revisit",
    "custody": "custody, custody inspection, police custody inspection",
    "fire_inspection": "fire inspection, fire and rescue inspection, "
    "fire and rescue service inspection",
    "state_of_policing": "state of policing",
    "super_complaint": "super-complaint, super complaint, police super-complaint",
}
_KINDS = {words: kind for kind, text in _PHRASES.items() for words in phrases(text)}
_HMICFRS = re.compile(
    r"\bHMICFRS\b|\bH(?:is|er) Majesty['’]s Inspectorate of Constabulary(?:,| and) Fire"
)
_QUOTED = re.compile(r"(.*?)(?:^|(?<= ))[‘“\"'](.+)[’”\"']")
_OF_A_REPORT = re.compile(r"(.{0,100}\b(?:report|inspection)(?: on| titled)?: )(.+)", re.I)
_RESPONSE_TO = re.compile(
    r"((?:[^ ]+ ){0,8}(?i:response) to (?:the )?(?:hmicfrs(?:['’]s)? )?"
    r"(?:(?:report|inspection) (?:on |into )?)?)((?!HMICFRS\b)[A-Z].+)"
)
# A heading about a response, whose words are no report's title.
_IS_A_RESPONSE = re.compile(r"\bresponse\b", re.IGNORECASE)
# Kinds that a title says itself.
_IN_TITLE: tuple[tuple[re.Pattern[str], ReportKind], ...] = (
    (re.compile(r"\bjoint (?:thematic )?inspection\b", re.IGNORECASE), "joint"),
    (re.compile(r"\bchild protection inspection\b", re.IGNORECASE), "child_protection"),
    (re.compile(r"^PEEL (?:assessment )?[0-9]{4}"), "peel"),
    (re.compile(r"^State of Policing\b", re.IGNORECASE), "state_of_policing"),
)
# `HMICFRS published its report on 9 February 2024`, in running text.
_SAYS_DAY = re.compile(
    r"\b(?:HMICFRS|[Tt]he inspectorate|HMIC) (?:published|issued) (?:its|this|the|that)"
    r"(?: [A-Za-z-]+){0,4} report(?: titled [^.]{1,200})? on ([^.;,()]{8,40})(?=[.;,(]|$)"
)
_PUBLISHED_ON = re.compile(
    r"(?:first )?(?:published|added|posted)(?: (?:on|to) (?:this|our|the) (?:web ?)?site)?"
    r" (?:on )?(?P<day>.{4,60})",
    re.IGNORECASE,
)
_MOST_TITLE_WORDS = 40


def find_title(
    sections: Sequence[Section], note: Note, label: Callable[[Label], None]
) -> Words | None:
    """The report's title: beside its label, else the page's one main heading; None if neither.

    A heading such as `Our response to ‘…’` yields the words in quotation marks.
    """
    labelled = _values(sections, "title", note)
    plainly = [value for plain_label, value in labelled if plain_label]
    values = plainly or [value for _, value in labelled]
    for _, value in labelled:
        if value is not values[0]:
            note(value.line, value.text, "another title was read already")
    loose = [block for section in sections if section.part is None for block in section.blocks]
    headings = [b for b in loose if b.level == 1 and not furniture_rule(b.text)]
    if values:
        return Words(values[0].text.strip('‘’“”"') or values[0].text, values[0].line)
    if not any(block.level for section in sections for block in section.blocks):
        headings = _lines_before_labels(sections)
    if len(headings) != 1 or (title := _bare(headings[0], label)) is None:
        return None
    for section in sections:
        if section.part is None:
            section.blocks = [block for block in section.blocks if block is not headings[0]]
    return title


def _lines_before_labels(sections: Sequence[Section]) -> list[Block]:
    """Where a page has no headings, and no label for what it says of the report: the lines that
    stand above its first part.
    """
    if len(sections) < 2 or any(
        section.label and (section.label.level or section.part in ONE_LINE) for section in sections
    ):
        return []
    return [
        block
        for block in sections[0].blocks
        if not furniture_rule(block.text)
        and not block.cell
        and not block.text.endswith((".", "!", "?", ":"))
        and 3 <= len(block.text.split()) <= _MOST_TITLE_WORDS
    ]


def _bare(block: Block, label: Callable[[Label], None]) -> Words | None:
    """A title without quotation marks, or the words before it such as `Our response to`; None for
    a heading that is about a response and gives no title.
    """
    if block.level == 0:
        return Words(block.text.strip('‘’“”"') or block.text, block.line)
    for pattern in (_QUOTED, _OF_A_REPORT, _RESPONSE_TO):
        if found := pattern.fullmatch(block.text):
            if found[1].strip():
                label(Label(found[1].strip(), block.line, "title"))
            return Words(found[2], block.line)
    if _IS_A_RESPONSE.search(block.text) and block.level:
        return None
    return Words(block.text, block.line)


def read_date_part(part: Part, sections: Sequence[Section], note: Note) -> DateOnPage | None:
    """The date beside a label. Where several differ, none is taken and all are listed."""
    labelled = _values(sections, part, note)
    plainly = [value for plain_label, value in labelled if plain_label]
    values = plainly or [value for _, value in labelled]
    if not values:
        return None
    first = values[0]
    read = _read_day(first.text)
    differ = any(_read_day(value.text).on != read.on for value in values)
    for _, value in labelled:
        if differ:
            why = "the page gives several dates for it"
            if value is not first and _read_day(value.text).on != read.on:
                why = "another date, and the page does not say of what"
            note(value.line, value.text, why)
        elif value is not first:
            why = "the date is given again"
            if _read_day(value.text).on != read.on:
                why = "it may be the day of the page: say whose day it is"
            note(value.line, value.text, why)
    if differ:
        return DateOnPage(None, first.text, first.line, "the page gives several dates for it")
    if isinstance(read, DateProblem):
        note(first.line, first.text, read.why)
        return DateOnPage(None, first.text, first.line, read.why)
    if read.on is None:
        why = f"“{read.phrase}” names no day"
        note(first.line, first.text, why)
        return DateOnPage(None, first.text, first.line, why)
    return DateOnPage(read.on, first.text, first.line)


def find_page_day(sections: Sequence[Section], of_report: DateOnPage | None) -> DateOnPage | None:
    """A bare `Published 9 June 2024` where the report's day has a label of its own, and is another:
    it may be the day of the page. None where there are several."""
    if of_report is None:
        return None
    days: dict[str, DateOnPage] = {}
    for plainly, value in _values(sections, "published", lambda *_: None):
        read = _read_day(value.text)
        if not plainly and isinstance(read, DatePhrase) and read.on not in (None, of_report.on):
            days.setdefault(str(read.on), DateOnPage(read.on, value.text, value.line))
    return next(iter(days.values())) if len(days) == 1 else None


def _read_day(text: str) -> DatePhrase | DateProblem:
    """A day beside a label: alone, or as `Published on this website on 28 November 2024.`"""
    said = _PUBLISHED_ON.fullmatch(text.rstrip("."))
    return read_date(said["day"] if said else text)


def _day_in_words(sections: Sequence[Section]) -> DateOnPage | None:
    """The day that a sentence outside the parts gives for the report; None unless it is one."""
    found: list[DateOnPage] = []
    for section in sections:
        introduces = section.part == "recommendations" and section.label is not None
        label = [Block(section.label.words, section.line)] if introduces and section.label else []
        for block in [*label, *(section.blocks if section.part is None else ())]:
            for said in _SAYS_DAY.finditer(block.text):
                day = read_date(said[1])
                if day.on is not None:
                    found.append(DateOnPage(day.on, said[1], block.line))
    return found[0] if len({each.on for each in found}) == 1 else None


def read_report(
    title: Words, sections: Sequence[Section], blocks: Sequence[Block], note: Note
) -> ReportRead:
    """The report as the page describes it. `blocks` are all of the page, furniture too."""
    kind_words = _first(sections, "kind", note)
    kind = _KINDS.get(fold(kind_words.text).rstrip(" .")) if kind_words else None
    if kind_words is None:
        for pattern, in_title in _IN_TITLE:
            if said := pattern.search(title.text):
                kind, kind_words = in_title, Words(said[0], title.line)
                break
    if kind_words and kind is None:
        note(kind_words.line, kind_words.text, "no kind of inspection that is known here")
    publisher = _first(sections, "publisher", note)
    if publisher is None:
        publisher = _find(_HMICFRS, blocks)
    named = publisher is not None and _HMICFRS.search(publisher.text) is not None
    if publisher is not None and not named:
        note(publisher.line, publisher.text, "no publisher that is known here")
    findings = [s for s in sections if s.part == "key_findings" and s.blocks]
    text = "\n".join(plain(section.blocks) for section in findings)
    return ReportRead(
        title=title,
        published=read_date_part("published", sections, note) or _day_in_words(sections),
        kind=kind,
        kind_words=kind_words,
        publisher="hmicfrs" if named else None,
        publisher_words=publisher,
        cites=_find(CITES, blocks),
        key_findings=Words(text, findings[0].blocks[0].line) if findings else None,
    )


def _values(sections: Sequence[Section], part: Part, note: Note) -> list[tuple[bool, Block]]:
    """The values beside the labels of a part; whether each label is plain beyond doubt."""
    found = []
    for section in sections:
        if section.part == part and section.label is not None:
            if section.blocks:
                found.append((section.label.plain, section.blocks[0]))
            else:
                note(section.line, section.label.words, "a label with no value after it")
    return found


def _first(sections: Sequence[Section], part: Part, note: Note) -> Words | None:
    values = [value for _, value in _values(sections, part, note)]
    for value in values[1:]:
        note(value.line, value.text, "another value was read already")
    return Words(values[0].text, values[0].line) if values else None


def _find(pattern: re.Pattern[str], blocks: Sequence[Block]) -> Words | None:
    for block in blocks:
        if found := pattern.search(block.text):
            return Words(found[0], block.line)
    return None
