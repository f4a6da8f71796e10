"""An empty workbook of the table layout, with what each column means."""

from pathlib import Path

from ledger.intake.sheets.layout import LAYOUT, Column, SheetKind
from ledger.intake.sheets.write import Format, SheetOut, write_sheets

_BLANK_ROWS = 1_000
_HELP = (
    Column("sheet", ""),
    Column("column", ""),
    Column("needed", ""),
    Column("what it holds", "", width=80),
    Column("one of", "", width=60),
)


def write_template(path: Path, form: Format, kind: SheetKind | None = None) -> None:
    """A template at `path`: all the sheets and `help`, or the one `kind`, which .csv needs."""
    kinds = tuple(LAYOUT) if kind is None else (kind,)
    if form == "csv" and kind is None:
        raise ValueError("A .csv has one sheet: say which of them.")
    sheets = [SheetOut(each, LAYOUT[each], (), _BLANK_ROWS) for each in kinds]
    write_sheets([*sheets, help_sheet({each: LAYOUT[each] for each in kinds})], path, form)


def help_sheet(layout: dict[SheetKind, tuple[Column, ...]]) -> SheetOut:
    """The sheet `help`, which is passed over when a file is read."""
    rows = tuple(
        (
            kind,
            column.name,
            "yes" if column.needed else "",
            column.says,
            ", ".join(column.words),
        )
        for kind, columns in layout.items()
        for column in columns
    )
    return SheetOut("help", _HELP, rows)
