"""Whether something written repeats a text: compared by its characters, whatever the layout.

Tags, character references and all white space are left out on both sides, so that a page's
markup, line breaks and non-breaking spaces hide nothing.
"""

import html
import re

LONG = 24
"""Characters, white space left out, from which a text is told from others that say the same by
chance: “Complete” is written everywhere, and is no copy."""

MOST_LINES = 5_000
"""Lines of a text that are looked for, the longest of them: what has those is a copy."""

_TAG = re.compile(r"<[^<>]*>")


def squeezed(words: str) -> str:
    """The characters of a text or a page, without tags, references and white space.

    Twice, because pages are met whose tags are written as references (`&lt;p&gt;`).
    """
    for _ in range(2):
        words = unescaped(_TAG.sub("", words))
    return "".join(_TAG.sub("", words).split())


_MANY_DIGITS = re.compile(r"&#([0-9]{9,})")


def unescaped(words: str) -> str:
    """Words with their references as the characters that they stand for.

    Python reads no number of more than 4,300 digits. One that is too large for a character stays
    so when it is cut short.
    """
    return html.unescape(_MANY_DIGITS.sub(_shorter, words))


def _shorter(reference: re.Match[str]) -> str:
    return f"&#{reference[1].lstrip('0')[:9] or '0'}"


def is_long(text: str) -> bool:
    """Whether a text is long enough to be recognised elsewhere."""
    return len(squeezed(text)) >= LONG


def lines_of(text: str) -> list[str]:
    """The lines of a text that a copy of it has, squeezed: each once, the longest first."""
    lines = {line for line in map(squeezed, text.splitlines()) if line}
    return sorted(lines, key=len, reverse=True)[:MOST_LINES]


def repeats(where: str, lines: list[str]) -> bool:
    """Whether something squeezed holds every line of a text, in whatever order."""
    return bool(lines) and all(line in where for line in lines)


def shares_a_line(where: str, lines: list[str]) -> bool:
    """Whether something squeezed holds a long line of a text, or the text itself."""
    return repeats(where, lines) or any(len(line) >= LONG and line in where for line in lines)


def longest_word(text: str) -> str:
    """The longest word of a text: whatever repeats the text has it too."""
    return max(text.split(), key=len, default="")


def readable(media_type: str) -> bool:
    """Whether bytes of this type are words that can be compared: a PDF or a picture is not."""
    kind, _, form = media_type.lower().partition(";")[0].strip().partition("/")
    return kind not in {"image", "audio", "video"} and form != "pdf"
