"""What is found to repeat a text: the same characters, however they are laid out and wrapped."""

import io
import zipfile
from email.message import EmailMessage

import pytest

from ledger.log.text_matching import is_long, readable, repeats, shares_a_line, squeezed, words_of

TEXT = "Sergeant Zoë O’Brien-Smith was off sick."


def page(words: str, charset: str = "utf-8") -> tuple[bytes, str]:
    return words.encode(charset), "text/html"


def mail() -> tuple[bytes, str]:
    made = EmailMessage()
    made.set_content(f"You asked.\n{TEXT}\n", cte="base64")
    return made.as_bytes(), "message/rfc822"


def package(name: str, xml: str) -> tuple[bytes, str]:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, xml)
    return file.getvalue(), "application/octet-stream"


WRAPPED = {
    "as it is": page(TEXT),
    "an older character set": page(TEXT, "cp1252"),
    "UTF-16": page(TEXT, "utf-16"),
    "references": page("Sergeant Zo&euml; O&#8217;Brien-Smith was off&nbsp;sick."),
    "tags within": page("<p>Sergeant <b>Zoë</b> O’Brien<i>-</i>Smith was<br>off sick.</p>"),
    "escaped tags": page("&lt;p&gt;Sergeant Zoë &lt;b&gt;O’Brien-Smith&lt;/b&gt; was off sick."),
    "references of references": page("Sergeant Zo&amp;euml; O’Brien-Smith was off sick."),
    "line breaks": page("Sergeant Zoë\r\n\t O’Brien-Smith\u00a0was off\n\nsick."),
    "a mail": mail(),
    "a sheet": package("xl/sharedStrings.xml", f"<si><t>{TEXT}</t></si>"),
    "a document": package(
        "word/document.xml",
        "<w:r><w:t>Sergeant Zoë O’Brien</w:t></w:r><w:r><w:t>-Smith was off sick.</w:t></w:r>",
    ),
}


@pytest.mark.parametrize("wrapped", WRAPPED.values(), ids=WRAPPED)
def test_a_text_is_found_in(wrapped):
    assert any(repeats(words, TEXT) for words in words_of(*wrapped))


@pytest.mark.parametrize("other", ["Sergeant Zoe O’Brien-Smith was off sick.", "", "was off sick."])
def test_other_words_are_not_it(other):
    assert not any(repeats(words, TEXT) for words in words_of(*page(other)))


def test_every_line_has_to_be_there_in_whatever_order():
    text = "The first line of it.\n\n  The second line of it. "

    assert repeats(squeezed("The second line of it. And: the end. The first line of it."), text)
    assert not repeats(squeezed("The first line of it."), text)
    assert not repeats("anything", " \n ")


def test_a_source_that_is_cited_is_known_by_one_long_line():
    text = f"Yes.\n{TEXT}"

    assert shares_a_line(squeezed(TEXT), text)
    assert not shares_a_line(squeezed("Yes."), text)


def test_a_few_words_are_no_copy_of_others():
    assert is_long(TEXT)
    assert not is_long("Complete, and signed off.")


@pytest.mark.parametrize("broken", [b"PK\x03\x04", b"PK\x03\x04" + bytes(100)])
def test_a_package_that_is_damaged_says_nothing(broken):
    assert words_of(broken, "application/zip") == []


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("text/html; charset=utf-8", True), ("application/pdf", False), ("image/png", False)],
)
def test_pictures_and_pdfs_are_not_read(media_type, expected):
    assert readable(media_type) is expected
