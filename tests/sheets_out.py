"""Sheets written to a path, for tests that read them back."""

from collections.abc import Sequence
from pathlib import Path

from api.files.writers import Format, SheetOut, file_of


def write_sheets(sheets: Sequence[SheetOut], path: Path, form: Format) -> None:
    """Write a file with these sheets. ValueError as `file_of`."""
    path.write_bytes(file_of(sheets, form))
