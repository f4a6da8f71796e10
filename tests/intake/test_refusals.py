"""Pages that are refused as a whole, each with one sentence that says what to do."""

import os
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake.pages.blocks import MOST_BLOCKS
from ledger.intake.pages.decoding import MOST_BYTES, UnreadablePage, read_bytes
from ledger.intake.pages.suggestions import page_blocks
from tests.intake.suggesting import suggested

PAGE = """Report title: Police cells
Report published: 1 March 2024
Recommendations:
Rec 1: By 1 May 2024, chief constables should mend the cells.
Our response:
The Commissioner’s view of recommendation 1 is that it costs £5.
"""


def declaring(charset: str, encoding: str = "utf-8") -> bytes:
    """Return the page as HTML, which declares a character set."""
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">'
    return (meta + PAGE.replace("\n", "<br>\n")).encode(encoding)


def refusal(data: bytes, filename: str = "page.txt") -> str:
    with pytest.raises(UnreadablePage) as refused:
        page_blocks(data, filename)
    sentence = refused.value.sentence
    assert filename in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def zipped() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"%PDF-1.7\n%\xe2\xe3", "a PDF"), (zipped(), "a Word"), (b"{\\rtf1\\ansi", "rich text")],
)
def test_another_kind_of_file_is_refused_by_its_bytes_and_says_what_to_save(data, kind):
    sentence = refusal(data)
    assert kind in sentence
    assert "save the page as text (.txt) or HTML" in sentence


def test_a_file_of_another_name_is_refused():
    assert ".txt, .html or .htm" in refusal(PAGE.encode(), "page.pdf")


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused(data):
    assert "is empty" in refusal(data)


def test_a_file_over_ten_megabytes_is_refused_with_its_size():
    assert "52,428,800 bytes" in refusal(bytes(50 * 1024 * 1024))


def test_a_file_over_ten_megabytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 64 * 1024**3)  # a hole: too large to be read
    with pytest.raises(UnreadablePage, match=r"large\.txt: 68,719,476,736 bytes"):
        read_bytes(path)


def test_a_file_of_ten_megabytes_is_read_from_disk(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(b"x" * MOST_BYTES)
    assert len(read_bytes(path)) == MOST_BYTES


def test_bytes_that_are_no_utf_8_are_refused_with_line_and_byte():
    data = PAGE.encode("cp1252")
    offset = data.index(b"\x92")
    assert f"page.txt, line 6: byte {offset} (0x92) is not UTF-8" in refusal(data)


@pytest.mark.parametrize("charset", ["windows-1252", "ISO-8859-1", "Latin-1"])
def test_windows_1252_is_read_where_it_is_declared(charset):
    last = page_blocks(declaring(charset, "cp1252"), "page.html")[-1].text
    assert "Commissioner’s view" in last
    assert "£5" in last


def test_a_declaration_that_is_wrong_is_refused():
    for declared, encoding, says in (
        ("latin-1", "utf-8", "its bytes are UTF-8"),
        ("utf-8", "cp1252", "is not utf-8, which the page declares"),
        ("koi8-r", "utf-8", "“koi8-r”, which is not read here"),
    ):
        assert says in refusal(declaring(declared, encoding), "page.html")


def test_nul_is_refused_with_its_place():
    data = PAGE.replace(" mend", " me\0nd").encode()
    assert f"line 4: byte {data.index(0)} is NUL" in refusal(data)


def test_utf_16_is_refused():
    assert "UTF-16" in refusal(PAGE.encode("utf-16"))


def test_a_byte_order_mark_is_no_part_of_the_page():
    blocks = page_blocks(b"\xef\xbb\xbf" + PAGE.encode(), "page.txt")
    assert blocks == page_blocks(PAGE.encode(), "page.txt")


def test_a_page_of_endless_lines_or_tags_is_refused():
    assert f"more than {MOST_BLOCKS:,} lines" in refusal(b"a\n" * (MOST_BLOCKS + 1))
    assert "more tags" in refusal(b"<div>" * 400_000, "page.html")
    assert "more tags" in refusal(b"<b>x</p>" * 1_000, "page.html")


@given(st.binary(max_size=2_000), st.sampled_from(["page.txt", "page.html"]))
def test_no_bytes_fail_in_another_way(data, filename):
    with suppress(UnreadablePage):
        suggested(data, filename, "kent-pcc")


@given(st.text(max_size=500), st.text(max_size=500), st.sampled_from(["page.txt", "page.html"]))
def test_no_text_within_a_page_fails_in_another_way(one, other, filename):
    page = PAGE.replace(" mend", f" {one} mend").replace("costs", f"{other} costs")
    with suppress(UnreadablePage):
        suggested(page.encode("utf-8", "replace"), filename, "kent-pcc")
