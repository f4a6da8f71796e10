"""A whole backlog from sheets: every row read, or listed with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake.sheets.backlog import read_backlog
from ledger.intake.sheets.cells import Place, Rejected, UnreadableSheet
from ledger.intake.sheets.layout import LAYOUT, SourceRead, TargetRead
from ledger.intake.sheets.open_sheet import open_sheet
from tests.intake_sheets.making import cells, xlsx
from tests.intake_sheets.tables import REPORTS, RESPONSES, STORES, only_reason, read, reasons


def test_a_backlog_of_four_sheets_is_read_in_the_requests_fields():
    table = read(
        "Kind,TITLE,Reference,published_on,publisher,bodies,same as,source note\n"
        "National thematic,Lost and found,stores-2024,12/03/2024,hmicfrs,"
        "cumbria-pfcc; durham-pcc,https://a.example/1;https://b.example/2,letter\n",
        "report,number,text,addressees,kind,parent,partners,target,target phrase\n"
        "stores-2024,02,Label it.,force; durham-constabulary,AFI,1,College of Policing,"
        "by 1 October 2024,\n"
        "stores-2024,Rec 3,Tell owners.,force,,,,within 28 days,\n"
        "stores-2024,4,Count.,force,,,,2024-10,by autumn\n",
        "report,body,published on,url,parts,text\n"
        "stores-2024,cumbria-pfcc,not known,https://a.example/r,comments; reply,I welcome it.\n"
        "stores-2024,durham-pcc,,,,\n",
        "report,body,number,addressee,how,stance,text,reason\n"
        "stores-2024,cumbria-pfcc,2,force,Named,No action,We will not.,It is done.\n",
    )

    assert table.rejected == ()
    (report,) = table.rows["reports"]
    assert report.place == Place("1.csv", "", 2)
    assert (report.reference, report.kind, report.published_on) == (
        "stores-2024",
        "national_thematic",
        "2024-03-12",
    )
    assert report.bodies == ("cumbria-pfcc", "durham-pcc")
    assert report.same_as == ("https://a.example/1", "https://b.example/2")
    assert report.source == SourceRead(None, "letter")
    second, third, fourth = table.rows["recommendations"]
    assert (second.number, second.key, second.kind, second.parent) == ("02", "2", "afi", "1")
    assert second.addressees == ("force", "durham-constabulary")
    assert second.partners == ("College of Policing",)
    assert second.target == TargetRead("2024-10-01", "by 1 October 2024")
    assert (third.number, third.key) == ("Rec 3", "3")
    assert third.target == TargetRead(None, "within 28 days")
    assert fourth.target == TargetRead("2024-10", "by autumn")
    published, owed = table.rows["responses"]
    assert (published.published_on, published.parts) == (None, ("comments", "reply"))
    (explanation,) = table.rows["explanations"]
    assert (explanation.how, explanation.stance, explanation.reason) == (
        "named",
        "no_action",
        "It is done.",
    )
    assert (owed.text, owed.parts) == (None, ())


def test_rows_that_merged_cells_touch_are_rejected_with_the_range():
    merged = '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    rows = tuple(REPORTS.strip().split(",")), ("a", "T", "peel", "hmicfrs"), ("", "T", "peel", "x")
    table = read_backlog([open_sheet(xlsx(cells(*rows, after=merged)), "a.xlsx")])

    assert table.rows["reports"] == []
    merged_reasons = [one for one in table.rejected if "merged" in one.reason]
    assert [one.place.row for one in merged_reasons] == [2, 3]
    assert all("A2:A3" in one.reason for one in merged_reasons)


def test_everything_wrong_with_a_row_is_said_at_once():
    table = read(
        "reference,title,kind,publisher,published on,same as\n"
        "Bad Reference!,,PEEEL,hmicfrs,05/13/2026,ftp://x\n"
    )
    assert [column for _, column, _ in reasons(table)] == [
        "reference",
        "title",
        "kind",
        "published on",
        "same as",
    ]
    assert "none of peel, national thematic" in table.rejected[2].reason


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "reference,title,kind,publisher,publishd on",
            "publishd on”; the nearest is “published on",
        ),
        ("reference,title,kind,publisher,colour", "“colour”"),
        ("reference,title,kind,publisher,title", "“title” is there twice"),
        ("reference,title,publisher", "lacks “kind”"),
        ("report,number,text", "lacks “addressees”"),
    ],
)
def test_a_header_that_is_not_as_it_should_be_is_refused(header, words):
    with pytest.raises(UnreadableSheet) as refused:
        read(f"{header}\na,b,c,d,e\n")
    assert words in refused.value.sentence
    assert refused.value.sentence.startswith("1.csv, row 1")


def test_a_cell_without_a_name_above_it_rejects_its_row():
    assert "column F: the header has no name for it" in only_reason(
        REPORTS + STORES.replace("\n", ",more\n")
    )


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        ("report,body,rule,due on", "r,b,manual,1 May 2025", "needs a source"),
        ("report,body,rule,source note", "r,b,manual,letter", "due on: it is empty"),
        ("report,body,rule,due on,source note", "r,b,manual,May 2025,letter", "no exact day"),
        ("report,body,due on", "r,b,1 May 2025", "only the rule manual takes a due date"),
        ("report,body,parts", "r,b,reply", "text: it is empty, though there are parts"),
        ("report,body,text,another", "r,b,x,perhaps", "another"),
        ("report,body,url,text", "r,b,a.example,x", "no address"),
    ],
)
def test_a_response_row_that_does_not_hang_together_is_rejected(header, row, words):
    assert words in only_reason(f"{header}\n{row}\n")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("named,no_action,x,", "no_action needs it"),
        ("named,taken,x,because", "only the stance no_action takes a reason"),
        ("not found,,x,", "there is a passage"),
        (",,,", "how: it is empty"),
    ],
)
def test_an_explanation_that_contradicts_itself_is_rejected(row, words):
    header = "report,body,number,addressee,how,stance,text,reason\n"
    table = read(RESPONSES + "r,b,,x\n", f"{header}r,b,2,force,{row}\n")
    assert words in table.rejected[0].sentence


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=12), min_size=1, max_size=6))
def test_every_row_below_a_header_is_read_or_rejected(rows):
    columns = LAYOUT["recommendations"]
    filled = [[*row, *[""] * (len(columns) - len(row))][: len(columns)] for row in rows]
    text = "\n".join(
        ",".join('"' + cell.replace('"', '""').replace("\x00", "") + '"' for cell in row)
        for row in [[column.name for column in columns], *filled]
    )
    book = open_sheet(text.encode(errors="replace"), "a.csv")
    below = [row.place.row for row in book.sheets[0].rows[1:]]
    if not below:
        return

    table = read_backlog([book])

    taken = [row.place.row for row in table.rows["recommendations"]]
    assert sorted(taken + list({one.place.row for one in table.rejected})) == below
    assert table.count == len(below)


def test_a_rejected_row_says_all_that_is_needed_to_find_it():
    place = Place("a.xlsx", "reports", 4)
    rejected = Rejected(place, "kind", "pear", "“pear” is none of peel")
    assert rejected.sentence == "a.xlsx, reports, row 4, kind: “pear” is none of peel."
