"""Reads a response page, as text or HTML: what it says of the report, its recommendations and
the statement, and what on it was not understood. It records nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ledger.intake.pages.addressees import spelt_out
from ledger.intake.pages.blocks import Block, plain, text_blocks
from ledger.intake.pages.decoding import HTML_SUFFIXES, page_text
from ledger.intake.pages.furniture import furniture_rule
from ledger.intake.pages.html_blocks import html_blocks
from ledger.intake.pages.labels import looked_for
from ledger.intake.pages.recommendations import read_recommendations
from ledger.intake.pages.report import find_page_day, find_title, read_date_part, read_report
from ledger.intake.pages.sections import Section, begins_something, divide
from ledger.intake.pages.statement import read_statement
from ledger.intake.pages.values import Furniture, Label, Page, Unread, UnreadablePage, Words

MOST_BLOCKS = 20_000


@dataclass
class _Left:
    """What is listed beside the reading: labels, furniture, and what was left unread."""

    file: str
    labels: list[Label] = field(default_factory=list)
    furniture: list[Furniture] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def note(self, line: int, text: str, why: str) -> None:
        self.unread.append(Unread(self.file, line, text, why))


def read_page(data: bytes, *, filename: str, declared_charset: str | None = None) -> Page:
    """What a response page says, each part with its line.

    `declared_charset` is what a server's header declared. `UnreadablePage`, in one sentence, for
    another kind of file, bytes that are no text, or a page about something else.
    """
    text = page_text(data, filename=filename, declared_charset=declared_charset)
    file = Path(filename).name
    left = _Left(file)
    shown = []
    blocks = _blocks(text, file)
    for block in blocks:
        if block.furniture:
            left.furniture.append(Furniture(block.text, block.line, block.furniture))
        else:
            shown.append(block)
    sections = divide(shown)
    for section in sections:
        if section.label is not None:
            left.labels.append(Label(section.label.words, section.line, section.label.part))
    title = find_title(sections, left.note, left.labels.append)
    recommendations = read_recommendations(sections, left.note)
    recommendations = spelt_out(recommendations, shown)
    statement = read_statement(sections, recommendations, left.note)
    if title is None or not (recommendations or statement.text):
        raise UnreadablePage(_about_something_else(file, sections, title))
    report = read_report(title, sections, blocks, left.note)
    if report.published is None and not recommendations:
        raise UnreadablePage(_about_something_else(file, sections, title))
    response_published = read_date_part("response_published", sections, left.note)
    comments = [b for section in _of(sections, "chief_officer") for b in section.blocks]
    _clear_away(sections, left)
    return Page(
        file=file,
        report=report,
        recommendations=tuple(recommendations),
        statement=statement,
        chief_officer_comments=tuple(Words(plain([block]), block.line) for block in comments),
        response_published=response_published,
        page_day=find_page_day(sections, report.published),
        labels=tuple(sorted(left.labels, key=lambda each: each.line)),
        furniture=tuple(sorted(left.furniture, key=lambda each: each.line)),
        unread=tuple(sorted(left.unread, key=lambda each: each.line)),
    )


def _blocks(text: str, file: str) -> list[Block]:
    if file.lower().endswith(HTML_SUFFIXES):
        found = html_blocks(text, file)
    else:
        found = text_blocks(text, begins_something)
    blocks = list(islice(found, MOST_BLOCKS + 1))
    if len(blocks) > MOST_BLOCKS:
        raise UnreadablePage(
            f"{file} has more than {MOST_BLOCKS:,} lines of text, which no response page has: "
            "save the response page alone."
        )
    return blocks


def _of(sections: Sequence[Section], part: str) -> list[Section]:
    return [section for section in sections if section.part == part]


def _clear_away(sections: Sequence[Section], left: _Left) -> None:
    """Names what stands outside every part: furniture where a rule says so, else unread."""
    for section in sections:
        if section.part not in (None, "end"):
            continue
        under = f"under the heading “{section.label.words}”" if section.label else None
        for block in section.blocks:
            if rule := under or furniture_rule(block.text):
                left.furniture.append(Furniture(block.text, block.line, rule))
            else:
                left.note(block.line, block.text, "stands outside every part of the response")


def _about_something_else(file: str, sections: Sequence[Section], title: Words | None) -> str:
    missing = []
    if title is None:
        missing.append(f"no report title (looked for {looked_for('title')}, or one main heading)")
    if not any(section.blocks for section in _of(sections, "published")):
        missing.append(f"no publication date (looked for {looked_for('published')})")
    if not any(section.blocks for section in _of(sections, "recommendations")):
        missing.append(
            f"no recommendation (looked for {looked_for('recommendations')}, “Recommendation 1”)"
        )
    if not any(section.blocks for section in _of(sections, "statement")):
        missing.append("no statement (looked for “Response”, “Our response”)")
    found = ", ".join(missing) or "no recommendation that could be read"
    return (
        f"{file} is not a response page that can be read: {found}; if it is one, put such a "
        "label before each part and import it again."
    )
