"""Dates and numbers in a table's cells: read strictly, never guessed."""

import pytest

from ledger.intake.sheets.backlog import read_backlog
from ledger.intake.sheets.open_sheet import open_sheet
from tests.intake_sheets.making import cells, styles, xlsx
from tests.intake_sheets.tables import REPORTS, STORES, only_reason, read, reasons


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2024-03-12", "2024-03-12"),
        ("12/03/2024", "2024-03-12"),
        ("Tuesday 12 March 2024", "2024-03-12"),
        ("March 2024", "2024-03"),
        ("2024", "2024"),
        ("Not known", None),
        ("", None),
    ],
)
def test_dates_are_read_by_the_strict_grammar(written, read_as):
    (report,) = read(REPORTS + STORES.replace("12 March 2024", written)).rows["reports"]
    assert report.published_on == read_as


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("05/13/2026", "“05/13/2026” has no month 13: the day comes first, always"),
        ("16/5/25", "is not in a form that is read here"),
        ("Wednesday 12 March 2024", "is a Tuesday"),
        ("12 March 2024 or 13 March 2024", "more than one date"),
        ("45793", "a number, not a date"),
        ("by 12 March 2024", "no date on which something was"),
        ("within 28 days", "no date on which something was"),
        ("30 February 2024", "does not exist"),
        ("soon " * 60, "more words than a date has"),
    ],
)
def test_a_date_that_could_be_another_is_never_guessed(written, why):
    sentence = only_reason(REPORTS + STORES.replace("12 March 2024", written))
    assert sentence.startswith("1.csv, row 2, published on: ")
    assert why in sentence


def test_real_date_cells_are_read_and_moments_and_formulas_rejected():
    def report(reference: str, published: str) -> tuple[str, ...]:
        return reference, "T", "peel", "hmicfrs", published

    data = xlsx(
        cells(
            tuple(REPORTS.strip().split(",")),
            report("a", '<c r="E2" s="1"><v>45793</v></c>'),
            report("b", '<c r="E3" s="1"><v>45793.5</v></c>'),
            report("c", '<c r="E4" s="1"><f>TODAY()</f><v>45793</v></c>'),
            report("d", '<c r="E5"><v>45793</v></c>'),
            report("e", '<c r="E6" t="b"><v>1</v></c>'),
        ),
        styles=styles("dd/mm/yyyy"),
    )

    table = read_backlog([open_sheet(data, "old.xlsx")])

    assert [row.published_on for row in table.rows["reports"]] == ["2025-05-16"]
    assert [one.sentence.split(": ")[0] for one in table.rejected] == [
        f"old.xlsx, reports, row {row}, published on" for row in (3, 4, 5, 6)
    ]
    assert "time of day" in table.rejected[0].reason
    assert "formula" in table.rejected[1].reason


def test_a_number_that_became_a_date_is_rejected_and_a_plain_one_read():
    rows = (
        ("report", "number", "text", "addressees"),
        ("r", '<c r="B2" s="1"><v>45689</v></c>', "x", "force"),
        ("r", '<c r="B3"><v>2</v></c>', "x", "force"),
        ("r", '<c r="B4"><v>3.1</v></c>', "x", "force"),
        ("r", "none at all", "x", "force"),
    )
    data = xlsx(cells(*rows), name="Recommendations", styles=styles("d/m/yyyy"))

    table = read_backlog([open_sheet(data, "a.xlsx")])

    assert [row.number for row in table.rows["recommendations"]] == ["2", "none at all"]
    assert [(row, column) for row, column, _ in reasons(table)] == [(2, "number"), (4, "number")]
