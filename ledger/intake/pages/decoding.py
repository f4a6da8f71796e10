"""From a page's bytes to its text, or a refusal: size, kind of file, character set."""

import re
from contextlib import suppress
from pathlib import Path

from ledger.errors import AnswerableError

MOST_BYTES = 10 * 1024 * 1024
HTML_SUFFIXES = (".html", ".htm")
SUFFIXES = (".txt", *HTML_SUFFIXES)
MEDIA_TYPES = {".txt": "text/plain", **dict.fromkeys(HTML_SUFFIXES, "text/html")}

# Names that a page may declare, and the decoder that the web uses for each.
_CHARSETS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(
        ("windows-1252", "cp1252", "iso-8859-1", "iso8859-1", "latin-1", "latin1"), "cp1252"
    ),
}
_OTHER_FILES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a Word, OpenDocument or other zipped file"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"{\\rtf", "a rich text file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_META_CHARSET = re.compile(
    rb"<meta\b[^<>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.I
)
_META_WITHIN = 4096
_MARK = b"\xef\xbb\xbf"


class UnreadablePage(AnswerableError):
    """The page is refused as a whole; nothing was read. The sentence names the file."""


def read_bytes(path: Path) -> bytes:
    """Return a page's bytes from a file. `UnreadablePage` for a file over 10 MB, before it is
    read."""
    check_size(path.stat().st_size, path.name)
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    check_size(len(data), path.name)
    return data


def check_size(size: int, filename: str) -> None:
    if size > MOST_BYTES:
        raise UnreadablePage(
            f"{filename}: {size:,} bytes is too large for a page; {MOST_BYTES:,} (10 MB) is the "
            "most. Save the response page alone."
        )


def page_text(data: bytes, filename: str) -> str:
    """Return the page's characters, with `\\n` for every end of line: UTF-8, unless it declares
    another character set (`<meta charset>`). `UnreadablePage` says what is wrong, and at which
    byte."""
    check_size(len(data), filename)
    suffix = Path(filename).suffix.lower()
    if suffix not in SUFFIXES:
        raise UnreadablePage(
            f"{filename}: a response page is read from a .txt, .html or .htm file; save it as one."
        )
    for start, name in _OTHER_FILES:
        if data[:1024].lstrip(b"\t\r\n\x0c ").startswith(start):
            raise UnreadablePage(
                f"{filename} is {name}: save the page as text (.txt) or HTML and import that."
            )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadablePage(f"{filename} is in UTF-16: save it as UTF-8.")
    if not data.removeprefix(_MARK).strip():
        raise UnreadablePage(f"{filename} is empty: save the page again, with its text.")
    if (nul := data.find(b"\x00")) >= 0:
        raise UnreadablePage(
            f"{filename}, line {line_of(data, nul)}: byte {nul} is NUL, which no text has; "
            "save the page again as UTF-8 text."
        )
    found = _META_CHARSET.search(data[:_META_WITHIN]) if suffix in HTML_SUFFIXES else None
    named = found[1].decode("ascii", "replace") if found else None
    named = "utf-8" if data.startswith(_MARK) else named
    text = _decode(data, named, filename).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, named: str | None, filename: str) -> str:
    charset = _CHARSETS.get(named.strip().lower()) if named else "utf-8"
    if charset is None:
        raise UnreadablePage(
            f"{filename} declares the character set “{named}”, which is not read here: "
            "save it as UTF-8."
        )
    try:
        text = data.decode(charset)
    except UnicodeDecodeError as error:
        place = f"{filename}, line {line_of(data, error.start)}: byte {error.start}"
        found = f"{place} (0x{data[error.start]:02X})"
        what = f"{named}, which the page declares" if named else "UTF-8, and none is declared"
        raise UnreadablePage(f"{found} is not {what}: save it as UTF-8.") from None
    if charset != "utf-8" and not data.isascii():
        with suppress(UnicodeDecodeError):
            data.decode("utf-8")
            raise UnreadablePage(
                f"{filename} declares {named}, but its bytes are UTF-8: correct the declaration, "
                "so that its quotation marks and dashes come out right."
            )
    return text


def line_of(data: bytes, offset: int) -> int:
    """Return the line on which a byte stands, counting from 1."""
    return data.count(b"\n", 0, offset) + 1
