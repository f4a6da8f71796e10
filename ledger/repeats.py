"""Whether something written repeats a text: compared by its characters, whatever the layout.

Tags, character references and all white space are left out on both sides, so that a page's
markup, line breaks and non-breaking spaces hide nothing.
"""

import html
import re
from email import message_from_bytes, policy
from email.message import EmailMessage

LONG = 24
"""Characters, white space left out, from which a text is told from others that say the same by
chance: “Complete” is written everywhere, and is no copy."""

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
    """Whether bytes of this type are words that can be compared; a PDF or a picture is not."""
    kind, _, form = media_type.lower().partition(";")[0].strip().partition("/")
    return kind == "text" or form in {"rfc822", "xhtml+xml", "xml", "json"}


def words_of(body: bytes, media_type: str) -> list[str]:
    """What bytes say, squeezed; once for each character set that they may be in."""
    parts = [body]
    if media_type.lower().startswith("message/rfc822"):
        mail = message_from_bytes(body, _class=EmailMessage, policy=policy.default)
        decoded = (part.get_payload(decode=True) for part in mail.walk())
        parts += [part for part in decoded if isinstance(part, bytes)]
    charsets = ["utf-8", "cp1252"]
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        charsets.append("utf-16")
    return [squeezed(part.decode(one, "replace")) for part in parts for one in charsets]
