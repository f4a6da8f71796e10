"""From a page's bytes to its text, or a refusal: size, kind of file, character set."""

import re
from pathlib import Path

from ledger.intake.pages.values import UnreadablePage

MOST_BYTES = 10 * 1024 * 1024
HTML_SUFFIXES = (".html", ".htm")
SUFFIXES = (".txt", *HTML_SUFFIXES)
MEDIA_TYPES = {".txt": "text/plain", **dict.fromkeys(HTML_SUFFIXES, "text/html")}

# Names that a page or a server may declare, and the decoder that the web uses for each.
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
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


def read_bytes(path: Path) -> bytes:
    """A page's bytes from a file. `UnreadablePage` for a file over 10 MB, before it is read."""
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


def page_text(data: bytes, *, filename: str, declared_charset: str | None) -> str:
    """The page's characters, with `\\n` for every end of line.

    `declared_charset` (a server's header) goes before the page's own `<meta charset>`; without
    either it must be UTF-8. `UnreadablePage` says what is wrong, and at which byte.
    """
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
    named = declared_charset or (_meta(data) if suffix in HTML_SUFFIXES else None)
    if data.startswith(_MARK):
        named = "utf-8"
    text = _decode(data, named, filename).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _meta(data: bytes) -> str | None:
    found = _META_CHARSET.search(data[:_META_WITHIN])
    return found[1].decode("ascii", "replace") if found else None


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
        if named:
            raise UnreadablePage(
                f"{found} is not {named}, which the page declares: save it as UTF-8."
            ) from None
        raise UnreadablePage(
            f"{found} is not UTF-8, and no character set is declared: save it as UTF-8, or "
            "say which it is (Windows-1252 is usual)."
        ) from None
    if charset != "utf-8" and not data.isascii() and _is_utf8(data):
        raise UnreadablePage(
            f"{filename} declares {named}, but its bytes are UTF-8: correct the declaration, so "
            "that its quotation marks and dashes come out right."
        )
    return text


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def line_of(data: bytes, offset: int) -> int:
    """The line on which a byte stands, counting from 1."""
    return data.count(b"\n", 0, offset) + 1
