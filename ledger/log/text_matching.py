"""Whether something written repeats a text: compared by its characters, whatever the layout.

Tags, character references and all white space are left out on both sides, so that a page's
markup, line breaks and non-breaking spaces hide nothing.
"""

import html
import re
import zlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from zipfile import BadZipFile, ZipFile

LONG = 24
"""Characters, white space left out, from which a text is told from others that say the same by
chance: “Complete” is written everywhere, and is no copy."""

MOST_PACKED = 100 * 1024 * 1024
"""Bytes of a package that are read, once unpacked."""

_TAG = re.compile(r"<[^<>]*>")


def squeezed(words: str) -> str:
    """The characters of a text or a page, without tags, references and white space.

    Twice, because pages are met whose tags are written as references (`&lt;p&gt;`).
    """
    for _ in range(2):
        words = html.unescape(_TAG.sub("", words))
    return "".join(_TAG.sub("", words).split())


def is_long(text: str) -> bool:
    """Whether a text is long enough to be recognised elsewhere."""
    return len(squeezed(text)) >= LONG


def repeats(where: str, text: str) -> bool:
    """Whether something squeezed holds every line of a text, in whatever order."""
    lines = [line for line in map(squeezed, text.splitlines()) if line]
    return bool(lines) and all(line in where for line in lines)


def shares_a_line(where: str, text: str) -> bool:
    """Whether something squeezed holds a long line of a text, or the text itself."""
    lines = map(squeezed, text.splitlines())
    return repeats(where, text) or any(len(line) >= LONG and line in where for line in lines)


def longest_word(text: str) -> str:
    """The longest word of a text: whatever repeats the text has it too."""
    return max(text.split(), key=len, default="")


def readable(media_type: str) -> bool:
    """Whether bytes of this type are words that can be compared: a PDF or a picture is not."""
    kind, _, form = media_type.lower().partition(";")[0].strip().partition("/")
    return kind not in {"image", "audio", "video"} and form != "pdf"


def words_of(body: bytes, media_type: str) -> list[str]:
    """What bytes say, squeezed; once for each character set that they may be in.

    Of a mail, its parts too; of a sheet or a document that is a package (.xlsx, .ods, .docx), the
    parts that it packs.
    """
    parts = [body]
    if media_type.lower().startswith("message/rfc822"):
        mail = message_from_bytes(body, _class=EmailMessage, policy=policy.default)
        decoded = (part.get_payload(decode=True) for part in mail.walk())
        parts += [part for part in decoded if isinstance(part, bytes)]
    if body.startswith(b"PK\x03\x04"):
        parts = _packed(body)
    return [squeezed(words) for part in parts for words in _decoded(part)]


def _decoded(part: bytes) -> list[str]:
    if part.startswith((b"\xff\xfe", b"\xfe\xff")):
        return [part.decode("utf-16", "replace")]
    try:
        return [part.decode("utf-8")]
    except UnicodeDecodeError:
        return [part.decode("cp1252", "replace"), part.decode("utf-8", "replace")]


def _packed(body: bytes) -> list[bytes]:
    """The XML parts of a package, up to a limit; none where it is no package after all."""
    found, left = [], MOST_PACKED
    try:
        with ZipFile(BytesIO(body)) as package:
            for name in package.namelist():
                if name.endswith(".xml"):
                    with package.open(name) as part:
                        found.append(part.read(left))
                    left -= len(found[-1])
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return found  # damaged, locked, or packed in a way of its own: as far as it can be read
    return found
