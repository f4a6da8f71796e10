"""Reads a publisher's list of its reports: one row a report."""

from dataclasses import dataclass

from ledger.events import ListedReport
from ledger.events.forms import why_not
from ledger.intake.sheets.cells import Book, Rejected, UnreadableSheet
from ledger.intake.sheets.fields import Fields, read_header
from ledger.intake.sheets.layout import Column

COLUMNS = (
    Column("title", "The title as listed.", needed=True),
    Column("published on", "The day it was published; empty if the list has none.", needed=True),
    Column("url", "Its address on the publisher's site."),
    Column("kind", "What the list calls it."),
)


@dataclass(frozen=True, slots=True)
class ReportList:
    """The reports that a list has, each once and in its order, and what could not be read."""

    reports: tuple[ListedReport, ...]
    rejected: tuple[Rejected, ...]


def read_report_list(book: Book) -> ReportList:
    """The list in a file of one sheet. `UnreadableSheet` where it has none, or several."""
    sheets = [sheet for sheet in book.sheets if sheet.rows]
    if len(sheets) > 1:
        named = ", ".join(sheet.name for sheet in sheets)
        raise UnreadableSheet(f"{book.file} has {len(sheets)} sheets ({named}): keep the list's.")
    if not sheets or len(sheets[0].rows) == 1:
        raise UnreadableSheet(f"{book.file}: there is no row below a header.")
    header = read_header(sheets[0], COLUMNS)
    reports: list[ListedReport] = []
    rejected: list[Rejected] = []
    for row in sheets[0].rows[1:]:
        fields = Fields(row, header)
        one = ListedReport(
            title=fields.needed("title", fields.line("title")),
            published_on=fields.date("published on"),
            url=fields.url("url"),
            kind=fields.line("kind"),
        )
        for name, value in (("title", one.title), ("url", one.url), ("kind", one.kind)):
            if value and (why := why_not("url" if name == "url" else "plain", value)):
                fields.fault(name, why.rstrip("."))
        if fields.faults:
            rejected.extend(fields.faults)
        else:
            reports.append(one)
    return ReportList(tuple(dict.fromkeys(reports)), tuple(rejected))
