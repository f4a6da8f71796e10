"""A backlog in .csv files, and what is read and rejected of it."""

from ledger.intake.sheets.backlog import read_backlog
from ledger.intake.sheets.layout import Backlog
from ledger.intake.sheets.open_sheet import open_sheet

REPORTS = "reference,title,kind,publisher,published on\n"
RESPONSES = "report,body,published on,text\n"
STORES = "stores-2024,Lost and found,peel,hmicfrs,12 March 2024\n"


def read(*files: str) -> Backlog:
    """Read .csv files together, named 1.csv, 2.csv, …"""
    return read_backlog(
        [open_sheet(text.encode(), f"{n}.csv") for n, text in enumerate(files, start=1)]
    )


def reasons(table: Backlog) -> list[tuple[int, str, str]]:
    """Return the row, the column and the reason of each rejected row."""
    return [(one.place.row, one.column, one.reason) for one in table.rejected]


def only_reason(*files: str) -> str:
    """Return the sentence of the one row that is rejected."""
    (rejected,) = read(*files).rejected
    return rejected.sentence
