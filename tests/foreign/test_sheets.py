"""LibreOffice opens the lists' files without a word, and reads of them what our CSV says."""

import csv
import subprocess
from pathlib import Path

import pytest

from ledger.intake.sheets.open_sheet import unguarded
from tests.api.site import recommendation
from tests.foreign.conftest import tool

FORMULA = '=HYPERLINK("https://a.example","a way out")'
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
"""Commas, quotes, UTF-8, cells as they are shown, of the first sheet alone."""

OF_ITSELF = ("convert ", "Writing sheet ", "Warning: failed to launch javaldx")
"""Lines that LibreOffice prints for every sheet: its progress, and that it has no Java."""


@pytest.mark.foreign
@pytest.mark.parametrize("form", ["ods", "xlsx"])
def test_a_sheet_opens_without_a_warning_and_a_formula_in_a_text_stays_text(site, tmp_path, form):
    for text in (FORMULA, "Act: 007 is no number, 16/07/2026 no day.", "Gweithredwch yn awr."):
        site.publish(recommendations=[recommendation(text=text)])
    site.catch_up()
    ours, theirs = (
        site.anybody.get(f"/api/recommendations.{one}", report="", year="2025").data
        for one in ("csv", form)
    )
    sheet = tmp_path / f"list.{form}"
    sheet.write_bytes(theirs)

    assert converted(sheet, tmp_path / "profile") == []

    (read,) = tmp_path.glob("list*.csv")
    assert rows(read.read_text("utf-8")) == rows(ours.decode("utf-8-sig"))
    assert FORMULA in read.read_text("utf-8").replace('""', '"')


def converted(sheet: Path, profile: Path) -> list[str]:
    """Return the lines that LibreOffice prints while it turns a sheet into CSV beside it."""
    done = subprocess.run(
        [
            *(tool("soffice"), f"-env:UserInstallation={profile.as_uri()}", "--headless"),
            *("--convert-to", AS_CSV, "--outdir", sheet.parent, sheet),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    said = map(str.strip, (done.stdout + done.stderr).splitlines())
    return [line for line in said if line and not line.startswith(OF_ITSELF)]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a CSV, without what keeps a program from reading one as a formula."""
    return [[unguarded(cell) for cell in row] for row in csv.reader(text.splitlines())]
