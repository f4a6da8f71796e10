"""Files made to harm, or merely odd, each refused in one sentence. All are made here."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.commands.imports import read_file
from ledger.intake.sheets.cells import UnreadableSheet
from ledger.intake.sheets.open_sheet import open_sheet
from tests.intake_sheets.making import (
    ODS,
    cells,
    ods,
    ods_parts,
    ods_table,
    ods_text,
    styles,
    xlsx,
    xlsx_parts,
    zipped,
)


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(UnreadableSheet) as refused:
        open_sheet(data, name)
    sentence = refused.value.sentence
    assert sentence.startswith(name)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_file_of_5_gb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n")
        file.truncate(5 * 1024**3)
    with pytest.raises(UnreadableSheet, match="larger than"):
        read_file(path, None)


def test_a_part_that_lies_about_its_size_is_refused():
    data = xlsx(cells(("a", "b")))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(size.to_bytes(4, "little"), (size - 50).to_bytes(4, "little"))
    assert lying != data
    assert "damaged" in refusal(lying, "a.xlsx")


DOCTYPES = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a SYSTEM "http://example.org/a.dtd">',
    '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>',
)


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "_rels/.rels", "content.xml"]
)
def test_a_document_type_and_so_every_entity_is_refused_in_every_part(doctype, part):
    name = "a.ods" if part == "content.xml" else "a.xlsx"
    parts = ods_parts(ods_table(ods_text("a"))) if name == "a.ods" else xlsx_parts(cells(("a",)))
    content = parts[part]
    text = content if isinstance(content, str) else content.decode()
    sentence = refusal(zipped({**parts, part: doctype + text}), name)
    assert f"document type in {part}" in sentence


def test_xml_in_an_odd_character_set_is_refused():
    parts = xlsx_parts(cells(("a",)))
    parts["xl/workbook.xml"] = f'<?xml version="1.0" encoding="UTF-7"?>{parts["xl/workbook.xml"]!s}'
    assert "character set “UTF-7”" in refusal(zipped(parts), "a.xlsx")


def test_macros_are_refused_by_name_and_by_what_is_inside():
    workbook = xlsx_parts(cells(("a", "b")))
    assert "macros" in refusal(zipped(workbook), "a.xlsm")
    assert "macros" in refusal(zipped({**workbook, "xl/vbaProject.bin": b"x"}), "a.xlsx")
    assert "macros" in refusal(zipped({**workbook, "xl/macrosheets/sheet1.xml": b""}), "a.xlsx")
    sheet = ods_parts(ods_table(ods_text("a")))
    assert "macros" in refusal(zipped({**sheet, "Basic/Standard/Module1.xml": b""}), "a.ods")


def test_locked_and_old_files_are_refused_with_what_to_do():
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
    assert "password, or is an old Excel file" in refusal(old, "a.xlsx")
    assert "old Excel file" in refusal(old, "a.xls")
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    locked = {**ods_parts(""), "META-INF/manifest.xml": manifest}
    assert "locked with a password" in refusal(zipped(locked), "a.ods")
    data = bytearray(xlsx(cells(("a",))))
    place = data.rindex(b"PK\x01\x02")
    data[place + 8] |= 1
    assert "locked with a password" in refusal(bytes(data), "a.xlsx")


def test_a_file_inside_the_file_is_refused():
    inside = {**xlsx_parts(cells(("a", "b"))), "xl/embeddings/other.bin": b"x"}
    assert "another file inside (other.bin)" in refusal(zipped(inside), "a.xlsx")
    nested = {**xlsx_parts(cells(("a", "b"))), "docs/more.zip": zipped({"a": b""})}
    assert "another file inside (more.zip)" in refusal(zipped(nested), "a.xlsx")


def test_two_parts_of_one_name_are_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with pytest.warns(UserWarning, match="Duplicate name"):
            package.writestr("[Content_Types].xml", "<Types/>")
    assert "same name" in refusal(data.getvalue(), "a.xlsx")


def test_a_packing_that_no_spreadsheet_has_is_refused():
    assert "packed in a way" in refusal(
        zipped(xlsx_parts(cells(("a",))), zipfile.ZIP_LZMA), "a.xlsx"
    )


def test_cells_from_another_file_are_refused():
    table = ods_table(ods_text("a")).replace(
        "<table:table-row>", '<table:table-source xlink="x"/><table:table-row>', 1
    )
    assert "another file" in refusal(ods(table), "a.ods")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (xlsx(cells(("a", "b"))), "a.ods", "Excel workbook: name it .xlsx"),
        (ods(ods_table(ods_text("a"))), "a.xlsx", "OpenDocument spreadsheet: name it .ods"),
        (xlsx(cells(("a", "b"))), "a.csv", "Excel workbook: name it .xlsx"),
        (b"a,b\n1,2\n", "a.xlsx", "not what .xlsx means"),
        (zipped({"a.txt": b"a"}), "a.csv", "zipped file of another kind"),
        (zipped({"mimetype": b"application/epub+zip", "content.xml": b""}), "a.ods", "another"),
        (zipped({"mimetype": ODS.encode()}), "a.ods", "another kind"),
        (b"%PDF-1.7", "a.csv", "a PDF"),
        (b"<html><table><tr><td>a,b</td></tr></table>", "a.csv", "HTML"),
        (b"<?xml version='1.0'?><Workbook/>", "a.csv", "XML"),
        (b"a\tb\n", "a.csv", "it has tabs"),
        (b"a\tb\n", "a.tsv", "tabs between"),
        (b"a\n1\n", "a.csv", "neither"),
        (b"", "a.csv", "empty"),
        (b"\xef\xbb\xbf,,,\r\n", "a.csv", "empty"),
        (b"PK", "a.xlsx", "damaged"),
        (b"x", "a.docx", "none of .csv, .xlsx, .ods"),
        (b"x", "a.xlsb", "binary workbook"),
        (b"x", "a.numbers", "Numbers"),
        ("a,b\n".encode("utf-16"), "a.csv", "UTF-16"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_a_file_is_not_and_what_to_do(data, name, words):
    assert words in refusal(data, name)


def test_a_byte_that_is_not_utf8_is_refused_with_its_place():
    assert "byte 6 (0x92, line 2)" in refusal(b"a,b\nx,\x92\n", "a.csv")
    assert "byte 9 (0x92, line 2)" in refusal(b"\xef\xbb\xbfa,b\nx,\x92\n", "a.csv")
    assert "NUL at byte 6 (line 2)" in refusal(b"a,b\nx,\x00\n", "a.csv")


def test_places_that_no_sheet_has_are_refused():
    for row in (
        '<row r="0"/>',
        '<row r="1048577"/>',
        '<row r="99999999999999999999"/>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1"><c r="1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
    ):
        assert "damaged" in refusal(xlsx(f"<sheetData>{row}</sheetData>"), "a.xlsx")


def refused(data: bytes, name: str) -> str:
    """Return the sentence of a refusal; empty where the file is read."""
    try:
        open_sheet(data, name)
    except UnreadableSheet as error:
        return error.sentence
    return ""


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a.ods"]))
def test_any_bytes_are_read_or_refused_with_a_sentence(data, name):
    sentence = refused(data, name)
    assert sentence == "" or (sentence.startswith(name) and sentence.endswith("."))


@given(st.data())
def test_a_damaged_part_of_a_workbook_is_read_or_refused_with_a_sentence(data):
    merged = '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
    made = {
        "a.xlsx": xlsx_parts(
            cells(("a", "b"), ("c", '<c r="B2" s="1"><v>1</v></c>'), after=merged),
            strings="<si><t>a</t></si>",
            styles=styles("d/m/yyyy"),
        ),
        "a.ods": ods_parts(ods_table(ods_text("a") + ods_text("b"))),
    }
    name = data.draw(st.sampled_from(sorted(made)))
    parts = made[name]
    part = data.draw(st.sampled_from(sorted(parts)))
    text = parts[part]
    content = bytearray(text.encode() if isinstance(text, str) else text)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        gone = data.draw(st.integers(0, 10))
        content[start : start + gone] = data.draw(
            st.sampled_from([b"", b"9" * 20, b"-1", b"<", b'"', b"<v/>", b"&x;", b"\xff", b"1e999"])
        )
    assert refused(zipped({**parts, part: bytes(content)}), name)[-1:] in ("", ".")


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods"])
def test_a_table_of_contents_that_begins_elsewhere_than_it_says_is_refused(name):
    data = bytearray(xlsx(cells(("a", "b"))) if name == "a.xlsx" else zipped({"mimetype": b"x"}))
    at = data.rfind(b"PK\x05\x06") + 16
    begins = int.from_bytes(data[at : at + 4], "little") + 30
    data[at : at + 4] = begins.to_bytes(4, "little")

    refusal(bytes(data), name)
