"""LibreOffice opens the lists' files without a word, and reads of them what our CSV says."""

import csv
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from api.files.sheets import updates_sheet
from ledger.intake.sheets.open_sheet import unguarded
from projections.questions.exports import OpenQuestion, OpenRecommendation
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


@pytest.mark.foreign
@pytest.mark.parametrize(("form", "most"), [("ods", 4), ("xlsx", 5)])
def test_sixty_rows_of_the_forces_sheet_print_on_four_sheets(tmp_path, form, most):
    """An .xlsx has no way to say that its help does not print: it is one sheet more."""
    asked = OpenQuestion("0190a1b2-0000-7000-8000-000000000001", "Why has the date moved?", "2026")
    row = OpenRecommendation(
        report="stalking-2025",
        title="The police response to stalking: an inspection",
        number="02",
        addressee="kent-police",
        text="By 1 May 2025, chief constables should make sure that officers record it. " * 4,
        status="claimed_complete",
        target="within 28 days of this report being published",
        last_update_on="2024-09-03",
        version=3,
    )
    rows = [replace(row, questions=(asked,) if n % 4 else ()) for n in range(60)]
    sheet = tmp_path / f"sheet.{form}"
    sheet.write_bytes(updates_sheet(rows, form))

    converted(sheet, tmp_path / "profile", "pdf")

    printed = (tmp_path / "sheet.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= most


def converted(sheet: Path, profile: Path, to: str = AS_CSV) -> list[str]:
    """Return the lines that LibreOffice prints while it turns a sheet into another file beside
    it."""
    done = subprocess.run(
        [
            *(tool("soffice"), f"-env:UserInstallation={profile.as_uri()}", "--headless"),
            *("--convert-to", to, "--outdir", sheet.parent, sheet),
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
