"""A search for copies of a text finds its characters, however they are laid out and wrapped."""

import io
import os
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.text_matching import (
    MOST_LINES,
    is_long,
    lines_of,
    readable,
    repeats,
    shares_a_line,
    squeezed,
    words_of,
)

TEXT = "Sergeant Zoë O’Brien-Smith was off sick."


def page(words: str, charset: str = "utf-8") -> tuple[bytes, str]:
    return words.encode(charset), "text/html"


def mail(encoding: str) -> tuple[bytes, str]:
    made = EmailMessage()
    made.set_content(f"You asked.\n{TEXT}\n" + "And more. " * 99, cte=encoding)
    return made.as_bytes(), "message/rfc822"


def package(
    name: str, xml: str, method: int = zipfile.ZIP_DEFLATED, before: bytes = b""
) -> tuple[bytes, str]:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("[Content_Types].xml", before)
        made.writestr(name, xml)
    return file.getvalue(), "application/octet-stream"


def mail_with(attached: bytes) -> tuple[bytes, str]:
    made = EmailMessage()
    made.set_content("Attached.")
    made.add_attachment(attached, maintype="application", subtype="octet-stream")
    return made.as_bytes(), "message/rfc822"


def without_contents(packed: tuple[bytes, str]) -> tuple[bytes, str]:
    """Return a package whose table of contents is cut off."""
    body, media_type = packed
    return body[: body.index(b"PK\x01\x02")], media_type


WRAPPED = {
    "as it is": page(TEXT),
    "an older character set": page(TEXT, "cp1252"),
    "UTF-16": page(TEXT, "utf-16"),
    "references": page("Sergeant Zo&euml; O&#8217;Brien-Smith was off&nbsp;sick."),
    "tags within": page("<p>Sergeant <b>Zoë</b> O’Brien<i>-</i>Smith was<br>off sick.</p>"),
    "escaped tags": page("&lt;p&gt;Sergeant Zoë &lt;b&gt;O’Brien-Smith&lt;/b&gt; was off sick."),
    "references of references": page("Sergeant Zo&amp;euml; O’Brien-Smith was off sick."),
    "line breaks": page("Sergeant Zoë\r\n\t O’Brien-Smith\u00a0was off\n\nsick."),
    "a reference with many zeros": page(
        f"Sergeant Zo&#{'0' * 5000}235; O’Brien-Smith was off sick."
    ),
    "a mail in base64": mail("base64"),
    "a mail in quoted-printable": mail("quoted-printable"),
    "a sheet": package("xl/sharedStrings.xml", f"<si><t>{TEXT}</t></si>"),
    "a document": package(
        "word/document.xml",
        "<w:r><w:t>Sergeant Zoë O’Brien</w:t></w:r><w:r><w:t>-Smith was off sick.</w:t></w:r>",
    ),
    "a document that is not packed tighter": package("word/document.xml", TEXT, zipfile.ZIP_STORED),
    "a document after large parts": package("word/document.xml", TEXT, before=os.urandom(100_000)),
    "a document without contents": without_contents(package("word/document.xml", TEXT)),
    "a document in a mail": mail_with(package("word/document.xml", TEXT)[0]),
}


def found_in(body: bytes, media_type: str) -> bool:
    return any(repeats(words, lines_of(TEXT)) for words in words_of(body, media_type).said)


@pytest.mark.parametrize("wrapped", WRAPPED.values(), ids=WRAPPED)
def test_a_text_is_found_in(wrapped):
    assert found_in(*wrapped)
    assert words_of(*wrapped).all


@pytest.mark.parametrize("other", ["Sergeant Zoe O’Brien-Smith was off sick.", "", "was off sick."])
def test_other_words_are_not_it(other):
    assert not found_in(*page(other))


def test_every_line_has_to_be_there_in_whatever_order():
    lines = lines_of("The first line of it.\n\n  The second line of it. ")

    assert repeats(squeezed("The second line of it. And: the end. The first line of it."), lines)
    assert not repeats(squeezed("The first line of it."), lines)
    assert not repeats("anything", lines_of(" \n "))


def test_a_search_looks_for_the_longest_of_very_many_lines():
    text = "\n".join(f"Line {n}" for n in range(2 * MOST_LINES))

    assert repeats(squeezed(text), lines_of(text))
    assert len(lines_of(text)) == MOST_LINES


def test_a_source_that_is_cited_is_known_by_one_long_line():
    lines = lines_of(f"Yes.\n{TEXT}")

    assert shares_a_line(squeezed(TEXT), lines)
    assert not shares_a_line(squeezed("Yes."), lines)


def test_a_few_words_are_no_copy_of_others():
    assert is_long(TEXT)
    assert not is_long("Complete, and signed off.")


def locked() -> tuple[bytes, str]:
    body, media_type = package("word/document.xml", "<a/>")
    at = body.index(b"PK\x03\x04", 4)
    return body[: at + 6] + b"\x01" + body[at + 7 :], media_type


def spoilt() -> tuple[bytes, str]:
    body, media_type = package("word/document.xml", "".join(map(str, range(9999))))
    return body[:2000] + bytes(999) + body[2999:], media_type


DOCUMENT = "word/document.xml"
NOT_LOOKED_INTO = {
    "no package after all": lambda: (b"PK\x03\x04", "application/zip"),
    "zeros": lambda: (b"PK\x03\x04" + bytes(100), "application/zip"),
    "bzip2": lambda: package(DOCUMENT, "<a/>", zipfile.ZIP_BZIP2),
    "lzma": lambda: package(DOCUMENT, "<a/>", zipfile.ZIP_LZMA),
    "a password": locked,
    "damage": spoilt,
    "an end that is missing": lambda: (
        package(DOCUMENT, str([*range(999)]))[0][:900],
        "application/zip",
    ),
    "a bomb": lambda: package(DOCUMENT, "<a/>" * 9_000_000),
    "a bomb in a mail": lambda: mail_with(package(DOCUMENT, "<a/>" * 9_000_000)[0]),
}
"""Packed by the test itself: to collect the tests packs no bomb."""


@pytest.mark.parametrize("pack", NOT_LOOKED_INTO.values(), ids=NOT_LOOKED_INTO)
def test_a_file_that_cannot_be_unpacked_is_searched_as_it_is_and_says_so(pack):
    body, media_type = pack()

    assert not words_of(body, media_type).all
    assert found_in(body + b"<p>" + TEXT.encode(), media_type)


def test_a_bomb_is_unpacked_to_a_bound():
    body, media_type = package(DOCUMENT, "x" * 90_000_000)

    assert sum(map(len, words_of(body, media_type).said)) < 2**20 + 40 * len(body)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"&#", b"\n=?"]))
def test_no_bytes_fail(data, start):
    for media_type in ("message/rfc822", "text/html"):
        words_of(start + data + start + data, media_type)


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("text/html; charset=utf-8", True), ("application/pdf", False), ("image/png", False)],
)
def test_pictures_and_pdfs_are_not_read(media_type, expected):
    assert readable(media_type) is expected
